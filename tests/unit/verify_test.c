/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "audit/verify.h"
#include "tests/support/record.h"

/*
 * The record that is meddled with, by row:
 *   1 run one opens     2 read /ws/a    3 deny /etc/shadow   4 run two opens
 *   5 write /ws/b (1)   6 audit (2)     7 delete /ws/c (1)   8 run one closes   9 run two closes
 */
static void sample(const struct record *record)
{
	struct recorder *one = record_begin(record, "one");
	struct recorder *two;

	assert_int_equal(record_file(one, ACTION_READ_FILE, "/ws/a", VERDICT_ALLOW), 0);
	assert_int_equal(record_file(one, ACTION_READ_FILE, "/etc/shadow", VERDICT_DENY), 0);
	two = record_begin(record, "two");
	assert_int_equal(record_file(one, ACTION_WRITE_FILE, "/ws/b", VERDICT_ALLOW), 0);
	assert_int_equal(record_file(two, ACTION_WRITE_FILE, "/ws/d", VERDICT_AUDIT), 0);
	assert_int_equal(record_file(one, ACTION_DELETE_FILE, "/ws/c", VERDICT_ALLOW), 0);
	assert_int_equal(record_end(one), 0);
	assert_int_equal(record_end(two), 0);
}

static struct verification verified(const struct record *record)
{
	struct verification found;
	struct fault fault = { 0 };
	struct reader *reader = NULL;

	assert_int_equal(reader_open(record->path, &reader, &fault), 0);
	assert_int_equal(reader_verify(reader, &found, &fault), 0);
	reader_close(reader);
	return found;
}

static void what_nobody_touched_is_good(void **state)
{
	struct verification found;
	struct record record;

	(void)state;
	record_make(&record);
	sample(&record);
	assert_int_equal(record_number(&record, "SELECT max(seq) FROM runs"), 9);
	assert_int_equal(record_number(&record, "SELECT count(*) FROM actions"), 5);
	found = verified(&record);
	assert_false(found.is_bad);
	assert_int_equal(found.rows, 9);
	assert_int_equal(found.runs, 2);
	assert_int_equal(found.open_count, 0);
	record_remove(&record);
}

#define COPY                                                                                       \
	"time, mono, run, agent, pid, uid, program, call, action, operation, verdict, rule, "      \
	"rule_file, rule_line, message, layer, answer, approver, approver_uid, path, given, "      \
	"is_dir, argv, script, protocol, "                                                         \
	"host, ip, port, own, harmless, cut, prev, hash"

