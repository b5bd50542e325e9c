/* SPDX-License-Identifier: MIT */
/*
 * The actions: what a governed call does, and what is said to a peer, in the words of the policy
 * language and of the recorder.
 */
#ifndef AGENTOS_COMMON_ACTION_H
#define AGENTOS_COMMON_ACTION_H

#include <stdbool.h>

enum action {
	ACTION_NONE, /* a call that is not judged, only answered */
	ACTION_READ_FILE,
	ACTION_WRITE_FILE,
	ACTION_DELETE_FILE,
	ACTION_EXECUTE,
	ACTION_CONNECT,
	ACTION_LISTEN,
	/* From here on the content actions: seen in what is said, not in a call's arguments. */
	ACTION_RESOLVE,
	ACTION_DATABASE_QUERY,
	ACTION_API_CALL,
	ACTION_SEND_DATA,
	ACTION_OUTPUT,
	ACTION_TOOL_CALL,
	ACTION_COUNT,
};

/* A set of actions: bit n stands for action n. */
#define ACTION_BIT(action) (1u << (action))
#define ACTION_ALL (((1u << ACTION_COUNT) - 1) & ~1u)
#define ACTION_KERNEL (ACTION_BIT(ACTION_RESOLVE) - ACTION_BIT(ACTION_READ_FILE))
#define ACTION_CONTENT (ACTION_ALL & ~ACTION_KERNEL)
#define ACTION_FILES                                                                               \
	(ACTION_BIT(ACTION_READ_FILE) | ACTION_BIT(ACTION_WRITE_FILE) |                            \
	 ACTION_BIT(ACTION_DELETE_FILE))
#define ACTION_NETWORK (ACTION_BIT(ACTION_CONNECT) | ACTION_BIT(ACTION_LISTEN))

/** action_name() - Return: the name used in policies and records; "none" for ACTION_NONE. */
const char *action_name(enum action action);

/**
 * action_parse() - read an action's name, aliases of the original vocabulary included
 * @name:       e.g. "read_file", "file_read", "shell_exec"
 * @out_action: written only on success
 *
 * Return: whether @name is the name of an action.
 */
bool action_parse(const char *name, enum action *out_action);

/** action_changes() - Return: whether the action changes something (recorded before the answer). */
bool action_changes(enum action action);

#endif
