/* SPDX-License-Identifier: MIT */
/*
 * MySQL and MariaDB: packets of a length, a sequence number and a payload; one of 2^24-1 bytes goes on
 * in the next. The server speaks first; the client answers with packets of its own numbers until it is
 * let in. From then on a packet with number 0 is a command, and one with another number is part of an
 * exchange that the server has begun: a file that it asked for (LOAD DATA LOCAL), or the login of
 * another user. A server closes the connection when a number is not the one that it expects, so what
 * is taken for a file here is never taken for a command there; and it is taken for one only after a
 * text that asks for it.
 *
 * Sources: MySQL 8.4 source documentation, "Client/Server Protocol"; MariaDB Knowledge Base,
 * "Clients & Utilities: Client/Server Protocol"; my_net_read() in sql-common/net_serv.cc.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "protocols/mysql_fields.h"
#include "protocols/protocol.h"
#include "protocols/query.h"

#define PORT_MYSQL 3306
#define HEAD_SIZE 4
#define PAYLOAD_MAX 0xffffffu
#define RESPONSE_MAX (1u << 16)
#define ZEROS_AT 13 /* in the first packet with its head: 23 zeros; MariaDB uses the last four */
#define ZEROS_SIZE 19
#define TLS_HANDSHAKE 0x16

enum phase {
	PHASE_RESPONSE, /* to the server's greeting */
	PHASE_SWITCH,	/* TLS begins */
	PHASE_LOGIN,	/* what the server asks for until it lets in */
	PHASE_COMMANDS,
};

enum kind { KIND_RESPONSE, KIND_COMMAND, KIND_LOGIN, KIND_FILE };

struct mysql {
	enum phase phase;
	enum kind kind;	  /* of the payload that is being read */
	bool has_command; /* its first byte is there */
	bool is_kept;
	bool continues; /* in another packet */
	bool has_login; /* the last command was COM_CHANGE_USER */
	bool may_send;	/* the last command was a text that asks for a file */
	bool sends;	/* the last packet was one of a file, and not its end */
	uint8_t head[HEAD_SIZE];
	size_t head_size;
	uint8_t number; /* of the last packet */
	size_t left;	/* bytes to come of it */
	size_t size;	/* of the payload so far, with what is to come of the packet */
	struct buffer payload;
	struct mysql_session session;
};

enum form {
	FORM_UNKNOWN,
	FORM_NOTHING, /* it does nothing that a rule could be about */
	FORM_TEXT,    /* a text is its argument */
	FORM_QUERY,   /* the same, behind attributes */
	FORM_FIXED,   /* without argument, or with one that does not matter: @text */
	FORM_NAME,    /* @text and a name */
	FORM_KILL,    /* @text and a number */
	FORM_LOGIN,
};

/* Names like COM_REFRESH are no statements: rules do not understand them, and that is meant. */
static const struct command {
	uint8_t code;
	enum form form;
	const char *text;
} commands[] = {
	{ 0x01, FORM_NOTHING, "COM_QUIT" },
	{ 0x02, FORM_NAME, "USE " },
	{ 0x03, FORM_QUERY, "COM_QUERY" },
	{ 0x04, FORM_NAME, "SHOW COLUMNS FROM " },
	{ 0x05, FORM_NAME, "CREATE DATABASE " },
	{ 0x06, FORM_NAME, "DROP DATABASE " },
	{ 0x07, FORM_FIXED, "COM_REFRESH" },
	{ 0x08, FORM_FIXED, "SHUTDOWN" },
	{ 0x09, FORM_NOTHING, "COM_STATISTICS" },
	{ 0x0a, FORM_FIXED, "SHOW PROCESSLIST" },
	{ 0x0c, FORM_KILL, "KILL " },
	{ 0x0d, FORM_FIXED, "COM_DEBUG" },
	{ 0x0e, FORM_NOTHING, "COM_PING" },
	{ 0x11, FORM_LOGIN, "COM_CHANGE_USER" },
	{ 0x12, FORM_FIXED, "COM_BINLOG_DUMP" },
	{ 0x13, FORM_FIXED, "COM_TABLE_DUMP" },
	{ 0x15, FORM_FIXED, "COM_REGISTER_SLAVE" },
	{ 0x16, FORM_TEXT, "COM_STMT_PREPARE" },
	{ 0x17, FORM_NOTHING, "COM_STMT_EXECUTE" },
	{ 0x18, FORM_NOTHING, "COM_STMT_SEND_LONG_DATA" },
	{ 0x19, FORM_NOTHING, "COM_STMT_CLOSE" },
	{ 0x1a, FORM_NOTHING, "COM_STMT_RESET" },
	{ 0x1b, FORM_NOTHING, "COM_SET_OPTION" },
	{ 0x1c, FORM_NOTHING, "COM_STMT_FETCH" },
	{ 0x1e, FORM_FIXED, "COM_BINLOG_DUMP_GTID" },
	{ 0x1f, FORM_NOTHING, "COM_RESET_CONNECTION" },
	{ 0x20, FORM_FIXED, "COM_CLONE" },
	{ 0x21, FORM_FIXED, "COM_SUBSCRIBE_GROUP_REPLICATION_STREAM" },
	{ 0xfa, FORM_NOTHING, "COM_STMT_BULK_EXECUTE" },
};

