/* SPDX-License-Identifier: MIT */
/*
 * Where what agentos keeps lies: $XDG_STATE_HOME/agentos, else ~/.local/state/agentos.
 */
#ifndef AGENTOS_AUDIT_STATE_H
#define AGENTOS_AUDIT_STATE_H

/**
 * state_path() - the path of @name there; @name "" is the folder itself
 * @out: PATH_MAX bytes
 *
 * Return: 0, -ENOENT (no home) or -ENAMETOOLONG.
 */
int state_path(const char *name, char *out);

/** state_make_folder() - a folder that can be written, with all above it, 0700. Return: 0 or negative errno. */
int state_make_folder(const char *folder);

/** state_make_above() - every folder of @path up to its last slash. Return: as state_make_folder(). */
int state_make_above(const char *path);

/**
 * state_name_file() - give a file its name, unless something has it; not every file system can do it one way
 * Return: 0, also when something has it; or negative errno.
 */
int state_name_file(const char *from, const char *to);

#endif
