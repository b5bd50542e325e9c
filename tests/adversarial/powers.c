/* SPDX-License-Identifier: MIT */
/*
 * powers WHAT [PATH] - try to get more than a program in a sandbox should have; "got it" on the
 * standard output when it worked. Without arguments: what there is, one a line.
 *
 * Needs only libc.
 */
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <limits.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/io_uring.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
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

/* argc of 0, which made a set-uid program of others lose its way (CVE-2021-4034). */
static int runs_without_arguments(const char *program)
{
	char *const argv[] = { NULL };
	pid_t child = fork();
	int status = -1;

	if (child == 0) {
		(void)syscall(SYS_execve, program, argv, argv);
		_exit(99);
	}
	return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int outside_program_without_arguments(void)
{
	return runs_without_arguments(path);
}

/* By the call with the halves of registers that are not looked at. */
static int outside_program_by_high_halves(void)
{
	char *const argv[] = { (char *)(size_t) "echo", (char *)(size_t) "got it", NULL };
	const long high = 0x5a5a5a5aL << 32;

	(void)syscall(SYS_execveat, high | (AT_FDCWD & 0xffffffffL), path, argv, NULL, high);
	return 0;
}

static int outside_program_in_folder(void)
{
	char *const argv[] = { (char *)(size_t) "echo", (char *)(size_t) "got it", NULL };
	char folder[PATH_MAX];
	int fd;

	(void)snprintf(folder, sizeof(folder), "%.*s", (int)(strrchr(path, '/') - path), path);
	fd = open(folder, O_PATH);
	(void)syscall(SYS_execveat, fd, strrchr(path, '/') + 1, argv, NULL, 0);
	return 0;
}

/* A thread of a process executes, not its first. */
static void *execute(void *unused)
{
	(void)unused;
	(void)outside_program();
	return NULL;
}

static int outside_program_by_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, execute, NULL) == 0)
		(void)pthread_join(thread, NULL);
	return 0;
}

static int outside_program_by_vfork(void)
{
	char *const argv[] = { (char *)(size_t) "echo", (char *)(size_t) "got it", NULL };
	pid_t child;

	(void)posix_spawn(&child, path, NULL, NULL, argv, NULL);
	(void)wait(NULL);
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

static int receiving_everywhere6(void)
{
	const struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };

	return bind(socket(AF_INET6, SOCK_DGRAM, 0), (const void *)&in6, sizeof(in6)) == 0;
}

/* Without a family it is IPv4's "any". */
static int listening_without_family(void)
{
	const struct sockaddr_in in = { .sin_family = AF_UNSPEC };

	return reachable_socket(AF_INET, &in, sizeof(in));
}

static int listening_mapped(void)
{
	const struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
					  .sin6_addr.s6_addr = { [10] = 0xff, [11] = 0xff } };

	return reachable_socket(AF_INET6, &in6, sizeof(in6));
}

/* On the first interface that is not the loopback. */
static int listening_on_interface(void)
{
	struct ifaddrs *list;
	int done = 0;

	if (getifaddrs(&list) < 0)
		return 0;
	for (struct ifaddrs *row = list; row && !done; row = row->ifa_next)
		if (row->ifa_addr && row->ifa_addr->sa_family == AF_INET &&
		    !(row->ifa_flags & IFF_LOOPBACK))
			done = reachable_socket(AF_INET, row->ifa_addr, sizeof(struct sockaddr_in));
	freeifaddrs(list);
	return done;
}

