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
