/* SPDX-License-Identifier: MIT */
#include "cli/history.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <time.h>

#include "audit/recorder.h"
#include "cli/json.h"
#include "cli/recall.h"

#define NANOSECONDS 1000000000ULL

static uint64_t monotonic_now(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NANOSECONDS + (uint64_t)now.tv_nsec;
}

static int read_run(const struct row *row, void *data)
{
	struct history *history = data;

	if (row_text_is(row, RUNS_kind, "open")) {
		history->agent = row_text_copy(row, RUNS_agent);
		history->workspace = row_text_copy(row, RUNS_workspace);
		history->policy_hash = row_text_copy(row, RUNS_policy_hash);
	} else {
		history->is_over = true;
		history->now = (uint64_t)row->values[RUNS_mono].number;
	}
	return 0;
}

int history_open(const char *path, const char *run, struct history *out, struct fault *fault)
{
	char usual[PATH_MAX];
	int r = 0;

	*out = (struct history){ .run = run };
	if (!path)
		r = recorder_default_path(usual, sizeof(usual));
	if (r < 0)
		return fault_set(
			fault, -ENOENT,
			"cannot find the recorder: HOME is not set; hint: use --audit FILE");
	r = reader_open(path ? path : usual, &out->reader, fault);
	if (r == 0)
		r = reader_run(out->reader, run, read_run, out, fault);
	if (r == 0 && !out->agent)
		r = fault_set(fault, -ENOENT,
			      "there is no run '%s' in the record; hint: `agentos audit query "
			      "--json` names the run of each action",
			      run);
	return r;
}

void history_close(struct history *history)
{
	reader_close(history->reader);
	limits_free(history->limits);
	free(history->agent);
	free(history->workspace);
	free(history->policy_hash);
	*history = (struct history){ .run = NULL };
}

static int count_row(const struct row *row, void *data)
{
	struct history *history = data;
	struct recalled recalled;

	if (recall(row, &recalled) && !recalled.is_shadow)
		limits_recall(history->limits, &recalled.event, recalled.verdict, recalled.mono);
	/* A clock that is behind its rows is that of another start of the machine. */
	if (history->now < recalled.mono)
		history->now = recalled.mono;
	recall_release(&recalled);
	return 0;
}

int history_count(struct history *history, const struct policy *policy, struct fault *fault)
{
	const struct reader_filter filter = { .run = history->run };

	history->limits = limits_new(policy);
	if (!history->limits)
		return fault_set(fault, -ENOMEM, "out of memory");
	if (!history->is_over)
		history->now = monotonic_now();
	return reader_actions(history->reader, &filter, count_row, history, fault);
}

static json_int_t seconds(uint64_t nanoseconds)
{
	return (json_int_t)((nanoseconds + NANOSECONDS - 1) / NANOSECONDS);
}

static int add_level(const struct limit_level *level, void *data)
{
	json_t *json = json_pack("{s:s, s:o, s:i, s:I, s:I, s:I, s:I, s:I}", "rule", level->rule,
				 "file", text_to_json(level->file), "line", (int)level->line,
				 "used", (json_int_t)level->used, "allowed",
				 (json_int_t)level->rate.count, "period",
				 (json_int_t)level->rate.period, "wait", seconds(level->wait),
				 "full", seconds(level->full));

	return json_array_append_new(data, json);
}

json_t *history_levels(const struct history *history, const struct event *event)
{
	json_t *levels = json_array();

	if (limits_levels(history->limits, event, history->now, add_level, levels) == 0)
		return levels;
	json_decref(levels);
	return NULL;
}
