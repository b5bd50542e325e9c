/* SPDX-License-Identifier: MIT */
/*
 * What is decided here is checked once more in the exec stop, because the
 * kernel reads the caller's memory and walks its paths a second time. There
 * nobody can change anything any more: the old threads are gone, the new
 * memory has not been seen by anyone, and the arguments lie on its stack.
 *
 * A traced thread reports to the thread that traces it: a worker seizes one
 * thread, and waits for that alone (__WNOTHREAD). A thread that executes takes
 * over the number of its process, so the wait is for any number.
 *
 * Source: ptrace(2), "execve(2) under ptrace"; kernel/ptrace.c.
 */
#include "launcher/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include "common/clean.h"
#include "launcher/caller.h"
#include "launcher/concerned.h"
#include "launcher/descendants.h"
#include "launcher/explained.h"
#include "launcher/image.h"
#include "launcher/place.h"
#include "launcher/pool.h"
#include "launcher/stack.h"
#include "launcher/still.h"
#include "launcher/traced.h"

#ifndef AT_EXECVE_CHECK
#define AT_EXECVE_CHECK 0x10000 /* Linux 6.14 */
#endif
#define EXEC_FLAGS (AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW | AT_EXECVE_CHECK)

#define EVENT_OF(status) ((status) >> 16)

struct execution {
	struct request *request;
	struct image *image;	    /* owned */
	struct arguments arguments; /* as the new program gets them */
	struct arguments given;	    /* as the caller gave them */
};

static void execution_release(struct execution *execution)
{
	image_free(execution->image);
	arguments_release(&execution->arguments);
	arguments_release(&execution->given);
}

/*
 * Before: find and judge.
 */

/* The file of the call, and the name by which a script's interpreter will open it. */
static int find_file(struct execution *execution, char *name, size_t name_size)
{
	struct request *request = execution->request;
	struct place *file = &execution->image->files[0];
	const char *path = request->path[0];
	uint64_t flags = request->call == CALL_execveat ? request->flags : 0;
	bool by_descriptor = flags & AT_EMPTY_PATH && path && !path[0];
	int r;

	if (!path)
		return request_path_check(request, 0);
	if (!path[0] && !by_descriptor)
		return -ENOENT;
	if (flags & ~(uint64_t)EXEC_FLAGS)
		return -EINVAL;
	r = by_descriptor ? place_find_descriptor(request, request->dir_fd[0], file)
			  : place_find(request, request->dir_fd[0], path,
				       flags & AT_SYMLINK_NOFOLLOW ? PLACE_NOFOLLOW : 0, file);
	if (r == 0 && S_ISLNK(file->st.st_mode))
		r = -ELOOP;
	if (by_descriptor)
		(void)snprintf(name, name_size, "/dev/fd/%d", request->dir_fd[0]);
	else if (request->dir_fd[0] == AT_FDCWD || path[0] == '/')
		(void)snprintf(name, name_size, "%s", path);
	else
		(void)snprintf(name, name_size, "/dev/fd/%d/%s", request->dir_fd[0], path);
	return r;
}

/* Whether the call only asks if it could be made: a flag in a register. */
static bool is_question(const struct request *request)
{
	return request->call == CALL_execveat && request->flags & AT_EXECVE_CHECK;
}

static int judge_file(struct execution *execution, const struct place *file, const char *script,
		      const struct arguments *arguments)
{
	CLEAN_FREE const char **argv = arguments_list(arguments);
	struct event event = {
		.action = ACTION_EXECUTE,
		.path = file->path,
		.place = file,
		.script = script,
		.argv = argv,
		.argc = arguments->count,
		.ppid = descendants_parent(execution->request->tid),
	};

	if (!argv)
		return -ENOMEM;
	if (!script && execution->request->path[0] && execution->request->path[0][0])
		event.given = execution->request->path[0];
	return request_judge(execution->request, &event);
}

