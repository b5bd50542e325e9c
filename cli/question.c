/* SPDX-License-Identifier: MIT */
#include "cli/question.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/resolve.h"
#include "common/clean.h"
#include "common/nearest.h"

#define ALL ACTION_ALL
#define PATHS (ACTION_KERNEL | ACTION_BIT(ACTION_API_CALL))
#define TO_HOSTS                                                                                   \
	(ACTION_BIT(ACTION_DATABASE_QUERY) | ACTION_BIT(ACTION_API_CALL) |                         \
	 ACTION_BIT(ACTION_SEND_DATA))
#define FILES ACTION_FILES
#define EXECUTE ACTION_BIT(ACTION_EXECUTE)
#define NETWORK ACTION_NETWORK
#define CONNECT ACTION_BIT(ACTION_CONNECT)
#define WRITE ACTION_BIT(ACTION_WRITE_FILE)
#define CHANGES (WRITE | ACTION_BIT(ACTION_DELETE_FILE))

/* What the words say, before it is put together; borrowed. */
struct words {
	const char *path, *host, *ip, *port, *protocol, *program, *args, *own, *harmless,
		*operation;
};

static const struct field {
	const char *name;
	size_t offset;
	unsigned actions;
} fields[] = {
	{ "path", offsetof(struct words, path), PATHS },
	{ "host", offsetof(struct words, host), CONNECT | ACTION_BIT(ACTION_RESOLVE) | TO_HOSTS },
	{ "ip", offsetof(struct words, ip), NETWORK },
	{ "port", offsetof(struct words, port), NETWORK | TO_HOSTS },
	{ "protocol", offsetof(struct words, protocol), NETWORK },
	{ "program", offsetof(struct words, program), ALL },
	{ "args", offsetof(struct words, args), EXECUTE },
	{ "own", offsetof(struct words, own), CONNECT },
	{ "harmless", offsetof(struct words, harmless), WRITE },
	{ "operation", offsetof(struct words, operation), CHANGES },
};

#define FIELD_COUNT (sizeof(fields) / sizeof(fields[0]))

static int unknown(const char *what, const char *word, const char *const *words, size_t count,
		   struct fault *fault)
{
	const char *meant = nearest_word(word, words, count);

	return fault_set(fault, -EINVAL, "unknown %s '%s'%s%s%s", what, word,
			 meant ? "; hint: did you mean '" : "", meant ? meant : "",
			 meant ? "'?" : "");
}

static int read_action(const char *word, enum action *out, struct fault *fault)
{
	const char *names[ACTION_COUNT];

	if (action_parse(word, out))
		return 0;
	for (int i = ACTION_NONE + 1; i < ACTION_COUNT; i++)
		names[i - 1] = action_name((enum action)i);
	return unknown("action", word, names, ACTION_COUNT - 1, fault);
}

/* Whether @name is a text of a content that the action has; then it is set. */
static bool read_content(enum action action, const char *name, const char *value,
			 struct content *out)
{
	const struct content_field *field = content_field_find(name);

	if (!field || !(field->actions & ACTION_BIT(action)))
		return false;
	content_set(out, field, text_of(value));
	return true;
}

static int read_field(struct question *question, const char *word, struct words *out,
		      struct fault *fault)
{
	enum action action = question->event.action;
	const char *names[FIELD_COUNT];
	const char *equals = strchr(word, '=');
	char name[32];

	if (!equals)
		return fault_set(fault, -EINVAL, "not a field: '%s'; hint: write field=value",
				 word);
	(void)snprintf(name, sizeof(name), "%.*s", (int)(equals - word), word);
	if (read_content(action, name, equals + 1, &question->content))
		return 0;
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		const struct field *field = &fields[i];

		names[i] = field->name;
		if (strcmp(field->name, name) != 0)
			continue;
		if (!(field->actions & ACTION_BIT(action)))
			return fault_set(fault, -EINVAL, "action '%s' has no field '%s'",
					 action_name(action), name);
		*(const char **)(void *)((char *)out + field->offset) = equals + 1;
		return 0;
	}
	return unknown("field", name, names, FIELD_COUNT, fault);
}

/* Whether the action is about a link itself, not about what it leads to. */
static bool stays_at_link(const struct event *event)
{
	static const char *const operations[] = { "mkdir", "mknod", "link", "rename" };

	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (event->operation && strcmp(event->operation, operations[i]) == 0)
			return true;
	return event->action == ACTION_DELETE_FILE;
}

int question_path(const struct policies *policies, const char *text, bool follow, char *out,
		  struct fault *fault)
{
	char absolute[2 * PATH_MAX];
	int r;

