/* SPDX-License-Identifier: MIT */
/*
 * agentos decide: the engine for SDKs and gateways. One JSON request a line, one JSON answer a line,
 * on standard input and output, or for each client of a unix socket.
 */
#include "cli/commands.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "cli/asked.h"
#include "cli/policies.h"
#include "common/clean.h"
#include "common/options.h"
#include "rules/limits.h"
#include "rules/sql.h"

#define LINE_MAX_BYTES (4 * 1024 * 1024)
#define SETS_MAX 64
#define CLIENTS_MAX 256
#define BACKLOG 64

/* One set of policies, loaded once: those of the command line and those that requests name. */
struct set {
	char *names; /* owned, one a line */
	struct policies policies;
	struct limits *limits; /* owned */
};

struct words {
	struct policies policies;
	const char *listen;
};

static struct {
	struct words words;
	pthread_mutex_t lock; /* of the sets */
	struct set *sets[SETS_MAX];
	size_t set_count;
} kernel = { .lock = PTHREAD_MUTEX_INITIALIZER };

static char *names_of(const struct asked *asked)
{
	char *names = NULL;
	size_t size;
	FILE *out = open_memstream(&names, &size);

	for (size_t i = 0; out && i < asked->policy_count; i++)
		(void)fprintf(out, "%s\n", asked->policies[i]);
	if (out && fclose(out) != 0) {
		free(names);
		return NULL;
	}
	return names;
}

static void set_free(struct set *set)
{
	limits_free(set->limits);
	policies_release(&set->policies);
	free(set->names);
	free(set);
}

static struct set *set_new(const struct asked *asked, char *names)
{
	struct set *set = calloc(1, sizeof(*set));
	struct option_list *sources;

	if (!set) {
		free(names);
		return NULL;
	}
	set->names = names;
	set->policies = kernel.words.policies;
	set->policies.policy = NULL;
	sources = &set->policies.sources;
	for (size_t i = 0; i < asked->policy_count && sources->count < OPTION_LIST_MAX; i++)
		sources->items[sources->count++] = (char *)(uintptr_t)asked->policies[i];
	if (policies_load(&set->policies) == 0)
		set->limits = limits_new(set->policies.policy);
	if (!set->limits) {
		set_free(set);
		return NULL;
	}
	return set;
}

/* Return: the set for a request, kept until the end; NULL when it cannot be loaded. */
static const struct set *set_for(const struct asked *asked)
{
	char *names = names_of(asked);
	struct set *set = NULL;

	if (!names)
		return NULL;
	(void)pthread_mutex_lock(&kernel.lock);
	for (size_t i = 0; i < kernel.set_count && !set; i++)
		if (strcmp(kernel.sets[i]->names, names) == 0)
			set = kernel.sets[i];
	if (set) {
		free(names);
	} else if (kernel.set_count < SETS_MAX) {
		set = set_new(asked, names);
		if (set)
			kernel.sets[kernel.set_count++] = set;
	} else {
		free(names);
	}
	(void)pthread_mutex_unlock(&kernel.lock);
	return set;
}

