/* SPDX-License-Identifier: MIT */
/*
 * A thread of ours holds, since only who has seized can let go, and since its end frees also those
 * that never came to a stop. What is found in /proc is looked at until several rounds find nothing new.
 *
 * A child of a thread that is held is held from its birth (PTRACE_O_TRACEFORK and its like). One whose
 * parent was in the middle of making it when it was seized is not: so such a parent is waited for, and
 * /proc is looked at as long as the run is held. Who is found running then disturbs.
 */
#include "launcher/still.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/clean.h"
#include "launcher/descendants.h"
#include "launcher/procfile.h"

#define PATIENCE_MS 2000 /* until all are held, or nobody is asked */
#define QUIET_ROUNDS 3
#define ROUND_MS 2
#define TICK_MS 20
#define TICKS_A_LOOK 5
#define HELD_MAX 8192
#define BIRTHS (PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE)

struct held {
	pid_t tid;
	bool is_foreign; /* somebody else traces it, or nobody may */
	bool is_stopped;
	bool is_gone;
	int signal; /* on its way to the thread when it stopped; 0: none */
};

static struct holder {
	pid_t root, asking;
	struct held *items; /* owned */
	size_t count, size;
	pthread_t thread;
	pid_t tid;
	int result; /* 1: not yet known */
	bool is_over;
	bool is_disturbed; /* somebody ran all the same */
} holder;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_rwlock_t tracing = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;

static struct timespec after_ms(clockid_t clock, long ms)
{
	struct timespec at;

	(void)clock_gettime(clock, &at);
	at.tv_nsec += ms % 1000 * 1000000;
	at.tv_sec += ms / 1000 + at.tv_nsec / 1000000000;
	at.tv_nsec %= 1000000000;
	return at;
}

static bool is_past(const struct timespec *at)
{
	struct timespec now = after_ms(CLOCK_MONOTONIC, 0);

	return now.tv_sec > at->tv_sec || (now.tv_sec == at->tv_sec && now.tv_nsec >= at->tv_nsec);
}

static struct held *find(pid_t tid)
{
	for (size_t i = 0; i < holder.count; i++)
		if (holder.items[i].tid == tid && !holder.items[i].is_gone)
			return &holder.items[i];
	return NULL;
}

static struct held *add(pid_t tid)
{
	struct held *items;

	if (holder.count >= HELD_MAX)
		return NULL;
	if (holder.count == holder.size) {
		size_t size = holder.size ? 2 * holder.size : 64;

		items = realloc(holder.items, size * sizeof(*items));
		if (!items)
			return NULL;
		holder.items = items;
		holder.size = size;
	}
	holder.items[holder.count] = (struct held){ .tid = tid };
	return &holder.items[holder.count++];
}

/* Letter of field 3 of /proc/TID/stat; 'X' when it is gone. */
static char state_of(pid_t tid)
{
	char text[PROCFILE_STAT_SIZE];
	const char *fields = procfile_stat(tid, text);
	char state;

	return fields && sscanf(fields, " %c", &state) == 1 ? state : 'X';
}

static bool has_ended(pid_t tid)
{
	char state = state_of(tid);

	return state == 'Z' || state == 'X' || state == 'x';
}

static void seize(struct held *held)
{
	held->is_foreign = ptrace(PTRACE_SEIZE, held->tid, NULL, BIRTHS) < 0;
	if (held->is_foreign)
		held->is_gone = has_ended(held->tid);
	else if (held->tid != holder.asking)
		(void)ptrace(PTRACE_INTERRUPT, held->tid, NULL, NULL);
}

/* Whether it was born held, and has not come to its first stop yet. */
static bool is_ours(pid_t tid)
{
	const char *tracer = procfile_line(procfile_status(tid), "TracerPid");

	return tracer && strtol(tracer, NULL, 10) == holder.tid;
}

/* Return: how many threads were new, or negative errno. */
static int hold_process(pid_t pid)
{
	char path[64];
	struct dirent *entry;
	DIR *tasks;
	int found = 0;

	(void)snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = opendir(path);
	while (tasks && (entry = readdir(tasks))) {
		pid_t tid = (pid_t)strtol(entry->d_name, NULL, 10);
		struct held *held;

		if (tid <= 0 || find(tid) || has_ended(tid))
			continue;
		held = add(tid);
		if (!held) {
			found = -ENOMEM;
			break;
		}
		seize(held);
		if (held->is_foreign && is_ours(tid))
			held->is_foreign = false;
		else
			found++;
	}
	if (tasks)
		(void)closedir(tasks);
	return found;
}

static int hold_new(void)
{
	CLEAN_FREE pid_t *pids = NULL;
	ssize_t count = descendants_list(holder.root, &pids);
	int found = count < 0 ? (int)count : 0;

	for (ssize_t i = 0; i < count && found >= 0; i++) {
		int r = hold_process(pids[i]);

		found = r < 0 ? r : found + r;
	}
	return found;
}

/* What has stopped, or ended, since we looked last. */
static void collect(void)
{
	int status;
	pid_t tid;

	while ((tid = waitpid(-1, &status, __WALL | __WNOTHREAD | WNOHANG)) > 0) {
		struct held *held = find(tid);

		if (!held && WIFSTOPPED(status))
			held = add(
				tid); /* born held; without room the end of this thread frees it */
		if (!held)
			continue;
		if (!WIFSTOPPED(status)) {
			held->is_gone = true;
			continue;
		}
		held->is_stopped = true;
		held->is_foreign = false;
		/* A stop with an event is our interruption, or a stop of the whole process. */
		held->signal = status >> 16 ? 0 : WSTOPSIG(status);
	}
}

