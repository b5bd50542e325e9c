/* SPDX-License-Identifier: MIT */
#include "launcher/shim.h"

#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clean.h"

void shim_find(const char *name, char *path)
{
	static const char *const folders[] = { "", "/../lib/agentos" };
	char program[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);

	path[0] = '\0';
	if (len <= 0)
		return;
	program[len] = '\0';
	(void)dirname(program);
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		char guess[PATH_MAX + 64];
		CLEAN_FREE char *real = NULL;

		(void)snprintf(guess, sizeof(guess), "%s%s/%s", program, folders[i], name);
		real = realpath(guess, NULL);
		/* The loader splits LD_PRELOAD at colons and spaces. */
		if (real && !strpbrk(real, ": ")) {
			(void)snprintf(path, PATH_MAX, "%s", real);
			return;
		}
	}
}
