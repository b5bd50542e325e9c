/* SPDX-License-Identifier: MIT */
/*
 * Files that an AGENTS.md speaks of.
 */
#include "rules/agents_writer.h"

#include <string.h>

/*
 * A pattern, and what else it may stand for where it takes something away: a name without folders is that name
 * anywhere, and both a file and a folder.
 */
static void put_pattern(FILE *out, const char *text, bool is_grant, bool is_ask)
{
	size_t len = strlen(text);
	const char *anywhere = is_ask ? "${WORKSPACE}/**/" : "**/";

	if (is_grant || len < 2 || text[0] == '$') {
		agents_put_quoted(out, text);
		return;
	}
	if (text[len - 1] == '/')
		len--;
	(void)fprintf(out, "\"%.*s\", \"%.*s/\"", (int)len, text, (int)len, text);
	if (!memchr(text, '/', len))
		(void)fprintf(out, ", \"%s%.*s\", \"%s%.*s/\"", anywhere, (int)len, text, anywhere,
			      (int)len, text);
}

static void put_patterns(struct agents_writer *writer, const struct agents_object *list,
			 bool is_grant, bool is_ask, const char *otherwise)
{
	FILE *out = writer->out;

	(void)fputs("    path: [", out);
	if (!list)
		agents_put_quoted(out, otherwise);
	for (const struct agents_object *object = list; object; object = object->next) {
		put_pattern(out, object->text, is_grant, is_ask);
		(void)fputs(object->next ? ", " : "", out);
	}
	(void)fputs("]\n", out);
}

static void put_except(struct agents_writer *writer, const struct agents_object *list,
		       bool with_storage)
{
	const char *between = with_storage ? ", " : "";

	if (!list && !with_storage)
		return;
	(void)fprintf(writer->out, "    except: { path: [%s",
		      with_storage ? AGENTS_TMPDIR ", " AGENTS_NO_STORAGE : "");
	for (const struct agents_object *object = list; object; object = object->next) {
		(void)fputs(between, writer->out);
		agents_put_quoted(writer->out, object->text);
		between = ", ";
	}
	(void)fputs("] }\n", writer->out);
}

/*
 * Whether an exception of the item could take a path below @pattern out: then no test says what comes of it.
 */
static bool may_be_excepted(const struct agents_item *item, const char *pattern)
{
	for (const struct agents_object *object = item->excepted; object; object = object->next) {
		const char *text = object->text;
		size_t len = strlen(text);

		if (strcmp(text, AGENTS_WORKSPACE) == 0) {
			if (pattern[0] != '/')
				return true;
			continue;
		}
		if (strpbrk(text, "*?") || strpbrk(pattern, "*?") || strchr("/~$", text[0]))
			return true;
		len -= text[len - 1] == '/';
		if (strncmp(pattern, text, len) == 0 || strncmp(text, "example", 7) == 0)
			return true;
	}
	return false;
}

static void rows(struct agents_writer *writer, const struct agents_item *item, const char *pattern,
		 const char *expected)
{
	if (!may_be_excepted(item, pattern))
		agents_file_rows(writer, item, item->deeds, pattern, expected);
}

void agents_put_granted(struct agents_writer *writer, const struct agents_item *item)
{
	bool is_list = item->area == AGENTS_AREA_CAN;

	agents_rule_open(writer, item, "files");
	agents_put_on(writer, item->deeds);
	put_patterns(writer, item->objects, item->mood == AGENTS_MAY, true, AGENTS_WORKSPACE);
	if (!is_list)
		put_except(writer, item->excepted, false);
	agents_put_key(writer, "action", agents_verdict(item));
	rows(writer, item, item->objects ? item->objects->text : AGENTS_WORKSPACE,
	     agents_verdict(item));
	if (item->excepted && is_list) {
		agents_rule_open(writer, item, "except");
		agents_put_on(writer, item->deeds);
		put_patterns(writer, item->excepted, false, false, "");
		agents_put_key(writer, "action", "deny");
		agents_file_rows(writer, item, item->deeds, item->excepted->text, "deny");
	}
	if (item->limit) {
		agents_rule_open(writer, item, "limit");
		agents_put_on(writer, item->deeds);
		put_patterns(writer, item->objects, true, true, AGENTS_WORKSPACE);
		agents_put_key(writer, "limit", item->limit);
	}
}

void agents_put_refused(struct agents_writer *writer, const struct agents_item *item)
{
	bool is_all = !item->objects;
	bool is_outside = item->excepted && strcmp(item->excepted->text, AGENTS_WORKSPACE) == 0;
	bool is_read = agents_has(item, AGENTS_READ);
	const char *scope = is_read ? AGENTS_WORKSPACE : "/";

	agents_rule_open(writer, item, "files");
	agents_put_on(writer, item->deeds);
	put_patterns(writer, item->objects, false, false, scope);
	put_except(writer, item->excepted, is_all);
	agents_put_key(writer, "action", "deny");
	rows(writer, item,
	     !is_all	  ? item->objects->text
	     : is_outside ? "/nowhere/"
			  : AGENTS_WORKSPACE,
	     "deny");
}
