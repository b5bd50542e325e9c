/* SPDX-License-Identifier: MIT */
#include "launcher/run.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "audit/keys.h"
#include "common/clean.h"
#include "launcher/ask.h"
#include "launcher/binfmt.h"
#include "launcher/channels.h"
#include "launcher/descendants.h"
#include "launcher/explained.h"
#include "launcher/filter.h"
#include "launcher/guard.h"
#include "launcher/hosts.h"
#include "launcher/identity.h"
#include "launcher/ipc.h"
#include "launcher/landlock.h"
#include "launcher/level.h"
#include "launcher/peers.h"
#include "launcher/person.h"
#include "launcher/pipes.h"
#include "launcher/pool.h"
#include "launcher/reaper.h"
#include "launcher/relay.h"
#include "launcher/scratch.h"
#include "launcher/start.h"
#include "launcher/wait.h"
#include "rules/limits.h"
#include "rules/plan.h"

/*
 * Before the start.
 */

static void id_make(char *id)
{
	unsigned char random[4] = { 0 };
	time_t now = time(NULL);
	struct tm utc;
	char when[32];

	(void)!getrandom(random, sizeof(random), 0);
	(void)gmtime_r(&now, &utc);
	(void)strftime(when, sizeof(when), "%Y%m%d-%H%M%S", &utc);
	(void)snprintf(id, RUN_ID_SIZE, "%s-%02x%02x%02x%02x", when, random[0], random[1],
		       random[2], random[3]);
}

static int resolve(const char *what, const char *path, char *out, struct fault *fault)
{
	CLEAN_FREE char *real = realpath(path, NULL);

	if (!real)
		return fault_set(fault, -errno, "cannot use %s: '%s': %s", what, path,
				 strerror(errno));
	(void)snprintf(out, PATH_MAX, "%s", real);
	return 0;
}

static int home_find(char *out, struct fault *fault)
{
	const char *home = getenv("HOME");
	const struct passwd *user;

	if (!home || home[0] != '/') {
		user = getpwuid(getuid());
		home = user ? user->pw_dir : "/";
	}
	/* A home that does not exist is still what "~" means; nothing is below it. */
	if (resolve("HOME", home, out, fault) < 0)
		(void)snprintf(out, PATH_MAX, "%s", home);
	return 0;
}

/* All errors of the policies, one a line, as one text. */
static int errors_join(const struct policy_errors *errors, int code, struct fault *fault)
{
	size_t used = 0;

	if (errors->count == 0)
		return code;
	fault->code = code;
	for (size_t i = 0; i < errors->count && used < sizeof(fault->text) - 1; i++) {
		const struct policy_error *error = &errors->items[i];
		int len = snprintf(fault->text + used, sizeof(fault->text) - used, "%s%s:%u:%u: %s",
				   i ? "\n" : "", error->file, error->line, error->column,
				   error->text);

		used += len > 0 ? (size_t)len : 0;
	}
	return code;
}

static int policy_prepare(struct run *run, struct fault *fault)
{
	const struct run_options *options = run->options;
	struct policy_errors errors = { 0 };
	char cwd[PATH_MAX] = "/";
	const struct passwd *user = getpwuid(getuid());
	struct policy_scope scope = {
		.workspace = run->workspace,
		.home = run->home,
		.tmpdir = run->tmpdir,
		.cwd = cwd,
		.user = user ? user->pw_name : "",
		.agent = run->agent,
		.sets = options->sets,
		.set_count = options->set_count,
	};
	int r;

	(void)!getcwd(cwd, sizeof(cwd));
	r = policy_load(options->sources, options->source_count, &scope, &run->policy, &errors,
			fault);
	if (r < 0)
		r = errors_join(&errors, r, fault);
	policy_errors_release(&errors);
	return r;
}

/* Whoever wants to be asked on the terminal must have one. */
static int ask_check(const struct run_options *options, struct fault *fault)
{
	CLEAN_FD int fd = options->ask == ASK_TTY ? prompt_open() : -1;

	return options->ask != ASK_TTY || fd >= 0
		       ? 0
		       : fault_set(fault, fd,
				   "cannot ask on the terminal: '/dev/tty': %s; hint: --ask deny "
				   "refuses what a person would have to grant",
				   strerror(-fd));
}

