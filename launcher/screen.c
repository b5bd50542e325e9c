/* SPDX-License-Identifier: MIT */
/*
 * All signals are blocked in our threads, so modes can be set from the background as well: nothing is
 * done there, because the terminal is the shell's then.
 */
#include "launcher/screen.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define LOOK_MS 100
#define INPUT_SIZE 4096

struct screen {
	int user_fd, master_fd, slave_fd;
	bool has_input;
	bool is_raw_always;
	struct termios saved;	    /* of the user's terminal */
	struct termios first;	    /* of the agent's */
	pthread_mutex_t lock;	    /* who has the user's terminal */
	pthread_mutex_t modes_lock; /* of the next two */
	atomic_bool is_raw;
	bool is_away; /* the terminal is the shell's */
};

static struct screen *the_screen; /* for the handler of what ends us unforeseen */

static void restore_at_end(int signal)
{
	if (the_screen && the_screen->is_raw)
		(void)tcsetattr(the_screen->user_fd, TCSANOW, &the_screen->saved);
	(void)raise(signal);
}

/* Once: then the signal does what it always does. */
static void restore_on_crash(void)
{
	static const int signals[] = { SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE };
	struct sigaction action = { .sa_handler = restore_at_end,
				    .sa_flags = (int)SA_RESETHAND | SA_NODEFER };

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		(void)sigaction(signals[i], &action, NULL);
}

