/* SPDX-License-Identifier: MIT */
/*
 * Values that a field never has: what compares with them would be false, silently.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "common/nearest.h"
#include "rules/condition_tree.h"

#define BIT(compare) (1u << (compare))
#define EQUAL (BIT(COMPARE_EQUAL) | BIT(COMPARE_IN))
#define STARTS BIT(COMPARE_STARTS)
#define PARTS (STARTS | BIT(COMPARE_ENDS) | BIT(COMPARE_CONTAINS))

typedef int check_fn(const struct reading *reading, enum compare compare, struct operand *constant);

static int fail_word(const struct reading *reading, const struct operand *constant,
		     const char *what, const char *const *words, size_t word_count)
{
	const char *word = constant->value.text.bytes;
	const char *meant = nearest_word(word, words, word_count);

	if (meant)
		return condition_fail(reading, constant->start,
				      "unknown %s '%.60s'; hint: did you mean '%s'?", what, word,
				      meant);
	return condition_fail(reading, constant->start, "unknown %s '%.60s'", what, word);
}

/* In the words of today, also what is written in those of the original. */
static int check_action(const struct reading *reading, enum compare compare,
			struct operand *constant)
{
	const char *words[ACTION_COUNT];
	enum action action;

	(void)compare;
	for (int i = 1; i < ACTION_COUNT; i++)
		words[i - 1] = action_name((enum action)i);
	if (!action_parse(constant->value.text.bytes, &action))
		return fail_word(reading, constant, "action", words, ACTION_COUNT - 1);
	constant->value.text = text_of(action_name(action));
	return 0;
}

static int check_protocol(const struct reading *reading, enum compare compare,
			  struct operand *constant)
{
	static const char *const words[] = { "tcp", "udp", "unix" };

	(void)compare;
	if (protocol_parse(constant->value.text.bytes) == PROTOCOL_NONE)
		return fail_word(reading, constant, "protocol", words,
				 sizeof(words) / sizeof(words[0]));
	return 0;
}

/* In the one form in which addresses are compared. */
static int check_ip(const struct reading *reading, enum compare compare, struct operand *constant)
{
	const char *text = constant->value.text.bytes;
	char *buffer = arena_alloc(reading->arena, INET6_ADDRSTRLEN);
	struct in6_addr ip;

	(void)compare;
	if (!buffer)
		return -ENOMEM;
	if (!ip_parse(text, &ip))
		return condition_fail(reading, constant->start, "'%.60s' is no address%s", text,
				      strchr(text, '/') ? "; hint: the key 'ip' knows networks"
							: "");
	constant->value.text = text_of(ip_format(&ip, buffer, INET6_ADDRSTRLEN));
	return 0;
}

static int check_case(const struct reading *reading, struct operand *constant,
		      int (*is_wrong)(int c), const char *what)
{
	const char *text = constant->value.text.bytes;

	for (size_t i = 0; text[i]; i++)
		if (is_wrong((unsigned char)text[i]))
			return condition_fail(reading, constant->start,
					      "'%.60s' has letters that it never has: %s", text,
					      what);
	return 0;
}

static int check_verb(const struct reading *reading, enum compare compare, struct operand *constant)
{
	(void)compare;
	return check_case(reading, constant, islower, "verbs are in upper case");
}

static int check_host(const struct reading *reading, enum compare compare, struct operand *constant)
{
	(void)compare;
	return check_case(reading, constant, isupper, "hosts are in lower case");
}

static int check_ext(const struct reading *reading, enum compare compare, struct operand *constant)
{
	const char *text = constant->value.text.bytes;

	(void)compare;
	if (text[0] == '.')
		return condition_fail(reading, constant->start,
				      "'%.60s': 'ext' begins behind the dot", text);
	return 0;
}

static int check_name(const struct reading *reading, enum compare compare, struct operand *constant)
{
	const char *text = constant->value.text.bytes;

	(void)compare;
	if (strchr(text, '/'))
		return condition_fail(reading, constant->start,
				      "'%.60s': there is no slash in a 'name'", text);
	return 0;
}

static int check_path(const struct reading *reading, enum compare compare, struct operand *constant)
{
	const char *text = constant->value.text.bytes;

	(void)compare;
	if (text[0] == '/' || text[0] == '@')
		return 0;
	return condition_fail(reading, constant->start, "'%.60s' is no whole path; hint: %s", text,
			      text[0] == '~' ? "write ${HOME}, or use 'glob'"
					     : "use 'glob' for a name or a pattern");
}

static int check_dir(const struct reading *reading, enum compare compare, struct operand *constant)
{
	const char *text = constant->value.text.bytes;
	size_t size = constant->value.text.size;

	if (compare != COMPARE_STARTS && size > 1 && text[size - 1] == '/')
		return condition_fail(reading, constant->start,
				      "'%.60s': there is no slash at the end of a 'dir'", text);
	return check_path(reading, compare, constant);
}

static const struct {
	const char *name;
	unsigned compares; /* BITs of those that are checked */
	check_fn *check;
} checks[] = {
	{ "action", EQUAL, check_action },
	{ "protocol", EQUAL, check_protocol },
	{ "ip", EQUAL, check_ip },
	{ "verb", EQUAL | PARTS, check_verb },
	{ "host", EQUAL | PARTS, check_host },
	{ "ext", EQUAL | STARTS, check_ext },
	{ "name", EQUAL | PARTS, check_name },
	{ "path", EQUAL | STARTS, check_path },
	{ "dir", EQUAL | STARTS, check_dir },
	{ "program", EQUAL | STARTS, check_path },
	{ "script", EQUAL | STARTS, check_path },
};

/* The empty text is what a field is that is not there; of actions, none is. */
static int check_one(const struct reading *reading, check_fn *check, enum compare compare,
		     struct operand *constant)
{
	if (constant->value.text.size == 0 && check != check_action)
		return 0;
	return check(reading, compare, constant);
}

int condition_check_value(const struct reading *reading, struct comparison *comparison)
{
	const struct property *property = comparison->left.property;
	struct operand *right = &comparison->right;
	int r = 0;

	if (!property || right->property || comparison->left.type != PROPERTY_TEXT)
		return 0;
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		if (!(checks[i].compares & BIT(comparison->compare)) ||
		    strcmp(checks[i].name, property->name) != 0)
			continue;
		if (right->type == PROPERTY_TEXT)
			r = check_one(reading, checks[i].check, comparison->compare, right);
		for (size_t j = 0; j < right->item_count && r == 0; j++)
			r = check_one(reading, checks[i].check, comparison->compare,
				      &right->items[j]);
	}
	return r;
}