/* Options of a dynamic loader that take the next argument (ld.so(8)). */
static bool loader_option_takes_argument(const char *option)
{
	static const char *const taking[] = {
		"--library-path",	  "--inhibit-rpath",	 "--audit", "--preload", "--argv0",
		"--glibc-hwcaps-prepend", "--glibc-hwcaps-mask",
	};

	for (size_t i = 0; i < sizeof(taking) / sizeof(taking[0]); i++)
		if (strcmp(option, taking[i]) == 0)
			return true;
	return false;
}

/* A loader that is run by hand executes its first operand: that is judged as well. */
static int judge_loaded(struct execution *execution)
{
	const struct arguments *arguments = &execution->arguments;
	CLEAN_PLACE struct place place = PLACE_INIT;
	CLEAN_FREE const char **argv = arguments_list(arguments);
	size_t at = 1;
	int r;

	if (!argv)
		return -ENOMEM;
	while (at < arguments->count && strncmp(argv[at], "--", 2) == 0) {
		bool is_end = argv[at][2] == '\0';

		at += loader_option_takes_argument(argv[at]) ? 2 : 1;
		if (is_end)
			break;
	}
	if (at >= arguments->count)
		return 0;
	r = place_find(execution->request, AT_FDCWD, argv[at], 0, &place);
	return r < 0 ? r : judge_file(execution, &place, NULL, arguments);
}

static int judge(struct execution *execution)
{
	const struct image *image = execution->image;
	int r = judge_file(execution, &image->files[0], NULL, &execution->given);

	if (r < 0 || is_question(execution->request))
		return r;
	for (size_t i = 1; i < image->count && r == 0; i++)
		r = judge_file(execution, &image->files[i], image->files[0].path,
			       &execution->arguments);
	/* The usual loaders are part of the system; any other is a program like the rest. */
	if (r == 0 && image->loader.fd >= 0 && !image_is_loader(image->loader.path))
		r = judge_file(execution, &image->loader, image_program(image)->path,
			       &execution->arguments);
	if (r == 0 && image_is_loader(image_program(image)->path))
		r = judge_loaded(execution);
	return r;
}

/* What is wrong with the file, the arguments and the environment, in the kernel's order. */
static int prepare_error(struct execution *execution, int error)
{
	const struct image *image = execution->image;
	struct request *request = execution->request;
	struct arguments environment = { 0 };
	int r = image_open_error(request, &image->files[0]);

	if (r == 0 && execution->arguments.text) {
		r = arguments_read(request, request->args[request->call == CALL_execveat ? 3 : 2],
				   &environment);
		arguments_release(&environment);
		if (r == 0 && image->count > 1)
			r = image_open_error(request, image_program(image));
	}
	return r < 0 ? r : error;
}

static int prepare(struct execution *execution, char *name, size_t name_size)
{
	struct request *request = execution->request;
	uint64_t address = request->args[request->call == CALL_execveat ? 2 : 1];
	int r = find_file(execution, name, name_size);

	if (r < 0)
		return r;
	r = arguments_read(request, address, &execution->given);
	if (r == 0 && execution->given.count == 0) { /* since Linux 5.18 the kernel gives one */
		execution->given =
			(struct arguments){ .text = calloc(1, 1), .size = 1, .count = 1 };
		r = execution->given.text ? 0 : -ENOMEM;
	}
	if (r < 0)
		return prepare_error(execution, r);
	execution->arguments = execution->given;
	execution->arguments.text = malloc(execution->given.size);
	if (!execution->arguments.text)
		return -ENOMEM;
	memcpy(execution->arguments.text, execution->given.text, execution->given.size);
	if (is_question(request))
		return image_open_error(request, &execution->image->files[0]);
	r = image_find(request, execution->image, name, &execution->arguments);
	return r < 0 ? prepare_error(execution, r) : 0;
}

/*
 * After: the exec stop.
 */

