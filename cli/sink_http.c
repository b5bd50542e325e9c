/* SPDX-License-Identifier: MIT */
/*
 * Batches as requests of HTTP, by libcurl. A server that is asked in vain is asked again a few times,
 * after what it asks for, or after twice as long each time.
 */
#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/library.h"
#include "cli/sink.h"
#include "common/clean.h"

#define TRIES 5
#define WAIT_MAX_S 60
#define CONNECT_TIMEOUT_S 10L
#define TIMEOUT_S 60L
#define ANSWER_SIZE 4096
#define BODY_MAX ((size_t)4 << 20)
#define LINE_SIZE 4096

struct curl {
	__typeof__(&curl_easy_init) easy_init;
	__typeof__(&curl_easy_setopt) easy_setopt;
	__typeof__(&curl_easy_perform) easy_perform;
	__typeof__(&curl_easy_getinfo) easy_getinfo;
	__typeof__(&curl_easy_cleanup) easy_cleanup;
	__typeof__(&curl_slist_append) slist_append;
	__typeof__(&curl_slist_free_all) slist_free_all;
};

#define SYMBOL(name)                                                                               \
	{                                                                                          \
		"curl_" #name, offsetof(struct curl, name)                                         \
	}

static const struct library_symbol symbols[] = {
	SYMBOL(easy_init),    SYMBOL(easy_setopt),  SYMBOL(easy_perform),   SYMBOL(easy_getinfo),
	SYMBOL(easy_cleanup), SYMBOL(slist_append), SYMBOL(slist_free_all), { NULL, 0 },
};

static const char *const files[] = { "libcurl.so.4", "libcurl-gnutls.so.4", NULL };

struct http {
	struct sink sink;
	const struct sink_options *options; /* borrowed */
	struct curl curl;
	CURL *handle;		    /* owned */
	struct curl_slist *headers; /* owned */
	char place[512];	    /* for people */
	char error[CURL_ERROR_SIZE];
	char answer[ANSWER_SIZE];
	size_t answer_size;
	FILE *out; /* owned; into @body, while there is something */
	char *body;
	size_t body_size;
	uint64_t waiting;
};

/* CURLOPT_WRITEFUNCTION: what fits of the answer. */
static size_t keep_answer(char *bytes, size_t one, size_t count, void *data)
{
	struct http *http = data;
	size_t room = ANSWER_SIZE - 1 - http->answer_size;
	size_t size = one * count;

	if (size < room)
		room = size;
	memcpy(http->answer + http->answer_size, bytes, room);
	http->answer_size += room;
	http->answer[http->answer_size] = '\0';
	return size;
}

/* Return: the status; 0 when there was no answer. */
static long post_once(struct http *http, long *out_wait_s)
{
	curl_off_t wait = 0;
	long status = 0;

	http->answer_size = 0;
	http->answer[0] = http->error[0] = '\0';
	(void)http->curl.easy_setopt(http->handle, CURLOPT_POSTFIELDS, http->body);
	(void)http->curl.easy_setopt(http->handle, CURLOPT_POSTFIELDSIZE_LARGE,
				     (curl_off_t)http->body_size);
	if (http->curl.easy_perform(http->handle) != CURLE_OK)
		return 0;
	(void)http->curl.easy_getinfo(http->handle, CURLINFO_RESPONSE_CODE, &status);
	if (http->curl.easy_getinfo(http->handle, CURLINFO_RETRY_AFTER, &wait) == CURLE_OK &&
	    wait > 0)
		*out_wait_s = wait < WAIT_MAX_S ? (long)wait : WAIT_MAX_S;
	return status;
}

/* 0: nobody answered; the others as in "OTLP/HTTP Response", which suits every server. */
static bool is_passing(long status)
{
	return status == 0 || status == 429 || status == 502 || status == 503 || status == 504;
}

/* A collector may take a request and leave out records for good: to send them again would not help. */
static int check_taken(struct http *http, struct fault *fault)
{
	json_t *answer = json_loads(http->answer, 0, NULL);
	json_t *partial = json_object_get(answer, "partialSuccess");
	json_t *rejected = json_object_get(partial, "rejectedLogRecords");
	const char *why = json_string_value(json_object_get(partial, "errorMessage"));
	long count = json_is_string(rejected) ? strtol(json_string_value(rejected), NULL, 10)
					      : (long)json_integer_value(rejected);
	int r = 0;

	if (count > 0)
		r = fault_set(fault, -EREMOTEIO, "'%s' left out %ld records: %s", http->place,
			      count, why ? why : "it does not say why");
	json_decref(answer);
	return r;
}

static int post(struct http *http, struct fault *fault)
{
	long pause_s = 1;
	long status = 0;

	for (int i = 0; i < TRIES; i++, pause_s *= 2) {
		struct timespec wait = { .tv_sec = pause_s };

		status = post_once(http, &wait.tv_sec);
		if (!is_passing(status) || i == TRIES - 1)
			break;
		(void)nanosleep(&wait, NULL);
	}
	if (status == 0)
		return fault_set(fault, -EIO, "cannot reach '%s': %s", http->place, http->error);
	if (status < 200 || status > 299)
		return fault_set(fault, -EREMOTEIO, "'%s' answered %ld: %.200s", http->place,
				 status, http->answer);
	return check_taken(http, fault);
}

