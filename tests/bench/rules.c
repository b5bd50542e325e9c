/* SPDX-License-Identifier: MIT */
/* link: -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc */
/*
 * rules KIND COUNT - what one decision under COUNT rules takes, each decision with a clock of its own (whose time is
 * in the figures). Prints "P50 P99 PER_SECOND", the first two in nanoseconds. tests/bench/rules.sh runs it in turn
 * with others.
 *
 *   path, host, ip          rules about files, names, networks
 *   DIALECT-first, DIALECT-seen   rules about verbs and tables, the statement has 1 KB: each time another one, or
 *                           always the same; DIALECT is mysql, sqlite, postgresql
 *   postgresql-with         the same at first sight, behind WITH: what rules/sql_plain.h leaves to libpg_query
 *   port, program           rules about a port alone, about the path of the program that acts
 *   load, loadhost          reading the rules of `path` and `host`, the P50 and P99 of a load
 *   fnmatch, pcre2          the same paths tried one after the other, without a policy
 *
 * Ends with 1 when a decision allocates, but for the first about a statement.
 */
#define PCRE2_CODE_UNIT_WIDTH 8

#include <fnmatch.h>
#include <pcre2.h>
#include <stdarg.h>
#include <stdint.h>
#include <time.h>

#include "rules/readings.h"
#include "tests/support/policies.h"

#define EVENTS 4096
#define ROUNDS 4
#define LOADS 15
#define TEXT_MAX (4 * 1024 * 1024)
#define QUERY_SIZE 1024

static unsigned long allocations;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *at, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *at, size_t size);

void *__wrap_malloc(size_t size)
{
	allocations++;
	return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	allocations++;
	return __real_calloc(count, size);
}

void *__wrap_realloc(void *at, size_t size)
{
	allocations++;
	return __real_realloc(at, size);
}

static char text[TEXT_MAX];
static size_t used;

static void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void print(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	used += (size_t)vsnprintf(text + used, sizeof(text) - used, format, args);
	va_end(args);
	if (used >= sizeof(text))
		abort();
}

static uint64_t seed = 0x9e3779b97f4a7c15;

/* Source: Marsaglia, "Xorshift RNGs", 2003. */
static unsigned below(unsigned end)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 33) % end;
}

/*
 * Rules of a kind, and events that some of them are about.
 */

struct sample {
	struct event event;
	struct content content;
	char text[64];
	char query[QUERY_SIZE + 1];
};

static struct sample samples[EVENTS];

static void path_rule(unsigned i)
{
	static const char *const forms[] = { "/srv/p%u/data/", "**/secret%u/", "/srv/p%u/*.key",
					     "**/.conf%u", "/home/u%u/**/id_*" };
	char path[64];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	(void)snprintf(path, sizeof(path), forms[i % 5], i);
#pragma GCC diagnostic pop
	print("  - { name: r%u, on: [read_file, write_file], path: '%s', action: %s }\n", i, path,
	      i % 5 == 0 ? "allow" : "deny");
}

static void path_event(struct sample *sample, unsigned count)
{
	static const char *const ends[] = { "data/a/b/c.txt", "x.key", "secret%/y", ".conf",
					    "src/main.c" };

	sample->event.action = ACTION_READ_FILE;
	sample->event.path = sample->text;
	(void)snprintf(sample->text, sizeof(sample->text), "/srv/p%u/%s", below(count + count / 4),
		       ends[below(5)]);
}

static void host_rule(unsigned i)
{
	static const char *const verdicts[] = { "allow", "deny" };

	print("  - { name: r%u, on: connect, host: '%s%u.example.com', port: 443, action: %s }\n",
	      i, i % 2 ? "*.d" : "h", i, verdicts[i % 2]);
}

static void host_event(struct sample *sample, unsigned count)
{
	(void)snprintf(sample->text, sizeof(sample->text),
		       below(2) ? "h%u.example.com" : "a.d%u.example.com",
		       below(count + count / 4));
	sample->event = (struct event){
		.action = ACTION_CONNECT,
		.host = sample->text,
		.port = below(4) ? 443 : 80,
		.protocol = PROTOCOL_TCP,
	};
}

static void ip_rule(unsigned i)
{
	print("  - { name: r%u, on: connect, host: %u.%u.%u.0/24, port: [80, 443], action: %s }\n",
	      i, 10 + i / 65536, i / 256 % 256, i % 256, i % 3 ? "allow" : "deny");
}

static void ip_event(struct sample *sample, unsigned count)
{
	unsigned i = below(count + count / 4);

	(void)snprintf(sample->text, sizeof(sample->text), "%u.%u.%u.7", 10 + i / 65536,
		       i / 256 % 256, i % 256);
	sample->event = (struct event){
		.action = ACTION_CONNECT,
		.port = below(4) ? 443 : 8080,
		.protocol = PROTOCOL_TCP,
	};
	sample->event.has_ip = ip_parse(sample->text, &sample->event.ip);
}

