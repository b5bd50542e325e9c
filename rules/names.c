/* SPDX-License-Identifier: MIT */
#include "rules/names.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"

#define ROOM_MIN 16

/* The place of a name, or the free one where it would be; there is always one. */
static struct name *place_of(const struct names *names, const char *text)
{
	uint64_t hash = hash_string(HASH_START, text);
	struct name *place;

	do
		place = &names->places[hash++ & (names->room - 1)];
	while (place->text && strcmp(place->text, text) != 0);
	return place;
}

struct node *names_find(const struct names *names, const char *text)
{
	return names->room ? place_of(names, text)->node : NULL;
}

static bool grow(struct names *names)
{
	struct names more = { .room = names->room ? 2 * names->room : ROOM_MIN,
			      .count = names->count };

	more.places = calloc(more.room, sizeof(*more.places));
	if (!more.places)
		return false;
	for (size_t i = 0; i < names->room; i++)
		if (names->places[i].text)
			*place_of(&more, names->places[i].text) = names->places[i];
	free(names->places);
	*names = more;
	return true;
}

bool names_add(struct names *names, const char *text, struct node *node)
{
	if (2 * names->count >= names->room && !grow(names))
		return false;
	*place_of(names, text) = (struct name){ text, node };
	names->count++;
	return true;
}

void names_release(struct names *names)
{
	free(names->places);
	*names = (struct names){ .room = 0 };
}
