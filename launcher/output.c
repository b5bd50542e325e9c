/* SPDX-License-Identifier: MIT */
#include "launcher/output.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "common/clean.h"
#include "common/hash.h"
#include "launcher/ask.h"
#include "launcher/explained.h"
#include "launcher/outcome.h"
#include "rules/explain.h"
#include "rules/limits.h"
#include "rules/redact.h"

#define LAYER "relay"

/* Waiting for the rest of a line: what a person types is to be seen at once. */
#define QUIET_MS 100
#define MOST_MS 1000
#define TERMINAL_QUIET_MS 30
#define TERMINAL_MOST_MS 200

/*
 * Judging.
 */

static unsigned hour_now(void)
{
	time_t now = time(NULL);
	struct tm local;

	return localtime_r(&now, &local) ? (unsigned)local.tm_hour : 0;
}

static struct event event_of(const struct output *output, const struct content *content)
{
	const struct supervisor *supervisor = output->supervisor;

	return (struct event){
		.action = ACTION_OUTPUT,
		.call = "write",
		.agent = supervisor->agent,
		.program = "", /* nobody can tell: what refuses counts */
		.pid = output->pid,
		.uid = supervisor->uid,
		.ring = EVENT_RING_AGENT,
		.hour = supervisor->judges_hours ? hour_now() : 0,
		.content = content,
	};
}

/* By each of the stream's names: the strictest holds. @content says which. */
static void decide(const struct output_stream *stream, struct event *event, struct content *content,
		   struct decision *out)
{
	struct content asked = *content;
	struct decision other;

	event->content = &asked;
	asked.stream = text_of(stream->names[0]);
	policy_decide(stream->output->supervisor->policy, event, out);
	*content = asked;
	if (stream->names[1]) {
		asked.stream = text_of(stream->names[1]);
		policy_decide(stream->output->supervisor->policy, event, &other);
		if (other.verdict > out->verdict) {
			*out = other;
			*content = asked;
		}
	}
	event->content = content;
}

/* Whether something is said or done for the first time. */
static bool is_first(struct output *output, const struct decision *decision, struct text stream,
		     const char *purpose)
{
	uint64_t hash = hash_bytes(hash_string(HASH_START, decision->rule), stream.bytes,
				   stream.size);
	bool is_new = true;

	hash = hash_string(hash_bytes(hash, &decision->verdict, sizeof(decision->verdict)),
			   purpose);
	(void)pthread_mutex_lock(&output->lock);
	for (size_t i = 0; i < output->told_count && is_new; i++)
		is_new = output->told[i] != hash;
	if (is_new && output->told_count < OUTPUT_TOLD)
		output->told[output->told_count++] = hash;
	(void)pthread_mutex_unlock(&output->lock);
	return is_new;
}

static void tell(struct output_stream *stream, const struct event *told,
		 const struct decision *decision)
{
	struct supervisor *supervisor = stream->output->supervisor;
	char sentence[WIRE_EXPLAIN_SIZE];
	size_t len;

	if (supervisor->explain == EXPLAIN_OFF ||
	    !is_first(stream->output, decision, told->content->stream, "tell"))
		return;
	if (supervisor->explain == EXPLAIN_JSON)
		len = decision_json(told, decision, sentence, sizeof(sentence));
	else
		len = decision_sentence(told, decision, sentence, sizeof(sentence));
	explained_keep(supervisor->explained, sentence, len);
	screen_say(stream->output->screen, sentence, len);
}

static void tell_unrecorded(struct output_stream *stream, const struct event *event,
			    const struct decision *decision)
{
	static const char text[] = "agentos: output is withheld, which could not be recorded\n";

	if (is_first(stream->output, decision, event->content->stream, "unrecorded"))
		screen_say(stream->output->screen, text, sizeof(text) - 1);
}

/* Whether this one gets a row of its own. */
static bool is_recorded(struct output_stream *stream, const struct event *event,
			const struct decision *decision)
{
	if (decision->verdict == VERDICT_ALLOW)
		return is_first(stream->output, decision, event->content->stream, "record");
	return decision->verdict == VERDICT_ASK || decision->verdict >= VERDICT_STOP ||
	       stream->rows++ < OUTPUT_ROWS;
}

/* Return: whether it leaves. */
static bool carry_out(struct output_stream *stream, const struct event *event,
		      struct decision *decision)
{
	struct supervisor *supervisor = stream->output->supervisor;
	CLEAN(redacted_release) struct redacted redacted = { 0 };
	bool is_shadow = supervisor->shadow && !verdict_grants(decision->verdict);
	const struct event *told;

	if (!is_recorded(stream, event, decision))
		return is_shadow || decision_grants(decision);
	told = policy_redact(supervisor->policy, event, &redacted);
	if (outcome_record(supervisor, told, decision, is_shadow ? OUTCOME_SHADOW : LAYER, NULL) <
	    0) {
		tell_unrecorded(stream, event, decision);
		return false; /* what cannot be recorded does not happen */
	}
	if (is_shadow || decision_grants(decision))
		return true;
	tell(stream, told, decision);
	outcome_effect(supervisor, decision);
	return false;
}

