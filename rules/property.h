/* SPDX-License-Identifier: MIT */
/*
 * What a condition can ask of an event: the fields of the language by name, each with its type
 * and the actions that have it.
 */
#ifndef AGENTOS_RULES_PROPERTY_H
#define AGENTOS_RULES_PROPERTY_H

#include "common/event.h"

enum property_type {
	PROPERTY_TEXT,
	PROPERTY_NUMBER,
	PROPERTY_BOOL,
	PROPERTY_LIST, /* of texts */
	PROPERTY_MAP,  /* of texts by name */
};

enum value_state {
	VALUE_KNOWN,
	VALUE_NONE,    /* the event has none: an empty text, list or map; no number */
	VALUE_UNKNOWN, /* there may be one, and nobody can say which: decided against the agent */
};

/* All borrowed: from the event, or until property_get() reads another event in the same thread. */
struct value {
	enum value_state state;
	struct text text;
	long long number;	  /* also of PROPERTY_BOOL: 0 or 1 */
	const char *const *items; /* @count */
	size_t count;
};

struct property {
	const char *name;
	enum property_type type;
	unsigned actions; /* ACTION_BITs of those whose events have it */
	void (*read)(const struct event *event, struct value *out);
};

/** property_find() - Return: the property of this name, or NULL. */
const struct property *property_find(const char *name);

/** property_at() - Return: the properties one after the other, NULL at the end. */
const struct property *property_at(size_t index);

/**
 * property_get() - read a property of an event
 * Return: its value; VALUE_NONE when the event's action does not have it. No allocation; thread-safe.
 */
struct value property_get(const struct property *property, const struct event *event);

#endif