/* Each is done to a fresh copy of the record. */
static const struct {
	const char *name, *sql;
	int bad_seq;
} intrusions[] = {
	{ "edit the first action", "UPDATE actions SET path = '/ws/z' WHERE seq = 2", 2 },
	{ "edit one in the middle", "UPDATE actions SET verdict = 'allow' WHERE seq = 3", 3 },
	{ "edit the last action", "UPDATE actions SET pid = 1 WHERE seq = 7", 7 },
	{ "edit an opening row", "UPDATE runs SET policy_hash = 'x' WHERE seq = 1", 1 },
	{ "edit a closing row", "UPDATE runs SET denied = 0 WHERE seq = 8", 8 },
	{ "edit the last row", "UPDATE runs SET status = 1 WHERE seq = 9", 9 },
	{ "edit a time", "UPDATE actions SET time = time + 1 WHERE seq = 5", 5 },
	{ "text to bytes", "UPDATE actions SET path = CAST(path AS BLOB) WHERE seq = 5", 5 },
	{ "number to real", "UPDATE actions SET operation = 1.5 WHERE seq = 5", 5 },
	{ "NULL to empty", "UPDATE actions SET operation = '' WHERE seq = 5", 5 },
	{ "a NUL at the end", "UPDATE actions SET path = path || char(0) WHERE seq = 5", 5 },
	{ "text from one column to the next",
	  "UPDATE actions SET rule = 'secretsb', rule_file = 'ase.yaml' WHERE seq = 3", 3 },
	{ "edit a hash", "UPDATE actions SET hash = zeroblob(32) WHERE seq = 3", 3 },
	{ "edit a previous hash", "UPDATE actions SET prev = zeroblob(32) WHERE seq = 3", 3 },
	{ "the hash as text", "UPDATE actions SET hash = hex(hash) WHERE seq = 3", 3 },
	{ "remove the first row", "DELETE FROM runs WHERE seq = 1", 1 },
	{ "remove the first action", "DELETE FROM actions WHERE seq = 2", 2 },
	{ "remove one in the middle", "DELETE FROM actions WHERE seq = 5", 5 },
	{ "remove a closing row", "DELETE FROM runs WHERE seq = 8", 8 },
	{ "remove all actions", "DELETE FROM actions", 2 },
	{ "remove one and close the gap",
	  "DELETE FROM actions WHERE seq = 3; UPDATE runs SET seq = 3 WHERE seq = 4;"
	  "UPDATE actions SET seq = 4 WHERE seq = 5; UPDATE actions SET seq = 5 WHERE seq = 6;"
	  "UPDATE actions SET seq = 6 WHERE seq = 7; UPDATE runs SET seq = seq - 1 WHERE seq > 7",
	  3 },
	{ "remove one and mend the previous hash",
	  "DELETE FROM actions WHERE seq = 6;"
	  "UPDATE actions SET prev = (SELECT hash FROM actions WHERE seq = 5), seq = 6 WHERE seq = "
	  "7;"
	  "UPDATE runs SET seq = seq - 1 WHERE seq > 7",
	  6 },
	{ "put one in at the end",
	  "INSERT INTO actions (seq, " COPY ") SELECT 10, " COPY " FROM actions WHERE seq = 7",
	  10 },
	{ "put one in with a number that is taken",
	  "INSERT INTO actions (seq, " COPY ") SELECT 4, " COPY " FROM actions WHERE seq = 3", 4 },
	{ "put one in before all",
	  "INSERT INTO actions (seq, " COPY ") SELECT 0, " COPY " FROM actions WHERE seq = 7", 0 },
	{ "put one in below zero",
	  "INSERT INTO actions (seq, " COPY ") SELECT -5, " COPY " FROM actions WHERE seq = 7",
	  -5 },
	{ "put one in far behind",
	  "INSERT INTO actions (seq, " COPY ") SELECT 99, " COPY " FROM actions WHERE seq = 7",
	  10 },
	{ "swap two rows",
	  "UPDATE actions SET seq = 100 WHERE seq = 5; UPDATE actions SET seq = 5 WHERE seq = 6;"
	  "UPDATE actions SET seq = 6 WHERE seq = 100",
	  5 },
	{ "another id of the database", "UPDATE recorder SET id = zeroblob(16)", 1 },
};

static void an_intrusion_is_found_where_it_was(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(intrusions) / sizeof(intrusions[0]); i++) {
		struct verification found;
		struct record record;

		record_make(&record);
		sample(&record);
		assert_true(record_meddle(&record, intrusions[i].sql));
		found = verified(&record);
		if (!found.is_bad || found.bad_seq != intrusions[i].bad_seq)
			fail_msg("%s: found bad %d at %lld (%s)", intrusions[i].name, found.is_bad,
				 (long long)found.bad_seq, found.is_bad ? found.reason : "");
		assert_true(found.reason[0]);
		record_remove(&record);
	}
}

/* Each column of each table is under the hash: an edit of any one of them is found. */
static void every_column_is_covered(void **state)
{
	static const int seqs[2] = { 8, 3 };

	(void)state;
	for (int table = 0; table < 2; table++) {
		const struct row_layout *layout = &row_layouts[table];

		for (size_t i = 0; i < layout->count; i++) {
			struct verification found;
			struct record record;
			char sql[256];

			record_make(&record);
			sample(&record);
			(void)snprintf(
				sql, sizeof(sql),
				"UPDATE %s SET %s = CASE WHEN %s IS NULL THEN 1 ELSE NULL END "
				"WHERE seq = %d",
				layout->table, layout->columns[i].name, layout->columns[i].name,
				seqs[table]);
			assert_true(record_meddle(&record, sql));
			found = verified(&record);
			if (!found.is_bad || found.bad_seq != seqs[table])
				fail_msg("%s.%s is not covered", layout->table,
					 layout->columns[i].name);
			record_remove(&record);
		}
	}
}

