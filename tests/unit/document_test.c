/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rules/document.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* A tree as text, with where each node was written: {a@1:1: x@1:4, b@2:1: [y@2:5]@2:4}@1:1 */
static void print(const struct node *node, FILE *out)
{
	if (node->kind == NODE_SCALAR) {
		(void)fprintf(out, node->is_quoted ? "'%s'" : "%s", node->text);
	} else {
		(void)fputc(node->kind == NODE_MAP ? '{' : '[', out);
		for (const struct node *item = node->items; item; item = item->next) {
			(void)fputs(item == node->items ? "" : ", ", out);
			if (item->key)
				(void)fprintf(out, "%s@%u:%u: ", item->key, item->key_line,
					      item->key_column);
			print(item, out);
		}
		(void)fputc(node->kind == NODE_MAP ? '}' : ']', out);
	}
	(void)fprintf(out, "@%u:%u", node->line, node->column);
}

static void nodes_know_where_they_were_written(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "a", "a@1:1" },
		{ "a: x\nb: [y, 'z']\n", "{a@1:1: x@1:4, b@2:1: [y@2:5, 'z'@2:8]@2:4}@1:1" },
		{ "- a\n-\n  b: 1\n", "[a@1:3, {b@3:3: 1@3:6}@3:3]@1:1" },
		{ "a: >\n  x\n  y\n", "{a@1:1: 'x y\n'@1:4}@1:1" },
		{ "# note\n---\na: {}\nb: []\n", "{a@3:1: {}@3:4, b@4:1: []@4:4}@3:1" },
		{ "{\"a\": true}", "{a@1:2: true@1:7}@1:1" },
		{ "a:\n", "{a@1:1: @1:3}@1:1" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct policy_errors errors = { 0 };
		struct arena arena = { 0 };
		const struct node *root = document_parse(&arena, "p.yaml", rows[i].text,
							 strlen(rows[i].text), &errors);
		char *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);

		assert_non_null(out);
		assert_non_null(root);
		print(root, out);
		assert_int_equal(fclose(out), 0);
		assert_string_equal(text, rows[i].want);
		assert_int_equal(errors.count, 0);
		free(text);
		arena_release(&arena);
	}
}

static void an_entry_is_found_by_its_key(void **state)
{
	static const char text[] = "a: 1\nb: {a: 2}\n";
	struct policy_errors errors = { 0 };
	struct arena arena = { 0 };
	const struct node *root = document_parse(&arena, "p.yaml", text, strlen(text), &errors);

	(void)state;
	assert_non_null(root);
	assert_string_equal(node_find(root, "a")->text, "1");
	assert_string_equal(node_find(node_find(root, "b"), "a")->text, "2");
	assert_null(node_find(root, "c"));
	assert_null(node_find(node_find(root, "a"), "a"));
	arena_release(&arena);
}

