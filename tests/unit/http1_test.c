/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/streams.h"

#define HOST "Host: a.example\r\n"
#define GET "GET / HTTP/1.1\r\n" HOST
#define POST "POST /p HTTP/1.1\r\n" HOST
#define UNREADABLE STREAM_E_UNREADABLE

struct row {
	const char *sent;
	const char *heard;
	int outcome;
};

static void check(const struct row *row, const struct heard *heard, int outcome, size_t split)
{
	if (strcmp(heard->text, row->heard) == 0 && outcome == row->outcome)
		return;
	fail_msg("split at %zu: '%s'\nheard '%s', %d\nnot   '%s', %d", split, row->sent,
		 heard->text, outcome, row->heard, row->outcome);
}

/* Whole, in two pieces at each place, and byte by byte. */
static void check_row(const struct row *row, bool is_tls)
{
	size_t size = strlen(row->sent);

	for (size_t split = 0; split <= size; split++) {
		struct stream *stream = stream_new(is_tls ? 443 : 80, is_tls);
		struct heard heard = { .size = 0 };
		int r = stream_feed_pieces(stream, row->sent, split, split ? split : 1, &heard);

		if (r == 0)
			r = stream_feed_pieces(stream, row->sent + split, size - split,
					       split ? size : 1, &heard);
		check(row, &heard, r, split);
		stream_free(stream);
	}
}

