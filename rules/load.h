/* SPDX-License-Identifier: MIT */
/*
 * The files of a policy: found, read, and put in order, with what they extend.
 */
#ifndef AGENTOS_RULES_LOAD_H
#define AGENTOS_RULES_LOAD_H

#include "rules/errors.h"
#include "rules/merged.h"

/* A file that was read. In the arena. */
struct loaded {
	struct loaded *next;
	struct loaded *outer; /* while what it extends is being read: the file that extends it */
	struct source *source;
	const struct node *root; /* a map */
	const char *text;	 /* @size bytes, as they were read */
	size_t size;
	const struct variable *variables; /* that its rules see */
};

struct load {
	struct arena *arena;
	struct policy_errors *errors;
	struct fault *fault;
	const struct variable *variables; /* that all files see */
	struct loaded *files; /* each once; base first, then what is extended before what extends */
	struct loaded *open;  /* whose extends are being read, the innermost first */
	unsigned depth;	      /* how many those are */
};

/**
 * load_all() - read the sources, what they extend, and `base`
 * @sources: as of policy_load()
 *
 * Return: 0; -EINVAL with errors added; another negative errno with the fault set.
 */
int load_all(struct load *load, const char *const *sources, size_t source_count);

#endif
