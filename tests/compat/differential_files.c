/* SPDX-License-Identifier: MIT */
/*
 * What the calls on names answer, for each call, with each of its flags, on each kind of path; and what has
 * become of the files. Prints a line for each; to be compared with what it prints bare. Runs in an empty
 * folder.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BAD ((const char *)8)
#define RAW_TMPFILE 020000000 /* O_TMPFILE without O_DIRECTORY */

static char long_name[300], long_path[5000];

static const char *const paths[] = {
	"",
	".",
	"..",
	"./",
	"../",
	"/",
	"//",
	"file",
	"file/",
	"file//",
	"file/.",
	"file/..",
	"file/below",
	"folder",
	"folder/",
	"folder/.",
	"folder/..",
	"folder/new",
	"folder/new/",
	"full",
	"full/",
	"full/.",
	"full/one",
	"full/../file",
	"missing",
	"missing/",
	"missing/.",
	"missing/..",
	"missing/below",
	"link",
	"link/",
	"link/below",
	"linked",
	"linked/",
	"linked/.",
	"linked/..",
	"linked/new",
	"dangling",
	"dangling/",
	"dangling/below",
	"distant",
	"slashed",
	"slashed/",
	"astray",
	"ended",
	"upward",
	"here",
	"loop",
	"loop/",
	"loop/below",
	"fifo",
	"fifo/",
	"socket",
	"locked",
	"locked/one",
	"locked/new",
	"still",
	"still/one",
	"still/new",
	"sealed",
	"/proc/self/cwd",
	"/proc/self/cwd/",
	"/proc/self/cwd/.",
	"/proc/self/cwd/file",
	"/proc/self/cwd/file/",
	"/proc/self/cwd/new",
	"/proc/self/cwd/loop",
	"/proc/self/cwd/dangling",
	"/proc/self/fd/77",
	"/proc/self/fd/77/new",
	"/proc/self/new",
	"/proc/version/",
	"/proc/version/new",
	long_name,
	long_path,
	BAD,
	NULL,
};

/* Both paths of the calls that have two. */
static const char *const pairs[] = {
	"",	   ".",		"..",	     "/",	   "file",
	"file/",   "folder",	"folder/",   "folder/.",   "folder/new",
	"full",	   "full/one",	"missing",   "missing/",   "link",
	"linked",  "linked/",	"dangling",  "dangling/",  "loop/",
	"fifo",	   "still/one", "still/new", "locked/new", "/proc/self/cwd/file",
	long_name, BAD,		NULL,
};

/* Everything that can be there afterwards. */
static const char *const names[] = {
	"file",	     "folder",	  "folder/new", "full",	   "full/one",	 "missing",    "nowhere",
	"link",	     "linked",	  "dangling",	"distant", "slashed",	 "astray",     "ended",
	"loop",	     "fifo",	  "socket",	"locked",  "locked/one", "locked/new", "still",
	"still/one", "still/new", "sealed",	"hard",	   "new",	 "upward",     "here",
};

static int top;

static const char *text_of(const char *path)
{
	return path == NULL	   ? "NULL"
	       : path == BAD	   ? "BAD"
	       : path == long_name ? "LONG"
	       : path == long_path ? "DEEP"
				   : path;
}

static void must(bool done, const char *what)
{
	if (done)
		return;
	(void)printf("cannot %s: %s\n", what, strerrorname_np(errno));
	(void)fflush(stdout);
	_exit(1);
}

static void put(const char *name, mode_t mode)
{
	int fd = open(name, O_CREAT | O_EXCL | O_WRONLY, mode);

	must(fd >= 0 && write(fd, "text", 4) == 4 && close(fd) == 0, name);
}

static void put_socket(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", name);
	must(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0, name);
	(void)close(fd);
}

