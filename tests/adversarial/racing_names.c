/* SPDX-License-Identifier: MIT */
/*
 * Races of names, attributes and queues (tests/support/racing.h): in the working folder 0 is
 * granted, and 1 a link to outside. Where the race is about what is denied inside of what is
 * granted, "henv" and ".env" stand beside each other. PEER is the end of a queue's name.
 *
 * Most are one system call, a row each. Needs only libc.
 */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tests/support/racing.h"

/* Of the kernel's table, the same on every machine: later than the headers that we build with. */
#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
#ifndef SYS_setxattrat
#define SYS_setxattrat 463
#define SYS_removexattrat 466
#endif
#ifndef RENAME_EXCHANGE
#define RENAME_NOREPLACE 1
#define RENAME_EXCHANGE 2
#endif

#define HERE_FD 101	/* the working folder */
#define NAMELESS_FD 102 /* a file that has no name yet */

/* Arguments that are known only when it runs. */
enum { PATH = -1000, UID, GID };
#define TEXT(text) (intptr_t)(text)

/* What must be there, or not, before each call. */
enum needs {
	OLD_FILE = 1 << 0,
	OLD_FOLDER = 1 << 1,
	OLD_LINK = 1 << 2,
	ATTRIBUTE = 1 << 3,
	MINE = 1 << 4,
	HENV = 1 << 5,
	NAMELESS = 1 << 6,
	NO_NEW = 1 << 7,
	NO_HARD = 1 << 8,
	NO_HENV = 1 << 9,
	OPENS = 1 << 10, /* no need: the call gives a descriptor, which is read and closed */
};

static const char *queue_end;

/*
 * Flipping.
 */

static void flip_env(int side)
{
	poke(page->path, side ? "." : "h", 1);
}

/* What may be written, and what may only be read. */
static void flip_readable(int side)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/.bashrc", getenv("HOME"));
	flip_to(side ? open(path, O_RDONLY) : open("0/file", O_RDWR));
}

static void flip_pin(int side)
{
	flip_to(open(side ? "1/file" : "0/file", O_PATH));
}

static void replace_link(const char *name, const char *target)
{
	(void)unlink("next");
	(void)!symlink(target, "next");
	(void)rename("next", name);
}

/* A link at the end of a path, to race->path. */
static void flip_end(int side)
{
	char target[64];

	(void)snprintf(target, sizeof(target), "%d%s", side, race->path + 1);
	replace_link("end", target);
}

/* A link in the middle of a path. */
static void flip_middle(int side)
{
	replace_link("0/middle", side ? "../1" : "../0");
}

static void flip_env_link(int side)
{
	replace_link("end", side ? ".env" : "henv");
}

/* A second name. */
static void flip_hard_link(int side)
{
	(void)unlink("alias");
	(void)!link(side ? ".env" : "henv", "alias");
}

static void exchange(const char *a, const char *b)
{
	(void)syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE);
}

static void flip_places(int side)
{
	(void)side;
	exchange("place", "other");
}

static void flip_parents(int side)
{
	(void)side;
	exchange("plain", "linked");
}

static void flip_names(int side)
{
	(void)side;
	exchange(".env", "henv");
}

static void flip_parent(int side)
{
	(void)(side ? rename("plain", "moved") : rename("moved", "plain"));
}

/*
 * Calls.
 */

static void make_file(const char *path)
{
	(void)close(open(path, O_CREAT | O_WRONLY, 0600));
}

static void nameless_open(void)
{
	int fd = open("0", O_TMPFILE | O_WRONLY, 0600);

	(void)dup2(fd, NAMELESS_FD);
	(void)close(fd);
}

static void see_to(unsigned needs)
{
	if (needs & OLD_FILE)
		make_file("0/file");
	if (needs & OLD_FOLDER)
		(void)mkdir("0/folder", 0700);
	if (needs & OLD_LINK)
		(void)!symlink("nowhere", "0/link");
	if (needs & ATTRIBUTE)
		(void)setxattr("0/file", "user.a", "1", 1, 0);
	if (needs & MINE)
		make_file("mine");
	if (needs & HENV)
		make_file("henv");
	if (needs & NAMELESS)
		nameless_open();
	if (needs & NO_NEW && unlink("0/new") < 0)
		(void)rmdir("0/new");
	if (needs & NO_HARD)
		(void)unlink("hard");
	if (needs & NO_HENV && unlink("henv") < 0)
		(void)rmdir("henv");
}

