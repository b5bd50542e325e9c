/* SPDX-License-Identifier: MIT */
/* Tool calls: on a pipe, and in the body of a request. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/streams.h"

#define UNREADABLE STREAM_E_UNREADABLE
#define CALL(name)                                                                                 \
	"{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":{\"name\":\"" name     \
	"\",\"arguments\":{\"a\": [1,\"b\"]}}}"

struct row {
	const char *json;
	const char *heard;
	int outcome;
};

/* Messages that mean the same on a pipe and in a body. */
static const struct row rows[] = {
	{ CALL("x"), "tool x {\"a\":[1,\"b\"]}\n", 0 },
	{ "[" CALL("x") "," CALL("y") "]", "tool x {\"a\":[1,\"b\"]}\ntool y {\"a\":[1,\"b\"]}\n",
	  0 },
	{ "[{\"method\":\"ping\"},[" CALL("x") "],1," CALL("y") "]", "tool y {\"a\":[1,\"b\"]}\n",
	  0 },
	{ "{\"method\":\"tools/call\",\"params\":{\"name\":\"x\"}}", "tool x \n", 0 },
	{ " {\"method\": \"tools\\/call\", \"params\": {\"name\": \"\\u0078\"}} ", "tool x \n", 0 },
	{ "{\"method\":\"\\u0074ool\\u0073\\u002Fcall\",\"params\":{\"name\":\"x\"}}", "tool x \n",
	  0 },
	{ "{\"\\u006dethod\":\"tools/call\",\"params\":{\"name\":\"x\"}}", "tool x \n", 0 },
	{ "{\"method\":\"tools/list\",\"params\":{\"name\":\"tools/call\"}}", "", 0 },
	{ "{\"method\":\"tools/call/x\",\"params\":{\"name\":\"x\"}}", "", 0 },
	{ "{\"method\":\"Tools/Call\",\"params\":{\"name\":\"x\"}}", "", 0 },
	{ "{\"result\":{\"method\":\"tools/call\"}}", "", 0 },
	{ "{\"text\":\"\\\"method\\\":\\\"tools/call\\\"\"}", "", 0 },
	/* What readers differ on. */
	{ "{\"method\":\"ping\",\"method\":\"tools/call\",\"params\":{\"name\":\"x\"}}", "",
	  UNREADABLE },
	{ "{\"method\":\"tools/call\",\"method\":\"ping\",\"params\":{\"name\":\"x\"}}", "",
	  UNREADABLE },
	{ "{\"method\":\"ping\",\"Method\":\"tools/call\",\"params\":{\"name\":\"x\"}}", "",
	  UNREADABLE },
	{ "{\"METHOD\":\"tools/call\",\"params\":{\"name\":\"x\"}}", "", UNREADABLE },
	{ "{\"method\":\"tools/call\",\"params\":{\"name\":\"x\",\"Name\":\"y\"}}", "",
	  UNREADABLE },
	{ "{\"method\":\"tools/call\",\"params\":{\"name\":\"x\"},\"param\xc5\xbf\":{}}", "",
	  UNREADABLE },
	{ "{\"method\":\"tools/call\",\"params\":{\"name\":\"x\",\"name\":\"y\"}}", "",
	  UNREADABLE },
	{ "{\"method\":\"tools/call\",\"params\":{\"name\":\"x\\u0000\"}}", "", UNREADABLE },
	{ "{\"method\":\"tools/call\",\"params\":{\"name\":1}}", "", UNREADABLE },
	{ "{\"method\":\"tools/call\",\"params\":{\"name\":\"\"}}", "", UNREADABLE },
	{ "{\"method\":\"tools/call\",\"params\":[\"x\"]}", "", UNREADABLE },
	{ "{\"method\":\"tools/call\"}", "", UNREADABLE },
	{ "{\"method\":\"tools/call\",\"params\":{\"name\":\"x\"},}", "", UNREADABLE },
	{ "{\"method\":\"tools/call\",\"params\":{\"name\":\"\xff\"}}", "", UNREADABLE },
};

static void check(const struct row *row, size_t piece, const char *heard, int outcome)
{
	if (outcome != row->outcome || strcmp(heard, row->heard) != 0)
		fail_msg("'%s' by %zu: heard '%s', %d", row->json, piece, heard, outcome);
}

static void a_pipe_has_a_message_a_line(void **state)
{
	static const char *const ends[] = { "\n", "\r\n", "\r", "\n\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char line[512];
		size_t size = (size_t)snprintf(line, sizeof(line), "%s%s", rows[i].json,
					       ends[i % 4]);

		for (size_t piece = 1; piece <= size; piece++) {
			struct stream *stream = stream_new_tools();
			struct heard heard = { .size = 0 };
			int r = stream_feed_pieces(stream, line, size, piece, &heard);

			check(&rows[i], piece, heard.text, r);
			assert_string_equal(stream_protocol(stream), "mcp");
			stream_free(stream);
		}
	}
}

