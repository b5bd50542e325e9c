/* SPDX-License-Identifier: MIT */
#include "launcher/sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "launcher/blocking.h"
#include "launcher/gitfolder.h"
#include "launcher/hosts.h"
#include "launcher/identity.h"
#include "launcher/peers.h"
#include "launcher/place.h"
#include "launcher/taps.h"
#include "launcher/walk.h"

int64_t sockets_act(struct request *request, const struct socket *socket, socket_act_fn *act,
		    void *data)
{
	int64_t r;

	if (socket->blocks) {
		r = blocking_enter(request);
		if (r < 0)
			return r;
	}
	do {
		r = identity_assume(request);
		if (r < 0)
			break;
		r = act(data);
		r = r < 0 ? -errno : r;
		identity_drop();
		if (r == -EINTR && socket->blocks) {
			int answer = blocking_interrupted(request);

			r = answer ? answer : -EINTR;
		}
	} while (r == -EINTR && socket->blocks);
	if (socket->blocks)
		blocking_leave();
	return r;
}

/*
 * Peers.
 */

/*
 * By each name that the address was resolved from: one that a rule refuses is enough to refuse, for
 * nobody can tell which of them is meant; then one that a rule asks for is enough to ask; else one that
 * is granted is enough.
 */
static int judge_by_name(struct request *request, struct event *event)
{
	const struct supervisor *supervisor = request->supervisor;
	const char *granted = NULL, *asked = NULL;
	size_t cursor = 0;
	const char *name;

	while (event->has_ip && (name = hosts_name(supervisor->hosts, &event->ip, &cursor))) {
		struct decision decision;

		event->host = name;
		policy_decide(supervisor->policy, event, &decision);
		if (decision.verdict > VERDICT_ASK && decision.line > 0)
			return request_judge(request, event);
		if (decision.verdict == VERDICT_ASK && decision.line > 0)
			asked = name;
		if (verdict_grants(decision.verdict))
			granted = name;
	}
	if (asked || granted)
		event->host = asked ? asked : granted;
	return request_judge(request, event);
}

int sockets_find_peer(struct request *request, const struct endpoint *endpoint, struct place *place)
{
	return endpoint->is_path ? place_find(request, AT_FDCWD, endpoint->given, 0, place) : 0;
}

int sockets_judge_peer(struct request *request, const struct socket *socket,
		       struct endpoint *endpoint, struct place *place)
{
	struct event event;
	enum peer peer;
	int r;

	if (socket->domain == AF_NETLINK || endpoint->is_disconnect || endpoint->is_odd)
		return 0; /* the kernel itself, or nobody */
	event = endpoint_event(ACTION_CONNECT, socket, endpoint);
	if (endpoint->is_path) {
		event.path = place->path;
		event.place = place;
		event.given = endpoint->given;
	}
	peer = peers_find(request->supervisor->peers, socket, endpoint, place->fd);
	event.own = peer == PEER_OWN;
	/* Looking whether one's own server is up yet is no attempt to get out: refused as by
	 * the kernel, recorded, and not worth a word. */
	request->is_quiet = peer == PEER_NOBODY;
	r = judge_by_name(request, &event);
	return r < 0 && peer == PEER_NOBODY ? -ECONNREFUSED : r;
}

socklen_t sockets_peer_address(const struct endpoint *endpoint, const struct place *place,
			       struct sockaddr_storage *out)
{
	struct sockaddr_un *un = (void *)out;

	*out = endpoint->address;
	if (!endpoint->is_path)
		return endpoint->len;
	memset(un, 0, sizeof(*un));
	un->sun_family = AF_UNIX;
	(void)place_self_path(place->fd, un->sun_path);
	return sizeof(*un);
}

struct bare_call {
	int fd;
	struct sockaddr_storage address;
	socklen_t len;
};

static ssize_t act_connect(void *data)
{
	const struct bare_call *call = data;

	return connect(call->fd, (const struct sockaddr *)&call->address, call->len);
}

static ssize_t act_bind(void *data)
{
	const struct bare_call *call = data;

	return bind(call->fd, (const struct sockaddr *)&call->address, call->len);
}

static ssize_t act_bind_path(void *data)
{
	const struct bare_call *call = data;

	return identity_bind(call->fd, (const struct sockaddr *)&call->address, call->len);
}

