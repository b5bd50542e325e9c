/* SPDX-License-Identifier: MIT */
/*
 * For test programs that race: make a call again and again while its argument flips between what is
 * granted and what is not.
 *
 *     PROGRAM RACE SHARER MS PEER
 *
 * SHARER flips: "thread", or "process" (a child, through a page that both map), or "vm" (a child in
 * the same memory), or "writer" (a child, through /proc/PID/mem). What was read is printed, and "harm"
 * when the kernel itself says that something forbidden happened: all else an outsider has to say.
 * Then, as an error, "granted N refused M failed K", with "missing" where the kernel has no such call.
 *
 * Without arguments: the races, one a line, "RACE SCENE PEER SHARERS": what the working folder must
 * contain, and whom PEER has to name ("-": nothing of its own, nobody). The program defines them.
 */
#ifndef AGENTOS_TESTS_SUPPORT_RACING_H
#define AGENTOS_TESTS_SUPPORT_RACING_H

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define STACK_SIZE 65536
#define FLIPS_BETWEEN 40 /* pauses between two flips, so that each side is met */
#define FLIP_FD 100	 /* a number that stands for one thing, then for another */

/* Who may flip it: memory by all, names by other processes too, descriptors by who shares them. */
#define MEMORY "thread process vm writer"
#define NAMES "thread process"
#define SHARED "thread vm"

struct race {
	const char *name;
	const char *path;	/* what page->path begins with */
	bool (*call)(void);	/* whether it was granted; errno of the call, or 0, when not */
	void (*flip)(int side); /* 0: granted, 1: not */
	const char *sharers;	/* those that can */
	const char *scene, *peer;
	long number; /* of a race that is nothing but a system call, with @args */
	intptr_t args[6];
	unsigned needs;
};

/* What flips: on a page that all sharers see. */
struct page {
	char path[64];
	atomic_bool over;
};

static const struct race *race;
static struct page *page;
static int memory_fd = -1; /* of the process that calls, when a writer flips */

static inline void *shared_memory(size_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static inline void poke(void *at, const void *bytes, size_t len)
{
	if (memory_fd >= 0) {
		(void)!pwrite(memory_fd, bytes, len, (off_t)(uintptr_t)at);
		return;
	}
	for (size_t i = 0; i < len; i++)
		((volatile char *)at)[i] = ((const char *)bytes)[i];
}

static inline void flip_path(int side)
{
	poke(page->path, side ? "1" : "0", 1);
}

static inline void flip_to(int fd)
{
	(void)dup2(fd, FLIP_FD);
	(void)close(fd);
}

static inline void flip_folder(int side)
{
	flip_to(open(side ? "1" : "0", O_PATH));
}

static inline void print_harm(void)
{
	(void)!write(STDOUT_FILENO, "harm\n", 5);
}

static inline bool print_and_close(int fd)
{
	char text[256];
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text));

	if (len > 0)
		(void)!write(STDOUT_FILENO, text, (size_t)len);
	return fd >= 0 && close(fd) == 0;
}

static inline int flip_all(void *unused)
{
	(void)unused;
	for (int side = 1; !atomic_load(&page->over); side = !side) {
		race->flip(side);
		for (int i = 0; i < FLIPS_BETWEEN; i++)
			__asm__ volatile("" ::: "memory");
	}
	return 0;
}

static inline void *flip_in_thread(void *unused)
{
	(void)flip_all(unused);
	return NULL;
}

static inline bool sharer_start(const char *sharer)
{
	static char stack[STACK_SIZE] __attribute__((aligned(16)));
	pthread_t thread;

	if (strcmp(sharer, "thread") == 0)
		return pthread_create(&thread, NULL, flip_in_thread, NULL) == 0;
	if (strcmp(sharer, "vm") == 0)
		return clone(flip_all, stack + sizeof(stack),
			     CLONE_VM | CLONE_FILES | CLONE_FS | SIGCHLD, NULL) > 0;
	if (strcmp(sharer, "writer") == 0)
		memory_fd = open("/proc/self/mem", O_RDWR);
	if (fork() == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(flip_all(NULL));
	}
	return true;
}

static inline long now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static inline void race_run(long ms)
{
	unsigned granted = 0, refused = 0, failed = 0;
	bool missing = false;

	for (long end = now_ms() + ms; now_ms() < end;) {
		errno = 0;
		if (race->call())
			granted++;
		else if (errno == 0 || errno == EACCES || errno == EPERM)
			refused++;
		else
			failed++;
		missing |= errno == ENOSYS || errno == EOPNOTSUPP;
	}
	atomic_store(&page->over, true);
	(void)fprintf(stderr, "granted %u refused %u failed %u%s\n", granted, refused, failed,
		      missing && granted + refused == 0 ? " missing" : "");
}

/** race_main() - @prepare: the program's own, before anybody flips; false when it fails. */
static inline int race_main(const struct race *races, size_t count,
			    bool (*prepare)(const char *peer), int argc, char **argv)
{
	for (size_t i = 0; argc == 1 && i < count; i++)
		(void)printf("%s %s %s %s\n", races[i].name, races[i].scene ? races[i].scene : "-",
			     races[i].peer ? races[i].peer : "-", races[i].sharers);
	for (size_t i = 0; argc == 5 && i < count; i++)
		if (strcmp(races[i].name, argv[1]) == 0)
			race = &races[i];
	if (!race)
		return argc == 1 ? 0 : 2;
	page = shared_memory(sizeof(*page));
	(void)snprintf(page->path, sizeof(page->path), "%s", race->path ? race->path : "");
	flip_to(open("0", O_PATH));
	if (!prepare(argv[4]) || !sharer_start(argv[2]))
		return 2;
	race_run(atol(argv[3]));
	return 0;
}

#endif