static const struct command *command_of(uint8_t code)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (commands[i].code == code)
			return &commands[i];
	return NULL;
}

static size_t number(const uint8_t *at, size_t size)
{
	size_t value = 0;

	while (size-- > 0)
		value = value << 8 | at[size];
	return value;
}

/* Number 1, or 2 inside of the TLS that number 1 asked for. */
static enum guess mysql_guess(const uint8_t *bytes, size_t size, uint16_t port)
{
	if (size > 2 && (number(bytes, 3) < MYSQL_FIXED_SIZE || number(bytes, 3) > RESPONSE_MAX))
		return GUESS_NO;
	if (size > 3 && bytes[3] != 1 && bytes[3] != 2)
		return GUESS_NO;
	if (size > 5 && !(number(bytes + HEAD_SIZE, 2) & MYSQL_PROTOCOL_41))
		return GUESS_NO;
	if (size > 5 && port == PORT_MYSQL)
		return GUESS_YES;
	for (size_t i = ZEROS_AT; i < size && i < ZEROS_AT + ZEROS_SIZE; i++)
		if (bytes[i] != 0)
			return GUESS_NO;
	return size < ZEROS_AT + ZEROS_SIZE ? GUESS_MORE : GUESS_YES;
}

static void *mysql_start(bool is_tls)
{
	(void)is_tls;
	return calloc(1, sizeof(struct mysql));
}

static void mysql_end(void *state)
{
	struct mysql *mysql = state;

	if (!mysql)
		return;
	buffer_release(&mysql->payload);
	free(mysql);
}

static struct query_target target_of(const struct mysql *mysql, const struct stream_asker *asker)
{
	return (struct query_target){
		.asker = asker,
		.dialect = "mysql",
		.database = mysql->session.database[0] ? mysql->session.database : NULL,
	};
}

/* The server closes the connection when the flags are not to its liking, and so do we. */
static int read_response(struct mysql *mysql)
{
	const struct buffer *payload = &mysql->payload;
	bool is_inner = mysql->number == 2;
	bool is_request = payload->size == MYSQL_FIXED_SIZE;
	uint32_t flags;

	if (payload->size < MYSQL_FIXED_SIZE)
		return STREAM_E_UNREADABLE;
	flags = (uint32_t)number(payload->bytes, 4);
	if (!(flags & MYSQL_PROTOCOL_41) || (flags & (MYSQL_COMPRESS | MYSQL_ZSTD)))
		return STREAM_E_UNREADABLE;
	/* With the flag, TLS follows the first packet, whatever else is in it. */
	if (is_request != (!is_inner && (flags & MYSQL_SSL)))
		return STREAM_E_UNREADABLE;
	mysql_session_respond(&mysql->session, payload->bytes, payload->size);
	mysql->phase = is_request ? PHASE_SWITCH : PHASE_LOGIN;
	return 0;
}

/* Drops what stands before the text, and asks for it. */
static int ask_text(struct mysql *mysql, const struct stream_asker *asker, size_t before)
{
	static const char *const local[] = { "local", NULL }, *const infile[] = { "infile", NULL };
	const struct query_target target = target_of(mysql, asker);
	struct buffer *text = &mysql->payload;
	size_t size;
	int r;

	buffer_drop(text, before);
	size = text->size;
	if (mysql->session.reading == MYSQL_READS ||
	    (mysql->session.reading == MYSQL_READS_ASCII && query_is_plain(text->bytes, size)))
		r = query_ask(&target, text->bytes, size);
	else
		r = query_ask_unread(&target, text);
	if (r != 0)
		return r;
	mysql->may_send = query_mentions(text->bytes, size, local) &&
			  query_mentions(text->bytes, size, infile);
	mysql_session_see(&mysql->session, text->bytes, size);
	return 0;
}

