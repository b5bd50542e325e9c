/* SPDX-License-Identifier: MIT */
#include "rules/readings.h"

#include <pthread.h>
#include <sodium.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define SHARE_OF_ONE 8 /* of the bytes of a shard */

/* One block: behind it the tables, then all strings, then the text. */
struct reading {
	atomic_uint users; /* the table is one */
	enum sql_dialect dialect;
	struct text text;
	size_t bytes; /* of the block */
	struct sql sql;
};

struct slot {
	uint64_t hash;
	uint64_t used_at; /* of the shard's clock */
	struct reading *reading;
};

struct shard {
	pthread_mutex_t lock;
	struct slot *slots; /* owned; room for those of one shard */
	size_t count, bytes;
	uint64_t clock; /* goes on with each use */
};

struct readings {
	size_t shard_entries, shard_bytes;
	readings_hash_fn *hash;
	unsigned char key[crypto_shorthash_KEYBYTES];
	struct shard shards[READINGS_SHARDS];
};

static void unref(struct reading *reading)
{
	if (atomic_fetch_sub_explicit(&reading->users, 1, memory_order_acq_rel) == 1)
		free(reading);
}

/*
 * The table.
 */

struct readings *readings_new(size_t entries, size_t bytes, readings_hash_fn *hash)
{
	struct readings *readings = calloc(1, sizeof(*readings));
	size_t each = entries > READINGS_SHARDS ? entries / READINGS_SHARDS : 1;

	if (!readings)
		return NULL;
	readings->hash = hash;
	readings->shard_entries = each;
	readings->shard_bytes = bytes / READINGS_SHARDS;
	for (size_t i = 0; i < READINGS_SHARDS; i++) {
		(void)pthread_mutex_init(&readings->shards[i].lock, NULL);
		readings->shards[i].slots = calloc(each, sizeof(struct slot));
		if (!readings->shards[i].slots) {
			readings_free(readings);
			return NULL;
		}
	}
	if (!hash &&
	    getrandom(readings->key, sizeof(readings->key), 0) != (ssize_t)sizeof(readings->key)) {
		readings_free(readings);
		return NULL;
	}
	return readings;
}

void readings_free(struct readings *readings)
{
	if (!readings)
		return;
	for (size_t i = 0; i < READINGS_SHARDS; i++) {
		struct shard *shard = &readings->shards[i];

		for (size_t n = 0; n < shard->count; n++)
			unref(shard->slots[n].reading);
		free(shard->slots);
		(void)pthread_mutex_destroy(&shard->lock);
	}
	free(readings);
}

static struct readings *shared;

static void shared_make(void)
{
	shared = readings_new(READINGS_ENTRIES, READINGS_BYTES, NULL);
}

struct readings *readings_shared(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, shared_make);
	return shared;
}

void readings_usage(struct readings *readings, size_t *out_entries, size_t *out_bytes)
{
	*out_entries = *out_bytes = 0;
	for (size_t i = 0; i < READINGS_SHARDS; i++) {
		struct shard *shard = &readings->shards[i];

		(void)pthread_mutex_lock(&shard->lock);
		*out_entries += shard->count;
		*out_bytes += shard->bytes;
		(void)pthread_mutex_unlock(&shard->lock);
	}
}

static uint64_t hash_of(const struct readings *readings, struct text text)
{
	uint64_t hash;

	_Static_assert(sizeof(hash) == crypto_shorthash_BYTES, "a hash is a number");
	if (readings->hash)
		return readings->hash(text);
	(void)crypto_shorthash((unsigned char *)&hash, (const unsigned char *)text.bytes, text.size,
			       readings->key);
	return hash;
}

static struct shard *shard_of(struct readings *readings, uint64_t hash)
{
	return &readings->shards[hash % READINGS_SHARDS];
}

static bool is_of(const struct reading *reading, struct text text, enum sql_dialect dialect)
{
	return reading->dialect == dialect && reading->text.size == text.size &&
	       memcmp(reading->text.bytes, text.bytes, text.size) == 0;
}

/* Under the lock. */
static struct slot *slot_find(struct shard *shard, uint64_t hash, struct text text,
			      enum sql_dialect dialect)
{
	for (size_t i = 0; i < shard->count; i++) {
		struct slot *slot = &shard->slots[i];

		if (slot->hash == hash && is_of(slot->reading, text, dialect)) {
			slot->used_at = ++shard->clock;
			return slot;
		}
	}
	return NULL;
}

/* A text that can be there: bytes, and not too many of them to be worth a hash. */
static bool may_be_kept(const struct readings *readings, struct text text)
{
	return readings && text.bytes && text.size < readings->shard_bytes / SHARE_OF_ONE;
}

const struct reading *readings_find(struct readings *readings, struct text text,
				    enum sql_dialect dialect)
{
	struct reading *found = NULL;
	struct shard *shard;
	struct slot *slot;
	uint64_t hash;

