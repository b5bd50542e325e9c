/* SPDX-License-Identifier: MIT */
#include "rules/property.h"

#include <string.h>

/* Room for what must be put together: longer arguments are decided against the agent. */
#define JOINED_MAX 65536

static _Thread_local char joined[JOINED_MAX];
static _Thread_local char address[INET6_ADDRSTRLEN];

static void set_text(struct value *out, const char *bytes, size_t size)
{
	out->state = bytes ? VALUE_KNOWN : VALUE_NONE;
	out->text = (struct text){ .bytes = bytes, .size = size };
}

static void set_string(struct value *out, const char *string)
{
	set_text(out, string, string ? strlen(string) : 0);
}

static void set_number(struct value *out, long long number)
{
	out->state = VALUE_KNOWN;
	out->number = number;
}

static void read_action(const struct event *event, struct value *out)
{
	set_string(out, action_name(event->action));
}

static void read_agent(const struct event *event, struct value *out)
{
	set_string(out, event->agent);
}

static void read_ring(const struct event *event, struct value *out)
{
	set_number(out, event->ring);
}

static void read_uid(const struct event *event, struct value *out)
{
	set_number(out, event->uid);
}

static void read_pid(const struct event *event, struct value *out)
{
	set_number(out, event->pid);
}

static void read_hour(const struct event *event, struct value *out)
{
	set_number(out, event->hour);
}

/* Of execute, the file that runs. "": nobody could say who acts. */
static void read_program(const struct event *event, struct value *out)
{
	set_string(out, event->action == ACTION_EXECUTE ? event->path : event->program);
	if (out->state == VALUE_KNOWN && out->text.size == 0)
		out->state = VALUE_UNKNOWN;
}

/*
 * Paths.
 */

static void read_path(const struct event *event, struct value *out)
{
	set_string(out, event->path);
}

static void read_name(const struct event *event, struct value *out)
{
	const char *slash = event->path ? strrchr(event->path, '/') : NULL;

	set_string(out, slash ? slash + 1 : event->path);
}

static void read_dir(const struct event *event, struct value *out)
{
	const char *slash = event->path ? strrchr(event->path, '/') : NULL;

	set_text(out, event->path,
		 slash && slash != event->path ? (size_t)(slash - event->path) : 1);
	if (!slash)
		out->state = VALUE_NONE;
}

/* Behind the last dot of the name, which is not its first byte. */
static void read_ext(const struct event *event, struct value *out)
{
	const char *dot;

	read_name(event, out);
	dot = out->text.bytes ? strrchr(out->text.bytes, '.') : NULL;
	set_string(out, dot && dot != out->text.bytes ? dot + 1 : NULL);
}

static void read_operation(const struct event *event, struct value *out)
{
	set_string(out, event->operation);
}

static void read_harmless(const struct event *event, struct value *out)
{
	set_number(out, event->harmless);
}

/*
 * Programs.
 */

static void read_argv(const struct event *event, struct value *out)
{
	out->state = event->argv ? VALUE_KNOWN : VALUE_NONE;
	out->items = event->argv;
	out->count = event->argc;
}

static void read_args(const struct event *event, struct value *out)
{
	size_t used = 0;

	for (size_t i = 1; i < event->argc; i++) {
		size_t size = strlen(event->argv[i]);

		if (size + 1 > sizeof(joined) - used) {
			out->state = VALUE_UNKNOWN;
			return;
		}
		if (i > 1)
			joined[used++] = ' ';
		memcpy(joined + used, event->argv[i], size);
		used += size;
	}
	set_text(out, joined, used);
}

static void read_argc(const struct event *event, struct value *out)
{
	set_number(out, (long long)event->argc);
}

static void read_script(const struct event *event, struct value *out)
{
	set_string(out, event->script);
}

/*
 * Peers.
 */

static void read_host(const struct event *event, struct value *out)
{
	set_string(out, event->host);
	if (!event->host && event->has_ip)
		set_string(out, ip_format(&event->ip, address, sizeof(address)));
}

static void read_ip(const struct event *event, struct value *out)
{
	if (event->has_ip)
		set_string(out, ip_format(&event->ip, address, sizeof(address)));
}

static void read_port(const struct event *event, struct value *out)
{
	if (event->has_ip || event->host)
		set_number(out, event->port);
}

static void read_protocol(const struct event *event, struct value *out)
{
	set_string(out, protocol_name(event->protocol));
}

static void read_own(const struct event *event, struct value *out)
{
	set_number(out, event->own);
}

/*
 * Statements: what was not understood is unknown.
 */

static void read_verb(const struct event *event, struct value *out)
{
	if (!event->statement || !event->statement->is_understood)
		out->state = VALUE_UNKNOWN;
	else
		set_string(out, event->statement->verb);
}

static void read_tables(const struct event *event, struct value *out)
{
	out->state = event->statement && event->statement->is_understood ? VALUE_KNOWN
									 : VALUE_UNKNOWN;
	if (out->state == VALUE_KNOWN) {
		out->items = event->statement->tables;
		out->count = event->statement->table_count;
	}
}

static void read_has_where(const struct event *event, struct value *out)
{
	if (!event->statement || !event->statement->is_understood)
		out->state = VALUE_UNKNOWN;
	else
		set_number(out, event->statement->has_where);
}

