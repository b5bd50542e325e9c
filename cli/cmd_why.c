/* SPDX-License-Identifier: MIT */
/*
 * agentos why: what would be decided, by the code that decides.
 */
#include "cli/commands.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/policies.h"
#include "common/calls.h"
#include "common/clean.h"
#include "common/nearest.h"
#include "rules/explain.h"

/* A question, as it is put together; what is owned is freed with it. */
struct question {
	struct policies *policies;
	struct event event;
	char path[PATH_MAX];
	const char *argv[OPTION_LIST_MAX + 1];
	char *args; /* owned: what argv points into */
};

/* Absolute: of "~", of the workspace, as a policy would read it. */
static void make_absolute(const struct policies *policies, const char *text, char *out)
{
	if (text[0] == '~' && (text[1] == '\0' || text[1] == '/'))
		(void)snprintf(out, PATH_MAX, "%.2000s%s", policies->home, text + 1);
	else if (text[0] != '/' && text[0] != '@')
		(void)snprintf(out, PATH_MAX, "%.2000s/%s", policies->workspace_path, text);
	else
		(void)snprintf(out, PATH_MAX, "%s", text);
}

/* Links resolved as far as the path exists, as the supervisor would find it. */
static void resolve(char *path)
{
	char rest[2 * PATH_MAX] = "";
	char start[PATH_MAX];

	(void)snprintf(start, sizeof(start), "%s", path);
	while (start[0] == '/') {
		CLEAN_FREE char *real = realpath(start, NULL);
		char *slash;
		size_t len;

		if (real) {
			(void)snprintf(path, PATH_MAX, "%.2000s%.2000s", strcmp(real, "/") ? real : "",
				       rest[0] || strcmp(real, "/") ? rest : "/");
			return;
		}
		slash = strrchr(start, '/');
		len = strlen(slash);
		if (len + strlen(rest) >= sizeof(rest))
			return;
		memmove(rest + len, rest, strlen(rest) + 1);
		memcpy(rest, slash, len);
		*slash = '\0';
		if (start[0] == '\0')
			return;
	}
}

static int set_path(struct question *question, const char *value, struct fault *fault)
{
	struct stat st;

	(void)fault;
	make_absolute(question->policies, value, question->path);
	resolve(question->path);
	question->event.path = question->path;
	question->event.is_dir = stat(question->path, &st) == 0 && S_ISDIR(st.st_mode);
	return 0;
}

static int set_host(struct question *question, const char *value, struct fault *fault)
{
	(void)fault;
	if (ip_parse(value, &question->event.ip))
		question->event.has_ip = true;
	else
		question->event.host = value;
	return 0;
}

static int set_ip(struct question *question, const char *value, struct fault *fault)
{
	question->event.has_ip = true;
	return ip_parse(value, &question->event.ip)
		       ? 0
		       : fault_set(fault, -EINVAL, "not an address: '%s'", value);
}

static int set_port(struct question *question, const char *value, struct fault *fault)
{
	char *end;
	unsigned long port = strtoul(value, &end, 10);

	if (!value[0] || *end || port > UINT16_MAX)
		return fault_set(fault, -EINVAL, "not a port: '%s'", value);
	question->event.port = (uint16_t)port;
	question->event.has_ip = true;
	return 0;
}

static int set_protocol(struct question *question, const char *value, struct fault *fault)
{
	question->event.protocol = protocol_parse(value);
	return question->event.protocol != PROTOCOL_NONE
		       ? 0
		       : fault_set(fault, -EINVAL, "unknown protocol: '%s'; hint: tcp, udp or unix",
				   value);
}

static int set_program(struct question *question, const char *value, struct fault *fault)
{
	(void)fault;
	question->event.program = value;
	return 0;
}

