/* SPDX-License-Identifier: MIT */
/*
 * What the shim says to the supervisor: two calls that no kernel has, which
 * the filter notifies. Without a supervisor the kernel answers ENOSYS, so the
 * shim needs no other sign to know that it is on its own.
 *
 * Nothing here is trusted: a process that fakes these calls is believed to be
 * shimmed, which grants nothing, or reads the explanation of its own refusals.
 */
#ifndef AGENTOS_COMMON_WIRE_H
#define AGENTOS_COMMON_WIRE_H

/*
 * hello(version): returns a set of WIRE_HELLO_* bits, or -ENOSYS.
 * The numbers are far above any that a kernel will give out soon, and differ
 * from the x32 bit (0x40000000).
 */
#define WIRE_NR_HELLO 0x0a605001
#define WIRE_VERSION 1
#define WIRE_HELLO_EXPLAIN 1 /* the shim is to print explanations on descriptor 2 */

/*
 * explain(buf, size): the sentence about the caller's (this thread's) last
 * refusal by policy, when it has not been told before in this process. Returns the length
 * written into @buf (a line that ends in a newline, not NUL-terminated), or 0 when there
 * is nothing to say.
 */
#define WIRE_NR_EXPLAIN 0x0a605002
#define WIRE_EXPLAIN_SIZE 1024

/* The line that both the shim's side and the supervisor's side show (cli.md). */
#define WIRE_PROGRAM "agentos"

#endif
