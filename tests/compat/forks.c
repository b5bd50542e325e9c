/* SPDX-License-Identifier: MIT */
/* 200 children at once, each of which creates a file and runs a program. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILDREN 200

static void child(int number, int gate)
{
	char name[32], byte;
	int fd;

	/* All wait for the gate, so that they go at once. */
	if (read(gate, &byte, 1) != 0)
		_exit(120);
	snprintf(name, sizeof(name), "child-%d", number);
	fd = open(name, O_CREAT | O_EXCL | O_WRONLY, 0644);
	if (fd < 0)
		_exit(121);
	close(fd);
	snprintf(name, sizeof(name), "exit %d", number % 100);
	execl("/bin/sh", "sh", "-c", name, (char *)NULL);
	_exit(122);
}

int main(void)
{
	int gate[2], status, right = 0;
	pid_t pids[CHILDREN];

	if (pipe(gate) < 0)
		return 1;
	for (int i = 0; i < CHILDREN; i++) {
		pids[i] = fork();
		if (pids[i] < 0)
			return 1;
		if (pids[i] == 0) {
			close(gate[1]);
			child(i, gate[0]);
		}
	}
	close(gate[0]);
	close(gate[1]);
	for (int i = 0; i < CHILDREN; i++) {
		if (waitpid(pids[i], &status, 0) != pids[i])
			return 1;
		if (WIFEXITED(status) && WEXITSTATUS(status) == i % 100)
			right++;
		else
			fprintf(stderr, "child %d: status %#x\n", i, (unsigned)status);
	}
	printf("%d right\n", right);
	return right != CHILDREN;
}
