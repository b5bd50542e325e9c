/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sodium.h>

#include "audit/verify.h"
#include "audit/writer.h"
#include "tests/support/record.h"

/*
 * The record that is meddled with, by row:
 *   1 run one opens     2 a seal        3 read /ws/a         4 deny /etc/shadow
 *   5 run two opens     6 a seal        7 write /ws/b (1)    8 audit (2)   9 delete /ws/c (1)
 *   10 run one closes   11 a seal       12 run two closes    13 a seal
 */
#define ACTIONS "SELECT count(*) FROM actions"

static struct record master;

static int make_master(void **state)
{
	struct recorder *one, *two;

	(void)state;
	record_make(&master);
	one = record_begin(&master, "one");
	assert_int_equal(record_file(one, ACTION_READ_FILE, "/ws/a", VERDICT_ALLOW), 0);
	assert_int_equal(record_file(one, ACTION_READ_FILE, "/etc/shadow", VERDICT_DENY), 0);
	assert_true(record_wait(&master, ACTIONS, 2));
	two = record_begin(&master, "two");
	assert_int_equal(record_file(one, ACTION_WRITE_FILE, "/ws/b", VERDICT_ALLOW), 0);
	assert_true(record_wait(&master, ACTIONS, 3));
	assert_int_equal(record_file(two, ACTION_WRITE_FILE, "/ws/d", VERDICT_AUDIT), 0);
	assert_true(record_wait(&master, ACTIONS, 4));
	assert_int_equal(record_file(one, ACTION_DELETE_FILE, "/ws/c", VERDICT_ALLOW), 0);
	assert_int_equal(record_end(one), 0);
	assert_int_equal(record_end(two), 0);
	return 0;
}

static int remove_master(void **state)
{
	(void)state;
	record_remove(&master);
	return 0;
}

/* A copy of the database: its id, and so its anchor, are the same. */
static struct record copy(void)
{
	struct record record = master;
	char bytes[65536];
	FILE *from, *to;
	size_t size;

	(void)snprintf(record.path, sizeof(record.path), "%s/copy.db", master.folder);
	from = fopen(master.path, "rb");
	to = fopen(record.path, "wb");
	assert_true(from && to);
	while ((size = fread(bytes, 1, sizeof(bytes), from)) > 0)
		assert_int_equal(fwrite(bytes, 1, size, to), size);
	assert_int_equal(fclose(from), 0);
	assert_int_equal(fclose(to), 0);
	assert_int_equal(chmod(record.path, 0600), 0);
	return record;
}

static struct verification verified(const struct record *record)
{
	struct verification found;
	struct fault fault = { 0 };
	struct reader *reader = NULL;

	assert_int_equal(reader_open(record->path, &reader, &fault), 0);
	assert_int_equal(reader_verify(reader, NULL, &found, &fault), 0);
	reader_close(reader);
	return found;
}

static void what_nobody_touched_is_good(void **state)
{
	struct record record = copy();
	struct verification found;

	(void)state;
	assert_int_equal(record_number(&record, "SELECT max(seq) FROM seals"), 13);
	assert_int_equal(record_number(&record, ACTIONS), 5);
	found = verified(&record);
	if (found.is_bad || found.missing[0])
		fail_msg("%s%s", found.reason, found.missing);
	assert_true(found.is_anchored);
	assert_int_equal(found.rows, 13);
	assert_int_equal(found.seals, 4);
	assert_int_equal(found.runs, 2);
	assert_int_equal(found.open_count, 0);
	assert_int_equal(found.lost, 0);
	assert_int_equal(found.unsealed, 0);
}

#define COPY                                                                                       \
	"time, mono, run, agent, pid, uid, program, call, action, operation, verdict, rule, "      \
	"rule_file, rule_line, message, layer, answer, approver, approver_uid, path, given, "      \
	"is_dir, argv, script, protocol, host, ip, port, content, own, harmless, cut, outcome, "   \
	"latency, count, ppid, prev, hash"