/* A new folder with one of each kind, as the working directory. */
static void build(void)
{
	static int number;
	char name[32];

	(void)snprintf(name, sizeof(name), "world%d", number++);
	must(fchdir(top) == 0 && mkdir(name, 0755) == 0 && chdir(name) == 0, "make a world");
	put("file", 0644);
	put("sealed", 0);
	must(mkdir("folder", 0755) == 0 && mkdir("full", 0755) == 0, "make folders");
	must(mkdir("locked", 0755) == 0 && mkdir("still", 0755) == 0, "make folders");
	put("full/one", 0644);
	put("locked/one", 0644);
	put("still/one", 0644);
	must(symlink("file", "link") == 0 && symlink("folder", "linked") == 0, "make links");
	must(symlink("nowhere", "dangling") == 0 && symlink("nowhere/x", "distant") == 0,
	     "make links");
	must(symlink("nowhere/", "slashed") == 0 && symlink("file/x", "astray") == 0, "make links");
	must(symlink("file/", "ended") == 0 && symlink("loop", "loop") == 0, "make links");
	must(symlink("..", "upward") == 0 && symlink(".", "here") == 0, "make links");
	must(mknod("fifo", S_IFIFO | 0644, 0) == 0, "make a FIFO");
	put_socket("socket");
	must(chmod("locked", 0) == 0 && chmod("still", 0555) == 0, "lock folders");
}

struct snapshot {
	struct {
		unsigned mode, links, size;
		ino_t inode;
		bool timed;
	} rows[COUNT(names)];
};

static void look(struct snapshot *out)
{
	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < COUNT(names); i++) {
		struct stat st;

		if (lstat(names[i], &st) < 0)
			continue;
		out->rows[i].mode = st.st_mode;
		out->rows[i].links = (unsigned)st.st_nlink;
		out->rows[i].size = S_ISREG(st.st_mode) ? (unsigned)st.st_size : 0;
		out->rows[i].inode = st.st_ino;
		out->rows[i].timed = st.st_mtim.tv_sec < 1000;
	}
}

static const char *name_of_inode(const struct snapshot *before, ino_t inode)
{
	for (size_t i = 0; i < COUNT(names); i++)
		if (before->rows[i].mode && before->rows[i].inode == inode)
			return names[i];
	return "new";
}

static struct snapshot before;

/* Prints what has changed; a changed world is left for a new one. */
static void compare(void)
{
	struct snapshot after;
	bool changed = false;

	look(&after);
	for (size_t i = 0; i < COUNT(names); i++) {
		if (memcmp(&before.rows[i], &after.rows[i], sizeof(after.rows[i])) == 0)
			continue;
		changed = true;
		if (after.rows[i].mode)
			(void)printf(" [%s: %s %o %u %u%s]", names[i],
				     name_of_inode(&before, after.rows[i].inode),
				     after.rows[i].mode, after.rows[i].links, after.rows[i].size,
				     after.rows[i].timed ? " timed" : "");
		else
			(void)printf(" [%s: gone]", names[i]);
	}
	(void)printf("\n");
	if (!changed)
		return;
	build();
	look(&before);
}

static void show(long result)
{
	if (result < 0)
		(void)printf(" = %s", strerrorname_np(errno));
	else
		(void)printf(" = %ld", result);
}

static long shut(long fd)
{
	return fd < 0 ? fd : close((int)fd);
}

static void show_descriptor(long fd)
{
	struct stat st = { 0 };

	if (fd < 0) {
		show(fd);
		return;
	}
	(void)fstat((int)fd, &st);
	/* O_NOFOLLOW is not kept: what the supervisor opens is the file itself, not its name. */
	(void)printf(" = %ld %o %o %o", fd, fcntl((int)fd, F_GETFD),
		     fcntl((int)fd, F_GETFL) & ~O_NOFOLLOW, st.st_mode);
	(void)close((int)fd);
}

static const int open_flags[] = {
	O_RDONLY,
	O_WRONLY,
	O_RDWR,
	3,
	O_CREAT | O_WRONLY,
	O_CREAT | O_RDONLY,
	O_CREAT | O_EXCL | O_RDWR,
	O_CREAT | O_EXCL | O_NOFOLLOW | O_RDWR,
	O_CREAT | O_NOFOLLOW | O_RDWR,
	O_CREAT | O_TRUNC | O_WRONLY,
	O_CREAT | O_DIRECTORY,
	O_CREAT | O_EXCL | O_DIRECTORY,
	O_CREAT | O_PATH,
	O_EXCL,
	O_NOFOLLOW,
	O_NOFOLLOW | O_WRONLY,
	O_DIRECTORY,
	O_DIRECTORY | O_NOFOLLOW,
	O_DIRECTORY | O_WRONLY,
	O_TRUNC,
	O_TRUNC | O_WRONLY,
	O_TRUNC | O_DIRECTORY,
	O_PATH,
	O_PATH | O_NOFOLLOW,
	O_PATH | O_DIRECTORY,
	O_PATH | O_DIRECTORY | O_NOFOLLOW,
	O_TMPFILE | O_RDWR,
	O_TMPFILE | O_WRONLY | O_EXCL,
	O_TMPFILE | O_RDONLY,
	O_TMPFILE | O_RDWR | O_NOFOLLOW,
	O_TMPFILE | O_CREAT | O_RDWR,
	RAW_TMPFILE | O_RDWR,
	O_APPEND | O_WRONLY,
	O_SYNC | O_RDWR,
	O_DSYNC | O_RDWR,
	O_ASYNC,
	O_NOCTTY,
	O_NOATIME,
	O_DIRECT,
	O_LARGEFILE,
	O_CLOEXEC,
};

