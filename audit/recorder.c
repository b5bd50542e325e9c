/* SPDX-License-Identifier: MIT */
/*
 * Rows are queued in canonical form, and committed by whoever must not wait
 * longer: a thread that needs its row committed, and finds nobody at it, takes the whole queue and
 * commits it; those that come meanwhile wait, and one of them takes the next. So
 * a lone caller commits by itself without waking anybody, and many share a commit.
 *
 * What cannot be written is told to those that wait for it. Rows of granted
 * reads, whose callers have gone on, stay in the queue, and until they are
 * written every further row is written at once or refused.
 */
#include "audit/recorder.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "audit/arguments.h"
#include "audit/row.h"
#include "audit/store.h"
#include "common/clean.h"

#define QUEUE_FLUSH 1000 /* rows that make the queue be written before its time */
#define QUEUE_MAX 20000	 /* more cannot be kept: refuse */
#define FLUSH_MS 100

struct entry {
	struct entry *next;
	enum row_table table;
	bool is_durable; /* somebody waits for it */
	bool is_done;
	int result; /* of a durable one, when done */
	size_t size;
	unsigned char bytes[];
};

struct recorder {
	struct store store;
	char path[PATH_MAX];
	sqlite3_stmt *inserts[2]; /* owned */
	char run[128];
	char agent[256];
	pthread_mutex_t lock;
	pthread_cond_t committed; /* a commit has ended */
	pthread_cond_t wake;	  /* for the flusher: closing */
	struct entry *queue, **queue_end;
	size_t queued;
	bool is_committing, is_closing, has_failed;
	bool has_flusher;
	pthread_t flusher;
	struct recorder_summary summary;
};

static int64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	(void)clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/*
 * Writing. One thread at a time: is_committing stands for the database.
 */

static int insert_prepare(struct recorder *recorder, enum row_table table)
{
	char columns[1024];
	char sql[2048];
	size_t used;

	(void)store_columns(table, columns, sizeof(columns));
	used = (size_t)snprintf(sql, sizeof(sql), "INSERT INTO %s (%s) VALUES (?",
				row_layouts[table].table, columns);
	for (size_t i = 0; i < row_layouts[table].count + 2; i++)
		used += (size_t)snprintf(sql + used, sizeof(sql) - used, ", ?");
	(void)snprintf(sql + used, sizeof(sql) - used, ")");
	return sqlite3_prepare_v3(recorder->store.db, sql, -1, SQLITE_PREPARE_PERSISTENT,
				  &recorder->inserts[table], NULL) == SQLITE_OK
		       ? 0
		       : -EIO;
}

static void bind_value(sqlite3_stmt *statement, int index, const struct value *value)
{
	if (value->type == VALUE_INTEGER)
		(void)sqlite3_bind_int64(statement, index, value->number);
	else if (value->type == VALUE_TEXT)
		(void)sqlite3_bind_text64(statement, index, value->bytes, value->size,
					  SQLITE_STATIC, SQLITE_UTF8);
	else
		(void)sqlite3_bind_null(statement, index);
}

/* Inserts one row after @prev, which becomes its hash. */
static int insert(struct recorder *recorder, const struct entry *entry, int64_t seq,
		  unsigned char *prev)
{
	sqlite3_stmt *statement = recorder->inserts[entry->table];
	int count = (int)row_layouts[entry->table].count;
	struct row row = { .table = entry->table };
	unsigned char hash[ROW_HASH_SIZE];
	int r;

	row_decode(&row, entry->bytes);
	row_hash_encoded(entry->table, seq, prev, entry->bytes, entry->size, hash);
	(void)sqlite3_bind_int64(statement, 1, seq);
	for (int i = 0; i < count; i++)
		bind_value(statement, 2 + i, &row.values[i]);
	(void)sqlite3_bind_blob(statement, 2 + count, prev, ROW_HASH_SIZE, SQLITE_STATIC);
	(void)sqlite3_bind_blob(statement, 3 + count, hash, ROW_HASH_SIZE, SQLITE_STATIC);
	r = sqlite3_step(statement);
	(void)sqlite3_reset(statement);
	memcpy(prev, hash, ROW_HASH_SIZE);
	return r == SQLITE_DONE ? 0 : r == SQLITE_FULL ? -ENOSPC : -EIO;
}

static int execute(struct recorder *recorder, const char *sql)
{
	int r = sqlite3_exec(recorder->store.db, sql, NULL, NULL, NULL);

	return r == SQLITE_OK ? 0 : r == SQLITE_FULL ? -ENOSPC : -EIO;
}

