/* SPDX-License-Identifier: MIT */
/*
 * Random conditions, evaluated a second time: as a tree, with recursion, and with regexec(3) and
 * fnmatch(3). What the solver says must be true as well: of a condition that "can never be true" no event
 * makes yes, and of one that "is always true" none makes no.
 */
#include <errno.h>
#include <fnmatch.h>
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rules/condition.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define AGREEMENTS 20000
#define EVENTS 12
#define NODES_MAX 64
#define TEXT_SIZE CONDITION_SIZE_MAX

static uint64_t seed = 0x9e3779b97f4a7c15;

/* Source: Marsaglia, "Xorshift RNGs", 2003. */
static unsigned below(unsigned end)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 33) % end;
}

static const char *const words[] = { "A", "AB", "B", "BA", "ABA" };

static const char *any_word(void)
{
	return words[below(COUNT_OF(words))];
}

/*
 * Trees.
 */

enum field { VERB, DATABASE, QUERY, TABLES, TABLE_0, PORT, UID, HAS_WHERE, ACTION, FIELD_COUNT };

static const char *const field_names[] = {
	"verb", "database", "query", "tables", "tables[0]", "port", "uid", "has_where", "action",
};

enum node_kind { AND, OR, NOT, COMPARE };

enum way { IS, IN, LESS, AT_MOST, GREATER, AT_LEAST, MATCHES, GLOB, STARTS, ENDS, CONTAINS };

struct tree {
	enum node_kind kind;
	const struct tree *left, *right;
	enum field field;
	enum way way;
	bool negated;	      /* "!=", "not in" */
	bool mirrored;	      /* the value stands on the left */
	const char *texts[2]; /* a list has both */
	unsigned numbers[2];
};

static struct tree trees[NODES_MAX];
static size_t tree_count;

static bool is_number(enum field field)
{
	return field == PORT || field == UID;
}

static void make_text_comparison(struct tree *tree)
{
	static const char *const patterns[] = { "^A", "B$", "^A.*B$", "AB|BA", "^(A|B)$" };
	static const char *const globs[] = { "A*", "*B", "?", "A?A", "[AB]*", "*" };
	static const enum way ways[] = { IS, IN, MATCHES, GLOB, STARTS, ENDS, CONTAINS };

	tree->way = ways[below(COUNT_OF(ways))];
	tree->texts[0] = any_word();
	tree->texts[1] = any_word();
	if (tree->way == MATCHES)
		tree->texts[0] = patterns[below(COUNT_OF(patterns))];
	if (tree->way == GLOB)
		tree->texts[0] = globs[below(COUNT_OF(globs))];
	tree->negated = tree->way <= IN && below(2);
	tree->mirrored = tree->way == IS && below(4) == 0;
}

static void make_comparison(struct tree *tree)
{
	static const enum way number_ways[] = { IS, IN, LESS, AT_MOST, GREATER, AT_LEAST };
	static const enum way list_ways[] = { IN, MATCHES, GLOB, STARTS, ENDS };

	tree->kind = COMPARE;
	tree->field = (enum field)below(FIELD_COUNT);
	if (tree->field == ACTION) {
		tree->way = IS;
		tree->negated = below(2);
		tree->texts[0] = below(2) ? "database_query" : "api_call";
	} else if (tree->field == HAS_WHERE) {
		tree->way = IS;
	} else if (is_number(tree->field)) {
		tree->way = number_ways[below(COUNT_OF(number_ways))];
		tree->numbers[0] = below(5);
		tree->numbers[1] = below(5);
		tree->negated = tree->way <= IN && below(2);
		tree->mirrored = tree->way != IN && below(2);
	} else {
		make_text_comparison(tree);
		if (tree->field == TABLES && tree->way != MATCHES && tree->way != GLOB) {
			tree->way = list_ways[below(COUNT_OF(list_ways))];
			tree->negated = tree->way == IN && below(2);
			tree->mirrored = false;
			tree->texts[0] = any_word();
		}
	}
}

