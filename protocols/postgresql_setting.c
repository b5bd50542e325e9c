/* SPDX-License-Identifier: MIT */
#include "protocols/postgresql_setting.h"

#include <string.h>
#include <strings.h>

static bool is_one_of(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (strcasecmp(*names, name) == 0)
			return true;
	return false;
}

/*
 * In which each byte below 0x80 is the ASCII character: those that rules/sql_settings.c takes. The
 * server looks at letters and digits only; some drivers send quotes.
 */
static bool is_safe_encoding(const char *value)
{
	static const char *const names[] = { "utf8", "unicode", "sqlascii", "latin1", NULL };
	char name[16];
	size_t size = 0;

	for (; *value; value++) {
		if (strchr("'\"-_ ", *value))
			continue;
		if (size == sizeof(name) - 1)
			return false;
		name[size++] = *value;
	}
	name[size] = '\0';
	return is_one_of(name, names);
}

static bool is_true(const char *value)
{
	static const char *const names[] = { "on", "true", "yes", NULL };

	return is_one_of(value, names);
}

struct query_target postgresql_target(const struct postgresql_session *session,
				      const struct stream_asker *asker)
{
	return (struct query_target){
		.asker = asker,
		.dialect = "postgresql",
		.database = session->database[0] ? session->database : NULL,
	};
}

/* A name that needs no quotes and has no second meaning. */
static bool is_setting_name(const char *name)
{
	return *name && name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_."
					  "0123456789")] == '\0';
}

static int add(struct buffer *text, const char *bytes, size_t size)
{
	return buffer_add(text, bytes, size, STREAM_ASK_MAX);
}

/* SET name TO 'value', with the quotes in it doubled. */
static int write_set(struct buffer *text, const char *name, const char *value)
{
	int r = add(text, "SET ", 4);

	if (r == 0)
		r = add(text, name, strlen(name));
	if (r == 0)
		r = add(text, " TO '", 5);
	for (; r == 0 && *value; value++) {
		if (*value == '\'')
			r = add(text, "'", 1);
		if (r == 0)
			r = add(text, value, 1);
	}
	return r == 0 ? add(text, "'", 1) : r;
}

static int ask_set(const struct query_target *target, const char *name, const char *value)
{
	struct buffer text = { 0 };
	int r = write_set(&text, name, value);

	if (r == 0)
		r = query_ask(target, text.bytes, text.size);
	buffer_release(&text);
	return r;
}

/* Those that drivers send of their own, and that change no meaning of a text. */
static bool is_usual(const char *name)
{
	static const char *const names[] = { "application_name",
					     "fallback_application_name",
					     "DateStyle",
					     "TimeZone",
					     "IntervalStyle",
					     "extra_float_digits",
					     "user",
					     "replication",
					     NULL };

	return is_one_of(name, names) || strncmp(name, "_pq_.", 5) == 0;
}

