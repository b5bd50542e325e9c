/* SPDX-License-Identifier: MIT */
/*
 * Rows are queued in canonical form, and committed by whoever must not wait longer: a thread that
 * needs its row committed, and finds nobody at it, takes the whole queue and commits it; those that
 * come meanwhile wait, and one of them takes the next. So a lone caller commits by itself without
 * waking anybody, and many share a commit. What nobody waits for is committed with the next row
 * that somebody waits for, when there is much of it, or by the flusher thread.
 *
 * What cannot be written is told to those that wait for it. Rows of granted reads, whose callers
 * have gone on, stay in the queue, and until they are written every further row is written at once
 * or refused.
 */
#include "audit/recorder.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "audit/describe.h"
#include "audit/writer.h"

#define QUEUE_FLUSH 1000 /* rows that make the queue be written before its time */
#define QUEUE_MAX 20000	 /* more cannot be kept: refuse */
#define FLUSH_MS 100

struct recorder {
	struct writer writer; /* of the thread that has set is_committing */
	char path[PATH_MAX];
	char *run, *agent; /* owned; NULL before recorder_begin() */
	pthread_mutex_t lock;
	pthread_cond_t committed; /* a commit has ended */
	pthread_cond_t wake;	  /* for the flusher: there is a row, or the end */
	struct entry *queue, **queue_end;
	size_t queued;
	bool is_committing;
	bool has_failed; /* the last commit */
	bool is_ended;	 /* no further rows but the closing one */
	bool is_closing;
	bool has_flusher, flusher_sleeps;
	pthread_t flusher;
	struct recorder_summary summary; /* what is in the queue or in the database */
};

/*
 * The queue. The lock is held in all of these, but while rows are being written.
 */

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

static void count(const struct entry *entry, int step)
{
	for (size_t i = 0; i < sizeof(entry->counters) / sizeof(entry->counters[0]); i++)
		if (entry->counters[i])
			*entry->counters[i] += (uint64_t)step;
}

static void settle(struct recorder *recorder, struct entry *entry, int r)
{
	if (!entry->is_durable && r < 0) {
		keep_for_later(recorder, entry);
		return;
	}
	if (r < 0)
		count(entry, -1);
	if (!entry->is_durable) {
		free(entry);
		return;
	}
	entry->result = r;
	entry->is_done = true; /* its waiter frees it */
}

/* Takes the queue and commits it. Return: 0, or why it could not be. */
static int commit(struct recorder *recorder)
{
	struct entry *entries = recorder->queue;
	int r;

	recorder->queue = NULL;
	recorder->queue_end = &recorder->queue;
	recorder->queued = 0;
	recorder->is_committing = true;
	(void)pthread_mutex_unlock(&recorder->lock);
	r = writer_append(&recorder->writer, entries);
	(void)pthread_mutex_lock(&recorder->lock);
	recorder->is_committing = false;
	recorder->has_failed = r < 0;
	if (r < 0) /* so that the front comes last, and is put in front of all */
		entries = reversed(entries);
	while (entries) {
		struct entry *entry = entries;

		entries = entry->next;
		settle(recorder, entry, r);
	}
	(void)pthread_cond_broadcast(&recorder->committed);
	return r;
}

/* Waits until @entry is committed, committing it when nobody else does. Frees it. */
static int wait_for(struct recorder *recorder, struct entry *entry)
{
	int r;

	while (!entry->is_done) {
		if (recorder->is_committing)
			(void)pthread_cond_wait(&recorder->committed, &recorder->lock);
		else
			(void)commit(recorder);
	}
	r = entry->result;
	free(entry);
	return r;
}

/* Commits all that is queued. Return: 0, or why it could not be. */
static int drain(struct recorder *recorder)
{
	int r = 0;

	while (r == 0 && (recorder->is_committing || recorder->queue)) {
		if (recorder->is_committing)
			(void)pthread_cond_wait(&recorder->committed, &recorder->lock);
		else
			r = commit(recorder);
	}
	return r;
}

static int enqueue(struct recorder *recorder, struct entry *entry)
{
	*recorder->queue_end = entry;
	recorder->queue_end = &entry->next;
	recorder->queued++;
	count(entry, 1);
	if (entry->is_durable)
		return wait_for(recorder, entry);
	if (recorder->queued >= QUEUE_FLUSH && !recorder->is_committing)
		(void)commit(recorder); /* its rows are kept when it fails */
	else if (recorder->flusher_sleeps)
		(void)pthread_cond_signal(&recorder->wake);
	return 0;
}

static struct entry *entry_new(const struct row *row, bool is_durable)
{
	size_t size = row_encoded_size(row);
	struct entry *entry = malloc(sizeof(*entry) + size);

	if (!entry)
		return NULL;
	*entry = (struct entry){ .table = row->table, .is_durable = is_durable, .size = size };
	row_encode(row, entry->bytes);
	return entry;
}

/* The lock is not held. */
static int write_now(struct recorder *recorder, const struct row *row)
{
	struct entry *entry = entry_new(row, true);
	int r;

	if (!entry)
		return -ENOMEM;
	(void)pthread_mutex_lock(&recorder->lock);
	r = enqueue(recorder, entry);
	(void)pthread_mutex_unlock(&recorder->lock);
	return r;
}

/*
 * The flusher.
 */

static struct timespec flush_time(void)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += FLUSH_MS * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	return until;
}