/* Each is done to a fresh copy of the record. */
static const struct {
	const char *name, *sql;
	int bad_seq;
} intrusions[] = {
	{ "edit the first action", "UPDATE actions SET path = '/ws/z' WHERE seq = 3", 3 },
	{ "edit one in the middle", "UPDATE actions SET verdict = 'allow' WHERE seq = 4", 4 },
	{ "edit the last action", "UPDATE actions SET pid = 1 WHERE seq = 9", 9 },
	{ "edit an opening row", "UPDATE runs SET policy_hash = 'x' WHERE seq = 1", 1 },
	{ "edit a closing row", "UPDATE runs SET denied = 0 WHERE seq = 10", 10 },
	{ "edit the last run", "UPDATE runs SET status = 1 WHERE seq = 12", 12 },
	{ "edit a seal", "UPDATE seals SET rows = 7 WHERE seq = 11", 11 },
	{ "edit the last row", "UPDATE seals SET time = time + 1 WHERE seq = 13", 13 },
	{ "count a read again", "UPDATE actions SET count = 2 WHERE seq = 3", 3 },
	{ "say that it failed", "UPDATE actions SET outcome = 2 WHERE seq = 7", 7 },
	{ "remove a seal", "DELETE FROM seals WHERE seq = 11", 11 },
	{ "remove the first run",
	  "DELETE FROM runs WHERE run = 'one';"
	  "DELETE FROM actions WHERE run = 'one'",
	  1 },
	{ "remove the second run",
	  "DELETE FROM runs WHERE run = 'two';"
	  "DELETE FROM actions WHERE run = 'two'",
	  5 },
	{ "swap a run and an action",
	  "UPDATE runs SET seq = 50 WHERE seq = 5; UPDATE actions SET seq = 5 WHERE seq = 7;"
	  "UPDATE runs SET seq = 7 WHERE seq = 50",
	  5 },
	{ "number all anew",
	  "UPDATE runs SET seq = -seq; UPDATE runs SET seq = 1 - seq;"
	  "UPDATE actions SET seq = -seq; UPDATE actions SET seq = 1 - seq;"
	  "UPDATE seals SET seq = -seq; UPDATE seals SET seq = 1 - seq",
	  1 },
	{ "edit a time", "UPDATE actions SET time = time + 1 WHERE seq = 7", 7 },
	{ "text to bytes", "UPDATE actions SET path = CAST(path AS BLOB) WHERE seq = 7", 7 },
	{ "number to real", "UPDATE actions SET operation = 1.5 WHERE seq = 7", 7 },
	{ "NULL to empty", "UPDATE actions SET operation = '' WHERE seq = 7", 7 },
	{ "a NUL at the end", "UPDATE actions SET path = path || char(0) WHERE seq = 7", 7 },
	{ "text from one column to the next",
	  "UPDATE actions SET rule = 'secretsb', rule_file = 'ase.yaml' WHERE seq = 4", 4 },
	{ "edit a hash", "UPDATE actions SET hash = zeroblob(32) WHERE seq = 4", 4 },
	{ "edit a previous hash", "UPDATE actions SET prev = zeroblob(32) WHERE seq = 4", 4 },
	{ "the hash as text", "UPDATE actions SET hash = hex(hash) WHERE seq = 4", 4 },
	{ "remove the first row", "DELETE FROM runs WHERE seq = 1", 1 },
	{ "remove the first action", "DELETE FROM actions WHERE seq = 3", 3 },
	{ "remove one in the middle", "DELETE FROM actions WHERE seq = 7", 7 },
	{ "remove a closing row", "DELETE FROM runs WHERE seq = 10", 10 },
	{ "remove all actions", "DELETE FROM actions", 3 },
	{ "remove one and close the gap",
	  "DELETE FROM actions WHERE seq = 4; UPDATE runs SET seq = 4 WHERE seq = 5;"
	  "UPDATE actions SET seq = 5 WHERE seq = 7; UPDATE actions SET seq = 7 WHERE seq = 8;"
	  "UPDATE actions SET seq = 8 WHERE seq = 9; UPDATE runs SET seq = seq - 1 WHERE seq > 9",
	  4 },
	{ "remove one and mend the previous hash",
	  "DELETE FROM actions WHERE seq = 8;"
	  "UPDATE actions SET prev = (SELECT hash FROM actions WHERE seq = 7), seq = 8 WHERE seq = "
	  "9;"
	  "UPDATE runs SET seq = seq - 1 WHERE seq > 9",
	  8 },
	{ "put one in at the end",
	  "INSERT INTO actions (seq, " COPY ") SELECT 14, " COPY " FROM actions WHERE seq = 9",
	  14 },
	{ "put one in with a number that is taken",
	  "INSERT INTO actions (seq, " COPY ") SELECT 5, " COPY " FROM actions WHERE seq = 4", 5 },
	{ "put one in before all",
	  "INSERT INTO actions (seq, " COPY ") SELECT 0, " COPY " FROM actions WHERE seq = 9", 0 },
	{ "put one in below zero",
	  "INSERT INTO actions (seq, " COPY ") SELECT -5, " COPY " FROM actions WHERE seq = 9",
	  -5 },
	{ "put one in far behind",
	  "INSERT INTO actions (seq, " COPY ") SELECT 99, " COPY " FROM actions WHERE seq = 9",
	  14 },
	{ "swap two rows",
	  "UPDATE actions SET seq = 100 WHERE seq = 7; UPDATE actions SET seq = 7 WHERE seq = 8;"
	  "UPDATE actions SET seq = 8 WHERE seq = 100",
	  7 },
	{ "another id of the database", "UPDATE recorder SET id = zeroblob(16)", 1 },
};

