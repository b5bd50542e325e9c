/* SPDX-License-Identifier: MIT */
#include "rules/agents_policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/printable.h"

#define SHOWN 400
#define NOT_STORAGE                                                                                \
	"\"${TMPDIR}/\", \"/dev/{null,zero,full,random,urandom,tty,ptmx,pts/ptmx}\", \"/dev/shm/\", \"/proc/\""
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

struct writer {
	const struct agents_md *md;
	FILE *out, *tests;
	const struct agents_answer *answers;
	size_t answer_count;
	unsigned rows;
	bool has_rules, has_contents;
	bool can_change; /* something grants changes of databases */
};

static const char *const on_words[] = {
	[AGENTS_READ] = "read_file",	    [AGENTS_WRITE] = "write_file",
	[AGENTS_DELETE] = "delete_file",    [AGENTS_EXECUTE] = "execute",
	[AGENTS_QUERY] = "database_query",  [AGENTS_CHANGE] = "database_write",
	[AGENTS_CALL] = "api_call",	    [AGENTS_MAIL] = "send_email",
	[AGENTS_TOOL] = "tool_call",
};

static bool has(const struct agents_item *item, enum agents_deed deed)
{
	return item->deeds & AGENTS_BIT(deed);
}

static const char *verdict(const struct agents_item *item)
{
	return item->mood == AGENTS_NEVER ? "deny"
	       : item->mood == AGENTS_ASK ? "ask"
	       : item->is_logged	  ? "audit"
					  : "allow";
}

/* In double quotes, as YAML reads them. */
static void put_quoted(FILE *out, const char *text)
{
	(void)fputc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			(void)fputc('\\', out);
		(void)fputc(*text, out);
	}
	(void)fputc('"', out);
}

static void put_words(FILE *out, const char *text)
{
	char shown[SHOWN];

	put_quoted(out, printable_copy(text, shown, sizeof(shown)));
}

/* A comment stays on its line whatever is in @text: what ends a line for YAML is shown as a code. */
static void put_origin(FILE *out, const struct agents_md *md, const struct agents_item *item)
{
	char label[SHOWN], text[SHOWN];

	(void)fprintf(out, "  # %s:%u:%u: %s\n", printable_copy(md->label, label, sizeof(label)),
		      item->line, item->column, printable_copy(item->text, text, sizeof(text)));
}

static void rule_open(struct writer *writer, const struct agents_item *item, const char *what)
{
	if (!writer->has_rules)
		(void)fputs("rules:\n", writer->out);
	writer->has_rules = true;
	(void)fprintf(writer->out, "  - name: line-%u.%u-%s\n", item->line, item->column, what);
}

static void put_key(struct writer *writer, const char *key, const char *value)
{
	(void)fprintf(writer->out, "    %s: %s\n", key, value);
}

static void put_on(struct writer *writer, unsigned deeds)
{
	const char *between = "    on: [";

	for (unsigned deed = 0; deed < AGENTS_DEED_COUNT; deed++) {
		if (!(deeds & AGENTS_BIT(deed)))
			continue;
		(void)fprintf(writer->out, "%s%s", between, on_words[deed]);
		between = ", ";
	}
	(void)fputs("]\n", writer->out);
}

/*
 * Rows of `tests`.
 */

static const struct agents_answer *answer_of(const struct writer *writer, unsigned row)
{
	for (size_t i = 0; i < writer->answer_count; i++)
		if (writer->answers[i].row == row)
			return &writer->answers[i];
	return NULL;
}

