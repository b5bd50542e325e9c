/* SPDX-License-Identifier: MIT */
#include "launcher/guard.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/clean.h"

#define ENTRIES_MAX 64

struct entry {
	char *path; /* owned */
	size_t len;
	bool secret, tree;
};

struct guard {
	struct entry entries[ENTRIES_MAX];
	size_t count;
	char *readable; /* owned; NULL: none */
	bool no_memory_writes;
};

struct guard *guard_new(void)
{
	return calloc(1, sizeof(struct guard));
}

void guard_free(struct guard *guard)
{
	if (!guard)
		return;
	for (size_t i = 0; i < guard->count; i++)
		free(guard->entries[i].path);
	free(guard->readable);
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
	entry->path = resolved(path);
	if (!entry->path)
		return -ENOMEM;
	entry->len = strlen(entry->path);
	entry->secret = secret;
	entry->tree = tree;
	guard->count++;
	return 0;
}

int guard_permit_read(struct guard *guard, const char *path)
{
	guard->readable = resolved(path);
	return guard->readable ? 0 : -ENOMEM;
}

void guard_forbid_memory_writes(struct guard *guard)
{
	guard->no_memory_writes = true;
}

/*
 * Whether acting on @path touches the entry: the entry itself, what is below a
 * tree, and for changes also any directory above (renaming it would move the entry).
 */
static bool entry_covers(const struct entry *entry, const char *path, bool above_counts)
{
	size_t len = strlen(path);

	if (strncmp(path, entry->path, entry->len) == 0 &&
	    (path[entry->len] == '\0' || (entry->tree && path[entry->len] == '/')))
		return true;
	/* SQLite's companions of the recorder: audit.db-wal, audit.db-shm. */
	if (entry->secret && !entry->tree && strncmp(path, entry->path, entry->len) == 0 &&
	    path[entry->len] == '-')
		return true;
	return above_counts && len < entry->len && strncmp(path, entry->path, len) == 0 &&
	       (entry->path[len] == '/' || len == 1);
}

static bool is_process_memory(const char *path)
{
	const char *name = strrchr(path, '/');

	return strncmp(path, "/proc/", 6) == 0 && name && strcmp(name, "/mem") == 0;
}

static bool refuse(struct decision *decision, const char *rule, const char *message)
{
	*decision = (struct decision){
		.verdict = VERDICT_DENY,
		.rule = rule,
		.file = "",
		.message = message,
	};
	return true;
}

bool guard_refuses(const struct guard *guard, const struct event *event,
		   struct decision *out_decision)
{
	bool reads = event->action == ACTION_READ_FILE;
	bool moves = event->action == ACTION_DELETE_FILE ||
		     (event->operation && strcmp(event->operation, "rename") == 0);

	if (!(ACTION_BIT(event->action) & ACTION_FILES) || !event->path)
		return false;
	if (guard->no_memory_writes && event->action == ACTION_WRITE_FILE &&
	    is_process_memory(event->path))
		return refuse(out_decision, "guard-process-memory",
			      "a rule depends on arguments or programs, so no process may write "
			      "another's memory");
	for (size_t i = 0; i < guard->count; i++) {
		const struct entry *entry = &guard->entries[i];

		if ((!reads || entry->secret) && entry_covers(entry, event->path, moves))
			return refuse(out_decision, "guard-agentos",
				      "the governor's own files are out of reach");
	}
	return false;
}

bool guard_permits(const struct guard *guard, const struct event *event)
{
	return guard->readable && event->action == ACTION_READ_FILE && event->path &&
	       strcmp(event->path, guard->readable) == 0;
}