static bool waits(const char *path)
{
	return path && path != BAD && strncmp(path, "fifo", 4) == 0;
}

static void opening(const char *path)
{
	for (size_t i = 0; i < COUNT(open_flags); i++) {
		int flags = open_flags[i] | (waits(path) ? O_NONBLOCK : 0);

		(void)printf("open(%s, %o)", text_of(path), flags);
		show_descriptor(syscall(SYS_openat, AT_FDCWD, path, flags, 0640));
		compare();
	}
}

static const uint64_t resolves[] = {
	0,
	RESOLVE_NO_SYMLINKS,
	RESOLVE_NO_MAGICLINKS,
	RESOLVE_NO_XDEV,
	RESOLVE_BENEATH,
	RESOLVE_IN_ROOT,
	RESOLVE_BENEATH | RESOLVE_IN_ROOT,
};

/*
 * A lookup that is held below a folder fails with EAGAIN where anything on the machine was renamed
 * meanwhile, and may be asked for again (openat2(2)).
 */
static long openat2_again(int fd, const char *path, const struct open_how *how)
{
	long opened;
	int tries = 1000;

	do
		opened = syscall(SYS_openat2, fd, path, how, sizeof(*how));
	while (opened < 0 && errno == EAGAIN && --tries);
	return opened;
}

static void opening_by_openat2(const char *path)
{
	static const int flags[] = { O_RDONLY,
				     O_CREAT | O_RDWR,
				     O_CREAT | O_EXCL | O_RDWR,
				     O_DIRECTORY | O_NOFOLLOW,
				     O_TMPFILE | O_RDWR,
				     O_PATH | O_CREAT };

	for (size_t i = 0; i < COUNT(flags); i++)
		for (size_t j = 0; j < COUNT(resolves); j++) {
			struct open_how how = {
				.flags = (uint64_t)flags[i] | (waits(path) ? O_NONBLOCK : 0),
				.mode = flags[i] & (O_CREAT | RAW_TMPFILE) ? 0640 : 0,
				.resolve = resolves[j],
			};

			(void)printf("openat2(%s, %o, %lx)", text_of(path), flags[i],
				     (unsigned long)resolves[j]);
			show_descriptor(openat2_again(AT_FDCWD, path, &how));
			compare();
		}
}

/* A call by its own text, with the path in front. */
#define TRY(call)                                                                                  \
	do {                                                                                       \
		(void)printf("%s: %s", text_of(path), #call);                                      \
		show((long)(call));                                                                \
		compare();                                                                         \
	} while (0)

static void making(const char *path)
{
	TRY(syscall(SYS_mkdir, path, 0750));
	TRY(syscall(SYS_mkdirat, 99, path, 0750));
	TRY(syscall(SYS_mknod, path, 0640, 0));
	TRY(syscall(SYS_mknod, path, S_IFREG | 0640, 0));
	TRY(syscall(SYS_mknod, path, S_IFIFO | 0640, 0));
	TRY(syscall(SYS_mknod, path, S_IFSOCK | 0640, 0));
	TRY(syscall(SYS_mknod, path, S_IFDIR | 0640, 0));
	TRY(syscall(SYS_mknod, path, S_IFLNK | 0640, 0));
	TRY(syscall(SYS_mknod, path, 0150640, 0));
	TRY(syscall(SYS_symlink, "text", path));
	TRY(syscall(SYS_symlink, "", path));
	TRY(syscall(SYS_symlink, BAD, path));
	TRY(syscall(SYS_symlink, NULL, path));
	TRY(syscall(SYS_symlink, long_path, path));
	TRY(syscall(SYS_symlinkat, "text", 99, path));
}

static void removing(const char *path)
{
	TRY(syscall(SYS_rmdir, path));
	TRY(syscall(SYS_unlink, path));
	TRY(syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR));
	TRY(syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR | AT_EMPTY_PATH));
	TRY(syscall(SYS_unlinkat, 99, path, 0));
}

