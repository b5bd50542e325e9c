/* SPDX-License-Identifier: MIT */
/*
 * Sockets are named by their inode, which the kernel counts up and tells
 * (launcher/listeners.h). An address that several sockets could answer is the run's own only when
 * all of them are.
 */
#include "launcher/peers.h"

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clean.h"
#include "launcher/listeners.h"

/* The file of a socket: with its time of birth, since inode numbers are used again. */
struct file {
	dev_t dev;
	uint64_t inode;
	int64_t born_s;
	uint32_t born_ns;
};

struct peers {
	pthread_mutex_t lock;
	uint64_t *inodes; /* owned */
	size_t inode_count, inode_room;
	struct file *files; /* owned */
	size_t file_count, file_room;
};

struct peers *peers_new(void)
{
	struct peers *peers = calloc(1, sizeof(*peers));

	if (peers)
		(void)pthread_mutex_init(&peers->lock, NULL);
	return peers;
}

void peers_free(struct peers *peers)
{
	if (!peers)
		return;
	free(peers->inodes);
	free(peers->files);
	free(peers);
}

/* Makes room for one item more. Return: whether there is. */
static bool grow(void *at, size_t count, size_t *room, size_t item_size)
{
	size_t wanted = *room ? 2 * *room : 64;
	void *items;

	if (count < *room)
		return true;
	items = realloc(*(void **)at, wanted * item_size);
	if (!items)
		return false;
	*(void **)at = items;
	*room = wanted;
	return true;
}

static bool holds_inode(const struct peers *peers, uint64_t inode)
{
	/* The newest are asked for most. */
	for (size_t i = peers->inode_count; i > 0; i--)
		if (peers->inodes[i - 1] == inode)
			return true;
	return false;
}

void peers_note(struct peers *peers, uint64_t inode)
{
	(void)pthread_mutex_lock(&peers->lock);
	if (!holds_inode(peers, inode) &&
	    grow(&peers->inodes, peers->inode_count, &peers->inode_room, sizeof(*peers->inodes)))
		peers->inodes[peers->inode_count++] = inode;
	(void)pthread_mutex_unlock(&peers->lock);
}

static bool file_of(int fd, struct file *out)
{
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &st) < 0)
		return false;
	*out = (struct file){
		.dev = ((dev_t)st.stx_dev_major << 32) | st.stx_dev_minor,
		.inode = st.stx_ino,
		.born_s = st.stx_btime.tv_sec,
		.born_ns = st.stx_btime.tv_nsec,
	};
	return true;
}

void peers_note_path(struct peers *peers, int fd)
{
	struct file file;

	if (!file_of(fd, &file))
		return;
	(void)pthread_mutex_lock(&peers->lock);
	if (grow(&peers->files, peers->file_count, &peers->file_room, sizeof(*peers->files)))
		peers->files[peers->file_count++] = file;
	(void)pthread_mutex_unlock(&peers->lock);
}

static bool owns_file(const struct peers *peers, int fd)
{
	struct file file;

	if (!file_of(fd, &file))
		return false;
	for (size_t i = 0; i < peers->file_count; i++) {
		const struct file *own = &peers->files[i];

		if (own->dev == file.dev && own->inode == file.inode &&
		    own->born_s == file.born_s && own->born_ns == file.born_ns)
			return true;
	}
	return false;
}

/* An address of this machine, so that whoever listens can be looked up. */
static bool is_local(const struct in6_addr *ip)
{
	struct ifaddrs *list;
	bool found = IN6_IS_ADDR_LOOPBACK(ip) || IN6_IS_ADDR_UNSPECIFIED(ip) ||
		     (IN6_IS_ADDR_V4MAPPED(ip) && (ip->s6_addr[12] == 127 || ip->s6_addr[12] == 0));

	if (found || getifaddrs(&list) < 0)
		return found;
	for (const struct ifaddrs *row = list; row && !found; row = row->ifa_next) {
		const void *address = row->ifa_addr;

		if (address && row->ifa_addr->sa_family == AF_INET6)
			found = IN6_ARE_ADDR_EQUAL(
				&((const struct sockaddr_in6 *)address)->sin6_addr, ip);
		else if (address && row->ifa_addr->sa_family == AF_INET)
			found = IN6_IS_ADDR_V4MAPPED(ip) &&
				memcmp(&((const struct sockaddr_in *)address)->sin_addr,
				       &ip->s6_addr[12], 4) == 0;
	}
	freeifaddrs(list);
	return found;
}

