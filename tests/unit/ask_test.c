/* SPDX-License-Identifier: MIT */
/*
 * The queue of questions: one at a time, in order, bounded, and no unless somebody says yes.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "launcher/ask.h"

#define MANY 64

/* A person who answers what a test wants. */
static struct person {
	atomic_int puts, at_once, most_at_once;
	atomic_bool answers; /* else waits until it is over */
	atomic_bool is_for_run;
	enum ask_answer answer;
	int order[MANY]; /* ports that were asked for */
} person;

static atomic_bool all_are_gone;

/* To be freed at the end: in a run they live as long as the process. */
static struct ask *made[MANY];
static size_t made_count;

static struct ask *keep(struct ask *ask)
{
	assert_non_null(ask);
	assert_true(made_count < MANY);
	made[made_count++] = ask;
	return ask;
}

static void pause_ms(long ms)
{
	const struct timespec pause = { .tv_nsec = ms * 1000000 };

	(void)nanosleep(&pause, NULL);
}

static enum ask_answer put(void *data, struct ask *ask, struct question *question)
{
	int now = atomic_fetch_add(&person.at_once, 1) + 1;
	enum ask_answer over = ANSWER_NONE;

	(void)data;
	if (now > person.most_at_once)
		person.most_at_once = now;
	person.order[atomic_fetch_add(&person.puts, 1) % MANY] = question->asked.event->port;
	while (!person.answers && over == ANSWER_NONE) {
		pause_ms(1);
		over = ask_is_over(ask, question);
	}
	question->is_for_run = person.is_for_run;
	atomic_fetch_sub(&person.at_once, 1);
	return over ? over : person.answer;
}

static bool is_gone(const struct question *question)
{
	(void)question;
	return all_are_gone;
}

static struct ask *ask_make(enum ask_answer answer, bool answers)
{
	struct ask *ask = keep(ask_new(put, NULL));

	person = (struct person){ .answer = answer, .answers = answers };
	all_are_gone = false;
	return ask;
}

/* One that asks for @port. */
struct asker {
	struct ask *ask;
	uint16_t port;
	int64_t patience_ms;
	enum ask_answer answer;
	pthread_t thread;
};

static void *asker_run(void *data)
{
	struct asker *asker = data;
	const struct event event = { .action = ACTION_CONNECT, .port = asker->port };
	const struct decision decision = { .verdict = VERDICT_ASK, .rule = "r", .file = "" };
	struct question question = {
		.asked = { .event = &event, .decision = &decision },
		.until_ms = ask_now_ms() + asker->patience_ms,
		.is_gone = is_gone,
	};

	binding_make(&question.asked, &question.binding);
	asker->answer = ask_question(asker->ask, &question);
	return NULL;
}

static enum ask_answer ask_for(struct ask *ask, uint16_t port)
{
	struct asker asker = { .ask = ask, .port = port, .patience_ms = 10000 };

	(void)asker_run(&asker);
	return asker.answer;
}

static void asker_start(struct asker *asker, struct ask *ask, uint16_t port, int64_t patience_ms)
{
	*asker = (struct asker){ .ask = ask, .port = port, .patience_ms = patience_ms };
	assert_int_equal(pthread_create(&asker->thread, NULL, asker_run, asker), 0);
}

static void wait_until_waiting(struct ask *ask, size_t count)
{
	for (int i = 0; i < 5000 && (person.puts == 0 || ask_waiting(ask) != count); i++)
		pause_ms(1);
	assert_int_equal(ask_waiting(ask), count);
}

static void without_anybody_it_is_no(void **state)
{
	struct ask *ask = keep(ask_new(NULL, NULL));

	(void)state;
	assert_int_equal(ask_for(ask, 1), ANSWER_NOBODY);
}

static void an_answer_counts_once(void **state)
{
	struct ask *ask = ask_make(ANSWER_GRANTED, true);

	(void)state;
	assert_int_equal(ask_for(ask, 1), ANSWER_GRANTED);
	person.answer = ANSWER_REFUSED;
	assert_int_equal(ask_for(ask, 1), ANSWER_REFUSED);
	assert_int_equal(person.puts, 2);
}

static void an_answer_for_the_run_counts_for_the_same_action_alone(void **state)
{
	struct ask *ask = ask_make(ANSWER_GRANTED, true);

	(void)state;
	person.is_for_run = true;
	assert_int_equal(ask_for(ask, 1), ANSWER_GRANTED);
	person.answer = ANSWER_REFUSED;
	assert_int_equal(ask_for(ask, 1), ANSWER_GRANTED_BEFORE);
	assert_int_equal(person.puts, 1);
	assert_int_equal(ask_for(ask, 2), ANSWER_REFUSED);
	/* A no is never remembered, and not taken for a yes. */
	assert_int_equal(ask_for(ask, 2), ANSWER_REFUSED);
}

static void they_are_put_one_at_a_time_and_in_order(void **state)
{
	struct ask *ask = ask_make(ANSWER_GRANTED, false);
	struct asker askers[ASK_WAITING_MAX + 1];

	(void)state;
	for (uint16_t i = 0; i <= ASK_WAITING_MAX; i++) {
		asker_start(&askers[i], ask, i, 10000);
		wait_until_waiting(ask, i);
	}
	person.answers = true;
	for (int i = 0; i <= ASK_WAITING_MAX; i++) {
		(void)pthread_join(askers[i].thread, NULL);
		assert_int_equal(askers[i].answer, ANSWER_GRANTED);
		assert_int_equal(person.order[i], i);
	}
	assert_int_equal(person.most_at_once, 1);
}

