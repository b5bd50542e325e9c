/* SPDX-License-Identifier: MIT */
#include "rules/address.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LABEL_MAX 63 /* RFC 1035, section 2.3.4 */

/* No name ends in a number, but inet_aton(3) takes 0x7f000001 and 0x7f.1 for addresses. */
static bool ends_in_hex(const char *text)
{
	const char *label = text;

	/* What follows the last dot but that of the root. */
	for (const char *at = text; *at; at++)
		if (*at == '.' && at[1])
			label = at + 1;
	if (label[0] != '0' || (label[1] != 'x' && label[1] != 'X'))
		return false;
	label += 2 + strspn(label + 2, "0123456789abcdefABCDEF");
	return label[0] == '\0' || strcmp(label, ".") == 0;
}

/* Whether @text can only be meant as an address, right or wrong. */
static bool looks_like_ip(const char *text)
{
	return strchr(text, ':') || text[strspn(text, "0123456789./")] == '\0' || ends_in_hex(text);
}

/* The bits of @ip from @bits on: cleared in place. Return: whether any was set. */
static bool clear_host_bits(struct in6_addr *ip, unsigned bits)
{
	bool any = false;

	for (unsigned i = 0; i < 16; i++) {
		unsigned kept = bits >= 8 * i + 8 ? 8 : bits <= 8 * i ? 0 : bits - 8 * i;
		unsigned char mask = (unsigned char)(0xff00u >> kept);

		any = any || (ip->s6_addr[i] & ~mask);
		ip->s6_addr[i] &= mask;
	}
	return any;
}

/* Digits only, up to @max. */
static bool number_parse(const char *text, unsigned max, unsigned *out)
{
	unsigned value = 0;

	if (!text[0] || strlen(text) > 5 || text[strspn(text, "0123456789")])
		return false;
	for (; *text; text++)
		value = value * 10 + (unsigned)(*text - '0');
	if (value > max)
		return false;
	*out = value;
	return true;
}

static int network_parse(const char *text, struct address *out, struct fault *fault)
{
	char ip_text[INET6_ADDRSTRLEN + 1];
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	struct address address = { .kind = ADDRESS_NETWORK, .bits = 128 };
	unsigned width, bits;

	if (len >= sizeof(ip_text))
		return fault_set(fault, -EINVAL, "'%.80s' is not an address", text);
	(void)snprintf(ip_text, sizeof(ip_text), "%.*s", (int)len, text);
	if (!ip_parse(ip_text, &address.ip))
		return fault_set(fault, -EINVAL, "'%.80s' is not an address", text);
	width = strchr(ip_text, ':') ? 128 : 32;
	bits = width;
	if (slash && !number_parse(slash + 1, width, &bits))
		return fault_set(
			fault, -EINVAL,
			"'%.80s' is not a network; hint: a number from 0 to %u follows the "
			"slash",
			text, width);
	address.bits = 128 - width + bits;
	if (clear_host_bits(&address.ip, address.bits))
		return fault_set(fault, -EINVAL,
				 "'%.80s' has bits beyond its mask; hint: the network is %s/%u",
				 text, ip_format(&address.ip, ip_text, sizeof(ip_text)), bits);
	*out = address;
	return 0;
}

/* Lower case without the last dot. Return: whether it is a host name. */
static bool name_normalize(const char *text, char *name)
{
	size_t len = strlen(text);
	size_t label = 0;

	if (len > 0 && text[len - 1] == '.')
		len--;
	if (len == 0 || len >= ADDRESS_NAME_SIZE)
		return false;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '.' && label == 0)
			return false;
		label = c == '.' ? 0 : label + 1;
		if (label > LABEL_MAX || c > 127 || (!isalnum(c) && !strchr("-_.", c)))
			return false;
		name[i] = (char)tolower(c);
	}
	name[len] = '\0';
	return label > 0;
}

