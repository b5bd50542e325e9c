/* SPDX-License-Identifier: MIT */
#include "rules/load.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/clean.h"
#include "common/nearest.h"
#include "rules/builtin.h"
#include "rules/explain.h"

#define BASE "base"

static bool has_suffix(const char *text, const char *suffix)
{
	size_t len = strlen(text);
	size_t suffix_len = strlen(suffix);

	return len > suffix_len && strcmp(text + len - suffix_len, suffix) == 0;
}

/* What looks like a file is one; any other word is the name of a built-in. */
static bool is_file_name(const char *name)
{
	return strchr(name, '/') || has_suffix(name, ".yaml") || has_suffix(name, ".yml") ||
	       has_suffix(name, ".json");
}

static const struct builtin_blob *builtin_find(const char *name)
{
	for (size_t i = 0; i < builtin_blob_count; i++)
		if (strcmp(builtin_blobs[i].name, name) == 0)
			return &builtin_blobs[i];
	return NULL;
}

const char *const *builtin_names(void)
{
	static const char *names[64];
	size_t count = 0;

	if (names[0])
		return names;
	/* `base` first, last of all stored: a reader sees the whole list or none. */
	for (size_t i = 0; i < builtin_blob_count && count < 62; i++)
		if (strcmp(builtin_blobs[i].name, BASE) != 0)
			names[++count] = builtin_blobs[i].name;
	names[0] = BASE;
	return names;
}

/* Reads a whole file. Return: 0 or negative errno. */
static int file_read(struct arena *arena, const char *path, const char **out, size_t *out_size)
{
	CLEAN_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	size_t used = 0;
	char *text;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	if (st.st_size > DOCUMENT_SIZE_MAX)
		return -EFBIG;
	text = arena_alloc(arena, (size_t)st.st_size + 1);
	if (!text)
		return -ENOMEM;
	while (used < (size_t)st.st_size) {
		ssize_t len = read(fd, text + used, (size_t)st.st_size - used);

		if (len < 0)
			return -errno;
		if (len == 0)
			break;
		used += (size_t)len;
	}
	*out = text;
	*out_size = used;
	return 0;
}

static struct source *source_new(struct load *load, const char *label, const char *path,
				 bool is_builtin)
{
	struct source *source = arena_alloc(load->arena, sizeof(*source));

	while (strncmp(label, "./", 2) == 0)
		label += 2;
	if (!source)
		return NULL;
	source->label = arena_copy(load->arena, label, strlen(label));
	source->path = arena_copy(load->arena, path, strlen(path));
	source->is_builtin = is_builtin;
	return source->label && source->path ? source : NULL;
}

static struct loaded *find_loaded(const struct load *load, const char *path)
{
	for (struct loaded *file = load->files; file; file = file->next)
		if (strcmp(file->source->path, path) == 0)
			return file;
	return NULL;
}

static void append(struct load *load, struct loaded *file)
{
	struct loaded **end = &load->files;

	while (*end)
		end = &(*end)->next;
	*end = file;
}

/* Where a name was written, for its errors: NULL on the command line. */
struct origin {
	const struct source *source;
	const struct node *node;
};

static int fail_at(struct load *load, const struct origin *origin, int code, const char *text)
{
	if (origin)
		return errors_add(load->errors, origin->source->label, origin->node->line,
				  origin->node->column, "%s", text);
	return fault_set(load->fault, code, "%s", text);
}

static int load_one(struct load *load, const char *name, const struct origin *origin);

static int load_extended(struct load *load, const struct loaded *file, const struct node *node)
{
	const struct origin origin = { .source = file->source, .node = node };

	if (node->kind != NODE_SCALAR || !node->text[0])
		return errors_add(load->errors, file->source->label, node->line, node->column,
				  "the name of a policy is needed here");
	return load_one(load, node->text, &origin);
}

static int load_extends(struct load *load, const struct loaded *file)
{
	const struct node *extends = node_find(file->root, "extends");
	int r = 0;

	if (!extends)
		return 0;
	if (extends->kind == NODE_SCALAR)
		return load_extended(load, file, extends);
	if (extends->kind != NODE_LIST)
		return errors_add(load->errors, file->source->label, extends->line,
				  extends->column, "a name or a list of names is needed here");
	for (const struct node *item = extends->items; item; item = item->next) {
		int one = load_extended(load, file, item);

		if (one < 0 && r == 0)
			r = one;
	}
	return r;
}

