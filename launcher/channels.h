/* SPDX-License-Identifier: MIT */
/*
 * The channels that rules about content are about: connections, by the inode of their socket, and
 * TLS sessions, by the random of their client, each with what has been sent on it so far.
 *
 * A connection is entered when it is made. A session is announced by the taps before it begins, and
 * linked to the connection on which its ClientHello is seen; what was not announced is a session
 * whose content nobody sees, and is refused there.
 */
#ifndef AGENTOS_LAUNCHER_CHANNELS_H
#define AGENTOS_LAUNCHER_CHANNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/event.h"
#include "common/wire.h"
#include "protocols/buffer.h"
#include "protocols/stream.h"
#include "rules/plan.h"

#define CHANNELS_MAX 16384
/* What is kept of what was sent last: a pattern or number may begin there and end in what comes. */
#define CHANNEL_TAIL_MAX 4096

/* What a channel is known by: an inode, or a client's random. */
struct channel_key {
	bool is_session;
	uint8_t bytes[WIRE_RANDOM_SIZE];
};

struct channel {
	struct channel_key key;
	/* Whom it leads to. */
	char host[256]; /* a name that the peer's address was resolved from; "": none */
	struct in6_addr ip;
	bool has_ip;
	uint16_t port;
	enum protocol protocol;
	struct policy_concern concern; /* what rules are about there */
	/* What is sent. */
	struct stream *stream; /* owned; NULL: nothing yet, or datagrams */
	struct buffer tail;    /* of what was sent: send_data */
	struct buffer unsent;  /* was judged, did not leave, and will come again */
	bool is_datagrams;
	bool is_linked;	 /* of a session: its connection is known */
	bool is_sealed;	 /* of a connection: a session has begun, and what is sent is enciphered */
	bool is_refused; /* it has been answered for the peer */
	struct buffer answer; /* what was answered; empty: nothing, or it was said twice */
	uint64_t inode;	      /* of the socket that it uses */
	int fd;		      /* which the caller had it as, when it was seen last */
	/* Of a pipe, or a pair of sockets, to another process of the run: launcher/pipes.h. */
	bool is_pipe;
	bool is_inside_line;	/* what was let go last does not end a line */
	bool is_inside_refused; /* what was left out last does not */
	uint64_t pair;		/* the inode of the other socket; 0: a pipe, or not known */
	struct buffer left_out; /* was refused when what is before it was let go; to come next */
	int64_t left_out_result;
};

struct channels;

/** channels_new() - Return: none yet, owned; NULL when memory is short. */
struct channels *channels_new(void);

/** channels_free() - when nobody holds one any more; NULL is allowed. */
void channels_free(struct channels *channels);

/** channel_key_of_socket() - Return: the key of a connection. */
struct channel_key channel_key_of_socket(uint64_t inode);

/** channel_key_of_session() - Return: the key of a session; @random: WIRE_RANDOM_SIZE bytes. */
struct channel_key channel_key_of_session(const uint8_t *random);

/**
 * channels_enter() - a new channel under a key; one that was there is forgotten
 *
 * Return: it, held: for this thread alone until channel_leave(). NULL when memory is short, or all
 * are held. When there are too many, the one that was used longest ago is forgotten: what is sent
 * there is refused from then on.
 */
struct channel *channels_enter(struct channels *channels, const struct channel_key *key);

/** channels_find() - Return: the channel of a key, held; NULL: there is none. */
struct channel *channels_find(struct channels *channels, const struct channel_key *key);

/** channels_has() - whether there is a channel of this key. */
bool channels_has(struct channels *channels, const struct channel_key *key);

/** channels_pair() - Return: the inode of the other socket of the channel of this key; 0: none is known now. */
uint64_t channels_pair(struct channels *channels, const struct channel_key *key);

/** channels_forget() - there is no channel of this key any more. */
void channels_forget(struct channels *channels, const struct channel_key *key);

/** channels_are_empty() - whether no channel has ever been entered. */
bool channels_are_empty(struct channels *channels);

/** channel_leave() - let others have it. */
void channel_leave(struct channels *channels, struct channel *channel);

#endif