/* Bound to the loopback, and bound anew. */
static int listening_after_loopback(void)
{
	const struct sockaddr_in in = { .sin_family = AF_INET,
					.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const struct sockaddr nobody = { .sa_family = AF_UNSPEC };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in now = { 0 };
	socklen_t len = sizeof(now);

	/* To be disconnected forgets what it was bound to, unless that was asked for by name. */
	return connect(fd, (const void *)&in, sizeof(in)) < 0 &&
	       connect(fd, &nobody, sizeof(nobody)) == 0 && listen(fd, 1) == 0 &&
	       getsockname(fd, (void *)&now, &len) == 0 && now.sin_addr.s_addr == INADDR_ANY;
}

/* --- ways around a destination: every packet goes by way of 127.0.0.1 first */

static int source_route(void)
{
	const unsigned char route[8] = { 131 /* loose source route */, 7, 4, 127, 0, 0, 1, 0 };

	return setsockopt(socket(AF_INET, SOCK_DGRAM, 0), IPPROTO_IP, IP_OPTIONS, route,
			  sizeof(route)) == 0;
}

static int source_route_of_stream(void)
{
	const unsigned char route[8] = { 137 /* strict */, 7, 4, 127, 0, 0, 1, 0 };

	return setsockopt(socket(AF_INET, SOCK_STREAM, 0), IPPROTO_IP, IP_OPTIONS, route,
			  sizeof(route)) == 0;
}

/* IPv6: a home address (type 2), or a segment (type 4), whichever this kernel has. */
static int routing_header(void)
{
	const unsigned char home[24] = { 0, 2, 2, 1, [23] = 1 };
	const unsigned char segment[24] = { 0, 2, 4, 0, 0, 0, 0, 0, [23] = 1 };
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);

	return setsockopt(fd, IPPROTO_IPV6, IPV6_RTHDR, home, sizeof(home)) == 0 ||
	       setsockopt(fd, IPPROTO_IPV6, IPV6_RTHDR, segment, sizeof(segment)) == 0;
}

/* --- registers whose upper half is not the kernel's business */

static int namespace_by_high_halves(void)
{
	pid_t child = (pid_t)syscall(SYS_clone, (0x5aL << 40) | CLONE_NEWUSER | SIGCHLD, NULL, NULL,
				     NULL, NULL);

	if (child == 0)
		_exit(0);
	return child > 0 && waitpid(child, NULL, 0) == child;
}

static int raw_socket_by_high_halves(void)
{
	const long high = 0x5a5a5a5aL << 32;

	return syscall(SYS_socket, high | AF_INET, high | SOCK_RAW, high | IPPROTO_UDP) >= 0;
}

/* --- rights */

static int new_privileges(void)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0;
}

static int has_capability(unsigned number)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { 0 } };

	if (syscall(SYS_capget, &header, data) < 0)
		return 0;
	return data[number / 32].effective >> (number % 32) & 1;
}

static int dangerous_capabilities(void)
{
	static const unsigned dangerous[] = {
		CAP_SYS_ADMIN,	CAP_NET_ADMIN, CAP_NET_RAW, CAP_SYS_PTRACE,
		CAP_SYS_MODULE, CAP_SYS_RAWIO, CAP_MKNOD,   CAP_BPF,
		CAP_PERFMON,	CAP_SYS_BOOT,  CAP_SYSLOG,  CAP_CHECKPOINT_RESTORE,
	};
	int count = 0;

	for (size_t i = 0; i < sizeof(dangerous) / sizeof(dangerous[0]); i++)
		count += has_capability(dangerous[i]);
	return count > 0;
}

static int raising_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { 0 } };

	(void)syscall(SYS_capget, &header, data);
	data[0].permitted |= 1U << CAP_SYS_ADMIN;
	data[0].effective |= 1U << CAP_SYS_ADMIN;
	return syscall(SYS_capset, &header, data) == 0 && has_capability(CAP_SYS_ADMIN);
}

/* The filter is taken off a child that is traced. */
static int suspended_filter(void)
{
	pid_t child = fork();
	int status = 0;
	long r;

	if (child == 0) {
		(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		(void)raise(SIGSTOP);
		_exit(0);
	}
	(void)waitpid(child, &status, 0);
	r = ptrace(PTRACE_SETOPTIONS, child, NULL,
		   (void *)0x200000L /* PTRACE_O_SUSPEND_SECCOMP */);
	(void)kill(child, SIGKILL);
	(void)waitpid(child, NULL, 0);
	return r == 0;
}

/* Every call is made by a filter of our own: ours says yes before the kernel's says no. */
static int filter_that_allows(void)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = { .len = 1, .filter = &allow };

	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	(void)prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
	return unshare(CLONE_NEWUSER) == 0;
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

static int other_random_layout(void)
{
	return personality(0xffffffff) >= 0 && personality(0x0040000 /* ADDR_NO_RANDOMIZE */) >= 0;
}

static int named_tracer(void)
{
	return prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0) == 0 || errno == EINVAL;
}