	if (text[0] == '\0')
		return fault_set(fault, -EINVAL, "an empty path");
	if (text[0] == '~' && (text[1] == '\0' || text[1] == '/'))
		(void)snprintf(absolute, sizeof(absolute), "%s%s", policies->home, text + 1);
	else
		(void)snprintf(absolute, sizeof(absolute), "%s%s%s",
			       text[0] == '/' ? "" : policies->workspace_path,
			       text[0] == '/' ? "" : "/", text);
	r = resolve_path(absolute, follow, out);
	return r < 0 ? fault_set(fault, r, "cannot resolve path: '%s': %s", text, strerror(-r)) : 0;
}

static int set_path(struct question *question, const struct policies *policies, const char *text,
		    struct fault *fault)
{
	struct event *event = &question->event;
	struct stat st;
	int r = 0;

	if (text[0] == '@' && ACTION_BIT(event->action) & NETWORK)
		(void)snprintf(question->path, PATH_MAX, "%s", text);
	else
		r = question_path(policies, text, !stays_at_link(event), question->path, fault);
	event->path = question->path;
	event->is_dir = text[0] && text[strlen(text) - 1] == '/';
	if (r == 0 && lstat(question->path, &st) == 0)
		event->is_dir = S_ISDIR(st.st_mode);
	return r;
}

/* As a shell would find it. Return: whether there is such a program. */
static bool search(const char *name, char *out)
{
	const char *path = getenv("PATH");
	CLEAN_FREE char *folders = strdup(path ? path : "/usr/bin:/bin");
	char *state = NULL;

	for (char *folder = folders ? strtok_r(folders, ":", &state) : NULL; folder;
	     folder = strtok_r(NULL, ":", &state)) {
		char file[PATH_MAX];

		(void)snprintf(file, sizeof(file), "%s/%s", folder, name);
		if (folder[0] == '/' && access(file, X_OK) == 0 &&
		    resolve_path(file, true, out) == 0)
			return true;
	}
	return false;
}

/* The program that acts, a base name or a path; of `execute` also a way to say what runs. */
static int set_program(struct question *question, const struct policies *policies, const char *text,
		       struct fault *fault)
{
	struct event *event = &question->event;
	bool is_file = event->action == ACTION_EXECUTE && !event->path;
	char *out = is_file ? question->path : question->program;

	if (is_file)
		event->path = question->path;
	else
		event->program = question->program;
	if (strpbrk(text, "/~"))
		return question_path(policies, text, true, out, fault);
	if (search(text, out))
		return 0;
	if (is_file)
		return fault_set(fault, -ENOENT, "cannot find program: '%s': not in PATH", text);
	(void)snprintf(out, PATH_MAX, "%s", text);
	return 0;
}

/* Split at blanks: for a rule's `args`, which sees them joined again. */
static int set_args(struct question *question, const char *text, struct fault *fault)
{
	size_t count = 1;
	char *state = NULL;

	question->args = strdup(text);
	if (!question->args)
		return fault_set(fault, -ENOMEM, "out of memory");
	for (char *word = strtok_r(question->args, " ", &state); word;
	     word = strtok_r(NULL, " ", &state)) {
		if (count == QUESTION_WORDS_MAX)
			return fault_set(fault, -E2BIG, "more than %d arguments",
					 QUESTION_WORDS_MAX - 1);
		question->argv[count++] = word;
	}
	question->event.argc = count;
	return 0;
}

static int set_peer(struct event *event, const struct words *words, struct fault *fault)
{
	char *end = NULL;
	unsigned long port = words->port ? strtoul(words->port, &end, 10) : 0;

	if (words->host && ip_parse(words->host, &event->ip))
		event->has_ip = true;
	else
		event->host = words->host;
	if (words->ip && !ip_parse(words->ip, &event->ip))
		return fault_set(fault, -EINVAL, "not an address: '%s'", words->ip);
	event->has_ip |= words->ip != NULL;
	if (words->port &&
	    (end == words->port || *end || port > UINT16_MAX || words->port[0] == '-'))
		return fault_set(fault, -EINVAL, "not a port: '%s'", words->port);
	event->port = (uint16_t)port;
	if (ACTION_BIT(event->action) & NETWORK)
		event->protocol = words->path ? PROTOCOL_UNIX : PROTOCOL_TCP;
	if (words->protocol)
		event->protocol = protocol_parse(words->protocol);
	if (words->protocol && event->protocol == PROTOCOL_NONE)
		return fault_set(fault, -EINVAL, "unknown protocol '%s'; hint: tcp, udp or unix",
				 words->protocol);
	return 0;
}

static int set_flag(const char *name, const char *text, bool *out, struct fault *fault)
{
	if (!text)
		return 0;
	if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
		return fault_set(fault, -EINVAL, "'%s' is true or false, not '%s'", name, text);
	*out = text[0] == 't';
	return 0;
}

