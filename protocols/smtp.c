/* SPDX-License-Identifier: MIT */
/*
 * SMTP: nothing is asked for, since a mail is what its connection is for; but it is followed, so that
 * what it carries is never taken for something else, nor something else for a mail. Lines of a mail
 * that end in LF alone pass, as clients send them; but not where a mail ends for some servers only.
 *
 * Source: RFC 5321; RFC 3207 (STARTTLS); RFC 3030 (BDAT); RFC 4954 (AUTH: lines of 12,288 bytes).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "protocols/http_text.h"
#include "protocols/lines.h"
#include "protocols/protocol.h"
#include "protocols/refusal.h"

#define LINE_MAX (12288 + 2)
#define VERB_MAX 12
#define REPLY_MAX 512
#define CHUNK_DIGITS_MAX 18
#define TLS_HANDSHAKE 22

enum smtp_mode {
	MODE_COMMAND,
	MODE_ANSWERS,  /* AUTH: lines of base64 may follow */
	MODE_STARTTLS, /* a hello of TLS may follow */
	MODE_DATA,     /* lines up to "." */
	MODE_CHUNK,    /* so many bytes */
};

/* Where in a line of a mail. */
enum column { COLUMN_START, COLUMN_DOT, COLUMN_TEXT };

struct smtp {
	enum smtp_mode mode;
	enum column column;
	bool has_cr;	 /* the byte before is one */
	bool is_lf_only; /* the line before ended so */
	struct lines lines;
	uint64_t left; /* of a chunk */
};

static const struct {
	const char *name;
	enum smtp_mode mode; /* behind it */
} verbs[] = {
	{ "EHLO", MODE_COMMAND }, { "HELO", MODE_COMMAND },	 { "LHLO", MODE_COMMAND },
	{ "MAIL", MODE_COMMAND }, { "RCPT", MODE_COMMAND },	 { "DATA", MODE_DATA },
	{ "BDAT", MODE_CHUNK },	  { "RSET", MODE_COMMAND },	 { "VRFY", MODE_COMMAND },
	{ "EXPN", MODE_COMMAND }, { "HELP", MODE_COMMAND },	 { "NOOP", MODE_COMMAND },
	{ "QUIT", MODE_COMMAND }, { "STARTTLS", MODE_STARTTLS }, { "AUTH", MODE_ANSWERS },
	{ "ETRN", MODE_COMMAND }, { "XCLIENT", MODE_COMMAND },	 { "XFORWARD", MODE_COMMAND },
};

#define GREETING_COUNT 3

/* "EHLO " and its like: a client says it first. */
static enum guess smtp_guess(const uint8_t *bytes, size_t size, uint16_t port)
{
	(void)port;
	for (size_t i = 0; i < GREETING_COUNT; i++) {
		size_t length = strlen(verbs[i].name);

		if (strncasecmp((const char *)bytes, verbs[i].name,
				size < length ? size : length) != 0)
			continue;
		if (size <= length)
			return GUESS_MORE;
		return bytes[length] == ' ' ? GUESS_YES : GUESS_NO;
	}
	return GUESS_NO;
}

static void *smtp_start(bool is_tls)
{
	(void)is_tls;
	return calloc(1, sizeof(struct smtp));
}

static void smtp_end(void *state)
{
	struct smtp *smtp = state;

	if (!smtp)
		return;
	lines_release(&smtp->lines);
	free(smtp);
}

/* The number behind "BDAT ". */
static bool chunk_size(struct text line, uint64_t *out)
{
	size_t at = 5, digits = 0;

	*out = 0;
	while (at < line.size && line.bytes[at] >= '0' && line.bytes[at] <= '9' &&
	       ++digits <= CHUNK_DIGITS_MAX)
		*out = *out * 10 + (uint64_t)(line.bytes[at++] - '0');
	line = (struct text){ line.bytes + at, line.size > at ? line.size - at : 0 };
	return digits > 0 && (line.size == 0 || text_is(line, " LAST"));
}