int run_prepare(const struct run_options *options, struct run *out_run, struct fault *fault)
{
	int r;

	*out_run = (struct run){ .options = options, .cgroup = CGROUP_NONE };
	id_make(out_run->id);
	out_run->agent = options->agent;
	if (!out_run->agent)
		out_run->agent = basename(options->argv[0]); /* the GNU one: argv stays as it is */
	r = resolve("workspace", options->workspace ? options->workspace : ".", out_run->workspace,
		    fault);
	if (r == 0 && strcmp(out_run->workspace, "/") == 0)
		r = fault_set(
			fault, -EINVAL,
			"cannot use workspace: '/': everything could be written; hint: start in a "
			"folder, or name one with --workspace DIR");
	if (r == 0)
		r = home_find(out_run->home, fault);
	if (r == 0)
		r = ask_check(options, fault);
	if (r == 0)
		r = level_probe(out_run, fault);
	if (r == 0 && !options->audit && recorder_default_path(out_run->audit, PATH_MAX) < 0)
		r = fault_set(fault, -ENOENT,
			      "cannot place the recorder: HOME is not set; hint: use --audit FILE");
	if (r == 0 && options->audit)
		(void)snprintf(out_run->audit, PATH_MAX, "%s", options->audit);
	if (r == 0)
		r = scratch_make(out_run->tmpdir, PATH_MAX, fault);
	if (r == 0)
		r = policy_prepare(out_run, fault);
	if (r == 0)
		r = level_check_policy(out_run, fault);
	if (r == 0)
		r = level_bound(out_run, fault);
	if (r == 0)
		out_run->shadow = options->shadow || policy_is_shadow(out_run->policy);
	return r;
}

void run_release(struct run *run)
{
	policy_free(run->policy);
	run->policy = NULL;
	cgroup_close(&run->cgroup);
	scratch_remove(run->tmpdir);
}

/*
 * The start.
 */

static int environment_set(const struct run *run)
{
	const char *before = getenv("LD_PRELOAD");
	char preload[3 * PATH_MAX];

	if (setenv("TMPDIR", run->tmpdir, 1) < 0 || setenv("AGENTOS_RUN", run->id, 1) < 0)
		return -errno;
	if (!run->shim[0])
		return 0;
	(void)snprintf(preload, sizeof(preload), "%s%s%s%s%s", run->taps, run->taps[0] ? ":" : "",
		       run->shim, before && before[0] ? ":" : "", before ? before : "");
	return setenv("LD_PRELOAD", preload, 1) < 0 ? -errno : 0;
}

static int agent_start(struct run *run, struct started *out, struct fault *fault)
{
	bool closed = run->landlock == 0 || policy_needs_image_integrity(run->policy);
	struct start_places places = { .terminal_fd = -1 };
	struct filter filter = { 0 };
	CLEAN_FD int ruleset_fd = -1;
	int r = environment_set(run);

	if (r < 0)
		return fault_set(fault, r, "cannot set the environment: %s", strerror(-r));
	if (run->landlock) {
		ruleset_fd = landlock_build(run->policy, fault);
		if (ruleset_fd < 0)
			return ruleset_fd;
	}
	if (relay_is_needed(run->policy, run->content_actions)) {
		r = relay_open(&run->relay, fault);
		if (r < 0)
			return r;
		places = relay_places(run->relay);
	}
	r = filter_build(closed, &filter, fault);
	if (r == 0) {
		const struct start start = {
			.argv = run->options->argv,
			.filter = &filter,
			.ruleset_fd = ruleset_fd,
			.limits = &run->limits,
			.cgroup = &run->cgroup,
			.places = run->relay ? &places : NULL,
		};

		r = start_agent(&start, out, fault);
	}
	filter_release(&filter);
	return r;
}

