/* SPDX-License-Identifier: MIT */
/*
 * All tables have a fixed size and forget: forgetting means that a line is
 * told twice, or by the supervisor instead of the shim.
 */
#include "launcher/explained.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

#include "common/clean.h"
#include "common/hash.h"
#include "common/wire.h"
#include "launcher/procfile.h"

#define TOLD_MAX 4096
#define SHIMMED_MAX 4096
#define PENDING_MAX 64
#define LAST_MAX 8
#define PATIENCE_MS 30 /* for the shim to ask, which it does at once */

/* A line that the shim is to ask for. */
struct pending {
	pid_t tid; /* 0: free */
	int fd;	   /* owned: where the supervisor writes it, if nobody asks; -1: nowhere */
	int64_t since_ms;
	size_t len;
	char text[WIRE_EXPLAIN_SIZE];
};

struct explained {
	pthread_mutex_t lock;
	pthread_cond_t noted;
	uint64_t told[TOLD_MAX]; /* hashes of process, rule and target */
	pid_t shimmed[SHIMMED_MAX];
	struct pending pending[PENDING_MAX];
	size_t pending_count;
	char last[LAST_MAX][WIRE_EXPLAIN_SIZE]; /* a ring: number n is at n % LAST_MAX */
	size_t last_count;
};

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Field 22 of /proc/PID/stat: with the number it names a process for good. */
static unsigned long long start_time(pid_t pid)
{
	unsigned long long ticks = 0;
	char text[PROCFILE_STAT_SIZE];
	const char *fields = procfile_stat(pid, text);

	if (fields)
		(void)sscanf(fields,
			     " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d "
			     "%*d %*d %llu",
			     &ticks);
	return ticks;
}

static uint64_t key_of(pid_t pid, const char *rule, const char *target)
{
	unsigned long long start = start_time(pid);
	uint64_t hash = HASH_START;

	hash = hash_bytes(hash, &pid, sizeof(pid));
	hash = hash_bytes(hash, &start, sizeof(start));
	hash = hash_bytes(hash, rule, strlen(rule) + 1);
	return hash_bytes(hash, target, strlen(target) + 1);
}

/*
 * Whether a write of one line to @fd would neither block nor reach further than a
 * terminal, a pipe or a file: descriptor 2 is whatever the agent made of it.
 */
static bool takes_a_line(int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLOUT };
	int flags = fcntl(fd, F_GETFL);
	struct stat st;

	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY || flags & O_PATH || fstat(fd, &st) < 0)
		return false;
	/* A named file that is read as well is data, whatever its number; one without a name is
	 * where somebody collects output. */
	if (S_ISREG(st.st_mode))
		return (flags & O_ACCMODE) == O_WRONLY || st.st_nlink == 0;
	if (!S_ISFIFO(st.st_mode) && !S_ISSOCK(st.st_mode) && !(S_ISCHR(st.st_mode) && isatty(fd)))
		return false;
	return poll(&wait, 1, 0) == 1 && wait.revents & POLLOUT;
}