static void requests_are_asked_about(void **state)
{
	static const struct row rows[] = {
		{ GET "\r\n", "GET http://a.example/ host=a.example\n", 0 },
		{ "GET /a?b=c HTTP/1.1\r\nHOST:a.example:8080 \t\r\nX-Y:\r\nx-z:  1 2\t\r\n\r\n",
		  "GET http://a.example:8080/a?b=c host=a.example:8080 x-y= x-z=1 2\n", 0 },
		{ "GET / HTTP/1.0\r\n" HOST "\r\n", "GET http://a.example/ host=a.example\n", 0 },
		{ "GET http://a.example/x HTTP/1.1\r\n" HOST "\r\n",
		  "GET http://a.example/x host=a.example\n", 0 },
		{ "GET http://A.example HTTP/1.1\r\n" HOST "\r\n",
		  "GET http://A.example/ host=a.example\n", 0 },
		{ "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", "OPTIONS http://a.example host=a.example\n",
		  0 },
		{ "M-SEARCH /x HTTP/1.1\r\nHost: [::1]:80\r\n\r\n",
		  "M-SEARCH http://[::1]:80/x host=[::1]:80\n", 0 },
		{ POST "Content-Length: 3\r\n\r\nabc",
		  "POST http://a.example/p host=a.example content-length=3 body=abc\n", 0 },
		{ POST "Content-Length: 0\r\n\r\n",
		  "POST http://a.example/p host=a.example content-length=0\n", 0 },
		{ POST "Content-Length: 3\r\n\r\nab", "", 0 },
		{ POST
		  "Transfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n0a;x=\"y\"\r\n0123456789\r\n0\r\n"
		  "X-T: 1\r\n\r\n",
		  "POST http://a.example/p host=a.example transfer-encoding=Chunked x-t=1"
		  " body=abc0123456789\n",
		  0 },
		{ POST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		  "POST http://a.example/p host=a.example transfer-encoding=chunked\n", 0 },
		{ POST "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n", "", 0 },
		{ POST "Expect: 100-continue\r\nContent-Length: 1\r\n\r\na",
		  "POST http://a.example/p host=a.example expect=100-continue content-length=1 "
		  "body=a\n",
		  0 },
		{ GET "\r\n" POST "Content-Length: 1\r\n\r\naGET /2 HTTP/1.1\r\n" HOST "\r\n",
		  "GET http://a.example/ host=a.example\n"
		  "POST http://a.example/p host=a.example content-length=1 body=a\n"
		  "GET http://a.example/2 host=a.example\n",
		  0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row(&rows[i], false);
}

/* Each beside its neighbour above that is well-formed. */
static void what_readers_differ_on_is_refused(void **state)
{
	static const char *const sent[] = {
		/* lines */
		"GET / HTTP/1.1\n" HOST "\r\n",
		"GET / HTTP/1.1\r\nHost: a.example\n\r\n",
		"GET / HTTP/1.1\r" HOST "\r\n",
		GET "X: a\rb\r\n\r\n",
		GET "\n",
		GET "\rX",
		/* the first line */
		"GET /\r\n",
		"GET / \r\n",
		"GET / HTTP/1.2\r\n" HOST "\r\n",
		"GET / HTTP/2.0\r\n" HOST "\r\n",
		"GET / HTTP/1.1 \r\n" HOST "\r\n",
		"GET / http/1.1\r\n" HOST "\r\n",
		"GET  / HTTP/1.1\r\n" HOST "\r\n",
		"GET\t/ HTTP/1.1\r\n" HOST "\r\n",
		"GET /  HTTP/1.1\r\n" HOST "\r\n",
		"GET /a b HTTP/1.1\r\n" HOST "\r\n",
		"GET /\x01 HTTP/1.1\r\n" HOST "\r\n",
		"GET /\x7f HTTP/1.1\r\n" HOST "\r\n",
		"GET /a#b HTTP/1.1\r\n" HOST "\r\n",
		"GET * HTTP/1.1\r\n" HOST "\r\n",
		"GET a HTTP/1.1\r\n" HOST "\r\n",
		"\r\nGET / HTTP/1.1\r\n" HOST "\r\n",
		"GET http://b.example/ HTTP/1.1\r\n" HOST "\r\n",
		"GET http://a.example:80/ HTTP/1.1\r\n" HOST "\r\n",
		"GET http://u@a.example/ HTTP/1.1\r\nHost: u@a.example\r\n\r\n",
		"GET http://a.example?b HTTP/1.1\r\n" HOST "\r\n",
		"GET https://a.example/ HTTP/1.1\r\n" HOST "\r\n",
		"GET http:/a.example/ HTTP/1.1\r\n" HOST "\r\n",
		"GET http://a.example/ HTTP/1.1\r\n\r\n",
		/* whom it is for */
		"GET / HTTP/1.1\r\n\r\n",
		"GET / HTTP/1.0\r\n\r\n",
		GET HOST "\r\n",
		"GET / HTTP/1.1\r\nHost:\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a:\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a:1x\r\n\r\n",
		/* fields */
		GET "X : a\r\n\r\n",
		GET " X: a\r\n\r\n",
		GET "X: a\r\n b\r\n\r\n",
		GET "X: a\r\n\tb\r\n\r\n",
		GET ": a\r\n\r\n",
		GET "X\r\n\r\n",
		GET "X: a\x01\r\n\r\n",
		GET "X(: a\r\n\r\n",
		GET ":path: /b\r\n\r\n",
		/* how long it is */
		POST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
		POST "Content-Length: 1\r\nContent-Length: 1\r\n\r\n",
		POST "Content-Length: 1, 1\r\n\r\n",
		POST "Content-Length: +1\r\n\r\n",
		POST "Content-Length: -1\r\n\r\n",
		POST "Content-Length: 01\r\n\r\n",
		POST "Content-Length: 0x1\r\n\r\n",
		POST "Content-Length: 1 1\r\n\r\n",
		POST "Content-Length:\r\n\r\n",
		POST "Content-Length: 1000000000000000000\r\n\r\n",
		POST "Transfer-Encoding: gzip, chunked\r\n\r\n",
		POST "Transfer-Encoding: identity\r\n\r\n",
		POST "Transfer-Encoding: chunked, chunked\r\n\r\n",
		POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
		POST "Transfer-Encoding: \"chunked\"\r\n\r\n",
		POST "Transfer-Encoding: xchunked\r\n\r\n",
		POST "Transfer-Encoding:\r\n\r\n",
		"POST / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n",
		GET "Upgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n",
		GET "Upgrade: H2C\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(sent) / sizeof(sent[0]); i++)
		check_row(&(struct row){ sent[i], "", UNREADABLE }, false);
}

static void odd_chunks_are_refused(void **state)
{
	static const char *const chunks[] = {
		"1 \r\na",
		" 1\r\na",
		"1\na",
		"x\r\na",
		"0x1\r\na",
		"-1\r\na",
		"\r\n",
		";a\r\n",
		"1\r\nabc",
		"1\r\na\n",
		"1;\x01\r\n",
		"1;a\n\r\n",
		"1\r\na\r\n\r\n",
		"1000000000000000\r\n",
		"0\r\nX : y\r\n\r\n",
		"0\r\nHost: b\r\n\r\n",
		"0\r\nContent-Length: 1\r\n\r\n",
		"0\r\nTransfer-Encoding: chunked\r\n\r\n",
		"0\r\n x\r\n\r\n",
		"0\r\n\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++) {
		char sent[256];

		(void)snprintf(sent, sizeof(sent), "%s%s",
			       POST "Transfer-Encoding: chunked\r\n\r\n", chunks[i]);
		check_row(&(struct row){ sent, "", UNREADABLE }, false);
	}
}

static void a_nul_is_refused(void **state)
{
	static const char sent[] = GET "X: a\0b\r\n\r\n";
	static const char target[] = "GET /\0 HTTP/1.1\r\n" HOST "\r\n";

	(void)state;
	for (size_t piece = 1; piece < sizeof(sent); piece++) {
		struct stream *stream = stream_new(80, false), *other = stream_new(80, false);
		struct heard heard = { .size = 0 };

		assert_int_equal(stream_feed_pieces(stream, sent, sizeof(sent) - 1, piece, &heard),
				 UNREADABLE);
		assert_int_equal(
			stream_feed_pieces(other, target, sizeof(target) - 1, piece, &heard),
			UNREADABLE);
		assert_string_equal(heard.text, "");
		stream_free(stream);
		stream_free(other);
	}
}

static void inside_tls_the_scheme_is_another(void **state)
{
	static const struct row rows[] = {
		{ GET "\r\n", "GET https://a.example/ host=a.example\n", 0 },
		{ "GET https://a.example/ HTTP/1.1\r\n" HOST "\r\n",
		  "GET https://a.example/ host=a.example\n", 0 },
		{ "GET http://a.example/ HTTP/1.1\r\n" HOST "\r\n", "", UNREADABLE },
		/* What is tunnelled through a proxy is in a session of its own, or in none. */
		{ "CONNECT b:80 HTTP/1.1\r\nHost: b:80\r\n\r\nGET / HTTP/1.1\r\nHost: b\r\n\r\n",
		  "CONNECT connect://b:80 host=b:80\nGET http://b/ host=b\n", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row(&rows[i], true);
}

static void tunnels_are_asked_about_and_followed(void **state)
{
	static const struct row rows[] = {
		{ "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n",
		  "CONNECT connect://a.example:443 host=a.example:443\n", 0 },
		{ "CONNECT a.example:443 HTTP/1.1\r\n" HOST "\r\n",
		  "CONNECT connect://a.example:443 host=a.example\n", 0 },
		{ "CONNECT a.example:443 HTTP/1.0\r\n\r\n", "CONNECT connect://a.example:443\n",
		  0 },
		/* A proxy that wants a password: the client asks once more. */
		{ "CONNECT b:1 HTTP/1.0\r\n\r\nCONNECT b:1 HTTP/1.0\r\nX: y\r\n\r\n" GET "\r\n",
		  "CONNECT connect://b:1\nCONNECT connect://b:1 x=y\n"
		  "GET http://a.example/ host=a.example\n",
		  0 },
		{ "CONNECT a.example HTTP/1.1\r\n" HOST "\r\n", "", UNREADABLE },
		{ "CONNECT b:443 HTTP/1.1\r\n" HOST "\r\n", "", UNREADABLE },
		{ "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:80\r\n\r\n", "", UNREADABLE },
		{ "CONNECT /:443 HTTP/1.0\r\n\r\n", "", UNREADABLE },
		{ "CONNECT b:1 HTTP/1.1\r\nHost: b:1\r\nContent-Length: 1\r\n\r\n", "",
		  UNREADABLE },
		{ "CONNECT b:1 HTTP/1.1\r\nHost: b:1\r\nTransfer-Encoding: chunked\r\n\r\n", "",
		  UNREADABLE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row(&rows[i], false);
}

static const char *protocol_after(const char *request, const char *bytes, size_t size)
{
	struct stream *stream = stream_new(80, false);
	struct heard heard = { .size = 0 };
	const char *name;

	assert_int_equal(stream_feed_pieces(stream, request, strlen(request), 7, &heard), 0);
	assert_int_equal(stream_feed_pieces(stream, bytes, size, 1, &heard), 0);
	name = stream_protocol(stream);
	stream_free(stream);
	return name;
}

static void what_follows_is_guessed_anew(void **state)
{
	static const char tunnel[] = "CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\n";
	static const char upgrade[] = GET "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
	static const char hello[] = "\x16\x03\x01\x02\x00\x01";
	static const char frame[] = "\x81\x85\x01\x02\x03\x04hello";

	(void)state;
	assert_string_equal(protocol_after(tunnel, hello, sizeof(hello) - 1), "tls");
	assert_string_equal(protocol_after(tunnel, frame, sizeof(frame) - 1), "other");
	assert_string_equal(protocol_after(tunnel, GET "\r\n", strlen(GET) + 2), "http");
	assert_string_equal(protocol_after(upgrade, frame, sizeof(frame) - 1), "other");
	/* The server did not switch: the connection goes on. */
	assert_string_equal(protocol_after(upgrade, GET "\r\n", strlen(GET) + 2), "http");
	assert_string_equal(protocol_after(GET "\r\n", GET "\r\n", strlen(GET) + 2), "http");
}

static void tunnels_in_tunnels_end(void **state)
{
	struct stream *stream = stream_new(80, false);
	struct heard heard = { .size = 0 };
	int r = 0, count = 0;

	(void)state;
	while (r == 0 && count++ < 100)
		r = stream_feed_pieces(stream, "CONNECT b:1 HTTP/1.0\r\n\r\n", 24, 24, &heard);
	assert_int_equal(r, UNREADABLE);
	assert_in_range(count, 3, 20);
	stream_free(stream);
}

static const char *guess_of(const char *bytes)
{
	struct stream *stream = stream_new(4000, false);
	struct heard heard = { .size = 0 };
	const char *name;

	(void)stream_feed_pieces(stream, bytes, strlen(bytes), 1, &heard);
	name = stream_protocol(stream);
	stream_free(stream);
	return name;
}

static void first_bytes_tell(void **state)
{
	static const struct {
		const char *bytes, *name;
	} rows[] = {
		{ "GET /", "http" },
		{ "get /", "http" },
		{ "GET http", "http" },
		{ "GET", "" },
		{ "GET a", "" },
		{ "GET a HTT", "" },
		{ "GET a HTTP/", "http" },
		{ "GET  /", "http" },
		{ "\r\nGET /", "http" },
		{ "CONNECT a:1 HTTP/1.1", "http" },
		{ "ABCDEFGHIJKLMNOPQRSTUVWX /", "http" },
		{ "ABCDEFGHIJKLMNOPQRSTUVWXY", "other" },
		{ "GET a another", "other" },
		{ "\x80GET", "other" },
		{ "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "http2" },
		{ "PRI /", "http" },
		{ "EHLO a HTTP/1.1\r\n", "smtp" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(guess_of(rows[i].bytes), rows[i].name);
}

static void a_body_is_asked_about_as_it_grows(void **state)
{
	static const char head[] = POST "Content-Length: 1000000\r\n\r\n";
	static char piece[50000];
	struct stream *stream = stream_new(80, false);
	struct heard heard = { .size = 0 };

	(void)state;
	memset(piece, 'x', sizeof(piece));
	assert_int_equal(stream_feed_pieces(stream, head, strlen(head), 1000, &heard), 0);
	assert_int_equal(heard.growing, 1);
	for (size_t i = 0; i < 1000000 / sizeof(piece); i++) {
		assert_string_equal(heard.text, "");
		assert_int_equal(
			stream_feed_pieces(stream, piece, sizeof(piece), sizeof(piece), &heard), 0);
	}
	/* Once more for each piece, until no more is kept. */
	assert_int_equal(heard.growing, 1 + STREAM_BODY_MAX / sizeof(piece) + 1);
	assert_int_equal(heard.largest, STREAM_BODY_MAX);
	assert_memory_equal(heard.text, "POST ", 5);
	stream_free(stream);
}

static void a_refusal_ends_it(void **state)
{
	static const char sent[] = GET "\r\n" POST
				       "Content-Length: 9\r\n\r\nnosecretsGET /3 HTTP/1.1"
				       "\r\n" HOST "\r\n";

	(void)state;
	for (size_t piece = 1; piece < sizeof(sent); piece++) {
		struct stream *stream = stream_new(80, false);
		struct heard heard = { .forbidden = "secret" };

		assert_int_equal(stream_feed_pieces(stream, sent, sizeof(sent) - 1, piece, &heard),
				 STREAM_E_REFUSED);
		assert_null(strstr(heard.text, "/3"));
		assert_int_equal(stream_feed_pieces(stream, GET, 3, 3, &heard), STREAM_E_REFUSED);
		stream_free(stream);
	}
}

static void the_answer_is_a_403(void **state)
{
	static const char sent[] = GET "\r\n";
	static const char want[] =
		"HTTP/1.1 403 Forbidden\r\nContent-Type: application/json; charset=utf-8\r\n"
		"Content-Length: 80\r\nConnection: close\r\n\r\n"
		"{\"error\":{\"message\":\"no \\\"\\u000a\xc3\xa4\",\"type\":\"policy_violation\","
		"\"code\":\"denied\"}}\n";
	struct stream *stream = stream_new(80, false);
	struct heard heard = { .forbidden = "GET" };
	char out[512];
	size_t size;

	(void)state;
	assert_int_equal(stream_feed_pieces(stream, sent, strlen(sent), 99, &heard),
			 STREAM_E_REFUSED);
	size = stream_refusal(stream, "no \"\n\xc3\xa4\xff", out, sizeof(out) - 1);
	out[size] = '\0';
	assert_string_equal(out, want);
	/* A smaller room has a shorter text, and then nothing. */
	for (size_t room = 0; room < size; room++) {
		size_t less = stream_refusal(stream, "no \"\n\xc3\xa4", out, room);

		assert_true(less <= room);
		assert_true(less == 0 || memcmp(out + less - 3, "}}\n", 3) == 0);
	}
	stream_free(stream);
}

static void fields_are_bounded(void **state)
{
	char line[2048];
	struct heard heard = { .size = 0 };

	(void)state;
	for (size_t length = 8; length < sizeof(line); length += 1000) {
		struct stream *stream = stream_new(80, false);
		size_t sent = 0;
		int r = stream_feed_pieces(stream, GET, strlen(GET), 99, &heard);

		memset(line, 'a', length);
		line[1] = ':';
		memcpy(line + length - 2, "\r\n", 2);
		for (; r == 0 && sent < 1000000; sent += length)
			r = stream_feed_pieces(stream, line, length, length, &heard);
		assert_int_equal(r, UNREADABLE);
		assert_true(sent < 70000 && sent <= 256 * length);
		stream_free(stream);
	}
	assert_string_equal(heard.text, "");
}

/* A line, a target or an extension without end. */
static void lines_are_bounded(void **state)
{
	static const char *const starts[] = {
		"GET /",
		GET "X: ",
		POST "Transfer-Encoding: chunked\r\n\r\n1;",
	};
	char piece[1000];
	struct heard heard = { .size = 0 };

	(void)state;
	memset(piece, 'a', sizeof(piece));
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		struct stream *stream = stream_new(80, false);
		int r = stream_feed_pieces(stream, starts[i], strlen(starts[i]), 99, &heard);
		int count = 0;

		while (r == 0 && count++ < 1000)
			r = stream_feed_pieces(stream, piece, sizeof(piece), sizeof(piece), &heard);
		assert_int_equal(r, UNREADABLE);
		assert_true(count < 70);
		stream_free(stream);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_asked_about),
		cmocka_unit_test(what_readers_differ_on_is_refused),
		cmocka_unit_test(odd_chunks_are_refused),
		cmocka_unit_test(a_nul_is_refused),
		cmocka_unit_test(inside_tls_the_scheme_is_another),
		cmocka_unit_test(tunnels_are_asked_about_and_followed),
		cmocka_unit_test(what_follows_is_guessed_anew),
		cmocka_unit_test(tunnels_in_tunnels_end),
		cmocka_unit_test(first_bytes_tell),
		cmocka_unit_test(a_body_is_asked_about_as_it_grows),
		cmocka_unit_test(a_refusal_ends_it),
		cmocka_unit_test(the_answer_is_a_403),
		cmocka_unit_test(fields_are_bounded),
		cmocka_unit_test(lines_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
