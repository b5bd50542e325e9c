/* SPDX-License-Identifier: MIT */
/*
 * Workers wait in the receive ioctl. A call that blocks (a FIFO, a connect, an exec on its way)
 * holds up nobody else: launcher/pool.h.
 */
#include "launcher/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>

#include "common/clean.h"
#include "common/clock.h"
#include "common/wire.h"
#include "launcher/attributes.h"
#include "launcher/blocking.h"
#include "launcher/caller.h"
#include "launcher/descendants.h"
#include "launcher/exec.h"
#include "launcher/explained.h"
#include "launcher/filter.h"
#include "launcher/identity.h"
#include "launcher/ipc.h"
#include "launcher/open.h"
#include "launcher/pool.h"
#include "launcher/process.h"
#include "launcher/request.h"
#include "launcher/sends.h"
#include "launcher/sockets.h"
#include "launcher/taps.h"
#include "launcher/traced.h"
#include "launcher/tree.h"

#define NOTIF_MAX 4096 /* more than the kernel's struct will ever need */

/* What a worker needs for one request. */
struct worker {
	struct supervisor *supervisor;
	struct request request;
	char paths[2][PATH_MAX];
	union {
		struct seccomp_notif notif; /* of the size that the kernel wants */
		char room[NOTIF_MAX];
	};
};

static int64_t track_umask(struct request *request)
{
	if ((request->args[0] & 0777) != request->supervisor->umask)
		atomic_store(&request->supervisor->umask_moved, true);
	return REQUEST_CONTINUE; /* safe: its only argument is a register, and nothing is granted */
}

static int64_t track_credentials(struct request *request)
{
	atomic_store(&request->supervisor->credentials_moved, true);
	return REQUEST_CONTINUE; /* safe: the kernel decides by the caller's own capabilities */
}

static request_handler_fn *const handlers[CALL_COUNT] = {
	[CALL_open] = open_handle,
	[CALL_openat] = open_handle,
	[CALL_openat2] = open_handle,
	[CALL_creat] = open_handle,
	[CALL_truncate] = attributes_truncate,
	[CALL_mkdir] = tree_mkdir,
	[CALL_mkdirat] = tree_mkdir,
	[CALL_mknod] = tree_mknod,
	[CALL_mknodat] = tree_mknod,
	[CALL_unlink] = tree_unlink,
	[CALL_unlinkat] = tree_unlink,
	[CALL_rmdir] = tree_unlink,
	[CALL_rename] = tree_rename,
	[CALL_renameat] = tree_rename,
	[CALL_renameat2] = tree_rename,
	[CALL_link] = tree_link,
	[CALL_linkat] = tree_link,
	[CALL_symlink] = tree_symlink,
	[CALL_symlinkat] = tree_symlink,
	[CALL_chmod] = attributes_chmod,
	[CALL_fchmod] = attributes_chmod,
	[CALL_fchmodat] = attributes_chmod,
	[CALL_fchmodat2] = attributes_chmod,
	[CALL_chown] = attributes_chown,
	[CALL_lchown] = attributes_chown,
	[CALL_fchown] = attributes_chown,
	[CALL_fchownat] = attributes_chown,
	[CALL_utime] = attributes_times,
	[CALL_utimes] = attributes_times,
	[CALL_futimesat] = attributes_times,
	[CALL_utimensat] = attributes_times,
	[CALL_setxattr] = attributes_setxattr,
	[CALL_lsetxattr] = attributes_setxattr,
	[CALL_fsetxattr] = attributes_setxattr,
	[CALL_setxattrat] = attributes_setxattr,
	[CALL_removexattr] = attributes_removexattr,
	[CALL_lremovexattr] = attributes_removexattr,
	[CALL_fremovexattr] = attributes_removexattr,
	[CALL_removexattrat] = attributes_removexattr,
	[CALL_execve] = exec_handle,
	[CALL_execveat] = exec_handle,
	[CALL_connect] = sockets_connect,
	[CALL_bind] = sockets_bind,
	[CALL_listen] = sockets_listen,
	[CALL_sendto] = sends_sendto,
	[CALL_sendmsg] = sends_sendmsg,
	[CALL_sendmmsg] = sends_sendmmsg,
	[CALL_umask] = track_umask,
	[CALL_setuid] = track_credentials,
	[CALL_setgid] = track_credentials,
	[CALL_setreuid] = track_credentials,
	[CALL_setregid] = track_credentials,
	[CALL_setresuid] = track_credentials,
	[CALL_setresgid] = track_credentials,
	[CALL_setfsuid] = track_credentials,
	[CALL_setfsgid] = track_credentials,
	[CALL_setgroups] = track_credentials,
	[CALL_capset] = track_credentials,
	[CALL_memfd_create] = traced_memfd,
	[CALL_prlimit64] = process_own,
	[CALL_setpriority] = process_own,
	[CALL_ioprio_set] = process_own,
	[CALL_sched_setaffinity] = process_own,
	[CALL_sched_setscheduler] = process_own,
	[CALL_sched_setparam] = process_own,
	[CALL_sched_setattr] = process_own,
	[CALL_shmget] = ipc_get,
	[CALL_semget] = ipc_get,
	[CALL_msgget] = ipc_get,
	[CALL_shmat] = ipc_use,
	[CALL_shmctl] = ipc_use,
	[CALL_semop] = ipc_use,
	[CALL_semtimedop] = ipc_use,
	[CALL_semctl] = ipc_use,
	[CALL_msgsnd] = ipc_use,
	[CALL_msgrcv] = ipc_use,
	[CALL_msgctl] = ipc_use,
	[CALL_mq_open] = ipc_queue_open,
	[CALL_mq_unlink] = ipc_queue_unlink,
};

