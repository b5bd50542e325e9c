/* SPDX-License-Identifier: MIT */
/*
 * Markdown, as much as lists need: paragraphs, headings, list items with the lines that continue them,
 * code blocks and comments. A label is a heading, or a paragraph that ends in a colon; what stands
 * between a label and its list takes the label's effect away, since it may say anything.
 *
 * Source: CommonMark 0.30: 2.2 (tabs), 4.2 and 4.3 (headings), 4.5 (code), 4.6 (comments), 5.2 (items).
 */
#include "rules/agents_block.h"

#include <errno.h>
#include <string.h>

#define TAB 4

enum block { BLOCK_NONE, BLOCK_PARAGRAPH, BLOCK_ITEM };

struct line {
	const char *text; /* behind the indentation */
	size_t size;	  /* without the end of the line */
	unsigned indent;  /* in columns */
	unsigned skipped; /* bytes of indentation */
};

struct reader {
	struct arena *arena;
	struct agents_md *md;
	unsigned line;
	enum agents_area area;
	enum block block;
	char text[AGENTS_TEXT_MAX + 2]; /* of the open block, on one line */
	size_t size;			/* of it; more than AGENTS_TEXT_MAX: it was cut */
	unsigned first_line, first_column;
	struct agents_item *item, *parent; /* the open one; the last one that is not nested */
	unsigned content;		   /* column of the text of @parent; 0: none is open */
	char fence;
	unsigned fence_size, fence_line;
	bool in_comment;
	unsigned comment_line;
};

struct agents_item *agents_item_add(struct arena *arena, struct agents_md *md, unsigned line,
				    unsigned column)
{
	struct agents_item *item = arena_alloc(arena, sizeof(*item));

	if (!item)
		return NULL;
	item->line = line;
	item->column = column;
	item->text = "";
	*md->end = item;
	md->end = &item->next;
	return item;
}

static void text_add(struct reader *reader, const char *text, size_t size)
{
	size_t room = AGENTS_TEXT_MAX + 1 - reader->size;

	while (size > 0 && (text[size - 1] == ' ' || text[size - 1] == '\t'))
		size--;
	if (reader->size > 0 && room > 0) {
		reader->text[reader->size++] = ' ';
		room--;
	}
	if (size > room)
		size = room;
	memcpy(reader->text + reader->size, text, size);
	reader->size += size;
	reader->text[reader->size] = '\0';
}

/*
 * Blocks.
 */

static int item_close(struct reader *reader)
{
	struct agents_item *item = reader->item;

	item->area = reader->area;
	item->text = arena_copy(reader->arena, reader->text,
				reader->size > AGENTS_TEXT_MAX ? AGENTS_TEXT_MAX : reader->size);
	if (!item->text)
		return -ENOMEM;
	if (!item->why && reader->size > AGENTS_TEXT_MAX)
		item->why = "it is too long";
	return 0;
}

/* A paragraph is a label, a refusal in prose, the description, or none of these. */
static int paragraph_close(struct reader *reader)
{
	enum agents_area area = agents_label(reader->text, reader->size, true);

	reader->area = area;
	if (area == AGENTS_AREA_NONE && agents_speaks_of_never(reader->text)) {
		reader->item = agents_item_add(reader->arena, reader->md, reader->first_line,
					       reader->first_column);
		return reader->item ? item_close(reader) : -ENOMEM;
	}
	if (area != AGENTS_AREA_NONE || reader->md->description)
		return 0;
	reader->md->description = arena_copy(reader->arena, reader->text, reader->size);
	return reader->md->description ? 0 : -ENOMEM;
}

static int block_close(struct reader *reader)
{
	int r = reader->block == BLOCK_ITEM	   ? item_close(reader)
		: reader->block == BLOCK_PARAGRAPH ? paragraph_close(reader)
						   : 0;

	reader->block = BLOCK_NONE;
	reader->item = NULL;
	reader->size = 0;
	reader->text[0] = '\0';
	return r;
}

static void block_open(struct reader *reader, enum block block, unsigned column)
{
	reader->block = block;
	reader->first_line = reader->line;
	reader->first_column = column;
}

/* Return: bytes of a list marker and the blanks behind it; 0: there is none. */
static size_t marker_size(const struct line *line)
{
	static const char bullet[] = "\xe2\x80\xa2";
	size_t at = 0;

	if (line->size == 0)
		return 0;
	if (line->text[0] == '-' || line->text[0] == '*' || line->text[0] == '+') {
		at = 1;
	} else if (line->size > 3 && memcmp(line->text, bullet, 3) == 0) {
		at = 3;
	} else {
		while (at < line->size && at < 9 && line->text[at] >= '0' && line->text[at] <= '9')
			at++;
		if (at == 0 || at == line->size || (line->text[at] != '.' && line->text[at] != ')'))
			return 0;
		at++;
	}
	if (at < line->size && line->text[at] != ' ' && line->text[at] != '\t')
		return 0;
	while (at < line->size && (line->text[at] == ' ' || line->text[at] == '\t'))
		at++;
	return at;
}