static void a_run_that_lost_its_end_is_told(void **state)
{
	struct verification found;
	struct record record;

	(void)state;
	record_make(&record);
	sample(&record);
	assert_true(record_meddle(&record, "DELETE FROM runs WHERE seq = 9"));
	found = verified(&record);
	assert_false(found.is_bad);
	assert_int_equal(found.rows, 8);
	assert_int_equal(found.open_count, 1);
	assert_int_equal(found.open[0].seq, 4);
	assert_string_equal(found.open[0].id, "two");

	assert_true(record_meddle(&record, "DELETE FROM runs WHERE seq = 8;"
					   "DELETE FROM actions WHERE seq = 7"));
	found = verified(&record);
	assert_int_equal(found.open_count, 2);
	assert_string_equal(found.open[0].id, "one");
	assert_string_equal(found.open[1].id, "two");
	record_remove(&record);
}

/*
 * The chain is not signed: an intruder can make it anew. What it says of the runs must still hold.
 */

struct made {
	enum row_table table;
	const char *run;
	const char *word; /* kind, or verdict */
	int allowed, denied;
	int asked; /* of an action: 1 when it was granted */
};

#define OPEN(id)                                                                                   \
	{                                                                                          \
		ROW_RUNS, id, "open", .asked = 0                                                   \
	}
#define CLOSE(id, allowed, refused)                                                                \
	{                                                                                          \
		ROW_RUNS, id, "close", allowed, .denied = refused                                  \
	}
#define CLOSE_ASKED(id, asked, denied)                                                             \
	{                                                                                          \
		ROW_RUNS, id, "close", 0, denied, asked                                            \
	}
#define ASKED(id, granted)                                                                         \
	{                                                                                          \
		ROW_ACTIONS, id, "ask", 0, 0, granted                                              \
	}
#define ACTION(id, verdict)                                                                        \
	{                                                                                          \
		ROW_ACTIONS, id, verdict, .asked = 0                                               \
	}

static const struct {
	struct made rows[6];
	int bad_seq; /* 0: none */
} chains[] = {
	{ { OPEN("a"), ACTION("a", "allow"), ACTION("a", "deny"), CLOSE("a", 1, 1) }, 0 },
	{ { OPEN("a"), ACTION("a", "allow"), ACTION("a", "kill"), CLOSE("a", 1, 1) }, 0 },
	{ { OPEN("a"), OPEN("b"), ACTION("b", "deny"), CLOSE("b", 0, 1), CLOSE("a", 0, 0) }, 0 },
	{ { OPEN("a"), ACTION("a", "allow"), CLOSE("a", 1, 1) }, 3 },
	{ { OPEN("a"), ACTION("a", "allow"), ACTION("a", "allow"), CLOSE("a", 1, 0) }, 4 },
	{ { OPEN("a"), ACTION("a", "audit"), CLOSE("a", 1, 0) }, 3 },
	{ { OPEN("a"), OPEN("b"), ACTION("a", "deny"), CLOSE("b", 0, 1) }, 4 },
	{ { OPEN("a"), ASKED("a", 1), ASKED("a", 0), CLOSE_ASKED("a", 2, 1) }, 0 },
	{ { OPEN("a"), ASKED("a", 0), CLOSE_ASKED("a", 1, 0) }, 3 },
	{ { OPEN("a"), ASKED("a", 1), CLOSE_ASKED("a", 1, 1) }, 3 },
	{ { OPEN("a"), ASKED("a", 1), CLOSE_ASKED("a", 0, 0) }, 3 },
	{ { ACTION("a", "allow"), OPEN("a") }, 1 },
	{ { OPEN("a"), CLOSE("a", 0, 0), ACTION("a", "allow") }, 3 },
	{ { OPEN("a"), ACTION("ab", "allow") }, 2 },
	{ { OPEN("a"), OPEN("a") }, 2 },
	{ { OPEN("a"), CLOSE("a", 0, 0), CLOSE("a", 0, 0) }, 3 },
	{ { { ROW_RUNS, "a", "begin", .asked = 0 } }, 1 },
};

