/* SPDX-License-Identifier: MIT */
/*
 * Names of hosts: resolved by the supervisor when the run starts, and told to
 * the agent by its /etc/hosts, so that it needs no name server and reaches only those addresses.
 */
#ifndef AGENTOS_LAUNCHER_HOSTS_H
#define AGENTOS_LAUNCHER_HOSTS_H

#include <netinet/in.h>

#include "rules/policy.h"

struct hosts;

#define HOSTS_PATH "/etc/hosts"

/**
 * hosts_new() - resolve the literal names in the policy's granting rules
 *
 * Asks the system's resolver, one name after the other; a name that does not
 * resolve is left out, and so unreachable. Read-only afterwards; thread-safe.
 *
 * Return: owned; NULL when memory is short.
 */
struct hosts *hosts_new(const struct policy *policy);

/** hosts_free() - NULL is allowed. */
void hosts_free(struct hosts *hosts);

/**
 * hosts_name() - the names that resolved to an address, one after the other
 * @ip:	    canonical
 * @cursor: 0 for the first; moved on
 *
 * Return: a name (borrowed), or NULL when there is no more.
 */
const char *hosts_name(const struct hosts *hosts, const struct in6_addr *ip, size_t *cursor);

/**
 * hosts_open() - the agent's /etc/hosts: the system's, and the names above
 * Return: owned descriptor, open for reading; -ENOENT when there are no names to add; negative errno.
 */
int hosts_open(const struct hosts *hosts);

#endif
