/* SPDX-License-Identifier: MIT */
/*
 * HTTP/2: frames by hand, their headers by nghttp2's decoder, whose state is that of the connection.
 * Only the client's frames are seen. What a server may answer to without waiting for more counts: a
 * frame that breaks the protocol ends it, whether or not all servers mind.
 *
 * Source: RFC 9113, sections 3.4, 4, 5.1, 6 and 8; RFC 7541; RFC 8441 (extended CONNECT).
 */
#include <errno.h>
#include <nghttp2/nghttp2.h>
#include <stdlib.h>
#include <string.h>

#include "protocols/http2_head.h"
#include "protocols/http2_refusal.h"
#include "protocols/protocol.h"

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define PREFACE_SIZE (sizeof(PREFACE) - 1)
#define FRAME_HEAD 9
#define BLOCK_MAX (HTTP_HEAD_MAX + 1024) /* of encoded fields, with padding */
#define STREAMS_MAX 256
#define HELD_MAX (3u << 20) /* of the requests that are not complete, together */
/* More than clients use. Of the server's word, which is not seen, they need not use all. */
#define TABLE_MAX (1u << 16)

enum type {
	TYPE_DATA,
	TYPE_HEADERS,
	TYPE_PRIORITY,
	TYPE_RST_STREAM,
	TYPE_SETTINGS,
	TYPE_PUSH_PROMISE,
	TYPE_PING,
	TYPE_GOAWAY,
	TYPE_WINDOW_UPDATE,
	TYPE_CONTINUATION,
};

#define FLAG_END_STREAM 0x1
#define FLAG_ACK 0x1
#define FLAG_END_HEADERS 0x4
#define FLAG_PADDED 0x8
#define FLAG_PRIORITY 0x20
#define PRIORITY_SIZE 5

/* A request that is not complete yet. */
struct open {
	uint32_t id;
	bool has_length;
	uint64_t left; /* of the length that was said */
	struct http_request request;
};

struct frame {
	uint8_t type, flags;
	uint32_t stream;
	size_t left; /* of its payload */
	size_t pad;  /* of that, at its end */
	bool wants_pad;
};

struct http2 {
	bool is_tls;
	bool has_settings; /* the first frame */
	size_t preface;	   /* bytes of it that were there */
	uint8_t head[FRAME_HEAD];
	size_t head_size;
	struct frame frame;
	struct buffer block;   /* encoded fields, until they end */
	uint32_t block_stream; /* 0: no block has begun */
	bool block_ends_stream;
	nghttp2_hd_inflater *inflater; /* owned */
	uint32_t last;		       /* stream that was begun */
	uint32_t refused;	       /* stream whose body was, while it grew */
	size_t count;
	struct open *open[STREAMS_MAX]; /* owned */
};

static enum guess http2_guess(const uint8_t *bytes, size_t size, uint16_t port)
{
	(void)port;
	if (memcmp(bytes, PREFACE, size < PREFACE_SIZE ? size : PREFACE_SIZE) != 0)
		return GUESS_NO;
	return size < PREFACE_SIZE ? GUESS_MORE : GUESS_YES;
}

static void *http2_start(bool is_tls)
{
	struct http2 *http = calloc(1, sizeof(*http));

	if (!http)
		return NULL;
	http->is_tls = is_tls;
	if (nghttp2_hd_inflate_new(&http->inflater) == 0 &&
	    nghttp2_hd_inflate_change_table_size(http->inflater, TABLE_MAX) == 0)
		return http;
	nghttp2_hd_inflate_del(http->inflater);
	free(http);
	return NULL;
}

static void open_free(struct open *open)
{
	http_request_release(&open->request);
	free(open);
}

static void http2_end(void *state)
{
	struct http2 *http = state;

	if (!http)
		return;
	for (size_t i = 0; i < http->count; i++)
		open_free(http->open[i]);
	buffer_release(&http->block);
	nghttp2_hd_inflate_del(http->inflater);
	free(http);
}

/*
 * Streams.
 */

static struct open *find(const struct http2 *http, uint32_t id)
{
	for (size_t i = 0; i < http->count; i++)
		if (http->open[i]->id == id)
			return http->open[i];
	return NULL;
}

