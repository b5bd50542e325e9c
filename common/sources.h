/* SPDX-License-Identifier: MIT */
/*
 * Which policies hold when the command line names none: the same for a run, and
 * for each command that says what a run would do.
 */
#ifndef AGENTOS_COMMON_SOURCES_H
#define AGENTOS_COMMON_SOURCES_H

#include "common/options.h"

#define SOURCES_DEFAULT "./agentos.yaml"

/**
 * sources_choose() - put the default policy into an empty list
 * @policies: what --policy named; left as it is when it names anything
 * @command:  what will run, by name or path; NULL: nothing
 *
 * The default is SOURCES_DEFAULT, when there is anything of that name, even what cannot be read: a
 * policy that somebody put there is not passed over in silence. Otherwise it is the built-in profile
 * of the name that @command has without its folders. Otherwise the list stays empty, which means
 * `base` alone.
 */
void sources_choose(struct option_list *policies, const char *command);

/** sources_profile() - Return: the name of the profile for a command (a literal), or NULL. */
const char *sources_profile(const char *command);

#endif
