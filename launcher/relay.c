/* SPDX-License-Identifier: MIT */
#include "launcher/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/clean.h"
#include "launcher/ask.h"
#include "launcher/guard.h"
#include "launcher/output.h"
#include "rules/plan.h"

#define PIECE_SIZE ((size_t)64 * 1024)
#define PIPE_SIZE (256 * 1024) /* fewer turns; the kernel may refuse it */
#define PTS_MAJOR 136
#define STREAMS_MAX 3

/* One way out of the run. */
struct way {
	struct relay *relay;
	int read_fd;  /* owned, but of the terminal; -1: its reader is gone */
	int write_fd; /* owned: the agent's end, until it has it */
	struct output_stream stream;
};

struct relay {
	struct output output;
	struct screen *screen; /* owned; NULL: no descriptor is a terminal */
	struct start_places places;
	struct way ways[STREAMS_MAX];
	size_t way_count;
	int input[2]; /* owned: a pipe in place of a standard input that could be written to; -1 */
	int end_fd, over_fd, done_fd;
	_Atomic size_t left; /* ways that have not ended */
};

bool relay_is_needed(const struct policy *policy, unsigned content_actions)
{
	return content_actions & ACTION_BIT(ACTION_OUTPUT) || policy_limits(policy)->output > 0;
}

/*
 * What the agent gets.
 */

static int way_open(struct relay *relay, int fd)
{
	struct way *way = &relay->ways[relay->way_count];
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	(void)fcntl(ends[0], F_SETPIPE_SZ, PIPE_SIZE);
	(void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
	*way = (struct way){ .relay = relay, .read_fd = ends[0], .write_fd = ends[1] };
	way->stream.names[0] = fd == STDOUT_FILENO ? "stdout" : "stderr";
	way->stream.fd = fd;
	relay->places.fds[fd] = ends[1];
	relay->way_count++;
	return 0;
}

/* Of the terminals, the run's standard output comes first: there it is shown. */
static int terminal_open_for(struct relay *relay, const bool are_terminals[3], struct fault *fault)
{
	int fd = are_terminals[STDOUT_FILENO]	? STDOUT_FILENO
		 : are_terminals[STDERR_FILENO] ? STDERR_FILENO
						: STDIN_FILENO;
	struct way *way = &relay->ways[relay->way_count];
	int r = screen_new(fd, are_terminals[STDIN_FILENO], are_terminals[STDOUT_FILENO],
			   &relay->screen, fault);

	if (r < 0)
		return r;
	*way = (struct way){ .relay = relay,
			     .read_fd = screen_master(relay->screen),
			     .write_fd = -1 };
	way->stream.fd = fd;
	way->stream.is_terminal = true;
	/* Whoever opens /dev/tty writes there, too: it counts as both but where it is one for sure. */
	way->stream.names[0] = "stdout";
	way->stream.names[1] = "stderr";
	relay->way_count++;
	relay->places.terminal_fd = screen_slave(relay->screen);
	for (int i = 0; i < 3; i++)
		if (are_terminals[i])
			relay->places.fds[i] = screen_slave(relay->screen);
	return 0;
}

/* A socket, or a file that is open for both: what is written to it would be seen by its reader. */
static bool can_be_written(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY;
}

static int input_open(struct relay *relay)
{
	if (!can_be_written(STDIN_FILENO))
		return 0;
	if (pipe2(relay->input, O_CLOEXEC) < 0)
		return -errno;
	relay->places.fds[STDIN_FILENO] = relay->input[0];
	return 0;
}

static int places_fill(struct relay *relay, struct fault *fault)
{
	bool are_terminals[3];
	bool has_terminal = false;
	int r = 0;

	for (int i = 0; i < 3; i++) {
		are_terminals[i] = isatty(i);
		has_terminal |= are_terminals[i];
	}
	for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO && r == 0; fd++)
		if (!are_terminals[fd])
			r = way_open(relay, fd);
	if (r == 0 && !are_terminals[STDIN_FILENO])
		r = input_open(relay);
	if (r < 0)
		return fault_set(fault, r, "cannot make pipes for what the run prints: %s",
				 strerror(-r));
	return has_terminal ? terminal_open_for(relay, are_terminals, fault) : 0;
}

int relay_open(struct relay **out, struct fault *fault)
{
	struct relay *relay = calloc(1, sizeof(*relay));

	if (!relay)
		return fault_set(fault, -ENOMEM, "cannot judge what the run prints: %s",
				 strerror(ENOMEM));
	relay->places = (struct start_places){ .fds = { -1, -1, -1 }, .terminal_fd = -1 };
	relay->input[0] = relay->input[1] = -1;
	relay->end_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	relay->over_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	relay->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	*out = relay;
	if (relay->end_fd < 0 || relay->over_fd < 0 || relay->done_fd < 0)
		return fault_set(fault, -errno, "cannot judge what the run prints: %s",
				 strerror(errno));
	return places_fill(relay, fault);
}

struct start_places relay_places(const struct relay *relay)
{
	return relay->places;
}