static void an_intrusion_is_found_where_it_was(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(intrusions) / sizeof(intrusions[0]); i++) {
		struct verification found;
		struct record record = copy();

		assert_true(record_meddle(&record, intrusions[i].sql));
		found = verified(&record);
		if (!found.is_bad || found.bad_seq != intrusions[i].bad_seq)
			fail_msg("%s: found bad %d at %lld (%s)", intrusions[i].name, found.is_bad,
				 (long long)found.bad_seq, found.is_bad ? found.reason : "");
		assert_true(found.reason[0]);
	}
}

/* Each column of each table is under the hash: an edit of any one of them is found. */
static void every_column_is_covered(void **state)
{
	static const int seqs[ROW_TABLES] = { 10, 4, 11 };

	(void)state;
	for (int table = 0; table < ROW_TABLES; table++) {
		const struct row_layout *layout = &row_layouts[table];

		for (size_t i = 0; i < layout->count; i++) {
			struct verification found;
			struct record record = copy();
			char sql[256];

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
		}
	}
}

static void an_end_that_was_removed_is_told(void **state)
{
	struct record record = copy();
	struct verification found;

	(void)state;
	assert_true(record_meddle(&record, "DELETE FROM seals WHERE seq = 13"));
	found = verified(&record);
	assert_false(found.is_bad);
	assert_non_null(strstr(found.missing, "seal that follows row 12"));

	assert_true(record_meddle(&record, "DELETE FROM runs WHERE seq = 12"));
	found = verified(&record);
	assert_false(found.is_bad);
	assert_non_null(strstr(found.missing, "12 rows had been sealed, and there are 11"));
	assert_int_equal(found.open_count, 1);
	assert_int_equal(found.open[0].seq, 5);
	assert_string_equal(found.open[0].id, "two");

	assert_true(record_meddle(&record, "DELETE FROM runs WHERE seq > 5;"
					   "DELETE FROM actions WHERE seq = 9;"
					   "DELETE FROM seals WHERE seq > 6"));
	found = verified(&record);
	assert_false(found.is_bad);
	assert_non_null(strstr(found.missing, "12 rows had been sealed, and there are 8"));
	assert_int_equal(found.open_count, 2);
	assert_string_equal(found.open[0].id, "one");
	assert_string_equal(found.open[1].id, "two");

	assert_true(
		record_meddle(&record, "DELETE FROM runs; DELETE FROM actions; DELETE FROM seals"));
	found = verified(&record);
	assert_false(found.is_bad);
	assert_non_null(strstr(found.missing, "12 rows had been sealed, and there are 0"));
}

