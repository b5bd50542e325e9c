/* SPDX-License-Identifier: MIT */
/*
 * A tree is as high as the tokens that can lie below each other. Between two separators of a level
 * of brackets these are all tokens, with the heights of the brackets among them. A comma, OR, and an
 * AND that is not that of BETWEEN stand between things that lie beside each other: the lists of the
 * grammar, and BoolExpr, which takes the whole chain. UNION and JOIN stand between such things too,
 * but make levels themselves; so does CASE, which may hold separators without brackets.
 */
#include "rules/sql_depth.h"

#include <pg_query.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

struct level {
	unsigned run;	   /* tokens since the last separator */
	unsigned highest;  /* of the runs before it */
	unsigned chain;	   /* UNION, JOIN, CASE */
	unsigned betweens; /* whose AND is to come */
};

struct levels {
	struct level levels[SQL_DEPTH_TOKENS_MAX + 1];
	size_t depth;
	unsigned outer; /* the heights of the levels around the last */
	size_t count;	/* of all tokens */
	bool is_after_dot;
	bool is_refused; /* it is too high, or there are too many */
};

static unsigned height(const struct level *level)
{
	return (level->run > level->highest ? level->run : level->highest) + level->chain;
}

static void separate(struct level *level)
{
	if (level->run > level->highest)
		level->highest = level->run;
	level->run = 0;
	level->betweens = 0;
}

static void open_level(struct levels *levels)
{
	if (levels->depth == SQL_DEPTH_TOKENS_MAX) {
		levels->is_refused = true;
		return;
	}
	levels->outer += height(&levels->levels[levels->depth]);
	levels->levels[++levels->depth] = (struct level){ .run = 1 };
}

static void close_level(struct levels *levels)
{
	unsigned inner = height(&levels->levels[levels->depth]);

	if (levels->depth == 0)
		return;
	levels->depth--;
	levels->outer -= height(&levels->levels[levels->depth]);
	levels->levels[levels->depth].run += inner;
}

/* Of the text; a keyword unless @is_keyword says that it is a name in quotes, or a string. */
struct token {
	const char *text;
	size_t len;
	bool is_keyword;
};

static bool is(const struct token *token, const char *word)
{
	return token->is_keyword && token->len == strlen(word) &&
	       strncasecmp(token->text, word, token->len) == 0;
}

/* After a dot a keyword is a name: a.and, a.union. */
static void add_word(struct level *level, const struct token *token, bool is_name)
{
	bool is_and = is(token, "AND");

	if (is(token, "BETWEEN")) {
		level->betweens++;
	} else if (is_and && level->betweens > 0) {
		level->betweens--;
	} else if (is_and || is(token, "OR")) {
		if (!is_name)
			separate(level);
	} else if (is(token, "UNION") || is(token, "INTERSECT") || is(token, "EXCEPT") ||
		   is(token, "JOIN")) {
		if (!is_name)
			separate(level);
		level->chain += 2;
	} else if (is(token, "CASE")) {
		level->chain += 3;
	}
}

static void add(struct levels *levels, const struct token *token)
{
	struct level *level = &levels->levels[levels->depth];
	char mark = token->len == 1 ? *token->text : '\0';

	level->run++;
	switch (mark) {
	case '(':
	case '[':
		open_level(levels);
		break;
	case ')':
	case ']':
		close_level(levels);
		break;
	case ',':
		separate(level);
		break;
	case ';':
		if (levels->depth == 0)
			*level = (struct level){ 0 };
		break;
	default:
		add_word(level, token, levels->is_after_dot);
	}
	levels->is_after_dot = mark == '.';
	levels->count++;
	if (levels->count > SQL_TOKENS_MAX ||
	    levels->outer + height(&levels->levels[levels->depth]) > SQL_DEPTH_TOKENS_MAX)
		levels->is_refused = true;
}

/*
 * The result of the scanner is protobuf. Source: pg_query.proto; its header wants that of protobuf-c,
 * which is not worth a dependency.
 */
#define FIELD_TOKENS 2	/* of ScanResult */
#define FIELD_START 1	/* of ScanToken: bytes from the start of the text */
#define FIELD_END 2	/* likewise, behind the token */
#define FIELD_KEYWORD 5 /* 0: none */

struct wire {
	const uint8_t *at, *end;
	bool is_bad;
};

static uint64_t take_number(struct wire *wire)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		if (wire->at == wire->end)
			break;
		value |= (uint64_t)(*wire->at & 0x7f) << shift;
		if (!(*wire->at++ & 0x80))
			return value;
	}
	wire->is_bad = true;
	return 0;
}

