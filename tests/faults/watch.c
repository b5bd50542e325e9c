/* SPDX-License-Identifier: MIT */
/*
 * watch SECONDS CMD... - runs CMD as the parent of all that it leaves behind, and says on descriptor 3:
 *
 *   STATUS MS LEFT
 *
 * STATUS is its exit status or 128+N, and "late" when it had not ended after SECONDS; MS how long it
 * took; LEFT how many processes were still there two seconds after its end. All of them are
 * killed. Its standard streams are CMD's.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define REPORT_FD 3
#define GRACE_MS 2000

static long long now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Takes what has ended; sleeps until something does, or @until. Return: the number taken, 0: none. */
static pid_t take(long long until, int *out_status)
{
	long long left = until - now_ms();
	struct timespec pause = { .tv_sec = left / 1000, .tv_nsec = left % 1000 * 1000000 };
	sigset_t child;
	pid_t pid = waitpid(-1, out_status, WNOHANG);

	if (pid != 0 || left <= 0)
		return pid;
	(void)sigemptyset(&child);
	(void)sigaddset(&child, SIGCHLD);
	(void)sigtimedwait(&child, NULL, &pause);
	return waitpid(-1, out_status, WNOHANG);
}

/* Kills children until there are none: what a killed one leaves behind is ours next. */
static int kill_all(void)
{
	char path[64];
	int count = 0;
	pid_t pid;

	(void)snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	for (;;) {
		FILE *children = fopen(path, "re");
		bool found = false;

		while (children && fscanf(children, "%d", &pid) == 1) {
			(void)kill(pid, SIGKILL);
			found = true;
		}
		if (children)
			(void)fclose(children);
		if (!found)
			return count;
		while (waitpid(-1, NULL, WNOHANG) > 0)
			count++;
	}
}

int main(int argc, char **argv)
{
	long long start = now_ms(), ended, until;
	int status = -1, one, left;
	sigset_t child, before;
	pid_t pid, taken;

	(void)sigemptyset(&child);
	(void)sigaddset(&child, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &child, &before);
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	pid = argc > 2 ? fork() : -1;
	if (pid == 0) {
		(void)close(REPORT_FD);
		(void)sigprocmask(SIG_SETMASK, &before, NULL);
		(void)execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (pid < 0)
		return 2;
	until = start + atoi(argv[1]) * 1000LL;
	do {
		taken = take(until, &one);
		if (taken == pid)
			status = one;
	} while (taken != pid && now_ms() < until);
	ended = now_ms();
	if (status >= 0)
		while (take(ended + GRACE_MS, &one) >= 0 && now_ms() < ended + GRACE_MS)
			;
	left = kill_all();
	if (status < 0)
		(void)dprintf(REPORT_FD, "late %lld %d\n", ended - start, left);
	else
		(void)dprintf(REPORT_FD, "%d %lld %d\n",
			      WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status),
			      ended - start, left);
	return 0;
}
