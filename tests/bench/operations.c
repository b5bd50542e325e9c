/* SPDX-License-Identifier: MIT */
/*
 * operations NAME COUNT - make one operation so many times, in the current folder, and print the median time
 *     of one, in microseconds
 * operations - the names, one a line
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define THREADS 4

extern char **environ;

static struct sockaddr_in listener = { .sin_family = AF_INET };

static int64_t now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static bool do_getppid(void)
{
	return getppid() > 0;
}

static bool do_stat(void)
{
	struct stat st;

	return stat("file", &st) == 0;
}

static bool do_open(void)
{
	int fd = open("file", O_RDONLY | O_CLOEXEC);

	return fd >= 0 && close(fd) == 0;
}

static bool do_open_system(void)
{
	int fd = open("/usr/bin/env", O_RDONLY | O_CLOEXEC);

	return fd >= 0 && close(fd) == 0;
}

static bool do_write(void)
{
	int fd = open("new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool done = fd >= 0 && write(fd, "text", 4) == 4;

	return fd >= 0 && close(fd) == 0 && done;
}

static bool do_create(void)
{
	int fd = open("other", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	return fd >= 0 && close(fd) == 0 && unlink("other") == 0;
}

static bool do_rename(void)
{
	return rename("file", "moved") == 0 && rename("moved", "file") == 0;
}

static bool do_refused(void)
{
	int fd = open("/etc/shadow", O_RDONLY | O_CLOEXEC);

	return fd < 0 || close(fd) == 0;
}

static bool do_connect(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool done = connect(fd, (struct sockaddr *)&listener, sizeof(listener)) == 0;

	return close(fd) == 0 && done;
}

static bool do_spawn(void)
{
	char *argv[] = { (char *)(uintptr_t) "true", NULL };
	pid_t pid;
	int status;

	return posix_spawn(&pid, "/bin/true", NULL, NULL, argv, environ) == 0 &&
	       waitpid(pid, &status, 0) == pid && status == 0;
}

static const struct operation {
	const char *name;
	bool (*function)(void);
	bool in_threads;
} operations[] = {
	{ "getppid", do_getppid, false },	   { "stat", do_stat, false },
	{ "open-close", do_open, false },	   { "open-close-system", do_open_system, false },
	{ "open-close-4-threads", do_open, true }, { "open-write-close", do_write, false },
	{ "create-unlink", do_create, false },	   { "rename-twice", do_rename, false },
	{ "open-refused", do_refused, false },	   { "connect-loopback", do_connect, false },
	{ "spawn-wait", do_spawn, false },
};

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

struct series {
	const struct operation *operation;
	size_t count;
	int64_t *times;
	bool failed;
};

static void *measure(void *data)
{
	struct series *series = data;

	for (size_t i = 0; i < series->count && !series->failed; i++) {
		int64_t start = now_ns();

		series->failed = !series->operation->function();
		series->times[i] = now_ns() - start;
	}
	return NULL;
}

static int run(const struct operation *operation, size_t count)
{
	int64_t *times = calloc(count * THREADS, sizeof(*times));
	size_t threads = operation->in_threads ? THREADS : 1;
	struct series series[THREADS];
	pthread_t ids[THREADS];
	bool failed = !times;

	for (size_t i = 0; i < threads && !failed; i++) {
		series[i] = (struct series){ operation, count, times + i * count, false };
		failed = pthread_create(&ids[i], NULL, measure, &series[i]) != 0;
	}
	for (size_t i = 0; i < threads && !failed; i++) {
		(void)pthread_join(ids[i], NULL);
		failed = series[i].failed;
	}
	if (failed) {
		perror(operation->name);
		return 1;
	}
	qsort(times, count * threads, sizeof(*times), compare);
	(void)printf("%.2f\n", (double)times[count * threads / 2] / 1000);
	free(times);
	return 0;
}

/* What the operations need: a file, and somebody who listens. */
static bool prepare(void)
{
	int fd = open("file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	int peer = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t size = sizeof(listener);

	listener.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return fd >= 0 && close(fd) == 0 && peer >= 0 &&
	       bind(peer, (struct sockaddr *)&listener, sizeof(listener)) == 0 &&
	       listen(peer, 4096) == 0 &&
	       getsockname(peer, (struct sockaddr *)&listener, &size) == 0;
}

int main(int argc, char **argv)
{
	long count = argc == 3 ? strtol(argv[2], NULL, 10) : 0;

	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		if (argc == 1)
			(void)puts(operations[i].name);
		else if (strcmp(operations[i].name, argv[1]) == 0 && count > 0)
			return prepare() ? run(&operations[i], (size_t)count) : 1;
	}
	return argc == 1 ? 0 : 2;
}
