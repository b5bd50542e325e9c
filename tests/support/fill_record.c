/* SPDX-License-Identifier: MIT */
/*
 * fill_record FILE COUNT [RUN] - a recorder with a run of COUNT actions of all kinds, among them names
 * that are made to be mistaken for something else.
 */
#include <stdio.h>
#include <stdlib.h>

#include "audit/recorder.h"

#define PROCESSES 40

static const char *const names[] = {
	"/ws/notes.txt",
	"/ws/src/main.c",
	"/ws/a  b",
	"/ws/</script><script>document.title='broken'</script>",
	"/ws/<!--<script>",
	"/ws/\"quoted\"\\back\ttab\nline",
	"/ws/\x1b[31mred\x1b[0m",
	"/ws/\xff\xfe not UTF-8",
	"/ws/\xe2\x80\xae"
	"cod.exe",
	"/ws/=cmd|' /C calc'!A0",
	"/ws/gr\xc3\xbc\xc3\x9f \xe2\x80\xa8"
	"e",
};

#define NAME_COUNT (sizeof(names) / sizeof(names[0]))

static struct decision decide(int i)
{
	static const struct decision decisions[] = {
		{ .verdict = VERDICT_ALLOW,
		  .rule = "workspace",
		  .file = "base.yaml",
		  .line = 12,
		  .message = "" },
		{ .verdict = VERDICT_AUDIT,
		  .rule = "watched",
		  .file = "ws.yaml",
		  .line = 3,
		  .message = "this is looked at" },
		{ .verdict = VERDICT_DENY,
		  .rule = "secrets",
		  .file = "base.yaml",
		  .line = 41,
		  .message = "secrets of this machine" },
		{ .verdict = VERDICT_ASK,
		  .rule = "careful",
		  .file = "ws.yaml",
		  .line = 9,
		  .message = "a person decides",
		  .answer = ANSWER_GRANTED,
		  .approver = "tty",
		  .approver_uid = 1000 },
		{ .verdict = VERDICT_ASK,
		  .rule = "careful",
		  .file = "ws.yaml",
		  .line = 9,
		  .message = "a person decides",
		  .answer = ANSWER_TIMEOUT },
	};

	return decisions[i % 50 == 7	 ? 2
			 : i % 50 == 19	 ? 1
			 : i % 100 == 33 ? 3
			 : i % 100 == 66 ? 4
					 : 0];
}

static void describe_file(struct event *event, int i)
{
	static const enum action actions[] = { ACTION_READ_FILE, ACTION_READ_FILE,
					       ACTION_WRITE_FILE, ACTION_DELETE_FILE };

	event->action = actions[i % 4];
	event->call = "openat";
	event->path = names[(size_t)i / 4 % NAME_COUNT];
	event->operation = event->action == ACTION_WRITE_FILE ? "create" : NULL;
}

static void describe_other(struct event *event, int i)
{
	static const char *const argv[] = { "cat", "--", "a b", "\xff" };
	static const struct content request = { .method = { "POST", 4 },
						.url = { "https://api.example.com/v1/x?y=1", 32 } };
	static const struct content query = { .query = { "DROP TABLE users", 16 },
					      .database = { "work", 4 } };
	static const struct content tool = { .tool = { "search", 6 }, .server = { "web", 3 } };
	static const enum action actions[] = { ACTION_EXECUTE,	      ACTION_CONNECT,
					       ACTION_LISTEN,	      ACTION_RESOLVE,
					       ACTION_DATABASE_QUERY, ACTION_API_CALL,
					       ACTION_SEND_DATA,      ACTION_TOOL_CALL };

	event->action = actions[i % 8];
	event->call = event->action == ACTION_EXECUTE ? "execve" : "connect";
	event->content = event->action == ACTION_DATABASE_QUERY ? &query
			 : event->action == ACTION_API_CALL	? &request
			 : event->action == ACTION_TOOL_CALL	? &tool
								: NULL;
	if (event->action == ACTION_EXECUTE) {
		event->path = "/usr/bin/cat";
		event->argv = argv;
		event->argc = 4;
		return;
	}
	event->protocol = PROTOCOL_TCP;
	event->host = event->action == ACTION_LISTEN ? NULL : "api.example.com";
	event->has_ip = event->action != ACTION_RESOLVE && ip_parse("192.0.2.7", &event->ip);
	event->port = event->action == ACTION_RESOLVE ? 0 : 443;
}

static int append(struct recorder *recorder, int i)
{
	struct event event = { .program = "/usr/bin/python3",
			       .pid = 1000 + i / 7 % PROCESSES,
			       .uid = 1000 };
	char given[32];
	const struct decision decision = decide(i);

	if (i % 5)
		describe_file(&event, i);
	else
		describe_other(&event, i / 5);
	/* Granted reads that are alike would be one row. */
	(void)snprintf(given, sizeof(given), "./%d", i);
	event.given = event.path ? given : NULL;
	return recorder_append(recorder, &event, &decision, "supervisor", NULL);
}

int main(int argc, char **argv)
{
	static const char *const command[] = { "agent", "--work" };
	struct recorder_run run = { .id = argc > 3 ? argv[3] : "run-one",
				    .agent = "agent-001",
				    .argv = command,
				    .argc = 2,
				    .workspace = "/ws",
				    .policy_files = "base.yaml",
				    .policy_hash = "abc",
				    .level = "landlock 7, notify, shim",
				    .mode = "enforce",
				    .uid = 1000 };
	struct recorder *recorder = NULL;
	struct fault fault = { 0 };
	int count = argc > 2 ? atoi(argv[2]) : 0;
	int r = argc > 2 ? recorder_open(argv[1], &recorder, &fault) : -1;

	if (r == 0)
		r = recorder_begin(recorder, &run, &fault);
	for (int i = 0; i < count && r == 0; i++)
		r = append(recorder, i);
	if (r == 0)
		r = recorder_end(recorder, 0, &fault);
	recorder_close(recorder);
	if (r < 0)
		(void)fprintf(stderr, "fill_record: %s\n",
			      argc > 2 ? fault.text : "FILE COUNT [RUN]");
	return r < 0;
}
