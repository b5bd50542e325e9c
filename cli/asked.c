/* SPDX-License-Identifier: MIT */
#include "cli/asked.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "cli/json.h"
#include "cli/question.h"
#include "common/clean.h"

/*
 * Parameters: one row for each that is no text of a content.
 */

struct reading {
	struct asked *asked;
	const struct policies *policies;
	struct fault *fault;
};

typedef int read_fn(struct reading *reading, const char *name, json_t *value);

static int fail_type(struct reading *reading, const char *name, const char *wanted)
{
	return fault_set(reading->fault, -EINVAL, "'%s' is not %s", name, wanted);
}

static int read_path(struct reading *reading, const char *name, json_t *value)
{
	struct asked *asked = reading->asked;
	struct event *event = &asked->event;
	const char *text = json_string_value(value);

	if (!text)
		return fail_type(reading, name, "a string");
	event->path = text;
	if (event->action == ACTION_API_CALL || text[0] == '@')
		return 0;
	event->given = text;
	event->path = asked->path;
	return question_path(reading->policies, text, event->action != ACTION_DELETE_FILE,
			     asked->path, reading->fault);
}

static int read_program(struct reading *reading, const char *name, json_t *value)
{
	struct asked *asked = reading->asked;
	const char *text = json_string_value(value);

	if (!text)
		return fail_type(reading, name, "a string");
	asked->event.program = text;
	if (!strpbrk(text, "/~"))
		return 0;
	asked->event.program = asked->program;
	return question_path(reading->policies, text, true, asked->program, reading->fault);
}

static int add_argument(struct reading *reading, const char *text)
{
	struct event *event = &reading->asked->event;

	if (event->argc == ASKED_ARGUMENTS_MAX)
		return fault_set(reading->fault, -E2BIG, "more than %d arguments",
				 ASKED_ARGUMENTS_MAX);
	reading->asked->argv[event->argc++] = text;
	event->argv = reading->asked->argv;
	return 0;
}

/* A list of arguments, or one text: as a rule's `args` sees them, joined. */
static int add_arguments(struct reading *reading, const char *name, json_t *value)
{
	size_t i;
	json_t *item;
	int r = 0;

	if (json_is_string(value))
		return add_argument(reading, json_string_value(value));
	if (!json_is_array(value))
		return fail_type(reading, name, "a string or an array of strings");
	json_array_foreach(value, i, item)
	{
		if (!json_is_string(item))
			return fail_type(reading, name, "an array of strings");
		if (r == 0)
			r = add_argument(reading, json_string_value(item));
	}
	return r;
}

static int read_args(struct reading *reading, const char *name, json_t *value)
{
	int r = reading->asked->event.argc ? 0 : add_argument(reading, "");

	return r < 0 ? r : add_arguments(reading, name, value);
}

static int read_argv(struct reading *reading, const char *name, json_t *value)
{
	return add_arguments(reading, name, value);
}

/* A line for the shell: that runs, and it is what runs it. */
static int read_command(struct reading *reading, const char *name, json_t *value)
{
	int r = json_is_string(value) ? 0 : fail_type(reading, name, "a string");

	if (r == 0 && !reading->asked->event.path)
		reading->asked->event.path = "/bin/sh";
	if (r == 0)
		r = add_argument(reading, "sh");
	if (r == 0)
		r = add_argument(reading, "-c");
	return r < 0 ? r : add_argument(reading, json_string_value(value));
}

static int read_host(struct reading *reading, const char *name, json_t *value)
{
	struct event *event = &reading->asked->event;
	const char *text = json_string_value(value);

	if (!text)
		return fail_type(reading, name, "a string");
	event->has_ip = ip_parse(text, &event->ip);
	if (!event->has_ip)
		event->host = text;
	return 0;
}

static int read_ip(struct reading *reading, const char *name, json_t *value)
{
	struct event *event = &reading->asked->event;
	const char *text = json_string_value(value);

	event->has_ip = text && ip_parse(text, &event->ip);
	return event->has_ip ? 0 : fail_type(reading, name, "an address");
}

