/* SPDX-License-Identifier: MIT */
/*
 * MCP on a pipe: what goes to a child server, one JSON-RPC message a line. A lone CR ends a line for
 * some readers: it does here, so that what calls a tool cannot be whole for them alone.
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

struct mcp {
	struct buffer line;
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
	buffer_release(&mcp->line);
	buffer_release(&mcp->id);
	free(mcp);
}

static bool is_mentioned(struct text line)
{
	struct mention mention = { 0 };

	mention_feed(&mention, (const uint8_t *)line.bytes, line.size);
	return mention.is_found || memmem(line.bytes, line.size, "tools/call", 10);
}

/* A line that is no message is nobody's, but not when a reader may find a call in it. */
static int judge_broken(struct text line, enum json_error_code code)
{
	if (code == json_error_duplicate_key || code == json_error_invalid_utf8 ||
	    code == json_error_stack_overflow)
		return STREAM_E_UNREADABLE;
	if (code == json_error_out_of_memory)
		return -ENOMEM;
	return is_mentioned(line) ? STREAM_E_UNREADABLE : 0;
}

static int judge_line(struct mcp *mcp, const struct stream_asker *asker)
{
	struct text line = { (const char *)mcp->line.bytes, mcp->line.size };
	json_error_t error = { 0 };
	json_t *root;

	mcp->line.size = 0;
	mcp->id.size = 0;
	if (line.size == 0)
		return 0;
	root = json_loadb(line.bytes, line.size, JSON_REJECT_DUPLICATES, &error);
	if (!root)
		return judge_broken(line, json_error_code(&error));
	json_decref(root);
	return is_mentioned(line) ? toolcall_ask(line, asker, &mcp->id) : 0;
}

static int mcp_feed(void *state, const uint8_t *bytes, size_t size,
		    const struct stream_asker *asker, bool *out_switch, size_t *out_used)
{
	struct mcp *mcp = state;
	size_t start = 0;
	int r;

	(void)out_switch, (void)out_used;
	for (size_t i = 0; i < size; i++) {
		if (bytes[i] != '\n' && bytes[i] != '\r')
			continue;
		r = buffer_add(&mcp->line, bytes + start, i - start, STREAM_ASK_MAX);
		if (r == 0)
			r = judge_line(mcp, asker);
		if (r != 0)
			return r;
		start = i + 1;
	}
	return buffer_add(&mcp->line, bytes + start, size - start, STREAM_ASK_MAX);
}

static size_t mcp_refuse(const void *state, const char *text, char *out, size_t size)
{
	const struct mcp *mcp = state;
	char before[TOOLCALL_ID_MAX + 100];
	int id_size = mcp->id.size ? (int)mcp->id.size : 4;
	const char *id = mcp->id.size ? (const char *)mcp->id.bytes : "null";

	(void)snprintf(before, sizeof(before),
		       "{\"jsonrpc\":\"2.0\",\"id\":%.*s,\"error\":{\"code\":-32001,\"message\":\"",
		       id_size, id);
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
