/* SPDX-License-Identifier: MIT */
/*
 * odd GROUP - makes calls with arguments that no ordinary program passes, and says "LABEL: ERROR" (0
 * when the call succeeds) for each; without arguments, the groups. Governed it says the same as bare.
 *
 * In the working directory: file, folder/, program (which exits with 0), all its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096

extern char **environ;

/* Two pages, of which the second is not mapped. */
static char *page;
static long nowhere, kernel = (long)0xffff888000000000, hole = (long)0x8000000000000000;

static void say(const char *label, long result)
{
	(void)printf("%s: %s\n", label, result < 0 ? strerrorname_np(errno) : "0");
	(void)fflush(stdout);
}

static void say_and_close(const char *label, long fd)
{
	say(label, fd);
	if (fd >= 0)
		(void)close((int)fd);
}

/* @text so that it ends at the end of the page, with or without its NUL. */
static char *at_edge(const char *text, bool ends)
{
	size_t len = strlen(text) + ends;

	return memcpy(page + PAGE - len, text, len);
}

/* "./././file", @len bytes long. */
static char *long_path(size_t len)
{
	static char path[3 * 4096];
	size_t rest = (len - strlen("file")) % 2;

	memset(path, 0, sizeof(path));
	for (size_t i = 0; i < len - strlen("file") - rest; i += 2)
		memcpy(path + i, "./", 2);
	if (rest)
		path[len - strlen("file") - 1] = '/';
	memcpy(path + len - strlen("file"), "file", 4);
	return path;
}

static long open_raw(long path, long flags)
{
	return syscall(SYS_openat, AT_FDCWD, path, flags, 0600);
}

static void paths(void)
{
	static char name[300];

	say_and_close("path of PATH_MAX - 2", open_raw((long)long_path(4094), O_RDONLY));
	say_and_close("path of PATH_MAX - 1", open_raw((long)long_path(4095), O_RDONLY));
	say_and_close("path of PATH_MAX", open_raw((long)long_path(4096), O_RDONLY));
	say_and_close("path of two PATH_MAX", open_raw((long)long_path(8192), O_RDONLY));
	memset(name, 'n', 255);
	say_and_close("name of 255", open_raw((long)name, O_WRONLY | O_CREAT));
	say("name of 255 removed", unlink(name));
	name[255] = 'n';
	say_and_close("name of 256", open_raw((long)name, O_WRONLY | O_CREAT));
	say_and_close("name of 256, to read", open_raw((long)name, O_RDONLY));
	say_and_close("ends with the page", open_raw((long)at_edge("file", true), O_RDONLY));
	say_and_close("does not end", open_raw((long)at_edge("file", false), O_RDONLY));
	say_and_close("empty", open_raw((long)"", O_RDONLY));
	say_and_close("NULL", open_raw(0, O_RDONLY));
	say_and_close("1", open_raw(1, O_RDONLY));
	say_and_close("not mapped", open_raw(nowhere, O_RDONLY));
	say_and_close("of the kernel", open_raw(kernel, O_RDONLY));
	say_and_close("not canonical", open_raw(hole, O_RDONLY));
	say_and_close("-1", open_raw(-1, O_RDONLY));
	say_and_close("all flags", open_raw((long)"file", 0xffffffffL & ~O_CREAT & ~O_TRUNC));
	say_and_close("access mode 3", open_raw((long)"file", 3));
	say_and_close("file as folder", open_raw((long)"file/", O_RDONLY));
	say_and_close("below a file", open_raw((long)"file/x", O_RDONLY));
	say_and_close("below a missing folder", open_raw((long)"none/x", O_WRONLY | O_CREAT));
	say_and_close("folder to write", open_raw((long)"folder", O_WRONLY));
	say_and_close("folder to make", open_raw((long)"folder", O_RDWR | O_CREAT));
	say_and_close("new with a slash", open_raw((long)"new/", O_WRONLY | O_CREAT));
}

