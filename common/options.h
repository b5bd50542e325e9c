/* SPDX-License-Identifier: MIT */
/*
 * Command-line options as a table: parsed by getopt_long(3), and printed by --help and the
 * manual pages from the same rows.
 */
#ifndef AGENTOS_COMMON_OPTIONS_H
#define AGENTOS_COMMON_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "common/fault.h"

enum option_kind {
	OPTION_FLAG, /* target: bool, set to true */
	OPTION_TEXT, /* target: const char *, borrowed from argv; the last one wins */
	OPTION_LIST, /* target: struct option_list; repeatable */
};

#define OPTION_LIST_MAX 64

struct option_list {
	const char *items[OPTION_LIST_MAX]; /* borrowed from argv */
	size_t count;
};

struct option_row {
	char letter;	  /* 0: none */
	const char *name; /* without the dashes */
	enum option_kind kind;
	void *target;
	const char *argument; /* what --help calls it, e.g. "FILE"; NULL for a flag */
	const char *help;     /* one sentence, lower case, no final stop */
};

/* What options_parse() found besides. */
#define OPTIONS_E_HELP 1    /* --help */
#define OPTIONS_E_VERSION 2 /* --version */

/**
 * options_parse() - parse up to the first operand or "--"
 * @rows:      @row_count rows; --help and --version are added by this function
 * @out_first: index in @argv of the first operand
 * @fault:     a usage error as a sentence, e.g. "unknown option '--polcy'; hint: did you mean '--policy'?"
 *
 * Return: 0, OPTIONS_E_HELP, OPTIONS_E_VERSION, or -EINVAL. Not thread-safe (getopt's state).
 */
int options_parse(const struct option_row *rows, size_t row_count, int argc, char **argv,
		  int *out_first, struct fault *fault);

/**
 * options_parse_mixed() - the same, for a command whose operands are no other command's options
 * @argv:      reordered: operands come last. "--" still ends the options
 * @out_first: index of the first operand in the reordered @argv
 *
 * Return: as options_parse().
 */
int options_parse_mixed(const struct option_row *rows, size_t row_count, int argc, char **argv,
			int *out_first, struct fault *fault);

/**
 * options_help() - print usage and the table
 * @usage:   e.g. "agentos-run [OPTIONS] [--] COMMAND [ARG...]"
 * @summary: one sentence
 */
void options_help(FILE *out, const char *usage, const char *summary, const struct option_row *rows,
		  size_t row_count);

#endif