static int ask_query(struct mysql *mysql, const struct stream_asker *asker)
{
	size_t before = 1;

	if (mysql->session.flags & MYSQL_QUERY_ATTRIBUTES) {
		size_t skipped = mysql_attributes_skip(mysql->payload.bytes + 1,
						       mysql->payload.size - 1);

		if (skipped == 0)
			return STREAM_E_UNREADABLE;
		before += skipped;
	}
	return ask_text(mysql, asker, before);
}

static int put(struct buffer *text, const void *bytes, size_t size)
{
	return buffer_add(text, bytes, size, STREAM_ASK_MAX);
}

static int write_name(struct buffer *text, const char *before, const uint8_t *name, size_t size)
{
	int r = put(text, before, strlen(before));

	if (r == 0)
		r = put(text, "`", 1);
	for (size_t i = 0; r == 0 && i < size; i++) {
		if (name[i] == '`')
			r = put(text, "`", 1);
		if (r == 0)
			r = put(text, name + i, 1);
	}
	return r == 0 ? put(text, "`", 1) : r;
}

/* The name is all that follows, but for COM_FIELD_LIST, which has a pattern behind it. */
static int ask_name(struct mysql *mysql, const struct command *command,
		    const struct stream_asker *asker)
{
	const struct query_target target = target_of(mysql, asker);
	const uint8_t *name = mysql->payload.bytes + 1;
	size_t size = mysql->payload.size - 1;
	struct buffer text = { 0 };
	int r;

	if (command->code == 0x04)
		size = strnlen((const char *)name, size);
	r = write_name(&text, command->text, name, size);
	if (r == 0)
		r = query_ask(&target, text.bytes, text.size);
	buffer_release(&text);
	if (r == 0 && command->code == 0x02)
		mysql_session_use(&mysql->session, name, size);
	return r;
}

static int ask_kill(struct mysql *mysql, const struct stream_asker *asker)
{
	const struct query_target target = target_of(mysql, asker);
	char text[32] = "KILL ", digits[16];
	size_t used = strlen(text), count = 0, id;

	if (mysql->payload.size != 5)
		return STREAM_E_UNREADABLE;
	id = number(mysql->payload.bytes + 1, 4);
	do
		digits[count++] = (char)('0' + id % 10);
	while ((id /= 10) > 0);
	while (count > 0)
		text[used++] = digits[--count];
	return query_ask(&target, text, used);
}

static int read_command(struct mysql *mysql, const struct stream_asker *asker)
{
	const struct query_target target = target_of(mysql, asker);
	const struct command *command;

	if (mysql->payload.size == 0)
		return STREAM_E_UNREADABLE;
	command = command_of(mysql->payload.bytes[0]);
	if (!command)
		return STREAM_E_UNREADABLE;
	mysql->may_send = false;
	mysql->has_login = command->form == FORM_LOGIN;
	switch (command->form) {
	case FORM_TEXT:
		return ask_text(mysql, asker, 1);
	case FORM_QUERY:
		return ask_query(mysql, asker);
	case FORM_FIXED:
		return query_ask(&target, command->text, strlen(command->text));
	case FORM_NAME:
		return ask_name(mysql, command, asker);
	case FORM_KILL:
		return ask_kill(mysql, asker);
	case FORM_LOGIN:
		mysql_session_change(&mysql->session, mysql->payload.bytes + 1,
				     mysql->payload.size - 1);
		return 0;
	default:
		return 0;
	}
}

/* A payload is over. */
static int read_payload(struct mysql *mysql, const struct stream_asker *asker)
{
	int r = 0;

	if (mysql->kind == KIND_RESPONSE)
		r = read_response(mysql);
	else if (mysql->kind == KIND_COMMAND)
		r = read_command(mysql, asker);
	mysql->sends = mysql->kind == KIND_FILE && mysql->size > 0;
	mysql->payload.size = 0;
	return r;
}

/* What a packet with this number is, where the last one is over. Return: whether it may come. */
static bool choose_kind(struct mysql *mysql, uint8_t next)
{
	uint8_t after = (uint8_t)(mysql->number + 1);

	if (mysql->phase == PHASE_RESPONSE) {
		mysql->kind = KIND_RESPONSE;
		return next == 1 || next == 2;
	}
	if (mysql->sends && next == after) { /* 255 is followed by 0, which is no command then */
		mysql->kind = KIND_FILE;
		return true;
	}
	if (next == 0) {
		mysql->phase = PHASE_COMMANDS;
		mysql->kind = KIND_COMMAND;
		return true;
	}
	if (mysql->phase == PHASE_LOGIN || mysql->has_login) {
		mysql->kind = KIND_LOGIN;
		return next == (uint8_t)(after + 1);
	}
	mysql->kind = KIND_FILE;
	return mysql->may_send && next > 1 && !mysql->sends;
}

