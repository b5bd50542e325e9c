/* SPDX-License-Identifier: MIT */
#include "rules/yaml_problem.h"

#include <stdbool.h>
#include <string.h>

/* Where a byte is: what cannot be read at all has no mark. */
static yaml_mark_t mark_of(const char *text, size_t size, size_t offset)
{
	yaml_mark_t mark = { .index = offset };

	for (size_t i = 0; i < offset && i < size; i++) {
		unsigned char byte = (unsigned char)text[i];

		if (byte == '\n') {
			mark.line++;
			mark.column = 0;
		} else if ((byte & 0xc0) != 0x80) {
			mark.column++; /* a character; the others continue one */
		}
	}
	return mark;
}

/* What libyaml says in the words of its own grammar, for people. */
static const struct phrase {
	const char *problem;
	const char *text;
	bool is_of_context; /* it is meant where the text in question begins, not where it was noticed */
} phrases[] = {
	{ "mapping values are not allowed in this context",
	  "a ': ' is not expected here; hint: put a text that has one in quotes, and look at the "
	  "indentation",
	  false },
	{ "did not find expected alphabetic or numeric character",
	  "a text cannot begin with '*' or '&'; hint: put it in quotes", true },
	{ "found character that cannot start any token",
	  "a text cannot begin with this character; hint: put it in quotes", false },
	{ "found unknown escape character",
	  "an unknown escape; hint: write '\\\\' for the character, or use single quotes", false },
	{ "did not find expected '-' indicator",
	  "the indentation fits no line above; hint: keys of one map, and items of one list, begin "
	  "in one column",
	  false },
	{ "did not find expected key",
	  "the indentation fits no line above; hint: keys of one map, and items of one list, begin "
	  "in one column",
	  false },
	{ "did not find expected ',' or '}'",
	  "a '{' is not closed, or a ',' is missing before this", false },
	{ "did not find expected ',' or ']'",
	  "a '[' is not closed, or a ',' is missing before this", false },
	{ "could not find expected ':'", "a key is not followed by ':'", true },
	{ "found unexpected end of stream", "a quoted text is not closed", true },
	{ "found invalid Unicode character escape code", "this escape is no character", false },
	{ "incomplete UTF-8 octet sequence", "this is not UTF-8", false },
	{ "invalid leading UTF-8 octet", "this is not UTF-8", false },
	{ "invalid trailing UTF-8 octet", "this is not UTF-8", false },
};

/* Whether a tab stands at a place. */
static bool is_at_tab(const char *text, size_t size, yaml_mark_t mark)
{
	const char *at = text;
	const char *end = at + size;

	for (size_t line = 0; line < mark.line && at; line++) {
		at = memchr(at, '\n', (size_t)(end - at));
		at = at ? at + 1 : NULL;
	}
	/* Before one that indents there are blanks only. */
	return at && mark.column < (size_t)(end - at) && at[mark.column] == '\t';
}

const char *yaml_problem(const yaml_parser_t *parser, const char *text, size_t size,
			 yaml_mark_t *out_mark)
{
	const char *problem = parser->problem ? parser->problem : "this is not YAML";
	yaml_mark_t mark = parser->problem_mark;

	if (parser->error == YAML_MEMORY_ERROR)
		return NULL;
	if (parser->error == YAML_READER_ERROR)
		mark = mark_of(text, size, parser->problem_offset);
	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
		if (strcmp(phrases[i].problem, problem) != 0)
			continue;
		problem = phrases[i].text;
		if (phrases[i].is_of_context)
			mark = parser->context_mark;
		break;
	}
	if (parser->error == YAML_SCANNER_ERROR && is_at_tab(text, size, mark))
		problem = "a tab cannot indent; hint: use blanks";
	*out_mark = mark;
	return problem;
}