static void one_too_many_is_refused_at_once(void **state)
{
	struct ask *ask = ask_make(ANSWER_GRANTED, false);
	struct asker askers[ASK_WAITING_MAX + 1];

	(void)state;
	for (uint16_t i = 0; i <= ASK_WAITING_MAX; i++)
		asker_start(&askers[i], ask, i, 10000);
	wait_until_waiting(ask, ASK_WAITING_MAX);
	assert_int_equal(ask_for(ask, 99), ANSWER_CROWDED);
	ask_close(ask);
	for (int i = 0; i <= ASK_WAITING_MAX; i++) {
		(void)pthread_join(askers[i].thread, NULL);
		assert_int_equal(askers[i].answer, ANSWER_WITHDRAWN);
	}
	assert_int_equal(ask_for(ask, 1), ANSWER_WITHDRAWN);
	assert_int_equal(person.puts, 1);
}

static void those_who_wait_for_the_same_get_what_is_for_the_run(void **state)
{
	struct ask *ask = ask_make(ANSWER_GRANTED, false);
	struct asker askers[4];
	int before = 0;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		asker_start(&askers[i], ask, 7, 10000);
	wait_until_waiting(ask, 3);
	person.is_for_run = true;
	person.answers = true;
	for (size_t i = 0; i < 4; i++) {
		(void)pthread_join(askers[i].thread, NULL);
		before += askers[i].answer == ANSWER_GRANTED_BEFORE;
	}
	assert_int_equal(before, 3);
	assert_int_equal(person.puts, 1);
}

static void time_runs_for_those_who_wait_as_well(void **state)
{
	struct ask *ask = ask_make(ANSWER_GRANTED, false);
	struct asker first, second;

	(void)state;
	asker_start(&first, ask, 1, 400);
	wait_until_waiting(ask, 0);
	asker_start(&second, ask, 2, 100);
	(void)pthread_join(second.thread, NULL);
	assert_int_equal(second.answer, ANSWER_TIMEOUT);
	(void)pthread_join(first.thread, NULL);
	assert_int_equal(first.answer, ANSWER_TIMEOUT);
	assert_int_equal(person.puts, 1);
}

static void who_is_gone_has_no_question(void **state)
{
	struct ask *ask = ask_make(ANSWER_GRANTED, false);
	struct asker first, second;

	(void)state;
	asker_start(&first, ask, 1, 10000);
	wait_until_waiting(ask, 0);
	asker_start(&second, ask, 2, 10000);
	wait_until_waiting(ask, 1);
	all_are_gone = true;
	(void)pthread_join(first.thread, NULL);
	(void)pthread_join(second.thread, NULL);
	assert_int_equal(first.answer, ANSWER_WITHDRAWN);
	assert_int_equal(second.answer, ANSWER_WITHDRAWN);
	assert_int_equal(person.puts, 1);
}

/* The yes came, and in that moment the one who asked went. */
static enum ask_answer put_and_go(void *data, struct ask *ask, struct question *question)
{
	(void)data;
	(void)ask;
	(void)question;
	all_are_gone = true;
	return ANSWER_GRANTED;
}

static void a_yes_to_who_is_gone_is_none(void **state)
{
	struct ask *ask = keep(ask_new(put_and_go, NULL));

	(void)state;
	all_are_gone = false;
	assert_int_equal(ask_for(ask, 1), ANSWER_WITHDRAWN);
}

static void an_interrupted_run_asks_anew(void **state)
{
	struct ask *ask = ask_make(ANSWER_GRANTED, false);
	struct asker asker;

	(void)state;
	asker_start(&asker, ask, 1, 10000);
	wait_until_waiting(ask, 0);
	ask_interrupt(ask);
	(void)pthread_join(asker.thread, NULL);
	assert_int_equal(asker.answer, ANSWER_WITHDRAWN);
	person.answers = true;
	assert_int_equal(ask_for(ask, 1), ANSWER_GRANTED);
}

static void a_person_is_not_flooded(void **state)
{
	struct ask *ask = ask_make(ANSWER_REFUSED, true);

	(void)state;
	for (uint16_t i = 0; i < ASK_A_MINUTE; i++)
		assert_int_equal(ask_for(ask, i), ANSWER_REFUSED);
	assert_int_equal(ask_for(ask, 99), ANSWER_FLOODED);
	assert_int_equal(ask_for(ask, 99), ANSWER_FLOODED);
	assert_int_equal(person.puts, ASK_A_MINUTE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_anybody_it_is_no),
		cmocka_unit_test(an_answer_counts_once),
		cmocka_unit_test(an_answer_for_the_run_counts_for_the_same_action_alone),
		cmocka_unit_test(they_are_put_one_at_a_time_and_in_order),
		cmocka_unit_test(one_too_many_is_refused_at_once),
		cmocka_unit_test(those_who_wait_for_the_same_get_what_is_for_the_run),
		cmocka_unit_test(time_runs_for_those_who_wait_as_well),
		cmocka_unit_test(who_is_gone_has_no_question),
		cmocka_unit_test(a_yes_to_who_is_gone_is_none),
		cmocka_unit_test(an_interrupted_run_asks_anew),
		cmocka_unit_test(a_person_is_not_flooded),
	};

	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	for (size_t i = 0; i < made_count; i++)
		free(made[i]);
	return failed;
}
