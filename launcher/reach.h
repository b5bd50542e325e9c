/* SPDX-License-Identifier: MIT */
/*
 * What a supervisor may do to another process here: tried on a child, before anything is made.
 * Yama, a container's list of calls, or a security module may refuse each.
 */
#ifndef AGENTOS_LAUNCHER_REACH_H
#define AGENTOS_LAUNCHER_REACH_H

/* Each 0, or why not: negative errno. */
struct reach {
	int trace;  /* seize, stop and let go (ptrace(2)): without it no program can be verified */
	int memory; /* read: without it no argument is known */
	int sockets; /* duplicate a descriptor (pidfd_getfd(2)): without it calls on sockets are refused */
};

/** reach_probe() - try all of it. Return: 0, or negative errno when there could be no child. */
int reach_probe(struct reach *out);

/** reach_yama() - Return: kernel.yama.ptrace_scope, or -1 where there is no Yama. */
int reach_yama(void);

#endif
