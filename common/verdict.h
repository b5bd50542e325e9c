/* SPDX-License-Identifier: MIT */
/*
 * Verdicts, from mildest to strictest, and the decision that carries one: the
 * vocabulary that rules and audit share without knowing each other.
 */
#ifndef AGENTOS_COMMON_VERDICT_H
#define AGENTOS_COMMON_VERDICT_H

#include <stdbool.h>
#include <sys/types.h>

/* The order is the strictness: the strictest matching rule wins. */
enum verdict {
	VERDICT_ALLOW,
	VERDICT_AUDIT,
	VERDICT_ASK, /* granted once a person says so */
	VERDICT_DENY,
	VERDICT_STOP,
	VERDICT_KILL,
	VERDICT_COUNT,
};

/* What came of a question to a person (VERDICT_ASK). */
enum ask_answer {
	ANSWER_NONE, /* none was put: nobody decided */
	ANSWER_GRANTED,
	ANSWER_GRANTED_BEFORE, /* for the rest of the run, by an earlier answer */
	ANSWER_REFUSED,
	ANSWER_TIMEOUT,
	ANSWER_NOBODY,	  /* no terminal, or nobody is to be asked */
	ANSWER_CROWDED,	  /* too many questions waited */
	ANSWER_FLOODED,	  /* too many within a minute */
	ANSWER_UNSHOWN,	  /* more than can be shown to a person */
	ANSWER_UNSTILL,	  /* the run could not be held still for the question */
	ANSWER_WITHDRAWN, /* the process, the run or the terminal went */
	ANSWER_COUNT,
};

/*
 * What was decided and why. All strings are borrowed: from the policy (valid
 * as long as it is) or from literals.
 */
struct decision {
	enum verdict verdict;
	const char *rule;    /* name of the rule that decided; "default" when none matched */
	const char *file;    /* its policy file, "base.yaml" for the built-in; "" when none */
	unsigned line;	     /* line of the rule in @file, from 1; 0 when none */
	const char *message; /* for the agent and the operator; "" when none */
	bool is_for_now;     /* a limit was reached: the message says when it can be tried again */
	unsigned timeout;    /* of VERDICT_ASK: seconds that a person has; 0: ASK_TIMEOUT */
	/* Of VERDICT_ASK, once it was asked; the last two: a person answered. */
	enum ask_answer answer;
	const char *approver; /* how the person answered: "tty"; NULL when none did */
	uid_t approver_uid;
};

#define ASK_TIMEOUT 300

/** decision_refuse() - deny by what is no rule of a policy; the strings are borrowed. Return: true. */
bool decision_refuse(struct decision *out, const char *rule, const char *message);

/** verdict_name() - Return: "allow", "audit", "ask", "deny", "stop" or "kill". */
const char *verdict_name(enum verdict verdict);

/**
 * verdict_parse() - read a verdict, aliases included (log, warn, require_approval, escalate, block, SIGSTOP, SIGKILL)
 * @name:        the word
 * @out_verdict: written only on success
 *
 * Return: whether @name is a verdict that this version can carry out.
 */
bool verdict_parse(const char *name, enum verdict *out_verdict);

/** answer_name() - Return: "granted", "refused", ...; "" for ANSWER_NONE. */
const char *answer_name(enum ask_answer answer);

/** answer_grants() - Return: whether a person has agreed. */
static inline bool answer_grants(enum ask_answer answer)
{
	return answer == ANSWER_GRANTED || answer == ANSWER_GRANTED_BEFORE;
}

/** decision_grants() - Return: whether the action goes ahead, by itself or because a person has agreed. */
bool decision_grants(const struct decision *decision);

/** verdict_grants() - Return: whether the action goes ahead by itself (allow, audit). */
static inline bool verdict_grants(enum verdict verdict)
{
	return verdict <= VERDICT_AUDIT;
}

#endif
