/* SPDX-License-Identifier: MIT */
/*
 * MCP on a pipe: what goes to a child server, one JSON-RPC message a line. A lone CR ends a line for
 * some readers: it does here, so that what calls a tool cannot be whole for them alone. Other readers
 * take messages one after the other and wait for no end of line: what calls a tool is asked about as
 * soon as its last brace is there.
 *
 * Most pipes carry something else, and most of what mentions a call is none: a source, a log. Only
 * where a line, or all that was sent, begins like JSON is what mentions one and cannot be read refused.
 *
 * Source: the Model Context Protocol, revision 2025-06-18, "Transports", stdio.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "protocols/buffer.h"
#include "protocols/protocol.h"
#include "protocols/refusal.h"
#include "protocols/toolcall.h"

enum likeness { UNKNOWN, LIKE_JSON, UNLIKE_JSON };

struct mcp {
	enum likeness stream, line; /* by the first byte that is no blank */
	struct buffer value;	/* of the line: from its first byte, or what an asked value left */
	bool is_cut;		/* it has become too long to keep */
	struct mention mention; /* in it */
	size_t depth;		/* of brackets and braces */
	bool is_text, is_escaped; /* within quotes */
	bool is_batch;
	struct buffer id; /* of what was asked about last */
};

static void *mcp_start(bool is_tls)
{
	(void)is_tls;
	return calloc(1, sizeof(struct mcp));
}

static void mcp_end(void *state)
{
	struct mcp *mcp = state;

	if (!mcp)
		return;
	buffer_release(&mcp->value);
	buffer_release(&mcp->id);
	free(mcp);
}

/* Blanks, controls, and the mark that some put in front of UTF-8. */
static bool is_blank(uint8_t byte)
{
	return byte <= ' ' || byte == 0xef || byte == 0xbb || byte == 0xbf;
}

static void look_at_first(struct mcp *mcp, uint8_t byte)
{
	if (is_blank(byte))
		return;
	mcp->line = byte == '{' || byte == '[' ? LIKE_JSON : UNLIKE_JSON;
	if (mcp->stream == UNKNOWN)
		mcp->stream = mcp->line;
}

static bool is_like_json(const struct mcp *mcp)
{
	return mcp->stream == LIKE_JSON || mcp->line == LIKE_JSON;
}

static void forget_value(struct mcp *mcp)
{
	mcp->value.size = 0;
	mcp->mention = (struct mention){ 0 };
	mcp->depth = 0;
	mcp->is_text = mcp->is_escaped = mcp->is_cut = mcp->is_batch = false;
}

static void forget_line(struct mcp *mcp)
{
	forget_value(mcp);
	mcp->line = UNKNOWN;
}

/* A brace or bracket has closed. Return: whether the value is complete with it. */
static bool closes(struct mcp *mcp)
{
	if (mcp->depth > 0)
		mcp->depth--;
	return mcp->depth == 0;
}

/* Return: whether this byte completes a value. */
static bool scan(struct mcp *mcp, uint8_t byte)
{
	if (mcp->line == UNKNOWN)
		look_at_first(mcp, byte);
	if (mcp->is_escaped)
		mcp->is_escaped = false;
	else if (mcp->is_text)
		mcp->is_text = byte != '"', mcp->is_escaped = byte == '\\';
	else if (byte == '"')
		mcp->is_text = true;
	else if (byte == '{' || byte == '[')
		mcp->is_batch |= mcp->depth++ == 0 && byte == '[';
	else if (byte == '}' || byte == ']')
		return closes(mcp);
	return false;
}

/* A name of a call in other quotes than JSON's, or in none, is one for lenient readers. */
static bool is_mentioned(const struct mcp *mcp)
{
	return mcp->mention.is_found ||
	       (mcp->value.size && memmem(mcp->value.bytes, mcp->value.size, "tools/call", 10));
}

/* What was sent since the line began, or since the last value. */
static int judge_value(struct mcp *mcp, const struct stream_asker *asker)
{
	struct text value = { (const char *)mcp->value.bytes, mcp->value.size };
	bool is_cut = mcp->is_cut, is_batch = mcp->is_batch;
	bool is_meant = is_like_json(mcp) && is_mentioned(mcp);
	int r;

	forget_value(mcp);
	mcp->id.size = 0;
	if (!is_meant)
		return 0;
	r = is_cut ? STREAM_E_UNREADABLE : toolcall_ask(value, asker, &mcp->id);
	if (is_batch)
		mcp->id.size = 0; /* one answer would not do */
	return r;
}

/* Behind what is too long to keep only the mention counts; there may be a call in it. */
static int keep(struct mcp *mcp, const uint8_t *bytes, size_t size)
{
	int r = 0;

	mention_feed(&mcp->mention, bytes, size);
	if (!mcp->is_cut)
		r = buffer_add(&mcp->value, bytes, size, STREAM_ASK_MAX);
	if (r == -EMSGSIZE) {
		mcp->is_cut = true;
		mcp->value.size = 0;
		r = 0;
	}
	if (r == 0 && mcp->mention.is_found && is_like_json(mcp) &&
	    (mcp->is_cut || mcp->line != LIKE_JSON))
		r = STREAM_E_UNREADABLE;
	return r;
}

/* Return: how many bytes there are up to the end of a line or of a value, with it. */
static size_t find_end(struct mcp *mcp, const uint8_t *bytes, size_t size, bool *out_is_end)
{
	for (size_t i = 0; i < size; i++) {
		*out_is_end = bytes[i] == '\n' || bytes[i] == '\r';
		if (*out_is_end || scan(mcp, bytes[i]))
			return i + 1;
	}
	*out_is_end = false;
	return 0;
}

static int mcp_feed(void *state, const uint8_t *bytes, size_t size,
		    const struct stream_asker *asker, bool *out_switch, size_t *out_used)
{
	struct mcp *mcp = state;
	int r = 0;

	(void)out_switch, (void)out_used;
	while (size > 0 && r == 0) {
		bool is_line = false;
		size_t end = find_end(mcp, bytes, size, &is_line);
		size_t taken = end ? end : size;

		r = keep(mcp, bytes, taken);
		if (r == 0 && end)
			r = judge_value(mcp, asker);
		if (r == 0 && is_line)
			forget_line(mcp);
		bytes += taken;
		size -= taken;
	}
	if (r != 0)
		forget_line(mcp);
	return r;
}

static size_t mcp_refuse(const void *state, const char *text, char *out, size_t size)
{
	const struct text id = { (const char *)((const struct mcp *)state)->id.bytes,
				 ((const struct mcp *)state)->id.size };
	char before[TOOLCALL_ID_MAX + 100];

	if (id.size == 0 || (id.size == 4 && memcmp(id.bytes, "null", 4) == 0))
		return 0; /* nobody waits for it */
	(void)snprintf(before, sizeof(before),
		       "{\"jsonrpc\":\"2.0\",\"id\":%.*s,\"error\":{\"code\":-32001,\"message\":\"",
		       (int)id.size, id.bytes);
	return refusal_json(before, text, "\"}}\n", out, size);
}

const struct protocol protocol_mcp = {
	.name = "mcp",
	.is_understood = true,
	.start = mcp_start,
	.feed = mcp_feed,
	.refuse = mcp_refuse,
	.end = mcp_end,
};
