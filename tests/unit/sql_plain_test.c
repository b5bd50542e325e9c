/* SPDX-License-Identifier: MIT */
/*
 * The quick reader of PostgreSQL beside libpg_query: what it reads, it must read the same.
 *
 * Random statements of a grammar that is larger than the reader's, most of them then changed: tokens and
 * characters are left out, doubled, exchanged, put in.
 *
 *   SQL_PLAIN_SEED    where the random numbers begin; a failure prints it
 *   SQL_PLAIN_COUNT   how many statements
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pg_query.h>

#include "rules/sql_plain.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define STATEMENTS 150000
#define TEXT_SIZE 4096

static uint64_t seed = 0x9e3779b97f4a7c15;

/* Source: Marsaglia, "Xorshift RNGs", 2003. */
static unsigned below(unsigned end)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 33) % end;
}

/*
 * Both readers.
 */

static size_t plain_count, where_count, table_count, lock_count;

static void count(const struct sql *sql)
{
	plain_count++;
	where_count += sql->effects[0].has_where;
	table_count += sql->effects[0].table_count > 0;
	lock_count += sql->effect_count > 1;
}

/* Return: whether the text is plain. */
static bool check_same(const char *text, size_t len)
{
	struct sql plain = { .is_understood = true }, parsed = { .is_understood = true };
	bool is_plain = sql_plain_read(text, len, &plain);
	char want[1024], got[1024];

	if (!is_plain) {
		assert_int_equal(plain.effect_count, 0);
		assert_null(plain.arena.chunks);
		return false;
	}
	assert_int_equal(strlen(text), len);
	sql_read_postgresql(text, len, &parsed);
	if (!sql_equal(&plain, &parsed) || !plain.is_understood) {
		print_error("SQL_PLAIN_SEED=%llu\n%s\n  want: %s\n  got:  %s\n",
			    (unsigned long long)seed, text, sql_line(&parsed, want, sizeof(want)),
			    sql_line(&plain, got, sizeof(got)));
		fail();
	}
	count(&plain);
	sql_release(&plain);
	sql_release(&parsed);
	return true;
}

/*
 * The keywords.
 */

static const struct {
	const char *word, *role;
} words[] = {
#define WORD(word, role) { #word, #role },
#include "rules/sql_plain_words.def"
#undef WORD
};

/* What libpg_query's scanner says of a text that is one token: the kind of a keyword, or 0. */
static unsigned scan_kind(const char *word)
{
	PgQueryScanResult scan = pg_query_scan(word);
	const char *at = scan.pbuf.data;
	const char *end = at + scan.pbuf.len;
	unsigned kind = 0;

	assert_null(scan.error);
	/* ScanResult { version, tokens }, ScanToken { ..., token = 4, keyword_kind = 5 }: small numbers all. */
	at = memchr(at, 2 << 3 | 2, scan.pbuf.len);
	assert_non_null(at);
	for (at += 2; at < end;) {
		unsigned field = (unsigned char)*at++ >> 3;
		unsigned value = 0;

		for (unsigned shift = 0;; shift += 7) {
			value |= (*at & 0x7fu) << shift;
			if (!(*at++ & 0x80))
				break;
		}
		if (field == 5)
			kind = value;
	}
	pg_query_free_scan_result(scan);
	return kind;
}

#define UNRESERVED 1
#define COLUMN_NAME 2

static void the_keywords_are_those_of_the_parser(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		unsigned kind = scan_kind(words[i].word);

		if (kind == 0)
			print_error("%s is no keyword\n", words[i].word);
		assert_int_not_equal(kind, 0);
		if (strcmp(words[i].role, "NAME") == 0)
			assert_int_equal(kind, UNRESERVED);
		if (strcmp(words[i].role, "TYPE") == 0)
			assert_int_equal(kind, COLUMN_NAME);
		assert_true(i == 0 || strcmp(words[i - 1].word, words[i].word) < 0);
		assert_int_equal(sql_plain_word(words[i].word, strlen(words[i].word)),
				 SQL_PLAIN_UNEQUAL + 1 + i);
	}
}

