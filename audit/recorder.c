/* SPDX-License-Identifier: MIT */
/*
 * A row is recorded when it is in the file of pending rows (audit/pending.h): from then on it outlives
 * all of our processes, without a system call. The flusher thread writes what is there into the
 * database, ten times a second or when there is much of it; whoever finds no room does so himself.
 *
 * When the database cannot be written, everybody who has something to record tries again first, and
 * is told when it is in vain: nothing more happens that is not recorded. What is recorded stays in
 * the file, also beyond our end.
 *
 * What a call came to is added to its row while that is still pending: a row whose outcome is not
 * known waits for it, but not for longer than one round of the flusher.
 */
#include "audit/recorder.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "audit/describe.h"
#include "audit/recovery.h"
#include "audit/state.h"
#include "audit/writer.h"
#include "common/clock.h"

#define FLUSH_MS 100
#define OPEN_MAX 256 /* rows whose outcome may come */
#define REPEATS 64   /* reads that are compared with new ones */
#define REPEAT_NS 1000000000
#define TIMES_SIZE 18 /* of time and mono in a row's canonical form: they come first */

/* A granted read that may come again. */
struct repeat {
	uint64_t key;	   /* hash of its columns without the times */
	uint64_t position; /* of its row */
	int64_t time;	   /* ns, CLOCK_MONOTONIC */
};

struct recorder {
	struct writer writer;	 /* of the thread that has set is_flushing */
	struct pending *pending; /* owned; NULL before recorder_begin() */
	char path[PATH_MAX];
	char *run, *agent; /* owned; NULL before recorder_begin() */
	pthread_mutex_t lock;
	pthread_cond_t flushed; /* a flush has ended */
	pthread_cond_t wake;	/* for the flusher: there is a row, or much, or the end */
	uint64_t frozen; /* rows before this are being written: they do not change any more */
	uint64_t round;	 /* what was there when the flusher last looked */
	uint64_t open[OPEN_MAX]; /* positions of rows whose outcome is awaited */
	size_t open_count;
	struct repeat repeats[REPEATS];
	bool is_flushing;
	bool has_failed; /* the last flush */
	bool is_ended;	 /* no further rows but the closing one */
	bool is_closed;	 /* that is written */
	bool is_closing;
	bool has_flusher, flusher_sleeps;
	pthread_t flusher;
	struct recorder_summary summary; /* what is recorded */
};

/*
 * Flushing. The lock is held in all of these, but while rows are being written.
 */

static bool has_pending(const struct recorder *recorder)
{
	return recorder->pending &&
	       pending_start(recorder->pending) != pending_end(recorder->pending);
}

/* Up to where to write: not past a young row whose outcome may come. */
static uint64_t flush_end(const struct recorder *recorder, bool all)
{
	uint64_t end = pending_end(recorder->pending);

	for (size_t i = 0; i < recorder->open_count && !all; i++)
		if (recorder->open[i] >= recorder->round && recorder->open[i] < end)
			end = recorder->open[i];
	return end;
}

/* Rows that are written have no outcome to wait for. */
static void open_forget(struct recorder *recorder, uint64_t before)
{
	size_t kept = 0;

	for (size_t i = 0; i < recorder->open_count; i++)
		if (recorder->open[i] >= before)
			recorder->open[kept++] = recorder->open[i];
	recorder->open_count = kept;
}

/* Writes what is pending; @last after it ends the run. Return: 0, or why it could not be. */
static int flush(struct recorder *recorder, bool all, const struct row *last)
{
	struct batch batch = {
		.pending = recorder->pending,
		.from = pending_start(recorder->pending),
		.to = flush_end(recorder, all),
		.run = recorder->run,
		.last = last,
		.ends = last != NULL,
	};
	int r;

	if (batch.from == batch.to && !last)
		return 0;
	recorder->is_flushing = true;
	recorder->frozen = batch.to;
	open_forget(recorder, batch.to);
	(void)pthread_mutex_unlock(&recorder->lock);
	r = writer_append(&recorder->writer, &batch);
	(void)pthread_mutex_lock(&recorder->lock);
	recorder->is_flushing = false;
	recorder->has_failed = r < 0;
	if (r == 0)
		pending_take(recorder->pending, batch.to);
	(void)pthread_cond_broadcast(&recorder->flushed);
	return r;
}

/* As flush(), or the end of what somebody else writes, after which there may be more to do. */
static int flush_or_wait(struct recorder *recorder)
{
	if (!recorder->is_flushing)
		return flush(recorder, true, NULL);
	(void)pthread_cond_wait(&recorder->flushed, &recorder->lock);
	return 0;
}

