/* SPDX-License-Identifier: MIT */
#include "cli/audit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "audit/print.h"
#include "audit/report.h"
#include "audit/writer.h"
#include "cli/json.h"

#define FOLLOW_MS 200
#define TAIL_ROWS 10

struct printing {
	const struct audit_request *request;
	uint64_t printed;
};

static int print_row(const struct row *row, void *data)
{
	struct printing *printing = data;

	printing->printed++;
	if (printing->request->json)
		return print_json(row, stdout);
	if (printing->request->csv)
		return print_csv(row, stdout);
	return print_line(row, stdout);
}

static int print_rows(struct reader *reader, const struct audit_request *request,
		      struct fault *fault)
{
	struct printing printing = { .request = request };

	return reader_actions(reader, &request->filter, print_row, &printing, fault);
}

static int print_head(const struct audit_request *request)
{
	return request->csv ? print_csv_head(ROW_ACTIONS, stdout) : 0;
}

int audit_query(struct reader *reader, struct audit_request *request, struct fault *fault)
{
	int r = print_head(request);

	return r < 0 ? r : print_rows(reader, request, fault);
}

/* What has come after up_to_seq. */
static int print_new(struct reader *reader, struct audit_request *request, struct fault *fault)
{
	struct reader_filter *filter = &request->filter;
	int64_t head = 0;
	int r = reader_head(reader, &head, fault);

	if (r < 0 || head == filter->up_to_seq)
		return r;
	filter->after_seq = filter->up_to_seq;
	filter->up_to_seq = head;
	r = print_rows(reader, request, fault);
	if (r == 0 && fflush(stdout) != 0)
		r = fault_set(fault, -errno, "cannot write: %s", strerror(errno));
	return r;
}

int audit_tail(struct reader *reader, struct audit_request *request, struct fault *fault)
{
	const struct timespec pause = { .tv_nsec = FOLLOW_MS * 1000000L };
	struct reader_filter *filter = &request->filter;
	int r = print_head(request);

	if (filter->limit == 0)
		filter->limit = TAIL_ROWS;
	if (r == 0)
		r = print_new(reader, request, fault);
	filter->limit = 0;
	while (r == 0 && request->follow) {
		(void)nanosleep(&pause, NULL);
		r = print_new(reader, request, fault);
	}
	return r;
}

static int show_row(const struct row *row, void *data)
{
	struct printing *printing = data;

	printing->printed++;
	return printing->request->json ? print_json(row, stdout) : print_fields(row, stdout);
}

int audit_show(struct reader *reader, struct audit_request *request, struct fault *fault)
{
	struct printing printing = { .request = request };
	int r = reader_row(reader, request->seq, show_row, &printing, fault);

	if (r == 0 && printing.printed == 0)
		r = fault_set(fault, -ENOENT, "there is no row %" PRId64, request->seq);
	return r;
}

static int print_count(const char *column, const char *name, int64_t count, void *data)
{
	const struct audit_request *request = data;

	if (request->json)
		return json_print(json_pack("{s:s, s:o, s:I}", "column", column, "name",
					    text_to_json(name), "count", (json_int_t)count));
	printf("%-8s %10" PRId64 "  ", column, count);
	(void)print_text(*name ? name : "-", stdout);
	return putchar('\n') == EOF ? -EIO : 0;
}

int audit_stats(struct reader *reader, struct audit_request *request, struct fault *fault)
{
	return reader_stats(reader, request->filter.run, print_count, request, fault);
}

/* The runs that have no end, as far as they are known by name. */
static json_t *open_json(const struct verification *found)
{
	json_t *list = json_array();

	for (size_t i = 0; i < found->open_count && i < VERIFY_OPEN_SHOWN; i++)
		(void)json_array_append_new(list, json_pack("{s:o, s:I}", "run",
							    text_to_json(found->open[i].id), "row",
							    (json_int_t)found->open[i].seq));
	return list;
}

