/* SPDX-License-Identifier: MIT */
/*
 * What the calls on shared memory, semaphores, queues and other processes answer, with odd arguments. Prints a line
 * for each; to be compared with what it prints bare. What it makes is gone at the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BAD ((void *)8)

static key_t key; /* of this run's folder: nobody else's */

/* A call by its own text. */
#define TRY(call) show(#call, (long)(call))

static long show(const char *what, long result)
{
	(void)printf("%s = %s\n", what, result < 0 ? strerrorname_np(errno) : "done");
	return result;
}

static void queue_of(const char *name)
{
	const struct mq_attr good = { .mq_maxmsg = 4, .mq_msgsize = 64 };
	const struct mq_attr none = { .mq_msgsize = 64 };
	const struct mq_attr huge = { .mq_maxmsg = 1000000, .mq_msgsize = 1 << 30 };
	const int opening = O_RDWR | O_CREAT;

	TRY(syscall(SYS_mq_open, name, O_RDWR, 0, NULL));
	TRY(syscall(SYS_mq_unlink, name));
	TRY(syscall(SYS_mq_open, name, opening, 0600, &none));
	TRY(syscall(SYS_mq_open, name, opening, 0600, &huge));
	TRY(syscall(SYS_mq_open, name, opening, 0600, BAD));
	TRY(syscall(SYS_mq_open, name, opening, 0600, &good));
	TRY(syscall(SYS_mq_open, name, opening, 0600, NULL));
	TRY(syscall(SYS_mq_open, name, opening | O_EXCL, 0600, &good));
	TRY(syscall(SYS_mq_open, name, 3, 0, NULL));
	TRY(syscall(SYS_mq_open, name, O_WRONLY | O_NONBLOCK, 0, NULL));
	TRY(syscall(SYS_mq_unlink, name));
	TRY(syscall(SYS_mq_open, name, O_RDWR, 0, NULL));
	TRY(syscall(SYS_mq_unlink, name));
}

