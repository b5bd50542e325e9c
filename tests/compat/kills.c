/* SPDX-License-Identifier: MIT */
/*
 * Children that are killed while they start a program: `kills N`. Each is killed a little later than
 * the last, over and over, so that some are killed in every moment of an execve. The parent
 * must learn of each end.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STEP_NS 5000
#define STEPS 400

static void wait_ns(long ns)
{
	struct timespec start, now;

	clock_gettime(CLOCK_MONOTONIC, &start);
	do
		clock_gettime(CLOCK_MONOTONIC, &now);
	while ((now.tv_sec - start.tv_sec) * 1000000000 + now.tv_nsec - start.tv_nsec < ns);
}

int main(int argc, char **argv)
{
	long count = argc > 1 ? strtol(argv[1], NULL, 10) : 0, ended = 0;

	for (long i = 0; i < count; i++) {
		pid_t pid = fork();
		int status;

		if (pid < 0)
			return 1;
		if (pid == 0) {
			execl("/bin/sleep", "sleep", "1000", (char *)NULL);
			_exit(1);
		}
		wait_ns(i % STEPS * STEP_NS);
		kill(pid, SIGKILL);
		if (waitpid(pid, &status, 0) == pid && WIFSIGNALED(status))
			ended++;
	}
	printf("%ld of %ld have ended\n", ended, count);
	return ended != count;
}
