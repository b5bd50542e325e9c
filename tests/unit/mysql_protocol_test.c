/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "rules/sql.h"
#include "tests/support/stream_check.h"

#define PORT 3306
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define FLAGS 0x8208u /* SECURE_CONNECTION, PROTOCOL_41, CONNECT_WITH_DB */
#define COMPRESS 0x20u
#define SSL 0x800u
#define ZSTD 0x4000000u
#define ATTRIBUTES 0x8000000u
#define LATIN1 8
#define GBK 28
#define SWE7 10

/* A literal with NULs in it, and its size without the last one. */
#define BYTES(literal) (literal), sizeof(literal) - 1

static void put_packet(struct sent *sent, uint8_t number, const void *payload, size_t size)
{
	sent_number(sent, size, 3, false);
	sent_put(sent, &number, 1);
	sent_put(sent, payload, size);
}

static void put_response(struct sent *sent, uint8_t number, uint32_t flags, uint8_t collation,
			 bool is_whole)
{
	static const uint8_t zeros[23] = { 0 };
	static const char rest[] = "ada\0\2xyshop\0mysql_native_password";

	sent_number(sent, 32 + (is_whole ? sizeof(rest) : 0), 3, false);
	sent_put(sent, &number, 1);
	sent_number(sent, flags, 4, false);
	sent_number(sent, 1 << 24, 4, false);
	sent_put(sent, &collation, 1);
	sent_put(sent, zeros, sizeof(zeros));
	if (is_whole)
		sent_put(sent, rest, sizeof(rest));
}

static void put_login(struct sent *sent)
{
	put_response(sent, 1, FLAGS, 45, true);
	put_packet(sent, 3, "scramble", 8);
	put_packet(sent, 5, "secret", 6);
}

static void put_query(struct sent *sent, const char *text)
{
	size_t size = strlen(text) + 1;

	sent_number(sent, size, 3, false);
	sent_put(sent, "\0\3", 2);
	sent_put(sent, text, size - 1);
}

static void commands_are_asked_for_one_by_one(void **state)
{
	struct sent sent = { 0 };

	(void)state;
	put_login(&sent);
	put_query(&sent, "SELECT 1; SELECT '\\'");
	put_packet(&sent, 0,
		   BYTES("\x16"
			 "DELETE FROM a WHERE b = ?"));
	put_packet(&sent, 0, BYTES("\x17\1\0\0\0\0\1\0\0\0\0\1\xfd\0\3DROP"));
	put_packet(&sent, 0, BYTES("\x18\1\0\0\0\0\0\3DROP"));
	put_packet(&sent, 0, BYTES("\x1a\1\0\0\0"));
	put_packet(&sent, 0, BYTES("\x1b\0\0"));
	put_packet(&sent, 0, BYTES("\x0e"));
	put_packet(&sent, 0,
		   BYTES("\x05"
			 "a`b"));
	put_packet(&sent, 0,
		   BYTES("\x06"
			 "ab"));
	put_packet(&sent, 0,
		   BYTES("\x04"
			 "t\0%"));
	put_packet(&sent, 0, BYTES("\x0c\x0f\1\0\0"));
	put_packet(&sent, 0, BYTES("\x0a"));
	put_packet(&sent, 0, BYTES("\x12\4\0\0\0\2\0\1\0\0\0x"));
	put_packet(&sent, 0, BYTES("\x1f"));
	put_packet(&sent, 0, BYTES("\x01"));
	sent_check(&sent, PORT,
		   "mysql shop: SELECT 1; SELECT '\\x5c'\nmysql shop: DELETE FROM a WHERE b = ?\n"
		   "mysql shop: CREATE DATABASE `a``b`\nmysql shop: DROP DATABASE `ab`\n"
		   "mysql shop: SHOW COLUMNS FROM `t`\nmysql shop: KILL 271\n"
		   "mysql shop: SHOW PROCESSLIST\nmysql shop: COM_BINLOG_DUMP\n",
		   0);
}

static void a_database_is_followed(void **state)
{
	struct sent sent = { 0 };

	(void)state;
	put_login(&sent);
	put_packet(&sent, 0, BYTES("\x02prod"));
	put_query(&sent, "A");
	put_query(&sent, "\n use `te st`;");
	put_query(&sent, "A");
	put_query(&sent, "USE\ttest;");
	put_query(&sent, "users");
	put_packet(&sent, 0,
		   BYTES("\x11"
			 "bob\0\1zother\0\x21\0"));
	put_packet(&sent, 2, "pass", 4);
	put_query(&sent, "A");
	sent_check(&sent, PORT,
		   "mysql shop: USE `prod`\nmysql prod: A\nmysql prod: \\x0a use `te st`;\n"
		   "mysql te st: A\nmysql te st: USE\\x09test;\nmysql test: users\n"
		   "mysql other: A\n",
		   0);
}

