/* SPDX-License-Identifier: MIT */
/*
 * The table is turned into what getopt_long(3) wants: row n is the value LONG_BASE + n of a long
 * option, so that a long and a short spelling end at the same row.
 */
#include "common/options.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <string.h>

#include "common/nearest.h"

#define ROWS_MAX 64
#define LONG_BASE 256 /* above every letter */
#define HELP_COLUMN 27

static const char help_text[] = "print this help and exit";
static const char version_text[] = "print the version and exit";

struct parse {
	const struct option_row *rows; /* borrowed */
	size_t row_count;
	struct option longs[ROWS_MAX + 3];
	const char *names[ROWS_MAX + 2]; /* borrowed; those of @longs */
	char letters[2 * ROWS_MAX + 8];
};

static bool takes_argument(const struct option_row *row)
{
	return row->kind != OPTION_FLAG;
}

static bool letter_is_taken(const struct option_row *rows, size_t row_count, char letter)
{
	for (size_t i = 0; i < row_count; i++)
		if (rows[i].letter == letter)
			return true;
	return false;
}

static void add_long(struct parse *parse, size_t at, const char *name, int has_arg)
{
	parse->longs[at] = (struct option){ name, has_arg, NULL, LONG_BASE + (int)at };
	parse->names[at] = name;
}

/* @prefix: "+" when the first operand ends the options, "" when operands may stand between them. */
static void parse_init(struct parse *parse, const char *prefix, const struct option_row *rows,
		       size_t row_count)
{
	char *letter = parse->letters;

	assert(row_count <= ROWS_MAX);
	*parse = (struct parse){ .rows = rows, .row_count = row_count };
	if (*prefix)
		*letter++ = *prefix;
	*letter++ = ':'; /* a missing argument is told apart from an unknown option */
	for (size_t i = 0; i < row_count; i++) {
		add_long(parse, i, rows[i].name,
			 takes_argument(&rows[i]) ? required_argument : no_argument);
		if (!rows[i].letter)
			continue;
		*letter++ = rows[i].letter;
		if (takes_argument(&rows[i]))
			*letter++ = ':';
	}
	add_long(parse, row_count, "help", no_argument);
	add_long(parse, row_count + 1, "version", no_argument);
	if (!letter_is_taken(rows, row_count, 'h'))
		*letter++ = 'h';
}

/* The row that getopt's @value stands for; the count for --help, one more for --version. */
static size_t row_of(const struct parse *parse, int value)
{
	if (value >= LONG_BASE)
		return (size_t)(value - LONG_BASE);
	for (size_t i = 0; i < parse->row_count; i++)
		if (parse->rows[i].letter == value)
			return i;
	return parse->row_count; /* -h */
}

static int store(const struct option_row *row, const char *argument, struct fault *fault)
{
	struct option_list *list = row->target;

	switch (row->kind) {
	case OPTION_FLAG:
		*(bool *)row->target = true;
		return 0;
	case OPTION_TEXT:
		*(const char **)row->target = argument;
		return 0;
	case OPTION_LIST:
		break;
	}
	if (list->count == OPTION_LIST_MAX)
		return fault_set(fault, -EINVAL, "option '--%s' given more than %d times",
				 row->name, OPTION_LIST_MAX);
	list->items[list->count++] = argument;
	return 0;
}

/* getopt takes any unique beginning of a name; two names that begin alike are a question. */
static bool is_ambiguous(const struct parse *parse, const char *name, size_t len)
{
	size_t begin_alike = 0;

	for (size_t i = 0; i < parse->row_count + 2; i++)
		begin_alike += strncmp(parse->names[i], name, len) == 0;
	return begin_alike > 1;
}

static int unknown_long(const struct parse *parse, const char *word, struct fault *fault)
{
	char name[64];
	size_t len = strcspn(word + 2, "=");
	int shown = len > 200 ? 200 : (int)len;
	const char *meant;

	if (is_ambiguous(parse, word + 2, len))
		return fault_set(fault, -EINVAL, "ambiguous option '--%.*s'", shown, word + 2);
	if (len >= sizeof(name))
		return fault_set(fault, -EINVAL, "unknown option '--%.*s'", shown, word + 2);
	memcpy(name, word + 2, len);
	name[len] = '\0';
	meant = nearest_word(name, parse->names, parse->row_count + 2);
	if (!meant)
		return fault_set(fault, -EINVAL, "unknown option '--%s'", name);
	return fault_set(fault, -EINVAL, "unknown option '--%s'; hint: did you mean '--%s'?", name,
			 meant);
}

/* What getopt found wrong: @found is ':' or '?', @word the argument it looked at. */
static int usage_error(const struct parse *parse, int found, const char *word, struct fault *fault)
{
	size_t at;

	if (found == '?' && optopt == 0)
		return unknown_long(parse, word, fault);
	if (found == '?' && optopt < LONG_BASE)
		return fault_set(fault, -EINVAL, "unknown option '-%c'", optopt);
	at = row_of(parse, optopt);
	if (found == '?')
		return fault_set(fault, -EINVAL, "option '--%s' takes no argument",
				 parse->names[at]);
	return fault_set(fault, -EINVAL, "option '--%s' needs an argument (%s)", parse->names[at],
			 parse->rows[at].argument);
}

static int parse_all(const struct parse *parse, int argc, char **argv, int *out_first,
		     struct fault *fault)
{
	int found;

	opterr = 0;
	optind = 0; /* glibc: forget an earlier command line altogether */
	while ((found = getopt_long(argc, argv, parse->letters, parse->longs, NULL)) != -1) {
		size_t at;
		int r;

		if (found == '?' || found == ':')
			return usage_error(parse, found, argv[optind - 1], fault);
		at = row_of(parse, found);
		if (at == parse->row_count)
			return OPTIONS_E_HELP;
		if (at == parse->row_count + 1)
			return OPTIONS_E_VERSION;
		r = store(&parse->rows[at], optarg, fault);
		if (r < 0)
			return r;
	}
	*out_first = optind;
	return 0;
}

int options_parse(const struct option_row *rows, size_t row_count, int argc, char **argv,
		  int *out_first, struct fault *fault)
{
	struct parse parse;

	parse_init(&parse, "+", rows, row_count);
	return parse_all(&parse, argc, argv, out_first, fault);
}

int options_parse_mixed(const struct option_row *rows, size_t row_count, int argc, char **argv,
			int *out_first, struct fault *fault)
{
	struct parse parse;

	parse_init(&parse, "", rows, row_count);
	return parse_all(&parse, argc, argv, out_first, fault);
}

static void help_row(FILE *out, const struct option_row *row)
{
	char letter[8] = "    ";
	int used;

	if (row->letter)
		(void)snprintf(letter, sizeof(letter), "-%c, ", row->letter);
	used = fprintf(out, "  %s--%s%s%s", letter, row->name, row->argument ? " " : "",
		       row->argument ? row->argument : "");
	/* A long spelling gets a line of its own. */
	if (used > HELP_COLUMN - 2)
		used = fprintf(out, "\n") - 1;
	(void)fprintf(out, "%*s%s\n", HELP_COLUMN - used, "", row->help);
}

void options_help(FILE *out, const char *usage, const char *summary, const struct option_row *rows,
		  size_t row_count)
{
	const struct option_row help = { .name = "help", .help = help_text };
	const struct option_row version = { .name = "version", .help = version_text };

	(void)fprintf(out, "Usage: %s\n\n%s\n\n", usage, summary);
	for (size_t i = 0; i < row_count; i++)
		help_row(out, &rows[i]);
	help_row(out, &help);
	help_row(out, &version);
}
