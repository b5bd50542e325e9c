/* SPDX-License-Identifier: MIT */
#include "launcher/objects.h"

#include <pthread.h>
#include <stdlib.h>

#define OBJECTS_MAX 65536 /* more than the kernel's own limits (ipcs -l) */
#define REMOVED_MAX 256

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct object *objects; /* owned */
static size_t object_count, object_room;

/* The last of the run's own that it removed: their numbers are nobody's, not somebody else's. */
static struct {
	enum object_kind kind;
	uint64_t id;
} removed[REMOVED_MAX];
static size_t removed_count; /* ever */

static struct object *find(enum object_kind kind, uint64_t id)
{
	for (size_t i = 0; i < object_count; i++)
		if (objects[i].kind == kind && objects[i].id == id)
			return &objects[i];
	return NULL;
}

bool objects_include(enum object_kind kind, uint64_t id)
{
	bool found;

	(void)pthread_mutex_lock(&lock);
	found = find(kind, id) != NULL;
	(void)pthread_mutex_unlock(&lock);
	return found;
}

static bool reserve(void)
{
	size_t wanted = object_room ? 2 * object_room : 64;
	struct object *more;

	if (object_count < object_room)
		return true;
	if (object_count >= OBJECTS_MAX)
		return false;
	more = realloc(objects, wanted * sizeof(*objects));
	if (!more)
		return false;
	objects = more;
	object_room = wanted;
	return true;
}

void objects_note(enum object_kind kind, uint64_t id, char *name)
{
	objects[object_count++] = (struct object){ kind, id, name };
}

void objects_forget(enum object_kind kind, uint64_t id)
{
	struct object *object;

	(void)pthread_mutex_lock(&lock);
	object = find(kind, id);
	if (object) {
		free(object->name);
		*object = objects[--object_count];
		removed[removed_count % REMOVED_MAX].kind = kind;
		removed[removed_count++ % REMOVED_MAX].id = id;
	}
	(void)pthread_mutex_unlock(&lock);
}

bool objects_included(enum object_kind kind, uint64_t id)
{
	bool found = false;

	(void)pthread_mutex_lock(&lock);
	for (size_t i = 0; i < removed_count && i < REMOVED_MAX && !found; i++)
		found = removed[i].kind == kind && removed[i].id == id;
	(void)pthread_mutex_unlock(&lock);
	return found;
}

bool objects_lock(void)
{
	(void)pthread_mutex_lock(&lock);
	return reserve();
}

void objects_unlock(void)
{
	(void)pthread_mutex_unlock(&lock);
}

const struct object *objects_all(size_t *out_count)
{
	const struct object *all;

	(void)pthread_mutex_lock(&lock);
	all = objects;
	*out_count = object_count;
	(void)pthread_mutex_unlock(&lock);
	return all;
}

void objects_release(void)
{
	for (size_t i = 0; i < object_count; i++)
		free(objects[i].name);
	free(objects);
	objects = NULL;
	object_count = object_room = 0;
}
