/* SPDX-License-Identifier: MIT */
#include "launcher/binding.h"

#include <sodium.h>
#include <stdint.h>
#include <string.h>

typedef crypto_generichash_state hash_state;

static void add_number(hash_state *state, uint64_t number)
{
	unsigned char bytes[8];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(number >> (8 * (sizeof(bytes) - 1 - i)));
	(void)crypto_generichash_update(state, bytes, sizeof(bytes));
}

/* One that is missing differs from one that is empty, and no two lists of fields read alike. */
static void add_bytes(hash_state *state, const void *bytes, size_t size)
{
	add_number(state, bytes != NULL);
	add_number(state, bytes ? size : 0);
	if (bytes)
		(void)crypto_generichash_update(state, bytes, size);
}

static void add_text(hash_state *state, const char *text)
{
	add_bytes(state, text, text ? strlen(text) : 0);
}

static void add_call(hash_state *state, const struct event *event)
{
	add_number(state, event->action);
	add_text(state, event->call);
	add_text(state, event->operation);
	add_text(state, event->agent);
	add_text(state, event->program);
	add_number(state, event->uid);
	add_number(state, event->ring);
}

static void add_file(hash_state *state, const struct event *event)
{
	add_text(state, event->path);
	add_number(state, event->is_dir);
	add_number(state, event->in_git_folder);
	add_number(state, event->harmless);
	add_text(state, event->script);
	add_number(state, event->argc);
	for (size_t i = 0; i < event->argc; i++)
		add_text(state, event->argv[i]);
}

static void add_peer(hash_state *state, const struct event *event)
{
	add_number(state, event->protocol);
	add_text(state, event->host);
	add_bytes(state, event->has_ip ? &event->ip : NULL, sizeof(event->ip));
	add_number(state, event->port);
	add_number(state, event->own);
}

static void add_content(hash_state *state, const struct event *event)
{
	const struct content_field *field;

	for (size_t i = 0; event->content && (field = content_field_at(i)); i++) {
		struct text value = content_get(event->content, field);

		add_text(state, field->name);
		add_bytes(state, value.bytes, value.size);
	}
	for (size_t i = 0; event->content && i < event->content->header_count; i++) {
		const struct header *header = &event->content->headers[i];

		add_text(state, header->name);
		add_bytes(state, header->value.bytes, header->value.size);
	}
	add_text(state, event->statement ? event->statement->verb : NULL);
}

void binding_make(const struct asked *asked, struct binding *out)
{
	hash_state state;

	(void)crypto_generichash_init(&state, NULL, 0, sizeof(out->bytes));
	add_text(&state, "agentos question 1");
	add_text(&state, asked->policy_hash);
	add_text(&state, asked->decision->rule);
	add_text(&state, asked->decision->file);
	add_number(&state, asked->decision->line);
	add_call(&state, asked->event);
	add_file(&state, asked->event);
	add_text(&state, asked->folder);
	add_peer(&state, asked->event);
	add_content(&state, asked->event);
	(void)crypto_generichash_final(&state, out->bytes, sizeof(out->bytes));
}

bool binding_equals(const struct binding *a, const struct binding *b)
{
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}
