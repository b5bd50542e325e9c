/* SPDX-License-Identifier: MIT */
/*
 * What execve and execveat answer, for each kind of file, with each kind of arguments. Prints a line for each,
 * and what the programs print that run; to be compared with what it prints bare. Runs in an empty folder.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BAD ((char *)8)
#define CHECK 0x10000 /* AT_EXECVE_CHECK, Linux 6.14 */
#define SCRIPTS 8     /* more than the kernel follows */

static char *image; /* of this program */
static size_t image_size;
static char long_name[300], long_text[200 * 1024];

static void must(bool done, const char *what)
{
	if (done)
		return;
	(void)printf("cannot %s: %s\n", what, strerrorname_np(errno));
	(void)fflush(stdout);
	_exit(1);
}

static void put(const char *name, const void *text, size_t size, mode_t mode)
{
	int fd = open(name, O_CREAT | O_EXCL | O_WRONLY, 0755);

	must(fd >= 0 && write(fd, text, size) == (ssize_t)size && fchmod(fd, mode) == 0 &&
		     close(fd) == 0,
	     name);
}

static void put_text(const char *name, const char *text)
{
	put(name, text, strlen(text), 0755);
}

static void image_read(void)
{
	int fd = open("/proc/self/exe", O_RDONLY);
	struct stat st;

	must(fd >= 0 && fstat(fd, &st) == 0, "find the program");
	image_size = (size_t)st.st_size;
	image = malloc(image_size);
	must(image && read(fd, image, image_size) == (ssize_t)image_size && close(fd) == 0,
	     "read the program");
}

/* This program, with other bytes at a place. */
static void put_changed(const char *name, size_t at, const char *bytes, size_t count)
{
	char *copy = malloc(image_size);

	must(copy && at + count <= image_size, name);
	memcpy(copy, image, image_size);
	memcpy(copy + at, bytes, count);
	put(name, copy, image_size, 0755);
	free(copy);
}

/* Where the program names its loader; far behind everything in one that has none. */
static size_t loader_at(void)
{
	const char *found = memmem(image, image_size, "/ld-", 4);

	return found ? (size_t)(found - image) : image_size - 64;
}

static void put_programs(void)
{
	put("program", image, image_size, 0755);
	put("not executable", image, image_size, 0644);
	put("cut at 3", image, 3, 0755);
	put("cut at 63", image, 63, 0755);
	put("cut at 64", image, 64, 0755);
	put("cut at 100", image, 100, 0755);
	put_changed("other class", 4, "\1", 1);
	put_changed("other machine", 18, "\x28\0", 2);
	put_changed("an object", 16, "\1\0", 2);
	put_changed("no segments", 56, "\0\0", 2);
	put_changed("many segments", 56, "\xff\xff", 2);
	put_changed("odd segments", 54, "\x10\0", 2);
	put_changed("segments far away", 32, "\0\0\0\x7f\0\0\0\0", 8);
	put_changed("missing loader", loader_at(), "/no-", 4);
	put_changed("loader that is none", loader_at(), "\0", 1);
	put("busy", image, image_size, 0755);
}

static void put_scripts(void)
{
	char name[32], text[64];

	put_text("script", "#!./program an argument\n");
	put_text("script of nothing", "#!./missing\n");
	put_text("script of a folder", "#!./folder\n");
	put_text("script of a text", "#!./text\n");
	put_text("script of a file", "#!./not executable\n");
	put_text("script of itself", "#!./script of itself\n");
	put_text("selfish", "#!./selfish\n");
	put_text("script of busy", "#!./busy\n");
	put_text("script of a busy text", "#!./busytext\n");
	put_text("script of a loop", "#!./loop\n");
	put_text("script below a file", "#!./text/below\n");
	put_text("script without a name", "#!\n");
	put("script that is none", "#!./program\n", 12, 0644);
	put_text("text", "text\n");
	put_text("empty", "");
	put_text("one", "#");
	put_text("busytext", "text\n");
	put_text("busyscript", "#!./program\n");
	put_text("busyorphan", "#!./missing\n");
	put("busyfile", "text", 4, 0644);
	for (int i = 0; i < SCRIPTS; i++) {
		(void)snprintf(name, sizeof(name), "chain%d", i);
		(void)snprintf(text, sizeof(text), i ? "#!./chain%d\n" : "#!./program\n", i - 1);
		put_text(name, text);
	}
}

