/* SPDX-License-Identifier: MIT */
/*
 * agentos doctor: every layer is installed for real, in a child, and tried;
 * one line each, and the level that follows.
 */
#include "cli/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit/recorder.h"
#include "common/clean.h"
#include "common/fault.h"
#include "common/options.h"
#include "launcher/cgroup.h"
#include "launcher/filter.h"
#include "launcher/landlock.h"
#include "launcher/reach.h"
#include "launcher/shim.h"

#define DETAIL_SIZE 160
#define WAIT_MS 5000

/* A probe runs in a child of its own. Return: 0, or negative errno; @detail says more. */
typedef int probe_fn(char *detail);

static int probe_kernel(char *detail)
{
	struct utsname name;

	if (uname(&name) < 0)
		return -errno;
	(void)snprintf(detail, DETAIL_SIZE, "%.60s %.40s", name.release, name.machine);
	return 0;
}

static int restrict_ready(void)
{
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ? -errno : 0;
}

/* Effect: a directory that could be listed cannot be any more. */
static int probe_landlock(char *detail)
{
	struct fault fault = { 0 };
	int abi = landlock_abi();
	CLEAN_FD int ruleset = -1;
	int fd, r;

	if (abi == 0)
		return -ENOSYS;
	ruleset = landlock_build(NULL, &fault);
	r = ruleset < 0 ? ruleset : restrict_ready();
	if (r == 0)
		r = landlock_enforce(ruleset);
	if (r < 0)
		return r;
	fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0)
		return -ENOTRECOVERABLE;
	(void)snprintf(detail, DETAIL_SIZE, "ABI %d%s%s", abi,
		       abi < LANDLOCK_ABI_SCOPES ? "; signals are not confined (Linux 6.12)" : "",
		       abi < LANDLOCK_ABI_TCP ? "; of TCP the supervisor alone decides (Linux 6.7)"
					      : "");
	return errno == EACCES ? 0 : -errno;
}

/* A child behind the filter, sharing our descriptors until it is there. */
struct patient {
	pid_t pid;
	int listener_fd;
};

static _Noreturn void patient_run(const struct filter *filter, int report_fd)
{
	char name[] = "true";
	char *argv[] = { name, NULL };
	int listener = restrict_ready();
	int fd;

	if (listener == 0)
		listener = filter_install(filter);
	(void)!write(report_fd, &listener, sizeof(listener));
	if (listener < 0)
		_exit(1);
	fd = open("/nonexistent/agentos-probe", O_RDONLY);
	if (fd < 0)
		_exit(2);
	(void)syscall(SYS_execve, "/bin/true", argv, NULL);
	_exit(3);
}

static int patient_start(struct patient *out)
{
	struct filter filter = { 0 };
	int report[2];
	int r = filter_build(false, &filter, NULL);

	if (r < 0)
		return r;
	if (pipe2(report, O_CLOEXEC) < 0)
		return -errno;
	out->pid = (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, NULL);
	if (out->pid == 0)
		patient_run(&filter, report[1]);
	filter_release(&filter);
	if (out->pid < 0)
		return -errno;
	if (read(report[0], &out->listener_fd, sizeof(int)) != (ssize_t)sizeof(int))
		return -EIO;
	return out->listener_fd < 0 ? out->listener_fd : 0;
}

static int patient_receive(const struct patient *patient, struct seccomp_notif **out)
{
	struct pollfd wait = { .fd = patient->listener_fd, .events = POLLIN };
	struct seccomp_notif *notif = calloc(1, filter_notif_size());

	if (!notif)
		return -ENOMEM;
	if (poll(&wait, 1, WAIT_MS) != 1 ||
	    ioctl(patient->listener_fd, SECCOMP_IOCTL_NOTIF_RECV, notif) < 0) {
		free(notif);
		return -ETIMEDOUT;
	}
	*out = notif;
	return 0;
}

/* Answers the open with /dev/null instead of what was asked for. */
static int patient_give(const struct patient *patient, const struct seccomp_notif *notif)
{
	CLEAN_FD int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct seccomp_notif_addfd addfd = { .id = notif->id, .srcfd = (uint32_t)fd };
	struct seccomp_notif_resp response = { .id = notif->id };

	response.val = ioctl(patient->listener_fd, SECCOMP_IOCTL_NOTIF_ADDFD, &addfd);
	if (response.val < 0 ||
	    ioctl(patient->listener_fd, SECCOMP_IOCTL_NOTIF_SEND, &response) < 0)
		return -errno;
	return 0;
}

static void patient_end(const struct patient *patient)
{
	if (patient->pid <= 0)
		return;
	(void)kill(patient->pid, SIGKILL);
	(void)waitpid(patient->pid, NULL, __WALL);
}

