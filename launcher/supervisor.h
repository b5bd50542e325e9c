/* SPDX-License-Identifier: MIT */
/*
 * The supervisor of one run: receives the notifications of the agent's calls,
 * answers each exactly once, and fails closed.
 */
#ifndef AGENTOS_LAUNCHER_SUPERVISOR_H
#define AGENTOS_LAUNCHER_SUPERVISOR_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "audit/recorder.h"
#include "common/fault.h"
#include "rules/plan.h"
#include "rules/policy.h"

struct guard;	  /* launcher/guard.h: what no policy can open up */
struct peers;	  /* launcher/peers.h: the sockets of this run */
struct hosts;	  /* launcher/hosts.h: the names that the policy grants */
struct binfmt;	  /* launcher/binfmt.h: registered formats of programs */
struct limits;	  /* rules/limits.h: what the policy's limits have counted */
struct ask;	  /* launcher/ask.h: what a person is asked */
struct channels;  /* launcher/channels.h: connections that rules about content are about */
struct explained; /* launcher/explained.h: refusals, for the shim to tell */

enum explain { EXPLAIN_STDERR, EXPLAIN_JSON, EXPLAIN_OFF };

/*
 * Shared by all workers. Set before the first worker starts and constant from
 * then on, but for the atomics and what has a lock of its own.
 */
struct supervisor {
	int listener_fd;	     /* owned */
	size_t notif_size;	     /* of a notification, as this kernel has it */
	const struct policy *policy; /* borrowed */
	_Atomic(const struct policy *)
		folded;		     /* owned; NULL until it is needed: launcher/judge.h */
	struct recorder *recorder;   /* borrowed */
	struct guard *guard;	     /* borrowed */
	struct peers *peers;	     /* owned */
	struct hosts *hosts;	     /* owned */
	struct binfmt *binfmt;	     /* owned */
	struct limits *limits;	     /* owned; NULL: the policy has none */
	struct explained *explained; /* owned */
	struct ask *ask;	     /* owned */
	struct channels *channels;   /* owned; NULL: no rule is about content */
	struct channels *pipes;	     /* owned; NULL: no rule is about calls of tools on pipes */
	const char *agent;	     /* identity in the record; borrowed */
	const char *shim_path;	     /* absolute; "" when there is no shim; borrowed */
	const char *taps_path;	     /* absolute; "" when nothing loads them; borrowed */
	dev_t terminal;		     /* that we have made for the agent; 0: none */
	unsigned content_actions;    /* ACTION_BITs that rules are about */
	enum explain explain;
	bool record_reads;	/* granted reads are recorded too (--record all, strict) */
	bool shadow;		/* decide and record, refuse nothing */
	bool landlock;		/* the Landlock floor is installed */
	bool execute_is_static; /* policy_execute_is_static(), asked once */
	bool judges_programs;	/* policy_looks_at() the program or the process, asked once */
	bool judges_hours;	/* policy_looks_at() the hour, asked once */
	bool judges_users;	/* policy_looks_at() the user, asked once */
	pid_t reaper_pid;	/* the subreaper: every process of the run descends from it */
	pid_t self_pid;
	uid_t uid;    /* of the launcher; 0 means that callers may change theirs */
	mode_t umask; /* of the agent at its start */

	atomic_bool credentials_moved; /* some caller used a set*id call: read them each time */
	atomic_bool umask_moved;       /* some caller used umask: read it each time */

	/*
	 * Held shared around every performed call that changes what names stand
	 * for, and exclusively where a path must mean the same thing twice (bind of a unix
	 * socket): all of the agent's changes go through us, so it cannot race us.
	 */
	pthread_rwlock_t names_lock;
};

/**
 * supervisor_start() - start the workers
 * @supervisor: all constant fields set; kept, must outlive the process's other threads
 *
 * Return: 0 or negative errno with @fault set.
 */
int supervisor_start(struct supervisor *supervisor, struct fault *fault);

/** supervisor_signal_tree() - send @signal to every process of the run (twice round, for new ones). */
void supervisor_signal_tree(struct supervisor *supervisor, int signal);

/**
 * supervisor_owns_pid() - whether a process belongs to the run
 * @pid: process or thread
 *
 * Walks the parents in /proc up to the subreaper.
 */
bool supervisor_owns_pid(const struct supervisor *supervisor, pid_t pid);

#endif
