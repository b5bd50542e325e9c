/* SPDX-License-Identifier: MIT */
/*
 * shim_scenes NAME [ARG] - one situation in which a library that writes to descriptor 2 behind the
 * program's back could be noticed. Exit status 0: it was not. Run under wire_supervisor.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 2000

static const char *argument;

static bool is_refused_plainly(void)
{
	errno = 0;
	return unlink("./refused") == -1 && errno == EACCES;
}

/* The read end of a pipe that is descriptor 2 from now on. */
static int pipe_errors(void)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0 || dup2(ends[1], STDERR_FILENO) < 0)
		exit(2);
	(void)close(ends[1]);
	return ends[0];
}

static bool survives_a_reader_that_left(void)
{
	sigset_t pending;

	(void)close(pipe_errors());
	return is_refused_plainly() && sigpending(&pending) == 0 && !sigismember(&pending, SIGPIPE);
}

static bool does_not_wait_for_a_full_pipe(void)
{
	char page[4096] = "";

	(void)pipe_errors();
	(void)fcntl(STDERR_FILENO, F_SETFL, O_NONBLOCK);
	while (write(STDERR_FILENO, page, sizeof(page)) > 0)
		;
	(void)fcntl(STDERR_FILENO, F_SETFL, 0);
	(void)alarm(5);
	return is_refused_plainly();
}

static bool leaves_data_alone(void)
{
	struct stat st;
	int fd = open("data", O_RDWR | O_CREAT | O_TRUNC, 0600);

	return fd >= 0 && dup2(fd, STDERR_FILENO) == STDERR_FILENO && is_refused_plainly() &&
	       fstat(fd, &st) == 0 && st.st_size == 0;
}

static bool leaves_a_connection_alone(void)
{
	struct sockaddr_in here = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct sockaddr *address = (struct sockaddr *)&here;
	socklen_t len = sizeof(here);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	int near = socket(AF_INET, SOCK_STREAM, 0);
	char byte;
	int far;

	if (bind(listener, address, len) < 0 || listen(listener, 1) < 0 ||
	    getsockname(listener, address, &len) < 0 || connect(near, address, len) < 0)
		return false;
	far = accept(listener, NULL, NULL);
	return far >= 0 && dup2(near, STDERR_FILENO) == STDERR_FILENO && is_refused_plainly() &&
	       recv(far, &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

static bool has_no_errors_to_write_to(void)
{
	(void)close(STDERR_FILENO);
	return is_refused_plainly() && open("/dev/null", O_RDONLY) == STDERR_FILENO;
}

static bool keeps_the_signal_mask(void)
{
	sigset_t before, after;

	(void)sigemptyset(&before);
	(void)sigaddset(&before, SIGUSR1);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	if (!is_refused_plainly() || sigprocmask(SIG_SETMASK, NULL, &after) < 0)
		return false;
	return sigismember(&after, SIGUSR1) && !sigismember(&after, SIGPIPE);
}

static bool works_in_a_vfork_child(void)
{
	volatile bool refused = false;
	struct pollfd watch = { .fd = pipe_errors(), .events = POLLIN };
	int status;
	pid_t pid = vfork();

	if (pid == 0) {
		refused = execl("./refused", "refused", "x", NULL) == -1 && errno == EACCES;
		_exit(refused ? 0 : 1);
	}
	return waitpid(pid, &status, 0) == pid && status == 0 && refused &&
	       poll(&watch, 1, 1000) == 1;
}

static void *open_for_ever(void *path)
{
	(void)open(path, O_RDONLY);
	return NULL;
}

/* Cancellation unwinds the stack through the hook. */
static bool can_be_cancelled(void)
{
	static char path[] = "fifo";
	struct timespec a_while = { .tv_nsec = 50 * 1000 * 1000 };
	pthread_t thread;
	void *result;

	if (mkfifo(path, 0600) < 0 || pthread_create(&thread, NULL, open_for_ever, path) != 0)
		return false;
	(void)nanosleep(&a_while, NULL);
	return pthread_cancel(thread) == 0 && pthread_join(thread, &result) == 0 &&
	       result == PTHREAD_CANCELED;
}

static volatile sig_atomic_t handled, mistaken;

static void on_alarm(int signal)
{
	int kept = errno;

	(void)signal;
	handled++;
	mistaken += !is_refused_plainly();
	errno = kept;
}

/* Also while the interrupted call is inside its own hook. */
static bool works_in_signal_handlers(void)
{
	const struct itimerval often = { { 0, 500 }, { 0, 500 } };
	const struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };

	if (sigaction(SIGALRM, &action, NULL) < 0 || setitimer(ITIMER_REAL, &often, NULL) < 0)
		return false;
	for (int i = 0; i < ROUNDS; i++)
		if (!is_refused_plainly())
			return false;
	return handled > 0 && mistaken == 0;
}

static void *many_refusals(void *ok)
{
	for (int i = 0; i < ROUNDS / 4; i++)
		if (!is_refused_plainly())
			*(bool *)ok = false;
	return NULL;
}

static bool works_in_threads(void)
{
	pthread_t threads[8];
	bool oks[8];
	bool all = true;

	for (int i = 0; i < 8; i++) {
		oks[i] = true;
		if (pthread_create(&threads[i], NULL, many_refusals, &oks[i]) != 0)
			return false;
	}
	for (int i = 0; i < 8; i++)
		all = pthread_join(threads[i], NULL) == 0 && oks[i] && all;
	return all;
}

/* @argument: the library, not preloaded. */
static bool can_be_loaded_late(void)
{
	int (*hook)(const char *) = NULL;
	void *library = dlopen(argument, RTLD_NOW);
	int watch = pipe_errors();
	char byte;

	if (library)
		*(void **)&hook = dlsym(library, "unlink");
	errno = 0;
	return hook && hook("./refused") == -1 && errno == EACCES && read(watch, &byte, 1) == 1 &&
	       dlclose(library) == 0;
}

/* The mode travels behind "...", and is there for these flags only. */
static bool passes_modes_on(void)
{
	struct stat st;
	int fds[] = {
		open("a", O_CREAT | O_WRONLY, 0640),
		openat(AT_FDCWD, "b", O_CREAT | O_WRONLY, 0640),
		open64("c", O_CREAT | O_WRONLY, 0640),
		open(".", O_TMPFILE | O_RDWR, 0640),
		creat("d", 0640),
	};

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] < 0 || fstat(fds[i], &st) < 0 || (st.st_mode & 0777) != 0640)
			return false;
	return true;
}