static int name_parse(const char *text, struct address *out, struct fault *fault)
{
	bool below = strncmp(text, "*.", 2) == 0;
	struct address address = { .kind = below ? ADDRESS_BELOW : ADDRESS_NAME };
	char *name = address.name;

	if (below)
		*name++ = '.';
	if (strlen(text) > ADDRESS_NAME_SIZE || !name_normalize(below ? text + 2 : text, name)) {
		for (const char *at = text; *at; at++)
			if ((unsigned char)*at > 127)
				return fault_set(fault, -EINVAL,
						 "'%.80s' is not a host name; hint: write it in "
						 "its ASCII form (xn--...)",
						 text);
		return fault_set(fault, -EINVAL, "'%.80s' is not a host name, address or network%s",
				 text,
				 strchr(text, '*') ? "; hint: a '*' can only stand for the first "
						     "labels, as in '*.example.com'"
						   : "");
	}
	*out = address;
	return 0;
}

/* What people write who mean a name, and something else beside it. */
static int fail_with_more(const char *text, struct fault *fault)
{
	if (strstr(text, "://"))
		return fault_set(fault, -EINVAL,
				 "'%.80s' is a URL; hint: write the name of the host alone", text);
	return fault_set(fault, -EINVAL,
			 "'%.80s' is not an address; hint: the port has a key of its own", text);
}

int address_parse(const char *text, bool only_ip, struct address *out_address, struct fault *fault)
{
	const char *colon = strchr(text, ':');

	/* An IPv6 address has at least two. */
	if (colon && (strstr(text, "://") || !strchr(colon + 1, ':')))
		return fail_with_more(text, fault);
	if (only_ip || looks_like_ip(text))
		return network_parse(text, out_address, fault);
	if (strcmp(text, "*") == 0) {
		*out_address = (struct address){ .kind = ADDRESS_EVERY };
		return 0;
	}
	return name_parse(text, out_address, fault);
}

static bool network_has(const struct address *network, const struct in6_addr *ip)
{
	struct in6_addr masked = *ip;

	(void)clear_host_bits(&masked, network->bits);
	return memcmp(&masked, &network->ip, sizeof(masked)) == 0;
}

/* Length of a name without a dot at its end. */
static size_t name_len(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && name[len - 1] == '.' ? len - 1 : len;
}

static bool one_matches(const struct address *address, const struct event *event)
{
	size_t len = event->host ? name_len(event->host) : 0;
	size_t own = strlen(address->name);

	switch (address->kind) {
	case ADDRESS_EVERY:
		return event->has_ip || event->host;
	case ADDRESS_NETWORK:
		return event->has_ip && network_has(address, &event->ip);
	case ADDRESS_NAME:
		return len == own &&
		       strncasecmp(event->host ? event->host : "", address->name, own) == 0;
	case ADDRESS_BELOW:
		return len > own && strncasecmp(event->host + len - own, address->name, own) == 0;
	default:
		return false;
	}
}

bool address_matches(const struct address *addresses, const struct event *event)
{
	for (; addresses; addresses = addresses->next)
		if (one_matches(addresses, event))
			return true;
	return false;
}

int port_parse(const char *text, struct port_range *out_range, struct fault *fault)
{
	const char *dash = strchr(text, '-');
	char first_text[8];
	unsigned first, last;

	(void)snprintf(first_text, sizeof(first_text), "%.*s",
		       (int)(dash ? dash - text : (ptrdiff_t)strlen(text)), text);
	if (!number_parse(first_text, UINT16_MAX, &first) ||
	    (dash && !number_parse(dash + 1, UINT16_MAX, &last)))
		return fault_set(fault, -EINVAL,
				 "'%.80s' is not a port; hint: 0 to 65535, or a range such as "
				 "8000-8999",
				 text);
	if (!dash)
		last = first;
	if (last < first)
		return fault_set(fault, -EINVAL, "the range '%.80s' is the wrong way round", text);
	*out_range = (struct port_range){ .first = (uint16_t)first, .last = (uint16_t)last };
	return 0;
}
