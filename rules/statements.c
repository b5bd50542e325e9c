/* SPDX-License-Identifier: MIT */
#include "rules/statements.h"

#include <stdio.h>
#include <string.h>

#include "rules/readings.h"

#define DIALECT_SIZE 32

struct judging {
	const struct policy *policy;
	const struct event *event;
	statements_fn *decide;
	struct decision *strictest;
	bool has_one;
};

static void judge(struct judging *judging, const struct statement *statement)
{
	struct event event = *judging->event;
	struct decision decision;

	event.statement = statement;
	judging->decide(judging->policy, &event, &decision);
	if (!judging->has_one || decision.verdict > judging->strictest->verdict)
		*judging->strictest = decision;
	judging->has_one = true;
}

static void judge_effect(struct judging *judging, const struct sql_effect *effect)
{
	const char *tables[SQL_TABLES_MAX];
	struct statement statement = {
		.verb = effect->verb,
		.tables = tables,
		.has_where = effect->has_where,
		.changes_data = effect->changes_data,
		.is_understood = effect->is_understood,
	};

	for (const struct sql_table *table = effect->tables;
	     table && statement.table_count < SQL_TABLES_MAX; table = table->next)
		tables[statement.table_count++] = table->name;
	judge(judging, &statement);
}

static void judge_unknown(struct judging *judging)
{
	static const struct statement unknown = { .verb = "UNKNOWN" };

	judge(judging, &unknown);
}

static void judge_all(struct judging *judging, const struct sql *sql)
{
	static const struct statement nothing = { .verb = "", .is_understood = true };

	for (size_t i = 0; i < sql->effect_count; i++)
		judge_effect(judging, &sql->effects[i]);
	if (!sql->is_understood)
		judge_unknown(judging);
	else if (sql->effect_count == 0)
		judge(judging, &nothing);
}

/* Whether a text is no statement of a dialect at all, which is less than not to know what one does. */
static bool is_foreign(const struct sql *sql)
{
	if (sql->is_understood)
		return false;
	for (size_t i = 0; i < sql->effect_count; i++)
		if (strcmp(sql->effects[i].verb, "UNKNOWN") != 0)
			return false;
	return true;
}

static void judge_read(struct judging *judging, const struct sql *sql, bool or_nothing)
{
	if (!or_nothing || !is_foreign(sql))
		judge_all(judging, sql);
}

/* As it was read before, or else now. */
static void read_as(struct judging *judging, enum sql_dialect dialect, bool or_nothing)
{
	struct text query = judging->event->content->query;
	struct readings *readings = readings_shared();
	const struct reading *reading = readings_find(readings, query, dialect);
	struct sql sql;

	if (reading) {
		judge_read(judging, reading_sql(reading), or_nothing);
		reading_release(reading);
		return;
	}
	sql_read(query.bytes, query.size, dialect, &sql);
	judge_read(judging, &sql, or_nothing);
	readings_keep(readings, query, dialect, &sql);
	sql_release(&sql);
}

void statements_decide(const struct policy *policy, const struct event *event,
		       statements_fn *decide, struct decision *out_decision)
{
	struct judging judging = {
		.policy = policy,
		.event = event,
		.decide = decide,
		.strictest = out_decision,
	};
	const struct content *content = event->content;
	char name[DIALECT_SIZE] = "";
	enum sql_dialect dialect;

	if (content && content->query.bytes && !content->dialect.bytes) {
		read_as(&judging, SQL_POSTGRESQL, true);
		read_as(&judging, SQL_MYSQL, true);
		read_as(&judging, SQL_SQLITE, true);
	} else if (content && content->query.bytes && content->dialect.size < sizeof(name)) {
		(void)snprintf(name, sizeof(name), "%.*s", (int)content->dialect.size,
			       content->dialect.bytes);
		if (sql_dialect_parse(name, &dialect))
			read_as(&judging, dialect, false);
	}
	if (!judging.has_one)
		judge_unknown(&judging);
}