/* All rows or none. The head is read inside: others append to this database too. */
static int write_rows(struct recorder *recorder, const struct entry *entries)
{
	unsigned char prev[ROW_HASH_SIZE];
	int64_t seq;
	int r = execute(recorder, "BEGIN IMMEDIATE");

	if (r < 0)
		return r;
	r = store_head(&recorder->store, &seq, prev);
	for (const struct entry *entry = entries; entry && r == 0; entry = entry->next)
		r = insert(recorder, entry, ++seq, prev);
	if (r == 0)
		r = execute(recorder, "COMMIT");
	if (r < 0)
		(void)execute(recorder, "ROLLBACK");
	return r;
}

/* After a failure: what nobody waits for goes back to the front of the queue. */
static void keep_for_later(struct recorder *recorder, struct entry *entry)
{
	if (recorder->queue_end == &recorder->queue)
		recorder->queue_end = &entry->next;
	entry->next = recorder->queue;
	recorder->queue = entry;
	recorder->queued++;
}

static struct entry *reversed(struct entry *list)
{
	struct entry *out = NULL;

	while (list) {
		struct entry *next = list->next;

		list->next = out;
		out = list;
		list = next;
	}
	return out;
}

/* Takes the queue and commits it. The lock is held on entry and exit, not in between. */
static void commit(struct recorder *recorder)
{
	struct entry *entries = recorder->queue;
	int r;

	recorder->queue = NULL;
	recorder->queue_end = &recorder->queue;
	recorder->queued = 0;
	recorder->is_committing = true;
	(void)pthread_mutex_unlock(&recorder->lock);
	r = write_rows(recorder, entries);
	(void)pthread_mutex_lock(&recorder->lock);
	recorder->is_committing = false;
	recorder->has_failed = r < 0;
	entries = r < 0 ? reversed(entries) : entries; /* so that the front comes last */
	while (entries) {
		struct entry *entry = entries;

		entries = entry->next;
		if (entry->is_durable) {
			entry->result = r;
			entry->is_done = true; /* its waiter frees it */
		} else if (r < 0) {
			keep_for_later(recorder, entry);
		} else {
			free(entry);
		}
	}
	(void)pthread_cond_broadcast(&recorder->committed);
}

/* Waits until @entry is committed, committing it when nobody else does. Frees it. */
static int wait_for(struct recorder *recorder, struct entry *entry)
{
	int r;

	while (!entry->is_done) {
		if (recorder->is_committing)
			(void)pthread_cond_wait(&recorder->committed, &recorder->lock);
		else
			commit(recorder);
	}
	r = entry->result;
	free(entry);
	return r;
}

static void *flusher_run(void *data)
{
	struct recorder *recorder = data;

	(void)pthread_mutex_lock(&recorder->lock);
	while (!recorder->is_closing) {
		struct timespec until;

		(void)clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += FLUSH_MS * 1000000L;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		(void)pthread_cond_timedwait(&recorder->wake, &recorder->lock, &until);
		if (recorder->queue && !recorder->is_committing)
			commit(recorder);
	}
	(void)pthread_mutex_unlock(&recorder->lock);
	return NULL;
}

/* Queues @row; when @is_durable waits for its commit. */
static int enqueue(struct recorder *recorder, const struct row *row, bool is_durable)
{
	size_t size = row_encoded_size(row);
	struct entry *entry = malloc(sizeof(*entry) + size);
	int r = 0;

	if (!entry)
		return -ENOMEM;
	*entry = (struct entry){ .table = row->table, .size = size };
	row_encode(row, entry->bytes);
	(void)pthread_mutex_lock(&recorder->lock);
	entry->is_durable = is_durable || recorder->has_failed;
	if (recorder->queued >= QUEUE_MAX) {
		r = -ENOBUFS;
		free(entry);
	} else {
		*recorder->queue_end = entry;
		recorder->queue_end = &entry->next;
		recorder->queued++;
		if (entry->is_durable)
			r = wait_for(recorder, entry);
		else if (recorder->queued >= QUEUE_FLUSH && !recorder->is_committing)
			commit(recorder);
	}
	(void)pthread_mutex_unlock(&recorder->lock);
	return r;
}

/*
 * What is recorded.
 */

int recorder_open(const char *path, struct recorder **out_recorder, struct fault *fault)
{
	struct recorder *recorder = calloc(1, sizeof(*recorder));
	int r;

	if (!recorder)
		return fault_set(fault, -ENOMEM, "cannot open recorder: out of memory");
	recorder->queue_end = &recorder->queue;
	(void)pthread_mutex_init(&recorder->lock, NULL);
	(void)pthread_cond_init(&recorder->committed, NULL);
	(void)pthread_cond_init(&recorder->wake, NULL);
	(void)snprintf(recorder->path, sizeof(recorder->path), "%s", path);
	r = store_create(path, &recorder->store, fault);
	if (r == 0 && (insert_prepare(recorder, ROW_RUNS) < 0 ||
		       insert_prepare(recorder, ROW_ACTIONS) < 0))
		r = fault_set(fault, -EIO, "cannot use recorder: '%s': %s", path,
			      sqlite3_errmsg(recorder->store.db));
	if (r < 0) {
		recorder_close(recorder);
		return r;
	}
	*out_recorder = recorder;
	return 0;
}

