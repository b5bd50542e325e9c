/* SPDX-License-Identifier: MIT */
/*
 * agentos policy from-agents-md [FILE] [-o OUT]
 *
 * What is written has been loaded by our own loader, and its inline tests have run: a grant that something
 * stricter takes back is expected so, with the rule that does; a refusal that does not hold is an error.
 */
#include "cli/agents_md.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/policies.h"
#include "common/clean.h"
#include "rules/agents_policy.h"
#include "rules/document.h"
#include "rules/explain.h"

struct command {
	const char *file, *out;
	bool strict, force;
	struct arena arena;
	struct agents_md md;
	struct agents_answer *answers; /* in the arena */
	size_t answer_count;
	char *text; /* owned: the policy */
	size_t size;
	unsigned first, rows;
	bool has_contents;
};

/* Where a document may be, as the original looks for it. */
static const char *const places[] = { "./AGENTS.md", "./agents.md", ".agents/agents.md",
				      ".agents/AGENTS.md", ".claude/AGENTS.md" };

/*
 * The document.
 */

/* Several that are not the same file are not chosen from. */
static int file_choose(struct command *command)
{
	struct stat found = { 0 }, st;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (stat(places[i], &st) < 0) {
			if (errno != ENOENT && errno != ENOTDIR)
				return complain(EXIT_FAILED, "cannot read '%s': %s", places[i],
						strerror(errno));
			continue;
		}
		if (!command->file) {
			command->file = places[i];
			found = st;
		} else if (st.st_dev != found.st_dev || st.st_ino != found.st_ino) {
			return complain(
				EXIT_FAILED,
				"there are both '%s' and '%s'; hint: name the one that counts",
				command->file, places[i]);
		}
	}
	return command->file
		       ? 0
		       : complain(EXIT_FAILED, "there is no AGENTS.md here, nor in .agents or "
					       ".claude; hint: name the file");
}

