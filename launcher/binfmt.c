/* SPDX-License-Identifier: MIT */
#include "launcher/binfmt.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clean.h"

#define ENTRIES_MAX 64
#define FILE_SIZE 8192 /* an entry is at most a page of text, and its bytes in hexadecimal */

struct binfmt {
	struct binfmt_entry *entries[ENTRIES_MAX]; /* owned, in the order in which they are asked */
	size_t count;
};

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Return: how many bytes, 0 when it is no hexadecimal text of at most BINFMT_HEAD bytes. */
static size_t parse_hex(const char *text, unsigned char *bytes)
{
	size_t count = 0;

	for (; text[0]; text += 2) {
		int high = digit(text[0]);
		int low = high < 0 ? -1 : digit(text[1]);

		if (low < 0 || count == BINFMT_HEAD)
			return 0;
		bytes[count++] = (unsigned char)(high << 4 | low);
	}
	return count;
}

/* A line "WORD VALUE" of an entry's file. Return: whether it is understood. */
static bool parse_line(struct binfmt_entry *entry, const char *word, const char *value)
{
	char *end;

	if (strcmp(word, "interpreter") == 0)
		return (size_t)snprintf(entry->interpreter, PATH_MAX, "%s", value) < PATH_MAX;
	if (strcmp(word, "extension") == 0)
		return value[0] == '.' && value[1] &&
		       (size_t)snprintf(entry->extension, BINFMT_HEAD, "%s", value + 1) <
			       BINFMT_HEAD;
	if (strcmp(word, "magic") == 0)
		return (entry->size = parse_hex(value, entry->magic)) > 0;
	if (strcmp(word, "mask") == 0)
		return parse_hex(value, entry->mask) == entry->size;
	if (strcmp(word, "offset") == 0) {
		entry->offset = strtoul(value, &end, 10);
		return end != value && !*end;
	}
	if (strcmp(word, "flags:") == 0)
		entry->keeps_first = strchr(value, 'P') != NULL;
	return true; /* other words change nothing of what runs */
}

/* @text is changed. Return: whether it is an entry in force. */
static bool parse(char *text, struct binfmt_entry *entry)
{
	char *rest;
	char *line = strtok_r(text, "\n", &rest);

	if (!line || strcmp(line, "enabled") != 0)
		return false;
	memset(entry->mask, 0xff, sizeof(entry->mask));
	while ((line = strtok_r(NULL, "\n", &rest))) {
		char *value = strchr(line, ' ');

		if (value)
			*value++ = '\0';
		if (!parse_line(entry, line, value ? value : ""))
			return false;
	}
	return entry->interpreter[0] && (entry->extension[0] || entry->size > 0) &&
	       entry->offset <= BINFMT_HEAD && entry->size <= BINFMT_HEAD - entry->offset;
}

static ssize_t read_text(int folder_fd, const char *name, char *text)
{
	CLEAN_FD int fd = openat(folder_fd, name, O_RDONLY | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, text, FILE_SIZE - 1);

	text[len < 0 ? 0 : len] = '\0';
	return len;
}

/* Return: whether memory was enough. */
static bool add(struct binfmt *binfmt, char *text)
{
	struct binfmt_entry *entry = calloc(1, sizeof(*entry));

	if (!entry)
		return false;
	if (parse(text, entry))
		binfmt->entries[binfmt->count++] = entry;
	else
		free(entry);
	return true;
}

static bool read_entries(struct binfmt *binfmt, DIR *folder)
{
	char text[FILE_SIZE];
	const struct dirent *at;

	/* "disabled" switches all of them off. */
	if (read_text(dirfd(folder), "status", text) <= 0 || strcmp(text, "enabled\n") != 0)
		return true;
	while (binfmt->count < ENTRIES_MAX && (at = readdir(folder))) {
		if (at->d_name[0] == '.' || strcmp(at->d_name, "status") == 0 ||
		    strcmp(at->d_name, "register") == 0)
			continue;
		if (read_text(dirfd(folder), at->d_name, text) > 0 && !add(binfmt, text))
			return false;
	}
	return true;
}

struct binfmt *binfmt_read(const char *path)
{
	struct binfmt *binfmt = calloc(1, sizeof(*binfmt));
	DIR *folder = binfmt ? opendir(path) : NULL;

	if (folder) {
		if (!read_entries(binfmt, folder)) {
			binfmt_free(binfmt);
			binfmt = NULL;
		}
		(void)closedir(folder);
	}
	return binfmt;
}

void binfmt_free(struct binfmt *binfmt)
{
	if (!binfmt)
		return;
	for (size_t i = 0; i < binfmt->count; i++)
		free(binfmt->entries[i]);
	free(binfmt);
}

static bool entry_fits(const struct binfmt_entry *entry, const char head[BINFMT_HEAD],
		       const char *name)
{
	const char *dot = strrchr(name, '.');

	if (entry->extension[0])
		return dot && strcmp(dot + 1, entry->extension) == 0;
	for (size_t i = 0; i < entry->size; i++)
		if (((unsigned char)head[entry->offset + i] ^ entry->magic[i]) & entry->mask[i])
			return false;
	return true;
}

const struct binfmt_entry *binfmt_find(const struct binfmt *binfmt, const char head[BINFMT_HEAD],
				       const char *name)
{
	for (size_t i = 0; i < binfmt->count; i++)
		if (entry_fits(binfmt->entries[i], head, name))
			return binfmt->entries[i];
	return NULL;
}
