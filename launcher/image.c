/* SPDX-License-Identifier: MIT */
#include "launcher/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "common/clean.h"
#include "launcher/binfmt.h"
#include "launcher/elf.h"
#include "launcher/identity.h"

#define HEAD_SIZE BINFMT_HEAD

struct image *image_new(void)
{
	struct image *image = calloc(1, sizeof(*image));

	if (!image)
		return NULL;
	for (size_t i = 0; i < IMAGE_DEPTH; i++)
		image->files[i].fd = image->files[i].parent_fd = -1;
	image->loader.fd = image->loader.parent_fd = -1;
	return image;
}

void image_free(struct image *image)
{
	if (!image)
		return;
	for (size_t i = 0; i < IMAGE_DEPTH; i++)
		place_release(&image->files[i]);
	place_release(&image->loader);
	free(image);
}

const struct place *image_program(const struct image *image)
{
	return &image->files[image->count - 1];
}

/* faccessat2(2) with AT_EACCESS: by the file-system ids that were assumed. */
static int may_execute(struct request *request, const struct place *place)
{
	char path[32];
	int r;

	if (!S_ISREG(place->st.st_mode))
		return -EACCES;
	r = identity_assume(request);
	if (r < 0)
		return r;
	r = faccessat(AT_FDCWD, place_self_path(place->fd, path), X_OK, AT_EACCESS) < 0 ? -errno
											: 0;
	identity_drop();
	return r;
}

/*
 * A program that its caller may not read would be hidden from us as well
 * (fs/exec.c, would_dump()): it could not be governed.
 */
