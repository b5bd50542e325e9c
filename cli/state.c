/* SPDX-License-Identifier: MIT */
#include "cli/state.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/clean.h"

int state_read(const char *path, const char *recorder, int64_t *out_seq, struct fault *fault)
{
	FILE *file = fopen(path, "re");
	const char *named;
	json_t *state;
	int r = 0;

	if (!file && errno == ENOENT)
		return 0;
	if (!file)
		return fault_set(fault, -errno, "cannot read '%s': %s", path, strerror(errno));
	state = json_loadf(file, 0, NULL);
	(void)fclose(file);
	named = json_string_value(json_object_get(state, "recorder"));
	if (!named || !json_is_integer(json_object_get(state, "seq")))
		r = fault_set(fault, -EINVAL, "cannot go on: '%s' does not say how far it came",
			      path);
	else if (strcmp(named, recorder) != 0)
		r = fault_set(fault, -EINVAL,
			      "cannot go on: '%s' is about recorder %s, and this is %s", path,
			      named, recorder);
	else
		*out_seq = json_integer_value(json_object_get(state, "seq"));
	json_decref(state);
	return r;
}

int state_write(const char *path, const char *recorder, int64_t seq, struct fault *fault)
{
	char part[PATH_MAX];
	json_t *state = json_pack("{s:s, s:I}", "recorder", recorder, "seq", (json_int_t)seq);
	int fd = -1;
	FILE *file;
	int r = 0;

	if (state && (size_t)snprintf(part, sizeof(part), "%s.XXXXXX", path) < sizeof(part))
		fd = mkostemp(part, O_CLOEXEC);
	file = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (!file || json_dumpf(state, file, JSON_COMPACT) < 0 || fputc('\n', file) == EOF)
		r = errno ? -errno : -EIO;
	if (file && fclose(file) != 0 && r == 0)
		r = -errno;
	if (r == 0 && rename(part, path) < 0)
		r = -errno;
	if (r < 0 && fd >= 0)
		(void)unlink(part);
	json_decref(state);
	return r < 0 ? fault_set(fault, r, "cannot write '%s': %s", path, strerror(-r)) : 0;
}
