/* SPDX-License-Identifier: MIT */
/* link: -lgnutls */
/*
 * A package that brings GnuTLS: each way to begin, to write, to read, and to end.
 */
#include <gnutls/gnutls.h>

#include "tests/support/package.h"

static gnutls_certificate_credentials_t credentials;

__attribute__((constructor)) static void start(void)
{
	(void)gnutls_certificate_allocate_credentials(&credentials);
}

struct session {
	gnutls_session_t tls;
	int fd;
};

static bool is_again(ssize_t result)
{
	return result == GNUTLS_E_AGAIN || result == GNUTLS_E_INTERRUPTED;
}

static void gnutls_close(void *connection)
{
	struct session *session = connection;

	gnutls_deinit(session->tls);
	(void)close(session->fd);
	free(session);
}

static void *gnutls_open(const char *where)
{
	struct session *session = calloc(1, sizeof(*session));
	int result;

	if (!session)
		return NULL;
	session->fd = dial(where);
	(void)gnutls_init(&session->tls, GNUTLS_CLIENT);
	(void)gnutls_set_default_priority(session->tls);
	(void)gnutls_credentials_set(session->tls, GNUTLS_CRD_CERTIFICATE, credentials);
	gnutls_transport_set_int(session->tls, session->fd);
	do
		result = gnutls_handshake(session->tls);
	while (is_again(result));
	if (result == 0)
		return session;
	printf("FAILED: %s\n", gnutls_strerror(result));
	gnutls_close(session);
	return NULL;
}

/*
 * What is asked for.
 */

typedef ssize_t write_way(gnutls_session_t tls, const void *bytes, size_t size);
typedef ssize_t read_way(gnutls_session_t tls, void *buf, size_t size);

static ssize_t by_send2(gnutls_session_t tls, const void *bytes, size_t size)
{
	return gnutls_record_send2(tls, bytes, size, 0, 0);
}

/* A byte, and as many as are said to be there. */
static ssize_t by_pending(gnutls_session_t tls, void *buf, size_t size)
{
	ssize_t got = gnutls_record_recv(tls, buf, 1);
	size_t pending = gnutls_record_check_pending(tls);

	if (got != 1 || pending == 0 || pending >= size)
		return got;
	got += gnutls_record_recv(tls, (char *)buf + 1, pending);
	return got == (ssize_t)pending + 1 ? got : -1;
}

static enum asked ask_by(struct session *session, const char *name, write_way *write_it,
			 read_way *read_it)
{
	char text[4096];
	size_t size = request(text, name);
	ssize_t result;

	result = write_it(session->tls, text, size);
	/* It keeps what it could not send. */
	while (is_again(result))
		result = write_it(session->tls, NULL, 0);
	if (result != (ssize_t)size)
		return ASKED_FAILED;
	size = 0;
	text[0] = '\0';
	while (size < sizeof(text) - 1 && !answer_is_whole(text, size)) {
		result = read_it(session->tls, text + size, sizeof(text) - 1 - size);
		if (result <= 0 && !is_again(result))
			break;
		size += result > 0 ? (size_t)result : 0;
		text[size] = '\0';
	}
	return answer_of(text);
}

static enum asked gnutls_ask(void *connection, const char *name)
{
	return ask_by(connection, name, gnutls_record_send, gnutls_record_recv);
}

/*
 * Each hook.
 */

static void both(const char *where, const char *hook, write_way *write_it, read_way *read_it)
{
	struct session *session = gnutls_open(where);
	char name[64], line[64];
	enum asked ok = ASKED_FAILED, secret = ASKED_FAILED;

	if (session) {
		(void)snprintf(name, sizeof(name), "ok-tls-%s", hook);
		ok = ask_by(session, name, write_it, read_it);
		(void)snprintf(name, sizeof(name), "SECRET-tls-%s", hook);
		secret = ask_by(session, name, write_it, read_it);
		gnutls_close(session);
	}
	(void)snprintf(line, sizeof(line), "%s, %s", asked_text(ok), asked_text(secret));
	said(hook, line);
}

/* What nobody sees is not sent. */
static void denied(const char *where)
{
	struct session *session = gnutls_open(where);

	if (!session)
		return;
	said("gnutls_record_send_early_data",
	     gnutls_record_send_early_data(session->tls, "x", 1) < 0 ? "refused" : "FAILED");
	said("gnutls_record_send_file",
	     gnutls_record_send_file(session->tls, 0, NULL, 1) < 0 ? "refused" : "FAILED");
	said("a session that could not", asked_text(gnutls_ask(session, "ok-denied")));
	gnutls_close(session);
}

/* At the address of one that was refused there may be another. */
static void freed(const char *where)
{
	bool is_good = true;

	for (int i = 0; i < 20; i++) {
		struct session *session = gnutls_open(where);
		char name[64];

		(void)snprintf(name, sizeof(name), "ok-freed-%d", i);
		is_good = is_good && session && gnutls_ask(session, name) == ASKED_DONE &&
			  gnutls_ask(session, "SECRET-freed") == ASKED_REFUSED;
		if (session)
			gnutls_close(session);
	}
	said("gnutls_deinit", is_good ? "passes, refused" : "FAILED");
}

static void gnutls_each(const char *where)
{
	both(where, "gnutls_handshake", gnutls_record_send, gnutls_record_recv);
	both(where, "gnutls_record_send", gnutls_record_send, gnutls_record_recv);
	both(where, "gnutls_record_send2", by_send2, gnutls_record_recv);
	both(where, "gnutls_record_recv", gnutls_record_send, gnutls_record_recv);
	both(where, "gnutls_record_check_pending", gnutls_record_send, by_pending);
	denied(where);
	freed(where);
}

const struct package *package(void)
{
	static const struct package gnutls = {
		.is_born = true,
		.open = gnutls_open,
		.ask = gnutls_ask,
		.close = gnutls_close,
		.each = gnutls_each,
	};

	return &gnutls;
}
