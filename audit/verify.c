/* SPDX-License-Identifier: MIT */
/*
 * Of each run that is open its counts are kept, to be compared with its closing row. The one that
 * had the last row is first, because it will have the next.
 */
#include "audit/verify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clean.h"
#include "common/verdict.h"

enum { COUNT_ALLOWED, COUNT_AUDITED, COUNT_ASKED, COUNT_DENIED, COUNTS };

struct open_run {
	struct open_run *next;
	int64_t seq;
	int64_t counts[COUNTS];
	size_t id_size;
	char id[]; /* no NUL */
};

struct verifier {
	struct open_run *runs; /* owned */
	unsigned char id[SCHEMA_ID_SIZE];
	int64_t seq;
	unsigned char head[ROW_HASH_SIZE];
	struct merkle merkle; /* of the rows so far */
	struct belief belief;
	bool anchor_agrees; /* the row that the anchor is about is what it was */
	bool awaits_seal;   /* a run has begun or ended: a seal comes next */
	int64_t sealed;	    /* rows under the last seal and it */
};

struct verifier *verifier_new(const unsigned char *id, const struct belief *belief)
{
	struct verifier *verifier = calloc(1, sizeof(*verifier));

	if (!verifier)
		return NULL;
	memcpy(verifier->id, id, sizeof(verifier->id));
	verifier->belief = *belief;
	row_hash_genesis(id, SCHEMA_ID_SIZE, verifier->head);
	return verifier;
}

void verifier_free(struct verifier *verifier)
{
	while (verifier && verifier->runs) {
		struct open_run *run = verifier->runs;

		verifier->runs = run->next;
		free(run);
	}
	free(verifier);
}

__attribute__((format(printf, 3, 4))) static int found(struct verification *out, int64_t seq,
						       const char *format, ...)
{
	va_list args;

	out->is_bad = true;
	out->bad_seq = seq;
	va_start(args, format);
	(void)vsnprintf(out->reason, sizeof(out->reason), format, args);
	va_end(args);
	return 0;
}

/* The open run that a row belongs to, moved to the front; NULL: none. */
static struct open_run *run_find(struct verifier *verifier, const struct value *id)
{
	for (struct open_run **at = &verifier->runs; *at; at = &(*at)->next) {
		struct open_run *run = *at;

		if (id->type != VALUE_TEXT || run->id_size != id->size ||
		    (id->size > 0 && memcmp(run->id, id->bytes, id->size) != 0))
			continue;
		*at = run->next;
		run->next = verifier->runs;
		verifier->runs = run;
		return run;
	}
	return NULL;
}

static int run_open(struct verifier *verifier, const struct row *row, struct verification *out)
{
	const struct value *id = &row->values[RUNS_run];
	struct open_run *run;

	if (run_find(verifier, id))
		return found(out, row->seq, "it opens a run that is open already");
	run = calloc(1, sizeof(*run) + id->size);
	if (!run)
		return -ENOMEM;
	run->seq = row->seq;
	run->id_size = id->size;
	if (id->size > 0)
		memcpy(run->id, id->bytes, id->size);
	run->next = verifier->runs;
	verifier->runs = run;
	out->runs++;
	return 0;
}

static int run_close(struct verifier *verifier, const struct row *row, struct verification *out)
{
	static const struct {
		enum runs_column column;
		const char *word;
	} columns[COUNTS] = {
		[COUNT_ALLOWED] = { RUNS_allowed, "allowed" },
		[COUNT_AUDITED] = { RUNS_audited, "audited" },
		[COUNT_ASKED] = { RUNS_asked, "asked for" },
		[COUNT_DENIED] = { RUNS_denied, "denied" },
	};
	CLEAN_FREE struct open_run *run = run_find(verifier, &row->values[RUNS_run]);

	if (!run)
		return found(out, row->seq, "it closes a run that is not open");
	verifier->runs = run->next;
	for (size_t i = 0; i < COUNTS; i++) {
		int64_t said = row->values[columns[i].column].number;

		if (said != run->counts[i])
			return found(out, row->seq,
				     "it closes a run with %" PRId64 " actions that were %s, and "
				     "there are %" PRId64,
				     said, columns[i].word, run->counts[i]);
	}
	return 0;
}

/* A run of which nobody knows how it ended, and what there might have been. */
static int run_lost(struct verifier *verifier, const struct row *row, struct verification *out)
{
	CLEAN_FREE struct open_run *run = run_find(verifier, &row->values[RUNS_run]);

	if (!run)
		return found(out, row->seq, "it closes a run that is not open");
	verifier->runs = run->next;
	out->lost++;
	return 0;
}

static int run_row(struct verifier *verifier, const struct row *row, struct verification *out)
{
	verifier->awaits_seal = true;
	if (row_text_is(row, RUNS_kind, "open"))
		return run_open(verifier, row, out);
	if (row_text_is(row, RUNS_kind, "close"))
		return run_close(verifier, row, out);
	if (row_text_is(row, RUNS_kind, "lost"))
		return run_lost(verifier, row, out);
	return found(out, row->seq, "it neither opens nor closes a run");
}

/* Whether a person has agreed to what was asked for. */
static bool is_granted(const struct row *row)
{
	return row_text_is(row, ACTIONS_answer, answer_name(ANSWER_GRANTED)) ||
	       row_text_is(row, ACTIONS_answer, answer_name(ANSWER_GRANTED_BEFORE));
}