/* Effect: a file that does not exist is opened, because we hand another over. */
static int probe_notify(char *detail)
{
	CLEAN_FREE struct seccomp_notif *first = NULL;
	CLEAN_FREE struct seccomp_notif *second = NULL;
	struct patient patient = { 0 };
	bool wakes_here;
	int r = patient_start(&patient);

	if (r == -EBUSY)
		(void)snprintf(detail, DETAIL_SIZE, "another supervisor listens to this process");
	if (r == 0)
		r = patient_receive(&patient, &first);
	wakes_here = r == 0 && ioctl(patient.listener_fd, SECCOMP_IOCTL_NOTIF_SET_FLAGS,
				     SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP) == 0;
	if (r == 0)
		r = patient_give(&patient, first);
	if (r == 0)
		r = patient_receive(&patient, &second); /* its execve: the open has succeeded */
	if (r == 0 && second->data.nr != SYS_execve)
		r = -ENOTRECOVERABLE;
	if (r == 0)
		(void)snprintf(detail, DETAIL_SIZE, "%s%s",
			       wakes_here ? "answers on one core"
					  : "no same-core answers (Linux 6.6)",
			       filter_waits_killable() ? ""
						       : "; a signal can begin a call again "
							 "(Linux 5.19)");
	patient_end(&patient);
	return r;
}

/* Effect: the exec stop of a child, as the supervisor waits for it. */
static int exec_stop(const struct patient *patient, const struct seccomp_notif *notif)
{
	struct seccomp_notif_resp response = {
		.id = notif->id,
		.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE,
	};
	int status;

	if (ptrace(PTRACE_SEIZE, patient->pid, NULL, PTRACE_O_TRACEEXEC) < 0)
		return -errno;
	if (ioctl(patient->listener_fd, SECCOMP_IOCTL_NOTIF_SEND, &response) < 0)
		return -errno;
	if (waitpid(patient->pid, &status, __WALL) != patient->pid || !WIFSTOPPED(status) ||
	    status >> 16 != PTRACE_EVENT_EXEC)
		return -ENOTRECOVERABLE;
	return 0;
}

static int probe_exec_stop(char *detail)
{
	CLEAN_FREE struct seccomp_notif *first = NULL;
	CLEAN_FREE struct seccomp_notif *second = NULL;
	struct patient patient = { 0 };
	int r = patient_start(&patient);

	if (r == 0)
		r = patient_receive(&patient, &first);
	if (r == 0)
		r = patient_give(&patient, first);
	if (r == 0)
		r = patient_receive(&patient, &second);
	if (r == 0)
		r = exec_stop(&patient, second);
	if (r == -EPERM && reach_yama() > 1)
		(void)snprintf(detail, DETAIL_SIZE, "kernel.yama.ptrace_scope is %d", reach_yama());
	patient_end(&patient);
	return r;
}

/* Effect: a word of a child's memory is seen here. */
static int probe_memory(char *detail)
{
	struct reach reach;
	int r = reach_probe(&reach);

	(void)detail;
	return r < 0 ? r : reach.memory;
}

/* Effect: a descriptor of a child is ours as well. */
static int probe_sockets(char *detail)
{
	struct reach reach;
	int r = reach_probe(&reach);

	(void)detail;
	return r < 0 ? r : reach.sockets;
}

static int probe_shim(char *detail)
{
	char path[PATH_MAX];
	int status;
	pid_t pid;

	shim_find(SHIM_NAME, path);
	if (!path[0])
		return -ENOENT;
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		CLEAN_FD int null = open("/dev/null", O_WRONLY);

		(void)setenv("LD_PRELOAD", path, 1);
		(void)dup2(null, STDERR_FILENO);
		(void)execl("/bin/true", "true", (char *)NULL);
		_exit(1);
	}
	if (waitpid(pid, &status, 0) != pid || status != 0)
		return -ENOEXEC;
	(void)snprintf(detail, DETAIL_SIZE, "%.150s", path);
	return 0;
}

static int probe_recorder(char *detail)
{
	struct recorder *recorder = NULL;
	struct fault fault = { 0 };
	char path[PATH_MAX];
	int r = recorder_default_path(path, sizeof(path));

	if (r == 0)
		r = recorder_open(path, &recorder, &fault);
	recorder_close(recorder);
	(void)snprintf(detail, DETAIL_SIZE, "%.150s", r == 0 ? path : fault.text);
	return r;
}

