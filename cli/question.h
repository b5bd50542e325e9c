/* SPDX-License-Identifier: MIT */
/*
 * An action that somebody asks about in words, as the event that a run would judge.
 */
#ifndef AGENTOS_CLI_QUESTION_H
#define AGENTOS_CLI_QUESTION_H

#include <limits.h>

#include "cli/policies.h"
#include "common/event.h"
#include "common/url.h"

#define QUESTION_WORDS_MAX 64
#define QUESTION_LINE_MAX 256 /* of a script's first line, as the kernel: BINPRM_BUF_SIZE */

struct question {
	struct event event; /* its strings: of the words, or of this */
	struct content content;
	struct url url; /* of api_call */
	char path[PATH_MAX];
	char program[PATH_MAX];
	char script[PATH_MAX];
	char option[QUESTION_LINE_MAX]; /* of the script's interpreter */
	const char *argv[QUESTION_WORDS_MAX + 2];
	char *args; /* owned: what argv points into */
};

/**
 * question_read() - understand "ACTION field=value..."
 * @policies: read only; says what "~" and relative paths mean
 * @words:    @count words, at least one; borrowed
 * @out:      written also on failure; release with question_release()
 *
 * Paths are taken as a policy takes them, and links are resolved as the supervisor would: at the end
 * of a path too, unless the action is about the link itself.
 *
 * Return: 0, or negative errno with @fault set.
 */
int question_read(const struct policies *policies, int count, char **words, struct question *out,
		  struct fault *fault);

/**
 * question_path() - a path as a policy takes it: "~" is the home, relative to the workspace; resolved
 * @follow: also a link at its end
 * @out:    PATH_MAX bytes
 *
 * Return: 0, or negative errno with @fault set.
 */
int question_path(const struct policies *policies, const char *text, bool follow, char *out,
		  struct fault *fault);

/** question_release() - free what the question owns; may be done twice. */
void question_release(struct question *question);

/**
 * question_follow() - from a script to its interpreter, which is judged as well
 * @question: about executing a file; becomes the question about what runs it, with the arguments
 *            that this gets (of an interpreter that is itself a script, those of the first)
 *
 * Return: whether the file is a script.
 * Source: execve(2), "Interpreter scripts".
 */
bool question_follow(struct question *question);

#endif
