/* SPDX-License-Identifier: MIT */
/*
 * The names in an AGENTS.md (paths, commands, hosts, tools), the limits, and which statements a policy can keep.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/printable.h"
#include "rules/address.h"
#include "rules/agents_md.h"

#define NAME_MAX_HERE 200
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static bool is_made_of(const char *text, const char *others)
{
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && !strchr(others, *text))
			return false;
	return true;
}

/* Whether one of the names of a path is "." or "..", or is empty. */
static bool has_odd_name(const char *path)
{
	for (const char *at = path; *at;) {
		size_t len = strcspn(at, "/");

		if ((len == 0 && at != path) || (len == 1 && *at == '.') ||
		    (len == 2 && memcmp(at, "..", 2) == 0))
			return true;
		at += len + (at[len] == '/');
	}
	return false;
}

static const char *path_read(struct arena *arena, const char *text, bool is_directory,
			     const char **out_why)
{
	char shown[2 * NAME_MAX_HERE];
	size_t len = strlen(text);

	if (strcmp(text, AGENTS_WORKSPACE) == 0)
		return AGENTS_WORKSPACE;
	if (strncmp(text, "./", 2) == 0 && len > 2) {
		text += 2;
		len -= 2;
	}
	if (strcmp(printable_copy(text, shown, sizeof(shown)), text) != 0)
		*out_why = "a path has characters that are not seen";
	else if (strpbrk(text, "$[]{}!\\\"'<>|;&:"))
		*out_why = "a path has characters that mean something elsewhere";
	else if (isspace((unsigned char)text[0]) || isspace((unsigned char)text[len - 1]) ||
		 strchr(text, '@') == text)
		*out_why = "a path begins or ends with what is none";
	else if (text[0] == '~' ? text[1] != '/' : strchr(text, '~') != NULL)
		*out_why = "of '~' only '~/' is known";
	else if (has_odd_name(text))
		*out_why = "a path has an empty name, '.' or '..' in it";
	if (*out_why)
		return NULL;
	return arena_format(arena, "%s%s", text, is_directory && text[len - 1] != '/' ? "/" : "");
}

static bool port_read(const char *text, uint16_t *out)
{
	unsigned long port = 0;

	if (!*text || strlen(text) > 5)
		return false;
	for (; *text; text++) {
		if (!isdigit((unsigned char)*text))
			return false;
		port = port * 10 + (unsigned long)(*text - '0');
	}
	*out = (uint16_t)port;
	return port > 0 && port <= UINT16_MAX;
}

/*
 * A name with a dot in it, or an address. Not a name that ends in a number: resolvers take 10.1 for an address
 * that nobody wrote.
 */
static bool is_host(const char *text)
{
	const char *last = strrchr(text, '.');
	struct address address;

	if (address_parse(text, false, &address, NULL) < 0)
		return false;
	if (address.kind == ADDRESS_NETWORK || strcmp(text, "localhost") == 0)
		return true;
	return is_made_of(text + (address.kind == ADDRESS_BELOW ? 2 : 0), ".-") && last &&
	       isalpha((unsigned char)last[1]);
}

/* "api.example.com", "*.example.com:8443", "https://api.example.com/" */
static const char *host_read(struct arena *arena, const char *text, uint16_t *port,
			     const char **out_why)
{
	static const struct {
		const char *start;
		uint16_t port;
	} schemes[] = { { "https://", 443 }, { "http://", 80 } };
	size_t len;
	const char *rest;
	const char *host;

	for (size_t i = 0; i < COUNT_OF(schemes); i++) {
		if (strncmp(text, schemes[i].start, strlen(schemes[i].start)) == 0) {
			*port = schemes[i].port;
			text += strlen(schemes[i].start);
			break;
		}
	}
	len = strcspn(text, ":/");
	rest = text + len;
	host = arena_format(arena, "%.*s", (int)len, text);
	if (host && *rest == ':') {
		size_t digits = strcspn(++rest, "/");
		const char *number = arena_format(arena, "%.*s", (int)digits, rest);

		if (number && !port_read(number, port))
			*out_why = "a port is a number from 1 to 65535";
		rest += digits;
	}
	if (*rest && strcmp(rest, "/") != 0)
		*out_why = "a connection cannot be held to a part of a host: name the host alone";
	else if (host && !is_host(host))
		*out_why = "a host is a name such as api.example.com or *.example.com";
	return *out_why ? NULL : host;
}

