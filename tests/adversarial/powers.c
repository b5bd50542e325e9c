/* SPDX-License-Identifier: MIT */
/*
 * powers WHAT [PATH] - try to get more than a program in a sandbox should have; "got it" on the
 * standard output when it worked. Without arguments: what there is, one a line.
 *
 * Needs only libc.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/io_uring.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <termios.h>
#include <unistd.h>

static const char *path;

static int user_namespace(void)
{
	return unshare(CLONE_NEWUSER) == 0;
}

static int mount_namespace(void)
{
	return unshare(CLONE_NEWNS) == 0;
}

static int child_namespace(void)
{
	pid_t child = (pid_t)syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, NULL);

	if (child == 0)
		_exit(0);
	return child > 0 && waitpid(child, NULL, 0) == child;
}

/* The flags are in memory, where no filter sees them. */
static int child_namespace_by_clone3(void)
{
	struct {
		uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
	} arguments = { .flags = CLONE_NEWUSER, .exit_signal = SIGCHLD };
	pid_t child = (pid_t)syscall(SYS_clone3, &arguments, sizeof(arguments));

	if (child == 0)
		_exit(0);
	return child > 0 && waitpid(child, NULL, 0) == child;
}

static int join_namespace(void)
{
	return setns(open("/proc/self/ns/uts", O_RDONLY), 0) == 0;
}

static int mounting(void)
{
	return mkdir("m", 0700) == 0 && mount("none", "m", "tmpfs", 0, NULL) == 0 &&
	       umount2("m", MNT_DETACH) == 0;
}

static int mounting_anew(void)
{
	return syscall(SYS_fsopen, "tmpfs", 0) >= 0;
}

static int changing_root(void)
{
	return chroot(".") == 0;
}

static int ring(void)
{
	struct io_uring_params params = { 0 };

	return syscall(SYS_io_uring_setup, 4, &params) >= 0;
}

static int bpf_map(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1
	};

	return syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)) >= 0;
}

static int perf_events(void)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE,
					.size = sizeof(attr),
					.config = PERF_COUNT_SW_TASK_CLOCK,
					.exclude_kernel = 1 };

	return syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0) >= 0;
}

static int fault_handling(void)
{
	return syscall(SYS_userfaultfd, 1 /* UFFD_USER_MODE_ONLY */) >= 0;
}

static int keyring(void)
{
	return syscall(SYS_add_key, "user", "agentos-test", "x", 1, -2 /* process keyring */) >= 0;
}

static int second_listener(void)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { .len = 1, .filter = &allow };

	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
		       &program) >= 0;
}

static int hiding_memory(void)
{
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0;
}

static int raw_socket(void)
{
	return socket(AF_INET, SOCK_RAW, IPPROTO_UDP) >= 0;
}

static int packet_socket(void)
{
	return socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)) >= 0;
}

static int old_packet_socket(void)
{
	return socket(AF_INET, SOCK_PACKET, htons(ETH_P_ALL)) >= 0;
}

static int crypto_socket(void)
{
	return socket(AF_ALG, SOCK_SEQPACKET, 0) >= 0;
}

static int machine_socket(void)
{
	return socket(AF_VSOCK, SOCK_STREAM, 0) >= 0;
}

static int generic_netlink(void)
{
	return socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC) >= 0;
}

static int event_netlink(void)
{
	return socket(AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT) >= 0;
}

static int sctp_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP) >= 0;
}

/* A terminal of our own, typed into by the call. */
static int typing(void)
{
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	struct termios raw;
	int slave, unlock = 0;
	char key = 'k';
	char got = 0;

	if (fork() != 0) {
		(void)wait(NULL);
		return 0; /* the child, leader of a new session, says what it got */
	}
	(void)setsid();
	(void)ioctl(master, TIOCSPTLCK, &unlock);
	slave = ioctl(master, TIOCGPTPEER, O_RDWR);
	if (slave < 0 || ioctl(slave, TIOCSCTTY, 0) < 0 || tcgetattr(slave, &raw) < 0)
		return 0;
	cfmakeraw(&raw);
	(void)tcsetattr(slave, TCSANOW, &raw);
	(void)fcntl(slave, F_SETFL, O_NONBLOCK);
	return ioctl(slave, TIOCSTI, &key) == 0 && read(slave, &got, 1) == 1 && got == key;
}

