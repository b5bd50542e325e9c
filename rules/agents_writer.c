/* SPDX-License-Identifier: MIT */
/*
 * The words of a rule, of a comment and of a test that all statements share.
 */
#include "rules/agents_writer.h"

#include <string.h>

#include "common/printable.h"

const char *const agents_on_words[] = {
	[AGENTS_READ] = "read_file",	   [AGENTS_WRITE] = "write_file",
	[AGENTS_DELETE] = "delete_file",   [AGENTS_EXECUTE] = "execute",
	[AGENTS_QUERY] = "database_query", [AGENTS_CHANGE] = "database_write",
	[AGENTS_CALL] = "api_call",	   [AGENTS_MAIL] = "send_email",
	[AGENTS_TOOL] = "tool_call",
};

const char *agents_verdict(const struct agents_item *item)
{
	return item->mood == AGENTS_NEVER ? "deny"
	       : item->mood == AGENTS_ASK ? "ask"
	       : item->is_logged	  ? "audit"
					  : "allow";
}

/* In double quotes, as YAML reads them. */
void agents_put_quoted(FILE *out, const char *text)
{
	(void)fputc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			(void)fputc('\\', out);
		(void)fputc(*text, out);
	}
	(void)fputc('"', out);
}

void agents_put_words(FILE *out, const char *text)
{
	char shown[AGENTS_SHOWN];

	agents_put_quoted(out, printable_copy(text, shown, sizeof(shown)));
}

/* A comment stays on its line whatever is in @text: what ends a line for YAML is shown as a code. */
void agents_put_origin(FILE *out, const struct agents_md *md, const struct agents_item *item)
{
	char label[AGENTS_SHOWN], text[AGENTS_SHOWN];

	(void)fprintf(out, "  # %s:%u:%u: %s\n", printable_copy(md->label, label, sizeof(label)),
		      item->line, item->column, printable_copy(item->text, text, sizeof(text)));
}

void agents_rule_open(struct agents_writer *writer, const struct agents_item *item,
		      const char *what)
{
	(void)fprintf(writer->out, "  - name: line-%u.%u-%s\n", item->line, item->column, what);
}

void agents_put_key(struct agents_writer *writer, const char *key, const char *value)
{
	(void)fprintf(writer->out, "    %s: %s\n", key, value);
}

void agents_put_on(struct agents_writer *writer, unsigned deeds)
{
	const char *between = "    on: [";

	for (unsigned deed = 0; deed < AGENTS_DEED_COUNT; deed++) {
		if (!(deeds & AGENTS_BIT(deed)))
			continue;
		(void)fprintf(writer->out, "%s%s", between, agents_on_words[deed]);
		between = ", ";
	}
	(void)fputs("]\n", writer->out);
}

/*
 * Rows of `tests`.
 */

/* They are in the order of the rows. */
static const struct agents_answer *answer_of(struct agents_writer *writer, unsigned row)
{
	if (writer->answer_count == 0 || writer->answers->row != row)
		return NULL;
	writer->answer_count--;
	return writer->answers++;
}

/* Ends a row that was begun, with what is expected of it. */
void agents_row_end(struct agents_writer *writer, const struct agents_item *item,
		    const char *expected)
{
	const struct agents_answer *answer = answer_of(writer, writer->rows++);

	(void)fprintf(writer->tests, ", expect: %s } # line %u",
		      answer ? answer->verdict : expected, item->line);
	if (answer)
		(void)fprintf(writer->tests, ", but rule '%s' takes it back", answer->rule);
	(void)fputc('\n', writer->tests);
}

/* A path that a pattern matches. */
static void put_sample(FILE *out, const char *pattern)
{
	bool is_relative = pattern[0] != '/' && pattern[0] != '~' && pattern[0] != '$';
	size_t len = strlen(pattern);

	(void)fprintf(out, "\"%s", is_relative ? "${WORKSPACE}/" : "");
	for (const char *at = pattern; *at; at++)
		if (*at != '*' || at == pattern || at[-1] != '*')
			(void)fputc(*at == '*' || *at == '?' ? 'x' : *at, out);
	(void)fprintf(out, "%s\"", pattern[len - 1] == '/' ? "example" : "");
}

void agents_file_rows(struct agents_writer *writer, const struct agents_item *item, unsigned deeds,
		      const char *pattern, const char *expected)
{
	for (unsigned deed = AGENTS_READ; deed <= AGENTS_EXECUTE; deed++) {
		if (!(deeds & AGENTS_BIT(deed)))
			continue;
		(void)fprintf(writer->tests, "  - { action: %s, path: ", agents_on_words[deed]);
		put_sample(writer->tests, pattern);
		agents_row_end(writer, item, expected);
	}
}
