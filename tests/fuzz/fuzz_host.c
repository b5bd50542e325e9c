/* SPDX-License-Identifier: MIT */
/*
 * Hosts, addresses, networks and ports: what rules name, and what an event brings.
 *
 * The input is items of rules, one a line; after a NUL the host of an event; after another one its
 * address, as 4 or 16 bytes. What must hold: what is read and written as people do is the same when read
 * again; an item matches what a slow comparison of labels and bits says; and the index, which finds rules
 * by hashes, visits each rule that matches.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/address.h"
#include "rules/index.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ITEMS_MAX 24
#define ITEM_SIZE 320
#define MAPPED_BITS 96 /* of the canonical form of IPv4, before the address */

/*
 * Reading, writing, reading.
 */

static bool is_mapped(const struct in6_addr *ip)
{
	static const unsigned char start[12] = { [10] = 0xff, [11] = 0xff };

	return memcmp(ip->s6_addr, start, sizeof(start)) == 0;
}

static void print_address(const struct address *address, char *out, size_t size)
{
	char ip[INET6_ADDRSTRLEN + 1];
	unsigned bits = address->bits;

	switch (address->kind) {
	case ADDRESS_EVERY:
		(void)snprintf(out, size, "*");
		break;
	case ADDRESS_NETWORK:
		if (is_mapped(&address->ip))
			bits -= MAPPED_BITS;
		(void)snprintf(out, size, "%s/%u", ip_format(&address->ip, ip, sizeof(ip)), bits);
		break;
	default:
		(void)snprintf(out, size, "%s%s", address->kind == ADDRESS_BELOW ? "*" : "",
			       address->name);
	}
}

static void check_again(const struct address *address)
{
	struct fault fault = { 0 };
	struct address again;
	char text[ITEM_SIZE];

	print_address(address, text, sizeof(text));
	assert(address_parse(text, false, &again, &fault) == 0);
	assert(again.kind == address->kind && again.bits == address->bits);
	assert(strcmp(again.name, address->name) == 0);
	assert(memcmp(&again.ip, &address->ip, sizeof(again.ip)) == 0);
	assert((address_parse(text, true, &again, &fault) == 0) ==
	       (address->kind == ADDRESS_NETWORK));
}

static void check_port(const char *text)
{
	struct fault fault = { 0 };
	struct port_range range, again;
	char printed[16];

	if (port_parse(text, &range, &fault) < 0) {
		assert(fault.text[0]);
		return;
	}
	assert(range.first <= range.last);
	(void)snprintf(printed, sizeof(printed), "%u-%u", range.first, range.last);
	assert(port_parse(printed, &again, &fault) == 0);
	assert(again.first == range.first && again.last == range.last);
}

/*
 * The slow comparison, from the text of an item.
 */

/* Names without their last dot, in small letters. */
static void plain_name(const char *text, char *out)
{
	size_t len = strlen(text);

	if (len > 0 && text[len - 1] == '.')
		len--;
	for (size_t i = 0; i < len; i++)
		out[i] = (char)tolower((unsigned char)text[i]);
	out[len] = '\0';
}

static bool name_means(const char *item, const char *host)
{
	char own[ITEM_SIZE], other[ITEM_SIZE];
	size_t more;

	plain_name(item, own);
	plain_name(host, other);
	if (strncmp(own, "*.", 2) != 0)
		return strcmp(own, other) == 0;
	if (strlen(other) < strlen(own))
		return false; /* at least one byte stands for the star */
	more = strlen(other) - strlen(own + 1);
	return strcmp(other + more, own + 1) == 0;
}

static bool bit_of(const struct in6_addr *ip, unsigned bit)
{
	return ip->s6_addr[bit / 8] >> (7 - bit % 8) & 1;
}

static bool network_means(const char *item, const struct in6_addr *ip)
{
	struct in6_addr own = { .s6_addr = { [10] = 0xff, [11] = 0xff } };
	const char *slash = strchr(item, '/');
	char text[ITEM_SIZE];
	unsigned bits = 128;

	(void)snprintf(text, sizeof(text), "%.*s", slash ? (int)(slash - item) : (int)strlen(item),
		       item);
	if (inet_pton(AF_INET6, text, &own) == 1)
		bits = slash ? (unsigned)strtoul(slash + 1, NULL, 10) : 128;
	else if (inet_pton(AF_INET, text, &own.s6_addr[12]) == 1)
		bits = slash ? MAPPED_BITS + (unsigned)strtoul(slash + 1, NULL, 10) : 128;
	else
		abort();
	for (unsigned bit = 0; bit < bits; bit++)
		if (bit_of(&own, bit) != bit_of(ip, bit))
			return false;
	return true;
}

