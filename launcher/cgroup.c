/* SPDX-License-Identifier: MIT */
#include "launcher/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include "common/clean.h"
#include "launcher/procfile.h"

#define MOUNTS_SIZE 65536
#define FILE_SIZE 4096
#define FILE_PATH_MAX (PATH_MAX + 64)
#define MOUNT_FIELDS 5 /* of proc(5)'s mountinfo: the fourth is the root, the fifth where it is */

/*
 * Where we are.
 */

/* As the kernel writes blanks and the like: \040. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		unsigned code;

		if (sscanf(from, "\\%3o", &code) == 1) {
			*to = (char)code;
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

/* Return: what is left of @path below @root, with its slash, or ""; NULL when it is not below. */
static const char *below(const char *path, const char *root)
{
	size_t len = strcmp(root, "/") == 0 ? 0 : strlen(root);

	if (strncmp(path, root, len) != 0 || (path[len] && path[len] != '/'))
		return NULL;
	return strcmp(path + len, "/") == 0 ? "" : path + len;
}

/* A line of mountinfo, which is cut up. */
static bool find_on(char *line, const char *group, char *out)
{
	char *fields[MOUNT_FIELDS] = { NULL };
	char *type = strstr(line, " - cgroup2 ");
	char *state = NULL;
	const char *rest;
	int len;

	if (!type)
		return false;
	*type = '\0';
	fields[0] = strtok_r(line, " ", &state);
	for (size_t i = 1; i < MOUNT_FIELDS && fields[i - 1]; i++)
		fields[i] = strtok_r(NULL, " ", &state);
	if (!fields[MOUNT_FIELDS - 1])
		return false;
	unescape(fields[3]);
	unescape(fields[4]);
	rest = below(group, fields[3]);
	len = rest ? snprintf(out, PATH_MAX, "%s%s", fields[4], rest) : -1;
	return len > 0 && len < PATH_MAX;
}

int cgroup_find(const char *cgroups, const char *mounts, char *out)
{
	CLEAN_FREE char *lines = strdup(mounts);
	char found[PATH_MAX];
	char group[PATH_MAX];
	char *state = NULL;
	const char *own = strncmp(cgroups, "0::", 3) == 0 ? cgroups : strstr(cgroups, "\n0::");

	own = own ? strstr(own, "0::") + 3 : "";
	(void)snprintf(group, sizeof(group), "%.*s", (int)strcspn(own, "\n"), own);
	/* "/.." is where a cgroup namespace ends: it is not in any mount of ours. */
	if (group[0] != '/' || strncmp(group, "/..", 3) == 0)
		return -ENOENT;
	for (char *line = lines ? strtok_r(lines, "\n", &state) : NULL; line;
	     line = strtok_r(NULL, "\n", &state)) {
		if (!find_on(line, group, found))
			continue;
		(void)snprintf(out, PATH_MAX, "%s", found);
		return 0;
	}
	return -ENOENT;
}

static int find_own(char *out)
{
	CLEAN_FREE char *mounts = malloc(MOUNTS_SIZE);
	char cgroups[FILE_SIZE];

	if (!mounts)
		return -ENOMEM;
	if (procfile_read(0, "cgroup", cgroups, sizeof(cgroups)) < 0 ||
	    procfile_read(0, "mountinfo", mounts, MOUNTS_SIZE) < 0)
		return -ENOENT;
	return cgroup_find(cgroups, mounts, out);
}

/*
 * Files of a group.
 */

