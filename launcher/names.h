/* SPDX-License-Identifier: MIT */
/*
 * An act on names: made as the caller, while what was judged stays so.
 */
#ifndef AGENTOS_LAUNCHER_NAMES_H
#define AGENTOS_LAUNCHER_NAMES_H

#include "launcher/place.h"

/**
 * names_begin() - before the act: become the caller, and hold what names stand for
 * @place: what gets a new name, pinned and judged; NULL when nothing does
 * @other: the other name of an exchange; else NULL
 *
 * Checks again, where the meaning of a name depends on others beside it (launcher/gitfolder.h), and lets
 * nobody else make names meanwhile; neither while something is renamed.
 *
 * Return: 0; or negative errno, and names_end() is not to be called. A refusal is recorded.
 */
int names_begin(struct request *request, const struct place *place, const struct place *other);

/**
 * names_end() - after the act
 * @result: as a system call returns it, errno set
 *
 * Return: what to answer.
 */
int64_t names_end(struct request *request, long result);

/**
 * names_undo() - remove a file that was made just now, while its name is still its own
 * @place: the name
 * @fd:    the file
 */
void names_undo(struct request *request, const struct place *place, int fd);

/** names_refuse_git() - refuse a name that would make a git folder in disguise; records it. */
int names_refuse_git(struct request *request, const struct place *place);

#endif
