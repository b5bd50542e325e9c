/* SPDX-License-Identifier: MIT */
/*
 * The kernel cannot tell us that a request has died or that its caller has a signal:
 * the watcher looks every WATCH_MS, and only while somebody blocks.
 */
#include "launcher/blocking.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "launcher/signals.h"

#define SLOTS_MAX 512
#define WATCH_MS 20
#define WAKE_SIGNAL (SIGRTMIN + 5)

static struct slot {
	bool used;
	pthread_t thread;
	struct request request; /* a copy: only what request_is_alive() and -_signalled() read */
} slots[SLOTS_MAX];
static size_t used_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t someone_blocks = PTHREAD_COND_INITIALIZER;
static _Thread_local struct slot *own;

static void ignore(int signal)
{
	(void)signal; /* its arrival is what ends the system call */
}

static void look_once(void)
{
	for (size_t i = 0; i < SLOTS_MAX; i++)
		if (slots[i].used &&
		    (!request_is_alive(&slots[i].request) || signals_interrupt(&slots[i].request)))
			(void)pthread_kill(slots[i].thread, WAKE_SIGNAL);
}

static void *watch(void *unused)
{
	const struct timespec pause = { .tv_nsec = WATCH_MS * 1000000L };

	(void)unused;
	(void)pthread_mutex_lock(&lock);
	for (;;) {
		while (used_count == 0)
			(void)pthread_cond_wait(&someone_blocks, &lock);
		look_once();
		(void)pthread_mutex_unlock(&lock);
		(void)nanosleep(&pause, NULL);
		(void)pthread_mutex_lock(&lock);
	}
	return NULL;
}

int blocking_start(void)
{
	struct sigaction action = { .sa_handler = ignore }; /* no SA_RESTART */
	pthread_t thread;
	int r;

	(void)sigemptyset(&action.sa_mask);
	if (sigaction(WAKE_SIGNAL, &action, NULL) < 0)
		return -errno;
	r = pthread_create(&thread, NULL, watch, NULL);
	if (r == 0)
		(void)pthread_detach(thread);
	return -r;
}

static void wakeable(int how)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, WAKE_SIGNAL);
	(void)pthread_sigmask(how, &set, NULL);
}

int blocking_enter(struct request *request)
{
	int r = -EAGAIN;

	(void)pthread_mutex_lock(&lock);
	for (size_t i = 0; i < SLOTS_MAX && r < 0; i++) {
		if (slots[i].used)
			continue;
		own = &slots[i];
		own->used = true;
		own->thread = pthread_self();
		own->request = *request;
		used_count++;
		(void)pthread_cond_signal(&someone_blocks);
		r = 0;
	}
	(void)pthread_mutex_unlock(&lock);
	if (r == 0)
		wakeable(SIG_UNBLOCK);
	return r;
}

void blocking_leave(void)
{
	int saved = errno;

	wakeable(SIG_BLOCK);
	(void)pthread_mutex_lock(&lock);
	own->used = false;
	used_count--;
	(void)pthread_mutex_unlock(&lock);
	own = NULL;
	errno = saved;
}

int blocking_interrupted(struct request *request)
{
	if (!request_is_alive(request))
		return -ESRCH;
	return signals_interrupt(request) ? -REQUEST_RESTART : 0;
}