/* Those for which there is no statement, in the reader that must not understand them. */
static void rules_do_not_understand_names_of_commands(void **state)
{
	static const uint8_t codes[] = { 0x07, 0x0d, 0x12, 0x13, 0x15, 0x1e, 0x20, 0x21 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(codes); i++) {
		struct sent sent = { 0 };
		struct stream *stream = stream_new(PORT, false);
		struct asks asks;
		const char *text;
		struct sql sql;

		put_login(&sent);
		put_packet(&sent, 0, &codes[i], 1);
		asks_open(&asks);
		assert_int_equal(sent_feed(&sent, stream, 0, sent.size, &asks), 0);
		text = strchr(asks_lines(&asks), ':') + 2;
		assert_memory_equal(text, "COM_", 4);
		sql_read(text, strlen(text), SQL_MYSQL, &sql);
		assert_false(sql.is_understood);
		sql_release(&sql);
		asks_close(&asks);
		stream_free(stream);
		sent_release(&sent);
	}
}

static void tls_begins_where_it_was_asked_for(void **state)
{
	static const uint8_t hello[] = { 22, 3, 1, 0, 100, 1, 0, 0, 96, 3, 3 };
	struct sent sent = { 0 };

	(void)state;
	put_response(&sent, 1, FLAGS | SSL, 45, false);
	sent_put(&sent, hello, sizeof(hello));
	for (size_t piece = 1; piece <= sent.size; piece++) {
		struct stream *stream = stream_new(PORT, false);
		struct asks asks;

		asks_open(&asks);
		assert_int_equal(sent_feed(&sent, stream, 0, piece, &asks), 0);
		assert_string_equal(stream_protocol(stream), "tls");
		asks_close(&asks);
		stream_free(stream);
	}
	sent_release(&sent);

	/* What is inside of it. */
	put_response(&sent, 2, FLAGS | SSL, 45, true);
	put_packet(&sent, 4, "pass", 4);
	put_query(&sent, "A");
	sent_check(&sent, 4000, "mysql shop: A\n", 0);
}

