/* SPDX-License-Identifier: MIT */
/*
 * many WHAT ARG... - too much of something:
 *
 *   refused N PATH    opens PATH N times; says how often which error came
 *   changes N         makes N files in the working directory until one fails; says how many, and the error
 *   forks N PATH      N processes at once, of which each opens PATH, makes a file, and executes /bin/true
 *   effects N PORT    two processes; each makes N files and removes N others, and tells the UDP port of each
 *   deaths N          kills N children in the middle of their calls
 *   closes PATH       closes every descriptor, opens over them, and opens PATH; says it in the file "said"
 *   flood PATH        reads "file" and opens PATH, until there is a file "enough"
 *   listener CMD...   executes CMD behind a listener of its own
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ERRNO_MAX 200

static int refused(int count, const char *path)
{
	static int seen[ERRNO_MAX];

	for (int i = 0; i < count; i++) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		seen[fd < 0 ? errno : 0]++;
		if (fd >= 0)
			(void)close(fd);
	}
	for (int i = 0; i < ERRNO_MAX; i++)
		if (seen[i])
			(void)printf("%s %d\n", i ? strerrorname_np(i) : "0", seen[i]);
	return 0;
}

static int changes(int count)
{
	char name[32];
	int made = 0;

	errno = 0;
	for (; made < count; made++) {
		int fd;

		(void)snprintf(name, sizeof(name), "made-%06d", made);
		fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0)
			break;
		(void)close(fd);
	}
	(void)printf("%d %s\n", made, errno ? strerrorname_np(errno) : "0");
	return 0;
}

static void fork_one(int number, const char *path, int start_fd)
{
	char name[32], one;

	(void)!read(start_fd, &one, 1);
	if (open(path, O_RDONLY) >= 0)
		_exit(1);
	(void)snprintf(name, sizeof(name), "forked-%d", number);
	if (open(name, O_WRONLY | O_CREAT | O_EXCL, 0600) < 0)
		_exit(2);
	(void)execl("/bin/true", "true", (char *)NULL);
	_exit(3);
}

static int forks(int count, const char *path)
{
	int ends[2], good = 0, started = 0, status;

	if (pipe(ends) < 0)
		return 1;
	for (; started < count; started++) {
		pid_t pid = fork();

		if (pid < 0)
			break;
		if (pid == 0) {
			(void)close(ends[1]);
			fork_one(started, path, ends[0]);
		}
	}
	(void)close(ends[1]); /* all at once */
	while (wait(&status) > 0)
		good += status == 0;
	(void)printf("%d of %d\n", good, started);
	return 0;
}

/* What happens one after the other, until something fails. */
static void effects_of(int number, int count, const struct sockaddr_in *to)
{
	int talk = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char name[32];

	for (int i = 0; i < count; i++) {
		int fd;

		(void)snprintf(name, sizeof(name), "made-%d-%d", number, i);
		fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0)
			return;
		(void)close(fd);
		(void)snprintf(name, sizeof(name), "gone-%d-%d", number, i);
		if (unlink(name) < 0)
			return;
		if (sendto(talk, name, strlen(name), 0, (const struct sockaddr *)to, sizeof(*to)) <
		    0)
			return;
	}
}

static int effects(int count, int port)
{
	const struct sockaddr_in to = { .sin_family = AF_INET,
					.sin_port = htons((uint16_t)port),
					.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	for (int number = 0; number < 2; number++)
		if (fork() == 0) {
			effects_of(number, count, &to);
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
	return 0;
}

static int deaths(int count)
{
	int killed = 0, status;

	for (int i = 0; i < count; i++) {
		const struct timespec pause = { .tv_nsec = i % 50 * 20000 };
		pid_t pid = fork();

		for (int k = 0; pid == 0; k++) {
			(void)close(open(k % 2 ? "file" : "made", O_RDWR | O_CREAT, 0600));
			if (k % 3 == 0)
				(void)unlink("made");
		}
		(void)nanosleep(&pause, NULL);
		if (pid > 0 && kill(pid, SIGKILL) == 0 && waitpid(pid, &status, 0) == pid)
			killed += WIFSIGNALED(status);
	}
	(void)printf("%d\n", killed);
	return 0;
}

static int closes(const char *path)
{
	char text[128];
	int fd, first, len;

	for (fd = 0; fd < 1024; fd++)
		(void)close(fd);
	first = open("file", O_RDONLY);
	for (fd = 3; fd < 256; fd++)
		(void)dup2(first, fd);
	fd = open(path, O_RDONLY);
	len = snprintf(text, sizeof(text), "%d %s\n", first, fd < 0 ? strerrorname_np(errno) : "0");
	fd = open("said", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	return write(fd, text, (size_t)len) == len ? 0 : 1;
}

static int flood(const char *path)
{
	char text[7];

	while (access("enough", F_OK) < 0) {
		int fd = open("file", O_RDONLY | O_CLOEXEC);
		ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text));

		if (len != sizeof(text) || memcmp(text, "content", sizeof(text)) != 0) {
			(void)printf("descriptor %d, %zd bytes: %s\n", fd, len,
				     strerrorname_np(errno));
			return 1;
		}
		(void)close(fd);
		if (open(path, O_RDONLY) >= 0 || errno != EACCES) {
			(void)printf("refused with %s\n", strerrorname_np(errno));
			return 1;
		}
	}
	return 0;
}

static int listener(char **argv)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_acct, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = 4, .filter = code };
	int fd = -1;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		fd = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
				  SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
	/* Kept open: a filter whose listener is closed has none. */
	if (fd < 0 || fcntl(fd, F_SETFD, 0) < 0)
		return 1;
	(void)execvp(argv[0], argv);
	return 1;
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";

	if (strcmp(what, "refused") == 0 && argc == 4)
		return refused(atoi(argv[2]), argv[3]);
	if (strcmp(what, "changes") == 0)
		return changes(atoi(argv[2]));
	if (strcmp(what, "forks") == 0 && argc == 4)
		return forks(atoi(argv[2]), argv[3]);
	if (strcmp(what, "effects") == 0 && argc == 4)
		return effects(atoi(argv[2]), atoi(argv[3]));
	if (strcmp(what, "deaths") == 0)
		return deaths(atoi(argv[2]));
	if (strcmp(what, "closes") == 0)
		return closes(argv[2]);
	if (strcmp(what, "flood") == 0)
		return flood(argv[2]);
	if (strcmp(what, "listener") == 0)
		return listener(argv + 2);
	return 2;
}
