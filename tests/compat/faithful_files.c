/* SPDX-License-Identifier: MIT */
/*
 * What the calls on files answer, in cases that programs rely on and that are easy to get wrong for somebody
 * who makes the call in another process's place. Prints one line for each; to be compared with what it prints
 * bare. Runs in an empty folder.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utime.h>

static char long_name[400], long_path[5000];

static void show(const char *what, long result)
{
	(void)printf("%-44s %s\n", what, result < 0 ? strerrorname_np(errno) : "done");
}

static void go_to(const char *folder)
{
	if (chdir(folder) < 0)
		show("chdir", -1);
}

/* The result of a call, by its own text. */
#define TRY(call) show(#call, (long)(call))

static int touch(const char *name)
{
	int fd = open(name, O_CREAT | O_WRONLY, 0644);

	return fd < 0 ? -1 : close(fd);
}

static int shut(int fd)
{
	return fd < 0 ? -1 : close(fd);
}

static unsigned mode_of(const char *name)
{
	struct stat st;

	return lstat(name, &st) == 0 ? st.st_mode : 0;
}

static void opening(void)
{
	TRY(shut(open("missing", O_RDONLY)));
	TRY(shut(open("", O_RDONLY)));
	TRY(shut(open("missing/file", O_RDONLY)));
	TRY(shut(open("file/below", O_RDONLY)));
	TRY(shut(open("file/", O_RDONLY)));
	TRY(shut(open("missing/", O_CREAT | O_WRONLY, 0600)));
	TRY(shut(open("folder", O_WRONLY)));
	TRY(shut(open("folder", O_RDONLY | O_CREAT, 0600)));
	TRY(shut(open("folder/", O_RDONLY)));
	TRY(shut(open("file", O_RDONLY | O_DIRECTORY)));
	TRY(shut(open("file", O_CREAT | O_EXCL | O_WRONLY, 0600)));
	TRY(shut(open("link", O_RDONLY | O_NOFOLLOW)));
	TRY(shut(open("link", O_RDONLY)));
	TRY(shut(open("dangling", O_RDONLY)));
	TRY(shut(open("dangling", O_CREAT | O_EXCL | O_WRONLY, 0600)));
	TRY(shut(open("loop", O_RDONLY)));
	TRY(shut(open(long_name, O_RDONLY)));
	TRY(shut(open(long_path, O_RDONLY)));
	TRY(shut(open((char *)8, O_RDONLY)));
	TRY(shut(openat(99, "file", O_RDONLY)));
	TRY(shut(openat(0, "file", O_RDONLY)));
	TRY(shut(openat(99, "/dev/null", O_RDONLY)));
	TRY(shut(open("folder", O_TMPFILE | O_RDONLY, 0600)));
	TRY(shut(open("folder", O_TMPFILE | O_RDWR, 0600)));
	TRY(shut(open("unreadable", O_RDONLY)) >= 0 || geteuid() != 0 ? 0 : -1);
	TRY(shut(open("/proc/self/fd/0", O_RDONLY)));
	TRY(shut(open("/proc/self/fd/77", O_RDONLY)));
	TRY(shut(open("file", O_RDONLY | O_CREAT | O_DIRECTORY, 0600)));
	TRY(shut(open("file", O_PATH | O_CLOEXEC)));
}

static long how(const char *path, uint64_t flags, uint64_t mode, uint64_t resolve, size_t size)
{
	struct {
		struct open_how how;
		uint64_t more;
	} arg = { .how = { flags, mode, resolve }, .more = size > 24 && size < 40 };
	long fd = syscall(SYS_openat2, AT_FDCWD, path, &arg, size);

	return fd < 0 ? fd : close((int)fd);
}

static void opening_by_openat2(void)
{
	TRY(how("file", O_RDONLY, 0, 0, 24));
	TRY(how("file", O_RDONLY, 0, 0, 8));
	TRY(how("file", O_RDONLY, 0, 0, 32));
	TRY(how("file", O_RDONLY, 0600, 0, 24));
	TRY(how("file", 1ULL << 40, 0, 0, 24));
	TRY(how("file", O_RDONLY, 0, 1ULL << 40, 24));
	TRY(how("link", O_RDONLY, 0, RESOLVE_NO_SYMLINKS, 24));
	TRY(how("folder/../file", O_RDONLY, 0, RESOLVE_BENEATH, 24));
	TRY(how("../file", O_RDONLY, 0, RESOLVE_BENEATH, 24));
	TRY(how("/file", O_RDONLY, 0, RESOLVE_IN_ROOT, 24));
	TRY(how("/proc/self/fd/0", O_RDONLY, 0, RESOLVE_NO_MAGICLINKS, 24));
	TRY(how("/proc/version", O_RDONLY, 0, RESOLVE_NO_XDEV, 24));
}