static void a_body_has_messages(void **state)
{
	static const char *const types[] = { "application/json", "Application/JSON; charset=utf-8",
					     "application/x+json", "text/plain" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char sent[1024];
		size_t size = (size_t)snprintf(sent, sizeof(sent),
					       "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: "
					       "%s\r\nContent-Length: %zu\r\n\r\n%s",
					       types[i % 4], strlen(rows[i].json), rows[i].json);

		for (size_t piece = 1; piece <= size; piece++) {
			struct stream *stream = stream_new(80, false);
			struct heard heard = { .size = 0 };
			int r = stream_feed_pieces(stream, sent, size, piece, &heard);
			const char *tools = strstr(heard.text, "\ntool ");

			/* Behind what was asked about the request itself. */
			assert_memory_equal(heard.text, "POST http://a/ host=a", 21);
			check(&rows[i], piece, tools ? tools + 1 : "", r);
			stream_free(stream);
		}
	}
}

static int feed_pipe(const char *line, size_t size, struct heard *heard)
{
	struct stream *stream = stream_new_tools();
	int r = stream_feed_pieces(stream, line, size, 1000, heard);

	stream_free(stream);
	return r;
}

#define SHORT(name) "{\"method\":\"tools/call\",\"params\":{\"name\":\"" name "\"}}"

static void check_pipe(const struct row *row)
{
	for (size_t piece = 1; piece <= strlen(row->json); piece++) {
		struct stream *stream = stream_new_tools();
		struct heard heard = { .size = 0 };
		int r = stream_feed_pieces(stream, row->json, strlen(row->json), piece, &heard);

		check(row, piece, heard.text, r);
		stream_free(stream);
	}
}