/* "  ABORT_P = 277;", "  NOT_LA = 737;" */
static void check_keyword(const char *row)
{
	char word[64];
	size_t len = strspn(row, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");

	if (len == 0 || len >= sizeof(word))
		return;
	memcpy(word, row, len);
	word[len] = '\0';
	if (len > 2 && strcmp(word + len - 2, "_P") == 0)
		word[len -= 2] = '\0';
	if (len > 3 && strcmp(word + len - 3, "_LA") == 0)
		word[len -= 3] = '\0';
	if (scan_kind(word) != 0 && sql_plain_word(word, len) == SQL_PLAIN_NAME) {
		print_error("%s is a keyword\n", word);
		fail();
	}
}

static void no_keyword_of_the_parser_is_missing(void **state)
{
	FILE *list = fopen("/usr/include/pg_query/pg_query.proto", "re");
	char row[256];
	bool is_in = false;
	size_t seen = 0;

	(void)state;
	if (!list) {
		print_message("no pg_query.proto: cannot compare\n");
		skip();
	}
	while (fgets(row, sizeof(row), list)) {
		is_in = strncmp(row, "enum Token ", 11) == 0 || (is_in && row[0] != '}');
		if (is_in && strncmp(row, "  ", 2) == 0 && ++seen > 0)
			check_keyword(row + 2);
	}
	(void)fclose(list);
	assert_true(seen > COUNT_OF(words));
}

/*
 * Texts that were thought of.
 */

static const struct {
	bool is_plain;
	const char *text;
} rows[] = {
	{ true, "SELECT 1" },
	{ true, "SELECT 1;" },
	{ true, "BEGIN" },
	{ true, "COMMIT;" },
	{ true, "rollback" },
	{ true, "SELECT \"users\".* FROM \"users\" WHERE \"users\".\"id\" = $1 LIMIT $2" },
	{ true, "SELECT \"t\".\"id\", \"t\".\"name\" FROM \"public\".\"T\" AS \"t\" WHERE 1=1" },
	{ true,
	  "SELECT (1) AS \"a\" FROM \"b\" WHERE (\"b\".\"c\" IN (1, 2) AND NOT \"b\".\"d\")" },
	{ true,
	  "SELECT count(*) FROM a INNER JOIN b ON (a.id = b.id) LEFT OUTER JOIN c USING (x, y)" },
	{ true, "INSERT INTO users (name, email) VALUES ('O''Brien', 'a@b.c') RETURNING id" },
	{ true,
	  "INSERT INTO t (a) VALUES (DEFAULT), (2) ON CONFLICT (a) DO UPDATE SET a = excluded.a" },
	{ true, "UPDATE users SET name = $1, updated_at = now() WHERE users.id = $2" },
	{ true, "UPDATE a SET b = c.d FROM c WHERE a.id = c.id RETURNING *" },
	{ true, "DELETE FROM users WHERE age > 30 OR age IS NULL" },
	{ true, "DELETE FROM a USING b WHERE a.x = b.x" },
	{ true, "SELECT a FROM t WHERE x = x" },
	{ true, "SELECT a FROM t ORDER BY b DESC NULLS LAST, c OFFSET 5 LIMIT 10 FOR UPDATE SKIP "
		"LOCKED" },
	{ true, "SELECT $1::text, a::integer FROM t WHERE id = $2::uuid" },
	{ true, "SELECT COALESCE(a, 0) + 1 FROM t GROUP BY a HAVING count(DISTINCT b) > -2" },
	/* the same in the tree, but not in the text */
	{ false, "SELECT a FROM t WHERE x = (x)" },
	{ false, "SELECT a FROM t WHERE X = x" },
	{ false, "SELECT a FROM t WHERE \"x\" = x" },
	{ false, "SELECT a FROM t WHERE x  = x || ''  AND (x || y) = (x|| y)" },
	{ false, "SELECT a FROM t WHERE 0 = -0" },
	{ false, "SELECT a FROM t WHERE 01 = 1" },
	{ false, "SELECT a FROM t WHERE (a <> b) = (a != b)" },
	{ false, "SELECT a FROM t WHERE a::int = a::integer" },
	{ false, "SELECT a FROM t WHERE a LIKE '%'" },
	/* what libpg_query refuses */
	{ false, "SELECT" },
	{ false, "SELECT a = b = c" },
	{ false, "SELECT a < b < c" },
	{ false, "SELECT a FROM t WHERE" },
	{ false, "SELECT a FROM t WHERE a IN ()" },
	{ false, "SELECT a b c FROM t" },
	{ false, "SELECT 'a' 'b'" },
	{ false, "SELECT a.b.c.*.d FROM t" },
	{ false, "INSERT INTO t (a) DEFAULT VALUES" },
	{ false, "UPDATE t SET t.* = 1" },
	{ false, "DELETE t WHERE a = 1" },
	{ false, "SELECT user FROM t LIMIT 1 LIMIT 2" },
	{ false, "SELECT a FROM t WHERE select = 1" },
	{ false, "SELECT 1 year FROM t" },
	/* what means more than it seems to */
	{ false, "" },
	{ false, ";" },
	{ false, "SELECT 1; SELECT 2" },
	{ false, "SELECT 1;;" },
	{ false, "SELECT e'a'" },
	{ false, "SELECT E'a\\'b'" },
	{ false, "SELECT 'a\\'" },
	{ false, "SELECT U&'a'" },
	{ false, "SELECT U&\"a\"" },
	{ false, "SELECT b'1', x'f', n'a'" },
	{ false, "SELECT $$a$$" },
	{ false, "SELECT $a$ a $a$" },
	{ false, "SELECT $1a" },
	{ false, "SELECT 1a" },
	{ false, "SELECT 1e5" },
	{ false, "SELECT 1. , .5" },
	{ false, "SELECT a$b FROM t" },
	{ false, "SELECT 'a'\n'b'" },
	{ false, "SELECT 1 -- a" },
	{ false, "SELECT 1 /* a */" },
	{ false, "SELECT 1 --1" },
	{ false, "SELECT a FROM t WHERE a =-1" },
	{ false, "SELECT a->>'b' FROM t" },
	{ false, "SELECT a ? 'b' FROM t" },
	{ false, "SELECT \"a\"\"b\" FROM t" },
	{ false, "SELECT \"\" FROM t" },
	{ false, "SELECT \xc3\xa4 FROM t" },
	{ false, "SELECT '\xc3\xa4' FROM t" },
	{ false, "SELECT a FROM f(1)" },
	{ false, "SELECT pg_read_file('x')" },
	{ false, "SELECT nextval('s')" },
	{ false, "SELECT my.lower('x')" },
	{ false, "SELECT \"lower\"('x')" },
	{ false, "SELECT date 'today'" },
	{ false, "SELECT interval '1 day'" },
	{ false, "SELECT a INTO b FROM t" },
	{ false, "SELECT (SELECT 1)" },
	{ false, "SELECT a FROM t WHERE a IN (SELECT b FROM u)" },
	{ false, "WITH a AS (SELECT 1) SELECT * FROM a" },
	{ false, "SELECT 1 UNION SELECT 2" },
	{ false, "TABLE t" },
	{ false, "SELECT a FROM ONLY t" },
	{ false, "SELECT a FROM t WHERE CURRENT OF c" },
	{ false, "SELECT count(*) FILTER (WHERE a) FROM t" },
	{ false, "SELECT count(*) OVER () FROM t" },
	{ false, "SET standard_conforming_strings = off" },
	{ false,
	  "SELECT a12345678901234567890123456789012345678901234567890123456789012345 FROM t" },
};

static void only_what_is_plain_is_read(void **state)
{
	size_t failed = 0;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		if (check_same(rows[i].text, strlen(rows[i].text)) != rows[i].is_plain) {
			print_error("%s: %s\n", rows[i].is_plain ? "not plain" : "plain",
				    rows[i].text);
			failed++;
		}
	}
	assert_int_equal(failed, 0);
}