static struct row run_row(struct recorder *recorder, const char *kind)
{
	struct row row = { .table = ROW_RUNS };

	row_set_number(&row, RUNS_time, clock_ns(CLOCK_REALTIME));
	row_set_number(&row, RUNS_mono, clock_ns(CLOCK_MONOTONIC));
	(void)row_set_text(&row, RUNS_run, recorder->run);
	(void)row_set_text(&row, RUNS_kind, kind);
	(void)row_set_text(&row, RUNS_agent, recorder->agent);
	row_set_number(&row, RUNS_pid, getpid());
	return row;
}

int recorder_begin(struct recorder *recorder, const struct recorder_run *run, struct fault *fault)
{
	CLEAN_FREE char *argv = malloc(row_layouts[ROW_RUNS].columns[RUNS_argv].max + 1);
	struct row row;
	bool cut;
	int r;

	if (!argv)
		return fault_set(fault, -ENOMEM, "cannot record the run: out of memory");
	(void)snprintf(recorder->run, sizeof(recorder->run), "%s", run->id);
	(void)snprintf(recorder->agent, sizeof(recorder->agent), "%s", run->agent);
	row = run_row(recorder, "open");
	row_set_number(&row, RUNS_uid, run->uid);
	cut = arguments_to_json(run->argv, run->argc, argv,
				row_layouts[ROW_RUNS].columns[RUNS_argv].max + 1);
	cut |= row_set_text(&row, RUNS_argv, argv);
	cut |= row_set_text(&row, RUNS_workspace, run->workspace);
	cut |= row_set_text(&row, RUNS_policy_files, run->policy_files);
	cut |= row_set_text(&row, RUNS_policy_hash, run->policy_hash);
	cut |= row_set_text(&row, RUNS_level, run->level);
	cut |= row_set_text(&row, RUNS_mode, run->mode);
	row_set_number(&row, RUNS_cut, cut);
	r = enqueue(recorder, &row, true);
	if (r == 0)
		r = -pthread_create(&recorder->flusher, NULL, flusher_run, recorder);
	if (r < 0)
		return fault_set(fault, r, "cannot record the run: '%s': %s", recorder->path,
				 strerror(-r));
	recorder->has_flusher = true;
	return 0;
}

static bool set_network(struct row *row, const struct event *event, char *ip, size_t ip_size)
{
	bool cut = row_set_text(row, ACTIONS_host, event->host);

	if (event->protocol != PROTOCOL_NONE)
		(void)row_set_text(row, ACTIONS_protocol, protocol_name(event->protocol));
	if (event->has_ip) {
		(void)row_set_text(row, ACTIONS_ip, ip_format(&event->ip, ip, ip_size));
		row_set_number(row, ACTIONS_port, event->port);
	}
	if (event->action == ACTION_CONNECT)
		row_set_number(row, ACTIONS_own, event->own);
	return cut;
}

static bool set_decision(struct row *row, const struct decision *decision, const char *layer)
{
	bool cut = row_set_text(row, ACTIONS_rule, decision->rule);

	(void)row_set_text(row, ACTIONS_verdict, verdict_name(decision->verdict));
	cut |= row_set_text(row, ACTIONS_rule_file, decision->file);
	row_set_number(row, ACTIONS_rule_line, decision->line);
	cut |= row_set_text(row, ACTIONS_message, decision->message);
	(void)row_set_text(row, ACTIONS_layer, layer);
	return cut;
}

static bool set_event(struct row *row, const struct event *event, const char *argv)
{
	bool cut = row_set_text(row, ACTIONS_program, event->program);

	row_set_number(row, ACTIONS_pid, event->pid);
	row_set_number(row, ACTIONS_uid, event->uid);
	(void)row_set_text(row, ACTIONS_call, event->call);
	(void)row_set_text(row, ACTIONS_action, action_name(event->action));
	(void)row_set_text(row, ACTIONS_operation, event->operation);
	cut |= row_set_text(row, ACTIONS_path, event->path);
	cut |= row_set_text(row, ACTIONS_given, event->given);
	cut |= row_set_text(row, ACTIONS_script, event->script);
	cut |= row_set_text(row, ACTIONS_argv, argv);
	if (ACTION_BIT(event->action) & ACTION_FILES)
		row_set_number(row, ACTIONS_is_dir, event->is_dir);
	if (event->harmless)
		row_set_number(row, ACTIONS_harmless, 1);
	return cut;
}

