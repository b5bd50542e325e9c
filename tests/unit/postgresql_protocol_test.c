/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "rules/sql.h"
#include "tests/support/stream_check.h"

#define PORT 5432
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define VERSION 196608
#define SSL 80877103

/* A literal with NULs in it, and its size without the last one. */
#define BYTES(literal) (literal), sizeof(literal) - 1

static void put_startup(struct sent *sent, uint32_t code, const void *body, size_t size)
{
	sent_number(sent, size + 8, 4, true);
	sent_number(sent, code, 4, true);
	sent_put(sent, body, size);
}

static void put_message(struct sent *sent, char type, const void *body, size_t size)
{
	sent_put(sent, &type, 1);
	sent_number(sent, size + 4, 4, true);
	sent_put(sent, body, size);
}

static void put_query(struct sent *sent, const char *text)
{
	put_message(sent, 'Q', text, strlen(text) + 1);
}

static void put_login(struct sent *sent)
{
	put_startup(sent, VERSION, BYTES("user\0ada\0database\0shop\0client_encoding\0UTF8\0\0"));
	put_message(sent, 'p', BYTES("secret\0"));
}

static void texts_are_asked_for_one_by_one(void **state)
{
	struct sent sent = { 0 };

	(void)state;
	put_login(&sent);
	put_query(&sent, "SELECT 1; SELECT 'gr\xc3\xbc\xc3\x9f \\'");
	put_message(&sent, 'P', BYTES("name\0DELETE FROM a WHERE b = $1\0\0\1\0\0\0\x17"));
	put_message(&sent, 'B', BYTES("\0name\0\0\0\0\1\0\0\0\4DROP\0\0"));
	put_message(&sent, 'D', BYTES("P\0"));
	put_message(&sent, 'E', BYTES("\0\0\0\0\0"));
	put_message(&sent, 'H', "", 0);
	put_message(&sent, 'C', BYTES("Sname\0"));
	put_message(&sent, 'S', "", 0);
	put_query(&sent, "");
	put_query(&sent, "COPY a FROM STDIN");
	put_message(&sent, 'd',
		    BYTES("Q\0\0\0\x0a"
			  "DROP\n"));
	put_message(&sent, 'c', "", 0);
	put_message(&sent, 'f', BYTES("no\0"));
	put_message(&sent, 'X', "", 0);
	sent_check(&sent, PORT,
		   "postgresql shop: SELECT 1; SELECT 'gr\xc3\xbc\xc3\x9f \\x5c'\n"
		   "postgresql shop: DELETE FROM a WHERE b = $1\npostgresql shop: \n"
		   "postgresql shop: COPY a FROM STDIN\n",
		   0);
}

static void a_database_is_named_after_its_user(void **state)
{
	struct sent sent = { 0 };

	(void)state;
	put_startup(&sent, VERSION + 2, BYTES("user\0ada\0_pq_.x\0y\0\0"));
	put_query(&sent, "A");
	sent_check(&sent, 1, "postgresql ada: A\n", 0);
}

static void tls_may_begin_or_not(void **state)
{
	static const uint8_t hello[] = { 22, 3, 1, 0, 100, 1, 0, 0, 96, 3, 3 };
	struct sent sent = { 0 };
	struct stream *stream;
	struct asks asks;

	(void)state;
	put_startup(&sent, SSL + 1, "", 0);
	put_startup(&sent, SSL, "", 0);
	put_login(&sent);
	put_query(&sent, "A");
	sent_check(&sent, PORT, "postgresql shop: A\n", 0);

	put_startup(&sent, SSL, "", 0);
	sent_put(&sent, hello, sizeof(hello));
	for (size_t piece = 1; piece <= sent.size; piece++) {
		stream = stream_new(PORT, false);
		asks_open(&asks);
		assert_int_equal(sent_feed(&sent, stream, 0, piece, &asks), 0);
		assert_string_equal(stream_protocol(stream), "tls");
		assert_false(stream_is_understood(stream));
		asks_close(&asks);
		stream_free(stream);
	}
	sent_release(&sent);
}

static void settings_of_the_login_are_asked_for(void **state)
{
	struct sent sent = { 0 };

	(void)state;
	put_startup(&sent, VERSION,
		    BYTES("user\0ada\0application_name\0it's\0role\0o'x\0options\0"
			  " -c search_path=a\\ b  --work-mem=1MB\0client_encoding\0'utf-8'\0"
			  "database\0shop\0\0"));
	put_query(&sent, "SELECT '\\'");
	sent_check(&sent, PORT,
		   "postgresql shop: SET role TO 'o''x'\n"
		   "postgresql shop: SET search_path TO 'a b'\n"
		   "postgresql shop: SET work_mem TO '1MB'\n"
		   "postgresql shop: SELECT '\\x5c'\n",
		   0);
}

