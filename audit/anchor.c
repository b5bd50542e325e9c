/* SPDX-License-Identifier: MIT */
#include "audit/anchor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit/state.h"
#include "common/clean.h"

#define SUFFIX ".anchor"
#define LOST_SUFFIX ".lost"
#define ID_HEX_SIZE (2 * SCHEMA_ID_SIZE + 1)
#define TEXT_MAX (2 * PATH_MAX) /* bytes of a file that is read */

/* How long the hex of the largest part is, with its NUL. */
#define HEX_SIZE (2 * KEYS_SIGNATURE_SIZE + 1)

static int path_of(const char *folder, const unsigned char *id, const char *suffix, char *path)
{
	char hex[ID_HEX_SIZE];

	(void)sodium_bin2hex(hex, sizeof(hex), id, SCHEMA_ID_SIZE);
	return snprintf(path, PATH_MAX, "%s/%s%s", folder, hex, suffix) < PATH_MAX ? 0
										   : -ENAMETOOLONG;
}

static json_t *hex_to_json(const unsigned char *bytes, size_t size)
{
	char hex[HEX_SIZE];

	return json_string(sodium_bin2hex(hex, sizeof(hex), bytes, size));
}

/* A path that is not UTF-8 is kept in hex, which no path that is looked for can be. */
static json_t *path_to_json(const char *path)
{
	json_t *text = json_string(path);
	char hex[2 * PATH_MAX + 1];

	return text ? text
		    : json_string(sodium_bin2hex(hex, sizeof(hex), (const unsigned char *)path,
						 strnlen(path, PATH_MAX - 1)));
}

static int text_write(int fd, const char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		ssize_t written = write(fd, text, left);

		if (written < 0 && errno != EINTR)
			return -errno;
		if (written > 0) {
			text += written;
			left -= (size_t)written;
		}
	}
	return 0;
}

int anchor_write(const char *folder, const char *database, const unsigned char *id,
		 const struct seal *seal)
{
	char path[PATH_MAX], other[PATH_MAX + 8];
	json_t *object;
	CLEAN_FREE char *text = NULL;
	CLEAN_FD int fd = -1;
	int r = path_of(folder, id, SUFFIX, path);

	if (r < 0)
		return r;
	object = json_pack("{s:o, s:I, s:I, s:o, s:o, s:o, s:o}", "database",
			   path_to_json(database), "rows", (json_int_t)seal->rows, "time",
			   (json_int_t)seal->time, "head",
			   hex_to_json(seal->head, sizeof(seal->head)), "root",
			   hex_to_json(seal->root, sizeof(seal->root)), "key",
			   hex_to_json(seal->key, sizeof(seal->key)), "signature",
			   hex_to_json(seal->signature, sizeof(seal->signature)));
	text = object ? json_dumps(object, JSON_COMPACT) : NULL;
	json_decref(object);
	if (!text)
		return -ENOMEM;
	(void)snprintf(other, sizeof(other), "%s.XXXXXX", path);
	fd = mkostemp(other, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = text_write(fd, text);
	if (r == 0 && rename(other, path) < 0)
		r = -errno;
	if (r < 0)
		(void)unlink(other);
	return r;
}

static bool hex_member(const json_t *object, const char *name, unsigned char *out, size_t size)
{
	const char *hex = json_string_value(json_object_get(object, name));
	size_t len = 0;

	return hex && sodium_hex2bin(out, size, hex, strlen(hex), NULL, &len, NULL) == 0 &&
	       len == size;
}

/* Return: the object, owned; NULL with errno. */
static json_t *file_parse(const char *path)
{
	char text[TEXT_MAX];
	CLEAN_FD int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text));
	json_t *object;

	if (len < 0)
		return NULL;
	object = json_loadb(text, (size_t)len, 0, NULL);
	if (!object)
		errno = EINVAL;
	return object;
}

static bool seal_parse(const json_t *object, struct seal *out)
{
	const json_t *rows = json_object_get(object, "rows"),
		     *time = json_object_get(object, "time");

	*out = (struct seal){ .rows = json_integer_value(rows), .time = json_integer_value(time) };
	return json_is_integer(rows) && out->rows > 0 && json_is_integer(time) &&
	       hex_member(object, "head", out->head, sizeof(out->head)) &&
	       hex_member(object, "root", out->root, sizeof(out->root)) &&
	       hex_member(object, "key", out->key, sizeof(out->key)) &&
	       hex_member(object, "signature", out->signature, sizeof(out->signature));
}

static int file_read(const char *folder, const unsigned char *id, const char *suffix,
		     struct seal *out)
{
	char path[PATH_MAX];
	json_t *object;
	bool good;
	int r = path_of(folder, id, suffix, path);

	if (r < 0)
		return r;
	object = file_parse(path);
	if (!object)
		return -errno;
	good = seal_parse(object, out) && seal_is_signed(out, id);
	json_decref(object);
	return good ? 0 : -EINVAL;
}

int anchor_read(const char *folder, const unsigned char *id, struct seal *out)
{
	return file_read(folder, id, SUFFIX, out);
}

int anchor_read_lost(const char *folder, const unsigned char *id, struct seal *out)
{
	return file_read(folder, id, LOST_SUFFIX, out);
}

int anchor_lose(const char *folder, const unsigned char *id)
{
	char path[PATH_MAX], lost[PATH_MAX];
	int r = path_of(folder, id, SUFFIX, path);

	if (r == 0)
		r = path_of(folder, id, LOST_SUFFIX, lost);
	/* An earlier one stays: what is gone has been gone since then. */
	return r < 0 ? r : state_name_file(path, lost);
}

/* Of an anchor for @database. Return: its time; 0: it is for another, or none. */
static int64_t time_if_for(const char *folder, const char *name, const char *database)
{
	const char *dot = strrchr(name, '.');
	char path[PATH_MAX];
	json_t *object;
	const char *of;
	int64_t time = 0;

	if (!dot || strcmp(dot, SUFFIX) != 0 ||
	    snprintf(path, sizeof(path), "%s/%s", folder, name) >= PATH_MAX)
		return 0;
	object = file_parse(path);
	of = json_string_value(json_object_get(object, "database"));
	if (of && strcmp(of, database) == 0)
		time = json_integer_value(json_object_get(object, "time"));
	json_decref(object);
	return time;
}

bool anchor_names_another(const char *folder, const char *database, const unsigned char *id)
{
	char hex[ID_HEX_SIZE];
	DIR *files = opendir(folder);
	struct dirent *file;
	int64_t newest = 0;
	bool another = false;

	if (!files)
		return false;
	(void)sodium_bin2hex(hex, sizeof(hex), id, SCHEMA_ID_SIZE);
	while ((file = readdir(files))) {
		int64_t time = time_if_for(folder, file->d_name, database);

		if (time <= newest)
			continue;
		newest = time;
		another = strncmp(file->d_name, hex, strlen(hex)) != 0;
	}
	(void)closedir(files);
	return another;
}
