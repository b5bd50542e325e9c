/* SPDX-License-Identifier: MIT */
/*
 * The shared memory, semaphores and queues that the run has made: launcher/ipc.c.
 */
#ifndef AGENTOS_LAUNCHER_OBJECTS_H
#define AGENTOS_LAUNCHER_OBJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum object_kind { SHARED_MEMORY, SEMAPHORES, QUEUE, NAMED_QUEUE };

struct object {
	enum object_kind kind;
	uint64_t id; /* of a NAMED_QUEUE: inode */
	char *name;  /* of a NAMED_QUEUE; owned */
};

/** objects_include() - whether the run has made this one. */
bool objects_include(enum object_kind kind, uint64_t id);

/** objects_included() - whether it is one of the last that the run has made and removed. */
bool objects_included(enum object_kind kind, uint64_t id);

/**
 * objects_lock() - before an object is made: what could not be noted must not exist
 *
 * Nobody else makes one until objects_unlock(), which follows in any case.
 *
 * Return: whether there is room to note one.
 */
bool objects_lock(void);

/** objects_unlock() - others may make objects again. */
void objects_unlock(void);

/** objects_note() - note one that was made, between the two; takes ownership of @name. */
void objects_note(enum object_kind kind, uint64_t id, char *name);

/** objects_forget() - one that was removed. */
void objects_forget(enum object_kind kind, uint64_t id);

/** objects_all() - Return: those noted, borrowed; for when the last process of the run has ended. */
const struct object *objects_all(size_t *out_count);

/** objects_release() - forget all of them; after objects_all(). */
void objects_release(void);

#endif
