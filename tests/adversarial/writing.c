/* SPDX-License-Identifier: MIT */
/*
 * writing WAY PATH - put the line "mark" into the file at PATH (absolute), or do it other harm, by
 * one way of many. Without arguments: the ways, one a line, each with what it does:
 *
 *   mark       PATH holds the mark         new        the same; PATH need not exist before
 *   gone       PATH is no longer there     folder     the same; its folder must not exist before
 *   made       there is something at PATH, whatever it is
 *   changed    size, mode or times moved   attribute  extended attributes or flags did
 *
 * Needs only libc. The tests look at what became of PATH, not at what this program says.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utime.h>

#define MARK "mark\n"

static char joined[2 * PATH_MAX];

static const char *join(const char *before, const char *path)
{
	(void)snprintf(joined, sizeof(joined), "%s%s", before, path);
	return joined;
}

static const char *folder_of(const char *path)
{
	static char copy[PATH_MAX];

	(void)snprintf(copy, sizeof(copy), "%s", path);
	return dirname(copy);
}

static const char *name_of(const char *path)
{
	return strrchr(path, '/') + 1;
}

static const char *in_proc(int fd)
{
	static char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return path;
}

static int put(int fd)
{
	if (fd < 0)
		return -1;
	(void)!write(fd, MARK, strlen(MARK));
	return close(fd);
}

/* A file of the workspace that holds the mark. */
static const char *mine(void)
{
	(void)put(open("mine", O_CREAT | O_WRONLY | O_TRUNC, 0700));
	return "mine";
}

static int by_append(const char *path)
{
	return put(open(path, O_WRONLY | O_APPEND));
}

static int by_create(const char *path)
{
	return put(open(path, O_WRONLY | O_CREAT, 0700));
}

static int by_creat(const char *path)
{
	return put((int)syscall(SYS_creat, path, 0700));
}

static int by_openat2(const char *path)
{
	struct open_how how = { .flags = O_RDWR | O_CREAT, .mode = 0700 };

	return put((int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how)));
}

static int by_rename(const char *path)
{
	return rename(mine(), path);
}

static int by_exchange(const char *path)
{
	return (int)syscall(SYS_renameat2, AT_FDCWD, mine(), AT_FDCWD, path, RENAME_EXCHANGE);
}

static int by_link(const char *path)
{
	return link(mine(), path);
}

static int by_nameless(const char *path)
{
	int fd = open(".", O_TMPFILE | O_WRONLY, 0700);

	(void)!write(fd, MARK, strlen(MARK));
	return linkat(AT_FDCWD, in_proc(fd), AT_FDCWD, path, AT_SYMLINK_FOLLOW);
}

/* A file without a name beside the target, and linked there. */
static int by_nameless_there(const char *path)
{
	int fd = open(folder_of(path), O_TMPFILE | O_WRONLY, 0700);

	(void)!write(fd, MARK, strlen(MARK));
	return linkat(AT_FDCWD, in_proc(fd), AT_FDCWD, path, AT_SYMLINK_FOLLOW);
}

static int by_symlink_there(const char *path)
{
	char target[PATH_MAX + 8];
	char here[PATH_MAX];

	(void)snprintf(target, sizeof(target), "%s/%s", getcwd(here, sizeof(here)), mine());
	return symlink(target, path);
}

static int by_symlink_here(const char *path)
{
	return symlink(path, "link") < 0 ? -1
					 : put(open("link", O_WRONLY | O_CREAT | O_APPEND, 0700));
}

static int by_folder_link(const char *path)
{
	if (symlink(folder_of(path), "folder") < 0)
		return -1;
	return put(open(join("folder/", name_of(path)), O_WRONLY | O_CREAT | O_APPEND, 0700));
}

static int by_proc_root(const char *path)
{
	return put(open(join("/proc/self/root", path), O_WRONLY | O_CREAT | O_APPEND, 0700));
}

static int by_pinned_folder(const char *path)
{
	int folder = open(folder_of(path), O_PATH | O_DIRECTORY);

	return put(openat(folder, name_of(path), O_WRONLY | O_CREAT | O_APPEND, 0700));
}