/* Effect: a process of a group that holds no other cannot fork. */
static int probe_cgroup(char *detail)
{
	static const struct cgroup_setting settings[] = {
		{ "memory", "memory.max", 1ULL << 30 },
		{ "pids", "pids.max", 1 },
	};
	struct cgroup group = CGROUP_NONE;
	struct fault fault = { 0 };
	char name[32];
	int status = 0;
	int r;
	pid_t pid;

	(void)snprintf(name, sizeof(name), "doctor-%d", getpid());
	r = cgroup_open(settings, 2, name, &group, &fault);
	(void)snprintf(detail, DETAIL_SIZE, "%.159s", r < 0 ? fault.text : group.path);
	if (r < 0)
		return r;
	pid = fork();
	if (pid == 0)
		_exit(cgroup_enter(group.procs_fd) < 0 || fork() >= 0);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
		r = -ENOTRECOVERABLE;
	cgroup_close(&group);
	return r;
}

/* Where in the table what a run can do without stands. */
enum { AT_SOCKETS = 4, AT_LANDLOCK, AT_SHIM };

static const struct probe {
	const char *name;
	bool required;
	probe_fn *run;
	const char *without; /* what is lost */
} probes[] = {
	{ "kernel", true, probe_kernel, "" },
	{ "notify", true, probe_notify, "no run is possible: nothing could be decided" },
	{ "exec stop", true, probe_exec_stop, "programs cannot be started" },
	{ "memory", true, probe_memory, "no call could be judged" },
	{ "sockets", false, probe_sockets,
	  "calls on sockets are all refused: a run needs --level no-sockets" },
	{ "landlock", false, probe_landlock,
	  "nothing below the supervisor, signals are not confined: a run needs --level "
	  "no-landlock" },
	{ "shim", false, probe_shim, "agents are told of refusals by the supervisor alone" },
	{ "cgroup", false, probe_cgroup,
	  "limits of memory hold for each process, those of processes for each user but root" },
	{ "recorder", true, probe_recorder, "a run needs --audit FILE" },
};

#define PROBE_COUNT (sizeof(probes) / sizeof(probes[0]))

struct finding {
	int result;
	char detail[DETAIL_SIZE];
};

static struct finding probe_try(const struct probe *probe)
{
	struct finding finding = { .result = -EIO };
	int pipes[2];
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC) < 0)
		return finding;
	(void)fflush(NULL);
	pid = fork();
	if (pid == 0) {
		finding.result = probe->run(finding.detail);
		(void)!write(pipes[1], &finding, sizeof(finding));
		_exit(0);
	}
	(void)close(pipes[1]);
	(void)!read(pipes[0], &finding, sizeof(finding));
	(void)close(pipes[0]);
	(void)waitpid(pid, NULL, 0);
	return finding;
}

static void print_finding(const struct probe *probe, const struct finding *finding)
{
	if (finding->result == 0) {
		printf("%-10s yes  %s\n", probe->name, finding->detail);
		return;
	}
	printf("%-10s no   %s%s%s; %s\n", probe->name, strerror(-finding->result),
	       finding->detail[0] ? ": " : "", finding->detail, probe->without);
}

static void print_level(const bool *there, bool possible)
{
	if (!possible) {
		printf("\nlevel: none; agentos-run refuses to start here\n");
		return;
	}
	printf("\nlevel: %s, notify, %s%s\n",
	       there[AT_LANDLOCK] ? "landlock" : "no landlock (weaker)",
	       there[AT_SHIM] ? "shim" : "no shim", there[AT_SOCKETS] ? "" : ", no sockets");
}

int cmd_doctor(int argc, char **argv)
{
	bool there[PROBE_COUNT];
	bool possible = true;
	struct fault fault = { 0 };
	int first;
	int r = options_parse(NULL, 0, argc, argv, &first, &fault);

	if (r == OPTIONS_E_HELP) {
		options_help(stdout, "agentos doctor",
			     "Install each layer of enforcement in a child, and say what holds.",
			     NULL, 0);
		return 0;
	}
	if (r == OPTIONS_E_VERSION)
		return printf("agentos %s\n", AGENTOS_VERSION) < 0;
	if (r == 0 && first < argc)
		r = fault_set(&fault, -EINVAL, "doctor takes no arguments: '%s'", argv[first]);
	if (r < 0) {
		(void)fprintf(stderr, "agentos: %s\n", fault.text);
		return 2;
	}
	for (size_t i = 0; i < PROBE_COUNT; i++) {
		struct finding finding = probe_try(&probes[i]);

		print_finding(&probes[i], &finding);
		there[i] = finding.result == 0;
		possible = possible && (there[i] || !probes[i].required);
	}
	print_level(there, possible);
	return possible && there[AT_LANDLOCK] && there[AT_SOCKETS] ? 0 : 1;
}