static void count(struct recorder *recorder, enum verdict verdict)
{
	uint64_t *counter = verdict == VERDICT_ALLOW   ? &recorder->summary.allowed
			    : verdict == VERDICT_AUDIT ? &recorder->summary.audited
						       : &recorder->summary.denied;

	(void)__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

int recorder_append(struct recorder *recorder, const struct event *event,
		    const struct decision *decision, const char *layer)
{
	size_t argv_size = row_layouts[ROW_ACTIONS].columns[ACTIONS_argv].max + 1;
	CLEAN_FREE char *argv = event->argv ? malloc(argv_size) : NULL;
	bool is_durable = action_changes(event->action) || !verdict_grants(decision->verdict);
	struct row row = { .table = ROW_ACTIONS };
	char ip[INET6_ADDRSTRLEN];
	bool cut = false;
	int r;

	if (event->argv && !argv)
		return -ENOMEM;
	if (argv)
		cut = arguments_to_json(event->argv, event->argc, argv, argv_size);
	row_set_number(&row, ACTIONS_time, clock_ns(CLOCK_REALTIME));
	row_set_number(&row, ACTIONS_mono, clock_ns(CLOCK_MONOTONIC));
	(void)row_set_text(&row, ACTIONS_run, recorder->run);
	(void)row_set_text(&row, ACTIONS_agent, event->agent ? event->agent : recorder->agent);
	cut |= set_event(&row, event, argv);
	cut |= set_network(&row, event, ip, sizeof(ip));
	cut |= set_decision(&row, decision, layer);
	row_set_number(&row, ACTIONS_cut, cut);
	r = enqueue(recorder, &row, is_durable);
	if (r == 0)
		count(recorder, decision->verdict);
	return r;
}

void recorder_summary_get(struct recorder *recorder, struct recorder_summary *out_summary)
{
	out_summary->allowed = __atomic_load_n(&recorder->summary.allowed, __ATOMIC_RELAXED);
	out_summary->audited = __atomic_load_n(&recorder->summary.audited, __ATOMIC_RELAXED);
	out_summary->denied = __atomic_load_n(&recorder->summary.denied, __ATOMIC_RELAXED);
}

int recorder_end(struct recorder *recorder, int status, struct fault *fault)
{
	struct row row = run_row(recorder, "close");
	struct recorder_summary summary;
	int r;

	recorder_summary_get(recorder, &summary);
	row_set_number(&row, RUNS_status, status);
	row_set_number(&row, RUNS_allowed, (int64_t)summary.allowed);
	row_set_number(&row, RUNS_audited, (int64_t)summary.audited);
	row_set_number(&row, RUNS_denied, (int64_t)summary.denied);
	row_set_number(&row, RUNS_cut, 0);
	r = enqueue(recorder, &row, true);
	return r < 0 ? fault_set(fault, r, "cannot record the end of the run: '%s': %s",
				 recorder->path, strerror(-r))
		     : 0;
}

static void flusher_stop(struct recorder *recorder)
{
	if (!recorder->has_flusher)
		return;
	(void)pthread_mutex_lock(&recorder->lock);
	recorder->is_closing = true;
	(void)pthread_cond_signal(&recorder->wake);
	(void)pthread_mutex_unlock(&recorder->lock);
	(void)pthread_join(recorder->flusher, NULL);
}

void recorder_close(struct recorder *recorder)
{
	if (!recorder)
		return;
	flusher_stop(recorder);
	(void)pthread_mutex_lock(&recorder->lock);
	while (recorder->is_committing)
		(void)pthread_cond_wait(&recorder->committed, &recorder->lock);
	if (recorder->queue)
		commit(recorder);
	(void)pthread_mutex_unlock(&recorder->lock);
	while (recorder->queue) { /* could not be written */
		struct entry *entry = recorder->queue;

		recorder->queue = entry->next;
		free(entry);
	}
	for (int i = 0; i < 2; i++)
		(void)sqlite3_finalize(recorder->inserts[i]);
	store_close(&recorder->store);
	(void)pthread_mutex_destroy(&recorder->lock);
	free(recorder);
}

int recorder_default_path(char *path, size_t size)
{
	const char *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");
	int len;

	if (state && state[0] == '/')
		len = snprintf(path, size, "%s/agentos/audit.db", state);
	else if (home && home[0] == '/')
		len = snprintf(path, size, "%s/.local/state/agentos/audit.db", home);
	else
		return -ENOENT;
	return len < 0 || (size_t)len >= size ? -ENAMETOOLONG : 0;
}
