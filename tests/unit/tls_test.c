/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocols/stream.h"

static bool ask_nobody(void *data, enum action action, const struct content *content, bool is_whole)
{
	(void)data, (void)action, (void)content, (void)is_whole;
	fail_msg("nothing is asked for");
	return false;
}

static const struct stream_asker nobody = { .ask = ask_nobody };

struct hello {
	uint8_t bytes[1024];
	size_t size;
};

static void put(struct hello *hello, size_t number, size_t size)
{
	for (size_t i = size; i-- > 0;)
		hello->bytes[hello->size++] = (uint8_t)(number >> (8 * i));
}

static void put_text(struct hello *hello, const char *text)
{
	memcpy(hello->bytes + hello->size, text, strlen(text));
	hello->size += strlen(text);
}

/* The body of a ClientHello for @host; NULL: without extensions. */
static struct hello hello_body(const char *host)
{
	struct hello hello = { .size = 0 };
	size_t length = host ? strlen(host) : 0;

	put(&hello, 0x0303, 2);
	for (unsigned i = 0; i < 32; i++)
		put(&hello, i, 1);
	put(&hello, 0, 1);
	put(&hello, 2, 2);
	put(&hello, 0x1301, 2);
	put(&hello, 0x0100, 2);
	if (!host)
		return hello;
	put(&hello, length + 9 + 5, 2);
	put(&hello, 0x002b, 2); /* supported_versions, which is not looked at */
	put(&hello, 1, 2);
	put(&hello, 0, 1);
	put(&hello, 0, 2);
	put(&hello, length + 5, 2);
	put(&hello, length + 3, 2);
	put(&hello, 0, 1);
	put(&hello, length, 2);
	put_text(&hello, host);
	return hello;
}

/* In records of at most @most bytes. */
static struct hello hello_records(struct hello body, size_t most)
{
	struct hello message = { .size = 0 }, records = { .size = 0 };

	put(&message, 1, 1);
	put(&message, body.size, 3);
	memcpy(message.bytes + message.size, body.bytes, body.size);
	message.size += body.size;
	for (size_t at = 0; at < message.size; at += most) {
		size_t size = message.size - at < most ? message.size - at : most;

		put(&records, 22, 1);
		put(&records, 0x0301, 2);
		put(&records, size, 2);
		memcpy(records.bytes + records.size, message.bytes + at, size);
		records.size += size;
	}
	return records;
}

static const struct stream_hello *feed_in_pieces(struct stream *stream, const struct hello *records,
						 size_t piece)
{
	for (size_t at = 0; at < records->size; at += piece) {
		size_t size = records->size - at < piece ? records->size - at : piece;

		assert_int_equal(stream_feed(stream, records->bytes + at, size, &nobody), 0);
	}
	return stream_hello(stream);
}

static void a_hello_is_read_in_any_pieces_and_records(void **state)
{
	(void)state;
	for (size_t most = 1; most < 200; most += 13) {
		struct hello records = hello_records(hello_body("api.example.com"), most);

		for (size_t piece = 1; piece <= records.size; piece += piece < 8 ? 1 : 31) {
			struct stream *stream = stream_new(443, false);
			const struct stream_hello *hello = feed_in_pieces(stream, &records, piece);

			assert_non_null(hello);
			assert_string_equal(hello->host, "api.example.com");
			assert_int_equal(hello->random[31], 31);
			assert_string_equal(stream_protocol(stream), "tls");
			assert_false(stream_is_understood(stream));
			stream_free(stream);
		}
	}
}

static void a_hello_may_name_nobody(void **state)
{
	struct hello records = hello_records(hello_body(NULL), 500);
	struct stream *stream = stream_new(443, false);
	const struct stream_hello *hello = feed_in_pieces(stream, &records, records.size);

	(void)state;
	assert_non_null(hello);
	assert_string_equal(hello->host, "");
	stream_free(stream);
}

static void a_session_is_refused_by_an_alert(void **state)
{
	static const char alert[] = { 21, 3, 3, 0, 2, 2, 49 };
	struct hello records = hello_records(hello_body("api.example.com"), 500);
	struct stream *stream = stream_new(443, false);
	char out[sizeof(alert)];

	(void)state;
	assert_non_null(feed_in_pieces(stream, &records, records.size));
	assert_int_equal(stream_refusal(stream, "why", out, sizeof(out) - 1), 0);
	assert_int_equal(stream_refusal(stream, "why", out, sizeof(out)), sizeof(alert));
	assert_memory_equal(out, alert, sizeof(alert));
	stream_free(stream);
}

/* One byte more or less in any length of it: never read beyond, never taken for whole. */
static void broken_hellos_are_refused_or_go_on(void **state)
{
	struct hello whole = hello_records(hello_body("api.example.com"), 500);

	(void)state;
	for (size_t at = 0; at < whole.size; at++) {
		for (int change = -1; change <= 1; change += 2) {
			struct hello broken = whole;
			struct stream *stream = stream_new(443, false);
			int r;

			broken.bytes[at] = (uint8_t)(broken.bytes[at] + change);
			r = stream_feed(stream, broken.bytes, broken.size, &nobody);
			assert_true(r == 0 || r == STREAM_E_UNREADABLE);
			stream_free(stream);
		}
	}
}

static void a_hello_without_end_is_bounded(void **state)
{
	uint8_t record[5 + 1000] = { 22, 3, 1, 1000 >> 8, 1000 & 0xff, 1, 0xff, 0xff, 0xff };
	struct stream *stream = stream_new(443, false);
	int r = 0, count = 0;

	(void)state;
	while (r == 0 && count++ < 1000)
		r = stream_feed(stream, record, sizeof(record), &nobody);
	assert_int_equal(r, STREAM_E_UNREADABLE);
	assert_in_range(count, 60, 70);
	assert_int_equal(stream_feed(stream, record, 1, &nobody), STREAM_E_REFUSED);
	stream_free(stream);
}

static void what_is_no_protocol_passes(void **state)
{
	struct stream *stream = stream_new(4000, false);

	(void)state;
	assert_int_equal(stream_feed(stream, "\x16", 1, &nobody), 0);
	assert_string_equal(stream_protocol(stream), "");
	assert_int_equal(stream_feed(stream, "\x00\x01garbage", 9, &nobody), 0);
	assert_string_equal(stream_protocol(stream), "other");
	assert_false(stream_is_understood(stream));
	assert_null(stream_hello(stream));
	stream_free(stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hello_is_read_in_any_pieces_and_records),
		cmocka_unit_test(a_hello_may_name_nobody),
		cmocka_unit_test(a_session_is_refused_by_an_alert),
		cmocka_unit_test(broken_hellos_are_refused_or_go_on),
		cmocka_unit_test(a_hello_without_end_is_bounded),
		cmocka_unit_test(what_is_no_protocol_passes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
