/* SPDX-License-Identifier: MIT */
/*
 * meeting host KIND NAME SECRET - make an object that other processes can find, put the secret into it,
 *     print its number and stay
 * meeting WAY NAME NUMBER - find it by one way of many; prints what is in it, and writes "touched"
 * meeting - the ways, one a line, each with the kind of its object
 * meeting own - use objects of its own by all ways, with a child; prints "own" for each that works
 *
 * NAME is a number, from which keys and names are made.
 */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE 64
#define TOUCHED "touched"
#define FIRST 42 /* what the semaphore holds, as long as nobody has touched it */

struct message {
	long type;
	char text[SIZE];
};

static char queue_path[64];

static int said(const char *text)
{
	return puts(text) < 0 || fflush(stdout) ? 1 : 0;
}

/* --- System V, by number */

static int memory_by_number(int id)
{
	char *at = shmat(id, NULL, 0);

	if (at == (void *)-1)
		return 1;
	(void)said(at);
	(void)snprintf(at, SIZE, TOUCHED);
	return 0;
}

static int memory_read_only(int id)
{
	const char *at = shmat(id, NULL, SHM_RDONLY);

	return at == (void *)-1 ? 1 : said(at);
}

static int memory_removed(int id)
{
	return shmctl(id, IPC_RMID, NULL) < 0 ? 1 : said("secret:removed");
}

static int memory_mode(int id)
{
	struct shmid_ds state;

	if (shmctl(id, IPC_STAT, &state) < 0)
		return 1;
	state.shm_perm.mode = 0666;
	return shmctl(id, IPC_SET, &state) < 0 ? 1 : said("secret:mode");
}

static int semaphore_value(int id)
{
	int value = semctl(id, 0, GETVAL);

	return value < 0 ? 1 : said(value == FIRST ? "secret:value" : "?");
}

static int semaphore_set(int id)
{
	return semctl(id, 0, SETVAL, 7) < 0 ? 1 : said("secret:set");
}

static int semaphore_moved(int id)
{
	struct sembuf up = { 0, 1, 0 };

	return semop(id, &up, 1) < 0 ? 1 : said("secret:moved");
}

static int semaphore_moved_in_time(int id)
{
	struct sembuf up = { 0, 1, 0 };
	struct timespec second = { 1, 0 };

	return semtimedop(id, &up, 1, &second) < 0 ? 1 : said("secret:moved");
}

static int queue_received(int id)
{
	struct message message;

	return msgrcv(id, &message, SIZE, 0, IPC_NOWAIT) < 0 ? 1 : said(message.text);
}

static int queue_sent(int id)
{
	struct message message = { 1, TOUCHED };

	return msgsnd(id, &message, SIZE, IPC_NOWAIT) < 0 ? 1 : said("secret:sent");
}

static int queue_removed(int id)
{
	return msgctl(id, IPC_RMID, NULL) < 0 ? 1 : said("secret:removed");
}

/* --- by key: finding out the number is enough */

static int memory_by_key(int key)
{
	int id = shmget(key, SIZE, 0600);

	return id < 0 ? 1 : memory_by_number(id);
}

static int memory_made_again(int key)
{
	int id = shmget(key, SIZE, IPC_CREAT | 0600);

	return id < 0 ? 1 : memory_by_number(id);
}

static int semaphore_by_key(int key)
{
	int id = semget(key, 1, 0600);

	return id < 0 ? 1 : semaphore_moved(id);
}

static int queue_by_key(int key)
{
	int id = msgget(key, IPC_CREAT | 0600);

	return id < 0 ? 1 : queue_received(id);
}

/* --- POSIX queues, by name */

static int named_received(int key)
{
	mqd_t queue = mq_open(queue_path, O_RDONLY | O_NONBLOCK);
	char text[SIZE];

	(void)key;
	return queue < 0 || mq_receive(queue, text, SIZE, NULL) < 0 ? 1 : said(text);
}

static int named_sent(int key)
{
	struct mq_attr attributes = { .mq_maxmsg = 4, .mq_msgsize = SIZE };
	mqd_t queue = mq_open(queue_path, O_CREAT | O_WRONLY | O_NONBLOCK, 0600, &attributes);

	(void)key;
	return queue < 0 || mq_send(queue, TOUCHED, sizeof(TOUCHED), 0) < 0 ? 1
									    : said("secret:sent");
}

static int named_unlinked(int key)
{
	(void)key;
	return mq_unlink(queue_path) < 0 ? 1 : said("secret:removed");
}

/* For the test itself: whether there is one. */
static int named_there(int key)
{
	(void)key;
	return mq_open(queue_path, O_RDONLY) < 0 ? 0 : said("named queue");
}