/* Root may change what all see: nothing here is to name anything that exists outside but "/". */
static bool is_outside(const char *path)
{
	return path && path != BAD && strspn(path, "/") == strlen(path) && path[0];
}

static void attributes(const char *path)
{
	static const struct timespec times[2] = { { 3, 0 }, { 4, 5 } };
	static const struct timespec wrong[2] = { { 3, 2000000000 }, { 4, 5 } };
	static const struct timespec omitted[2] = { { 3, UTIME_OMIT }, { 4, UTIME_OMIT } };

	if (is_outside(path))
		return;
	TRY(syscall(SYS_truncate, path, 2L));
	TRY(syscall(SYS_truncate, path, -2L));
	TRY(syscall(SYS_chmod, path, 0751));
	TRY(syscall(SYS_fchmodat2, AT_FDCWD, path, 0751, AT_SYMLINK_NOFOLLOW));
	TRY(syscall(SYS_fchmodat2, AT_FDCWD, path, 0751, AT_EMPTY_PATH));
	TRY(syscall(SYS_fchmodat2, AT_FDCWD, path, 0751, 1));
	TRY(syscall(SYS_fchmodat2, 99, path, 0751, 0));
	TRY(syscall(SYS_chown, path, -1, -1));
	TRY(syscall(SYS_lchown, path, getuid(), getgid()));
	TRY(syscall(SYS_fchownat, AT_FDCWD, path, -1, -1, 1));
	TRY(syscall(SYS_fchownat, AT_FDCWD, path, -1, -1, AT_EMPTY_PATH));
	TRY(syscall(SYS_utimensat, AT_FDCWD, path, times, 0));
	TRY(syscall(SYS_utimensat, AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW));
	TRY(syscall(SYS_utimensat, AT_FDCWD, path, times, AT_EMPTY_PATH));
	TRY(syscall(SYS_utimensat, AT_FDCWD, path, times, 1));
	TRY(syscall(SYS_utimensat, AT_FDCWD, path, wrong, 0));
	TRY(syscall(SYS_utimensat, AT_FDCWD, path, wrong, 1));
	TRY(syscall(SYS_utimensat, AT_FDCWD, path, omitted, 1));
	TRY(syscall(SYS_utimensat, AT_FDCWD, path, BAD, 1));
	TRY(syscall(SYS_utimensat, 99, path, times, 0));
	TRY(syscall(SYS_utimensat, 77, path, NULL, AT_SYMLINK_NOFOLLOW));
	TRY(syscall(SYS_setxattr, path, "user.a", "b", 1, 0));
	TRY(syscall(SYS_setxattr, path, "user.a", "b", 1, 77));
	TRY(syscall(SYS_setxattr, path, "user.a", "b", 70000, 0));
	TRY(syscall(SYS_setxattr, path, "user.a", BAD, 1, 0));
	TRY(syscall(SYS_setxattr, path, "user.", "b", 1, 0));
	TRY(syscall(SYS_setxattr, path, "", "b", 1, 0));
	TRY(syscall(SYS_setxattr, path, BAD, "b", 1, 0));
	TRY(syscall(SYS_lsetxattr, path, "user.a", "b", 1, XATTR_REPLACE));
	TRY(syscall(SYS_removexattr, path, "user.none"));
	TRY(syscall(SYS_lremovexattr, path, "nonsense"));
	TRY(syscall(SYS_removexattr, path, long_path));
}

static void two_names(const char *one, const char *other)
{
	static const int rename_flags[] = { 0, RENAME_NOREPLACE, RENAME_EXCHANGE, 64 };
	static const int link_flags[] = { 0, AT_SYMLINK_FOLLOW, 1 };

	for (size_t i = 0; i < COUNT(rename_flags); i++) {
		(void)printf("rename(%s, %s, %d)", text_of(one), text_of(other), rename_flags[i]);
		show(syscall(SYS_renameat2, AT_FDCWD, one, AT_FDCWD, other, rename_flags[i]));
		compare();
	}
	for (size_t i = 0; i < COUNT(link_flags); i++) {
		(void)printf("link(%s, %s, %x)", text_of(one), text_of(other),
			     (unsigned)link_flags[i]);
		show(syscall(SYS_linkat, AT_FDCWD, one, AT_FDCWD, other, link_flags[i]));
		compare();
	}
}

