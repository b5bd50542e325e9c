/* SPDX-License-Identifier: MIT */
/*
 * What a program sends on a connection, as it likes.
 *
 * The first byte says which port, whether it was inside TLS, and whether it goes to a child server; the
 * second where it is cut. What must hold: in pieces it is read as it is in one piece, until it is
 * refused; an answer that refuses fits its room, and no text gets out of its place there.
 */
#include <assert.h>
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "protocols/stream.h"
#include "tests/support/fuzz_streams.h"

static const uint16_t ports[] = { 80, 443, 5432, 6379, 3306, 25, 4000, 8080 };

#define TOOLS 0x10
#define TLS 0x08
#define DENIES 0x20

/* All that was asked about whole, as a hash. */
struct asked {
	uint64_t hash;
	size_t count;
	bool denies; /* what has an odd hash */
};

static uint64_t hash_text(uint64_t hash, struct text text)
{
	assert(text.bytes || text.size == 0);
	return hash_byte(hash_bytes(hash, text.bytes, text.size), text.bytes != NULL);
}

static bool ask(void *data, enum action action, const struct content *content, bool is_whole)
{
	struct asked *asked = data;
	uint64_t hash = hash_byte(HASH_START, (unsigned char)action);
	const struct content_field *field;

	for (size_t i = 0; (field = content_field_at(i)); i++)
		hash = hash_text(hash, content_get(content, field));
	for (size_t i = 0; i < content->header_count; i++) {
		hash = hash_string(hash, content->headers[i].name);
		hash = hash_text(hash, content->headers[i].value);
	}
	assert(content->body.size <= STREAM_BODY_MAX);
	assert(action != ACTION_API_CALL || (content->url.size > 0 && content->method.size > 0));
	assert(action != ACTION_TOOL_CALL || content->tool.size > 0);
	if (!is_whole)
		return true;
	asked->hash = hash_bytes(asked->hash, &hash, sizeof(hash));
	asked->count++;
	return !asked->denies || hash % 4 != 0;
}

struct stream *fuzz_streams_of(uint8_t how)
{
	struct stream *stream = how & TOOLS ? stream_new_tools()
					    : stream_new(ports[how & 7], how & TLS);

	assert(stream);
	return stream;
}

static void check_json(const char *text, size_t size, const char *of, const char *within)
{
	json_t *json = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	json_t *error = json_object_get(json, "error");

	assert(json_is_object(error) && json_string_value(json_object_get(error, "message")));
	assert(json_object_size(json) == (strcmp(of, "mcp") == 0 ? 3 : 1));
	assert(json_object_size(error) == (strcmp(of, "mcp") == 0 ? 2 : 3));
	assert(!within || json_object_get(json, within));
	json_decref(json);
}

static void check_frames(const uint8_t *at, size_t size)
{
	static const char shape[] = { 4, 1, 0, 7 };
	size_t count = 0;

	while (size > 0) {
		size_t length = 9 +
				(size >= 9 ? (size_t)at[0] << 16 | (size_t)at[1] << 8 | at[2] : 0);

		assert(size >= length && count < sizeof(shape));
		/* No stream was begun: only the end of the connection. */
		if (count == 1 && at[3] == 7)
			count = 3;
		assert(at[3] == shape[count++]);
		if (at[3] == 0)
			check_json((const char *)at + 9, length - 9, "http2", NULL);
		at += length;
		size -= length;
	}
	assert(count == sizeof(shape));
}

static void check_http(char *out, size_t size)
{
	char *body;
	size_t length;

	out[size] = '\0';
	body = strstr(out, "\r\n\r\n");
	assert(body && strncmp(out, "HTTP/1.1 403 ", 13) == 0);
	body += 4;
	length = strtoul(strstr(out, "Content-Length: ") + 16, NULL, 10);
	assert(length == size - (size_t)(body - out));
	check_json(body, length, "http", NULL);
}

/* Other protocols' answers are of their own tests; that they fit is looked at here. */
static void check_refusal(const struct stream *stream, const uint8_t *data, size_t size)
{
	const char *protocol = stream_protocol(stream);
	size_t room = size > 0 ? data[size - 1] * 16u : 0;
	char *text = calloc(1, size + 1);
	char *out = malloc(room + 1);
	size_t length;

	assert(text && out);
	memcpy(text, data, size);
	length = stream_refusal(stream, text, out, room);
	assert(length <= room);
	if (length > 0 && strcmp(protocol, "http") == 0)
		check_http(out, length);
	else if (length > 0 && strcmp(protocol, "http2") == 0)
		check_frames((uint8_t *)out, length);
	else if (length > 0 && strcmp(protocol, "mcp") == 0)
		check_json(out, length, "mcp", "id");
	else if (length > 0 && strcmp(protocol, "smtp") == 0)
		assert(memchr(out, '\r', length) == out + length - 2 && out[length - 1] == '\n');
	free(text);
	free(out);
}

/* Random places, the same for the same input. */
static size_t next_piece(uint32_t *seed, size_t left)
{
	size_t most = (*seed & 0x80) ? 4 : 64;

	*seed = *seed * 1664525u + 1013904223u;
	most = 1 + (*seed >> 16) % most;
	return most < left ? most : left;
}

static int feed(struct stream *stream, const uint8_t *data, size_t size, uint32_t seed,
		struct asked *asked)
{
	const struct stream_asker asker = { .ask = ask, .data = asked };
	int r = 0;

	while (r == 0 && size > 0) {
		size_t piece = seed ? next_piece(&seed, size) : size;
		uint8_t *copy = malloc(piece); /* so that a byte too far is noticed */

		assert(copy);
		memcpy(copy, data, piece);
		r = stream_feed(stream, copy, piece, &asker);
		free(copy);
		data += piece;
		size -= piece;
	}
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct asked one = { .hash = HASH_START }, many = { .hash = HASH_START };
	struct stream *whole, *pieces;
	int r;

	if (size < 2)
		return 0;
	one.denies = many.denies = data[0] & DENIES;
	whole = fuzz_streams_of(data[0]);
	pieces = fuzz_streams_of(data[0]);
	r = feed(whole, data + 2, size - 2, 0, &one);
	assert(r == 0 || r == STREAM_E_REFUSED || r == STREAM_E_UNREADABLE);
	assert(feed(pieces, data + 2, size - 2, data[1] + 1u, &many) == r);
	assert(one.count == many.count && one.hash == many.hash);
	assert(strcmp(stream_protocol(whole), stream_protocol(pieces)) == 0);
	assert(stream_is_understood(whole) == stream_is_understood(pieces));
	if (r != 0)
		check_refusal(whole, data + 2, size - 2);
	stream_free(whole);
	stream_free(pieces);
	return 0;
}
