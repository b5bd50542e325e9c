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
#include "rules/surrogates.h"
#include "rules/variables.h"

#define BASE "base"
#define DEPTH_MAX 32

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
	return builtin_name_list;
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

		if (len < 0 && errno != EINTR)
			return -errno;
		if (len == 0)
			break;
		if (len < 0)
			continue;
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

static struct loaded *find_file(struct loaded *files, const char *path)
{
	for (struct loaded *file = files; file; file = file->next)
		if (strcmp(file->source->path, path) == 0)
			return file;
	return NULL;
}

static bool is_open(const struct load *load, const char *path)
{
	for (const struct loaded *file = load->open; file; file = file->outer)
		if (strcmp(file->source->path, path) == 0)
			return true;
	return false;
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

static int fail_read(struct load *load, const char *name, int code, const struct origin *origin)
{
	char text[PATH_MAX + 128];

	if (code == -ENOMEM)
		return code;
	(void)snprintf(text, sizeof(text), "cannot read policy: '%s': %s", name,
		       code == -EFBIG ? "it is larger than 4 MiB" : strerror(-code));
	return fail_at(load, origin, code, text);
}

static int load_one(struct load *load, const char *name, const struct origin *origin,
		    struct loaded **out);

static int load_extended(struct load *load, struct loaded *file, const struct node *node)
{
	const struct origin origin = { .source = file->source, .node = node };
	struct loaded *extended;
	int r;

	if (node->kind != NODE_SCALAR || !node->text[0])
		return errors_add(load->errors, file->source->label, node->line, node->column,
				  "the name of a policy is needed here");
	r = load_one(load, node->text, &origin, &extended);
	return r < 0 ? r
		     : variables_inherit(load->arena, extended->variables, load->variables,
					 &file->variables);
}

static int load_extends(struct load *load, struct loaded *file)
{
	const struct node *extends = node_find(file->root, "extends");
	int r = 0;

	if (!extends)
		return 0;
	if (extends->kind == NODE_SCALAR)
		return load_extended(load, file, extends);
	if (extends->kind != NODE_LIST || !extends->items)
		return errors_add(load->errors, file->source->label, extends->line, extends->column,
				  "a name or a list of names is needed here");
	for (const struct node *item = extends->items; item; item = item->next) {
		int one = load_extended(load, file, item);

		if (one < 0 && r == 0)
			r = one;
	}
	return r;
}

static int define_variables(struct load *load, struct loaded *file)
{
	const struct node *vars = node_find(file->root, "vars");
	struct compile compile = {
		.arena = load->arena,
		.variables = file->variables,
		.source = file->source,
		.errors = load->errors,
	};

	if (vars)
		variables_define(&compile, vars, load->variables);
	file->variables = compile.variables;
	return compile.no_memory ? -ENOMEM : 0;
}

/* Parses what was read, then reads what it extends. */
static int load_content(struct load *load, struct loaded *file)
{
	size_t before = load->errors->count;
	const char *text = file->text;
	size_t size = file->size;
	int r;

	if (has_suffix(file->source->label, ".json"))
		text = surrogates_join(load->arena, text, size, &size);
	if (!text)
		return -ENOMEM;
	file->root = document_parse(load->arena, file->source->label, text, size, load->errors);
	if (!file->root)
		return load->errors->count > before ? -EINVAL : -ENOMEM;
	if (file->root->kind != NODE_MAP)
		return errors_add(load->errors, file->source->label, file->root->line,
				  file->root->column,
				  "a policy is a map: 'version', 'name', 'rules', ...");
	file->variables = load->variables;
	file->outer = load->open;
	load->open = file;
	load->depth++;
	r = load_extends(load, file);
	load->depth--;
	load->open = file->outer;
	if (r == 0)
		r = define_variables(load, file);
	file->source->variables = file->variables;
	append(load, file);
	return r;
}

/* Reads a file under its @path, unless it was read already. */
static int load_once(struct load *load, const char *label, const char *path,
		     const struct builtin_blob *blob, const struct origin *origin,
		     struct loaded **out)
{
	struct loaded *file = find_file(load->files, path);
	int r = 0;

	if (is_open(load, path))
		return fail_at(load, origin, -EINVAL,
			       "a policy cannot extend itself, nor what extends it");
	*out = file;
	if (file)
		return 0;
	if (load->depth == DEPTH_MAX)
		return fail_at(load, origin, -EINVAL, "more than 32 policies extend each other");
	file = arena_alloc(load->arena, sizeof(*file));
	if (!file)
		return -ENOMEM;
	file->source = source_new(load, label, path, blob != NULL);
	if (!file->source)
		return -ENOMEM;
	if (blob) {
		file->text = (const char *)blob->text;
		file->size = blob->size;
	} else {
		r = file_read(load->arena, path, &file->text, &file->size);
	}
	*out = file;
	return r < 0 ? fail_read(load, label, r, origin) : load_content(load, file);
}

static int load_builtin(struct load *load, const char *name, const struct origin *origin,
			struct loaded **out)
{
	const struct builtin_blob *blob = builtin_find(name);
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
	return load_once(load, label, label, blob, origin, out);
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

/* As people know it: in `extends`, from the folder that the file which names it is known by. */
static void label_of(const char *name, const struct origin *origin, char *label, size_t size)
{
	const char *from = origin && !origin->source->is_builtin && name[0] != '/'
				   ? origin->source->label
				   : "";
	const char *slash = strrchr(from, '/');

	while (strncmp(name, "./", 2) == 0 && slash)
		name += 2;
	(void)snprintf(label, size, "%.*s%s", slash ? (int)(slash + 1 - from) : 0, from, name);
}

static int load_file(struct load *load, const char *name, const struct origin *origin,
		     struct loaded **out)
{
	CLEAN_FREE char *real = NULL;
	char path[2 * PATH_MAX];
	char label[2 * PATH_MAX];

	path_of(name, origin, path, sizeof(path));
	label_of(name, origin, label, sizeof(label));
	real = realpath(path, NULL);
	if (!real)
		return fail_read(load, name, -errno, origin);
	return load_once(load, label, real, NULL, origin, out);
}

static int load_one(struct load *load, const char *name, const struct origin *origin,
		    struct loaded **out)
{
	return is_file_name(name) ? load_file(load, name, origin, out)
				  : load_builtin(load, name, origin, out);
}

/* Whether one of the named files says `base: false`; what they extend cannot. */
static bool wants_base(const struct load *load)
{
	for (const struct loaded *file = load->files; file; file = file->next) {
		const struct node *base = node_find(file->root, BASE);

		if (file->source->is_named && base && base->kind == NODE_SCALAR &&
		    strcmp(base->text, "false") == 0)
			return false;
	}
	return true;
}

/* Loads `base` unless it is there already, and puts it first. */
static int load_base(struct load *load)
{
	struct loaded **at = &load->files;
	struct loaded *base = find_file(load->files, BASE ".yaml");
	int r = base || !wants_base(load) ? 0 : load_builtin(load, BASE, NULL, &base);

	if (r < 0 || !base)
		return r;
	while (*at != base)
		at = &(*at)->next;
	*at = base->next;
	base->next = load->files;
	load->files = base;
	return 0;
}

int load_all(struct load *load, const char *const *sources, size_t source_count)
{
	int r = 0;

	for (size_t i = 0; i < source_count; i++) {
		struct loaded *file;
		int one = load_one(load, sources[i], NULL, &file);

		if (one == 0)
			file->source->is_named = true;
		else if (r == 0)
			r = one;
	}
	if (r == 0)
		r = load_base(load);
	if (r == 0 && source_count == 0)
		load->files->source->is_named = true;
	return r;
}
