/* SPDX-License-Identifier: MIT */
/*
 * Redis, RESP2 and RESP3: a command is an array of strings of known length, or a line. It is asked for
 * as redis-cli takes it, which is what rules/sql_redis.c reads: an argument that could be taken for
 * more than one word, or for the end of the line, stands in quotes with escapes.
 *
 * Read more strictly than servers do: lengths are plain numbers, and each line ends in CR LF. A command
 * of more than STREAM_ASK_MAX bytes, as it comes or as it is asked for, is not read at all.
 *
 * Sources: https://redis.io/docs/latest/develop/reference/protocol-spec/; processMultibulkBuffer() and
 * processInlineBuffer() in src/networking.c, sdssplitargs() in src/sds.c of Redis 7.2.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/utf8.h"
#include "protocols/protocol.h"
#include "protocols/query.h"

#define PORT_REDIS 6379
#define TLS_HANDSHAKE 0x16
#define INLINE_MAX (1u << 16)
#define HEAD_MAX 16	      /* a sign, a number, CR LF */
#define ARGUMENTS_MAX 1048576 /* the server's bound */
#define DATABASES 16	      /* that a server has unless it is told otherwise */
#define UNKNOWN_DATABASE (-1)

enum phase {
	PHASE_START, /* of a command: "*", or a line */
	PHASE_COUNT, /* in the line behind "*" */
	PHASE_INLINE,
	PHASE_LENGTH,	/* in the line that begins with "$" */
	PHASE_ARGUMENT, /* its bytes */
	PHASE_END,	/* the CR LF behind them */
};

struct redis {
	enum phase phase;
	struct buffer line;	 /* that is being read */
	struct buffer arguments; /* of the command: the length of each as a size_t, its bytes */
	struct buffer text;	 /* what is asked for */
	size_t count;		 /* arguments to come, with the one being read */
	size_t left;		 /* bytes to come of it */
	int database;
	bool is_queued; /* between MULTI and EXEC: what a SELECT does is not known */
};

/*
 * Any bytes are lines to the server: who dials its port speaks it, unless TLS begins. Elsewhere only an
 * array tells it from other protocols.
 */
static enum guess redis_guess(const uint8_t *bytes, size_t size, uint16_t port)
{
	if (port == PORT_REDIS)
		return bytes[0] == TLS_HANDSHAKE ? GUESS_NO : GUESS_YES;
	if (bytes[0] != '*')
		return GUESS_NO;
	if (size < 2)
		return GUESS_MORE;
	return bytes[1] >= '0' && bytes[1] <= '9' ? GUESS_YES : GUESS_NO;
}

static void *redis_start(bool is_tls)
{
	(void)is_tls;
	return calloc(1, sizeof(struct redis));
}

static void redis_end(void *state)
{
	struct redis *redis = state;

	if (!redis)
		return;
	buffer_release(&redis->line);
	buffer_release(&redis->arguments);
	buffer_release(&redis->text);
	free(redis);
}

static int put(struct buffer *text, const void *bytes, size_t size)
{
	return buffer_add(text, bytes, size, STREAM_ASK_MAX);
}

/* Neither a blank nor a quote nor what cannot be shown: the word is its bytes. */
static bool is_bare(const char *at, size_t size)
{
	if (size == 0)
		return false;
	while (size > 0) {
		uint32_t c;
		size_t step = utf8_next(at, size, &c);

		if (step == 0 || c <= ' ' || c == 0x7f || c == '"' || c == '\'')
			return false;
		at += step;
		size -= step;
	}
	return true;
}

static int put_escaped(struct buffer *text, unsigned char c)
{
	static const char digits[] = "0123456789abcdef";
	const char hex[] = { '\\', 'x', digits[c >> 4], digits[c & 15] };
	const char escape[] = { '\\', c == '\n'	  ? 'n'
				      : c == '\r' ? 'r'
				      : c == '\t' ? 't'
						  : (char)c };

	if (c == '"' || c == '\\' || c == '\n' || c == '\r' || c == '\t')
		return put(text, escape, sizeof(escape));
	return put(text, hex, sizeof(hex));
}