static void named_queues(void)
{
	char own[32], slashed[40], long_name[300];
	const struct {
		const char *what, *name;
	} rows[] = {
		{ "own", own },		{ "empty", "" },	{ "folder", "a/b" },
		{ "slashed", slashed }, { "absolute", "/own" }, { "dot", "." },
		{ "dots", ".." },	{ "long", long_name },	{ "bad", BAD },
		{ "NULL", NULL },
	};

	(void)snprintf(own, sizeof(own), "agentos-%x", (unsigned)key);
	(void)snprintf(slashed, sizeof(slashed), "%s/", own);
	memset(long_name, 'q', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	for (size_t i = 0; i < COUNT(rows); i++) {
		(void)printf("-- queue %s\n", rows[i].what);
		queue_of(rows[i].name);
	}
}

static const int flag_rows[] = { 0600, IPC_CREAT | 0600, IPC_CREAT | IPC_EXCL | 0600,
				 IPC_EXCL | 0600, IPC_CREAT | 0644 };

static void memory(key_t which, size_t size, int flags)
{
	int id = (int)TRY(shmget(which, size, flags));
	void *at;

	if (id < 0)
		return;
	TRY(shmget(which, size + 4096, flags));
	TRY(shmget(which, size, flags | IPC_CREAT | IPC_EXCL));
	at = shmat(id, NULL, 0);
	TRY((intptr_t)at == -1 ? -1 : 0);
	TRY((intptr_t)shmat(id, (void *)1, 0) == -1 ? -1 : 0);
	TRY(shmctl(id, IPC_STAT, BAD));
	TRY(shmctl(id, 99, NULL));
	TRY(shmctl(id, IPC_RMID, NULL));
	TRY(shmdt(at));
	TRY(shmctl(id, IPC_RMID, NULL));
}

static void semaphores(key_t which, int count, int flags)
{
	struct sembuf up = { 0, 1, 0 }, far = { 9, 1, 0 };
	int id = (int)TRY(semget(which, count, flags));

	if (id < 0)
		return;
	TRY(semget(which, count + 1, flags));
	TRY(semop(id, &up, 1));
	TRY(semop(id, &far, 1));
	TRY(semop(id, &up, 0));
	TRY(semop(id, BAD, 1));
	TRY(semctl(id, 0, GETVAL));
	TRY(semctl(id, 77, GETVAL));
	TRY(semctl(id, 0, 77));
	TRY(semctl(id, 0, IPC_RMID));
	TRY(semctl(id, 0, IPC_RMID));
	TRY(semop(id, &up, 1));
}

static void queue(key_t which, int flags)
{
	struct {
		long type;
		char text[8];
	} message = { 1, "x" }, untyped = { 0, "x" };
	int id = (int)TRY(msgget(which, flags));

	if (id < 0)
		return;
	TRY(msgsnd(id, &message, 8, 0));
	TRY(syscall(SYS_msgsnd, id, &message, -1L, 0));
	TRY(msgsnd(id, &untyped, 8, 0));
	TRY(syscall(SYS_msgsnd, id, BAD, 8L, 0));
	TRY(msgrcv(id, &message, 2, 0, 0));
	TRY(msgrcv(id, &message, 8, 0, 0));
	TRY(msgrcv(id, &message, 8, 0, IPC_NOWAIT));
	TRY(msgctl(id, 99, NULL));
	TRY(msgctl(id, IPC_RMID, NULL));
	TRY(msgctl(id, IPC_RMID, NULL));
	TRY(msgsnd(id, &message, 8, 0));
}

static void objects(void)
{
	static const size_t sizes[] = { 0, 1, 4096, (size_t)1 << 60 };

	for (int private = 0; private < 2; private ++)
		for (size_t i = 0; i < COUNT(flag_rows); i++) {
			key_t which = private ? IPC_PRIVATE : key;

			(void)printf("-- objects %d, flags %o\n", private, flag_rows[i]);
			for (size_t j = 0; j < COUNT(sizes); j++)
				memory(which, sizes[j], flag_rows[i]);
			semaphores(which, 0, flag_rows[i]);
			semaphores(which, -1, flag_rows[i]);
			semaphores(which, 2, flag_rows[i]);
			queue(which, flag_rows[i]);
		}
	(void)printf("-- no objects\n");
	TRY((intptr_t)shmat(-1, NULL, 0) == -1 ? -1 : 0);
	TRY(shmctl(-1, IPC_STAT, NULL));
	TRY(syscall(SYS_semop, -1, NULL, 1L));
	TRY(semctl(-1, 0, GETVAL));
	TRY(syscall(SYS_msgsnd, -1, NULL, 1L, 0));
	TRY(syscall(SYS_msgrcv, -1, NULL, 1L, 0, 0));
	TRY(msgctl(-1, IPC_RMID, NULL));
}

static void processes(void)
{
	struct rlimit limit;
	const int nobody = 99999999;

	(void)printf("-- processes\n");
	TRY(syscall(SYS_prlimit64, 0, 99, NULL, &limit));
	TRY(syscall(SYS_prlimit64, getpid(), RLIMIT_NOFILE, NULL, &limit));
	TRY(syscall(SYS_prlimit64, getpid(), RLIMIT_NOFILE, BAD, &limit));
	TRY(syscall(SYS_prlimit64, nobody, RLIMIT_NOFILE, NULL, &limit));
	TRY(syscall(SYS_prlimit64, -1, RLIMIT_NOFILE, NULL, &limit));
	TRY(setpriority(PRIO_PROCESS, 0, 1));
	TRY(setpriority(PRIO_PROCESS, (id_t)getpid(), 1));
	TRY(setpriority(PRIO_PROCESS, (id_t)nobody, 1));
	TRY(setpriority(PRIO_PROCESS, (id_t)-1, 1));
	TRY(syscall(SYS_setpriority, 77, 0, 1));
	TRY(syscall(SYS_setpriority, -1, 0, 1));
	TRY(syscall(SYS_ioprio_set, 9, 0, 0));
	TRY(syscall(SYS_ioprio_set, 1, nobody, 0));
	TRY(syscall(SYS_ioprio_set, 1, -1, 0));
	TRY(syscall(SYS_sched_setaffinity, 0, 0L, NULL));
	TRY(syscall(SYS_sched_setaffinity, nobody, 8L, &limit));
	TRY(syscall(SYS_sched_setscheduler, nobody, 0, &limit));
	TRY(syscall(SYS_sched_setscheduler, -1, 0, &limit));
	TRY(syscall(SYS_sched_setparam, -1, &limit));
	TRY(syscall(SYS_memfd_create, BAD, 0));
	TRY(syscall(SYS_memfd_create, "memory", 0x1000));
}

int main(void)
{
	struct stat here;

	(void)close_range(3, ~0U, 0);
	if (stat(".", &here) < 0)
		return 1;
	key = (key_t)(0x5a000000 | (here.st_ino & 0xffffff));
	named_queues();
	objects();
	processes();
	return 0;
}
