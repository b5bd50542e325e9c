/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/streams.h"

#define EHLO "EHLO client.example\r\n"
#define MAIL "MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n"

static int feed(const char *sent, size_t size, size_t piece, const char **out_protocol)
{
	struct stream *stream = stream_new(25, false);
	struct heard heard = { .size = 0 };
	int r = stream_feed_pieces(stream, sent, size, piece, &heard);

	assert_string_equal(heard.text, "");
	*out_protocol = stream_protocol(stream);
	stream_free(stream);
	return r;
}

static const struct {
	const char *sent;
	int outcome;
} rows[] = {
	{ EHLO MAIL "DATA\r\nSubject: x\r\n\r\n..\r\n.x\r\n.\r\nQUIT\r\n", 0 },
	{ "helo [127.0.0.1]\r\n" MAIL "data\r\n.\r\nrset\r\nnoop\r\nvrfy a\r\nexpn a\r\nhelp\r\n",
	  0 },
	{ "LHLO a\r\nMAIL FROM:<> SIZE=3 BODY=8BITMIME\r\n", 0 },
	{ EHLO MAIL "BDAT 5\r\n\n\r\0x\rBDAT 0 LAST\r\nQUIT\r\n", 0 },
	{ EHLO MAIL "BDAT 3 last\r\n.\r\nQUIT\r\n", 0 },
	{ EHLO "AUTH PLAIN\r\nAGEAYg==\r\nMAIL FROM:<a@b>\r\n", 0 },
	{ EHLO "AUTH LOGIN\r\ndXNlcg==\r\ncGFzcw==\r\nMAIL FROM:<a@b>\r\n", 0 },
	{ EHLO "AUTH LOGIN\r\n*\r\nQUIT\r\n", 0 },
	/* The server would not: it goes on in clear. */
	{ EHLO "STARTTLS\r\n" MAIL "DATA\r\nx\r\n.\r\n", 0 },
	{ EHLO "XCLIENT NAME=a\r\n" EHLO MAIL, 0 },
	/* What some servers take for the end of a mail, and others do not; beside what all do not. */
	{ EHLO MAIL "DATA\r\nx\ny\n\n..\n.z\r\n.\r\nQUIT\r\nMAIL FROM:<>\r\nDATA\r\n.\r\n", 0 },
	{ EHLO MAIL "DATA\r\nx\n.\r\n", STREAM_E_UNREADABLE },
	{ EHLO MAIL "DATA\r\nx\n.\n", STREAM_E_UNREADABLE },
	{ EHLO MAIL "DATA\r\n.\n", STREAM_E_UNREADABLE },
	{ EHLO MAIL "DATA\r\nx\n\r\n.\r\nX\r\n", STREAM_E_UNREADABLE },
	{ EHLO MAIL "DATA\r\nx\r\n.\nQUIT\r\n", STREAM_E_UNREADABLE },
	{ EHLO MAIL "DATA\r\nx\r.\r\n", STREAM_E_UNREADABLE },
	{ EHLO "MAIL FROM:<a@b>\n", STREAM_E_UNREADABLE },
	/* No commands. */
	{ EHLO "GET / HTTP/1.1\r\n", STREAM_E_UNREADABLE },
	{ EHLO "Host: x\r\n", STREAM_E_UNREADABLE },
	{ EHLO "MAILX\r\n", STREAM_E_UNREADABLE },
	{ EHLO "\r\n", STREAM_E_UNREADABLE },
	{ EHLO "dXNlcg==\r\n", STREAM_E_UNREADABLE },
	{ EHLO "AUTH PLAIN\r\nnot base64\r\n", STREAM_E_UNREADABLE },
	{ EHLO "AUTH PLAIN\r\nAG\r\nMAIL FROM:<a@b>\r\nAG\r\n", STREAM_E_UNREADABLE },
	{ EHLO "BDAT\r\n", STREAM_E_UNREADABLE },
	{ EHLO "BDAT x\r\n", STREAM_E_UNREADABLE },
	{ EHLO "BDAT -1\r\n", STREAM_E_UNREADABLE },
	{ EHLO "BDAT 1 FIRST\r\n", STREAM_E_UNREADABLE },
	{ EHLO "BDAT 1000000000000000000\r\n", STREAM_E_UNREADABLE },
};