static int set(struct postgresql_session *session, const char *name, const char *value,
	       const struct stream_asker *asker)
{
	const struct query_target target = postgresql_target(session, asker);
	int r;

	if (is_usual(name))
		return 0;
	if (strcasecmp(name, "client_encoding") == 0 && is_safe_encoding(value))
		return 0;
	if (!is_setting_name(name))
		return STREAM_E_UNREADABLE;
	r = ask_set(&target, name, value);
	if (strcasecmp(name, "client_encoding") == 0 ||
	    (strcasecmp(name, "standard_conforming_strings") == 0 && !is_true(value)))
		session->is_doubtful = true;
	return r;
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Takes the next word out of "options": a backslash makes any byte part of it. NULL: none. */
static char *next_word(char **rest)
{
	char *at = *rest, *word, *to;

	while (is_blank(*at))
		at++;
	if (!*at)
		return NULL;
	for (word = to = at; *at && !is_blank(*at); at++) {
		if (*at == '\\' && at[1])
			at++;
		*to++ = *at;
	}
	*rest = *at ? at + 1 : at;
	*to = '\0';
	return word;
}

/* name=value, where a hyphen of the name stands for an underscore. */
static int set_option(struct postgresql_session *session, char *option,
		      const struct stream_asker *asker)
{
	char *equals = strchr(option, '=');

	if (!equals)
		return STREAM_E_UNREADABLE;
	*equals = '\0';
	for (char *at = option; *at; at++)
		if (*at == '-')
			*at = '_';
	return set(session, option, equals + 1, asker);
}

/* Arguments of the server's program: -c name=value, --name=value. The others change its innards. */
static int set_options(struct postgresql_session *session, char *options,
		       const struct stream_asker *asker)
{
	char *word;
	int r = 0;

	while (r == 0 && (word = next_word(&options))) {
		if (strcmp(word, "-c") == 0)
			word = next_word(&options);
		else if (strncmp(word, "-c", 2) == 0 || strncmp(word, "--", 2) == 0)
			word += 2;
		else
			return STREAM_E_UNREADABLE;
		r = word ? set_option(session, word, asker) : STREAM_E_UNREADABLE;
	}
	return r;
}

static int take_parameter(struct postgresql_session *session, const char *name, char *value,
			  const struct stream_asker *asker)
{
	if (strcmp(name, "options") == 0)
		return set_options(session, value, asker);
	return strcmp(name, "database") == 0 ? 0 : set(session, name, value, asker);
}

static bool set_database(struct postgresql_session *session, const char *name)
{
	size_t size = strlen(name) + 1;

	if (size > sizeof(session->database))
		return false;
	memcpy(session->database, name, size);
	return true;
}

/* Pairs of strings; an empty name ends them. Return: the name behind @name; NULL: broken. */
static char *next_pair(char *name, const char *end, char **out_value)
{
	*out_value = name + strlen(name) + 1;
	if (*out_value >= end)
		return NULL;
	name = *out_value + strlen(*out_value) + 1;
	return name < end ? name : NULL;
}

/* The last of each name counts, for the server. */
static int find_database(struct postgresql_session *session, char *at, const char *end)
{
	const char *user = "", *database = "";
	char *value, *next;

	for (; *at; at = next) {
		next = next_pair(at, end, &value);
		if (!next)
			return STREAM_E_UNREADABLE;
		if (strcmp(at, "user") == 0)
			user = value;
		else if (strcmp(at, "database") == 0)
			database = value;
	}
	if (at + 1 != end || !set_database(session, *database ? database : user))
		return STREAM_E_UNREADABLE;
	return 0;
}

int postgresql_session_start(struct postgresql_session *session, struct buffer *body,
			     const struct stream_asker *asker)
{
	char *at = (char *)body->bytes, *value;
	const char *end;
	int r;

	if (body->size == 0 || at[body->size - 1] != '\0')
		return STREAM_E_UNREADABLE;
	end = at + body->size;
	r = find_database(session, at, end);
	while (r == 0 && *at) {
		char *name = at;

		at = next_pair(name, end, &value);
		r = take_parameter(session, name, value, asker);
	}
	return r;
}

/* set_config('search_path', ...: a name that stands there, and matters to no reading. */
static bool is_harmless_call(const char *at, const char *end)
{
	static const char *const names[] = { "client_encoding", "standard_conforming_strings",
					     NULL };
	char name[64];
	size_t size = 0;

	at += at < end && *at == '"';
	while (at < end && (is_blank(*at) || *at == '('))
		at++;
	if (at == end || *at++ != '\'')
		return false;
	for (; at < end && *at != '\'' && size < sizeof(name) - 1; at++)
		name[size++] = *at;
	name[size] = '\0';
	if (at == end || *at++ != '\'' || !is_setting_name(name))
		return false;
	while (at < end && is_blank(*at))
		at++;
	return at < end && *at == ',' && !is_one_of(name, names);
}

/* A function that sets what SET does; its name may be spelled in escapes. */
static bool calls_set_config(const char *text, size_t size)
{
	static const char name[] = "set_config";
	const char *end = text + size;

	for (const char *at = text; at < end; at++) {
		size_t left = (size_t)(end - at);

		if (left >= 3 && strncasecmp(at, "u&\"", 3) == 0)
			return true;
		if (left >= sizeof(name) - 1 && strncasecmp(at, name, sizeof(name) - 1) == 0 &&
		    !is_harmless_call(at + sizeof(name) - 1, end))
			return true;
	}
	return false;
}

/* Of those encodings in which a byte of a character may be an ASCII character: manual, 23.3.1. */
void postgresql_session_see(struct postgresql_session *session, const void *text, size_t size)
{
	static const char *const switches[] = { "clientencoding", "setnames", "setconfig", NULL };
	static const char *const encodings[] = { "sjis",   "shiftjis",	 "mskanji", "win932",
						 "big5",   "windows932", "win950",  "windows950",
						 "gbk",	   "win936",	 "uhc",	    "windows936",
						 "win949", "windows949", "gb18030", "johab",
						 NULL };
	static const char *const strings[] = { "standardconformingstrings", NULL };
	static const char *const on[] = { "standardconformingstringson",
					  "standardconformingstringstoon",
					  "standardconformingstringstrue",
					  "standardconformingstringstotrue", NULL };

	if (session->is_doubtful)
		return;
	session->is_doubtful =
		(query_mentions(text, size, switches) && query_mentions(text, size, encodings)) ||
		(query_mentions(text, size, strings) && !query_mentions(text, size, on)) ||
		calls_set_config(text, size);
}
