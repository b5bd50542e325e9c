/* SPDX-License-Identifier: MIT */
#include "rules/diff.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "common/hash.h"
#include "rules/explain.h"
#include "rules/witness.h"

#define KEY_SIZE 8192

struct diff {
	const struct policy *old, *new;
	diff_fn *visit;
	void *data;
	uint64_t *seen; /* owned: what was visited already, by hash */
	size_t count, room;
};

/* All that tells one example from another, in a number. */
static uint64_t key_of(const struct event *event)
{
	uint64_t hash = hash_byte(HASH_START, (unsigned char)event->action);
	char target[KEY_SIZE];
	const char *parts[3] = {
		event_target(event, target, sizeof(target)),
		event->action == ACTION_EXECUTE || !event->program ? WITNESS_PROGRAM
								   : event->program,
		event->statement ? event->statement->verb : "",
	};

	for (size_t i = 0; i < 3 + event->argc; i++)
		hash = hash_string(hash, i < 3 ? parts[i] : event->argv[i - 3]);
	return hash ^ (uint64_t)event->own << 1 ^ (uint64_t)event->harmless << 2;
}

/* Return: 1 when it is new, 0 when not, -ENOMEM. */
static int note(struct diff *diff, uint64_t key)
{
	for (size_t i = 0; i < diff->count; i++)
		if (diff->seen[i] == key)
			return 0;
	if (diff->count == diff->room) {
		size_t room = diff->room ? 2 * diff->room : 256;
		uint64_t *seen = realloc(diff->seen, room * sizeof(*seen));

		if (!seen)
			return -ENOMEM;
		diff->seen = seen;
		diff->room = room;
	}
	diff->seen[diff->count++] = key;
	return 1;
}

static int compare(const struct event *event, void *data)
{
	struct diff *diff = data;
	struct decision old, new;
	struct difference difference = { .event = event, .old = &old, .new = &new };
	int r;

	policy_decide(diff->old, event, &old);
	policy_decide(diff->new, event, &new);
	if (old.verdict == new.verdict)
		return 0;
	r = note(diff, key_of(event));
	return r <= 0 ? r : diff->visit(&difference, diff->data);
}

int policy_diff(const struct policy *old, const struct policy *new, diff_fn *visit, void *data)
{
	struct diff diff = { .old = old, .new = new, .visit = visit, .data = data };
	int r = policy_witnesses(old, compare, &diff);

	if (r == 0)
		r = policy_witnesses(new, compare, &diff);
	free(diff.seen);
	return r;
}
