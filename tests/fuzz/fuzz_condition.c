/* SPDX-License-Identifier: MIT */
/*
 * Conditions: whatever the text is, it loads or it is said what is wrong with it, where it is; and what
 * loads can be asked of any event of its actions.
 *
 * The input is a condition, after a NUL a text that the events have in their fields.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rules/condition.h"
#include "rules/property.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NAMED (ACTION_BIT(ACTION_CONNECT) | ACTION_BIT(ACTION_EXECUTE))

/* All fields at once; @string NUL-terminated, @text the whole. */
static void ask(const struct condition *condition, unsigned actions, const char *string,
		struct text text)
{
	const char *const list[] = { string, "a", "" };
	const struct header headers[] = { { "a", text }, { "host", text_of(string) } };
	const struct content content = {
		.query = text,
		.dialect = text,
		.method = text,
		.url = text,
		.body = text,
		.headers = headers,
		.header_count = 2,
		.data = text,
		.arguments = text,
	};
	const struct statement statement = {
		.verb = "DROP",
		.tables = list,
		.table_count = 3,
		.is_understood = text.size % 2,
	};
	struct event event = {
		.agent = "fuzz",
		.program = text.size % 3 ? string : "",
		.path = string,
		.operation = "create",
		.argv = list,
		.argc = 3,
		.host = text.size % 5 ? string : NULL,
		.has_ip = true,
		.port = (uint16_t)text.size,
		.protocol = PROTOCOL_TCP,
		.content = &content,
		.statement = &statement,
	};

	for (int i = 1; i < ACTION_COUNT; i++) {
		event.action = (enum action)i;
		if (actions & ACTION_BIT(i) && condition_matches(condition, &event) > 2)
			abort();
	}
}

static void check(const char *condition_text, const char *string, struct text text,
		  const struct condition_scope *scope)
{
	const struct condition *condition = NULL;
	struct condition_fault fault = { 0 };
	struct arena arena = { 0 };
	unsigned actions = 0;
	int r = condition_compile(&arena, condition_text, scope, &condition, &actions, &fault);

	if (r == 0) {
		if (!actions || actions & ~scope->actions)
			abort();
		for (size_t i = 0; property_at(i); i++)
			(void)condition_concerns(condition, property_at(i)->name);
		ask(condition, actions, string, text);
	} else if (r != -EINVAL || condition || actions || !fault.text[0] ||
		   fault.offset > strlen(condition_text)) {
		abort();
	}
	arena_release(&arena);
}

static char *copy(const uint8_t *bytes, size_t size)
{
	char *string = malloc(size + 1);

	if (!string)
		abort();
	if (size > 0)
		memcpy(string, bytes, size);
	string[size] = '\0';
	return string;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct variable home = { .name = "HOME", .value = "/home/me" };
	static const struct variable workspace = {
		.next = &home,
		.name = "WORKSPACE",
		.value = "/home/me/w*[s",
	};
	static const struct condition_scope all = { &workspace, ACTION_ALL, false };
	static const struct condition_scope named = { &workspace, NAMED, true };
	const uint8_t *end = size ? memchr(data, '\0', size) : NULL;
	size_t condition_size = end ? (size_t)(end - data) : size;
	size_t text_size = end ? size - condition_size - 1 : 0;
	char *condition = copy(data, condition_size);
	char *string = copy(end ? end + 1 : NULL, text_size);
	struct text text = { string, text_size };

	check(condition, string, text, &all);
	check(condition, string, text, &named);
	free(condition);
	free(string);
	return 0;
}
