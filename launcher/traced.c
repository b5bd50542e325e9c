/* SPDX-License-Identifier: MIT */
/*
 * When an execution that we do not see has ended can only be guessed from outside: the thread is
 * gone, runs another program, or waits in another call.
 */
#include "launcher/traced.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#include "launcher/procfile.h"

#define UNDER_WAY_MAX 64
#define PATIENCE_MS 200
#define NOEXEC_SEAL 0x0008U /* MFD_NOEXEC_SEAL, Linux 6.3 */

struct execution {
	pid_t tid; /* 0: free */
	dev_t dev; /* of the program that it runs so far */
	ino_t inode;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct execution under_way[UNDER_WAY_MAX];
static bool memory_program_made;

static bool program_of(pid_t tid, struct stat *out)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/exe", tid);
	return stat(path, out) == 0;
}

/* Whether the thread waits in a call that is no execution: its number stands first (proc(5)). */
static bool is_elsewhere(pid_t tid)
{
	char text[64];
	long number;

	if (procfile_read(tid, "syscall", text, sizeof(text)) <= 0 || text[0] < '0' ||
	    text[0] > '9')
		return false;
	number = strtol(text, NULL, 10);
	return number != SYS_execve && number != SYS_execveat;
}

static bool has_ended(const struct execution *execution)
{
	struct stat st;

	return !program_of(execution->tid, &st) || st.st_dev != execution->dev ||
	       st.st_ino != execution->inode || is_elsewhere(execution->tid);
}

/* Frees what has ended. Return: how many are left. */
static size_t sweep(void)
{
	size_t left = 0;

	for (size_t i = 0; i < UNDER_WAY_MAX; i++) {
		if (under_way[i].tid && has_ended(&under_way[i]))
			under_way[i].tid = 0;
		left += under_way[i].tid != 0;
	}
	return left;
}

static bool note(pid_t tid)
{
	struct stat st;

	if (!program_of(tid, &st))
		return false;
	for (size_t i = 0; i < UNDER_WAY_MAX; i++) {
		if (under_way[i].tid && under_way[i].tid != tid)
			continue;
		under_way[i] = (struct execution){ tid, st.st_dev, st.st_ino };
		return true;
	}
	return false;
}

bool traced_begin(struct request *request)
{
	bool may;

	(void)pthread_mutex_lock(&lock);
	(void)sweep();
	may = !memory_program_made && note(request->tid);
	(void)pthread_mutex_unlock(&lock);
	return may;
}

int64_t traced_memfd(struct request *request)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	size_t left = 1;

	/* Safe: the flags are in a register; nothing that is granted depends on the name. */
	if (request->args[1] & NOEXEC_SEAL)
		return REQUEST_CONTINUE;
	(void)pthread_mutex_lock(&lock);
	memory_program_made = true; /* from here on no traced execution begins */
	for (int i = 0; i < PATIENCE_MS && (left = sweep()) > 0; i++) {
		(void)pthread_mutex_unlock(&lock);
		(void)nanosleep(&pause, NULL);
		(void)pthread_mutex_lock(&lock);
	}
	(void)pthread_mutex_unlock(&lock);
	return left == 0 ? REQUEST_CONTINUE : -ENFILE; /* safe: as above */
}
