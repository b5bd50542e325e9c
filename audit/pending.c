/* SPDX-License-Identifier: MIT */
#include "audit/pending.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/schema.h"
#include "audit/state.h"
#include "common/clean.h"

#define HEAD_SIZE 4096
#define RING_SIZE (2 << 20)
#define FILE_SIZE (HEAD_SIZE + RING_SIZE)
#define SKIP UINT32_MAX /* in place of a table */
#define VERSION 1

static const char magic[16] = "agentos pending";

struct head {
	char magic[16];
	uint32_t version, ring_size;
	unsigned char id[SCHEMA_ID_SIZE];
	/* Positions. A row is written whole before @end passes it, so that a killed writer leaves none by half. */
	_Atomic uint64_t start, end;
	char run[PENDING_RUN_SIZE], agent[PENDING_AGENT_SIZE];
};

_Static_assert(sizeof(struct head) <= HEAD_SIZE, "the head has its room");

struct pending {
	int fd; /* owned; holds the lock */
	struct head *head;
	unsigned char *ring;
	char path[PATH_MAX];
};

static bool name_is_plain(const char *run)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	size_t len = strlen(run);

	return len > 0 && len < PENDING_RUN_SIZE && strspn(run, plain) == len;
}

static int path_of(const char *database, const char *run, char *path)
{
	int len = snprintf(path, PATH_MAX, "%s-pending-%s", database, run);

	return len < PATH_MAX ? 0 : -ENAMETOOLONG;
}

static int map(struct pending *pending)
{
	void *at = mmap(NULL, FILE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, pending->fd, 0);

	if (at == MAP_FAILED)
		return -errno;
	pending->head = at;
	pending->ring = (unsigned char *)at + HEAD_SIZE;
	return 0;
}

/* Some file systems cannot allocate ahead: there the C library writes zeros. */
static int space_make(int fd)
{
	int r;

	do
		r = posix_fallocate(fd, 0, FILE_SIZE);
	while (r == EINTR);
	return -r;
}

static void head_make(struct head *head, const unsigned char *id, const char *run,
		      const char *agent)
{
	(void)snprintf(head->run, sizeof(head->run), "%s", run);
	(void)snprintf(head->agent, sizeof(head->agent), "%s", agent);
	memcpy(head->id, id, SCHEMA_ID_SIZE);
	head->version = VERSION;
	head->ring_size = RING_SIZE;
	memcpy(head->magic, magic, sizeof(magic));
}

/* It gets its name when it is locked and whole: whoever finds it unlocked takes it for a dead one's. */
static int make(struct pending *pending, const char *database, const unsigned char *id,
		const char *run, const char *agent)
{
	char name[PATH_MAX + 16];
	int r;

	(void)snprintf(name, sizeof(name), "%s-new-XXXXXX", database);
	pending->fd = mkostemp(name, O_CLOEXEC); /* 0600 */
	if (pending->fd < 0)
		return -errno;
	r = flock(pending->fd, LOCK_EX | LOCK_NB) < 0 ? -errno : space_make(pending->fd);
	if (r == 0)
		r = map(pending);
	if (r == 0) {
		head_make(pending->head, id, run, agent);
		r = access(pending->path, F_OK) == 0 ? -EEXIST
						     : state_name_file(name, pending->path);
	}
	(void)unlink(name);
	return r;
}

int pending_create(const char *database, const unsigned char *id, const char *run,
		   const char *agent, struct pending **out, struct fault *fault)
{
	struct pending *pending = calloc(1, sizeof(*pending));
	int r = -ENOMEM;

	if (pending) {
		pending->fd = -1;
		r = name_is_plain(run) ? path_of(database, run, pending->path) : -EINVAL;
	}
	if (r == 0)
		r = make(pending, database, id, run, agent);
	if (r < 0) {
		(void)fault_set(fault, r, "cannot make a file beside the recorder: '%s': %s",
				pending ? pending->path : run, strerror(-r));
		pending_close(pending, false);
		return r;
	}
	*out = pending;
	return 0;
}

/* Whether it is what pending_create() makes. */
static bool is_sound(const struct head *head, const unsigned char *id)
{
	return memcmp(head->magic, magic, sizeof(magic)) == 0 && head->version == VERSION &&
	       head->ring_size == RING_SIZE && memcmp(head->id, id, SCHEMA_ID_SIZE) == 0 &&
	       head->start <= head->end && head->end - head->start <= RING_SIZE &&
	       head->end % 8 == 0 && head->start % 8 == 0 &&
	       memchr(head->run, '\0', sizeof(head->run)) &&
	       memchr(head->agent, '\0', sizeof(head->agent));
}

