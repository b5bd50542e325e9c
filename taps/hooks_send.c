/* SPDX-License-Identifier: MIT */
/*
 * What is sent on a descriptor. A piece that is longer than can be asked about is sent in part, as the
 * kernel itself may: who sends on a stream goes on with the rest.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#include "shim/hook.h"
#include "taps/descriptor.h"
#include "taps/session.h"
#include "taps/tap.h"

typedef __CONST_SOCKADDR_ARG address;

#define IS_FREE(fd) __builtin_expect(descriptor_class(fd) == DESCRIPTOR_FREE, 1)

/* Sends one piece. @next: the definition that does; with @flags, when it has any. */
typedef ssize_t send_fn(int fd, const void *buf, size_t size, int flags);

static ssize_t send_asked(int fd, struct iovec piece, int flags, send_fn *next, bool *out_goes_on)
{
	size_t size = 0;
	enum tap_answer answer = tap_send(fd, &piece, 1, &size);
	ssize_t sent;
	int kept;

	*out_goes_on = answer == TAP_PART || answer == TAP_SKIP;
	if (answer == TAP_FAIL)
		return -1;
	if (answer == TAP_SWALLOW)
		return (ssize_t)piece.iov_len;
	if (answer == TAP_SKIP)
		return (ssize_t)size;
	if (answer == TAP_PART)
		piece.iov_len = size;
	sent = next(fd, piece.iov_base, piece.iov_len, flags);
	kept = errno;
	if (sent == (ssize_t)piece.iov_len)
		return sent;
	*out_goes_on = false;
	if (answer != TAP_FREE)
		tap_unsent(fd, &piece, 1, sent);
	errno = kept;
	return sent;
}

/* Of a pipe, messages that are refused are left out, and those around them sent. */
static ssize_t send_piece(int fd, const void *buf, size_t size, int flags, send_fn *next)
{
	struct iovec piece = { (void *)(uintptr_t)buf, size };
	bool goes_on = true;
	ssize_t sent, done = 0;

	if (piece.iov_len > WIRE_TAP_PIECE_MAX)
		piece.iov_len = WIRE_TAP_PIECE_MAX;
	session_announce_current();
	do {
		sent = send_asked(fd, piece, flags, next, &goes_on);
		if (sent < 0)
			return done ? done : -1;
		done += sent;
		piece.iov_base = (char *)piece.iov_base + sent;
		piece.iov_len -= (size_t)sent;
	} while (goes_on && piece.iov_len > 0);
	return done;
}

HOOK_BODY(write, ssize_t, (int fd, const void *buf, size_t size));

static ssize_t next_write_piece(int fd, const void *buf, size_t size, int flags)
{
	(void)flags;
	return NEXT(write)(fd, buf, size);
}

ssize_t write(int fd, const void *buf, size_t size)
{
	return IS_FREE(fd) ? NEXT(write)(fd, buf, size)
			   : send_piece(fd, buf, size, 0, next_write_piece);
}

/* The names under which libc has them as well. */
HOOK_BODY(__write, ssize_t, (int fd, const void *buf, size_t size))
{
	return write(fd, buf, size);
}

HOOK_BODY(__send, ssize_t, (int fd, const void *buf, size_t size, int flags))
{
	return send(fd, buf, size, flags);
}

HOOK_BODY(send, ssize_t, (int fd, const void *buf, size_t size, int flags))
{
	return IS_FREE(fd) ? NEXT(send)(fd, buf, size, flags)
			   : send_piece(fd, buf, size, flags, NEXT(send));
}

/* With an address the supervisor makes the call, and looks at what is sent. */
HOOK_BODY(sendto, ssize_t,
	  (int fd, const void *buf, size_t size, int flags, address to, socklen_t len))
{
	if (IS_FREE(fd) || to.__sockaddr__)
		return NEXT(sendto)(fd, buf, size, flags, to, len);
	return send_piece(fd, buf, size, flags, NEXT(send));
}

/* Return: how many of the pieces can be asked about at once. */
static size_t pieces_fit(const struct iovec *pieces, size_t count)
{
	size_t total = 0, fit = 0;

	while (fit < count && fit < WIRE_TAP_PIECES_MAX &&
	       pieces[fit].iov_len <= WIRE_TAP_PIECE_MAX - total)
		total += pieces[fit++].iov_len;
	return fit;
}

static ssize_t total_of(const struct iovec *pieces, size_t count)
{
	ssize_t total = 0;

	for (size_t i = 0; i < count; i++)
		total += (ssize_t)pieces[i].iov_len;
	return total;
}