static const struct tree *make_tree(unsigned depth)
{
	struct tree *tree = &trees[tree_count++];
	unsigned kind = below(8);

	memset(tree, 0, sizeof(*tree));
	if (depth == 0 || kind < 2 || tree_count > NODES_MAX / 2) {
		make_comparison(tree);
		return tree;
	}
	tree->kind = kind < 5 ? AND : kind < 7 ? OR : NOT;
	tree->left = make_tree(depth - 1);
	tree->right = tree->kind == NOT ? NULL : make_tree(depth - 1);
	return tree;
}

/*
 * Printing.
 */

static size_t print(char *out, const char *text)
{
	size_t size = strlen(text);

	memcpy(out, text, size + 1);
	return size;
}

static size_t print_word(char *out, const char *text)
{
	const char *quote = below(2) ? "'" : "\"";
	size_t used = print(out, quote);

	used += print(out + used, text);
	return used + print(out + used, quote);
}

static size_t print_value(char *out, const struct tree *tree, size_t at)
{
	if (is_number(tree->field))
		return (size_t)snprintf(out, 16, "%u", tree->numbers[at]);
	return print_word(out, tree->texts[at]);
}

static size_t print_list(char *out, const struct tree *tree)
{
	size_t used = print(out, "[");

	used += print_value(out + used, tree, 0);
	used += print(out + used, ", ");
	used += print_value(out + used, tree, 1);
	return used + print(out + used, "]");
}

static size_t print_in(char *out, const struct tree *tree)
{
	const char *in = tree->negated ? " not in " : " in ";
	size_t used;

	if (tree->field == TABLES) {
		if (!tree->negated && below(2)) {
			used = print(out, "tables contains ");
			return used + print_value(out + used, tree, 0);
		}
		used = print_value(out, tree, 0);
		used += print(out + used, in);
		return used + print(out + used, "tables");
	}
	used = print(out, field_names[tree->field]);
	used += print(out + used, in);
	return used + print_list(out + used, tree);
}

static size_t print_comparison(char *out, const struct tree *tree)
{
	static const char *const operators[] = {
		[IS] = " == ",	       [LESS] = " < ",
		[AT_MOST] = " <= ",    [GREATER] = " > ",
		[AT_LEAST] = " >= ",   [MATCHES] = " matches ",
		[GLOB] = " glob ",     [STARTS] = " startswith ",
		[ENDS] = " endswith ", [CONTAINS] = " contains ",
	};
	static const enum way mirror[] = {
		[IS] = IS,	  [LESS] = GREATER,	[AT_MOST] = AT_LEAST,
		[GREATER] = LESS, [AT_LEAST] = AT_MOST,
	};
	enum way way = tree->mirrored ? mirror[tree->way] : tree->way;
	const char *infix = tree->negated ? " != " : operators[way];
	size_t used;

	if (tree->field == HAS_WHERE)
		return print(out, below(2) ? "has_where" : "has_where == true");
	if (tree->way == IN)
		return print_in(out, tree);
	if (tree->mirrored) {
		used = print_value(out, tree, 0);
		used += print(out + used, infix);
		return used + print(out + used, field_names[tree->field]);
	}
	used = print(out, field_names[tree->field]);
	used += print(out + used, infix);
	return used + print_value(out + used, tree, 0);
}

/* With parentheses where they are needed, and some where they are not. */
static size_t print_tree(char *out, const struct tree *tree, enum node_kind around)
{
	bool needs = (around == AND && tree->kind == OR) ||
		     (around == NOT && (tree->kind == AND || tree->kind == OR));
	bool has = needs || below(6) == 0;
	size_t used = print(out, has ? "(" : "");

	if (tree->kind == COMPARE) {
		used += print_comparison(out + used, tree);
	} else if (tree->kind == NOT) {
		used += print(out + used, "not ");
		used += print_tree(out + used, tree->left, NOT);
	} else {
		used += print_tree(out + used, tree->left, tree->kind);
		used += print(out + used, tree->kind == AND ? " and " : " or ");
		used += print_tree(out + used, tree->right, tree->kind);
	}
	return used + print(out + used, has ? ")" : "");
}

