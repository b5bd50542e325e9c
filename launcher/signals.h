/* SPDX-License-Identifier: MIT */
/*
 * The signals that wait for a caller (/proc/TID/status, proc(5)): for calls that are held.
 */
#ifndef AGENTOS_LAUNCHER_SIGNALS_H
#define AGENTOS_LAUNCHER_SIGNALS_H

#include "launcher/request.h"

/** signals_interrupt() - whether the caller has one pending that would interrupt its call. */
bool signals_interrupt(const struct request *request);

/**
 * signals_end() - whether the caller has one pending that asks it to end
 *
 * SIGINT, SIGQUIT, SIGTERM, SIGHUP and SIGKILL, and any whose default is to end it and which it does not
 * catch. For calls that a person decides: a child's end, a resized window or a timer is no reason
 * to take a question away.
 */
bool signals_end(const struct request *request);

#endif