/* Something beside the last item at the margin may change what it says. */
static void parent_spoil(struct reader *reader, const char *why)
{
	if (reader->parent && !reader->parent->why)
		reader->parent->why = why;
}

/* An item that is not at the margin changes, or is changed by, what is above it. */
static const char *place_of(struct reader *reader, const struct line *line)
{
	if (reader->content > 0 && line->indent >= reader->content) {
		parent_spoil(reader, "items below it may change what it says");
		return "it is below another item, which may change what it says";
	}
	if (line->indent >= TAB)
		return "it is indented as code is";
	return NULL;
}

static int item_open(struct reader *reader, const struct line *line, const char *why)
{
	size_t marker = marker_size(line);
	const char *place;
	int r = block_close(reader);

	if (r < 0)
		return r;
	place = place_of(reader, line);
	reader->item = agents_item_add(reader->arena, reader->md, reader->line,
				       line->skipped + (unsigned)marker + 1);
	if (!reader->item)
		return -ENOMEM;
	reader->item->why = why ? why : place;
	if (!place && !why) {
		reader->parent = reader->item;
		reader->content = line->indent + (unsigned)marker;
	}
	block_open(reader, BLOCK_ITEM, line->skipped + (unsigned)marker + 1);
	text_add(reader, line->text + marker, line->size - marker);
	return 0;
}

/* An item that is shown and not said: in code below a label, in a comment, in a quotation. */
static int item_aside(struct reader *reader, const struct line *line, const char *why)
{
	int r = marker_size(line) ? item_open(reader, line, why) : 0;

	return r < 0 ? r : reader->block == BLOCK_ITEM ? block_close(reader) : 0;
}

/*
 * Lines.
 */

static unsigned run_of(const struct line *line, char c)
{
	unsigned count = 0;

	while (count < line->size && line->text[count] == c)
		count++;
	return count;
}

static bool is_all(const struct line *line, char c, unsigned least)
{
	unsigned count = run_of(line, c);
	size_t at = count;

	while (at < line->size && (line->text[at] == ' ' || line->text[at] == '\t'))
		at++;
	return count >= least && at == line->size;
}

static int heading(struct reader *reader, const char *text, size_t size)
{
	enum agents_area area = agents_label(text, size, false);
	int r = block_close(reader);

	reader->area = area;
	reader->content = 0;
	return r;
}

static int fence_line(struct reader *reader, const struct line *line)
{
	if (is_all(line, reader->fence, reader->fence_size) && line->indent < TAB) {
		reader->fence = 0;
		return 0;
	}
	return reader->area == AGENTS_AREA_NONE
		       ? 0
		       : item_aside(reader, line, "it is in a block of code");
}

/* Whether the line opens a block of code. */
static bool fence_open(struct reader *reader, const struct line *line)
{
	char c = line->size ? line->text[0] : 0;
	unsigned count = c == '`' || c == '~' ? run_of(line, c) : 0;

	if (count < 3 || line->indent >= TAB ||
	    (c == '`' && memchr(line->text + count, '`', line->size - count)))
		return false;
	reader->fence = c;
	reader->fence_size = count;
	reader->fence_line = reader->line;
	if (reader->content > 0 && line->indent >= reader->content)
		parent_spoil(reader, "the code below it may change what it says");
	return true;
}

static bool has(const struct line *line, const char *word)
{
	return memmem(line->text, line->size, word, strlen(word));
}

/* Whether a comment is open behind the line. */
static bool comment_after(const struct line *line, bool is_open)
{
	struct line left = *line;
	const char *next;

	while ((next = memmem(left.text, left.size, is_open ? "-->" : "<!--", is_open ? 3 : 4))) {
		next += is_open ? 3 : 4;
		left.size -= (size_t)(next - left.text);
		left.text = next;
		is_open = !is_open;
	}
	return is_open;
}

/* What stands behind the marks of comments at the line's start. */
static struct line behind_marks(struct line line)
{
	for (;;) {
		unsigned mark = line.size >= 4 && memcmp(line.text, "<!--", 4) == 0  ? 4
				: line.size >= 3 && memcmp(line.text, "-->", 3) == 0 ? 3
										     : 0;

		if (!mark && line.size > 0 && (*line.text == ' ' || *line.text == '\t'))
			mark = 1;
		if (!mark)
			return line;
		line.text += mark;
		line.size -= mark;
		line.skipped += mark;
	}
}

