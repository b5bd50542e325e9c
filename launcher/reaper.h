/* SPDX-License-Identifier: MIT */
/*
 * The reaper: a small process between the supervisor and the agent.
 *
 *     supervisor (what the user started) -> reaper -> agent -> its children
 *
 * It is the agent's real parent and the subreaper of everything it leaves
 * behind. It exists because the supervisor traces: a tracer that is also the real
 * parent would see every stop twice and could not tell Ctrl-Z from an exec stop
 * (kernel/exit.c, wait_consider_task), while Yama lets only an ancestor trace.
 * And it is what ends the agents when the supervisor is killed.
 */
#ifndef AGENTOS_LAUNCHER_REAPER_H
#define AGENTOS_LAUNCHER_REAPER_H

#include <sys/types.h>

enum reaper_news {
	REAPER_STARTED, /* value: pid of the agent */
	REAPER_STOPPED, /* value: the signal that stopped the agent's command */
	REAPER_EXITED,	/* value: its wait status */
	REAPER_DONE,	/* every process of the run is gone */
};

/* What the reaper writes to its pipe. */
struct reaper_message {
	int news; /* enum reaper_news */
	int value;
};

/* To the reaper: end every process of the run now. */
#define REAPER_KILL_SIGNAL SIGUSR1

/**
 * reaper_run() - the reaper's life; does not return
 * @supervisor_pid: its parent; when that dies, everything is killed
 * @agent_pid:	    its child
 * @news_fd:	    pipe to the supervisor; all other descriptors above 2 are closed here
 * @cgroup:	    of the agent, removed when it is empty: the supervisor may be dead; "": none
 */
_Noreturn void reaper_run(pid_t supervisor_pid, pid_t agent_pid, int news_fd, const char *cgroup);

/** reaper_prepare() - what must be set before the agent is born: subreaper, death signal, mask. Return:
 * 0 or negative errno. */
int reaper_prepare(pid_t supervisor_pid);

#endif
