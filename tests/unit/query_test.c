/* SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit/print.h"
#include "audit/reader.h"
#include "tests/support/record.h"

/*
 * The record that is asked, by row:
 *   1 run one opens    2 allow read /ws/a.txt   3 deny read /home/me/.ssh/id_rsa
 *   4 audit write /ws/sub/b.txt    5 deny connect example.com:443    6 run one closes
 *   7 run two opens    8 allow delete /ws/a.txt   (goes on)
 */
#define ACTIONS "SELECT count(*) FROM actions"

static struct record record;
static struct recorder *going_on;

static int connect_to(struct recorder *recorder, const char *host, const char *ip)
{
	struct event event = {
		.action = ACTION_CONNECT,
		.call = "connect",
		.program = "/usr/bin/curl",
		.agent = "agent-002",
		.protocol = PROTOCOL_TCP,
		.host = host,
		.has_ip = true,
		.port = 443,
	};
	const struct decision decision = { .verdict = VERDICT_DENY,
					   .rule = "default",
					   .file = "",
					   .line = 0,
					   .message = "no rule allows it" };

	return ip_parse(ip, &event.ip)
		       ? recorder_append(recorder, &event, &decision, "supervisor", NULL)
		       : -1;
}

static int make(void **state)
{
	struct recorder *one;

	(void)state;
	record_make(&record);
	one = record_begin(&record, "one");
	(void)record_file(one, ACTION_READ_FILE, "/ws/a.txt", VERDICT_ALLOW);
	(void)record_file(one, ACTION_READ_FILE, "/home/me/.ssh/id_rsa", VERDICT_DENY);
	(void)record_file(one, ACTION_WRITE_FILE, "/ws/sub/b.txt", VERDICT_AUDIT);
	(void)connect_to(one, "example.com", "1.2.3.4");
	if (record_end(one) < 0)
		return -1;
	going_on = record_begin(&record, "two");
	if (record_file(going_on, ACTION_DELETE_FILE, "/ws/a.txt", VERDICT_ALLOW) < 0)
		return -1;
	return record_wait(&record, ACTIONS, 5) ? 0 : -1;
}

static int clean(void **state)
{
	(void)state;
	recorder_close(going_on);
	record_remove(&record);
	return 0;
}

/* Visited rows: their numbers, as text. */
static int note_seq(const struct row *row, void *data)
{
	char *text = data;
	size_t used = strlen(text);

	(void)snprintf(text + used, 64 - used, "%lld ", (long long)row->seq);
	return 0;
}

static struct reader *reader_new(void)
{
	struct reader *reader = NULL;
	struct fault fault = { 0 };

	assert_int_equal(reader_open(record.path, &reader, &fault), 0);
	return reader;
}

static void filters_choose_rows(void **state)
{
	static const struct {
		struct reader_filter filter;
		const char *want;
	} cases[] = {
		{ { .agent = NULL }, "3 4 5 6 11 " },
		{ { .agent = "agent-001" }, "3 4 5 11 " },
		{ { .agent = "agent-00" }, "" },
		{ { .run = "one" }, "3 4 5 6 " },
		{ { .run = "two" }, "11 " },
		{ { .action = "read_file" }, "3 4 " },
		{ { .verdict = "deny" }, "4 6 " },
		{ { .rule = "workspace" }, "3 5 11 " },
		{ { .verdict = "deny", .action = "connect" }, "6 " },
		{ { .verdict = "deny", .run = "two" }, "" },
		{ { .path = "/ws/*" }, "3 5 11 " },
		{ { .path = "*.txt" }, "3 5 11 " },
		{ { .path = "/ws/?.txt" }, "3 11 " },
		{ { .path = "*/.ssh/*" }, "4 " },
		{ { .path = "/WS/*" }, "" },
		{ { .path = "' OR 1 --" }, "" },
		{ { .limit = 2 }, "6 11 " },
		{ { .limit = 1, .verdict = "deny" }, "6 " },
		{ { .limit = 99 }, "3 4 5 6 11 " },
		{ { .after_seq = 5 }, "6 11 " },
		{ { .after_seq = 4, .up_to_seq = 6 }, "5 6 " },
		{ { .since_ns = INT64_MAX }, "" },
		{ { .since_ns = 1 }, "3 4 5 6 11 " },
		{ { .until_ns = 1 }, "" },
		{ { .until_ns = INT64_MAX }, "3 4 5 6 11 " },
	};
	struct reader *reader = reader_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char seqs[64] = "";
		struct fault fault = { 0 };

		assert_int_equal(reader_actions(reader, &cases[i].filter, note_seq, seqs, &fault),
				 0);
		if (strcmp(seqs, cases[i].want) != 0)
			fail_msg("case %zu: %s, not %s", i, seqs, cases[i].want);
	}
	reader_close(reader);
}

