/* SPDX-License-Identifier: MIT */
/*
 * SQLite: statements are asked about when they are prepared. One that is refused is prepared as another,
 * which cannot be: the library's own error then carries the reason, where the program looks for it.
 *
 * Source: the C interface of SQLite: sqlite3_prepare, sqlite3_exec, result codes.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/types.h>

#include "common/wire.h"
#include "shim/hook.h"
#include "taps/descriptor.h"
#include "taps/library.h"
#include "taps/tap.h"

struct sqlite3;
struct sqlite3_stmt;

#define RESULT_AUTH 23

/* A column that no table has; brackets always quote a name, also where quotes would make a text. */
#define REFUSAL_BEFORE "SELECT ["
#define REFUSAL_AFTER "]"
#define REFUSAL_SIZE (WIRE_TAP_REPLY_SIZE + sizeof(REFUSAL_BEFORE REFUSAL_AFTER))

typedef const char *filename_fn(struct sqlite3 *db, const char *name);

static bool is_wanted(void)
{
	return atomic_load_explicit(&taps_wanted, memory_order_relaxed) & WIRE_TAP_STATEMENTS;
}

/*
 * Return: the text to prepare: @text, or what stands for it in @refusal; NULL: neither can be.
 */
static const char *judged(struct sqlite3 *db, const char *text, size_t size, char *refusal,
			  const void *caller)
{
	filename_fn *filename = (filename_fn *)library_find("sqlite3_db_filename", NULL, caller,
							    db);
	const char *database = filename && db ? filename(db, "main") : NULL;
	char *end = refusal + strlen(REFUSAL_BEFORE);
	ssize_t len = tap_statement(text, size, database, end);

	if (len == 0)
		return text;
	if (len < 0)
		return NULL;
	memcpy(refusal, REFUSAL_BEFORE, strlen(REFUSAL_BEFORE));
	for (ssize_t i = 0; i < len; i++)
		if (end[i] == ']' || end[i] == '\0')
			end[i] = '|';
	memcpy(end + len, REFUSAL_AFTER, sizeof(REFUSAL_AFTER));
	return refusal;
}

/* Of @size bytes, less than 0 for all: up to the NUL. */
static size_t text_size(const char *text, int size)
{
	return size < 0 ? strlen(text) : strnlen(text, (size_t)size);
}

struct statement_text {
	const char *text; /* NULL: refused, and nothing can be said */
	int size;
	char refusal[REFUSAL_SIZE];
};

/* A statement that may be prepared is prepared from the caller's own text: the tail points into it. */
static void statement_judge(struct sqlite3 *db, const char *text, int size, const void *caller,
			    struct statement_text *out)
{
	out->text = text;
	out->size = size;
	if (!is_wanted() || !text)
		return;
	out->text = judged(db, text, text_size(text, size), out->refusal, caller);
	if (out->text != text)
		out->size = -1;
}

LIBRARY_HOOK(int, sqlite3_prepare,
	     (struct sqlite3 * db, const char *text, int size, struct sqlite3_stmt **out,
	      const char **tail))
{
	sqlite3_prepare_fn *next = LIBRARY_NEXT(sqlite3_prepare, db);
	struct statement_text chosen;

	statement_judge(db, text, size, __builtin_return_address(0), &chosen);
	return next && (chosen.text || !text) ? next(db, chosen.text, chosen.size, out, tail)
					      : RESULT_AUTH;
}

LIBRARY_HOOK(int, sqlite3_prepare_v2,
	     (struct sqlite3 * db, const char *text, int size, struct sqlite3_stmt **out,
	      const char **tail))
{
	sqlite3_prepare_v2_fn *next = LIBRARY_NEXT(sqlite3_prepare_v2, db);
	struct statement_text chosen;

	statement_judge(db, text, size, __builtin_return_address(0), &chosen);
	return next && (chosen.text || !text) ? next(db, chosen.text, chosen.size, out, tail)
					      : RESULT_AUTH;
}

LIBRARY_HOOK(int, sqlite3_prepare_v3,
	     (struct sqlite3 * db, const char *text, int size, unsigned flags,
	      struct sqlite3_stmt **out, const char **tail))
{
	sqlite3_prepare_v3_fn *next = LIBRARY_NEXT(sqlite3_prepare_v3, db);
	struct statement_text chosen;

	statement_judge(db, text, size, __builtin_return_address(0), &chosen);
	return next && (chosen.text || !text) ? next(db, chosen.text, chosen.size, flags, out, tail)
					      : RESULT_AUTH;
}

LIBRARY_HOOK(int, sqlite3_exec,
	     (struct sqlite3 * db, const char *text, int (*row)(void *, int, char **, char **),
	      void *data, char **error))
{
	sqlite3_exec_fn *next = LIBRARY_NEXT(sqlite3_exec, db);
	struct statement_text chosen;

	statement_judge(db, text, -1, __builtin_return_address(0), &chosen);
	return next && (chosen.text || !text) ? next(db, chosen.text, row, data, error)
					      : RESULT_AUTH;
}

/* Texts of 16 bits are not read: they are refused where any statement is looked at. */
LIBRARY_HOOK(int, sqlite3_prepare16,
	     (struct sqlite3 * db, const void *text, int size, struct sqlite3_stmt **out,
	      const void **tail))
{
	sqlite3_prepare16_fn *next = LIBRARY_NEXT(sqlite3_prepare16, db);

	return next && !is_wanted() ? next(db, text, size, out, tail) : RESULT_AUTH;
}

LIBRARY_HOOK(int, sqlite3_prepare16_v2,
	     (struct sqlite3 * db, const void *text, int size, struct sqlite3_stmt **out,
	      const void **tail))
{
	sqlite3_prepare16_v2_fn *next = LIBRARY_NEXT(sqlite3_prepare16_v2, db);

	return next && !is_wanted() ? next(db, text, size, out, tail) : RESULT_AUTH;
}

LIBRARY_HOOK(int, sqlite3_prepare16_v3,
	     (struct sqlite3 * db, const void *text, int size, unsigned flags,
	      struct sqlite3_stmt **out, const void **tail))
{
	sqlite3_prepare16_v3_fn *next = LIBRARY_NEXT(sqlite3_prepare16_v3, db);

	return next && !is_wanted() ? next(db, text, size, flags, out, tail) : RESULT_AUTH;
}