/* Return: TAP_GO with *@count as many as may be sent; or as tap_send(). */
static enum tap_answer ask_pieces(int fd, const struct iovec *pieces, size_t *count,
				  size_t *out_size)
{
	*count = pieces_fit(pieces, *count);
	session_announce_current();
	return tap_send(fd, pieces, *count, out_size);
}

static ssize_t sent_pieces(int fd, const struct iovec *pieces, size_t count, ssize_t sent)
{
	int kept = errno;

	if (sent != total_of(pieces, count))
		tap_unsent(fd, pieces, count, sent);
	errno = kept;
	return sent;
}

HOOK_BODY(sendmsg, ssize_t, (int fd, const struct msghdr *message, int flags));

HOOK_BODY(writev, ssize_t, (int fd, const struct iovec *pieces, int number));

/* The first @size bytes, not 0, of some pieces. Return: how many pieces they are. */
static size_t cut_pieces(const struct iovec *pieces, size_t size, struct iovec *out)
{
	size_t count = 0;

	do {
		out[count] = pieces[count];
		if (out[count].iov_len > size)
			out[count].iov_len = size;
		size -= out[count++].iov_len;
	} while (size > 0);
	return count;
}

/* Of a pipe: the first @size bytes were answered, or may go and are sent: the caller goes on itself. */
static ssize_t send_part(int fd, struct msghdr *part, enum tap_answer answer, size_t size,
			 int flags)
{
	struct iovec pieces[WIRE_TAP_PIECES_MAX];

	if (answer == TAP_SKIP)
		return (ssize_t)size;
	part->msg_iovlen = cut_pieces(part->msg_iov, size, pieces);
	part->msg_iov = pieces;
	return sent_pieces(fd, pieces, part->msg_iovlen, NEXT(sendmsg)(fd, part, flags));
}

static ssize_t write_part(int fd, const struct iovec *pieces, enum tap_answer answer, size_t size)
{
	struct iovec part[WIRE_TAP_PIECES_MAX];
	size_t count;

	if (answer == TAP_SKIP)
		return (ssize_t)size;
	count = cut_pieces(pieces, size, part);
	return sent_pieces(fd, part, count, NEXT(writev)(fd, part, (int)count));
}

ssize_t writev(int fd, const struct iovec *pieces, int number)
{
	size_t size, count = number > 0 ? (size_t)number : 0;
	enum tap_answer answer;
	ssize_t sent;

	if (IS_FREE(fd) || count == 0)
		return NEXT(writev)(fd, pieces, number);
	if (pieces_fit(pieces, count) == 0)
		return send_piece(fd, pieces->iov_base, pieces->iov_len, 0, next_write_piece);
	answer = ask_pieces(fd, pieces, &count, &size);
	if (answer == TAP_FAIL)
		return -1;
	if (answer == TAP_SWALLOW)
		return total_of(pieces, count);
	if (answer == TAP_PART || answer == TAP_SKIP)
		return write_part(fd, pieces, answer, size);
	sent = NEXT(writev)(fd, pieces, (int)count);
	return answer == TAP_GO ? sent_pieces(fd, pieces, count, sent) : sent;
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	struct msghdr part;
	struct iovec first;
	enum tap_answer answer;
	size_t count, size;
	ssize_t sent;

	if (IS_FREE(fd) || message->msg_name || message->msg_iovlen == 0)
		return NEXT(sendmsg)(fd, message, flags);
	part = *message;
	count = part.msg_iovlen;
	if (pieces_fit(part.msg_iov, count) == 0) {
		/* Of a stream; no datagram is so large, nor is what is left of it. */
		first = (struct iovec){ part.msg_iov->iov_base, WIRE_TAP_PIECE_MAX };
		part.msg_iov = &first;
		count = 1;
	}
	answer = ask_pieces(fd, part.msg_iov, &count, &size);
	if (answer == TAP_FAIL)
		return -1;
	if (answer == TAP_SWALLOW)
		return total_of(part.msg_iov, count);
	if (answer == TAP_PART || answer == TAP_SKIP)
		return send_part(fd, &part, answer, size, flags);
	part.msg_iovlen = count;
	sent = NEXT(sendmsg)(fd, &part, flags);
	return answer == TAP_GO ? sent_pieces(fd, part.msg_iov, count, sent) : sent;
}

HOOK_BODY(sendmmsg, int, (int fd, struct mmsghdr *messages, unsigned count, int flags))
{
	unsigned done = 0;

	if (IS_FREE(fd))
		return NEXT(sendmmsg)(fd, messages, count, flags);
	for (; done < count; done++) {
		ssize_t sent = sendmsg(fd, &messages[done].msg_hdr, flags);

		if (sent < 0)
			return done ? (int)done : -1;
		messages[done].msg_len = (unsigned)sent;
	}
	return (int)done;
}