static void forget(struct http2 *http, const struct open *open)
{
	for (size_t i = 0; i < http->count; i++) {
		if (http->open[i] != open)
			continue;
		open_free(http->open[i]);
		http->open[i] = http->open[--http->count];
		return;
	}
}

/* Return: 0; -EMSGSIZE when what all of them hold together is too much. */
static int check_held(const struct http2 *http)
{
	size_t held = 0;

	for (size_t i = 0; i < http->count; i++) {
		const struct http_request *request = &http->open[i]->request;

		held += request->fields.room + request->url.room + request->body.room;
	}
	return held > HELD_MAX ? -EMSGSIZE : 0;
}

static int begin(struct http2 *http, uint32_t id, struct open **out)
{
	struct open *open;

	if (id <= http->last)
		return STREAM_E_UNREADABLE;
	if (http->count == STREAMS_MAX)
		return -EMSGSIZE;
	open = calloc(1, sizeof(*open));
	if (!open)
		return -ENOMEM;
	open->id = http->last = id;
	http->open[http->count++] = open;
	*out = open;
	return 0;
}

static int end_stream(struct http2 *http, struct open *open, const struct stream_asker *asker)
{
	int r = open->has_length && open->left > 0 ? STREAM_E_UNREADABLE
						   : http_request_end(&open->request, asker);

	if (r == 0)
		forget(http, open);
	return r;
}

/*
 * Header blocks.
 */

/* Fields of a whole block. Return: 0, or an error. */
static int decode(struct http2 *http, struct http_request *request)
{
	const uint8_t *at = http->block.size ? http->block.bytes : (const uint8_t *)"";
	size_t left = http->block.size;

	for (;;) {
		int flags = 0, r = 0;
		nghttp2_nv field;
		ssize_t taken = nghttp2_hd_inflate_hd2(http->inflater, &field, &flags, at, left, 1);

		if (taken < 0)
			return taken == NGHTTP2_ERR_NOMEM ? -ENOMEM : STREAM_E_UNREADABLE;
		at += taken;
		left -= (size_t)taken;
		if (flags & NGHTTP2_HD_INFLATE_EMIT)
			r = http2_head_add(request,
					   (struct text){ (char *)field.name, field.namelen },
					   (struct text){ (char *)field.value, field.valuelen });
		if (r != 0)
			return r;
		if (flags & NGHTTP2_HD_INFLATE_FINAL)
			break;
		if (!(flags & NGHTTP2_HD_INFLATE_EMIT) && left == 0)
			return STREAM_E_UNREADABLE;
	}
	return nghttp2_hd_inflate_end_headers(http->inflater) == 0 ? 0 : STREAM_E_UNREADABLE;
}

static int end_head(struct http2 *http, struct open *open, const struct stream_asker *asker)
{
	int r = decode(http, &open->request);

	if (r == 0)
		r = http2_head_check(&open->request);
	if (r == 0)
		r = http_request_complete(&open->request, http->is_tls);
	if (r == 0)
		r = http_request_length(&open->request, &open->has_length, &open->left);
	if (r == 0)
		r = check_held(http);
	if (r != 0)
		return r;
	return http->block_ends_stream ? end_stream(http, open, asker)
				       : http_request_ask(&open->request, asker);
}

static int end_trailers(struct http2 *http, struct open *open, const struct stream_asker *asker)
{
	size_t before = open->request.fields.size;
	int r = http->block_ends_stream ? decode(http, &open->request) : STREAM_E_UNREADABLE;

	if (r == 0)
		r = http2_head_check_trailers(&open->request, before);
	if (r == 0)
		r = http_request_complete(&open->request, http->is_tls);
	return r != 0 ? r : end_stream(http, open, asker);
}

static int end_block(struct http2 *http, const struct stream_asker *asker)
{
	struct open *open = find(http, http->block_stream);
	int r;

	if (open) {
		r = end_trailers(http, open, asker);
	} else {
		r = begin(http, http->block_stream, &open);
		if (r == 0)
			r = end_head(http, open, asker);
	}
	http->block.size = 0;
	if (r == 0)
		http->block_stream = 0;
	return r;
}

