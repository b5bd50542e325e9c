/* SPDX-License-Identifier: MIT */
/*
 * The files are found by texts as the kernel writes them. What a group does is tried with the controllers
 * that this machine has for version 2, which are few where most are bound to version 1.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher/cgroup.h"
#include "launcher/procfile.h"

#define V1 "33 31 0:30 / /sys/fs/cgroup/cpu rw,relatime shared:9 - cgroup cgroup rw,cpu\n"
#define V2(root, at) "41 31 0:38 " root " " at " rw,nosuid shared:4 - cgroup2 cgroup2 rw\n"

static void a_group_is_found_where_it_is_mounted(void **state)
{
	static const struct {
		const char *cgroups, *mounts, *want; /* NULL: it is not */
	} rows[] = {
		{ "0::/\n", V2("/", "/sys/fs/cgroup"), "/sys/fs/cgroup" },
		{ "0::/user.slice/a.scope\n", V2("/", "/sys/fs/cgroup"),
		  "/sys/fs/cgroup/user.slice/a.scope" },
		{ "9:name=systemd:/x\n8:pids:/\n0::/y\n", V1 V2("/", "/sys/fs/cgroup/unified"),
		  "/sys/fs/cgroup/unified/y" },
		/* A container sees its own part. */
		{ "0::/docker/12\n", V2("/docker/12", "/sys/fs/cgroup"), "/sys/fs/cgroup" },
		{ "0::/docker/12/in\n", V2("/docker/12", "/sys/fs/cgroup"), "/sys/fs/cgroup/in" },
		{ "0::/docker/123\n", V2("/docker/12", "/sys/fs/cgroup"), NULL },
		{ "0::/docker/123\n", V2("/docker/12", "/a") V2("/", "/b"), "/b/docker/123" },
		{ "0::/../other\n", V2("/", "/sys/fs/cgroup"), NULL },
		{ "0::/y\n", V2("/", "/mnt/a\\040b"), "/mnt/a b/y" },
		{ "0::/y\n", V1, NULL },
		{ "8:pids:/\n", V2("/", "/sys/fs/cgroup"), NULL },
		{ "", "", NULL },
		{ "0::/y\n", "41 31 - cgroup2 cgroup2 rw\n", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char path[PATH_MAX] = "untouched";
		int r = cgroup_find(rows[i].cgroups, rows[i].mounts, path);

		assert_int_equal(r, rows[i].want ? 0 : -ENOENT);
		assert_string_equal(path, rows[i].want ? rows[i].want : "untouched");
	}
}

static bool is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

/* The group of a process below that of the tests, as /proc has it. */
static bool is_in(pid_t pid, const char *name)
{
	char text[4096], want[128];

	(void)snprintf(want, sizeof(want), "/%s\n", name);
	return procfile_read(pid, "cgroup", text, sizeof(text)) > 0 && strstr(text, want);
}

static void a_process_is_put_into_a_group_and_the_group_goes(void **state)
{
	struct cgroup group = CGROUP_NONE;
	struct fault fault = { 0 };
	char path[PATH_MAX], top[PATH_MAX], name[64];
	int ends[2], status;
	char byte = 0;
	pid_t pid;

	(void)state;
	(void)snprintf(name, sizeof(name), "agentos-test-%d", getpid());
	if (cgroup_open(NULL, 0, name + strlen("agentos-"), &group, &fault) < 0) {
		print_message("kernel: no writable cgroup2: %s\n", fault.text);
		skip();
	}
	(void)snprintf(path, sizeof(path), "%s", group.path);
	assert_true(is_there(path));
	cgroup_top(&group, top);
	assert_int_equal(strncmp(top, path, strlen(top)), 0);
	assert_true(strlen(top) < strlen(path));
	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		byte = cgroup_enter(group.procs_fd) == 0;
		(void)!write(ends[1], &byte, 1);
		(void)pause();
	}
	assert_int_equal(read(ends[0], &byte, 1), 1);
	assert_int_equal(byte, 1);
	assert_true(is_in(pid, name));
	assert_false(is_in(getpid(), name));
	(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	cgroup_close(&group);
	assert_false(is_there(path));
	cgroup_close(&group);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

static void a_controller_that_is_not_there_is_said_and_leaves_nothing(void **state)
{
	static const struct cgroup_setting setting = { "nonesuch", "nonesuch.max", 1 };
	struct cgroup group = CGROUP_NONE;
	struct fault fault = { 0 };
	int r = cgroup_open(&setting, 1, "test", &group, &fault);

	(void)state;
	assert_true(r == -ENOTSUP || r == -ENOENT);
	assert_true(strstr(fault.text, r == -ENOTSUP ? "'nonesuch' is not in" : "no cgroup2"));
	assert_int_equal(group.procs_fd, -1);
	assert_string_equal(group.path, "");
}

/* Of those, the first that there is: what is bounded does not matter, but that it is. */
static const struct cgroup_setting bounds[] = {
	{ "pids", "pids.max", 20 },
	{ "memory", "memory.max", 1 << 28 },
	{ "hugetlb", "hugetlb.2MB.max", 1 << 21 },
};

/* A group with one of the bounds, and what its parent handed down before. */
struct scene {
	struct cgroup group;
	const struct cgroup_setting *bound;
	char parent[PATH_MAX + 32], before[256];
};

static void read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t len = fd < 0 ? -1 : read(fd, text, size - 1);

	text[len > 0 ? len : 0] = '\0';
	(void)close(fd);
}