/* The handler says what NULL means, and when it matters that there is no path. */
static void decode_path(struct worker *worker, unsigned which, uint64_t address)
{
	struct request *request = &worker->request;
	ssize_t len;

	if (!address)
		return;
	len = request_read_text(request, address, worker->paths[which], PATH_MAX);
	if (len < 0)
		request->path_error[which] = (int)len;
	else
		request->path[which] = worker->paths[which];
}

/* Reads the arguments by the shape of the call's row in the table. */
static void decode(struct worker *worker)
{
	struct request *request = &worker->request;
	const char *shape = call_table[request->call].shape;
	unsigned path_count = 0;

	request->dir_fd[0] = request->dir_fd[1] = AT_FDCWD;
	for (unsigned i = 0; shape[i]; i++) {
		switch (shape[i]) {
		case 'd':
			request->dir_fd[path_count] = (int)request->args[i];
			break;
		case 'p':
			decode_path(worker, path_count++, request->args[i]);
			break;
		case 'o':
		case 'i':
			request->flags = (uint32_t)request->args[i];
			break;
		case 'm':
			request->mode = (mode_t)request->args[i];
			break;
		default:
			break; /* the handler takes it from args */
		}
	}
}

/* A foreign ABI, or a call newer than the table: nobody has judged what it does. */
static int64_t refuse_unknown(struct request *request)
{
	struct event event = { .action = ACTION_NONE };
	char name[32];

	(void)snprintf(name, sizeof(name), "call %d", request->number);
	event.path = name;
	return request_refuse(request, &event, "guard-unknown-call",
			      "a call of another ABI, or newer than agentos");
}

static int64_t shim_hello(struct request *request)
{
	explained_hello(request->supervisor->explained, request_pid(request));
	return request->supervisor->explain == EXPLAIN_OFF ? 0 : WIRE_HELLO_EXPLAIN;
}

static int64_t handle(struct worker *worker)
{
	struct request *request = &worker->request;

	if (worker->notif.data.arch != FILTER_ARCH)
		return refuse_unknown(request);
	if (request->number == WIRE_NR_HELLO)
		return shim_hello(request);
	if (request->number == WIRE_NR_TAP)
		return taps_handle(request);
	if (request->number == WIRE_NR_EXPLAIN)
		return explained_answer(request->supervisor->explained, request);
	if (request->call >= CALL_COUNT || !handlers[request->call])
		return refuse_unknown(request);
	decode(worker);
	return handlers[request->call](request);
}

static void request_init(struct worker *worker)
{
	const struct seccomp_notif *notif = &worker->notif;
	struct request *request = &worker->request;

	request->supervisor = worker->supervisor;
	request->id = notif->id;
	request->tid = (pid_t)notif->pid;
	request->number = notif->data.nr;
	request->call = call_from_number(notif->data.nr);
	memcpy(request->args, notif->data.args, sizeof(request->args));
	request->caller = NULL;
	request->mem_fd = -1;
	request->program[0] = '\0';
	request->sentence[0] = '\0';
	request->is_quiet = false;
	request->began_ns = clock_ns(CLOCK_MONOTONIC);
	request->ticket_count = 0;
	memset(request->tickets, 0, sizeof(request->tickets));
	request->asks_nobody = false;
	request->path[0] = request->path[1] = NULL;
	request->path_error[0] = request->path_error[1] = 0;
	request->flags = 0;
	request->mode = 0;
}

