/* SPDX-License-Identifier: MIT */
/*
 * Events of the Open Cybersecurity Schema Framework 1.4.0, each action in the class that is about it,
 * with the profile security_control, which has what was decided.
 * Source: https://schema.ocsf.io/1.4.0/
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "audit/export.h"
#include "audit/fields.h"
#include "common/clean.h"

enum class {
	FILE_ACTIVITY = 1001,
	PROCESS_ACTIVITY = 1007,
	NETWORK_ACTIVITY = 4001,
	HTTP_ACTIVITY = 4002,
	DNS_ACTIVITY = 4003,
	API_ACTIVITY = 6003,
	DATASTORE_ACTIVITY = 6005
};

#define OTHER 99

static const struct kind {
	const char *action, *operation; /* operation NULL: any other */
	enum class class;
	int activity; /* of the class */
} kinds[] = {
	{ "read_file", NULL, FILE_ACTIVITY, 2 },
	{ "write_file", "create", FILE_ACTIVITY, 1 },
	{ "write_file", "mkdir", FILE_ACTIVITY, 1 },
	{ "write_file", "mknod", FILE_ACTIVITY, 1 },
	{ "write_file", "link", FILE_ACTIVITY, 1 },
	{ "write_file", "rename", FILE_ACTIVITY, 5 },
	{ "write_file", "times", FILE_ACTIVITY, 6 },
	{ "write_file", "xattr", FILE_ACTIVITY, 6 },
	{ "write_file", "chmod", FILE_ACTIVITY, 7 },
	{ "write_file", "chown", FILE_ACTIVITY, 7 },
	{ "write_file", NULL, FILE_ACTIVITY, 3 },
	{ "delete_file", "rename", FILE_ACTIVITY, 5 },
	{ "delete_file", NULL, FILE_ACTIVITY, 4 },
	{ "execute", NULL, PROCESS_ACTIVITY, 1 },
	{ "connect", NULL, NETWORK_ACTIVITY, 1 },
	{ "listen", NULL, NETWORK_ACTIVITY, 7 },
	{ "send_data", NULL, NETWORK_ACTIVITY, 6 },
	{ "resolve", NULL, DNS_ACTIVITY, 1 },
	{ "api_call", NULL, HTTP_ACTIVITY, OTHER },
	{ "database_query", NULL, DATASTORE_ACTIVITY, 4 },
	{ "tool_call", NULL, API_ACTIVITY, OTHER },
	{ "output", NULL, API_ACTIVITY, OTHER },
	{ "none", NULL, API_ACTIVITY, OTHER },
};

#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

static const struct kind *kind_of(const struct row *row)
{
	for (size_t i = 0; i < KIND_COUNT; i++)
		if (field_is(row, "action", kinds[i].action) &&
		    (!kinds[i].operation || field_is(row, "operation", kinds[i].operation)))
			return &kinds[i];
	return &kinds[KIND_COUNT - 1];
}

/* A file by the path in a column; its name is never empty. */
static json_t *file_of(const struct row *row, const char *column, bool is_dir)
{
	CLEAN_FREE char *path = field_text(row, column);
	const char *slash = path ? strrchr(path, '/') : NULL;
	const char *name = slash && slash[1] ? slash + 1 : path;

	return json_pack("{s:s, s:s, s:i}", "name", name ? name : "-", "path", path ? path : "-",
			 "type_id", is_dir ? 2 : 1);
}

static json_t *process_of(const struct row *row)
{
	json_t *process = json_object();

	field_put(process, "pid", row, "pid");
	if (field_find(row, "ppid"))
		(void)json_object_set_new(
			process, "parent_process",
			json_pack("{s:I}", "pid", (json_int_t)field_number(row, "ppid", 0)));
	if (field_find(row, "program"))
		(void)json_object_set_new(process, "file", file_of(row, "program", false));
	return process;
}

static json_t *actor_of(const struct row *row)
{
	json_t *actor = json_pack("{s:o}", "process", process_of(row));

	if (actor && field_find(row, "uid"))
		(void)json_object_set_new(
			actor, "user",
			json_pack("{s:o}", "uid",
				  json_sprintf("%" PRId64, field_number(row, "uid", 0))));
	field_put(actor, "app_name", row, "agent");
	return actor;
}

/* The peer; of what is listened on, the own address. */
static json_t *endpoint_of(const struct row *row)
{
	json_t *endpoint = json_object();

	field_put(endpoint, "hostname", row, "host");
	field_put(endpoint, "ip", row, "ip");
	field_put(endpoint, "port", row, "port");
	if (json_object_size(endpoint) == 0)
		field_put(endpoint, "name", row, "path");
	if (!json_object_get(endpoint, "hostname") && !json_object_get(endpoint, "ip") &&
	    !json_object_get(endpoint, "name"))
		(void)json_object_set_new(endpoint, "name", json_string("unknown"));
	return endpoint;
}

static json_t *here(const struct export_source *source)
{
	return json_pack("{s:s}", "hostname", source->host);
}

static void put_process(json_t *event, const struct row *row)
{
	CLEAN_FREE char *command = field_command(row);
	json_t *process = json_pack("{s:o, s:s*}", "file", file_of(row, "path", false), "cmd_line",
				    command);

	field_put(process, "pid", row, "pid");
	(void)json_object_set_new(event, "process", process);
}

static void put_network(json_t *event, const struct row *row, const struct export_source *source)
{
	bool is_listening = field_is(row, "action", "listen");
	CLEAN_FREE char *protocol = field_text(row, "protocol");

	(void)json_object_set_new(event, "src_endpoint", here(source));
	(void)json_object_set_new(event, "dst_endpoint", endpoint_of(row));
	(void)json_object_set_new(event, "connection_info",
				  json_pack("{s:i, s:s*}", "direction_id", is_listening ? 1 : 2,
					    "protocol_name", protocol));
}

