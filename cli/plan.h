/* SPDX-License-Identifier: MIT */
/*
 * What enforces a policy: which layer decides what, in words. What `agentos policy plan` prints.
 */
#ifndef AGENTOS_CLI_PLAN_H
#define AGENTOS_CLI_PLAN_H

#include <stdbool.h>

#include "common/event.h"
#include "rules/policy.h"

/** layer_of() - Return: by what a decision about an action is enforced; a literal. */
const char *layer_of(enum action action);

/** plan_print() - print the plan of a policy on standard output. Return: 0, or negative errno. */
int plan_print(const struct policy *policy, bool as_json);

#endif
