/* SPDX-License-Identifier: MIT */
#include "launcher/wait.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher/ask.h"
#include "launcher/reaper.h"

struct wait {
	struct started *started;
	struct ask *ask;
	int signal_fd;
	int agent_pidfd;
	int status; /* wait status of the agent's command; -1: unknown */
	bool all_gone;
};

/* "SigIgn:" of /proc/PID/status (proc(5)). */
static bool is_ignored(pid_t pid, int signal)
{
	char path[64];
	char line[256];
	unsigned long long ignored = 0;
	FILE *status;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", pid);
	status = fopen(path, "re");
	while (status && fgets(line, sizeof(line), status))
		if (sscanf(line, "SigIgn: %llx", &ignored) == 1)
			break;
	if (status)
		(void)fclose(status);
	return ignored >> (signal - 1) & 1;
}

/* Terminal signals reach the agent by themselves: it is in the same process group. */
static void signal_forward(const struct wait *wait)
{
	struct signalfd_siginfo info;

	if (read(wait->signal_fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	/* A run that is held still for a question would not hear. */
	if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGHUP || info.ssi_signo == SIGINT ||
	    info.ssi_signo == SIGQUIT)
		ask_interrupt(wait->ask);
	if (info.ssi_code == SI_KERNEL)
		return;
	(void)syscall(SYS_pidfd_send_signal, wait->agent_pidfd, info.ssi_signo, NULL, 0);
	/* Whoever asks a run to end means all of it, also when the agent would not hear. */
	if ((info.ssi_signo == SIGTERM || info.ssi_signo == SIGHUP) &&
	    is_ignored(wait->started->agent_pid, (int)info.ssi_signo))
		(void)kill(wait->started->reaper_pid, REAPER_KILL_SIGNAL);
}

/* The agent's command is stopped: so are we, for the shell that waits for us. */
static void stop_together(const struct wait *wait)
{
	(void)kill(getpid(), SIGSTOP);
	(void)syscall(SYS_pidfd_send_signal, wait->agent_pidfd, SIGCONT, NULL, 0);
}

/* Return: whether there will be more. */
static bool news_take(struct wait *wait)
{
	struct reaper_message message;

	if (read(wait->started->news_fd, &message, sizeof(message)) != (ssize_t)sizeof(message))
		return false; /* the reaper is dead */
	if (message.news == REAPER_STOPPED)
		stop_together(wait);
	else if (message.news == REAPER_EXITED)
		wait->status = message.value;
	wait->all_gone = message.news == REAPER_DONE;
	return message.news != REAPER_DONE;
}

/* Return: whether signals will arrive; a run that nobody could stop is not to be. */
static bool signals_open(struct wait *wait)
{
	static const int forwarded[] = { SIGTERM, SIGHUP,  SIGINT,  SIGQUIT,
					 SIGUSR1, SIGUSR2, SIGCONT, SIGWINCH };
	sigset_t set;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < sizeof(forwarded) / sizeof(forwarded[0]); i++)
		(void)sigaddset(&set, forwarded[i]);
	wait->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return wait->signal_fd >= 0;
}

/* How long to poll: until @end, -1: there is none. */
static int left_ms(int64_t end)
{
	int64_t left = end - ask_now_ms();

	if (end < 0)
		return -1;
	return left < 0 ? 0 : left > INT32_MAX ? INT32_MAX : (int)left;
}

int wait_for_end(struct started *started, struct ask *ask, uint64_t seconds, bool *out_all_gone,
		 bool *out_timed_out)
{
	struct wait wait = {
		.started = started,
		.ask = ask,
		.agent_pidfd = (int)syscall(SYS_pidfd_open, started->agent_pid, 0),
		.status = -1,
	};
	struct pollfd polled[2] = { { .events = POLLIN }, { .events = POLLIN } };
	int64_t end = seconds ? ask_now_ms() + (int64_t)seconds * 1000 : -1;
	bool more = signals_open(&wait);

	*out_timed_out = false;
	polled[0].fd = started->news_fd;
	polled[1].fd = wait.signal_fd;
	while (more) {
		int ready = poll(polled, 2, left_ms(end));

		if (ready == 0 && end >= 0 && ask_now_ms() >= end) {
			*out_timed_out = true;
			end = -1;
			(void)kill(started->reaper_pid, REAPER_KILL_SIGNAL);
		}
		if (ready <= 0)
			continue;
		if (polled[1].revents)
			signal_forward(&wait);
		if (polled[0].revents)
			more = news_take(&wait);
	}
	(void)close(wait.signal_fd);
	(void)close(wait.agent_pidfd);
	*out_all_gone = wait.all_gone;
	return wait.status;
}