/* The row with a NUL in its middle is longer than a string. */
static size_t size_of(const char *sent)
{
	static const char chunk[] = EHLO MAIL "BDAT 5\r\n\n\r\0x\rBDAT 0 LAST\r\nQUIT\r\n";

	return strlen(sent) < sizeof(chunk) - 1 && memcmp(sent, chunk, strlen(sent)) == 0
		       ? sizeof(chunk) - 1
		       : strlen(sent);
}

static void a_session_is_followed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t size = size_of(rows[i].sent);

		for (size_t piece = 1; piece <= size; piece++) {
			const char *protocol;
			int r = feed(rows[i].sent, size, piece, &protocol);

			if (r != rows[i].outcome)
				fail_msg("'%s' by %zu: %d", rows[i].sent, piece, r);
			assert_string_equal(protocol, "smtp");
		}
	}
}

static void tls_may_begin(void **state)
{
	static const char sent[] = EHLO "STARTTLS\r\n\x16\x03\x01\x02\x00\x01";
	static const char early[] = EHLO "\x16\x03\x01\x02\x00\x01\r\n";
	static const char late[] = EHLO "STARTTLS\r\nN\x16\x03\r\n";

	(void)state;
	for (size_t piece = 1; piece <= sizeof(sent); piece++) {
		const char *protocol;

		assert_int_equal(feed(sent, sizeof(sent) - 1, piece, &protocol), 0);
		assert_string_equal(protocol, "tls");
		assert_int_equal(feed(early, sizeof(early) - 1, piece, &protocol),
				 STREAM_E_UNREADABLE);
		assert_int_equal(feed(late, sizeof(late) - 1, piece, &protocol),
				 STREAM_E_UNREADABLE);
	}
}

static void only_a_greeting_begins_it(void **state)
{
	static const struct {
		const char *sent, *protocol;
	} firsts[] = {
		{ "EHLO a\r\n", "smtp" },
		{ "ehlo ", "smtp" },
		{ "HELO a", "smtp" },
		{ "EHL", "" },
		{ "EHLOX a", "" },
		{ "EHLO\r\n", "other" },
		{ "MAIL FROM:<a>\r\n", "other" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++) {
		const char *protocol;

		assert_int_equal(feed(firsts[i].sent, strlen(firsts[i].sent), 1, &protocol), 0);
		assert_string_equal(protocol, firsts[i].protocol);
	}
}

static void lines_are_bounded(void **state)
{
	char piece[1000];
	struct stream *stream = stream_new(25, false);
	struct heard heard = { .size = 0 };
	int r, count = 0;

	(void)state;
	memset(piece, 'a', sizeof(piece));
	r = stream_feed_pieces(stream, EHLO "AUTH PLAIN ", strlen(EHLO) + 11, 99, &heard);
	while (r == 0 && count++ < 1000)
		r = stream_feed_pieces(stream, piece, sizeof(piece), sizeof(piece), &heard);
	assert_int_equal(r, STREAM_E_UNREADABLE);
	assert_in_range(count, 12, 14);
	stream_free(stream);
}

static void the_answer_is_one_line(void **state)
{
	struct stream *stream = stream_new(25, false);
	struct heard heard = { .size = 0 };
	char text[1000], out[2000];
	size_t size;

	(void)state;
	assert_int_equal(stream_feed_pieces(stream, EHLO "X\r\n", strlen(EHLO) + 3, 99, &heard),
			 STREAM_E_UNREADABLE);
	size = stream_refusal(stream, "no\r\n250 \xc3\xa4 x", out, sizeof(out) - 1);
	out[size] = '\0';
	assert_string_equal(out, "554 5.7.1 no??250 ?? x\r\n");
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(stream_refusal(stream, text, out, sizeof(out)), 512);
	assert_memory_equal(out + 510, "\r\n", 2);
	assert_int_equal(stream_refusal(stream, text, out, 20), 20);
	assert_memory_equal(out + 18, "\r\n", 2);
	assert_int_equal(stream_refusal(stream, text, out, 11), 0);
	stream_free(stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session_is_followed),     cmocka_unit_test(tls_may_begin),
		cmocka_unit_test(only_a_greeting_begins_it), cmocka_unit_test(lines_are_bounded),
		cmocka_unit_test(the_answer_is_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