static void an_older_copy_is_told(void **state)
{
	struct record record = copy(); /* with 13 rows */
	struct verification found;

	(void)state;
	assert_int_equal(record_end(record_begin(&master, "three")), 0);
	found = verified(&record);
	assert_false(found.is_bad);
	assert_non_null(strstr(found.missing, "16 rows had been sealed, and there are 13"));

	/* It goes on from there, and becomes longer than the other was. */
	assert_int_equal(rename(record.path, master.path), 0);
	assert_int_equal(record_end(record_begin(&master, "four")), 0);
	assert_int_equal(record_end(record_begin(&master, "five")), 0);
	found = verified(&master);
	assert_false(found.is_bad);
	assert_non_null(
		strstr(found.missing, "16 rows had been sealed, and the last of them was gone"));
	(void)remove_master(state);
	(void)make_master(state);
}

/* A record of somebody else, with a good chain and good seals, in place of ours. */
static void another_record_in_its_place_is_told(void **state)
{
	struct record other = master;
	struct verification found;

	(void)state;
	(void)snprintf(other.path, sizeof(other.path), "%s/other.db", master.folder);
	assert_int_equal(record_end(record_begin(&other, "x")), 0);
	assert_int_equal(rename(other.path, master.path), 0);
	found = verified(&master);
	assert_false(found.is_bad);
	assert_non_null(strstr(found.missing, "is another one"));
	(void)remove_master(state);
	(void)make_master(state);
}

static void on_another_host_the_key_must_be_told(void **state)
{
	struct keys_known known = { .count = 0 }, other = { .count = 0 };
	struct verification found;
	struct reader *reader = NULL;
	struct fault fault = { 0 };
	struct keys keys;

	(void)state;
	assert_int_equal(keys_open(master.path, &keys, &fault), 0);
	memcpy(known.keys[known.count++], keys.public, KEYS_PUBLIC_SIZE);
	memset(other.keys[other.count++], 7, KEYS_PUBLIC_SIZE);
	keys_close(&keys);
	assert_int_equal(setenv("XDG_STATE_HOME", "/nonexistent", 1), 0);
	assert_int_equal(reader_open(master.path, &reader, &fault), 0);

	assert_int_equal(reader_verify(reader, NULL, &found, &fault), 0);
	assert_false(found.is_bad || found.is_anchored || found.missing[0]);
	assert_int_equal(found.unknown, 4);
	assert_int_equal(strlen(found.unknown_key), 64);
	assert_int_equal(reader_verify(reader, &known, &found, &fault), 0);
	assert_false(found.is_bad);
	assert_int_equal(found.unknown, 0);
	assert_int_equal(reader_verify(reader, &other, &found, &fault), 0);
	assert_true(found.is_bad);
	assert_non_null(strstr(found.reason, "not known here"));
	reader_close(reader);
	assert_int_equal(setenv("XDG_STATE_HOME", master.folder, 1), 0);
}

static void rotate(const struct record *record)
{
	struct writer writer = { .seq = 0 };
	struct fault fault = { 0 };

	assert_int_equal(writer_open(record->path, &writer, &fault), 0);
	assert_int_equal(writer_rotate(&writer, &fault), 0);
	writer_close(&writer);
}

