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
 *
 * The default is SOURCES_DEFAULT, when there is anything of that name, even what cannot be read: a
 * policy that somebody put there is not passed over in silence. Otherwise the list stays empty,
 * which means `base` alone.
 */
void sources_choose(struct option_list *policies);

#endif