/* Sends what is waiting. */
static int flush(struct http *http, struct fault *fault)
{
	const struct export_format *format = http->options->format;
	int r = 0;

	if (!http->out)
		return 0;
	(void)fputs(format->body.end, http->out);
	if (fclose(http->out) != 0)
		r = fault_set(fault, -ENOMEM, "cannot export: out of memory");
	http->out = NULL;
	if (r == 0)
		r = post(http, fault);
	free(http->body);
	http->body = NULL;
	if (r == 0)
		http->sink.committed += http->waiting;
	http->waiting = 0;
	return r;
}

static int begin(struct http *http)
{
	const struct export_format *format = http->options->format;

	http->out = open_memstream(&http->body, &http->body_size);
	if (!http->out)
		return -ENOMEM;
	(void)fputs(format->body_begin, http->out);
	return format->begin ? format->begin(http->options->source, http->out) : 0;
}

static int put(struct sink *sink, const struct row *row, struct fault *fault)
{
	struct http *http = (struct http *)sink;
	int r = 0;

	if (http->out)
		(void)fputs(http->options->format->body.between, http->out);
	else
		r = begin(http);
	if (r == 0)
		r = http->options->format->row(row, http->options->source, http->out);
	if (r < 0)
		return fault_set(fault, r, "cannot export row %lld: %s", (long long)row->seq,
				 strerror(-r));
	http->waiting++;
	if (fflush(http->out) == 0 && http->body_size < BODY_MAX)
		return 0;
	return flush(http, fault);
}

static int commit(struct sink *sink, int64_t seq, struct fault *fault)
{
	(void)seq;
	return flush((struct http *)sink, fault);
}

static void http_free(struct sink *sink)
{
	struct http *http = (struct http *)sink;

	if (http->out)
		(void)fclose(http->out);
	free(http->body);
	if (http->headers)
		http->curl.slist_free_all(http->headers);
	if (http->handle)
		http->curl.easy_cleanup(http->handle);
	free(http);
}

static int add_header(struct http *http, const char *line)
{
	struct curl_slist *list = http->curl.slist_append(http->headers, line);

	if (!list)
		return -ENOMEM;
	http->headers = list;
	return 0;
}

/* A line, or with @ the lines of a file, which nobody sees in a list of processes. */
static int add_headers(struct http *http, const char *word, struct fault *fault)
{
	char line[LINE_SIZE];
	FILE *file;
	int r = 0;

	if (word[0] != '@')
		return add_header(http, word);
	file = fopen(word + 1, "re");
	if (!file)
		return fault_set(fault, -errno, "cannot read headers: '%s': %s", word + 1,
				 strerror(errno));
	while (r == 0 && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\r\n")] = '\0';
		if (line[0])
			r = add_header(http, line);
	}
	(void)fclose(file);
	return r;
}

static int prepare(struct http *http, const char *url, struct fault *fault)
{
	__typeof__(&curl_easy_setopt) set = http->curl.easy_setopt;
	CURL *handle = http->handle;
	char type[128];
	int r;

	(void)set(handle, CURLOPT_URL, url);
	(void)set(handle, CURLOPT_POST, 1L);
	(void)set(handle, CURLOPT_NOSIGNAL, 1L);
	(void)set(handle, CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_S);
	(void)set(handle, CURLOPT_TIMEOUT, TIMEOUT_S);
	(void)set(handle, CURLOPT_ERRORBUFFER, http->error);
	(void)set(handle, CURLOPT_WRITEFUNCTION, keep_answer);
	(void)set(handle, CURLOPT_WRITEDATA, http);
	(void)snprintf(type, sizeof(type), "Content-Type: %s", http->options->format->media);
	r = add_header(http, type);
	for (size_t i = 0; i < http->options->headers->count && r == 0; i++)
		r = add_headers(http, http->options->headers->items[i], fault);
	(void)set(handle, CURLOPT_HTTPHEADER, http->headers);
	return r;
}

char *sink_place(const char *url, char *text, size_t size)
{
	const char *start = strstr(url, "://");
	const char *host = start ? start + 3 : url;
	size_t len = strcspn(host, "/?#");
	const char *at = memrchr(host, '@', len);

	(void)snprintf(text, size, "%.*s%.*s", (int)(host - url), url,
		       (int)strcspn(at ? at + 1 : host, "?#"), at ? at + 1 : host);
	return text;
}

struct sink *sink_http_new(const char *url, const struct sink_options *options, struct fault *fault)
{
	struct http *http = calloc(1, sizeof(*http));
	int r = http ? 0 : -ENOMEM;

	if (r == 0)
		r = library_open(files, symbols, &http->curl, "libcurl (Debian: libcurl4)", fault);
	if (r == 0) {
		http->sink = (struct sink){
			.put = put, .commit = commit, .free = http_free, .after_seq = -1
		};
		http->options = options;
		(void)sink_place(url, http->place, sizeof(http->place));
		http->handle = http->curl.easy_init();
		r = http->handle ? prepare(http, url, fault) : -ENOMEM;
	}
	if (r == 0)
		return &http->sink;
	if (r == -ENOMEM)
		(void)fault_set(fault, r, "cannot export: out of memory");
	if (http)
		http_free(&http->sink);
	return NULL;
}
