/* SPDX-License-Identifier: MIT */
/*
 * What an answer is bound to: the action in one canonical form, hashed, so that an answer to one
 * question can never count for another.
 */
#ifndef AGENTOS_LAUNCHER_BINDING_H
#define AGENTOS_LAUNCHER_BINDING_H

#include <stdbool.h>
#include <stddef.h>

#include "common/event.h"
#include "common/verdict.h"

#define BINDING_SIZE 32

struct binding {
	unsigned char bytes[BINDING_SIZE];
};

/* What is asked for. All borrowed. */
struct asked {
	const struct event *event;
	const struct decision *decision;
	const char *policy_hash;
	const char *folder; /* execute: where the caller stands, which its arguments may speak of */
};

/**
 * binding_make() - the hash of what is asked for (BLAKE2b of a list of tagged fields, each with its length)
 *
 * Every field of the event counts, but for the process that asks and the spelling of the path; of
 * the decision the rule and its place.
 */
void binding_make(const struct asked *asked, struct binding *out);

/** binding_equals() - Return: whether both are of the same action. */
bool binding_equals(const struct binding *a, const struct binding *b);

#endif
