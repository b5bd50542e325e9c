/* SPDX-License-Identifier: MIT */
/*
 * reading WAY PATH - copy the file at PATH (absolute) to the standard output, by one way of many.
 *
 * Needs only libc, so that it can be linked statically as well. Says nothing about why it failed
 * but in its exit status: the tests look at what came out.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/io_uring.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Return: a descriptor that reads the file, or -1. */
typedef int way_fn(const char *path);

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

static int by_open(const char *path)
{
	return (int)syscall(SYS_open, path, O_RDONLY);
}

static int by_openat(const char *path)
{
	return openat(AT_FDCWD, path, O_RDONLY);
}

static int by_read_write(const char *path)
{
	return open(path, O_RDWR);
}

static int by_openat2(const char *path)
{
	struct open_how how = { .flags = O_RDONLY };

	return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

#ifdef __x86_64__
static int by_instruction(const char *path)
{
	long r;

	__asm__ volatile("syscall"
			 : "=a"(r)
			 : "0"((long)SYS_open), "D"(path), "S"(0L), "d"(0L)
			 : "rcx", "r11", "memory");
	return (int)r;
}
#endif

static int by_symlink(const char *path)
{
	return symlink(path, "link") < 0 ? -1 : open("link", O_RDONLY);
}

static int by_folder_link(const char *path)
{
	if (symlink(folder_of(path), "folder") < 0 || symlink("folder", "second") < 0)
		return -1;
	return open(join("second/", name_of(path)), O_RDONLY);
}

static int by_hard_link(const char *path)
{
	return link(path, "hard") < 0 ? -1 : open("hard", O_RDONLY);
}

/* A second name for what a descriptor without rights stands for. */
static int by_pinned_link(const char *path)
{
	int pin = open(path, O_PATH);
	char from[64];

	(void)snprintf(from, sizeof(from), "/proc/self/fd/%d", pin);
	if (linkat(AT_FDCWD, from, AT_FDCWD, "hard", AT_SYMLINK_FOLLOW) < 0 &&
	    linkat(pin, "", AT_FDCWD, "hard", AT_EMPTY_PATH) < 0)
		return -1;
	return open("hard", O_RDONLY);
}

static int by_rename(const char *path)
{
	return rename(path, "moved") < 0 ? -1 : open("moved", O_RDONLY);
}

static int by_renamed_folder(const char *path)
{
	return rename(folder_of(path), "folder") < 0
		       ? -1
		       : open(join("folder/", name_of(path)), O_RDONLY);
}

/* The folder stays where it is, and gets another name. */
static int by_new_name_of_folder(const char *path)
{
	char to[PATH_MAX + 8];

	(void)snprintf(to, sizeof(to), "%s-new/", folder_of(path));
	return rename(folder_of(path), to) < 0 ? -1 : open(join(to, name_of(path)), O_RDONLY);
}

static int by_exchange(const char *path)
{
	int fd = open("mine", O_CREAT | O_WRONLY, 0600);

	(void)close(fd);
	if (syscall(SYS_renameat2, AT_FDCWD, "mine", AT_FDCWD, path, 2 /* RENAME_EXCHANGE */) < 0)
		return -1;
	return open("mine", O_RDONLY);
}

static int by_proc_root(const char *path)
{
	return open(join("/proc/self/root", path), O_RDONLY);
}

static int by_thread_root(const char *path)
{
	return open(join("/proc/thread-self/root", path), O_RDONLY);
}

static int by_own_number(const char *path)
{
	char before[64];

	(void)snprintf(before, sizeof(before), "/proc/%d/task/%d/root", getpid(), getpid());
	return open(join(before, path), O_RDONLY);
}

/* Up from here, down to there. */
static int by_dots(const char *path)
{
	return open(join("/proc/self/cwd/../../../../../../../../../../..", path), O_RDONLY);
}

static int by_folder_descriptor(const char *path)
{
	int folder = open(folder_of(path), O_RDONLY | O_DIRECTORY);

	return openat(folder, name_of(path), O_RDONLY);
}

static int by_pinned_folder(const char *path)
{
	int folder = open(folder_of(path), O_PATH | O_DIRECTORY);

	return openat(folder, name_of(path), O_RDONLY);
}

static int by_pinned_folder_in_proc(const char *path)
{
	int folder = open(folder_of(path), O_PATH | O_DIRECTORY);
	char before[64];

	(void)snprintf(before, sizeof(before), "/proc/self/fd/%d/", folder);
	return open(join(before, name_of(path)), O_RDONLY);
}

static int by_pin(const char *path)
{
	int pin = open(path, O_PATH);
	char again[64];

	(void)snprintf(again, sizeof(again), "/proc/self/fd/%d", pin);
	return open(again, O_RDONLY);
}

static int by_pin_in_dev(const char *path)
{
	int pin = open(path, O_PATH);
	char again[64];

	(void)snprintf(again, sizeof(again), "/dev/fd/%d", pin);
	return open(again, O_RDONLY);
}

static int by_working_folder(const char *path)
{
	return chdir(folder_of(path)) < 0 ? -1 : open(name_of(path), O_RDONLY);
}

static int by_handle(const char *path)
{
	struct {
		struct file_handle handle;
		unsigned char room[128];
	} file = { .handle.handle_bytes = sizeof(file.room) };
	int mount_id;
	int here = open(".", O_RDONLY | O_DIRECTORY);

	if (name_to_handle_at(AT_FDCWD, path, &file.handle, &mount_id, 0) < 0)
		return -1;
	return open_by_handle_at(here, &file.handle, O_RDONLY);
}

static int by_new_mount_calls(const char *path)
{
	int tree = (int)syscall(SYS_open_tree, AT_FDCWD, folder_of(path), 1 /* OPEN_TREE_CLONE */);

	return tree < 0 ? -1 : openat(tree, name_of(path), O_RDONLY);
}

/* Many slashes and dots in the name: the same file. */
static int by_odd_name(const char *path)
{
	(void)snprintf(joined, sizeof(joined), "//%s//.///./%s", folder_of(path), name_of(path));
	return open(joined, O_RDONLY);
}

/* A ring of one entry; what it opens no filter of system calls sees. */
struct ring {
	struct io_uring_params params;
	unsigned char *sq, *cq;
	struct io_uring_sqe *entries;
	int fd;
};

static int ring_open(struct ring *ring)
{
	const struct io_uring_params *params = &ring->params;

	ring->fd = (int)syscall(SYS_io_uring_setup, 4, &ring->params);
	if (ring->fd < 0)
		return -1;
	ring->sq = mmap(NULL, params->sq_off.array + params->sq_entries * sizeof(unsigned),
			PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, IORING_OFF_SQ_RING);
	ring->cq = mmap(NULL,
			params->cq_off.cqes + params->cq_entries * sizeof(struct io_uring_cqe),
			PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, IORING_OFF_CQ_RING);
	ring->entries = mmap(NULL, params->sq_entries * sizeof(struct io_uring_sqe),
			     PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, IORING_OFF_SQES);
	return ring->sq == MAP_FAILED || ring->cq == MAP_FAILED || ring->entries == MAP_FAILED ? -1
											       : 0;
}

static int by_ring(const char *path)
{
	struct ring ring = { .fd = -1 };
	unsigned *tail;

	if (ring_open(&ring) < 0)
		return -1;
	ring.entries[0] = (struct io_uring_sqe){
		.opcode = IORING_OP_OPENAT,
		.fd = AT_FDCWD,
		.addr = (unsigned long)path,
	};
	((unsigned *)(void *)(ring.sq + ring.params.sq_off.array))[0] = 0;
	tail = (unsigned *)(void *)(ring.sq + ring.params.sq_off.tail);
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring.fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return -1;
	return ((struct io_uring_cqe *)(void *)(ring.cq + ring.params.cq_off.cqes))->res;
}

/* A child opens it into the descriptors that both have. */
static int by_shared_child(const char *path)
{
	int fd = -1;
	pid_t child = (pid_t)syscall(SYS_clone, 0x400 /* CLONE_FILES */ | 17 /* SIGCHLD */, NULL,
				     NULL, NULL, NULL);

	if (child == 0)
		_exit(open(path, O_RDONLY) & 0xff);
	(void)waitpid(child, &fd, 0);
	return WIFEXITED(fd) && WEXITSTATUS(fd) != 0xff ? WEXITSTATUS(fd) : -1;
}

/* --- what openat2 may be told about the way */

static int open_resolving(int base, const char *path, unsigned long long resolve)
{
	struct open_how how = { .flags = O_RDONLY, .resolve = resolve };

	return (int)syscall(SYS_openat2, base, path, &how, sizeof(how));
}

static int by_resolve_beneath(const char *path)
{
	return open_resolving(open("/", O_PATH), path + 1, RESOLVE_BENEATH);
}

static int by_resolve_in_root(const char *path)
{
	return open_resolving(open("/", O_PATH), path, RESOLVE_IN_ROOT);
}

static int by_resolve_no_symlinks(const char *path)
{
	return open_resolving(AT_FDCWD, path, RESOLVE_NO_SYMLINKS);
}

static int by_resolve_no_magiclinks(const char *path)
{
	return open_resolving(AT_FDCWD, path, RESOLVE_NO_MAGICLINKS);
}

static int by_resolve_no_mounts(const char *path)
{
	return open_resolving(open(folder_of(path), O_PATH), name_of(path), RESOLVE_NO_XDEV);
}

static int by_resolve_cached(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? -1 : open_resolving(AT_FDCWD, path, RESOLVE_CACHED);
}

/* --- flags and halves of registers that the kernel does not look at */

static int by_unknown_flags(const char *path)
{
	return (int)syscall(SYS_openat, AT_FDCWD, path, 0x40000000L | O_RDONLY);
}

static int by_high_halves(const char *path)
{
	const long high = 0x5a5a5a5aL << 32;

	return (int)syscall(SYS_openat, high | (AT_FDCWD & 0xffffffffL), path, high, high);
}

static int by_create(const char *path)
{
	return open(path, O_RDONLY | O_CREAT, 0600);
}

static int by_no_access_time(const char *path)
{
	return open(path, O_RDONLY | O_NOATIME | O_NOFOLLOW | O_NONBLOCK | O_LARGEFILE);
}

/* --- more names for the same */

static int by_pin_as_stdin(const char *path)
{
	return dup2(open(path, O_PATH), STDIN_FILENO) < 0 ? -1 : open("/dev/stdin", O_RDONLY);
}

static int by_pin_of_thread(const char *path)
{
	char again[64];

	(void)snprintf(again, sizeof(again), "/proc/thread-self/fd/%d", open(path, O_PATH));
	return open(again, O_RDONLY);
}

static int by_link_to_pin(const char *path)
{
	char again[64];

	(void)snprintf(again, sizeof(again), "/proc/self/fd/%d", open(path, O_PATH));
	return symlink(again, "link") < 0 ? -1 : open("link", O_RDONLY);
}

static int by_link_to_root(const char *path)
{
	return symlink("/proc/self/root", "root") < 0 ? -1 : open(join("root", path), O_RDONLY);
}

static int by_link_beside(const char *path)
{
	char to[PATH_MAX + 8];

	(void)snprintf(to, sizeof(to), "%s/..", folder_of(path));
	if (symlink(to, "above") < 0)
		return -1;
	(void)snprintf(to, sizeof(to), "above/%s/", name_of(folder_of(path)));
	return open(join(to, name_of(path)), O_RDONLY);
}

static int by_own_working_folder(const char *path)
{
	return chdir(folder_of(path)) < 0 ? -1
					  : open(join("/proc/self/cwd/", name_of(path)), O_RDONLY);
}

static int by_working_folder_of_pin(const char *path)
{
	return fchdir(open(folder_of(path), O_PATH)) < 0 ? -1 : open(name_of(path), O_RDONLY);
}

static int by_folder_below_pin(const char *path)
{
	int folder = open(folder_of(path), O_PATH);
	char below[PATH_MAX];

	(void)snprintf(below, sizeof(below), "%s/%s", name_of(folder_of(path)), name_of(path));
	return openat(openat(folder, "..", O_PATH), below, O_RDONLY);
}

/* As long as a path may be. */
static int by_long_name(const char *path)
{
	size_t len = strlen(path);
	size_t at = 0;

	while (at + 3 + len < PATH_MAX) {
		memcpy(joined + at, at == 0 ? "//" : "./", 2);
		at += 2;
	}
	(void)snprintf(joined + at, sizeof(joined) - at, "%s", path + 1);
	return open(joined, O_RDONLY);
}

/* --- by the places of a child: what stands in /proc for it */

static pid_t child_in_folder(const char *folder)
{
	int ends[2];
	char byte;
	pid_t child;

	if (pipe(ends) < 0)
		return -1;
	child = fork();
	if (child == 0) {
		(void)!chdir(folder);
		(void)!write(ends[1], "x", 1);
		(void)pause();
		_exit(0);
	}
	(void)!read(ends[0], &byte, 1);
	return child;
}

static int open_of_child(const char *folder, const char *what, const char *path)
{
	pid_t child = child_in_folder(folder);
	char before[64];
	int fd;

	(void)snprintf(before, sizeof(before), "/proc/%d/%s", child, what);
	fd = open(join(before, path), O_RDONLY);
	(void)kill(child, SIGKILL);
	(void)waitpid(child, NULL, 0);
	return fd;
}

static int by_folder_of_child(const char *path)
{
	return open_of_child(folder_of(path), "cwd/", name_of(path));
}

static int by_root_of_child(const char *path)
{
	return open_of_child("/", "root", path);
}

static int by_pin_of_child(const char *path)
{
	char what[32];

	(void)snprintf(what, sizeof(what), "fd/%d", open(path, O_PATH));
	return open_of_child("/", what, "");
}

/* A child that shares our working folder changes it. */
static int by_child_that_walks(const char *path)
{
	pid_t child = (pid_t)syscall(SYS_clone, 0x200 /* CLONE_FS */ | SIGCHLD, NULL, NULL, NULL,
				     NULL);

	if (child == 0)
		_exit(chdir(folder_of(path)) < 0);
	(void)waitpid(child, NULL, 0);
	return open(name_of(path), O_RDONLY);
}

/* A pin that came through a socket. */
static int by_pin_from_socket(const char *path)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec bytes = { .iov_base = control, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &bytes,
				  .msg_iovlen = 1,
				  .msg_control = control,
				  .msg_controllen = sizeof(control) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int pin = open(path, O_PATH);
	char again[64];
	int ends[2];

	*header = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)),
				    .cmsg_level = SOL_SOCKET,
				    .cmsg_type = SCM_RIGHTS };
	memcpy(CMSG_DATA(header), &pin, sizeof(pin));
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0 || sendmsg(ends[0], &message, 0) < 0 ||
	    recvmsg(ends[1], &message, 0) < 0)
		return -1;
	memcpy(&pin, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(pin));
	(void)snprintf(again, sizeof(again), "/proc/self/fd/%d", pin);
	return open(again, O_RDONLY);
}

