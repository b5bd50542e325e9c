/* SPDX-License-Identifier: MIT */
#include "launcher/descendants.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "launcher/procfile.h"

#define DEPTH_MAX 4096 /* of a chain of parents: a loop would mean that /proc changed under us */
#define ROUNDS_MAX 64

struct process {
	pid_t pid, parent;
	char state;
	bool is_descendant;
};

/* Field 3 and 4 of /proc/PID/stat. */
static bool stat_read(pid_t pid, struct process *out)
{
	char text[PROCFILE_STAT_SIZE];
	const char *fields = procfile_stat(pid, text);

	out->pid = pid;
	return fields && sscanf(fields, " %c %d", &out->state, &out->parent) == 2;
}

pid_t descendants_parent(pid_t pid)
{
	struct process process;

	return stat_read(pid, &process) ? process.parent : -1;
}

bool descendants_include(pid_t root, pid_t pid)
{
	for (int depth = 0; depth < DEPTH_MAX && pid > 1; depth++) {
		pid = descendants_parent(pid);
		if (pid == root)
			return true;
	}
	return false;
}

struct process_list {
	struct process *items; /* owned */
	size_t count, size;
};

static void process_list_add(struct process_list *list, const struct process *process)
{
	if (list->count == list->size) {
		size_t size = list->size ? 2 * list->size : 256;
		struct process *items = realloc(list->items, size * sizeof(*items));

		if (!items)
			return; /* the next round tries again */
		list->items = items;
		list->size = size;
	}
	list->items[list->count++] = *process;
}

static void process_list_read(struct process_list *list)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;

	list->count = 0;
	if (!proc)
		return;
	while ((entry = readdir(proc))) {
		struct process process = { 0 };

		if (isdigit((unsigned char)entry->d_name[0]) &&
		    stat_read((pid_t)strtol(entry->d_name, NULL, 10), &process))
			process_list_add(list, &process);
	}
	(void)closedir(proc);
}

static bool process_list_holds(const struct process_list *list, pid_t pid)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].is_descendant && list->items[i].pid == pid)
			return true;
	return false;
}

/* Children of the root first, then theirs, until nothing is added. */
static size_t process_list_mark(struct process_list *list, pid_t root)
{
	size_t marked = 0;
	bool again = true;

	while (again) {
		again = false;
		for (size_t i = 0; i < list->count; i++) {
			struct process *process = &list->items[i];

			if (process->is_descendant ||
			    (process->parent != root && !process_list_holds(list, process->parent)))
				continue;
			process->is_descendant = true;
			again = true;
			marked++;
		}
	}
	return marked;
}

ssize_t descendants_list(pid_t root, pid_t **out)
{
	struct process_list list = { 0 };
	size_t count = 0;

	process_list_read(&list);
	(void)process_list_mark(&list, root);
	*out = malloc((list.count + 1) * sizeof(**out));
	for (size_t i = 0; i < list.count && *out; i++)
		if (list.items[i].is_descendant && list.items[i].state != 'Z')
			(*out)[count++] = list.items[i].pid;
	free(list.items);
	return *out ? (ssize_t)count : -ENOMEM;
}

size_t descendants_signal(pid_t root, int signal)
{
	struct process_list list = { 0 };
	size_t before = 0, found = 0;

	for (int round = 0; round < ROUNDS_MAX; round++) {
		process_list_read(&list);
		found = process_list_mark(&list, root);
		for (size_t i = 0; i < list.count; i++)
			if (list.items[i].is_descendant && signal && list.items[i].state != 'Z')
				(void)kill(list.items[i].pid, signal);
		if (!signal || found <= before)
			break;
		before = found;
	}
	free(list.items);
	return found;
}