/* Each call that takes a folder's descriptor, on each kind of descriptor. */
static void by_descriptor(const char *kind, int fd)
{
	static const char *const relative[] = {
		"", ".", "..", "below", "below/", "one", "/proc/version", BAD, NULL
	};
	static const struct timespec times[2] = { { 3, 0 }, { 4, 5 } };
	static const struct open_how beneath = { .resolve = RESOLVE_BENEATH };

	for (size_t i = 0; i < COUNT(relative); i++) {
		const char *path = relative[i];

		(void)printf("%s ", kind);
		TRY(shut(syscall(SYS_openat, fd, path, O_RDONLY)));
		(void)printf("%s ", kind);
		TRY(shut(syscall(SYS_openat, fd, path, O_TMPFILE | O_RDWR, 0600)));
		(void)printf("%s ", kind);
		TRY(shut(openat2_again(fd, path, &beneath)));
		(void)printf("%s ", kind);
		TRY(syscall(SYS_mkdirat, fd, path, 0700));
		(void)printf("%s ", kind);
		TRY(syscall(SYS_unlinkat, fd, path, AT_REMOVEDIR));
		(void)printf("%s ", kind);
		TRY(syscall(SYS_mknodat, fd, path, S_IFIFO | 0600, 0));
		(void)printf("%s ", kind);
		TRY(syscall(SYS_unlinkat, fd, path, 0));
		(void)printf("%s ", kind);
		TRY(syscall(SYS_symlinkat, "text", fd, path));
		(void)printf("%s ", kind);
		TRY(syscall(SYS_renameat, fd, path, AT_FDCWD, "hard"));
		(void)printf("%s ", kind);
		TRY(syscall(SYS_renameat, AT_FDCWD, "file", fd, path));
		(void)printf("%s ", kind);
		TRY(syscall(SYS_linkat, fd, path, AT_FDCWD, "hard", AT_EMPTY_PATH));
		(void)printf("%s ", kind);
		TRY(syscall(SYS_linkat, fd, path, AT_FDCWD, "file", AT_EMPTY_PATH));
		(void)printf("%s ", kind);
		TRY(syscall(SYS_linkat, AT_FDCWD, "file", fd, path, 0));
		if (path && path != BAD && path[0] == '/')
			continue;
		(void)printf("%s ", kind);
		TRY(syscall(SYS_fchmodat2, fd, path, 0711, AT_EMPTY_PATH));
		(void)printf("%s ", kind);
		TRY(syscall(SYS_fchownat, fd, path, -1, -1, AT_EMPTY_PATH));
		(void)printf("%s ", kind);
		TRY(syscall(SYS_utimensat, fd, path, times, AT_EMPTY_PATH));
		(void)printf("%s ", kind);
		TRY(syscall(SYS_utimensat, fd, path, times, 0));
		(void)printf("%s ", kind);
		TRY(syscall(SYS_execveat, fd, path, NULL, NULL, AT_EMPTY_PATH));
	}
}

static void on_descriptor(const char *kind, int fd)
{
	static const struct timespec times[2] = { { 3, 0 }, { 4, 5 } };
	const char *path = kind;
	char link[64];

	TRY(syscall(SYS_fchmod, fd, 0711));
	TRY(syscall(SYS_fchown, fd, -1, -1));
	if (fd != AT_FDCWD) { /* Linux 6.13 and later take it for the working directory */
		TRY(syscall(SYS_fsetxattr, fd, "user.a", "b", 1, 0));
		TRY(syscall(SYS_fsetxattr, fd, "nonsense", "b", 1, 0));
		TRY(syscall(SYS_fremovexattr, fd, "user.none"));
	}
	TRY(syscall(SYS_utimensat, fd, NULL, times, 0));
	TRY(syscall(SYS_utimensat, fd, NULL, times, AT_SYMLINK_NOFOLLOW));
	TRY(syscall(SYS_utimensat, fd, NULL, times, AT_EMPTY_PATH));
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	TRY(syscall(SYS_linkat, AT_FDCWD, link, AT_FDCWD, "hard", AT_SYMLINK_FOLLOW));
	TRY(syscall(SYS_linkat, AT_FDCWD, link, AT_FDCWD, "file", AT_SYMLINK_FOLLOW));
	TRY(syscall(SYS_linkat, AT_FDCWD, link, AT_FDCWD, "hard", 0));
	TRY(syscall(SYS_truncate, link, 3L));
	TRY(syscall(SYS_chmod, link, 0711));
	TRY(syscall(SYS_mkdir, link, 0711));
	if (geteuid() == 0) { /* in /proc/self/fd the supervisor has root's rights, and no others */
		TRY(syscall(SYS_rmdir, link));
		TRY(syscall(SYS_unlink, link));
	}
	TRY(syscall(SYS_rename, link, "hard"));
	TRY(syscall(SYS_rename, "file", link));
	TRY(syscall(SYS_setxattr, link, "user.a", "b", 1, 0));
	for (size_t i = 0; i < COUNT(open_flags); i++) {
		(void)printf("open(%s by its number, %o)", kind, open_flags[i]);
		show_descriptor(
			syscall(SYS_openat, AT_FDCWD, link, open_flags[i] | O_NONBLOCK, 0600));
		compare();
	}
}

