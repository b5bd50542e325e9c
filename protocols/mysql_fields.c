/* SPDX-License-Identifier: MIT */
#include "protocols/mysql_fields.h"

#include <string.h>

#include "protocols/query.h"

#define COLLATION_AT 8
#define ATTRIBUTES_MAX 8 /* see mysql_attributes_skip() */
#define TYPE_SIZE 2

struct reader {
	const uint8_t *at;
	size_t left;
	bool is_short; /* something did not fit */
};

static const uint8_t *take(struct reader *reader, size_t size)
{
	const uint8_t *at = reader->at;

	if (size > reader->left) {
		reader->is_short = true;
		reader->left = 0;
		return NULL;
	}
	reader->at += size;
	reader->left -= size;
	return at;
}

static uint64_t take_number(struct reader *reader, size_t size)
{
	const uint8_t *at = take(reader, size);
	uint64_t number = 0;

	for (size_t i = size; at && i-- > 0;)
		number = number << 8 | at[i];
	return number;
}

/* A number in one byte, or in 2, 3 or 8 that follow 0xfc, 0xfd, 0xfe. */
static uint64_t take_lenenc(struct reader *reader)
{
	uint64_t first = take_number(reader, 1);

	switch (first) {
	case 0xfc:
		return take_number(reader, 2);
	case 0xfd:
		return take_number(reader, 3);
	case 0xfe:
		return take_number(reader, 8);
	case 0xfb: /* NULL */
	case 0xff:
		reader->is_short = true;
		return 0;
	default:
		return first;
	}
}

static void skip_lenenc_string(struct reader *reader)
{
	uint64_t length = take_lenenc(reader);

	if (length > reader->left)
		reader->is_short = true;
	else
		(void)take(reader, (size_t)length);
}

/* To behind the NUL. Return: the string; NULL when it does not end. */
static const char *take_string(struct reader *reader)
{
	const uint8_t *nul = reader->left ? memchr(reader->at, '\0', reader->left) : NULL;

	if (!nul) {
		reader->is_short = true;
		return NULL;
	}
	return (const char *)take(reader, (size_t)(nul + 1 - reader->at));
}

void mysql_session_use(struct mysql_session *session, const void *name, size_t size)
{
	if (size >= sizeof(session->database))
		size = 0;
	if (size > 0)
		memcpy(session->database, name, size);
	session->database[size] = '\0';
}

/* A database's name: some clients leave its NUL out at the end. */
static void take_database(struct mysql_session *session, struct reader *reader)
{
	const uint8_t *at = reader->at;
	size_t size = reader->is_short ? 0 : strnlen((const char *)at, reader->left);

	mysql_session_use(session, at, size);
	(void)take(reader, size < reader->left ? size + 1 : size);
}

struct range {
	uint16_t first, last;
};

static bool is_within(uint16_t number, const struct range *ranges)
{
	for (; ranges->last > 0; ranges++)
		if (number >= ranges->first && number <= ranges->last)
			return true;
	return false;
}

/* Number 0 is what the server has by default, and so is one that it does not know. */
static enum mysql_reading reading_of(uint16_t collation)
{
	static const struct range whole[] = {
		/* latin1 */
		{ 5, 5 },
		{ 8, 8 },
		{ 15, 15 },
		{ 31, 31 },
		{ 47, 49 },
		{ 94, 94 },
		/* ascii, binary */
		{ 11, 11 },
		{ 63, 63 },
		{ 65, 65 },
		/* utf8mb3, utf8mb4 */
		{ 33, 33 },
		{ 45, 46 },
		{ 76, 76 },
		{ 83, 83 },
		{ 192, 215 },
		{ 223, 247 },
		{ 255, 323 },
		{ 0, 0 },
	};
	/* swe7, where letters stand for marks; ucs2, utf16, utf32, utf16le */
	static const struct range none[] = {
		{ 10, 10 }, { 35, 35 },	  { 54, 56 },	{ 60, 62 },   { 82, 82 },
		{ 90, 90 }, { 101, 124 }, { 128, 151 }, { 159, 183 }, { 0, 0 },
	};

	if (collation == 0 || is_within(collation, whole))
		return MYSQL_READS;
	return is_within(collation, none) ? MYSQL_READS_NOTHING : MYSQL_READS_ASCII;
}

void mysql_session_respond(struct mysql_session *session, const uint8_t *bytes, size_t size)
{
	struct reader reader = { .at = bytes, .left = size };

	session->flags = (uint32_t)take_number(&reader, 4);
	session->reading = reading_of(bytes[COLLATION_AT]);
	(void)take(&reader, MYSQL_FIXED_SIZE - 4);
	(void)take_string(&reader); /* the user */
	if (session->flags & MYSQL_LENENC_AUTH)
		skip_lenenc_string(&reader);
	else if (session->flags & MYSQL_SECURE_CONNECTION)
		(void)take(&reader, (size_t)take_number(&reader, 1));
	else
		(void)take_string(&reader);
	if (session->flags & MYSQL_CONNECT_WITH_DB)
		take_database(session, &reader);
}

