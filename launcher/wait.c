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
#include "launcher/descendants.h"
#include "launcher/explained.h"
#include "launcher/reaper.h"
#include "launcher/relay.h"

#define DRAIN_MS 2000 /* for a reader to take what a run has printed that was ended */

struct wait {
	struct started *started;
	const struct wait_for *of;
	int signal_fd;
	int agent_pidfd;
	int64_t until_ms; /* on ask_now_ms(); -1: any time */
	bool is_draining; /* the run has ended */
	bool is_over;
	struct wait_end end;
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

static bool asks_to_end(unsigned signal)
{
	return signal == SIGTERM || signal == SIGHUP || signal == SIGINT || signal == SIGQUIT;
}

/* In a session of its own the agent does not hear our terminal. */
static void signal_group(const struct wait *wait, int signal)
{
	struct screen *screen = relay_screen(wait->of->relay);
	pid_t group = screen_group(screen, wait->started->agent_pid);

	if (signal == SIGCONT)
		screen_return(screen);
	else if (signal == SIGWINCH && screen)
		screen_resized(screen);
	else
		(void)kill(-group, signal);
}

/* Terminal signals reach the agent by themselves when it is in the same process group. */
static void signal_forward(struct wait *wait)
{
	struct signalfd_siginfo info;

	if (read(wait->signal_fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	/* A run that is held still for a question would not hear. */
	if (asks_to_end(info.ssi_signo))
		ask_interrupt(wait->of->ask);
	if (wait->is_draining) {
		wait->is_over |= asks_to_end(info.ssi_signo);
		return;
	}
	if (wait->of->relay && (info.ssi_code == SI_KERNEL || info.ssi_signo == SIGTSTP ||
				info.ssi_signo == SIGWINCH || info.ssi_signo == SIGCONT)) {
		signal_group(wait, (int)info.ssi_signo);
		return;
	}
	if (info.ssi_code == SI_KERNEL)
		return;
	(void)syscall(SYS_pidfd_send_signal, wait->agent_pidfd, info.ssi_signo, NULL, 0);
	/* Whoever asks a run to end means all of it, also when the agent would not hear. */
	if ((info.ssi_signo == SIGTERM || info.ssi_signo == SIGHUP) &&
	    is_ignored(wait->started->agent_pid, (int)info.ssi_signo))
		(void)kill(wait->started->reaper_pid, REAPER_KILL_SIGNAL);
}

/*
 * The agent's command is stopped: so are we, for the shell that waits for us. Ours are blocked, so SIGTSTP is for the
 * others of a pipeline, who did not hear what was typed to the agent's terminal.
 */
static void stop_together(const struct wait *wait)
{
	struct screen *screen = relay_screen(wait->of->relay);

	if (screen) {
		screen_leave(screen);
		(void)kill(0, SIGTSTP);
	}
	(void)kill(getpid(), SIGSTOP);
	screen_return(screen);
	if (wait->of->relay)
		(void)descendants_signal(wait->started->reaper_pid, SIGCONT);
	else
		(void)syscall(SYS_pidfd_send_signal, wait->agent_pidfd, SIGCONT, NULL, 0);
}

/* Nothing is printed any more. What the shim has not asked for is told before the pipes are empty. */
static void drain_begin(struct wait *wait)
{
	wait->is_draining = true;
	if (!wait->of->relay) {
		wait->is_over = true;
		return;
	}
	explained_flush(wait->of->explained);
	relay_end(wait->of->relay);
	/* Who has ended the run does not wait for its reader, either. */
	wait->until_ms = wait->end.timed_out || wait->end.printed_all ? ask_now_ms() + DRAIN_MS
								      : wait->until_ms;
}

static void news_take(struct wait *wait)
{
	struct reaper_message message;

	if (read(wait->started->news_fd, &message, sizeof(message)) != (ssize_t)sizeof(message)) {
		drain_begin(wait); /* the reaper is dead */
		return;
	}
	if (message.news == REAPER_STOPPED)
		stop_together(wait);
	else if (message.news == REAPER_EXITED)
		wait->end.status = message.value;
	wait->end.all_gone = message.news == REAPER_DONE;
	if (message.news == REAPER_DONE)
		drain_begin(wait);
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
	if (wait->of->relay)
		(void)sigaddset(&set, SIGTSTP);
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

static void time_is_over(struct wait *wait)
{
	wait->until_ms = -1;
	if (wait->is_draining) {
		wait->is_over = true;
		wait->end.timed_out |= !wait->end.printed_all;
		return;
	}
	wait->end.timed_out = true;
	(void)kill(wait->started->reaper_pid, REAPER_KILL_SIGNAL);
}

static void end_for_output(struct wait *wait, struct pollfd *over)
{
	over->fd = -1; /* once */
	wait->end.printed_all = true;
	if (!wait->is_draining)
		(void)kill(wait->started->reaper_pid, REAPER_KILL_SIGNAL);
}

static void wait_step(struct wait *wait, struct pollfd *polled)
{
	int ready = poll(polled, 4, left_ms(wait->until_ms));

	if (ready == 0 && wait->until_ms >= 0 && ask_now_ms() >= wait->until_ms)
		time_is_over(wait);
	if (ready <= 0)
		return;
	if (polled[1].revents)
		signal_forward(wait);
	if (polled[2].revents)
		end_for_output(wait, &polled[2]);
	if (polled[3].revents)
		wait->is_over = true;
	if (polled[0].revents)
		news_take(wait);
	if (wait->is_draining) {
		polled[0].fd = -1;
		polled[3].fd = wait->of->relay ? relay_done_fd(wait->of->relay) : -1;
	}
}

struct wait_end wait_for_end(struct started *started, const struct wait_for *of)
{
	struct wait wait = {
		.started = started,
		.of = of,
		.agent_pidfd = (int)syscall(SYS_pidfd_open, started->agent_pid, 0),
		.until_ms = of->seconds ? ask_now_ms() + (int64_t)of->seconds * 1000 : -1,
		.end = { .status = -1 },
	};
	struct pollfd polled[4] = {
		{ .fd = started->news_fd, .events = POLLIN },
		{ .fd = -1, .events = POLLIN },
		{ .fd = of->relay ? relay_over_fd(of->relay) : -1, .events = POLLIN },
		{ .fd = -1, .events = POLLIN }, /* that all has been passed on, once it can be */
	};

	wait.is_over = !signals_open(&wait);
	polled[1].fd = wait.signal_fd;
	while (!wait.is_over)
		wait_step(&wait, polled);
	(void)close(wait.signal_fd);
	(void)close(wait.agent_pidfd);
	return wait.end;
}

void wait_end_orphans(pid_t reaper_pid)
{
	(void)kill(reaper_pid, SIGKILL);
	do
		(void)descendants_signal(getpid(), SIGKILL);
	while (waitpid(-1, NULL, 0) > 0);
}