/* --- folders that change places */

static int by_exchanged_folder(const char *path)
{
	if (mkdir("mine", 0700) < 0 ||
	    syscall(SYS_renameat2, AT_FDCWD, "mine", AT_FDCWD, folder_of(path), 2) < 0)
		return -1;
	return open(join("mine/", name_of(path)), O_RDONLY);
}

/* The folder above the folder. */
static int by_renamed_ancestor(const char *path)
{
	char above[PATH_MAX];
	char name[NAME_MAX + 1];
	char to[2 * PATH_MAX];

	(void)snprintf(name, sizeof(name), "%s", name_of(folder_of(path)));
	(void)snprintf(above, sizeof(above), "%s", folder_of(path));
	(void)dirname(above);
	if (rename(above, "above") < 0 && rename(above, "../above") < 0)
		return -1;
	(void)snprintf(to, sizeof(to), "above/%s/%s", name, name_of(path));
	if (access(to, F_OK) < 0)
		(void)snprintf(to, sizeof(to), "../above/%s/%s", name, name_of(path));
	return open(to, O_RDONLY);
}

static const struct way {
	const char *name;
	way_fn *open;
} ways[] = {
	{ "resolve-beneath", by_resolve_beneath },
	{ "resolve-in-root", by_resolve_in_root },
	{ "resolve-no-symlinks", by_resolve_no_symlinks },
	{ "resolve-no-magiclinks", by_resolve_no_magiclinks },
	{ "resolve-no-mounts", by_resolve_no_mounts },
	{ "resolve-cached", by_resolve_cached },
	{ "unknown-flags", by_unknown_flags },
	{ "high-halves", by_high_halves },
	{ "create", by_create },
	{ "no-access-time", by_no_access_time },
	{ "pin-as-stdin", by_pin_as_stdin },
	{ "pin-of-thread", by_pin_of_thread },
	{ "link-to-pin", by_link_to_pin },
	{ "link-to-root", by_link_to_root },
	{ "link-beside", by_link_beside },
	{ "own-working-folder", by_own_working_folder },
	{ "working-folder-of-pin", by_working_folder_of_pin },
	{ "folder-below-pin", by_folder_below_pin },
	{ "long-name", by_long_name },
	{ "folder-of-child", by_folder_of_child },
	{ "root-of-child", by_root_of_child },
	{ "pin-of-child", by_pin_of_child },
	{ "child-that-walks", by_child_that_walks },
	{ "pin-from-socket", by_pin_from_socket },
	{ "exchanged-folder", by_exchanged_folder },
	{ "renamed-ancestor", by_renamed_ancestor },
	{ "open", by_open },
	{ "openat", by_openat },
	{ "read-write", by_read_write },
	{ "openat2", by_openat2 },
#ifdef __x86_64__
	{ "instruction", by_instruction },
#endif
	{ "symlink", by_symlink },
	{ "folder-link", by_folder_link },
	{ "hard-link", by_hard_link },
	{ "pinned-link", by_pinned_link },
	{ "rename", by_rename },
	{ "renamed-folder", by_renamed_folder },
	{ "new-name-of-folder", by_new_name_of_folder },
	{ "exchange", by_exchange },
	{ "proc-root", by_proc_root },
	{ "thread-root", by_thread_root },
	{ "own-number", by_own_number },
	{ "dots", by_dots },
	{ "folder-descriptor", by_folder_descriptor },
	{ "pinned-folder", by_pinned_folder },
	{ "pinned-folder-in-proc", by_pinned_folder_in_proc },
	{ "pin", by_pin },
	{ "pin-in-dev", by_pin_in_dev },
	{ "working-folder", by_working_folder },
	{ "handle", by_handle },
	{ "new-mount-calls", by_new_mount_calls },
	{ "odd-name", by_odd_name },
	{ "ring", by_ring },
	{ "shared-child", by_shared_child },
};

#define WAY_COUNT (sizeof(ways) / sizeof(ways[0]))

static int print(int fd)
{
	char text[4096];
	ssize_t len;

	if (fd < 0)
		return 1;
	while ((len = read(fd, text, sizeof(text))) > 0)
		(void)!write(STDOUT_FILENO, text, (size_t)len);
	return len < 0;
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 1 && i < WAY_COUNT; i++)
		(void)puts(ways[i].name);
	for (size_t i = 0; argc == 3 && i < WAY_COUNT; i++)
		if (strcmp(argv[1], ways[i].name) == 0)
			return print(ways[i].open(argv[2]));
	return argc == 1 ? 0 : 2;
}