/* Return: whether there is one. */
static bool begin(struct scene *scene)
{
	struct fault fault = { 0 };
	struct cgroup probe = CGROUP_NONE;
	char probed[PATH_MAX];

	if (cgroup_open(NULL, 0, "test-probe", &probe, &fault) < 0) {
		print_message("kernel: no writable cgroup2: %s\n", fault.text);
		return false;
	}
	(void)snprintf(probed, sizeof(probed), "%s", probe.path);
	cgroup_close(&probe);
	*strrchr(probed, '/') = '\0';
	(void)snprintf(scene->parent, sizeof(scene->parent), "%s/cgroup.subtree_control", probed);
	read_file(scene->parent, scene->before, sizeof(scene->before));
	for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
		scene->bound = &bounds[i];
		if (cgroup_open(&bounds[i], 1, "test-bound", &scene->group, &fault) == 0)
			return true;
		print_message("kernel: %s\n", fault.text);
	}
	return false;
}

/* What was not handed down before is not afterwards. */
static void end(struct scene *scene)
{
	char word[64];
	int fd;

	cgroup_close(&scene->group);
	if (strstr(scene->before, scene->bound->controller))
		return;
	(void)snprintf(word, sizeof(word), "-%s", scene->bound->controller);
	fd = open(scene->parent, O_WRONLY);
	assert_true(fd >= 0 && write(fd, word, strlen(word)) > 0);
	(void)close(fd);
}

static void a_group_gets_its_bound(void **state)
{
	struct scene scene = { .group = CGROUP_NONE };
	char path[PATH_MAX + 32], text[64], want[64];

	(void)state;
	if (!begin(&scene))
		skip();
	(void)snprintf(path, sizeof(path), "%s/%s", scene.group.path, scene.bound->file);
	(void)snprintf(want, sizeof(want), "%llu\n", (unsigned long long)scene.bound->value);
	read_file(path, text, sizeof(text));
	assert_string_equal(text, want);
	end(&scene);
	assert_false(is_there(path));
}

/* In the group of @scene: a group below it. Return: as cgroup_open() did, or 1 when something else is wrong. */
static int try_below(const struct scene *scene)
{
	struct cgroup inner = CGROUP_NONE;
	struct fault fault = { 0 };
	int r = cgroup_enter(scene->group.procs_fd);

	if (r == 0)
		r = cgroup_open(scene->bound, 1, "inner", &inner, &fault);
	if (r < 0)
		return inner.path[0] || is_in(getpid(), "agentos-supervisor") ? 1 : r;
	r = !is_there(inner.path) || !is_in(getpid(), "agentos-supervisor");
	cgroup_close(&inner);
	return r;
}

static int result_below(const struct scene *scene)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(-try_below(scene) & 0xff);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void who_is_alone_goes_aside(void **state)
{
	struct scene scene = { .group = CGROUP_NONE };
	char aside[PATH_MAX + 32];

	(void)state;
	if (!begin(&scene))
		skip();
	assert_int_equal(result_below(&scene), 0);
	(void)snprintf(aside, sizeof(aside), "%s/agentos-supervisor", scene.group.path);
	assert_int_equal(rmdir(aside), 0);
	end(&scene);
}

static void who_is_not_alone_stays(void **state)
{
	struct scene scene = { .group = CGROUP_NONE };
	char program[] = "cat";
	char *argv[] = { program, NULL };
	int ends[2];
	pid_t other;

	(void)state;
	if (!begin(&scene))
		skip();
	assert_int_equal(pipe(ends), 0);
	other = fork();
	if (other == 0) {
		(void)close(ends[1]);
		(void)dup2(ends[0], STDIN_FILENO);
		_exit(cgroup_enter(scene.group.procs_fd) < 0 || execvp(argv[0], argv));
	}
	while (!is_in(other, "agentos-test-bound"))
		assert_int_equal(waitpid(other, NULL, WNOHANG), 0);
	assert_int_equal(result_below(&scene), EBUSY);
	(void)close(ends[0]);
	(void)close(ends[1]);
	assert_int_equal(waitpid(other, NULL, 0), other);
	end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_group_is_found_where_it_is_mounted),
		cmocka_unit_test(a_process_is_put_into_a_group_and_the_group_goes),
		cmocka_unit_test(a_controller_that_is_not_there_is_said_and_leaves_nothing),
		cmocka_unit_test(a_group_gets_its_bound),
		cmocka_unit_test(who_is_alone_goes_aside),
		cmocka_unit_test(who_is_not_alone_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
