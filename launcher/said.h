/* SPDX-License-Identifier: MIT */
/*
 * What is said on a channel, judged: each statement and request that the bytes complete, the bytes
 * themselves, and whom a request or a TLS session is for.
 */
#ifndef AGENTOS_LAUNCHER_SAID_H
#define AGENTOS_LAUNCHER_SAID_H

#include "launcher/channels.h"
#include "launcher/endpoint.h"

/**
 * said_judge() - judge @size bytes that are about to leave
 * @channel: held
 *
 * A TLS session that begins links its channel to this one, which is sealed from then on.
 *
 * Return: 0; 1 when they are refused, which is recorded, with the sentence in @request; negative errno.
 */
int said_judge(struct request *request, struct channel *channel, const uint8_t *bytes, size_t size);

/** said_otherwise() - other bytes come than were judged. Return: as said_judge(), 0 in shadow mode only. */
int said_otherwise(struct request *request, struct channel *channel);

#endif