static void bytes_behind_a_nul_are_no_secret(void **state)
{
	(void)state;
	assert_false(check_same("SELECT 1\0; DROP TABLE x", 23));
	assert_false(check_same("SELECT 'a\0'", 11));
}

/* @count times @part, between @start and @end. */
static bool is_plain_many(const char *start, const char *part, size_t count_parts, const char *end)
{
	char *text = malloc(strlen(start) + count_parts * strlen(part) + strlen(end) + 1);
	char *at;
	bool is_plain;

	assert_non_null(text);
	at = stpcpy(text, start);
	for (size_t i = 0; i < count_parts; i++)
		at = stpcpy(at, part);
	(void)stpcpy(at, end);
	is_plain = check_same(text, strlen(text));
	free(text);
	return is_plain;
}

/* Where libpg_query is not asked, there is no answer; so there must be none here. */
static void the_limits_of_the_parser_hold(void **state)
{
	static const struct {
		const char *start, *part, *end;
	} parts[] = {
		{ "SELECT 1", " + 1", "" },
		{ "SELECT ", "(", "1" },
		{ "SELECT ", "NOT ", "true" },
		{ "SELECT 1 FROM a", " JOIN a ON b", "" },
		{ "SELECT ", "count(a) + ", "1" },
		{ "SELECT a", "::text", "" },
		{ "SELECT 1 FROM t WHERE a", " AND a", "" },
		{ "SELECT '", "=", "'" },
		{ "SELECT '", "a b ", "'" },
		{ "SELECT '", "''", "'" },
		{ "SELECT ", "a, ", "b" },
		{ "SELECT 1 FROM t", ", t", "" },
		{ "SELECT a", "a", "" },
		{ "SELECT 1 FROM t WHERE a IN (1", ", 2", ")" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		size_t many = 0;

		while (many < 40000 &&
		       is_plain_many(parts[i].start, parts[i].part, many, parts[i].end))
			many += many < 70 ? 1 : many / 8;
		(void)is_plain_many(parts[i].start, "", 0, parts[i].end);
		assert_false(is_plain_many(parts[i].start, parts[i].part, 40000, parts[i].end));
	}
}

static void tables_are_counted_as_by_the_parser(void **state)
{
	char text[4096] = "SELECT * FROM t";
	size_t len = strlen(text);

	(void)state;
	for (unsigned n = 1; n < 64; n++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, ",t%u", n);
	assert_true(check_same(text, len));
	len += (size_t)snprintf(text + len, sizeof(text) - len, ",t64");
	assert_false(check_same(text, len));
}

/*
 * Random statements.
 */

struct text {
	char bytes[TEXT_SIZE];
	size_t len;
};

static void put(struct text *text, char c)
{
	if (text->len < sizeof(text->bytes) - 1)
		text->bytes[text->len++] = c;
	text->bytes[text->len] = '\0';
}

/* One line for each way to write it, the first one the shortest; "%X" is what the row X says. */
static const struct {
	char name;
	const char *ways;
	const char *rare; /* and what the quick reader does not read */
} grammar[] = {
	{ 'S',
	  "SELECT %T%F%W%G%O%L\nSELECT DISTINCT %T FROM %N%a%W%L\nSELECT * FROM %N WHERE %E%L\n"
	  "INSERT INTO %N%c VALUES (%V)%C%r\nINSERT INTO %N VALUES (%V), (%V)%r\n"
	  "UPDATE %N%a SET %U%f%W%r\nUPDATE %N SET %U WHERE %E\nDELETE FROM %N%a%u%W%r\n"
	  "DELETE FROM %N WHERE %E\nSELECT %T%F WHERE %E\nSELECT %T%F WHERE %E\nSELECT %t",
	  "BEGIN\nCOMMIT\nROLLBACK\nSELECT %E UNION SELECT %E\nINSERT INTO %N DEFAULT VALUES\n"
	  "WITH a AS (SELECT %T) SELECT * FROM a%W\nTRUNCATE %N\nSELECT DISTINCT ON (%E) %T%F\n"
	  "INSERT INTO %N SELECT %T%F%W\nSELECT %T INTO %I%F\nDELETE FROM ONLY %N%W\n"
	  "UPDATE %N SET (a, b) = (%E, %E)%W\nEXPLAIN SELECT %T%F\nSELECT %T%F%W; DELETE FROM %N\n"
	  "SELECT %E FROM %N WHERE %I IN (SELECT %I FROM %N%W)\nTABLE %N\nVALUES (%E)\n"
	  "SELECT %T FROM %N TABLESAMPLE system (1)\nSELECT %T FROM %I(%E)\nBEGIN WORK\n"
	  "PREPARE p AS DELETE FROM %N WHERE %E\nCREATE TABLE %N AS SELECT %T" },
	{ 'T', "%t\n%t, %t\n%t, %t, %T\n*", "" },
	{ 't', "%i\n%i AS %I\n%i %b\n%E\n%E AS %K\n%i.*\n%A\n*\n%E %b",
	  "%i %K\n%i.* AS a\n(%i.*)\n* a" },
	{ 'b', "c\n\"d\"", "%K" },
	{ 'F', "\n FROM %J\n FROM %J\n FROM %J, %J", "" },
	{ 'f', "\n\n FROM %J", "" },
	{ 'u', "\n\n USING %J", "" },
	{ 'J', "%N\n%N%a\n%N%a%j\n%N%a%j%j", "(SELECT %T) x\n(%N%a%j)" },
	{ 'j',
	  " JOIN %N ON %E\n LEFT JOIN %N%a ON %E\n LEFT OUTER JOIN %N USING (%I)\n CROSS JOIN %N\n"
	  " INNER JOIN %N ON %i = %i\n FULL JOIN %N USING (%I, %I)",
	  " NATURAL JOIN %N\n RIGHT JOIN %N\n JOIN (SELECT %T) x ON %E\n JOIN LATERAL %I(%E) ON "
	  "true\n"
	  " LEFT OUTER\n CROSS JOIN %N ON %E\n JOIN %N JOIN %N ON %E ON %E" },
	{ 'a', "\n\n\n x\n AS %I", " %K\n AS %K\n AS x (a, b)\n *" },
	{ 'W', "\n WHERE %E\n WHERE %E", "" },
	{ 'G', "\n\n\n GROUP BY %E\n GROUP BY %i, %i HAVING %E\n HAVING %E",
	  " GROUP BY ROLLUP (%i)\n GROUP BY ()\n GROUP BY DISTINCT %i\n GROUP BY (%i, %i)" },
	{ 'O', "\n\n ORDER BY %i\n ORDER BY %E DESC\n ORDER BY %i ASC NULLS FIRST, %E",
	  " ORDER BY %i USING <\n ORDER BY %i NULLS\n ORDER BY %E ORDER BY %E" },
	{ 'L',
	  "\n\n LIMIT 10\n LIMIT $1 OFFSET $2\n OFFSET 5 LIMIT 1\n OFFSET %n\n FOR UPDATE\n"
	  " FOR SHARE NOWAIT\n LIMIT 1 FOR UPDATE SKIP LOCKED",
	  " LIMIT ALL\n FETCH FIRST 1 ROWS ONLY\n FOR NO KEY UPDATE\n FOR UPDATE OF %I\n LIMIT %E\n"
	  " FOR UPDATE LIMIT 1\n OFFSET 1 ROWS\n LIMIT 1, 2" },
	{ 'r', "\n\n RETURNING %T\n RETURNING *", "" },
	{ 'C', "\n\n ON CONFLICT DO NOTHING\n ON CONFLICT (%I) DO UPDATE SET %U",
	  " ON CONFLICT (%I) DO UPDATE SET %U WHERE %E\n ON CONFLICT ON CONSTRAINT %I DO NOTHING\n"
	  " ON CONFLICT (lower(%I)) DO NOTHING" },
	{ 'c', "\n (%I)\n (%I, %I)\n (%I, %I)", " (%I.%I)\n ()\n OVERRIDING USER VALUE" },
	{ 'V', "%P\n%P, %E\nDEFAULT\n%E, DEFAULT, %P", "DEFAULT + 1" },
	{ 'U', "%I = %P\n%I = %E\n%I = DEFAULT, %I = %E", "%I.%I = 1\n%I[1] = 1\n%I == 1" },
	{ 'N', "t\nusers\n%I\npublic.users\n%I.%I\n\"Users\"\nname", "%K\na.b.c\n%K.%K" },
	{ 'I', "a\nb\nB\n\"a\"\n\"B\"\nid\nx1\n_y\nname\ntype\nvalue\n\"a.b\"\n\"a-b\"", "%k" },
	{ 'k',
	  "key\nuser\nyear\nselect\norder\ntext\ntime\ntable\ntimestamp\n\"select\"\n\"a \"\"b\"\n"
	  "role\nleft\nvalues\nposition\nzone\nrange\nover\nfilter\nU&\"a\"\n\"\"\nset",
	  "" },
	{ 'K', "a\nc\n\"d\"", "%k" },
	{ 'i', "%I\n%I.%I\nt.%I\na\npublic.t.%I", "a.b.c.d\na.%k\n%I[1]\n(%I).a" },
	/* Conditions, and terms. */
	{ 'E', "%P\n%Q\n%Q\n%Q AND %Q\n%E OR %E\nNOT %E\n(%E)\n%E AND %E\n(%E AND %E)\n%Q OR %Q",
	  "" },
	{ 'Q',
	  "%i = %P\n%P = %P\n%A %o %A\n%i IS NULL\n%A IS NOT NULL\n%A IN (%P, %P)\n%i NOT IN (%A)\n"
	  "%i LIKE %s\n%A NOT LIKE %A\n%A ILIKE %A\n%A BETWEEN %A AND %A\n%A NOT BETWEEN %P AND "
	  "%P\n"
	  "%P IS TRUE\n%P IS NOT TRUE\n(%E) IS FALSE\n(%E) IS NOT FALSE\n%P\n(%E) = (%E)\n%z = %z\n"
	  "%z = %z\n%z LIKE %z\n%e = %e",
	  "EXISTS (SELECT 1)\n%A IS DISTINCT FROM %A\n%A = ANY (%A)\n%A COLLATE \"C\" = %A\n"
	  "%A LIKE %A ESCAPE '!'\n%A SIMILAR TO %A\n%A IS UNKNOWN\n%A ISNULL\n%A NOTNULL\n"
	  "(%A, %A) = (%A, %A)\n%A = %A = %A\n%A < %A > %A\n%A BETWEEN SYMMETRIC %A AND %A\n%A ~ "
	  "%A\n"
	  "%A = (SELECT %E)\n%A OVERLAPS %A\n%A IS OF (int)\n%A = %A IS TRUE\n%A IN (%A) IS TRUE\n"
	  "%A LIKE %A LIKE %A\n%A = ALL ('{}')\n%A IS NULL IS NULL\n%A = NOT %A\n%A IS DOCUMENT\n"
	  "%A LIKE '%%'\n%A IN ((%A, %A), (%A, %A))\n%A IN ((SELECT 1))\n%A" },
	/* The same twice, or one thing in two spellings. */
	{ 'e', "a\n1\na + 1", "now()" },
	{ 'z', "a\n1\n'1'\n1.0\nt.a\nNULL\n'a'\n'A'\ntrue\n$1\n0",
	  "A\n(a)\n\"a\"\n(1)\n-0\n-1\n- 1\n01\na + 1\na+ 1\n(a+1)\na::int\na::integer\na::int4\n"
	  "now()\nNOW()\n(a != b)\n(a <> b)\n(a AND b AND c)\n((a AND b) AND "
	  "c)\n$01\nTRUE\n't'::bool\n"
	  "true::bool\nT.a\ncoalesce(a)\nCOALESCE (a)\n1.00\n'1'::text" },
	{ 'o', "=\n<\n>\n<=\n>=\n<>\n!=", "~\n@>\n=-\n<-\n||\n#\n==\n=>\n->\n=+\n<>-\n*-\n+-" },
	{ 'A',
	  "%P\n%P\n%P\n%P + %P\n%P - %A\n%A * %A\n%P || %P\n%i / 2 %% 3\n-1\nlower(%A)\n(%A)\n(%E)",
	  "- %P\n-%n\n%A::%y\n+ %P\n%A ^ 2\n%A -> %s\n%P - -%n\n-1::int\n- 0\n-2.5" },
	{ 'P',
	  "%i\n%n\n%s\n$1\n$2\nNULL\ntrue\nFALSE\nlower(%i)\nnow()\ncount(*)\ncoalesce(%i, %P)\n"
	  "CURRENT_TIMESTAMP\n%i::%y\n$1::%y\nsum(%A)\ncount(DISTINCT %E)\nmax(%i, %E)",
	  "max(DISTINCT %i)\nsum(%A, %A)\nCASE WHEN %E THEN %P ELSE %P END\nARRAY[%P]\nmy_own(%P)\n"
	  "CAST(%P AS %y)\nmy.lower(%P)\nnextval('s')\ncount(%E)\nextract(year FROM %i)\nROW(%P)\n"
	  "count(*) FILTER (WHERE %E)\nmax(%i) OVER (PARTITION BY %i)\nnullif(%P, "
	  "%P)\n%i[1]\n(%i).%I\n"
	  "date '2020-01-01'\ninterval '1 day'\ntimestamp %s\nlower (%i)\nlower()\nlower(a => %P)\n"
	  "(SELECT %E)\n%P AT TIME ZONE 'utc'\ncurrent_date\ncurrent_user\nstring_agg(a, b ORDER "
	  "BY c)\n"
	  "greatest(%P, %P)\ncount(ALL a)\nlower(VARIADIC a)\nvalue(%P)\nleft(%P, "
	  "1)\n\"lower\"(%P)\n"
	  "lower(t.*)\npg_sleep(1)\ncount(*, 1)\ncoalesce()\nsubstring(a from 1)\ntrim(%s)\na %s" },
	{ 'n', "1\n2\n0\n10\n2147483648\n1.5\n0.5\n99999999999999999999",
	  "007\n1e5\n.5\n1.\n1a\n0x1\n1_0" },
	{ 's', "'a'\n'b'\n''\n'it''s'\n'%%a%%'\n'--'\n'/*'\n'=+-*'\n'a\nb'",
	  "'%%'\n'\\'\nE'a'\n'a' 'b'\n'a'\n'b'\n$$a$$\nb'1'\nU&'a'\nn'a'\n'\xc3\xa4'\ne'a'\nx'f'" },
	{ 'y', "text\nint\ninteger\nuuid\nvarchar\ndate\njsonb\nnumeric\nbool\nbigint\nboolean",
	  "varchar(10)\nint[]\ntimestamp\ntimestamp with time zone\ndouble "
	  "precision\npg_catalog.int4\n"
	  "name\ninterval\nbit\nchar varying\nfloat\nnumeric(1, 2)\nselect\n\"char\"\nsetof "
	  "int\nrole" },
};

/* The @number-th line. */
static const char *way_of(const char *ways, unsigned number)
{
	for (; number > 0; number--)
		ways = strchr(ways, '\n') + 1;
	return ways;
}

static unsigned ways_count(const char *ways)
{
	unsigned lines = 1;

	for (; *ways; ways++)
		lines += *ways == '\n';
	return lines;
}

static unsigned rareness; /* one of so many choices is a rare one */

static const char *choose(char name, bool is_deep)
{
	size_t i = 0;
	const char *ways;

	while (grammar[i].name != name)
		i++;
	ways = grammar[i].ways;
	if (is_deep)
		return ways;
	if (grammar[i].rare[0] && below(rareness) == 0)
		ways = grammar[i].rare;
	return way_of(ways, below(ways_count(ways)));
}

#define DEPTH_MAX 9

static void make(struct text *text, char name, unsigned depth)
{
	const char *at = choose(name, depth > DEPTH_MAX);

	for (; *at && *at != '\n'; at++) {
		if (*at == '%' && at[1] == '%')
			put(text, *++at);
		else if (*at == '%')
			make(text, *++at, depth + 1);
		else
			put(text, *at);
	}
}

/*
 * Changes.
 */

/* Behind the token at @at: a word, or one byte; blanks are tokens too. */
static size_t token_end(const struct text *text, size_t at)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
	size_t len = strspn(text->bytes + at, letters);

	return at + (len > 0 ? len : 1);
}