/* The head of a packet is there. Return: 0, or STREAM_E_UNREADABLE. */
static int begin_packet(struct mysql *mysql)
{
	uint8_t next = mysql->head[3];

	mysql->head_size = 0;
	mysql->left = number(mysql->head, 3);
	if (mysql->continues) {
		if (next != (uint8_t)(mysql->number + 1))
			return STREAM_E_UNREADABLE;
	} else {
		if (!choose_kind(mysql, next))
			return STREAM_E_UNREADABLE;
		mysql->has_command = false;
		mysql->is_kept = mysql->kind == KIND_RESPONSE;
		mysql->size = 0;
	}
	mysql->number = next;
	mysql->size += mysql->left < STREAM_ASK_MAX - mysql->size ? mysql->left
								  : STREAM_ASK_MAX - mysql->size;
	mysql->continues = mysql->left == PAYLOAD_MAX;
	return mysql->kind == KIND_RESPONSE && mysql->left > RESPONSE_MAX ? STREAM_E_UNREADABLE : 0;
}

/* Keeps the first byte of a command, and the rest of those that are asked for. */
static int take_payload(struct mysql *mysql, const uint8_t *bytes, size_t size, size_t *used)
{
	bool is_first = mysql->kind == KIND_COMMAND && !mysql->has_command;

	*used = is_first ? 1 : size < mysql->left ? size : mysql->left;
	mysql->left -= *used;
	if (is_first) {
		const struct command *command = command_of(*bytes);

		if (!command)
			return STREAM_E_UNREADABLE;
		mysql->has_command = true;
		mysql->is_kept = command->form != FORM_NOTHING && command->form != FORM_FIXED;
	}
	return is_first || mysql->is_kept
		       ? buffer_add(&mysql->payload, bytes, *used, STREAM_ASK_MAX)
		       : 0;
}

static int take(struct mysql *mysql, const uint8_t *bytes, size_t size,
		const struct stream_asker *asker, size_t *used)
{
	int r;

	if (mysql->left > 0) {
		r = take_payload(mysql, bytes, size, used);
	} else {
		*used = HEAD_SIZE - mysql->head_size < size ? HEAD_SIZE - mysql->head_size : size;
		memcpy(mysql->head + mysql->head_size, bytes, *used);
		mysql->head_size += *used;
		if (mysql->head_size < HEAD_SIZE)
			return 0;
		r = begin_packet(mysql);
	}
	if (r != 0 || mysql->left > 0 || mysql->continues)
		return r;
	return read_payload(mysql, asker);
}

static int mysql_feed(void *state, const uint8_t *bytes, size_t size,
		      const struct stream_asker *asker, bool *out_switch, size_t *out_used)
{
	struct mysql *mysql = state;
	size_t at = 0;

	while (at < size) {
		size_t used = 0;
		int r;

		if (mysql->phase == PHASE_SWITCH) {
			*out_switch = true;
			*out_used = at;
			return bytes[at] == TLS_HANDSHAKE ? 0 : STREAM_E_UNREADABLE;
		}
		r = take(mysql, bytes + at, size - at, asker, &used);
		if (r != 0)
			return r;
		at += used;
	}
	return 0;
}

/* An ERR packet: to a login, that access is denied; to a command, that this is no right of the user's. */
static size_t mysql_refuse(const void *state, const char *text, char *out, size_t size)
{
	static const char login[] = "\xff\x15\x04#28000", command[] = "\xff\x76\x04#42000";
	const struct mysql *mysql = state;
	const char *start = mysql->phase == PHASE_COMMANDS ? command : login;
	size_t used = HEAD_SIZE + sizeof(login) - 1;
	size_t length;

	if (size < used)
		return 0;
	memcpy(out + HEAD_SIZE, start, sizeof(login) - 1);
	used += query_line(text, out + used, size - used);
	length = used - HEAD_SIZE;
	for (size_t i = 0; i < 3; i++, length >>= 8)
		out[i] = (char)(length & 0xff);
	out[3] = (char)(mysql->number + 1);
	return used;
}

const struct protocol protocol_mysql = {
	.name = "mysql",
	.is_understood = true,
	.guess = mysql_guess,
	.start = mysql_start,
	.feed = mysql_feed,
	.refuse = mysql_refuse,
	.end = mysql_end,
};