static int read_port(struct reading *reading, const char *name, json_t *value)
{
	json_int_t port = json_integer_value(value);

	if (!json_is_integer(value) || port < 0 || port > UINT16_MAX)
		return fail_type(reading, name, "a port");
	reading->asked->event.port = (uint16_t)port;
	return 0;
}

static int read_protocol(struct reading *reading, const char *name, json_t *value)
{
	const char *text = json_string_value(value);

	reading->asked->event.protocol = text ? protocol_parse(text) : PROTOCOL_NONE;
	return reading->asked->event.protocol == PROTOCOL_NONE
		       ? fail_type(reading, name, "tcp, udp or unix")
		       : 0;
}

static int read_operation(struct reading *reading, const char *name, json_t *value)
{
	reading->asked->event.operation = json_string_value(value);
	return json_is_string(value) ? 0 : fail_type(reading, name, "a string");
}

static int read_headers(struct reading *reading, const char *name, json_t *value)
{
	struct content *content = &reading->asked->content;
	const char *key;
	json_t *item;

	if (!json_is_object(value))
		return fail_type(reading, name, "an object");
	content->headers = reading->asked->headers;
	json_object_foreach(value, key, item)
	{
		if (!json_is_string(item))
			return fail_type(reading, key, "a string");
		if (content->header_count == ASKED_HEADERS_MAX)
			return fault_set(reading->fault, -E2BIG, "more than %d headers",
					 ASKED_HEADERS_MAX);
		reading->asked->headers[content->header_count++] = (struct header){
			.name = key,
			.value = { json_string_value(item), json_string_length(item) },
		};
	}
	return 0;
}

#define FILES ACTION_FILES
#define EXECUTE ACTION_BIT(ACTION_EXECUTE)
#define API ACTION_BIT(ACTION_API_CALL)
#define TO_HOSTS                                                                                   \
	(ACTION_BIT(ACTION_CONNECT) | ACTION_BIT(ACTION_RESOLVE) |                                 \
	 ACTION_BIT(ACTION_DATABASE_QUERY) | API | ACTION_BIT(ACTION_SEND_DATA))

static const struct {
	const char *name;
	unsigned actions;
	read_fn *read;
} parameters[] = {
	{ "path", FILES | EXECUTE | ACTION_NETWORK | API, read_path },
	{ "program", ACTION_ALL, read_program },
	{ "args", EXECUTE, read_args },
	{ "argv", EXECUTE, read_argv },
	{ "command", EXECUTE, read_command },
	{ "host", TO_HOSTS, read_host },
	{ "ip", ACTION_NETWORK, read_ip },
	{ "port", ACTION_NETWORK | TO_HOSTS, read_port },
	{ "protocol", ACTION_NETWORK, read_protocol },
	{ "operation", FILES, read_operation },
	{ "headers", API, read_headers },
};

static int read_content(struct reading *reading, const char *name, json_t *value)
{
	const struct content_field *field = content_field_find(name);
	struct asked *asked = reading->asked;

	if (!field || !(field->actions & ACTION_BIT(asked->event.action)))
		return 0; /* a parameter of the caller's own; patterns see it all the same */
	if (!json_is_string(value))
		return fail_type(reading, name, "a string");
	content_set(&asked->content, field,
		    (struct text){ json_string_value(value), json_string_length(value) });
	return 0;
}

static int read_parameter(struct reading *reading, const char *name, json_t *value)
{
	unsigned action = ACTION_BIT(reading->asked->event.action);

	for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++)
		if (strcmp(parameters[i].name, name) == 0 && parameters[i].actions & action)
			return parameters[i].read(reading, name, value);
	return read_content(reading, name, value);
}

static int read_parameters(struct reading *reading, json_t *params)
{
	struct asked *asked = reading->asked;
	const char *name;
	json_t *value;
	int r = 0;

	if (!json_is_object(params))
		return fail_type(reading, "params", "an object");
	asked->arguments = json_dumps(params, JSON_COMPACT | JSON_SORT_KEYS);
	if (!asked->arguments)
		return fault_set(reading->fault, -ENOMEM, "out of memory");
	asked->content.arguments = text_of(asked->arguments);
	json_object_foreach(params, name, value) if (r == 0)
		r = read_parameter(reading, name, value);
	return r;
}