/* A node of the workspace that is a disk. */
static int device_node(void)
{
	struct stat st;

	return mknod("node", S_IFBLK | 0600, makedev(7, 0)) == 0 && stat("node", &st) == 0 &&
	       S_ISBLK(st.st_mode);
}

static int character_node(void)
{
	return mknodat(AT_FDCWD, "node", S_IFCHR | 0600, makedev(1, 1)) == 0;
}

static int trusted_attribute(void)
{
	return close(open("file", O_CREAT | O_WRONLY, 0600)) == 0 &&
	       setxattr("file", "trusted.mark", "x", 1, 0) == 0;
}

/* Code without a name: what runs is in no tree. */
static int nameless_program(void)
{
	static const char echo[] = "/bin/echo";
	char *const argv[] = { (char *)(size_t) "echo", (char *)(size_t) "got it", NULL };
	int fd = (int)syscall(SYS_memfd_create, "program", 0);
	int from = open(echo, O_RDONLY);
	char bytes[65536];
	ssize_t len;

	while ((len = read(from, bytes, sizeof(bytes))) > 0)
		(void)!write(fd, bytes, (size_t)len);
	(void)syscall(SYS_execveat, fd, "", argv, NULL, AT_EMPTY_PATH);
	return 0;
}

/* Any program from the command line, whatever stands at its start. */
static int outside_program(void)
{
	char *const argv[] = { (char *)(size_t) "echo", (char *)(size_t) "got it", NULL };

	(void)execv(path, argv);
	return 0;
}

static int outside_program_by_descriptor(void)
{
	char *const argv[] = { (char *)(size_t) "echo", (char *)(size_t) "got it", NULL };
	int fd = open(path, O_PATH);

	(void)syscall(SYS_execveat, fd, "", argv, NULL, AT_EMPTY_PATH);
	return 0;
}

static int outside_program_by_proc(void)
{
	char *const argv[] = { (char *)(size_t) "echo", (char *)(size_t) "got it", NULL };
	char link[64];

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", open(path, O_PATH));
	(void)execv(link, argv);
	return 0;
}

static int reachable_socket(int domain, const void *address, socklen_t len)
{
	int fd = socket(domain, SOCK_STREAM, 0);

	return (!address || bind(fd, address, len) == 0) && listen(fd, 1) == 0;
}

static int listening_everywhere(void)
{
	const struct sockaddr_in in = { .sin_family = AF_INET };

	return reachable_socket(AF_INET, &in, sizeof(in));
}

static int listening_everywhere6(void)
{
	const struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

	return reachable_socket(AF_INET6, &in6, sizeof(in6));
}

/* listen without bind takes any port of all addresses. */
static int listening_unbound(void)
{
	return reachable_socket(AF_INET, NULL, 0);
}

static int listening_unbound6(void)
{
	return reachable_socket(AF_INET6, NULL, 0);
}

static int receiving_everywhere(void)
{
	const struct sockaddr_in in = { .sin_family = AF_INET };

	return bind(socket(AF_INET, SOCK_DGRAM, 0), (const void *)&in, sizeof(in)) == 0;
}

/* What must go on working: neighbours of the above. */

static int own_child_traced(void)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		(void)raise(SIGSTOP);
		_exit(3);
	}
	if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status))
		return 0;
	if (ptrace(PTRACE_CONT, child, NULL, NULL) < 0 || waitpid(child, &status, 0) != child)
		return 0;
	return WIFEXITED(status) && WEXITSTATUS(status) == 3;
}

