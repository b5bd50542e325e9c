/* SPDX-License-Identifier: MIT */
/*
 * touching victim FILE SECRET - be a process that others try to reach: writes "PID ADDRESS FD SHM
 *     QUEUE" to FILE (where its secret is), and then a line for each thing that happens to it.
 * touching WAY PID ADDRESS FD SHM QUEUE - reach it by one way of many. Prints what it could read.
 * touching - the ways, one a line, each with what it does to the victim:
 *
 *     hit      it notices, and writes "hit"     written  its memory changed, and it writes so
 *     read     its secret is printed            moved    /proc shows something else of it
 *
 * Needs only libc.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SECRET_SIZE 32
#define TOUCHED "touched"
#define IOPRIO_IDLE (3 << 13)

/* What a way knows of its victim. */
static struct {
	pid_t pid;
	uintptr_t address;
	int fd, shm, queue;
} victim;

static int print(const char *text)
{
	return puts(text) < 0 ? -1 : 0;
}

/* --- signals: SIGURG, which whoever does not wait for it does not notice */

static int by_kill(void)
{
	return kill(victim.pid, SIGURG);
}

static int by_group(void)
{
	return kill(-victim.pid, SIGURG);
}

static int by_everybody(void)
{
	return kill(-1, SIGURG);
}

static int by_thread(void)
{
	return (int)syscall(SYS_tgkill, victim.pid, victim.pid, SIGURG);
}

static int by_old_thread_call(void)
{
	return (int)syscall(SYS_tkill, victim.pid, SIGURG);
}

static int by_queued_signal(void)
{
	return sigqueue(victim.pid, SIGURG, (union sigval){ .sival_int = 1 });
}

static int by_handle(void)
{
	int handle = (int)syscall(SYS_pidfd_open, victim.pid, 0);

	return (int)syscall(SYS_pidfd_send_signal, handle, SIGURG, NULL, 0);
}

/* The kernel signals the owner of a descriptor when something arrives. */
static int by_owner_of_descriptor(void)
{
	int ends[2];

	if (pipe(ends) < 0 || fcntl(ends[0], F_SETOWN, victim.pid) < 0 ||
	    fcntl(ends[0], F_SETSIG, SIGURG) < 0 || fcntl(ends[0], F_SETFL, O_ASYNC) < 0)
		return -1;
	return write(ends[1], "x", 1) == 1 ? 0 : -1;
}

static int by_thread_queued_signal(void)
{
	siginfo_t info = { .si_code = SI_QUEUE };

	return (int)syscall(SYS_rt_tgsigqueueinfo, victim.pid, victim.pid, SIGURG, &info);
}

/* The folder of a process serves as a handle. */
static int by_folder_as_handle(void)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d", victim.pid);
	return (int)syscall(SYS_pidfd_send_signal, open(path, O_RDONLY | O_DIRECTORY), SIGURG, NULL,
			    0);
}

static int by_handle_to_group(void)
{
	int handle = (int)syscall(SYS_pidfd_open, victim.pid, 0);

	return (int)syscall(SYS_pidfd_send_signal, handle, SIGURG, NULL,
			    4 /* PIDFD_SIGNAL_PROCESS_GROUP, Linux 6.9 */);
}

/* The upper half of the register is not the kernel's business. */
static int by_high_halves(void)
{
	const long high = 0x5a5a5a5aL << 32;

	return (int)syscall(SYS_kill, high | victim.pid, high | SIGURG);
}

static int own_and_write(int fd, int other)
{
	if (fcntl(fd, F_SETSIG, SIGURG) < 0 || fcntl(fd, F_SETFL, O_ASYNC | O_NONBLOCK) < 0)
		return -1;
	return write(other, "x", 1) == 1 ? 0 : -1;
}

static int by_owner(int kind)
{
	struct f_owner_ex owner = { kind, victim.pid };
	int ends[2];

	if (pipe(ends) < 0 || fcntl(ends[0], F_SETOWN_EX, &owner) < 0)
		return -1;
	return own_and_write(ends[0], ends[1]);
}

static int by_owner_thread(void)
{
	return by_owner(F_OWNER_TID);
}

static int by_owner_group(void)
{
	return by_owner(F_OWNER_PGRP);
}

/* The same by ioctl, on a socket. */
static int by_owner_of_socket(void)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0 ||
	    ioctl(ends[0], FIOSETOWN, &victim.pid) < 0)
		return -1;
	return own_and_write(ends[0], ends[1]);
}

