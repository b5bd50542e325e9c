/* SPDX-License-Identifier: MIT */
#include "rules/agents_policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/printable.h"
#include "rules/agents_writer.h"

static void statement(struct agents_writer *writer, const struct agents_item *item)
{
	agents_put_origin(writer->out, writer->md, item);
	if (item->deeds & AGENTS_FILES)
		item->mood == AGENTS_NEVER ? agents_put_refused(writer, item)
					   : agents_put_granted(writer, item);
	else if (agents_has(item, AGENTS_EXECUTE))
		agents_put_programs(writer, item);
	else if (item->deeds & AGENTS_PEERS)
		agents_put_peers(writer, item);
	else if (agents_has(item, AGENTS_TOOL))
		agents_put_tool(writer, item);
	else
		agents_put_databases(writer, item);
}

/*
 * What a list leaves out.
 */

/* Whether @item grants @deed, asked for or not. */
static bool grants(const struct agents_item *item, enum agents_deed deed)
{
	return !item->why && !item->is_named && item->mood != AGENTS_NEVER &&
	       item->area == AGENTS_AREA_CAN && agents_has(item, deed);
}

static void unlisted(struct agents_writer *writer, enum agents_deed deed, const char *name)
{
	FILE *out = writer->out;
	bool is_read = deed == AGENTS_READ;

	(void)fprintf(out, "  # %s, and is not in a list of what the agent can do.\n  - name: %s\n",
		      is_read ? "Of the workspace" : "What changes files", name);
	agents_put_on(writer, AGENTS_BIT(deed));
	(void)fprintf(out, "    path: [\"%s\"]\n    except: { path: [\"${TMPDIR}/\"",
		      is_read ? AGENTS_WORKSPACE : "/");
	if (!is_read)
		(void)fprintf(out, ", %s", AGENTS_NO_STORAGE);
	for (const struct agents_item *item = writer->md->items; item; item = item->next) {
		if (!grants(item, deed))
			continue;
		if (!item->objects)
			(void)fputs(", \"" AGENTS_WORKSPACE "\"", out);
		for (const struct agents_object *object = item->objects; object;
		     object = object->next) {
			(void)fputs(", ", out);
			agents_put_quoted(out, object->text);
		}
	}
	(void)fputs("] }\n    action: deny\n    message: the list of what this agent can do does "
		    "not have it\n",
		    out);
}

/* Reading is closed where every item that grants it names what. */
static bool reads_are_named(const struct agents_md *md)
{
	bool is_any = false;

	for (const struct agents_item *item = md->items; item; item = item->next) {
		if (!grants(item, AGENTS_READ))
			continue;
		if (!item->objects)
			return false;
		is_any = true;
	}
	return is_any;
}

static void close_list(struct agents_writer *writer)
{
	if (!writer->md->has_list)
		return;
	unlisted(writer, AGENTS_WRITE, "unlisted-writes");
	unlisted(writer, AGENTS_DELETE, "unlisted-deletes");
	if (reads_are_named(writer->md))
		unlisted(writer, AGENTS_READ, "unlisted-reads");
}

/*
 * The whole.
 */

static void head(struct agents_writer *writer)
{
	const struct agents_md *md = writer->md;
	FILE *out = writer->out;
	const char *between = "extends: [";
	char label[AGENTS_SHOWN];

	(void)fprintf(out, "# Written by `agentos policy from-agents-md` from %s.\n",
		      printable_copy(md->label, label, sizeof(label)));
	(void)fputs("# It is merged with `base`, and the strictest verdict wins.\nversion: "
		    "\"1.0\"\nname: ",
		    out);
	agents_put_words(out, md->name);
	if (md->description) {
		(void)fputs("\ndescription: ", out);
		agents_put_words(out, md->description);
	}
	(void)fputc('\n', out);
	for (const struct agents_item *item = md->items; item; item = item->next) {
		if (!item->is_named || item->why)
			continue;
		(void)fprintf(out, "%s%s", between, item->text);
		between = ", ";
	}
	if (between[0] == ',')
		(void)fputs("]\n", out);
	if (md->has_list)
		(void)fputs("# There is a list of what the agent can do: what it does not name is "
			    "refused.\n"
			    "default: { kernel: deny, database_query: deny, api_call: deny, "
			    "tool_call: deny }\n",
			    out);
}

/* A program that is named is not granted anything, so it has no rule. */
static bool has_rules(const struct agents_md *md)
{
	for (const struct agents_item *item = md->items; item; item = item->next)
		if (!item->why && !item->is_named &&
		    !(agents_has(item, AGENTS_EXECUTE) && item->mood == AGENTS_MAY &&
		      item->objects))
			return true;
	return md->has_list;
}

static void leftovers(struct agents_writer *writer)
{
	bool is_first = true;

	for (const struct agents_item *item = writer->md->items; item; item = item->next) {
		char why[AGENTS_SHOWN];

		if (!item->why)
			continue;
		if (is_first)
			(void)fputs("\n# NOT TAKEN OVER: nothing above says any of this.\n",
				    writer->out);
		is_first = false;
		agents_put_origin(writer->out, writer->md, item);
		(void)fprintf(writer->out, "  #   not understood: %s\n",
			      printable_copy(item->why, why, sizeof(why)));
	}
}

static void all(struct agents_writer *writer)
{
	head(writer);
	if (has_rules(writer->md))
		(void)fputs("rules:\n", writer->out);
	for (const struct agents_item *item = writer->md->items; item; item = item->next)
		writer->can_change = writer->can_change || grants(item, AGENTS_CHANGE);
	for (const struct agents_item *item = writer->md->items; item; item = item->next)
		if (!item->why && !item->is_named)
			statement(writer, item);
	close_list(writer);
	leftovers(writer);
}

static unsigned lines_of(const char *text)
{
	unsigned lines = 1;

	while ((text = strchr(text, '\n'))) {
		text++;
		lines++;
	}
	return lines;
}

int agents_policy_write(const struct agents_md *md, const struct agents_answer *answers,
			size_t answer_count, FILE *out, unsigned *out_first, unsigned *out_rows,
			bool *out_contents)
{
	struct agents_writer writer = { .md = md,
					.answers = answers,
					.answer_count = answer_count };
	char *rules = NULL, *tests = NULL;
	size_t rules_size = 0, tests_size = 0;
	int r = -ENOMEM;

	writer.out = open_memstream(&rules, &rules_size);
	writer.tests = open_memstream(&tests, &tests_size);
	if (writer.out && writer.tests)
		all(&writer);
	if (writer.out && writer.tests && !ferror(writer.out) && !ferror(writer.tests))
		r = 0;
	if (writer.out && fclose(writer.out) != 0)
		r = -ENOMEM;
	if (writer.tests && fclose(writer.tests) != 0)
		r = -ENOMEM;
	if (r == 0) {
		*out_first = lines_of(rules) + 1;
		*out_rows = writer.rows;
		*out_contents = writer.has_contents;
		if (fprintf(out, "%s%s%s", rules, writer.rows ? "tests:\n" : "", tests) < 0)
			r = -EIO;
	}
	free(rules);
	free(tests);
	return r;
}