/* Split at blanks: for a rule's `args`, which sees them joined again. */
static int set_args(struct question *question, const char *value, struct fault *fault)
{
	size_t count = 1;
	char *state = NULL;

	free(question->args);
	question->args = strdup(value);
	if (!question->args)
		return fault_set(fault, -ENOMEM, "out of memory");
	question->argv[0] = "";
	for (char *word = strtok_r(question->args, " ", &state);
	     word && count < OPTION_LIST_MAX; word = strtok_r(NULL, " ", &state))
		question->argv[count++] = word;
	question->event.argv = question->argv;
	question->event.argc = count;
	return 0;
}

static int set_bool(bool *out, const char *value, struct fault *fault)
{
	if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
		return fault_set(fault, -EINVAL, "true or false is needed: '%s'", value);
	*out = value[0] == 't';
	return 0;
}

static int set_own(struct question *question, const char *value, struct fault *fault)
{
	return set_bool(&question->event.own, value, fault);
}

static int set_harmless(struct question *question, const char *value, struct fault *fault)
{
	return set_bool(&question->event.harmless, value, fault);
}

static int set_operation(struct question *question, const char *value, struct fault *fault)
{
	(void)fault;
	question->event.operation = value;
	return 0;
}

static const struct field_row {
	const char *name;
	int (*set)(struct question *question, const char *value, struct fault *fault);
} field_rows[] = {
	{ "path", set_path },	      { "host", set_host },	    { "ip", set_ip },
	{ "port", set_port },	      { "protocol", set_protocol }, { "program", set_program },
	{ "args", set_args },	      { "own", set_own },	    { "harmless", set_harmless },
	{ "operation", set_operation },
};

#define FIELD_ROWS (sizeof(field_rows) / sizeof(field_rows[0]))

static int set_field(struct question *question, const char *word, struct fault *fault)
{
	const char *names[FIELD_ROWS];
	const char *equals = strchr(word, '=');
	char name[32];
	const char *meant;

	if (!equals)
		return fault_set(fault, -EINVAL, "not a field: '%s'; hint: write field=value", word);
	(void)snprintf(name, sizeof(name), "%.*s", (int)(equals - word), word);
	for (size_t i = 0; i < FIELD_ROWS; i++) {
		names[i] = field_rows[i].name;
		if (strcmp(field_rows[i].name, name) == 0)
			return field_rows[i].set(question, equals + 1, fault);
	}
	meant = nearest_word(name, names, FIELD_ROWS);
	return fault_set(fault, -EINVAL, "unknown field '%s'%s%s%s", name,
			 meant ? "; hint: did you mean '" : "", meant ? meant : "",
			 meant ? "'?" : "");
}

static int set_action(struct question *question, const char *word, struct fault *fault)
{
	const char *names[ACTION_COUNT];
	const char *meant;

	if (action_parse(word, &question->event.action))
		return 0;
	for (int i = 1; i < ACTION_COUNT; i++)
		names[i - 1] = action_name((enum action)i);
	meant = nearest_word(word, names, ACTION_COUNT - 1);
	return fault_set(fault, -EINVAL, "unknown action '%s'%s%s%s", word,
			 meant ? "; hint: did you mean '" : "", meant ? meant : "",
			 meant ? "'?" : "");
}

static int question_read(struct question *question, int count, char **words, struct fault *fault)
{
	struct event *event = &question->event;
	int r = set_action(question, words[0], fault);

	for (int i = 1; i < count && r == 0; i++)
		r = set_field(question, words[i], fault);
	if (event->protocol == PROTOCOL_NONE && ACTION_BIT(event->action) & ACTION_NETWORK)
		event->protocol = event->path ? PROTOCOL_UNIX : PROTOCOL_TCP;
	if (event->action == ACTION_EXECUTE && !event->path && event->program && r == 0)
		r = set_path(question, event->program, fault);
	if (r == 0 && !event->path && !event->host && !event->has_ip)
		r = fault_set(fault, -EINVAL, "what is it about? hint: path=..., or host=... and port=...");
	event->agent = question->policies->agent ? question->policies->agent : "agent";
	return r;
}

