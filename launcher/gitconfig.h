/* SPDX-License-Identifier: MIT */
/*
 * git changes a repository's configuration by writing config.lock and renaming
 * it onto config. A configuration can make every later git command of the user
 * run a program (core.fsmonitor, aliases, filters, ...), so the policy keeps
 * agents from writing it; yet init, clone, branch and push must go on working. So
 * the supervisor reads what is about to become the configuration, and says
 * whether it holds only settings that run nothing.
 *
 * Source: git-config(1), the list of variables.
 */
#ifndef AGENTOS_LAUNCHER_GITCONFIG_H
#define AGENTOS_LAUNCHER_GITCONFIG_H

#include <stdbool.h>

#include "launcher/place.h"

/**
 * gitconfig_is_harmless() - whether a new configuration adds nothing that runs programs
 * @from: the file that is to become the configuration
 * @to:   the configuration in force, if there is one; lines that it already has are kept
 *
 * Return: false also for anything not understood, unreadable or larger than 256 KiB.
 */
bool gitconfig_is_harmless(const struct place *from, const struct place *to);

/**
 * gitconfig_replace() - put the checked content in place of a rename
 *
 * The file that was checked may still be open for writing somewhere, so its
 * content is checked once more while it is copied into a new file, and that one is renamed onto
 * @to; @from is then removed.
 *
 * Return: 0, or -1 with errno, as rename(2).
 */
int gitconfig_replace(const struct place *from, const struct place *to);

/**
 * gitconfig_renew() - check the configuration of a folder, and put a copy in its place
 * @folder: pinned
 * @path:   canonical, of the configuration
 *
 * Return: whether there is none, or it is a plain file that is harmless and was replaced.
 */
bool gitconfig_renew(int folder, const char *path);

/**
 * gitconfig_text_is_harmless() - the same on texts
 * @new_text, @old_text: NUL-terminated; @old_text may be ""
 * @path: canonical, of the configuration: core.worktree may lead no further than where the
 *        repository lies that it is of
 */
bool gitconfig_text_is_harmless(const char *new_text, const char *old_text, const char *path);

#endif
