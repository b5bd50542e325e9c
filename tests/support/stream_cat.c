/* SPDX-License-Identifier: MIT */
/*
 * stream_cat PORT [tls] < FILE - what these bytes, sent to that port, ask for; in tests. "tls": they
 * were in a TLS session.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/stream_asks.h"

int main(int argc, char **argv)
{
	struct sent sent = { 0 };
	struct stream *stream;
	struct asks asks;
	char bytes[4096];
	size_t size;
	int r;

	if (argc < 2)
		return 2;
	while ((size = fread(bytes, 1, sizeof(bytes), stdin)) > 0)
		sent_put(&sent, bytes, size);
	stream = stream_new((uint16_t)strtoul(argv[1], NULL, 10), argc > 2);
	if (!stream)
		return 1;
	asks_open(&asks);
	r = sent_feed(&sent, stream, 0, sent.size, &asks);
	(void)fputs(asks_lines(&asks), stdout);
	(void)printf("%s%s\n", stream_protocol(stream), r == 0 ? "" : ": ended");
	asks_close(&asks);
	stream_free(stream);
	sent_release(&sent);
	return r == 0 ? 0 : 1;
}
