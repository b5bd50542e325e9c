/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "rules/sql.h"
#include "tests/support/stream_check.h"

#define PORT 6379
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static void put_text(struct sent *sent, const char *text)
{
	sent_put(sent, text, strlen(text));
}

static void put_array(struct sent *sent, size_t count)
{
	char head[32];

	(void)snprintf(head, sizeof(head), "*%zu\r\n", count);
	put_text(sent, head);
}

static void put_bulk(struct sent *sent, const void *bytes, size_t size)
{
	char head[32];

	(void)snprintf(head, sizeof(head), "$%zu\r\n", size);
	put_text(sent, head);
	sent_put(sent, bytes, size);
	put_text(sent, "\r\n");
}

/* Words with one blank between. */
static void put_command(struct sent *sent, const char *words)
{
	size_t count = 1;

	for (const char *at = words; *at; at++)
		count += *at == ' ';
	put_array(sent, count);
	for (;; words++) {
		size_t size = strcspn(words, " ");

		put_bulk(sent, words, size);
		words += size;
		if (!*words)
			return;
	}
}

static void commands_are_asked_for_one_by_one(void **state)
{
	struct sent sent = { 0 };

	(void)state;
	put_command(&sent, "GET a");
	put_text(&sent, "*0\r\n\r\nPING\r\nset b 'c d'\n");
	put_command(&sent, "MULTI");
	put_command(&sent, "DEL a b");
	put_command(&sent, "EXEC");
	sent_check(&sent, PORT,
		   "redis 0: GET a\nredis 0: PING\nredis 0: set b 'c d'\nredis 0: MULTI\n"
		   "redis 0: DEL a b\nredis 0: EXEC\n",
		   0);
}

static void an_array_tells_the_protocol_on_any_port(void **state)
{
	struct sent sent = { 0 };

	(void)state;
	put_command(&sent, "FLUSHALL");
	sent_check(&sent, 7000, "redis 0: FLUSHALL\n", 0);
	put_text(&sent, "FLUSHALL\r\n");
	sent_check(&sent, 7000, "", 0);
}

/* A server answers each line with an error and reads on. */
static void other_protocols_are_lines_on_its_port(void **state)
{
	static const char startup[] = "\0\0\0\x08\x04\xd2\x16\x2f";
	struct sent sent = { 0 };

	(void)state;
	put_text(&sent, "PUT / HTTP/1.1\r\n\r\nFLUSHALL\r\n");
	sent_check(&sent, PORT, "redis 0: PUT / HTTP/1.1\nredis 0: FLUSHALL\n", 0);
	sent_put(&sent, startup, sizeof(startup) - 1);
	put_text(&sent, "\nFLUSHALL\r\n");
	sent_check(&sent, PORT, "redis 0: \\x00\\x00\\x00\\x08\\x04\xd2\\x16/\nredis 0: FLUSHALL\n",
		   0);
}

static void a_database_is_followed_where_it_is_sure(void **state)
{
	struct sent sent = { 0 };

	(void)state;
	put_command(&sent, "SELECT 12");
	put_text(&sent, "GET a\r\nSELECT 16\r\nGET b\r\nselect  3 \r\nGET c\r\nSELECT 03\r\n");
	put_command(&sent, "MULTI");
	put_command(&sent, "SELECT 4");
	put_command(&sent, "DISCARD");
	put_command(&sent, "GET d");
	put_command(&sent, "RESET");
	put_command(&sent, "GET e");
	sent_check(&sent, PORT,
		   "redis 0: SELECT 12\nredis 12: GET a\nredis 12: SELECT 16\nredis 12: GET b\n"
		   "redis 12: select  3 \nredis 3: GET c\nredis 3: SELECT 03\nredis 3: MULTI\n"
		   "redis 3: SELECT 4\nredis: DISCARD\nredis: GET d\nredis: RESET\n"
		   "redis 0: GET e\n",
		   0);
}