static void request_release(struct request *request)
{
	if (request->caller)
		caller_done(request->caller);
	if (request->mem_fd >= 0)
		(void)close(take_fd(&request->mem_fd));
}

/* The one place that answers; a request whose caller is gone needs no answer (ENOENT). */
static void answer(const struct request *request, int64_t result)
{
	struct seccomp_notif_resp response = { .id = request->id, .error = -EPERM };

	if (result == REQUEST_ANSWERED)
		return;
	pool_answers();
	if (result == REQUEST_CONTINUE) {
		response.error = 0;
		response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	} else if (result < 0) {
		response.error = (int)result;
	} else {
		response.error = 0;
		response.val = result;
	}
	(void)request_ioctl(request->supervisor, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

static int receive(struct worker *worker)
{
	memset(worker->room, 0, worker->supervisor->notif_size);
	if (ioctl(worker->supervisor->listener_fd, SECCOMP_IOCTL_NOTIF_RECV, &worker->notif) < 0)
		return -errno;
	pool_taken();
	return 0;
}

/* Whether nobody is left behind the filter: the listener then answers ENOENT for ever. */
static bool is_hung_up(const struct supervisor *supervisor)
{
	struct pollfd listener = { .fd = supervisor->listener_fd };

	return poll(&listener, 1, 0) == 1 && listener.revents & POLLHUP;
}

/* What the call comes to; negative: the kernel has yet to say, or it is no call of the agent. */
static int outcome_of(const struct request *request, int64_t result)
{
	if (result == REQUEST_ANSWERED || result == REQUEST_CONTINUE ||
	    result == -REQUEST_RESTART || request->number == WIRE_NR_TAP)
		return -1;
	return result < 0 ? (int)-result : 0;
}

static void serve(struct worker *worker)
{
	int r = receive(worker);
	int64_t result;

	if (r < 0) {
		if (is_hung_up(worker->supervisor))
			pool_close();
		else if (r != -ENOENT && r != -EINTR)
			abort(); /* in the end nobody would answer: all end with us */
		return;		 /* the caller died, or was signalled, before we took its call */
	}
	request_init(worker);
	result = handle(worker);
	request_ended(&worker->request, outcome_of(&worker->request, result));
	answer(&worker->request, result);
	request_release(&worker->request);
}

static void *worker_run(void *data)
{
	struct worker worker = { .supervisor = data };

	if (identity_own_directory() < 0)
		abort(); /* nothing could be made as the caller would */
	while (pool_stay())
		serve(&worker);
	caller_forget_all();
	pool_leave();
	return NULL;
}

/* Writers first: those who rename and bind would wait for a pause of those who create. */
static void names_lock_init(struct supervisor *supervisor)
{
	pthread_rwlockattr_t attributes;

	(void)pthread_rwlockattr_init(&attributes);
	(void)pthread_rwlockattr_setkind_np(&attributes,
					    PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	(void)pthread_rwlock_init(&supervisor->names_lock, &attributes);
	(void)pthread_rwlockattr_destroy(&attributes);
}

int supervisor_start(struct supervisor *supervisor, struct fault *fault)
{
	int r = blocking_start();

	names_lock_init(supervisor);
	(void)call_from_number(0); /* fills its table before there are threads */
	/* The answer wakes the caller on our core (Linux 6.6); older kernels say EINVAL. */
	(void)ioctl(supervisor->listener_fd, SECCOMP_IOCTL_NOTIF_SET_FLAGS,
		    SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
	supervisor->notif_size = filter_notif_size();
	if (r == 0)
		r = supervisor->notif_size > NOTIF_MAX ? -E2BIG
						       : pool_start(worker_run, supervisor);
	return r == 0 ? 0 : fault_set(fault, r, "cannot start the supervisor: %s", strerror(-r));
}

void supervisor_signal_tree(struct supervisor *supervisor, int signal)
{
	(void)descendants_signal(supervisor->reaper_pid, signal);
}

bool supervisor_owns_pid(const struct supervisor *supervisor, pid_t pid)
{
	return descendants_include(supervisor->reaper_pid, pid);
}
