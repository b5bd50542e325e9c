/* SPDX-License-Identifier: MIT */
/*
 * The questions of a run (verdict `ask`): one at a time is put to a person, others wait in their
 * order, and whatever goes wrong is no.
 *
 * A yes counts for the one call that asked. Another thread that asks for the same at the same time has a
 * question of its own; only a yes for the rest of the run counts for it as well.
 */
#ifndef AGENTOS_LAUNCHER_ASK_H
#define AGENTOS_LAUNCHER_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "launcher/binding.h"

#define ASK_WAITING_MAX 16 /* behind the one that is being put */
#define ASK_A_MINUTE 30
#define ASK_REMEMBERED 256 /* actions that are granted for the rest of the run */

struct ask;
struct request;

struct question {
	struct asked asked;
	struct binding binding;
	pid_t pid;	       /* process that asks */
	pid_t tid;	       /* its thread, which is held */
	unsigned interrupts;   /* of the run, before it was asked */
	int64_t until_ms;      /* on ask_now_ms() */
	bool is_for_run;       /* set by who puts it: granted for the rest of the run */
	const void *gone_data; /* for is_gone() */
	bool (*is_gone)(const struct question *question); /* nobody waits for the answer any more */
};

/**
 * ask_put_fn - puts one question to a person; called by one thread at a time
 *
 * Looks at ask_is_over() at least every 100 ms. Return: what came of it, never ANSWER_NONE.
 */
typedef enum ask_answer ask_put_fn(void *data, struct ask *ask, struct question *question);

/**
 * ask_new() - the questions of one run
 * @put: NULL: nobody is there, every answer is ANSWER_NOBODY
 *
 * Return: owned, never freed before the process ends; NULL when memory is short.
 */
struct ask *ask_new(ask_put_fn *put, void *data);

/** ask_now_ms() - Return: the monotonic clock. */
int64_t ask_now_ms(void);

/**
 * ask_question() - wait for the answer to a question
 * @question: all fields set but interrupts and is_for_run
 *
 * Return: what came of it, never ANSWER_NONE. Thread-safe.
 */
enum ask_answer ask_question(struct ask *ask, struct question *question);

/**
 * ask_is_over() - whether a question stands no more
 * Return: ANSWER_NONE while it stands; ANSWER_TIMEOUT; ANSWER_WITHDRAWN. Thread-safe.
 */
enum ask_answer ask_is_over(struct ask *ask, const struct question *question);

/** ask_waiting() - Return: how many questions wait behind the one that is put. Thread-safe. */
size_t ask_waiting(struct ask *ask);

/** ask_interrupt() - withdraw the questions that stand: the run was sent a signal. Thread-safe. */
void ask_interrupt(struct ask *ask);

/**
 * ask_close() - withdraw the questions that stand, and all that come: the run has ended
 *
 * Waits until what came of them is recorded, a second at most. Thread-safe.
 */
void ask_close(struct ask *ask);

/**
 * ask_person() - ask for one action of a request, and say in the decision what came of it
 * @event:    complete; what it says is what is shown
 * @decision: with VERDICT_ASK; answer, approver and approver_uid are written
 *
 * Blocks for as long as the rule gives a person. ask_recorded() is due once the answer is recorded.
 * Thread-safe.
 */
void ask_person(struct ask *ask, struct request *request, const struct event *event,
		struct decision *decision);

/** ask_answered() - say in a decision whose answer is known who gave it, if a person did. */
void ask_answered(struct decision *decision);

/** ask_recorded() - the other end of ask_person(). Thread-safe. */
void ask_recorded(struct ask *ask);

#endif
