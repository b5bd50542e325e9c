/* SPDX-License-Identifier: MIT */
#include "rules/variables.h"

#include <errno.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* What a run says itself, and nobody else can. */
static const struct {
	const char *name;
	size_t offset; /* of the value in struct policy_scope */
	bool is_path;
} own[] = {
	{ "WORKSPACE", offsetof(struct policy_scope, workspace), true },
	{ "HOME", offsetof(struct policy_scope, home), true },
	{ "TMPDIR", offsetof(struct policy_scope, tmpdir), true },
	{ "CWD", offsetof(struct policy_scope, cwd), true },
	{ "USER", offsetof(struct policy_scope, user), false },
	{ "AGENT_ID", offsetof(struct policy_scope, agent), false },
};

static bool is_own(const char *name, size_t len)
{
	for (size_t i = 0; i < COUNT_OF(own); i++)
		if (strlen(own[i].name) == len && memcmp(own[i].name, name, len) == 0)
			return true;
	return false;
}

static bool is_name(const char *name, size_t len)
{
	static const char allowed[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";

	return len > 0 && strspn(name, allowed) >= len && (name[0] < '0' || name[0] > '9');
}

/* A value counts literally: no place of the language looks for a home in it. */
static bool is_homely(const char *value)
{
	return value[0] == '~' && (value[1] == '\0' || value[1] == '/');
}

static struct variable *variable_new(struct arena *arena, const char *name, size_t name_len,
				     const char *value)
{
	struct variable *variable = arena_alloc(arena, sizeof(*variable));

	if (!variable)
		return NULL;
	variable->name = arena_copy(arena, name, name_len);
	variable->value = arena_copy(arena, value, strlen(value));
	return variable->name && variable->value ? variable : NULL;
}

static int add_own(struct arena *arena, const struct policy_scope *scope,
		   const struct variable **list, struct fault *fault)
{
	for (size_t i = 0; i < COUNT_OF(own); i++) {
		const char *const *at = (const void *)((const char *)scope + own[i].offset);
		const char *value = *at ? *at : "";
		struct variable *variable;

		if (own[i].is_path && value[0] != '/')
			return fault_set(fault, -EINVAL,
					 "cannot load the policy: %s is not an absolute path: '%s'",
					 own[i].name, value);
		variable = variable_new(arena, own[i].name, strlen(own[i].name), value);
		if (!variable)
			return fault_set(fault, -ENOMEM, "cannot load the policy: out of memory");
		variable->next = *list;
		*list = variable;
	}
	return 0;
}

static int add_set(struct arena *arena, const char *set, bool *used, const struct variable **list,
		   struct fault *fault)
{
	const char *equals = strchr(set, '=');
	size_t len = equals ? (size_t)(equals - set) : 0;
	struct variable *variable;

	if (!is_name(set, len))
		return fault_set(fault, -EINVAL,
				 "cannot set a variable: '%s': NAME=VALUE is needed", set);
	if (is_own(set, len))
		return fault_set(fault, -EINVAL,
				 "cannot set a variable: '%s': agentos sets it itself", set);
	if (is_homely(equals + 1))
		return fault_set(fault, -EINVAL,
				 "cannot set a variable: '%s': its value counts literally; hint: "
				 "write the home in full",
				 set);
	variable = variable_new(arena, set, len, equals + 1);
	if (!variable)
		return fault_set(fault, -ENOMEM, "cannot load the policy: out of memory");
	variable->used = used;
	variable->next = *list;
	*list = variable;
	return 0;
}

int variables_of_scope(struct arena *arena, const struct policy_scope *scope, bool *set_used,
		       const struct variable **out, struct fault *fault)
{
	const struct variable *list = NULL;
	int r = add_own(arena, scope, &list, fault);

	/* The last --set of a name comes first, and so wins. */
	for (size_t i = 0; i < scope->set_count && r == 0; i++)
		r = add_set(arena, scope->sets[i], &set_used[i], &list, fault);
	if (r == 0)
		*out = list;
	return r;
}

int variables_inherit(struct arena *arena, const struct variable *from,
		      const struct variable *shared, const struct variable **list)
{
	const struct variable *first = *list;
	const struct variable **end = &first;

	for (; from != shared; from = from->next) {
		struct variable *copy = arena_alloc(arena, sizeof(*copy));

		if (!copy)
			return -ENOMEM;
		*copy = *from;
		copy->next = *list;
		*end = copy;
		end = &copy->next;
	}
	*list = first;
	return 0;
}

/* The value of an entry; after an error one that makes no others where it is used. */
static const char *value_of(struct compile *compile, const struct node *entry)
{
	const char *value;

	if (!compile_text(compile, entry, &value))
		return "/";
	if (!is_homely(value))
		return value;
	(void)compile_fail(compile, entry,
			   "the value of a variable counts literally; hint: for the home write "
			   "'${HOME}%s'",
			   value + 1);
	return "/";
}

static void define_one(struct compile *compile, const struct node *entry,
		       const struct variable *shared)
{
	size_t len = strlen(entry->key);
	struct variable *variable;
	const char *value;

	if (!is_name(entry->key, len)) {
		(void)compile_fail(
			compile, entry,
			"'%.80s' is no name of a variable; hint: letters, digits and '_'",
			entry->key);
		return;
	}
	if (is_own(entry->key, len)) {
		(void)compile_fail(compile, entry, "'%s' is set by agentos itself", entry->key);
		return;
	}
	value = value_of(compile, entry);
	if (variable_value(shared, entry->key))
		return;
	variable = variable_new(compile->arena, entry->key, len, value);
	if (!variable) {
		(void)compile_short(compile);
		return;
	}
	variable->next = compile->variables;
	compile->variables = variable;
}

void variables_define(struct compile *compile, const struct node *vars,
		      const struct variable *shared)
{
	if (vars->kind != NODE_MAP) {
		(void)compile_fail(compile, vars, "'vars' is a map of names and values");
		return;
	}
	for (const struct node *entry = vars->items; entry; entry = entry->next)
		define_one(compile, entry, shared);
}
