/* SPDX-License-Identifier: MIT */
/*
 * What stands in the packets of MySQL that are no plain text. Inside of this folder only.
 *
 * Sources: MySQL 8.4 source documentation, "Protocol::HandshakeResponse41", "COM_CHANGE_USER",
 * "COM_QUERY"; INFORMATION_SCHEMA.COLLATIONS for the numbers of character sets.
 */
#ifndef AGENTOS_PROTOCOLS_MYSQL_FIELDS_H
#define AGENTOS_PROTOCOLS_MYSQL_FIELDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MYSQL_CONNECT_WITH_DB (1u << 3)
#define MYSQL_COMPRESS (1u << 5)
#define MYSQL_PROTOCOL_41 (1u << 9)
#define MYSQL_SSL (1u << 11)
#define MYSQL_SECURE_CONNECTION (1u << 15)
#define MYSQL_LENENC_AUTH (1u << 21)
#define MYSQL_ZSTD (1u << 26)
#define MYSQL_QUERY_ATTRIBUTES (1u << 27)

#define MYSQL_FIXED_SIZE 32 /* of a HandshakeResponse41: flags, largest packet, collation, zeros */
#define MYSQL_DATABASE_SIZE 256 /* 64 characters */

/* How a text in a character set can be taken for one in UTF-8. */
enum mysql_reading {
	MYSQL_READS,	   /* as it is, as far as structure goes */
	MYSQL_READS_ASCII, /* when there are no other bytes in it */
	MYSQL_READS_NOTHING,
};

/* What a packet says about the session. */
struct mysql_session {
	uint32_t flags;
	char database[MYSQL_DATABASE_SIZE]; /* "": not known */
	enum mysql_reading reading;
};

/** mysql_session_respond() - read a HandshakeResponse41 of at least MYSQL_FIXED_SIZE bytes. */
void mysql_session_respond(struct mysql_session *session, const uint8_t *bytes, size_t size);

/** mysql_session_change() - read what follows the code of a COM_CHANGE_USER. */
void mysql_session_change(struct mysql_session *session, const uint8_t *bytes, size_t size);

/** mysql_session_see() - a text that may go: does it change how later ones are read? */
void mysql_session_see(struct mysql_session *session, const void *text, size_t size);

/** mysql_session_use() - the database is another one; one with a longer name is not known. */
void mysql_session_use(struct mysql_session *session, const void *name, size_t size);

/**
 * mysql_attributes_skip() - find the text of a COM_QUERY behind the query's attributes
 * @bytes: what follows the code
 *
 * Attributes are there when both sides want them, and the server's side is not seen. Where a server
 * that has none could find another text in these bytes, they are not taken.
 *
 * Return: how many bytes stand before the text; 0: this cannot be read.
 */
size_t mysql_attributes_skip(const uint8_t *bytes, size_t size);

#endif
