/* SPDX-License-Identifier: MIT */
#include "launcher/outlet.h"

#include <errno.h>
#include <string.h>

/* Lines that leave together, as far as nobody has anything against them. */
struct run_of_lines {
	const char *bytes;
	size_t size;
};

/* Return: how many bytes up to the end of the first line, or all. */
static size_t line_size(const char *bytes, size_t size)
{
	const char *end = memchr(bytes, '\n', size);

	return end ? (size_t)(end - bytes) + 1 : size;
}

static bool has_ended(const char *bytes, size_t size)
{
	return size > 0 && bytes[size - 1] == '\n';
}

/* Without its end, as conditions and "$" take it; a terminal makes "\r\n" of it. */
static struct text line_text(const void *bytes, size_t size)
{
	const char *at = bytes;

	if (has_ended(at, size))
		size--;
	if (size > 0 && at[size - 1] == '\r')
		size--;
	return (struct text){ at ? at : "", size };
}

static void forget_past(struct outlet *outlet)
{
	buffer_release(&outlet->past);
	outlet->line = 0;
}

static bool is_inside_character(uint8_t byte)
{
	return (byte & 0xc0) == 0x80;
}

/* Whole lines only, or else whole characters. */
static void past_shorten(struct outlet *outlet)
{
	struct buffer *past = &outlet->past;
	size_t drop = past->size > OUTLET_PAST_MAX ? past->size - OUTLET_PAST_MAX : 0;
	const uint8_t *end;

	if (drop == 0)
		return;
	end = memchr(past->bytes + drop, '\n', past->size - drop);
	if (end && (size_t)(end + 1 - past->bytes) < past->size)
		drop = (size_t)(end + 1 - past->bytes);
	while (drop < past->size && is_inside_character(past->bytes[drop]))
		drop++;
	buffer_drop(past, drop);
	if (outlet->line > past->size)
		outlet->line = past->size;
}

/* What cannot be kept is not looked at again. */
static void past_add(struct outlet *outlet, const char *bytes, size_t size)
{
	const char *end = memrchr(bytes, '\n', size);

	if (size > OUTLET_PAST_MAX) {
		bytes += size - OUTLET_PAST_MAX;
		size = OUTLET_PAST_MAX;
		forget_past(outlet);
	}
	outlet->line = end && end >= bytes ? (size_t)(bytes + size - end) - 1 : outlet->line + size;
	if (buffer_add(&outlet->past, bytes, size, (size_t)2 * OUTLET_PAST_MAX) < 0)
		forget_past(outlet);
	past_shorten(outlet);
}

static void leave(struct outlet *outlet, const char *bytes, size_t size)
{
	if (size == 0)
		return;
	outlet->asker->deliver(outlet->data, bytes, size);
	past_add(outlet, bytes, size);
}

/* What is not to leave; the rest of its line comes with it. */
static void drop(struct outlet *outlet, const char *bytes, size_t size)
{
	outlet->is_dropping = !has_ended(bytes, size);
	forget_past(outlet);
}

/* What has left and these bytes, as one text in @both. Return: false when memory is short. */
static bool join(struct buffer *both, const struct buffer *past, size_t from,
		 const struct run_of_lines *lines)
{
	buffer_release(both);
	return buffer_add(both, past->bytes + (past->bytes ? from : 0), past->size - from,
			  SIZE_MAX) == 0 &&
	       buffer_add(both, lines->bytes, lines->size, SIZE_MAX) == 0;
}

static bool ask_joined(struct outlet *outlet, const struct run_of_lines *lines,
		       bool (*ask)(void *data, struct text lines), bool in_doubt)
{
	struct buffer both = { 0 };
	bool answer = join(&both, &outlet->past, 0, lines)
			      ? ask(outlet->data, line_text(both.bytes, both.size))
			      : in_doubt;

	buffer_release(&both);
	return answer;
}

/* The size of @count lines. */
static size_t lines_size(const struct run_of_lines *lines, size_t count)
{
	size_t size = 0;

	while (count-- > 0 && size < lines->size)
		size += line_size(lines->bytes + size, lines->size - size);
	return size;
}

static size_t lines_count(const struct run_of_lines *lines)
{
	size_t count = 0;

	for (size_t at = 0; at < lines->size; count++)
		at += line_size(lines->bytes + at, lines->size - at);
	return count;
}

/* Something is found in all of them. Return: how many have to be there for it. */
static size_t lines_to_find(struct outlet *outlet, const struct run_of_lines *lines)
{
	size_t least = 1;
	size_t most = lines_count(lines);

	while (least < most) {
		size_t middle = least + (most - least) / 2;
		const struct run_of_lines some = { lines->bytes, lines_size(lines, middle) };

		if (ask_joined(outlet, &some, outlet->asker->finds, true))
			most = middle;
		else
			least = middle + 1;
	}
	return least;
}

/* Lines that leave each by itself. */
static void leave_together(struct outlet *outlet, struct run_of_lines lines)
{
	while (lines.size > 0) {
		bool are_several = outlet->past.size > 0 ||
				   line_size(lines.bytes, lines.size) < lines.size;
		struct run_of_lines found = lines;
		size_t before;

		if (!are_several || !ask_joined(outlet, &lines, outlet->asker->finds, true)) {
			leave(outlet, lines.bytes, lines.size);
			return;
		}
		before = lines_to_find(outlet, &lines);
		found.size = lines_size(&lines, before);
		before = lines_size(&lines, before - 1);
		leave(outlet, lines.bytes, before);
		found.bytes += before;
		found.size -= before;
		if (ask_joined(outlet, &found, outlet->asker->judge_lines, false)) {
			leave(outlet, found.bytes, found.size);
			forget_past(outlet);
		} else {
			drop(outlet, found.bytes, found.size);
		}
		lines.bytes += before + found.size;
		lines.size -= before + found.size;
		if (outlet->is_dropping)
			return; /* it was the last, and has no end */
	}
}