static void a_time_is_in_and_its_end_is_out(void **state)
{
	long long time = record_number(&record, "SELECT time FROM actions WHERE seq = 5");
	struct reader *reader = reader_new();
	struct reader_filter filter = { .since_ns = time, .until_ns = time + 1 };
	char seqs[64] = "";

	(void)state;
	assert_int_equal(reader_actions(reader, &filter, note_seq, seqs, NULL), 0);
	assert_non_null(strstr(seqs, "5 "));
	seqs[0] = '\0';
	filter = (struct reader_filter){ .until_ns = time };
	assert_int_equal(reader_actions(reader, &filter, note_seq, seqs, NULL), 0);
	assert_null(strstr(seqs, "5 "));
	reader_close(reader);
}

static int stop_at_once(const struct row *row, void *data)
{
	(void)row;
	++*(int *)data;
	return 77;
}

static void a_visitor_can_end_the_walk(void **state)
{
	struct reader_filter filter = { .limit = 0 };
	struct reader *reader = reader_new();
	int visits = 0;

	(void)state;
	assert_int_equal(reader_actions(reader, &filter, stop_at_once, &visits, NULL), 77);
	assert_int_equal(visits, 1);
	reader_close(reader);
}

static void a_reader_sees_what_a_running_run_writes(void **state)
{
	struct reader *reader = reader_new();
	struct reader_filter filter = { .after_seq = 11 };
	char seqs[64] = "";
	int64_t head = 0;

	(void)state;
	assert_int_equal(reader_head(reader, &head, NULL), 0);
	assert_int_equal(head, 11);
	assert_int_equal(record_file(going_on, ACTION_WRITE_FILE, "/new", VERDICT_ALLOW), 0);
	assert_true(record_wait(&record, ACTIONS, 6));
	assert_int_equal(reader_head(reader, &head, NULL), 0);
	assert_int_equal(head, 12);
	assert_int_equal(reader_actions(reader, &filter, note_seq, seqs, NULL), 0);
	assert_string_equal(seqs, "12 ");
	reader_close(reader);
}

static void a_row_of_either_table_is_found_by_its_number(void **state)
{
	static const struct {
		int64_t seq;
		const char *want;
	} cases[] = {
		{ 1, "1 " }, { 3, "3 " }, { 6, "6 " }, { 7, "7 " }, { 13, "" }, { INT64_MAX, "" },
	};
	struct reader *reader = reader_new();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char seqs[64] = "";

		assert_int_equal(reader_row(reader, cases[i].seq, note_seq, seqs, NULL), 0);
		assert_string_equal(seqs, cases[i].want);
	}
	reader_close(reader);
}

static int note_count(const char *column, const char *name, int64_t count, void *data)
{
	char *text = data;
	size_t used = strlen(text);

	(void)snprintf(text + used, 512 - used, "%s %s %d\n", column, name, (int)count);
	return 0;
}

static void actions_are_counted(void **state)
{
	struct reader *reader = reader_new();
	char text[512] = "";

	(void)state;
	assert_int_equal(reader_stats(reader, "one", note_count, text, NULL), 0);
	assert_string_equal(text, "verdict deny 2\nverdict allow 1\nverdict audit 1\n"
				  "action read_file 2\naction connect 1\naction write_file 1\n"
				  "rule workspace 2\nrule default 1\nrule secrets 1\n"
				  "agent agent-001 3\nagent agent-002 1\n");
	reader_close(reader);
}

/*
 * Printing. What is printed of a row is taken from a stream.
 */

typedef int print_fn(const struct row *row, FILE *out);

