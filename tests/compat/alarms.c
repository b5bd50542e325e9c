/* SPDX-License-Identifier: MIT */
/*
 * Eight threads open, create, rename and remove files while SIGALRM fires every millisecond. No
 * call may fail, be lost or be made twice: the kernel makes all of these without interruption, also
 * without SA_RESTART (`alarms interrupt`).
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#define THREADS 8
#define ROUNDS 200

static atomic_uint alarms, failures;

static void count_alarm(int signal)
{
	(void)signal;
	atomic_fetch_add(&alarms, 1);
}

static void judge(int result, const char *what, const char *name)
{
	if (result >= 0)
		return;
	atomic_fetch_add(&failures, 1);
	fprintf(stderr, "%s '%s': %s\n", what, name, strerror(errno));
}

static void one_round(int thread, int round)
{
	char name[32], next[40];
	int fd;

	snprintf(name, sizeof(name), "t%d-%d", thread, round);
	snprintf(next, sizeof(next), "%s-next", name);
	fd = open(name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
	judge(fd, "create", name);
	if (fd >= 0)
		close(fd);
	judge(rename(name, next), "rename", name);
	fd = open(next, O_RDONLY | O_CLOEXEC);
	judge(fd, "open", next);
	if (fd >= 0)
		close(fd);
	judge(unlink(next), "unlink", next);
	judge(mkdir(name, 0755), "mkdir", name);
	judge(rmdir(name), "rmdir", name);
}

static void *run_thread(void *at)
{
	int thread = *(int *)at;

	for (int round = 0; round < ROUNDS; round++)
		one_round(thread, round);
	return NULL;
}

int main(int argc, char **argv)
{
	bool restart = argc < 2 || strcmp(argv[1], "interrupt") != 0;
	struct sigaction action = {
		.sa_handler = count_alarm,
		.sa_flags = restart ? SA_RESTART : 0,
	};
	struct itimerval every_ms = { { 0, 1000 }, { 0, 1000 } };
	pthread_t threads[THREADS];
	int numbers[THREADS];

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &every_ms, NULL);
	for (int i = 0; i < THREADS; i++) {
		numbers[i] = i;
		if (pthread_create(&threads[i], NULL, run_thread, &numbers[i]) != 0)
			return 1;
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	printf("failures %u, alarms %s\n", atomic_load(&failures),
	       atomic_load(&alarms) > 10 ? "many" : "few");
	return atomic_load(&failures) > 0;
}
