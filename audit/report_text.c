/* SPDX-License-Identifier: MIT */
/*
 * Reports for programs (JSON) and for the comment of a merge request (Markdown).
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "audit/fields.h"
#include "audit/print.h"
#include "audit/report_parts.h"
#include "common/clean.h"

#define REFUSALS_SHOWN 200
#define RULES_SHOWN 100

struct list {
	struct report *report;
	bool is_first;
};

static int put_object(const struct row *row, void *data)
{
	struct list *list = data;
	FILE *out = list->report->out;
	json_t *object = print_object(row);
	int r = row->table == ROW_ACTIONS ? report_run(list->report, row) : 0;

	(void)fputs(list->is_first ? "\n" : ",\n", out);
	list->is_first = false;
	if (!object || json_dumpf(object, out, JSON_COMPACT | JSON_ENSURE_ASCII) < 0)
		r = ferror(out) ? -EIO : -ENOMEM;
	json_decref(object);
	return r;
}

int report_json(struct report *report, struct fault *fault)
{
	struct list list = { .report = report, .is_first = true };
	FILE *out = report->out;
	json_t *about = report_about(report);
	int r = about ? 0 : -ENOMEM;

	(void)fputs("{\"about\":", out);
	if (r == 0 && json_dumpf(about, out, JSON_COMPACT | JSON_ENSURE_ASCII) < 0)
		r = -EIO;
	json_decref(about);
	(void)fputs(",\n\"actions\":[", out);
	if (r == 0)
		r = reader_actions(report->reader, report->filter, put_object, &list, fault);
	(void)fputs("],\n\"runs\":[", out);
	list.is_first = true;
	if (r == 0)
		r = report_walk_runs(report, put_object, &list, fault);
	(void)fputs("]}\n", out);
	return r;
}

/* ---- Markdown ---------------------------------------------------------------------------------- */

struct summary {
	struct report *report;
	struct strings *rules;
	uint64_t refused_by[RULES_SHOWN];
	uint64_t granted, refused;
	FILE *refusals; /* their lines, collected */
};

/* As code, in which no mark means anything but these two, and no name is a link or calls a person. */
static void put_plain(const char *text, FILE *out)
{
	(void)fputc('`', out);
	for (; text && *text; text++) {
		if (*text == '`' || *text == '|')
			(void)fprintf(out, "\\x%02x", (unsigned)*text);
		else
			(void)fputc(*text, out);
	}
	(void)fputc('`', out);
}

static void put_cell(const char *text, FILE *out)
{
	(void)fputs("| ", out);
	put_plain(text && *text ? text : "-", out);
	(void)fputc(' ', out);
}

static char *target_of(const struct row *row)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	print_target(row, out);
	(void)fclose(out);
	return text;
}

static void put_refusal(const struct row *row, FILE *out)
{
	static const char *const names[] = { "program", "action", NULL, "rule", "message" };
	char when[64];

	put_cell(print_time(field_number(row, "time", 0), when, sizeof(when)), out);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		CLEAN_FREE char *text = names[i] ? field_text(row, names[i]) : target_of(row);

		put_cell(text, out);
	}
	(void)fputs("|\n", out);
}

static int count_action(const struct row *row, void *data)
{
	struct summary *summary = data;
	CLEAN_FREE char *rule = NULL;
	size_t place = 0;
	int r = report_run(summary->report, row);

	if (r == 0 && field_granted(row)) {
		summary->granted += (uint64_t)field_number(row, "count", 1);
		return 0;
	}
	rule = field_text(row, "rule");
	if (r == 0)
		r = strings_add(summary->rules, rule ? rule : "-", strlen(rule ? rule : "-"),
				&place);
	if (r < 0)
		return r;
	if (place < RULES_SHOWN)
		summary->refused_by[place]++;
	if (summary->refused++ < REFUSALS_SHOWN)
		put_refusal(row, summary->refusals);
	return 0;
}

static int put_run_text(const struct row *row, void *data)
{
	FILE *out = ((struct report *)data)->out;
	CLEAN_FREE char *command = field_command(row);
	CLEAN_FREE char *agent = field_text(row, "agent");
	CLEAN_FREE char *policies = field_text(row, "policy_files");
	char when[64];

	(void)print_time(field_number(row, "time", 0), when, sizeof(when));
	if (!field_is(row, "kind", "open")) {
		(void)fprintf(out, "  - ended %s with status %" PRId64 "\n", when,
			      field_number(row, "status", -1));
		return 0;
	}
	(void)fprintf(out, "- %s ", when);
	put_plain(agent, out);
	(void)fputs(": ", out);
	put_plain(command, out);
	(void)fputs(" (policies: ", out);
	put_plain(policies ? policies : "none", out);
	(void)fputs(")\n", out);
	return 0;
}

static void put_rules(const struct summary *summary, FILE *out)
{
	size_t count = strings_count(summary->rules);

	if (summary->refused == 0)
		return;
	(void)fputs("\n## Refusals by rule\n\n| rule | refused |\n| --- | ---: |\n", out);
	for (size_t i = 0; i < count && i < RULES_SHOWN; i++) {
		size_t size;

		put_cell(strings_at(summary->rules, i, &size), out);
		(void)fprintf(out, "| %" PRIu64 " |\n", summary->refused_by[i]);
	}
	if (count > RULES_SHOWN)
		(void)fprintf(out, "\nand %zu rules more\n", count - RULES_SHOWN);
}

static int put_summary(struct report *report, struct summary *summary, struct fault *fault)
{
	FILE *out = report->out;
	int r = reader_actions(report->reader, report->filter, count_action, summary, fault);

	(void)fprintf(out,
		      "# agentos report\n\n%" PRIu64 " actions: %" PRIu64 " granted, %" PRIu64
		      " refused\n\n## Runs\n\n",
		      summary->granted + summary->refused, summary->granted, summary->refused);
	if (r == 0)
		r = report_walk_runs(report, put_run_text, report, fault);
	put_rules(summary, out);
	return r;
}

int report_markdown(struct report *report, struct fault *fault)
{
	CLEAN_FREE char *lines = NULL;
	size_t size = 0;
	struct summary summary = { .report = report,
				   .rules = strings_new(),
				   .refusals = open_memstream(&lines, &size) };
	int r = summary.rules && summary.refusals ? 0 : -ENOMEM;

	if (r == 0)
		r = put_summary(report, &summary, fault);
	strings_free(summary.rules);
	if (summary.refusals && fclose(summary.refusals) != 0)
		r = -ENOMEM;
	if (r == 0 && summary.refused > 0)
		(void)fprintf(
			report->out,
			"\n## Refusals\n\n| time | program | action | target | rule | message |\n"
			"| --- | --- | --- | --- | --- | --- |\n%s",
			lines);
	if (r == 0 && summary.refused > REFUSALS_SHOWN)
		(void)fprintf(report->out, "\nand %" PRIu64 " more\n",
			      summary.refused - REFUSALS_SHOWN);
	return r;
}