/* A key hands over to the next; whoever trusts the first trusts the chain. */
static void a_new_key_is_recorded(void **state)
{
	struct belief first = { .is_strict = true };
	struct verification found;
	struct reader *reader = NULL;
	struct fault fault = { 0 };
	struct keys keys;

	assert_int_equal(keys_open(master.path, &keys, &fault), 0);
	memcpy(first.known.keys[first.known.count++], keys.public, KEYS_PUBLIC_SIZE);
	keys_close(&keys);
	for (int i = 0; i < 3; i++) {
		rotate(&master);
		assert_int_equal(record_end(record_begin(&master, "rotated")), 0);
	}
	assert_int_equal(record_number(&master, "SELECT count(DISTINCT key) FROM seals"), 4);
	assert_int_equal(
		record_number(&master, "SELECT count(*) FROM seals WHERE next_key NOT NULL"), 3);
	found = verified(&master);
	if (found.is_bad || found.missing[0])
		fail_msg("%s%s", found.reason, found.missing);
	assert_true(found.is_anchored);
	assert_int_equal(reader_open(master.path, &reader, &fault), 0);
	assert_int_equal(reader_verify(reader, &first.known, &found, &fault), 0);
	assert_false(found.is_bad);
	reader_close(reader);

	/* Without what handed over, the next key is nobody's. */
	assert_true(
		record_meddle(&master, "UPDATE seals SET next_key = NULL WHERE next_key NOT NULL"));
	found = verified(&master);
	assert_true(found.is_bad);
	(void)remove_master(state);
	(void)make_master(state);
}

static void a_file_that_was_cut_off_is_no_record(void **state)
{
	struct record record = copy();
	struct reader *reader = NULL;
	struct verification found;
	struct fault fault = { 0 };
	struct stat st;
	int r;

	(void)state;
	assert_int_equal(stat(record.path, &st), 0);
	for (off_t size = st.st_size - 1; size >= 0; size -= 1500) {
		assert_int_equal(truncate(record.path, size), 0);
		r = reader_open(record.path, &reader, &fault);
		if (r == 0)
			r = reader_verify(reader, NULL, &found, &fault);
		if (r == 0 && !found.is_bad && !found.missing[0])
			fail_msg("cut off at %lld of %lld", (long long)size, (long long)st.st_size);
		reader_close(reader);
		reader = NULL;
	}
}

/*
 * Who can compute hashes, and has not the key: the library itself makes the chain anew.
 */

