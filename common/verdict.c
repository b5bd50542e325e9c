/* SPDX-License-Identifier: MIT */
#include "common/verdict.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *name;
	enum verdict verdict;
} words[] = {
	{ "allow", VERDICT_ALLOW },
	{ "audit", VERDICT_AUDIT },
	{ "ask", VERDICT_ASK },
	{ "deny", VERDICT_DENY },
	{ "stop", VERDICT_STOP },
	{ "kill", VERDICT_KILL },
	/* The original's words. */
	{ "log", VERDICT_AUDIT },
	{ "warn", VERDICT_AUDIT },
	{ "require_approval", VERDICT_ASK },
	{ "escalate", VERDICT_ASK },
	{ "block", VERDICT_DENY },
	{ "SIGSTOP", VERDICT_STOP },
	{ "SIGKILL", VERDICT_KILL },
};

bool decision_refuse(struct decision *out, const char *rule, const char *message)
{
	*out = (struct decision){
		.verdict = VERDICT_DENY,
		.rule = rule,
		.file = "",
		.message = message,
	};
	return true;
}

const char *verdict_name(enum verdict verdict)
{
	/* The first VERDICT_COUNT words are the proper names, in order. */
	return verdict < VERDICT_COUNT ? words[verdict].name : "deny";
}

bool verdict_parse(const char *name, enum verdict *out_verdict)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(name, words[i].name) == 0) {
			*out_verdict = words[i].verdict;
			return true;
		}
	}
	return false;
}

const char *answer_name(enum ask_answer answer)
{
	static const char *const names[ANSWER_COUNT] = {
		[ANSWER_NONE] = "",
		[ANSWER_GRANTED] = "granted",
		[ANSWER_GRANTED_BEFORE] = "granted-before",
		[ANSWER_REFUSED] = "refused",
		[ANSWER_TIMEOUT] = "timeout",
		[ANSWER_NOBODY] = "nobody",
		[ANSWER_CROWDED] = "crowded",
		[ANSWER_FLOODED] = "flooded",
		[ANSWER_UNSHOWN] = "unshown",
		[ANSWER_UNSTILL] = "unstill",
		[ANSWER_WITHDRAWN] = "withdrawn",
	};

	return answer < ANSWER_COUNT ? names[answer] : "";
}

bool decision_grants(const struct decision *decision)
{
	return verdict_grants(decision->verdict) ||
	       (decision->verdict == VERDICT_ASK && answer_grants(decision->answer));
}
