/* SPDX-License-Identifier: MIT */
/*
 * PCRE2 counts its steps anew at each byte at which a match may start, so its match limit alone
 * bounds nothing: a callout in front of the pattern is reached at each of these bytes, and looks at
 * the clock.
 *
 * Source: pcre2api(3), "The match context"; pcre2callout(3); pcre2jit(3).
 */
#include "rules/pattern.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/clean.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define START "(?C)" /* the callout */
#define START_SIZE (sizeof(START) - 1)

#define DEPTH_MAX 100000u
#define HEAP_MAX_KIB 20000u
#define STACK_MIN ((size_t)32 * 1024)
#define STACK_MAX ((size_t)4 * 1024 * 1024) /* of addresses; memory only as far as it is used */

struct pattern {
	pcre2_code *code;
};

/* What a thread searches with. */
struct searcher {
	pcre2_match_context *context;
	pcre2_match_data *data;
	pcre2_jit_stack *stack; /* NULL: that of the thread is used */
	long long deadline_ms; /* of this search: the tick at which the time is looked at closely */
	long long used_max_ms; /* of time of this thread; 0: not yet known */
};

static _Thread_local struct searcher *own_searcher;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static bool has_key;

static long long now_ms(clockid_t clock)
{
	struct timespec now;

	(void)clock_gettime(clock, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* Of the last tick, which costs no system call: clock_gettime(2), vdso(7). */
static long long tick_ms(void)
{
	return now_ms(CLOCK_MONOTONIC_COARSE);
}

/*
 * Whether the time is over. On a busy machine it may have been given to others: when it seems
 * to be over, it is granted once more, in time that this thread has had.
 */
static bool is_over(struct searcher *searcher)
{
	long long used_ms;

	if (tick_ms() <= searcher->deadline_ms)
		return false;
	used_ms = now_ms(CLOCK_THREAD_CPUTIME_ID);
	if (searcher->used_max_ms == 0)
		searcher->used_max_ms = used_ms + PATTERN_TIME_MS;
	searcher->deadline_ms = tick_ms() + PATTERN_TIME_MS / 10;
	return used_ms >= searcher->used_max_ms;
}

static int at_start(pcre2_callout_block *block, void *data)
{
	(void)block;
	return is_over(data) ? PCRE2_ERROR_CALLOUT : 0;
}

static void searcher_free(void *data)
{
	struct searcher *searcher = data;

	if (!searcher)
		return;
	pcre2_match_data_free(searcher->data);
	pcre2_match_context_free(searcher->context);
	pcre2_jit_stack_free(searcher->stack);
	free(searcher);
}

static void searcher_free_at(struct searcher **at)
{
	searcher_free(*at);
}

static void make_key(void)
{
	has_key = pthread_key_create(&key, searcher_free) == 0;
}

/* The groups of a match are not asked for: room for the whole of it is enough. */
static struct searcher *searcher_new(void)
{
	CLEAN(searcher_free_at) struct searcher *searcher = calloc(1, sizeof(*searcher));

	if (!searcher)
		return NULL;
	searcher->data = pcre2_match_data_create(1, NULL);
	searcher->context = pcre2_match_context_create(NULL);
	if (!searcher->data || !searcher->context)
		return NULL;
	searcher->stack = pcre2_jit_stack_create(STACK_MIN, STACK_MAX, NULL);
	if (searcher->stack)
		pcre2_jit_stack_assign(searcher->context, NULL, searcher->stack);
	(void)pcre2_set_match_limit(searcher->context, PATTERN_STEPS_MAX);
	(void)pcre2_set_depth_limit(searcher->context, DEPTH_MAX);
	(void)pcre2_set_heap_limit(searcher->context, HEAP_MAX_KIB);
	(void)pcre2_set_callout(searcher->context, at_start, searcher);
	return take_ptr(&searcher);
}

static struct searcher *searcher_get(void)
{
	if (own_searcher)
		return own_searcher;
	(void)pthread_once(&once, make_key);
	own_searcher = has_key ? searcher_new() : NULL;
	if (own_searcher && pthread_setspecific(key, own_searcher) != 0) {
		searcher_free(own_searcher);
		own_searcher = NULL;
	}
	return own_searcher;
}

/* Whether it speaks of characters rather than bytes. */
static bool needs_characters(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text > 127)
			return true;
		if (*text != '\\' || !text[1])
			continue;
		text++;
		if (strchr("pPX", *text) || strncmp(text, "N{", 2) == 0)
			return true;
		if (strncmp(text, "x{", 2) == 0 && strtoul(text + 2, NULL, 16) > 127)
			return true;
	}
	return false;
}

