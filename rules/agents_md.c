/* SPDX-License-Identifier: MIT */
#include "rules/agents_md.h"

#include <errno.h>
#include <string.h>

#include "common/utf8.h"
#include "rules/agents_block.h"

#define BOM "\xef\xbb\xbf"

/* Where a byte is, for what is said about it. */
static int wrong_byte(const char *label, const char *text, size_t at, const char *what,
		      struct policy_errors *errors)
{
	unsigned line = 1;
	size_t start = 0;

	for (size_t i = 0; i < at; i++) {
		if (text[i] == '\n') {
			line++;
			start = i + 1;
		}
	}
	return errors_add(errors, label, line, (unsigned)(at - start) + 1, "%s", what);
}

static int text_check(const char *label, const char *text, size_t size,
		      struct policy_errors *errors)
{
	uint32_t c;

	for (size_t at = 0; at < size;) {
		size_t len = utf8_next(text + at, size - at, &c);

		if (len == 0 || c == 0)
			return wrong_byte(label, text, at,
					  len ? "a byte of zero is in it, so it is no text"
					      : "it is no UTF-8 here",
					  errors);
		at += len;
	}
	return 0;
}

/* Whether the line at @text is the one that begins and ends front matter. */
static bool is_front_mark(const char *text, size_t size)
{
	while (size > 3 &&
	       (text[size - 1] == ' ' || text[size - 1] == '\t' || text[size - 1] == '\r'))
		size--;
	return size == 3 && memcmp(text, "---", 3) == 0;
}

/* Reads the front matter. @out_size: what it takes with both its marks, and @line of what follows. */
static int front(struct arena *arena, const char *text, size_t size, struct agents_md *md,
		 struct policy_errors *errors, size_t *out_size, unsigned *line)
{
	size_t at = 0;

	*out_size = 0;
	if (!is_front_mark(text, agents_line_size(text, size)))
		return 0;
	do {
		at += agents_line_size(text + at, size - at) + 1;
		++*line;
		if (at >= size)
			return errors_add(
				errors, md->label, 1, 1,
				"the front matter has no end; hint: a line '---' ends it");
	} while (!is_front_mark(text + at, agents_line_size(text + at, size - at)));
	md->front_size = at;
	at += agents_line_size(text + at, size - at);
	*out_size = at < size ? at + 1 : size;
	return agents_front_read(arena, text, md->front_size, md, errors);
}

static int items_read(struct arena *arena, struct agents_md *md)
{
	int r = 0;

	for (struct agents_item *item = md->items; r == 0 && item; item = item->next) {
		if (item->area == AGENTS_AREA_CAN)
			md->has_list = true;
		if (!item->why && !item->deeds && !item->is_named)
			r = agents_item_read(arena, item);
		if (r == 0 && !item->why)
			agents_item_judge(item);
	}
	return r;
}

int agents_md_read(struct arena *arena, const char *label, const char *text, size_t size,
		   struct agents_md *out, struct policy_errors *errors, struct fault *fault)
{
	struct agents_md *md = arena_alloc(arena, sizeof(*md));
	size_t bom = size >= 3 && memcmp(text, BOM, 3) == 0 ? 3 : 0;
	unsigned line = 0;
	size_t taken;
	int r;

	if (!md)
		return -ENOMEM;
	if (size > AGENTS_SIZE_MAX)
		return fault_set(fault, -EFBIG, "'%s' is larger than 4 MiB", label);
	*md = (struct agents_md){ .label = label, .name = "agent" };
	md->end = &md->items;
	r = text_check(label, text, size, errors);
	if (r == 0)
		r = front(arena, text + bom, size - bom, md, errors, &taken, &line);
	if (r == 0)
		r = agents_body_read(arena, md, text + bom + taken, size - bom - taken, line);
	if (r == 0)
		r = items_read(arena, md);
	if (r < 0)
		return r;
	*out = *md;
	if (!out->items)
		out->end = &out->items;
	return 0;
}