static void put_others(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "socket" };

	must(mkdir("folder", 0755) == 0 && mkdir("locked", 0755) == 0, "make folders");
	put_text("locked/text", "text\n");
	put("locked/program", image, image_size, 0755);
	must(chmod("locked", 0) == 0, "lock a folder");
	must(symlink("program", "link") == 0 && symlink("missing", "dangling") == 0, "make links");
	must(symlink("loop", "loop") == 0 && symlink("text", "linked") == 0, "make links");
	must(mkfifo("fifo", 0755) == 0, "make a FIFO");
	must(bind(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&address, sizeof(address)) ==
		     0,
	     "make a socket");
	must(open("busy", O_WRONLY) >= 0 && open("busytext", O_WRONLY) >= 0 &&
		     open("busyscript", O_WRONLY) >= 0 && open("busyorphan", O_WRONLY) >= 0 &&
		     open("busyfile", O_WRONLY) >= 0,
	     "write to files");
}

static const char *text_of(const char *path)
{
	return path == NULL ? "NULL" : path == BAD ? "BAD" : path == long_name ? "LONG" : path;
}

/* Arguments, which execve takes as not const and does not change. */
static char first[] = "name", second[] = "given";
static char *plain[] = { first, second, NULL };

/* In a child, so that what runs does not end this. */
static void show(int fd, const char *path, char **argv, char **envp, int flags)
{
	int status;
	pid_t child;

	(void)fflush(stdout);
	child = fork();
	if (child == 0) {
		long r = flags < 0 ? syscall(SYS_execve, path, argv, envp)
				   : syscall(SYS_execveat, fd, path, argv, envp, flags);

		(void)printf(" = %s\n", r < 0 ? strerrorname_np(errno) : "done");
		(void)fflush(stdout);
		_exit(0);
	}
	(void)waitpid(child, &status, 0);
	if (status)
		(void)printf("status %x\n", (unsigned)status);
}

static char *many[1200000];