/* Of /dev/tty, the terminal that it stands for. */
static int guard_terminal(int fd, struct guard *guard)
{
	unsigned device = 0;
	char path[64];
	char *name;

	if (ioctl(fd, TIOCGDEV, &device) < 0)
		return 0;
	if (major(device) == PTS_MAJOR) {
		(void)snprintf(path, sizeof(path), "/dev/pts/%u", minor(device));
		return guard_add(guard, path, true, false);
	}
	name = ttyname(fd);
	return name ? guard_add(guard, name, true, false) : 0;
}

int relay_guard(const struct relay *relay, struct guard *guard)
{
	CLEAN_FD int own = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	int r = own < 0 ? 0 : guard_terminal(own, guard);

	(void)relay;
	for (int fd = 0; fd < 3 && r == 0; fd++)
		if (isatty(fd))
			r = guard_terminal(fd, guard);
	return r;
}

/*
 * Passing on.
 */

/* The reader is gone: so it is for the run, whose next write gets SIGPIPE. */
static void way_break(struct way *way)
{
	if (!way->stream.is_terminal)
		(void)close(take_fd(&way->read_fd));
}

/* Return: how many bytes came; 0: none, for now; -1: none will come. */
static ssize_t take(struct way *way, char *piece)
{
	ssize_t count = read(way->read_fd, piece, PIECE_SIZE);

	if (count > 0)
		return count;
	return count < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

/* Return: whether there will be more. */
static bool step(struct way *way, char *piece)
{
	struct pollfd polled[2] = { { .fd = way->read_fd, .events = POLLIN },
				    { .fd = way->relay->end_fd, .events = POLLIN } };
	struct outlet *outlet = &way->stream.outlet;
	bool has_ended;
	ssize_t count;

	(void)poll(polled, 2, outlet_wait_ms(outlet, ask_now_ms()));
	has_ended = polled[1].revents; /* looked at first: whatever was printed is there by then */
	count = polled[0].revents ? take(way, piece) : 0;
	if (count > 0 && output_feed(&way->stream, piece, (size_t)count) == -EPIPE) {
		way_break(way);
		return way->stream.is_terminal;
	}
	if (count == 0)
		outlet_tick(outlet, ask_now_ms());
	return count > 0 || (count == 0 && !has_ended);
}

static void *way_run(void *data)
{
	struct way *way = data;
	CLEAN_FREE char *piece = malloc(PIECE_SIZE);

	while (piece && step(way, piece))
		;
	outlet_end(&way->stream.outlet);
	if (way->read_fd >= 0 && !way->stream.is_terminal)
		(void)close(take_fd(&way->read_fd));
	if (atomic_fetch_sub(&way->relay->left, 1) == 1)
		(void)eventfd_write(way->relay->done_fd, 1);
	return NULL;
}

/* What was to be read from standard input, for a run that is not to write to it. */
static void *input_run(void *data)
{
	struct relay *relay = data;
	char piece[4096];
	ssize_t count;

	while ((count = read(STDIN_FILENO, piece, sizeof(piece))) > 0)
		if (screen_write(NULL, relay->input[1], piece, (size_t)count) < 0)
			break;
	(void)close(take_fd(&relay->input[1]));
	return NULL;
}

static int thread_start(void *(*run)(void *), void *data)
{
	pthread_t thread;
	int r = pthread_create(&thread, NULL, run, data);

	if (r == 0)
		(void)pthread_detach(thread);
	return -r;
}

int relay_start(struct relay *relay, struct supervisor *supervisor, pid_t agent_pid)
{
	int r = relay->screen ? screen_start(relay->screen) : 0;

	output_init(&relay->output, supervisor);
	relay->output.screen = relay->screen;
	relay->output.pid = agent_pid;
	relay->output.over_fd = relay->over_fd;
	if (r == 0 && relay->input[1] >= 0) {
		(void)close(take_fd(&relay->input[0]));
		r = thread_start(input_run, relay);
	}
	atomic_store(&relay->left, relay->way_count);
	for (size_t i = 0; i < relay->way_count && r == 0; i++) {
		struct way *way = &relay->ways[i];

		if (way->write_fd >= 0)
			(void)close(take_fd(&way->write_fd));
		way->stream.output = &relay->output;
		output_prepare(&way->stream);
		r = thread_start(way_run, way);
	}
	return r;
}

struct screen *relay_screen(const struct relay *relay)
{
	return relay ? relay->screen : NULL;
}

dev_t relay_terminal(const struct relay *relay)
{
	struct stat st;

	if (!relay || !relay->screen || fstat(screen_slave(relay->screen), &st) < 0)
		return 0;
	return st.st_rdev;
}

int relay_over_fd(const struct relay *relay)
{
	return relay->over_fd;
}

int relay_done_fd(const struct relay *relay)
{
	return relay->done_fd;
}

void relay_end(struct relay *relay)
{
	(void)eventfd_write(relay->end_fd, 1);
}

bool relay_is_done(struct relay *relay)
{
	return atomic_load(&relay->left) == 0;
}
