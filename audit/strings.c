/* SPDX-License-Identifier: MIT */
#include "audit/strings.h"

#include <errno.h>
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/clean.h"

#define SLOTS_START 1024

struct text {
	void *bytes; /* owned */
	size_t size;
	uint64_t hash;
};

struct strings {
	unsigned char key[crypto_shorthash_KEYBYTES];
	struct text *texts; /* owned; room for half of the slots */
	size_t count;
	size_t *slots; /* owned; @slot_count, a power of two: place + 1, or 0 */
	size_t slot_count;
};

static uint64_t hash_of(const struct strings *strings, const void *bytes, size_t size)
{
	unsigned char out[crypto_shorthash_BYTES];
	uint64_t hash;

	_Static_assert(sizeof(out) == sizeof(hash), "a hash is a number");
	(void)crypto_shorthash(out, bytes, size, strings->key);
	memcpy(&hash, out, sizeof(hash));
	return hash;
}

static int grow(struct strings *strings)
{
	size_t slot_count = strings->slot_count ? 2 * strings->slot_count : SLOTS_START;
	CLEAN_FREE size_t *slots = calloc(slot_count, sizeof(*slots));
	struct text *texts = realloc(strings->texts, slot_count / 2 * sizeof(*texts));

	if (texts)
		strings->texts = texts;
	if (!texts || !slots)
		return -ENOMEM;
	for (size_t i = 0; i < strings->count; i++) {
		size_t slot = texts[i].hash & (slot_count - 1);

		while (slots[slot])
			slot = (slot + 1) & (slot_count - 1);
		slots[slot] = i + 1;
	}
	free(strings->slots);
	strings->slots = take_ptr(&slots);
	strings->slot_count = slot_count;
	return 0;
}

struct strings *strings_new(void)
{
	struct strings *strings = calloc(1, sizeof(*strings));

	if (!strings || grow(strings) < 0) {
		strings_free(strings);
		return NULL;
	}
	crypto_shorthash_keygen(strings->key);
	return strings;
}

void strings_free(struct strings *strings)
{
	if (!strings)
		return;
	for (size_t i = 0; i < strings->count; i++)
		free(strings->texts[i].bytes);
	free(strings->texts);
	free(strings->slots);
	free(strings);
}

static int append(struct strings *strings, const void *bytes, size_t size, uint64_t hash)
{
	struct text *text = &strings->texts[strings->count];

	text->bytes = malloc(size + 1);
	if (!text->bytes)
		return -ENOMEM;
	if (size > 0)
		memcpy(text->bytes, bytes, size);
	((char *)text->bytes)[size] = '\0';
	text->size = size;
	text->hash = hash;
	strings->count++;
	return 0;
}

int strings_add(struct strings *strings, const void *bytes, size_t size, size_t *out_place)
{
	uint64_t hash = hash_of(strings, size ? bytes : "", size);
	size_t slot;

	if (strings->count == strings->slot_count / 2 && grow(strings) < 0)
		return -ENOMEM;
	for (slot = hash & (strings->slot_count - 1); strings->slots[slot];
	     slot = (slot + 1) & (strings->slot_count - 1)) {
		const struct text *text = &strings->texts[strings->slots[slot] - 1];

		if (text->hash == hash && text->size == size &&
		    (size == 0 || memcmp(text->bytes, bytes, size) == 0)) {
			*out_place = strings->slots[slot] - 1;
			return 0;
		}
	}
	if (append(strings, bytes, size, hash) < 0)
		return -ENOMEM;
	strings->slots[slot] = strings->count;
	*out_place = strings->count - 1;
	return 0;
}

size_t strings_count(const struct strings *strings)
{
	return strings->count;
}

const void *strings_at(const struct strings *strings, size_t place, size_t *out_size)
{
	*out_size = strings->texts[place].size;
	return strings->texts[place].bytes;
}
