/* SPDX-License-Identifier: MIT */
/*
 * What a seccomp program is to answer, and whether it does. libseccomp (2.5) can lose a rule without a
 * word when memory is short in the middle of adding it: the program that it exports then lets pass
 * what the rule was to stop. So each rule is asked for once more, of the program itself.
 */
#ifndef AGENTOS_LAUNCHER_REHEARSAL_H
#define AGENTOS_LAUNCHER_REHEARSAL_H

#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>

#include "launcher/filter.h"

#define REHEARSAL_MAX 512

struct rehearsal {
	struct {
		int number;
		uint64_t args[6];
		uint32_t answer;
	} scenes[REHEARSAL_MAX];
	size_t count;
};

/**
 * rehearsal_note() - remember a call that a rule is for
 * @comparisons: of the rule; a call is made that satisfies them all (EQ, NE, GT and MASKED_EQ)
 *
 * Return: 0, or -E2BIG.
 */
int rehearsal_note(struct rehearsal *rehearsal, uint32_t answer, int number, unsigned count,
		   const struct scmp_arg_cmp *comparisons);

/** rehearsal_check() - Return: 0 when @filter answers all of them as noted, else -EBADMSG. */
int rehearsal_check(const struct rehearsal *rehearsal, const struct filter *filter);

#endif