static void lines_of_a_pipe_that_are_no_messages(void **state)
{
	static const struct row lines[] = {
		{ "hello\n", "", 0 },
		{ "\n \n", "", 0 },
		{ "{\"a\":\n", "", 0 },
		{ "1\n", "", 0 },
		/* Most pipes carry something else. */
		{ "tools/call\n", "", 0 },
		{ "+  \"method\": \"tools/call\",\n", "", 0 },
		{ "{\"a\":{\"b\":1,\"b\":2}}\n", "", 0 },
		{ "{\"a\":\"\xc3\"}\n", "", 0 },
		/* A call, for lenient readers or for those that know no lines. */
		{ "{\"a\":1}\r{\"method\":\"tools/call\"\n", "", UNREADABLE },
		{ "{\"method\":\r\"tools/call\",\r\"params\":{\"name\":\"x\"}}\n", "", UNREADABLE },
		{ "{\"method\":\n\"tools/call\"", "", UNREADABLE },
		{ "{'method':'tools/call','params':{'name':'x'}}\n", "", UNREADABLE },
		{ "\xef\xbb\xbf" SHORT("x") "\n", "", UNREADABLE },
		{ "log\n{\"a\":NaN,\"method\":\"tools/call\"}\n", "", UNREADABLE },
		{ "{\"a\":[\"tools/call\"}\n", "", UNREADABLE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		check_pipe(&lines[i]);
}

/* Who waits for no end of line takes a message when its last brace is there. */
static void a_message_of_a_pipe_needs_no_end(void **state)
{
	static const struct row lines[] = {
		{ SHORT("x"), "tool x \n", 0 },
		{ SHORT("x") " x\n", "tool x \n", 0 },
		{ "{\"a\":1}" SHORT("x") SHORT("y"), "tool x \ntool y \n", 0 },
		{ "[" SHORT("x") "]", "tool x \n", 0 },
		{ "[" SHORT("x"), "", 0 },
		{ "{\"a\":\"}\\\"}\"}" SHORT("x"), "tool x \n", 0 },
		{ "log {" SHORT("x") "\n" SHORT("y") "\n", "tool y \n", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		check_pipe(&lines[i]);
}

static void a_long_line_of_a_pipe_calls_nothing(void **state)
{
	static const char *const ends[] = { "\"", "\"tools/list\"}\n", "\"tools/call\"" };
	size_t size = STREAM_ASK_MAX + 2000;
	char *line = malloc(size + 100);

	(void)state;
	assert_non_null(line);
	for (size_t i = 0; i < 6; i++) {
		struct heard heard = { .size = 0 };
		size_t end = strlen(ends[i % 3]);

		memset(line, ' ', size);
		line[0] = i < 3 ? 'a' : '{';
		memcpy(line + size, ends[i % 3], end);
		assert_int_equal(feed_pipe(line, size + end, &heard), i == 5 ? UNREADABLE : 0);
		assert_string_equal(heard.text, "");
	}
	free(line);
}

static void a_pipe_goes_on_behind_a_refusal(void **state)
{
	struct stream *stream = stream_new_tools();
	struct heard heard = { .forbidden = "tool x" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(
			stream_feed_pieces(stream, SHORT("x"), strlen(SHORT("x")), 99, &heard),
			STREAM_E_REFUSED);
		assert_int_equal(stream_feed_pieces(stream, "\n", 1, 1, &heard), STREAM_E_REFUSED);
		stream_go_on(stream);
		assert_int_equal(stream_feed_pieces(stream, SHORT("y") "\n", strlen(SHORT("y")) + 1,
						    99, &heard),
				 0);
	}
	stream_free(stream);
}

/* A body of which not all is kept: what is mentioned behind the bound is not passed over. */
static void a_body_beyond_the_bound_calls_no_tool(void **state)
{
	static const char *const ends[] = { "\",\"b\":\"tools/list\"}",
					    "\",\"b\":\"tools/call\"}" };
	static char padding[STREAM_BODY_MAX];

	(void)state;
	memset(padding, ' ', sizeof(padding));
	for (size_t i = 0; i < 2; i++) {
		struct stream *stream = stream_new(80, false);
		struct heard heard = { .size = 0 };
		char head[256];
		size_t size = (size_t)snprintf(
			head, sizeof(head),
			"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
			"Content-Length: %zu\r\n\r\n{\"a\":\"",
			6 + sizeof(padding) + strlen(ends[i]));

		assert_int_equal(stream_feed_pieces(stream, head, size, size, &heard), 0);
		assert_int_equal(
			stream_feed_pieces(stream, padding, sizeof(padding), 100000, &heard), 0);
		assert_int_equal(stream_feed_pieces(stream, ends[i], strlen(ends[i]), 3, &heard),
				 i == 0 ? 0 : UNREADABLE);
		stream_free(stream);
	}
}

static void utf_16_is_not_read(void **state)
{
	static const char head[] = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n"
				   "Content-Type: application/json\r\n";
	static const char *const encodings[] = { "\r\n", "Content-Encoding: gzip\r\n\r\n" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct stream *stream = stream_new(80, false);
		struct heard heard = { .size = 0 };
		int r = stream_feed_pieces(stream, head, strlen(head), 9, &heard);

		if (r == 0)
			r = stream_feed_pieces(stream, encodings[i], strlen(encodings[i]), 9,
					       &heard);
		if (r == 0)
			r = stream_feed_pieces(stream, "{\0\"\0}\0", 6, 1, &heard);
		/* A compressed body has such bytes, and is for the rules to judge. */
		assert_int_equal(r, i == 0 ? UNREADABLE : 0);
		stream_free(stream);
	}
}

static void check_answer(const char *line, const char *forbidden, const char *want)
{
	struct stream *stream = stream_new_tools();
	struct heard heard = { .forbidden = forbidden };
	char out[1024];
	size_t size;

	assert_int_not_equal(stream_feed_pieces(stream, line, strlen(line), 99, &heard), 0);
	size = stream_refusal(stream, "no\n\"", out, sizeof(out) - 1);
	out[size] = '\0';
	assert_string_equal(out, want);
	assert_int_equal(stream_refusal(stream, "no", out, 60), 0);
	stream_free(stream);
}

#define ERROR(id)                                                                                  \
	"{\"jsonrpc\":\"2.0\",\"id\":" id                                                          \
	",\"error\":{\"code\":-32001,\"message\":\"no\\u000a\\\"\""                                \
	"}}\n"
#define OF(id) "{\"method\":\"tools/call\",\"id\":" id ",\"params\":{\"name\":\"x\"}}"

static void the_answer_has_the_id(void **state)
{
	char text[1000], longest[600];

	(void)state;
	check_answer(CALL("x") "\n", "tool", ERROR("7"));
	check_answer(OF("\"a\\\"b\"") "\n", "tool x", ERROR("\"a\\\"b\""));
	/* Nobody waits for one, or for more than one. */
	check_answer("[" CALL("y") "," OF("2") "]\n", "tool x", "");
	check_answer(OF("null") "\n", "tool", "");
	check_answer("{\"method\":\"tools/call\",\"params\":{\"name\":\"x\"}}\n", "tool", "");
	/* Of another line than the one that was broken. */
	check_answer(OF("1") "\n{\"method\":\"tools/call\",\"a\":1,\"a\":2}\n", NULL, "");
	memset(longest, 'i', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	(void)snprintf(text, sizeof(text), OF("\"%s\"") "\n", longest);
	check_answer(text, "tool", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pipe_has_a_message_a_line),
		cmocka_unit_test(a_body_has_messages),
		cmocka_unit_test(lines_of_a_pipe_that_are_no_messages),
		cmocka_unit_test(a_message_of_a_pipe_needs_no_end),
		cmocka_unit_test(a_long_line_of_a_pipe_calls_nothing),
		cmocka_unit_test(a_pipe_goes_on_behind_a_refusal),
		cmocka_unit_test(a_body_beyond_the_bound_calls_no_tool),
		cmocka_unit_test(utf_16_is_not_read),
		cmocka_unit_test(the_answer_has_the_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