static void port_rule(unsigned i)
{
	print("  - { name: r%u, on: connect, port: %u, action: %s }\n", i, 1 + i,
	      i % 3 ? "allow" : "deny");
}

static void program_rule(unsigned i)
{
	print("  - { name: r%u, on: connect, program: /opt/p%u/bin/tool%u, action: %s }\n", i, i, i,
	      i % 3 ? "allow" : "deny");
}

/* By the address, the port and the program. */
static void peer_event(struct sample *sample, unsigned count)
{
	unsigned i = below(count + count / 4);

	(void)snprintf(sample->text, sizeof(sample->text), "/opt/p%u/bin/tool%u", i, i);
	sample->event = (struct event){
		.action = ACTION_CONNECT,
		.port = (uint16_t)(1 + i),
		.protocol = PROTOCOL_TCP,
		.program = sample->text,
		.has_ip = true,
	};
}

static void sql_rule(unsigned i)
{
	static const char *const verbs[] = { "DROP", "UPDATE", "[INSERT, DELETE]", "TRUNCATE" };

	print("  - { name: r%u, on: database_query, verb: %s, tables: t%u, action: deny }\n", i,
	      verbs[i % 4], i);
}

static const char *dialect; /* and "-first", "-with" or "-seen" behind it */

/* Statements that differ in a number of five digits. More of them than are kept, so that none is when it comes again. */
static void sql_event(struct sample *sample, unsigned count)
{
	char *query = sample->query;
	unsigned number = strstr(dialect, "-seen") ? 0 : (unsigned)(sample - samples);
	int at = snprintf(query, QUERY_SIZE + 1,
			  "%sSELECT a.id, b.name FROM orders a JOIN customers b ON a.c = b.id "
			  "WHERE a.x IN (%u",
			  strstr(dialect, "-with") ? "WITH c AS (SELECT 1) " : "", 10000 + number);

	(void)count;
	while (at < QUERY_SIZE - 12)
		at += snprintf(query + at, QUERY_SIZE + 1 - (size_t)at, ", %d, 'v%d'", at, at % 10);
	(void)snprintf(query + at, QUERY_SIZE + 1 - (size_t)at, ")");
	sample->event.action = ACTION_DATABASE_QUERY;
	sample->event.content = &sample->content;
	sample->content.query = text_of(query);
	sample->content.dialect = (struct text){ dialect, strcspn(dialect, "-") };
}

_Static_assert(EVENTS > 2 * READINGS_ENTRIES, "a statement is forgotten before it comes again");

static const struct kind {
	const char *name;
	void (*rule)(unsigned i);
	void (*event)(struct sample *sample, unsigned count);
	bool may_allocate;
} kinds[] = {
	{ "path", path_rule, path_event, false },
	{ "host", host_rule, host_event, false },
	{ "ip", ip_rule, ip_event, false },
	{ "mysql-first", sql_rule, sql_event, true },
	{ "mysql-seen", sql_rule, sql_event, false },
	{ "sqlite-first", sql_rule, sql_event, true },
	{ "sqlite-seen", sql_rule, sql_event, false },
	{ "postgresql-first", sql_rule, sql_event, true },
	{ "postgresql-with", sql_rule, sql_event, true },
	{ "postgresql-seen", sql_rule, sql_event, false },
	{ "port", port_rule, peer_event, false },
	{ "program", program_rule, peer_event, false },
	{ "loadhost", host_rule, host_event, true },
	{ "load", path_rule, path_event, true },
	{ "fnmatch", path_rule, path_event, false },
	{ "pcre2", path_rule, path_event, true },
};

/*
 * Measuring.
 */

static uint64_t now(void)
{
	struct timespec at;

	(void)clock_gettime(CLOCK_MONOTONIC, &at);
	return (uint64_t)at.tv_sec * 1000000000 + (uint64_t)at.tv_nsec;
}

static uint64_t times[EVENTS * ROUNDS];
static volatile unsigned found; /* so that nothing is left out */

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a;
	uint64_t y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void report(size_t count)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += times[i];
	qsort(times, count, sizeof(times[0]), compare);
	printf("%llu %llu %.0f\n", (unsigned long long)times[count / 2],
	       (unsigned long long)times[count * 99 / 100], (double)count * 1e9 / (double)sum);
}

static struct loading load(void)
{
	static const char *const sources[] = { "./p.yaml" };
	struct loading loading = policies_load(sources, 1, NULL, 0);