/* Takes padding and priority off the payload of HEADERS. */
static int strip(struct http2 *http)
{
	const struct frame *frame = &http->frame;
	size_t front = 0, pad = 0;

	if (frame->flags & FLAG_PADDED) {
		if (http->block.size == 0)
			return STREAM_E_UNREADABLE;
		pad = http->block.bytes[0];
		front = 1;
	}
	if (frame->flags & FLAG_PRIORITY)
		front += PRIORITY_SIZE;
	if (front + pad > http->block.size)
		return STREAM_E_UNREADABLE;
	http->block.size -= pad;
	buffer_drop(&http->block, front);
	return 0;
}

/*
 * Frames.
 */

/* What a frame must be, by type; only_stream: 0 for the connection's, 1 for a stream's, 2 for both. */
static const struct {
	uint8_t stream;
	size_t least, most;
} shapes[] = {
	[TYPE_DATA] = { 1, 0, SIZE_MAX },    [TYPE_HEADERS] = { 1, 0, BLOCK_MAX },
	[TYPE_PRIORITY] = { 1, 5, 5 },	     [TYPE_RST_STREAM] = { 1, 4, 4 },
	[TYPE_SETTINGS] = { 0, 0, 1 << 14 }, [TYPE_PUSH_PROMISE] = { 1, 1, 0 },
	[TYPE_PING] = { 0, 8, 8 },	     [TYPE_GOAWAY] = { 0, 8, SIZE_MAX },
	[TYPE_WINDOW_UPDATE] = { 2, 4, 4 },  [TYPE_CONTINUATION] = { 1, 0, BLOCK_MAX },
};

static bool has_shape(const struct frame *frame)
{
	if (frame->type >= sizeof(shapes) / sizeof(shapes[0]))
		return true;
	if (frame->left < shapes[frame->type].least || frame->left > shapes[frame->type].most)
		return false;
	if (frame->type == TYPE_SETTINGS &&
	    (frame->left % 6 != 0 || (frame->flags & FLAG_ACK && frame->left > 0)))
		return false;
	return shapes[frame->type].stream == 2 ||
	       shapes[frame->type].stream == (frame->stream != 0);
}

/* Whether it may come now. */
static bool is_in_order(const struct http2 *http, const struct frame *frame)
{
	bool continues = frame->type == TYPE_CONTINUATION;
	bool is_odd = frame->stream % 2 == 1;

	if (!http->has_settings)
		return frame->type == TYPE_SETTINGS && !(frame->flags & FLAG_ACK);
	if (http->block_stream != 0)
		return continues && frame->stream == http->block_stream;
	if (continues)
		return false;
	switch (frame->type) {
	case TYPE_DATA:
		return find(http, frame->stream) != NULL;
	case TYPE_HEADERS:
		return is_odd && (find(http, frame->stream) || frame->stream > http->last);
	case TYPE_RST_STREAM:
		return !is_odd || frame->stream <= http->last;
	default:
		return true;
	}
}

static int frame_begin(struct http2 *http)
{
	const uint8_t *at = http->head;
	struct frame *frame = &http->frame;

	*frame = (struct frame){
		.left = (size_t)at[0] << 16 | (size_t)at[1] << 8 | at[2],
		.type = at[3],
		.flags = at[4],
		.stream = (uint32_t)(at[5] & 0x7f) << 24 | (uint32_t)at[6] << 16 |
			  (uint32_t)at[7] << 8 | at[8],
	};
	if (!has_shape(frame) || !is_in_order(http, frame))
		return STREAM_E_UNREADABLE;
	http->has_settings = true;
	if (frame->type == TYPE_HEADERS) {
		http->block_stream = frame->stream;
		http->block_ends_stream = frame->flags & FLAG_END_STREAM;
	}
	frame->wants_pad = frame->type == TYPE_DATA && frame->flags & FLAG_PADDED;
	return frame->wants_pad && frame->left == 0 ? STREAM_E_UNREADABLE : 0;
}