/*
 * In a call that nothing interrupts it stops before it is back in its program. But one that is
 * making a process may be about to let it run; who waits for a vfork's child has made it already. The
 * number of the call and its arguments stand in /proc/TID/syscall (proc(5)).
 */
static bool is_waiting_in_kernel(pid_t tid)
{
	char text[128];
	unsigned long long flags = 0;
	long number = -1;

	if (procfile_read(tid, "syscall", text, sizeof(text)) <= 0 ||
	    sscanf(text, "%ld %llx", &number, &flags) < 1)
		return true;
#ifdef SYS_fork
	if (number == SYS_fork)
		return false;
#endif
	return (number != SYS_clone || flags & CLONE_VFORK) && number != SYS_clone3;
}

/*
 * One that somebody else traces is still when it is stopped in a way that only its tracer ends, who is
 * still as well or not of the run.
 */
static bool is_still(struct held *held)
{
	char state;

	if (held->is_gone || held->is_stopped)
		return true;
	if (held->is_foreign) /* an execution may have been under way */
		seize(held);
	state = state_of(held->tid);
	held->is_gone = state == 'Z' || state == 'X' || state == 'x';
	if (held->is_gone || held->tid == holder.asking)
		return true;
	if (held->is_foreign)
		return state == 't';
	return state == 'D' && is_waiting_in_kernel(held->tid);
}

static bool all_are_still(void)
{
	bool still = true;

	for (size_t i = 0; i < holder.count; i++)
		still = is_still(&holder.items[i]) && still;
	return still;
}

static int hold_all(void)
{
	const struct timespec pause = { .tv_nsec = ROUND_MS * 1000000L };
	struct timespec until = after_ms(CLOCK_MONOTONIC, PATIENCE_MS);
	int quiet = 0;

	while (!is_past(&until)) {
		int found = hold_new();

		if (found < 0)
			return found;
		(void)nanosleep(&pause, NULL);
		collect();
		quiet = found == 0 && all_are_still() ? quiet + 1 : 0;
		if (quiet == QUIET_ROUNDS)
			return 0;
	}
	return -EBUSY;
}

/* Those that are not stopped are freed by the end of this thread: exit_ptrace() of kernel/ptrace.c. */
static void let_go(void)
{
	collect();
	for (size_t i = 0; i < holder.count; i++) {
		const struct held *held = &holder.items[i];

		if (held->is_stopped && !held->is_gone)
			(void)ptrace(PTRACE_DETACH, held->tid, NULL,
				     (void *)(intptr_t)held->signal);
	}
}

static void *hold(void *unused)
{
	unsigned ticks = 0;
	int r;

	(void)unused;
	holder.tid = (pid_t)syscall(SYS_gettid);
	r = hold_all();
	(void)pthread_mutex_lock(&lock);
	holder.result = r;
	(void)pthread_cond_broadcast(&changed);
	while (r == 0 && !holder.is_over) {
		struct timespec until = after_ms(CLOCK_REALTIME, TICK_MS);

		(void)pthread_cond_timedwait(&changed, &lock, &until);
		collect(); /* who is killed meanwhile is waited for by its parent, too */
		if (++ticks % TICKS_A_LOOK == 0 && hold_new() != 0)
			holder.is_disturbed = true;
	}
	(void)pthread_mutex_unlock(&lock);
	let_go();
	return NULL;
}

/* Waits until the kernel has forgotten the thread, and so has let go of all that it traced. */
static void join(void)
{
	const struct timespec pause = { .tv_nsec = 100000 };

	(void)pthread_join(holder.thread, NULL);
	while (syscall(SYS_tgkill, getpid(), holder.tid, 0) == 0)
		(void)nanosleep(&pause, NULL);
	free(holder.items);
	holder.items = NULL;
	holder.count = holder.size = 0;
}

int still_begin(pid_t root, pid_t asking)
{
	struct timespec until = after_ms(CLOCK_REALTIME, PATIENCE_MS);
	int r = pthread_rwlock_timedwrlock(&tracing, &until);

	if (r)
		return -EBUSY;
	holder.root = root;
	holder.asking = asking;
	holder.result = 1;
	holder.is_over = false;
	holder.is_disturbed = false;
	r = -pthread_create(&holder.thread, NULL, hold, NULL);
	if (r == 0) {
		(void)pthread_mutex_lock(&lock);
		while (holder.result > 0)
			(void)pthread_cond_wait(&changed, &lock);
		r = holder.result;
		(void)pthread_mutex_unlock(&lock);
		if (r < 0)
			join();
	}
	if (r < 0)
		(void)pthread_rwlock_unlock(&tracing);
	return r;
}

bool still_is_disturbed(void)
{
	bool is_disturbed;

	(void)pthread_mutex_lock(&lock);
	is_disturbed = holder.is_disturbed;
	(void)pthread_mutex_unlock(&lock);
	return is_disturbed;
}

void still_end(void)
{
	(void)pthread_mutex_lock(&lock);
	holder.is_over = true;
	(void)pthread_cond_broadcast(&changed);
	(void)pthread_mutex_unlock(&lock);
	join();
	(void)pthread_rwlock_unlock(&tracing);
}

void still_exec_begin(void)
{
	(void)pthread_rwlock_rdlock(&tracing);
}

void still_exec_end(void)
{
	(void)pthread_rwlock_unlock(&tracing);
}
