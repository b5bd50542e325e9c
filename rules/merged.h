/* SPDX-License-Identifier: MIT */
/*
 * What a loaded policy is made of: inside rules/ only.
 */
#ifndef AGENTOS_RULES_MERGED_H
#define AGENTOS_RULES_MERGED_H

#include "rules/arena.h"
#include "rules/document.h"
#include "rules/expand.h"
#include "rules/index.h"
#include "rules/policy.h"
#include "rules/rule.h"

/* An inline test. */
struct policy_case {
	const struct policy_case *next;
	const struct source *source;
	const struct node *node; /* as written */
	unsigned line;
	struct event event;
	struct content content; /* of a content action: what @event points to */
	enum verdict expect;
	const char *rule; /* that must decide; NULL: any */
};

/* A name that connections are judged by. */
struct host {
	const struct host *next;
	const char *name;
};

struct policy {
	struct arena arena;
	const struct source *sources; /* base first */
	size_t source_count;
	const struct rule *rules;
	const struct policy_case *cases;
	const struct host *hosts; /* each once */
	struct index indexes[ACTION_COUNT];
	enum verdict defaults[ACTION_COUNT];
	struct policy_limits limits;
	enum policy_record record;
	struct policy_escalation escalation;
	bool shadow;
	bool reads_statements; /* a rule asks what a query does */
	char hash[65];
};

/** rule_means_content() - whether a rule was meant for content: it names such an action, or has no other. */
bool rule_means_content(const struct rule *rule);

/* What stands for the name of a rule where none matched. */
#define DEFAULT_RULE "default"

#endif