static void names(void)
{
	TRY(mkdir("folder", 0700));
	TRY(mkdir("file", 0700));
	TRY(mkdir("missing/folder", 0700));
	TRY(mkdir("made/", 0700));
	TRY(mkdir("dangling", 0700));
	TRY(rmdir("file"));
	TRY(rmdir("full"));
	TRY(rmdir("made"));
	TRY(rmdir("full/."));
	TRY(unlink("folder"));
	TRY(unlink("missing"));
	TRY(unlink("file/"));
	TRY(unlinkat(AT_FDCWD, "file", 0x4000));
	TRY(rename("missing", "other"));
	TRY(rename("file", "folder"));
	TRY(rename("folder", "file"));
	TRY(rename("folder", "full"));
	TRY(rename("folder", "folder/below"));
	TRY(rename("file", "file"));
	TRY(renameat2(AT_FDCWD, "file", AT_FDCWD, "other", RENAME_NOREPLACE));
	TRY(renameat2(AT_FDCWD, "other", AT_FDCWD, "link", RENAME_NOREPLACE));
	TRY(renameat2(AT_FDCWD, "other", AT_FDCWD, "folder", RENAME_EXCHANGE));
	TRY(renameat2(AT_FDCWD, "folder", AT_FDCWD, "other", RENAME_EXCHANGE));
	TRY(renameat2(AT_FDCWD, "other", AT_FDCWD, "missing", RENAME_EXCHANGE));
	TRY(renameat2(AT_FDCWD, "other", AT_FDCWD, "file", 64));
	TRY(rename("other", "file"));
	TRY(link("file", "hard"));
	TRY(link("file", "hard"));
	TRY(link("folder", "hard2"));
	TRY(link("missing", "hard2"));
	TRY(linkat(AT_FDCWD, "link", AT_FDCWD, "hard2", 0));
	TRY(S_ISLNK(mode_of("hard2")) ? 0 : -1);
	TRY(linkat(AT_FDCWD, "link", AT_FDCWD, "hard3", AT_SYMLINK_FOLLOW));
	TRY(S_ISREG(mode_of("hard3")) ? 0 : -1);
	TRY(symlink("", "empty"));
	TRY(symlink("anything", "file"));
	TRY(symlink(long_path, "far"));
	TRY(mknod("fifo", S_IFIFO | 0600, 0));
	TRY(mknod("fifo", S_IFIFO | 0600, 0));
	TRY(mknod("plain", S_IFREG | 0600, 0));
}

static void attributes(void)
{
	struct timeval times[2] = { { 1, 999999 }, { 2, 5 } };
	struct timespec precise[2] = { { 3, UTIME_OMIT }, { 4, 5 } };
	struct timespec wrong[2] = { { 3, 2000000000 }, { 4, 5 } };
	char value[64];

	TRY(chmod("file", 0640));
	TRY(chmod("missing", 0640));
	TRY(chmod("link", 0600));
	TRY(fchmodat(AT_FDCWD, "file", 04750, 0));
	(void)printf("mode %o\n", mode_of("file"));
	TRY(chown("file", (uid_t)-1, (gid_t)-1));
	TRY(chown("file", getuid(), getgid()));
	(void)printf("mode %o\n", mode_of("file"));
	TRY(lchown("dangling", getuid(), getgid()));
	TRY(fchownat(AT_FDCWD, "file", getuid(), getgid(), 64));
	TRY(utimes("file", times));
	TRY(utimensat(AT_FDCWD, "file", precise, 0));
	TRY(utimensat(AT_FDCWD, "file", wrong, 0));
	TRY(utimensat(AT_FDCWD, "dangling", precise, AT_SYMLINK_NOFOLLOW));
	TRY(utimensat(AT_FDCWD, "missing", NULL, 0));
	TRY(truncate("file", -1));
	TRY(truncate("folder", 0));
	TRY(truncate("missing", 0));
	TRY(truncate("file", 10));
	TRY(setxattr("file", "user.name", "value", 5, 0));
	TRY(setxattr("file", "user.name", "value", 5, XATTR_CREATE));
	TRY(setxattr("file", "user.other", "value", 5, XATTR_REPLACE));
	TRY(setxattr("file", "nonsense", "value", 5, 0));
	TRY(getxattr("file", "user.name", value, sizeof(value)));
	TRY(removexattr("file", "user.name"));
	TRY(removexattr("file", "user.name"));
	TRY(setxattr((char *)8, "user.name", "value", 5, 0));
}