static int put_quoted(struct buffer *text, const char *at, size_t size)
{
	int r = put(text, "\"", 1);

	while (r == 0 && size > 0) {
		uint32_t c;
		size_t step = utf8_next(at, size, &c);

		if (step == 0 || c < ' ' || c == 0x7f || c == '"' || c == '\\') {
			step = 1;
			r = put_escaped(text, (unsigned char)*at);
		} else {
			r = put(text, at, step);
		}
		at += step;
		size -= step;
	}
	return r == 0 ? put(text, "\"", 1) : r;
}

static int put_word(struct buffer *text, const char *at, size_t size)
{
	int r = text->size > 0 ? put(text, " ", 1) : 0;

	if (r < 0)
		return r;
	return is_bare(at, size) ? put(text, at, size) : put_quoted(text, at, size);
}

static bool is_word(const struct text *word, const char *name)
{
	return word->bytes && word->size == strlen(name) &&
	       strncasecmp(word->bytes, name, word->size) == 0;
}

/* A number from 0 below @end, in digits; -1: none. */
static long to_number(const char *at, size_t size, long end)
{
	long number = 0;

	if (size == 0 || size > 9 || (size > 1 && *at == '0'))
		return -1;
	for (size_t i = 0; i < size; i++) {
		if (at[i] < '0' || at[i] > '9')
			return -1;
		number = number * 10 + (at[i] - '0');
	}
	return number < end ? number : -1;
}

/*
 * SELECT of a database that there is not leaves the old one, and one in a transaction comes to effect
 * with it, or never. A number that a server may not have is not believed.
 */
static void follow(struct redis *redis, const struct text words[2])
{
	if (is_word(&words[0], "MULTI"))
		redis->is_queued = true;
	else if (is_word(&words[0], "EXEC") || is_word(&words[0], "DISCARD"))
		redis->is_queued = false;
	else if (is_word(&words[0], "RESET"))
		redis->is_queued = false, redis->database = 0;
	else if (is_word(&words[0], "SELECT") && words[1].bytes) {
		long number = to_number(words[1].bytes, words[1].size, DATABASES);

		if (redis->is_queued)
			redis->database = UNKNOWN_DATABASE;
		else if (number >= 0)
			redis->database = (int)number;
	}
}

static int ask(struct redis *redis, const struct stream_asker *asker, const void *text, size_t size,
	       const struct text words[2])
{
	const char database[] = { (char)('0' + redis->database / 10),
				  (char)('0' + redis->database % 10), '\0' };
	const struct query_target target = {
		.asker = asker,
		.dialect = "redis",
		.database = redis->database == UNKNOWN_DATABASE ? NULL
								: database + (redis->database < 10),
	};
	int r = query_ask(&target, text, size);

	if (r == 0)
		follow(redis, words);
	return r;
}