static void words_are_quoted_so_that_they_stay_words(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
		const char *shown;
	} rows[] = {
		{ "", 0, "\"\"" },
		{ "a b", 3, "\"a b\"" },
		{ "a\nFLUSHALL", 10, "\"a\\x5cnFLUSHALL\"" },
		{ "\r\t", 2, "\"\\x5cr\\x5ct\"" },
		{ "it's", 4, "\"it's\"" },
		{ "\" x \"", 5, "\"\\x5c\" x \\x5c\"\"" },
		{ "a\\", 2, "a\\x5c" },
		{ "a\\ ", 3, "\"a\\x5c\\x5c \"" },
		{ "\0\x80z", 3, "\"\\x5cx00\\x5cx80z\"" },
		{ "\x1b\x7f", 2, "\"\\x5cx1b\\x5cx7f\"" },
		{ "gr\xc3\xbc\xc3\x9f", 6, "gr\xc3\xbc\xc3\x9f" },
	};
	char want[128];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct sent sent = { 0 };

		put_array(&sent, 3);
		put_bulk(&sent, "SET", 3);
		put_bulk(&sent, "k", 1);
		put_bulk(&sent, rows[i].bytes, rows[i].size);
		(void)snprintf(want, sizeof(want), "redis 0: SET k %s\n", rows[i].shown);
		sent_check(&sent, PORT, want, 0);
	}
}

/* What rules read in the text that is asked for. */
static bool read_ask(void *data, enum action action, const struct content *content, bool is_whole)
{
	struct sql sql;

	(void)action, (void)is_whole;
	sql_read(content->query.bytes, content->query.size, SQL_REDIS, &sql);
	(void)sql_line(&sql, data, 256);
	sql_release(&sql);
	return true;
}

static const char *rules_read(const struct sent *sent, char line[256])
{
	const struct stream_asker asker = { .ask = read_ask, .data = line };
	struct stream *stream = stream_new(PORT, false);

	assert_int_equal(stream_feed(stream, sent->bytes, sent->size, &asker), 0);
	stream_free(stream);
	return line;
}

/* Whatever the words are made of: one command with these keys, or it is not understood. */
static void rules_read_the_words_that_were_sent(void **state)
{
	static const char bytes[] = "ab \"'\\\n\r\t\0\x80\xc3";
	unsigned seed = 1;
	char line[256], want[64], key[5];

	(void)state;
	for (size_t round = 0; round < 20000; round++) {
		struct sent sent = { 0 };
		bool is_odd = false;
		size_t size = 0;

		do {
			seed = seed * 1103515245 + 12345;
			key[size] = bytes[(seed >> 16) % (sizeof(bytes) - 1)];
			is_odd = is_odd || !key[size] || (key[size] & 0x80) ||
				 strchr("\\\n\r\t\"", key[size]);
		} while (++size < 4 && (seed >> 28));
		key[size] = '\0';
		put_array(&sent, 3);
		put_bulk(&sent, "SET", 3);
		put_bulk(&sent, key, size);
		put_bulk(&sent, key, size);
		(void)snprintf(want, sizeof(want), "SET %s", key);
		(void)rules_read(&sent, line);
		if (!is_odd)
			assert_string_equal(line, want);
		else
			assert_true(strncmp(line, "SET ", 4) == 0 && !strchr(line, ';'));
		sent_release(&sent);
	}
}