	if (!may_be_kept(readings, text))
		return NULL;
	hash = hash_of(readings, text);
	shard = shard_of(readings, hash);
	(void)pthread_mutex_lock(&shard->lock);
	slot = slot_find(shard, hash, text, dialect);
	if (slot) {
		found = slot->reading;
		(void)atomic_fetch_add_explicit(&found->users, 1, memory_order_relaxed);
	}
	(void)pthread_mutex_unlock(&shard->lock);
	return found;
}

const struct sql *reading_sql(const struct reading *reading)
{
	return &reading->sql;
}

void reading_release(const struct reading *reading)
{
	unref((struct reading *)(uintptr_t)reading);
}

/*
 * Keeping.
 */

static void remove_oldest(struct shard *shard)
{
	struct slot *oldest = shard->slots;

	for (size_t i = 1; i < shard->count; i++)
		if (shard->slots[i].used_at < oldest->used_at)
			oldest = &shard->slots[i];
	shard->bytes -= oldest->reading->bytes;
	unref(oldest->reading);
	*oldest = shard->slots[--shard->count];
}

/* What a copy of the effects needs: of tables, which must be aligned, and of strings. */
static void measure(const struct sql *sql, size_t *out_tables, size_t *out_strings)
{
	*out_tables = *out_strings = 0;
	for (size_t i = 0; i < sql->effect_count; i++) {
		*out_strings += strlen(sql->effects[i].verb) + 1;
		for (const struct sql_table *table = sql->effects[i].tables; table;
		     table = table->next) {
			*out_tables += 1;
			*out_strings += strlen(table->name) + 1;
		}
	}
}

/* Where the next table and the next string of a block go. */
struct room {
	struct sql_table *tables;
	char *strings;
};

static const char *copy_string(struct room *room, const char *string)
{
	char *copy = room->strings;

	room->strings = stpcpy(copy, string) + 1;
	return copy;
}

static void copy_effect(struct room *room, const struct sql_effect *from, struct sql_effect *to)
{
	struct sql_table **at = &to->tables;

	*to = *from;
	to->verb = copy_string(room, from->verb);
	for (const struct sql_table *table = from->tables; table; table = table->next) {
		*at = room->tables++;
		**at = (struct sql_table){
			.name = copy_string(room, table->name),
			.is_written = table->is_written,
		};
		at = &(*at)->next;
	}
	*at = NULL;
}

/* Return: a copy in one block of at most @max bytes; NULL when it would be larger or memory is short. */
static struct reading *reading_new(struct text text, enum sql_dialect dialect,
				   const struct sql *sql, size_t max)
{
	struct reading *reading;
	struct room room;
	size_t tables, strings, bytes;

	_Static_assert(sizeof(*reading) % alignof(struct sql_table) == 0, "tables stand behind it");
	measure(sql, &tables, &strings);
	bytes = sizeof(*reading) + tables * sizeof(struct sql_table) + strings + text.size;
	reading = bytes <= max ? malloc(bytes) : NULL;
	if (!reading)
		return NULL;
	atomic_init(&reading->users, 1);
	reading->dialect = dialect;
	reading->bytes = bytes;
	reading->sql.is_understood = sql->is_understood;
	reading->sql.effect_count = sql->effect_count;
	reading->sql.arena = (struct arena){ 0 };
	room.tables = (struct sql_table *)(reading + 1);
	room.strings = (char *)(room.tables + tables);
	for (size_t i = 0; i < sql->effect_count; i++)
		copy_effect(&room, &sql->effects[i], &reading->sql.effects[i]);
	memcpy(room.strings, text.bytes, text.size);
	reading->text = (struct text){ room.strings, text.size };
	return reading;
}

void readings_keep(struct readings *readings, struct text text, enum sql_dialect dialect,
		   const struct sql *sql)
{
	struct reading *reading;
	struct shard *shard;
	uint64_t hash;

	if (!sql->is_understood || !may_be_kept(readings, text))
		return;
	reading = reading_new(text, dialect, sql, readings->shard_bytes / SHARE_OF_ONE);
	if (!reading)
		return;
	hash = hash_of(readings, text);
	shard = shard_of(readings, hash);
	(void)pthread_mutex_lock(&shard->lock);
	if (slot_find(shard, hash, text, dialect)) { /* another thread was quicker */
		unref(reading);
	} else {
		while (shard->count == readings->shard_entries ||
		       (shard->count > 0 && shard->bytes + reading->bytes > readings->shard_bytes))
			remove_oldest(shard);
		shard->bytes += reading->bytes;
		shard->slots[shard->count++] = (struct slot){ hash, ++shard->clock, reading };
	}
	(void)pthread_mutex_unlock(&shard->lock);
}