static intptr_t argument(intptr_t of)
{
	switch (of) {
	case PATH:
		return (intptr_t)page->path;
	case UID:
		return (intptr_t)getuid();
	case GID:
		return (intptr_t)getgid();
	default:
		return of;
	}
}

static bool call_row(void)
{
	intptr_t args[6];
	long result;

	see_to(race->needs);
	for (int i = 0; i < 6; i++)
		args[i] = argument(race->args[i]);
	errno = 0;
	result = syscall(race->number, args[0], args[1], args[2], args[3], args[4], args[5]);
	return race->needs & OPENS ? print_and_close((int)result) : result >= 0;
}

static bool open_and_print(const char *path)
{
	errno = 0;
	return print_and_close(open(path, O_RDONLY));
}

static bool call_link_and_open(void)
{
	return call_row() && open_and_print("hard");
}

/* Where a nameless file lies. */
static bool call_nameless(void)
{
	char link[64], place[256] = "";
	int fd = open(page->path, O_TMPFILE | O_WRONLY, 0600);

	if (fd < 0)
		return false;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if (readlink(link, place, sizeof(place) - 1) > 0 && strstr(place, "/outside/"))
		print_harm();
	return close(fd) == 0;
}

/* One that may be opened, and one that may not, while both are being moved. */
static bool call_in_turn(const char *plain, const char *env)
{
	static unsigned turn;

	return open_and_print(turn++ % 2 ? plain : env);
}

static bool call_moved(void)
{
	return call_in_turn("plain/henv", "plain/.env");
}

static bool call_exchanged(void)
{
	return call_in_turn("henv", ".env");
}

static bool call_alias(void)
{
	return call_in_turn("alias", ".env");
}

static bool call_parents(void)
{
	return open_and_print("plain/name");
}

/* One of ours that is there already, or one of another's. */
static bool call_queue_open(void)
{
	struct mq_attr attributes = { .mq_maxmsg = 4, .mq_msgsize = 128 };
	char text[129] = "";
	int fd;

	errno = 0;
	fd = (int)syscall(SYS_mq_open, page->path, O_CREAT | O_RDWR | O_NONBLOCK, 0600,
			  &attributes);
	if (fd < 0)
		return false;
	if (mq_receive(fd, text, sizeof(text) - 1, NULL) > 0)
		(void)!write(STDOUT_FILENO, text, strlen(text));
	return close(fd) == 0;
}

static bool call_queue_unlink(void)
{
	char own[64];
	int fd;

	(void)snprintf(own, sizeof(own), "0%s", queue_end);
	fd = (int)syscall(SYS_mq_open, own, O_CREAT | O_RDWR, 0600, NULL);
	(void)close(fd);
	errno = 0;
	return syscall(SYS_mq_unlink, page->path) == 0;
}

/*
 * Rows. By path, by a path that is denied inside, below a folder's descriptor, by a file's.
 */

#define BY(flip_, sharers_, path_) .flip = flip_, .sharers = sharers_, .path = path_
#define BY_PATH(path_) BY(flip_path, MEMORY, path_)
#define BY_ENV BY(flip_env, MEMORY, "henv"), .scene = "env"
#define BY_FOLDER BY(flip_folder, SHARED, NULL)
#define BY_FILE BY(flip_readable, SHARED, NULL)
#define BY_PIN BY(flip_pin, SHARED, NULL)
#define BY_MIDDLE BY(flip_middle, NAMES, NULL)
#define BY_END(path_) BY(flip_end, NAMES, path_)
#define BY_PLACE BY(flip_places, NAMES, NULL)
#define ROW(number_, needs_, ...) .number = number_, .needs = needs_, .args = { __VA_ARGS__ }
#define CALL(...) .call = call_row, ROW(__VA_ARGS__)

#define READ_IT O_RDONLY
#define MAKE_IT (O_CREAT | O_EXCL | O_WRONLY)
#define PROC_FLIP TEXT("/proc/self/fd/100")
#define PROC_NAMELESS TEXT("/proc/self/fd/102")
#define USER_A TEXT("user.a")

/* struct xattr_args of setxattrat(2) */
static const struct {
	uint64_t value;
	uint32_t size, flags;
} no_value;