/* A line is judged with what has left of it. */
static bool ask_line(struct outlet *outlet, const struct run_of_lines *line, size_t begun,
		     bool (*ask)(void *data, struct text line))
{
	struct buffer both = { 0 };
	bool answer;

	if (begun == 0)
		return ask(outlet->data, line_text(line->bytes, line->size));
	answer = join(&both, &outlet->past, outlet->past.size - begun, line) &&
		 ask(outlet->data, line_text(both.bytes, both.size));
	buffer_release(&both);
	return answer;
}

/* Return: how much of a line whose beginning was refused is not to leave either. */
static size_t rest_size(const struct run_of_lines *line)
{
	const char *escape = memchr(line->bytes, '\033', line->size);

	return escape ? (size_t)(escape - line->bytes) : line->size;
}

/* A line that a rule is about, or that is counted. */
static void pass_judged(struct outlet *outlet, const struct run_of_lines *line, size_t begun)
{
	if (!ask_line(outlet, line, begun, outlet->asker->judge)) {
		drop(outlet, line->bytes, line->size);
	} else if (ask_line(outlet, line, begun, outlet->asker->finds)) {
		/* It would be found again in each line behind it. */
		leave(outlet, line->bytes, line->size);
		forget_past(outlet);
	} else {
		leave_together(outlet, *line);
	}
}

/* Lines, the last of which may have no end. */
static void pass(struct outlet *outlet, const char *bytes, size_t size)
{
	struct run_of_lines plain = { .bytes = bytes };
	size_t at = 0;

	while (at < size) {
		struct run_of_lines line = { bytes + at, line_size(bytes + at, size - at) };
		size_t begun = plain.size == 0 ? outlet->line : 0;

		if (outlet->is_dropping) {
			line.size = rest_size(&line);
			outlet->is_dropping = line.size == 0 ? false
							     : !has_ended(line.bytes, line.size);
			outlet->is_dropping &= at + line.size == size;
			at += line.size;
			plain.bytes = bytes + at;
			continue;
		}
		at += line.size;
		if (ask_line(outlet, &line, begun, outlet->asker->is_plain)) {
			plain.size += line.size;
			continue;
		}
		leave_together(outlet, plain);
		pass_judged(outlet, &line, begun);
		plain = (struct run_of_lines){ .bytes = bytes + at };
	}
	leave_together(outlet, plain);
}

/* Return: how many of the bytes are whole characters: the last may be on its way. */
static size_t whole_characters(const struct buffer *held)
{
	size_t back = 0;
	uint8_t first;

	while (back < 3 && back < held->size &&
	       is_inside_character(held->bytes[held->size - 1 - back]))
		back++;
	if (back >= held->size)
		return held->size;
	first = held->bytes[held->size - 1 - back];
	if ((first >= 0xf0 && back < 3) || (first >= 0xe0 && first < 0xf0 && back < 2) ||
	    (first >= 0xc0 && first < 0xe0 && back < 1))
		return held->size - 1 - back;
	return held->size;
}

static void pass_held(struct outlet *outlet, size_t size)
{
	pass(outlet, (const char *)outlet->held.bytes, size);
	buffer_drop(&outlet->held, size);
}

int outlet_feed(struct outlet *outlet, const char *bytes, size_t size, int64_t now_ms)
{
	struct buffer *held = &outlet->held;
	const uint8_t *end;
	int r = buffer_add(held, bytes, size, SIZE_MAX);

	if (r < 0)
		return r;
	outlet->last_ms = now_ms;
	if (held->size == size)
		outlet->first_ms = now_ms;
	end = memrchr(held->bytes, '\n', held->size);
	if (end) {
		pass_held(outlet, (size_t)(end - held->bytes) + 1);
		outlet->first_ms = now_ms;
	}
	if (held->size > 0 && (outlet->quiet_ms == 0 || held->size > OUTLET_HELD_MAX))
		pass_held(outlet, outlet->quiet_ms == 0 ? held->size : whole_characters(held));
	return 0;
}

int outlet_wait_ms(const struct outlet *outlet, int64_t now_ms)
{
	int64_t quiet = outlet->last_ms + outlet->quiet_ms;
	int64_t most = outlet->first_ms + outlet->most_ms;
	int64_t left = (quiet < most ? quiet : most) - now_ms;

	if (outlet->held.size == 0)
		return -1;
	return left < 0 ? 0 : (int)left;
}

void outlet_tick(struct outlet *outlet, int64_t now_ms)
{
	size_t size = whole_characters(&outlet->held);

	if (outlet_wait_ms(outlet, now_ms) != 0)
		return;
	/* What never becomes a character leaves when the longest time is over. */
	if (now_ms >= outlet->first_ms + outlet->most_ms)
		size = outlet->held.size;
	if (size > 0)
		pass_held(outlet, size);
	outlet->last_ms = now_ms;
}

void outlet_end(struct outlet *outlet)
{
	if (outlet->held.size > 0)
		pass_held(outlet, outlet->held.size);
	buffer_release(&outlet->held);
	forget_past(outlet);
}