/* What a file holds is read first, and sent as it was read. */
static ssize_t send_file(int to, int from, off_t *offset, size_t size)
{
	char block[16384];
	ssize_t got = size < sizeof(block) ? (ssize_t)size : (ssize_t)sizeof(block);
	ssize_t sent;

	got = offset ? pread(from, block, (size_t)got, *offset) : read(from, block, (size_t)got);
	if (got <= 0)
		return got;
	sent = write(to, block, (size_t)got);
	if (offset && sent > 0)
		*offset += sent;
	else if (!offset && sent < got)
		(void)lseek(from, (sent > 0 ? sent : 0) - got, SEEK_CUR);
	return sent;
}

HOOK_BODY(sendfile, ssize_t, (int to, int from, off_t *offset, size_t size))
{
	return IS_FREE(to) ? NEXT(sendfile)(to, from, offset, size)
			   : send_file(to, from, offset, size);
}

HOOK_BODY(sendfile64, ssize_t, (int to, int from, off64_t *offset, size_t size))
{
	return IS_FREE(to) ? NEXT(sendfile64)(to, from, offset, size)
			   : send_file(to, from, offset, size);
}

/* Programs that move pages have another way for descriptors that take none. */
HOOK_BODY(splice, ssize_t,
	  (int from, off64_t *from_at, int to, off64_t *to_at, size_t size, unsigned flags))
{
	if (IS_FREE(to))
		return NEXT(splice)(from, from_at, to, to_at, size, flags);
	errno = EINVAL;
	return -1;
}

__attribute__((format(printf, 2, 0))) static int print(int fd, const char *format, va_list values)
{
	char *text = NULL;
	int size = vasprintf(&text, format, values);

	for (int done = 0; done < size;) {
		ssize_t sent = write(fd, text + done, (size_t)(size - done));

		if (sent < 0)
			size = -1;
		done += (int)sent;
	}
	free(text);
	return size;
}

HOOK_BODY(vdprintf, int, (int fd, const char *format, va_list values))
{
	return IS_FREE(fd) ? NEXT(vdprintf)(fd, format, values) : print(fd, format, values);
}

/* In no header where nothing is fortified. */
__attribute__((format(printf, 3, 0))) int __vdprintf_chk(int fd, int flag, const char *format,
							 va_list values);

HOOK_BODY(__vdprintf_chk, int, (int fd, int flag, const char *format, va_list values))
{
	return IS_FREE(fd) ? NEXT(__vdprintf_chk)(fd, flag, format, values)
			   : print(fd, format, values);
}

HOOK_BODY(dprintf, int, (int fd, const char *format, ...))
{
	va_list values;
	int size;

	va_start(values, format);
	size = vdprintf(fd, format, values);
	va_end(values);
	return size;
}

__attribute__((format(printf, 3, 4))) int __dprintf_chk(int fd, int flag, const char *format, ...);

HOOK_BODY(__dprintf_chk, int, (int fd, int flag, const char *format, ...))
{
	va_list values;
	int size;

	va_start(values, format);
	size = __vdprintf_chk(fd, flag, format, values);
	va_end(values);
	return size;
}

/* With no offset it is a writev(2) with flags, of sockets too. */
HOOK_BODY(pwritev2, ssize_t, (int fd, const struct iovec *pieces, int count, off_t at, int flags))
{
	return IS_FREE(fd) || at != -1 ? NEXT(pwritev2)(fd, pieces, count, at, flags)
				       : writev(fd, pieces, count);
}

HOOK_BODY(pwritev64v2, ssize_t,
	  (int fd, const struct iovec *pieces, int count, off64_t at, int flags))
{
	return IS_FREE(fd) || at != -1 ? NEXT(pwritev64v2)(fd, pieces, count, at, flags)
				       : writev(fd, pieces, count);
}

/* Pages become the pipe's, and could be changed behind what was judged: they are copied. */
HOOK_BODY(vmsplice, ssize_t, (int fd, const struct iovec *pieces, size_t count, unsigned flags))
{
	return IS_FREE(fd) ? NEXT(vmsplice)(fd, pieces, count, flags)
			   : writev(fd, pieces, count < IOV_MAX ? (int)count : IOV_MAX);
}

HOOK_BODY(tee, ssize_t, (int from, int to, size_t size, unsigned flags))
{
	if (IS_FREE(to))
		return NEXT(tee)(from, to, size, flags);
	errno = EINVAL;
	return -1;
}

/* What is printed to a FILE leaves by a call that no hook sees. */
HOOK_BODY(fdopen, FILE *, (int fd, const char *mode))
{
	if (!descriptor_refuses_prints(fd) || (mode[0] == 'r' && !strchr(mode, '+')))
		return NEXT(fdopen)(fd, mode);
	errno = EACCES;
	return NULL;
}