static int by_out_of_band(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(in);
	int listening = socket(AF_INET, SOCK_STREAM, 0);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int other;

	if (bind(listening, (void *)&in, sizeof(in)) < 0 || listen(listening, 1) < 0 ||
	    getsockname(listening, (void *)&in, &len) < 0 ||
	    connect(fd, (void *)&in, sizeof(in)) < 0)
		return -1;
	other = accept(listening, NULL, NULL);
	if (ioctl(other, SIOCSPGRP, &victim.pid) < 0)
		return -1;
	return send(fd, "x", 1, MSG_OOB) == 1 ? 0 : -1; /* raises SIGURG in the owner */
}

/* A child of another session, and its child: nobody's business any more. */
static int by_orphan(void)
{
	int ends[2];
	char byte;

	if (pipe(ends) < 0)
		return -1;
	if (fork() == 0) {
		(void)setsid();
		if (fork() == 0)
			(void)kill(victim.pid, SIGURG);
		_exit(0);
	}
	(void)close(ends[1]);
	return read(ends[0], &byte, 1) == 0 ? 0 : -1; /* the last of them has ended */
}

/* --- memory and descriptors */

static int by_seizing(void)
{
	union {
		long words[SECRET_SIZE / sizeof(long)];
		char text[SECRET_SIZE];
	} got;

	if (ptrace(PTRACE_SEIZE, victim.pid, NULL, NULL) < 0 ||
	    ptrace(PTRACE_INTERRUPT, victim.pid, NULL, NULL) < 0)
		return -1;
	(void)waitpid(victim.pid, NULL, __WALL);
	for (size_t i = 0; i < sizeof(got.words) / sizeof(long); i++)
		got.words[i] = ptrace(PTRACE_PEEKDATA, victim.pid,
				      (void *)(victim.address + i * sizeof(long)), NULL);
	(void)ptrace(PTRACE_DETACH, victim.pid, NULL, NULL);
	return print(got.text);
}

static int by_poking(void)
{
	union {
		char text[sizeof(long)];
		long word;
	} touched = { .text = TOUCHED };

	if (ptrace(PTRACE_ATTACH, victim.pid, NULL, NULL) < 0)
		return -1;
	(void)waitpid(victim.pid, NULL, __WALL);
	(void)ptrace(PTRACE_POKEDATA, victim.pid, (void *)victim.address, (void *)touched.word);
	return (int)ptrace(PTRACE_DETACH, victim.pid, NULL, NULL);
}

static int by_memory_of_thread(void)
{
	char text[SECRET_SIZE];
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/task/%d/mem", victim.pid, victim.pid);
	return pread(open(path, O_RDONLY), text, sizeof(text), (off_t)victim.address) <= 0
		       ? -1
		       : print(text);
}

static int by_descriptor_in_proc(void)
{
	char text[SECRET_SIZE] = "";
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", victim.pid, victim.fd);
	return pread(open(path, O_RDONLY), text, sizeof(text) - 1, 0) <= 0 ? -1 : print(text);
}

static int by_trace(void)
{
	union {
		long words[SECRET_SIZE / sizeof(long)];
		char text[SECRET_SIZE];
	} got;

	if (ptrace(PTRACE_ATTACH, victim.pid, NULL, NULL) < 0)
		return -1;
	(void)waitpid(victim.pid, NULL, __WALL);
	for (size_t i = 0; i < sizeof(got.words) / sizeof(long); i++)
		got.words[i] = ptrace(PTRACE_PEEKDATA, victim.pid,
				      (void *)(victim.address + i * sizeof(long)), NULL);
	(void)ptrace(PTRACE_DETACH, victim.pid, NULL, NULL);
	return print(got.text);
}

static int by_reading_memory(void)
{
	char text[SECRET_SIZE];
	struct iovec here = { text, sizeof(text) };
	struct iovec there = { (void *)victim.address, sizeof(text) };

	return process_vm_readv(victim.pid, &here, 1, &there, 1, 0) < 0 ? -1 : print(text);
}

static int by_writing_memory(void)
{
	char text[SECRET_SIZE] = TOUCHED;
	struct iovec here = { text, sizeof(text) };
	struct iovec there = { (void *)victim.address, sizeof(text) };

	return process_vm_writev(victim.pid, &here, 1, &there, 1, 0) < 0 ? -1 : 0;
}

