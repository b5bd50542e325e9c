/* SPDX-License-Identifier: MIT */
#include "launcher/ipc.h"

#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "common/clean.h"
#include "launcher/identity.h"
#include "launcher/objects.h"
#include "launcher/place.h"

#define ROUNDS_MAX 16
#define QUEUE_PREFIX "/dev/mqueue/"

/*
 * System V.
 */

static enum object_kind kind_of(enum call call)
{
	switch (call) {
	case CALL_shmget:
	case CALL_shmat:
	case CALL_shmctl:
		return SHARED_MEMORY;
	case CALL_msgget:
	case CALL_msgsnd:
	case CALL_msgrcv:
	case CALL_msgctl:
		return QUEUE;
	default:
		return SEMAPHORES;
	}
}

/* What shmget(2) and its like are asked for: @size is bytes or semaphores. */
struct wish {
	enum object_kind kind;
	key_t key;
	size_t size;
	int flags;
};

static int get(const struct wish *wish, size_t size, int flags)
{
	int id;

	if (wish->kind == SHARED_MEMORY)
		id = shmget(wish->key, size, flags);
	else if (wish->kind == QUEUE)
		id = msgget(wish->key, flags);
	else
		id = (int)syscall(SYS_semget, wish->key, size, flags);
	return id < 0 ? -errno : id;
}

/* Makes an object that was not there. Return: its number; -EEXIST when somebody was quicker. */
static int make(const struct wish *wish)
{
	int flags = wish->flags | IPC_CREAT | (wish->key == IPC_PRIVATE ? 0 : IPC_EXCL);
	int id = -ENOSPC;

	if (objects_lock()) {
		id = get(wish, wish->size, flags);
		if (id >= 0)
			objects_note(wish->kind, (unsigned)id, NULL);
	}
	objects_unlock();
	return id;
}

/* Return: a number, or negative errno; -EEXIST without IPC_EXCL asks for another round. */
static int get_once(const struct wish *wish, int *foreign)
{
	int id;

	*foreign = -1;
	if (wish->key == IPC_PRIVATE)
		return make(wish);
	id = get(wish, 0, 0);
	if (id == -ENOENT && wish->flags & IPC_CREAT)
		return make(wish);
	if (id == -ENOENT) {
		id = get(wish, wish->size, wish->flags); /* what is wrong beside that */
		return id < 0 ? id : -EEXIST;
	}
	if ((wish->flags & IPC_CREAT) && (wish->flags & IPC_EXCL))
		return -EEXIST;
	if (id >= 0 && !objects_include(wish->kind, (unsigned)id)) {
		*foreign = id;
		return -EACCES;
	}
	if (id >= 0)
		id = get(wish, wish->size, wish->flags & ~IPC_CREAT);
	/* Another one since then, or gone. */
	if (id == -ENOENT || (id >= 0 && !objects_include(wish->kind, (unsigned)id)))
		return -EEXIST;
	return id;
}

static int64_t refuse_foreign(struct request *request, const char *what, long long number)
{
	struct event event = { .action = ACTION_NONE };
	char name[64];

	(void)snprintf(name, sizeof(name), "%s %lld", what, number);
	event.path = name;
	return request_refuse(request, &event, "guard-foreign-ipc",
			      "only shared memory, semaphores and queues that the run itself made "
			      "can be used");
}

int64_t ipc_get(struct request *request)
{
	bool has_size = request->call != CALL_msgget;
	struct wish wish = {
		.kind = kind_of(request->call),
		.key = (key_t)request->args[0],
		.size = has_size ? (size_t)request->args[1] : 0,
		.flags = (int)request->args[has_size ? 2 : 1],
	};
	int foreign = -1;
	int id = -EEXIST;

	for (int round = 0; round < ROUNDS_MAX && id == -EEXIST; round++) {
		int r = identity_assume(request);

		if (r < 0)
			return r;
		id = get_once(&wish, &foreign);
		identity_drop();
		if (wish.flags & IPC_EXCL)
			break;
	}
	return foreign < 0 ? id : refuse_foreign(request, "ipc key", wish.key);
}

/* Those that look at the machine's tables, not at one object by its number. */
static bool is_listing(const struct request *request)
{
	int command = (int)request->args[request->call == CALL_semctl ? 2 : 1];

	switch (request->call) {
	case CALL_shmctl:
		return command == IPC_INFO || command == SHM_INFO || command == SHM_STAT ||
		       command == SHM_STAT_ANY;
	case CALL_semctl:
		return command == IPC_INFO || command == SEM_INFO || command == SEM_STAT ||
		       command == SEM_STAT_ANY;
	case CALL_msgctl:
		return command == IPC_INFO || command == MSG_INFO || command == MSG_STAT ||
		       command == MSG_STAT_ANY;
	default:
		return false;
	}
}

