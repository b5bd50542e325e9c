/* SPDX-License-Identifier: MIT */
#include "launcher/concerned.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clean.h"
#include "launcher/channels.h"
#include "launcher/hosts.h"
#include "launcher/procfile.h"

uint64_t concerned_inode(const struct request *request, int fd)
{
	char path[64], target[64];
	unsigned long long inode = 0;
	ssize_t len;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", request->tid, fd);
	len = readlink(path, target, sizeof(target) - 1);
	if (len <= 0)
		return 0;
	target[len] = '\0';
	return sscanf(target, "socket:[%llu]", &inode) == 1 ? inode : 0;
}

uint64_t concerned_connection(struct request *request, int fd)
{
	CLEAN_FD int copy = request_dup(request, fd);
	struct stat st;

	if (copy < 0)
		return copy == -EBADF || copy == -ESRCH ? 0 : concerned_inode(request, fd);
	return fstat(copy, &st) == 0 && S_ISSOCK(st.st_mode) ? st.st_ino : 0;
}

bool concerned_is(struct request *request, int fd)
{
	uint64_t inode = concerned_inode(request, fd);
	struct channel_key key = channel_key_of_socket(inode);

	return inode && channels_has(request->supervisor->channels, &key);
}

/* Calls @visit with each descriptor of the caller until it returns true. Return: whether one did. */
static bool any_descriptor(struct request *request, bool (*visit)(struct request *, int))
{
	char path[64];
	DIR *folder;
	const struct dirent *entry;
	bool found = false;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", request->tid);
	folder = opendir(path);
	if (!folder)
		return true; /* nobody knows */
	while (!found && (entry = readdir(folder)))
		if (entry->d_name[0] != '.')
			found = visit(request, (int)strtol(entry->d_name, NULL, 10));
	(void)closedir(folder);
	return found;
}

bool concerned_any(struct request *request)
{
	struct channels *channels = request->supervisor->channels;

	return !channels_are_empty(channels) && any_descriptor(request, concerned_is);
}

static bool is_concerned_and_kept(struct request *request, int fd)
{
	char name[32], text[512];
	const char *flags;

	if (!concerned_is(request, fd))
		return false;
	(void)snprintf(name, sizeof(name), "fdinfo/%d", fd);
	if (procfile_read(request->tid, name, text, sizeof(text)) <= 0)
		return true;
	flags = strstr(text, "flags:");
	return !flags || !(strtoul(flags + strlen("flags:"), NULL, 8) & O_CLOEXEC);
}

bool concerned_is_kept(struct request *request)
{
	struct channels *channels = request->supervisor->channels;

	return channels && !channels_are_empty(channels) &&
	       any_descriptor(request, is_concerned_and_kept);
}

bool concerned_is_printed(struct request *request)
{
	struct channels *channels = request->supervisor->channels;

	return channels && !channels_are_empty(channels) &&
	       (concerned_is(request, STDOUT_FILENO) || concerned_is(request, STDERR_FILENO));
}

bool concerned_is_seen(struct request *request)
{
	const char *library = request->supervisor->taps_path;
	char path[64];
	CLEAN_FREE char *line = NULL;
	size_t size = 0;
	bool found = false;
	FILE *maps;

	(void)snprintf(path, sizeof(path), "/proc/%d/maps", request->tid);
	maps = library[0] ? fopen(path, "re") : NULL;
	while (!found && maps && getline(&line, &size, maps) > 0) {
		const char *name = strchr(line, '/');
		const char *rights = strchr(line, ' ');

		line[strcspn(line, "\n")] = '\0';
		found = name && rights && strncmp(rights, " r-xp", 5) == 0 &&
			strcmp(name, library) == 0;
	}
	if (maps)
		(void)fclose(maps);
	return found;
}

struct policy_concern concerned_about(const struct supervisor *supervisor, struct event *peer)
{
	struct policy_concern concern = { 0 };
	size_t cursor = 0;
	const char *name;

	peer->host = NULL;
	while (peer->has_ip && (name = hosts_name(supervisor->hosts, &peer->ip, &cursor))) {
		peer->host = name;
		policy_concerns(supervisor->policy, peer, &concern);
	}
	if (!peer->host)
		policy_concerns(supervisor->policy, peer, &concern);
	concern.actions &= CONCERNED_STREAMS;
	concern.demanded &= CONCERNED_STREAMS;
	return concern;
}
