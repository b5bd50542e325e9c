/* SPDX-License-Identifier: MIT */
/*
 * Where `agentos audit export` hands rows on to. Rows come in order, a batch at a time; a batch
 * counts once it is committed.
 */
#ifndef AGENTOS_CLI_SINK_H
#define AGENTOS_CLI_SINK_H

#include "audit/export.h"
#include "common/options.h"

struct sink {
	/* Takes a row, borrowed for the call. Return: 0, or negative errno with @fault set. */
	int (*put)(struct sink *sink, const struct row *row, struct fault *fault);
	/* All rows up to @seq were put: hand on those that are waiting. As above. */
	int (*commit)(struct sink *sink, int64_t seq, struct fault *fault);
	/* Releases all, itself too. */
	void (*free)(struct sink *sink);
	bool wants_all;	    /* rows of `runs` and `seals` too */
	int64_t after_seq;  /* where it has come from its own records; -1: it keeps none */
	uint64_t committed; /* rows */
};

/* How rows are written; borrowed. */
struct sink_options {
	const struct export_format *format;
	const struct export_source *source;
	const struct option_list *headers; /* http */
	const char *filter;		   /* postgresql: what the rows are chosen by; "" all */
	bool appends;			   /* a file: behind what is there */
};

/**
 * sink_stream_new() - a file, or standard output when @path is NULL
 *
 * A new file has mode 0600. Return: owned, or NULL with @fault set.
 */
struct sink *sink_stream_new(const char *path, const struct sink_options *options,
			     struct fault *fault);

/**
 * sink_http_new() - requests to a server, each with a batch
 *
 * One that is not answered, or with a status that says "later", is tried again. Return: as above.
 */
struct sink *sink_http_new(const char *url, const struct sink_options *options,
			   struct fault *fault);

/**
 * sink_postgresql_new() - tables agentos_runs, agentos_actions and agentos_seals of a database
 *
 * A batch and how far it came are one transaction, so that each row is there once, whatever happens.
 * Return: as above.
 */
struct sink *sink_postgresql_new(const char *url, const struct sink_options *options,
				 struct fault *fault);

/** sink_place() - an address without the words that are secret in it. Return: @text. */
char *sink_place(const char *url, char *text, size_t size);

#endif
