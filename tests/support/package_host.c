/* SPDX-License-Identifier: MIT */
/*
 * package_host SCENE PACKAGE.so WHERE PLAIN.so PORT - a program that loads a package late and for itself
 * alone (RTLD_LOCAL), as an interpreter does, and uses it in one way: each, reload, fork, threads, shared,
 * signals, same. What goes on beside it, in another thread or a signal handler, is the plain package's. Prints what
 * came of it; each thing that is to be granted has a name that begins with "ok-".
 */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "tests/support/package.h"

#define THREADS 8
#define ROUNDS 12
#define SHARED_ROUNDS 200

static const struct package *used, *plain;
static const char *where, *port;
static atomic_int granted, refused, failed;
static int total; /* granted in all, by what this process has counted */

static void count(enum asked asked)
{
	atomic_fetch_add(asked == ASKED_DONE	  ? &granted
			 : asked == ASKED_REFUSED ? &refused
						  : &failed,
			 1);
}

static void *open_one(const struct package *package)
{
	void *connection = package->open(package == plain ? port : where);

	if (!connection) {
		puts("FAILED to open");
		exit(1);
	}
	return connection;
}

/* A connection of its own: two that are granted, and one that is not. */
static void round_of(const struct package *package, const char *scene, int who, int n)
{
	char name[64];
	void *connection = open_one(package);

	for (int i = 0; i < 2; i++) {
		(void)snprintf(name, sizeof(name), "ok-%s-%d-%d-%d", scene, who, n, i);
		count(package->ask(connection, name));
	}
	(void)snprintf(name, sizeof(name), "SECRET-%s-%d-%d", scene, who, n);
	count(package->ask(connection, name));
	package->close(connection);
}

static void tell(const char *who)
{
	printf("%s: %d granted, %d refused, %d failed\n", who, granted, refused, failed);
	total += granted;
	granted = refused = failed = 0;
}

/*
 * fork(2): while another thread is at it, a child uses what it was born with, and what it opens.
 */

static atomic_bool is_over;

static void *busy(void *data)
{
	(void)data;
	for (int n = 0; !is_over; n++)
		round_of(plain, "busy", 0, n);
	return NULL;
}

static void in_child(void *connection, int n)
{
	char name[64];

	granted = refused = failed = 0;
	round_of(plain, "child", n, 0);
	if (used->is_born) {
		(void)snprintf(name, sizeof(name), "ok-born-%d", n);
		count(used->ask(connection, name));
		count(used->ask(connection, "SECRET-born"));
	} else {
		round_of(used, "grown", n, 0);
	}
	_exit(failed == 0 && refused == 2 ? granted : 99);
}

static void scene_fork(void)
{
	int good = 0, by_children = 0;
	pthread_t other;

	(void)pthread_create(&other, NULL, busy, NULL);
	for (int n = 0; n < ROUNDS; n++) {
		void *connection = open_one(used);
		pid_t child = fork();
		int status = -1;

		if (child == 0)
			in_child(connection, n);
		(void)waitpid(child, &status, 0);
		if (WIFEXITED(status) && WEXITSTATUS(status) < 99) {
			good++;
			by_children += WEXITSTATUS(status);
		}
		/* It is the child's; only its memory and its descriptor are given back here. */
		used->close(connection);
	}
	is_over = true;
	(void)pthread_join(other, NULL);
	printf("children: %d of %d\n", good, ROUNDS);
	printf("beside them: %s\n", failed == 0 && granted == 2 * refused ? "well" : "NOT WELL");
	total += granted + by_children;
	granted = refused = failed = 0;
	round_of(used, "parent", 0, 0);
	tell("parent");
}

/*
 * Threads, each on connections of its own; two on one, at once or in turns.
 */

static void *alone(void *data)
{
	int who = (int)(size_t)data;

	for (int n = 0; n < ROUNDS; n++)
		round_of(used, "thread", who, n);
	return NULL;
}

