/* SPDX-License-Identifier: MIT */
/* Reads and writes a file, starts itself again, and says what it saw: for static and musl builds. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char text[32] = "";
	int fd, status;
	pid_t child;

	if (argc > 1) {
		printf("again: %s\n", argv[1]);
		return 5;
	}
	fd = open("file", O_CREAT | O_RDWR | O_TRUNC, 0640);
	if (fd < 0 || write(fd, "hello", 5) != 5 || pread(fd, text, sizeof(text) - 1, 0) != 5)
		printf("file: %s\n", strerror(errno));
	close(fd);
	printf("read: %s\n", text);
	printf("missing: %s\n", strerror(open("missing", O_RDONLY) < 0 ? errno : 0));
	printf("mkdir: %d, again: %s\n", mkdir("dir", 0755),
	       strerror(mkdir("dir", 0755) < 0 ? errno : 0));
	printf("rename: %d, unlink: %d, rmdir: %d\n", rename("file", "dir/file"),
	       unlink("dir/file"), rmdir("dir"));
	fflush(stdout);
	child = fork();
	if (child == 0) {
		execl(argv[0], argv[0], "me", (char *)NULL);
		_exit(99);
	}
	waitpid(child, &status, 0);
	printf("child: %d\n", WEXITSTATUS(status));
	return 3;
}
