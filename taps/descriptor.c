/* SPDX-License-Identifier: MIT */
#include "taps/descriptor.h"

#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/wire.h"
#include "shim/hook.h"
#include "shim/raw.h"
#include "taps/tap.h"

_Atomic uint8_t descriptor_classes[DESCRIPTORS_MAX];
_Atomic unsigned taps_wanted;

/* An inherited connection has a small number: dup2 and the shells put it there. */
#define INHERITED_MAX 1024
#define INHERITED_PIPES_MAX 64

/* On a page that fork(2) wipes and vfork(2) does not; NULL: there is none. */
static _Atomic pid_t *owner;

static void owner_start(void)
{
	int kept = errno;
	void *page = mmap(NULL, sizeof(*owner), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);

	if (page != MAP_FAILED && madvise(page, sizeof(*owner), MADV_WIPEONFORK) == 0)
		owner = page;
	errno = kept;
}

/*
 * Whether this memory is another process's: a child of vfork has descriptors of its own and the
 * table of its parent. What it closes, its parent has still.
 */
static bool is_borrowed(void)
{
	pid_t self, nobody = 0;

	if (!owner)
		return true;
	self = (pid_t)raw_call(SYS_getpid, 0, 0, 0, 0, 0);
	return !atomic_compare_exchange_strong(owner, &nobody, self) && nobody != self;
}

/* Before a child of vfork can take it for its own. */
static void own(void)
{
	(void)is_borrowed();
}

void descriptor_set(int fd, enum descriptor_class class)
{
	if (class == DESCRIPTOR_FREE && (descriptor_class(fd) == DESCRIPTOR_FREE || is_borrowed()))
		return;
	if ((unsigned)fd < DESCRIPTORS_MAX)
		atomic_store_explicit(&descriptor_classes[fd], (uint8_t) class,
				      memory_order_relaxed);
}

void descriptor_learn(int fd)
{
	long result;

	if (!descriptor_wants(WIRE_TAP_STREAMS))
		return;
	result = tap_call(WIRE_TAP_DESCRIPTOR, fd, 0, 0, 0);
	if (!is_borrowed())
		reply_drop(reply_owner(fd));
	descriptor_set(fd, result == 0 ? DESCRIPTOR_FREE : DESCRIPTOR_CONCERNED);
}

void descriptor_forget(int fd)
{
	if ((unsigned)fd >= DESCRIPTORS_MAX || descriptor_class(fd) == DESCRIPTOR_FREE ||
	    is_borrowed())
		return;
	reply_drop(reply_owner(fd));
	descriptor_set(fd, DESCRIPTOR_FREE);
}

void descriptor_pipe(int fd)
{
	if (descriptor_wants(WIRE_TAP_PIPES))
		descriptor_set(fd, DESCRIPTOR_PIPE);
}

void descriptor_pair(const int fds[2])
{
	if (!descriptor_wants(WIRE_TAP_PIPES))
		return;
	(void)tap_call(WIRE_TAP_PAIR, fds[0], fds[1], 0, 0);
	descriptor_pipe(fds[0]);
	descriptor_pipe(fds[1]);
}

/* The supervisor knows whether it was refused, and the answer stays with the first. */
void descriptor_copy(int from, int to)
{
	enum descriptor_class class = descriptor_class(from);

	if (class == DESCRIPTOR_PIPE && (to == STDOUT_FILENO || to == STDERR_FILENO))
		class = DESCRIPTOR_FREE; /* what is printed is not seen, and is no call of a tool */
	descriptor_set(to, class == DESCRIPTOR_CUT ? DESCRIPTOR_CONCERNED : class);
}

/* What was inherited above the standard descriptors, and may lead to another process. */
static void learn_pipes(void)
{
	for (int fd = STDERR_FILENO + 1; fd < INHERITED_PIPES_MAX; fd++) {
		struct stat st;
		int kept = errno;

		if (fstat(fd, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)) &&
		    descriptor_class(fd) == DESCRIPTOR_FREE)
			descriptor_pipe(fd);
		errno = kept;
	}
}

static void learn_inherited(void)
{
	for (int fd = 0; fd < INHERITED_MAX; fd++)
		descriptor_learn(fd);
	/* The rest are asked about when they are used. */
	for (int fd = INHERITED_MAX; fd < DESCRIPTORS_MAX; fd++)
		descriptor_set(fd, DESCRIPTOR_CONCERNED);
}

__attribute__((constructor)) static void start(void)
{
	long wanted = tap_call(WIRE_TAP_HELLO, WIRE_TAP_VERSION, 0, 0, 0);

	next_find_all();
	if (wanted <= 0)
		return;
	owner_start();
	own();
	(void)pthread_atfork(NULL, NULL, own);
	atomic_store(&taps_wanted, (unsigned)wanted);
	if (wanted & WIRE_TAP_INHERITED)
		learn_inherited();
	if (wanted & WIRE_TAP_PIPES)
		learn_pipes();
}