static void with_arguments(const char *path)
{
	static char *none[] = { NULL };
	static char *bad[] = { first, BAD, NULL };
	static char *long_one[] = { first, long_text, NULL };
	static const struct {
		const char *what;
		char **argv, **envp;
	} rows[] = {
		{ "", plain, NULL },
		{ ", none", none, NULL },
		{ ", NULL", NULL, NULL },
		{ ", BAD", (char **)8, NULL },
		{ ", with BAD", bad, NULL },
		{ ", a long one", long_one, NULL },
		{ ", environment BAD", plain, (char **)8 },
		{ ", environment with BAD", plain, bad },
		{ ", environment with a long one", plain, long_one },
		{ ", BAD, environment BAD", (char **)8, (char **)8 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		(void)printf("execve(%s%s)", text_of(path), rows[i].what);
		show(AT_FDCWD, path, rows[i].argv, rows[i].envp, -1);
	}
}

static void with_flags(const char *path)
{
	static const int flags[] = { 0, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH, 1, CHECK };

	for (size_t i = 0; i < COUNT(flags); i++) {
		(void)printf("execveat(%s, %x)", text_of(path), (unsigned)flags[i]);
		show(AT_FDCWD, path, plain, NULL, flags[i]);
	}
}

static int of_memory(const void *bytes, size_t size)
{
	int fd = (int)syscall(SYS_memfd_create, "memory", 0);

	must(fd >= 0 && write(fd, bytes, size) == (ssize_t)size, "make a file in memory");
	return fd;
}

static void on_descriptors(void)
{
	static const char *const names[] = { "", "program", "missing", "/", BAD, NULL };
	const struct {
		const char *kind;
		int fd;
	} rows[] = {
		{ "none", 999 },
		{ "negative", -1 },
		{ "cwd", AT_FDCWD },
		{ "folder", open("folder", O_RDONLY) },
		{ "program", open("program", O_RDONLY) },
		{ "name of a program", open("program", O_PATH) },
		{ "name of a link", open("link", O_PATH | O_NOFOLLOW) },
		{ "script", open("script", O_RDONLY) },
		{ "closing script", open("script", O_RDONLY | O_CLOEXEC) },
		{ "text", open("text", O_RDONLY) },
		{ "busy text", open("busytext", O_RDONLY) },
		{ "socket", socket(AF_UNIX, SOCK_STREAM, 0) },
		{ "text in memory", of_memory("text", 4) },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t j = 0; j < COUNT(names); j++) {
			(void)printf("execveat(%s, %s, 0)", rows[i].kind, text_of(names[j]));
			show(rows[i].fd, names[j], plain, NULL, 0);
			(void)printf("execveat(%s, %s, EMPTY)", rows[i].kind, text_of(names[j]));
			show(rows[i].fd, names[j], plain, NULL, AT_EMPTY_PATH);
			if (strstr(rows[i].kind, "memory"))
				continue; /* what has no name is no program of any policy */
			(void)printf("execveat(%s, %s, CHECK)", rows[i].kind, text_of(names[j]));
			show(rows[i].fd, names[j], plain, NULL, AT_EMPTY_PATH | CHECK);
		}
}

static const char *const paths[] = {
	"",
	".",
	"/",
	"missing",
	"missing/below",
	"folder",
	"folder/",
	"folder/missing",
	"program",
	"program/",
	"program/below",
	"not executable",
	"cut at 3",
	"cut at 63",
	"cut at 64",
	"cut at 100",
	"other class",
	"other machine",
	"an object",
	"no segments",
	"many segments",
	"odd segments",
	"segments far away",
	"missing loader",
	"loader that is none",
	"busy",
	"script",
	"script of nothing",
	"script of a folder",
	"script of a text",
	"script of a file",
	"script of itself",
	"selfish",
	"script of busy",
	"script of a busy text",
	"script of a loop",
	"script below a file",
	"script without a name",
	"script that is none",
	"text",
	"empty",
	"one",
	"busytext",
	"busyscript",
	"busyorphan",
	"busyfile",
	"chain2",
	"chain3",
	"chain4",
	"chain5",
	"chain6",
	"locked",
	"locked/text",
	"locked/program",
	"locked/missing",
	"link",
	"link/",
	"linked",
	"dangling",
	"loop",
	"fifo",
	"socket",
	"/dev/null",
	"/proc/self/fd/77",
	long_name,
	BAD,
	NULL,
};

int main(int argc, char **argv)
{
	if (argc == 0 || !strstr(argv[0], "differential")) {
		(void)printf(" ran");
		for (int i = 0; i < argc && i < 8; i++)
			(void)printf(" '%.40s'", argv[i]);
		(void)printf("%s\n", argc > 8 ? " ..." : "");
		return 0;
	}
	(void)close_range(3, ~0U, 0);
	(void)umask(022);
	memset(long_name, 'n', sizeof(long_name) - 1);
	memset(long_text, 't', sizeof(long_text) - 1);
	for (size_t i = 0; i < COUNT(many) - 1; i++)
		many[i] = second;
	image_read();
	put_programs();
	put_scripts();
	put_others();
	for (size_t i = 0; i < COUNT(paths); i++) {
		with_arguments(paths[i]);
		with_flags(paths[i]);
	}
	on_descriptors();
	(void)printf("too many arguments");
	show(AT_FDCWD, "program", many, NULL, -1);
	(void)printf("too many arguments of a text");
	show(AT_FDCWD, "text", many, NULL, -1);
	return 0;
}