static bool is_same_file(const struct stat *st, const struct place *place)
{
	return st->st_dev == place->st.st_dev && st->st_ino == place->st.st_ino;
}

/* Device and inode of what is mapped at @address: a line of /proc/PID/maps (proc(5)). */
static bool is_mapped_at(pid_t pid, uint64_t address, const struct place *place)
{
	char path[64];
	char line[PATH_MAX + 128];
	bool found = false;
	FILE *maps;

	(void)snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	maps = fopen(path, "re");
	while (maps && !found && fgets(line, sizeof(line), maps)) {
		unsigned long long start, end, inode;
		unsigned major_number, minor_number;

		if (sscanf(line, "%llx-%llx %*s %*x %x:%x %llu", &start, &end, &major_number,
			   &minor_number, &inode) != 5 ||
		    address < start || address >= end)
			continue;
		found = inode == place->st.st_ino &&
			makedev(major_number, minor_number) == place->st.st_dev;
		break;
	}
	if (maps)
		(void)fclose(maps);
	return found;
}

/* Whether what has been loaded is what was judged. */
static bool is_as_judged(const struct execution *execution, const struct stack *stack)
{
	const struct image *image = execution->image;
	char path[64];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/proc/%d/exe", stack->pid);
	if (stat(path, &st) < 0 || !is_same_file(&st, image_program(image)))
		return false;
	if (stack->arguments_size != execution->arguments.size ||
	    memcmp(stack->arguments, execution->arguments.text, stack->arguments_size) != 0)
		return false;
	if (!stack->loader_base || (image->loader.fd >= 0 && image_is_loader(image->loader.path)))
		return true;
	return image->loader.fd >= 0 &&
	       is_mapped_at(stack->pid, stack->loader_base, &image->loader);
}

static void record_mismatch(struct execution *execution)
{
	struct event event = {
		.action = ACTION_EXECUTE,
		.path = image_program(execution->image)->path,
	};

	(void)request_refuse(execution->request, &event, "guard-exec-race",
			     "what was about to run is not what was asked for; it was killed");
}

/* Glibc's loader takes them; any other would stumble over them. Static programs have none. */
static bool takes_libraries(const struct image *image)
{
	return image->loader_text[0] && image_uses_glibc(image->loader_text) &&
	       !image->takes_no_preload;
}

static void shim_arrange(struct execution *execution, struct stack *stack)
{
	const struct supervisor *supervisor = execution->request->supervisor;
	const char *const libraries[] = { supervisor->shim_path, supervisor->taps_path };

	if (execution->image->loader_text[0])
		(void)stack_preload(stack, libraries, 2, takes_libraries(execution->image));
}

/* Who keeps a connection that a rule about content is about must be seen by the taps. */
static int check_connections(struct execution *execution)
{
	struct request *request = execution->request;
	struct event event = {
		.action = ACTION_EXECUTE,
		.path = image_program(execution->image)->path,
	};

	if (concerned_is_printed(request))
		return request_refuse_unseen(
			request, &event, "guard-content",
			"a rule is about what is said on a connection that would be "
			"this program's stdout or stderr, and prints are not seen");
	if (takes_libraries(execution->image) || !concerned_is_kept(request))
		return 0;
	return request_refuse_unseen(
		request, &event, "guard-content",
		"a rule is about what is said on a connection that this program would "
		"inherit, and it would say it unseen: it is static, cannot load the library, "
		"or prints there");
}

/* Return: whether the new program may go on. */
static bool newborn_check(struct execution *execution, pid_t pid)
{
	struct supervisor *supervisor = execution->request->supervisor;
	struct stack stack = STACK_INIT;
	bool good = stack_read(pid, &stack) == 0 && is_as_judged(execution, &stack);

	explained_forget(supervisor->explained, pid);
	if (good)
		shim_arrange(execution, &stack);
	stack_release(&stack);
	if (!good)
		record_mismatch(execution);
	return good || supervisor->shadow;
}