static int terminal_make(struct screen *screen)
{
	struct winsize size;

	screen->master_fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
	if (screen->master_fd < 0 || unlockpt(screen->master_fd) < 0)
		return -errno;
	screen->slave_fd = ioctl(screen->master_fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (screen->slave_fd < 0 || tcsetattr(screen->slave_fd, TCSANOW, &screen->first) < 0)
		return -errno;
	if (ioctl(screen->user_fd, TIOCGWINSZ, &size) == 0)
		(void)ioctl(screen->master_fd, TIOCSWINSZ, &size);
	return 0;
}

int screen_new(int user_fd, bool has_input, bool has_output, struct screen **out,
	       struct fault *fault)
{
	struct screen *screen = calloc(1, sizeof(*screen));
	int r = -ENOMEM;

	if (!screen)
		return fault_set(fault, r, "cannot make a terminal: %s", strerror(-r));
	*screen = (struct screen){ .user_fd = user_fd,
				   .master_fd = -1,
				   .slave_fd = -1,
				   .has_input = has_input,
				   .is_raw_always = has_input && has_output };
	(void)pthread_mutex_init(&screen->lock, NULL);
	(void)pthread_mutex_init(&screen->modes_lock, NULL);
	r = tcgetattr(user_fd, &screen->saved) < 0 ? -errno : 0;
	screen->first = screen->saved;
	/* Lines that go on have been shown already, where they were typed. */
	if (has_input && !screen->is_raw_always)
		screen->first.c_lflag &= ~(tcflag_t)ECHO;
	if (r == 0)
		r = terminal_make(screen);
	if (r < 0) {
		free(screen);
		return fault_set(fault, r,
				 "cannot make a terminal for the agent: %s; hint: a policy "
				 "that is about output needs one, of /dev/ptmx",
				 strerror(-r));
	}
	the_screen = screen;
	*out = screen;
	return 0;
}

int screen_master(const struct screen *screen)
{
	return screen->master_fd;
}

int screen_slave(const struct screen *screen)
{
	return screen->slave_fd;
}

/*
 * Modes.
 */

static bool is_in_foreground(const struct screen *screen)
{
	return tcgetpgrp(screen->user_fd) == getpgrp();
}

/* Whether a program of the run wants keys rather than lines, or shows them in its own way. */
static bool wants_keys(const struct screen *screen)
{
	static const tcflag_t looked_at = ICANON | ECHO;
	struct termios now;

	if (screen->is_raw_always)
		return true;
	return tcgetattr(screen->slave_fd, &now) == 0 &&
	       (now.c_lflag & looked_at) != (screen->first.c_lflag & looked_at);
}

static void pass_on(const struct screen *screen, const char *keys, size_t size)
{
	struct pollfd wait = { .fd = screen->master_fd, .events = POLLOUT };

	while (size > 0) {
		ssize_t written = write(screen->master_fd, keys, size);

		if (written > 0) {
			keys += written;
			size -= (size_t)written;
		} else if (errno != EAGAIN || poll(&wait, 1, LOOK_MS) != 1) {
			return; /* nobody reads them, and a terminal holds only so many */
		}
	}
}

/*
 * What was typed ahead, as lines still: an end of input would become a byte like others (the kernel keeps a
 * NUL for it). What was typed is the run's only where it is its input.
 */
static void pass_lines(const struct screen *screen)
{
	struct pollfd typed = { .fd = screen->user_fd, .events = POLLIN };
	char line[INPUT_SIZE];
	ssize_t count = 1;

	while (screen->has_input && count > 0 && poll(&typed, 1, 0) == 1 &&
	       !(typed.revents & POLLHUP)) {
		count = read(screen->user_fd, line, sizeof(line));
		if (count == 0)
			line[0] = (char)screen->first.c_cc[VEOF];
		if (count >= 0)
			pass_on(screen, line, count > 0 ? (size_t)count : 1);
	}
}

static void modes_set(struct screen *screen, bool raw)
{
	struct termios modes = screen->saved;

	if (screen->is_raw == raw)
		return;
	if (raw) {
		pass_lines(screen);
		cfmakeraw(&modes);
	}
	if (tcsetattr(screen->user_fd, TCSANOW, &modes) == 0)
		screen->is_raw = raw;
}

/* As the moment wants it. Return: whether what is typed is the run's. */
static bool modes_follow(struct screen *screen)
{
	struct termios now;
	bool is_typed = false;

	(void)pthread_mutex_lock(&screen->modes_lock);
	if (!screen->is_away && is_in_foreground(screen)) {
		modes_set(screen, wants_keys(screen));
		/* Others of a pipeline may have made it theirs: a pager. */
		is_typed = screen->is_raw ||
			   (screen->has_input && tcgetattr(screen->user_fd, &now) == 0 &&
			    now.c_lflag & ICANON);
	} else if (!screen->is_away) {
		screen->is_raw = false; /* whoever has it has set what he wants */
	}
	(void)pthread_mutex_unlock(&screen->modes_lock);
	return is_typed;
}

void screen_leave(struct screen *screen)
{
	if (!screen)
		return;
	(void)pthread_mutex_lock(&screen->modes_lock);
	screen->is_away = true;
	if (screen->is_raw && is_in_foreground(screen))
		modes_set(screen, false);
	screen->is_raw = false;
	(void)pthread_mutex_unlock(&screen->modes_lock);
}

void screen_return(struct screen *screen)
{
	if (!screen)
		return;
	(void)pthread_mutex_lock(&screen->modes_lock);
	screen->is_away = false;
	(void)pthread_mutex_unlock(&screen->modes_lock);
	screen_resized(screen);
	(void)modes_follow(screen);
}

void screen_resized(struct screen *screen)
{
	struct winsize size;

	if (screen && ioctl(screen->user_fd, TIOCGWINSZ, &size) == 0)
		(void)ioctl(screen->master_fd, TIOCSWINSZ, &size);
}

pid_t screen_group(const struct screen *screen, pid_t otherwise)
{
	pid_t group = screen ? tcgetpgrp(screen->master_fd) : -1;

	return group > 0 ? group : otherwise;
}

void screen_redraw(const struct screen *screen)
{
	struct termios now;

	if (screen && tcgetattr(screen->slave_fd, &now) == 0 && !(now.c_lflag & ICANON))
		(void)kill(-screen_group(screen, getpid()), SIGWINCH);
}

/*
 * What is typed.
 */

/* Return: whether there is a terminal still. */
static bool keys_take(struct screen *screen)
{
	struct pollfd typed = { .fd = screen->user_fd, .events = POLLIN };
	char keys[INPUT_SIZE];
	ssize_t count = -1;

	/* Nothing is taken from somebody who asks a question. */
	(void)pthread_mutex_lock(&screen->lock);
	if (modes_follow(screen) && poll(&typed, 1, 0) == 1) {
		count = read(screen->user_fd, keys, sizeof(keys));
		if (count == 0 && !screen->is_raw)
			keys[count++] = (char)screen->first.c_cc[VEOF];
	}
	(void)pthread_mutex_unlock(&screen->lock);
	if (count > 0)
		pass_on(screen, keys, (size_t)count);
	return count != 0 && !(typed.revents & POLLHUP);
}

static void *keys_pass(void *data)
{
	struct screen *screen = data;
	struct pollfd typed = { .events = POLLIN };
	bool is_there = true;

	while (is_there) {
		bool is_typed;

		(void)pthread_mutex_lock(&screen->lock);
		is_typed = modes_follow(screen);
		(void)pthread_mutex_unlock(&screen->lock);
		typed.fd = is_typed ? screen->user_fd : -1;
		if (poll(&typed, 1, LOOK_MS) == 1)
			is_there = keys_take(screen);
	}
	return NULL;
}

int screen_start(struct screen *screen)
{
	pthread_t thread;
	int r;

	restore_on_crash();
	(void)modes_follow(screen);
	r = pthread_create(&thread, NULL, keys_pass, screen);
	if (r == 0)
		(void)pthread_detach(thread);
	return -r;
}

/*
 * What is shown.
 */

void screen_hold(struct screen *screen)
{
	if (screen)
		(void)pthread_mutex_lock(&screen->lock);
}

void screen_release(struct screen *screen)
{
	if (screen)
		(void)pthread_mutex_unlock(&screen->lock);
}

static int write_all(int fd, const char *bytes, size_t size)
{
	struct pollfd wait = { .fd = fd, .events = POLLOUT };

	while (size > 0) {
		ssize_t written = write(fd, bytes, size);

		if (written > 0) {
			bytes += written;
			size -= (size_t)written;
		} else if (errno == EAGAIN) { /* somebody else has set it so */
			(void)poll(&wait, 1, -1);
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

int screen_write(struct screen *screen, int fd, const char *bytes, size_t size)
{
	int r;

	screen_hold(screen);
	r = write_all(fd, bytes, size);
	screen_release(screen);
	return r;
}

void screen_say(struct screen *screen, const char *text, size_t size)
{
	bool is_raw = screen && screen->is_raw && isatty(STDERR_FILENO);

	if (is_raw && size > 0 && text[size - 1] == '\n')
		size--;
	screen_hold(screen);
	(void)write_all(STDERR_FILENO, text, size);
	if (is_raw)
		(void)write_all(STDERR_FILENO, "\r\n", 2);
	screen_release(screen);
}