static void row_fill(const struct made *made, int64_t seq, struct row *out)
{
	*out = (struct row){ .table = made->table, .seq = seq };
	if (made->table == ROW_ACTIONS) {
		(void)row_set_text(out, ACTIONS_run, made->run);
		(void)row_set_text(out, ACTIONS_verdict, made->word);
		if (made->asked)
			(void)row_set_text(out, ACTIONS_answer, "granted");
		return;
	}
	(void)row_set_text(out, RUNS_run, made->run);
	(void)row_set_text(out, RUNS_kind, made->word);
	row_set_number(out, RUNS_allowed, made->allowed);
	row_set_number(out, RUNS_denied, made->denied);
	row_set_number(out, RUNS_asked, made->asked);
}

static void a_chain_made_anew_must_still_count(void **state)
{
	static const unsigned char id[16] = { 1, 2, 3 };

	(void)state;
	for (size_t i = 0; i < sizeof(chains) / sizeof(chains[0]); i++) {
		struct verifier *verifier = verifier_new(id, sizeof(id));
		struct verification found = { .rows = 0 };
		unsigned char prev[ROW_HASH_SIZE], hash[ROW_HASH_SIZE];
		struct row row;

		row_hash_genesis(id, sizeof(id), prev);
		for (int j = 0; j < 6 && chains[i].rows[j].run && !found.is_bad; j++) {
			row_fill(&chains[i].rows[j], j + 1, &row);
			row_hash(&row, prev, hash);
			row.prev = (struct value){ VALUE_BLOB, 0, prev, sizeof(prev) };
			row.hash = (struct value){ VALUE_BLOB, 0, hash, sizeof(hash) };
			assert_int_equal(verifier_row(verifier, &row, &found), 0);
			memcpy(prev, hash, sizeof(prev));
		}
		if (found.bad_seq != chains[i].bad_seq)
			fail_msg("chain %zu: found bad at %lld (%s)", i, (long long)found.bad_seq,
				 found.is_bad ? found.reason : "");
		verifier_free(verifier);
	}
}

static void of_many_open_runs_the_first_are_named(void **state)
{
	static const unsigned char id[16] = { 0 };
	struct verifier *verifier = verifier_new(id, sizeof(id));
	struct verification found = { .rows = 0 };
	unsigned char prev[ROW_HASH_SIZE], hash[ROW_HASH_SIZE];

	(void)state;
	row_hash_genesis(id, sizeof(id), prev);
	for (int i = 0; i < VERIFY_OPEN_SHOWN + 5; i++) {
		char name[32];
		struct made made = OPEN(name);
		struct row row;

		(void)snprintf(name, sizeof(name), "run %d", i);
		row_fill(&made, i + 1, &row);
		row_hash(&row, prev, hash);
		row.prev = (struct value){ VALUE_BLOB, 0, prev, sizeof(prev) };
		row.hash = (struct value){ VALUE_BLOB, 0, hash, sizeof(hash) };
		assert_int_equal(verifier_row(verifier, &row, &found), 0);
		memcpy(prev, hash, sizeof(prev));
	}
	verifier_finish(verifier, &found);
	verifier_free(verifier);
	assert_int_equal(found.open_count, VERIFY_OPEN_SHOWN + 5);
	for (int i = 0; i < VERIFY_OPEN_SHOWN; i++)
		assert_int_equal(found.open[i].seq, i + 1);
	assert_string_equal(found.open[3].id, "run 3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_nobody_touched_is_good),
		cmocka_unit_test(an_intrusion_is_found_where_it_was),
		cmocka_unit_test(every_column_is_covered),
		cmocka_unit_test(a_run_that_lost_its_end_is_told),
		cmocka_unit_test(a_chain_made_anew_must_still_count),
		cmocka_unit_test(of_many_open_runs_the_first_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