static void what_is_not_the_protocol_is_unreadable(void **state)
{
	static const struct {
		const char *text, *lines;
	} rows[] = {
		{ "*-1\r\n", "" },
		{ "*01\r\n", "" },
		{ "*1048577\r\n", "" },
		{ "*99999999999999999999\r\n", "" },
		{ "*1\r\n$-1\r\n", "" },
		{ "*1\r\n$1048577\r\n", "" },
		{ "*1\r\n$4294967300\r\n", "" },
		{ "*1\r\n+PING\r\n", "" },
		{ "*1\r\n:4\r\n", "" },
		{ "*1\n$4\r\nPING\r\n", "" },
		{ "*1\r\n$4\nPING\r\n", "" },
		{ "*1\r\n$4\r\nPINGxx\r\n", "" },
		{ "*1\r\n$4\r\nPING\n", "" },
		{ "PING\r\n*1\r\n$ 4\r\nPING\r\n", "redis 0: PING\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct sent sent = { 0 };

		put_text(&sent, rows[i].text);
		sent_check(&sent, PORT, rows[i].lines, STREAM_E_UNREADABLE);
	}
}

static int feed_value(size_t size, int fill)
{
	char *value = malloc(size);
	struct sent sent = { 0 };
	struct asks asks;
	struct stream *stream = stream_new(PORT, false);
	int r;

	assert_non_null(value);
	memset(value, fill, size);
	put_array(&sent, 3);
	put_bulk(&sent, "SET", 3);
	put_bulk(&sent, "k", 1);
	put_bulk(&sent, value, size);
	asks_open(&asks);
	r = sent_feed(&sent, stream, 0, 65536, &asks);
	assert_int_equal(asks.count, r == 0 ? 1 : 0);
	asks_close(&asks);
	stream_free(stream);
	sent_release(&sent);
	free(value);
	return r;
}

static void what_is_asked_for_is_bounded(void **state)
{
	(void)state;
	assert_int_equal(feed_value(STREAM_ASK_MAX - 100, 'x'), 0);
	assert_int_equal(feed_value(STREAM_ASK_MAX, 'x'), STREAM_E_UNREADABLE);
	assert_int_equal(feed_value(STREAM_ASK_MAX / 4 - 100, 0), 0);
	assert_int_equal(feed_value(STREAM_ASK_MAX / 2, 0), STREAM_E_UNREADABLE);
}

static void many_small_arguments_are_bounded(void **state)
{
	struct sent sent = { 0 };

	(void)state;
	put_array(&sent, 1000000);
	for (size_t i = 0; i < 200000; i++)
		put_bulk(&sent, "x", 1);
	sent_check_cut(&sent, PORT, "", STREAM_E_UNREADABLE, 0, sent.size);
	sent_release(&sent);
}

static void a_line_is_bounded(void **state)
{
	struct sent sent = { 0 };

	(void)state;
	for (size_t i = 0; i < 7000; i++)
		put_text(&sent, "PING PING ");
	sent_check_cut(&sent, PORT, "", STREAM_E_UNREADABLE, 0, 100);
	sent_release(&sent);
}

static void a_refusal_is_one_line_and_nothing_after_it_is_asked(void **state)
{
	char out[64];
	size_t size;

	(void)state;
	for (size_t room = 0; room < sizeof(out); room++) {
		struct sent sent = { 0 };

		put_command(&sent, "GET a");
		put_command(&sent, "FLUSHALL");
		put_command(&sent, "GET b");
		size = sent_refuse(&sent, PORT, "FLUSHALL", "redis 0: GET a\nredis 0: FLUSHALL\n",
				   "rule 'x': n\xc3\xb6\r\n+OK", out, room);
		assert_true(size == 0 ? room < 10 : size <= room);
		if (size > 0) {
			assert_memory_equal(out, "-NOPERM ", 8);
			assert_memory_equal(out + size - 2, "\r\n", 2);
			assert_null(memchr(out, '\r', size - 2));
			assert_null(memchr(out, '\n', size - 2));
		}
	}
	assert_int_equal(size, 28);
	assert_memory_equal(out, "-NOPERM rule 'x': n\xc3\xb6  +OK\r\n", size);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_are_asked_for_one_by_one),
		cmocka_unit_test(an_array_tells_the_protocol_on_any_port),
		cmocka_unit_test(other_protocols_are_lines_on_its_port),
		cmocka_unit_test(a_database_is_followed_where_it_is_sure),
		cmocka_unit_test(words_are_quoted_so_that_they_stay_words),
		cmocka_unit_test(rules_read_the_words_that_were_sent),
		cmocka_unit_test(what_is_not_the_protocol_is_unreadable),
		cmocka_unit_test(what_is_asked_for_is_bounded),
		cmocka_unit_test(many_small_arguments_are_bounded),
		cmocka_unit_test(a_line_is_bounded),
		cmocka_unit_test(a_refusal_is_one_line_and_nothing_after_it_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