/* "git push" is the program and what its arguments begin with. */
static const char *program_read(struct arena *arena, const char *text, const char **args,
				const char **out_why)
{
	size_t len = strcspn(text, " ");
	const char *name = arena_format(arena, "%.*s", (int)len, text);
	const char *base = name ? strrchr(name, '/') : NULL;

	base = base ? base + 1 : name;
	while (text[len] == ' ')
		len++;
	*args = text[len] ? text + len : NULL;
	if (!is_made_of(text, "._/+:=@,- "))
		*out_why =
			"a command has characters that mean something to a shell or in a pattern";
	else if (strstr(text, "  ") || text[strlen(text) - 1] == ' ')
		*out_why = "a command has more blanks than those between its words";
	else if (base && !*base)
		*out_why = "a command begins with the name of a program";
	return *out_why ? NULL : base;
}

struct agents_object *agents_object_read(struct arena *arena, const char *text, unsigned deeds,
					 bool is_directory, const char **out_why)
{
	struct agents_object *object = arena_alloc(arena, sizeof(*object));

	*out_why = NULL;
	if (!object)
		return NULL;
	if (strlen(text) > NAME_MAX_HERE)
		*out_why = "a name in it is too long";
	else if (deeds && !(deeds & ~AGENTS_FILES))
		object->text = path_read(arena, text, is_directory, out_why);
	else if (deeds == AGENTS_BIT(AGENTS_EXECUTE))
		object->text = program_read(arena, text, &object->args, out_why);
	else if (deeds && !(deeds & ~AGENTS_PEERS))
		object->text = host_read(arena, text, &object->port, out_why);
	else if (deeds == AGENTS_BIT(AGENTS_TOOL) && is_made_of(text, "._-/:"))
		object->text = arena_copy(arena, text, strlen(text));
	else
		*out_why = "what it names cannot be told from others of its kind";
	return object->text ? object : NULL;
}

const char *agents_limit(struct arena *arena, const char *text)
{
	static const char *const units[] = { "second", "minute", "hour", "day" };
	static const char *const starts[] = { "max ", "limit ", "at most ", "up to " };
	char *end;
	unsigned long count;

	for (size_t i = 0; i < COUNT_OF(starts); i++)
		if (strncmp(text, starts[i], strlen(starts[i])) == 0)
			text += strlen(starts[i]);
	if (!isdigit((unsigned char)*text))
		return NULL;
	count = strtoul(text, &end, 10);
	if (end - text > 6 || count == 0)
		return NULL;
	if (strncmp(end, " per ", 5) == 0)
		end += 5;
	else if (*end == '/')
		end++;
	else
		return NULL;
	for (size_t i = 0; i < COUNT_OF(units); i++)
		if (strcmp(end, units[i]) == 0)
			return arena_format(arena, "%lu/%s", count, units[i]);
	return NULL;
}

/*
 * What a policy can keep.
 */

static bool has(const struct agents_item *item, enum agents_deed deed)
{
	return item->deeds & AGENTS_BIT(deed);
}

static const char *why_refusal(const struct agents_item *item)
{
	if (item->limit || item->read_only)
		return "an annotation does not go with a refusal";
	if (item->is_only && !(item->deeds & ~AGENTS_FILES) && item->excepted)
		return NULL;
	if (item->is_only)
		return "'only' is understood of files that are named";
	if (has(item, AGENTS_READ) && item->excepted && !item->objects)
		return "it would refuse what programs need to start: say what is not to be read";
	if (item->objects || item->excepted)
		return NULL;
	if (has(item, AGENTS_READ) || has(item, AGENTS_EXECUTE))
		return "it would refuse the agent itself: name the files or programs in backticks";
	return NULL;
}

static const char *why_grant(const struct agents_item *item)
{
	bool is_data = has(item, AGENTS_READ) || has(item, AGENTS_QUERY) || has(item, AGENTS_CALL);

	if (item->read_only && (!is_data || (item->deeds & (item->deeds - 1))))
		return "(read-only) does not go with it";
	if (item->read_only && item->objects && has(item, AGENTS_CALL))
		return "a connection cannot be held to reading";
	if (item->mood == AGENTS_ASK)
		return NULL;
	if (has(item, AGENTS_MAIL) && !item->objects)
		return "it names no host to send mail by, in backticks";
	if (item->limit && has(item, AGENTS_EXECUTE) && item->objects)
		return "a limit of a program that is named is not taken over";
	return NULL;
}

void agents_item_judge(struct agents_item *item)
{
	if (item->is_named)
		return;
	/* "Only write files in `out/`": nothing but what is named. */
	if (item->is_only && item->mood == AGENTS_NEVER && item->objects && !item->excepted) {
		item->excepted = item->objects;
		item->objects = NULL;
	}
	if (item->excepted && (item->deeds & ~AGENTS_FILES))
		item->why = "exceptions are understood of files only";
	else
		item->why = item->mood == AGENTS_NEVER ? why_refusal(item) : why_grant(item);
}
