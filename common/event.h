/* SPDX-License-Identifier: MIT */
/*
 * An event: one action that an agent's process asks for, resolved by the
 * supervisor. Rules judge it, the recorder keeps it; neither changes it.
 *
 * All pointers are borrowed for the time of the call that takes the event. A
 * string that does not apply is NULL.
 */
#ifndef AGENTOS_COMMON_EVENT_H
#define AGENTOS_COMMON_EVENT_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/action.h"
#include "common/content.h"

struct place;

enum protocol {
	PROTOCOL_NONE,
	PROTOCOL_TCP,
	PROTOCOL_UDP,
	PROTOCOL_UNIX,
};

#define EVENT_RING_AGENT 3 /* of all that runs behind agentos-run: the least trusted */

/*
 * An address in one canonical form: IPv4 is kept v4-mapped (::ffff:a.b.c.d),
 * so that 1.2.3.4 and ::ffff:1.2.3.4 are the same to every rule.
 */
struct event {
	enum action action;
	const char *call;    /* kernel name of the call, e.g. "openat" */
	const char *agent;   /* identity of the run's agent */
	const char *program; /* resolved path of the program that acts */
	pid_t pid;	     /* process (thread group) */
	pid_t ppid;	     /* of what executes: its parent; 0: not known */
	uid_t uid;
	unsigned hour; /* of the day, local time: 0 to 23 */
	unsigned ring; /* of trust, as the original has it: 0 to 3 */

	/* files; unix sockets (an abstract name starts with '@'); execute: the file that runs */
	const char *path;      /* resolved, absolute */
	const char *given;     /* as the agent wrote it, when it differs; else NULL */
	const char *operation; /* create truncate mkdir mknod link rename chmod chown times xattr */
	bool is_dir;
	const struct place *place; /* what was found: launcher/place.h; NULL: nobody looked */
	/* The path lies in a git folder that is not called so: see launcher/gitfolder.h. */
	bool in_git_folder;

	/* execute */
	const char *const *argv; /* @argc strings; not NULL-terminated */
	size_t argc;
	const char *script; /* the script, when @path is its interpreter; else NULL */

	/* connect, listen */
	enum protocol protocol;
	const char *host; /* name that the supervisor resolved to @ip; else NULL */
	struct in6_addr ip;
	bool has_ip;
	uint16_t port; /* host order */
	bool own;      /* the peer is a socket that this run listens on */

	/*
	 * write_file by rename onto a git configuration: the new content was
	 * looked at and holds only settings that run nothing.
	 */
	bool harmless;

	/* output: several lines at once, for rules that search; each is judged by itself as well */
	bool are_lines;

	const struct content *content; /* of the content actions; else NULL */
	const struct statement
		*statement; /* of database_query: the one that is judged; else NULL */
};

/** event_missing() - Return: the field without which nothing can be decided about a content; NULL: none. */
const char *event_missing(const struct event *event);

/**
 * content_summary() - what was said: the statement, the request, the tool; of a name, the name
 * @event: of a content action
 * @text:  NUL-terminated; what does not fit is cut
 *
 * Return: whether it had to be cut.
 */
bool content_summary(const struct event *event, char *text, size_t size);

/** protocol_name() - Return: "tcp", "udp", "unix" or "". */
const char *protocol_name(enum protocol protocol);

/** protocol_parse() - Return: the protocol named, or PROTOCOL_NONE. */
enum protocol protocol_parse(const char *name);

/**
 * ip_format() - write an address the short way (v4-mapped as a.b.c.d)
 * @ip:   canonical
 * @text: at least INET6_ADDRSTRLEN bytes
 *
 * Return: @text.
 */
char *ip_format(const struct in6_addr *ip, char *text, size_t size);

/**
 * ip_parse() - read "a.b.c.d" or an IPv6 address into the canonical form
 *
 * Return: whether @text is an address. @out_ip is written only then.
 */
bool ip_parse(const char *text, struct in6_addr *out_ip);

#endif
