/* SPDX-License-Identifier: MIT */
#include "protocols/http2_refusal.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "protocols/http_refusal.h"
#include "protocols/refusal.h"

#define FRAME_HEAD 9
#define FRAME_MAX 16384 /* until a client says otherwise */

#define TYPE_DATA 0
#define TYPE_HEADERS 1
#define TYPE_SETTINGS 4
#define TYPE_GOAWAY 7
#define FLAG_END_STREAM 1
#define FLAG_END_HEADERS 4

/*
 * Fields without Huffman codes and without entry into the table, whose state in the client is the
 * server's: a name of the static table (RFC 7541, section 6.2.2 and appendix A), and a value.
 */
#define LITERAL_STATUS "\x08"
#define LITERAL_CONTENT_TYPE "\x0f\x10"
#define LITERAL_CONTENT_LENGTH "\x0f\x0d"
#define LITERAL_SIZE 2

struct output {
	char *out;
	size_t size;
	size_t at;
	bool is_full;
};

static void put(struct output *output, const void *bytes, size_t count)
{
	if (output->is_full || count > output->size - output->at) {
		output->is_full = true;
		return;
	}
	memcpy(output->out + output->at, bytes, count);
	output->at += count;
}

static void put_number(struct output *output, uint32_t number, size_t size)
{
	for (size_t i = size; i-- > 0;) {
		char byte = (char)(number >> (8 * i));

		put(output, &byte, 1);
	}
}

static void put_head(struct output *output, size_t length, const uint8_t type_and_flags[2],
		     uint32_t stream)
{
	put_number(output, (uint32_t)length, 3);
	put(output, type_and_flags, 2);
	put_number(output, stream, 4);
}

static void put_field(struct output *output, const char *name, size_t size, const char *value)
{
	put(output, name, size);
	put_number(output, (uint32_t)strlen(value), 1);
	put(output, value, strlen(value));
}

static void put_answer(struct output *output, uint32_t stream, const char *text)
{
	static const uint8_t headers[2] = { TYPE_HEADERS, FLAG_END_HEADERS };
	static const uint8_t data[2] = { TYPE_DATA, FLAG_END_STREAM };
	static const size_t goaway = FRAME_HEAD + 8;
	char fields[128], body[FRAME_MAX], number[24];
	struct output block = { .out = fields, .size = sizeof(fields) };
	size_t taken = output->at + 2 * FRAME_HEAD + sizeof(fields) + goaway;
	size_t room = output->size > taken ? output->size - taken : 0;
	size_t size = http_refusal_body(text, body, room < sizeof(body) ? room : sizeof(body));

	output->is_full |= size == 0;
	(void)snprintf(number, sizeof(number), "%zu", size);
	put_field(&block, LITERAL_STATUS, 1, "403");
	put_field(&block, LITERAL_CONTENT_TYPE, LITERAL_SIZE, HTTP_REFUSAL_TYPE);
	put_field(&block, LITERAL_CONTENT_LENGTH, LITERAL_SIZE, number);
	put_head(output, block.at, headers, stream);
	put(output, fields, block.at);
	put_head(output, size, data, stream);
	put(output, body, size);
}

size_t http2_refusal(uint32_t stream, const char *text, char *out, size_t size)
{
	static const uint8_t settings[2] = { TYPE_SETTINGS, 0 };
	static const uint8_t goaway[2] = { TYPE_GOAWAY, 0 };
	struct output output = { .out = out, .size = size };

	put_head(&output, 0, settings, 0);
	if (stream)
		put_answer(&output, stream, text);
	put_head(&output, 8, goaway, 0);
	put_number(&output, stream, 4);
	put_number(&output, 0, 4); /* NO_ERROR */
	return output.is_full ? 0 : output.at;
}