/*
 * Who made a piece of shared memory, by its place in the kernel's table: the lower bits of its
 * number, 15 or with `ipcmni_extend` 24 of them. Return: 0 when it is gone.
 */
static pid_t maker_of(int id)
{
	static const int masks[] = { 0x7fff, 0xffffff };
	struct shmid_ds state;

	for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++)
		if (shmctl(id & masks[i], SHM_STAT_ANY, &state) == id)
			return state.shm_cpid;
	return 0;
}

/*
 * Shared memory outlives its removal while it is attached, and can be attached by its number; so
 * it stays in the table, and an object that got the same number later is told by who made it.
 */
static bool is_still_ours(enum object_kind kind, int id)
{
	pid_t maker;

	if (!objects_include(kind, (unsigned)id))
		return false;
	maker = kind == SHARED_MEMORY ? maker_of(id) : 0;
	return maker == 0 || maker == getpid();
}

static int remove_object(enum object_kind kind, int id)
{
	int r;

	if (kind == SHARED_MEMORY)
		r = shmctl(id, IPC_RMID, NULL);
	else if (kind == QUEUE)
		r = msgctl(id, IPC_RMID, NULL);
	else
		r = semctl(id, 0, IPC_RMID);
	return r < 0 ? -errno : 0;
}

static int64_t remove_own(struct request *request, enum object_kind kind, int id)
{
	int r = identity_assume(request);

	if (r < 0)
		return r;
	r = remove_object(kind, id);
	identity_drop();
	if (r == 0 && kind != SHARED_MEMORY)
		objects_forget(kind, (unsigned)id);
	return r;
}

int64_t ipc_use(struct request *request)
{
	static const char *const words[] = { "shared memory", "semaphores", "message queue" };
	enum object_kind kind = kind_of(request->call);
	int id = (int)request->args[0];
	bool controls = request->call == CALL_shmctl || request->call == CALL_semctl ||
			request->call == CALL_msgctl;

	/* Safe: number and command are in registers; the tables are no object's content. */
	if (controls && is_listing(request))
		return REQUEST_CONTINUE;
	if (id < 0)
		return REQUEST_CONTINUE; /* safe: no object ever has such a number */
	if (!is_still_ours(kind, id))
		return objects_included(kind, (unsigned)id)
			       ? -EINVAL
			       : refuse_foreign(request, words[kind], id);
	if (controls && (int)request->args[request->call == CALL_semctl ? 2 : 1] == IPC_RMID)
		return remove_own(request, kind, id);
	return REQUEST_CONTINUE; /* safe: the number is in a register, and stays the object's */
}

/*
 * POSIX queues. The kernel's call takes the name without its slash (mq_overview(7)).
 */

static int queue_name(struct request *request, char name[NAME_MAX + 2])
{
	ssize_t len = request_read_text(request, request->args[0], name, NAME_MAX + 2);

	if (len < 0)
		return (int)len;
	if (len == 0)
		return -ENOENT;
	return strchr(name, '/') ? -EACCES : 0;
}

static int queue_judge(struct request *request, const char *name, enum action action,
		       const char *operation)
{
	/* To the kernel the name of a queue is bytes. */
	static const struct place exact = { .letters = LETTERS_MATTER };
	char path[sizeof(QUEUE_PREFIX) + NAME_MAX + 2];
	struct event event = {
		.action = action,
		.path = path,
		.place = &exact,
		.operation = operation,
	};

	(void)snprintf(path, sizeof(path), QUEUE_PREFIX "%s", name);
	return request_judge(request, &event);
}

static int queue_judge_open(struct request *request, const char *name, int flags)
{
	int r = 0;

	if ((flags & O_ACCMODE) != O_WRONLY)
		r = queue_judge(request, name, ACTION_READ_FILE, NULL);
	if (r == 0 && (flags & O_ACCMODE) != O_RDONLY)
		r = queue_judge(request, name, ACTION_WRITE_FILE, NULL);
	return r;
}

static int queue_open(const char *name, int flags, mode_t mode, const struct mq_attr *attributes)
{
	int fd = (int)syscall(SYS_mq_open, name, flags, mode, attributes);

	return fd < 0 ? -errno : fd;
}

