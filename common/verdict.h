/* SPDX-License-Identifier: MIT */
/*
 * Verdicts, from mildest to strictest, and the decision that carries one: the
 * vocabulary that rules and audit share without knowing each other.
 */
#ifndef AGENTOS_COMMON_VERDICT_H
#define AGENTOS_COMMON_VERDICT_H

#include <stdbool.h>

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
};

#define ASK_TIMEOUT 300

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

/** verdict_grants() - Return: whether the action goes ahead by itself (allow, audit). */
static inline bool verdict_grants(enum verdict verdict)
{
	return verdict <= VERDICT_AUDIT;
}

#endif
