/* SPDX-License-Identifier: MIT */
/*
 * The level of a run: which layers this machine has, and whether the user accepts what it lacks.
 */
#ifndef AGENTOS_LAUNCHER_LEVEL_H
#define AGENTOS_LAUNCHER_LEVEL_H

#include "launcher/run.h"

/**
 * level_probe() - find out the layers: sets @run's landlock, has_sockets, shim and level
 * Return: 0, or negative errno with @fault set: a layer is missing, and its loss is not accepted.
 */
int level_probe(struct run *run, struct fault *fault);

/**
 * level_check_policy() - whether each rule of the run's policy has a layer that enforces it; sets
 * @run's taps and content_actions
 * Return: 0, or -ENOTSUP with @fault set.
 */
int level_check_policy(struct run *run, struct fault *fault);

/**
 * level_bound() - make the control group that bounds the run, where it has such limits and the machine lets us
 * Return: 0, or -ENOTSUP with @fault set: a limit of the policy is enforced by nothing, and that is not accepted.
 */
int level_bound(struct run *run, struct fault *fault);

#endif