static int own_child_read(void)
{
	static char text[] = "of the child";
	char got[sizeof(text)] = "";
	struct iovec here = { got, sizeof(got) };
	struct iovec there = { text, sizeof(text) };
	pid_t child = fork();
	ssize_t len;

	if (child == 0)
		for (;;)
			(void)pause();
	len = process_vm_readv(child, &here, 1, &there, 1, 0);
	(void)kill(child, SIGKILL);
	(void)waitpid(child, NULL, 0);
	return len == sizeof(got) && strcmp(got, text) == 0;
}

static int own_filter(void)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { .len = 1, .filter = &allow };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

static int route_netlink(void)
{
	return socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE) >= 0;
}

static int listening_on_loopback(void)
{
	const struct sockaddr_in in = { .sin_family = AF_INET,
					.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	return reachable_socket(AF_INET, &in, sizeof(in));
}

static int memory_file(void)
{
	int fd = (int)syscall(SYS_memfd_create, "data", 0);

	return write(fd, "x", 1) == 1 && mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0) != MAP_FAILED;
}

static int pair_of_sockets(void)
{
	int ends[2];

	return socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0 && write(ends[0], "x", 1) == 1;
}

static const struct power {
	const char *name, *kind; /* refused or allowed */
	int (*get)(void);
} powers[] = {
	{ "user-namespace", "refused", user_namespace },
	{ "mount-namespace", "refused", mount_namespace },
	{ "child-namespace", "refused", child_namespace },
	{ "child-namespace-by-clone3", "refused", child_namespace_by_clone3 },
	{ "join-namespace", "refused", join_namespace },
	{ "mounting", "refused", mounting },
	{ "mounting-anew", "refused", mounting_anew },
	{ "changing-root", "refused", changing_root },
	{ "ring", "refused", ring },
	{ "bpf-map", "refused", bpf_map },
	{ "perf-events", "refused", perf_events },
	{ "fault-handling", "refused", fault_handling },
	{ "keyring", "refused", keyring },
	{ "second-listener", "refused", second_listener },
	{ "hiding-memory", "refused", hiding_memory },
	{ "raw-socket", "refused", raw_socket },
	{ "packet-socket", "refused", packet_socket },
	{ "old-packet-socket", "refused", old_packet_socket },
	{ "crypto-socket", "refused", crypto_socket },
	{ "machine-socket", "refused", machine_socket },
	{ "generic-netlink", "refused", generic_netlink },
	{ "uevent-netlink", "refused", event_netlink },
	{ "sctp-socket", "refused", sctp_socket },
	{ "typing", "refused", typing },
	{ "device-node", "refused", device_node },
	{ "character-node", "refused", character_node },
	{ "trusted-attribute", "refused", trusted_attribute },
	{ "nameless-program", "refused", nameless_program },
	{ "outside-program", "refused", outside_program },
	{ "outside-program-by-descriptor", "refused", outside_program_by_descriptor },
	{ "outside-program-by-proc", "refused", outside_program_by_proc },
	{ "listening-everywhere", "refused", listening_everywhere },
	{ "listening-everywhere6", "refused", listening_everywhere6 },
	{ "listening-unbound", "refused", listening_unbound },
	{ "listening-unbound6", "refused", listening_unbound6 },
	{ "receiving-everywhere", "refused", receiving_everywhere },
	{ "own-child-traced", "allowed", own_child_traced },
	{ "own-child-read", "allowed", own_child_read },
	{ "own-filter", "allowed", own_filter },
	{ "route-netlink", "allowed", route_netlink },
	{ "listening-on-loopback", "allowed", listening_on_loopback },
	{ "memory-file", "allowed", memory_file },
	{ "pair-of-sockets", "allowed", pair_of_sockets },
};

#define POWER_COUNT (sizeof(powers) / sizeof(powers[0]))

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 1 && i < POWER_COUNT; i++)
		(void)printf("%s %s\n", powers[i].name, powers[i].kind);
	if (argc > 2)
		path = argv[2];
	for (size_t i = 0; argc > 1 && i < POWER_COUNT; i++)
		if (strcmp(argv[1], powers[i].name) == 0 && powers[i].get())
			(void)puts("got it");
	return 0;
}