/* Whoever traces must wait for the end, or its parent never learns of it. */
static void end(pid_t pid)
{
	int status;
	pid_t ended;

	(void)kill(pid, SIGKILL);
	do {
		ended = waitpid(pid, &status, __WALL);
		if (ended == pid && WIFSTOPPED(status))
			(void)ptrace(PTRACE_CONT, pid, NULL, NULL);
	} while ((ended == pid && WIFSTOPPED(status)) || (ended < 0 && errno == EINTR));
}

/*
 * Waits for the exec stop, or for the sign that the exec has failed, and lets go.
 */
static void watch(struct execution *execution)
{
	int status;
	pid_t pid;

	do
		pid = waitpid(-1, &status, __WALL | __WNOTHREAD);
	while (pid < 0 && errno == EINTR);
	if (pid < 0 || !WIFSTOPPED(status))
		return; /* it died on the way */
	if (EVENT_OF(status) == PTRACE_EVENT_EXEC) {
		caller_has_executed();
		if (!newborn_check(execution, pid)) {
			end(pid);
			return;
		}
	}
	request_ended(execution->request, EVENT_OF(status) == PTRACE_EVENT_EXEC ? 0 : -1);
	/* A stop without an event is a signal on its way to the thread: it gets it. */
	if (ptrace(PTRACE_DETACH, pid, NULL,
		   EVENT_OF(status) ? NULL : (void *)(intptr_t)WSTOPSIG(status)) < 0)
		end(pid); /* it was killed meanwhile, or would stay stopped for ever */
}

/*
 * The thread is traced already, by another process of the run. Only where Landlock alone
 * decides what may be executed is it safe to let the kernel go on by itself.
 */
static int64_t traced_already(struct execution *execution)
{
	struct request *request = execution->request;
	struct event event = {
		.action = ACTION_EXECUTE,
		.path = execution->image->files[0].path,
	};

	if (request->supervisor->landlock && request->supervisor->execute_is_static &&
	    traced_begin(request)) {
		caller_executes_unseen();
		return REQUEST_CONTINUE; /* safe: Landlock decides again, as strictly as the rules */
	}
	return request_refuse(request, &event, "guard-traced-exec",
			      "a traced process may not execute where rules depend on more than "
			      "the file, after programs were made in memory, or where the "
			      "supervisor may not trace (Yama)");
}

static int64_t go_on(struct execution *execution)
{
	struct request *request = execution->request;
	/* CONTINUE is safe: what runs is compared with what was judged before its first instruction. */
	struct seccomp_notif_resp response = {
		.id = request->id,
		.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE,
	};

	still_exec_begin();
	if (ptrace(PTRACE_SEIZE, request->tid, NULL, PTRACE_O_TRACEEXEC) < 0) {
		bool is_traced = errno == EPERM;

		still_exec_end();
		return is_traced ? traced_already(execution) : -EPERM;
	}
	(void)request_ioctl(request->supervisor, SECCOMP_IOCTL_NOTIF_SEND, &response);
	/* So that a failed exec stops as well. When the request is gone: so is the thread, or it stops. */
	(void)ptrace(PTRACE_INTERRUPT, request->tid, NULL, NULL);
	watch(execution);
	still_exec_end();
	pool_answers(); /* only now has this thread time for another call */
	return REQUEST_ANSWERED;
}

int64_t exec_handle(struct request *request)
{
	struct execution execution = { .request = request, .image = image_new() };
	char name[PATH_MAX + 32];
	int64_t r = execution.image ? prepare(&execution, name, sizeof(name)) : -ENOMEM;

	if (r == 0)
		r = judge(&execution);
	if (r == 0)
		r = check_connections(&execution);
	if (r == 0 && is_question(request))
		r = REQUEST_CONTINUE; /* safe: the flag is in a register, and lets nothing run */
	else if (r == 0)
		r = go_on(&execution);
	execution_release(&execution);
	return r;
}
