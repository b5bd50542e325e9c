/* SPDX-License-Identifier: MIT */
#include "audit/report.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "audit/fields.h"
#include "audit/print.h"
#include "audit/report_parts.h"
#include "audit/schema.h"
#include "common/clean.h"

#define FILTER_SIZE 2048

static const struct {
	const char *suffix;
	report_fn *write;
} forms[] = {
	{ ".html", report_html },
	{ ".json", report_json },
	{ ".md", report_markdown },
};

static report_fn *form_of(const char *path)
{
	size_t len = strlen(path);

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		size_t suffix = strlen(forms[i].suffix);

		if (len > suffix && strcmp(path + len - suffix, forms[i].suffix) == 0)
			return forms[i].write;
	}
	return NULL;
}

int report_run(struct report *report, const struct row *row)
{
	const struct value *run = field_find(row, "run");
	size_t place;

	if (!run || run->type != VALUE_TEXT)
		return 0;
	return strings_add(report->runs, run->bytes, run->size, &place);
}

int report_walk_runs(struct report *report, reader_fn *visit, void *data, struct fault *fault)
{
	int r = 0;

	for (size_t i = 0; i < strings_count(report->runs) && r == 0; i++) {
		size_t size;
		const void *bytes = strings_at(report->runs, i, &size);
		CLEAN_FREE char *run = strndup(bytes, size);

		r = run ? reader_run(report->reader, run, visit, data, fault) : -ENOMEM;
	}
	return r;
}

/* What the rows were chosen by, in the words of the command line. */
static const char *filter_text(const struct reader_filter *filter, char *text)
{
	const struct {
		const char *option, *word;
	} words[] = {
		{ "agent", filter->agent },   { "run", filter->run },
		{ "action", filter->action }, { "verdict", filter->verdict },
		{ "rule", filter->rule },     { "path", filter->path },
	};
	char when[64];
	FILE *out = fmemopen(text, FILTER_SIZE, "w");

	text[0] = '\0';
	if (!out)
		return text;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!words[i].word)
			continue;
		(void)fprintf(out, "--%s ", words[i].option);
		(void)print_text(words[i].word, out);
		(void)fputc(' ', out);
	}
	if (filter->since_ns)
		(void)fprintf(out, "--since %s ", print_time(filter->since_ns, when, sizeof(when)));
	if (filter->until_ns)
		(void)fprintf(out, "--until %s ", print_time(filter->until_ns, when, sizeof(when)));
	if (filter->limit)
		(void)fprintf(out, "--limit %llu ", (unsigned long long)filter->limit);
	(void)fclose(out);
	text[FILTER_SIZE - 1] = '\0';
	if (*text)
		text[strlen(text) - 1] = '\0';
	return text;
}

json_t *report_about(const struct report *report)
{
	char id[2 * SCHEMA_ID_SIZE + 1];
	char filter[FILTER_SIZE];
	char made[64];
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)print_time((int64_t)now.tv_sec * 1000000000 + now.tv_nsec, made, sizeof(made));
	(void)sodium_bin2hex(id, sizeof(id), reader_id(report->reader), SCHEMA_ID_SIZE);
	return json_pack("{s:s, s:s, s:I, s:s}", "made", made, "recorder", id, "head",
			 (json_int_t)report->filter->up_to_seq, "filter",
			 filter_text(report->filter, filter));
}

json_t *report_sane(const struct row *row)
{
	const struct row_layout *layout = &row_layouts[row->table];
	json_t *object = json_pack("{s:I}", "seq", (json_int_t)row->seq);
	char when[64];

	for (size_t i = 0; object && i < layout->count; i++) {
		const char *name = layout->columns[i].name;

		if (strcmp(name, "time") == 0)
			(void)json_object_set_new(object, name,
						  json_string(print_time(field_number(row, name, 0),
									 when, sizeof(when))));
		else
			field_put(object, name, row, name);
	}
	return object;
}

/* Into @fd, which is closed. */
static int write_form(struct reader *reader, const struct reader_filter *filter, report_fn *form,
		      int fd, struct fault *fault)
{
	struct report report = {
		.reader = reader, .filter = filter, .runs = strings_new(), .out = fdopen(fd, "w")
	};
	int r = report.runs && report.out ? 0 : -ENOMEM;

	if (!report.out)
		(void)close(fd);
	if (r == 0)
		r = form(&report, fault);
	if (report.out && ferror(report.out) && r == 0)
		r = -EIO;
	if (report.out && fclose(report.out) != 0 && r == 0)
		r = -errno;
	strings_free(report.runs);
	return r;
}

int report_write(struct reader *reader, const struct reader_filter *filter, const char *path,
		 struct fault *fault)
{
	struct reader_filter bounded = *filter;
	report_fn *form = form_of(path);
	char part[PATH_MAX];
	int fd;
	int r = 0;

	if (!form)
		return fault_set(fault, -EINVAL,
				 "cannot write a report: '%s' ends in none of .html, .json, .md",
				 path);
	if (bounded.up_to_seq == 0)
		r = reader_head(reader, &bounded.up_to_seq, fault);
	if (r < 0)
		return r;
	if ((size_t)snprintf(part, sizeof(part), "%s.XXXXXX", path) >= sizeof(part))
		return fault_set(fault, -ENAMETOOLONG, "cannot write '%s': %s", path,
				 strerror(ENAMETOOLONG));
	fd = mkostemp(part, O_CLOEXEC);
	if (fd < 0)
		return fault_set(fault, -errno, "cannot write '%s': %s", path, strerror(errno));
	fault->text[0] = '\0';
	r = write_form(reader, &bounded, form, fd, fault);
	if (r == 0 && rename(part, path) < 0)
		r = -errno;
	if (r < 0)
		(void)unlink(part);
	if (r < 0 && !fault->text[0])
		r = fault_set(fault, r, "cannot write '%s': %s", path, strerror(-r));
	return r;
}
