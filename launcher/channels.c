/* SPDX-License-Identifier: MIT */
/*
 * One table of chains, one lock for it, and a condition for those who wait for a channel that
 * another thread holds: two threads of an agent that write to one socket.
 */
#include "launcher/channels.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/hash.h"

#define CHAINS 4096

struct entry {
	struct channel channel; /* first: a channel is its entry */
	struct entry *next;	/* in its chain */
	struct entry *newer, *older;
	bool is_held;
	bool is_dead; /* out of the table: freed by the one who holds it */
	unsigned waiting;
};

struct channels {
	pthread_mutex_t lock;
	pthread_cond_t left;
	struct entry *chains[CHAINS];
	struct entry *newest, *oldest;
	size_t count;
	uint64_t seed; /* an agent chooses the randoms of its sessions */
	bool was_used;
};

struct channels *channels_new(void)
{
	struct channels *channels = calloc(1, sizeof(*channels));

	if (!channels)
		return NULL;
	(void)pthread_mutex_init(&channels->lock, NULL);
	(void)pthread_cond_init(&channels->left, NULL);
	channels->seed = HASH_START;
	(void)!getrandom(&channels->seed, sizeof(channels->seed), GRND_NONBLOCK);
	return channels;
}

struct channel_key channel_key_of_socket(uint64_t inode)
{
	struct channel_key key = { .is_session = false };

	memcpy(key.bytes, &inode, sizeof(inode));
	return key;
}

struct channel_key channel_key_of_session(const uint8_t *random)
{
	struct channel_key key = { .is_session = true };

	memcpy(key.bytes, random, sizeof(key.bytes));
	return key;
}

static bool keys_equal(const struct channel_key *a, const struct channel_key *b)
{
	return a->is_session == b->is_session && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

static struct entry **chain_of(struct channels *channels, const struct channel_key *key)
{
	return &channels->chains[hash_bytes(channels->seed, key->bytes, sizeof(key->bytes)) %
				 CHAINS];
}

static struct entry *find(struct channels *channels, const struct channel_key *key)
{
	struct entry *entry = *chain_of(channels, key);

	while (entry && !keys_equal(&entry->channel.key, key))
		entry = entry->next;
	return entry;
}

static void entry_free(struct entry *entry)
{
	stream_free(entry->channel.stream);
	buffer_release(&entry->channel.tail);
	buffer_release(&entry->channel.unsent);
	buffer_release(&entry->channel.answer);
	buffer_release(&entry->channel.left_out);
	free(entry);
}

static void unlink_age(struct channels *channels, struct entry *entry)
{
	*(entry->newer ? &entry->newer->older : &channels->newest) = entry->older;
	*(entry->older ? &entry->older->newer : &channels->oldest) = entry->newer;
}

static void link_age(struct channels *channels, struct entry *entry)
{
	entry->newer = NULL;
	entry->older = channels->newest;
	*(channels->newest ? &channels->newest->newer : &channels->oldest) = entry;
	channels->newest = entry;
}

/* Out of the table; whoever holds it, or waits for it, frees it. */
static void forget(struct channels *channels, struct entry *entry)
{
	struct entry **at = chain_of(channels, &entry->channel.key);

	while (*at != entry)
		at = &(*at)->next;
	*at = entry->next;
	unlink_age(channels, entry);
	channels->count--;
	entry->is_dead = true;
	if (!entry->is_held && entry->waiting == 0)
		entry_free(entry);
}

static bool make_room(struct channels *channels)
{
	struct entry *entry = channels->oldest;

	if (channels->count < CHANNELS_MAX)
		return true;
	while (entry && (entry->is_held || entry->waiting))
		entry = entry->newer;
	if (entry)
		forget(channels, entry);
	return entry;
}

struct channel *channels_enter(struct channels *channels, const struct channel_key *key)
{
	struct entry *entry = calloc(1, sizeof(*entry));
	struct entry *old;
	bool has_room;

	if (!entry)
		return NULL;
	entry->channel.key = *key;
	entry->channel.fd = -1;
	entry->is_held = true;
	(void)pthread_mutex_lock(&channels->lock);
	channels->was_used = true;
	old = find(channels, key);
	if (old)
		forget(channels, old);
	has_room = make_room(channels);
	if (has_room) {
		struct entry **chain = chain_of(channels, key);

		entry->next = *chain;
		*chain = entry;
		link_age(channels, entry);
		channels->count++;
	}
	(void)pthread_mutex_unlock(&channels->lock);
	if (has_room)
		return &entry->channel;
	free(entry);
	return NULL;
}

struct channel *channels_find(struct channels *channels, const struct channel_key *key)
{
	struct entry *entry;

	(void)pthread_mutex_lock(&channels->lock);
	entry = find(channels, key);
	while (entry && entry->is_held) {
		entry->waiting++;
		(void)pthread_cond_wait(&channels->left, &channels->lock);
		entry->waiting--;
		if (!entry->is_dead)
			continue;
		if (!entry->is_held && entry->waiting == 0)
			entry_free(entry);
		entry = find(channels, key);
	}
	if (entry) {
		entry->is_held = true;
		unlink_age(channels, entry);
		link_age(channels, entry);
	}
	(void)pthread_mutex_unlock(&channels->lock);
	return entry ? &entry->channel : NULL;
}

bool channels_has(struct channels *channels, const struct channel_key *key)
{
	bool has;

	(void)pthread_mutex_lock(&channels->lock);
	has = find(channels, key);
	(void)pthread_mutex_unlock(&channels->lock);
	return has;
}

uint64_t channels_pair(struct channels *channels, const struct channel_key *key)
{
	const struct entry *entry;
	uint64_t pair;

	(void)pthread_mutex_lock(&channels->lock);
	entry = find(channels, key);
	pair = entry && !entry->is_held ? entry->channel.pair : 0;
	(void)pthread_mutex_unlock(&channels->lock);
	return pair;
}

void channels_forget(struct channels *channels, const struct channel_key *key)
{
	struct entry *entry;

	(void)pthread_mutex_lock(&channels->lock);
	entry = find(channels, key);
	if (entry)
		forget(channels, entry);
	(void)pthread_mutex_unlock(&channels->lock);
}

bool channels_are_empty(struct channels *channels)
{
	bool was_used;

	(void)pthread_mutex_lock(&channels->lock);
	was_used = channels->was_used;
	(void)pthread_mutex_unlock(&channels->lock);
	return !was_used;
}

void channels_free(struct channels *channels)
{
	if (!channels)
		return;
	while (channels->newest)
		forget(channels, channels->newest);
	free(channels);
}

void channel_leave(struct channels *channels, struct channel *channel)
{
	struct entry *entry = (struct entry *)(void *)channel;

	(void)pthread_mutex_lock(&channels->lock);
	entry->is_held = false;
	if (entry->is_dead && entry->waiting == 0)
		entry_free(entry);
	else
		(void)pthread_cond_broadcast(&channels->left);
	(void)pthread_mutex_unlock(&channels->lock);
}
