/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <nghttp2/nghttp2.h>

#include "tests/support/streams.h"

#define UNREADABLE STREAM_E_UNREADABLE
#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

enum {
	DATA,
	HEADERS,
	PRIORITY,
	RST_STREAM,
	SETTINGS,
	PUSH_PROMISE,
	PING,
	GOAWAY,
	WINDOW_UPDATE,
	CONTINUATION
};
enum { END_STREAM = 1, ACK = 1, END_HEADERS = 4, PADDED = 8, HAS_PRIORITY = 0x20 };

/* What a client sends. */
struct client {
	uint8_t bytes[1 << 17];
	size_t size;
	nghttp2_hd_deflater *deflater;
};

static void put(struct client *client, const void *bytes, size_t size)
{
	assert_true(size <= sizeof(client->bytes) - client->size);
	if (size > 0)
		memcpy(client->bytes + client->size, bytes, size);
	client->size += size;
}

static void put_head(struct client *client, size_t length, unsigned type, unsigned flags,
		     uint32_t stream)
{
	const uint8_t head[] = { (uint8_t)(length >> 16), (uint8_t)(length >> 8),
				 (uint8_t)length,	  (uint8_t)type,
				 (uint8_t)flags,	  (uint8_t)(stream >> 24),
				 (uint8_t)(stream >> 16), (uint8_t)(stream >> 8),
				 (uint8_t)stream };

	put(client, head, sizeof(head));
}

static void put_frame(struct client *client, unsigned type, unsigned flags, uint32_t stream,
		      const char *payload, size_t size)
{
	put_head(client, size, type, flags, stream);
	put(client, payload, size);
}

static struct client *client_new(void)
{
	struct client *client = calloc(1, sizeof(*client));

	assert_non_null(client);
	assert_int_equal(nghttp2_hd_deflate_new(&client->deflater, 4096), 0);
	put(client, PREFACE, strlen(PREFACE));
	put_frame(client, SETTINGS, 0, 0, "\0\3\0\0\0\x64", 6);
	return client;
}

static void client_free(struct client *client)
{
	nghttp2_hd_deflate_del(client->deflater);
	free(client);
}

/* "NAME=VALUE|NAME=VALUE", encoded. Return: the size. */
static size_t encode(struct client *client, const char *fields, uint8_t *out, size_t size)
{
	nghttp2_nv list[16];
	char copy[1024];
	char *rest = copy;
	size_t count = 0;
	ssize_t encoded;

	(void)snprintf(copy, sizeof(copy), "%s", fields);
	for (char *at = strsep(&rest, "|"); at && *at; at = strsep(&rest, "|")) {
		char *value = strchr(at + 1, '=');

		assert_non_null(value);
		*value++ = '\0';
		list[count++] = (nghttp2_nv){ (uint8_t *)at, (uint8_t *)value, strlen(at),
					      strlen(value), NGHTTP2_NV_FLAG_NONE };
	}
	encoded = nghttp2_hd_deflate_hd(client->deflater, out, size, list, count);
	assert_true(encoded >= 0);
	return (size_t)encoded;
}

static void put_headers(struct client *client, uint32_t stream, unsigned flags, const char *fields)
{
	uint8_t block[2048];
	size_t size = encode(client, fields, block, sizeof(block));

	put_frame(client, HEADERS, flags | END_HEADERS, stream, (char *)block, size);
}

#define GET ":method=GET|:scheme=http|:authority=a.example|:path=/"
#define POST ":method=POST|:scheme=http|:authority=a.example|:path=/p"

static void check(const struct client *client, const char *want, int outcome)
{
	for (size_t split = 0; split <= client->size; split++) {
		struct stream *stream = stream_new(80, false);
		struct heard heard = { .size = 0 };
		int r = stream_feed_pieces(stream, client->bytes, split, split ? split : 1, &heard);

		if (r == 0)
			r = stream_feed_pieces(stream, client->bytes + split, client->size - split,
					       split ? client->size : 1, &heard);
		if (r != outcome || strcmp(heard.text, want) != 0)
			fail_msg("split at %zu: %d, '%s'\nnot '%s'", split, r, heard.text, want);
		assert_string_equal(stream_protocol(stream), "http2");
		stream_free(stream);
	}
}