/* Ends a row that was begun, with what is expected of it. */
static void row_end(struct writer *writer, const struct agents_item *item, const char *expected)
{
	const struct agents_answer *answer = answer_of(writer, writer->rows++);

	(void)fprintf(writer->tests, ", expect: %s } # line %u", answer ? answer->verdict : expected,
		      item->line);
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

static void file_rows(struct writer *writer, const struct agents_item *item, unsigned deeds,
		      const char *pattern, const char *expected)
{
	for (unsigned deed = AGENTS_READ; deed <= AGENTS_EXECUTE; deed++) {
		if (!(deeds & AGENTS_BIT(deed)))
			continue;
		(void)fprintf(writer->tests, "  - { action: %s, path: ", on_words[deed]);
		put_sample(writer->tests, pattern);
		row_end(writer, item, expected);
	}
}

/*
 * Files.
 */

/*
 * A pattern, and what else it may stand for where it takes something away: a name without folders is that name
 * anywhere, and both a file and a folder.
 */
static void put_pattern(FILE *out, const char *text, bool is_grant, bool is_ask)
{
	size_t len = strlen(text);
	const char *anywhere = is_ask ? "${WORKSPACE}/**/" : "**/";

	if (is_grant || len < 2 || text[0] == '$') {
		put_quoted(out, text);
		return;
	}
	if (text[len - 1] == '/')
		len--;
	(void)fprintf(out, "\"%.*s\", \"%.*s/\"", (int)len, text, (int)len, text);
	if (!memchr(text, '/', len))
		(void)fprintf(out, ", \"%s%.*s\", \"%s%.*s/\"", anywhere, (int)len, text, anywhere,
			      (int)len, text);
}

static void put_patterns(struct writer *writer, const struct agents_object *list, bool is_grant,
			 bool is_ask, const char *otherwise)
{
	FILE *out = writer->out;

	(void)fputs("    path: [", out);
	if (!list)
		put_quoted(out, otherwise);
	for (const struct agents_object *object = list; object; object = object->next) {
		put_pattern(out, object->text, is_grant, is_ask);
		(void)fputs(object->next ? ", " : "", out);
	}
	(void)fputs("]\n", out);
}

static void put_except(struct writer *writer, const struct agents_object *list, bool with_storage)
{
	const char *between = with_storage ? ", " : "";

	if (!list && !with_storage)
		return;
	(void)fprintf(writer->out, "    except: { path: [%s", with_storage ? NOT_STORAGE : "");
	for (const struct agents_object *object = list; object; object = object->next) {
		(void)fputs(between, writer->out);
		put_quoted(writer->out, object->text);
		between = ", ";
	}
	(void)fputs("] }\n", writer->out);
}

static void files_granted(struct writer *writer, const struct agents_item *item)
{
	bool is_list = item->area == AGENTS_AREA_CAN;

	rule_open(writer, item, "files");
	put_on(writer, item->deeds);
	put_patterns(writer, item->objects, item->mood == AGENTS_MAY, true, AGENTS_WORKSPACE);
	if (!is_list)
		put_except(writer, item->excepted, false);
	put_key(writer, "action", verdict(item));
	file_rows(writer, item, item->deeds,
		  item->objects ? item->objects->text : AGENTS_WORKSPACE, verdict(item));
	if (item->excepted && is_list) {
		rule_open(writer, item, "except");
		put_on(writer, item->deeds);
		put_patterns(writer, item->excepted, false, false, "");
		put_key(writer, "action", "deny");
		file_rows(writer, item, item->deeds, item->excepted->text, "deny");
	}
	if (item->limit) {
		rule_open(writer, item, "limit");
		put_on(writer, item->deeds);
		put_patterns(writer, item->objects, true, true, AGENTS_WORKSPACE);
		put_key(writer, "limit", item->limit);
	}
}

static void files_refused(struct writer *writer, const struct agents_item *item)
{
	bool is_all = !item->objects;
	bool is_outside = item->excepted && strcmp(item->excepted->text, AGENTS_WORKSPACE) == 0;
	bool is_read = has(item, AGENTS_READ);
	const char *scope = is_read ? AGENTS_WORKSPACE : "/";

	rule_open(writer, item, "files");
	put_on(writer, item->deeds);
	put_patterns(writer, item->objects, false, false, scope);
	put_except(writer, item->excepted, is_all);
	put_key(writer, "action", "deny");
	file_rows(writer, item, item->deeds,
		  !is_all      ? item->objects->text
		  : is_outside ? "/srv/"
			       : AGENTS_WORKSPACE,
		  "deny");
}

/*
 * Programs.
 */

static void program_row(struct writer *writer, const struct agents_item *item,
			const struct agents_object *object)
{
	(void)fprintf(writer->tests, "  - { action: execute, path: \"/usr/bin/%s\"", object->text);
	for (const char *at = object->args; at;) {
		size_t len = strcspn(at, " ");

		(void)fprintf(writer->tests, "%s\"%.*s\"", at == object->args ? ", args: [" : ", ",
			      (int)len, at);
		at += len + strspn(at + len, " ");
		if (!*at)
			break;
	}
	(void)fputs(object->args ? "]" : "", writer->tests);
	row_end(writer, item, verdict(item));
}

static void programs(struct writer *writer, const struct agents_item *item)
{
	unsigned number = 1;
	char what[32];

	if (!item->objects) {
		rule_open(writer, item, "programs");
		put_on(writer, item->deeds);
		put_key(writer, "path", item->mood == AGENTS_MAY ? "\"" AGENTS_WORKSPACE "\"" : "/");
		put_key(writer, "action", verdict(item));
		file_rows(writer, item, item->deeds, AGENTS_WORKSPACE, verdict(item));
		if (item->limit) {
			rule_open(writer, item, "limit");
			put_on(writer, item->deeds);
			put_key(writer, "limit", item->limit);
		}
		return;
	}
	if (item->mood == AGENTS_MAY)
		(void)fputs("  # It opens nothing: `base` says which programs run.\n", writer->out);
	for (const struct agents_object *object = item->objects; object; object = object->next) {
		program_row(writer, item, object);
		if (item->mood == AGENTS_MAY)
			continue;
		(void)snprintf(what, sizeof(what), "program-%u", number++);
		rule_open(writer, item, what);
		put_on(writer, item->deeds);
		(void)fprintf(writer->out, "    program: \"%s\"\n", object->text);
		if (object->args)
			(void)fprintf(writer->out, "    args: [\"%s\", \"%s *\", \"-* %s\", \"-* %s *\"]\n",
				      object->args, object->args, object->args, object->args);
		put_key(writer, "action", verdict(item));
	}
}

/*
 * Contents and peers.
 */

static void content_rule(struct writer *writer, const struct agents_item *item, const char *what,
			 const char *on, const char *action)
{
	rule_open(writer, item, what);
	put_key(writer, "on", on);
	put_key(writer, "action", action);
	writer->has_contents = writer->has_contents || strcmp(action, "allow") != 0;
}

static void database_row(struct writer *writer, const struct agents_item *item, bool is_change,
			 const char *expected)
{
	(void)fprintf(writer->tests, "  - { action: database_query, query: \"%s\"",
		      is_change ? "DELETE FROM users WHERE id = 1" : "SELECT name FROM users");
	row_end(writer, item, expected);
}

static void databases(struct writer *writer, const struct agents_item *item)
{
	bool is_change = has(item, AGENTS_CHANGE);

	content_rule(writer, item, "database", on_words[is_change ? AGENTS_CHANGE : AGENTS_QUERY],
		     verdict(item));
	database_row(writer, item, is_change, verdict(item));
	if (item->limit) {
		rule_open(writer, item, "limit");
		put_on(writer, item->deeds);
		put_key(writer, "limit", item->limit);
		writer->has_contents = true;
	}
	if (is_change || item->mood == AGENTS_NEVER || writer->can_change)
		return;
	content_rule(writer, item, "reads-only", "database_write", "deny");
	database_row(writer, item, true, "deny");
}

static void put_peer(struct writer *writer, const struct agents_item *item,
		     const struct agents_object *object, const char *ports)
{
	if (!object) {
		put_key(writer, "protocol", "[tcp, udp]");
		put_key(writer, "except", "{ own: true }");
		return;
	}
	(void)fprintf(writer->out, "    host: \"%s\"\n", object->text);
	if (object->port)
		(void)fprintf(writer->out, "    port: %u\n", object->port);
	else if (item->area == AGENTS_AREA_CAN)
		put_key(writer, "port", ports);
}

static void peer_row(struct writer *writer, const struct agents_item *item,
		     const struct agents_object *object, unsigned port)
{
	const char *host = object ? object->text : "example.com";

	(void)fprintf(writer->tests, "  - { action: connect, host: \"%s%s\", port: %u",
		      host[0] == '*' ? "x" : "", host + (host[0] == '*'),
		      object && object->port ? object->port : port);
	row_end(writer, item, verdict(item));
}

static void request_rule(struct writer *writer, const struct agents_item *item,
			 const struct agents_object *object, const char *what)
{
	rule_open(writer, item, what);
	put_key(writer, "on", "api_call");
	if (object)
		(void)fprintf(writer->out, "    host: \"%s\"\n", object->text);
	if (item->read_only)
		put_key(writer, "method", "[GET, HEAD, OPTIONS]");
	put_key(writer, "action", verdict(item));
	writer->has_contents = writer->has_contents || item->mood != AGENTS_MAY || item->is_logged;
}

static void peers(struct writer *writer, const struct agents_item *item)
{
	bool is_mail = has(item, AGENTS_MAIL);
	const struct agents_object *object = item->objects;
	unsigned number = 1;
	char what[32];

	if (is_mail && !object) {
		content_rule(writer, item, "mail", "send_email", verdict(item));
		peer_row(writer, item, NULL, 587);
		return;
	}
	do {
		/* Without a host nothing is opened: who is called has to be named. */
		if (object || item->mood != AGENTS_MAY) {
			(void)snprintf(what, sizeof(what), "peer-%u", number);
			rule_open(writer, item, what);
			put_key(writer, "on", "connect");
			put_peer(writer, item, object, is_mail ? "[25, 465, 587]" : "443");
			put_key(writer, "action", verdict(item));
			peer_row(writer, item, object, is_mail ? 587 : 443);
		}
		(void)snprintf(what, sizeof(what), "request-%u", number++);
		if (!is_mail)
			request_rule(writer, item, object, what);
		object = object ? object->next : NULL;
	} while (object);
	if (item->limit) {
		rule_open(writer, item, "limit");
		put_key(writer, "on", is_mail ? "send_email" : "api_call");
		put_key(writer, "limit", item->limit);
		writer->has_contents = true;
	}
}

static void tool(struct writer *writer, const struct agents_item *item)
{
	rule_open(writer, item, "tool");
	put_key(writer, "on", "tool_call");
	(void)fprintf(writer->out, "    condition: \"tool == '%s'\"\n    action: allow\n",
		      item->objects->text);
	(void)fprintf(writer->tests, "  - { action: tool_call, tool: \"%s\"", item->objects->text);
	row_end(writer, item, "allow");
}

static void statement(struct writer *writer, const struct agents_item *item)
{
	put_origin(writer->out, writer->md, item);
	if (item->deeds & AGENTS_FILES)
		item->mood == AGENTS_NEVER ? files_refused(writer, item) : files_granted(writer, item);
	else if (has(item, AGENTS_EXECUTE))
		programs(writer, item);
	else if (item->deeds & AGENTS_PEERS)
		peers(writer, item);
	else if (has(item, AGENTS_TOOL))
		tool(writer, item);
	else
		databases(writer, item);
}

/*
 * What a list leaves out.
 */

/* Whether @item grants @deed, asked for or not. */
static bool grants(const struct agents_item *item, enum agents_deed deed)
{
	return !item->why && !item->is_named && item->mood != AGENTS_NEVER &&
	       item->area == AGENTS_AREA_CAN && has(item, deed);
}

static void unlisted(struct writer *writer, enum agents_deed deed, const char *name)
{
	FILE *out = writer->out;
	bool is_read = deed == AGENTS_READ;

	if (!writer->has_rules)
		(void)fputs("rules:\n", out);
	writer->has_rules = true;
	(void)fprintf(out, "  # %s, and is not in a list of what the agent can do.\n  - name: %s\n",
		      is_read ? "Of the workspace" : "What changes files", name);
	put_on(writer, AGENTS_BIT(deed));
	(void)fprintf(out, "    path: [\"%s\"]\n    except: { path: [\"${TMPDIR}/\"",
		      is_read ? AGENTS_WORKSPACE : "/");
	if (!is_read)
		(void)fprintf(out, ", %s", NOT_STORAGE + sizeof("\"${TMPDIR}/\", ") - 1);
	for (const struct agents_item *item = writer->md->items; item; item = item->next) {
		if (!grants(item, deed))
			continue;
		if (!item->objects)
			(void)fputs(", \"" AGENTS_WORKSPACE "\"", out);
		for (const struct agents_object *object = item->objects; object; object = object->next) {
			(void)fputs(", ", out);
			put_quoted(out, object->text);
		}
	}
	(void)fputs("] }\n    action: deny\n    message: the list of what this agent can do does not have it\n", out);
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

static void close_list(struct writer *writer)
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

static void head(struct writer *writer)
{
	const struct agents_md *md = writer->md;
	FILE *out = writer->out;
	const char *between = "extends: [";
	char label[SHOWN];

	(void)fprintf(out, "# Written by `agentos policy from-agents-md` from %s.\n",
		      printable_copy(md->label, label, sizeof(label)));
	(void)fputs("# It is merged with `base`, and the strictest verdict wins.\nversion: \"1.0\"\nname: ", out);
	put_words(out, md->name);
	if (md->description) {
		(void)fputs("\ndescription: ", out);
		put_words(out, md->description);
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
		(void)fputs("# There is a list of what the agent can do: contents that it does not name are refused.\n"
			    "default: { kernel: deny, content: deny }\n", out);
}

static void leftovers(struct writer *writer)
{
	bool is_first = true;

	for (const struct agents_item *item = writer->md->items; item; item = item->next) {
		char why[SHOWN];

		if (!item->why)
			continue;
		if (is_first)
			(void)fputs("\n# NOT TAKEN OVER: nothing above says any of this.\n", writer->out);
		is_first = false;
		put_origin(writer->out, writer->md, item);
		(void)fprintf(writer->out, "  #   not understood: %s\n",
			      printable_copy(item->why, why, sizeof(why)));
	}
}

static void all(struct writer *writer)
{
	head(writer);
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
	struct writer writer = { .md = md, .answers = answers, .answer_count = answer_count };
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