/* What a new file is like: mode under each umask, descriptor flags, the lowest number, the offset. */
static void making(void)
{
	static const mode_t masks[] = { 0, 022, 077, 0777 };
	char name[32];
	int fd, other;

	for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
		(void)umask(masks[i]);
		(void)snprintf(name, sizeof(name), "masked%zu", i);
		(void)shut(open(name, O_CREAT | O_WRONLY, 06666));
		(void)printf("file %o", mode_of(name));
		(void)unlink(name);
		(void)mkdir(name, 07777);
		(void)printf(" folder %o\n", mode_of(name));
		(void)rmdir(name);
	}
	(void)umask(022);
	fd = open("file", O_RDWR | O_APPEND | O_CLOEXEC);
	(void)printf("number %d flags %x %x\n", fd, fcntl(fd, F_GETFD), fcntl(fd, F_GETFL));
	(void)!write(fd, "0123456789", 10);
	(void)printf("at %ld\n", (long)lseek(fd, 0, SEEK_CUR));
	other = open("file", O_RDONLY | O_NONBLOCK | O_NOATIME);
	(void)printf("number %d flags %x %x\n", other, fcntl(other, F_GETFD),
		     fcntl(other, F_GETFL));
	(void)close(fd);
	fd = open("file", O_RDONLY);
	(void)printf("number %d\n", fd);
	(void)close(fd);
	(void)close(other);
}

static void limits(void)
{
	struct rlimit few = { 12, 1024 }, many = { 1024, 1024 };
	int count = 0;

	(void)setrlimit(RLIMIT_NOFILE, &few);
	while (open("/dev/null", O_RDONLY) >= 0)
		count++;
	(void)printf("opened %d, then %s\n", count, strerrorname_np(errno));
	for (int fd = 3; fd < 12; fd++)
		(void)close(fd);
	(void)setrlimit(RLIMIT_NOFILE, &many);
}

/* A folder that is deleted under the caller's feet. */
static void deleted_folder(void)
{
	char path[256];

	(void)mkdir("gone", 0700);
	go_to("gone");
	(void)rmdir("../gone");
	TRY(getcwd(path, sizeof(path)) ? 0 : -1);
	TRY(touch("file"));
	TRY(mkdir("folder", 0700));
	TRY(shut(open(".", O_RDONLY)));
	TRY(shut(open("..", O_RDONLY)));
	TRY(shut(open("../file", O_RDONLY)));
	go_to("/");
}

/* Relative paths from far below. */
static void deep(void)
{
	char name[100];
	int depth = 0;

	memset(name, 'd', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	while (depth < 35 && mkdir(name, 0700) == 0 && chdir(name) == 0)
		depth++;
	(void)printf("depth %d\n", depth);
	TRY(touch("bottom"));
	TRY(rename("bottom", "../up"));
	TRY(unlink("../up"));
}

int main(void)
{
	(void)close_range(3, ~0U, 0);
	memset(long_name, 'n', sizeof(long_name) - 1);
	memset(long_path, 'p', sizeof(long_path) - 1);
	for (size_t i = 100; i < sizeof(long_path) - 1; i += 100)
		long_path[i] = '/';
	if (touch("file") < 0 || mkdir("folder", 0700) < 0 || mkdir("full", 0700) < 0 ||
	    touch("full/one") < 0 || symlink("file", "link") < 0 ||
	    symlink("nowhere", "dangling") < 0 || symlink("loop", "loop") < 0 ||
	    touch("unreadable") < 0 || chmod("unreadable", 0) < 0)
		return 1;
	opening();
	opening_by_openat2();
	names();
	attributes();
	making();
	limits();
	deep();
	(void)fflush(stdout);
	deleted_folder();
	return 0;
}