static json_t *decide(const char *line, size_t size)
{
	struct asked *asked = calloc(1, sizeof(*asked));
	struct fault fault = { 0 };
	const struct set *set;
	struct decision decision;
	struct timespec now;
	json_t *answer;

	if (!asked)
		return NULL;
	if (asked_read(line, size, &kernel.words.policies, asked, &fault) < 0) {
		answer = asked_error(asked, fault.text);
	} else if (!(set = set_for(asked))) {
		answer = asked_error(asked, "a policy that the context names cannot be loaded");
	} else {
		(void)clock_gettime(CLOCK_MONOTONIC, &now);
		policy_decide(set->policies.policy, &asked->event, &decision);
		limits_take(set->limits, &asked->event, &decision,
			    (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec);
		answer = asked_answer(asked, &decision);
	}
	asked_release(asked);
	free(asked);
	return answer;
}

/* Return: 0, or negative errno when the peer is gone. */
static int answer_line(const char *line, size_t size, FILE *out)
{
	json_t *answer = size > LINE_MAX_BYTES ? NULL : decide(line, size);
	int r;

	if (!answer)
		answer = json_pack("{s:b, s:s, s:s}", "success", 0, "error",
				   size > LINE_MAX_BYTES ? "a request has at most 4 MiB"
							 : "out of memory",
				   "verdict", "deny");
	r = answer ? json_dumpf(answer, out, JSON_COMPACT | JSON_ENSURE_ASCII) : -1;
	json_decref(answer);
	return r < 0 || fputc('\n', out) == EOF || fflush(out) == EOF ? -EIO : 0;
}

/* Until the end of @in. Return: 0, or negative errno when @out cannot be written. */
static int serve(FILE *in, FILE *out)
{
	CLEAN_FREE char *line = NULL;
	size_t room = 0;
	int r = 0;

	while (r == 0) {
		ssize_t size = getline(&line, &room, in);

		if (size < 0)
			break;
		if (size > 0 && line[size - 1] == '\n')
			size--;
		if (size > 0)
			r = answer_line(line, (size_t)size, out);
	}
	return r;
}

/*
 * A socket.
 */

static volatile sig_atomic_t is_over;

static void note_end(int signal)
{
	(void)signal;
	is_over = 1;
}

static unsigned client_count; /* under the lock */

static void client_left(void)
{
	(void)pthread_mutex_lock(&kernel.lock);
	client_count--;
	(void)pthread_mutex_unlock(&kernel.lock);
}

static void *client(void *data)
{
	int fd = (int)(intptr_t)data;
	int other = dup(fd);
	FILE *in = fdopen(fd, "r");
	FILE *out = other < 0 ? NULL : fdopen(other, "w");

	sql_warm();
	if (in && out)
		(void)serve(in, out);
	if (in)
		(void)fclose(in);
	else
		(void)close(fd);
	if (out)
		(void)fclose(out);
	else if (other >= 0)
		(void)close(other);
	client_left();
	return NULL;
}

static void client_start(int fd)
{
	pthread_t thread;
	bool has_room;

	(void)pthread_mutex_lock(&kernel.lock);
	has_room = client_count < CLIENTS_MAX;
	client_count += has_room;
	(void)pthread_mutex_unlock(&kernel.lock);
	if (has_room && pthread_create(&thread, NULL, client, (void *)(intptr_t)fd) == 0) {
		(void)pthread_detach(thread);
		return;
	}
	if (has_room)
		client_left();
	(void)close(fd);
}

/* A socket that nobody listens at any more is replaced; anything else in its place is kept. */
static int place_free(const struct sockaddr_un *address)
{
	CLEAN_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st;

	if (lstat(address->sun_path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	if (fd < 0)
		return -errno;
	if (connect(fd, (const void *)address, sizeof(*address)) == 0)
		return -EADDRINUSE;
	return errno == ECONNREFUSED && unlink(address->sun_path) == 0 ? 0 : -EADDRINUSE;
}

/* Only this user can connect. */
static int socket_open(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	CLEAN_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	mode_t before;
	int r;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	r = place_free(&address);
	if (r < 0)
		return r;
	if (fd < 0)
		return -errno;
	before = umask(0177);
	r = bind(fd, (void *)&address, sizeof(address)) < 0 ? -errno : 0;
	(void)umask(before);
	if (r == 0 && listen(fd, BACKLOG) < 0)
		r = -errno;
	return r < 0 ? r : take_fd(&fd);
}

static int listen_and_serve(const char *path)
{
	static const struct timespec pause = { .tv_nsec = 10000000 };
	struct sigaction action = { .sa_handler = note_end };
	CLEAN_FD int fd = socket_open(path);

	if (fd < 0)
		return complain(EXIT_FAILED, "cannot listen: '%s': %s", path, strerror(-fd));
	(void)sigaction(SIGTERM, &action, NULL);
	(void)sigaction(SIGINT, &action, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	while (!is_over) {
		int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

		if (peer >= 0)
			client_start(peer);
		else if (errno == EMFILE || errno == ENFILE)
			(void)nanosleep(&pause, NULL); /* until somebody leaves */
	}
	(void)unlink(path);
	return 0;
}

static int run(void)
{
	struct asked nobody = { 0 };

	/* What the command line names must load before anything is asked. */
	if (!set_for(&nobody))
		return EXIT_FAILED;
	kernel.words.policies = kernel.sets[0]->policies;
	sql_warm();
	if (kernel.words.listen)
		return listen_and_serve(kernel.words.listen);
	return serve(stdin, stdout) < 0
		       ? complain(EXIT_FAILED, "cannot write the answer: %s", strerror(errno))
		       : 0;
}

int cmd_decide(int argc, char **argv)
{
	const struct option_row listen_row = {
		0,	     "listen",
		OPTION_TEXT, &kernel.words.listen,
		"SOCKET",    "serve the clients of a unix socket instead of standard input"
	};
	struct option_row rows[POLICIES_OPTIONS + 1];
	size_t count = policies_options(&kernel.words.policies, rows);
	static const char usage[] = "agentos decide [OPTIONS]";
	struct fault fault = { 0 };
	int first = argc;
	int r;

	rows[count++] = listen_row;
	r = options_parse(rows, count, argc, argv, &first, &fault);
	if (r == OPTIONS_E_HELP)
		options_help(stdout, usage,
			     "Decide about actions: a JSON request a line, a JSON answer a line.",
			     rows, count);
	if (r == OPTIONS_E_VERSION)
		printf("agentos %s\n", AGENTOS_VERSION);
	if (r > 0)
		return 0;
	if (r == 0 && first < argc)
		r = fault_set(&fault, -EINVAL, "no operand is expected: '%s'; usage: %s",
			      argv[first], usage);
	return r < 0 ? complain(EXIT_USAGE, "%s", fault.text) : run();
}