static int of_memory(void)
{
	int fd = (int)syscall(SYS_memfd_create, "memory", 0);

	must(fd >= 0, "make a file in memory");
	return fd;
}

static int opened(const char *path, int flags)
{
	int fd = open(path, flags, 0600);

	must(fd >= 0, path);
	return fd;
}

static void descriptors(void)
{
	int pipes[2], deleted;

	must(pipe(pipes) == 0, "make a pipe");
	put("deleted", 0600);
	deleted = opened("deleted", O_RDWR);
	(void)unlink("deleted");
	struct {
		const char *kind;
		int fd;
	} rows[] = {
		{ "cwd", AT_FDCWD },
		{ "negative", -1 },
		{ "none", 999 },
		{ "file", opened("file", O_RDONLY) },
		{ "written file", opened("file", O_WRONLY) },
		{ "name of a file", opened("file", O_PATH) },
		{ "name of a link", opened("link", O_PATH | O_NOFOLLOW) },
		{ "folder", opened("full", O_RDONLY) },
		{ "name of a folder", opened("full", O_PATH) },
		{ "pipe", pipes[0] },
		{ "other end", pipes[1] },
		{ "socket", socket(AF_UNIX, SOCK_STREAM, 0) },
		{ "memory", of_memory() },
		{ "deleted file", deleted },
		{ "nameless file", opened(".", O_TMPFILE | O_RDWR) },
		{ "nameless for ever", opened(".", O_TMPFILE | O_RDWR | O_EXCL) },
		{ "sealed", geteuid() == 0 ? opened("sealed", O_RDONLY) : -1 },
	};

	look(&before);
	for (size_t i = 0; i < COUNT(rows); i++) {
		by_descriptor(rows[i].kind, rows[i].fd);
		on_descriptor(rows[i].kind, rows[i].fd);
	}
}

/* Without a number for it nothing is made; not for the sake of a name either. */
static void no_number(void)
{
	const struct rlimit few = { 3, 1024 };
	const char *path = "missing";

	(void)setrlimit(RLIMIT_NOFILE, &few);
	TRY(syscall(SYS_openat, AT_FDCWD, path, O_CREAT | O_WRONLY, 0600));
	TRY(syscall(SYS_openat, AT_FDCWD, path, O_CREAT | O_EXCL | O_WRONLY, 0600));
	path = "dangling";
	TRY(syscall(SYS_openat, AT_FDCWD, path, O_CREAT | O_WRONLY, 0600));
	path = "file";
	TRY(syscall(SYS_openat, AT_FDCWD, path, O_CREAT | O_WRONLY, 0600));
	path = "folder";
	TRY(syscall(SYS_openat, AT_FDCWD, path, O_TMPFILE | O_WRONLY, 0600));
}

int main(void)
{
	(void)close_range(3, ~0U, 0);
	(void)umask(022);
	memset(long_name, 'n', sizeof(long_name) - 1);
	for (size_t i = 0; i < sizeof(long_path) - 1; i++)
		long_path[i] = i % 2 ? '/' : '.';
	top = open(".", O_RDONLY | O_DIRECTORY);
	build();
	look(&before);
	for (size_t i = 0; i < COUNT(paths); i++) {
		opening(paths[i]);
		opening_by_openat2(paths[i]);
		making(paths[i]);
		removing(paths[i]);
		attributes(paths[i]);
	}
	for (size_t i = 0; i < COUNT(pairs); i++)
		for (size_t j = 0; j < COUNT(pairs); j++)
			two_names(pairs[i], pairs[j]);
	descriptors();
	no_number();
	return 0;
}