static int by_folder_in_proc(const char *path)
{
	int folder = open(folder_of(path), O_PATH | O_DIRECTORY);
	char before[80];

	(void)snprintf(before, sizeof(before), "%s/", in_proc(folder));
	return put(open(join(before, name_of(path)), O_WRONLY | O_CREAT | O_APPEND, 0700));
}

static int by_pin(const char *path)
{
	return put(open(in_proc(open(path, O_PATH)), O_WRONLY | O_APPEND));
}

/* What may be read is opened for reading, and then once more for writing. */
static int by_upgrade(const char *path)
{
	return put(open(in_proc(open(path, O_RDONLY)), O_WRONLY | O_APPEND));
}

static int by_mapping(const char *path)
{
	int fd = open(path, O_RDWR);
	char *text = mmap(NULL, 16, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (text == MAP_FAILED)
		return -1;
	memcpy(text, MARK, strlen(MARK));
	return 0;
}

static int by_folder_moved_there(const char *path)
{
	if (mkdir("new", 0700) < 0 ||
	    put(open(join("new/", name_of(path)), O_CREAT | O_WRONLY, 0700)) < 0)
		return -1;
	return rename("new", folder_of(path));
}

/* The folder is taken away, written to, and put back. */
static int by_folder_borrowed(const char *path)
{
	if (rename(folder_of(path), "borrowed") < 0 ||
	    put(open(join("borrowed/", name_of(path)), O_CREAT | O_WRONLY | O_APPEND, 0700)) < 0)
		return -1;
	return rename("borrowed", folder_of(path));
}

static int by_folder_exchanged(const char *path)
{
	if (mkdir("new", 0700) < 0 ||
	    put(open(join("new/", name_of(path)), O_CREAT | O_WRONLY, 0700)) < 0)
		return -1;
	return (int)syscall(SYS_renameat2, AT_FDCWD, "new", AT_FDCWD, folder_of(path),
			    RENAME_EXCHANGE);
}

/* The folder becomes a link to one of our own. */
static int by_folder_replaced(const char *path)
{
	char target[PATH_MAX + 8];
	char here[PATH_MAX];

	if (mkdir("new", 0700) < 0 ||
	    put(open(join("new/", name_of(path)), O_CREAT | O_WRONLY, 0700)) < 0)
		return -1;
	(void)snprintf(target, sizeof(target), "%s/new", getcwd(here, sizeof(here)));
	if (rmdir(folder_of(path)) < 0 && errno != ENOENT)
		(void)rename(folder_of(path), "old");
	return symlink(target, folder_of(path));
}

static int by_unlink(const char *path)
{
	return unlink(path);
}

static int by_unlinkat(const char *path)
{
	int folder = open(folder_of(path), O_PATH | O_DIRECTORY);

	return unlinkat(folder, name_of(path), 0);
}

static int by_moving_away(const char *path)
{
	return rename(path, "away");
}

static int by_moving_folder_away(const char *path)
{
	return rename(folder_of(path), "away");
}

static int by_truncate(const char *path)
{
	return truncate(path, 0);
}

static int by_truncating_open(const char *path)
{
	return open(path, O_RDONLY | O_TRUNC) < 0 ? -1 : 0;
}

static int by_chmod(const char *path)
{
	return chmod(path, 04777);
}

/* Rights that a descriptor for reading does not need to have. */
static int by_fchmod(const char *path)
{
	return fchmod(open(path, O_RDONLY), 04777);
}

static int by_fchmod_of_pin(const char *path)
{
	return chmod(in_proc(open(path, O_PATH)), 04777);
}

static int by_times(const char *path)
{
	const struct utimbuf old = { 1, 1 };

	return utime(path, &old);
}

static int by_futimens(const char *path)
{
	const struct timespec old[2] = { { 1, 0 }, { 1, 0 } };

	return futimens(open(path, O_RDONLY), old);
}

static int by_attribute(const char *path)
{
	return setxattr(path, "user.mark", MARK, strlen(MARK), 0);
}

static int by_fattribute(const char *path)
{
	return fsetxattr(open(path, O_RDONLY), "user.mark", MARK, strlen(MARK), 0);
}

static int by_flags(const char *path)
{
	int fd = open(path, O_RDONLY);
	long flags = FS_NODUMP_FL;

	return ioctl(fd, FS_IOC_SETFLAGS, &flags);
}

/* --- other things than files */

static int by_mkdir(const char *path)
{
	return mkdir(path, 0700);
}

static int by_mkdir_slash(const char *path)
{
	return (int)syscall(SYS_mkdirat, AT_FDCWD, join(path, "//"), 0700);
}

static int by_fifo(const char *path)
{
	return mkfifo(path, 0600);
}

static int by_plain_node(const char *path)
{
	return mknodat(open(folder_of(path), O_PATH), name_of(path), S_IFREG | 0600, 0);
}

static int by_dangling_link(const char *path)
{
	return symlink("nowhere", path);
}

/* A socket's file, by a name that is short enough. */
static int by_socket(const char *path)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };

	if (chdir(folder_of(path)) < 0)
		return -1;
	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%.100s", name_of(path));
	return bind(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&un, sizeof(un));
}