/* From where on texts get the NUL with which no rule understands them. */
static void texts_that_may_be_read_otherwise_are_marked(void **state)
{
	static const struct {
		const char *text;
		bool is_marked;
	} rows[] = {
		{ "SET client_encoding TO 'S-JIS'", true },
		{ "set names 'GBK'", true },
		{ "SET standard_conforming_strings = off", true },
		{ "SET standard_conforming_strings = on", false },
		{ "SET standard_conforming_strings TO 'on'", false },
		{ "SET client_encoding = 'UTF8'", false },
		{ "SHOW client_encoding", false },
		{ "SELECT names FROM encodings", false },
		{ "SELECT pg_catalog.set_config('search_path', '', false)", false },
		{ "SELECT SET_CONFIG('client_encoding', $1, false)", true },
		{ "SELECT set_config('client' || '_encoding', 'x', false)", true },
		{ "SELECT set_config($1, $2, false)", true },
		{ "SELECT \"set_config\" ( 'jit' , 'off', false)", false },
		{ "SELECT U&\"set\\005fconfig\"('a', 'b', false)", true },
	};
	char want[256];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct sent sent = { 0 };
		struct stream *stream = stream_new(PORT, false);
		struct asks asks;
		const char *lines;

		put_login(&sent);
		put_query(&sent, rows[i].text);
		put_query(&sent, "SELECT 1");
		put_query(&sent, "SELECT '\xc3\xbc'");
		(void)snprintf(want, sizeof(want),
			       "postgresql shop: SELECT 1\npostgresql shop: SELECT '\xc3\xbc'%s\n",
			       rows[i].is_marked ? "\\x00" : "");
		asks_open(&asks);
		assert_int_equal(sent_feed(&sent, stream, 0, sent.size, &asks), 0);
		lines = strchr(asks_lines(&asks), '\n') + 1;
		assert_string_equal(lines, want);
		asks_close(&asks);
		stream_free(stream);
		sent_release(&sent);
	}
}

static void logins_in_other_encodings_are_marked(void **state)
{
	struct sent sent = { 0 };

	(void)state;
	put_startup(&sent, VERSION, BYTES("user\0ada\0client_encoding\0BIG5\0\0"));
	put_query(&sent, "SELECT 1");
	put_message(&sent, 'P', BYTES("\0SELECT '\xb3\\'\0\0\0"));
	sent_check(&sent, PORT,
		   "postgresql ada: SET client_encoding TO 'BIG5'\npostgresql ada: SELECT 1\n"
		   "postgresql ada: SELECT '\xb3\\x5c'\\x00\n",
		   0);
	put_startup(&sent, VERSION,
		    BYTES("user\0ada\0options\0-cstandard-conforming-strings=0\0\0"));
	put_query(&sent, "SELECT '\\'");
	sent_check(&sent, PORT,
		   "postgresql ada: SET standard_conforming_strings TO '0'\n"
		   "postgresql ada: SELECT '\\x5c'\\x00\n",
		   0);
}

static void a_function_call_is_a_text_that_rules_do_not_understand(void **state)
{
	struct sent sent = { 0 };
	struct sql sql;

	(void)state;
	put_login(&sent);
	put_message(&sent, 'F', BYTES("\0\0\x03\xba\0\0\0\0\0\0"));
	put_query(&sent, "A");
	sent_check(&sent, PORT, "postgresql shop: FUNCTION CALL 954\npostgresql shop: A\n", 0);
	sql_read("FUNCTION CALL 954", 17, SQL_POSTGRESQL, &sql);
	assert_false(sql.is_understood);
	sql_release(&sql);
	sql_read("SELECT 1\0", 9, SQL_POSTGRESQL, &sql);
	assert_false(sql.is_understood);
	sql_release(&sql);
}

static void what_is_no_message_is_unreadable(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
	} rows[] = {
		{ BYTES("q\0\0\0\5\0") },
		{ BYTES("Q\0\0\0\3") },
		{ BYTES("Q\0\0\0\4") },
		{ BYTES("Q\0\0\0\5A") },
		{ BYTES("Q\0\0\0\7A\0B") },
		{ BYTES("Q\0\0\0\7A\0\0") },
		{ BYTES("Q\0\x10\0\5") },
		{ BYTES("Q\xff\xff\xff\xff") },
		{ BYTES("d\x80\0\0\0") },
		{ BYTES("F\0\0\0\7\0\0\0") },
		{ BYTES("P\0\0\0\4") },
		{ BYTES("P\0\0\0\5\0") },
		{ BYTES("P\0\0\0\7\0A\0") },
		{ BYTES("P\0\0\0\x0a"
			"\0A\0\0\0\0") },
		{ BYTES("P\0\0\0\x09"
			"\0A\0\0\1") },
		{ BYTES("X\0\0\0\4X") },
		{ BYTES("\x16\3\1\2\0") },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct sent sent = { 0 };

		put_login(&sent);
		sent_put(&sent, rows[i].bytes, rows[i].size);
		sent_check(&sent, PORT, "", STREAM_E_UNREADABLE);
	}
}

