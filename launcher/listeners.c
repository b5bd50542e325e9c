/* SPDX-License-Identifier: MIT */
#include "launcher/listeners.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/clean.h"

#define STATE_LISTEN 0x0a /* TCP_LISTEN of include/net/tcp_states.h */
#define ANSWER_SIZE 32768 /* the kernel fills no more at once (NLMSG_GOODSIZE and above) */

struct question {
	struct nlmsghdr header;
	struct inet_diag_req_v2 request;
};

/* Return: an owned netlink socket that was asked, or -1. */
static int ask(int family, bool is_stream, uint16_t port)
{
	struct question question = {
		.header = {
			.nlmsg_len = sizeof(question),
			.nlmsg_type = SOCK_DIAG_BY_FAMILY,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		},
		.request = {
			.sdiag_family = (uint8_t)family,
			.sdiag_protocol = is_stream ? IPPROTO_TCP : IPPROTO_UDP,
			.idiag_states = is_stream ? 1U << STATE_LISTEN : UINT32_MAX,
			.id.idiag_sport = htons(port),
		},
	};
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	CLEAN_FD int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	if (fd < 0 || sendto(fd, &question, sizeof(question), 0, (struct sockaddr *)&kernel,
			     sizeof(kernel)) != sizeof(question))
		return -1;
	return take_fd(&fd);
}

static void visit_message(const struct inet_diag_msg *message, uint16_t port, listener_fn *visit,
			  void *data)
{
	struct in6_addr ip = { .s6_addr = { [10] = 0xff, [11] = 0xff } };

	if (message->id.idiag_sport != htons(port))
		return;
	if (message->idiag_family == AF_INET)
		memcpy(&ip.s6_addr[12], message->id.idiag_src, 4);
	else
		memcpy(&ip, message->id.idiag_src, sizeof(ip));
	visit(&ip, message->idiag_inode, data);
}

/* Return: 1 at the end of the list, 0 when more follows, -1 when there is no list. */
static int read_some(int fd, uint16_t port, listener_fn *visit, void *data)
{
	char buf[ANSWER_SIZE] __attribute__((aligned(NLMSG_ALIGNTO)));
	ssize_t len = recv(fd, buf, sizeof(buf), MSG_TRUNC);
	struct nlmsghdr *header = (struct nlmsghdr *)buf;
	size_t left;

	if (len <= 0 || len > (ssize_t)sizeof(buf))
		return -1;
	for (left = (size_t)len; NLMSG_OK(header, left); header = NLMSG_NEXT(header, left)) {
		if (header->nlmsg_type == NLMSG_DONE)
			return 1;
		if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
		    header->nlmsg_len < NLMSG_LENGTH(sizeof(struct inet_diag_msg)))
			return -1;
		visit_message(NLMSG_DATA(header), port, visit, data);
	}
	return 0;
}

static bool visit_netlink(int family, bool is_stream, uint16_t port, listener_fn *visit, void *data)
{
	CLEAN_FD int fd = ask(family, is_stream, port);
	int r = fd < 0 ? -1 : 0;

	while (r == 0)
		r = read_some(fd, port, visit, data);
	return r > 0;
}

/* 8 or 32 hexadecimal digits: words in the machine's order. */
static bool address_parse(const char *text, size_t len, struct in6_addr *out)
{
	uint32_t words[4];
	size_t count = len / 8;

	if (len != 8 && len != 32)
		return false;
	for (size_t i = 0; i < count; i++) {
		char word[9] = "";

		memcpy(word, text + 8 * i, 8);
		words[i] = (uint32_t)strtoul(word, NULL, 16);
	}
	*out = (struct in6_addr){ .s6_addr = { [10] = 0xff, [11] = 0xff } };
	memcpy(count == 1 ? &out->s6_addr[12] : &out->s6_addr[0], words, count * sizeof(words[0]));
	return true;
}

/* A line of /proc/net/tcp and its like (proc(5)). */
static void visit_line(const char *line, bool is_stream, uint16_t wanted, listener_fn *visit,
		       void *data)
{
	char address[33];
	struct in6_addr ip;
	unsigned port, state;
	unsigned long long inode;

	if (sscanf(line, " %*d: %32[0-9A-F]:%x %*[0-9A-F]:%*x %x %*x:%*x %*x:%*x %*x %*u %*d %llu",
		   address, &port, &state, &inode) == 4 &&
	    port == wanted && (!is_stream || state == STATE_LISTEN) &&
	    address_parse(address, strlen(address), &ip))
		visit(&ip, inode, data);
}

/* Return: whether the table was read to its end, or is not there: no IPv6. */
static bool visit_file(const char *path, bool is_stream, uint16_t port, listener_fn *visit,
		       void *data)
{
	FILE *file = fopen(path, "re");
	char line[512];
	bool whole;

	if (!file)
		return errno == ENOENT;
	while (fgets(line, sizeof(line), file))
		visit_line(line, is_stream, port, visit, data);
	whole = feof(file) && !ferror(file);
	(void)fclose(file);
	return whole;
}

bool listeners_visit(bool is_stream, uint16_t port, listener_fn *visit, void *data)
{
	/* A list that breaks off is read again: who is met twice is counted twice, and stays what it is. */
	return (visit_netlink(AF_INET, is_stream, port, visit, data) ||
		visit_file(is_stream ? "/proc/net/tcp" : "/proc/net/udp", is_stream, port, visit,
			   data)) &&
	       (visit_netlink(AF_INET6, is_stream, port, visit, data) ||
		visit_file(is_stream ? "/proc/net/tcp6" : "/proc/net/udp6", is_stream, port, visit,
			   data));
}
