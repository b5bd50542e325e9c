/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/sink.h"
#include "common/clean.h"

struct stream {
	struct sink sink;
	const struct sink_options *options; /* borrowed */
	const char *path;		    /* borrowed; NULL: standard output */
	FILE *out;			    /* owned, unless it is standard output */
	uint64_t waiting;
};

static int write_fault(const struct stream *stream, int code, struct fault *fault)
{
	return fault_set(fault, code, "cannot write '%s': %s",
			 stream->path ? stream->path : "standard output", strerror(-code));
}

static int put(struct sink *sink, const struct row *row, struct fault *fault)
{
	struct stream *stream = (struct stream *)sink;
	const struct export_format *format = stream->options->format;
	int r = 0;

	if (stream->waiting > 0)
		(void)fputs(format->lines.between, stream->out);
	else if (format->begin && !format->has_head)
		r = format->begin(stream->options->source, stream->out);
	stream->waiting++;
	if (r == 0)
		r = format->row(row, stream->options->source, stream->out);
	return r < 0 ? write_fault(stream, r, fault) : 0;
}

static int commit(struct sink *sink, int64_t seq, struct fault *fault)
{
	struct stream *stream = (struct stream *)sink;

	(void)seq;
	if (stream->waiting > 0)
		(void)fputs(stream->options->format->lines.end, stream->out);
	sink->committed += stream->waiting;
	stream->waiting = 0;
	return fflush(stream->out) != 0 ? write_fault(stream, -errno, fault) : 0;
}

static void stream_free(struct sink *sink)
{
	struct stream *stream = (struct stream *)sink;

	if (stream->path && stream->out)
		(void)fclose(stream->out);
	free(stream);
}

/* Return: where the last whole line of @fd ends, @size being its size; or negative errno. */
static off_t lines_end(int fd, off_t size)
{
	char part[4096];

	while (size > 0) {
		off_t start = size > (off_t)sizeof(part) ? size - (off_t)sizeof(part) : 0;
		ssize_t got = pread(fd, part, (size_t)(size - start), start);
		const char *end;

		if (got != size - start)
			return got < 0 ? -errno : -EIO;
		end = memrchr(part, '\n', (size_t)got);
		if (end)
			return start + (end - part) + 1;
		size = start;
	}
	return 0;
}

/*
 * An export that was killed may have left a part of a line, and its rows come once more: what is
 * added must not become the end of that line. @size: of the file; afterwards what is left of it.
 */
static int cut_part(const char *path, int fd, off_t *size)
{
	int reading = open(path, O_RDONLY | O_CLOEXEC);
	off_t end;
	int r = 0;

	if (reading < 0)
		return -errno;
	end = lines_end(reading, *size);
	(void)close(reading);
	if (end < 0)
		return (int)end;
	if (end < *size && ftruncate(fd, end) < 0)
		r = -errno;
	*size = end;
	return r;
}

static int stream_open(struct stream *stream, struct fault *fault)
{
	const struct export_format *format = stream->options->format;
	int how = stream->options->appends ? O_APPEND : O_TRUNC;
	struct stat st = { .st_size = 0 };
	int fd;
	int r = 0;

	if (stream->path) {
		fd = open(stream->path, O_WRONLY | O_CREAT | O_CLOEXEC | how, 0600);
		if (fd < 0)
			return write_fault(stream, -errno, fault);
		if (fstat(fd, &st) == 0 && stream->options->appends && S_ISREG(st.st_mode))
			r = cut_part(stream->path, fd, &st.st_size);
		stream->out = r == 0 ? fdopen(fd, "w") : NULL;
		if (!stream->out)
			(void)close(fd);
	}
	if (r < 0)
		return write_fault(stream, r, fault);
	if (!stream->out)
		return write_fault(stream, -ENOMEM, fault);
	if (st.st_size == 0 && format->has_head)
		return format->begin(stream->options->source, stream->out);
	return 0;
}

struct sink *sink_stream_new(const char *path, const struct sink_options *options,
			     struct fault *fault)
{
	struct stream *stream = calloc(1, sizeof(*stream));

	if (!stream) {
		(void)fault_set(fault, -ENOMEM, "cannot export: out of memory");
		return NULL;
	}
	stream->sink =
		(struct sink){ .put = put, .commit = commit, .free = stream_free, .after_seq = -1 };
	stream->options = options;
	stream->path = path;
	stream->out = path ? NULL : stdout;
	if (stream_open(stream, fault) < 0) {
		stream_free(&stream->sink);
		return NULL;
	}
	return &stream->sink;
}