static void requests_are_asked_about(void **state)
{
	struct client *client = client_new();

	(void)state;
	put_headers(client, 1, END_STREAM, GET "|x-y=1|te=trailers|cookie=a|cookie=b");
	put_headers(client, 3, 0, POST "|content-length=4|host=A.example");
	put_headers(client, 5, 0, ":method=PUT|:scheme=http|:path=/5?q|host=b");
	put_frame(client, DATA, 0, 3, "ab", 2);
	put_frame(client, DATA, 0, 5, "five", 4);
	put_frame(client, DATA, END_STREAM, 3, "cd", 2);
	put_frame(client, DATA, END_STREAM, 5, "", 0);
	put_headers(client, 7, END_STREAM, ":method=OPTIONS|:scheme=http|:authority=a|:path=*");
	check(client,
	      "GET http://a.example/ x-y=1 te=trailers cookie=a cookie=b\n"
	      "POST http://a.example/p content-length=4 host=A.example body=abcd\n"
	      "PUT http://b/5?q host=b body=five\n"
	      "OPTIONS http://a\n",
	      0);
	client_free(client);
}

static void tunnels_are_asked_about(void **state)
{
	struct client *client = client_new();

	(void)state;
	put_headers(client, 1, 0, ":method=CONNECT|:authority=a:443");
	put_frame(client, DATA, END_STREAM, 1, "\x16\x03", 2);
	put_headers(client, 3, END_STREAM,
		    ":method=CONNECT|:protocol=websocket|:scheme=http|:authority=a|:path=/c");
	check(client, "CONNECT connect://a:443 body=\x16\x03\nCONNECT http://a/c\n", 0);
	client_free(client);
}

static void frames_of_all_kinds_are_read(void **state)
{
	struct client *client = client_new();
	uint8_t block[512];
	char padded[600];
	size_t size = encode(client, POST "|x=yyyyyyyyyyyyyyyyyyyyyyyy", block, sizeof(block));

	(void)state;
	put_frame(client, SETTINGS, ACK, 0, "", 0);
	put_frame(client, PING, 0, 0, "12345678", 8);
	put_frame(client, PRIORITY, 0, 3, "12345", 5);
	put_frame(client, WINDOW_UPDATE, 0, 0, "\0\0\0\1", 4);
	/* Padding, priority, and a rest in three frames. */
	padded[0] = 4;
	memcpy(padded + 1, "\0\0\0\0\x10", 5);
	memcpy(padded + 6, block, 5);
	memcpy(padded + 11, "pppp", 4);
	put_frame(client, HEADERS, PADDED | HAS_PRIORITY, 1, padded, 15);
	put_frame(client, CONTINUATION, 0, 1, "", 0);
	put_frame(client, CONTINUATION, 0, 1, (char *)block + 5, 1);
	put_frame(client, CONTINUATION, END_HEADERS, 1, (char *)block + 6, size - 6);
	put_frame(client, 0x7f, 0xff, 1, "unknown", 7);
	put_frame(client, WINDOW_UPDATE, 0, 1, "\0\0\0\1", 4);
	put_frame(client, DATA, PADDED, 1, "\3abc\0\0\0", 7);
	put_frame(client, DATA, PADDED, 1, "\0d", 2);
	put_frame(client, DATA, PADDED, 1, "\2\0\0", 3);
	put_headers(client, 1, END_STREAM, "x-t=2");
	put_headers(client, 9, 0, POST);
	put_frame(client, DATA, 0, 9, "given up", 8);
	put_frame(client, RST_STREAM, 0, 9, "\0\0\0\x8", 4);
	put_frame(client, RST_STREAM, 0, 9, "\0\0\0\x8", 4);
	put_frame(client, GOAWAY, 0, 0, "\0\0\0\0\0\0\0\0bye", 11);
	check(client, "POST http://a.example/p x=yyyyyyyyyyyyyyyyyyyyyyyy x-t=2 body=abcd\n", 0);
	client_free(client);
}