static int open_to_read(struct request *request, const struct place *place)
{
	struct event event = { .action = ACTION_EXECUTE, .path = place->path };
	char path[32];
	int r = identity_assume(request);
	int fd;

	if (r < 0)
		return r;
	fd = open(place_self_path(place->fd, path), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	fd = fd < 0 ? -errno : fd;
	identity_drop();
	if (fd != -EACCES)
		return fd;
	return request_refuse(
		request, &event, "guard-unreadable-program",
		"what a program is cannot be verified when its caller may not read it");
}

int image_open_error(struct request *request, const struct place *place)
{
	/* No address of a process: whatever the file is, its execution fails with EFAULT. */
	char **nowhere = (char **)(uintptr_t)-4096;
	int error;

	if (identity_assume(request) < 0)
		return 0;
	(void)syscall(SYS_execveat, place->fd, "", nowhere, nowhere, AT_EMPTY_PATH);
	error = errno;
	identity_drop();
	return error == EACCES || error == ETXTBSY ? -error : 0;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool image_uses_glibc(const char *loader_text)
{
	return strncmp(base_name(loader_text), "ld-linux", strlen("ld-linux")) == 0;
}

bool image_is_loader(const char *path)
{
	const char *name = base_name(path);

	return strncmp(name, "ld-linux", 8) == 0 || strncmp(name, "ld-musl", 7) == 0 ||
	       strncmp(name, "ld.so", 5) == 0 ||
	       /* musl's loader is its libc */
	       (strcmp(name, "libc.so") == 0 && strstr(path, "musl")) ||
	       (strncmp(name, "ld-", 3) == 0 && strstr(name, ".so"));
}

/*
 * Scripts.
 */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/*
 * "#!INTERPRETER [ARGUMENT]": as load_script() of fs/binfmt_script.c takes it apart, to the byte, for
 * what runs is compared with it. Without an end of line the last byte of the buffer is one, the
 * argument may be cut there, and what trails is not trimmed: the kernel's buffer is filled up
 * with NULs, as @head is. @head is changed.
 */
static int script_parse(char *head, size_t len, char **out_interpreter, char **out_argument)
{
	char *last = head + HEAD_SIZE - 1;
	char *name = head + 2 + strspn(head + 2, " \t");
	char *end = memchr(head, '\n', len);
	char *separator;

	if (!end) {
		if (name > last || name + strcspn(name, " \t") > last)
			return -ENOEXEC; /* the name may be cut */
		end = last;
	}
	while (end > head + 2 && is_blank(end[-1]))
		end--;
	if (name >= end)
		return -ENOEXEC;
	*end = '\0';
	separator = name + strcspn(name, " \t");
	*out_interpreter = name;
	*out_argument = *separator ? separator + strspn(separator, " \t") : NULL;
	*separator = '\0';
	return *name ? 0 : -EACCES; /* a NUL in its place: the working directory */
}

/* argv[0] gives way to: interpreter, its argument, the script; or stays behind them. */
static int arguments_shift(struct arguments *arguments, const char *interpreter,
			   const char *argument, const char *script, bool keeps_first)
{
	bool gives_way = arguments->count && !keeps_first;
	size_t first = gives_way ? strlen(arguments->text) + 1 : 0;
	size_t added = strlen(interpreter) + 1 + (argument ? strlen(argument) + 1 : 0) +
		       strlen(script) + 1;
	char *text = malloc(added + arguments->size - first);
	char *at = text;

	if (!text)
		return -ENOMEM;
	at = stpcpy(at, interpreter) + 1;
	if (argument)
		at = stpcpy(at, argument) + 1;
	at = stpcpy(at, script) + 1;
	memcpy(at, arguments->text + first, arguments->size - first);
	free(arguments->text);
	arguments->text = text;
	arguments->size = added + arguments->size - first;
	arguments->count += (gives_way ? 1 : 2) + (argument != NULL);
	return 0;
}

static int registered_step(const struct binfmt_entry *entry, const char *name,
			   struct arguments *arguments, char *out_next)
{
	(void)snprintf(out_next, PATH_MAX, "%s", entry->interpreter);
	return arguments_shift(arguments, entry->interpreter, NULL, name, entry->keeps_first);
}

/*
 * One step: @out_next, PATH_MAX bytes, receives the interpreter's name when the last file is a
 * script or of a registered format, "" when it is a program. Return: 0 or negative errno.
 */
static int image_step(struct request *request, struct image *image, const char *name,
		      struct arguments *arguments, char *out_next)
{
	const struct place *file = image_program(image);
	const struct binfmt_entry *entry;
	char head[HEAD_SIZE + 1] = "";
	char *interpreter, *argument;
	CLEAN_FD int fd = -1;
	ssize_t len;
	int r = may_execute(request, file);

	if (r < 0)
		return r;
	fd = open_to_read(request, file);
	if (fd < 0)
		return fd;
	len = pread(fd, head, HEAD_SIZE, 0);
	if (len < 0)
		return -errno;
	entry = binfmt_find(request->supervisor->binfmt, head, name);
	if (entry)
		return registered_step(entry, name, arguments, out_next);
	if (len < 2 || memcmp(head, "#!", 2) != 0) {
		out_next[0] = '\0';
		image->takes_no_preload = elf_needs(fd, "libasan.so");
		return elf_loader_text(fd, image->loader_text);
	}
	r = script_parse(head, (size_t)len, &interpreter, &argument);
	if (r < 0)
		return r;
	(void)snprintf(out_next, PATH_MAX, "%s", interpreter);
	return arguments_shift(arguments, interpreter, argument, name, false);
}

int image_find(struct request *request, struct image *image, const char *name,
	       struct arguments *arguments)
{
	char names[2][PATH_MAX];
	const char *now = name;
	int r;

	for (image->count = 1;; image->count++) {
		char *next = names[image->count % 2];

		r = image_step(request, image, now, arguments, next);
		if (r < 0)
			return r;
		if (!next[0])
			break;
		if (image->count == IMAGE_DEPTH)
			return -ELOOP;
		r = place_find(request, AT_FDCWD, next, 0, &image->files[image->count]);
		if (r < 0)
			return r;
		now = next;
	}
	if (!image->loader_text[0])
		return 0;
	return place_find(request, AT_FDCWD, image->loader_text, 0, &image->loader);
}