/*
 * Events: statements, and requests that have a query, a port and a uid in common with them.
 */

struct sample {
	struct event event;
	struct content content;
	struct statement statement;
	const char *tables[2];
};

static void make_sample(struct sample *sample)
{
	bool is_statement = below(4) > 0;

	memset(sample, 0, sizeof(*sample));
	for (size_t i = 0; i < COUNT_OF(sample->tables); i++)
		sample->tables[i] = any_word();
	sample->statement = (struct statement){
		.verb = any_word(),
		.tables = sample->tables,
		.table_count = below(3),
		.has_where = below(2),
		.is_understood = below(5) > 0,
	};
	sample->content.query = text_of(below(4) ? any_word() : NULL);
	sample->content.database = text_of(is_statement && below(4) ? any_word() : NULL);
	sample->event = (struct event){
		.action = is_statement ? ACTION_DATABASE_QUERY : ACTION_API_CALL,
		.uid = below(5),
		.host = below(4) ? "db" : NULL,
		.port = (uint16_t)below(5),
		.content = &sample->content,
		.statement = is_statement ? &sample->statement : NULL,
	};
}

/*
 * Evaluating: -1 no, 0 undecided, 1 yes.
 */

static bool has_field(const struct sample *sample, enum field field)
{
	return sample->event.action == ACTION_DATABASE_QUERY || field == QUERY || field == PORT ||
	       field == UID || field == ACTION;
}

static bool is_known(const struct sample *sample, enum field field)
{
	bool is_of_statement = field == VERB || field == TABLES || field == TABLE_0 ||
			       field == HAS_WHERE;

	return !is_of_statement || sample->statement.is_understood;
}

static const char *text_at(const struct sample *sample, enum field field)
{
	const char *text = NULL;

	if (field == VERB)
		text = sample->statement.verb;
	else if (field == DATABASE)
		text = sample->content.database.bytes;
	else if (field == QUERY)
		text = sample->content.query.bytes;
	else if (field == ACTION)
		text = action_name(sample->event.action);
	else if (sample->statement.table_count > 0)
		text = sample->tables[0];
	return text ? text : "";
}

static bool searches(const char *pattern, const char *text)
{
	regex_t regex;
	bool found;

	assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
	found = regexec(&regex, text, 0, NULL, 0) == 0;
	regfree(&regex);
	return found;
}

static bool compare_text(const struct tree *tree, const char *text)
{
	const char *other = tree->texts[0];
	size_t size = strlen(text);
	size_t other_size = strlen(other);

	switch (tree->way) {
	case IN:
		if (tree->field != TABLES && strcmp(text, tree->texts[1]) == 0)
			return true;
		return strcmp(text, other) == 0;
	case MATCHES:
		return searches(other, text);
	case GLOB:
		return fnmatch(other, text, 0) == 0;
	case STARTS:
		return strncmp(text, other, other_size) == 0;
	case ENDS:
		return size >= other_size && strcmp(text + size - other_size, other) == 0;
	case CONTAINS:
		return strstr(text, other);
	default:
		return strcmp(text, other) == 0;
	}
}

static bool compare_number(const struct tree *tree, const struct event *event)
{
	unsigned number = tree->field == UID ? event->uid : event->port;
	unsigned other = tree->numbers[0];

	if (tree->field == PORT && !event->host)
		return false;
	switch (tree->way) {
	case IN:
		return number == other || number == tree->numbers[1];
	case LESS:
		return number < other;
	case AT_MOST:
		return number <= other;
	case GREATER:
		return number > other;
	case AT_LEAST:
		return number >= other;
	default:
		return number == other;
	}
}

