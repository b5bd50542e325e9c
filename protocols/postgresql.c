/* SPDX-License-Identifier: MIT */
/*
 * PostgreSQL, protocol 3: a message is a type, a length and a body; the first has no type. Texts of
 * Query and Parse are asked for whole; what carries data (CopyData, Bind) or secrets (passwords)
 * passes without being kept, however long it is. A server reads messages by their lengths in any
 * state, so no order of them can make it see one where another was seen here.
 *
 * A text means what it says in UTF-8 and with standard_conforming_strings only. Who sets another
 * encoding asks for that, and from then on no text is understood that has a byte of which that could
 * depend. An encoding that a role or database has from its definition is not seen here.
 *
 * Sources: PostgreSQL 17 manual, 53.2 (Message Flow), 53.7 (Message Formats), 23.3.1 (Supported
 * Character Sets); pg_split_opts() in src/backend/utils/init/postinit.c for "options".
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "protocols/postgresql_setting.h"
#include "protocols/protocol.h"
#include "protocols/query.h"

#define HEAD_MESSAGE 5 /* type, length */
#define HEAD_STARTUP 8 /* length, code */
#define STARTUP_MAX 10000
#define CODE_CANCEL 80877102u
#define CODE_SSL 80877103u
#define CODE_GSS 80877104u
#define MAJOR 3u
#define OID_SIZE 4
#define TLS_HANDSHAKE 0x16

enum phase {
	PHASE_STARTUP,	 /* a packet without type is to come */
	PHASE_NEGOTIATE, /* as well, or TLS begins */
	PHASE_MESSAGES,
	PHASE_OVER, /* the server reads nothing more */
};

enum keeping {
	KEEP_UNKNOWN, /* no message of a client's */
	KEEP_NOTHING,
	KEEP_OID,
	KEEP_ALL,
};

struct postgresql {
	enum phase phase;
	uint8_t head[HEAD_STARTUP];
	size_t head_size;
	struct buffer body; /* as much as is kept of it */
	size_t keep, skip;  /* bytes of the message that are to come */
	struct postgresql_session session;
};

static size_t number(const uint8_t *at)
{
	return (size_t)at[0] << 24 | (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3];
}

/* The first eight bytes, as far as they are there. */
static enum guess postgresql_guess(const uint8_t *bytes, size_t size, uint16_t port)
{
	size_t code;

	(void)port;
	if (bytes[0] != 0 || (size > 1 && bytes[1] != 0))
		return GUESS_NO;
	if (size < HEAD_STARTUP)
		return size > 4 && bytes[4] != 0 && bytes[4] != CODE_SSL >> 24 ? GUESS_NO
									       : GUESS_MORE;
	code = number(bytes + 4);
	if (number(bytes) < HEAD_STARTUP || number(bytes) > STARTUP_MAX)
		return GUESS_NO;
	return code >> 16 == MAJOR || (code >= CODE_CANCEL && code <= CODE_GSS) ? GUESS_YES
										: GUESS_NO;
}

static void *postgresql_start(bool is_tls)
{
	(void)is_tls;
	return calloc(1, sizeof(struct postgresql));
}

static void postgresql_end(void *state)
{
	struct postgresql *postgresql = state;

	if (!postgresql)
		return;
	buffer_release(&postgresql->body);
	free(postgresql);
}

static enum keeping keeping(uint8_t type)
{
	switch (type) {
	case 'Q': /* Query */
	case 'P': /* Parse */
		return KEEP_ALL;
	case 'F': /* FunctionCall */
		return KEEP_OID;
	case 'B': /* Bind */
	case 'C': /* Close */
	case 'D': /* Describe */
	case 'E': /* Execute */
	case 'H': /* Flush */
	case 'S': /* Sync */
	case 'X': /* Terminate */
	case 'c': /* CopyDone */
	case 'd': /* CopyData */
	case 'f': /* CopyFail */
	case 'p': /* PasswordMessage, SASLResponse, ... */
		return KEEP_NOTHING;
	default:
		return KEEP_UNKNOWN;
	}
}

