/* SPDX-License-Identifier: MIT */
/*
 * The listener reaches the supervisor without being sent: supervisor, reaper
 * and agent share one descriptor table (CLONE_FILES) until the filter is in
 * place. A sendmsg of it would be trapped by the very filter it belongs to.
 * Then each takes a table of its own, and the agent's keeps 0, 1 and 2.
 */
#include "launcher/start.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "common/clean.h"
#include "launcher/identity.h"
#include "launcher/landlock.h"
#include "launcher/reaper.h"
#include "launcher/rlimits.h"

#define LOOK_MS 100
#define EXIT_LAUNCHER_FAILED 125
#define EXIT_CANNOT_EXECUTE 126
#define EXIT_NOT_FOUND 127

/* The agent's word to the supervisor: how far it came. */
struct report {
	int step;  /* index into steps[] of what failed; -1: all done */
	int error; /* positive errno */
	int listener_fd;
};

struct birth {
	const struct start *start;
	const sigset_t *mask; /* the caller's, for the agent */
	pid_t reaper_pid;
	int report_fd; /* agent writes */
	int ready_fd;  /* agent reads */
	int listener_fd;
};

/* In front of its terminal while signals are blocked, or it would be stopped for it. */
static int step_group(struct birth *birth)
{
	const struct start_places *places = birth->start->places;

	if (!places)
		return 0;
	if (setpgid(0, 0) < 0)
		return -errno;
	if (places->terminal_fd >= 0 && tcsetpgrp(places->terminal_fd, getpid()) < 0)
		return -errno;
	return 0;
}

static int step_signals(struct birth *birth)
{
	(void)signal(SIGPIPE, SIG_DFL);
	return sigprocmask(SIG_SETMASK, birth->mask, NULL) ? -errno : 0;
}

static int step_death_signal(struct birth *birth)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0)
		return -errno;
	return getppid() == birth->reaper_pid ? 0 : -ESRCH;
}

/* The supervisor reads the agent's memory and descriptors; nobody else can (Landlock, uid). */
static int step_dumpable(struct birth *birth)
{
	(void)birth;
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) < 0 ? -errno : 0;
}

static int step_capabilities(struct birth *birth)
{
	(void)birth;
	return identity_limit_agent();
}

static int step_limits(struct birth *birth)
{
	return rlimits_set(birth->start->limits);
}

static int step_cgroup(struct birth *birth)
{
	int fd = birth->start->cgroup->procs_fd;

	return fd < 0 ? 0 : cgroup_enter(fd);
}

static int step_no_new_privs(struct birth *birth)
{
	(void)birth;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

static int step_landlock(struct birth *birth)
{
	return birth->start->ruleset_fd < 0 ? 0 : landlock_enforce(birth->start->ruleset_fd);
}

static int step_filter(struct birth *birth)
{
	birth->listener_fd = filter_install(birth->start->filter);
	return birth->listener_fd < 0 ? birth->listener_fd : 0;
}

/* Order matters: each step may rely on all those above it. */
static const struct step {
	const char *name;
	int (*run)(struct birth *birth);
} steps[] = {
	{ "make a process group", step_group },
	{ "restore the signal mask", step_signals },
	{ "set the death signal", step_death_signal },
	{ "become readable to the supervisor", step_dumpable },
	{ "enter the control group", step_cgroup },
	{ "set the limits", step_limits },
	{ "drop capabilities", step_capabilities },
	{ "set no_new_privs", step_no_new_privs },
	{ "enforce Landlock", step_landlock },
	{ "install the seccomp filter", step_filter },
};

#define STEP_COUNT ((int)(sizeof(steps) / sizeof(steps[0])))

/* Return: whether the supervisor will know; it waits for that as long as the reaper lives. */
static bool report(const struct birth *birth, int step, int error)
{
	const struct report text = {
		.step = step,
		.error = error,
		.listener_fd = birth->listener_fd,
	};
	ssize_t len;

	do
		len = write(birth->report_fd, &text, sizeof(text));
	while (len < 0 && errno == EINTR);
	return len == (ssize_t)sizeof(text);
}

static _Noreturn void execute(char *const *argv)
{
	char text[512];
	int len;

	(void)execvp(argv[0], argv);
	len = snprintf(text, sizeof(text), "agentos: cannot execute: '%.300s': %s\n", argv[0],
		       strerror(errno));
	(void)!write(STDERR_FILENO, text, (size_t)len);
	_exit(errno == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_EXECUTE);
}

/* From the table that it shares, the agent takes one of its own, with 0, 1 and 2 as they are to be. */
static int take_places(const struct start_places *places)
{
	if (!places)
		return close_range(3, ~0U, CLOSE_RANGE_UNSHARE);
	if (start_own_descriptors() < 0)
		return -1;
	for (int fd = 0; fd < 3; fd++)
		if (places->fds[fd] >= 0 && dup2(places->fds[fd], fd) < 0)
			return -1;
	return close_range(3, ~0U, 0);
}

static _Noreturn void agent_run(struct birth *birth)
{
	char go;
	int r;

	for (int i = 0; i < STEP_COUNT; i++) {
		r = steps[i].run(birth);
		if (r < 0) {
			(void)report(birth, i, -r);
			_exit(EXIT_LAUNCHER_FAILED);
		}
	}
	if (!report(birth, -1, 0) || read(birth->ready_fd, &go, 1) != 1 ||
	    take_places(birth->start->places) < 0)
		_exit(EXIT_LAUNCHER_FAILED);
	execute(birth->start->argv);
}

/* fork(2) that shares the descriptor table. */
static pid_t fork_sharing_files(void)
{
	return (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, NULL);
}

/*
 * The reaper leads it. Were it the agent, its group would have no parent in the session, and the kernel lets nobody
 * stop such a group by Ctrl-Z (is_current_pgrp_orphaned() of kernel/exit.c).
 */
static int session_begin(const struct start_places *places)
{
	if (setsid() < 0)
		return -errno;
	if (places->terminal_fd >= 0 && ioctl(places->terminal_fd, TIOCSCTTY, 0) < 0)
		return -errno;
	return 0;
}

static _Noreturn void reaper_start(struct birth *birth, pid_t supervisor_pid, int news_fd)
{
	pid_t agent_pid;
	int r = reaper_prepare(supervisor_pid);

	birth->reaper_pid = getpid();
	if (r == 0 && birth->start->places)
		r = session_begin(birth->start->places);
	agent_pid = r < 0 ? -1 : fork_sharing_files();
	if (agent_pid == 0)
		agent_run(birth);
	if (agent_pid < 0) {
		(void)report(birth, 0, r < 0 ? -r : errno);
		_exit(EXIT_LAUNCHER_FAILED);
	}
	reaper_run(supervisor_pid, agent_pid, news_fd, birth->start->cgroup->path);
}

/* Reads @size bytes, unless the reaper ends first: we hold the writing ends too, so no EOF tells. */
static int read_while_alive(int fd, void *buf, size_t size, pid_t reaper_pid)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };

	for (;;) {
		siginfo_t info = { .si_pid = 0 };

		if (poll(&wait, 1, LOOK_MS) == 1)
			return read(fd, buf, size) == (ssize_t)size ? 0 : -EIO;
		if (waitid(P_PID, (id_t)reaper_pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 ||
		    info.si_pid == reaper_pid)
			return -ECHILD;
	}
}