/* Our own program, the shim, the policies in force and the recorder are out of the agent's reach. */
static int guard_fill(const struct run *run, struct guard *guard)
{
	char path[PATH_MAX + 64];
	char own[PATH_MAX];
	size_t len;
	int r = resolve("program", "/proc/self/exe", own, NULL);

	if (r == 0)
		r = guard_add(guard, own, false, false);
	if (r == 0 && run->shim[0])
		r = guard_add(guard, run->shim, false, false);
	if (r == 0 && run->shim[0])
		r = guard_permit_read(guard, run->shim);
	if (r == 0 && run->taps[0])
		r = guard_add(guard, run->taps, false, false);
	if (r == 0 && run->taps[0])
		r = guard_permit_read(guard, run->taps);
	for (size_t i = 0; i < policy_file_count(run->policy) && r == 0; i++)
		if (strchr(policy_file(run->policy, i), '/'))
			r = guard_add(guard, policy_file(run->policy, i), false, false);
	/* The policy that the next run in this workspace would pick up, also when there is none yet. */
	(void)snprintf(path, sizeof(path), "%s/agentos.yaml", run->workspace);
	if (r == 0)
		r = guard_add(guard, path, false, false);
	if (r == 0)
		r = guard_add(guard, run->audit, true, false);
	/* The default recorder has a directory of its own, with the keys; they may be elsewhere. */
	(void)snprintf(path, sizeof(path), "%s", run->audit);
	len = strlen(path);
	if (r == 0 && len > strlen("/agentos/audit.db") &&
	    strcmp(path + len - strlen("/agentos/audit.db"), "/agentos/audit.db") == 0)
		r = guard_add(guard, dirname(path), true, true);
	if (r == 0)
		r = keys_folder(run->audit, path);
	if (r == 0)
		r = guard_add(guard, path, true, true);
	if (r == 0 && run->cgroup.path[0]) {
		cgroup_top(&run->cgroup, path);
		r = guard_add(guard, path, false, true);
	}
	if (r == 0 && run->relay)
		r = relay_guard(run->relay, guard);
	if (policy_needs_image_integrity(run->policy))
		guard_forbid_memory_writes(guard);
	return r;
}

static int recorder_start(const struct run *run, struct recorder **out, struct fault *fault)
{
	char files[PATH_MAX] = "";
	size_t used = 0;
	int r;

	for (size_t i = 0; i < policy_file_count(run->policy) && used < sizeof(files); i++)
		used += (size_t)snprintf(files + used, sizeof(files) - used, "%s%s", i ? "," : "",
					 policy_file(run->policy, i));
	r = recorder_open(run->audit, out, fault);
	if (r == 0) {
		const struct recorder_run row = {
			.id = run->id,
			.agent = run->agent,
			.argv = (const char *const *)run->options->argv,
			.argc = run->options->argc,
			.workspace = run->workspace,
			.policy_files = files,
			.policy_hash = policy_hash(run->policy),
			.level = run->level,
			.mode = run->shadow ? "shadow" : "enforce",
			.uid = getuid(),
		};

		if (recorder_older(*out))
			(void)fprintf(stderr,
				      "agentos: the record of an older version is now '%s'\n",
				      recorder_older(*out));
		r = recorder_begin(*out, &row, fault);
	}
	return r;
}

/* Nobody is there in a run without a terminal, and nothing is asked in one that refuses nothing. */
static struct ask *ask_open(const struct run *run, pid_t reaper_pid)
{
	static struct person person; /* as long as the workers */
	bool asks = run->options->ask != ASK_DENY && !run->shadow;

	person = (struct person){ .prompt = { .fd = asks ? prompt_open() : -1 },
				  .screen = relay_screen(run->relay),
				  .root = reaper_pid };
	return ask_new(person.prompt.fd >= 0 ? person_ask : NULL, &person);
}

static mode_t umask_now(void)
{
	mode_t mask = umask(0);

	(void)umask(mask);
	return mask;
}

/* The command line comes before the policy; without a word of either, all is recorded. */
static bool records_reads(const struct run *run)
{
	enum policy_record record = run->options->record;

	if (record == POLICY_RECORD_UNSAID)
		record = policy_record(run->policy);
	return record != POLICY_RECORD_CHANGES;
}