static const struct race races[] = {
#ifdef SYS_creat /* elsewhere libc makes them of those below */
	{ "creat", BY_PATH("0/new"), CALL(SYS_creat, NO_NEW | OPENS, PATH, 0600) },
	{ "mknod", BY_PATH("0/new"), CALL(SYS_mknod, NO_NEW, PATH, S_IFIFO | 0600, 0) },
	{ "mkdir", BY_PATH("0/new"), CALL(SYS_mkdir, NO_NEW, PATH, 0700) },
	{ "symlink", BY_PATH("0/new"), CALL(SYS_symlink, NO_NEW, TEXT("nowhere"), PATH) },
	{ "unlink", BY_PATH("0/file"), CALL(SYS_unlink, OLD_FILE, PATH) },
	{ "rmdir", BY_PATH("0/folder"), CALL(SYS_rmdir, OLD_FOLDER, PATH) },
	{ "rename", BY_PATH("0/file"), CALL(SYS_rename, MINE, TEXT("mine"), PATH) },
	{ "rename-away", BY_PATH("0/file"), CALL(SYS_rename, OLD_FILE, PATH, TEXT("away")) },
	{ "link", BY_PATH("0/file"), CALL(SYS_link, NO_HARD, PATH, TEXT("hard")) },
	{ "link-there", BY_PATH("0/new"), CALL(SYS_link, NO_NEW | MINE, TEXT("mine"), PATH) },
	{ "chmod", BY_PATH("0/file"), CALL(SYS_chmod, 0, PATH, 0707) },
	{ "chown", BY_PATH("0/file"), CALL(SYS_chown, 0, PATH, UID, GID) },
	{ "lchown", BY_PATH("0/link"), CALL(SYS_lchown, OLD_LINK, PATH, UID, GID) },
	{ "utime", BY_PATH("0/file"), CALL(SYS_utime, 0, PATH, 0) },
	{ "utimes", BY_PATH("0/file"), CALL(SYS_utimes, 0, PATH, 0) },
	{ "futimesat", BY_FOLDER, CALL(SYS_futimesat, 0, FLIP_FD, TEXT("file"), 0) },
	{ "futimesat-descriptor", BY_FILE, CALL(SYS_futimesat, 0, FLIP_FD, 0, 0) },
#endif
	{ "openat", BY_PATH("0/file"), CALL(SYS_openat, OPENS, HERE_FD, PATH, READ_IT) },
	{ "openat-middle", BY_MIDDLE,
	  CALL(SYS_openat, OPENS, AT_FDCWD, TEXT("0/middle/below/file"), READ_IT) },
	{ "openat-end", BY_END("0/file"), CALL(SYS_openat, OPENS, AT_FDCWD, TEXT("end"), READ_IT) },
	{ "openat-new", BY_FOLDER,
	  CALL(SYS_openat, NO_NEW | OPENS, FLIP_FD, TEXT("new"), MAKE_IT, 0600) },
	{ "openat-new-end", BY_END("0/new"),
	  CALL(SYS_openat, NO_NEW | OPENS, AT_FDCWD, TEXT("end"), O_CREAT | O_WRONLY, 0600) },
	{ "openat-nameless", BY(flip_path, MEMORY, "0"), .call = call_nameless },
	{ "linkat-nameless", BY_PATH("0/new"),
	  CALL(SYS_linkat, NO_NEW | NAMELESS, AT_FDCWD, PROC_NAMELESS, AT_FDCWD, PATH,
	       AT_SYMLINK_FOLLOW) },
	{ "truncate", BY_PATH("0/file"), CALL(SYS_truncate, 0, PATH, 1) },
	{ "truncate-end", BY_END("0/file"), CALL(SYS_truncate, 0, TEXT("end"), 1) },

	{ "mknodat", BY_FOLDER,
	  CALL(SYS_mknodat, NO_NEW, FLIP_FD, TEXT("new"), S_IFREG | 0600, 0) },
	{ "mkdirat", BY_FOLDER, CALL(SYS_mkdirat, NO_NEW, FLIP_FD, TEXT("new"), 0700) },
	{ "mkdirat-middle", BY_MIDDLE,
	  CALL(SYS_mkdirat, NO_NEW, AT_FDCWD, TEXT("0/middle/new"), 0700) },
	{ "unlinkat", BY_FOLDER, CALL(SYS_unlinkat, OLD_FILE, FLIP_FD, TEXT("file"), 0) },
	{ "unlinkat-folder", BY_FOLDER,
	  CALL(SYS_unlinkat, OLD_FOLDER, FLIP_FD, TEXT("folder"), AT_REMOVEDIR) },
	{ "unlinkat-middle", BY_MIDDLE,
	  CALL(SYS_unlinkat, OLD_FILE, AT_FDCWD, TEXT("0/middle/file"), 0) },
	{ "renameat", BY_FOLDER,
	  CALL(SYS_renameat, MINE, AT_FDCWD, TEXT("mine"), FLIP_FD, TEXT("file")) },
	{ "renameat-away", BY_FOLDER,
	  CALL(SYS_renameat, OLD_FILE, FLIP_FD, TEXT("file"), AT_FDCWD, TEXT("away")) },
	{ "renameat-place", BY_PLACE,
	  CALL(SYS_renameat, MINE, AT_FDCWD, TEXT("mine"), AT_FDCWD, TEXT("place/file")) },
	{ "renameat2", BY_PATH("0/new"),
	  CALL(SYS_renameat2, MINE | NO_NEW, AT_FDCWD, TEXT("mine"), AT_FDCWD, PATH,
	       RENAME_NOREPLACE) },
	{ "renameat2-exchange", BY_PATH("0/file"),
	  CALL(SYS_renameat2, OLD_FILE | MINE, AT_FDCWD, PATH, AT_FDCWD, TEXT("mine"),
	       RENAME_EXCHANGE) },
	{ "renameat2-exchange-there", BY_FOLDER,
	  CALL(SYS_renameat2, OLD_FILE | MINE, AT_FDCWD, TEXT("mine"), FLIP_FD, TEXT("file"),
	       RENAME_EXCHANGE) },
	{ "linkat", BY(flip_folder, SHARED, NULL), .call = call_link_and_open,
	  ROW(SYS_linkat, NO_HARD, FLIP_FD, TEXT("file"), AT_FDCWD, TEXT("hard"), 0) },
	{ "linkat-there", BY_FOLDER,
	  CALL(SYS_linkat, MINE | NO_NEW, AT_FDCWD, TEXT("mine"), FLIP_FD, TEXT("new"), 0) },
	{ "linkat-end", BY_END("0/file"),
	  CALL(SYS_linkat, NO_HARD, AT_FDCWD, TEXT("end"), AT_FDCWD, TEXT("hard"),
	       AT_SYMLINK_FOLLOW) },
	{ "linkat-descriptor", BY_PIN,
	  CALL(SYS_linkat, NO_HARD, AT_FDCWD, PROC_FLIP, AT_FDCWD, TEXT("hard"),
	       AT_SYMLINK_FOLLOW) },
	{ "symlinkat", BY_FOLDER,
	  CALL(SYS_symlinkat, NO_NEW, TEXT("nowhere"), FLIP_FD, TEXT("new")) },

	{ "fchmod", BY_FILE, CALL(SYS_fchmod, 0, FLIP_FD, 0707) },
	{ "fchmodat", BY_FOLDER, CALL(SYS_fchmodat, 0, FLIP_FD, TEXT("file"), 0707) },
	{ "fchmodat-end", BY_END("0/file"), CALL(SYS_fchmodat, 0, AT_FDCWD, TEXT("end"), 0707) },
	{ "fchmodat-proc", BY_PIN, CALL(SYS_fchmodat, 0, AT_FDCWD, PROC_FLIP, 0707) },
	{ "fchmodat2", BY_PATH("0/file"), CALL(SYS_fchmodat2, 0, HERE_FD, PATH, 0707, 0) },
	{ "fchmodat2-descriptor", BY_PIN,
	  CALL(SYS_fchmodat2, 0, FLIP_FD, TEXT(""), 0707, AT_EMPTY_PATH) },
	{ "fchown", BY_FILE, CALL(SYS_fchown, 0, FLIP_FD, UID, GID) },
	{ "fchownat", BY_FOLDER, CALL(SYS_fchownat, 0, FLIP_FD, TEXT("file"), UID, GID, 0) },
	{ "fchownat-descriptor", BY_PIN,
	  CALL(SYS_fchownat, 0, FLIP_FD, TEXT(""), UID, GID, AT_EMPTY_PATH) },
	{ "utimensat", BY_PATH("0/file"), CALL(SYS_utimensat, 0, HERE_FD, PATH, 0, 0) },
	{ "utimensat-folder", BY_FOLDER, CALL(SYS_utimensat, 0, FLIP_FD, TEXT("file"), 0, 0) },
	{ "utimensat-descriptor", BY_FILE, CALL(SYS_utimensat, 0, FLIP_FD, 0, 0, 0) },

	{ "setxattr", BY_PATH("0/file"), CALL(SYS_setxattr, 0, PATH, USER_A, 0, 0, 0) },
	{ "lsetxattr", BY_PATH("0/file"), CALL(SYS_lsetxattr, 0, PATH, USER_A, 0, 0, 0) },
	{ "fsetxattr", BY_FILE, CALL(SYS_fsetxattr, 0, FLIP_FD, USER_A, 0, 0, 0) },
	{ "setxattrat", BY_FOLDER,
	  CALL(SYS_setxattrat, 0, FLIP_FD, TEXT("file"), 0, USER_A, TEXT(&no_value),
	       sizeof(no_value)) },
	{ "removexattr", BY_PATH("0/file"), CALL(SYS_removexattr, ATTRIBUTE, PATH, USER_A) },
	{ "lremovexattr", BY_PATH("0/file"), CALL(SYS_lremovexattr, ATTRIBUTE, PATH, USER_A) },
	{ "fremovexattr", BY_FILE, CALL(SYS_fremovexattr, ATTRIBUTE, FLIP_FD, USER_A) },
	{ "removexattrat", BY_FOLDER,
	  CALL(SYS_removexattrat, ATTRIBUTE, FLIP_FD, TEXT("file"), 0, USER_A) },

	{ "env-open", BY_ENV, CALL(SYS_openat, HENV | OPENS, AT_FDCWD, PATH, READ_IT) },
	{ "env-new", BY(flip_env, MEMORY, "henv"), .scene = "no-env",
	  CALL(SYS_openat, NO_HENV | OPENS, AT_FDCWD, PATH, MAKE_IT, 0600) },
	{ "env-new-folder", BY(flip_env, MEMORY, "henv"), .scene = "no-env",
	  CALL(SYS_mkdirat, NO_HENV, AT_FDCWD, PATH, 0700) },
	{ "env-unlink", BY_ENV, CALL(SYS_unlinkat, HENV, AT_FDCWD, PATH, 0) },
	{ "env-exchange", BY_ENV,
	  CALL(SYS_renameat2, HENV | MINE, AT_FDCWD, PATH, AT_FDCWD, TEXT("mine"),
	       RENAME_EXCHANGE) },
	{ "env-rename", BY_ENV, CALL(SYS_renameat, HENV, AT_FDCWD, PATH, AT_FDCWD, TEXT("away")) },
	{ "env-rename-there", BY_ENV,
	  CALL(SYS_renameat, MINE, AT_FDCWD, TEXT("mine"), AT_FDCWD, PATH) },
	{ "env-link", BY(flip_env, MEMORY, "henv"), .call = call_link_and_open, .scene = "env",
	  ROW(SYS_linkat, HENV | NO_HARD, AT_FDCWD, PATH, AT_FDCWD, TEXT("hard"), 0) },
	{ "env-symlink", BY(flip_env_link, NAMES, NULL), .scene = "env",
	  CALL(SYS_openat, OPENS, AT_FDCWD, TEXT("end"), READ_IT) },
	{ "env-hard-link", BY(flip_hard_link, NAMES, NULL), .call = call_alias, .scene = "env" },
	{ "env-exchanged", BY(flip_names, NAMES, NULL), .call = call_exchanged, .scene = "env" },
	{ "env-parents", BY(flip_parents, NAMES, NULL), .call = call_parents, .scene = "env" },
	{ "env-moved", BY(flip_parent, NAMES, NULL), .call = call_moved, .scene = "env" },

	{ "mq_open", BY_PATH("0"), .call = call_queue_open, .peer = "queue" },
	{ "mq_unlink", BY_PATH("0"), .call = call_queue_unlink, .peer = "queue" },
};

static bool prepare(const char *peer)
{
	queue_end = peer;
	if (race->peer)
		(void)snprintf(page->path, sizeof(page->path), "0%s", peer);
	return dup2(open(".", O_PATH), HERE_FD) == HERE_FD;
}

int main(int argc, char **argv)
{
	return race_main(races, sizeof(races) / sizeof(races[0]), prepare, argc, argv);
}