static void folders(void)
{
	int file = open("file", O_RDONLY), pin = open("folder", O_PATH);
	long high = (long)0xdeadbeef00000000L;

	say_and_close("descriptor -1", syscall(SYS_openat, -1, "file", O_RDONLY));
	say_and_close("descriptor 9999", syscall(SYS_openat, 9999, "file", O_RDONLY));
	say_and_close("descriptor of a file", syscall(SYS_openat, file, "file", O_RDONLY));
	say_and_close("descriptor of a pin", syscall(SYS_openat, pin, "../file", O_RDONLY));
	say_and_close("descriptor with a high half",
		      syscall(SYS_openat, high | (unsigned)pin, "../file", O_RDONLY));
	say_and_close("-1 and an absolute path", syscall(SYS_openat, -1, "/dev/null", O_RDONLY));
	say("mkdir there", syscall(SYS_mkdirat, file, "x", 0700));
	say("unlink with all flags", syscall(SYS_unlinkat, AT_FDCWD, "file", -1L));
	say("unlink a folder", syscall(SYS_unlinkat, AT_FDCWD, "folder", 0));
	say("rmdir a file", syscall(SYS_unlinkat, AT_FDCWD, "file", AT_REMOVEDIR));
	say("rmdir .", rmdir("folder/."));
	say("rmdir ..", rmdir("folder/inner/.."));
	say("unlink nothing", unlink("none"));
	say("unlink empty", unlink(""));
	say("unlink NULL", syscall(SYS_unlink, 0L));
	say("mkdir there already", mkdir("folder", 0700));
	say("mkdir .", mkdir(".", 0700));
	say("mkdir empty", mkdir("", 0700));
	say("mkdir not mapped", syscall(SYS_mkdir, nowhere, 0700));
	(void)close(file);
	(void)close(pin);
}

static void names(void)
{
	say("rename from nowhere", syscall(SYS_rename, nowhere, "x"));
	say("rename to nowhere", syscall(SYS_rename, "file", nowhere));
	say("rename empty", rename("", "x"));
	say("rename to empty", rename("file", ""));
	say("rename nothing", rename("none", "x"));
	say("rename a file onto a folder", rename("file", "folder"));
	say("rename a folder onto a file", rename("folder", "file"));
	say("rename into itself", rename("folder", "folder/x"));
	say("rename .", rename("folder/.", "x"));
	say("rename ..", rename("folder/inner/..", "x"));
	say("rename with all flags", syscall(SYS_renameat2, AT_FDCWD, "file", AT_FDCWD, "x", -1L));
	say("rename onto what is there",
	    syscall(SYS_renameat2, AT_FDCWD, "file", AT_FDCWD, "folder", 1L /* NOREPLACE */));
	say("exchange with nothing",
	    syscall(SYS_renameat2, AT_FDCWD, "file", AT_FDCWD, "none", 2L /* EXCHANGE */));
	say("link nothing", link("none", "x"));
	say("link a folder", link("folder", "x"));
	say("link to what is there", link("file", "program"));
	say("link with all flags", syscall(SYS_linkat, AT_FDCWD, "file", AT_FDCWD, "x", -1L));
	say("link from nowhere", syscall(SYS_link, nowhere, "x"));
	say("symlink to empty", symlink("", "x"));
	say("symlink onto a file", symlink("x", "file"));
	say("symlink from nowhere", syscall(SYS_symlink, nowhere, "x"));
	say("mknod of no type", syscall(SYS_mknod, "x", 0777 | 0150000, 0));
	say("mknod of a folder", syscall(SYS_mknod, "x", S_IFDIR | 0700, 0));
	say("mknod there already", syscall(SYS_mknod, "file", S_IFREG | 0600, 0));
	say("mknod of a fifo", syscall(SYS_mknod, "fifo", S_IFIFO | 0600, 0));
	say("mknod removed", unlink("fifo"));
}

static void attributes(void)
{
	const struct timespec wrong[2] = { { .tv_nsec = 2000000000 }, { .tv_nsec = -5 } };
	static char big[70000];

	say("truncate to less than nothing", truncate("file", -1));
	say("truncate a folder", truncate("folder", 0));
	say("truncate nothing", truncate("none", 0));
	say("truncate nowhere", syscall(SYS_truncate, nowhere, 0L));
	say("mode of nothing", chmod("none", 0600));
	say("mode of nowhere", syscall(SYS_chmod, nowhere, 0600));
	say("mode with high bits", syscall(SYS_chmod, "file", 0xfff0644L));
	say("mode of descriptor -1", fchmod(-1, 0600));
	say("owner, unchanged", chown("file", (uid_t)-1, (gid_t)-1));
	say("owner with all flags", syscall(SYS_fchownat, AT_FDCWD, "file", -1, -1, -1L));
	say("owner of nothing", chown("none", (uid_t)-1, (gid_t)-1));
	say("times from nowhere", syscall(SYS_utimensat, AT_FDCWD, "file", nowhere, 0));
	say("times that are none", utimensat(AT_FDCWD, "file", wrong, 0));
	say("times with all flags", syscall(SYS_utimensat, AT_FDCWD, "file", NULL, -1L));
	say("times of NULL", syscall(SYS_utimensat, -1, NULL, NULL, 0));
	say("attribute without a name", syscall(SYS_setxattr, "file", "", "v", 1L, 0));
	say("attribute of a long name", syscall(SYS_setxattr, "file", long_path(300), "v", 1L, 0));
	say("attribute of a strange name", syscall(SYS_setxattr, "file", "strange.x", "v", 1L, 0));
	say("attribute from nowhere", syscall(SYS_setxattr, "file", "user.x", nowhere, 10L, 0));
	say("attribute named nowhere", syscall(SYS_setxattr, "file", nowhere, "v", 1L, 0));
	say("attribute too large", syscall(SYS_setxattr, "file", "user.x", big, 65537L, 0));
	say("attribute with all flags", syscall(SYS_setxattr, "file", "user.x", "v", 1L, -1L));
	say("attribute that is not there", syscall(SYS_removexattr, "file", "user.none"));
}