/*
 * The request.
 */

/* Its action; what the language does not know is a tool. */
static int read_action(struct reading *reading)
{
	struct asked *asked = reading->asked;
	const char *action = json_string_value(json_object_get(asked->request, "action"));

	if (!action || !action[0])
		return fail_type(reading, "action", "a name");
	if (action_parse(action, &asked->event.action))
		return 0;
	asked->event.action = ACTION_TOOL_CALL;
	asked->content.tool = text_of(action);
	return 0;
}

static int read_context(struct reading *reading)
{
	struct asked *asked = reading->asked;
	json_t *context = json_object_get(asked->request, "context");
	json_t *policies = json_object_get(context, "policies");
	json_t *item;
	size_t i;

	asked->event.agent = reading->policies->agent ? reading->policies->agent : "agent";
	if (context && !json_is_object(context))
		return fail_type(reading, "context", "an object");
	if (json_object_get(context, "agent_id"))
		asked->event.agent = json_string_value(json_object_get(context, "agent_id"));
	if (!asked->event.agent)
		return fail_type(reading, "agent_id", "a string");
	if (policies && !json_is_array(policies))
		return fail_type(reading, "policies", "an array of names");
	json_array_foreach(policies, i, item)
	{
		const char *name = json_string_value(item);

		/* A client names built-ins; files are for whoever starts the command. */
		if (!name || !name[0] || strpbrk(name, "/."))
			return fail_type(reading, "policies", "an array of names of built-ins");
		if (asked->policy_count == ASKED_POLICIES_MAX)
			return fault_set(reading->fault, -E2BIG, "more than %d policies",
					 ASKED_POLICIES_MAX);
		asked->policies[asked->policy_count++] = name;
	}
	return 0;
}

/* What was left out, and what nothing can be decided without. */
static int complete(struct reading *reading)
{
	struct asked *asked = reading->asked;
	struct event *event = &asked->event;
	const char *missing;

	event->content = &asked->content;
	if (!url_complete(&asked->content, event, &asked->url))
		return fail_type(reading, "url", "a URL");
	if (event->action == ACTION_EXECUTE && !event->argc)
		(void)add_argument(reading, "");
	if (event->action == ACTION_EXECUTE && !event->path)
		event->path = event->program;
	if (ACTION_BIT(event->action) & ACTION_NETWORK && event->protocol == PROTOCOL_NONE)
		event->protocol = event->path ? PROTOCOL_UNIX : PROTOCOL_TCP;
	missing = event_missing(event);
	if (!missing && ACTION_BIT(event->action) & ACTION_KERNEL && !event->path &&
	    !(ACTION_BIT(event->action) & ACTION_NETWORK && (event->host || event->has_ip)))
		missing = ACTION_BIT(event->action) & ACTION_NETWORK ? "host" : "path";
	return missing ? fault_set(reading->fault, -EINVAL, "'%s' needs '%s'",
				   action_name(event->action), missing)
		       : 0;
}

/* A request without a number gets one, so that its answer can be told from others. */
static int read_id(struct reading *reading)
{
	json_t *request = reading->asked->request;
	json_t *id = json_object_get(request, "request_id");
	unsigned char random[8] = { 0 };
	char text[2 * sizeof(random) + 1];

	if (id)
		return json_is_string(id) ? 0 : fail_type(reading, "request_id", "a string");
	(void)!getrandom(random, sizeof(random), 0);
	return json_object_set_new(request, "request_id",
				   json_string(bytes_to_hex(random, sizeof(random), text))) < 0
		       ? fault_set(reading->fault, -ENOMEM, "out of memory")
		       : 0;
}

int asked_read(const char *line, size_t size, const struct policies *policies, struct asked *out,
	       struct fault *fault)
{
	struct reading reading = { .asked = out, .policies = policies, .fault = fault };
	json_t *params;
	json_error_t error;
	time_t now = time(NULL);
	struct tm local;
	int r;

