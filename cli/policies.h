/* SPDX-License-Identifier: MIT */
/*
 * The policies that a command is about, loaded as agentos-run would load them here.
 */
#ifndef AGENTOS_CLI_POLICIES_H
#define AGENTOS_CLI_POLICIES_H

#include <limits.h>

#include "common/options.h"
#include "rules/policy.h"

#define EXIT_FAILED 1
#define EXIT_USAGE 2

/* What the command line says; strings borrowed from argv. */
struct policies {
	struct option_list sources, sets;
	const char *workspace;
	const char *agent;
	char workspace_path[PATH_MAX]; /* resolved */
	char home[PATH_MAX];
	struct policy *policy; /* owned, after policies_load() */
};

#define POLICIES_OPTIONS 4

/**
 * policies_options() - the options by which a command says which policies it is about
 * @policies: what they fill
 * @out:      POLICIES_OPTIONS rows
 *
 * Return: how many rows there are.
 */
size_t policies_options(struct policies *policies, struct option_row *out);

/**
 * policies_load() - load, and print what is wrong on standard error
 * Return: 0; EXIT_FAILED for a policy that does not load or cannot be read.
 */
int policies_load(struct policies *policies);

/** policies_release() - free the policy. */
void policies_release(struct policies *policies);

/** complain() - "agentos: SENTENCE" on standard error, escaped for a terminal. Return: @status. */
int complain(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