static int by_socket_in_proc(const char *path)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int folder = open(folder_of(path), O_PATH);

	(void)snprintf(un.sun_path, sizeof(un.sun_path), "//proc/self/fd/%d/%.80s", folder,
		       name_of(path));
	return bind(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&un, sizeof(un));
}

/* --- more ways to the same */

static int by_resolve_in_root(const char *path)
{
	struct open_how how = { .flags = O_WRONLY | O_CREAT | O_APPEND,
				.mode = 0700,
				.resolve = RESOLVE_IN_ROOT };

	return put((int)syscall(SYS_openat2, open("/", O_PATH), path, &how, sizeof(how)));
}

static int by_resolve_beneath(const char *path)
{
	struct open_how how = { .flags = O_RDWR | O_CREAT | O_APPEND,
				.mode = 0700,
				.resolve = RESOLVE_BENEATH };

	return put((int)syscall(SYS_openat2, open(folder_of(path), O_PATH), name_of(path), &how,
				sizeof(how)));
}

static int by_working_folder(const char *path)
{
	return chdir(folder_of(path)) < 0
		       ? -1
		       : put(open(name_of(path), O_WRONLY | O_CREAT | O_APPEND, 0700));
}

static int by_high_halves(const char *path)
{
	const long high = 0x5a5a5a5aL << 32;

	return put((int)syscall(SYS_openat, high | (AT_FDCWD & 0xffffffffL), path,
				high | O_WRONLY | O_CREAT | O_APPEND, high | 0700));
}

static int by_rename_noreplace(const char *path)
{
	return (int)syscall(SYS_renameat2, AT_FDCWD, mine(), AT_FDCWD, path, RENAME_NOREPLACE);
}

/* Another name for it here, and written to by that. */
static int by_hard_link_here(const char *path)
{
	return link(path, "hard") < 0 ? -1 : put(open("hard", O_WRONLY | O_APPEND));
}

static int by_moving_here_and_back(const char *path)
{
	if (rename(path, "moved") < 0 || put(open("moved", O_WRONLY | O_APPEND)) < 0)
		return -1;
	return rename("moved", path);
}

static int by_pin_as_stdout(const char *path)
{
	return dup2(open(path, O_PATH), STDOUT_FILENO) < 0
		       ? -1
		       : put(open("/dev/stdout", O_WRONLY | O_APPEND));
}

/* Beside it there is a file of another name, which then gets this one. */
static int by_new_name_there(const char *path)
{
	char beside[PATH_MAX + 8];

	(void)snprintf(beside, sizeof(beside), "%s.new~", path);
	return put(open(beside, O_WRONLY | O_CREAT, 0700)) < 0 ? -1 : rename(beside, path);
}

static int by_replacing_with_a_folder(const char *path)
{
	return mkdir("new", 0700) < 0 ? -1
				      : (int)syscall(SYS_renameat2, AT_FDCWD, "new", AT_FDCWD, path,
						     RENAME_EXCHANGE);
}

