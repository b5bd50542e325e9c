/* SPDX-License-Identifier: MIT */
/* link: tests/fuzz/fuzz_streams.c */
/*
 * The corpus of fuzz_streams without its fuzzer: each input holds what must hold, and each parser that
 * protocols/protocol.h has is reached by some, asks for something, and refuses it. An input's name begins
 * with the name of its protocol.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "protocols/protocol.h"
#include "tests/support/fuzz_streams.h"

#define CORPUS "tests/fuzz/streams/"
#define INPUT_MAX 8192

static const struct {
	const struct protocol *protocol;
	unsigned asks; /* action bits; 0: it asks for nothing that a rule reads */
} parsers[] = {
	{ &protocol_tls, 0 },
	{ &protocol_smtp, 0 },
	{ &protocol_postgresql, ACTION_BIT(ACTION_DATABASE_QUERY) },
	{ &protocol_mysql, ACTION_BIT(ACTION_DATABASE_QUERY) },
	{ &protocol_redis, ACTION_BIT(ACTION_DATABASE_QUERY) },
	{ &protocol_http1, ACTION_BIT(ACTION_API_CALL) | ACTION_BIT(ACTION_TOOL_CALL) },
	{ &protocol_http2, ACTION_BIT(ACTION_API_CALL) | ACTION_BIT(ACTION_TOOL_CALL) },
	{ &protocol_mcp, ACTION_BIT(ACTION_TOOL_CALL) },
};

#define PARSERS (sizeof(parsers) / sizeof(parsers[0]))

/* What the inputs of one parser have come to. */
struct reached {
	const char *protocol;
	bool is_named; /* by the stream, for the input at hand */
	bool refuses;  /* which one asks about */
	unsigned inputs, asked, answers;
};

static size_t read_input(const char *path, uint8_t *out)
{
	FILE *file = fopen(path, "rb");
	size_t size;

	assert_non_null(file);
	size = fread(out, 1, INPUT_MAX, file);
	assert_true(size > 2 && size < INPUT_MAX);
	(void)fclose(file);
	return size;
}

static bool note(void *data, enum action action, const struct content *content, bool is_whole)
{
	struct reached *reached = data;

	(void)content;
	if (is_whole)
		reached->asked |= ACTION_BIT(action);
	return !reached->refuses;
}

/* Byte by byte, so that no protocol passes unseen. */
static void follow(struct reached *reached, const uint8_t *data, size_t size)
{
	const struct stream_asker asker = { .ask = note, .data = reached };
	struct stream *stream = fuzz_streams_of(data[0]);
	char answer[4096];
	int r = 0;

	for (size_t at = 2; r == 0 && at < size; at++) {
		r = stream_feed(stream, data + at, 1, &asker);
		if (strcmp(stream_protocol(stream), reached->protocol) == 0)
			reached->is_named = true;
	}
	if (r == STREAM_E_REFUSED && reached->is_named &&
	    stream_refusal(stream, "no", answer, sizeof(answer)) > 0)
		reached->answers++;
	stream_free(stream);
}

static void follow_file(struct reached *reached, const char *path)
{
	uint8_t data[INPUT_MAX];
	size_t size = read_input(path, data);

	assert_int_equal(LLVMFuzzerTestOneInput(data, size), 0);
	reached->is_named = false;
	for (int refuses = 0; refuses < 2; refuses++) {
		reached->refuses = refuses;
		follow(reached, data, size);
	}
	if (!reached->is_named)
		fail_msg("%s is not of %s", path, reached->protocol);
	reached->inputs++;
}

static void test_each_parser_is_reached(void **state)
{
	(void)state;
	for (size_t i = 0; i < PARSERS; i++) {
		struct reached reached = { .protocol = parsers[i].protocol->name };
		char pattern[128];
		glob_t found;

		(void)snprintf(pattern, sizeof(pattern), CORPUS "%s_*", reached.protocol);
		assert_int_equal(glob(pattern, 0, NULL, &found), 0);
		for (size_t n = 0; n < found.gl_pathc; n++)
			follow_file(&reached, found.gl_pathv[n]);
		globfree(&found);
		assert_true(reached.inputs > 0);
		if (reached.asked != parsers[i].asks)
			fail_msg("%s asks for %#x", reached.protocol, reached.asked);
		if (parsers[i].asks)
			assert_true(reached.answers > 0);
	}
}

/* A parser that is added to the header is added here. */
static void test_no_parser_is_left_out(void **state)
{
	static const char declared[] = "extern const struct protocol protocol_";
	FILE *header = fopen("protocols/protocol.h", "re");
	char line[256];
	size_t count = 0;

	(void)state;
	assert_non_null(header);
	while (fgets(line, sizeof(line), header))
		count += strncmp(line, declared, sizeof(declared) - 1) == 0;
	(void)fclose(header);
	assert_int_equal(count, PARSERS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_parser_is_reached),
		cmocka_unit_test(test_no_parser_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