/* Bytes of DATA; the first says how many at the end are padding. */
static int data(struct http2 *http, const uint8_t *bytes, size_t size)
{
	struct frame *frame = &http->frame;
	struct open *open = find(http, frame->stream);
	int r;

	if (frame->wants_pad) {
		frame->wants_pad = false;
		frame->pad = bytes[0];
		bytes++;
		size--;
		frame->left--;
		if (frame->pad > frame->left)
			return STREAM_E_UNREADABLE;
	}
	frame->left -= size;
	if (frame->left < frame->pad) {
		size_t padding = frame->pad - frame->left;

		size -= padding < size ? padding : size;
	}
	if (open->has_length && size > open->left)
		return STREAM_E_UNREADABLE;
	if (open->has_length)
		open->left -= size;
	r = http_request_body(&open->request, bytes, size);
	return r < 0 ? r : check_held(http);
}

static int payload(struct http2 *http, const uint8_t *bytes, size_t size)
{
	struct frame *frame = &http->frame;

	if (frame->type == TYPE_DATA)
		return data(http, bytes, size);
	frame->left -= size;
	return frame->type == TYPE_HEADERS || frame->type == TYPE_CONTINUATION
		       ? buffer_add(&http->block, bytes, size, BLOCK_MAX)
		       : 0;
}

static int frame_end(struct http2 *http, const struct stream_asker *asker)
{
	const struct frame *frame = &http->frame;
	struct open *open = find(http, frame->stream);
	int r = 0;

	http->head_size = 0;
	switch (frame->type) {
	case TYPE_DATA:
		return frame->flags & FLAG_END_STREAM ? end_stream(http, open, asker) : 0;
	case TYPE_HEADERS:
		r = strip(http);
		/* fall through */
	case TYPE_CONTINUATION:
		return r == 0 && frame->flags & FLAG_END_HEADERS ? end_block(http, asker) : r;
	case TYPE_RST_STREAM:
		if (open)
			forget(http, open);
		return 0;
	default:
		return 0;
	}
}

/* Takes some of what is there: of the preface, of a frame's head, or of its payload. */
static int step(struct http2 *http, const uint8_t **at, size_t size,
		const struct stream_asker *asker)
{
	int r = 0;

	if (http->preface < PREFACE_SIZE)
		return *(*at)++ == (uint8_t)PREFACE[http->preface++] ? 0 : STREAM_E_UNREADABLE;
	if (http->head_size < FRAME_HEAD) {
		http->head[http->head_size++] = *(*at)++;
		if (http->head_size < FRAME_HEAD)
			return 0;
		r = frame_begin(http);
	} else {
		size = size < http->frame.left ? size : http->frame.left;
		r = payload(http, *at, size);
		*at += size;
	}
	return r == 0 && http->frame.left == 0 ? frame_end(http, asker) : r;
}

static int http2_feed(void *state, const uint8_t *bytes, size_t size,
		      const struct stream_asker *asker, bool *out_switch, size_t *out_used)
{
	struct http2 *http = state;
	const uint8_t *at = bytes;
	int r = 0;

	(void)out_switch, (void)out_used;
	while (r == 0 && at < bytes + size)
		r = step(http, &at, size - (size_t)(at - bytes), asker);
	for (size_t i = 0; r == 0 && i < http->count; i++) {
		if (!http->open[i]->request.has_grown)
			continue;
		r = http_request_ask(&http->open[i]->request, asker);
		http->refused = r != 0 ? http->open[i]->id : 0;
	}
	return r;
}

/* What is answered is the request that was refused: of this frame, when none is known; or the last. */
static size_t http2_refuse(const void *state, const char *text, char *out, size_t size)
{
	const struct http2 *http = state;
	uint32_t stream = http->frame.stream % 2 == 1 ? http->frame.stream : http->last;

	if (http->refused)
		stream = http->refused;
	return http2_refusal(stream, text, out, size);
}

const struct protocol protocol_http2 = {
	.name = "http2",
	.is_understood = true,
	.guess = http2_guess,
	.start = http2_start,
	.feed = http2_feed,
	.refuse = http2_refuse,
	.end = http2_end,
};