static int fail(struct pattern_fault *fault, int code, size_t offset)
{
	fault->offset = offset > START_SIZE ? offset - START_SIZE : 0;
	if (pcre2_get_error_message(code, (PCRE2_UCHAR *)fault->text, sizeof(fault->text)) < 0)
		fault->text[0] = '\0';
	return -EINVAL;
}

static void release(void *data)
{
	pcre2_code_free(data);
}

static int compile(const char *text, bool caseless, pcre2_code **out, struct pattern_fault *fault)
{
	char source[START_SIZE + PATTERN_SIZE_MAX + 1] = START;
	uint32_t options = PCRE2_NEVER_BACKSLASH_C;
	size_t size = strlen(text);
	PCRE2_SIZE offset = 0;
	int code = 0;

	if (size > PATTERN_SIZE_MAX) {
		fault->offset = 0;
		(void)snprintf(fault->text, sizeof(fault->text), "it is longer than %d bytes",
			       PATTERN_SIZE_MAX);
		return -EINVAL;
	}
	memcpy(source + START_SIZE, text, size + 1);
	if (caseless)
		options |= PCRE2_CASELESS;
	if (needs_characters(text))
		options |= PCRE2_UTF;
	*out = pcre2_compile((PCRE2_SPTR)source, START_SIZE + size, options, &code, &offset, NULL);
	if (*out)
		return 0;
	return code == PCRE2_ERROR_NOMEMORY ? -ENOMEM : fail(fault, code, offset);
}

int pattern_compile(struct arena *arena, const char *text, bool caseless,
		    const struct pattern **out, struct pattern_fault *fault)
{
	struct pattern *pattern = arena_alloc(arena, sizeof(*pattern));
	int r;

	if (!pattern)
		return -ENOMEM;
	r = compile(text, caseless, &pattern->code, fault);
	if (r < 0)
		return r;
	r = arena_defer(arena, release, pattern->code);
	if (r < 0) {
		pcre2_code_free(pattern->code);
		return r;
	}
	/* Without it the same is done, slower. */
	(void)pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE);
	*out = pattern;
	return 0;
}

enum matched pattern_find(const struct pattern *pattern, struct text text, size_t start,
			  size_t out[2])
{
	struct searcher *searcher = searcher_get();
	PCRE2_SPTR bytes = (PCRE2_SPTR)(text.bytes ? text.bytes : "");
	const PCRE2_SIZE *offsets;
	int r;

	if (!searcher)
		return MATCHED_UNDECIDED;
	searcher->deadline_ms = tick_ms() + PATTERN_TIME_MS;
	searcher->used_max_ms = 0;
	r = pcre2_match(pattern->code, bytes, text.size, start, 0, searcher->data,
			searcher->context);
	if (r < 0)
		return r == PCRE2_ERROR_NOMATCH ? MATCHED_NO : MATCHED_UNDECIDED;
	offsets = pcre2_get_ovector_pointer(searcher->data);
	out[0] = offsets[0];
	out[1] = offsets[1];
	return MATCHED_YES;
}

enum matched pattern_matches(const struct pattern *pattern, struct text text)
{
	size_t unused[2];

	return pattern_find(pattern, text, 0, unused);
}