static int comment_line(struct reader *reader, const struct line *line)
{
	struct line left = behind_marks(*line);

	reader->in_comment = comment_after(line, true);
	return item_aside(reader, &left, "it is in a comment, which readers do not see");
}

/* Text that is no item: it continues a block or begins a paragraph. */
static int text_line(struct reader *reader, const struct line *line)
{
	if (reader->block == BLOCK_NONE) {
		/* Below an item, and set apart: more about it. */
		if (reader->content > 0 && line->indent >= reader->content) {
			parent_spoil(reader, "the text below it may change what it says");
			return 0;
		}
		reader->content = 0;
		block_open(reader, BLOCK_PARAGRAPH, line->skipped + 1);
	}
	text_add(reader, line->text, line->size);
	return 0;
}

static int quoted_line(struct reader *reader, struct line line)
{
	int r = block_close(reader);

	while (line.size > 0 && (*line.text == '>' || *line.text == ' ' || *line.text == '\t')) {
		line.text++;
		line.size--;
		line.skipped++;
	}
	reader->area = AGENTS_AREA_NONE;
	return r < 0 ? r : item_aside(reader, &line, "it is in a quotation");
}

static int comment_open(struct reader *reader, const struct line *line)
{
	struct line left = behind_marks(*line);
	int r = block_close(reader);

	reader->in_comment = comment_after(line, false);
	reader->comment_line = reader->line;
	if (reader->content > 0)
		parent_spoil(reader, "a comment is beside it");
	return r < 0 ? r : item_aside(reader, &left, "a comment is in it");
}

static int line_read(struct reader *reader, const struct line *line)
{
	unsigned hashes = run_of(line, '#');
	int r;

	if (reader->fence)
		return fence_line(reader, line);
	if (reader->in_comment)
		return comment_line(reader, line);
	if (line->size == 0)
		return block_close(reader);
	if (fence_open(reader, line))
		return block_close(reader);
	if (line->indent < TAB && hashes > 0 && hashes <= 6 &&
	    (hashes == line->size || line->text[hashes] == ' ' || line->text[hashes] == '\t')) {
		r = block_close(reader);
		return r < 0 ? r : heading(reader, line->text, line->size);
	}
	if (reader->block == BLOCK_PARAGRAPH && (is_all(line, '=', 1) || is_all(line, '-', 2))) {
		enum agents_area area = agents_label(reader->text, reader->size, false);

		r = block_close(reader);
		reader->area = area;
		return r;
	}
	if (is_all(line, '-', 3) || is_all(line, '*', 3) || is_all(line, '_', 3)) {
		r = block_close(reader);
		reader->area = AGENTS_AREA_NONE;
		reader->content = 0;
		return r;
	}
	if (line->text[0] == '>')
		return quoted_line(reader, *line);
	if (has(line, "<!--"))
		return comment_open(reader, line);
	return marker_size(line) ? item_open(reader, line, NULL) : text_line(reader, line);
}

static struct line line_at(const char *text, size_t size)
{
	struct line line = { .text = text, .size = size };

	if (line.size > 0 && line.text[line.size - 1] == '\r')
		line.size--;
	while (line.size > 0 && (*line.text == ' ' || *line.text == '\t')) {
		line.indent += *line.text == '\t' ? TAB - line.indent % TAB : 1;
		line.skipped++;
		line.text++;
		line.size--;
	}
	return line;
}

size_t agents_line_size(const char *text, size_t size)
{
	const char *end = size ? memchr(text, '\n', size) : NULL;

	return end ? (size_t)(end - text) : size;
}

static int body(struct reader *reader, const char *text, size_t size)
{
	int r = 0;

	for (size_t at = 0; r == 0 && at < size;) {
		size_t len = agents_line_size(text + at, size - at);
		struct line line = line_at(text + at, len);

		reader->line++;
		r = line_read(reader, &line);
		at += len + 1;
	}
	return r == 0 ? block_close(reader) : r;
}

/* What hides all that is below it, to the end of the document. */
static int never_closed(struct reader *reader)
{
	struct agents_item *item;

	if (!reader->fence && !reader->in_comment)
		return 0;
	item = agents_item_add(reader->arena, reader->md,
			       reader->fence ? reader->fence_line : reader->comment_line, 1);
	if (!item)
		return -ENOMEM;
	item->text = reader->fence ? "a block of code" : "a comment";
	item->why = "it is never closed, and hides all that is below it";
	return 0;
}

int agents_body_read(struct arena *arena, struct agents_md *md, const char *text, size_t size,
		     unsigned line)
{
	struct reader *reader = arena_alloc(arena, sizeof(*reader));
	int r;

	if (!reader)
		return -ENOMEM;
	*reader = (struct reader){ .arena = arena, .md = md, .line = line };
	r = body(reader, text, size);
	return r == 0 ? never_closed(reader) : r;
}