/* Writes all that is pending. Return: 0, or why it could not be. */
static int drain(struct recorder *recorder)
{
	int r = 0;

	while (r == 0 && (recorder->is_flushing || has_pending(recorder)))
		r = flush_or_wait(recorder);
	return r;
}

/*
 * Recording. The lock is held.
 */

static uint64_t repeat_key(const struct pending_row *row)
{
	static const unsigned char key[crypto_shorthash_KEYBYTES] = "repeated reads";
	unsigned char hash[crypto_shorthash_BYTES];
	uint64_t out;

	(void)crypto_shorthash(hash, row->bytes + TIMES_SIZE, row->length - TIMES_SIZE, key);
	memcpy(&out, hash, sizeof(out));
	return out;
}

/* Counts a read that is like one of the last second. Return: whether there was one. */
static bool repeat_count(struct recorder *recorder, const struct pending_row *row)
{
	uint64_t key = repeat_key(row);
	struct repeat *repeat = &recorder->repeats[key % REPEATS];
	int64_t now = clock_ns(CLOCK_MONOTONIC);
	struct pending_row *before;

	if (repeat->key == key && repeat->position >= recorder->frozen &&
	    repeat->position >= pending_start(recorder->pending) &&
	    now - repeat->time < REPEAT_NS) {
		before = pending_at(recorder->pending, repeat->position);
		if (before->length == row->length &&
		    memcmp(before->bytes + TIMES_SIZE, row->bytes + TIMES_SIZE,
			   row->length - TIMES_SIZE) == 0) {
			before->count++;
			return true;
		}
	}
	*repeat = (struct repeat){ .key = key,
				   .position = pending_position(recorder->pending, row),
				   .time = now };
	return false;
}

static uint64_t ticket_make(struct recorder *recorder, const struct pending_row *row)
{
	uint64_t position = pending_position(recorder->pending, row);

	if (recorder->open_count == OPEN_MAX)
		return 0;
	recorder->open[recorder->open_count++] = position;
	return position + 1;
}

static void flusher_wake(struct recorder *recorder)
{
	if (recorder->flusher_sleeps || pending_half_full(recorder->pending))
		(void)pthread_cond_signal(&recorder->wake);
}