static bool is_never_gone(const struct question *question)
{
	(void)question;
	return false;
}

static void ask_about(const struct output_stream *stream, const struct event *event,
		      struct decision *decision)
{
	const struct supervisor *supervisor = stream->output->supervisor;
	unsigned seconds = decision->timeout ? decision->timeout : ASK_TIMEOUT;
	struct question question = {
		.asked = { .event = event,
			   .decision = decision,
			   .policy_hash = policy_hash(supervisor->policy) },
		.pid = event->pid,
		.until_ms = ask_now_ms() + (int64_t)seconds * 1000,
		.is_gone = is_never_gone,
	};

	binding_make(&question.asked, &question.binding);
	decision->answer = ask_question(supervisor->ask, &question);
	ask_answered(decision);
}

/*
 * What the outlet asks.
 */

static bool is_plain(void *data, struct text line)
{
	struct output_stream *stream = data;
	struct content content = { .data = line };
	struct event event = event_of(stream->output, &content);
	struct decision decision;

	if (stream->output->is_counted)
		return false; /* which is done once */
	decide(stream, &event, &content, &decision);
	return decision.verdict == VERDICT_ALLOW &&
	       (decision.line == 0 ||
		!is_first(stream->output, &decision, content.stream, "plain"));
}

static bool judge_as(struct output_stream *stream, struct text data, bool are_lines)
{
	struct supervisor *supervisor = stream->output->supervisor;
	struct content content = { .data = data };
	struct event event = event_of(stream->output, &content);
	struct decision decision;

	event.are_lines = are_lines;
	decide(stream, &event, &content, &decision);
	if (supervisor->limits && !are_lines)
		limits_take(supervisor->limits, &event, &decision, outcome_now());
	if (decision.verdict == VERDICT_ALLOW && decision.line == 0)
		return true; /* what no rule speaks of is no event: each line would be one */
	if (decision.verdict == VERDICT_ASK && !supervisor->shadow)
		ask_about(stream, &event, &decision);
	return carry_out(stream, &event, &decision);
}

static bool judge(void *data, struct text line)
{
	return judge_as(data, line, false);
}

static bool judge_lines(void *data, struct text lines)
{
	return judge_as(data, lines, true);
}

static bool finds(void *data, struct text lines)
{
	struct output_stream *stream = data;
	struct content content = { .data = lines };
	struct event event = event_of(stream->output, &content);
	struct decision decision;

	event.are_lines = true;
	decide(stream, &event, &content, &decision);
	return decision.line > 0 && decision.verdict > VERDICT_ALLOW;
}

/* Return: how many of these bytes may leave still. */
static size_t take_bytes(struct output *output, size_t size)
{
	uint64_t before = atomic_fetch_add(&output->left_bytes, size);

	if (output->most == 0 || before + size <= output->most)
		return size;
	(void)eventfd_write(output->over_fd, 1);
	return before < output->most ? (size_t)(output->most - before) : 0;
}

static void deliver(void *data, const char *bytes, size_t size)
{
	struct output_stream *stream = data;
	struct screen *screen = stream->is_terminal ? stream->output->screen : NULL;

	size = take_bytes(stream->output, size);
	if (size > 0 && !stream->is_broken && screen_write(screen, stream->fd, bytes, size) < 0)
		stream->is_broken = true;
}

static int find_limit(const struct rule_view *rule, void *data)
{
	(void)data;
	return rule->is_enabled && rule->has_limit && rule->actions & ACTION_BIT(ACTION_OUTPUT);
}

void output_init(struct output *output, struct supervisor *supervisor)
{
	output->supervisor = supervisor;
	output->most = policy_limits(supervisor->policy)->output;
	output->is_counted = policy_rules(supervisor->policy, find_limit, NULL) != 0;
	(void)pthread_mutex_init(&output->lock, NULL);
}

void output_prepare(struct output_stream *stream)
{
	static const struct outlet_asker asker = {
		.is_plain = is_plain,
		.judge = judge,
		.finds = finds,
		.judge_lines = judge_lines,
		.deliver = deliver,
	};
	struct outlet *outlet = &stream->outlet;

	*outlet = (struct outlet){ .asker = &asker, .data = stream };
	if (!policy_reads_output(stream->output->supervisor->policy))
		return;
	outlet->quiet_ms = stream->is_terminal ? TERMINAL_QUIET_MS : QUIET_MS;
	outlet->most_ms = stream->is_terminal ? TERMINAL_MOST_MS : MOST_MS;
}

int output_feed(struct output_stream *stream, const char *bytes, size_t size)
{
	struct supervisor *supervisor = stream->output->supervisor;

	stream->rows = 0;
	if (!(supervisor->content_actions & ACTION_BIT(ACTION_OUTPUT)))
		deliver(stream, bytes, size);
	else if (outlet_feed(&stream->outlet, bytes, size, ask_now_ms()) < 0)
		return -ENOMEM;
	return stream->is_broken ? -EPIPE : 0;
}
