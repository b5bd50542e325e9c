/* SPDX-License-Identifier: MIT */
/* Opens, reads and closes a file N times; prints how often what was read was right. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	long count = argc > 2 ? strtol(argv[2], NULL, 10) : 0, right = 0;
	char text[5];

	for (long i = 0; i < count; i++) {
		int fd = open(argv[1], O_RDONLY | O_CLOEXEC);

		if (fd >= 0 && read(fd, text, sizeof(text)) == 5 && memcmp(text, "right", 5) == 0)
			right++;
		close(fd);
	}
	printf("%ld\n", right);
	return right != count;
}
