/* SPDX-License-Identifier: MIT */
/*
 * A package that needs libc only: each way to send, to receive, and to come by a descriptor.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "tests/support/package.h"

/* In no header: what fortified programs call, and the older names. */
ssize_t __write(int fd, const void *buf, size_t size);
ssize_t __send(int fd, const void *buf, size_t size, int flags);
ssize_t __read_chk(int fd, void *buf, size_t size, size_t room);
ssize_t __recv_chk(int fd, void *buf, size_t size, size_t room, int flags);
ssize_t __recvfrom_chk(int fd, void *buf, size_t size, size_t room, int flags,
		       struct sockaddr *from, socklen_t *len);
int __dprintf_chk(int fd, int flag, const char *format, ...);
int __vdprintf_chk(int fd, int flag, const char *format, va_list values);

/*
 * Ways.
 */

typedef ssize_t send_way(int fd, const char *text, size_t size);
typedef ssize_t receive_way(int fd, char *buf, size_t size);

static ssize_t by_write(int fd, const char *text, size_t size)
{
	return write(fd, text, size);
}

static ssize_t by_old_write(int fd, const char *text, size_t size)
{
	return __write(fd, text, size);
}

static ssize_t by_send(int fd, const char *text, size_t size)
{
	return send(fd, text, size, MSG_NOSIGNAL);
}

static ssize_t by_old_send(int fd, const char *text, size_t size)
{
	return __send(fd, text, size, MSG_NOSIGNAL);
}

static ssize_t by_sendto(int fd, const char *text, size_t size)
{
	return sendto(fd, text, size, MSG_NOSIGNAL, NULL, 0);
}

/* In three pieces, one of them empty. */
static void cut(struct iovec *pieces, const char *text, size_t size)
{
	char *at = (char *)(uintptr_t)text;

	pieces[0] = (struct iovec){ at, size / 2 };
	pieces[1] = (struct iovec){ at, 0 };
	pieces[2] = (struct iovec){ at + size / 2, size - size / 2 };
}

static ssize_t by_writev(int fd, const char *text, size_t size)
{
	struct iovec pieces[3];

	cut(pieces, text, size);
	return writev(fd, pieces, 3);
}

static ssize_t by_sendmsg(int fd, const char *text, size_t size)
{
	struct iovec pieces[3];
	const struct msghdr message = { .msg_iov = pieces, .msg_iovlen = 3 };

	cut(pieces, text, size);
	return sendmsg(fd, &message, MSG_NOSIGNAL);
}

static ssize_t by_sendmmsg(int fd, const char *text, size_t size)
{
	struct iovec pieces[3];
	struct mmsghdr message = { .msg_hdr = { .msg_iov = pieces, .msg_iovlen = 3 } };

	cut(pieces, text, size);
	return sendmmsg(fd, &message, 1, MSG_NOSIGNAL) == 1 ? (ssize_t)message.msg_len : -1;
}

static ssize_t by_pwritev2(int fd, const char *text, size_t size)
{
	struct iovec pieces[3];

	cut(pieces, text, size);
	return pwritev2(fd, pieces, 3, -1, 0);
}

static ssize_t by_pwritev64v2(int fd, const char *text, size_t size)
{
	struct iovec pieces[3];

	cut(pieces, text, size);
	return pwritev64v2(fd, pieces, 3, -1, 0);
}