static int text_read(struct command *command, char **out, size_t *out_size)
{
	CLEAN_FD int fd = open(command->file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	CLEAN_FREE char *text = malloc(AGENTS_SIZE_MAX + 1);
	struct stat st;
	size_t size = 0;
	ssize_t got;

	if (fd < 0 || fstat(fd, &st) < 0)
		return complain(EXIT_FAILED, "cannot read '%s': %s", command->file,
				strerror(errno));
	if (!S_ISREG(st.st_mode))
		return complain(EXIT_FAILED, "cannot read '%s': it is no regular file",
				command->file);
	if (!text)
		return complain(EXIT_FAILED, "out of memory");
	do {
		got = read(fd, text + size, AGENTS_SIZE_MAX + 1 - size);
		size += got > 0 ? (size_t)got : 0;
	} while (got > 0 || (got < 0 && errno == EINTR));
	if (got < 0)
		return complain(EXIT_FAILED, "cannot read '%s': %s", command->file,
				strerror(errno));
	*out = take_ptr(&text);
	*out_size = size;
	return 0;
}

static int document_read(struct command *command)
{
	struct policy_errors errors = { 0 };
	struct fault fault = { 0 };
	CLEAN_FREE char *text = NULL;
	size_t size = 0;
	int r = text_read(command, &text, &size);

	if (r != 0)
		return r;
	r = agents_md_read(&command->arena, command->file, text, size, &command->md, &errors,
			   &fault);
	for (size_t i = 0; i < errors.count; i++)
		(void)complain(0, "%s:%u:%u: %s", errors.items[i].file, errors.items[i].line,
			       errors.items[i].column, errors.items[i].text);
	if (r < 0 && errors.count == 0)
		(void)complain(0, "%s", fault.text[0] ? fault.text : "out of memory");
	policy_errors_release(&errors);
	return r < 0 ? EXIT_FAILED : 0;
}

/* Says what is not in the policy. Return: how much that is. */
static unsigned leftovers_say(const struct command *command)
{
	unsigned count = 0;

	for (const struct agents_item *item = command->md.items; item; item = item->next) {
		if (!item->why)
			continue;
		count++;
		(void)complain(0, "%s:%u:%u: not understood: '%.200s': %s", command->file,
			       item->line, item->column, item->text, item->why);
	}
	return count;
}

/* What the original reads beside a document in .agents/, and this does not. Return: how much that is. */
static unsigned beside_say(const struct command *command)
{
	static const char folder[] = ".agents";
	const char *slash = strrchr(command->file, '/');
	size_t len = slash ? (size_t)(slash - command->file) : 0;
	char path[PATH_MAX];

	if (len < sizeof(folder) - 1 ||
	    strncmp(command->file + len - (sizeof(folder) - 1), folder, sizeof(folder) - 1) != 0)
		return 0;
	(void)snprintf(path, sizeof(path), "%.*s/security.md", (int)len, command->file);
	if (access(path, F_OK) < 0)
		return 0;
	(void)complain(0,
		       "'%s' is not read; hint: put what it says below 'security:' in the front "
		       "matter of '%s'",
		       path, command->file);
	return 1;
}

/*
 * The policy.
 */

static int policy_text(struct command *command)
{
	FILE *out;
	int r;

	free(command->text);
	command->text = NULL;
	out = open_memstream(&command->text, &command->size);
	if (!out)
		return complain(EXIT_FAILED, "out of memory");
	r = agents_policy_write(&command->md, command->answers, command->answer_count, out,
				&command->first, &command->rows, &command->has_contents);
	if (fclose(out) != 0 || r < 0)
		return complain(EXIT_FAILED, "out of memory");
	if (command->size > DOCUMENT_SIZE_MAX)
		return complain(
			EXIT_FAILED,
			"the policy from '%s' would be larger than 4 MiB, so none is written",
			command->file);
	return 0;
}

static int write_all(int fd, const char *text, size_t size)
{
	while (size > 0) {
		ssize_t put = write(fd, text, size);

		if (put < 0 && errno != EINTR)
			return -errno;
		text += put > 0 ? put : 0;
		size -= put > 0 ? (size_t)put : 0;
	}
	return 0;
}

/* The loader reads files. @path: PATH_MAX bytes; the caller removes what it names. */
static int temporary_write(const struct command *command, char *path)
{
	const char *folder = getenv("TMPDIR");
	CLEAN_FD int fd = -1;
	int r;

	if ((size_t)snprintf(path, PATH_MAX, "%s/agentos-policy.XXXXXX",
			     folder && folder[0] == '/' ? folder : "/tmp") >= PATH_MAX)
		return complain(EXIT_FAILED, "the name of TMPDIR is too long");
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return complain(EXIT_FAILED, "cannot write '%s': %s", path, strerror(errno));
	r = write_all(fd, command->text, command->size);
	if (r < 0)
		(void)unlink(path);
	return r < 0 ? complain(EXIT_FAILED, "cannot write '%s': %s", path, strerror(-r)) : 0;
}

/* Loads the policy and runs its tests. @out_failures: a line for each that failed; owned. */
static int policy_try(struct command *command, unsigned *out_failed, char **out_failures)
{
	static struct policies policies; /* a few paths: large for a stack */
	struct policy_test_result result = { 0 };
	char path[PATH_MAX];
	size_t size;
	FILE *out;
	int r = temporary_write(command, path);

	if (r != 0)
		return r;
	memset(&policies, 0, sizeof(policies));
	policies.sources.items[0] = path;
	policies.sources.count = 1;
	r = policies_load(&policies);
	(void)unlink(path);
	if (r != 0)
		return complain(EXIT_FAILED,
				"the policy from '%s' would not load, so none is written",
				command->file);
	out = open_memstream(out_failures, &size);
	if (out)
		policy_test(policies.policy, out, &result);
	policies_release(&policies);
	*out_failed = result.failed;
	if (!out || fclose(out) != 0 || result.passed + result.failed != command->rows)
		return complain(EXIT_FAILED, "cannot try the policy from '%s'", command->file);
	return 0;
}

/* What comes behind the last @mark in @line, which names what the document may have named. */
static char *behind_last(char *line, const char *mark)
{
	char *found = NULL;

	for (char *at = line; (at = strstr(at, mark)); at++)
		found = at + strlen(mark);
	return found;
}

/* "FILE:LINE: ACTION 'WHAT': expected A, got B by rule 'C'" */
static int answer_read(struct command *command, char *line, struct agents_answer *out)
{
	char *number = strchr(line, ':');
	char *expected = behind_last(line, "': expected ");
	char *got = behind_last(line, ", got ");
	char *rule = got ? strstr(got, " by rule '") : NULL;
	char *end = rule ? strrchr(rule, '\'') : NULL;

	if (!number || !expected || !end || strncmp(expected, "deny", strlen("deny")) == 0)
		return complain(EXIT_FAILED,
				"a rule that the policy from '%s' needs does not hold, so none is "
				"written: %s",
				command->file, line);
	*rule = '\0';
	*end = '\0';
	if (strncmp(expected, "ask", strlen("ask")) == 0 && strcmp(got, "allow") == 0)
		return complain(EXIT_FAILED, "the policy from '%s' would not ask: %s",
				command->file, line);
	out->row = (unsigned)strtoul(number + 1, NULL, 10) - command->first;
	out->verdict = arena_copy(&command->arena, got, strlen(got));
	out->rule = arena_copy(&command->arena, rule + 10, strlen(rule + 10));
	return out->verdict && out->rule ? 0 : complain(EXIT_FAILED, "out of memory");
}

/*
 * The line of the document that a row of tests is about: what the comment behind it says. @at and @line are
 * where the last one was found, since they come in order.
 */
static unsigned row_origin(const char **at, unsigned *line, unsigned row_line)
{
	const char *comment;

	for (const char *end; *line < row_line && (end = strchr(*at, '\n')); ++*line)
		*at = end + 1;
	comment = strstr(*at, "} # line ");
	return comment ? (unsigned)strtoul(comment + 9, NULL, 10) : 0;
}

/* What the rows came to that failed. */
static int answers_read(struct command *command, unsigned count, char *failures)
{
	const char *at = command->text;
	unsigned at_line = 1;
	char *saved = NULL;
	int r = 0;

	command->answers = arena_alloc(&command->arena, count * sizeof(*command->answers));
	if (!command->answers)
		return complain(EXIT_FAILED, "out of memory");
	for (char *line = strtok_r(failures, "\n", &saved);
	     r == 0 && line && command->answer_count < count; line = strtok_r(NULL, "\n", &saved)) {
		struct agents_answer *answer = &command->answers[command->answer_count++];

		r = answer_read(command, line, answer);
		if (r == 0)
			(void)complain(0, "%s:%u: what it grants is taken back by rule '%s'",
				       command->file,
				       row_origin(&at, &at_line, command->first + answer->row),
				       answer->rule);
	}
	return r;
}

static int policy_make(struct command *command)
{
	CLEAN_FREE char *failures = NULL;
	CLEAN_FREE char *again = NULL;
	unsigned failed = 0;
	int r = policy_text(command);

	if (r == 0)
		r = policy_try(command, &failed, &failures);
	if (r != 0 || failed == 0)
		return r;
	r = answers_read(command, failed, failures);
	if (r == 0)
		r = policy_text(command);
	if (r == 0)
		r = policy_try(command, &failed, &again);
	if (r == 0 && failed > 0)
		r = complain(EXIT_FAILED, "the policy from '%s' does not keep its own tests",
			     command->file);
	return r;
}

/*
 * Where it goes.
 */

/* All of it or nothing, and never over what is there unless that is wanted. */
static int out_write(struct command *command)
{
	char temporary[PATH_MAX];
	CLEAN_FD int fd = -1;
	mode_t mask = umask(0);
	int r;

	(void)umask(mask);
	if ((size_t)snprintf(temporary, sizeof(temporary), "%s.XXXXXX", command->out) >=
	    sizeof(temporary))
		return complain(EXIT_FAILED, "cannot write '%s': its name is too long",
				command->out);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return complain(EXIT_FAILED, "cannot write '%s': %s", command->out,
				strerror(errno));
	r = write_all(fd, command->text, command->size);
	if (r == 0 && (fchmod(fd, 0666 & ~mask) < 0 || fsync(fd) < 0))
		r = -errno;
	if (r == 0 &&
	    (command->force ? rename(temporary, command->out) : link(temporary, command->out)) < 0)
		r = -errno;
	if (r < 0 || !command->force)
		(void)unlink(temporary);
	if (r == -EEXIST)
		return complain(EXIT_FAILED, "'%s' is there already; hint: --force replaces it",
				command->out);
	return r < 0 ? complain(EXIT_FAILED, "cannot write '%s': %s", command->out, strerror(-r))
		     : 0;
}

static int policy_put(struct command *command)
{
	if (command->out)
		return out_write(command);
	if (fwrite(command->text, 1, command->size, stdout) != command->size || fflush(stdout) != 0)
		return complain(EXIT_FAILED, "cannot write the policy: %s", strerror(errno));
	return 0;
}

static int run(struct command *command)
{
	unsigned left;
	int r = command->file ? 0 : file_choose(command);

	if (r == 0)
		r = document_read(command);
	if (r != 0)
		return r;
	left = leftovers_say(command) + beside_say(command);
	if (left > 0 && command->strict)
		return complain(EXIT_FAILED,
				"%u not understood, so no policy is written (--strict)", left);
	r = policy_make(command);
	if (r == 0)
		r = policy_put(command);
	if (r == 0 && left > 0)
		(void)complain(0, "%u not understood: nothing in the policy stands for it", left);
	if (r == 0 && command->md.has_list)
		(void)complain(0,
			       "%s lists what the agent can do: what changes files and is not in "
			       "the list is refused",
			       command->file);
	if (r == 0 && command->has_contents)
		(void)complain(0,
			       "the policy has rules about content: programs whose content cannot "
			       "be seen (static ones, node's TLS) do not reach the peers that they "
			       "are about; 'inspect: trust' in a rule lets them");
	return r;
}

int agents_md_command(int argc, char **argv)
{
	static struct command command;
	const struct option_row rows[] = {
		{ 'o', "output", OPTION_TEXT, &command.out, "OUT",
		  "write it to a file, which is not there yet" },
		{ 'f', "force", OPTION_FLAG, &command.force, NULL, "replace the file" },
		{ 0, "strict", OPTION_FLAG, &command.strict, NULL,
		  "write nothing, and fail, when anything is not understood" },
	};
	static const char usage[] = "agentos policy from-agents-md [OPTIONS] [FILE]";
	size_t count = sizeof(rows) / sizeof(rows[0]);
	struct fault fault = { 0 };
	int first = argc;
	int r = options_parse_mixed(rows, count, argc, argv, &first, &fault);

	if (r == OPTIONS_E_HELP)
		options_help(stdout, usage, "Write a policy from what an AGENTS.md says.", rows,
			     count);
	if (r == OPTIONS_E_VERSION)
		printf("agentos %s\n", AGENTOS_VERSION);
	if (r > 0)
		return 0;
	if (r == 0 && argc - first > 1)
		r = fault_set(&fault, -EINVAL, "one FILE at most; usage: %s", usage);
	if (r < 0)
		return complain(EXIT_USAGE, "%s", fault.text);
	command.file = first < argc ? argv[first] : NULL;
	r = run(&command);
	free(command.text);
	arena_release(&command.arena);
	return r;
}
