/* SPDX-License-Identifier: MIT */
/*
 * The list of errors that loading a policy makes.
 */
#ifndef AGENTOS_RULES_ERRORS_H
#define AGENTOS_RULES_ERRORS_H

#include "rules/policy.h"

#define ERRORS_MAX 100

/**
 * errors_add() - add one; what it quotes of strangers is made fit for a terminal
 * @line, @column: from 1; 0 when the whole file is meant
 * @format:        one sentence
 *
 * Return: -EINVAL, so that adding and returning are one statement. Beyond ERRORS_MAX, and when
 * memory is short, it is not added; the result stays the same.
 */
int errors_add(struct policy_errors *errors, const char *file, unsigned line, unsigned column,
	       const char *format, ...) __attribute__((format(printf, 5, 6)));

/** errors_sort() - put those of each file in order; the files stay as they are. */
void errors_sort(struct policy_errors *errors);

#endif
