/* SPDX-License-Identifier: MIT */
/*
 * A library that is loaded when it is used: agentos starts without it, and works without it.
 */
#ifndef AGENTOS_CLI_LIBRARY_H
#define AGENTOS_CLI_LIBRARY_H

#include <stddef.h>

#include "common/fault.h"

struct library_symbol {
	const char *name;
	size_t offset; /* of the pointer in the table that is filled */
};

/**
 * library_open() - load the first of @files that there is, for as long as the program runs
 * @files:   names, NULL at the end
 * @symbols: all must be there; ends with a name that is NULL
 * @table:   struct of pointers to functions; written on success
 * @package: what it is called where it can be installed, for the sentence
 *
 * Return: 0, or -ENOENT with @fault set.
 */
int library_open(const char *const *files, const struct library_symbol *symbols, void *table,
		 const char *package, struct fault *fault);

#endif
