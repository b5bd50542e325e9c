/* SPDX-License-Identifier: MIT */
/*
 * What a session of PostgreSQL's is set to: by its first message, and by texts that change how later
 * ones are read. Inside of this folder only.
 */
#ifndef AGENTOS_PROTOCOLS_POSTGRESQL_SETTING_H
#define AGENTOS_PROTOCOLS_POSTGRESQL_SETTING_H

#include "protocols/query.h"

#define POSTGRESQL_DATABASE_SIZE 256 /* the server cuts it to 63 bytes */

struct postgresql_session {
	char database[POSTGRESQL_DATABASE_SIZE]; /* "": not known */
	bool is_doubtful;			 /* texts may be read otherwise than they look */
};

/** postgresql_target() - Return: whom a text of this session goes to. */
struct query_target postgresql_target(const struct postgresql_session *session,
				      const struct stream_asker *asker);

/**
 * postgresql_session_start() - read the parameters of a StartupMessage
 * @body: what follows the version; is changed
 *
 * Settings that programs make without being told to pass; each other one is asked for as the SET that
 * it stands for.
 *
 * Return: 0; STREAM_E_REFUSED; STREAM_E_UNREADABLE; -ENOMEM.
 */
int postgresql_session_start(struct postgresql_session *session, struct buffer *body,
			     const struct stream_asker *asker);

/** postgresql_session_see() - a text that may go: does it change how later ones are read? */
void postgresql_session_see(struct postgresql_session *session, const void *text, size_t size);

#endif
