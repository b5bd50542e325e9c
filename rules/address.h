/* SPDX-License-Identifier: MIT */
/*
 * Hosts and ports as rules name them: names, "*.example.com", addresses, networks, port ranges.
 */
#ifndef AGENTOS_RULES_ADDRESS_H
#define AGENTOS_RULES_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/event.h"
#include "common/fault.h"

enum address_kind {
	ADDRESS_EVERY,	 /* "*": any peer that has an address */
	ADDRESS_NAME,	 /* "example.com" */
	ADDRESS_BELOW,	 /* "*.example.com": one or more labels before, not the name itself */
	ADDRESS_NETWORK, /* an address is a network of 128 bits */
};

#define ADDRESS_NAME_SIZE 254 /* RFC 1035: 253 characters without the last dot */

/* One item of a `host` or `ip` key. */
struct address {
	const struct address *next;
	enum address_kind kind;
	char name[ADDRESS_NAME_SIZE + 1]; /* lower case, no last dot; BELOW: with the first dot */
	struct in6_addr ip; /* canonical (common/event.h), bits past the network are 0 */
	unsigned bits;	    /* of the canonical form: an IPv4 /8 is 104 */
};

/* One item of a `port` key. */
struct port_range {
	const struct port_range *next;
	uint16_t first, last;
};

/**
 * address_parse() - read a name, wildcard, address or network
 * @only_ip:     names are an error
 * @out_address: written only on success
 *
 * Return: 0, or -EINVAL with @fault set.
 */
int address_parse(const char *text, bool only_ip, struct address *out_address, struct fault *fault);

/** address_matches() - whether one of a list matches an event's host name or address. */
bool address_matches(const struct address *addresses, const struct event *event);

/** port_parse() - read "443" or "8000-8999". Return: 0, or -EINVAL with @fault set. */
int port_parse(const char *text, struct port_range *out_range, struct fault *fault);

#endif