static void scene_threads(void)
{
	pthread_t threads[THREADS];

	for (size_t i = 0; i < THREADS; i++)
		(void)pthread_create(&threads[i], NULL, alone, (void *)i);
	for (size_t i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	tell("threads");
}

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static void *shared;

static void *sharing(void *data)
{
	char name[64];

	for (int n = 0; n < SHARED_ROUNDS; n++) {
		(void)snprintf(name, sizeof(name), "ok-shared-%d-%d", (int)(size_t)data, n);
		if (used->is_shared && used->whisper) {
			count(used->whisper(shared, name) ? ASKED_DONE : ASKED_FAILED);
			continue;
		}
		(void)pthread_mutex_lock(&turn);
		count(used->ask(shared, name));
		(void)pthread_mutex_unlock(&turn);
	}
	return NULL;
}

static void scene_shared(void)
{
	pthread_t threads[2];

	shared = open_one(used);
	for (size_t i = 0; i < 2; i++)
		(void)pthread_create(&threads[i], NULL, sharing, (void *)i);
	if (used->is_shared && used->whisper)
		printf("heard: %d\n", used->hear(shared, 2 * SHARED_ROUNDS));
	for (size_t i = 0; i < 2; i++)
		(void)pthread_join(threads[i], NULL);
	count(used->ask(shared, "SECRET-shared"));
	used->close(shared);
	tell("shared");
}

/*
 * Signals, as often as they can come: the handler says something by write(2). Calls are not made again
 * by the kernel.
 */

static void *handlers; /* connection of the plain package */
static volatile sig_atomic_t whispered, unheard;

static void on_alarm(int number)
{
	static const char digits[] = "0123456789";
	char name[] = "ok-signal-00000";
	int kept = errno;

	(void)number;
	for (int i = 0, n = whispered; i < 5; i++, n /= 10)
		name[sizeof(name) - 2 - (size_t)i] = digits[n % 10];
	if (plain->whisper(handlers, name))
		whispered++;
	else
		unheard++;
	errno = kept;
}

static void storm(bool is_on)
{
	const struct sigaction action = { .sa_handler = on_alarm };
	const struct itimerval often = { { 0, is_on ? 400 : 0 }, { 0, is_on ? 400 : 0 } };

	if (is_on)
		(void)sigaction(SIGALRM, &action, NULL);
	(void)setitimer(ITIMER_REAL, &often, NULL);
}

static void tell_storm(int others)
{
	int heard = plain->hear(handlers, whispered + others);

	printf("handler: %s, %d unheard\n", heard == whispered + others ? "all heard" : "NOT ALL",
	       (int)unheard);
	total += whispered + others;
	plain->close(handlers);
}

/* On a connection of its own, while others are opened and used. */
static void scene_signals(void)
{
	int n = 0;

	handlers = open_one(plain);
	storm(true);
	while (n < ROUNDS || whispered < 100)
		round_of(used, "stormy", 0, n++);
	storm(false);
	tell_storm(0);
	printf("stormy: %s\n",
	       failed == 0 && refused == n && granted == 2 * n ? "well" : "NOT WELL");
	total += granted;
}

/* On the very descriptor on which the program is writing. */
static void scene_same(void)
{
	char name[64];
	int n = 0;

	handlers = open_one(plain);
	storm(true);
	while (n < SHARED_ROUNDS || whispered < 100) {
		(void)snprintf(name, sizeof(name), "ok-same-%d", n++);
		if (!plain->whisper(handlers, name))
			puts("FAILED to whisper");
	}
	storm(false);
	tell_storm(n);
}

static void *library; /* of the package that was loaded last */
static const char *package_path, *plain_path;

static const struct package *load(const char *path)
{
	package_fn *found;

	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	found = library ? (package_fn *)dlsym(library, "package") : NULL;
	if (!found) {
		puts(dlerror());
		exit(1);
	}
	return found();
}

static void *late(void *data)
{
	(void)data;
	plain = load(plain_path);
	used = load(package_path);
	return NULL;
}

static void scene_each(void)
{
	used->each(where);
}

/* What a library leaves when it goes is taken, but for the small holes. */
static void occupy(void)
{
	for (int i = 0; i < 64; i++)
		(void)mmap(NULL, 256 << 10, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
			   -1, 0);
}

/* The package goes, and comes again: its libraries are elsewhere then. */
static void scene_reload(void)
{
	for (int n = 0; n < ROUNDS; n++) {
		round_of(used, "reload", 0, n);
		(void)dlclose(library);
		occupy();
		used = load(package_path);
	}
	printf("dlclose: %s\n",
	       granted == 2 * ROUNDS && refused == ROUNDS ? "passes, refused" : "FAILED");
	total += granted;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} scenes[] = {
		{ "each", scene_each },	      { "fork", scene_fork },
		{ "threads", scene_threads }, { "shared", scene_shared },
		{ "signals", scene_signals }, { "same", scene_same },
		{ "reload", scene_reload },
	};
	pthread_t loader;

	if (argc != 6)
		return 2;
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	package_path = argv[2];
	plain_path = argv[4];
	(void)pthread_create(&loader, NULL, late, NULL);
	(void)pthread_join(loader, NULL);
	where = argv[3];
	port = argv[5];
	for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++)
		if (strcmp(scenes[i].name, argv[1]) == 0)
			scenes[i].run();
	printf("granted: %d\n", total);
	return 0;
}
