/* SPDX-License-Identifier: MIT */
#include "launcher/guard.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/clean.h"
#include "rules/letters.h"

#define ENTRIES_MAX 64

/* How a path is written: as it is, or folded. */
enum form { FORM_EXACT, FORM_FOLDED, FORM_COUNT };

#define READABLE_MAX 2 /* the preload libraries */

struct entry {
	char *paths[FORM_COUNT]; /* owned */
	bool secret, tree;
};

struct guard {
	struct entry entries[ENTRIES_MAX];
	size_t count;
	char *readable[READABLE_MAX]; /* owned */
	size_t readable_count;
	bool no_memory_writes;
};

struct guard *guard_new(void)
{
	return calloc(1, sizeof(struct guard));
}

static void entry_release(struct entry *entry)
{
	free(entry->paths[FORM_EXACT]);
	free(entry->paths[FORM_FOLDED]);
}

void guard_free(struct guard *guard)
{
	if (!guard)
		return;
	for (size_t i = 0; i < guard->count; i++)
		entry_release(&guard->entries[i]);
	for (size_t i = 0; i < guard->readable_count; i++)
		free(guard->readable[i]);
	free(guard);
}

/* The resolved path where there is one, so that it compares with what the kernel says. */
static char *resolved(const char *path)
{
	char *real = realpath(path, NULL);

	return real ? real : strdup(path);
}

int guard_add(struct guard *guard, const char *path, bool secret, bool tree)
{
	struct entry *entry = &guard->entries[guard->count];

	if (guard->count == ENTRIES_MAX)
		return -E2BIG;
	entry->paths[FORM_EXACT] = resolved(path);
	entry->paths[FORM_FOLDED] = entry->paths[FORM_EXACT] ? strdup(entry->paths[FORM_EXACT])
							     : NULL;
	if (!entry->paths[FORM_FOLDED]) {
		entry_release(entry);
		return -ENOMEM;
	}
	(void)letters_fold_path(entry->paths[FORM_EXACT], entry->paths[FORM_FOLDED]);
	entry->secret = secret;
	entry->tree = tree;
	guard->count++;
	return 0;
}

int guard_permit_read(struct guard *guard, const char *path)
{
	if (guard->readable_count == READABLE_MAX)
		return -ENOBUFS;
	guard->readable[guard->readable_count] = resolved(path);
	if (!guard->readable[guard->readable_count])
		return -ENOMEM;
	guard->readable_count++;
	return 0;
}

void guard_forbid_memory_writes(struct guard *guard)
{
	guard->no_memory_writes = true;
}

/*
 * Whether acting on @path touches the entry: the entry itself, what is below a
 * tree, and for changes also any directory above (renaming it would move the entry).
 */
static bool entry_covers(const struct entry *entry, enum form form, const char *path,
			 bool above_counts)
{
	const char *own = entry->paths[form];
	size_t own_len = strlen(own);
	size_t len = strlen(path);

	if (strncmp(path, own, own_len) == 0 &&
	    (path[own_len] == '\0' || (entry->tree && path[own_len] == '/')))
		return true;
	/* SQLite's companions of the recorder: audit.db-wal, audit.db-shm. */
	if (entry->secret && !entry->tree && strncmp(path, own, own_len) == 0 &&
	    path[own_len] == '-')
		return true;
	return above_counts && len < own_len && strncmp(path, own, len) == 0 &&
	       (own[len] == '/' || len == 1);
}

static bool is_process_memory(const char *path)
{
	const char *name = strrchr(path, '/');

	return strncmp(path, "/proc/", 6) == 0 && name && strcmp(name, "/mem") == 0;
}

static bool refuses(const struct guard *guard, const struct event *event, enum form form,
		    struct decision *out_decision)
{
	bool reads = event->action == ACTION_READ_FILE;
	bool moves = event->action == ACTION_DELETE_FILE ||
		     (event->operation && strcmp(event->operation, "rename") == 0);

	if (!(ACTION_BIT(event->action) & ACTION_FILES) || !event->path)
		return false;
	if (guard->no_memory_writes && event->action == ACTION_WRITE_FILE &&
	    is_process_memory(event->path))
		return decision_refuse(
			out_decision, "guard-process-memory",
			"a rule depends on arguments or programs, so no process may write "
			"another's memory");
	for (size_t i = 0; i < guard->count; i++) {
		const struct entry *entry = &guard->entries[i];

		if ((!reads || entry->secret) && entry_covers(entry, form, event->path, moves))
			return decision_refuse(out_decision, "guard-agentos",
					       "the governor's own files are out of reach");
	}
	return false;
}

bool guard_refuses(const struct guard *guard, const struct event *event,
		   struct decision *out_decision)
{
	return refuses(guard, event, FORM_EXACT, out_decision);
}

bool guard_refuses_folded(const struct guard *guard, const struct event *event,
			  struct decision *out_decision)
{
	return refuses(guard, event, FORM_FOLDED, out_decision);
}

bool guard_permits(const struct guard *guard, const struct event *event)
{
	if (event->action != ACTION_READ_FILE || !event->path)
		return false;
	for (size_t i = 0; i < guard->readable_count; i++)
		if (strcmp(event->path, guard->readable[i]) == 0)
			return true;
	return false;
}