int64_t sockets_connect(struct request *request)
{
	CLEAN_SOCKET struct socket socket = SOCKET_INIT;
	CLEAN_PLACE struct place place = PLACE_INIT;
	struct endpoint endpoint;
	struct bare_call call;
	int opened = socket_open(request, (int)request->args[0], &socket);
	/* Of anything that is open the kernel looks at the address before it asks for a socket. */
	int r = opened == 0 || opened == -ENOTSOCK
			? endpoint_copy(request, request->args[1], (uint32_t)request->args[2],
					&endpoint)
			: opened;

	if (r == 0)
		r = opened < 0 ? opened : endpoint_understand(request, &socket, &endpoint);
	if (r == 0)
		r = sockets_find_peer(request, &endpoint, &place);
	if (r == 0)
		r = sockets_judge_peer(request, &socket, &endpoint, &place);
	if (r == 0)
		r = taps_connect(request, &socket, &endpoint, &place);
	if (r < 0)
		return r;
	/* A datagram socket is a peer of its own from now on: it can be answered. */
	if (socket.type == SOCK_DGRAM)
		peers_note(request->supervisor->peers, socket.inode);
	call.fd = socket.fd;
	call.len = sockets_peer_address(&endpoint, &place, &call.address);
	return sockets_act(request, &socket, act_connect, &call);
}

/*
 * Listening.
 */

/* Of the file of a socket that is to be made. */
static int judge_new_file(struct request *request, const struct endpoint *endpoint,
			  const struct place *place)
{
	struct event event = {
		.action = ACTION_WRITE_FILE,
		.operation = "mknod",
		.path = place->path,
		.place = place,
		.given = endpoint->given,
	};
	struct event listening = {
		.action = ACTION_LISTEN,
		.protocol = PROTOCOL_UNIX,
		.path = place->path,
		.place = place,
		.given = endpoint->given,
	};
	int r = request_judge(request, &event);

	return r < 0 ? r : request_judge(request, &listening);
}

/* kern_path_create() of fs/namei.c, as bind(2) tells of it */
static int find_new_name(struct request *request, const char *given, struct place *out)
{
	int r = place_find_parent(request, AT_FDCWD, given, out);

	if (r == 0 && !out->ends_in_dots)
		r = place_find_name(request, out);
	if (r == 0 && (out->fd >= 0 || out->ends_in_dots))
		r = -EADDRINUSE;
	return r == 0 && strchr(out->name, '/') ? -ENOENT : r;
}

static bool is_same_place(const struct place *a, const struct place *b)
{
	struct stat parents[2];

	return strcmp(a->name, b->name) == 0 && fstat(a->parent_fd, &parents[0]) == 0 &&
	       fstat(b->parent_fd, &parents[1]) == 0 && parents[0].st_ino == parents[1].st_ino &&
	       parents[0].st_dev == parents[1].st_dev;
}