static int supervisor_prepare(const struct run *run, const struct started *started,
			      struct supervisor *supervisor)
{
	*supervisor = (struct supervisor){
		.listener_fd = started->listener_fd,
		.policy = run->policy,
		.guard = guard_new(),
		.peers = peers_new(),
		.hosts = hosts_new(run->policy),
		.binfmt = binfmt_read(BINFMT_PATH),
		.limits = limits_exist(run->policy) ? limits_new(run->policy) : NULL,
		.explained = explained_new(),
		.ask = ask_open(run, started->reaper_pid),
		.agent = run->agent,
		.terminal = relay_terminal(run->relay),
		.channels = run->taps[0] ? channels_new() : NULL,
		.pipes = run->taps[0] && pipes_concern(run->policy) ? channels_new() : NULL,
		.shim_path = run->shim,
		.taps_path = run->taps,
		.content_actions = run->content_actions,
		.explain = run->options->explain,
		.record_reads = records_reads(run),
		.shadow = run->shadow,
		.landlock = run->landlock > 0,
		.execute_is_static = policy_execute_is_static(run->policy),
		.judges_programs = policy_looks_at(run->policy, "program") ||
				   policy_looks_at(run->policy, "pid"),
		.judges_hours = policy_looks_at(run->policy, "hour"),
		.judges_users = policy_looks_at(run->policy, "uid"),
		.reaper_pid = started->reaper_pid,
		.self_pid = getpid(),
		.uid = geteuid(),
		.umask = umask_now(),
	};
	if (!supervisor->guard || !supervisor->peers || !supervisor->hosts || !supervisor->binfmt ||
	    !supervisor->explained || !supervisor->ask ||
	    (limits_exist(run->policy) && !supervisor->limits) ||
	    (run->taps[0] && !supervisor->channels) ||
	    (run->taps[0] && pipes_concern(run->policy) && !supervisor->pipes))
		return -ENOMEM;
	return guard_fill(run, supervisor->guard);
}

/* Everything that must be so before the agent's first instruction. */
static int supervise(const struct run *run, struct started *started, struct supervisor *supervisor,
		     struct fault *fault)
{
	struct recorder *recorder = NULL;
	int r;

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		return fault_set(fault, -errno, "cannot protect the supervisor: %s",
				 strerror(errno));
	r = identity_limit_supervisor();
	if (r < 0)
		return fault_set(fault, r, "cannot drop capabilities: %s", strerror(-r));
	/* The recorder first: the guard protects the file that is there. */
	r = recorder_start(run, &recorder, fault);
	if (r < 0)
		return r;
	r = supervisor_prepare(run, started, supervisor);
	supervisor->recorder = recorder;
	if (r < 0)
		return fault_set(fault, r, "cannot prepare the supervisor: %s", strerror(-r));
	r = supervisor_start(supervisor, fault);
	if (r == 0 && run->relay) {
		r = relay_start(run->relay, supervisor, started->agent_pid);
		if (r < 0)
			fault_set(fault, r, "cannot judge what the run prints: %s", strerror(-r));
	}
	if (r == 0)
		r = start_release(started);
	return r;
}

/*
 * The end.
 */

static int exit_status(int status)
{
	if (status < 0)
		return 128 + SIGKILL;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static struct wait_end run_wait(const struct run *run, struct started *started,
				struct supervisor *supervisor)
{
	const struct wait_for wait = {
		.ask = supervisor->ask,
		.explained = supervisor->explained,
		.relay = run->relay,
		.seconds = policy_limits(run->policy)->wall_time,
	};
	struct wait_end end = wait_for_end(started, &wait);

	screen_leave(relay_screen(run->relay));
	return end;
}

int run_execute(struct run *run, struct run_result *out, struct fault *fault)
{
	/* The workers outlive this function's failure paths: they end with the process. */
	static struct supervisor supervisor;
	struct started started;
	struct wait_end end;
	int r = agent_start(run, &started, fault);

	if (r < 0)
		return r;
	r = supervise(run, &started, &supervisor, fault);
	if (r < 0) {
		screen_leave(relay_screen(run->relay));
		wait_end_orphans(started.reaper_pid);
		recorder_close(supervisor.recorder);
		return r;
	}
	end = run_wait(run, &started, &supervisor);
	ask_close(supervisor.ask);
	out->timed_out = end.timed_out;
	out->printed_all = end.printed_all;
	out->status = out->timed_out ? RUN_TIMED_OUT : exit_status(end.status);
	if (!end.all_gone)
		wait_end_orphans(started.reaper_pid);
	ipc_remove_all();
	explained_flush(supervisor.explained);
	out->refusal_count = explained_last(supervisor.explained, out->refusals, RUN_REFUSALS);
	recorder_summary_get(supervisor.recorder, &out->summary);
	r = recorder_end(supervisor.recorder, out->status, fault);
	/* A worker may still be on its way out of the recorder: then it ends with the process. */
	if (pool_wait() && (!run->relay || relay_is_done(run->relay)))
		recorder_close(supervisor.recorder);
	return r;
}
