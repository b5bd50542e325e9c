/* SPDX-License-Identifier: MIT */
#include "common/sources.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* Built-in policies for one program each; the others are for whoever names them. */
static const char *const profiles[] = {
	"aider", "claude", "codex", "cursor-agent", "gemini", "goose", "opencode",
};

const char *sources_profile(const char *command)
{
	const char *slash = strrchr(command, '/');
	const char *name = slash ? slash + 1 : command;

	for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
		if (strcmp(profiles[i], name) == 0)
			return profiles[i];
	return NULL;
}

void sources_choose(struct option_list *policies, const char *command)
{
	const char *chosen = SOURCES_DEFAULT;
	struct stat st;

	if (policies->count > 0)
		return;
	/* lstat: a link that leads nowhere is there; only ENOENT means that nothing is. */
	if (lstat(SOURCES_DEFAULT, &st) < 0 && errno == ENOENT)
		chosen = command ? sources_profile(command) : NULL;
	if (chosen)
		policies->items[policies->count++] = chosen;
}
