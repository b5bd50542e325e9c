/* SPDX-License-Identifier: MIT */
/*
 * Tool calls of MCP: JSON-RPC 2.0 messages, alone or in a batch, whose method is "tools/call".
 *
 * Readers of JSON differ where a key is there twice, or in another letter case; a message that calls a
 * tool must be one that they all read alike.
 *
 * Source: the Model Context Protocol, revision 2025-06-18, "Tools"; RFC 8259.
 */
#ifndef AGENTOS_PROTOCOLS_TOOLCALL_H
#define AGENTOS_PROTOCOLS_TOOLCALL_H

#include "protocols/buffer.h"
#include "protocols/stream.h"

#define TOOLCALL_ID_MAX 256

/*
 * Whether bytes that may be JSON, in pieces and of any size, have the string "tools/call" as a whole,
 * however it is written. Only then need they be read.
 */
struct mention {
	bool is_found;
	bool has_nul;
	/* Inside: */
	uint8_t state;
	uint8_t matched; /* characters of the string, when a quote was before them */
	uint8_t digits;	 /* of an escape that gives a number */
	uint16_t number;
};

/** mention_feed() - the next bytes. */
void mention_feed(struct mention *mention, const uint8_t *bytes, size_t size);

/**
 * toolcall_ask() - ask about each tool call in a text that mentions some
 * @out_id: NULL, or receives the JSON of the id of the last one asked about; "null" when it has
 *	    none, or more than TOOLCALL_ID_MAX bytes
 *
 * Return: 0; STREAM_E_REFUSED; STREAM_E_UNREADABLE for what is no JSON, or read differently; -ENOMEM.
 */
int toolcall_ask(struct text json, const struct stream_asker *asker, struct buffer *out_id);

#endif
