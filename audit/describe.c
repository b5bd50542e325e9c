/* SPDX-License-Identifier: MIT */
#include "audit/describe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/arguments.h"
#include "common/clock.h"

void described_release(struct described *text)
{
	free(text->argv);
	free(text->content);
	text->argv = text->content = NULL;
}

/* An argument vector into a column. */
static int set_argv(struct row *row, size_t column, const char *const *argv, size_t argc,
		    struct described *text, bool *cut)
{
	size_t size = row_layouts[row->table].columns[column].max + 1;

	if (!argv)
		return 0;
	text->argv = malloc(size);
	if (!text->argv)
		return -ENOMEM;
	*cut |= arguments_to_json(argv, argc, text->argv, size);
	*cut |= row_set_text(row, column, text->argv);
	return 0;
}

static void set_run(struct row *row, const char *run, const char *kind, const char *agent,
		    bool *cut)
{
	row_set_number(row, RUNS_time, clock_ns(CLOCK_REALTIME));
	row_set_number(row, RUNS_mono, clock_ns(CLOCK_MONOTONIC));
	*cut |= row_set_text(row, RUNS_run, run);
	(void)row_set_text(row, RUNS_kind, kind);
	*cut |= row_set_text(row, RUNS_agent, agent);
	row_set_number(row, RUNS_pid, getpid());
}

int describe_run(const struct recorder_run *run, struct described *text, struct row *out)
{
	bool cut = false;
	int r;

	*out = (struct row){ .table = ROW_RUNS };
	set_run(out, run->id, "open", run->agent, &cut);
	row_set_number(out, RUNS_uid, run->uid);
	r = set_argv(out, RUNS_argv, run->argv, run->argc, text, &cut);
	cut |= row_set_text(out, RUNS_workspace, run->workspace);
	cut |= row_set_text(out, RUNS_policy_files, run->policy_files);
	cut |= row_set_text(out, RUNS_policy_hash, run->policy_hash);
	cut |= row_set_text(out, RUNS_level, run->level);
	cut |= row_set_text(out, RUNS_mode, run->mode);
	row_set_number(out, RUNS_cut, cut);
	return r;
}

void describe_end(const char *run, const char *agent, int status,
		  const struct recorder_summary *summary, struct row *out)
{
	bool cut = false;

	*out = (struct row){ .table = ROW_RUNS };
	set_run(out, run, "close", agent, &cut);
	row_set_number(out, RUNS_status, status);
	row_set_number(out, RUNS_allowed, (int64_t)summary->allowed);
	row_set_number(out, RUNS_audited, (int64_t)summary->audited);
	row_set_number(out, RUNS_asked, (int64_t)summary->asked);
	row_set_number(out, RUNS_denied, (int64_t)summary->denied);
	row_set_number(out, RUNS_cut, cut);
}

void describe_lost(const char *run, const char *agent, struct row *out)
{
	bool cut = false;

	*out = (struct row){ .table = ROW_RUNS };
	set_run(out, run, "lost", agent, &cut);
	row_set_number(out, RUNS_cut, cut);
}

static void set_file(struct row *row, const struct event *event, bool *cut)
{
	*cut |= row_set_text(row, ACTIONS_operation, event->operation);
	*cut |= row_set_text(row, ACTIONS_path, event->path);
	/* A reader puts the path in its place (audit/reader.c). */
	if (!event->given || !event->path || strcmp(event->given, event->path) != 0)
		*cut |= row_set_text(row, ACTIONS_given, event->given);
	*cut |= row_set_text(row, ACTIONS_script, event->script);
	if (ACTION_BIT(event->action) & ACTION_FILES)
		row_set_number(row, ACTIONS_is_dir, event->is_dir);
	if (event->harmless)
		row_set_number(row, ACTIONS_harmless, 1);
}

static void set_network(struct row *row, const struct event *event, struct described *text,
			bool *cut)
{
	*cut |= row_set_text(row, ACTIONS_host, event->host);
	if (event->protocol != PROTOCOL_NONE)
		(void)row_set_text(row, ACTIONS_protocol, protocol_name(event->protocol));
	if (event->has_ip)
		(void)row_set_text(row, ACTIONS_ip,
				   ip_format(&event->ip, text->ip, sizeof(text->ip)));
	if (event->has_ip || event->port)
		row_set_number(row, ACTIONS_port, event->port);
	if (event->action == ACTION_CONNECT)
		row_set_number(row, ACTIONS_own, event->own);
}

/* Of what was sent as bytes nothing is kept. */
static int set_content(struct row *row, const struct event *event, struct described *text,
		       bool *cut)
{
	size_t size = row_layouts[row->table].columns[ACTIONS_content].max + 1;

	if (!event->content || event->action == ACTION_SEND_DATA)
		return 0;
	text->content = malloc(size);
	if (!text->content)
		return -ENOMEM;
	*cut |= content_summary(event, text->content, size);
	(void)row_set_text(row, ACTIONS_content, text->content);
	return 0;
}

static void set_decision(struct row *row, const struct decision *decision, bool *cut)
{
	(void)row_set_text(row, ACTIONS_verdict, verdict_name(decision->verdict));
	*cut |= row_set_text(row, ACTIONS_rule, decision->rule);
	*cut |= row_set_text(row, ACTIONS_rule_file, decision->file);
	row_set_number(row, ACTIONS_rule_line, decision->line);
	*cut |= row_set_text(row, ACTIONS_message, decision->message);
	if (decision->answer)
		(void)row_set_text(row, ACTIONS_answer, answer_name(decision->answer));
	if (!decision->approver)
		return;
	*cut |= row_set_text(row, ACTIONS_approver, decision->approver);
	row_set_number(row, ACTIONS_approver_uid, decision->approver_uid);
}

int describe_action(const char *run, const char *agent, const struct event *event,
		    const struct decision *decision, struct described *text, struct row *out)
{
	bool cut = false;
	int r;

	*out = (struct row){ .table = ROW_ACTIONS };
	row_set_number(out, ACTIONS_time, clock_ns(CLOCK_REALTIME));
	row_set_number(out, ACTIONS_mono, clock_ns(CLOCK_MONOTONIC));
	cut |= row_set_text(out, ACTIONS_run, run);
	cut |= row_set_text(out, ACTIONS_agent, event->agent ? event->agent : agent);
	row_set_number(out, ACTIONS_pid, event->pid);
	if (event->ppid > 0)
		row_set_number(out, ACTIONS_ppid, event->ppid);
	row_set_number(out, ACTIONS_uid, event->uid);
	cut |= row_set_text(out, ACTIONS_program, event->program);
	(void)row_set_text(out, ACTIONS_call, event->call);
	(void)row_set_text(out, ACTIONS_action, action_name(event->action));
	r = set_argv(out, ACTIONS_argv, event->argv, event->argc, text, &cut);
	set_file(out, event, &cut);
	set_network(out, event, text, &cut);
	if (r == 0)
		r = set_content(out, event, text, &cut);
	set_decision(out, decision, &cut);
	row_set_number(out, ACTIONS_cut, cut);
	return r;
}