/* By what it is enforced (docs/SECURITY.md). */
static const char *layer_of(const struct event *event)
{
	return event->action == ACTION_EXECUTE ? "supervisor, exec stop; landlock underneath"
					       : "supervisor; landlock underneath";
}

static void answer_text(const struct question *question, const struct decision *decision)
{
	char target[2 * PATH_MAX];

	printf("%s  %s '%s'\n", verdict_name(decision->verdict), action_name(question->event.action),
	       event_target(&question->event, target, sizeof(target)));
	printf("rule '%s'", decision->rule);
	if (decision->file[0])
		printf(" (%s:%u)", decision->file, decision->line);
	printf("%s%s\n", decision->message[0] ? ": " : "", decision->message);
	printf("enforced by: %s\n", layer_of(&question->event));
}

static int answer_json(const struct question *question, const struct decision *decision)
{
	char target[2 * PATH_MAX];
	json_t *object = json_pack(
		"{s:s, s:s, s:s%, s:s, s:s, s:i, s:s, s:s}", "verdict",
		verdict_name(decision->verdict), "action", action_name(question->event.action),
		"target", event_target(&question->event, target, sizeof(target)), strlen(target),
		"rule", decision->rule, "file", decision->file, "line", (int)decision->line,
		"message", decision->message, "layer", layer_of(&question->event));
	int r = object ? json_dumpf(object, stdout, JSON_COMPACT) : -1;

	json_decref(object);
	(void)putchar('\n');
	return r < 0 ? EXIT_FAILED : 0;
}

static int ask(struct policies *policies, int count, char **words, bool json, bool all)
{
	struct question question = { .policies = policies };
	struct decision decision;
	struct fault fault = { 0 };
	int status = policies_load(policies);

	if (status == 0 && question_read(&question, count, words, &fault) < 0)
		status = complain(EXIT_USAGE, "%s", fault.text);
	if (status == 0) {
		policy_decide(policies->policy, &question.event, &decision);
		if (json)
			status = answer_json(&question, &decision);
		else
			answer_text(&question, &decision);
		if (all)
			policy_explain(policies->policy, &question.event, stdout);
		if (status == 0)
			status = verdict_grants(decision.verdict) ? 0 : EXIT_FAILED;
	}
	free(question.args);
	policies_release(policies);
	return status;
}

int cmd_why(int argc, char **argv)
{
	static struct policies policies;
	bool json = false, all = false;
	const struct option_row rows[] = {
		{ 'p', "policy", OPTION_LIST, &policies.sources, "FILE|NAME",
		  "add a policy (default: ./agentos.yaml if there), on top of `base`" },
		{ 's', "set", OPTION_LIST, &policies.sets, "VAR=VALUE", "set a policy variable" },
		{ 'a', "agent", OPTION_TEXT, &policies.agent, "ID", "identity of the agent" },
		{ 'w', "workspace", OPTION_TEXT, &policies.workspace, "DIR",
		  "the workspace (default: the current directory)" },
		{ 0, "all", OPTION_FLAG, &all, NULL, "say of every rule why it matched or did not" },
		{ 0, "json", OPTION_FLAG, &json, NULL, "print JSON" },
	};
	size_t count = sizeof(rows) / sizeof(rows[0]);
	struct fault fault = { 0 };
	int first;
	int r = options_parse(rows, count, argc, argv, &first, &fault);

	if (r == OPTIONS_E_HELP)
		options_help(stdout, "agentos why [OPTIONS] ACTION field=value...",
			     "Say what would be decided about an action, and by which rule.", rows,
			     count);
	if (r == OPTIONS_E_VERSION)
		printf("agentos %s\n", AGENTOS_VERSION);
	if (r > 0)
		return 0;
	if (r == 0 && first == argc)
		r = fault_set(&fault, -EINVAL,
			      "no action; usage: agentos why [OPTIONS] ACTION field=value...");
	if (r < 0)
		return complain(EXIT_USAGE, "%s", fault.text);
	return ask(&policies, argc - first, argv + first, json, all);
}