static size_t token_start(const struct text *text)
{
	size_t at = 0, target = below((unsigned)text->len);

	while (token_end(text, at) <= target)
		at = token_end(text, at);
	return at;
}

/* In the place of @start to @end. */
static void replace(struct text *text, size_t start, size_t end, const char *with, size_t with_len)
{
	struct text old = *text;

	if (old.len - (end - start) + with_len >= sizeof(text->bytes))
		return;
	memcpy(text->bytes + start, with, with_len);
	memcpy(text->bytes + start + with_len, old.bytes + end, old.len - end);
	text->len = old.len - (end - start) + with_len;
	text->bytes[text->len] = '\0';
}

static const char *any_piece(void)
{
	static const char *const pieces[] = {
		" ",   "\n", "\t",  "\v",  "\f", "(",	")",	 ",",	 ".",	  ";",	  "'",
		"\"",  "$",  "$1",  "-",   "--", "/*",	"*/",	 "*",	 "+",	  "=",	  "<",
		">",   "!",  "|",   "||",  "~",	 "@",	"#",	 "^",	 "&",	  "`",	  "?",
		"%",   ":",  "::",  ":=",  "..", "[",	"]",	 "{",	 "\\",	  "\xe4", "0",
		"1",   "1.", "1e1", "0x1", "a",	 "b",	"\"a\"", "'a'",	 "''",	  "E'",	  "U&",
		"U&'", "$$", "a.",  ".a",  "()", " a ", " AND ", " OR ", " NOT ", " ON ",
	};
	unsigned number = below(2 * COUNT_OF(pieces));

	return number < COUNT_OF(pieces) ? pieces[number] : words[below(COUNT_OF(words))].word;
}