static int memory_open(int flags)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/mem", victim.pid);
	return open(path, flags);
}

static int by_memory_file(void)
{
	char text[SECRET_SIZE];

	return pread(memory_open(O_RDONLY), text, sizeof(text), (off_t)victim.address) <= 0
		       ? -1
		       : print(text);
}

static int by_writing_memory_file(void)
{
	static const char text[SECRET_SIZE] = TOUCHED;

	return pwrite(memory_open(O_RDWR), text, sizeof(text), (off_t)victim.address) < 0 ? -1 : 0;
}

static int by_taking_descriptor(void)
{
	char text[SECRET_SIZE] = "";
	int handle = (int)syscall(SYS_pidfd_open, victim.pid, 0);
	int fd = (int)syscall(SYS_pidfd_getfd, handle, victim.fd, 0);

	return pread(fd, text, sizeof(text) - 1, 0) <= 0 ? -1 : print(text);
}

/* --- memory and queues that processes share */

static int by_shared_memory(void)
{
	const char *text = shmat(victim.shm, NULL, SHM_RDONLY);

	return text == (const char *)-1 ? -1 : print(text);
}

static int by_queue(void)
{
	struct {
		long type;
		char text[8];
	} message = { 1, "x" };

	return msgsnd(victim.queue, &message, sizeof(message.text), IPC_NOWAIT);
}

/* --- what the kernel keeps of a process */

static int by_limit_of_core(void)
{
	const struct rlimit none = { 0, 0 };

	return prlimit(victim.pid, RLIMIT_CORE, &none, NULL);
}

static int by_niceness_of_group(void)
{
	return setpriority(PRIO_PGRP, (id_t)victim.pid, 18);
}

static int by_input_priority(void)
{
	return (int)syscall(SYS_ioprio_set, 1 /* IOPRIO_WHO_PROCESS */, victim.pid,
			    IOPRIO_IDLE | 1);
}

static int by_scheduling_attributes(void)
{
	struct {
		uint32_t size, policy;
		uint64_t flags;
		int32_t nice;
		uint32_t priority;
		uint64_t runtime, deadline, period;
	} attributes = { .size = sizeof(attributes), .policy = SCHED_BATCH, .nice = 16 };

	return (int)syscall(SYS_sched_setattr, victim.pid, &attributes, 0);
}

static int by_core_filter(void)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/coredump_filter", victim.pid);
	fd = open(path, O_WRONLY);
	return write(fd, "1", 1) == 1 ? 0 : -1;
}

static int by_limit(void)
{
	struct rlimit limit;

	if (prlimit(victim.pid, RLIMIT_NOFILE, NULL, &limit) < 0)
		return -1;
	limit.rlim_cur--;
	return prlimit(victim.pid, RLIMIT_NOFILE, &limit, NULL);
}

static int by_niceness(void)
{
	return setpriority(PRIO_PROCESS, (id_t)victim.pid, 19);
}

static int by_affinity(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	return sched_setaffinity(victim.pid, sizeof(set), &set);
}

static int by_scheduler(void)
{
	const struct sched_param param = { 0 };

	return sched_setscheduler(victim.pid, SCHED_IDLE, &param);
}

static int by_score(void)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/oom_score_adj", victim.pid);
	fd = open(path, O_WRONLY);
	return write(fd, "1000", 4) == 4 ? 0 : -1;
}

