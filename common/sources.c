/* SPDX-License-Identifier: MIT */
#include "common/sources.h"

#include <errno.h>
#include <sys/stat.h>

void sources_choose(struct option_list *policies)
{
	struct stat st;

	if (policies->count > 0)
		return;
	/* lstat: a link that leads nowhere is there; only ENOENT means that nothing is. */
	if (lstat(SOURCES_DEFAULT, &st) < 0 && errno == ENOENT)
		return;
	policies->items[policies->count++] = SOURCES_DEFAULT;
}
