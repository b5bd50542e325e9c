/* SPDX-License-Identifier: MIT */
#include "rules/limits.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "rules/merged.h"

#define BUCKETS_MAX 4096
#define PROBES_MAX 64
#define NANOSECONDS 1000000000ULL
#define MESSAGE_SIZE 256

/* @full_at: when it will have filled up. Before it is used, and from then on, it is as good as none. */
struct bucket {
	uint64_t key; /* 0: never used */
	uint64_t full_at;
};

struct limits {
	const struct policy *policy;
	pthread_mutex_t lock;
	struct bucket buckets[BUCKETS_MAX];
	uint64_t refusals_full_at; /* the bucket of all refusals */
	size_t rule_count;
	const struct rule *rules[]; /* of the policy, those with a limit */
};

static _Thread_local char message[MESSAGE_SIZE];

bool limits_exist(const struct policy *policy)
{
	for (const struct rule *rule = policy->rules; rule; rule = rule->next)
		if (rule->enabled && rule->has_limit)
			return true;
	return policy->escalation.verdict != VERDICT_ALLOW;
}

struct limits *limits_new(const struct policy *policy)
{
	struct limits *limits;
	size_t count = 0;

	for (const struct rule *rule = policy->rules; rule; rule = rule->next)
		count += rule->enabled && rule->has_limit;
	limits = calloc(1, sizeof(*limits) + count * sizeof(limits->rules[0]));
	if (!limits)
		return NULL;
	limits->policy = policy;
	for (const struct rule *rule = policy->rules; rule; rule = rule->next)
		if (rule->enabled && rule->has_limit)
			limits->rules[limits->rule_count++] = rule;
	(void)pthread_mutex_init(&limits->lock, NULL);
	return limits;
}

void limits_free(struct limits *limits)
{
	if (limits)
		(void)pthread_mutex_destroy(&limits->lock);
	free(limits);
}

/* Two that had the same key would share a bucket: never more than one of them is granted. */
static uint64_t key_of(const struct rule *rule, const struct event *event)
{
	uint64_t hash = hash_bytes(HASH_START, &rule->index, sizeof(rule->index));
	char ip[INET6_ADDRSTRLEN] = "";

	switch (rule->limit_by) {
	case LIMIT_BY_AGENT:
		hash = hash_string(hash, event->agent);
		break;
	case LIMIT_BY_PROGRAM:
		hash = hash_string(hash, event->program);
		break;
	case LIMIT_BY_HOST:
		if (!event->host && event->has_ip)
			(void)ip_format(&event->ip, ip, sizeof(ip));
		hash = hash_string(hash, event->host ? event->host : ip);
		break;
	default:
		break;
	}
	return hash ? hash : 1;
}

/* Return: the bucket of a key, or one that can become it; NULL when all that it could be are in use. */
static struct bucket *find(struct limits *limits, uint64_t key, uint64_t now)
{
	struct bucket *unused = NULL;

	for (unsigned i = 0; i < PROBES_MAX; i++) {
		struct bucket *bucket = &limits->buckets[(key + i) % BUCKETS_MAX];

		if (bucket->key == key) {
			if (bucket->full_at <= now)
				bucket->full_at = now + 1; /* nobody else takes it meanwhile */
			return bucket;
		}
		if (!unused && bucket->full_at <= now)
			unused = bucket;
		if (!bucket->key)
			break; /* whatever came later than this one is not further on */
	}
	if (unused) /* in use from now on, though nothing was taken yet */
		*unused = (struct bucket){ .key = key, .full_at = now + 1 };
	return unused;
}

/* When it can be tried again, at the end of what the rule itself says. */
static void say(const struct rule *rule, uint64_t wait)
{
	const char *rate = node_find(rule->node, "limit")->text;
	int used = snprintf(message, sizeof(message), "%.128s%sat most %.32s", rule->message,
			    rule->message[0] ? "; " : "", rate);

	if (wait == UINT64_MAX)
		(void)snprintf(message + used, sizeof(message) - (size_t)used,
			       ", and too much else is counted");
	else
		(void)snprintf(message + used, sizeof(message) - (size_t)used, ", again in %llu s",
			       (unsigned long long)((wait + NANOSECONDS - 1) / NANOSECONDS));
}

static void refuse(const struct rule *rule, uint64_t wait, struct decision *decision)
{
	say(rule, wait);
	*decision = (struct decision){
		.verdict = rule->verdict < VERDICT_DENY ? VERDICT_DENY : rule->verdict,
		.rule = rule->name,
		.file = rule->source->label,
		.line = rule->line,
		.message = message,
		.is_for_now = true,
	};
}

/* One more out of a bucket. Return: when it will then be full; @wait: 0, or how long until there is one. */
static uint64_t full_after(uint64_t full_at, const struct rate *rate, uint64_t now, uint64_t *wait)
{
	uint64_t period = rate->period * NANOSECONDS;
	uint64_t step = period / rate->count;
	uint64_t after = (full_at > now ? full_at : now + 1) + (step ? step : 1);

	*wait = after - now > period + 1 ? after - now - period - 1 : 0;
	return after;
}

/* A bucket that one is to be taken from, and when it will then be full. */
struct taken {
	struct bucket *bucket;
	uint64_t full_at;
};

/* Return: whether the rule has one left; else @wait is how long it takes. */
static bool look(struct limits *limits, const struct rule *rule, const struct event *event,
		 uint64_t now, struct taken *out, uint64_t *wait)
{
	*wait = UINT64_MAX;
	out->bucket = find(limits, key_of(rule, event), now);
	if (!out->bucket)
		return false;
	out->full_at = full_after(out->bucket->full_at, &rule->limit, now, wait);
	return *wait == 0;
}

