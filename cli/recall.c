/* SPDX-License-Identifier: MIT */
#include "cli/recall.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/clean.h"

static uint64_t number(const struct row *row, enum actions_column column)
{
	const struct value *value = &row->values[column];

	return value->type == VALUE_INTEGER ? (uint64_t)value->number : 0;
}

/* Return: whether memory was there. */
static bool read_texts(const struct row *row, struct recalled *out)
{
	struct event *event = &out->event;
	const struct {
		enum actions_column column;
		const char **text;
	} rows[RECALL_TEXTS] = {
		{ ACTIONS_call, &event->call },		  { ACTIONS_agent, &event->agent },
		{ ACTIONS_program, &event->program },	  { ACTIONS_path, &event->path },
		{ ACTIONS_given, &event->given },	  { ACTIONS_script, &event->script },
		{ ACTIONS_operation, &event->operation }, { ACTIONS_host, &event->host },
	};
	bool has_all = true;

	for (size_t i = 0; i < RECALL_TEXTS; i++) {
		out->texts[i] = row_text_copy(row, rows[i].column);
		*rows[i].text = out->texts[i];
		has_all &= out->texts[i] || row->values[rows[i].column].type == VALUE_NULL;
	}
	return has_all;
}

/* One that is no UTF-8, or was cut, is none of the words that a rule could ask for. */
static const char *word_of(json_t *argument)
{
	const char *text = json_string_value(argument);

	return text ? text : "\xff";
}

static bool read_argv(const struct row *row, struct recalled *out)
{
	const struct value *value = &row->values[ACTIONS_argv];
	size_t count;

	if (value->type != VALUE_TEXT)
		return true;
	out->argv = json_loadb(value->bytes, value->size, JSON_ALLOW_NUL, NULL);
	count = json_array_size(out->argv);
	out->words = calloc(count + 1, sizeof(*out->words));
	if (!out->words || !json_is_array(out->argv))
		return false;
	for (size_t i = 0; i < count; i++)
		out->words[i] = word_of(json_array_get(out->argv, i));
	out->event.argv = out->words;
	out->event.argc = count;
	return true;
}

static bool read_names(const struct row *row, struct recalled *out)
{
	CLEAN_FREE char *action = row_text_copy(row, ACTIONS_action);
	CLEAN_FREE char *verdict = row_text_copy(row, ACTIONS_verdict);
	CLEAN_FREE char *protocol = row_text_copy(row, ACTIONS_protocol);
	CLEAN_FREE char *ip = row_text_copy(row, ACTIONS_ip);
	struct event *event = &out->event;

	event->protocol = protocol ? protocol_parse(protocol) : PROTOCOL_NONE;
	event->has_ip = ip && ip_parse(ip, &event->ip);
	out->is_shadow = row_text_is(row, ACTIONS_layer, "shadow");
	if (!action || !verdict || !verdict_parse(verdict, &out->verdict))
		return false;
	return action_parse(action, &event->action) ||
	       strcmp(action, action_name(ACTION_NONE)) == 0;
}

static unsigned hour_of(uint64_t time)
{
	time_t seconds = (time_t)(time / 1000000000);
	struct tm local;

	return localtime_r(&seconds, &local) ? (unsigned)local.tm_hour : 0;
}

bool recall(const struct row *row, struct recalled *out)
{
	struct event *event = &out->event;

	*out = (struct recalled){ .mono = number(row, ACTIONS_mono) };
	event->ring = EVENT_RING_AGENT;
	event->pid = (pid_t)number(row, ACTIONS_pid);
	event->uid = (uid_t)number(row, ACTIONS_uid);
	event->hour = hour_of(number(row, ACTIONS_time));
	event->is_dir = number(row, ACTIONS_is_dir);
	event->port = (uint16_t)number(row, ACTIONS_port);
	event->own = number(row, ACTIONS_own);
	event->harmless = number(row, ACTIONS_harmless);
	return read_names(row, out) && read_texts(row, out) && read_argv(row, out);
}

void recall_release(struct recalled *recalled)
{
	for (size_t i = 0; i < RECALL_TEXTS; i++)
		free(recalled->texts[i]);
	free(recalled->words);
	json_decref(recalled->argv);
	*recalled = (struct recalled){ .argv = NULL };
}
