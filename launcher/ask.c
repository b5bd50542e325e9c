/* SPDX-License-Identifier: MIT */
/*
 * Each worker that asks waits in the queue with its own question, and puts it when it is the first.
 */
#include "launcher/ask.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "launcher/procfile.h"
#include "launcher/request.h"
#include "launcher/signals.h"

#define LOOK_MS 50
#define MINUTE_MS 60000
#define CLOSE_MS 1000
#define APPROVER_TTY "tty"

struct waiting {
	struct waiting *next;
	const struct question *question;
};

struct ask {
	ask_put_fn *put;
	void *data;
	pthread_mutex_t lock;
	pthread_cond_t moved; /* somebody has left the queue */
	struct waiting *first, **last;
	size_t count;
	int64_t put_ms[ASK_A_MINUTE]; /* when the last questions were put: a ring */
	size_t put_count;
	struct binding granted[ASK_REMEMBERED];
	size_t granted_count;
	unsigned interrupts;
	bool is_closed;
	size_t unrecorded; /* asked, or to be, and not yet recorded */
};

int64_t ask_now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct ask *ask_new(ask_put_fn *put, void *data)
{
	struct ask *ask = calloc(1, sizeof(*ask));
	pthread_condattr_t monotonic;

	if (!ask)
		return NULL;
	ask->put = put;
	ask->data = data;
	ask->last = &ask->first;
	(void)pthread_mutex_init(&ask->lock, NULL);
	(void)pthread_condattr_init(&monotonic);
	(void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&ask->moved, &monotonic);
	(void)pthread_condattr_destroy(&monotonic);
	return ask;
}

/*
 * The queue. The lock is held in all of these.
 */

static bool is_granted_before(const struct ask *ask, const struct question *question)
{
	for (size_t i = 0; i < ask->granted_count; i++)
		if (binding_equals(&ask->granted[i], &question->binding))
			return true;
	return false;
}

/* What need not be put to anybody. Return: ANSWER_NONE: it stands. */
static enum ask_answer settled(const struct ask *ask, const struct question *question)
{
	if (ask->is_closed || ask->interrupts != question->interrupts ||
	    question->is_gone(question))
		return ANSWER_WITHDRAWN;
	if (is_granted_before(ask, question))
		return ANSWER_GRANTED_BEFORE;
	return ask_now_ms() >= question->until_ms ? ANSWER_TIMEOUT : ANSWER_NONE;
}

static void enter(struct ask *ask, struct waiting *self)
{
	*ask->last = self;
	ask->last = &self->next;
	ask->count++;
}

static void leave(struct ask *ask, struct waiting *self)
{
	struct waiting **at = &ask->first;

	while (*at != self)
		at = &(*at)->next;
	*at = self->next;
	if (ask->last == &self->next)
		ask->last = at;
	ask->count--;
	(void)pthread_cond_broadcast(&ask->moved);
}

static void look_again_soon(struct ask *ask)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += LOOK_MS * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	(void)pthread_cond_timedwait(&ask->moved, &ask->lock, &until);
}

/* So that a person is not worn out until he says yes to anything. */
static bool may_be_put(struct ask *ask)
{
	int64_t *oldest = &ask->put_ms[ask->put_count % ASK_A_MINUTE];
	int64_t now = ask_now_ms();

	if (ask->put_count >= ASK_A_MINUTE && now - *oldest < MINUTE_MS)
		return false;
	*oldest = now;
	ask->put_count++;
	return true;
}

static enum ask_answer put(struct ask *ask, struct question *question)
{
	enum ask_answer answer;

	if (!may_be_put(ask))
		return ANSWER_FLOODED;
	question->is_for_run = false;
	(void)pthread_mutex_unlock(&ask->lock);
	answer = ask->put(ask->data, ask, question);
	(void)pthread_mutex_lock(&ask->lock);
	/* Where the table is full, it was a yes for this once. */
	if (answer == ANSWER_GRANTED && question->is_for_run && ask->granted_count < ASK_REMEMBERED)
		ask->granted[ask->granted_count++] = question->binding;
	/* An answer to what nobody waits for any more, or what was interrupted meanwhile, is none. */
	if (answer_grants(answer) && (ask->is_closed || ask->interrupts != question->interrupts ||
				      question->is_gone(question)))
		answer = ANSWER_WITHDRAWN;
	return answer;
}