/* Places all rows behind each other again, with the hashes that they should carry. */
static void hash_anew(const struct record *record)
{
	unsigned char prev[ROW_HASH_SIZE], hash[ROW_HASH_SIZE];
	sqlite3_stmt *statement;
	sqlite3 *db;
	int64_t last;

	last = record_number(record, "SELECT max(seq) FROM (SELECT seq FROM runs UNION SELECT seq "
				     "FROM actions UNION SELECT seq FROM seals)");
	assert_int_equal(sqlite3_open(record->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT id FROM recorder", -1, &statement, NULL),
			 0);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	row_hash_genesis(sqlite3_column_blob(statement, 0), SCHEMA_ID_SIZE, prev);
	assert_int_equal(sqlite3_finalize(statement), 0);
	for (int64_t seq = 1; seq <= last; seq++) {
		for (int table = 0; table < ROW_TABLES; table++) {
			char columns[SCHEMA_COLUMNS_SIZE], sql[SCHEMA_COLUMNS_SIZE + 128];
			struct row row;
			bool is_there;

			(void)snprintf(
				sql, sizeof(sql), "SELECT %s FROM %s WHERE seq = %lld",
				schema_columns((enum row_table)table, columns, sizeof(columns)),
				row_layouts[table].table, (long long)seq);
			assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), 0);
			is_there = sqlite3_step(statement) == SQLITE_ROW;
			if (is_there) {
				schema_read_row(statement, (enum row_table)table, &row);
				row_hash(&row, prev, hash);
			}
			assert_int_equal(sqlite3_finalize(statement), 0);
			if (!is_there)
				continue;
			(void)snprintf(sql, sizeof(sql),
				       "UPDATE %s SET prev = ?1, hash = ?2 WHERE seq = %lld",
				       row_layouts[table].table, (long long)seq);
			assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), 0);
			(void)sqlite3_bind_blob(statement, 1, prev, sizeof(prev), SQLITE_STATIC);
			(void)sqlite3_bind_blob(statement, 2, hash, sizeof(hash), SQLITE_STATIC);
			assert_int_equal(sqlite3_step(statement), SQLITE_DONE);
			assert_int_equal(sqlite3_finalize(statement), 0);
			memcpy(prev, hash, sizeof(prev));
		}
	}
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static const struct {
	const char *name, *sql;
	int bad_seq;	     /* 0: none */
	const char *finding; /* part of the reason, or of what is missing */
} forgeries[] = {
	{ "edit an action", "UPDATE actions SET path = '/ws/z' WHERE seq = 3", 6, "other rows" },
	{ "edit the first row", "UPDATE runs SET argv = '[]' WHERE seq = 1", 2, "other rows" },
	{ "edit between the seals", "UPDATE runs SET status = 7 WHERE seq = 12", 13, "other rows" },
	{ "edit a seal", "UPDATE seals SET time = time + 1 WHERE seq = 11", 11, "signature" },
	{ "another key in a seal", "UPDATE seals SET key = replace(key, 'a', 'b') WHERE seq = 11",
	  11, "signature" },
	{ "a next key", "UPDATE seals SET next_key = key WHERE seq = 11", 11, "signature" },
	{ "a seal that cannot be read", "UPDATE seals SET signature = 'x' WHERE seq = 13", 13,
	  "can be read" },
	{ "a seal of fewer rows", "UPDATE seals SET rows = 3 WHERE seq = 13", 13,
	  "another number of rows" },
	{ "the seal before in its place",
	  "UPDATE seals SET (time, rows, root, signature) = (SELECT time, rows, root, signature "
	  "FROM "
	  "seals WHERE seq = 11) WHERE seq = 13",
	  13, "another number of rows" },
	{ "remove an action",
	  "DELETE FROM actions WHERE seq = 4; UPDATE actions SET seq = seq - 1 WHERE seq > 4;"
	  "UPDATE runs SET seq = seq - 1 WHERE seq > 4; UPDATE seals SET seq = seq - 1 WHERE seq > "
	  "4;"
	  "UPDATE runs SET denied = 0 WHERE seq = 9",
	  5, "another number of rows" },
	{ "remove the seals",
	  "DELETE FROM seals; UPDATE actions SET seq = seq - 1 WHERE seq < 5;"
	  "UPDATE runs SET seq = 4 WHERE seq = 5; UPDATE actions SET seq = seq - 2 WHERE seq > 5;"
	  "UPDATE runs SET seq = 8 WHERE seq = 10; UPDATE runs SET seq = 9 WHERE seq = 12",
	  2, "should be a seal" },
	{ "remove the second half",
	  "DELETE FROM runs WHERE seq = 12; DELETE FROM seals WHERE seq = 13", 0,
	  "had been sealed" },
};

static void who_has_not_the_key_forges_in_vain(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(forgeries) / sizeof(forgeries[0]); i++) {
		struct record record = copy();
		struct verification found;

		assert_true(record_meddle(&record, forgeries[i].sql));
		hash_anew(&record);
		found = verified(&record);
		if ((found.is_bad ? found.bad_seq : 0) != forgeries[i].bad_seq ||
		    !strstr(found.is_bad ? found.reason : found.missing, forgeries[i].finding))
			fail_msg("%s: bad %d at %lld (%s), missing: %s", forgeries[i].name,
				 found.is_bad, (long long)found.bad_seq,
				 found.is_bad ? found.reason : "", found.missing);
	}
}