static void *flusher_run(void *data)
{
	struct recorder *recorder = data;

	(void)pthread_mutex_lock(&recorder->lock);
	while (!recorder->is_closing) {
		struct timespec until = flush_time();

		if (!recorder->queue) {
			recorder->flusher_sleeps = true;
			(void)pthread_cond_wait(&recorder->wake, &recorder->lock);
			recorder->flusher_sleeps = false;
			continue;
		}
		(void)pthread_cond_timedwait(&recorder->wake, &recorder->lock, &until);
		if (recorder->queue && !recorder->is_committing)
			(void)commit(recorder);
	}
	(void)pthread_mutex_unlock(&recorder->lock);
	return NULL;
}

/* Signals are for the threads of our caller. */
static int flusher_start(struct recorder *recorder)
{
	sigset_t all, before;
	int r;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&recorder->flusher, NULL, flusher_run, recorder);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	recorder->has_flusher = r == 0;
	return -r;
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

/*
 * The life of a recorder.
 */

static struct recorder *recorder_new(const char *path)
{
	struct recorder *recorder = calloc(1, sizeof(*recorder));
	pthread_condattr_t monotonic;

	if (!recorder)
		return NULL;
	recorder->queue_end = &recorder->queue;
	(void)pthread_mutex_init(&recorder->lock, NULL);
	(void)pthread_cond_init(&recorder->committed, NULL);
	(void)pthread_condattr_init(&monotonic);
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&recorder->wake, &monotonic);
	(void)pthread_condattr_destroy(&monotonic);
	(void)snprintf(recorder->path, sizeof(recorder->path), "%s", path);
	return recorder;
}

int recorder_open(const char *path, struct recorder **out_recorder, struct fault *fault)
{
	struct recorder *recorder = recorder_new(path);
	int r;

	if (!recorder)
		return fault_set(fault, -ENOMEM, "cannot open recorder: out of memory");
	r = writer_open(path, &recorder->writer, fault);
	if (r < 0) {
		recorder_close(recorder);
		return r;
	}
	*out_recorder = recorder;
	return 0;
}

int recorder_begin(struct recorder *recorder, const struct recorder_run *run, struct fault *fault)
{
	struct described text = { 0 };
	struct row row;
	int r;

	recorder->run = strdup(run->id);
	recorder->agent = strdup(run->agent);
	r = recorder->run && recorder->agent ? flusher_start(recorder) : -ENOMEM;
	if (r == 0)
		r = describe_run(run, &text, &row);
	if (r == 0)
		r = write_now(recorder, &row);
	described_release(&text);
	return r < 0 ? fault_set(fault, r, "cannot record the run: '%s': %s", recorder->path,
				 strerror(-r))
		     : 0;
}

static void counters_choose(struct recorder *recorder, const struct decision *decision,
			    struct entry *entry)
{
	struct recorder_summary *summary = &recorder->summary;

	if (decision->verdict == VERDICT_ALLOW)
		entry->counters[0] = &summary->allowed;
	else if (decision->verdict == VERDICT_AUDIT)
		entry->counters[0] = &summary->audited;
	else if (decision->verdict == VERDICT_ASK)
		entry->counters[0] = &summary->asked;
	if (!decision_grants(decision))
		entry->counters[1] = &summary->denied;
}

int recorder_append(struct recorder *recorder, const struct event *event,
		    const struct decision *decision, const char *layer)
{
	bool is_durable = action_changes(event->action) || !verdict_grants(decision->verdict);
	struct described text = { 0 };
	struct entry *entry = NULL;
	struct row row;
	int r = describe_action(recorder->run, recorder->agent, event, decision, &text, &row);

	(void)row_set_text(&row, ACTIONS_layer, layer);
	if (r == 0)
		entry = entry_new(&row, is_durable);
	described_release(&text);
	if (!entry)
		return -ENOMEM;
	counters_choose(recorder, decision, entry);
	(void)pthread_mutex_lock(&recorder->lock);
	entry->is_durable |= recorder->has_failed;
	r = recorder->is_ended ? -ESHUTDOWN : recorder->queued >= QUEUE_MAX ? -ENOBUFS : 0;
	if (r == 0)
		r = enqueue(recorder, entry);
	else
		free(entry);
	(void)pthread_mutex_unlock(&recorder->lock);
	return r;
}

void recorder_summary_get(struct recorder *recorder, struct recorder_summary *out_summary)
{
	(void)pthread_mutex_lock(&recorder->lock);
	*out_summary = recorder->summary;
	(void)pthread_mutex_unlock(&recorder->lock);
}

int recorder_end(struct recorder *recorder, int status, struct fault *fault)
{
	struct recorder_summary summary;
	struct row row;
	int r;

	/* The closing row counts what is in the database: nothing may come after it. */
	(void)pthread_mutex_lock(&recorder->lock);
	recorder->is_ended = true;
	r = drain(recorder);
	summary = recorder->summary;
	(void)pthread_mutex_unlock(&recorder->lock);
	describe_end(recorder->run, recorder->agent, status, &summary, &row);
	if (r == 0)
		r = write_now(recorder, &row);
	return r < 0 ? fault_set(fault, r, "cannot record the end of the run: '%s': %s",
				 recorder->path, strerror(-r))
		     : 0;
}

void recorder_close(struct recorder *recorder)
{
	if (!recorder)
		return;
	flusher_stop(recorder);
	(void)pthread_mutex_lock(&recorder->lock);
	(void)drain(recorder);
	(void)pthread_mutex_unlock(&recorder->lock);
	while (recorder->queue) { /* could not be written */
		struct entry *entry = recorder->queue;

		recorder->queue = entry->next;
		free(entry);
	}
	writer_close(&recorder->writer);
	(void)pthread_cond_destroy(&recorder->wake);
	(void)pthread_cond_destroy(&recorder->committed);
	(void)pthread_mutex_destroy(&recorder->lock);
	free(recorder->run);
	free(recorder->agent);
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
