/* SPDX-License-Identifier: MIT */
/*
 * A rule as it is matched: compiled once, read-only from then on.
 */
#ifndef AGENTOS_RULES_RULE_H
#define AGENTOS_RULES_RULE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/event.h"
#include "common/verdict.h"
#include "rules/address.h"
#include "rules/command.h"
#include "rules/condition.h"
#include "rules/glob.h"
#include "rules/quantity.h"
#include "rules/search.h"

/* The keys of a rule that an event must match, in the order in which they are looked at. */
enum field {
	FIELD_PATH,
	FIELD_PROTOCOL,
	FIELD_PORT,
	FIELD_IP,
	FIELD_HOST,
	FIELD_OWN,
	FIELD_HARMLESS,
	FIELD_PROGRAM,
	FIELD_ARGS,
	FIELD_METHOD,
	FIELD_URL,
	FIELD_QUERY,
	FIELD_VERB,
	FIELD_TABLES,
	FIELD_CONDITION,
	FIELD_DETECT,
	FIELD_PATTERN,
	FIELD_COUNT,
};

#define FIELD_BIT(field) (1u << (field))

struct node; /* rules/document.h */

/* One of several words, in any letter case. */
struct word {
	const struct word *next;
	const char *text;
};

/* All fields that are there must match; of a list, one item. Borrowed from the policy. */
struct match {
	const struct match *next; /* in a list of exceptions */
	const struct node *node;  /* of an exception, as written */
	unsigned fields;	  /* FIELD_BIT of those that are there */
	const struct glob *paths;
	const struct glob *programs; /* is_path says which of the two kinds each is */
	const struct glob *args;
	const struct word *methods;
	const struct glob *urls;
	const struct glob *queries;
	const struct word *verbs;
	const struct glob *tables;
	const struct address *hosts;
	const struct address *ips;
	const struct port_range *ports;
	unsigned protocols; /* bit n: enum protocol n */
	bool own;
	bool harmless;
	const struct condition *condition;
	unsigned condition_actions; /* ACTION_BITs of those that it can be true for */
	const struct search *searches;
	unsigned detectors; /* DETECTOR_BITs */
};

/* A file that rules come from. */
struct source {
	const struct source *next;
	const char *label; /* as people know it: "base.yaml", "./team.yaml" */
	const char *path;  /* resolved; of a built-in its label */
	bool is_builtin;
	bool is_named; /* itself a source of policy_load(), not only what another extends */
	const struct variable *variables; /* that its rules see */
};

#define RULE_LIMITS_MAX                                                                            \
	256 /* rules with a limit, of a policy: one action may be under all of them */

/* Whether what a rule's patterns find is left out of the record. */
enum redact {
	REDACT_UNSAID, /* of output only */
	REDACT_YES,
	REDACT_NO,
};

/* What a limit counts apart. */
enum limit_by { LIMIT_BY_RUN, LIMIT_BY_AGENT, LIMIT_BY_PROGRAM, LIMIT_BY_HOST, LIMIT_BY_RULE };

struct rule {
	const struct rule *next;
	const struct rule
		*next_named; /* of those whose names share a bucket while files are merged */
	const char *name;
	const char *message; /* "" when none */
	const struct source *source;
	const struct node *node; /* as written */
	unsigned line;
	unsigned index;	  /* in the merged policy */
	unsigned actions; /* ACTION_BIT of each */
	unsigned
		mail_actions; /* those of them that count only when they are about mail (send_email) */
	bool changes_only;    /* database_query counts only when it changes data (database_write) */
	enum verdict verdict; /* of one with a limit: of what exceeds it, when it does not grant */
	enum verdict signal; /* the verdict that `signal` makes of a refusal; VERDICT_ALLOW: none */
	bool enabled;
	bool has_limit;
	bool grants_nothing; /* it has a limit and no verdict that grants: no rule but for limits.h */
	struct rate limit;
	enum limit_by limit_by;
	enum redact redact;
	bool spans_lines;   /* of output: it searches, and so in several lines at once */
	bool trusts_unseen; /* `inspect: trust`: content that nobody sees passes */
	time_t until;	    /* it grants nothing from then on; 0: always */
	unsigned timeout;   /* of VERDICT_ASK: seconds; 0: the usual */
	struct match match;
	const struct match *excepts;
};

/** rule_may_grant() - whether something is ever granted because of a rule, be it by a person. */
static inline bool rule_may_grant(const struct rule *rule)
{
	return rule->verdict < VERDICT_DENY && !rule->grants_nothing;
}

/** rule_may_refuse() - whether something is ever refused, or asked about, because of a rule. */
static inline bool rule_may_refuse(const struct rule *rule)
{
	return !verdict_grants(rule->verdict) || rule->has_limit;
}

/** field_name() - Return: the key of a field, e.g. "path". */
const char *field_name(enum field field);

/** field_actions() - Return: the actions whose events have a field, as ACTION_BITs. */
unsigned field_actions(enum field field);

/**
 * event_is_nameless() - whether a program is about to run that has no name on disk
 *
 * A memfd, or a file that was deleted: what it holds came from anywhere, so only a granting rule
 * that speaks of "memfd:" or "(deleted)" matches it, never a tree that it seems to be in.
 *
 * Source: proc(5), /proc/PID/exe and /proc/PID/fd.
 */
bool event_is_nameless(const struct event *event);

/**
 * rule_matches() - whether a rule applies to an event
 * @event: its action is not looked at; neither is the rule's limit
 *
 * What cannot be decided counts as a match of a refusing rule and as none of
 * a granting one. No allocation; thread-safe.
 */
bool rule_matches(const struct rule *rule, const struct event *event);

/* What rule_explain() says of a rule that does not match. */
struct rule_reason {
	bool matches;
	bool excepted;	  /* all fields match, and so does an exception */
	bool is_over;	  /* its time has passed */
	enum field field; /* else the first that does not match */
};

/** rule_explain() - why a rule matches or does not. */
struct rule_reason rule_explain(const struct rule *rule, const struct event *event);

#endif
