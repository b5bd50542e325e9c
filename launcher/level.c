/* SPDX-License-Identifier: MIT */
#include "launcher/level.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "launcher/cgroup.h"
#include "launcher/filter.h"
#include "launcher/landlock.h"
#include "launcher/reach.h"
#include "launcher/relay.h"
#include "launcher/rlimits.h"
#include "launcher/shim.h"
#include "rules/plan.h"

static void level_describe(struct run *run)
{
	char landlock[64] = "no landlock (signals not confined)";

	if (run->landlock)
		(void)snprintf(landlock, sizeof(landlock), "landlock %d%s", run->landlock,
			       run->landlock < LANDLOCK_ABI_SCOPES ? " (signals not confined)"
								   : "");
	(void)snprintf(run->level, sizeof(run->level), "%s, notify%s, %s%s%s%s", landlock,
		       filter_waits_killable() ? "" : " (signals repeat calls)",
		       run->shim[0] ? "shim" : "no shim", run->taps[0] ? ", taps" : "",
		       run->policy && relay_is_needed(run->policy, run->content_actions) ? ", relay"
											 : "",
		       run->has_sockets ? "" : ", no sockets");
}

static int trace_fault(int error, struct fault *fault)
{
	char hint[128] = "; hint: a container must allow ptrace(2)";
	int scope = reach_yama();

	if (scope > 1)
		(void)snprintf(hint, sizeof(hint),
			       "; hint: kernel.yama.ptrace_scope is %d, and 1 or less is needed%s",
			       scope, scope == 2 ? ", or CAP_SYS_PTRACE" : " (after a restart)");
	return fault_set(fault, error,
			 "cannot trace the agent: %s, so what it executes cannot be verified%s",
			 strerror(-error), hint);
}

/* What the supervisor must be able to do to the agent. */
static int reach_check(struct run *run, struct fault *fault)
{
	struct reach reach;
	int r = reach_probe(&reach);

	if (r < 0)
		return fault_set(fault, r, "cannot fork: %s", strerror(-r));
	if (reach.trace < 0)
		return trace_fault(reach.trace, fault);
	if (reach.memory < 0)
		return fault_set(fault, reach.memory,
				 "cannot read the agent's memory: %s, so no call can be judged",
				 strerror(-reach.memory));
	run->has_sockets = reach.sockets == 0;
	if (run->has_sockets || run->options->accept_no_sockets)
		return 0;
	return fault_set(
		fault, reach.sockets,
		"cannot duplicate the agent's sockets: %s, so all calls on sockets would be "
		"refused; hint: allow pidfd_getfd(2) (docker run --cap-add SYS_PTRACE), or "
		"accept the loss with '--level no-sockets'",
		strerror(-reach.sockets));
}

int level_probe(struct run *run, struct fault *fault)
{
	int r;

	if (filter_is_inside())
		return fault_set(
			fault, -EBUSY,
			"cannot start a run within a run: this process is an agent already, "
			"and all that it starts is governed with it");
	run->landlock = landlock_abi();
	if (run->landlock == 0 && !run->options->accept_no_landlock)
		return fault_set(
			fault, -ENOSYS,
			"this kernel has no Landlock, so programs cannot be confined by the "
			"kernel; hint: boot with 'landlock' in lsm=, or accept the loss with "
			"'--level no-landlock'");
	r = reach_check(run, fault);
	if (r < 0)
		return r;
	shim_find(SHIM_NAME, run->shim);
	level_describe(run);
	return 0;
}

/* What the taps see. What is printed goes through the relay. */
#define TAPPED (ACTION_CONTENT & ~ACTION_BIT(ACTION_OUTPUT))

int level_check_policy(struct run *run, struct fault *fault)
{
	struct decision rule;
	bool sees;

	if (run->options->accept_no_content)
		return 0;
	run->content_actions = policy_content_actions(run->policy) & ACTION_CONTENT;
	if (run->content_actions & TAPPED)
		shim_find(TAPS_NAME, run->taps);
	sees = run->taps[0] && run->has_sockets;
	if (sees || !policy_needs_content(run->policy, TAPPED, &rule)) {
		level_describe(run);
		return 0;
	}
	return fault_set(
		fault, -ENOTSUP,
		"rule '%s' (%s:%u) is about content, which nobody sees without " TAPS_NAME
		" and sockets: it would be enforced by nobody; hint: close the way to the peer "
		"with a rule on connect, or accept the loss with '--level no-content'",
		rule.rule, rule.file, rule.line);
}

static void level_add(struct run *run, const char *text)
{
	size_t used = strlen(run->level);

	(void)snprintf(run->level + used, sizeof(run->level) - used, "%s", text);
}

int level_bound(struct run *run, struct fault *fault)
{
	const struct policy_limits *limits = policy_limits(run->policy);
	const struct cgroup_setting pids = { "pids", "pids.max", limits->processes };
	const struct cgroup_setting memory = { "memory", "memory.max", limits->memory };
	/* Both, or else the one that nothing else can bound for root. */
	const struct {
		struct cgroup_setting settings[2];
		size_t count;
		const char *name;
	} ways[] = {
		{ { pids, memory }, 2, ", cgroup pids memory" },
		{ { pids }, 1, ", cgroup pids" },
		{ { memory }, 1, ", cgroup memory" },
	};
	struct fault why = { 0 };
	bool bounds_processes = false;

	run->limits = *limits;
	if (!limits->processes && !limits->memory)
		return 0;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		const struct cgroup_setting *settings = ways[i].settings;

		if (settings[0].value == 0 || (ways[i].count == 2 && settings[1].value == 0) ||
		    cgroup_open(settings, ways[i].count, run->id, &run->cgroup, &why) < 0)
			continue;
		level_add(run, ways[i].name);
		bounds_processes = settings[0].file == pids.file;
		break;
	}
	if (run->cgroup.procs_fd < 0)
		level_add(run, ", no cgroup");
	/* setrlimit(2) counts those of the user, not of the run. */
	if (bounds_processes)
		run->limits.processes = 0;
	return bounds_processes || run->options->accept_no_limits
		       ? 0
		       : rlimits_check(limits, why.text, fault);
}
