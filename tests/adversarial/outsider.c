/* SPDX-License-Identifier: MIT */
/*
 * outsider - what shell tools cannot do for an outsider:
 *
 *     mark FILE...        gives each the attribute user.a
 *     queue NAME TEXT     makes the queue NAME, with one message
 *     look NAME           prints how many messages the queue NAME has
 *     remove NAME...      removes them
 *
 * Does nothing where the kernel has no attributes or queues. Needs only libc.
 */
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

static void queue(const char *name, const char *text)
{
	struct mq_attr attributes = { .mq_maxmsg = 4, .mq_msgsize = 128 };
	int fd;

	fd = (int)syscall(SYS_mq_open, name, O_CREAT | O_EXCL | O_RDWR, 0600, &attributes);
	(void)mq_send(fd, text, strlen(text), 0);
}

static void look(const char *name)
{
	struct mq_attr attributes = { 0 };
	int fd = (int)syscall(SYS_mq_open, name, O_RDONLY, 0, NULL);

	if (fd >= 0 && mq_getattr(fd, &attributes) == 0)
		(void)printf("%ld messages\n", attributes.mq_curmsgs);
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	for (int i = 2; i < argc && strcmp(argv[1], "mark") == 0; i++)
		(void)setxattr(argv[i], "user.a", "1", 1, 0);
	if (argc == 4 && strcmp(argv[1], "queue") == 0)
		queue(argv[2], argv[3]);
	if (strcmp(argv[1], "look") == 0)
		look(argv[2]);
	for (int i = 2; i < argc && strcmp(argv[1], "remove") == 0; i++)
		(void)syscall(SYS_mq_unlink, argv[i]);
	return 0;
}