static void how(void)
{
	static char room[2 * 4096];
	struct open_how *wish = (void *)room;

	say_and_close("size 0", syscall(SYS_openat2, AT_FDCWD, "file", wish, 0L));
	say_and_close("size 23", syscall(SYS_openat2, AT_FDCWD, "file", wish, 23L));
	say_and_close("size 24", syscall(SYS_openat2, AT_FDCWD, "file", wish, 24L));
	say_and_close("size 25", syscall(SYS_openat2, AT_FDCWD, "file", wish, 25L));
	say_and_close("size 4096", syscall(SYS_openat2, AT_FDCWD, "file", wish, 4096L));
	say_and_close("size 4097", syscall(SYS_openat2, AT_FDCWD, "file", wish, 4097L));
	say_and_close("size -1", syscall(SYS_openat2, AT_FDCWD, "file", wish, -1L));
	say_and_close("from nowhere", syscall(SYS_openat2, AT_FDCWD, "file", nowhere, 24L));
	room[40] = 1;
	say_and_close("of a later kernel", syscall(SYS_openat2, AT_FDCWD, "file", wish, 48L));
	wish->flags = ~0ULL;
	say_and_close("all flags", syscall(SYS_openat2, AT_FDCWD, "file", wish, 24L));
	*wish = (struct open_how){ .mode = 0600 };
	say_and_close("mode without creation", syscall(SYS_openat2, AT_FDCWD, "file", wish, 24L));
	*wish = (struct open_how){ .resolve = ~0ULL };
	say_and_close("all ways", syscall(SYS_openat2, AT_FDCWD, "file", wish, 24L));
	*wish = (struct open_how){ .resolve = RESOLVE_BENEATH };
	say_and_close("upwards, beneath", syscall(SYS_openat2, AT_FDCWD, "../x", wish, 24L));
	say_and_close("absolute, beneath", syscall(SYS_openat2, AT_FDCWD, "/dev/null", wish, 24L));
}

/* Executes in a child, which says "0" by exiting with 0, and its error otherwise. */
static void execute(const char *label, long path, long argv, long envp)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		(void)syscall(SYS_execve, path, argv, envp);
		_exit(errno);
	}
	(void)waitpid(pid, &status, 0);
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : ENOTRECOVERABLE;
	say(label, errno ? -1 : 0);
}

static char *word_of(size_t len)
{
	char *word = malloc(len + 1);

	memset(word, 'w', len);
	word[len] = '\0';
	return word;
}

static void programs(void)
{
	char name[] = "program";
	char *plain[] = { name, NULL };
	char *one[] = { name, NULL, NULL };
	char **many = calloc(100000, sizeof(*many));
	long path = (long)"program";
	long env = (long)environ;

	execute("as it should be", path, (long)plain, env);
	execute("no argv", path, 0, env);
	execute("no environment", path, (long)plain, 0);
	execute("argv from nowhere", path, nowhere, env);
	execute("environment from nowhere", path, (long)plain, nowhere);
	execute("path from nowhere", nowhere, (long)plain, env);
	execute("path NULL", 0, (long)plain, env);
	execute("path empty", (long)"", (long)plain, env);
	execute("a folder", (long)"folder", (long)plain, env);
	execute("a file that is no program", (long)"file", (long)plain, env);
	one[1] = (char *)nowhere;
	execute("an argument from nowhere", path, (long)one, env);
	one[1] = at_edge("argument", false);
	execute("an argument without an end", path, (long)one, env);
	one[1] = at_edge("argument", true);
	execute("an argument that ends with its page", path, (long)one, env);
	one[1] = word_of(131071);
	execute("an argument of 128 KiB", path, (long)one, env);
	one[1] = word_of(131072);
	execute("an argument of one byte more", path, (long)one, env);
	many[0] = name;
	for (int i = 1; i < 20; i++)
		many[i] = word_of(100000);
	execute("2 MB of arguments", path, (long)many, env);
	for (int i = 20; i < 90; i++)
		many[i] = many[1];
	execute("9 MB of arguments", path, (long)many, env);
	for (int i = 1; i < 90000; i++)
		many[i] = name;
	execute("90,000 arguments", path, (long)many, env);
}