/* Parses what was read, then reads what it extends; @file is in the arena. */
static int load_content(struct load *load, struct loaded *file)
{
	size_t before = load->errors->count;
	int r;

	file->root = document_parse(load->arena, file->source->label, file->text, file->size,
				    load->errors);
	if (!file->root)
		return load->errors->count > before ? -EINVAL : -ENOMEM;
	if (file->root->kind != NODE_MAP)
		return errors_add(load->errors, file->source->label, 1, 1,
				  "a policy is a map: 'version', 'name', 'rules', ...");
	/* Listed from now on, so that a cycle meets it. */
	file->is_open = true;
	append(load, file);
	r = load_extends(load, file);
	file->is_open = false;
	return r;
}

static int load_builtin(struct load *load, const char *name, const struct origin *origin)
{
	const struct builtin_blob *blob = builtin_find(name);
	struct loaded *file = arena_alloc(load->arena, sizeof(*file));
	char label[128];
	char text[256];
	const char *meant;

	if (!blob) {
		meant = nearest_word(name, builtin_names(), builtin_blob_count);
		(void)snprintf(text, sizeof(text),
			       "there is no built-in policy '%.60s'; hint: %s%s%s", name,
			       meant ? "did you mean '" : "a file has a '/' or ends in .yaml",
			       meant ? meant : "", meant ? "'?" : "");
		return fail_at(load, origin, -EINVAL, text);
	}
	(void)snprintf(label, sizeof(label), "%s.yaml", name);
	if (find_loaded(load, label))
		return 0;
	if (!file)
		return -ENOMEM;
	file->source = source_new(load, label, label, true);
	file->text = (const char *)blob->text;
	file->size = blob->size;
	return file->source ? load_content(load, file) : -ENOMEM;
}

/* The path of a file name: in `extends`, from the file that names it. */
static void path_of(const char *name, const struct origin *origin, char *path, size_t size)
{
	const char *slash = origin && !origin->source->is_builtin && name[0] != '/'
				    ? strrchr(origin->source->path, '/')
				    : NULL;

	if (slash)
		(void)snprintf(path, size, "%.*s/%s", (int)(slash - origin->source->path),
			       origin->source->path, name);
	else
		(void)snprintf(path, size, "%s", name);
}

static int load_file(struct load *load, const char *name, const struct origin *origin)
{
	struct loaded *file = arena_alloc(load->arena, sizeof(*file));
	CLEAN_FREE char *real = NULL;
	char path[2 * PATH_MAX];
	char text[PATH_MAX + 128];
	const struct loaded *there;
	int r;

	if (!file)
		return -ENOMEM;
	path_of(name, origin, path, sizeof(path));
	real = realpath(path, NULL);
	r = real ? 0 : -errno;
	there = real ? find_loaded(load, real) : NULL;
	if (there && there->is_open)
		return fail_at(load, origin, -EINVAL, "this policy extends itself");
	if (there)
		return 0;
	if (r == 0)
		r = file_read(load->arena, real, &file->text, &file->size);
	if (r < 0) {
		(void)snprintf(text, sizeof(text), "cannot read policy: '%s': %s", name, strerror(-r));
		return fail_at(load, origin, r, text);
	}
	file->source = source_new(load, name, real, false);
	return file->source ? load_content(load, file) : -ENOMEM;
}

static int load_one(struct load *load, const char *name, const struct origin *origin)
{
	return is_file_name(name) ? load_file(load, name, origin)
				  : load_builtin(load, name, origin);
}

/* Whether one of the files says `base: false`. */
static bool wants_base(const struct load *load)
{
	for (const struct loaded *file = load->files; file; file = file->next) {
		const struct node *base = node_find(file->root, "base");

		if (base && base->kind == NODE_SCALAR && strcmp(base->text, "false") == 0)
			return false;
	}
	return true;
}

static int load_base(struct load *load)
{
	struct loaded *others = load->files;
	int r;

	if (!wants_base(load) || find_loaded(load, BASE ".yaml"))
		return 0;
	load->files = NULL;
	r = load_builtin(load, BASE, NULL);
	if (load->files)
		load->files->next = others;
	else
		load->files = others;
	return r;
}

int load_all(struct load *load, const char *const *sources, size_t source_count)
{
	int r = 0;

	for (size_t i = 0; i < source_count; i++) {
		int one = load_one(load, sources[i], NULL);

		if (one < 0 && r == 0)
			r = one;
	}
	return r == 0 ? load_base(load) : r;
}
