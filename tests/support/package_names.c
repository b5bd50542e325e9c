/* SPDX-License-Identifier: MIT */
/*
 * A package that looks names up, in each way. No answer says why a name may not be.
 */
#include <netdb.h>

#include "tests/support/package.h"

/* It knows one name only: the one that is refused. */
static void *names_open(const char *where)
{
	return strdup(where);
}

static void names_close(void *connection)
{
	free(connection);
}

typedef bool look_way(const char *name);

static bool by_addresses(const char *name)
{
	struct addrinfo *found = NULL;
	int r;

	do
		r = getaddrinfo(name, NULL, NULL, &found);
	while (r == EAI_SYSTEM && errno == EINTR);
	if (r != 0)
		return false;
	freeaddrinfo(found);
	return true;
}

static bool by_host(const char *name)
{
	return gethostbyname(name);
}

static bool by_host2(const char *name)
{
	return gethostbyname2(name, AF_INET);
}

static bool by_host_r(const char *name)
{
	struct hostent entry, *found = NULL;
	char buf[4096];
	int error;

	return gethostbyname_r(name, &entry, buf, sizeof(buf), &found, &error) == 0 && found;
}

static bool by_host2_r(const char *name)
{
	struct hostent entry, *found = NULL;
	char buf[4096];
	int error;

	return gethostbyname2_r(name, AF_INET, &entry, buf, sizeof(buf), &found, &error) == 0 &&
	       found;
}

static enum asked look_up(bool is_secret, const char *secret, look_way *look)
{
	if (!is_secret)
		return look("127.0.0.1") ? ASKED_DONE : ASKED_FAILED;
	return look(secret) ? ASKED_FAILED : ASKED_REFUSED;
}

static enum asked names_ask(void *connection, const char *name)
{
	return look_up(strncmp(name, "ok-", 3) != 0, connection, by_addresses);
}

static void names_each(const char *where)
{
	static const struct {
		const char *name;
		look_way *look;
	} ways[] = {
		{ "getaddrinfo", by_addresses },    { "gethostbyname", by_host },
		{ "gethostbyname2", by_host2 },	    { "gethostbyname_r", by_host_r },
		{ "gethostbyname2_r", by_host2_r },
	};

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		char line[64];

		(void)snprintf(line, sizeof(line), "%s, %s",
			       asked_text(look_up(false, where, ways[i].look)),
			       asked_text(look_up(true, where, ways[i].look)));
		said(ways[i].name, line);
	}
}

const struct package *package(void)
{
	static const struct package names = {
		.is_born = true,
		.open = names_open,
		.ask = names_ask,
		.close = names_close,
		.each = names_each,
	};

	return &names;
}