static int action_row(struct verifier *verifier, const struct row *row, struct verification *out)
{
	struct open_run *run = run_find(verifier, &row->values[ACTIONS_run]);
	int64_t count = row->values[ACTIONS_count].number;

	if (!run)
		return found(out, row->seq, "it belongs to no run that is open");
	if (row_text_is(row, ACTIONS_verdict, "allow")) {
		run->counts[COUNT_ALLOWED] += count;
	} else if (row_text_is(row, ACTIONS_verdict, "audit")) {
		run->counts[COUNT_AUDITED]++;
	} else {
		bool is_asked = row_text_is(row, ACTIONS_verdict, verdict_name(VERDICT_ASK));

		run->counts[COUNT_ASKED] += is_asked;
		run->counts[COUNT_DENIED] += !(is_asked && is_granted(row));
	}
	return 0;
}

static int seal_row(struct verifier *verifier, const struct row *row, struct verification *out)
{
	struct sealed sealed = { .id = verifier->id, .rows = verifier->seq };
	const char *wrong;

	memcpy(sealed.head, verifier->head, sizeof(sealed.head));
	merkle_root(&verifier->merkle, sealed.root);
	wrong = seal_check(row, &sealed, &verifier->belief.known);
	if (wrong == seal_by_unknown_key && !verifier->belief.is_strict) {
		const struct value *key = &row->values[SEALS_key];

		out->unknown++;
		(void)snprintf(out->unknown_key, sizeof(out->unknown_key), "%.*s", (int)key->size,
			       (const char *)key->bytes);
	} else if (wrong)
		return found(out, row->seq, "%s", wrong);
	verifier->awaits_seal = false;
	verifier->sealed = row->seq;
	out->seals++;
	return 0;
}

/* What the row says, given that it is the one that was recorded. */
static int content_check(struct verifier *verifier, const struct row *row, struct verification *out)
{
	if (row->table == ROW_SEALS)
		return seal_row(verifier, row, out);
	if (verifier->awaits_seal)
		return found(out, row->seq,
			     "it should be a seal, which follows where a run begins and ends");
	return row->table == ROW_RUNS ? run_row(verifier, row, out)
				      : action_row(verifier, row, out);
}

int verifier_row(struct verifier *verifier, const struct row *row, struct verification *out)
{
	unsigned char hash[ROW_HASH_SIZE];
	int r;

	if (row->seq <= verifier->seq)
		return found(out, row->seq,
			     "there is a second row with this number, or its "
			     "number is none that is given");
	if (row->seq != verifier->seq + 1)
		return found(out, verifier->seq + 1, "it is missing; the next row is %" PRId64,
			     row->seq);
	if (!row_hash_equals(&row->prev, verifier->head))
		return found(out, row->seq,
			     "it does not follow the row before it: this or "
			     "that one is not what was recorded");
	row_hash(row, verifier->head, hash);
	if (!row_hash_equals(&row->hash, hash))
		return found(out, row->seq,
			     "it is not what was recorded: its content differs from "
			     "its hash");
	r = content_check(verifier, row, out);
	if (r < 0 || out->is_bad)
		return r;
	merkle_append(&verifier->merkle, hash);
	verifier->seq = row->seq;
	memcpy(verifier->head, hash, sizeof(hash));
	if (verifier->seq == verifier->belief.anchor.rows)
		verifier->anchor_agrees = memcmp(hash, verifier->belief.anchor.head,
						 sizeof(hash)) == 0;
	out->rows++;
	return 0;
}

/* Inserts into the lowest of the runs shown, by number. */
static void show_open(const struct open_run *run, struct verification *out)
{
	size_t at = out->open_count < VERIFY_OPEN_SHOWN ? out->open_count : VERIFY_OPEN_SHOWN;
	size_t size = run->id_size < VERIFY_ID_SIZE ? run->id_size : VERIFY_ID_SIZE - 1;

	out->open_count++;
	while (at > 0 && out->open[at - 1].seq > run->seq) {
		if (at < VERIFY_OPEN_SHOWN)
			out->open[at] = out->open[at - 1];
		at--;
	}
	if (at == VERIFY_OPEN_SHOWN)
		return;
	out->open[at].seq = run->seq;
	memcpy(out->open[at].id, run->id, size);
	out->open[at].id[size] = '\0';
}

/* Whether rows are missing at the end, or all of it is another record than was anchored. */
static void completeness(const struct verifier *verifier, struct verification *out)
{
	const struct seal *anchor = &verifier->belief.anchor;

	out->unsealed = (uint64_t)(verifier->seq - verifier->sealed);
	out->is_anchored = anchor->rows > 0;
	if (out->is_bad)
		return;
	if (verifier->awaits_seal)
		(void)snprintf(out->missing, sizeof(out->missing),
			       "the seal that follows row %" PRId64 " is missing", verifier->seq);
	else if (anchor->rows > verifier->seq)
		(void)snprintf(out->missing, sizeof(out->missing),
			       "%" PRId64 " rows had been sealed, and there are %" PRId64
			       ": the end was removed, or an older copy was put in its place",
			       anchor->rows, verifier->seq);
	else if (anchor->rows > 0 && !verifier->anchor_agrees)
		(void)snprintf(out->missing, sizeof(out->missing),
			       "row %" PRId64 " is not the one that was sealed: this is another "
			       "record, or it went on from an older copy",
			       anchor->rows);
	else if (verifier->belief.lost.rows > 0)
		(void)snprintf(out->missing, sizeof(out->missing),
			       "%" PRId64
			       " rows had been sealed, and the last of them was gone when "
			       "a later run began",
			       verifier->belief.lost.rows);
	else if (verifier->belief.is_another)
		(void)snprintf(out->missing, sizeof(out->missing),
			       "the last record that was sealed at this path is another one");
}

void verifier_finish(const struct verifier *verifier, struct verification *out)
{
	completeness(verifier, out);
	memcpy(out->head, verifier->head, sizeof(out->head));
	for (const struct open_run *run = verifier->runs; run; run = run->next)
		show_open(run, out);
}
