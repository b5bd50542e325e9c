/* SPDX-License-Identifier: MIT */
/*
 * Log records of OpenTelemetry as OTLP/JSON: opentelemetry-proto 1.x, logs/v1; numbers of 64 bits are
 * strings there. Attributes are those of the semantic conventions where there is one, else agentos.*.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "audit/export.h"
#include "audit/fields.h"
#include "common/clean.h"

/* SeverityNumber */
enum { INFO = 9, WARN = 13, ERROR = 17 };

/* Column, and what it is called there. */
static const struct {
	const char *column, *attribute;
} attributes[] = {
	{ "run", "agentos.run.id" },
	{ "agent", "gen_ai.agent.name" },
	{ "pid", "process.pid" },
	{ "ppid", "process.parent_pid" },
	{ "uid", "user.id" },
	{ "program", "process.executable.path" },
	{ "call", "agentos.call" },
	{ "action", "agentos.action" },
	{ "operation", "agentos.operation" },
	{ "verdict", "agentos.verdict" },
	{ "answer", "agentos.answer" },
	{ "rule", "security_rule.name" },
	{ "message", "security_rule.description" },
	{ "rule_file", "agentos.rule.file" },
	{ "rule_line", "agentos.rule.line" },
	{ "layer", "agentos.layer" },
	{ "path", "file.path" },
	{ "protocol", "network.transport" },
	{ "host", "server.address" },
	{ "ip", "network.peer.address" },
	{ "port", "server.port" },
	{ "outcome", "agentos.outcome" },
	{ "latency", "agentos.latency" },
	{ "count", "agentos.count" },
};

static void put(json_t *list, const char *key, json_t *value)
{
	(void)json_array_append_new(list, json_pack("{s:s, s:o}", "key", key, "value", value));
}

static void put_text(json_t *list, const char *key, const char *text)
{
	if (text)
		put(list, key, json_pack("{s:s}", "stringValue", text));
}

static void put_number(json_t *list, const char *key, int64_t number)
{
	put(list, key, json_pack("{s:o}", "intValue", json_sprintf("%" PRId64, number)));
}

static void put_column(json_t *list, const struct row *row, const char *name, const char *key)
{
	const struct value *value = field_find(row, name);
	CLEAN_FREE char *text = NULL;

	if (!value)
		return;
	if (value->type == VALUE_INTEGER && strcmp(key, "user.id") != 0) {
		put_number(list, key, value->number);
		return;
	}
	text = field_text(row, name);
	put_text(list, key, text);
}

static void put_argv(json_t *list, const struct row *row)
{
	json_t *words = field_argv(row);
	json_t *values = json_array();

	for (size_t i = 0; i < json_array_size(words); i++)
		(void)json_array_append_new(
			values, json_pack("{s:O}", "stringValue", json_array_get(words, i)));
	if (words)
		put(list, "process.command_args",
		    json_pack("{s:{s:O}}", "arrayValue", "values", values));
	json_decref(values);
	json_decref(words);
}

/* What was said is called by what it is. */
static void put_content(json_t *list, const struct row *row)
{
	CLEAN_FREE char *content = field_text(row, "content");
	const char *space = content ? strchr(content, ' ') : NULL;
	json_t *method;

	if (field_is(row, "action", "database_query"))
		put_text(list, "db.query.text", content);
	else if (field_is(row, "action", "tool_call"))
		put_text(list, "gen_ai.tool.name", content);
	else if (field_is(row, "action", "resolve"))
		put_text(list, "dns.question.name", content);
	else if (!field_is(row, "action", "api_call") || !space)
		put_text(list, "agentos.content", content);
	if (!field_is(row, "action", "api_call") || !space)
		return;
	method = json_pack("{s:s%}", "stringValue", content, (size_t)(space - content));
	put(list, "http.request.method", method);
	put_text(list, strstr(space, "://") ? "url.full" : "agentos.url", space + 1);
}

json_t *otlp_record(const struct row *row, const struct export_source *source)
{
	json_t *list = json_array();
	CLEAN_FREE char *target = export_target(row);
	CLEAN_FREE char *action = field_text(row, "action");
	CLEAN_FREE char *verdict = field_text(row, "verdict");
	bool is_noted = field_granted(row) && !field_is(row, "verdict", "allow");
	int severity = is_noted ? WARN : field_granted(row) ? INFO : ERROR;
	json_t *time = json_sprintf("%" PRId64, field_number(row, "time", 0));

	(void)source;
	put_number(list, "agentos.seq", row->seq);
	for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
		put_column(list, row, attributes[i].column, attributes[i].attribute);
	put_argv(list, row);
	put_content(list, row);
	return json_pack("{s:O, s:o, s:i, s:s, s:s, s:{s:o}, s:o}", "timeUnixNano", time,
			 "observedTimeUnixNano", time, "severityNumber", severity, "severityText",
			 severity == ERROR  ? "ERROR"
			 : severity == WARN ? "WARN"
					    : "INFO",
			 "eventName", "agentos.action", "body", "stringValue",
			 json_sprintf("%s %s %s", verdict ? verdict : "-", action ? action : "-",
				      target ? target : "-"),
			 "attributes", list);
}

int otlp_begin(const struct export_source *source, FILE *out)
{
	json_t *resource = json_array();
	int r;

	put_text(resource, "service.name", "agentos");
	put_text(resource, "service.version", source->version);
	put_text(resource, "service.instance.id", source->recorder);
	put_text(resource, "host.name", source->host);
	(void)fputs("{\"resourceLogs\":[{\"resource\":", out);
	r = export_dump(json_pack("{s:o}", "attributes", resource), out);
	if (fprintf(out,
		    ",\"scopeLogs\":[{\"scope\":{\"name\":\"agentos.audit\",\"version\":\"%s\"},"
		    "\"logRecords\":[",
		    source->version) < 0)
		r = -EIO;
	return r;
}
