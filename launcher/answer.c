/* SPDX-License-Identifier: MIT */
#include "launcher/answer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/clean.h"
#include "launcher/channels.h"
#include "launcher/descendants.h"
#include "launcher/place.h"
#include "launcher/procfile.h"

#define WAITING_MAX (1 << 20) /* what waits to be read: no pipe is larger unless root made it so */

bool answer_end_find(pid_t pid, int fd, struct answer_end *out)
{
	char path[64], target[64];
	unsigned long long inode;
	ssize_t len;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
	len = readlink(path, target, sizeof(target) - 1);
	if (len <= 0)
		return false;
	target[len] = '\0';
	out->is_socket = target[0] == 's';
	if (sscanf(target, out->is_socket ? "socket:[%llu]" : "pipe:[%llu]", &inode) != 1)
		return false;
	out->inode = inode;
	return true;
}

static bool ends_equal(const struct answer_end *a, const struct answer_end *b)
{
	return a->is_socket == b->is_socket && a->inode == b->inode;
}

/* What reads what is written to @end. Return: whether that is known. */
static bool other_end(const struct supervisor *supervisor, const struct answer_end *end,
		      struct answer_end *out)
{
	struct channel_key key = channel_key_of_socket(end->inode);

	*out = *end;
	if (end->is_socket)
		out->inode = channels_pair(supervisor->pipes, &key);
	return out->inode != 0;
}

static bool is_writable_only(pid_t pid, int fd)
{
	char name[32], text[512];
	const char *flags;

	(void)snprintf(name, sizeof(name), "fdinfo/%d", fd);
	if (procfile_read(pid, name, text, sizeof(text)) <= 0)
		return true;
	flags = strstr(text, "flags:");
	return !flags || (strtoul(flags + strlen("flags:"), NULL, 8) & O_ACCMODE) == O_WRONLY;
}

/* Calls @visit with each pipe and socket of a process, until it returns true. Return: whether one did. */
typedef bool visit_fn(pid_t pid, int fd, const struct answer_end *end, void *data);

static bool any_end(pid_t pid, visit_fn *visit, void *data)
{
	char path[64];
	const struct dirent *entry;
	bool found = false;
	DIR *folder;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	folder = opendir(path);
	while (folder && !found && (entry = readdir(folder))) {
		int fd = (int)strtol(entry->d_name, NULL, 10);
		struct answer_end end;

		if (entry->d_name[0] != '.' && answer_end_find(pid, fd, &end))
			found = visit(pid, fd, &end, data);
	}
	if (folder)
		(void)closedir(folder);
	return found;
}

struct reading {
	struct answer_end end;
	int fd; /* with which it is read */
};

static bool is_read(pid_t pid, int fd, const struct answer_end *end, void *data)
{
	struct reading *reading = data;

	reading->fd = fd;
	return ends_equal(end, &reading->end) && !is_writable_only(pid, fd);
}

/* Return: our duplicate of the descriptor with which the caller reads from @end; -1: it does not. */
static int open_reader(struct request *request, const struct answer_end *end)
{
	struct reading reading = { .end = *end };

	return any_end(request->tid, is_read, &reading) ? request_dup(request, reading.fd) : -1;
}

static bool is_end(int fd, const struct answer_end *end)
{
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && st.st_ino == end->inode &&
	       (end->is_socket ? S_ISSOCK(st.st_mode) : S_ISFIFO(st.st_mode));
}

/*
 * Whole lines.
 */

/* What waits in a pipe, without taking it. Return: its size; -1: it is not known. */
static ssize_t peek_pipe(int fd, char *out, size_t size)
{
	int copy[2];
	ssize_t got = -1;

	if (pipe2(copy, O_CLOEXEC | O_NONBLOCK) < 0)
		return -1;
	if (fcntl(copy[1], F_SETPIPE_SZ, fcntl(fd, F_GETPIPE_SZ)) >= 0)
		got = tee(fd, copy[1], size, SPLICE_F_NONBLOCK);
	if (got > 0)
		got = read(copy[0], out, (size_t)got);
	else if (got < 0 && errno == EAGAIN)
		got = 0;
	(void)close(copy[0]);
	(void)close(copy[1]);
	return got;
}

static ssize_t peek_socket(int fd, char *out, size_t size)
{
	ssize_t got = recv(fd, out, size, MSG_PEEK | MSG_DONTWAIT);

	return got < 0 && errno == EAGAIN ? 0 : got;
}

