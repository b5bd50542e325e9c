/* SPDX-License-Identifier: MIT */
/*
 * Sockets of this machine that answer at a port.
 */
#ifndef AGENTOS_LAUNCHER_LISTENERS_H
#define AGENTOS_LAUNCHER_LISTENERS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

/* @ip: canonical, the address that it is bound to; @inode: in sockfs. */
typedef void listener_fn(const struct in6_addr *ip, uint64_t inode, void *data);

/**
 * listeners_visit() - call @visit for each of them, of both families
 * @is_stream: TCP sockets that listen; else UDP sockets
 * @port:      host order
 *
 * Asks the kernel by netlink for those of the port (sock_diag(7)); where it does not answer, reads
 * /proc/net, which takes milliseconds where the table of connections is large. Thread-safe.
 *
 * Return: whether all were told; some may have been visited also when not.
 */
bool listeners_visit(bool is_stream, uint16_t port, listener_fn *visit, void *data);

#endif