/* The command's arguments are all there. */
static int ask_arguments(struct redis *redis, const struct stream_asker *asker)
{
	const uint8_t *at = redis->arguments.bytes, *end = at + redis->arguments.size;
	struct text words[2] = { { 0 } };
	int r = 0;

	redis->text.size = 0;
	for (size_t i = 0; r == 0 && at < end; i++) {
		struct text word;

		memcpy(&word.size, at, sizeof(word.size));
		word.bytes = (const char *)at + sizeof(word.size);
		if (i < 2)
			words[i] = word;
		r = put_word(&redis->text, word.bytes, word.size);
		at += sizeof(word.size) + word.size;
	}
	return r < 0 ? r : ask(redis, asker, redis->text.bytes, redis->text.size, words);
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Those of a line with quotes are not told apart here: SELECT "1" is not followed. */
static void find_words(struct text words[2], const char *at, const char *end)
{
	for (size_t i = 0; i < 2; i++) {
		while (at < end && is_blank(*at))
			at++;
		words[i].bytes = at < end ? at : NULL;
		while (at < end && !is_blank(*at))
			at++;
		words[i].size = words[i].bytes ? (size_t)(at - words[i].bytes) : 0;
	}
}

/* The server splits it as redis-cli does, and so do the rules. */
static int read_inline(struct redis *redis, const struct stream_asker *asker)
{
	const char *at = (const char *)redis->line.bytes;
	size_t size = redis->line.size - 1;
	struct text words[2] = { { 0 } };

	if (size > 0 && at[size - 1] == '\r')
		size--;
	find_words(words, at, at + size);
	if (!words[0].bytes)
		return 0;
	return ask(redis, asker, at, size, words);
}

/* Return: the number of a line of one sign, a number, CR LF; -1 for any other. */
static long line_number(const struct buffer *line, long end)
{
	const char *at = (const char *)line->bytes;

	if (line->size < 4 || at[line->size - 2] != '\r')
		return -1;
	return to_number(at + 1, line->size - 3, end);
}

static int read_count(struct redis *redis)
{
	long count = line_number(&redis->line, ARGUMENTS_MAX + 1);

	if (count < 0)
		return STREAM_E_UNREADABLE;
	redis->arguments.size = 0;
	redis->count = (size_t)count;
	redis->phase = count > 0 ? PHASE_LENGTH : PHASE_START;
	return 0;
}

static int read_length(struct redis *redis)
{
	long length = line_number(&redis->line, (long)STREAM_ASK_MAX + 1);
	size_t size = (size_t)length;

	if (length < 0)
		return STREAM_E_UNREADABLE;
	redis->left = size;
	redis->phase = size > 0 ? PHASE_ARGUMENT : PHASE_END;
	return put(&redis->arguments, &size, sizeof(size));
}

/* The line is whole. */
static int read_line(struct redis *redis, const struct stream_asker *asker)
{
	switch (redis->phase) {
	case PHASE_COUNT:
		return read_count(redis);
	case PHASE_LENGTH:
		return read_length(redis);
	case PHASE_INLINE:
		redis->phase = PHASE_START;
		return read_inline(redis, asker);
	default: /* PHASE_END */
		if (redis->line.size != 2 || redis->line.bytes[0] != '\r')
			return STREAM_E_UNREADABLE;
		redis->phase = --redis->count > 0 ? PHASE_LENGTH : PHASE_START;
		return redis->count > 0 ? 0 : ask_arguments(redis, asker);
	}
}

static int take_line(struct redis *redis, const uint8_t *bytes, size_t size,
		     const struct stream_asker *asker, size_t *used)
{
	const uint8_t *end = memchr(bytes, '\n', size);
	int r;

	if (redis->phase == PHASE_START)
		redis->phase = *bytes == '*' ? PHASE_COUNT : PHASE_INLINE;
	if (redis->phase == PHASE_LENGTH && redis->line.size == 0 && *bytes != '$')
		return STREAM_E_UNREADABLE;
	*used = end ? (size_t)(end + 1 - bytes) : size;
	r = buffer_add(&redis->line, bytes, *used,
		       redis->phase == PHASE_INLINE ? INLINE_MAX : HEAD_MAX);
	if (r < 0 || !end)
		return r;
	r = read_line(redis, asker);
	redis->line.size = 0;
	return r;
}

static int redis_feed(void *state, const uint8_t *bytes, size_t size,
		      const struct stream_asker *asker, bool *out_switch, size_t *out_used)
{
	struct redis *redis = state;
	size_t used;
	int r = 0;

	(void)out_switch, (void)out_used;
	for (size_t at = 0; r == 0 && at < size; at += used) {
		if (redis->phase != PHASE_ARGUMENT) {
			r = take_line(redis, bytes + at, size - at, asker, &used);
			continue;
		}
		used = size - at < redis->left ? size - at : redis->left;
		r = put(&redis->arguments, bytes + at, used);
		redis->left -= used;
		if (redis->left == 0)
			redis->phase = PHASE_END;
	}
	return r;
}

static size_t redis_refuse(const void *state, const char *text, char *out, size_t size)
{
	static const char start[] = "-NOPERM ";
	size_t used = sizeof(start) - 1;

	(void)state;
	if (size < used + 2)
		return 0;
	memcpy(out, start, used);
	used += query_line(text, out + used, size - used - 2);
	out[used++] = '\r';
	out[used++] = '\n';
	return used;
}

const struct protocol protocol_redis = {
	.name = "redis",
	.is_understood = true,
	.guess = redis_guess,
	.start = redis_start,
	.feed = redis_feed,
	.refuse = redis_refuse,
	.end = redis_end,
};