static bool compare(const struct tree *tree, const struct sample *sample)
{
	if (tree->field == HAS_WHERE)
		return sample->statement.has_where;
	if (is_number(tree->field))
		return compare_number(tree, &sample->event);
	if (tree->field != TABLES)
		return compare_text(tree, text_at(sample, tree->field));
	for (size_t i = 0; i < sample->statement.table_count; i++)
		if (compare_text(tree, sample->tables[i]))
			return true;
	return false;
}

static int least(int a, int b)
{
	return a < b ? a : b;
}

static int evaluate(const struct tree *tree, const struct sample *sample)
{
	switch (tree->kind) {
	case AND:
		return least(evaluate(tree->left, sample), evaluate(tree->right, sample));
	case OR:
		return -least(-evaluate(tree->left, sample), -evaluate(tree->right, sample));
	case NOT:
		return -evaluate(tree->left, sample);
	default:
		if (!is_known(sample, tree->field))
			return 0;
		return compare(tree, sample) != tree->negated ? 1 : -1;
	}
}

static bool has_fields(const struct tree *tree, const struct sample *sample)
{
	if (tree->kind == COMPARE)
		return has_field(sample, tree->field);
	return has_fields(tree->left, sample) && (!tree->right || has_fields(tree->right, sample));
}

/*
 * Both.
 */

static struct {
	size_t agreed, never, always, other, undecided;
} counts;

static void check_refused(const struct tree *tree, const char *text, const char *why)
{
	bool is_never = strncmp(why, "can never be true", 17) == 0;
	bool is_always = strncmp(why, "is always true", 14) == 0;

	counts.never += is_never;
	counts.always += is_always;
	counts.other += !is_never && !is_always;
	for (size_t i = 0; i < EVENTS; i++) {
		struct sample sample;
		int result;

		make_sample(&sample);
		if (!has_fields(tree, &sample))
			continue;
		result = evaluate(tree, &sample);
		if ((is_never && result > 0) || (is_always && result < 0))
			fail_msg("%s: %s", text, why);
	}
}

static void check_loaded(const struct tree *tree, const char *text,
			 const struct condition *condition, unsigned actions)
{
	static const int numbers[] = {
		[MATCHED_NO] = -1,
		[MATCHED_YES] = 1,
		[MATCHED_UNDECIDED] = 0,
	};

	for (size_t i = 0; i < EVENTS; i++) {
		struct sample sample;
		int want;

		make_sample(&sample);
		if (!has_fields(tree, &sample))
			continue;
		want = evaluate(tree, &sample);
		if (!(actions & ACTION_BIT(sample.event.action))) {
			if (want > 0)
				fail_msg("%s: not of this action, but true", text);
			continue;
		}
		counts.undecided += want == 0;
		if (numbers[condition_matches(condition, &sample.event)] != want)
			fail_msg("%s: want %d", text, want);
	}
	counts.agreed++;
}

static void random_conditions_agree_with_another_way_to_evaluate_them(void **state)
{
	static const struct condition_scope scope = { .actions = ACTION_ALL };
	static char text[8 * TEXT_SIZE];

	(void)state;
	while (counts.agreed < AGREEMENTS) {
		const struct condition *condition;
		struct condition_fault fault = { 0 };
		struct arena arena = { 0 };
		const struct tree *tree;
		unsigned actions;

		tree_count = 0;
		tree = make_tree(below(5));
		print_tree(text, tree, OR);
		if (condition_compile(&arena, text, &scope, &condition, &actions, &fault) == 0)
			check_loaded(tree, text, condition, actions);
		else
			check_refused(tree, text, fault.text);
		arena_release(&arena);
	}
	print_message(
		"%zu agreed, %zu results undecided; refused: %zu never, %zu always, %zu other\n",
		counts.agreed, counts.undecided, counts.never, counts.always, counts.other);
	/* Each of them was there. */
	assert_true(counts.undecided > 1000 && counts.never > 100 && counts.always > 10);
	assert_true(counts.other < counts.agreed / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_conditions_agree_with_another_way_to_evaluate_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
