/* SPDX-License-Identifier: MIT */
/*
 * The labels of lists in an AGENTS.md.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "rules/agents_block.h"

#define LABEL_MAX 200

static const struct label {
	const char *text;
	enum agents_area area;
} labels[] = {
	{ "you can", AGENTS_AREA_CAN },
	{ "capabilities", AGENTS_AREA_CAN },
	{ "skills", AGENTS_AREA_CAN },
	{ "you must not", AGENTS_AREA_NEVER },
	{ "you must never", AGENTS_AREA_NEVER },
	{ "you cannot", AGENTS_AREA_NEVER },
	{ "you can not", AGENTS_AREA_NEVER },
	{ "you can't", AGENTS_AREA_NEVER },
	{ "you may not", AGENTS_AREA_NEVER },
	{ "you should not", AGENTS_AREA_NEVER },
	{ "you should never", AGENTS_AREA_NEVER },
	{ "must not", AGENTS_AREA_NEVER },
	{ "must never", AGENTS_AREA_NEVER },
	{ "never", AGENTS_AREA_NEVER },
	{ "do not", AGENTS_AREA_NEVER },
	{ "don't", AGENTS_AREA_NEVER },
	{ "forbidden", AGENTS_AREA_NEVER },
	{ "prohibited", AGENTS_AREA_NEVER },
	{ "you must", AGENTS_AREA_MUST },
	{ "constraints", AGENTS_AREA_MUST },
	{ "boundaries", AGENTS_AREA_MUST },
	{ "rules", AGENTS_AREA_MUST },
};

static bool is_decoration(char c)
{
	return c == ' ' || c == '\t' || c == '*' || c == '_' || c == '#' || c == ':';
}

/* "As a data analyst, you can" is "you can". */
static const char *without_role(const char *text)
{
	const char *comma = strchr(text, ',');

	if (comma && comma[1] == ' ' && !strchr(comma + 1, ',') &&
	    (strncasecmp(text, "as a ", 5) == 0 || strncasecmp(text, "as an ", 6) == 0 ||
	     strncasecmp(text, "as the ", 7) == 0))
		return comma + 2;
	return text;
}

/*
 * What the block's text makes of the items below it. A list of what is granted has exactly that text; one of
 * what is refused may have more in front of it.
 */
enum agents_area agents_label(const char *text, size_t size, bool needs_colon)
{
	char label[LABEL_MAX];
	bool has_colon = false;

	while (size > 0 && is_decoration(*text)) {
		text++;
		size--;
	}
	while (size > 0 && is_decoration(text[size - 1]))
		has_colon = text[--size] == ':' || has_colon;
	if ((needs_colon && !has_colon) || size == 0 || size >= sizeof(label))
		return AGENTS_AREA_NONE;
	(void)snprintf(label, sizeof(label), "%.*s", (int)size, text);
	text = without_role(label);
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		size_t len = strlen(labels[i].text);
		size_t left = strlen(text);
		bool is_end = left > len && text[left - len - 1] == ' ' &&
			      labels[i].area == AGENTS_AREA_NEVER;

		if ((left == len || is_end) && strcasecmp(text + left - len, labels[i].text) == 0)
			return labels[i].area;
	}
	return AGENTS_AREA_NONE;
}

bool agents_speaks_of_never(const char *text)
{
	static const char *const starts[] = { "never ", "do not ", "don't ", "you must not ",
					      "you must never " };

	while (is_decoration(*text))
		text++;
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (strncasecmp(text, starts[i], strlen(starts[i])) == 0)
			return true;
	return false;
}