static bool is_base64(struct text line)
{
	for (size_t i = 0; i < line.size; i++)
		if (!http_is_token_char(line.bytes[i]) && !strchr("/=", line.bytes[i]))
			return false;
	return true;
}

static int command(struct smtp *smtp, struct text line)
{
	size_t length = 0;

	while (length < line.size && line.bytes[length] != ' ')
		length++;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (!text_is((struct text){ line.bytes, length }, verbs[i].name))
			continue;
		smtp->mode = verbs[i].mode;
		if (smtp->mode != MODE_CHUNK)
			return 0;
		if (!chunk_size(line, &smtp->left))
			return STREAM_E_UNREADABLE;
		if (smtp->left == 0)
			smtp->mode = MODE_COMMAND;
		return 0;
	}
	return smtp->mode == MODE_ANSWERS && is_base64(line) ? 0 : STREAM_E_UNREADABLE;
}

/* A byte of a mail, which a line of a dot alone ends. */
static int mail_byte(struct smtp *smtp, uint8_t c)
{
	bool has_cr = smtp->has_cr;

	if (c == '\0' || (has_cr && c != '\n'))
		return STREAM_E_UNREADABLE;
	smtp->has_cr = c == '\r';
	if (c == '\r')
		return 0;
	if (c != '\n') {
		smtp->column = c == '.' && smtp->column == COLUMN_START ? COLUMN_DOT : COLUMN_TEXT;
		return 0;
	}
	if (smtp->column == COLUMN_DOT) {
		if (!has_cr || smtp->is_lf_only)
			return STREAM_E_UNREADABLE;
		smtp->mode = MODE_COMMAND;
	}
	smtp->column = COLUMN_START;
	smtp->is_lf_only = smtp->mode == MODE_DATA && !has_cr;
	return 0;
}

/* Takes some of what is there. */
static int step(struct smtp *smtp, const uint8_t **at, const uint8_t *end)
{
	struct text text;
	int r;

	if (smtp->mode == MODE_CHUNK) {
		size_t size = (size_t)(end - *at);

		size = size < smtp->left ? size : (size_t)smtp->left;
		*at += size;
		smtp->left -= size;
		if (smtp->left == 0)
			smtp->mode = MODE_COMMAND;
		return 0;
	}
	if (smtp->mode == MODE_DATA)
		return mail_byte(smtp, *(*at)++);
	r = lines_next(&smtp->lines, at, end, LINE_MAX, &text);
	return r != 0 || !text.bytes ? r : command(smtp, text);
}

static int smtp_feed(void *state, const uint8_t *bytes, size_t size,
		     const struct stream_asker *asker, bool *out_switch, size_t *out_used)
{
	struct smtp *smtp = state;
	const uint8_t *at = bytes;
	int r = 0;

	(void)asker;
	while (r == 0 && at < bytes + size) {
		if (smtp->mode == MODE_STARTTLS && *at == TLS_HANDSHAKE &&
		    lines_is_empty(&smtp->lines)) {
			*out_switch = true;
			*out_used = (size_t)(at - bytes);
			return 0;
		}
		r = step(smtp, &at, bytes + size);
	}
	return r;
}

static size_t smtp_refuse(const void *state, const char *text, char *out, size_t size)
{
	static const char code[] = "554 5.7.1 ";
	size_t at = sizeof(code) - 1;

	(void)state;
	if (size > REPLY_MAX)
		size = REPLY_MAX;
	if (size < at + 2)
		return 0;
	memcpy(out, code, at);
	/* ASCII, since nobody knows whether the client can read more (RFC 6531). */
	for (; *text && at < size - 2; text++)
		out[at++] = *text >= ' ' && *text < 0x7f ? *text : '?';
	return refusal_bytes(out, size, at, "\r\n", 2);
}

const struct protocol protocol_smtp = {
	.name = "smtp",
	.is_understood = true,
	.guess = smtp_guess,
	.start = smtp_start,
	.feed = smtp_feed,
	.refuse = smtp_refuse,
	.end = smtp_end,
};