static void what_is_no_login_is_unreadable(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
	} rows[] = {
		{ BYTES("") },
		{ BYTES("user\0ada") },
		{ BYTES("user\0ada\0") },
		{ BYTES("user\0ada\0\0x") },
		{ BYTES("user\0\0") },
		{ BYTES("user\0ada\0a b\0c\0\0") },
		{ BYTES("user\0ada\0options\0-B 3\0\0") },
		{ BYTES("user\0ada\0options\0-c\0\0") },
		{ BYTES("user\0ada\0options\0-c fsync\0\0") },
	};
	struct sent sent = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		put_startup(&sent, VERSION, rows[i].bytes, rows[i].size);
		sent_check(&sent, PORT, "", STREAM_E_UNREADABLE);
	}
	put_startup(&sent, SSL, "", 0);
	sent_put(&sent, BYTES("\0\0\0\x10\x60\0\0\1"));
	sent_check(&sent, PORT, "", STREAM_E_UNREADABLE);
	put_startup(&sent, SSL - 1, BYTES("12345678"));
	put_query(&sent, "A");
	sent_check(&sent, PORT, "", STREAM_E_UNREADABLE);
}

static void texts_are_bounded_and_data_is_not(void **state)
{
	static char text[STREAM_ASK_MAX + 1];
	struct sent sent = { 0 };
	struct stream *stream = stream_new(PORT, false);
	struct asks asks;

	(void)state;
	memset(text, ' ', sizeof(text));
	asks_open(&asks);
	put_login(&sent);
	text[STREAM_ASK_MAX - 1] = '\0';
	put_query(&sent, text);
	for (int i = 0; i < 8; i++)
		put_message(&sent, i % 2 ? 'B' : 'd', text, sizeof(text));
	assert_int_equal(sent_feed(&sent, stream, 0, 100000, &asks), 0);
	assert_int_equal(asks.count, 1);
	text[STREAM_ASK_MAX - 1] = ' ';
	text[STREAM_ASK_MAX] = '\0';
	sent.size = 0;
	put_query(&sent, text);
	assert_int_equal(sent_feed(&sent, stream, 0, 100000, &asks), STREAM_E_UNREADABLE);
	assert_int_equal(asks.count, 1);
	asks_close(&asks);
	stream_free(stream);
	sent_release(&sent);
}

static void a_refusal_is_an_error_and_nothing_after_it_is_asked(void **state)
{
	char out[128];
	size_t size;

	(void)state;
	for (size_t room = 0; room < sizeof(out); room++) {
		struct sent sent = { 0 };

		put_login(&sent);
		put_query(&sent, "SELECT 1");
		put_message(&sent, 'P', BYTES("\0DROP TABLE a\0\0\0"));
		put_message(&sent, 'P', BYTES("\0SELECT 2\0\0\0"));
		size = sent_refuse(&sent, PORT, "DROP",
				   "postgresql shop: SELECT 1\npostgresql shop: DROP TABLE a\n",
				   "rule 'x':\nn\xc3\xb6", out, room);
		assert_true(size == 0 ? room < 35 : size <= room);
		if (size > 0) {
			assert_int_equal((unsigned char)out[4], size - 7);
			assert_memory_equal(out + size - 8, "\0\0Z\0\0\0\5I", 8);
		}
	}
	assert_int_equal(size, 48);
	assert_memory_equal(out,
			    "E\0\0\0\x29"
			    "SFATAL\0VFATAL\0C42501\0Mrule 'x': n\xc3\xb6\0\0Z\0\0\0\5I",
			    size);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_asked_for_one_by_one),
		cmocka_unit_test(a_database_is_named_after_its_user),
		cmocka_unit_test(tls_may_begin_or_not),
		cmocka_unit_test(settings_of_the_login_are_asked_for),
		cmocka_unit_test(texts_that_may_be_read_otherwise_are_marked),
		cmocka_unit_test(logins_in_other_encodings_are_marked),
		cmocka_unit_test(a_function_call_is_a_text_that_rules_do_not_understand),
		cmocka_unit_test(what_is_no_message_is_unreadable),
		cmocka_unit_test(what_is_no_login_is_unreadable),
		cmocka_unit_test(texts_are_bounded_and_data_is_not),
		cmocka_unit_test(a_refusal_is_an_error_and_nothing_after_it_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
