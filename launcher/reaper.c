/* SPDX-License-Identifier: MIT */
#include "launcher/reaper.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "launcher/descendants.h"
#include "launcher/start.h"

#define GRACE_MS 2000 /* between SIGTERM and SIGKILL for what the agent left behind */
#define TICK_MS 50
#define NEWS_FD 3
/* Of the supervisor: the one signal that also wakes a reaper that somebody has stopped. */
#define REAPER_DEATH_SIGNAL SIGCONT

/* Return: whether it was said. What could not be said of an end, ours says as well. */
static bool tell(enum reaper_news news, int value)
{
	const struct reaper_message message = { .news = news, .value = value };
	ssize_t len;

	/* Smaller than PIPE_BUF: whole or not at all; without a reader SIGPIPE is blocked. */
	do
		len = write(NEWS_FD, &message, sizeof(message));
	while (len < 0 && errno == EINTR);
	return len == (ssize_t)sizeof(message);
}

int reaper_prepare(pid_t supervisor_pid)
{
	sigset_t all;

	(void)sigfillset(&all);
	if (sigprocmask(SIG_BLOCK, &all, NULL) < 0 ||
	    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_PDEATHSIG, REAPER_DEATH_SIGNAL, 0, 0, 0) < 0)
		return -errno;
	return getppid() == supervisor_pid ? 0 : -ESRCH;
}

/* Takes what has ended. Return: whether any child is left. */
static bool reap(pid_t agent_pid, bool *agent_is_gone)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0 ||
	       (pid < 0 && errno == EINTR)) {
		if (pid != agent_pid)
			continue;
		if (WIFSTOPPED(status)) {
			(void)tell(REAPER_STOPPED, WSTOPSIG(status));
		} else {
			(void)tell(REAPER_EXITED, status);
			*agent_is_gone = true;
		}
	}
	return pid == 0;
}

/* Ends what is left: @signal first, SIGKILL after the grace, until nobody is. */
static void end_all(pid_t agent_pid, int signal, bool *agent_is_gone)
{
	const struct timespec tick = { .tv_nsec = TICK_MS * 1000000L };
	sigset_t child;
	int waited_ms = 0;

	(void)sigemptyset(&child);
	(void)sigaddset(&child, SIGCHLD);
	while (reap(agent_pid, agent_is_gone)) {
		if (waited_ms == 0 || signal == SIGKILL) {
			(void)descendants_signal(getpid(), signal);
			(void)descendants_signal(getpid(), SIGCONT);
		}
		(void)sigtimedwait(&child, NULL, &tick);
		waited_ms += TICK_MS;
		if (waited_ms >= GRACE_MS)
			signal = SIGKILL;
	}
}

_Noreturn void reaper_run(pid_t supervisor_pid, pid_t agent_pid, int news_fd, const char *cgroup)
{
	bool agent_is_gone = false;
	sigset_t wanted;

	/* The agent's descriptor table was ours until here; its listener must not stay with us. */
	if (start_own_descriptors() < 0 || dup2(news_fd, NEWS_FD) < 0 ||
	    close_range(NEWS_FD + 1, ~0U, 0) < 0)
		_exit(1); /* the agent dies with us (its death signal) */
	(void)sigemptyset(&wanted);
	(void)sigaddset(&wanted, SIGCHLD);
	(void)sigaddset(&wanted, REAPER_DEATH_SIGNAL);
	(void)sigaddset(&wanted, REAPER_KILL_SIGNAL);
	if (!tell(REAPER_STARTED, agent_pid))
		_exit(1); /* nobody would wait for the right process */
	for (;;) {
		siginfo_t info;
		int signal = sigwaitinfo(&wanted, &info);

		if (signal == REAPER_KILL_SIGNAL || getppid() != supervisor_pid) {
			end_all(agent_pid, SIGKILL, &agent_is_gone);
			break;
		}
		(void)reap(agent_pid, &agent_is_gone);
		if (agent_is_gone) {
			end_all(agent_pid, SIGTERM, &agent_is_gone);
			break;
		}
	}
	if (cgroup[0])
		(void)rmdir(cgroup);
	(void)tell(REAPER_DONE, 0);
	_exit(0);
}