static int file_open(const char *group, const char *name, int flags)
{
	char path[FILE_PATH_MAX];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", group, name);
	fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int file_read(const char *group, const char *name, char text[FILE_SIZE])
{
	CLEAN_FD int fd = file_open(group, name, O_RDONLY);
	ssize_t len = fd < 0 ? fd : read(fd, text, FILE_SIZE - 1);

	text[len > 0 ? len : 0] = '\0';
	return fd < 0 ? fd : len < 0 ? -errno : 0;
}

static int file_write(const char *group, const char *name, const char *text)
{
	CLEAN_FD int fd = file_open(group, name, O_WRONLY);

	if (fd < 0)
		return fd;
	return write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

/* Whether a list such as "cpu memory pids" has a word. */
static bool has_word(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = list; (at = strstr(at, word)); at += len)
		if ((at == list || at[-1] == ' ') && (!at[len] || strchr(" \n", at[len])))
			return true;
	return false;
}

/*
 * Controllers.
 */

/* Another process of this program, which waits for us and holds nothing: doctor's. */
static bool is_our_own(pid_t pid)
{
	char ours[PATH_MAX], theirs[PATH_MAX];
	char path[64];
	ssize_t len[2];

	if (pid == getpid())
		return true;
	(void)snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	len[0] = readlink("/proc/self/exe", ours, sizeof(ours));
	len[1] = readlink(path, theirs, sizeof(theirs));
	return pid == getppid() && len[0] > 0 && len[0] == len[1] &&
	       memcmp(ours, theirs, (size_t)len[0]) == 0;
}

/* Each process of a list as cgroup.procs has it. Return: 0, or what @visit did. */
static int each_process(const char *procs, const char *aside,
			int (*visit)(const char *pid, const char *aside))
{
	CLEAN_FREE char *copy = strdup(procs);
	char *state = NULL;
	int r = copy ? 0 : -ENOMEM;

	for (char *pid = copy ? strtok_r(copy, "\n", &state) : NULL; pid && r == 0;
	     pid = strtok_r(NULL, "\n", &state))
		r = visit(pid, aside);
	return r;
}

static int must_be_ours(const char *pid, const char *aside)
{
	(void)aside;
	return is_our_own((pid_t)strtol(pid, NULL, 10)) ? 0 : -EBUSY;
}

static int move(const char *pid, const char *aside)
{
	return file_write(aside, "cgroup.procs", pid);
}

/* Leaves @group, where nobody else must be. */
static int go_aside(const char *group)
{
	char aside[FILE_PATH_MAX];
	char procs[FILE_SIZE];
	int r = file_read(group, "cgroup.procs", procs);

	if (r == 0)
		r = each_process(procs, NULL, must_be_ours);
	if (r < 0)
		return r;
	(void)snprintf(aside, sizeof(aside), "%s/agentos-supervisor", group);
	if (mkdir(aside, 0755) < 0 && errno != EEXIST)
		return -errno;
	return each_process(procs, aside, move);
}

/* Hands @controller down from @group. */
static int hand_down(const char *group, const char *controller, struct fault *fault)
{
	char given[FILE_SIZE], handed[FILE_SIZE];
	char word[64];
	int r = file_read(group, "cgroup.controllers", given);

	if (r == 0)
		r = file_read(group, "cgroup.subtree_control", handed);
	if (r < 0)
		return fault_set(fault, r, "cannot read '%s': %s", group, strerror(-r));
	if (!has_word(given, controller))
		return fault_set(fault, -ENOTSUP, "the controller '%s' is not in '%s'", controller,
				 group);
	if (has_word(handed, controller))
		return 0;
	(void)snprintf(word, sizeof(word), "+%s", controller);
	r = file_write(group, "cgroup.subtree_control", word);
	if (r == -EBUSY && (r = go_aside(group)) == 0)
		r = file_write(group, "cgroup.subtree_control", word);
	return r == -EBUSY ? fault_set(fault, r,
				       "other processes are in '%s', so it hands no controller "
				       "down",
				       group)
	       : r < 0	   ? fault_set(fault, r, "cannot hand '%s' down from '%s': %s", controller,
				       group, strerror(-r))
			   : 0;
}

/*
 * The group.
 */

int cgroup_enter(int procs_fd)
{
	return write(procs_fd, "0", 1) == 1 ? 0 : -errno;
}

/* Whether a process can really be moved there. */
static int try_out(int procs_fd)
{
	pid_t pid = fork();
	int status = 0;

	if (pid < 0)
		return -errno;
	if (pid == 0)
		_exit(-cgroup_enter(procs_fd));
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -EIO;
	return -WEXITSTATUS(status);
}

static int fill(struct cgroup *group, const struct cgroup_setting *settings, size_t count)
{
	char text[32];
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++) {
		(void)snprintf(text, sizeof(text), "%" PRIu64, settings[i].value);
		r = file_write(group->path, settings[i].file, text);
	}
	/* Memory that is swapped out is memory; there is no such file where nothing is swapped. */
	(void)file_write(group->path, "memory.swap.max", "0");
	if (r == 0)
		group->procs_fd = file_open(group->path, "cgroup.procs", O_WRONLY);
	if (r == 0)
		r = group->procs_fd < 0 ? group->procs_fd : try_out(group->procs_fd);
	return r;
}

int cgroup_open(const struct cgroup_setting *settings, size_t count, const char *name,
		struct cgroup *out, struct fault *fault)
{
	struct cgroup group = CGROUP_NONE;
	char own[PATH_MAX];
	int r = find_own(own);

	if (r < 0)
		return fault_set(fault, r, "no cgroup2 is mounted that this process is in");
	for (size_t i = 0; i < count && r == 0; i++)
		r = hand_down(own, settings[i].controller, fault);
	if (r < 0)
		return r;
	if (snprintf(group.path, PATH_MAX, "%s/agentos-%s", own, name) >= PATH_MAX)
		return fault_set(fault, -ENAMETOOLONG, "its name is too long");
	if (mkdir(group.path, 0755) < 0)
		return fault_set(fault, -errno, "cannot make '%s': %s", group.path,
				 strerror(errno));
	r = fill(&group, settings, count);
	if (r < 0) {
		fault_set(fault, r, "cannot use '%s': %s", group.path, strerror(-r));
		cgroup_close(&group);
		return r;
	}
	*out = group;
	return 0;
}

void cgroup_top(const struct cgroup *cgroup, char *out)
{
	char parent[PATH_MAX];
	struct statfs fs;

	(void)snprintf(out, PATH_MAX, "%s", cgroup->path);
	for (char *slash; (slash = strrchr(out, '/')) && slash != out;) {
		(void)snprintf(parent, sizeof(parent), "%.*s", (int)(slash - out), out);
		if (statfs(parent, &fs) < 0 || fs.f_type != CGROUP2_SUPER_MAGIC)
			return;
		*slash = '\0';
	}
}

void cgroup_close(struct cgroup *cgroup)
{
	if (cgroup->procs_fd >= 0)
		(void)close(take_fd(&cgroup->procs_fd));
	if (cgroup->path[0])
		(void)rmdir(cgroup->path);
	cgroup->path[0] = '\0';
}