/* What one action takes of all limits that it is under. */
struct taking {
	struct taken taken[RULE_LIMITS_MAX];
	size_t count;
	const struct rule *exceeded;
	uint64_t wait; /* of @exceeded */
};

static void take(struct limits *limits, const struct rule *rule, const struct event *event,
		 uint64_t now, struct taking *taking)
{
	uint64_t wait = UINT64_MAX;

	if (taking->count < RULE_LIMITS_MAX &&
	    look(limits, rule, event, now, &taking->taken[taking->count], &wait)) {
		taking->count++;
		return;
	}
	/* The strictest, of equals the one that takes longest. */
	if (taking->exceeded &&
	    (rule->verdict < taking->exceeded->verdict ||
	     (rule->verdict == taking->exceeded->verdict && wait <= taking->wait)))
		return;
	taking->exceeded = rule;
	taking->wait = wait;
}

static bool is_under(const struct rule *rule, const struct event *event)
{
	return rule->actions & ACTION_BIT(event->action) && rule_matches(rule, event);
}

void limits_take(struct limits *limits, const struct event *event, struct decision *decision,
		 uint64_t now)
{
	struct taking taking = { .count = 0 };

	if (decision->verdict >= VERDICT_DENY)
		return;
	(void)pthread_mutex_lock(&limits->lock);
	for (size_t i = 0; i < limits->rule_count; i++)
		if (is_under(limits->rules[i], event))
			take(limits, limits->rules[i], event, now, &taking);
	for (size_t i = 0; i < taking.count && !taking.exceeded; i++)
		taking.taken[i].bucket->full_at = taking.taken[i].full_at;
	(void)pthread_mutex_unlock(&limits->lock);
	if (taking.exceeded)
		refuse(taking.exceeded, taking.wait, decision);
}

void limits_escalate(struct limits *limits, struct decision *decision, uint64_t now)
{
	const struct policy_escalation *escalation = &limits->policy->escalation;
	char before[129];
	uint64_t wait, after;

	if (escalation->verdict <= decision->verdict)
		return;
	(void)pthread_mutex_lock(&limits->lock);
	after = full_after(limits->refusals_full_at, &escalation->denials, now, &wait);
	if (wait == 0)
		limits->refusals_full_at = after;
	(void)pthread_mutex_unlock(&limits->lock);
	if (wait == 0)
		return;
	/* What it said may be in the same room. */
	(void)snprintf(before, sizeof(before), "%s", decision->message);
	(void)snprintf(message, sizeof(message), "%s%stoo many refusals: %llu in %llu s", before,
		       before[0] ? "; " : "", (unsigned long long)escalation->denials.count,
		       (unsigned long long)escalation->denials.period);
	decision->verdict = escalation->verdict;
	decision->message = message;
}

/*
 * From a record.
 */

void limits_recall(struct limits *limits, const struct event *event, enum verdict verdict,
		   uint64_t now)
{
	struct decision decision = { .verdict = verdict, .message = "" };
	uint64_t wait;

	if (verdict >= VERDICT_DENY) {
		limits_escalate(limits, &decision, now);
		return;
	}
	(void)pthread_mutex_lock(&limits->lock);
	for (size_t i = 0; i < limits->rule_count; i++) {
		const struct rule *rule = limits->rules[i];
		struct bucket *bucket = is_under(rule, event)
						? find(limits, key_of(rule, event), now)
						: NULL;

		/* It was granted: a row is written a little later than what it is about is counted. */
		if (bucket)
			bucket->full_at = full_after(bucket->full_at, &rule->limit, now, &wait);
	}
	(void)pthread_mutex_unlock(&limits->lock);
}

/* When a bucket that is only looked at is full. */
static uint64_t full_at(const struct limits *limits, uint64_t key)
{
	for (unsigned i = 0; i < PROBES_MAX; i++) {
		const struct bucket *bucket = &limits->buckets[(key + i) % BUCKETS_MAX];

		if (bucket->key == key)
			return bucket->full_at;
		if (!bucket->key)
			break;
	}
	return 0;
}

static void level_set(uint64_t full_at, uint64_t now, struct limit_level *level)
{
	uint64_t period = level->rate.period * NANOSECONDS;
	uint64_t step = period / level->rate.count;
	uint64_t taken = full_at > now + 1 ? full_at - now - 1 : 0;
	uint64_t left = taken > period ? 0 : (period - taken) / (step ? step : 1);

	level->used = left < level->rate.count ? level->rate.count - left : 0;
	level->full = taken;
	(void)full_after(full_at, &level->rate, now, &level->wait);
}

int limits_levels(struct limits *limits, const struct event *event, uint64_t now,
		  limit_level_fn *visit, void *data)
{
	const struct policy_escalation *escalation = &limits->policy->escalation;
	struct limit_level level;
	int r = 0;

	(void)pthread_mutex_lock(&limits->lock);
	for (size_t i = 0; i < limits->rule_count && r == 0; i++) {
		const struct rule *rule = limits->rules[i];

		if (!is_under(rule, event))
			continue;
		level = (struct limit_level){ rule->name, rule->source->label, rule->line,
					      .rate = rule->limit };
		level_set(full_at(limits, key_of(rule, event)), now, &level);
		r = visit(&level, data);
	}
	if (r == 0 && escalation->verdict != VERDICT_ALLOW) {
		level = (struct limit_level){ "escalate", "", .rate = escalation->denials };
		level_set(limits->refusals_full_at, now, &level);
		r = visit(&level, data);
	}
	(void)pthread_mutex_unlock(&limits->lock);
	return r;
}
