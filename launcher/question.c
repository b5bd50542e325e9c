/* SPDX-License-Identifier: MIT */
#include "launcher/question.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clean.h"
#include "common/printable.h"
#include "launcher/descendants.h"
#include "rules/explain.h"

#define TEXT_MAX 8192 /* what a person can be asked to read */
#define CHAIN_MAX 16
#define INDENT "               " /* as wide as a label */
#define INDENT_WIDTH 15
#define WIDTH_MIN 40
#define WIDTH_MAX 100 /* the run can set what the terminal says of its width */
#define TARGET_SIZE (PATH_MAX + 512)

struct page {
	FILE *out;
	size_t width; /* of a value */
	bool is_bad;  /* something could not be shown */
};

/* How much of a text that printable_copy() has made is one character, and how wide it is at most. */
static size_t character_next(const char *text, size_t *out_columns)
{
	size_t len = 1;

	while (((unsigned char)text[len] & 0xc0) == 0x80)
		len++;
	*out_columns = len > 1 ? 2 : 1;
	return len;
}

/* A second space is shown as what it is: nothing can be moved to where it looks like ours. */
static void put_wrapped(struct page *page, const char *text)
{
	size_t column = 0;
	char before = ' ';

	while (*text) {
		size_t columns;
		size_t len = character_next(text, &columns);
		const char *shown = *text == ' ' && (before == ' ' || !text[1]) ? "\\x20" : NULL;

		if (shown)
			columns = strlen(shown);
		if (column + columns > page->width) {
			(void)fputs("\n" INDENT "> ", page->out);
			column = 2;
		}
		(void)fprintf(page->out, "%.*s", shown ? 4 : (int)len, shown ? shown : text);
		column += columns;
		before = *text;
		text += len;
	}
	(void)fputc('\n', page->out);
}

/* @text: of anybody; NULL or "" is left out. */
static void put(struct page *page, const char *label, const char *text)
{
	size_t size = text ? 4 * strlen(text) + 1 : 0;
	CLEAN_FREE char *shown = text && *text ? malloc(size) : NULL;

	if (!text || !*text)
		return;
	page->is_bad |= !shown;
	if (!shown)
		return;
	(void)fprintf(page->out, "  %-12s ", label);
	put_wrapped(page, printable_copy(text, shown, size));
}

/* All that is said to a peer; a NUL in it would hide the rest. */
static void put_content(struct page *page, const struct content *content)
{
	const struct content_field *field;

	for (size_t i = 0; content && (field = content_field_at(i)); i++) {
		struct text value = content_get(content, field);
		CLEAN_FREE char *copy = value.bytes ? strndup(value.bytes, value.size) : NULL;

		page->is_bad |= value.bytes && (!copy || strlen(copy) != value.size);
		put(page, field->name, copy);
	}
}

static void put_arguments(struct page *page, const struct event *event)
{
	char label[32];

	for (size_t i = 0; i < event->argc; i++) {
		(void)snprintf(label, sizeof(label), "argument %zu", i);
		if (event->argv[i][0])
			put(page, label, event->argv[i]);
		else
			(void)fprintf(page->out, "  %-12s (empty)\n", label);
	}
}

/* The programs that led to this one, up to the agent's command. */
static void put_chain(struct page *page, const struct question *question, pid_t root)
{
	pid_t pid = question->pid;

	for (int i = 0; i < CHAIN_MAX; i++) {
		char link[64];
		char path[PATH_MAX];
		ssize_t len;

		pid = descendants_parent(pid);
		if (pid <= 1 || pid == root)
			return;
		(void)snprintf(link, sizeof(link), "/proc/%d/exe", pid);
		len = readlink(link, path, sizeof(path) - 1);
		path[len > 0 ? len : 0] = '\0';
		put(page, i ? "" : "started by", len > 0 ? path : "(unknown)");
	}
	(void)fputs("  (and others before these)\n", page->out);
}

static void put_place(struct page *page, const struct decision *decision)
{
	char place[PATH_MAX + 512];

	if (decision->file[0])
		(void)snprintf(place, sizeof(place), "%s (%s:%u)", decision->rule, decision->file,
			       decision->line);
	else
		(void)snprintf(place, sizeof(place), "%s", decision->rule);
	put(page, "rule", place);
	put(page, "", decision->message);
}

/* What decides stands last, right above where the answer is given. */
static void put_all(struct page *page, const struct question *question,
		    const struct question_origin *origin)
{
	const struct event *event = question->asked.event;
	char target[TARGET_SIZE];
	char ip[INET6_ADDRSTRLEN];
	char what[96];

	(void)fprintf(page->out, "agentos: the run asks for your permission");
	if (origin->waiting)
		(void)fprintf(page->out, " (%zu more waiting)", origin->waiting);
	(void)fputc('\n', page->out);
	put_content(page, event->content);
	put_arguments(page, event);
	put(page, "in folder", question->asked.folder);
	put_chain(page, question, origin->root);
	put(page, "program", event->program);
	(void)snprintf(what, sizeof(what), "%d", question->pid);
	put(page, "process", what);
	put(page, "agent", event->agent);
	put_place(page, question->asked.decision);
	put(page, "for script", event->script);
	if (event->given && event->path && strcmp(event->given, event->path) != 0)
		put(page, "as written", event->given);
	if (event->host && event->has_ip)
		put(page, "address", ip_format(&event->ip, ip, sizeof(ip)));
	(void)snprintf(what, sizeof(what), "%s%s%s%s%s", action_name(event->action),
		       event->operation ? ", " : "", event->operation ? event->operation : "",
		       event->protocol ? ", " : "", protocol_name(event->protocol));
	put(page, "wants", what);
	put(page, "of", event_target(event, target, sizeof(target)));
}

ssize_t question_text(const struct question *question, const struct question_origin *origin,
		      char **out_text)
{
	size_t columns = origin->width < WIDTH_MIN   ? WIDTH_MIN
			 : origin->width > WIDTH_MAX ? WIDTH_MAX
						     : origin->width;
	struct page page = { .width = columns - INDENT_WIDTH - 1 };
	size_t size = 0;
	bool is_bad;

	*out_text = NULL;
	page.out = open_memstream(out_text, &size);
	if (!page.out)
		return -ENOMEM;
	put_all(&page, question, origin);
	is_bad = ferror(page.out) || page.is_bad;
	if (fclose(page.out) != 0 || is_bad)
		return -ENOMEM;
	return size > TEXT_MAX ? -E2BIG : (ssize_t)size;
}
