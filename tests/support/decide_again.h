/* SPDX-License-Identifier: MIT */
/*
 * For tests/unit/decide_random_test.c: policies as it makes them, decided without rules/.
 */
#ifndef AGENTOS_TESTS_SUPPORT_DECIDE_AGAIN_H
#define AGENTOS_TESTS_SUPPORT_DECIDE_AGAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "common/event.h"
#include "common/verdict.h"

#define RULES_MAX 12
#define KEYS_MAX 5
#define ITEMS_MAX 3
#define EXCEPTS_MAX 2
#define FILES_MAX 3

#define BIT(action) (1u << ACTION_##action)
#define FILES (BIT(READ_FILE) | BIT(WRITE_FILE) | BIT(DELETE_FILE))
#define SOCKETS (BIT(CONNECT) | BIT(LISTEN))
#define KERNEL (FILES | BIT(EXECUTE) | SOCKETS)
#define PEERS (BIT(DATABASE_QUERY) | BIT(API_CALL) | BIT(SEND_DATA))
#define EVERY (KERNEL | PEERS | BIT(RESOLVE) | BIT(OUTPUT) | BIT(TOOL_CALL))

enum form { QUOTED, PLAIN };

/* A key of rules: the actions that have it, and its values. */
struct key_row {
	const char *name;
	unsigned actions;
	const char *const *pool;
	size_t count;
	enum form form;
};

/* A key of one rule, and what was written there. */
struct key {
	const struct key_row *row;
	const char *items[ITEMS_MAX];
	size_t count;
};

/* A comparison of a condition, in words that are printed, and what it is. */
struct leaf {
	const char *text;
	unsigned actions; /* that have the field */
	int (*holds)(const struct event *event);
};

struct match {
	struct key keys[KEYS_MAX];
	size_t key_count;
	const struct leaf *leaves[2]; /* of the condition; NULL: none */
	enum { ALONE, BOTH, EITHER } joined;
	bool negated;	  /* the last of them */
	enum action only; /* "action == ... and" in front; ACTION_NONE: nothing */
};

struct rule {
	char name[32];
	unsigned on; /* 0: not said */
	bool is_write_alias, is_mail_alias;
	struct match match;
	struct match excepts[EXCEPTS_MAX];
	size_t except_count;
	const char *word; /* of the verdict */
	enum verdict verdict;
	bool is_off, is_over, has_limit, has_signal;
};

struct file {
	size_t first, end; /* rules */
	bool has_default[ACTION_COUNT];
	enum verdict defaults[ACTION_COUNT];
	char default_text[128];
};

struct merged {
	struct rule rules[RULES_MAX];
	size_t rule_count;
	struct file files[FILES_MAX];
	size_t file_count;
};

/* Comparisons of conditions, @leaf_count of them. */
extern const struct leaf leaf_rows[];
extern const size_t leaf_count;

/**
 * decide_again() - judge one event
 * @out: the verdict
 *
 * Return: the rule that decides; NULL for the default.
 */
const struct rule *decide_again(const struct merged *merged, const struct event *event,
				enum verdict *out);

#endif
