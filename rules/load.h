/* SPDX-License-Identifier: MIT */
/*
 * The files of a policy: found, read, and put in order, with what they extend.
 */
#ifndef AGENTOS_RULES_LOAD_H
#define AGENTOS_RULES_LOAD_H

#include "rules/errors.h"
#include "rules/merged.h"

/* A file that was read. */
struct loaded {
	struct loaded *next;
	const struct source *source;
	const struct node *root; /* a map */
	const char *text;	 /* @size bytes, as they were read */
	size_t size;
	bool is_open; /* what it extends is being read */
};

struct load {
	struct arena *arena;
	struct policy_errors *errors;
	struct loaded *files; /* each once; base first, then what is extended before what extends */
	struct fault *fault;
};

/**
 * load_all() - read the sources, what they extend, and `base`
 * @sources: as of policy_load()
 *
 * Return: 0; -EINVAL with errors added; another negative errno with the fault set.
 */
int load_all(struct load *load, const char *const *sources, size_t source_count);

#endif