/* METHOD URL, or METHOD and what is known of where it goes. */
static int put_request(json_t *event, const struct row *row)
{
	static const char *const methods[] = { "CONNECT", "DELETE", "GET", "HEAD",
					       "OPTIONS", "POST",   "PUT", "TRACE" };
	CLEAN_FREE char *content = field_text(row, "content");
	char *space = content ? strchr(content, ' ') : NULL;
	json_t *request = json_object();
	int activity = OTHER;

	if (space)
		*space = '\0';
	for (size_t i = 0; space && i < sizeof(methods) / sizeof(methods[0]); i++)
		if (strcmp(content, methods[i]) == 0)
			activity = (int)i + 1;
	if (space)
		(void)json_object_set_new(request, "http_method", json_string(content));
	if (content)
		(void)json_object_set_new(
			request, "url",
			json_pack("{s:s}", "url_string", space ? space + 1 : content));
	(void)json_object_set_new(event, "http_request", request);
	return activity;
}

static void put_query(json_t *event, const struct row *row)
{
	CLEAN_FREE char *content = field_text(row, "content");

	(void)json_object_set_new(event, "database",
				  json_pack("{s:s, s:i}", "name", "unknown", "type_id", 0));
	if (content)
		(void)json_object_set_new(event, "query_info",
					  json_pack("{s:s}", "query_string", content));
}

static void put_api(json_t *event, const struct row *row)
{
	CLEAN_FREE char *content = field_text(row, "content");
	CLEAN_FREE char *action = field_text(row, "action");

	(void)json_object_set_new(event, "api",
				  json_pack("{s:s}", "operation",
					    content  ? content
					    : action ? action
						     : "none"));
}

/* What the class is about. Return: the activity. */
static int put_subject(json_t *event, const struct row *row, const struct kind *kind,
		       const struct export_source *source)
{
	CLEAN_FREE char *host = NULL;

	switch (kind->class) {
	case FILE_ACTIVITY:
		(void)json_object_set_new(
			event, "file", file_of(row, "path", field_number(row, "is_dir", 0) != 0));
		return kind->activity;
	case PROCESS_ACTIVITY:
		put_process(event, row);
		return kind->activity;
	case API_ACTIVITY:
		put_api(event, row);
		(void)json_object_set_new(event, "src_endpoint", here(source));
		return kind->activity;
	case NETWORK_ACTIVITY:
		put_network(event, row, source);
		return kind->activity;
	case HTTP_ACTIVITY:
		put_network(event, row, source);
		return put_request(event, row);
	case DATASTORE_ACTIVITY:
		put_network(event, row, source);
		(void)json_object_del(event, "connection_info");
		put_query(event, row);
		return kind->activity;
	case DNS_ACTIVITY:
		host = field_text(row, "host");
		(void)json_object_set_new(event, "src_endpoint", here(source));
		(void)json_object_set_new(event, "query",
					  json_pack("{s:s}", "hostname", host ? host : "-"));
		return kind->activity;
	}
	return OTHER;
}

static void put_decision(json_t *event, const struct row *row)
{
	bool is_granted = field_granted(row);
	json_t *policy = json_object();

	field_put(policy, "name", row, "rule");
	field_put(policy, "desc", row, "message");
	if (json_object_size(policy) > 0)
		(void)json_object_set(event, "policy", policy);
	json_decref(policy);
	(void)json_object_set_new(event, "action_id", json_integer(is_granted ? 1 : 2));
	(void)json_object_set_new(event, "disposition_id", json_integer(is_granted ? 1 : 2));
	(void)json_object_set_new(event, "status_id", json_integer(is_granted ? 1 : 2));
	field_put(event, "status_detail", row, "message");
}

static json_t *unmapped(const struct row *row)
{
	static const char *const names[] = { "run",    "call",	   "operation", "verdict",
					     "answer", "approver", "rule_file", "rule_line",
					     "layer",  "given",	   "script",	"outcome",
					     "latency" };
	json_t *object = json_object();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		field_put(object, names[i], row, names[i]);
	return object;
}

json_t *ocsf_event(const struct row *row, const struct export_source *source)
{
	const struct kind *kind = kind_of(row);
	int severity = !field_granted(row) ? 4 : field_is(row, "verdict", "allow") ? 1 : 2;
	json_t *event = json_pack("{s:i, s:i, s:i, s:I, s:o, s:{s:i, s:s}, s:{s:s, s:s, s:o, "
				  "s:[s], s:{s:s, s:s, s:s}}, s:o}",
				  "category_uid", (int)kind->class / 1000, "class_uid",
				  (int)kind->class, "severity_id", severity, "time",
				  (json_int_t)(field_number(row, "time", 0) / 1000000), "actor",
				  actor_of(row), "device", "type_id", 0, "hostname", source->host,
				  "metadata", "version", "1.4.0", "log_name", source->recorder,
				  "uid", json_sprintf("%s-%" PRId64, source->recorder, row->seq),
				  "profiles", "security_control", "product", "name", "agentos",
				  "vendor_name", "agentos", "version", source->version, "unmapped",
				  unmapped(row));
	int activity;

	if (!event)
		return NULL;
	activity = put_subject(event, row, kind, source);
	(void)json_object_set_new(event, "activity_id", json_integer(activity));
	(void)json_object_set_new(event, "type_uid",
				  json_integer((json_int_t)kind->class * 100 + activity));
	put_decision(event, row);
	if (field_number(row, "count", 1) != 1)
		field_put(event, "count", row, "count");
	return event;
}