/* What an action cannot be judged without. */
static int check_whole(const struct event *event, const struct words *words, struct fault *fault)
{
	const char *missing = event_missing(event);

	if (missing)
		return fault_set(fault, -EINVAL, "'%s' needs %s=...", action_name(event->action),
				 missing);
	if (ACTION_BIT(event->action) & ACTION_CONTENT)
		return 0;
	if (ACTION_BIT(event->action) & NETWORK && !words->path) {
		if (!event->host && !event->has_ip)
			missing = event->action == ACTION_CONNECT ? "host=... or path=..."
								  : "ip=... or path=...";
		else if (!words->port)
			missing = "port=...";
	} else if (!event->path) {
		missing = "path=...";
	}
	return missing ? fault_set(fault, -EINVAL, "'%s' needs %s", action_name(event->action),
				   missing)
		       : 0;
}

int question_read(const struct policies *policies, int count, char **words, struct question *out,
		  struct fault *fault)
{
	struct event *event = &out->event;
	struct words said = { 0 };
	time_t now = time(NULL);
	struct tm local;
	int r;

	*out = (struct question){ .argv = { "" } };
	event->agent = policies->agent ? policies->agent : "agent";
	event->ring = EVENT_RING_AGENT;
	event->uid = getuid();
	event->hour = localtime_r(&now, &local) ? (unsigned)local.tm_hour : 0;
	r = read_action(words[0], &event->action, fault);
	for (int i = 1; i < count && r == 0; i++)
		r = read_field(out, words[i], &said, fault);
	event->operation = said.operation;
	event->argv = event->action == ACTION_EXECUTE ? out->argv : NULL;
	event->argc = event->argv ? 1 : 0;
	if (r == 0 && said.path && event->action == ACTION_API_CALL)
		event->path = said.path;
	else if (r == 0 && said.path)
		r = set_path(out, policies, said.path, fault);
	if (r == 0 && said.program)
		r = set_program(out, policies, said.program, fault);
	if (r == 0 && said.args)
		r = set_args(out, said.args, fault);
	if (r == 0 && !(ACTION_BIT(event->action) & (FILES | EXECUTE)))
		r = set_peer(event, &said, fault);
	if (r == 0 && ACTION_BIT(event->action) & ACTION_CONTENT) {
		event->content = &out->content;
		if (!url_complete(&out->content, event, &out->url))
			r = fault_set(fault, -EINVAL, "not a URL: '%s'", out->content.url.bytes);
	}
	if (r == 0)
		r = set_flag("own", said.own, &event->own, fault);
	if (r == 0)
		r = set_flag("harmless", said.harmless, &event->harmless, fault);
	return r < 0 ? r : check_whole(event, &said, fault);
}

void question_release(struct question *question)
{
	free(question->args);
	question->args = NULL;
}

/* The interpreter in the first line of @path, and its option ("" for none): QUESTION_LINE_MAX each. */
static bool interpreter_of(const char *path, char *out, char *option)
{
	CLEAN_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char head[QUESTION_LINE_MAX];
	ssize_t size = fd < 0 ? -1 : read(fd, head, sizeof(head) - 1);
	const char *start;
	size_t len;

	if (size < 2 || head[0] != '#' || head[1] != '!')
		return false;
	head[size] = '\0';
	head[strcspn(head, "\n")] = '\0';
	start = head + 2 + strspn(head + 2, " \t");
	len = strcspn(start, " \t");
	(void)snprintf(out, QUESTION_LINE_MAX, "%.*s", (int)len, start);
	start += len;
	start += strspn(start, " \t");
	for (len = strlen(start); len > 0 && strchr(" \t", start[len - 1]);)
		len--;
	(void)snprintf(option, QUESTION_LINE_MAX, "%.*s", (int)len, start);
	return out[0] == '/';
}

/* What the interpreter of a script gets: its option, the script, and the script's arguments. */
static void argv_shift(struct question *question)
{
	const char **argv = question->argv;
	size_t more = question->option[0] ? 2 : 1;

	memmove(argv + 1 + more, argv + 1, (question->event.argc - 1) * sizeof(*argv));
	argv[1] = question->option;
	argv[more] = question->script;
	question->event.argc += more;
}

bool question_follow(struct question *question)
{
	char interpreter[QUESTION_LINE_MAX];
	char option[QUESTION_LINE_MAX];
	char resolved[PATH_MAX];

	if (question->event.action != ACTION_EXECUTE ||
	    !interpreter_of(question->path, interpreter, option) ||
	    resolve_path(interpreter, true, resolved) < 0)
		return false;
	if (!question->event.script) {
		memcpy(question->script, question->path, sizeof(question->script));
		memcpy(question->option, option, sizeof(question->option));
		question->event.script = question->script;
		argv_shift(question);
	}
	memcpy(question->path, resolved, sizeof(question->path));
	return true;
}
