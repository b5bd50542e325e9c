/* SPDX-License-Identifier: MIT */
/*
 * wire_supervisor [--silent | --absent] CMD [ARG...] - the least supervisor that the shim can talk to.
 *
 * Of all governed calls it refuses, with the errno of the table, those whose path has the word
 * "refused" in it or whose descriptor is 99; the kernel makes all others. It explains each refusal
 * once, to whoever asks first. --silent: hello is answered, but no explanations are wanted;
 * --absent: the kernel answers hello. Then being asked for one is an error: exit status 99.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/calls.h"
#include "common/wire.h"

#define REFUSED_FD 99
#define STATUS_ASKED 99

static bool silent, absent, asked;
static char line[WIRE_EXPLAIN_SIZE];
static size_t line_len;

static bool is_notified(const struct call_info *info)
{
	return info->number >= 0 && (info->how == HOW_PERFORM || info->how == HOW_VERIFY);
}

static int install(void)
{
	static struct sock_filter code[2 * CALL_COUNT + 8];
	struct sock_fprog program = { .filter = code };
	unsigned short n = 0;

	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						 offsetof(struct seccomp_data, nr));
	for (int call = 0; call <= CALL_COUNT + 1; call++) {
		int number = call == CALL_HELLO	    ? WIRE_NR_HELLO
			     : call == CALL_EXPLAIN ? WIRE_NR_EXPLAIN
						    : call_table[call].number;

		if (call < CALL_COUNT && !is_notified(&call_table[call]))
			continue;
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							 (unsigned)number, 0, 1);
		code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
	}
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	program.len = n;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
			    &program);
}

/* Shares our descriptors until its exec: the listener appears here without being sent. */
static pid_t start(char **argv, int *out_listener)
{
	int ends[2];
	pid_t pid;

	if (pipe(ends) < 0)
		return -1;
	pid = (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
	if (pid == 0) {
		int listener = install();

		if (write(ends[1], &listener, sizeof(listener)) == sizeof(listener) &&
		    listener >= 0)
			(void)execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || read(ends[0], out_listener, sizeof(*out_listener)) != sizeof(*out_listener))
		return -1;
	return pid;
}

static void read_text(pid_t tid, uint64_t address, char *text, size_t size)
{
	struct iovec to = { text, size - 1 };
	struct iovec from = { (void *)(uintptr_t)address, size - 1 };
	ssize_t len = process_vm_readv(tid, &to, 1, &from, 1, 0);

	text[len > 0 ? len : 0] = '\0';
}

static bool is_refused(const struct seccomp_notif *request, const struct call_info *info)
{
	for (size_t i = 0; info->shape[i]; i++) {
		uint64_t arg = request->data.args[i];
		char path[256];

		if ((info->shape[i] == 'f' || info->shape[i] == 'd') && (int)arg == REFUSED_FD)
			return true;
		if (info->shape[i] != 'p')
			continue;
		read_text((pid_t)request->pid, arg, path, sizeof(path));
		if (strstr(path, "refused"))
			return true;
	}
	return false;
}

static void explain(const struct seccomp_notif *request, struct seccomp_notif_resp *response)
{
	struct iovec from = { line, line_len };
	struct iovec to = { (void *)(uintptr_t)request->data.args[0], line_len };

	asked = true;
	if (line_len && process_vm_writev((pid_t)request->pid, &from, 1, &to, 1, 0) > 0)
		response->val = (int64_t)line_len;
	line_len = 0;
}

static void judge(const struct seccomp_notif *request, struct seccomp_notif_resp *response)
{
	enum call call = call_from_number(request->data.nr);

	if (call < CALL_COUNT && is_refused(request, &call_table[call])) {
		response->error = -call_table[call].refusal;
		line_len = (size_t)snprintf(line, sizeof(line), WIRE_PROGRAM ": denied %s\n",
					    call_table[call].name);
		return;
	}
	response->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
}

static void answer(int listener)
{
	struct seccomp_notif request = { 0 };
	struct seccomp_notif_resp response = { 0 };

	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request) < 0)
		return;
	response.id = request.id;
	if (request.data.nr == WIRE_NR_HELLO && !absent)
		response.val = silent ? 0 : WIRE_HELLO_EXPLAIN;
	else if (request.data.nr == WIRE_NR_EXPLAIN)
		explain(&request, &response);
	else
		judge(&request, &response);
	(void)ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

int main(int argc, char **argv)
{
	int listener = -1, status, first = 1;
	pid_t pid;

	silent = argc > 1 && strcmp(argv[1], "--silent") == 0;
	absent = argc > 1 && strcmp(argv[1], "--absent") == 0;
	first += silent || absent;
	pid = first < argc ? start(argv + first, &listener) : -1;
	if (pid < 0 || listener < 0)
		return 125;
	for (struct pollfd poll_fd = { .fd = listener, .events = POLLIN };
	     poll(&poll_fd, 1, -1) >= 0 && !(poll_fd.revents & POLLHUP);)
		answer(listener);
	if (waitpid(pid, &status, 0) < 0 || ((silent || absent) && asked))
		return STATUS_ASKED;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