/* Puts a row where it is recorded. @ticket: NULL when no outcome will come. */
static int record(struct recorder *recorder, const struct row *row, bool may_repeat,
		  uint64_t *ticket)
{
	struct pending_row *kept = NULL;
	int r = recorder->is_ended ? -ESHUTDOWN : 0;

	if (r == 0 && recorder->has_failed)
		r = drain(recorder);
	while (r == 0 && !(kept = pending_put(recorder->pending, row)))
		r = flush_or_wait(recorder);
	if (r < 0 || (may_repeat && repeat_count(recorder, kept)))
		return r;
	pending_keep(recorder->pending, kept);
	if (ticket)
		*ticket = ticket_make(recorder, kept);
	flusher_wake(recorder);
	return 0;
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

/* Waits for the next round, or for there to be much. */
static void flusher_wait(struct recorder *recorder)
{
	struct timespec until = flush_time();
	int r = 0;

	while (r == 0 && !recorder->is_closing &&
	       (recorder->has_failed || !pending_half_full(recorder->pending)))
		r = pthread_cond_timedwait(&recorder->wake, &recorder->lock, &until);
}

static void *flusher_run(void *data)
{
	struct recorder *recorder = data;

	(void)pthread_mutex_lock(&recorder->lock);
	while (!recorder->is_closing) {
		if (!has_pending(recorder)) {
			recorder->flusher_sleeps = true;
			(void)pthread_cond_wait(&recorder->wake, &recorder->lock);
			recorder->flusher_sleeps = false;
			continue;
		}
		flusher_wait(recorder);
		if (recorder->is_flushing)
			(void)pthread_cond_wait(&recorder->flushed, &recorder->lock);
		else
			(void)flush(recorder, pending_half_full(recorder->pending), NULL);
		recorder->round = pending_end(recorder->pending);
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
	(void)pthread_mutex_init(&recorder->lock, NULL);
	(void)pthread_cond_init(&recorder->flushed, NULL);
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
	if (r == 0) {
		r = recovery_run(&recorder->writer);
		if (r < 0)
			(void)fault_set(fault, r,
					"cannot write what a killed run has left: '%s': %s", path,
					strerror(-r));
	}
	if (r < 0) {
		recorder_close(recorder);
		return r;
	}
	*out_recorder = recorder;
	return 0;
}

const char *recorder_older(const struct recorder *recorder)
{
	return recorder->writer.store.older[0] ? recorder->writer.store.older : NULL;
}

/* The opening row, which makes the run known in the database. */
static int run_open(struct recorder *recorder, const struct recorder_run *run)
{
	struct described text = { 0 };
	struct batch batch = { .run = run->id };
	struct row row;
	int r = describe_run(run, &text, &row);

	batch.last = &row;
	if (r == 0)
		r = writer_append(&recorder->writer, &batch);
	described_release(&text);
	return r;
}

int recorder_begin(struct recorder *recorder, const struct recorder_run *run, struct fault *fault)
{
	int r;

	recorder->run = strdup(run->id);
	recorder->agent = strdup(run->agent);
	if (!recorder->run || !recorder->agent)
		return fault_set(fault, -ENOMEM, "cannot record the run: out of memory");
	r = pending_create(recorder->writer.store.path, recorder->writer.store.id, run->id,
			   run->agent, &recorder->pending, fault);
	if (r < 0)
		return r;
	r = run_open(recorder, run);
	if (r == 0)
		r = flusher_start(recorder);
	return r < 0 ? fault_set(fault, r, "cannot record the run: '%s': %s", recorder->path,
				 strerror(-r))
		     : 0;
}

static void count(struct recorder_summary *summary, const struct decision *decision)
{
	if (decision->verdict == VERDICT_ALLOW)
		summary->allowed++;
	else if (decision->verdict == VERDICT_AUDIT)
		summary->audited++;
	else if (decision->verdict == VERDICT_ASK)
		summary->asked++;
	if (!decision_grants(decision))
		summary->denied++;
}

int recorder_append(struct recorder *recorder, const struct event *event,
		    const struct decision *decision, const char *layer, uint64_t *ticket)
{
	bool may_repeat = decision->verdict == VERDICT_ALLOW && !action_changes(event->action);
	struct described text = { 0 };
	struct row row;
	int r = describe_action(recorder->run, recorder->agent, event, decision, &text, &row);

	(void)row_set_text(&row, ACTIONS_layer, layer);
	if (r == 0) {
		(void)pthread_mutex_lock(&recorder->lock);
		r = record(recorder, &row, may_repeat, ticket);
		if (r == 0)
			count(&recorder->summary, decision);
		(void)pthread_mutex_unlock(&recorder->lock);
	}
	described_release(&text);
	return r;
}

void recorder_outcome(struct recorder *recorder, uint64_t ticket, int error, int64_t latency)
{
	uint64_t position = ticket - 1;

	if (ticket == 0)
		return;
	(void)pthread_mutex_lock(&recorder->lock);
	for (size_t i = 0; i < recorder->open_count; i++) {
		struct pending_row *row;

		if (recorder->open[i] != position)
			continue;
		recorder->open[i] = recorder->open[--recorder->open_count];
		if (error < 0)
			break;
		row = pending_at(recorder->pending, position);
		row->outcome = error;
		row->latency = latency;
		row->has_outcome = true;
		break;
	}
	(void)pthread_mutex_unlock(&recorder->lock);
}

void recorder_summary_get(struct recorder *recorder, struct recorder_summary *out_summary)
{
	(void)pthread_mutex_lock(&recorder->lock);
	*out_summary = recorder->summary;
	(void)pthread_mutex_unlock(&recorder->lock);
}

int recorder_end(struct recorder *recorder, int status, struct fault *fault)
{
	struct row row;
	int r = 0;

	/* The closing row counts what is in the database: nothing may come after it. */
	(void)pthread_mutex_lock(&recorder->lock);
	recorder->is_ended = true;
	while (recorder->is_flushing)
		(void)pthread_cond_wait(&recorder->flushed, &recorder->lock);
	describe_end(recorder->run, recorder->agent, status, &recorder->summary, &row);
	if (!recorder->is_closed)
		r = flush(recorder, true, &row);
	recorder->is_closed = r == 0;
	(void)pthread_mutex_unlock(&recorder->lock);
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
	if (recorder->has_flusher && !recorder->is_closed)
		(void)drain(recorder);
	(void)pthread_mutex_unlock(&recorder->lock);
	/* What could not be written, or has no end, is for the next start. */
	pending_close(recorder->pending, recorder->is_closed);
	writer_close(&recorder->writer);
	(void)pthread_cond_destroy(&recorder->wake);
	(void)pthread_cond_destroy(&recorder->flushed);
	(void)pthread_mutex_destroy(&recorder->lock);
	free(recorder->run);
	free(recorder->agent);
	free(recorder);
}

int recorder_default_path(char *path, size_t size)
{
	char place[PATH_MAX];
	int r = state_path("audit.db", place);

	if (r == 0 && snprintf(path, size, "%s", place) >= (int)size)
		r = -ENAMETOOLONG;
	return r;
}