	if (loading.result < 0) {
		(void)fprintf(stderr, "%s\n", loading.fault.text);
		exit(1);
	}
	return loading;
}

static void measure_load(void)
{
	for (size_t i = 0; i < LOADS; i++) {
		uint64_t start = now();
		struct loading loading = load();

		times[i] = now() - start;
		policies_release(&loading);
	}
	report(LOADS);
}

static int measure_decisions(const struct kind *kind)
{
	struct loading loading = load();
	struct decision decision;
	unsigned long before;

	for (size_t i = 0; i < EVENTS; i++) /* once for the caches */
		policy_decide(loading.policy, &samples[i].event, &decision);
	before = allocations;
	for (size_t i = 0; i < EVENTS * ROUNDS; i++) {
		uint64_t start = now();

		policy_decide(loading.policy, &samples[i % EVENTS].event, &decision);
		times[i] = now() - start;
	}
	before = allocations - before;
	policies_release(&loading);
	report(EVENTS * ROUNDS);
	if (before > 0 && !kind->may_allocate)
		(void)fprintf(stderr, "%s: %lu allocations\n", kind->name, before);
	return before > 0 && !kind->may_allocate;
}

/* What stands between quotes behind "path: " in a line of the policy. */
static char *next_pattern(char **line)
{
	char *start = strstr(*line, "path: '");
	char *end = start ? strchr(start + 7, '\'') : NULL;

	if (!end)
		return NULL;
	*end = '\0';
	*line = end + 1;
	return start + 7;
}

static void measure_fnmatch(unsigned count)
{
	const char **patterns = calloc(count, sizeof(*patterns));
	char *line = text;

	for (unsigned i = 0; patterns && i < count; i++)
		patterns[i] = next_pattern(&line);
	for (size_t i = 0; patterns && i < EVENTS; i++) {
		uint64_t start = now();

		for (unsigned n = 0; n < count; n++)
			found += fnmatch(patterns[n], samples[i].event.path, 0) == 0;
		times[i] = now() - start;
	}
	free(patterns);
	report(EVENTS);
}

/* A glob as an expression; "**" and "*" are the same to it. */
static pcre2_code *compile_glob(const char *glob)
{
	char expression[256] = "^";
	size_t size = 1;
	PCRE2_SIZE offset;
	pcre2_code *code;
	int error;

	for (; *glob; glob++)
		size += (size_t)snprintf(expression + size, sizeof(expression) - size, "%s%c",
					 *glob == '*'	? "."
					 : *glob == '.' ? "\\"
							: "",
					 *glob == '*' ? '*' : *glob);
	code = pcre2_compile((PCRE2_SPTR)expression, PCRE2_ZERO_TERMINATED, 0, &error, &offset,
			     NULL);
	if (!code || pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) < 0)
		exit(1);
	return code;
}

static void measure_pcre2(unsigned count)
{
	pcre2_code **codes = calloc(count, sizeof(pcre2_code *));
	pcre2_match_data *data = pcre2_match_data_create(1, NULL);
	char *line = text;

	for (unsigned i = 0; codes && i < count; i++)
		codes[i] = compile_glob(next_pattern(&line));
	for (size_t i = 0; codes && i < EVENTS; i++) {
		const char *path = samples[i].event.path;
		uint64_t start = now();

		for (unsigned n = 0; n < count; n++)
			found += pcre2_match(codes[n], (PCRE2_SPTR)path, strlen(path), 0, 0, data,
					     NULL) >= 0;
		times[i] = now() - start;
	}
	for (unsigned i = 0; codes && i < count; i++)
		pcre2_code_free(codes[i]);
	pcre2_match_data_free(data);
	free(codes);
	report(EVENTS);
}

static int measure(const struct kind *kind, unsigned count)
{
	dialect = kind->name;
	print("version: '1.0'\nname: bench\nbase: false\nrules:\n");
	for (unsigned i = 0; i < count; i++)
		kind->rule(i);
	for (size_t i = 0; i < EVENTS; i++)
		kind->event(&samples[i], count);
	policies_write("p.yaml", text, used);
	if (strncmp(kind->name, "load", 4) == 0)
		measure_load();
	else if (strcmp(kind->name, "fnmatch") == 0)
		measure_fnmatch(count);
	else if (strcmp(kind->name, "pcre2") == 0)
		measure_pcre2(count);
	else
		return measure_decisions(kind);
	return 0;
}

int main(int argc, char **argv)
{
	int status = 2;

	if (argc != 3 || policies_begin(NULL) < 0)
		return status;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, argv[1]) == 0)
			status = measure(&kinds[i], (unsigned)strtoul(argv[2], NULL, 10));
	(void)policies_end(NULL);
	return status;
}