static void heads_that_are_not_whole_are_refused(void **state)
{
	static const char *const heads[] = {
		":method=GET|:scheme=http|:authority=a",
		":method=GET|:scheme=http|:path=/",
		":method=GET|:authority=a|:path=/",
		":scheme=http|:authority=a|:path=/",
		GET "|:path=/b",
		":method=GET|:scheme=http|:authority=a|x=y|:path=/",
		GET "|host=b.example",
		GET "|host=a.example|host=a.example",
		":method=GET|:scheme=http|:path=/|host=a|host=b",
		GET "|:other=x",
		GET "|X-Y=z",
		GET "|x y=z",
		GET "|x=",
		GET "|connection=close",
		GET "|proxy-connection=close",
		GET "|keep-alive=1",
		GET "|transfer-encoding=chunked",
		GET "|upgrade=h2c",
		GET "|te=gzip",
		GET "|x= y",
		GET "|x=y\t",
		GET "|x=a\nb",
		GET "|x=a\rb",
		GET "|content-length=1|content-length=1",
		GET "|content-length=x",
		GET "|content-length=1",
		":method=GET|:scheme=https|:authority=a|:path=/",
		":method=GET|:scheme=ftp|:authority=a|:path=/",
		":method=G T|:scheme=http|:authority=a|:path=/",
		":method=|:scheme=http|:authority=a|:path=/",
		":method=GET|:scheme=http|:authority=a|:path=",
		":method=GET|:scheme=http|:authority=a|:path=a",
		":method=GET|:scheme=http|:authority=a|:path=*",
		":method=GET|:scheme=http|:authority=a|:path=/a b",
		":method=GET|:scheme=http|:authority=a|:path=/a#b",
		":method=GET|:scheme=http|:authority=u@a|:path=/",
		":method=GET|:scheme=http|:authority=|:path=/",
		":method=GET|:protocol=x|:scheme=http|:authority=a|:path=/",
		":method=CONNECT|:authority=a",
		":method=CONNECT|:authority=a:1|:path=/",
		":method=CONNECT|:authority=a:1|:scheme=http",
		":method=CONNECT|:protocol=x|:authority=a",
		"x=y",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		struct client *client = client_new();
		/* An empty value is one: the control. */
		bool is_good = strcmp(heads[i], GET "|x=") == 0;

		put_headers(client, 1, END_STREAM, heads[i]);
		check(client, is_good ? "GET http://a.example/ x=\n" : "",
		      is_good ? 0 : UNREADABLE);
		client_free(client);
	}
}

struct odd {
	const char *what;
	unsigned type, flags;
	uint32_t stream;
	const char *payload;
	size_t size;
};

