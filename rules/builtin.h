/* SPDX-License-Identifier: MIT */
/*
 * The built-in policies as they were written (rules/policies/NAME.yaml), put
 * into the program by rules/embed.sh.
 */
#ifndef AGENTOS_RULES_BUILTIN_H
#define AGENTOS_RULES_BUILTIN_H

#include <stddef.h>

struct builtin_blob {
	const char *name;	   /* without folder and ".yaml" */
	const unsigned char *text; /* @size bytes of YAML; a NUL follows */
	size_t size;
};

/* @builtin_blob_count rows, by name; a row of zeros follows. */
extern const struct builtin_blob builtin_blobs[];
extern const size_t builtin_blob_count;

/* The names of all, "base" first; NULL-terminated. */
extern const char *const builtin_name_list[];

#endif