static void read_bytes(const struct event *event, struct value *out)
{
	if (event->content)
		set_number(out, (long long)event->content->data.size);
}

#define FILES ACTION_FILES
#define CHANGES (ACTION_BIT(ACTION_WRITE_FILE) | ACTION_BIT(ACTION_DELETE_FILE))
#define EXECUTE ACTION_BIT(ACTION_EXECUTE)
#define NETWORK ACTION_NETWORK
#define CONNECT ACTION_BIT(ACTION_CONNECT)
#define DATABASE ACTION_BIT(ACTION_DATABASE_QUERY)
#define API ACTION_BIT(ACTION_API_CALL)
#define SEND ACTION_BIT(ACTION_SEND_DATA)

/* The texts of contents are read by common/content.h, headers by name. */
static const struct property properties[] = {
	{ "action", PROPERTY_TEXT, ACTION_ALL, read_action },
	{ "agent", PROPERTY_TEXT, ACTION_ALL, read_agent },
	{ "ring", PROPERTY_NUMBER, ACTION_ALL, read_ring },
	{ "uid", PROPERTY_NUMBER, ACTION_ALL, read_uid },
	{ "pid", PROPERTY_NUMBER, ACTION_ALL, read_pid },
	{ "hour", PROPERTY_NUMBER, ACTION_ALL, read_hour },
	{ "program", PROPERTY_TEXT, ACTION_ALL, read_program },
	{ "path", PROPERTY_TEXT, FILES | EXECUTE | NETWORK | API, read_path },
	{ "name", PROPERTY_TEXT, FILES | EXECUTE, read_name },
	{ "dir", PROPERTY_TEXT, FILES, read_dir },
	{ "ext", PROPERTY_TEXT, FILES, read_ext },
	{ "operation", PROPERTY_TEXT, CHANGES, read_operation },
	{ "harmless", PROPERTY_BOOL, ACTION_BIT(ACTION_WRITE_FILE), read_harmless },
	{ "argv", PROPERTY_LIST, EXECUTE, read_argv },
	{ "args", PROPERTY_TEXT, EXECUTE, read_args },
	{ "argc", PROPERTY_NUMBER, EXECUTE, read_argc },
	{ "script", PROPERTY_TEXT, EXECUTE, read_script },
	{ "host", PROPERTY_TEXT, CONNECT | ACTION_BIT(ACTION_RESOLVE) | DATABASE | API | SEND,
	  read_host },
	{ "ip", PROPERTY_TEXT, NETWORK, read_ip },
	{ "port", PROPERTY_NUMBER, NETWORK | DATABASE | API | SEND, read_port },
	{ "protocol", PROPERTY_TEXT, NETWORK, read_protocol },
	{ "own", PROPERTY_BOOL, CONNECT, read_own },
	{ "verb", PROPERTY_TEXT, DATABASE, read_verb },
	{ "tables", PROPERTY_LIST, DATABASE, read_tables },
	{ "has_where", PROPERTY_BOOL, DATABASE, read_has_where },
	{ "bytes", PROPERTY_NUMBER, SEND, read_bytes },
	{ "headers", PROPERTY_MAP, API, NULL },
	{ "query", PROPERTY_TEXT, DATABASE | API, NULL },
	{ "dialect", PROPERTY_TEXT, DATABASE, NULL },
	{ "database", PROPERTY_TEXT, DATABASE, NULL },
	{ "method", PROPERTY_TEXT, API, NULL },
	{ "url", PROPERTY_TEXT, API, NULL },
	{ "scheme", PROPERTY_TEXT, API, NULL },
	{ "body", PROPERTY_TEXT, API, NULL },
	{ "data", PROPERTY_TEXT, SEND | ACTION_BIT(ACTION_OUTPUT), NULL },
	{ "stream", PROPERTY_TEXT, ACTION_BIT(ACTION_OUTPUT), NULL },
	{ "tool", PROPERTY_TEXT, ACTION_BIT(ACTION_TOOL_CALL), NULL },
	{ "server", PROPERTY_TEXT, ACTION_BIT(ACTION_TOOL_CALL), NULL },
	{ "arguments", PROPERTY_TEXT, ACTION_BIT(ACTION_TOOL_CALL), NULL },
};

#define PROPERTY_COUNT (sizeof(properties) / sizeof(properties[0]))

const struct property *property_at(size_t index)
{
	return index < PROPERTY_COUNT ? &properties[index] : NULL;
}

const struct property *property_find(const char *name)
{
	for (size_t i = 0; i < PROPERTY_COUNT; i++)
		if (strcmp(properties[i].name, name) == 0)
			return &properties[i];
	return NULL;
}

struct value property_get(const struct property *property, const struct event *event)
{
	struct value value = { .state = VALUE_NONE };
	const struct content_field *field;

	if (!(property->actions & ACTION_BIT(event->action)))
		return value;
	if (property->read) {
		property->read(event, &value);
		return value;
	}
	field = content_field_find(property->name);
	if (field) {
		value.text = content_get(event->content, field);
		value.state = value.text.bytes ? VALUE_KNOWN : VALUE_NONE;
	}
	return value;
}
