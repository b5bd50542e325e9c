/* SPDX-License-Identifier: MIT */
/*
 * A chain: each link starts the next by vfork or posix_spawn in turn, from the first thread or
 * from another one. `spawns N` prints the way back.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

struct link {
	const char *program;
	int depth;
	int status;
};

static pid_t start_by_vfork(char **argv)
{
	pid_t pid = vfork();

	if (pid == 0) {
		execv(argv[0], argv);
		_exit(99);
	}
	return pid;
}

static pid_t start_by_spawn(char **argv)
{
	posix_spawn_file_actions_t actions;
	pid_t pid = -1;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 9, "spawned", O_CREAT | O_WRONLY, 0644);
	errno = posix_spawn(&pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return pid;
}

static void *run_link(void *at)
{
	struct link *link = at;
	char depth[16], program[4096];
	char *argv[] = { program, depth, NULL };
	pid_t pid;

	snprintf(program, sizeof(program), "%s", link->program);
	snprintf(depth, sizeof(depth), "%d", link->depth - 1);
	pid = link->depth % 2 ? start_by_vfork(argv) : start_by_spawn(argv);
	if (pid < 0 || waitpid(pid, &link->status, 0) != pid)
		link->status = -1;
	return NULL;
}

int main(int argc, char **argv)
{
	struct link link = { .program = argv[0],
			     .depth = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 0 };
	pthread_t thread;

	if (link.depth == 0) {
		printf("end of the chain\n");
		return 0;
	}
	if (link.depth % 3 == 0 && pthread_create(&thread, NULL, run_link, &link) == 0)
		pthread_join(thread, NULL);
	else
		run_link(&link);
	if (!WIFEXITED(link.status) || WEXITSTATUS(link.status) == 99) {
		printf("%d: broken, status %#x\n", link.depth, (unsigned)link.status);
		return 99;
	}
	printf("%d: %d\n", link.depth, WEXITSTATUS(link.status));
	return WEXITSTATUS(link.status) + 1;
}
