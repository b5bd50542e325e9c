/* SPDX-License-Identifier: MIT */
/* link: -lssl -lcrypto */
/*
 * A package that brings OpenSSL: each way to begin, to write, to read, and to end.
 */
#include <fcntl.h>
#include <openssl/ssl.h>
#include <poll.h>

#include "tests/support/package.h"

static SSL_CTX *context;

__attribute__((constructor)) static void start(void)
{
	context = SSL_CTX_new(TLS_client_method());
}

struct session {
	SSL *ssl;
	int fd;
	bool is_moved; /* the bytes are moved by this package, not by the library */
};

/* Both ways, as event loops do. Return: whether the peer is still there. */
static bool move(struct session *session)
{
	char bytes[16384];
	int size;
	ssize_t got;

	while ((size = BIO_read(SSL_get_wbio(session->ssl), bytes, sizeof(bytes))) > 0)
		if (send(session->fd, bytes, (size_t)size, MSG_NOSIGNAL) != size)
			return false;
	do
		got = recv(session->fd, bytes, sizeof(bytes), 0);
	while (got < 0 && errno == EINTR);
	return got > 0 && BIO_write(SSL_get_rbio(session->ssl), bytes, (int)got) == got;
}

/* Whether a call that returned @result is to be made again. */
static bool is_again(struct session *session, int result)
{
	int error = SSL_get_error(session->ssl, result);

	if (result > 0 || (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE))
		return false;
	return !session->is_moved || move(session);
}

typedef int begin_way(SSL *ssl);

static int by_nothing(SSL *ssl)
{
	int result = SSL_write(ssl, "", 0);

	return result == 0 && SSL_is_init_finished(ssl) ? 1 : result;
}

static int by_nothing_ex(SSL *ssl)
{
	size_t written;
	int result = SSL_write_ex(ssl, "", 0, &written);

	return SSL_is_init_finished(ssl) ? 1 : result;
}

/* While nothing can be read yet, for it does not wait. */
static int by_reading(SSL *ssl)
{
	struct pollfd waits = { .fd = SSL_get_fd(ssl), .events = POLLIN };
	int flags = fcntl(waits.fd, F_GETFL);
	char byte;

	(void)fcntl(waits.fd, F_SETFL, flags | O_NONBLOCK);
	while (SSL_peek(ssl, &byte, 1) <= 0 && !SSL_is_init_finished(ssl) &&
	       SSL_get_error(ssl, -1) == SSL_ERROR_WANT_READ)
		(void)poll(&waits, 1, -1);
	(void)fcntl(waits.fd, F_SETFL, flags);
	return SSL_is_init_finished(ssl);
}

static struct session *begin(const char *where, begin_way *how, bool is_moved)
{
	struct session *session = calloc(1, sizeof(*session));
	int result;