static void change(struct text *text)
{
	size_t start, end, other;
	const char *piece = any_piece();

	if (text->len == 0)
		return;
	start = token_start(text);
	end = token_end(text, start);
	other = token_start(text);
	switch (below(8)) {
	case 0:
		replace(text, start, end, "", 0);
		break;
	case 1: /* a blank, by which two words become one */
		while (start < text->len && text->bytes[start] != ' ')
			start++;
		if (start < text->len)
			replace(text, start, start + 1, "", 0);
		break;
	case 2:
		replace(text, start, end, piece, strlen(piece));
		break;
	case 3:
		replace(text, start, start, piece, strlen(piece));
		break;
	case 4: { /* a token of the text in another place */
		char copy[64];
		size_t len = token_end(text, other) - other;

		if (len < sizeof(copy)) {
			memcpy(copy, text->bytes + other, len);
			replace(text, start, end, copy, len);
		}
		break;
	}
	case 5: {
		char c = text->bytes[start];

		text->bytes[start] = text->bytes[other];
		text->bytes[other] = c;
		break;
	}
	case 6:
		if ((text->bytes[start] | 0x20) >= 'a' && (text->bytes[start] | 0x20) <= 'z')
			text->bytes[start] ^= 0x20;
		break;
	default:
		text->len = start;
		text->bytes[start] = '\0';
	}
}