/* Behind a request on stream 1 that is not complete. */
static void odd_frames_are_refused(void **state)
{
	static const struct odd frames[] = {
		{ "push", PUSH_PROMISE, END_HEADERS, 1, "\0\0\0\2", 4 },
		{ "data of none", DATA, 0, 0, "a", 1 },
		{ "data of another", DATA, 0, 3, "a", 1 },
		{ "data of an even one", DATA, 0, 2, "a", 1 },
		{ "padding beyond", DATA, PADDED, 1, "\2a", 2 },
		{ "no padding", DATA, PADDED, 1, "", 0 },
		{ "padding of nothing", HEADERS, PADDED | END_HEADERS | END_STREAM, 3, "", 0 },
		{ "padding beyond", HEADERS, PADDED | END_HEADERS | END_STREAM, 3, "\2\x82", 2 },
		{ "no priority", HEADERS, HAS_PRIORITY | END_HEADERS | END_STREAM, 3, "\0\0\0\0",
		  4 },
		{ "even", HEADERS, END_HEADERS | END_STREAM, 2, "\x82", 1 },
		{ "of none", HEADERS, END_HEADERS | END_STREAM, 0, "\x82", 1 },
		{ "trailers that go on", HEADERS, END_HEADERS, 1, "\0\1a\1b", 5 },
		{ "trailers of a request", HEADERS, END_HEADERS | END_STREAM, 1, "\x82", 1 },
		{ "no such index", HEADERS, END_HEADERS | END_STREAM, 3, "\xff\xff\xff\x7f", 4 },
		{ "cut index", HEADERS, END_HEADERS | END_STREAM, 3, "\xff", 1 },
		{ "cut string", HEADERS, END_HEADERS | END_STREAM, 3, "\0\5ab", 4 },
		{ "a table too large", HEADERS, END_HEADERS | END_STREAM, 3, "\x3f\xff\xff\x7f",
		  4 },
		{ "of nothing", CONTINUATION, END_HEADERS, 1, "", 0 },
		{ "size", PING, 0, 0, "1234567", 7 },
		{ "stream", PING, 0, 1, "12345678", 8 },
		{ "size", SETTINGS, 0, 0, "12345", 5 },
		{ "stream", SETTINGS, 0, 1, "", 0 },
		{ "what is acknowledged", SETTINGS, ACK, 0, "123456", 6 },
		{ "size", PRIORITY, 0, 1, "1234", 4 },
		{ "stream", PRIORITY, 0, 0, "12345", 5 },
		{ "size", RST_STREAM, 0, 1, "123", 3 },
		{ "stream", RST_STREAM, 0, 0, "1234", 4 },
		{ "idle", RST_STREAM, 0, 3, "1234", 4 },
		{ "size", WINDOW_UPDATE, 0, 1, "123", 3 },
		{ "size", GOAWAY, 0, 0, "1234567", 7 },
		{ "stream", GOAWAY, 0, 1, "12345678", 8 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
		struct client *client = client_new();

		put_headers(client, 1, 0, POST);
		put_frame(client, frames[i].type, frames[i].flags, frames[i].stream,
			  frames[i].payload, frames[i].size);
		check(client, "", UNREADABLE);
		client_free(client);
	}
}

static void order_is_kept(void **state)
{
	struct client *client;

	(void)state;
	for (int i = 0; i < 6; i++) {
		client = client_new();
		put_headers(client, 5, i != 2, GET);
		if (i == 0) /* closed */
			put_frame(client, DATA, END_STREAM, 5, "a", 1);
		else if (i == 1) /* once more */
			put_headers(client, 5, END_STREAM, GET);
		else if (i == 2) /* less than was said */
			put_headers(client, 3, END_STREAM, GET);
		else if (i == 3) /* lower */
			put_headers(client, 3, END_STREAM, GET);
		else /* between the frames of a block, or of another */
			put_frame(client, HEADERS, END_STREAM, 7, "\x82", 1);
		if (i == 4)
			put_frame(client, PING, 0, 0, "12345678", 8);
		else if (i == 5)
			put_frame(client, CONTINUATION, END_HEADERS, 9, "", 0);
		check(client, i == 2 ? "" : "GET http://a.example/\n", UNREADABLE);
		client_free(client);
	}
}

static void a_length_that_was_said_is_that_of_the_body(void **state)
{
	static const char *const bodies[] = { "abc", "ab", "abcd" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct client *client = client_new();

		put_headers(client, 1, 0, POST "|content-length=3");
		put_frame(client, DATA, END_STREAM, 1, bodies[i], strlen(bodies[i]));
		check(client, i == 0 ? "POST http://a.example/p content-length=3 body=abc\n" : "",
		      i == 0 ? 0 : UNREADABLE);
		client_free(client);
	}
}

static void settings_come_first(void **state)
{
	struct client *client = client_new();

	(void)state;
	client->size = strlen(PREFACE);
	put_headers(client, 1, END_STREAM, GET);
	check(client, "", UNREADABLE);
	client_free(client);
}

static int feed(struct stream *stream, struct client *client, struct heard *heard)
{
	int r = stream_feed_pieces(stream, client->bytes, client->size, client->size, heard);

	client->size = 0;
	return r;
}

static void streams_and_fields_are_bounded(void **state)
{
	struct client *client = client_new();
	struct stream *stream = stream_new(80, false);
	struct heard heard = { .size = 0 };
	char fields[9000];
	int r = 0;
	uint32_t id = 1;

	(void)state;
	for (; r == 0 && id < 2000; id += 2) {
		put_headers(client, id, 0, POST);
		r = feed(stream, client, &heard);
	}
	assert_int_equal(r, UNREADABLE);
	assert_int_equal(id, 2 * 256 + 3);
	stream_free(stream);

	/* One entry of the table, 4,000 bytes, again and again: a byte each. */
	for (size_t count = 10; count <= 20; count += 10) {
		client_free(client);
		client = client_new();
		stream = stream_new(80, false);
		memset(fields, 'a', sizeof(fields));
		memcpy(fields, "\x82\x86\x84\x41\1a\x40\1x\x7f\xa1\x1e", 12);
		memset(fields + 12 + 4000, '\xbe', count);
		put_frame(client, HEADERS, END_HEADERS | END_STREAM, 1, fields, 12 + 4000 + count);
		r = feed(stream, client, &heard);
		assert_int_equal(r, count == 10 ? 0 : UNREADABLE);
		stream_free(stream);
	}
	client_free(client);
}

static void blocks_are_bounded(void **state)
{
	struct client *client = client_new();
	struct stream *stream = stream_new(80, false);
	struct heard heard = { .size = 0 };
	static char piece[10000];
	int r, count = 0;

	(void)state;
	put_frame(client, HEADERS, END_STREAM, 1, piece, sizeof(piece));
	r = feed(stream, client, &heard);
	while (r == 0 && count++ < 100) {
		put_frame(client, CONTINUATION, 0, 1, piece, sizeof(piece));
		r = feed(stream, client, &heard);
	}
	assert_int_equal(r, UNREADABLE);
	assert_in_range(count, 5, 7);
	stream_free(stream);
	client_free(client);
}

static void bodies_are_bounded_together(void **state)
{
	struct client *client = client_new();
	struct stream *stream = stream_new(80, false);
	struct heard heard = { .size = 0 };
	static char piece[1 << 16];
	int r = 0;
	uint32_t id = 1;

	(void)state;
	for (; r == 0 && id < 100; id += 2) {
		put_headers(client, id, 0, POST);
		r = feed(stream, client, &heard);
		for (int i = 0; r == 0 && i < 5; i++) {
			put_frame(client, DATA, 0, id, piece, sizeof(piece));
			r = feed(stream, client, &heard);
		}
	}
	assert_int_equal(r, UNREADABLE);
	assert_in_range(id, 2 * 8, 2 * 13);
	assert_int_equal(heard.largest, STREAM_BODY_MAX);
	stream_free(stream);
	client_free(client);
}

/* A frame of 16 MiB that is not needed takes no room; nor does one of DATA. */
static void large_frames_pass(void **state)
{
	struct client *client = client_new();
	struct stream *stream = stream_new(80, false);
	struct heard heard = { .size = 0 };
	static char piece[1 << 16];
	const size_t size = (1 << 24) - 1;

	(void)state;
	put_headers(client, 1, 0, POST);
	for (unsigned type = 0; type < 0x20; type += 0x10) {
		put_head(client, size, type, 0, 1);
		assert_int_equal(feed(stream, client, &heard), 0);
		for (size_t left = size; left > 0;) {
			size_t now = left < sizeof(piece) ? left : sizeof(piece);

			assert_int_equal(stream_feed_pieces(stream, piece, now, now, &heard), 0);
			left -= now;
		}
	}
	put_headers(client, 3, END_STREAM, GET);
	assert_int_equal(feed(stream, client, &heard), 0);
	assert_string_equal(heard.text, "GET http://a.example/\n");
	stream_free(stream);
	client_free(client);
}

/* Reads what a refusal holds. Return: the stream it is for. */
static uint32_t read_answer(const uint8_t *at, size_t size, const char *body)
{
	static const uint8_t settings[] = { 0, 0, 0, SETTINGS, 0, 0, 0, 0, 0 };
	nghttp2_hd_inflater *inflater;
	size_t length, left;
	const uint8_t *block = at + 18;
	const char *status = NULL;
	uint32_t stream = (uint32_t)at[16] << 8 | at[17];

	assert_memory_equal(at, settings, sizeof(settings));
	length = (size_t)at[10] << 8 | at[11];
	assert_int_equal(at[12], HEADERS);
	assert_int_equal(at[13], END_HEADERS);
	assert_int_equal(nghttp2_hd_inflate_new(&inflater), 0);
	for (left = length; left > 0;) {
		nghttp2_nv field;
		int flags = 0;
		ssize_t taken = nghttp2_hd_inflate_hd2(inflater, &field, &flags, block, left, 1);

		assert_true(taken > 0 && flags & NGHTTP2_HD_INFLATE_EMIT);
		if (strcmp((char *)field.name, ":status") == 0)
			status = strcmp((char *)field.value, "403") == 0 ? "403" : "";
		block += taken;
		left -= (size_t)taken;
	}
	assert_int_equal(nghttp2_hd_inflate_get_dynamic_table_size(inflater), 0);
	nghttp2_hd_inflate_del(inflater);
	assert_non_null(status);
	assert_string_equal(status, "403");
	length = (size_t)block[1] << 8 | block[2];
	assert_int_equal(block[3], DATA);
	assert_int_equal(block[4], END_STREAM);
	assert_int_equal(block[8], stream);
	assert_int_equal(length, strlen(body));
	assert_memory_equal(block + 9, body, length);
	block += 9 + length;
	assert_int_equal(block[3], GOAWAY);
	assert_int_equal(block + 17 - at, size);
	return stream;
}

static void the_answer_is_for_the_stream_that_was_refused(void **state)
{
	static const char body[] = "{\"error\":{\"message\":\"no\",\"type\":\"policy_violation\","
				   "\"code\":\"denied\"}}\n";
	struct client *client = client_new();
	struct stream *stream = stream_new(80, false);
	struct heard heard = { .forbidden = "secret" };
	uint8_t out[1024];
	size_t size;

	(void)state;
	put_headers(client, 1, 0, POST);
	put_headers(client, 3, 0, POST);
	put_headers(client, 5, 0, POST);
	put_frame(client, DATA, 0, 3, "sec", 3);
	assert_int_equal(feed(stream, client, &heard), 0);
	put_frame(client, DATA, 0, 3, "ret", 3);
	put_frame(client, DATA, 0, 5, "x", 1);
	assert_int_equal(feed(stream, client, &heard), STREAM_E_REFUSED);
	size = stream_refusal(stream, "no", (char *)out, sizeof(out));
	assert_int_equal(read_answer(out, size, body), 3);
	for (size_t room = 0; room < size; room++)
		assert_true(stream_refusal(stream, "no", (char *)out, room) <= room);
	stream_free(stream);

	client_free(client);
	client = client_new();
	stream = stream_new(80, false);
	put_headers(client, 1, 0, POST);
	put_headers(client, 7, END_STREAM, GET "|x=secret");
	assert_int_equal(feed(stream, client, &heard), STREAM_E_REFUSED);
	size = stream_refusal(stream, "no", (char *)out, sizeof(out));
	assert_int_equal(read_answer(out, size, body), 7);
	stream_free(stream);
	client_free(client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_are_asked_about),
		cmocka_unit_test(tunnels_are_asked_about),
		cmocka_unit_test(frames_of_all_kinds_are_read),
		cmocka_unit_test(heads_that_are_not_whole_are_refused),
		cmocka_unit_test(odd_frames_are_refused),
		cmocka_unit_test(order_is_kept),
		cmocka_unit_test(a_length_that_was_said_is_that_of_the_body),
		cmocka_unit_test(settings_come_first),
		cmocka_unit_test(streams_and_fields_are_bounded),
		cmocka_unit_test(blocks_are_bounded),
		cmocka_unit_test(bodies_are_bounded_together),
		cmocka_unit_test(large_frames_pass),
		cmocka_unit_test(the_answer_is_for_the_stream_that_was_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