enum ask_answer ask_question(struct ask *ask, struct question *question)
{
	struct waiting self = { .question = question };
	enum ask_answer answer;

	if (!ask->put)
		return ANSWER_NOBODY;
	(void)pthread_mutex_lock(&ask->lock);
	question->interrupts = ask->interrupts;
	answer = settled(ask, question);
	if (answer == ANSWER_NONE && ask->count > ASK_WAITING_MAX)
		answer = ANSWER_CROWDED;
	if (answer == ANSWER_NONE) {
		enter(ask, &self);
		while (answer == ANSWER_NONE && ask->first != &self) {
			look_again_soon(ask);
			answer = settled(ask, question);
		}
		if (answer == ANSWER_NONE)
			answer = put(ask, question);
		leave(ask, &self);
	}
	(void)pthread_mutex_unlock(&ask->lock);
	return answer;
}

enum ask_answer ask_is_over(struct ask *ask, const struct question *question)
{
	enum ask_answer answer;

	(void)pthread_mutex_lock(&ask->lock);
	answer = settled(ask, question);
	(void)pthread_mutex_unlock(&ask->lock);
	return answer == ANSWER_GRANTED_BEFORE ? ANSWER_NONE : answer;
}

size_t ask_waiting(struct ask *ask)
{
	size_t count;

	(void)pthread_mutex_lock(&ask->lock);
	count = ask->count;
	(void)pthread_mutex_unlock(&ask->lock);
	return count > 0 ? count - 1 : 0;
}

void ask_interrupt(struct ask *ask)
{
	(void)pthread_mutex_lock(&ask->lock);
	ask->interrupts++;
	(void)pthread_cond_broadcast(&ask->moved);
	(void)pthread_mutex_unlock(&ask->lock);
}

void ask_close(struct ask *ask)
{
	int64_t until_ms = ask_now_ms() + CLOSE_MS;

	(void)pthread_mutex_lock(&ask->lock);
	ask->is_closed = true;
	(void)pthread_cond_broadcast(&ask->moved);
	while (ask->unrecorded > 0 && ask_now_ms() < until_ms)
		look_again_soon(ask);
	(void)pthread_mutex_unlock(&ask->lock);
}

/*
 * Questions of requests.
 */

static bool is_gone(const struct question *question)
{
	const struct request *request = question->gone_data;

	return !request_is_alive(request) || signals_end(request);
}

void ask_person(struct ask *ask, struct request *request, const struct event *event,
		struct decision *decision)
{
	unsigned seconds = decision->timeout ? decision->timeout : ASK_TIMEOUT;
	char folder[PATH_MAX] = "";
	char link[64];
	struct question question = {
		.asked = { .event = event,
			   .decision = decision,
			   .policy_hash = policy_hash(request->supervisor->policy) },
		.pid = request_pid(request),
		.tid = request->tid,
		.until_ms = ask_now_ms() + (int64_t)seconds * 1000,
		.gone_data = request,
		.is_gone = is_gone,
	};

	if (event->action == ACTION_EXECUTE) {
		(void)snprintf(link, sizeof(link), "/proc/%d/cwd", request->tid);
		if (readlink(link, folder, sizeof(folder) - 1) > 0)
			question.asked.folder = folder;
	}
	binding_make(&question.asked, &question.binding);
	(void)pthread_mutex_lock(&ask->lock);
	ask->unrecorded++;
	(void)pthread_mutex_unlock(&ask->lock);
	decision->answer = request->asks_nobody ? ANSWER_NOBODY : ask_question(ask, &question);
	ask_answered(decision);
}

void ask_answered(struct decision *decision)
{
	if (!answer_grants(decision->answer) && decision->answer != ANSWER_REFUSED)
		return;
	decision->approver = APPROVER_TTY;
	decision->approver_uid = getuid();
}

void ask_recorded(struct ask *ask)
{
	(void)pthread_mutex_lock(&ask->lock);
	ask->unrecorded--;
	(void)pthread_cond_broadcast(&ask->moved);
	(void)pthread_mutex_unlock(&ask->lock);
}