static const struct way {
	const char *name, *kind;
	int (*function)(int number);
} ways[] = {
	{ "memory-by-number", "memory", memory_by_number },
	{ "memory-read-only", "memory", memory_read_only },
	{ "memory-by-key", "memory-key", memory_by_key },
	{ "memory-made-again", "memory-key", memory_made_again },
	{ "memory-removed", "memory", memory_removed },
	{ "memory-mode", "memory", memory_mode },
	{ "semaphore-value", "semaphore", semaphore_value },
	{ "semaphore-set", "semaphore", semaphore_set },
	{ "semaphore-moved", "semaphore", semaphore_moved },
	{ "semaphore-moved-in-time", "semaphore", semaphore_moved_in_time },
	{ "semaphore-by-key", "semaphore-key", semaphore_by_key },
	{ "queue-received", "queue", queue_received },
	{ "queue-sent", "queue", queue_sent },
	{ "queue-by-key", "queue-key", queue_by_key },
	{ "queue-removed", "queue", queue_removed },
	{ "named-received", "named", named_received },
	{ "named-sent", "named", named_sent },
	{ "named-unlinked", "named", named_unlinked },
};

/* --- the host */

static int memory_make(int key, const char *secret)
{
	int id = shmget(key, SIZE, IPC_CREAT | IPC_EXCL | 0600);
	char *at = shmat(id, NULL, 0);

	if (at == (void *)-1)
		return -1;
	(void)snprintf(at, SIZE, "%s", secret);
	return id;
}

static int semaphore_make(int key)
{
	int id = semget(key, 1, IPC_CREAT | IPC_EXCL | 0600);

	return id < 0 || semctl(id, 0, SETVAL, FIRST) < 0 ? -1 : id;
}

static int queue_make(int key, const char *secret)
{
	struct message message = { .type = 1 };
	int id = msgget(key, IPC_CREAT | IPC_EXCL | 0600);

	(void)snprintf(message.text, SIZE, "%s", secret);
	return id < 0 || msgsnd(id, &message, SIZE, 0) < 0 ? -1 : id;
}

static int named_make(const char *secret)
{
	struct mq_attr attributes = { .mq_maxmsg = 4, .mq_msgsize = SIZE };
	mqd_t queue = mq_open(queue_path, O_CREAT | O_EXCL | O_RDWR, 0600, &attributes);

	return queue < 0 || mq_send(queue, secret, strlen(secret) + 1, 0) < 0 ? -1 : 0;
}

static int make(const char *kind, int key, const char *secret)
{
	if (strncmp(kind, "memory", 6) == 0)
		return memory_make(key, secret);
	if (strncmp(kind, "semaphore", 9) == 0)
		return semaphore_make(key);
	if (strncmp(kind, "queue", 5) == 0)
		return queue_make(key, secret);
	return named_make(secret);
}

static int host(const char *kind, int key, const char *secret)
{
	int id = make(kind, key, secret);

	if (id < 0 || printf("%d\n", id) < 0 || fflush(stdout))
		return 1;
	for (;;)
		(void)pause();
}

/* --- objects of its own, found by a child */

static int in_child(int (*function)(int), int number)
{
	pid_t child = fork();
	int status = -1;

	if (child == 0)
		_exit(function(number));
	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

static int own_removed_memory(void)
{
	int id = memory_make(IPC_PRIVATE, "own memory, removed and attached");
	char *at = shmat(id, NULL, 0);

	return at != (void *)-1 && shmctl(id, IPC_RMID, NULL) == 0 &&
	       in_child(memory_read_only, id);
}

static int own(int key)
{
	int failed = !in_child(memory_by_key, memory_make(key, "own memory by key") < 0 ? -1 : key);

	failed |= !in_child(memory_by_number, memory_make(IPC_PRIVATE, "own memory by number"));
	failed |= !own_removed_memory();
	failed |= !in_child(semaphore_by_key, semaphore_make(key) < 0 ? -1 : key);
	failed |= !in_child(semaphore_set, semaphore_make(IPC_PRIVATE));
	failed |= !in_child(queue_by_key, queue_make(key, "own queue by key") < 0 ? -1 : key);
	failed |= !in_child(queue_sent, queue_make(IPC_PRIVATE, "own queue"));
	failed |= !in_child(queue_removed, queue_make(IPC_PRIVATE, "own queue"));
	failed |= named_make("own named queue") < 0 || !in_child(named_received, key);
	failed |= !in_child(named_sent, key);
	failed |= !in_child(named_unlinked, key);
	failed |= named_make("left behind") < 0;
	return failed;
}

static const struct way *find(const char *name)
{
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (strcmp(ways[i].name, name) == 0)
			return &ways[i];
	return NULL;
}

static int reach(const char *name, int key, int number)
{
	const struct way *way = find(name);

	if (strcmp(name, "named-there") == 0)
		return named_there(key);
	if (!way)
		return 2;
	errno = 0;
	if (way->function(strstr(way->kind, "-key") ? key : number) == 0)
		return 0;
	perror(name);
	return 1;
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc == 1 && i < sizeof(ways) / sizeof(ways[0]); i++)
		(void)printf("%s %s\n", ways[i].name, ways[i].kind);
	if (argc == 1)
		return 0;
	(void)snprintf(queue_path, sizeof(queue_path), "/meeting.%s",
		       argv[argc == 3 ? 2 : argc - 2]);
	if (argc == 5 && strcmp(argv[1], "host") == 0)
		return host(argv[2], atoi(argv[3]), argv[4]);
	if (argc == 3 && strcmp(argv[1], "own") == 0)
		return own(atoi(argv[2]));
	return argc == 4 ? reach(argv[1], atoi(argv[2]), atoi(argv[3])) : 2;
}