static uint64_t queue_inode(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 ? st.st_ino : 0;
}

/* Return: a descriptor; -EEXIST when somebody was quicker, or another negative errno. */
static int queue_make(const char *name, int flags, mode_t mode, const struct mq_attr *attributes)
{
	CLEAN_FREE char *copy = strdup(name);
	int fd = -ENOMEM;

	if (objects_lock() && copy) {
		fd = queue_open(name, flags | O_CREAT | O_EXCL, mode, attributes);
		if (fd >= 0)
			objects_note(NAMED_QUEUE, queue_inode(fd), take_ptr(&copy));
	}
	objects_unlock();
	return fd;
}

/* Opening one that exists has no effect: it is opened, and judged by what it is. */
static int queue_open_existing(struct request *request, const char *name, int flags)
{
	CLEAN_FD int fd = -1;
	int r = identity_assume(request);

	if (r < 0)
		return r;
	r = fd = queue_open(name, flags & ~(O_CREAT | O_EXCL), 0, NULL);
	identity_drop();
	if (r >= 0 && !objects_include(NAMED_QUEUE, queue_inode(fd)))
		r = queue_judge_open(request, name, flags);
	return r < 0 ? r : take_fd(&fd);
}

/* Return: a descriptor; -EEXIST and -ENOENT ask for another round when the flags do not say so. */
static int queue_open_once(struct request *request, const char *name, int flags,
			   const struct mq_attr *attributes)
{
	int r;

	if (!(flags & O_CREAT))
		return queue_open_existing(request, name, flags);
	r = identity_assume(request);
	if (r < 0)
		return r;
	r = queue_make(name, flags, request->mode, attributes);
	identity_drop();
	if (r != -EEXIST || flags & O_EXCL)
		return r;
	r = queue_open_existing(request, name, flags);
	return r == -ENOENT ? -EEXIST : r;
}

int64_t ipc_queue_open(struct request *request)
{
	struct mq_attr attributes;
	char name[NAME_MAX + 2];
	int flags = (int)request->flags;
	int fd = -EEXIST;
	int r = request->args[3]
			? request_read(request, request->args[3], &attributes, sizeof(attributes))
			: 0;

	if (r == 0)
		r = queue_name(request, name);
	if (r < 0)
		return r;
	for (int round = 0; round < ROUNDS_MAX && fd == -EEXIST; round++) {
		fd = queue_open_once(request, name, flags, request->args[3] ? &attributes : NULL);
		if (flags & O_EXCL)
			break;
	}
	return fd < 0 ? fd : request_give(request, fd, O_CLOEXEC);
}

/* The inode of the run's own queue of this name; 0 when it is not the run's. */
static uint64_t queue_own_inode(const char *name)
{
	CLEAN_FD int fd = queue_open(name, O_RDONLY, 0, NULL);
	uint64_t inode;

	if (fd < 0)
		fd = queue_open(name, O_WRONLY, 0, NULL);
	inode = fd < 0 ? 0 : queue_inode(fd);
	return inode && objects_include(NAMED_QUEUE, inode) ? inode : 0;
}

int64_t ipc_queue_unlink(struct request *request)
{
	char name[NAME_MAX + 2];
	uint64_t inode = 0;
	int r = queue_name(request, name);

	if (r < 0)
		return r;
	inode = queue_own_inode(name);
	r = inode ? 0 : queue_judge(request, name, ACTION_DELETE_FILE, NULL);
	if (r == 0)
		r = identity_assume(request);
	if (r < 0)
		return r;
	r = syscall(SYS_mq_unlink, name) ? -errno : 0;
	identity_drop();
	if (r == 0 && inode)
		objects_forget(NAMED_QUEUE, inode);
	return r;
}

/* A removed queue that is still open keeps its inode, but is no queue of this name any more. */
static void remove_left_behind(const struct object *object)
{
	if (object->kind == NAMED_QUEUE) {
		if (queue_own_inode(object->name) == object->id)
			(void)syscall(SYS_mq_unlink, object->name);
	} else if (object->kind != SHARED_MEMORY || maker_of((int)object->id) == getpid()) {
		(void)remove_object(object->kind, (int)object->id);
	}
}

void ipc_remove_all(void)
{
	size_t count;
	const struct object *left = objects_all(&count);

	for (size_t i = 0; i < count; i++)
		remove_left_behind(&left[i]);
	objects_release();
}