static const char script[] = "test \"$#:$1:$3:$HOME:$PATH\" = \"$EXPECTED\"";

static int exec_by(const char *how)
{
	static char home[] = "HOME=h", path[] = "PATH=p", expected[] = "EXPECTED=3:a:c:h:p";
	char *const envp[] = { home, path, expected, NULL };

	(void)clearenv();
	(void)setenv("HOME", "h", 1);
	(void)setenv("PATH", "/bin:/usr/bin", 1);
	(void)setenv("EXPECTED", "3:a:c:h:/bin:/usr/bin", 1);
	switch (how[strlen(how) - 1]) {
	case 'l':
		return execl("/bin/sh", "sh", "-c", script, "sh", "a", "b", "c", NULL);
	case 'p':
		return execlp("sh", "sh", "-c", script, "sh", "a", "b", "c", NULL);
	default:
		return execle("/bin/sh", "sh", "-c", script, "sh", "a", "b", "c", NULL, envp);
	}
}

static bool passes_arguments_on(void)
{
	const char *const hows[] = { "execl", "execlp", "execle" };

	for (size_t i = 0; i < sizeof(hows) / sizeof(hows[0]); i++) {
		int status;
		pid_t pid = fork();

		if (pid == 0)
			_exit(exec_by(hows[i]) ? 126 : 0);
		if (waitpid(pid, &status, 0) != pid || status != 0)
			return false;
	}
	return true;
}

static const struct scene {
	const char *name;
	bool (*play)(void);
} scenes[] = {
	{ "survives_a_reader_that_left", survives_a_reader_that_left },
	{ "does_not_wait_for_a_full_pipe", does_not_wait_for_a_full_pipe },
	{ "leaves_data_alone", leaves_data_alone },
	{ "leaves_a_connection_alone", leaves_a_connection_alone },
	{ "has_no_errors_to_write_to", has_no_errors_to_write_to },
	{ "keeps_the_signal_mask", keeps_the_signal_mask },
	{ "works_in_a_vfork_child", works_in_a_vfork_child },
	{ "can_be_cancelled", can_be_cancelled },
	{ "works_in_signal_handlers", works_in_signal_handlers },
	{ "works_in_threads", works_in_threads },
	{ "can_be_loaded_late", can_be_loaded_late },
	{ "passes_modes_on", passes_modes_on },
	{ "passes_arguments_on", passes_arguments_on },
};

int main(int argc, char **argv)
{
	argument = argc > 2 ? argv[2] : "";
	(void)umask(022);
	for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++) {
		if (argc == 1)
			(void)puts(scenes[i].name);
		else if (strcmp(argv[1], scenes[i].name) == 0)
			return scenes[i].play() ? 0 : 1;
	}
	return argc == 1 ? 0 : 2;
}
