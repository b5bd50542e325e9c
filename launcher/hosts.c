/* SPDX-License-Identifier: MIT */
#include "launcher/hosts.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "common/clean.h"
#include "common/event.h"
#include "launcher/place.h"
#include "rules/plan.h"

#define HOSTS_MAX 256

struct hosts {
	struct {
		char name[256];
		struct in6_addr ip; /* canonical */
	} rows[HOSTS_MAX];
	size_t count;
	int file_fd; /* owned; -1: none */
};

static void add(struct hosts *hosts, const char *name, const struct addrinfo *found)
{
	struct in6_addr ip = { .s6_addr = { [10] = 0xff, [11] = 0xff } };

	if (hosts->count == HOSTS_MAX)
		return;
	if (found->ai_family == AF_INET)
		memcpy(&ip.s6_addr[12],
		       &((const struct sockaddr_in *)(const void *)found->ai_addr)->sin_addr, 4);
	else if (found->ai_family == AF_INET6)
		ip = ((const struct sockaddr_in6 *)(const void *)found->ai_addr)->sin6_addr;
	else
		return;
	(void)snprintf(hosts->rows[hosts->count].name, sizeof(hosts->rows[0].name), "%s", name);
	hosts->rows[hosts->count++].ip = ip;
}

static int resolve(const char *name, void *data)
{
	const struct addrinfo wanted = { .ai_socktype = SOCK_STREAM };
	struct hosts *hosts = data;
	struct addrinfo *list;

	if (strlen(name) >= sizeof(hosts->rows[0].name) || getaddrinfo(name, NULL, &wanted, &list))
		return 0;
	for (const struct addrinfo *found = list; found; found = found->ai_next)
		add(hosts, name, found);
	freeaddrinfo(list);
	return 0;
}

static void copy_system_file(int to)
{
	CLEAN_FD int from = open(HOSTS_PATH, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (from >= 0 && fstat(from, &st) == 0 && st.st_size > 0)
		(void)sendfile(to, from, NULL, (size_t)st.st_size);
}

/* The file in memory; sealed, since each agent process gets a descriptor of it. */
static int file_make(const struct hosts *hosts)
{
	CLEAN_FD int fd = memfd_create("hosts", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -1;
	copy_system_file(fd);
	(void)dprintf(fd, "\n# added by agentos: names in the policy\n");
	for (size_t i = 0; i < hosts->count; i++) {
		char text[INET6_ADDRSTRLEN];

		(void)dprintf(fd, "%s %s\n", ip_format(&hosts->rows[i].ip, text, sizeof(text)),
			      hosts->rows[i].name);
	}
	if (fchmod(fd, 0444) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		return -1;
	return take_fd(&fd);
}

struct hosts *hosts_new(const struct policy *policy)
{
	struct hosts *hosts = calloc(1, sizeof(*hosts));

	if (!hosts)
		return NULL;
	hosts->file_fd = -1;
	/* A name server that does not answer must not hold up the start (resolv.conf(5)). */
	(void)setenv("RES_OPTIONS", "timeout:2 attempts:1", 0);
	(void)policy_hosts(policy, resolve, hosts);
	if (hosts->count > 0)
		hosts->file_fd = file_make(hosts);
	return hosts;
}

void hosts_free(struct hosts *hosts)
{
	if (hosts && hosts->file_fd >= 0)
		(void)close(hosts->file_fd);
	free(hosts);
}

const char *hosts_name(const struct hosts *hosts, const struct in6_addr *ip, size_t *cursor)
{
	while (*cursor < hosts->count) {
		size_t i = (*cursor)++;

		if (IN6_ARE_ADDR_EQUAL(&hosts->rows[i].ip, ip))
			return hosts->rows[i].name;
	}
	return NULL;
}

int hosts_open(const struct hosts *hosts)
{
	char path[32];
	int fd;

	if (hosts->file_fd < 0)
		return -ENOENT;
	/* Opened anew: the offset of a descriptor is shared with its duplicates. */
	fd = open(place_self_path(hosts->file_fd, path), O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}