/* A text that ends with the NUL that is the last byte of @size. */
static int ask_text(struct postgresql *postgresql, const struct stream_asker *asker,
		    const uint8_t *text, size_t size)
{
	const struct query_target target = postgresql_target(&postgresql->session, asker);
	bool is_read = !postgresql->session.is_doubtful || query_is_plain(text, size - 1);
	int r = query_ask(&target, text, is_read ? size - 1 : size);

	if (r == 0)
		postgresql_session_see(&postgresql->session, text, size - 1);
	return r;
}

static int read_query(struct postgresql *postgresql, const struct stream_asker *asker)
{
	const struct buffer *body = &postgresql->body;
	const uint8_t *nul = body->size ? memchr(body->bytes, '\0', body->size) : NULL;

	if (!nul || nul + 1 != body->bytes + body->size)
		return STREAM_E_UNREADABLE;
	return ask_text(postgresql, asker, body->bytes, body->size);
}

/* The name of the statement, its text, a number of types, the types. */
static int read_parse(struct postgresql *postgresql, const struct stream_asker *asker)
{
	const struct buffer *body = &postgresql->body;
	const uint8_t *end = body->bytes + body->size;
	const uint8_t *text, *types;

	text = body->size ? memchr(body->bytes, '\0', body->size) : NULL;
	if (!text || ++text == end)
		return STREAM_E_UNREADABLE;
	types = memchr(text, '\0', (size_t)(end - text));
	if (!types || end - ++types < 2)
		return STREAM_E_UNREADABLE;
	if ((size_t)(end - types) != 2 + OID_SIZE * ((size_t)types[0] << 8 | types[1]))
		return STREAM_E_UNREADABLE;
	return ask_text(postgresql, asker, text, (size_t)(types - text));
}

/* Which function that is only the server knows: no text that rules could read stands for it. */
static int read_function_call(struct postgresql *postgresql, const struct stream_asker *asker)
{
	const struct query_target target = postgresql_target(&postgresql->session, asker);
	size_t oid = number(postgresql->body.bytes);
	char text[32] = "FUNCTION CALL ", digits[16];
	size_t used = strlen(text), count = 0;

	do
		digits[count++] = (char)('0' + oid % 10);
	while ((oid /= 10) > 0);
	while (count > 0)
		text[used++] = digits[--count];
	return query_ask(&target, text, used);
}

static int read_startup(struct postgresql *postgresql, const struct stream_asker *asker)
{
	size_t code = number(postgresql->head + 4);

	if (code == CODE_SSL || code == CODE_GSS) {
		postgresql->phase = PHASE_NEGOTIATE;
		return postgresql->body.size == 0 ? 0 : STREAM_E_UNREADABLE;
	}
	if (code == CODE_CANCEL) {
		postgresql->phase = PHASE_OVER;
		return 0;
	}
	postgresql->phase = PHASE_MESSAGES;
	return postgresql_session_start(&postgresql->session, &postgresql->body, asker);
}

/* What is kept of a message is there. */
static int read_message(struct postgresql *postgresql, const struct stream_asker *asker)
{
	int r = 0;

	if (postgresql->phase != PHASE_MESSAGES) {
		r = read_startup(postgresql, asker);
	} else if (postgresql->head[0] == 'Q') {
		r = read_query(postgresql, asker);
	} else if (postgresql->head[0] == 'P') {
		r = read_parse(postgresql, asker);
	} else if (postgresql->head[0] == 'F') {
		r = read_function_call(postgresql, asker);
	} else if (postgresql->head[0] == 'X') {
		postgresql->phase = PHASE_OVER;
	}
	postgresql->head_size = 0;
	postgresql->body.size = 0;
	return r;
}

