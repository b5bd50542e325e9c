/* SPDX-License-Identifier: MIT */
/*
 * `waiting` is all that is looked at for a call that needs no help: the lock is taken only to sleep,
 * and to wake somebody.
 */
#include "launcher/pool.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <time.h>

#define THREADS_MAX 1024
#define SPARE_MAX 16 /* asleep; others end */
#define STACK_SIZE ((size_t)512 * 1024)

static void *(*thread_run)(void *);
static void *thread_data;
static int waiting_max; /* one for each processor that callers may be on, from two to four */

static atomic_int waiting, thread_count;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t needed = PTHREAD_COND_INITIALIZER;
static int spare, wanted; /* asleep; of them, to wake up */
static atomic_bool closed;

/* The new thread counts as waiting from here on. */
static int thread_start(void)
{
	pthread_attr_t attributes;
	pthread_t thread;
	int r;

	if (atomic_fetch_add(&thread_count, 1) >= THREADS_MAX) {
		atomic_fetch_sub(&thread_count, 1);
		return -EAGAIN;
	}
	atomic_fetch_add(&waiting, 1);
	(void)pthread_attr_init(&attributes);
	(void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	(void)pthread_attr_setstacksize(&attributes, STACK_SIZE);
	r = pthread_create(&thread, &attributes, thread_run, thread_data);
	(void)pthread_attr_destroy(&attributes);
	if (r) {
		atomic_fetch_sub(&waiting, 1);
		atomic_fetch_sub(&thread_count, 1);
	}
	return -r;
}

int pool_start(void *(*run)(void *), void *data)
{
	cpu_set_t set;
	int r = 0;

	thread_run = run;
	thread_data = data;
	waiting_max = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 2;
	waiting_max = waiting_max < 2 ? 2 : waiting_max > 4 ? 4 : waiting_max;
	for (int i = 0; i < waiting_max && r == 0; i++)
		r = thread_start();
	return r;
}

/* Return: whether this thread is to go on; it then counts as waiting again. */
static bool sleep_as_spare(void)
{
	bool goes_on = false;

	(void)pthread_mutex_lock(&lock);
	if (!closed && spare < SPARE_MAX) {
		spare++;
		while (!closed && wanted == 0)
			(void)pthread_cond_wait(&needed, &lock);
		spare--;
		goes_on = wanted > 0;
		wanted -= goes_on;
	}
	(void)pthread_mutex_unlock(&lock);
	return goes_on;
}

bool pool_stay(void)
{
	if (atomic_load(&closed))
		return false;
	if (atomic_load(&waiting) <= waiting_max)
		return true;
	if (atomic_fetch_sub(&waiting, 1) > waiting_max)
		return sleep_as_spare();
	atomic_fetch_add(&waiting, 1);
	return true;
}

void pool_taken(void)
{
	bool woken = false;

	if (atomic_fetch_sub(&waiting, 1) > 1)
		return;
	(void)pthread_mutex_lock(&lock);
	if (spare > wanted) {
		wanted++;
		atomic_fetch_add(&waiting, 1);
		(void)pthread_cond_signal(&needed);
		woken = true;
	}
	(void)pthread_mutex_unlock(&lock);
	if (!woken)
		(void)thread_start(); /* if it cannot be, the next call waits its turn */
}

void pool_answers(void)
{
	atomic_fetch_add(&waiting, 1);
}

void pool_close(void)
{
	(void)pthread_mutex_lock(&lock);
	atomic_store(&closed, true);
	(void)pthread_cond_broadcast(&needed);
	(void)pthread_mutex_unlock(&lock);
}

void pool_leave(void)
{
	atomic_fetch_sub(&thread_count, 1);
}

bool pool_wait(void)
{
	const struct timespec pause = { .tv_nsec = 1000000 };

	for (int i = 0; i < 1000 && atomic_load(&thread_count) > 0; i++)
		(void)nanosleep(&pause, NULL);
	return atomic_load(&thread_count) == 0;
}