	*out = (struct asked){ 0 };
	out->request = json_loadb(line, size, JSON_REJECT_DUPLICATES, &error);
	if (!json_is_object(out->request))
		return fault_set(fault, -EINVAL, "a request is a JSON object%s%s",
				 out->request ? "" : ": ", out->request ? "" : error.text);
	out->event.ring = EVENT_RING_AGENT;
	if (localtime_r(&now, &local))
		out->event.hour = (unsigned)local.tm_hour;
	r = read_id(&reading);
	if (r == 0)
		r = read_action(&reading);
	if (r == 0)
		r = read_context(&reading);
	params = json_object_get(out->request, "params");
	if (r == 0 && params)
		r = read_parameters(&reading, params);
	return r < 0 ? r : complete(&reading);
}

void asked_release(struct asked *asked)
{
	json_decref(asked->request);
	free(asked->arguments);
	*asked = (struct asked){ 0 };
}

/*
 * Answers.
 */

static const char *signal_of(enum verdict verdict)
{
	return verdict == VERDICT_KILL ? "SIGKILL" : verdict == VERDICT_STOP ? "SIGSTOP" : NULL;
}

static char *now_text(char *text, size_t size)
{
	time_t now = time(NULL);
	struct tm utc;

	text[0] = '\0';
	if (gmtime_r(&now, &utc))
		(void)strftime(text, size, "%Y-%m-%dT%H:%M:%SZ", &utc);
	return text;
}

/* The context as it was given, with this action at the end of its history. */
static json_t *context_after(const struct asked *asked, const char *verdict, const char *now)
{
	json_t *before = json_object_get(asked->request, "context");
	json_t *context = before ? json_deep_copy(before) : json_object();
	json_t *history = json_object_get(context, "history");

	if (context && !json_object_get(context, "agent_id"))
		(void)json_object_set_new(context, "agent_id", json_string(asked->event.agent));
	if (context && !json_is_array(history)) {
		(void)json_object_set_new(context, "history", json_array());
		history = json_object_get(context, "history");
	}
	(void)json_array_append_new(history, json_pack("{s:O, s:s, s:s}", "action",
						       json_object_get(asked->request, "action"),
						       "verdict", verdict, "timestamp", now));
	return context;
}

static json_t *id_of(const struct asked *asked)
{
	json_t *id = json_object_get(asked->request, "request_id");

	return id ? json_incref(id) : json_null();
}

json_t *asked_answer(const struct asked *asked, const struct decision *decision)
{
	bool granted = verdict_grants(decision->verdict);
	const char *verdict = verdict_name(decision->verdict);
	char error[512];
	char now[32];

	(void)snprintf(error, sizeof(error), "%s by rule '%s'%s%s",
		       decision->verdict == VERDICT_ASK ? "a person must approve it: held"
							: "denied",
		       decision->rule, decision->message[0] ? ": " : "", decision->message);
	(void)now_text(now, sizeof(now));
	return json_pack("{s:b, s:n, s:o, s:s?, s:o, s:o, s:{s:s, s:b}, s:s, s:s, s:o, s:i, s:o}",
			 "success", granted, "data", "error",
			 granted ? json_null() : text_to_json(error), "signal",
			 signal_of(decision->verdict), "request_id", id_of(asked),
			 "updated_context", context_after(asked, verdict, now), "metadata",
			 "timestamp", now, "violation", !granted, "verdict", verdict, "rule",
			 decision->rule, "file", text_to_json(decision->file), "line",
			 (int)decision->line, "message", text_to_json(decision->message));
}

json_t *asked_error(const struct asked *asked, const char *text)
{
	json_t *context = json_object_get(asked->request, "context");
	char now[32];

	(void)now_text(now, sizeof(now));
	return json_pack("{s:b, s:n, s:o, s:n, s:o, s:O?, s:{s:s, s:b}, s:s}", "success", 0, "data",
			 "error", text_to_json(text), "signal", "request_id", id_of(asked),
			 "updated_context", context, "metadata", "timestamp", now, "violation", 0,
			 "verdict", "deny");
}