static int file_with(const char *text, size_t size)
{
	int file = open(".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	return pwrite(file, text, size, 0) == (ssize_t)size ? file : -1;
}

static ssize_t by_sendfile(int fd, const char *text, size_t size)
{
	int file = file_with(text, size);
	ssize_t sent = sendfile(fd, file, NULL, size);

	(void)close(file);
	return sent;
}

static ssize_t by_sendfile64(int fd, const char *text, size_t size)
{
	int file = file_with(text, size);
	off64_t at = 0;
	ssize_t sent = sendfile64(fd, file, &at, size);

	(void)close(file);
	return sent == at ? sent : -1;
}

static ssize_t by_dprintf(int fd, const char *text, size_t size)
{
	return dprintf(fd, "%.*s", (int)size, text);
}

static ssize_t by_dprintf_chk(int fd, const char *text, size_t size)
{
	return __dprintf_chk(fd, 1, "%.*s", (int)size, text);
}

static ssize_t print(int (*how)(int, const char *, va_list), int fd, const char *format, ...)
{
	va_list values;
	int size;

	va_start(values, format);
	size = how(fd, format, values);
	va_end(values);
	return size;
}

static int vdprintf_checked(int fd, const char *format, va_list values)
{
	return __vdprintf_chk(fd, 1, format, values);
}

static ssize_t by_vdprintf(int fd, const char *text, size_t size)
{
	return print(vdprintf, fd, "%.*s", (int)size, text);
}

static ssize_t by_vdprintf_chk(int fd, const char *text, size_t size)
{
	return print(vdprintf_checked, fd, "%.*s", (int)size, text);
}

/* What copies a descriptor. */
typedef int copy_way(int fd);

static int by_dup2(int fd)
{
	return dup2(fd, 150);
}

static int by_dup3(int fd)
{
	return dup3(fd, 151, O_CLOEXEC);
}

static int by_fcntl(int fd)
{
	return fcntl(fd, F_DUPFD, 152);
}

static int by_fcntl64(int fd)
{
	return fcntl64(fd, F_DUPFD_CLOEXEC, 153);
}

static ssize_t by_read(int fd, char *buf, size_t size)
{
	return read(fd, buf, size);
}

static ssize_t by_read_chk(int fd, char *buf, size_t size)
{
	return __read_chk(fd, buf, size, size);
}

static ssize_t by_recv(int fd, char *buf, size_t size)
{
	return recv(fd, buf, size, 0);
}

static ssize_t by_recv_chk(int fd, char *buf, size_t size)
{
	return __recv_chk(fd, buf, size, size, 0);
}

static ssize_t by_recvfrom(int fd, char *buf, size_t size)
{
	struct sockaddr_storage from;
	socklen_t length = sizeof(from);

	return recvfrom(fd, buf, size, 0, (struct sockaddr *)&from, &length);
}

static ssize_t by_recvfrom_chk(int fd, char *buf, size_t size)
{
	return __recvfrom_chk(fd, buf, size, size, 0, NULL, NULL);
}

static ssize_t by_readv(int fd, char *buf, size_t size)
{
	struct iovec pieces[3];

	cut(pieces, buf, size);
	return readv(fd, pieces, 3);
}

static ssize_t by_recvmsg(int fd, char *buf, size_t size)
{
	struct iovec pieces[3];
	struct msghdr message = { .msg_iov = pieces, .msg_iovlen = 3 };

	cut(pieces, buf, size);
	return recvmsg(fd, &message, 0);
}

static ssize_t by_recvmmsg(int fd, char *buf, size_t size)
{
	struct iovec pieces[3];
	struct mmsghdr message = { .msg_hdr = { .msg_iov = pieces, .msg_iovlen = 3 } };
	int got;

	cut(pieces, buf, size);
	got = recvmmsg(fd, &message, 1, 0, NULL);
	return got > 0 ? (ssize_t)message.msg_len : got;
}

/*
 * What is asked for.
 */

static enum asked hear_one(int fd, receive_way *receive)
{
	char text[4096];
	size_t size = 0;

	text[0] = '\0';
	while (size < sizeof(text) - 1 && !answer_is_whole(text, size)) {
		ssize_t got = receive(fd, text + size, sizeof(text) - 1 - size);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		size += (size_t)got;
		text[size] = '\0';
	}
	return answer_of(text);
}

static enum asked ask_by(int fd, const char *name, send_way *send_it, receive_way *receive)
{
	char text[REQUEST_MAX];
	size_t size = request(text, name);
	size_t done = 0;

	while (done < size) {
		ssize_t sent = send_it(fd, text + done, size - done);

		if (sent < 0 && errno != EINTR)
			return ASKED_FAILED;
		done += sent > 0 ? (size_t)sent : 0;
	}
	return hear_one(fd, receive);
}

static void *plain_open(const char *where)
{
	int fd = dial(where);

	return fd < 0 ? NULL : (void *)(size_t)(fd + 1);
}

static int fd_of(void *connection)
{
	return (int)(size_t)connection - 1;
}

static enum asked plain_ask(void *connection, const char *name)
{
	return ask_by(fd_of(connection), name, by_send, by_recv);
}

static bool plain_whisper(void *connection, const char *name)
{
	char text[REQUEST_MAX];
	size_t size = request(text, name);

	return write(fd_of(connection), text, size) == (ssize_t)size;
}

static int plain_hear(void *connection, int count)
{
	static const char start[] = "HTTP/1.1 200 ";
	char text[65536];
	size_t size = 0;
	int heard = 0;

	/* What is whole is counted; the rest waits for more. */
	while (heard < count) {
		ssize_t got = read(fd_of(connection), text + size, sizeof(text) - 1 - size);
		char *at = text;

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return heard;
		size += (size_t)got;
		text[size] = '\0';
		while (strncmp(at, start, sizeof(start) - 1) == 0 &&
		       answer_is_whole(at, size - (size_t)(at - text))) {
			heard++;
			at = strstr(at, "\r\n\r\n") + 4 + strlen("ok");
		}
		size -= (size_t)(at - text);
		memmove(text, at, size);
	}
	return heard;
}

static void plain_close(void *connection)
{
	(void)close(fd_of(connection));
}

/*
 * Each hook.
 */

static const struct {
	const char *name;
	send_way *send;
} senders[] = {
	{ "write", by_write },	     { "__write", by_old_write },
	{ "send", by_send },	     { "__send", by_old_send },
	{ "sendto", by_sendto },     { "writev", by_writev },
	{ "sendmsg", by_sendmsg },   { "sendmmsg", by_sendmmsg },
	{ "pwritev2", by_pwritev2 }, { "pwritev64v2", by_pwritev64v2 },
	{ "sendfile", by_sendfile }, { "sendfile64", by_sendfile64 },
	{ "dprintf", by_dprintf },   { "__dprintf_chk", by_dprintf_chk },
	{ "vdprintf", by_vdprintf }, { "__vdprintf_chk", by_vdprintf_chk },
};

static const struct {
	const char *name;
	copy_way *copy;
} copiers[] = {
	{ "dup", dup },	       { "dup2", by_dup2 },	  { "dup3", by_dup3 },
	{ "fcntl", by_fcntl }, { "fcntl64", by_fcntl64 },
};

static const struct {
	const char *name;
	receive_way *receive;
} receivers[] = {
	{ "read", by_read },	     { "__read_chk", by_read_chk },
	{ "recv", by_recv },	     { "__recv_chk", by_recv_chk },
	{ "recvfrom", by_recvfrom }, { "__recvfrom_chk", by_recvfrom_chk },
	{ "readv", by_readv },	     { "recvmsg", by_recvmsg },
	{ "recvmmsg", by_recvmmsg },
};

static void both_on(int fd, const char *hook, send_way *send_it, receive_way *receive)
{
	char name[64], line[64];
	enum asked ok, secret;

	(void)snprintf(name, sizeof(name), "ok-each-%s", hook);
	ok = ask_by(fd, name, send_it, receive);
	(void)snprintf(name, sizeof(name), "SECRET-each-%s", hook);
	secret = ask_by(fd, name, send_it, receive);
	(void)snprintf(line, sizeof(line), "%s, %s", asked_text(ok), asked_text(secret));
	said(hook, line);
}

static void both(const char *where, const char *hook, send_way *send_it, receive_way *receive)
{
	int fd = dial(where);

	both_on(fd, hook, send_it, receive);
	(void)close(fd);
}

/* By a copy, which is told. */
static void copied(const char *where, const char *hook, copy_way *make_copy)
{
	int fd = dial(where), copy = make_copy(fd);

	both_on(copy, hook, by_send, by_recv);
	(void)close(copy);
	(void)close(fd);
}

/* A number that was refused, closed, and is a pipe's now, is a pipe's. */
static void closed(const char *where, const char *hook, void (*how)(int fd))
{
	int fd = dial(where), high = fcntl(fd, F_DUPFD, 200), ends[2];
	char got[4] = "";

	(void)ask_by(high, "SECRET-closed", by_send, by_recv);
	how(high);
	if (pipe(ends) < 0 || dup2(ends[0], high) < 0 || write(ends[1], "new", 3) != 3 ||
	    read(high, got, 3) != 3)
		got[0] = '\0';
	(void)close(ends[0]);
	(void)close(ends[1]);
	(void)close(high);
	(void)close(fd);
	said(hook, strcmp(got, "new") == 0 ? "passes" : "FAILED");
}

static void by_close(int fd)
{
	(void)close(fd);
}

static void by_close_range(int fd)
{
	(void)close_range((unsigned)fd, (unsigned)fd, 0);
}

static void by_closefrom(int fd)
{
	closefrom(fd);
}

/* What was closed unseen, and is a new connection now, is asked about anew. */
static void reused(const char *where)
{
	int fd = dial(where), again;
	enum asked asked;

	(void)ask_by(fd, "SECRET-reused", by_send, by_recv);
	(void)syscall(SYS_close, fd);
	again = dial(where);
	asked = ask_by(again, "ok-reused", by_send, by_recv);
	said("socket", again == fd ? asked_text(asked) : "FAILED: another number");
	(void)close(again);
}

/* What cannot be looked at is not done, and says so. */
static void denied(const char *where)
{
	int fd = dial(where), ends[2];

	said("fdopen", !fdopen(fd, "w") && errno == EACCES ? "refused" : "FAILED");
	said("fdopen to read", fdopen(dup(fd), "r") ? "passes" : "FAILED");
	if (pipe(ends) < 0 || write(ends[1], "SECRET", 6) != 6)
		return;
	said("splice",
	     splice(ends[0], NULL, fd, NULL, 6, 0) < 0 && errno == EINVAL ? "refused" : "FAILED");
	said("dup2 to stdout",
	     dup2(fd, STDOUT_FILENO) < 0 && errno == EACCES ? "refused" : "FAILED");
	(void)close(ends[0]);
	(void)close(ends[1]);
	(void)close(fd);
}

static void plain_each(const char *where)
{
	int fd = dial(where);

	said("connect", asked_text(ask_by(fd, "ok-connect", by_send, by_recv)));
	(void)close(fd);
	for (size_t i = 0; i < sizeof(senders) / sizeof(senders[0]); i++)
		both(where, senders[i].name, senders[i].send, by_recv);
	for (size_t i = 0; i < sizeof(receivers) / sizeof(receivers[0]); i++)
		both(where, receivers[i].name, by_send, receivers[i].receive);
	for (size_t i = 0; i < sizeof(copiers) / sizeof(copiers[0]); i++)
		copied(where, copiers[i].name, copiers[i].copy);
	closed(where, "close", by_close);
	closed(where, "close_range", by_close_range);
	closed(where, "closefrom", by_closefrom);
	reused(where);
	denied(where);
}

const struct package *package(void)
{
	static const struct package plain = {
		.is_shared = true,
		.is_born = true,
		.open = plain_open,
		.ask = plain_ask,
		.whisper = plain_whisper,
		.hear = plain_hear,
		.close = plain_close,
		.each = plain_each,
	};

	return &plain;
}
