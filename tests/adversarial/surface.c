/* SPDX-License-Identifier: MIT */
/*
 * surface - make each call that the table refuses outright, with arguments that mean nothing, and
 * print "NAME ANSWER REFUSAL": the errno that came back, and the one of the table.
 *
 * Bare, the kernel complains about the arguments, in the call's own way; refused, it answers
 * with the table's errno before it looks at them.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/calls.h"

/* It has no argument that could be wrong: bare it would hang up the terminal of whoever tests. */
static int takes_nothing(int number)
{
	return number == SYS_vhangup;
}

int main(void)
{
	for (int call = 0; call < CALL_COUNT; call++) {
		const struct call_info *info = &call_table[call];
		long r;

		if (info->how != HOW_REFUSE || info->number < 0 || takes_nothing(info->number))
			continue;
		errno = 0;
		r = syscall(info->number, -1L, -1L, -1L, -1L, -1L, -1L);
		(void)printf("%s %d %d\n", info->name, r < 0 ? errno : 0, info->refusal);
	}
	return 0;
}
