/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "launcher/image.h"

#define COUNT_MAX (256 * 1024)
#define TEXT_MAX (4 * 1024 * 1024)
#define POINTERS_AT_ONCE 64
#define FIRST_SIZE 4096

void arguments_release(struct arguments *arguments)
{
	free(arguments->text);
	*arguments = (struct arguments){ 0 };
}

const char **arguments_list(const struct arguments *arguments)
{
	const char **list = calloc(arguments->count + 1, sizeof(*list));
	const char *text = arguments->text;

	for (size_t i = 0; list && i < arguments->count; i++, text += strlen(text) + 1)
		list[i] = text;
	return list;
}

/* Room for one text more of any length that is allowed: doubled, up to the limit. */
static int grow(struct arguments *arguments, size_t *room)
{
	size_t size = *room ? 2 * *room : FIRST_SIZE;
	char *text;

	if (*room >= TEXT_MAX)
		return -E2BIG;
	text = realloc(arguments->text, size);
	if (!text)
		return -ENOMEM;
	arguments->text = text;
	*room = size;
	return 0;
}

/* MAX_ARG_STRLEN (include/uapi/linux/binfmts.h), the NUL included. */
static long text_max(void)
{
	return 32 * sysconf(_SC_PAGESIZE);
}

static int add(struct request *request, struct arguments *arguments, size_t *room, uint64_t address)
{
	for (;;) {
		size_t left = *room - arguments->size;
		ssize_t len = left ? request_read_text(request, address,
						       arguments->text + arguments->size, left)
				   : -ENAMETOOLONG;
		int r;

		if (len >= 0) {
			if (len >= text_max())
				return -E2BIG;
			arguments->size += (size_t)len + 1;
			arguments->count++;
			return arguments->count > COUNT_MAX ? -E2BIG : 0;
		}
		if (len != -ENAMETOOLONG)
			return (int)len;
		r = grow(arguments, room);
		if (r < 0)
			return r;
	}
}

/* Pointers that can be read at @address, up to what lies on its page: the list may end there. */
static size_t pointers_here(uint64_t address)
{
	size_t count = (4096 - address % 4096) / sizeof(uint64_t);

	return count == 0 ? 1 : count < POINTERS_AT_ONCE ? count : POINTERS_AT_ONCE;
}

int arguments_read(struct request *request, uint64_t address, struct arguments *out)
{
	uint64_t pointers[POINTERS_AT_ONCE];
	size_t room = 0;

	*out = (struct arguments){ 0 };
	while (address) {
		size_t count = pointers_here(address);
		int r = request_read(request, address, pointers, count * sizeof(pointers[0]));

		for (size_t i = 0; i < count && r == 0; i++) {
			if (!pointers[i])
				return 0;
			r = add(request, out, &room, pointers[i]);
		}
		if (r < 0)
			return r;
		address += count * sizeof(pointers[0]);
	}
	return 0;
}