static void what_is_not_plain_yaml_is_refused_where_it_stands(void **state)
{
	static const struct {
		const char *text;
		size_t size; /* 0: up to the NUL */
		const char *want;
	} rows[] = {
		{ "", 0, "1:1: the file is empty" },
		{ "# nothing\n", 0, "2:1: the file is empty" },
		{ "a: 1\nb: 2\na: 3\n", 0, "3:1: 'a' stands here twice, first in line 1" },
		{ "x: {a: 1, a: 2}\n", 0, "1:11: 'a' stands here twice, first in line 1" },
		{ "a: *x\n", 0, "1:4: there is no anchor '&x' above" },
		{ "a: *x\nb: &x 1\n", 0, "1:4: there is no anchor '&x' above" },
		{ "*x\n", 0, "1:1: there is no anchor '&x' above" },
		{ "a: &word 1\nb: *world\n", 0,
		  "2:4: there is no anchor '&world' above; hint: did you mean '*word'?" },
		{ "a: &x [1, *x]\n", 0, "1:11: '*x' stands within what it means" },
		{ "&x\na: {b: {c: *x}}\n", 0, "2:12: '*x' stands within what it means" },
		{ "a: &x {<<: *x}\n", 0, "1:12: '*x' stands within what it means" },
		{ "a: &x 1\nb: &x 2\n", 0,
		  "2:4: the anchor '&x' stands here twice, first in line 1" },
		{ "&x a: 1\n", 0,
		  "1:1: a key has no anchor; hint: write it in front of the value" },
		{ "a: &x 1\n*x : 2\n", 0, "2:1: a key must be a word" },
		{ "a: &x 1\nb: {<<: *x}\n", 0,
		  "2:5: '<<' takes a map, or a list of maps; hint: <<: *NAME" },
		{ "b: {<<: [{a: 1}, [{}]]}\n", 0,
		  "1:5: '<<' takes a map, or a list of maps; hint: <<: *NAME" },
		{ "<<: {a: 1}\nb: 1\n<<: {c: 1}\n", 0,
		  "3:1: '<<' stands here twice, first in line 1" },
		{ "<<: {a: 1}\nb: 1\nb: 2\n", 0, "3:1: 'b' stands here twice, first in line 2" },
		{ "a: &x !!str 1\n", 0, "1:4: tags are not allowed" },
		{ "a: !!str 1\n", 0, "1:4: tags are not allowed" },
		{ "a: !x [1]\n", 0, "1:4: tags are not allowed" },
		{ "[a]: 1\n", 0, "1:1: a key must be a word" },
		{ "a: 1\n---\nb: 2\n", 0, "2:1: a second document; hint: one policy is one file" },
		{ "a: \"x\\0y\"\n", 0, "1:4: a NUL character is not allowed" },
		{ "a: 1\n b: 2\n", 0,
		  "2:3: a ': ' is not expected here; hint: put a text that has one in quotes, and "
		  "look at the indentation" },
		{ "a: [1\n", 0, "2:1: a '[' is not closed, or a ',' is missing before this" },
		{ "a: \xff\n", 0, "1:4: this is not UTF-8" },
		{ "a: \x01\n", 0, "1:4: control characters are not allowed" },
		{ "a: x\0y\n", 7, "1:5: control characters are not allowed" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		size_t size = rows[i].size ? rows[i].size : strlen(rows[i].text);
		struct policy_errors errors = { 0 };
		struct arena arena = { 0 };
		char text[256];

		assert_null(document_parse(&arena, "p.yaml", rows[i].text, size, &errors));
		assert_int_equal(errors.count, 1);
		assert_string_equal(errors.items[0].file, "p.yaml");
		(void)snprintf(text, sizeof(text), "%u:%u: %s", errors.items[0].line,
			       errors.items[0].column, errors.items[0].text);
		assert_string_equal(text, rows[i].want);
		policy_errors_release(&errors);
		assert_int_equal(errors.count, 0);
		arena_release(&arena);
	}
}

/* @head, @count times @unit, @tail. */
static char *repeat(const char *head, const char *unit, size_t count, const char *tail)
{
	size_t size = strlen(head) + count * strlen(unit) + strlen(tail) + 1;
	char *text = malloc(size);
	char *at = text;

	assert_non_null(text);
	at += snprintf(at, size, "%s", head);
	for (size_t i = 0; i < count; i++, at += strlen(unit))
		memcpy(at, unit, strlen(unit));
	memcpy(at, tail, strlen(tail) + 1);
	return text;
}

static char *many_keys(size_t count)
{
	char *text = calloc(count + 1, 16);
	size_t used = 0;

	assert_non_null(text);
	for (size_t i = 0; i < count; i++)
		used += (size_t)snprintf(text + used, 16, "k%zu: 1\n", i);
	return text;
}

/* What is just small enough, and what is not. */
static void a_document_has_bounds(void **state)
{
	const struct {
		char *good, *bad;
		const char *want;
	} rows[] = {
		{ repeat("", "[", 32, "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"),
		  repeat("", "[", 33, "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"), "more than 32 levels" },
		{ repeat("", "- a\n", 10000, ""), repeat("", "- a\n", 10001, ""),
		  "a list with more than 10,000 items" },
		{ many_keys(1000), many_keys(1001), "a map with more than 1,000 keys" },
		{ repeat("'", "x", DOCUMENT_SIZE_MAX - 2, "'"),
		  repeat("'", "x", DOCUMENT_SIZE_MAX - 1, "'"), "the file is larger than 4 MiB" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct policy_errors errors = { 0 };
		struct arena arena = { 0 };

		assert_non_null(
			document_parse(&arena, "p", rows[i].good, strlen(rows[i].good), &errors));
		assert_int_equal(errors.count, 0);
		assert_null(document_parse(&arena, "p", rows[i].bad, strlen(rows[i].bad), &errors));
		assert_int_equal(errors.count, 1);
		assert_string_equal(errors.items[0].text, rows[i].want);
		policy_errors_release(&errors);
		arena_release(&arena);
		free(rows[i].good);
		free(rows[i].bad);
	}
}

/* However deep, it ends after the 33rd level. */
static void a_bomb_of_brackets_is_refused_quickly(void **state)
{
	char *text = repeat("", "[{a: ", DOCUMENT_SIZE_MAX / 5 - 1, "");
	struct policy_errors errors = { 0 };
	struct arena arena = { 0 };

	(void)state;
	assert_null(document_parse(&arena, "p", text, strlen(text), &errors));
	assert_string_equal(errors.items[0].text, "more than 32 levels");
	policy_errors_release(&errors);
	arena_release(&arena);
	free(text);
}

static void errors_come_in_order_and_fit_for_a_terminal(void **state)
{
	static const struct {
		const char *file;
		unsigned line, column;
		const char *want;
	} rows[] = {
		/* as added;  what must stand at this place */
		{ "b", 3, 1, "b:1:9: e3" }, { "b", 2, 5, "b:2:5: e1" }, { "a", 9, 9, "b:3:1: e0" },
		{ "b", 1, 9, "b:3:1: e5" }, { "a", 1, 1, "a:1:1: e4" }, { "b", 3, 1, "a:9:9: e2" },
	};
	struct policy_errors errors = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		(void)errors_add(&errors, rows[i].file, rows[i].line, rows[i].column, "e%zu", i);
	errors_sort(&errors);
	assert_int_equal(errors.count, COUNT_OF(rows));
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char text[64];

		(void)snprintf(text, sizeof(text), "%s:%u:%u: %s", errors.items[i].file,
			       errors.items[i].line, errors.items[i].column, errors.items[i].text);
		assert_string_equal(text, rows[i].want);
	}
	(void)errors_add(&errors, "x\x1b[2J", 1, 1, "'%s'", "\x1b]0;title\x07");
	assert_string_equal(errors.items[COUNT_OF(rows)].file, "x\\x1b[2J");
	assert_string_equal(errors.items[COUNT_OF(rows)].text, "'\\x1b]0;title\\x07'");
	for (size_t i = 0; i < 2 * ERRORS_MAX; i++)
		assert_true(errors_add(&errors, "x", 1, 1, "more") < 0);
	assert_int_equal(errors.count, COUNT_OF(rows) + 2); /* once */
	for (unsigned i = 0; i < 2 * ERRORS_MAX; i++)
		assert_true(errors_add(&errors, "x", 1, i, "more") < 0);
	assert_int_equal(errors.count, ERRORS_MAX);
	policy_errors_release(&errors);
}

/* A document that is good. */
static const struct node *parse(struct arena *arena, const char *text)
{
	struct policy_errors errors = { 0 };
	const struct node *root = document_parse(arena, "p.yaml", text, strlen(text), &errors);

	assert_int_equal(errors.count, 0);
	assert_non_null(root);
	return root;
}

static void an_alias_is_what_its_anchor_marks(void **state)
{
	struct arena arena = { 0 };
	const struct node *root = parse(&arena, "a: &x [1, &y {k: v}]\nb: *x\nc: [*y, *y]\n");
	const struct node *a = node_find(root, "a");
	const struct node *b = node_find(root, "b");
	const struct node *c = node_find(root, "c");

	(void)state;
	assert_ptr_equal(a->items, b->items);
	/* Its key is its own, and its place that of the anchor. */
	assert_string_equal(b->key, "b");
	assert_int_equal(b->key_line, 2);
	assert_int_equal(b->line, 1);
	assert_int_equal(b->column, 4);
	assert_string_equal(node_find(c->items, "k")->text, "v");
	assert_null(c->items->key);
	assert_ptr_equal(c->items->items, c->items->next->items);
	assert_null(c->items->next->next);
	/* As it would be written out: three lists or maps of 4, 4, 5 nodes in one more. */
	assert_int_equal(root->size, 1 + 4 + 4 + 5);
	assert_int_equal(root->height, 3);
	arena_release(&arena);
}

static void a_merge_is_for_the_keys_that_are_not_there(void **state)
{
	static const struct {
		const char *text, *a, *b, *c; /* of the last map; NULL: there is no such key */
	} rows[] = {
		{ "x: &x {a: 1, b: 2}\nm: {<<: *x, a: 3}\n", "3", "2", NULL },
		{ "x: &x {a: 1, b: 2}\nm: {a: 3, <<: *x}\n", "3", "2", NULL },
		{ "x: &x {a: 1, b: 2}\nm: {<<: [{b: 4}, *x], c: 5}\n", "1", "4", "5" },
		{ "x: &x {a: 1, b: 2}\nm: {<<: [*x, {b: 4, c: 6}]}\n", "1", "2", "6" },
		{ "m: {<<: {<<: {a: 1, b: 2}, b: 3}, c: 4}\n", "1", "3", "4" },
		{ "x: &x {<<: {a: 1}, b: 2}\ny: &y {<<: *x, b: 3}\nm: {<<: *y}\n", "1", "3", NULL },
		{ "m: {<<: {}, a: 1}\n", "1", NULL, NULL },
		{ "m: {<<: [], a: 1}\n", "1", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const char *want[] = { rows[i].a, rows[i].b, rows[i].c };
		static const char *const keys[] = { "a", "b", "c" };
		struct arena arena = { 0 };
		const struct node *map = node_find(parse(&arena, rows[i].text), "m");

		assert_null(node_find(map, "<<"));
		for (size_t k = 0; k < COUNT_OF(keys); k++) {
			const struct node *entry = node_find(map, keys[k]);

			assert_int_equal(!entry, !want[k]);
			if (entry)
				assert_string_equal(entry->text, want[k]);
		}
		arena_release(&arena);
	}
}

static void quoted_signs_are_texts(void **state)
{
	struct arena arena = { 0 };
	const struct node *root = parse(&arena, "a: '*x'\nb: \"&x\"\n'<<': {k: v}\n");

	(void)state;
	assert_string_equal(node_find(root, "a")->text, "*x");
	assert_string_equal(node_find(root, "b")->text, "&x");
	assert_string_equal(node_find(node_find(root, "<<"), "k")->text, "v");
	arena_release(&arena);
}

/* Levels of ten aliases each. Return: whether it is read. */
static bool reads_levels(unsigned levels)
{
	struct policy_errors errors = { 0 };
	struct arena arena = { 0 };
	char text[4096];
	int used = snprintf(text, sizeof(text), "a0: &a0 x\n");
	bool good;

	for (unsigned i = 1; i <= levels; i++) {
		used += snprintf(text + used, sizeof(text) - (size_t)used, "a%u: &a%u [", i, i);
		for (unsigned j = 0; j < 10; j++)
			used += snprintf(text + used, sizeof(text) - (size_t)used, "*a%u%s", i - 1,
					 j < 9 ? ", " : "]\n");
	}
	good = document_parse(&arena, "p.yaml", text, (size_t)used, &errors);
	if (!good)
		assert_non_null(strstr(errors.items[0].text, "more than 100,000 nodes"));
	policy_errors_release(&errors);
	arena_release(&arena);
	return good;
}

static void what_aliases_stand_for_is_bounded(void **state)
{
	(void)state;
	assert_true(reads_levels(4));
	assert_false(reads_levels(5));
	assert_false(reads_levels(20));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nodes_know_where_they_were_written),
		cmocka_unit_test(an_entry_is_found_by_its_key),
		cmocka_unit_test(what_is_not_plain_yaml_is_refused_where_it_stands),
		cmocka_unit_test(a_document_has_bounds),
		cmocka_unit_test(a_bomb_of_brackets_is_refused_quickly),
		cmocka_unit_test(errors_come_in_order_and_fit_for_a_terminal),
		cmocka_unit_test(an_alias_is_what_its_anchor_marks),
		cmocka_unit_test(a_merge_is_for_the_keys_that_are_not_there),
		cmocka_unit_test(quoted_signs_are_texts),
		cmocka_unit_test(what_aliases_stand_for_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
