/* SPDX-License-Identifier: MIT */
/*
 * A question in JSON, as SDKs and gateways put it, and its answer: what `agentos decide` speaks.
 *
 *   {"action": "database_query", "params": {"query": "..."}, "request_id": "...",
 *    "context": {"agent_id": "a", "policies": ["read_only"], "history": [], "metadata": {}}}
 *
 *   {"success": false, "data": null, "error": "...", "signal": null, "request_id": "...",
 *    "updated_context": {...}, "metadata": {...}, "verdict": "deny", "rule": "...", ...}
 *
 * An action that the language does not know is a tool's: a tool_call of that name.
 */
#ifndef AGENTOS_CLI_ASKED_H
#define AGENTOS_CLI_ASKED_H

#include <jansson.h>
#include <limits.h>

#include "cli/policies.h"
#include "common/event.h"
#include "common/url.h"

#define ASKED_ARGUMENTS_MAX 1024
#define ASKED_HEADERS_MAX 256
#define ASKED_POLICIES_MAX 16

struct asked {
	json_t *request; /* owned; the strings below are its */
	struct event event;
	struct content content;
	struct url url;
	char path[PATH_MAX];
	char program[PATH_MAX];
	const char *argv[ASKED_ARGUMENTS_MAX];
	struct header headers[ASKED_HEADERS_MAX];
	char *arguments;			  /* owned: params of a tool, as JSON */
	const char *policies[ASKED_POLICIES_MAX]; /* names of built-ins, @policy_count */
	size_t policy_count;
};

/**
 * asked_read() - understand one request
 * @line:     JSON, @size bytes
 * @policies: what "~" and relative paths mean
 * @out:      written also on failure; release with asked_release()
 *
 * What has the wrong type, a path or URL that is none, and more than there is room for is an error:
 * nothing is decided about half a request.
 *
 * Return: 0, or negative errno with @fault set.
 */
int asked_read(const char *line, size_t size, const struct policies *policies, struct asked *out,
	       struct fault *fault);

/** asked_release() - free what it owns. */
void asked_release(struct asked *asked);

/**
 * asked_answer() - the answer to a request that was understood
 * Return: a new reference; NULL without memory.
 */
json_t *asked_answer(const struct asked *asked, const struct decision *decision);

/** asked_error() - the answer to one that was not, or that no policy could be loaded for. As above. */
json_t *asked_error(const struct asked *asked, const char *text);

#endif