static void addresses(void)
{
	static const long lengths[] = { 0, 1, 2, 15, 16, 110, 128, 129, 4096, 0x7fffffff, -1 };
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				  .sin_port = htons(1) };
	static char room[8192];
	int fd = socket(AF_INET, SOCK_STREAM, 0), un = socket(AF_UNIX, SOCK_STREAM, 0);
	int file = open("file", O_RDONLY), pin = open("file", O_PATH);
	char label[64];

	memcpy(room, &in, sizeof(in));
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		(void)snprintf(label, sizeof(label), "connect, %ld bytes", lengths[i]);
		say(label, syscall(SYS_connect, fd, room, lengths[i]));
	}
	say("connect NULL", syscall(SYS_connect, fd, 0L, 16L));
	say("connect nowhere", syscall(SYS_connect, fd, nowhere, 16L));
	say("connect by a file", syscall(SYS_connect, file, room, 16L));
	say("connect by a pin", syscall(SYS_connect, pin, room, 16L));
	say("connect by -1", syscall(SYS_connect, -1, room, 16L));
	say("connect of another family", syscall(SYS_connect, un, room, 16L));
	for (size_t i = 8; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		(void)snprintf(label, sizeof(label), "bind, %ld bytes", lengths[i]);
		say(label, syscall(SYS_bind, fd, room, lengths[i]));
	}
	say("bind, 0 bytes", syscall(SYS_bind, fd, room, 0L));
	say("bind NULL", syscall(SYS_bind, fd, 0L, 16L));
	say("bind nowhere", syscall(SYS_bind, fd, nowhere, 16L));
	say("bind by a file", syscall(SYS_bind, file, room, 16L));
	say("listen by a file", listen(file, 1));
	say("listen by -1", listen(-1, 1));
}

static struct iovec *vector_of(size_t count, void *base, size_t len)
{
	struct iovec *vector = calloc(count + 1, sizeof(*vector));

	for (size_t i = 0; i < count; i++)
		vector[i] = (struct iovec){ base, len };
	return vector;
}

static void messages(void)
{
	static char room[64];
	struct msghdr message = { .msg_iovlen = 1 };
	int pair[2], file = open("file", O_RDONLY);

	(void)socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
	message.msg_iov = vector_of(1, room, 8);
	say("a message", sendmsg(pair[0], &message, 0));
	say("header NULL", syscall(SYS_sendmsg, pair[0], 0L, 0));
	say("header nowhere", syscall(SYS_sendmsg, pair[0], nowhere, 0));
	say("by a file", sendmsg(file, &message, 0));
	say("by -1", sendmsg(-1, &message, 0));
	message.msg_iov = vector_of(2000, room, 1);
	message.msg_iovlen = 1024;
	say("1024 pieces", sendmsg(pair[0], &message, MSG_DONTWAIT));
	message.msg_iovlen = 1025;
	say("1025 pieces", sendmsg(pair[0], &message, 0));
	message.msg_iovlen = (size_t)-1;
	say("-1 pieces", sendmsg(pair[0], &message, 0));
	message.msg_iovlen = 1;
	message.msg_iov = (void *)nowhere;
	say("pieces nowhere", sendmsg(pair[0], &message, 0));
	message.msg_iov = vector_of(1, (void *)nowhere, 8);
	say("a piece nowhere", sendmsg(pair[0], &message, 0));
	message.msg_iov = vector_of(1, room, (size_t)-1);
	say("a piece of -1 bytes", sendmsg(pair[0], &message, 0));
	message.msg_iov = vector_of(1, room, 8);
	message.msg_control = (void *)nowhere;
	message.msg_controllen = 64;
	say("control nowhere", sendmsg(pair[0], &message, 0));
	message.msg_control = room;
	message.msg_controllen = 0x7fffffff;
	say("control too large", sendmsg(pair[0], &message, 0));
	say("many, none", syscall(SYS_sendmmsg, pair[0], room, 0L, 0));
	say("many, nowhere", syscall(SYS_sendmmsg, pair[0], nowhere, 4L, 0));
	say("sendto nowhere", syscall(SYS_sendto, pair[0], nowhere, 4L, 0, 0L, 0L));
}

static const struct group {
	const char *name;
	void (*run)(void);
} groups[] = {
	{ "paths", paths },	      { "folders", folders },	{ "names", names },
	{ "attributes", attributes }, { "how", how },		{ "programs", programs },
	{ "addresses", addresses },   { "messages", messages },
};

int main(int argc, char **argv)
{
	page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED || munmap(page + PAGE, PAGE) < 0)
		return 1;
	nowhere = (long)(page + PAGE);
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		if (argc < 2)
			(void)puts(groups[i].name);
		else if (strcmp(argv[1], groups[i].name) == 0)
			groups[i].run();
	}
	return 0;
}