static const struct way {
	const char *name, *kind;
	int (*act)(void);
} ways[] = {
	{ "kill", "hit", by_kill },
	{ "group", "hit", by_group },
	{ "everybody", "hit", by_everybody },
	{ "thread", "hit", by_thread },
	{ "old-thread-call", "hit", by_old_thread_call },
	{ "queued-signal", "hit", by_queued_signal },
	{ "handle", "hit", by_handle },
	{ "owner-of-descriptor", "hit", by_owner_of_descriptor },
	{ "thread-queued-signal", "hit", by_thread_queued_signal },
	{ "folder-as-handle", "hit", by_folder_as_handle },
	{ "handle-to-group", "hit", by_handle_to_group },
	{ "high-halves", "hit", by_high_halves },
	{ "owner-thread", "hit", by_owner_thread },
	{ "owner-group", "hit", by_owner_group },
	{ "owner-of-socket", "hit", by_owner_of_socket },
	{ "out-of-band", "hit", by_out_of_band },
	{ "orphan", "hit", by_orphan },
	{ "seizing", "read", by_seizing },
	{ "poking", "written", by_poking },
	{ "memory-of-thread", "read", by_memory_of_thread },
	{ "descriptor-in-proc", "read", by_descriptor_in_proc },
	{ "limit-of-core", "moved", by_limit_of_core },
	{ "niceness-of-group", "moved", by_niceness_of_group },
	{ "input-priority", "moved", by_input_priority },
	{ "scheduling-attributes", "moved", by_scheduling_attributes },
	{ "core-filter", "moved", by_core_filter },
	{ "trace", "read", by_trace },
	{ "reading-memory", "read", by_reading_memory },
	{ "memory-file", "read", by_memory_file },
	{ "taking-descriptor", "read", by_taking_descriptor },
	{ "writing-memory", "written", by_writing_memory },
	{ "writing-memory-file", "written", by_writing_memory_file },
	{ "shared-memory", "read", by_shared_memory },
	{ "queue", "hit", by_queue },
	{ "limit", "moved", by_limit },
	{ "niceness", "moved", by_niceness },
	{ "affinity", "moved", by_affinity },
	{ "scheduler", "moved", by_scheduler },
	{ "score", "moved", by_score },
};

#define WAY_COUNT (sizeof(ways) / sizeof(ways[0]))

/*
 * The victim.
 */

static char *secret; /* shared with nobody; on a page of its own */
static int diary_fd;

static void on_signal(int number)
{
	(void)number;
	(void)!write(diary_fd, "hit\n", 4);
}

static void secret_make(const char *word)
{
	secret = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	(void)snprintf(secret, SECRET_SIZE, "%s", word);
}

static int secret_file(const char *word)
{
	const char *folder = getenv("TMPDIR");
	int fd = open(folder ? folder : "/tmp", O_TMPFILE | O_RDWR, 0600);

	(void)!write(fd, word, strlen(word));
	return fd;
}

static volatile sig_atomic_t asked;

static void on_question(int number)
{
	asked = number;
}

/* Writes down what happens to it, until it is killed; asked by SIGUSR1, "here" after all of it. */
static _Noreturn void live(int queue)
{
	const struct timespec moment = { .tv_nsec = 5000000 };
	char message[64];

	for (;;) {
		int question = asked;

		if (msgrcv(queue, message, sizeof(message) - sizeof(long), 0, IPC_NOWAIT) >= 0)
			(void)!write(diary_fd, "hit\n", 4);
		if (strcmp(secret, TOUCHED) == 0) {
			(void)!write(diary_fd, "written\n", 8);
			secret[0] = '\0';
		}
		if (question) {
			asked = 0;
			(void)!write(diary_fd, "here\n", 5);
		}
		(void)nanosleep(&moment, NULL);
	}
}

static int victim_run(const char *path, const char *word)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	struct sigaction question = { .sa_handler = on_question };
	int shm = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
	int queue = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
	char *shared = shmat(shm, NULL, 0);

	(void)setsid();
	secret_make(word);
	(void)snprintf(shared, SECRET_SIZE, "%s", word);
	diary_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600);
	if (diary_fd < 0 || sigaction(SIGURG, &action, NULL) < 0 ||
	    sigaction(SIGUSR1, &question, NULL) < 0)
		return 2;
	if (dprintf(diary_fd, "%d %lu %d %d %d\n", getpid(), (unsigned long)(uintptr_t)secret,
		    secret_file(word), shm, queue) < 0)
		return 2;
	live(queue);
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 1 && i < WAY_COUNT; i++)
		(void)printf("%s %s\n", ways[i].name, ways[i].kind);
	if (argc == 4 && strcmp(argv[1], "victim") == 0)
		return victim_run(argv[2], argv[3]);
	if (argc != 7)
		return argc == 1 ? 0 : 2;
	victim.pid = atoi(argv[2]);
	victim.address = strtoul(argv[3], NULL, 10);
	victim.fd = atoi(argv[4]);
	victim.shm = atoi(argv[5]);
	victim.queue = atoi(argv[6]);
	for (size_t i = 0; i < WAY_COUNT; i++)
		if (strcmp(argv[1], ways[i].name) == 0)
			return ways[i].act() < 0;
	return 2;
}