/* The head is there: how long it is, and what is kept. Return: 0, or STREAM_E_UNREADABLE. */
static int begin_message(struct postgresql *postgresql)
{
	bool is_startup = postgresql->phase != PHASE_MESSAGES;
	size_t length = number(postgresql->head + !is_startup);
	size_t code = number(postgresql->head + 4);
	enum keeping keep = is_startup ? KEEP_ALL : keeping(postgresql->head[0]);

	if (keep == KEEP_UNKNOWN)
		return STREAM_E_UNREADABLE;
	if (is_startup && (length < HEAD_STARTUP || length > STARTUP_MAX))
		return STREAM_E_UNREADABLE;
	if (is_startup && code >> 16 != MAJOR && (code < CODE_CANCEL || code > CODE_GSS))
		return STREAM_E_UNREADABLE;
	if (!is_startup && (length < 4 || length > INT32_MAX))
		return STREAM_E_UNREADABLE;
	length -= is_startup ? HEAD_STARTUP : 4;
	postgresql->keep = keep == KEEP_ALL ? length : keep == KEEP_OID ? OID_SIZE : 0;
	if (postgresql->keep > length || postgresql->keep > STREAM_ASK_MAX)
		return STREAM_E_UNREADABLE;
	postgresql->skip = length - postgresql->keep;
	return 0;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Takes what can be taken at once. Return: 0 or an outcome; *@used: how many bytes. */
static int take(struct postgresql *postgresql, const uint8_t *bytes, size_t size,
		const struct stream_asker *asker, size_t *used)
{
	size_t head = postgresql->phase == PHASE_MESSAGES ? HEAD_MESSAGE : HEAD_STARTUP;
	int r;

	if (postgresql->phase == PHASE_OVER && postgresql->skip == 0)
		return STREAM_E_UNREADABLE;
	if (postgresql->keep > 0) {
		*used = smaller(size, postgresql->keep);
		r = buffer_add(&postgresql->body, bytes, *used, STREAM_ASK_MAX);
		if (r < 0)
			return r;
		postgresql->keep -= *used;
		return postgresql->keep == 0 ? read_message(postgresql, asker) : 0;
	}
	if (postgresql->skip > 0) {
		*used = smaller(size, postgresql->skip);
		postgresql->skip -= *used;
		return 0;
	}
	*used = smaller(size, head - postgresql->head_size);
	memcpy(postgresql->head + postgresql->head_size, bytes, *used);
	postgresql->head_size += *used;
	if (postgresql->head_size < head)
		return 0;
	r = begin_message(postgresql);
	return r == 0 && postgresql->keep == 0 ? read_message(postgresql, asker) : r;
}

static int postgresql_feed(void *state, const uint8_t *bytes, size_t size,
			   const struct stream_asker *asker, bool *out_switch, size_t *out_used)
{
	struct postgresql *postgresql = state;
	size_t at = 0;

	while (at < size) {
		size_t used = 0;
		int r;

		if (postgresql->phase == PHASE_NEGOTIATE && postgresql->head_size == 0 &&
		    bytes[at] == TLS_HANDSHAKE) {
			*out_switch = true;
			*out_used = at;
			return 0;
		}
		r = take(postgresql, bytes + at, size - at, asker, &used);
		if (r != 0)
			return r;
		at += used;
	}
	return 0;
}

/*
 * ErrorResponse; severity FATAL: the client knows that the connection is over. A server sends no
 * ReadyForQuery after it; but without one libpq goes on to read, and what a program gets to see of it
 * is the end of the connection, not this text.
 */
static size_t postgresql_refuse(const void *state, const char *text, char *out, size_t size)
{
	static const char fields[] = "E\0\0\0\0SFATAL\0VFATAL\0C42501\0M";
	static const char end[] = "\0\0Z\0\0\0\5I";
	size_t used = sizeof(fields) - 1;
	size_t length;

	(void)state;
	if (size < used + sizeof(end) - 1)
		return 0;
	memcpy(out, fields, used);
	used += query_line(text, out + used, size - used - (sizeof(end) - 1));
	memcpy(out + used, end, sizeof(end) - 1);
	length = used + 2 - 1; /* without the type */
	for (size_t i = 4; i > 0; i--, length >>= 8)
		out[i] = (char)(length & 0xff);
	return used + sizeof(end) - 1;
}

const struct protocol protocol_postgresql = {
	.name = "postgresql",
	.is_understood = true,
	.guess = postgresql_guess,
	.start = postgresql_start,
	.feed = postgresql_feed,
	.refuse = postgresql_refuse,
	.end = postgresql_end,
};
