/* SPDX-License-Identifier: MIT */
#include "audit/recovery.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/describe.h"
#include "common/clean.h"

#define INFIX "-pending-"

/* Called with the path of a file of rows; non-zero ends the walk. */
typedef int left_fn(const char *path, void *data);

/* Whether a file of the database's folder is one of pending rows. Return: the run, or NULL. */
static const char *run_of(const char *base, const char *name)
{
	size_t len = strlen(base);

	return strncmp(name, base, len) == 0 && strncmp(name + len, INFIX, strlen(INFIX)) == 0
		       ? name + len + strlen(INFIX)
		       : NULL;
}

static int each_left(const char *database, left_fn *visit, void *data)
{
	char folder[PATH_MAX], path[PATH_MAX + NAME_MAX + 2];
	const char *slash = strrchr(database, '/');
	const char *base = slash ? slash + 1 : database;
	struct dirent *file;
	DIR *files;
	int r = 0;

	(void)snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - database + 1) : 1,
		       slash ? database : ".");
	files = opendir(folder);
	if (!files)
		return -errno;
	while (r == 0 && (file = readdir(files))) {
		if (!run_of(base, file->d_name))
			continue;
		(void)snprintf(path, sizeof(path), "%s%s", slash ? folder : "", file->d_name);
		r = visit(path, data);
	}
	(void)closedir(files);
	return r;
}

static int look(const char *path, void *data)
{
	const struct store *const *store = data;
	struct pending *pending = NULL;
	int r = pending_open(path, (*store)->id, &pending);

	pending_close(pending, false);
	return r == 0;
}

bool recovery_needed(const struct store *store)
{
	return each_left(store->path, look, &store) == 1;
}

/* Up to where rows can be read. */
static uint64_t readable_end(const struct pending *pending, uint64_t from)
{
	uint64_t at = from;

	while (pending_next(pending, &at))
		;
	return at;
}

static int close_lost(struct writer *writer, const char *run, const char *agent,
		      const struct batch *left)
{
	struct batch batch = *left;
	struct row row;

	describe_lost(run, agent, &row);
	batch.run = run;
	batch.last = &row;
	batch.ends = true;
	return writer_append(writer, &batch);
}

static void keep_damaged(const char *database, const char *path, const char *run)
{
	char name[PATH_MAX];

	(void)snprintf(name, sizeof(name), "%s-damaged-%s", database, run);
	(void)rename(path, name);
}

static int recover(const char *path, void *data)
{
	struct writer *writer = data;
	struct pending *pending = NULL;
	struct batch batch = { .run = NULL };
	bool is_whole = true;
	uint64_t position;
	int r = pending_open(path, writer->store.id, &pending);

	if (r < 0) /* its supervisor lives, or it is none of ours */
		return 0;
	if (writer_position(writer, pending_run(pending), &position)) {
		batch.pending = pending;
		batch.from = position > pending_start(pending) ? position : pending_start(pending);
		batch.to = readable_end(pending, batch.from);
		is_whole = batch.to >= pending_end(pending);
		r = close_lost(writer, pending_run(pending), pending_agent(pending), &batch);
	}
	if (r == 0 && !is_whole)
		keep_damaged(writer->store.path, path, pending_run(pending));
	pending_close(pending, r == 0 && is_whole);
	return r;
}

/* A run that is open though nobody has its file: the file was taken away, or the machine went down. */
static int run_next_lost(struct writer *writer, char *run, size_t run_size, char *agent,
			 size_t agent_size)
{
	static const char sql[] =
		"SELECT p.run, r.agent FROM pending p LEFT JOIN runs r ON r.seq = "
		"(SELECT max(seq) FROM runs WHERE run = p.run AND kind = 'open')";
	sqlite3_stmt *statement = NULL;
	int found = 0;

	if (sqlite3_prepare_v2(writer->store.db, sql, -1, &statement, NULL) != SQLITE_OK)
		return -EIO;
	while (!found && sqlite3_step(statement) == SQLITE_ROW) {
		const unsigned char *name = sqlite3_column_text(statement, 0);
		const unsigned char *of = sqlite3_column_text(statement, 1);

		if (!name || pending_is_locked(writer->store.path, (const char *)name))
			continue;
		(void)snprintf(run, run_size, "%s", (const char *)name);
		(void)snprintf(agent, agent_size, "%s", of ? (const char *)of : "");
		found = 1;
	}
	(void)sqlite3_finalize(statement);
	return found;
}

int recovery_run(struct writer *writer)
{
	char run[PENDING_RUN_SIZE], agent[PENDING_AGENT_SIZE];
	int r = each_left(writer->store.path, recover, writer);

	while (r == 0 && (r = run_next_lost(writer, run, sizeof(run), agent, sizeof(agent))) == 1) {
		const struct batch nothing = { .run = NULL };

		r = close_lost(writer, run, agent, &nothing);
	}
	return r;
}