static void write_line(int fd, const char *text, size_t len)
{
	int domain = 0;
	socklen_t size = sizeof(domain);

	if (!takes_a_line(fd))
		return;
	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) < 0)
		(void)!write(fd, text, len);
	else if (domain == AF_UNIX)
		(void)send(fd, text, len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void pending_drop(struct explained *explained, struct pending *pending)
{
	if (pending->fd >= 0)
		(void)close(take_fd(&pending->fd));
	pending->tid = 0;
	explained->pending_count--;
}

/* Tells what nobody has asked for in @patience_ms. */
static void flush(struct explained *explained, int64_t patience_ms)
{
	int64_t now = now_ms();

	for (size_t i = 0; i < PENDING_MAX; i++) {
		struct pending *pending = &explained->pending[i];

		if (!pending->tid || now - pending->since_ms < patience_ms)
			continue;
		write_line(pending->fd, pending->text, pending->len);
		pending_drop(explained, pending);
	}
}

static void *flush_run(void *data)
{
	const struct timespec pause = { .tv_nsec = PATIENCE_MS * 1000000L };
	struct explained *explained = data;

	(void)pthread_mutex_lock(&explained->lock);
	for (;;) {
		while (explained->pending_count == 0)
			(void)pthread_cond_wait(&explained->noted, &explained->lock);
		(void)pthread_mutex_unlock(&explained->lock);
		(void)nanosleep(&pause, NULL);
		(void)pthread_mutex_lock(&explained->lock);
		flush(explained, PATIENCE_MS);
	}
	return NULL;
}

struct explained *explained_new(void)
{
	struct explained *explained = calloc(1, sizeof(*explained));
	pthread_t thread;

	if (!explained)
		return NULL;
	(void)pthread_mutex_init(&explained->lock, NULL);
	(void)pthread_cond_init(&explained->noted, NULL);
	for (size_t i = 0; i < PENDING_MAX; i++)
		explained->pending[i].fd = -1;
	if (pthread_create(&thread, NULL, flush_run, explained)) {
		free(explained);
		return NULL;
	}
	(void)pthread_detach(thread);
	return explained;
}

void explained_flush(struct explained *explained)
{
	(void)pthread_mutex_lock(&explained->lock);
	flush(explained, 0);
	(void)pthread_mutex_unlock(&explained->lock);
}

void explained_hello(struct explained *explained, pid_t pid)
{
	(void)pthread_mutex_lock(&explained->lock);
	explained->shimmed[(size_t)pid % SHIMMED_MAX] = pid;
	(void)pthread_mutex_unlock(&explained->lock);
}

void explained_forget(struct explained *explained, pid_t pid)
{
	(void)pthread_mutex_lock(&explained->lock);
	if (explained->shimmed[(size_t)pid % SHIMMED_MAX] == pid)
		explained->shimmed[(size_t)pid % SHIMMED_MAX] = 0;
	(void)pthread_mutex_unlock(&explained->lock);
}

static struct pending *pending_of(struct explained *explained, pid_t tid)
{
	for (size_t i = 0; i < PENDING_MAX; i++)
		if (explained->pending[i].tid == tid)
			return &explained->pending[i];
	return NULL;
}

/* The shim hooks what takes a path or a descriptor. */
static bool is_hooked(enum call call)
{
	return call < CALL_COUNT && strpbrk(call_table[call].shape, "pf");
}

/* Return: whether the shim will be told. Takes ownership of @fd then. */
static bool leave_to_shim(struct explained *explained, struct request *request, int fd,
			  const char *text, size_t len)
{
	pid_t pid = request_pid(request), tid = request->tid;
	struct pending *pending;

	if (explained->shimmed[(size_t)pid % SHIMMED_MAX] != pid || !is_hooked(request->call))
		return false;
	pending = pending_of(explained, tid);
	if (pending) { /* a raw call left it there */
		write_line(pending->fd, pending->text, pending->len);
		pending_drop(explained, pending);
	}
	pending = pending_of(explained, 0);
	if (!pending)
		return false;
	pending->tid = tid;
	pending->fd = fd;
	pending->since_ms = now_ms();
	pending->len = len;
	memcpy(pending->text, text, len);
	explained->pending_count++;
	(void)pthread_cond_signal(&explained->noted);
	return true;
}

/* The lock is held. */
static void keep(struct explained *explained, const char *text, size_t len)
{
	(void)snprintf(explained->last[explained->last_count++ % LAST_MAX], WIRE_EXPLAIN_SIZE,
		       "%.*s", (int)len, text);
}

void explained_keep(struct explained *explained, const char *text, size_t len)
{
	(void)pthread_mutex_lock(&explained->lock);
	keep(explained, text, len);
	(void)pthread_mutex_unlock(&explained->lock);
}

void explained_note(struct explained *explained, struct request *request, const char *rule,
		    const char *target, const char *text, size_t len)
{
	uint64_t key = key_of(request_pid(request), rule, target);
	uint64_t *told = &explained->told[key % TOLD_MAX];
	int fd = -1;

	if (len > WIRE_EXPLAIN_SIZE)
		len = WIRE_EXPLAIN_SIZE;
	(void)pthread_mutex_lock(&explained->lock);
	if (*told != key) {
		*told = key;
		keep(explained, text, len);
		/* One that was let go on, or was killed, does not wait for a line. */
		fd = request_is_alive(request) ? request_dup(request, STDERR_FILENO) : -ESRCH;
		if (!leave_to_shim(explained, request, fd, text, len) && fd >= 0) {
			write_line(fd, text, len);
			(void)close(fd);
		}
	}
	(void)pthread_mutex_unlock(&explained->lock);
}

size_t explained_last(struct explained *explained, char (*texts)[WIRE_EXPLAIN_SIZE], size_t max)
{
	size_t count;

	(void)pthread_mutex_lock(&explained->lock);
	count = explained->last_count < max ? explained->last_count : max;
	if (count > LAST_MAX)
		count = LAST_MAX;
	for (size_t i = 0; i < count; i++)
		memcpy(texts[i], explained->last[(explained->last_count - count + i) % LAST_MAX],
		       WIRE_EXPLAIN_SIZE);
	(void)pthread_mutex_unlock(&explained->lock);
	return count;
}

int64_t explained_answer(struct explained *explained, struct request *request)
{
	char text[WIRE_EXPLAIN_SIZE];
	struct pending *pending;
	size_t len = 0;
	int r;

	(void)pthread_mutex_lock(&explained->lock);
	pending = pending_of(explained, request->tid);
	if (pending) {
		len = pending->len;
		memcpy(text, pending->text, len);
		pending_drop(explained, pending);
	}
	(void)pthread_mutex_unlock(&explained->lock);
	if (len > request->args[1])
		len = request->args[1];
	r = request_write(request, request->args[0], text, len);
	return r < 0 ? r : (int64_t)len;
}
