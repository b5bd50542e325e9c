/* SPDX-License-Identifier: MIT */
/*
 * What the shim and the taps say to the supervisor: calls that no kernel has, which
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

/*
 * tap(operation, ...): what the taps see of content, before it leaves. Bytes that lie together are told in
 * registers; iov is an array of struct iovec, at most WIRE_TAP_PIECES_MAX of them.
 *
 *	HELLO(version)			WIRE_TAP_* bits of what the policy looks at
 *	DESCRIPTOR(fd)			1: a rule is about what is sent there; 0: none is
 *	SEND(fd, bytes, size, reply)	these bytes are about to be written
 *	SEND_PIECES(fd, iov, count, reply)	as SEND
 *	UNSENT(fd, iov, count)		these, the last of what SEND let go, did not leave: they
 *					will come again
 *	SESSION(random)			a TLS session is about to begin: its client's random
 *	SESSION_SEND(random, bytes, size, reply)  as SEND, in that session
 *	RESOLVE(name)			a NUL-terminated name is about to be looked up
 *	STATEMENT(text, size, reply, database)	SQLite is about to prepare this text
 *	PAIR(fd, fd)			two sockets have been made that lead to each other
 *
 * SEND and its like answer with WIRE_TAP_GO; WIRE_TAP_SEALED: go, and no more needs to be asked
 * about this descriptor; or a refusal: WIRE_TAP_REFUSED, and the length of what was written to
 * reply (WIRE_TAP_REPLY_SIZE bytes): what the peer would have answered, or, for STATEMENT and
 * RESOLVE, the sentence that explains it. Or a negative errno. Of a pipe also with WIRE_TAP_PART + n:
 * the first n bytes may go, the rest is to be asked about again; or WIRE_TAP_SKIP + n: the first n
 * bytes have been answered, and count as written.
 */
#define WIRE_NR_TAP 0x0a605003
#define WIRE_TAP_VERSION 2
#define WIRE_TAP_PIECES_MAX 1024
#define WIRE_TAP_REPLY_SIZE 2048
#define WIRE_TAP_PIECE_MAX (1u << 20) /* longer messages are asked about in pieces */
#define WIRE_RANDOM_SIZE 32

enum wire_tap {
	WIRE_TAP_HELLO,
	WIRE_TAP_DESCRIPTOR,
	WIRE_TAP_SEND,
	WIRE_TAP_SEND_PIECES,
	WIRE_TAP_UNSENT,
	WIRE_TAP_SESSION,
	WIRE_TAP_SESSION_SEND,
	WIRE_TAP_RESOLVE,
	WIRE_TAP_STATEMENT,
	WIRE_TAP_PAIR,
};

/* HELLO */
#define WIRE_TAP_STREAMS 1    /* what is sent to peers */
#define WIRE_TAP_NAMES 2      /* names that are looked up */
#define WIRE_TAP_STATEMENTS 4 /* of SQLite */
#define WIRE_TAP_INHERITED 8  /* a descriptor that a rule is about is open already */
#define WIRE_TAP_SHADOW 16    /* what cannot be seen is let go */
#define WIRE_TAP_PIPES 32     /* what is written to pipes: tool calls */

/* SEND */
#define WIRE_TAP_GO 0
#define WIRE_TAP_SEALED 1
#define WIRE_TAP_REFUSED 0x10000
#define WIRE_TAP_PART 0x1000000 /* and up to WIRE_TAP_PIECE_MAX */
#define WIRE_TAP_SKIP 0x2000000

/* The line that both the shim's side and the supervisor's side show (cli.md). */
#define WIRE_PROGRAM "agentos"

#endif