static int death_signal(void)
{
	return prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) == 0 &&
	       prctl(PR_SET_NAME, "renamed", 0, 0, 0) == 0 &&
	       prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0;
}

static int child_in_memory(void)
{
	char *const argv[] = { (char *)(size_t) "true", NULL };
	int status = -1;
	pid_t child;

	return posix_spawn(&child, "/bin/true", NULL, NULL, argv, NULL) == 0 &&
	       waitpid(child, &status, 0) == child && status == 0;
}

static int socket_options(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int on = 1;

	return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	       setsockopt(fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &on, sizeof(on)) == 0 &&
	       setsockopt(fd, IPPROTO_IP, IP_TTL, &on, sizeof(on)) == 0 &&
	       setsockopt(fd, IPPROTO_IP, IP_OPTIONS, NULL, 0) == 0;
}

static int own_terminal(void)
{
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	int unlock = 0;

	return ioctl(master, TIOCSPTLCK, &unlock) == 0 &&
	       isatty(ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY));
}

static int receiving_on_loopback(void)
{
	const struct sockaddr_in in = { .sin_family = AF_INET,
					.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	return bind(socket(AF_INET, SOCK_DGRAM, 0), (const void *)&in, sizeof(in)) == 0;
}

static int listening_on_loopback6(void)
{
	const struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
					  .sin6_addr = IN6ADDR_LOOPBACK_INIT };

	return reachable_socket(AF_INET6, &in6, sizeof(in6));
}

static int program_without_arguments(void)
{
	return runs_without_arguments("/bin/true");
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
	{ "outside-program-without-arguments", "refused", outside_program_without_arguments },
	{ "outside-program-by-high-halves", "refused", outside_program_by_high_halves },
	{ "outside-program-in-folder", "refused", outside_program_in_folder },
	{ "outside-program-by-thread", "refused", outside_program_by_thread },
	{ "outside-program-by-vfork", "refused", outside_program_by_vfork },
	{ "receiving-everywhere6", "refused", receiving_everywhere6 },
	{ "listening-without-family", "refused", listening_without_family },
	{ "listening-mapped", "refused", listening_mapped },
	{ "listening-on-interface", "refused", listening_on_interface },
	{ "listening-after-loopback", "refused", listening_after_loopback },
	{ "source-route", "refused", source_route },
	{ "source-route-of-stream", "refused", source_route_of_stream },
	{ "routing-header", "refused", routing_header },
	{ "namespace-by-high-halves", "refused", namespace_by_high_halves },
	{ "raw-socket-by-high-halves", "refused", raw_socket_by_high_halves },
	{ "new-privileges", "refused", new_privileges },
	{ "dangerous-capabilities", "refused", dangerous_capabilities },
	{ "raising-capabilities", "refused", raising_capabilities },
	{ "suspended-filter", "refused", suspended_filter },
	{ "filter-that-allows", "refused", filter_that_allows },
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
	{ "other-layout", "allowed", other_random_layout },
	{ "named-tracer", "allowed", named_tracer },
	{ "death-signal", "allowed", death_signal },
	{ "child-in-memory", "allowed", child_in_memory },
	{ "socket-options", "allowed", socket_options },
	{ "own-terminal", "allowed", own_terminal },
	{ "receiving-on-loopback", "allowed", receiving_on_loopback },
	{ "listening-on-loopback6", "allowed", listening_on_loopback6 },
	{ "program-without-arguments", "allowed", program_without_arguments },
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