	if (!session)
		return NULL;
	session->fd = dial(where);
	session->ssl = SSL_new(context);
	session->is_moved = is_moved;
	if (is_moved)
		SSL_set_bio(session->ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
	else
		SSL_set_fd(session->ssl, session->fd);
	SSL_set_connect_state(session->ssl);
	do
		result = how(session->ssl);
	while (is_again(session, result));
	if (result == 1)
		return session;
	SSL_free(session->ssl);
	(void)close(session->fd);
	free(session);
	return NULL;
}

static void *ssl_open(const char *where)
{
	return begin(where, SSL_connect, false);
}

static void ssl_close(void *connection)
{
	struct session *session = connection;

	SSL_free(session->ssl);
	(void)close(session->fd);
	free(session);
}

/*
 * What is asked for.
 */

typedef int write_way(SSL *ssl, const void *bytes, int size);
typedef int read_way(SSL *ssl, void *buf, int size);

static int by_write_ex(SSL *ssl, const void *bytes, int size)
{
	size_t written;

	return SSL_write_ex(ssl, bytes, (size_t)size, &written) ? (int)written : 0;
}

static int by_read_ex(SSL *ssl, void *buf, int size)
{
	size_t got;

	return SSL_read_ex(ssl, buf, (size_t)size, &got) ? (int)got : 0;
}

/* What was looked at is there to be read. */
static int by_peek(SSL *ssl, void *buf, int size)
{
	char again[4096];
	int got = SSL_peek(ssl, buf, size);

	if (got > 0 && (SSL_read(ssl, again, got) != got || memcmp(again, buf, (size_t)got) != 0))
		return -1;
	return got;
}

static int by_peek_ex(SSL *ssl, void *buf, int size)
{
	size_t got;

	return SSL_peek_ex(ssl, buf, (size_t)size, &got) ? SSL_read(ssl, buf, (int)got) : 0;
}

/* A byte, and as many as are said to be there. */
static int by_pending(SSL *ssl, void *buf, int size)
{
	int got = SSL_read(ssl, buf, 1);
	int pending = SSL_pending(ssl);

	if (got != 1 || pending == 0 || pending >= size)
		return got;
	return SSL_read(ssl, (char *)buf + 1, pending) == pending ? 1 + pending : -1;
}

static int by_has_pending(SSL *ssl, void *buf, int size)
{
	int got = SSL_read(ssl, buf, 1);

	if (got == 1 && SSL_has_pending(ssl))
		got += SSL_read(ssl, (char *)buf + 1, size - 1);
	return got;
}

static enum asked ask_by(struct session *session, const char *name, write_way *write_it,
			 read_way *read_it)
{
	char text[4096];
	size_t size = request(text, name);
	int result;

	do
		result = write_it(session->ssl, text, (int)size);
	while (is_again(session, result));
	if (result != (int)size)
		return ASKED_FAILED;
	size = 0;
	text[0] = '\0';
	while (size < sizeof(text) - 1 && !answer_is_whole(text, size)) {
		if (session->is_moved && SSL_pending(session->ssl) == 0 &&
		    BIO_pending(SSL_get_wbio(session->ssl)) > 0 && !move(session))
			break;
		result = read_it(session->ssl, text + size, (int)(sizeof(text) - 1 - size));
		if (result <= 0 && !is_again(session, result))
			break;
		size += result > 0 ? (size_t)result : 0;
		text[size] = '\0';
	}
	return answer_of(text);
}

static enum asked ssl_ask(void *connection, const char *name)
{
	return ask_by(connection, name, SSL_write, SSL_read);
}

/*
 * Each hook.
 */

static void both(const char *where, const char *hook, struct session *session, write_way *write_it,
		 read_way *read_it)
{
	char name[64], line[64];
	enum asked ok = ASKED_FAILED, secret = ASKED_FAILED;

	(void)where;
	if (session) {
		(void)snprintf(name, sizeof(name), "ok-ssl-%s", hook);
		ok = ask_by(session, name, write_it, read_it);
		(void)snprintf(name, sizeof(name), "SECRET-ssl-%s", hook);
		secret = ask_by(session, name, write_it, read_it);
		ssl_close(session);
	}
	(void)snprintf(line, sizeof(line), "%s, %s", asked_text(ok), asked_text(secret));
	said(hook, line);
}

/* Behind a refusal, the session ends as by the peer. */
static void ended(const char *where)
{
	struct session *session = begin(where, SSL_connect, false);
	char byte;
	int result;

	if (!session)
		return;
	if (ssl_ask(session, "SECRET-end") != ASKED_REFUSED) {
		said("the end", "FAILED: it was not refused");
	} else {
		result = SSL_read(session->ssl, &byte, 1);
		said("SSL_get_error", SSL_get_error(session->ssl, result) == SSL_ERROR_ZERO_RETURN
					      ? "the end"
					      : "FAILED");
		said("SSL_get_shutdown",
		     SSL_get_shutdown(session->ssl) & SSL_RECEIVED_SHUTDOWN ? "the end" : "FAILED");
		said("SSL_shutdown", SSL_shutdown(session->ssl) == 1 ? "the end" : "FAILED");
	}
	ssl_close(session);
}

/* What nobody sees is not sent. */
static void denied(const char *where)
{
	struct session *session = begin(where, SSL_connect, false);
	size_t written;

	if (!session)
		return;
	said("SSL_sendfile", SSL_sendfile(session->ssl, 0, 0, 1, 0) < 0 ? "refused" : "FAILED");
	said("SSL_write_early_data",
	     !SSL_write_early_data(session->ssl, "x", 1, &written) ? "refused" : "FAILED");
	said("a session that could not", asked_text(ssl_ask(session, "ok-denied")));
	ssl_close(session);
}

/* The same object for one session after the other, the first of which was refused. */
static void cleared(const char *where)
{
	struct session *session = begin(where, SSL_connect, false);

	if (!session)
		return;
	(void)ssl_ask(session, "SECRET-clear");
	(void)close(session->fd);
	session->fd = dial(where);
	if (!SSL_clear(session->ssl) || !SSL_set_fd(session->ssl, session->fd) ||
	    SSL_connect(session->ssl) != 1)
		said("SSL_clear", "FAILED to begin again");
	else
		said("SSL_clear", asked_text(ssl_ask(session, "ok-clear")));
	ssl_close(session);
}

/* At the address of one that was refused there may be another. */
static void freed(const char *where)
{
	bool is_good = true;

	for (int i = 0; i < 20; i++) {
		struct session *session = begin(where, SSL_connect, false);
		char name[64];

		(void)snprintf(name, sizeof(name), "ok-freed-%d", i);
		is_good = is_good && session && ssl_ask(session, name) == ASKED_DONE &&
			  ssl_ask(session, "SECRET-freed") == ASKED_REFUSED;
		if (session)
			ssl_close(session);
	}
	said("SSL_free", is_good ? "passes, refused" : "FAILED");
}

static void ssl_each(const char *where)
{
	both(where, "SSL_connect", begin(where, SSL_connect, false), SSL_write, SSL_read);
	both(where, "SSL_do_handshake", begin(where, SSL_do_handshake, false), SSL_write, SSL_read);
	both(where, "SSL_write", begin(where, by_nothing, false), SSL_write, SSL_read);
	both(where, "SSL_write_ex", begin(where, by_nothing_ex, false), by_write_ex, SSL_read);
	both(where, "SSL_read", begin(where, by_reading, false), SSL_write, SSL_read);
	both(where, "SSL_read_ex", begin(where, SSL_connect, false), SSL_write, by_read_ex);
	both(where, "SSL_peek", begin(where, SSL_connect, false), SSL_write, by_peek);
	both(where, "SSL_peek_ex", begin(where, SSL_connect, false), SSL_write, by_peek_ex);
	both(where, "SSL_pending", begin(where, SSL_connect, false), SSL_write, by_pending);
	both(where, "SSL_has_pending", begin(where, SSL_connect, false), SSL_write, by_has_pending);
	both(where, "in-memory", begin(where, SSL_do_handshake, true), SSL_write, SSL_read);
	ended(where);
	denied(where);
	cleared(where);
	freed(where);
}

const struct package *package(void)
{
	static const struct package ssl = {
		.is_born = true,
		.open = ssl_open,
		.ask = ssl_ask,
		.close = ssl_close,
		.each = ssl_each,
	};

	return &ssl;
}