static int open_left(struct pending *pending, const unsigned char *id)
{
	struct stat st;
	int r;

	pending->fd = open(pending->path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (pending->fd < 0 || fstat(pending->fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || st.st_mode & (S_IWGRP | S_IWOTH))
		return -EINVAL;
	if (flock(pending->fd, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	/* Somebody else may have recovered and removed it meanwhile. */
	if (fstat(pending->fd, &st) < 0 || st.st_nlink == 0)
		return -ENOENT;
	if (st.st_size != FILE_SIZE)
		return -EINVAL;
	r = map(pending);
	if (r < 0)
		return r;
	return is_sound(pending->head, id) ? 0 : -EINVAL;
}

int pending_open(const char *path, const unsigned char *id, struct pending **out)
{
	struct pending *pending = calloc(1, sizeof(*pending));
	int r;

	if (!pending)
		return -ENOMEM;
	pending->fd = -1;
	(void)snprintf(pending->path, sizeof(pending->path), "%s", path);
	r = open_left(pending, id);
	if (r < 0)
		pending_close(pending, false);
	else
		*out = pending;
	return r;
}

void pending_close(struct pending *pending, bool remove)
{
	if (!pending)
		return;
	if (remove)
		(void)unlink(pending->path);
	if (pending->head)
		(void)munmap(pending->head, FILE_SIZE);
	if (pending->fd >= 0)
		(void)close(pending->fd);
	free(pending);
}

bool pending_is_locked(const char *database, const char *run)
{
	char path[PATH_MAX];
	CLEAN_FD int fd = -1;

	if (!name_is_plain(run) || path_of(database, run, path) < 0)
		return false;
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	return fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

const char *pending_run(const struct pending *pending)
{
	return pending->head->run;
}

const char *pending_agent(const struct pending *pending)
{
	return pending->head->agent;
}

struct pending_row *pending_at(const struct pending *pending, uint64_t position)
{
	return (struct pending_row *)(void *)(pending->ring + position % RING_SIZE);
}

static uint64_t left_of_ring(uint64_t position)
{
	return RING_SIZE - position % RING_SIZE;
}

/* What guards against a power cut, after which pages of the file may be of different ages. */
static uint64_t sum_of(const struct pending_row *row)
{
	static const unsigned char key[crypto_shorthash_KEYBYTES] = "agentos pending";
	unsigned char out[crypto_shorthash_BYTES];
	uint64_t sum;

	(void)crypto_shorthash(out, row->bytes, row->length, key);
	memcpy(&sum, out, sizeof(sum));
	return sum ^ ((uint64_t)row->table << 32 | row->length);
}

/* Makes the rest of the ring a gap when @size bytes do not fit there. Return: whether there is room. */
static bool room_make(struct pending *pending, size_t size)
{
	struct head *head = pending->head;
	uint64_t end = head->end;
	uint64_t left = left_of_ring(end);
	uint64_t needed = size <= left ? size : left + size;

	if (needed > RING_SIZE - (end - head->start))
		return false;
	if (size <= left)
		return true;
	if (left >= sizeof(struct pending_row)) {
		struct pending_row *gap = pending_at(pending, end);

		*gap = (struct pending_row){ .size = (uint32_t)left, .table = SKIP };
		gap->sum = sum_of(gap);
	}
	atomic_store_explicit(&head->end, end + left, memory_order_release);
	return true;
}

struct pending_row *pending_put(struct pending *pending, const struct row *columns)
{
	size_t length = row_encoded_size(columns);
	size_t size = (sizeof(struct pending_row) + length + 7) & ~(size_t)7;
	struct pending_row *row;

	if (!room_make(pending, size))
		return NULL;
	row = pending_at(pending, pending->head->end);
	*row = (struct pending_row){ .size = (uint32_t)size,
				     .length = (uint32_t)length,
				     .table = columns->table,
				     .count = 1 };
	row_encode(columns, row->bytes);
	return row;
}

void pending_keep(struct pending *pending, struct pending_row *row)
{
	row->sum = sum_of(row);
	atomic_store_explicit(&pending->head->end, pending->head->end + row->size,
			      memory_order_release);
}

uint64_t pending_start(const struct pending *pending)
{
	return pending->head->start;
}

uint64_t pending_end(const struct pending *pending)
{
	return pending->head->end;
}

uint64_t pending_position(const struct pending *pending, const struct pending_row *row)
{
	uint64_t start = pending->head->start;
	uint64_t offset = (uint64_t)((const unsigned char *)row - pending->ring);

	return start + (offset + RING_SIZE - start % RING_SIZE) % RING_SIZE;
}

static bool is_whole(const struct pending_row *row, uint64_t left)
{
	return row->size >= sizeof(*row) && row->size <= left && row->size % 8 == 0 &&
	       row->length <= row->size - sizeof(*row) && row->sum == sum_of(row) &&
	       (row->table == SKIP || row->table < ROW_TABLES);
}

struct pending_row *pending_next(const struct pending *pending, uint64_t *at)
{
	uint64_t end = pending->head->end;

	while (*at < end) {
		struct pending_row *row = pending_at(pending, *at);
		uint64_t left = left_of_ring(*at);

		if (left > end - *at)
			left = end - *at;
		if (left < sizeof(*row)) { /* too little for the head of a gap */
			*at += left_of_ring(*at);
			continue;
		}
		if (!is_whole(row, left))
			return NULL;
		*at += row->size;
		if (row->table != SKIP)
			return row;
	}
	return NULL;
}

void pending_take(struct pending *pending, uint64_t position)
{
	atomic_store_explicit(&pending->head->start, position, memory_order_release);
}

bool pending_half_full(const struct pending *pending)
{
	return pending->head->end - pending->head->start > RING_SIZE / 2;
}