static void what_is_no_login_is_unreadable(void **state)
{
	static const struct {
		uint8_t number;
		uint32_t flags;
		bool is_whole;
		const char *after;
	} rows[] = {
		{ 1, FLAGS | COMPRESS, true, "" },
		{ 1, FLAGS | ZSTD, true, "" },
		{ 1, FLAGS | SSL, true, "" },
		{ 2, FLAGS | SSL, false, "" },
		{ 1, FLAGS, false, "" },
		{ 1, FLAGS | SSL, false, "\1" },
		{ 1, FLAGS, true, "\1\1\1\2x" },
		{ 1, FLAGS, true, "\1\1\1\4x" },
		{ 1, FLAGS | COMPRESS, false, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct sent sent = { 0 };

		put_response(&sent, rows[i].number, rows[i].flags, 45, rows[i].is_whole);
		sent_put(&sent, rows[i].after, strlen(rows[i].after));
		sent_check(&sent, PORT, "", STREAM_E_UNREADABLE);
	}
}

static void what_is_no_command_is_unreadable(void **state)
{
	static const struct {
		uint8_t number;
		const char *bytes;
		size_t size;
	} rows[] = {
		{ 0, BYTES("") },     { 0, BYTES("\0") },      { 0, BYTES("\x0b") },
		{ 0, BYTES("\x1d") }, { 0, BYTES("\xfe\3A") }, { 0, BYTES("\x0c\1") },
		{ 1, BYTES("\3A") },  { 2, BYTES("\3A") },     { 9, BYTES("\3A") },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct sent sent = { 0 };

		put_login(&sent);
		put_query(&sent, "A");
		put_packet(&sent, rows[i].number, rows[i].bytes, rows[i].size);
		sent_check(&sent, PORT, "mysql shop: A\n", STREAM_E_UNREADABLE);
	}
}

/* Whose bytes look like commands, over the end of the numbers. */
static void a_file_is_no_command(void **state)
{
	struct sent sent = { 0 };

	(void)state;
	put_login(&sent);
	put_query(&sent, "LOAD DATA LOCAL INFILE 'x' INTO TABLE t");
	for (unsigned number = 2; number < 300; number++)
		put_packet(&sent, (uint8_t)number, BYTES("\3DROP"));
	put_packet(&sent, 300 - 256, "", 0);
	put_query(&sent, "A");
	sent_check_cut(&sent, PORT,
		       "mysql shop: LOAD DATA LOCAL INFILE 'x' INTO TABLE t\nmysql shop: A\n", 0, 0,
		       sent.size);
	sent_release(&sent);
}

static void a_command_is_no_file(void **state)
{
	struct sent sent = { 0 };

	(void)state;
	put_login(&sent);
	put_query(&sent, "LOAD DATA LOCAL INFILE 'x' INTO TABLE t");
	put_query(&sent, "B");
	put_query(&sent, "LOAD DATA LOCAL INFILE 'y' INTO TABLE t");
	put_packet(&sent, 2, "data", 4);
	put_packet(&sent, 3, "", 0);
	put_query(&sent, "C");
	put_packet(&sent, 2, "data", 4);
	sent_check(&sent, PORT,
		   "mysql shop: LOAD DATA LOCAL INFILE 'x' INTO TABLE t\nmysql shop: B\n"
		   "mysql shop: LOAD DATA LOCAL INFILE 'y' INTO TABLE t\nmysql shop: C\n",
		   STREAM_E_UNREADABLE);
}

static void attributes_stand_before_the_text(void **state)
{
	struct sent sent = { 0 };

	(void)state;
	put_response(&sent, 1, FLAGS | ATTRIBUTES, 45, true);
	put_packet(&sent, 0, BYTES("\3\0\1SELECT 1"));
	put_packet(&sent, 0,
		   BYTES("\3\2\1\2\1\xfe\0\1a\3\0\1b"
			 "\3xyzSELECT 2"));
	put_packet(&sent, 0,
		   BYTES("\3\3\1\0\1\3\0\0\x0c\0\1b\xf6\0\0"
			 "ABCD\2xy\1zSELECT 3"));
	sent_check(&sent, PORT,
		   "mysql shop: SELECT 1\nmysql shop: SELECT 2\nmysql shop: SELECT 3\n", 0);
}

/* Or that a server without attributes might read as another text. */
static void attributes_that_cannot_be_read_are_unreadable(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
	} rows[] = {
		{ BYTES("\3") },
		{ BYTES("\3\0") },
		{ BYTES("\3SELECT 1") },
		{ BYTES("\3\0\2SELECT 1") },
		{ BYTES("\3\1\1\1\0SELECT 1") },
		{ BYTES("\3\x09\1\1\1SELECT 1") },
		{ BYTES("\3#\1\0\0\0\0\0\1\nDROP TABLE a #") },
		{ BYTES("\3\1\1\0\1\xff\0\0SELECT 1") },
		{ BYTES("\3\1\1\0\1\xfe\0\0\xff") },
		{ BYTES("\3\1\1\0\1\xfe\0\0\xfe\xff\xff\xff\xff\xff\xff\xff\xffSELECT 1") },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct sent sent = { 0 };

		put_response(&sent, 1, FLAGS | ATTRIBUTES, 45, true);
		put_packet(&sent, 0, rows[i].bytes, rows[i].size);
		sent_check(&sent, PORT, "", STREAM_E_UNREADABLE);
	}
}

static void texts_that_may_be_read_otherwise_are_marked(void **state)
{
	static const struct {
		uint8_t collation;
		const char *text;
		const char *mark, *mark_of_ascii;
	} rows[] = {
		{ LATIN1, "SET NAMES utf8mb4", "", "" },
		{ LATIN1, "SET NAMES 'gbk'", "\\x00", "" },
		{ LATIN1, "set /**/ character set SJIS", "\\x00", "" },
		{ LATIN1, "SET character_set_client = swe7", "\\x00", "\\x00" },
	};
	char want[256];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct sent sent = { 0 };

		put_response(&sent, 1, FLAGS, rows[i].collation, true);
		put_query(&sent, rows[i].text);
		put_query(&sent, "\xc3\xbc");
		put_query(&sent, "A");
		(void)snprintf(want, sizeof(want),
			       "mysql shop: %s\nmysql shop: \xc3\xbc%s\nmysql shop: A%s\n",
			       rows[i].text, rows[i].mark, rows[i].mark_of_ascii);
		sent_check(&sent, PORT, want, 0);
	}
}

static void logins_in_other_character_sets_are_marked(void **state)
{
	struct sent sent = { 0 };

	(void)state;
	put_response(&sent, 1, FLAGS, GBK, true);
	put_query(&sent, "\xc3\xbc");
	put_query(&sent, "A");
	put_packet(&sent, 0,
		   BYTES("\x11"
			 "bob\0\0shop\0\x0a\0"));
	put_query(&sent, "A");
	put_packet(&sent, 0,
		   BYTES("\x11"
			 "bob\0\0shop\0\xe0\0"));
	put_query(&sent, "\xc3\xbc");
	sent_check(&sent, PORT,
		   "mysql shop: \xc3\xbc\\x00\nmysql shop: A\nmysql shop: A\\x00\n"
		   "mysql shop: \xc3\xbc\n",
		   0);
	put_response(&sent, 1, FLAGS, SWE7, true);
	put_query(&sent, "A");
	sent_check(&sent, PORT, "mysql shop: A\\x00\n", 0);
}