static int by_fchmodat2(const char *path)
{
	return (int)syscall(452 /* fchmodat2, Linux 6.6 */, open(path, O_PATH), "", 04777,
			    AT_EMPTY_PATH);
}

static int by_utimensat(const char *path)
{
	const struct timespec old[2] = { { 1, 0 }, { 1, 0 } };

	return (int)syscall(SYS_utimensat, AT_FDCWD, path, old, AT_SYMLINK_NOFOLLOW);
}

static const struct way {
	const char *name, *kind;
	int (*act)(const char *path);
} ways[] = {
	{ "append", "mark", by_append },
	{ "create", "new", by_create },
	{ "creat", "new", by_creat },
	{ "openat2", "new", by_openat2 },
	{ "rename", "new", by_rename },
	{ "exchange", "mark", by_exchange },
	{ "link", "new", by_link },
	{ "nameless", "new", by_nameless },
	{ "nameless-there", "new", by_nameless_there },
	{ "symlink-there", "new", by_symlink_there },
	{ "symlink-here", "new", by_symlink_here },
	{ "folder-link", "new", by_folder_link },
	{ "proc-root", "new", by_proc_root },
	{ "pinned-folder", "new", by_pinned_folder },
	{ "folder-in-proc", "new", by_folder_in_proc },
	{ "pin", "mark", by_pin },
	{ "upgrade", "mark", by_upgrade },
	{ "mapping", "mark", by_mapping },
	{ "folder-moved-there", "folder", by_folder_moved_there },
	{ "folder-borrowed", "new", by_folder_borrowed },
	{ "folder-exchanged", "new", by_folder_exchanged },
	{ "folder-replaced", "new", by_folder_replaced },
	{ "unlink", "gone", by_unlink },
	{ "unlinkat", "gone", by_unlinkat },
	{ "moving-away", "gone", by_moving_away },
	{ "moving-folder-away", "gone", by_moving_folder_away },
	{ "truncate", "changed", by_truncate },
	{ "truncating-open", "changed", by_truncating_open },
	{ "chmod", "changed", by_chmod },
	{ "fchmod", "changed", by_fchmod },
	{ "fchmod-of-pin", "changed", by_fchmod_of_pin },
	{ "times", "changed", by_times },
	{ "futimens", "changed", by_futimens },
	{ "attribute", "attribute", by_attribute },
	{ "fattribute", "attribute", by_fattribute },
	{ "flags", "attribute", by_flags },
	{ "mkdir", "made", by_mkdir },
	{ "mkdir-slash", "made", by_mkdir_slash },
	{ "fifo", "made", by_fifo },
	{ "plain-node", "made", by_plain_node },
	{ "dangling-link", "made", by_dangling_link },
	{ "socket", "made", by_socket },
	{ "socket-in-proc", "made", by_socket_in_proc },
	{ "resolve-in-root", "new", by_resolve_in_root },
	{ "resolve-beneath", "new", by_resolve_beneath },
	{ "working-folder", "new", by_working_folder },
	{ "high-halves", "new", by_high_halves },
	{ "rename-noreplace", "new", by_rename_noreplace },
	{ "hard-link-here", "mark", by_hard_link_here },
	{ "moving-here-and-back", "mark", by_moving_here_and_back },
	{ "pin-as-stdout", "mark", by_pin_as_stdout },
	{ "new-name-there", "new", by_new_name_there },
	{ "replacing-with-a-folder", "changed", by_replacing_with_a_folder },
	{ "fchmodat2", "changed", by_fchmodat2 },
	{ "utimensat", "changed", by_utimensat },
};

#define WAY_COUNT (sizeof(ways) / sizeof(ways[0]))

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 1 && i < WAY_COUNT; i++)
		(void)printf("%s %s\n", ways[i].name, ways[i].kind);
	for (size_t i = 0; argc == 3 && i < WAY_COUNT; i++)
		if (strcmp(argv[1], ways[i].name) == 0)
			return ways[i].act(argv[2]) < 0;
	return argc == 1 ? 0 : 2;
}