/* Whether the name, from @cwd, leads us to the same directory as the caller: not by a magic link. */
static bool leads_to(struct request *request, int cwd, const char *given, const struct place *place)
{
	char folder[sizeof(((struct endpoint *)0)->given) + 2];
	const char *slash = strrchr(given, '/');
	struct stat here, there;
	CLEAN_FD int fd = -1;

	(void)snprintf(folder, sizeof(folder), "%.*s.", slash ? (int)(slash - given + 1) : 0,
		       given);
	fd = place_open_as_caller(request, cwd, folder, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
	return fd >= 0 && fstat(fd, &here) == 0 && fstat(place->parent_fd, &there) == 0 &&
	       here.st_ino == there.st_ino && here.st_dev == there.st_dev;
}

/*
 * The name that is given to bind is what getsockname(2) says later, so it is the caller's own,
 * used in the caller's directory while no name can change: everything that the run changes
 * goes through us, under names_lock. Through /proc it would mean us, not the caller, however it
 * is spelled: there the pinned parent stands in for it.
 */
static int64_t bind_by_name(struct request *request, const struct socket *socket,
			    const struct endpoint *endpoint, const struct place *judged)
{
	CLEAN_PLACE struct place now = PLACE_INIT;
	CLEAN_PLACE struct place cwd = PLACE_INIT;
	struct bare_call call = { .fd = socket->fd,
				  .address = endpoint->address,
				  .len = endpoint->len };
	struct sockaddr_un *un = (void *)&call.address;
	int64_t r = place_find_descriptor(request, AT_FDCWD, &cwd);

	if (r < 0)
		return r;
	(void)pthread_rwlock_wrlock(&request->supervisor->names_lock);
	r = find_new_name(request, endpoint->given, &now);
	if (r == 0 && !is_same_place(&now, judged))
		r = -EADDRINUSE;
	if (r == 0 && gitfolder_completes(&now))
		r = -EACCES; /* git would take a socket of this name for a folder */
	if (r == 0 && fchdir(cwd.fd) < 0)
		r = -errno;
	if (r == 0 && !leads_to(request, cwd.fd, endpoint->given, judged)) {
		char path[32];

		if (snprintf(un->sun_path, sizeof(un->sun_path), "%s/%s",
			     place_self_path(judged->parent_fd, path),
			     judged->name) >= (int)sizeof(un->sun_path))
			r = -ENAMETOOLONG;
		call.len = sizeof(*un);
	}
	if (r == 0)
		r = sockets_act(request, socket, act_bind_path, &call);
	(void)!chdir("/");
	(void)pthread_rwlock_unlock(&request->supervisor->names_lock);
	return r;
}

static int64_t bind_path(struct request *request, const struct socket *socket,
			 const struct endpoint *endpoint)
{
	CLEAN_PLACE struct place place = PLACE_INIT;
	CLEAN_FD int made = -1;
	int64_t r = find_new_name(request, endpoint->given, &place);

	if (r < 0)
		return r;
	r = judge_new_file(request, endpoint, &place);
	if (r == 0)
		r = bind_by_name(request, socket, endpoint, &place);
	if (r < 0)
		return r;
	made = openat(place.parent_fd, place.name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (made >= 0)
		peers_note_path(request->supervisor->peers, made);
	peers_note(request->supervisor->peers, socket->inode);
	return r;
}

int64_t sockets_bind(struct request *request)
{
	CLEAN_SOCKET struct socket socket = SOCKET_INIT;
	struct endpoint endpoint;
	struct event event;
	struct bare_call call;
	int64_t r = socket_open(request, (int)request->args[0], &socket);

	if (r == 0)
		r = endpoint_read(request, &socket, request->args[1], (uint32_t)request->args[2],
				  &endpoint);
	if (r < 0)
		return r;
	if (endpoint.is_path)
		return bind_path(request, &socket, &endpoint);
	event = endpoint_event(ACTION_LISTEN, &socket, &endpoint);
	if (socket.domain != AF_NETLINK && !endpoint.is_odd)
		r = request_judge(request, &event);
	if (r < 0)
		return r;
	call = (struct bare_call){ .fd = socket.fd,
				   .address = endpoint.address,
				   .len = endpoint.len };
	r = sockets_act(request, &socket, act_bind, &call);
	if (r == 0)
		peers_note(request->supervisor->peers, socket.inode);
	return r;
}

static int judge_listening(struct request *request, const struct socket *socket,
			   struct endpoint *out)
{
	struct event event;
	int r = endpoint_ask(socket, getsockname, out);

	if (r < 0)
		return r;
	event = endpoint_event(ACTION_LISTEN, socket, out);
	return request_judge(request, &event);
}

/*
 * A socket that listens keeps its address; before, another thread may have disconnected it and so
 * taken its address away: then it listens at all of them. What was judged is compared with what came
 * of it, and undone.
 */
static int check_listening(struct request *request, const struct socket *socket,
			   const struct endpoint *judged)
{
	struct endpoint now;
	int r = endpoint_ask(socket, getsockname, &now);

	if (r == 0 && memcmp(&now.ip, &judged->ip, sizeof(now.ip)) == 0 &&
	    (now.port == judged->port || judged->port == 0))
		return 0;
	request->asks_nobody = true; /* it listens already */
	if (r == 0)
		r = judge_listening(request, socket, &now);
	if (r < 0)
		(void)shutdown(socket->fd, SHUT_RDWR);
	return r;
}

int64_t sockets_listen(struct request *request)
{
	CLEAN_SOCKET struct socket socket = SOCKET_INIT;
	struct endpoint endpoint;
	int r = socket_open(request, (int)request->args[0], &socket);
	bool is_inet = socket.domain == AF_INET || socket.domain == AF_INET6;

	/* A unix socket listens where it was bound, and that was judged. */
	if (r == 0 && is_inet)
		r = judge_listening(request, &socket, &endpoint);
	if (r < 0)
		return r;
	if (listen(socket.fd, (int)request->args[1]) < 0)
		return -errno;
	if (is_inet)
		r = check_listening(request, &socket, &endpoint);
	if (r == 0)
		peers_note(request->supervisor->peers, socket.inode);
	return r;
}