void mysql_session_change(struct mysql_session *session, const uint8_t *bytes, size_t size)
{
	struct reader reader = { .at = bytes, .left = size };

	(void)take_string(&reader); /* the user */
	if (session->flags & MYSQL_SECURE_CONNECTION)
		(void)take(&reader, (size_t)take_number(&reader, 1));
	else
		(void)take_string(&reader);
	take_database(session, &reader);
	if (reader.left >= 2 && !reader.is_short)
		session->reading = reading_of((uint16_t)take_number(&reader, 2));
}

/* The name behind USE, as far as it is one word. */
static void see_use(struct mysql_session *session, const char *text, size_t size)
{
	static const char blanks[] = " \t\r\n";
	const char *end = text + size, *start;
	char quote = '\0';

	while (text < end && strchr(blanks, *text))
		text++;
	if (end - text < 5 || (text[0] | ' ') != 'u' || (text[1] | ' ') != 's' ||
	    (text[2] | ' ') != 'e' || !strchr(" \t\r\n`", text[3]))
		return;
	for (text += 3; text < end && strchr(blanks, *text); text++)
		;
	if (text < end && *text == '`')
		quote = *text++;
	for (start = text; text < end && (quote ? *text != quote : !strchr(" \t\r\n;", *text));)
		text++;
	mysql_session_use(session, start, (size_t)(text - start));
}

void mysql_session_see(struct mysql_session *session, const void *text, size_t size)
{
	static const char *const switches[] = { "setnames", "charset", "characterset", NULL };
	static const char *const sets[] = { "big5", "sjis", "gbk", "cp932", "gb18030", NULL };
	static const char *const others[] = { "swe7", "ucs2", "utf16", "utf32", NULL };

	see_use(session, text, size);
	if (!query_mentions(text, size, switches))
		return;
	if (query_mentions(text, size, others))
		session->reading = MYSQL_READS_NOTHING;
	else if (session->reading == MYSQL_READS && query_mentions(text, size, sets))
		session->reading = MYSQL_READS_ASCII;
}

/* The bytes of a value of one of the types in the binary protocol. */
static void skip_value(struct reader *reader, uint8_t type)
{
	switch (type) {
	case 1: /* TINY */
		(void)take(reader, 1);
		break;
	case 2:	 /* SHORT */
	case 13: /* YEAR */
		(void)take(reader, 2);
		break;
	case 3: /* LONG */
	case 4: /* FLOAT */
	case 9: /* INT24 */
		(void)take(reader, 4);
		break;
	case 5: /* DOUBLE */
	case 8: /* LONGLONG */
		(void)take(reader, 8);
		break;
	case 7:	 /* TIMESTAMP */
	case 10: /* DATE */
	case 11: /* TIME */
	case 12: /* DATETIME */
		(void)take(reader, (size_t)take_number(reader, 1));
		break;
	case 15:  /* VARCHAR */
	case 246: /* NEWDECIMAL */
	case 252: /* BLOB */
	case 253: /* VAR_STRING */
	case 254: /* STRING */
		skip_lenenc_string(reader);
		break;
	default:
		reader->is_short = true;
	}
}

/*
 * A number of attributes of 1 to 8 is, to a server that has none of them, a control character with
 * which no text can begin, so that it finds an error and not another text. Of none there is a NUL.
 */
size_t mysql_attributes_skip(const uint8_t *bytes, size_t size)
{
	struct reader reader = { .at = bytes, .left = size };
	uint64_t count = take_lenenc(&reader);
	uint8_t types[ATTRIBUTES_MAX];
	const uint8_t *nulls;

	if (take_lenenc(&reader) != 1 || count > ATTRIBUTES_MAX)
		return 0;
	if (count == 0)
		return reader.is_short ? 0 : size - reader.left;
	nulls = take(&reader, 1);
	if (take_number(&reader, 1) != 1) /* the types are there */
		return 0;
	for (size_t i = 0; i < count; i++) {
		const uint8_t *type = take(&reader, TYPE_SIZE);

		types[i] = type ? type[0] : 0;
		skip_lenenc_string(&reader);
	}
	for (size_t i = 0; !reader.is_short && i < count; i++)
		if (!(*nulls & (1u << i)))
			skip_value(&reader, types[i]);
	return reader.is_short ? 0 : size - reader.left;
}
