/* SPDX-License-Identifier: MIT */
/*
 * Programs, databases, hosts and tools that an AGENTS.md speaks of.
 */
#include "rules/agents_writer.h"

#include <string.h>

/*
 * Programs.
 */

static void program_row(struct agents_writer *writer, const struct agents_item *item,
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
	agents_row_end(writer, item, agents_verdict(item));
}

void agents_put_programs(struct agents_writer *writer, const struct agents_item *item)
{
	unsigned number = 1;
	char what[32];

	if (!item->objects) {
		agents_rule_open(writer, item, "programs");
		agents_put_on(writer, item->deeds);
		agents_put_key(writer, "path",
			       item->mood == AGENTS_MAY ? "\"" AGENTS_WORKSPACE "\"" : "/");
		agents_put_key(writer, "action", agents_verdict(item));
		agents_file_rows(writer, item, item->deeds, AGENTS_WORKSPACE, agents_verdict(item));
		if (item->limit) {
			agents_rule_open(writer, item, "limit");
			agents_put_on(writer, item->deeds);
			agents_put_key(writer, "limit", item->limit);
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
		agents_rule_open(writer, item, what);
		agents_put_on(writer, item->deeds);
		(void)fprintf(writer->out, "    program: \"%s\"\n", object->text);
		if (object->args)
			(void)fprintf(writer->out,
				      "    args: [\"%s\", \"%s *\", \"-* %s\", \"-* %s *\"]\n",
				      object->args, object->args, object->args, object->args);
		agents_put_key(writer, "action", agents_verdict(item));
	}
}

/*
 * Contents and peers.
 */

static void content_rule(struct agents_writer *writer, const struct agents_item *item,
			 const char *what, const char *on, const char *action)
{
	agents_rule_open(writer, item, what);
	agents_put_key(writer, "on", on);
	agents_put_key(writer, "action", action);
	writer->has_contents = writer->has_contents || strcmp(action, "allow") != 0;
}

static void database_row(struct agents_writer *writer, const struct agents_item *item,
			 bool is_change, const char *expected)
{
	(void)fprintf(writer->tests, "  - { action: database_query, query: \"%s\"",
		      is_change ? "DELETE FROM users WHERE id = 1" : "SELECT name FROM users");
	agents_row_end(writer, item, expected);
}

void agents_put_databases(struct agents_writer *writer, const struct agents_item *item)
{
	bool is_change = agents_has(item, AGENTS_CHANGE);

	content_rule(writer, item, "database",
		     agents_on_words[is_change ? AGENTS_CHANGE : AGENTS_QUERY],
		     agents_verdict(item));
	database_row(writer, item, is_change, agents_verdict(item));
	if (item->limit) {
		agents_rule_open(writer, item, "limit");
		agents_put_on(writer, item->deeds);
		agents_put_key(writer, "limit", item->limit);
		writer->has_contents = true;
	}
	if (is_change || item->mood == AGENTS_NEVER || writer->can_change)
		return;
	content_rule(writer, item, "reads-only", "database_write", "deny");
	database_row(writer, item, true, "deny");
}

static void put_peer(struct agents_writer *writer, const struct agents_item *item,
		     const struct agents_object *object, const char *ports)
{
	if (!object) {
		agents_put_key(writer, "protocol", "[tcp, udp]");
		agents_put_key(writer, "except", "{ own: true }");
		return;
	}
	(void)fprintf(writer->out, "    host: \"%s\"\n", object->text);
	if (object->port)
		(void)fprintf(writer->out, "    port: %u\n", object->port);
	else if (item->area == AGENTS_AREA_CAN)
		agents_put_key(writer, "port", ports);
}

static void peer_row(struct agents_writer *writer, const struct agents_item *item,
		     const struct agents_object *object, unsigned port)
{
	const char *host = object ? object->text : "example.com";

	(void)fprintf(writer->tests, "  - { action: connect, host: \"%s%s\", port: %u",
		      host[0] == '*' ? "x" : "", host + (host[0] == '*'),
		      object && object->port ? object->port : port);
	agents_row_end(writer, item, agents_verdict(item));
}

static void request_rule(struct agents_writer *writer, const struct agents_item *item,
			 const struct agents_object *object, const char *what)
{
	agents_rule_open(writer, item, what);
	agents_put_key(writer, "on", "api_call");
	if (object)
		(void)fprintf(writer->out, "    host: \"%s\"\n", object->text);
	if (item->read_only)
		agents_put_key(writer, "method", "[GET, HEAD, OPTIONS]");
	agents_put_key(writer, "action", agents_verdict(item));
	writer->has_contents = writer->has_contents || item->mood != AGENTS_MAY || item->is_logged;
}

void agents_put_peers(struct agents_writer *writer, const struct agents_item *item)
{
	bool is_mail = agents_has(item, AGENTS_MAIL);
	const struct agents_object *object = item->objects;
	unsigned number = 1;
	char what[32];

	if (is_mail && !object) {
		content_rule(writer, item, "mail", "send_email", agents_verdict(item));
		peer_row(writer, item, NULL, 587);
		return;
	}
	do {
		/* Without a host nothing is opened: who is called has to be named. */
		if (object || item->mood != AGENTS_MAY) {
			(void)snprintf(what, sizeof(what), "peer-%u", number);
			agents_rule_open(writer, item, what);
			agents_put_key(writer, "on", "connect");
			put_peer(writer, item, object, is_mail ? "[25, 465, 587]" : "443");
			agents_put_key(writer, "action", agents_verdict(item));
			peer_row(writer, item, object, is_mail ? 587 : 443);
		}
		(void)snprintf(what, sizeof(what), "request-%u", number++);
		if (!is_mail)
			request_rule(writer, item, object, what);
		object = object ? object->next : NULL;
	} while (object);
	if (item->limit) {
		agents_rule_open(writer, item, "limit");
		agents_put_key(writer, "on", is_mail ? "send_email" : "api_call");
		agents_put_key(writer, "limit", item->limit);
		writer->has_contents = true;
	}
}

void agents_put_tool(struct agents_writer *writer, const struct agents_item *item)
{
	agents_rule_open(writer, item, "tool");
	agents_put_key(writer, "on", "tool_call");
	(void)fprintf(writer->out, "    condition: \"tool == '%s'\"\n    action: allow\n",
		      item->objects->text);
	(void)fprintf(writer->tests, "  - { action: tool_call, tool: \"%s\"", item->objects->text);
	agents_row_end(writer, item, "allow");
}