static bool is_any(const struct in6_addr *ip)
{
	static const unsigned char none[4];

	return IN6_IS_ADDR_UNSPECIFIED(ip) ||
	       (IN6_IS_ADDR_V4MAPPED(ip) && memcmp(&ip->s6_addr[12], none, 4) == 0);
}

struct count {
	unsigned own, foreign;
};

struct search {
	const struct peers *peers;
	const struct endpoint *endpoint;
	struct count count;
};

static void count_listener(const struct in6_addr *ip, uint64_t inode, void *data)
{
	struct search *search = data;
	const struct in6_addr *wanted = &search->endpoint->ip;

	if (!IN6_ARE_ADDR_EQUAL(ip, wanted) && !is_any(ip) && !is_any(wanted))
		return;
	if (holds_inode(search->peers, inode))
		search->count.own++;
	else
		search->count.foreign++;
}

/* Closes a table. Return: whether it was read to its end. */
static bool is_read(FILE *file)
{
	bool whole = feof(file) && !ferror(file);

	(void)fclose(file);
	return whole;
}

static enum peer find_inet(const struct peers *peers, const struct socket *socket,
			   const struct endpoint *endpoint)
{
	struct search search = { .peers = peers, .endpoint = endpoint };
	bool is_stream = socket->type == SOCK_STREAM;

	if (!is_local(&endpoint->ip))
		return PEER_FOREIGN;
	if (!listeners_visit(is_stream, endpoint->port, count_listener, &search))
		return PEER_FOREIGN; /* somebody else's socket may stand in what could not be read */
	if (search.count.own + search.count.foreign == 0)
		return PEER_NOBODY;
	return search.count.own > 0 && search.count.foreign == 0 ? PEER_OWN : PEER_FOREIGN;
}

/* As /proc/net/unix prints an abstract name: "@" for each NUL. */
static size_t printed_name(const struct endpoint *endpoint, char *out)
{
	size_t start = offsetof(struct sockaddr, sa_data);
	size_t len = endpoint->len - start;

	memcpy(out, (const char *)&endpoint->address + start, len);
	for (size_t i = 0; i < len; i++)
		if (!out[i])
			out[i] = '@';
	out[len] = '\0';
	return len;
}

static bool owns_abstract(const struct peers *peers, const struct endpoint *endpoint)
{
	char name[sizeof(endpoint->address) + 1];
	size_t len = printed_name(endpoint, name);
	struct count count = { 0 };
	char line[1024];
	FILE *file = fopen("/proc/net/unix", "re");

	while (file && fgets(line, sizeof(line), file)) {
		unsigned long long inode;
		int at = 0;

		if (sscanf(line, "%*x: %*x %*x %*x %*x %*x %llu %n", &inode, &at) != 1 || at == 0 ||
		    strncmp(line + at, name, len) != 0 || line[(size_t)at + len] != '\n')
			continue;
		if (holds_inode(peers, inode))
			count.own++;
		else
			count.foreign++;
	}
	return file && is_read(file) && count.own > 0 && count.foreign == 0;
}

enum peer peers_find(struct peers *peers, const struct socket *socket,
		     const struct endpoint *endpoint, int path_fd)
{
	enum peer peer = PEER_FOREIGN;

	(void)pthread_mutex_lock(&peers->lock);
	if (endpoint->has_ip)
		peer = find_inet(peers, socket, endpoint);
	else if (endpoint->is_path ? path_fd >= 0 && owns_file(peers, path_fd)
				   : socket->domain == AF_UNIX && owns_abstract(peers, endpoint))
		peer = PEER_OWN;
	(void)pthread_mutex_unlock(&peers->lock);
	return peer;
}