#define PAYLOAD_MAX 0xffffffu

static void payloads_go_on_and_texts_are_bounded(void **state)
{
	char *long_text = calloc(1, PAYLOAD_MAX);
	struct sent sent = { 0 };
	struct stream *stream = stream_new(PORT, false);
	struct asks asks;

	(void)state;
	assert_non_null(long_text);
	asks_open(&asks);
	put_login(&sent);
	long_text[0] = 0x18;
	put_packet(&sent, 0, long_text, PAYLOAD_MAX);
	put_packet(&sent, 1, BYTES("\3DROP"));
	put_packet(&sent, 0, long_text, PAYLOAD_MAX);
	put_packet(&sent, 1, "", 0);
	long_text[0] = 3;
	put_packet(&sent, 0, long_text, STREAM_ASK_MAX);
	assert_int_equal(sent_feed(&sent, stream, 0, 1 << 16, &asks), 0);
	assert_int_equal(asks.count, 1);
	sent.size = 0;
	put_packet(&sent, 0, long_text, STREAM_ASK_MAX + 1);
	assert_int_equal(sent_feed(&sent, stream, 0, 1 << 16, &asks), STREAM_E_UNREADABLE);
	stream_free(stream);

	stream = stream_new(PORT, false);
	sent.size = 0;
	put_login(&sent);
	long_text[0] = 0x17;
	put_packet(&sent, 0, long_text, PAYLOAD_MAX);
	put_packet(&sent, 0, BYTES("\3A"));
	assert_int_equal(sent_feed(&sent, stream, 0, 1 << 16, &asks), STREAM_E_UNREADABLE);
	assert_int_equal(asks.count, 1);
	asks_close(&asks);
	stream_free(stream);
	sent_release(&sent);
	free(long_text);
}

static void a_refusal_is_an_error_and_nothing_after_it_is_asked(void **state)
{
	char out[64];
	size_t size;

	(void)state;
	for (size_t room = 0; room < sizeof(out); room++) {
		struct sent sent = { 0 };

		put_login(&sent);
		put_query(&sent, "A");
		put_query(&sent, "DROP TABLE a");
		put_query(&sent, "B");
		size = sent_refuse(&sent, PORT, "DROP", "mysql shop: A\nmysql shop: DROP TABLE a\n",
				   "rule\n'x': n\xc3\xb6", out, room);
		assert_true(size == 0 ? room < 13 : size <= room);
		if (size > 0)
			assert_int_equal(out[0], size - 4);
	}
	assert_int_equal(size, 26);
	assert_memory_equal(out, "\x16\0\0\1\xff\x76\4#42000rule 'x': n\xc3\xb6", size);
}

static void a_login_is_refused_with_the_next_number(void **state)
{
	const struct stream_asker nobody = { 0 };
	struct stream *stream = stream_new(PORT, false);
	struct sent sent = { 0 };
	char out[64];

	(void)state;
	put_response(&sent, 1, FLAGS | COMPRESS, 45, true);
	assert_int_equal(stream_feed(stream, sent.bytes, sent.size, &nobody), STREAM_E_UNREADABLE);
	assert_int_equal(stream_refusal(stream, "no", out, sizeof(out)), 15);
	assert_memory_equal(out, "\x0b\0\0\2\xff\x15\4#28000no", 15);
	stream_free(stream);
	sent_release(&sent);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_are_asked_for_one_by_one),
		cmocka_unit_test(a_database_is_followed),
		cmocka_unit_test(rules_do_not_understand_names_of_commands),
		cmocka_unit_test(tls_begins_where_it_was_asked_for),
		cmocka_unit_test(what_is_no_login_is_unreadable),
		cmocka_unit_test(what_is_no_command_is_unreadable),
		cmocka_unit_test(a_file_is_no_command),
		cmocka_unit_test(a_command_is_no_file),
		cmocka_unit_test(attributes_stand_before_the_text),
		cmocka_unit_test(attributes_that_cannot_be_read_are_unreadable),
		cmocka_unit_test(texts_that_may_be_read_otherwise_are_marked),
		cmocka_unit_test(logins_in_other_character_sets_are_marked),
		cmocka_unit_test(payloads_go_on_and_texts_are_bounded),
		cmocka_unit_test(a_refusal_is_an_error_and_nothing_after_it_is_asked),
		cmocka_unit_test(a_login_is_refused_with_the_next_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