static char *printed(print_fn *print, const struct row *row)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	assert_int_equal(print(row, out), 0);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(strlen(text), size);
	return text;
}

static struct row row_of(const char *path)
{
	struct row row = { .table = ROW_ACTIONS, .seq = 7 };

	row_set_number(&row, ACTIONS_time, 1795428902123456789);
	(void)row_set_text(&row, ACTIONS_agent, "agent-001");
	(void)row_set_text(&row, ACTIONS_action, "read_file");
	(void)row_set_text(&row, ACTIONS_path, path);
	(void)row_set_text(&row, ACTIONS_verdict, "allow");
	(void)row_set_text(&row, ACTIONS_rule, "workspace");
	return row;
}

#define LINE(target)                                                                               \
	"2026-11-23T10:15:02.123Z  agent-001  read_file  " target "  allow  workspace\n"

static void a_line_is_what_it_looks_like(void **state)
{
	static const struct {
		const char *path, *want;
	} cases[] = {
		{ "/data/report.csv", LINE("/data/report.csv") },
		{ "/data/my report", LINE("/data/my report") },
		{ "/a\nb", LINE("/a\\x0ab") },
		{ "/\x1b[31mred", LINE("/\\x1b[31mred") },
		{ "/\xc2\x9b"
		  "31mred",
		  LINE("/\\u{9b}31mred") },
		{ "/\xff", LINE("/\\xff") },
		{ "/\xe2\x80\xae"
		  "fdp.exe",
		  LINE("/\\u{202e}fdp.exe") },
		{ "/\xc3\xa4", LINE("/\xc3\xa4") },
		{ "/x  deny  secrets", LINE("/x \\x20deny \\x20secrets") },
		{ "/x ", LINE("/x\\x20") },
		{ " ", LINE("\\x20") },
		{ "", LINE("-") },
		{ NULL, LINE("-") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct row row = row_of(cases[i].path);
		char *text = printed(print_line, &row);

		assert_string_equal(text, cases[i].want);
		free(text);
	}
}

static void a_peer_is_shown_by_its_name_or_address(void **state)
{
	static const struct {
		const char *host, *ip, *want;
	} cases[] = {
		{ "example.com", "1.2.3.4", LINE("example.com:443") },
		{ NULL, "1.2.3.4", LINE("1.2.3.4:443") },
		{ NULL, "2001:db8::1", LINE("[2001:db8::1]:443") },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct row row = row_of(NULL);
		char *text;

		(void)row_set_text(&row, ACTIONS_host, cases[i].host);
		(void)row_set_text(&row, ACTIONS_ip, cases[i].ip);
		row_set_number(&row, ACTIONS_port, 443);
		text = printed(print_line, &row);
		assert_string_equal(text, cases[i].want);
		free(text);
	}
}

static void times_before_1970_and_far_away_are_shown(void **state)
{
	static const struct {
		int64_t ns;
		const char *want;
	} cases[] = {
		{ 0, "1970-01-01T00:00:00.000Z " },
		{ -1000000, "1969-12-31T23:59:59.999Z " },
		{ INT64_MAX, "2262-04-11T23:47:16.854Z " },
		{ INT64_MIN, "1677-09-21T00:12:43.145Z " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct row row = row_of("/x");
		char *text;

		row_set_number(&row, ACTIONS_time, cases[i].ns);
		text = printed(print_line, &row);
		assert_memory_equal(text, cases[i].want, strlen(cases[i].want));
		free(text);
	}
}

/* The bytes that a JSON value stands for. */
static size_t json_bytes(const json_t *json, char *out)
{
	const char *hex = json_string_value(json_object_get(json, "hex"));
	size_t size = 0;

	if (json_is_string(json)) {
		size = json_string_length(json);
		memcpy(out, json_string_value(json), size);
		return size;
	}
	assert_non_null(hex);
	for (; hex[0]; hex += 2) {
		unsigned byte;

		assert_int_equal(sscanf(hex, "%2x", &byte), 1);
		out[size++] = (char)byte;
	}
	return size;
}

static void json_loses_nothing_and_is_plain_ascii(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
	} cases[] = {
		{ "/ws/a", 5 },
		{ "", 0 },
		{ "\x1b[31m\n\"\\", 8 },
		{ "\xff\xfe", 2 },
		{ "\xe2\x80\xae\xc3\xa4", 5 },
		{ "a\0b", 3 },
		{ "\xf0\x9f\x98\x80", 4 },
		{ "{\"hex\":\"00\"}", 12 },
		{ "\xc2\x9b", 2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct row row = row_of("");
		char back[64];
		char *text;
		json_t *json;

		row.values[ACTIONS_path] = (struct value){ VALUE_TEXT, 0, cases[i].bytes,
							   cases[i].size };
		text = printed(print_json, &row);
		assert_int_equal(strspn(text, "\n"), 0);
		assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
		for (const char *c = text; c[1]; c++)
			assert_in_range((unsigned char)*c, 0x20, 0x7e);
		json = json_loads(text, JSON_ALLOW_NUL, NULL);
		assert_non_null(json);
		assert_int_equal(json_bytes(json_object_get(json, "path"), back), cases[i].size);
		assert_memory_equal(back, cases[i].bytes, cases[i].size);
		assert_string_equal(json_string_value(json_object_get(json, "time")),
				    "2026-11-23T10:15:02.123Z");
		assert_null(json_object_get(json, "host"));
		json_decref(json);
		free(text);
	}
}

static void json_has_the_arguments_as_an_array(void **state)
{
	struct row row = row_of("/bin/ls");
	char *text;

	(void)state;
	(void)row_set_text(&row, ACTIONS_argv, "[\"ls\",{\"hex\":\"ff\"},{\"cut\":2}]");
	text = printed(print_json, &row);
	assert_non_null(strstr(text, "\"argv\":[\"ls\",{\"hex\":\"ff\"},{\"cut\":2}]"));
	free(text);
	(void)row_set_text(&row, ACTIONS_argv, "[\"meddled with");
	text = printed(print_json, &row);
	assert_non_null(strstr(text, "\"argv\":\"[\\\"meddled with\""));
	free(text);
}

static void csv_quotes_and_starts_no_formula(void **state)
{
	struct row row = row_of("/a \"b\", c\n");
	char *text;

	(void)state;
	(void)row_set_text(&row, ACTIONS_given, "=HYPERLINK(\"x\")");
	text = printed(print_csv, &row);
	assert_non_null(strstr(text, ",\"/a \"\"b\"\", c\\x0a\",\"\\x3dHYPERLINK(\"\"x\"\")\","));
	assert_memory_equal(text, "7,\"2026-11-23T10:15:02.123Z\",", 29);
	assert_string_equal(text + strlen(text) - 2, "\r\n");
	free(text);
}

static void fields_are_shown_one_a_line(void **state)
{
	struct row row = row_of("/a\nb");
	char *text;

	(void)state;
	text = printed(print_fields, &row);
	assert_string_equal(text, "seq           7\n"
				  "time          2026-11-23T10:15:02.123Z\n"
				  "agent         agent-001\n"
				  "action        read_file\n"
				  "verdict       allow\n"
				  "rule          workspace\n"
				  "path          /a\\x0ab\n"
				  "prev         \n"
				  "hash         \n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(filters_choose_rows, make, clean),
		cmocka_unit_test_setup_teardown(a_time_is_in_and_its_end_is_out, make, clean),
		cmocka_unit_test_setup_teardown(a_visitor_can_end_the_walk, make, clean),
		cmocka_unit_test_setup_teardown(a_reader_sees_what_a_running_run_writes, make,
						clean),
		cmocka_unit_test_setup_teardown(a_row_of_either_table_is_found_by_its_number, make,
						clean),
		cmocka_unit_test_setup_teardown(actions_are_counted, make, clean),
		cmocka_unit_test(a_line_is_what_it_looks_like),
		cmocka_unit_test(a_peer_is_shown_by_its_name_or_address),
		cmocka_unit_test(times_before_1970_and_far_away_are_shown),
		cmocka_unit_test(json_loses_nothing_and_is_plain_ascii),
		cmocka_unit_test(json_has_the_arguments_as_an_array),
		cmocka_unit_test(csv_quotes_and_starts_no_formula),
		cmocka_unit_test(fields_are_shown_one_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