static const char *hint_of(const struct report *text)
{
	if (steps[text->step].run != step_filter)
		return "";
	if (text->error == EBUSY)
		return "; hint: another sandbox already listens to this process (one listener per "
		       "process is the kernel's limit)";
	if (text->error == EINVAL || text->error == ENOSYS)
		return "; hint: the kernel needs seccomp's user notification (Linux 5.9)";
	return "";
}

static int await(struct started *started, int report_fd, struct fault *fault)
{
	struct reaper_message message;
	struct report text;
	int r = read_while_alive(report_fd, &text, sizeof(text), started->reaper_pid);

	if (r < 0)
		return fault_set(fault, r, "cannot start the agent: it ended early");
	if (text.step >= 0)
		return fault_set(fault, -text.error, "cannot %s: %s%s", steps[text.step].name,
				 strerror(text.error), hint_of(&text));
	started->listener_fd = text.listener_fd;
	r = read_while_alive(started->news_fd, &message, sizeof(message), started->reaper_pid);
	if (r < 0 || message.news != REAPER_STARTED)
		return fault_set(fault, -ECHILD, "cannot start the agent: its reaper ended early");
	started->agent_pid = message.value;
	return 0;
}

/* The pipes, by their ends. */
struct pipes {
	int news[2], report[2], ready[2];
};

static int pipes_open(struct pipes *pipes)
{
	memset(pipes, -1, sizeof(*pipes));
	if (pipe2(pipes->news, O_CLOEXEC) < 0 || pipe2(pipes->report, O_CLOEXEC) < 0 ||
	    pipe2(pipes->ready, O_CLOEXEC) < 0)
		return -errno;
	return 0;
}

static void pipes_close(struct pipes *pipes)
{
	int *ends = (int *)pipes;

	for (size_t i = 0; i < sizeof(*pipes) / sizeof(int); i++)
		if (ends[i] >= 0)
			(void)close(take_fd(&ends[i]));
}

static int give_birth(const struct start *start, struct pipes *pipes, struct started *out,
		      struct fault *fault)
{
	pid_t supervisor_pid = getpid();
	sigset_t all, before;
	struct birth birth = {
		.start = start,
		.mask = &before,
		.report_fd = pipes->report[1],
		.ready_fd = pipes->ready[0],
		.listener_fd = -1,
	};

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, &before);
	out->reaper_pid = fork_sharing_files();
	if (out->reaper_pid == 0)
		reaper_start(&birth, supervisor_pid, pipes->news[1]);
	if (out->reaper_pid < 0)
		return fault_set(fault, -errno, "cannot fork: %s", strerror(errno));
	out->news_fd = pipes->news[0];
	return await(out, pipes->report[0], fault);
}

int start_own_descriptors(void)
{
	return close_range(~0U, ~0U, CLOSE_RANGE_UNSHARE);
}

int start_agent(const struct start *start, struct started *out, struct fault *fault)
{
	struct started started = { .listener_fd = -1, .news_fd = -1, .ready_fd = -1 };
	struct pipes pipes;
	int r = pipes_open(&pipes);

	if (r < 0)
		fault_set(fault, r, "cannot make pipes: %s", strerror(-r));
	else
		r = give_birth(start, &pipes, &started, fault);
	/* From here on our descriptors are ours alone. */
	if (r == 0 && start_own_descriptors() < 0)
		r = fault_set(fault, -errno, "cannot take a descriptor table: %s", strerror(errno));
	if (r < 0) {
		if (started.reaper_pid > 0) {
			(void)kill(started.reaper_pid, SIGKILL);
			(void)waitpid(started.reaper_pid, NULL, 0);
		}
		pipes_close(&pipes);
		return r;
	}
	started.ready_fd = take_fd(&pipes.ready[1]);
	(void)take_fd(&pipes.news[0]);
	pipes_close(&pipes);
	*out = started;
	return 0;
}

int start_release(struct started *started)
{
	return write(started->ready_fd, "1", 1) == 1 ? 0 : -errno;
}
