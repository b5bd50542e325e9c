/* SPDX-License-Identifier: MIT */
/*
 * The life of one run, from the loaded policy to the exit status.
 */
#ifndef AGENTOS_LAUNCHER_RUN_H
#define AGENTOS_LAUNCHER_RUN_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/fault.h"
#include "common/wire.h"
#include "launcher/cgroup.h"
#include "launcher/supervisor.h"

#define RUN_ID_SIZE 48
#define RUN_SOURCES_MAX 64

/* Who answers the questions of a run. */
enum ask_where { ASK_DEFAULT, ASK_TTY, ASK_DENY };

/* What the command line asks for; strings borrowed. */
struct run_options {
	char *const *argv; /* the agent's command, NULL-terminated */
	size_t argc;
	const char *sources[RUN_SOURCES_MAX]; /* policies */
	size_t source_count;
	const char *const *sets; /* VAR=VALUE */
	size_t set_count;
	const char *agent;     /* NULL: the command's name */
	const char *workspace; /* NULL: the current directory */
	const char *audit;     /* NULL: the default */
	enum explain explain;
	enum ask_where ask; /* ASK_DEFAULT: on the terminal if there is one */
	bool shadow;
	enum policy_record record; /* POLICY_RECORD_UNSAID: what the policy says, else all */
	bool accept_no_landlock;
	bool accept_no_sockets; /* calls on sockets are all refused */
	bool accept_no_content; /* rules about content are enforced by nobody */
	bool accept_no_limits;	/* limits that nothing can enforce here */
	bool quiet;
};

/* What is known of the run; for the banner, the plan and the record. */
struct run {
	const struct run_options *options;
	char id[RUN_ID_SIZE];
	const char *agent; /* borrowed */
	char workspace[PATH_MAX];
	char home[PATH_MAX];
	char tmpdir[PATH_MAX];
	char audit[PATH_MAX];
	char shim[PATH_MAX];	  /* "" when there is none */
	char taps[PATH_MAX];	  /* "" when no rule is about content */
	unsigned content_actions; /* ACTION_BITs that rules are about and somebody sees */
	char level[128];
	int landlock;	      /* ABI; 0: none */
	bool has_sockets;     /* the agent's can be duplicated, so calls on them can be made */
	bool shadow;	      /* by the command line or by the policy */
	struct relay *relay;  /* NULL: the agent has our descriptors */
	struct cgroup cgroup; /* of the agent, if the policy bounds it */
	struct policy_limits limits; /* the policy's, without what @cgroup counts better */
	struct policy *policy;	     /* owned */
};

/**
 * run_prepare() - resolve directories, load policies, probe the layers
 * @out_run: release with run_release() also after a failure
 *
 * Return: 0, or negative errno with @fault set (a policy's errors one a line).
 */
int run_prepare(const struct run_options *options, struct run *out_run, struct fault *fault);

#define RUN_REFUSALS 5
#define RUN_TIMED_OUT 124 /* as timeout(1) */

/* How a run ended. */
struct run_result {
	int status;	  /* for our own caller: the agent's, 128 + signal, or RUN_TIMED_OUT */
	bool timed_out;	  /* the policy's wall_time was over */
	bool printed_all; /* and its output */
	struct recorder_summary summary;
	char refusals[RUN_REFUSALS]
		     [WIRE_EXPLAIN_SIZE]; /* the last sentences, each with its newline */
	size_t refusal_count;
};

/**
 * run_execute() - start the agent, supervise it, wait for its end
 * @out: written on success
 */
int run_execute(struct run *run, struct run_result *out, struct fault *fault);

/** run_release() - free, and remove the private TMPDIR. */
void run_release(struct run *run);

#endif
