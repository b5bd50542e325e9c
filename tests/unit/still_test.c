/* SPDX-License-Identifier: MIT */
/*
 * Holding processes still: nothing of them runs, whatever they do against it, and afterwards all is as
 * before.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "launcher/still.h"

#define THREADS 8

/* Of this process and its children. */
static struct shared {
	atomic_ulong count;
	atomic_int child, status;
	atomic_bool is_waited_for;
} * shared;

static void pause_ms(long ms)
{
	const struct timespec pause = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	(void)nanosleep(&pause, NULL);
}

static bool counts_within(long ms)
{
	unsigned long before = atomic_load(&shared->count);

	for (long i = 0; i < ms && atomic_load(&shared->count) == before; i++)
		pause_ms(1);
	return atomic_load(&shared->count) != before;
}

static void *count_for_ever(void *unused)
{
	for (;;)
		atomic_fetch_add(&shared->count, 1);
	return unused;
}

static void run_threads(void)
{
	for (int i = 0; i < THREADS; i++) {
		pthread_t thread;

		(void)pthread_create(&thread, NULL, count_for_ever, NULL);
	}
	(void)count_for_ever(NULL);
}

/* Continues itself again and again: SIGSTOP would not hold it. */
static void run_continued(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGCONT };
	const struct itimerspec often = { { 0, 1000000 }, { 0, 1000000 } };
	timer_t timer;

	(void)timer_create(CLOCK_MONOTONIC, &event, &timer);
	(void)timer_settime(timer, 0, &often, NULL);
	(void)count_for_ever(NULL);
}

static void run_forking(void)
{
	for (;;) {
		pid_t pid = fork();

		if (pid == 0) {
			atomic_fetch_add(&shared->count, 1);
			_exit(0);
		}
		(void)waitpid(pid, NULL, 0);
	}
}

/* Waits in a call that nothing interrupts for a child that runs. */
static void run_vforking(void)
{
	for (;;) {
		pid_t pid = vfork(); /* NOLINT(clang-analyzer-security.insecureAPI.vfork) */

		if (pid == 0) {
			for (int i = 0; i < 100000; i++)
				atomic_fetch_add(&shared->count, 1);
			_exit(0);
		}
		(void)waitpid(pid, NULL, 0);
	}
}

static void run_sleeping(void)
{
	for (;;) {
		pause_ms(1);
		atomic_fetch_add(&shared->count, 1);
	}
}

static void run_waiting(void)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		run_sleeping();
	shared->child = pid;
	(void)waitpid(pid, &status, 0);
	shared->status = status;
	shared->is_waited_for = true;
	for (;;)
		(void)pause();
}

static pid_t start(void (*run)(void))
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		(void)setpgid(0, 0);
		run();
		_exit(0);
	}
	return pid;
}

static void end(pid_t pid)
{
	int status;

	(void)kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) == pid && !WIFSIGNALED(status))
		;
}

static void nothing_runs_while_it_is_held(void **state)
{
	static void (*const runs[])(void) = { run_threads, run_continued, run_forking, run_vforking,
					      run_sleeping };

	(void)state;
	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		pid_t pid = start(runs[i]);
		bool was_still;

		assert_true(counts_within(5000));
		for (int round = 0; round < 3; round++) {
			assert_int_equal(still_begin(getpid(), 0), 0);
			was_still = !counts_within(100);
			still_end();
			if (!was_still)
				fail_msg("number %zu goes on", i);
			assert_true(counts_within(5000));
		}
		end(pid);
	}
}

static void what_was_stopped_before_stays_so(void **state)
{
	pid_t pid = start(run_sleeping);
	int status;

	(void)state;
	assert_true(counts_within(5000));
	(void)kill(pid, SIGSTOP);
	assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
	assert_int_equal(still_begin(getpid(), 0), 0);
	still_end();
	assert_false(counts_within(100));
	/* No parent saw anything of it. */
	assert_int_equal(waitpid(pid, &status, WUNTRACED | WCONTINUED | WNOHANG), 0);
	(void)kill(pid, SIGCONT);
	assert_true(counts_within(5000));
	end(pid);
}

static void a_signal_that_comes_meanwhile_comes_afterwards(void **state)
{
	pid_t pid = start(run_sleeping);
	int status;

	(void)state;
	assert_true(counts_within(5000));
	assert_int_equal(still_begin(getpid(), 0), 0);
	(void)kill(pid, SIGTERM);
	assert_false(counts_within(50));
	assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
	still_end();
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

static void who_is_killed_meanwhile_is_its_parents_to_wait_for(void **state)
{
	pid_t pid = start(run_waiting);
	pid_t child = 0;

	(void)state;
	assert_true(counts_within(5000));
	for (int i = 0; i < 5000 && (child = atomic_load(&shared->child)) == 0; i++)
		pause_ms(1);
	assert_true(child > 0);
	assert_int_equal(still_begin(getpid(), 0), 0);
	(void)kill(child, SIGKILL);
	pause_ms(50);
	assert_false(shared->is_waited_for);
	still_end();
	for (int i = 0; i < 5000 && !shared->is_waited_for; i++)
		pause_ms(1);
	assert_true(WIFSIGNALED(shared->status) && WTERMSIG(shared->status) == SIGKILL);
	end(pid);
}

static void run_tracing(void)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
		(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		(void)raise(SIGSTOP);
		(void)count_for_ever(NULL);
	}
	(void)waitpid(child, &status, 0);
	(void)ptrace(PTRACE_CONT, child, NULL, NULL);
	(void)waitpid(child, &status, 0);
}

static void what_another_one_traces_cannot_be_held(void **state)
{
	pid_t pid = start(run_tracing);

	(void)state;
	assert_true(counts_within(5000));
	assert_int_equal(still_begin(getpid(), 0), -EBUSY);
	assert_true(counts_within(5000)); /* and nothing is held after that */
	end(pid);
}

static void *execute(void *data)
{
	atomic_bool *done = data;

	still_exec_begin();
	*done = true;
	still_exec_end();
	return NULL;
}

static void executions_wait(void **state)
{
	pid_t pid = start(run_sleeping);
	atomic_bool done = false;
	pthread_t thread;

	(void)state;
	assert_int_equal(still_begin(getpid(), 0), 0);
	assert_int_equal(pthread_create(&thread, NULL, execute, &done), 0);
	pause_ms(50);
	assert_false(done);
	still_end();
	(void)pthread_join(thread, NULL);
	assert_true(done);
	end(pid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_runs_while_it_is_held),
		cmocka_unit_test(what_was_stopped_before_stays_so),
		cmocka_unit_test(a_signal_that_comes_meanwhile_comes_afterwards),
		cmocka_unit_test(who_is_killed_meanwhile_is_its_parents_to_wait_for),
		cmocka_unit_test(what_another_one_traces_cannot_be_held),
		cmocka_unit_test(executions_wait),
	};

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	return shared == MAP_FAILED ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