/* A field that is a number, or a message to stand before. Return: which field; 0: no more. */
static uint64_t take_field(struct wire *wire, uint64_t *out_value, bool *out_is_message)
{
	uint64_t tag;

	if (wire->at == wire->end || wire->is_bad)
		return 0;
	tag = take_number(wire);
	*out_is_message = (tag & 7) == 2;
	*out_value = take_number(wire);
	if (((tag & 7) != 0 && (tag & 7) != 2) ||
	    (*out_is_message && *out_value > (uint64_t)(wire->end - wire->at)))
		wire->is_bad = true;
	return wire->is_bad ? 0 : tag >> 3;
}

static struct token take_token(struct wire *wire, size_t len, const char *text, size_t text_len)
{
	struct wire fields = { wire->at, wire->at + len, false };
	uint64_t found[FIELD_KEYWORD + 1] = { 0 };
	uint64_t field, value;
	bool is_message;

	while ((field = take_field(&fields, &value, &is_message)) != 0)
		if (field <= FIELD_KEYWORD && !is_message)
			found[field] = value;
	if (fields.is_bad || found[FIELD_END] > text_len || found[FIELD_START] > found[FIELD_END])
		wire->is_bad = true;
	wire->at += len;
	if (wire->is_bad)
		return (struct token){ text, 0, false };
	return (struct token){ text + found[FIELD_START],
			       (size_t)(found[FIELD_END] - found[FIELD_START]),
			       found[FIELD_KEYWORD] != 0 };
}

static bool is_safe(struct wire *wire, const char *text, size_t len)
{
	struct levels levels;
	uint64_t field, value;
	bool is_message;

	levels.levels[0] = (struct level){ 0 };
	levels.depth = levels.outer = 0;
	levels.count = 0;
	levels.is_after_dot = levels.is_refused = false;
	while ((field = take_field(wire, &value, &is_message)) != 0 && !levels.is_refused) {
		if (is_message && field == FIELD_TOKENS) {
			struct token token = take_token(wire, (size_t)value, text, len);

			add(&levels, &token);
		} else if (is_message) {
			wire->at += value;
		}
	}
	return !levels.is_refused && !wire->is_bad;
}

bool sql_depth_has_long_run(const char *text, size_t len)
{
	/* "op_chars" in src/backend/parser/scan.l */
	static const bool is_operator[256] = {
		['~'] = true, ['!'] = true, ['@'] = true, ['#'] = true, ['^'] = true, ['&'] = true,
		['|'] = true, ['`'] = true, ['?'] = true, ['+'] = true, ['-'] = true, ['*'] = true,
		['/'] = true, ['%'] = true, ['<'] = true, ['>'] = true, ['='] = true,
	};
	size_t run = 0;

	for (size_t i = 0; i < len; i++) {
		run = is_operator[(unsigned char)text[i]] ? run + 1 : 0;
		if (run > SQL_OPERATOR_RUN_MAX)
			return true;
	}
	return false;
}

/*
 * How much a word makes at most: add() and add_word() count one for it, and up to three more for CASE,
 * JOIN, UNION, EXCEPT and INTERSECT. Digits before it are a token of their own: 1CASE is 1, CASE.
 */
static unsigned word_weight(const char *word, size_t len)
{
	static const char firsts[] = "cjuei";
	size_t digits = 0;
	bool may_chain;

	while (digits < len && word[digits] >= '0' && word[digits] <= '9')
		digits++;
	if (digits == len)
		return 1;
	may_chain = len - digits >= 4 && len - digits <= 9 &&
		    memchr(firsts, word[digits] | 0x20, sizeof(firsts) - 1);
	return (digits > 0) + (may_chain ? 4 : 1);
}

/* Of names and numbers, but '$', which may begin one. Source: "ident_cont" in scan.l. */
static bool is_of_word(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       c == '_' || c >= 0x80;
}

/*
 * A bound of the height and of the number of tokens that holds however the text is taken apart, what is
 * in strings and comments included: most texts need not be scanned twice.
 */
static size_t bound(const char *text, size_t len)
{
	size_t sum = 0, start;

	for (size_t i = 0; i < len;) {
		if (!is_of_word((unsigned char)text[i])) {
			sum += text[i] != ' ' && text[i] != '\t' && text[i] != '\n';
			i++;
			continue;
		}
		for (start = i; i < len && is_of_word((unsigned char)text[i]);)
			i++;
		sum += word_weight(text + start, i - start);
	}
	return sum;
}

bool sql_depth_is_safe(const char *text, size_t len)
{
	PgQueryScanResult scan;
	bool safe = false;
	size_t most;

	if (sql_depth_has_long_run(text, len))
		return false;
	most = bound(text, len);
	if (most <= SQL_DEPTH_TOKENS_MAX)
		return true;
	if (most > SQL_SCAN_MAX)
		return false;
	scan = pg_query_scan(text);
	if (!scan.error) {
		struct wire wire = { (const uint8_t *)scan.pbuf.data,
				     (const uint8_t *)scan.pbuf.data + scan.pbuf.len, false };

		safe = is_safe(&wire, text, len);
	}
	pg_query_free_scan_result(scan);
	return safe;
}