static bool item_means(const char *item, const struct address *address, const struct event *event)
{
	switch (address->kind) {
	case ADDRESS_EVERY:
		return event->host || event->has_ip;
	case ADDRESS_NETWORK:
		return event->has_ip && network_means(item, &event->ip);
	default:
		return event->host && name_means(item, event->host);
	}
}

/*
 * All items as rules of a policy, and an event.
 */

struct rules {
	struct arena arena;
	struct rule rules[ITEMS_MAX];
	struct address addresses[ITEMS_MAX];
	bool is_visited[ITEMS_MAX];
	size_t count;
};

static void note_visit(const struct rule *rule, void *data)
{
	struct rules *rules = data;

	rules->is_visited[rule - rules->rules] = true;
}

static void add_rule(struct rules *rules, const struct address *address)
{
	struct rule *rule = &rules->rules[rules->count];
	struct address *own = &rules->addresses[rules->count];

	*own = *address;
	own->next = NULL;
	*rule = (struct rule){ .enabled = true, .actions = ACTION_BIT(ACTION_CONNECT) };
	/* A key of its own for addresses; it is indexed as the other is. */
	if (address->kind == ADDRESS_NETWORK && rules->count % 2) {
		rule->match.fields = FIELD_BIT(FIELD_IP);
		rule->match.ips = own;
	} else {
		rule->match.fields = FIELD_BIT(FIELD_HOST);
		rule->match.hosts = own;
	}
	if (rules->count > 0)
		rules->rules[rules->count - 1].next = rule;
	rules->count++;
}

static void check_index(struct rules *rules, const struct event *event)
{
	struct index index;

	if (rules->count == 0)
		return;
	assert(index_build(&rules->arena, rules->rules, ACTION_CONNECT, &index) == 0);
	index_visit(&index, event, note_visit, rules);
	for (size_t i = 0; i < rules->count; i++)
		assert(rules->is_visited[i] || !address_matches(&rules->addresses[i], event));
}

static void check_item(struct rules *rules, const char *item, const struct event *event)
{
	struct fault fault = { 0 };
	struct address address;

	check_port(item);
	if (address_parse(item, false, &address, &fault) < 0) {
		assert(fault.text[0]);
		return;
	}
	address.next = NULL;
	check_again(&address);
	assert(address_matches(&address, event) == item_means(item, &address, event));
	add_rule(rules, &address);
}

/* Up to a NUL, or the end. Return: a string of at most ITEM_SIZE - 1 bytes. */
static void take_string(const uint8_t **data, size_t *size, char *out, char mark)
{
	const uint8_t *end = memchr(*data, mark, *size);
	size_t len = end ? (size_t)(end - *data) : *size;

	(void)snprintf(out, ITEM_SIZE, "%.*s", (int)len, (const char *)*data);
	*data += len + (end ? 1 : 0);
	*size -= len + (end ? 1 : 0);
}

/* 4 or 16 bytes. */
static void take_ip(const uint8_t *data, size_t size, struct event *event)
{
	char text[INET6_ADDRSTRLEN + 1];
	struct in6_addr again;

	event->has_ip = size >= 4;
	if (!event->has_ip)
		return;
	if (size < 16)
		event->ip = (struct in6_addr){ .s6_addr = { [10] = 0xff, [11] = 0xff } };
	memcpy(size < 16 ? &event->ip.s6_addr[12] : event->ip.s6_addr, data, size < 16 ? 4 : 16);
	assert(ip_parse(ip_format(&event->ip, text, sizeof(text)), &again));
	assert(memcmp(&again, &event->ip, sizeof(again)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rules rules;
	struct event event = { .action = ACTION_CONNECT, .protocol = PROTOCOL_TCP };
	const uint8_t *items = data;
	const uint8_t *end = size ? memchr(data, '\0', size) : NULL;
	size_t items_size = end ? (size_t)(end - data) : size;
	char host[ITEM_SIZE], item[ITEM_SIZE];

	if (size == 0)
		return 0;
	memset(&rules, 0, sizeof(rules));
	data += items_size + (end ? 1 : 0);
	size -= items_size + (end ? 1 : 0);
	take_string(&data, &size, host, '\0');
	event.host = host[0] ? host : NULL;
	take_ip(data, size, &event);
	while (items_size > 0 && rules.count < ITEMS_MAX) {
		take_string(&items, &items_size, item, '\n');
		check_item(&rules, item, &event);
	}
	check_index(&rules, &event);
	arena_release(&rules.arena);
	return 0;
}
