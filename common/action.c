/* SPDX-License-Identifier: MIT */
#include "common/action.h"

#include <stddef.h>
#include <string.h>

static const char *const names[ACTION_COUNT] = {
	[ACTION_NONE] = "none",
	[ACTION_READ_FILE] = "read_file",
	[ACTION_WRITE_FILE] = "write_file",
	[ACTION_DELETE_FILE] = "delete_file",
	[ACTION_EXECUTE] = "execute",
	[ACTION_CONNECT] = "connect",
	[ACTION_LISTEN] = "listen",
	[ACTION_RESOLVE] = "resolve",
	[ACTION_DATABASE_QUERY] = "database_query",
	[ACTION_API_CALL] = "api_call",
	[ACTION_SEND_DATA] = "send_data",
	[ACTION_OUTPUT] = "output",
	[ACTION_TOOL_CALL] = "tool_call",
};

/* The original system's words for the same things (policy-language.md, "Aliases"). */
static const struct {
	const char *name;
	enum action action;
} aliases[] = {
	{ "file_read", ACTION_READ_FILE },     { "file_write", ACTION_WRITE_FILE },
	{ "file_delete", ACTION_DELETE_FILE }, { "code_execution", ACTION_EXECUTE },
	{ "shell_exec", ACTION_EXECUTE },
};

const char *action_name(enum action action)
{
	return action < ACTION_COUNT ? names[action] : names[ACTION_NONE];
}

bool action_parse(const char *name, enum action *out_action)
{
	for (int i = ACTION_NONE + 1; i < ACTION_COUNT; i++) {
		if (strcmp(name, names[i]) == 0) {
			*out_action = (enum action)i;
			return true;
		}
	}
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
		if (strcmp(name, aliases[i].name) == 0) {
			*out_action = aliases[i].action;
			return true;
		}
	}
	return false;
}

bool action_changes(enum action action)
{
	return action != ACTION_NONE && action != ACTION_READ_FILE;
}