static int print_finding_json(const struct verification *found)
{
	char head[2 * ROW_HASH_SIZE + 1];
	json_t *object;

	(void)bytes_to_hex(found->head, sizeof(found->head), head);
	object = json_pack("{s:b, s:b, s:b, s:I, s:I, s:I, s:I, s:I, s:b, s:b, s:I, s:o, s:s}",
			   "good", !found->is_bad && !found->missing[0], "integrity",
			   !found->is_bad, "complete", !found->is_bad && !found->missing[0], "rows",
			   (json_int_t)found->rows, "runs", (json_int_t)found->runs, "seals",
			   (json_int_t)found->seals, "unsealed", (json_int_t)found->unsealed,
			   "lost", (json_int_t)found->lost, "anchored", found->is_anchored,
			   "key_known", found->unknown == 0, "open_count",
			   (json_int_t)found->open_count, "open", open_json(found), "head", head);
	if (object && found->is_bad) {
		(void)json_object_set_new(object, "bad_row", json_integer(found->bad_seq));
		(void)json_object_set_new(object, "reason", json_string(found->reason));
	}
	if (object && found->missing[0])
		(void)json_object_set_new(object, "missing", json_string(found->missing));
	return json_print(object);
}

static void print_open(const struct verification *found)
{
	for (size_t i = 0; i < found->open_count && i < VERIFY_OPEN_SHOWN; i++) {
		printf("run ");
		(void)print_text(found->open[i].id, stdout);
		printf(" (row %" PRId64
		       ") has no end: it goes on, its supervisor was killed, or the "
		       "end of the record was cut off\n",
		       found->open[i].seq);
	}
	if (found->open_count > VERIFY_OPEN_SHOWN)
		printf("and %zu more runs have no end\n", found->open_count - VERIFY_OPEN_SHOWN);
}

static void print_finding(const struct verification *found)
{
	char head[2 * ROW_HASH_SIZE + 1];

	if (found->is_bad) {
		printf("broken at row %" PRId64 ": %s\n", found->bad_seq, found->reason);
		return;
	}
	(void)bytes_to_hex(found->head, sizeof(found->head), head);
	printf("%s: rows %" PRIu64 ", runs %" PRIu64 ", seals %" PRIu64 ", head %s\n",
	       found->missing[0] ? "incomplete" : "good", found->rows, found->runs, found->seals,
	       head);
	if (found->missing[0])
		printf("%s\n", found->missing);
	else if (!found->is_anchored)
		printf("no anchor of this record is known here: whether rows are missing at its "
		       "end "
		       "cannot be told\n");
	if (found->unknown > 0)
		printf("only the hashes were verified: the seals are signed with %s, which is not "
		       "known "
		       "here; hint: --key %s when you trust it\n",
		       found->unknown_key, found->unknown_key);
	if (found->lost > 0)
		printf("runs lost, their supervisor having been killed: %" PRIu64 "\n",
		       found->lost);
	print_open(found);
}

int audit_verify(struct reader *reader, struct audit_request *request, struct fault *fault)
{
	struct verification found;
	int r = reader_verify(reader, request->known.count ? &request->known : NULL, &found, fault);

	if (r < 0)
		return r;
	if (request->json)
		r = print_finding_json(&found);
	else
		print_finding(&found);
	return r < 0 ? r : found.is_bad || found.missing[0];
}

int audit_rotate(const char *path, struct audit_request *request, struct fault *fault)
{
	struct writer writer = { .seq = 0 };
	char key[2 * KEYS_PUBLIC_SIZE + 1];
	int r = writer_open(path, &writer, fault);

	if (r == 0)
		r = writer_rotate(&writer, fault);
	(void)bytes_to_hex(writer.keys.public, sizeof(writer.keys.public), key);
	writer_close(&writer);
	if (r < 0)
		return r;
	if (request->json)
		return json_print(json_pack("{s:s}", "key", key));
	return printf("seals are signed with %s from now on\n", key) < 0 ? -EIO : 0;
}

int audit_report(struct reader *reader, struct audit_request *request, struct fault *fault)
{
	return report_write(reader, &request->filter, request->operand, fault);
}