/* Seals all anew, with a key of one's own. */
static void sign_anew(const struct record *record)
{
	struct sealed sealed = { .rows = 5 };
	unsigned char id[SCHEMA_ID_SIZE], seed[crypto_sign_SEEDBYTES] = { 5 };
	struct merkle merkle = { .count = 0 };
	struct seal_texts texts;
	sqlite3_stmt *statement;
	struct keys keys;
	struct row row;
	sqlite3 *db;
	char sql[1024];

	assert_int_equal(sqlite3_open(record->path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT id FROM recorder", -1, &statement, NULL),
			 0);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	memcpy(id, sqlite3_column_blob(statement, 0), sizeof(id));
	assert_int_equal(sqlite3_finalize(statement), 0);
	sealed.id = id;
	assert_int_equal(
		sqlite3_prepare_v2(db,
				   "SELECT hash FROM (SELECT seq, hash FROM runs UNION ALL "
				   "SELECT seq, hash FROM actions UNION ALL SELECT seq, "
				   "hash FROM seals) WHERE seq < 6 ORDER BY seq",
				   -1, &statement, NULL),
		0);
	while (sqlite3_step(statement) == SQLITE_ROW) {
		memcpy(sealed.head, sqlite3_column_blob(statement, 0), ROW_HASH_SIZE);
		merkle_append(&merkle, sealed.head);
	}
	assert_int_equal(sqlite3_finalize(statement), 0);
	merkle_root(&merkle, sealed.root);
	(void)crypto_sign_seed_keypair(keys.public, keys.secret, seed);
	seal_make(&keys, &sealed, NULL, &texts, &row);
	(void)snprintf(sql, sizeof(sql),
		       "UPDATE seals SET time = %lld, root = '%s', key = '%s', signature = '%s' "
		       "WHERE seq = 6",
		       (long long)row.values[SEALS_time].number, texts.root, texts.key,
		       texts.signature);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void a_key_of_ones_own_is_no_key(void **state)
{
	struct record record = copy();
	struct verification found;

	(void)state;
	assert_true(record_meddle(&record, "UPDATE actions SET path = '/ws/z' WHERE seq = 2"));
	hash_anew(&record);
	sign_anew(&record);
	hash_anew(&record);
	found = verified(&record);
	assert_true(found.is_bad);
	assert_int_equal(found.bad_seq, 6);
	assert_non_null(strstr(found.reason, "not known here"));
}

/* The control: what was not touched is hashed to the same. */
static void hashing_anew_changes_nothing(void **state)
{
	struct record record = copy();
	struct verification found;

	(void)state;
	hash_anew(&record);
	found = verified(&record);
	assert_false(found.is_bad);
	assert_string_equal(found.missing, "");
}

/*
 * What the rows say of the runs must hold, whoever has made the chain.
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
	int bad_row; /* 0: none */
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

static void row_fill(const struct made *made, struct row *out)
{
	*out = (struct row){ .table = made->table };
	if (made->table == ROW_ACTIONS) {
		(void)row_set_text(out, ACTIONS_run, made->run);
		(void)row_set_text(out, ACTIONS_verdict, made->word);
		row_set_number(out, ACTIONS_count, 1);
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

static const unsigned char made_id[SCHEMA_ID_SIZE] = { 1, 2, 3 };

/* A chain in the making, with a seal where a run begins and ends. */
struct making {
	struct verifier *verifier;
	struct verification found;
	struct keys keys;
	struct sealed sealed;
	struct merkle merkle;
};

static void making_begin(struct making *making)
{
	struct belief belief = { .is_strict = true };
	struct fault fault = { 0 };

	*making = (struct making){ .sealed.id = made_id };
	assert_int_equal(keys_open(master.path, &making->keys, &fault), 0);
	keys_read_known(making->keys.folder, &belief.known);
	making->verifier = verifier_new(made_id, &belief);
	row_hash_genesis(made_id, sizeof(made_id), making->sealed.head);
}

static void making_add(struct making *making, struct row *row)
{
	unsigned char hash[ROW_HASH_SIZE];

	row->seq = ++making->sealed.rows;
	row_hash(row, making->sealed.head, hash);
	row->prev = (struct value){ VALUE_BLOB, 0, making->sealed.head, ROW_HASH_SIZE };
	row->hash = (struct value){ VALUE_BLOB, 0, hash, sizeof(hash) };
	assert_int_equal(verifier_row(making->verifier, row, &making->found), 0);
	memcpy(making->sealed.head, hash, sizeof(hash));
	merkle_append(&making->merkle, hash);
}

static void making_seal(struct making *making)
{
	struct seal_texts texts;
	struct row row;

	merkle_root(&making->merkle, making->sealed.root);
	seal_make(&making->keys, &making->sealed, NULL, &texts, &row);
	making_add(making, &row);
}

static void making_end(struct making *making)
{
	verifier_finish(making->verifier, &making->found);
	verifier_free(making->verifier);
	keys_close(&making->keys);
}

static void a_chain_made_anew_must_still_count(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(chains) / sizeof(chains[0]); i++) {
		int64_t seqs[6] = { 0 };
		struct making making;
		int bad = chains[i].bad_row;

		making_begin(&making);
		for (int j = 0; j < 6 && chains[i].rows[j].run && !making.found.is_bad; j++) {
			struct row row;

			row_fill(&chains[i].rows[j], &row);
			making_add(&making, &row);
			seqs[j] = row.seq;
			if (chains[i].rows[j].table == ROW_RUNS && !making.found.is_bad)
				making_seal(&making);
		}
		if (making.found.bad_seq != (bad ? seqs[bad - 1] : 0))
			fail_msg("chain %zu: found bad at %lld (%s)", i,
				 (long long)making.found.bad_seq,
				 making.found.is_bad ? making.found.reason : "");
		making_end(&making);
	}
}

static void of_many_open_runs_the_first_are_named(void **state)
{
	struct making making;

	(void)state;
	making_begin(&making);
	for (int i = 0; i < VERIFY_OPEN_SHOWN + 5; i++) {
		char name[32];
		struct made made = OPEN(name);
		struct row row;

		(void)snprintf(name, sizeof(name), "run %d", i);
		row_fill(&made, &row);
		making_add(&making, &row);
		making_seal(&making);
	}
	making_end(&making);
	assert_int_equal(making.found.open_count, VERIFY_OPEN_SHOWN + 5);
	for (int i = 0; i < VERIFY_OPEN_SHOWN; i++)
		assert_int_equal(making.found.open[i].seq, 2 * i + 1);
	assert_string_equal(making.found.open[3].id, "run 3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_nobody_touched_is_good),
		cmocka_unit_test(an_intrusion_is_found_where_it_was),
		cmocka_unit_test(every_column_is_covered),
		cmocka_unit_test(an_end_that_was_removed_is_told),
		cmocka_unit_test(a_file_that_was_cut_off_is_no_record),
		cmocka_unit_test(who_has_not_the_key_forges_in_vain),
		cmocka_unit_test(a_key_of_ones_own_is_no_key),
		cmocka_unit_test(hashing_anew_changes_nothing),
		cmocka_unit_test(a_chain_made_anew_must_still_count),
		cmocka_unit_test(of_many_open_runs_the_first_are_named),
		cmocka_unit_test(on_another_host_the_key_must_be_told),
		cmocka_unit_test(an_older_copy_is_told),
		cmocka_unit_test(a_new_key_is_recorded),
		cmocka_unit_test(another_record_in_its_place_is_told),
	};

	return cmocka_run_group_tests(tests, make_master, remove_master);
}