static unsigned long number_of(const char *name, unsigned long otherwise)
{
	const char *value = getenv(name);

	return value ? strtoul(value, NULL, 10) : otherwise;
}

static void random_statements_are_read_the_same(void **state)
{
	unsigned long statements = number_of("SQL_PLAIN_COUNT", STATEMENTS);
	struct text text;

	(void)state;
	seed = number_of("SQL_PLAIN_SEED", seed);
	plain_count = where_count = table_count = lock_count = 0;
	for (unsigned long i = 0; i < statements; i++) {
		static const unsigned rarenesses[] = { 1000, 200, 50, 3 };

		text.len = 0;
		rareness = rarenesses[i % COUNT_OF(rarenesses)];
		make(&text, 'S', 0);
		if (i % 5 == 0)
			put(&text, ';');
		for (unsigned changes = below(3); changes > 0; changes--)
			change(&text);
		(void)check_same(text.bytes, text.len);
	}
	print_message("%lu statements, %zu plain: %zu with WHERE, %zu with tables, %zu that lock\n",
		      statements, plain_count, where_count, table_count, lock_count);
	assert_true(plain_count > statements / 5);
	assert_true(where_count > plain_count / 10 && where_count < plain_count / 10 * 9);
	assert_true(table_count > plain_count / 2);
	assert_true(lock_count > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_keywords_are_those_of_the_parser),
		cmocka_unit_test(no_keyword_of_the_parser_is_missing),
		cmocka_unit_test(only_what_is_plain_is_read),
		cmocka_unit_test(bytes_behind_a_nul_are_no_secret),
		cmocka_unit_test(the_limits_of_the_parser_hold),
		cmocka_unit_test(tables_are_counted_as_by_the_parser),
		cmocka_unit_test(random_statements_are_read_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
