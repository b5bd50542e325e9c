/* SPDX-License-Identifier: MIT */
/*
 * Git folders in disguise. Policies know a git folder by its name (".git", "*.git"); git knows it by
 * what is in it, under any name: a file `.git` that says "gitdir: x", or a bare repository, makes git
 * use x/config and run x/hooks. So the supervisor looks too: a folder that has both `objects` and
 * `refs` is a git folder, and its configuration and hooks are judged as if they lay in one that is called
 * so. It becomes one by mkdir only, and only with a configuration and hooks that run nothing.
 *
 * Source: gitrepository-layout(5); is_git_directory() in setup.c of git.
 */
#ifndef AGENTOS_LAUNCHER_GITFOLDER_H
#define AGENTOS_LAUNCHER_GITFOLDER_H

#include <limits.h>
#include <stdbool.h>

#include "launcher/place.h"

/**
 * gitfolder_concerns() - whether a name is one whose meaning depends on the folder
 * @place: described
 *
 * Looks at the text only. Such names are made, moved and linked while nobody else makes any.
 */
bool gitfolder_concerns(const struct place *place);

/**
 * gitfolder_holds() - whether a place is the configuration or the hooks of a git folder in disguise
 * @place: pinned and described
 *
 * Return: also true when its folder moves at this moment.
 */
bool gitfolder_holds(const struct place *place);

/**
 * gitfolder_alias() - the name by which policies know what gitfolder_holds() is about
 * @path:  canonical
 * @alias: PATH_MAX bytes: "X/.git/config" for "X/config"
 * @letters: whether "X/CONFIG" is such a name as well
 *
 * Return: @alias; @path when there is no such name, or it is too long.
 */
const char *gitfolder_alias(const char *path, char *alias, enum letters letters);

/**
 * gitfolder_completes() - whether a new name would make a git folder in disguise of its folder
 * @place: with its parent; nothing is there yet
 */
bool gitfolder_completes(const struct place *place);

/**
 * gitfolder_accept() - after a mkdir that made one: see that it runs nothing
 * @place: what was made
 *
 * Puts a copy in place of its configuration, since the file may be open for writing somewhere. To be called
 * while nobody else makes names, as the caller.
 *
 * Return: whether it may stay.
 */
bool gitfolder_accept(const struct place *place);

#endif