/* Whether all that waits to be read there are whole lines. The caller may be reading them: one look tells. */
static bool has_whole_lines(int fd, bool is_socket)
{
	CLEAN_FREE char *waiting = malloc(WAITING_MAX);
	ssize_t got;

	if (!waiting)
		return false;
	got = is_socket ? peek_socket(fd, waiting, WAITING_MAX)
			: peek_pipe(fd, waiting, WAITING_MAX);
	return got == 0 || (got > 0 && got < WAITING_MAX && waiting[got - 1] == '\n');
}

/*
 * The server.
 */

#define OUTPUTS_MAX 16

/* What a process has, of which one may be where it answers. */
struct server {
	struct request *request;
	struct answer_end input;
	bool has_input;
	struct {
		struct answer_end end, read_from;
		int fd;
	} outputs[OUTPUTS_MAX];
	size_t count;
};

static void output_add(struct server *server, int fd, const struct answer_end *end)
{
	struct reading reading = { .fd = -1 };

	for (size_t i = 0; i < server->count; i++)
		if (ends_equal(&server->outputs[i].end, end))
			return;
	if (server->count == OUTPUTS_MAX ||
	    !other_end(server->request->supervisor, end, &reading.end) ||
	    !any_end(server->request->tid, is_read, &reading))
		return;
	server->outputs[server->count].end = *end;
	server->outputs[server->count].read_from = reading.end;
	server->outputs[server->count++].fd = fd;
}

static bool look_at(pid_t pid, int fd, const struct answer_end *end, void *data)
{
	struct server *server = data;

	if (ends_equal(end, &server->input) && !is_writable_only(pid, fd))
		server->has_input = true;
	/* One socket may be for both. */
	if (!ends_equal(end, &server->input) || end->is_socket)
		output_add(server, fd, end);
	return false;
}

/*
 * Servers may move their standard descriptors out of the way of prints, so any that the caller reads may
 * be the one: what the process logs to is not, of several only its standard output, and what it reads from
 * only when there is no other.
 *
 * Return: its index; OUTPUTS_MAX when it is not clear.
 */
static size_t find_output(const struct server *server, pid_t pid)
{
	struct answer_end log, output;
	bool has_log = answer_end_find(pid, STDERR_FILENO, &log);
	bool has_output = answer_end_find(pid, STDOUT_FILENO, &output) &&
			  !(has_log && ends_equal(&output, &log));
	size_t found = OUTPUTS_MAX, both = OUTPUTS_MAX, count = 0;

	for (size_t i = 0; i < server->count; i++) {
		const struct answer_end *end = &server->outputs[i].end;

		if (has_log && ends_equal(end, &log))
			continue;
		if (has_output && ends_equal(end, &output))
			return i;
		if (ends_equal(end, &server->input)) {
			both = i;
			continue;
		}
		found = i;
		count++;
	}
	if (count == 0)
		return both;
	return count == 1 ? found : OUTPUTS_MAX;
}

static int open_of_process(pid_t pid, int fd)
{
	CLEAN_FD int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	return pidfd < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
}

/* Return: whether all of it was written; PIPE_BUF bytes are written as a whole or not at all. */
static bool put(int output, bool is_socket, int reader, const char *line, size_t size)
{
	char path[32];
	CLEAN_FD int fd = -1;

	if (size > PIPE_BUF)
		return false;
	if (is_socket)
		return send(output, line, size, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)size;
	fd = open(place_self_path(reader, path), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	return fd >= 0 && write(fd, line, size) == (ssize_t)size;
}

/* Whether @pid is that server, and the answer has been put where the caller reads. */
static bool give_for(struct request *request, pid_t pid, const struct answer_end *input,
		     const char *line, size_t size)
{
	struct server server = { .request = request, .input = *input };
	CLEAN_FD int reader = -1, output = -1;
	size_t at;

	(void)any_end(pid, look_at, &server);
	at = server.has_input ? find_output(&server, pid) : OUTPUTS_MAX;
	if (at == OUTPUTS_MAX)
		return false;
	reader = open_reader(request, &server.outputs[at].read_from);
	output = open_of_process(pid, server.outputs[at].fd);
	return is_end(reader, &server.outputs[at].read_from) &&
	       is_end(output, &server.outputs[at].end) &&
	       has_whole_lines(reader, server.outputs[at].end.is_socket) &&
	       put(output, server.outputs[at].end.is_socket, reader, line, size);
}

bool answer_give(struct request *request, const struct answer_end *server, const char *line,
		 size_t size)
{
	CLEAN_FREE pid_t *pids = NULL;
	ssize_t count = descendants_list(request->supervisor->reaper_pid, &pids);
	bool given = false;

	for (ssize_t i = 0; i < count && !given; i++)
		given = pids[i] != request_pid(request) &&
			give_for(request, pids[i], server, line, size);
	return given;
}
