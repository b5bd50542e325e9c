/* SPDX-License-Identifier: MIT */
/*
 * Signals are blocked in all of our threads, so the terminal lets us set its modes and group from
 * the background (__tty_check_change() of drivers/tty/tty_jobctrl.c).
 */
#include "launcher/prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/clean.h"
#include "launcher/descendants.h"
#include "launcher/procfile.h"

#define QUIET_MS 400 /* nothing typed before a key */
#define ALONE_MS 150 /* and nothing after it */
#define TICK_MS 50
#define WRITE_MS 1000
#define BURST_SIZE 256

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int prompt_open(void)
{
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* Field 5 of /proc/PID/stat. */
static pid_t group_of(pid_t pid)
{
	char text[PROCFILE_STAT_SIZE];
	const char *fields = procfile_stat(pid, text);
	pid_t group;

	return fields && sscanf(fields, " %*c %*d %d", &group) == 1 ? group : -1;
}

bool prompt_is_ours(const struct prompt *prompt, pid_t root)
{
	CLEAN_FREE pid_t *pids = NULL;
	pid_t group = tcgetpgrp(prompt->fd);
	ssize_t count;

	if (group < 0)
		return false;
	/* A group whose processes have all ended is nobody's. */
	if (group == getpgrp() || (kill(-group, 0) < 0 && errno == ESRCH))
		return true;
	count = descendants_list(root, &pids);
	for (ssize_t i = 0; i < count; i++)
		if (group_of(pids[i]) == group)
			return true;
	return false;
}

/* Keys one by one, without echo and without signals; text that goes out is shown line by line. */
static int modes_set(const struct prompt *prompt)
{
	struct termios modes = prompt->saved;

	cfmakeraw(&modes);
	modes.c_oflag |= OPOST | ONLCR;
	return tcsetattr(prompt->fd, TCSANOW, &modes) < 0 ? -errno : 0;
}

/*
 * The run may have left the terminal such that text is not seen as it is: in the middle of a
 * sequence, in another set of characters, in invisible colours, with one line that scrolls, without wrapping.
 */
static int screen_reset(const struct prompt *prompt)
{
	static const char plain[] = "\030\017\r\n";
	static const char reset[] =
		"\030\033\\\017\033(B"	    /* cancels what was begun; no graphics */
		"\033[?6l\033[r\033[999;1H" /* the whole screen scrolls, and we are at its end */
		"\033[0m\033[4l\033[?7h\033[?25h" /* no colours; lines wrap; the cursor is seen */
		"\033]104\033\\\033]110\033\\\033]111\033\\" /* the palette as it was */
		"\r\n";
	const char *name = getenv("TERM");
	bool is_plain = !name || !name[0] || strcmp(name, "dumb") == 0;

	return is_plain ? prompt_write(prompt, plain, sizeof(plain) - 1)
			: prompt_write(prompt, reset, sizeof(reset) - 1);
}

int prompt_begin(struct prompt *prompt)
{
	int r;

	prompt->group = tcgetpgrp(prompt->fd);
	if (prompt->group < 0 || tcgetattr(prompt->fd, &prompt->saved) < 0 ||
	    tcsetpgrp(prompt->fd, getpgrp()) < 0)
		return -errno;
	r = modes_set(prompt);
	if (r == 0) {
		(void)tcflow(prompt->fd, TCOON); /* the run may have stopped it */
		r = screen_reset(prompt);
	}
	if (r < 0) {
		prompt_end(prompt);
		return r;
	}
	prompt_shown(prompt);
	return 0;
}

void prompt_end(struct prompt *prompt)
{
	/* Somebody else has it: we were stopped, and the user's shell has taken it back. */
	if (tcgetpgrp(prompt->fd) != getpgrp())
		return;
	(void)tcflush(prompt->fd, TCIFLUSH);
	(void)tcsetattr(prompt->fd, TCSANOW, &prompt->saved);
	(void)tcsetpgrp(prompt->fd, prompt->group); /* which may have ended: then it stays ours */
}

void prompt_redraw(const struct prompt *prompt, pid_t root)
{
	CLEAN_FREE pid_t *pids = NULL;
	ssize_t count;

	if (prompt->saved.c_lflag & ICANON)
		return; /* what it shows are lines, and ours are among them */
	count = descendants_list(root, &pids);
	for (ssize_t i = 0; i < count; i++)
		if (group_of(pids[i]) == prompt->group)
			(void)kill(pids[i], SIGWINCH);
}

int prompt_write(const struct prompt *prompt, const char *text, size_t len)
{
	struct pollfd wait = { .fd = prompt->fd, .events = POLLOUT };

	while (len > 0) {
		ssize_t written = write(prompt->fd, text, len);

		if (written > 0) {
			text += written;
			len -= (size_t)written;
		} else if (errno == EAGAIN && poll(&wait, 1, WRITE_MS) != 1) {
			return -EIO;
		} else if (errno != EAGAIN && errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

void prompt_shown(struct prompt *prompt)
{
	(void)tcflush(prompt->fd, TCIFLUSH);
	prompt->candidate = 0;
	prompt->quiet_ms = now_ms();
}

/* Return: how many keys came; -EIO when the terminal is gone. */
static int burst_read(const struct prompt *prompt, char *keys)
{
	struct pollfd wait = { .fd = prompt->fd, .events = POLLIN };
	ssize_t len;

	if (poll(&wait, 1, TICK_MS) <= 0)
		return 0;
	len = read(prompt->fd, keys, BURST_SIZE);
	if (len > 0)
		return (int)len;
	return len < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -EIO;
}

int prompt_key(struct prompt *prompt)
{
	char keys[BURST_SIZE];
	int count = burst_read(prompt, keys);
	int64_t now = now_ms();
	bool was_quiet = now - prompt->quiet_ms >= QUIET_MS;
	char key = prompt->candidate;

	if (count < 0)
		return count;
	if (count == 0) {
		if (!key || now - prompt->quiet_ms < ALONE_MS)
			return 0;
		prompt->candidate = 0;
		return (unsigned char)key;
	}
	prompt->quiet_ms = now;
	prompt->candidate = 0;
	if (count == 1 && (keys[0] == PROMPT_INTERRUPT || keys[0] == PROMPT_QUIT))
		return keys[0];
	if (count == 1 && was_quiet)
		prompt->candidate = keys[0];
	return 0;
}
