/* SPDX-License-Identifier: MIT */
/*
 * The detectors: what they find, and what looks like it. Keys stand in two halves, so that nobody
 * who looks for keys in this repository takes them for some.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "rules/detect.h"
#include "rules/explain.h"
#include "tests/support/policies.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define A10 "aB3dE6gH9j"
#define A20 A10 A10
#define A40 A20 A20
#define U16 "ABCDEFGH234567ZY"

struct row {
	const char *text;
	bool is_found;
};

/* In memory of its own size, so that a byte too far is seen by whoever watches. */
static bool found(enum detector detector, const char *text)
{
	size_t size = strlen(text);
	char *bytes = malloc(size + !size);
	bool is_found;

	assert_non_null(bytes);
	memcpy(bytes, text, size);
	is_found = detect(DETECTOR_BIT(detector), (struct text){ bytes, size });
	free(bytes);
	return is_found;
}

static void check(enum detector detector, const struct row *rows, size_t count)
{
	unsigned failed = 0;

	for (size_t i = 0; i < count; i++) {
		if (found(detector, rows[i].text) == rows[i].is_found)
			continue;
		print_error("%s: '%s' %s\n", detector_names()[detector], rows[i].text,
			    rows[i].is_found ? "is not found" : "is found");
		failed++;
	}
	assert_int_equal(failed, 0);
}

static void a_card_has_a_network_and_a_check_digit(void **state)
{
	static const struct row rows[] = {
		{ "4111111111111111", true },
		{ "4111 1111 1111 1111", true },
		{ "4111-1111-1111-1111", true },
		{ "card=4111111111111111&cvv=123", true },
		{ "{\"card\":\"4111 1111 1111 1111\"}", true },
		{ "{\"card\":4111111111111111}", true },
		{ "pay card-4111111111111111", true },
		{ "pay with 4111 1111 1111 1111.", true },
		{ "4111 1111 1111 1111 12/27", true },
		{ "4111 1111 1111 1111 123", true },
		{ "12 4111 1111 1111 1111", true },
		{ "4111111111111111,4111111111111112", true },
		{ "4111111111111112,4111111111111111", true },
		{ "4222222222222", true },
		{ "4000000000000000006", true },
		{ "5555555555554444", true },
		{ "5105-1051-0510-5100", true },
		{ "2223003122003222", true },
		{ "378282246310005", true },
		{ "3782 822463 10005", true },
		{ "371449635398431", true },
		{ "6011111111111117", true },
		{ "30569309025904", true },
		{ "3056 930902 5904", true },
		{ "36227206271667", true },
		{ "3530111333300000", true },
		{ "6200000000000005", true },
		{ "6759649826438453", true },
		{ "INSERT INTO cards VALUES ('5555555555554444')", true },
		{ "", false },
		{ "4", false },
		{ "4111111111111112", false },	     /* Luhn */
		{ "4111 1111 1111 1112", false },    /* Luhn */
		{ "1111111111111117", false },	     /* no network */
		{ "0000000000000000", false },	     /* no network */
		{ "411111111111111", false },	     /* too short */
		{ "41111111111111111111", false },   /* too long */
		{ "41111111111111110", false },	     /* a Visa of 17 */
		{ "37828224631000", false },	     /* an Express of 14 */
		{ "x4111111111111111", false },	     /* within a word */
		{ "4111111111111111a", false },	     /* within a word */
		{ "_4111111111111111", false },	     /* within a word */
		{ "4111  1111  1111  1111", false }, /* two blanks */
		{ "4111.1111.1111.1111", true },
		{ "4.1111.1111.1111", false },	       /* a version */
		{ "1.4111111111111111", false },       /* a fraction */
		{ "4111111111111111.5", false },       /* a number with one */
		{ "4111-1111-1111-1111-1111", false }, /* longer */
		{ "4111-1111-1111-1111-abc", false },  /* a code */
		{ "deadbee1-4111-1111-1111-1111deadbeef", false },
		{ "550e8400-e29b-41d4-a716-446655440000", false },
		{ "6ba7b810-9dad-11d1-80b4-00c04fd430c8", false },
		{ "41111111-1111-1111-1111-111111111111", false },
		{ "1732546065123", false },	  /* milliseconds */
		{ "1732546065123456", false },	  /* microseconds */
		{ "1732546065123456789", false }, /* nanoseconds */
		{ "20261125150745", false },	  /* a time */
		{ "2026-11-25 15:07:45", false },
		{ "2026-11-25T15:07:45.123456789Z", false },
		{ "da39a3ee5e6b4b0d3255bfef95601890afd80709", false },
		{ "4111111111111111111111111111111111111111", false },
		{ "192.168.100.200", false },
		{ "10.20.30.40 172.16.254.1", false },
		{ "9780306406157", false },	   /* a book */
		{ "4006381333931", false },	   /* goods, whose check digit is another */
		{ "18446744073709551615", false }, /* 2^64 - 1 */
		{ "3.14159265358979323846", false },
	};

	(void)state;
	check(DETECTOR_CARD, rows, COUNT_OF(rows));
}

static void an_account_has_the_length_of_its_country(void **state)
{
	static const struct row rows[] = {
		{ "DE89370400440532013000", true },
		{ "DE89 3704 0044 0532 0130 00", true },
		{ "de89 3704 0044 0532 0130 00", true },
		{ "DE89-3704-0044-0532-0130-00", true },
		{ "GB29NWBK60161331926819", true },
		{ "GB82 WEST 1234 5698 7654 32", true },
		{ "FR1420041010050500013M02606", true },
		{ "FR14 2004 1010 0505 0001 3M02 606", true },
		{ "NL91ABNA0417164300", true },
		{ "NO9386011117947", true },
		{ "CH93 0076 2011 6238 5295 7", true },
		{ "MT84MALT011000012345MTLCAST001S", true },
		{ "pay to IBAN DE89370400440532013000, please", true },
		{ "iban=ES9121000418450200051332", true },
		{ "{\"iban\":\"IT60X0542811101000000123456\"}", true },
		{ "", false },
		{ "DE", false },
		{ "DE89", false },
		{ "DE88370400440532013000", false },  /* check digits */
		{ "DE89370400440532013001", false },  /* remainder */
		{ "DE8937040044053201300", false },   /* too short */
		{ "DE893704004405320130001", false }, /* too long */
		{ "DE89370400440532013000A", false }, /* too long */
		{ "XX89370400440532013000", false },  /* no such country */
		{ "ADE89370400440532013000", false }, /* within a word */
		{ "D E89370400440532013000", false },
		{ "DE89 370 400440532013000", false }, /* other groups */
		{ "de89abcdef0123456789abcdef0123456789abcd", false },
		{ "GB29 is a code, NWBK another", false },
		{ "550e8400-e29b-41d4-a716-446655440000", false },
	};

	(void)state;
	check(DETECTOR_IBAN, rows, COUNT_OF(rows));
}

static void a_social_security_number_is_issued(void **state)
{
	static const struct row rows[] = {
		{ "123-45-6789", true },
		{ "123 45 6789", true },
		{ "SELECT '123-45-6789'", true },
		{ "ssn:123-45-6789", true },
		{ "SSN 123-45-6789.", true },
		{ "(123-45-6789)", true },
		{ "899-99-9999", true },
		{ "ssn=123456789", true },
		{ "{\"ssn\": \"123456789\"}", true },
		{ "Social Security number 123456789", true },
		{ "social_security_number: 123456789", true },
		{ "", false },
		{ "123456789", false }, /* nothing says what it is */
		{ "000-45-6789", false },
		{ "666-45-6789", false },
		{ "900-45-6789", false },
		{ "987-65-4320", false },
		{ "123-00-6789", false },
		{ "123-45-0000", false },
		{ "078-05-1120", true }, /* a wallet's sample */
		{ "219-09-9999", true }, /* an advert's */
		{ "ssn=000456789", false },
		{ "ssn=1234567890", false },
		{ "123-45 6789", false },
		{ "123-45-67890", false },
		{ "1123-45-6789", false },
		{ "x123-45-6789", false },
		{ "1-123-45-6789", false },
		{ "123-45-6789-1", false },
		{ "12 123 45 6789", false }, /* a row of a table */
		{ "123 45 6789 12", false },
		{ "2026-11-25", false },
		{ "212-555-0123", false }, /* a telephone */
		{ "192.168.1.1", false },
		{ "123.45.6789", false },
		{ "978-0-306-40615-7", false },
		{ "1.123-45-6789", false },
	};

	(void)state;
	check(DETECTOR_SSN, rows, COUNT_OF(rows));
}

static void an_address_has_a_domain(void **state)
{
	static const struct row rows[] = {
		{ "joe@example.com", true },
		{ "Joe.Smith+news@mail.example.co.uk", true },
		{ "write to joe@example.com.", true },
		{ "<joe@example.com>", true },
		{ "mailto:joe@example.com", true },
		{ "\"email\":\"joe@example.com\"", true },
		{ "?to=joe%40example.com&x=1", true },
		{ "joe@example.com:secret", true },
		{ "joe_smith@ex-ample.org", true },
		{ "o'neil@example.com", true },
		{ "1234@163.com", true },
		{ "https://example.com/users/joe@example.com", true },
		{ "a@b.co", true },
		{ "@joe@example.com", true },
		{ "", false },
		{ "@", false },
		{ "joe@", false },
		{ "@example.com", false },
		{ "joe@localhost", false },
		{ "joe@example", false },
		{ "joe@example.", false },
		{ "joe@example.c", false },
		{ "joe@.com", false },
		{ "joe@example..com", false },
		{ "joe @example.com", false },
		{ "joe@ example.com", false },
		{ "joe at example.com", false },
		{ "-@example.com", false },
		{ "react@18.2.0", false },
		{ "pkg@1.0.0-rc.beta", false },
		{ "npm i @types/node@20.1.0", false },
		{ "actions/checkout@v4", false },
		{ "actions/checkout@v4.1.1", false },
		{ "icon@2x.png", false },
		{ "git@github.com:owner/name.git", false },
		{ "ssh://git@github.com/owner/name.git", false },
		{ "https://user:password@example.com/", false },
		{ "postgres://app:secret@db.example.com:5432/x", false },
		{ "img@sha256:0123abcd", false },
		{ "joe%4", false },
		{ "@decorator.cached", false },
		{ "x = a @ b.T", false },
	};

	(void)state;
	check(DETECTOR_EMAIL, rows, COUNT_OF(rows));
}

static void a_telephone_has_a_usual_form(void **state)
{
	static const struct row rows[] = {
		{ "+14155550123", true },
		{ "+1 415 555 0123", true },
		{ "+1 (415) 555-0123", true },
		{ "+1-415-555-0123", true },
		{ "+1.415.555.0123", true },
		{ "+44 20 7946 0958", true },
		{ "+442079460958", true },
		{ "+49 171 1234567", true },
		{ "+49 (0)171 1234567", true },
		{ "+49 171 1234567 2026-11-25", true },
		{ "+33 1 23 45 67 89", true },
		{ "tel:+49-30-901820", true },
		{ "0049 171 1234567", true },
		{ "(415) 555-0123", true },
		{ "(415)555-0123", true },
		{ "415-555-0123", true },
		{ "415.555.0123", true },
		{ "1-415-555-0123", true },
		{ "call 415-555-0123.", true },
		{ "01 23 45 67 89", true },
		{ "06.12.34.56.78", true },
		{ "appelle 06 12 34 56 78 demain", true },
		{ "020 7946 0958", true },
		{ "(020) 7946 0958", true },
		{ "07700 900123", true },
		{ "030/901820", true },
		{ "0171-1234567", true },
		{ "0171/1234567", true },
		{ "", false },
		{ "+", false },
		{ "4155550123", false }, /* nothing says what it is */
		{ "14155550123", false },
		{ "+1415555012", false },   /* too short for this country */
		{ "+141555501234", false }, /* too long */
		{ "+11155550123", false },  /* no such area */
		{ "+2000000", false },
		{ "+200000000", false },
		{ "+0123456789012", false },
		{ "+1234567890123456", false },
		{ "+12.3456789012", false },
		{ "1e+1234567890", false },
		{ "115-555-0123", false },
		{ "415-155-0123", false },
		{ "411-555-0123", false },
		{ "415-555-01234", false },
		{ "1415-555-0123", false },
		{ "x415-555-0123", false },
		{ "123-45-6789", false },
		{ "2026-11-25", false },
		{ "2026-11-25T15:07:45+0100", false },
		{ "2026-11-25 15:07:45 +0100", false },
		{ "0000-00-00 00:00:00", false },
		{ "1732546065", false },
		{ "1732546065123", false },
		{ "192.168.100.200", false },
		{ "10.0.0.1:8080", false },
		{ "1.2.3", false },
		{ "v1.23.456-789", false },
		{ "415.555.0123.9", false },
		{ "550e8400-e29b-41d4-a716-446655440000", false },
		{ "deadbeef-0415-4555-8123-0123456789ab", false },
		{ "da39a3ee5e6b4b0d3255bfef95601890afd80709", false },
		{ "01-23-45-67-89-ab", false }, /* an interface */
		{ "01 23 45 67 89 ab cd", false },
		{ "00 01 23 45 67 89", false },
		{ "0000010 0123 4567", false },
		{ "4111 1111 1111 1111", false },
		{ "chmod 0755 /srv", false },
	};

	(void)state;
	check(DETECTOR_PHONE, rows, COUNT_OF(rows));
}

static void a_key_has_its_makers_form(void **state)
{
	static const struct row rows[] = {
		{ "AKIA" U16, true },
		{ "ASIA" U16, true },
		{ "key=AKIA" U16 ";", true },
		{ "aws_secret_access_key = " A40, true },
		{ "AWS_SECRET_ACCESS_KEY=" A40, true },
		{ "\"SecretAccessKey\": \"" A20 "/+" A10 "abcdefgh\"", true },
		{ "AIza" A20 A10 "Ab_-9", true },
		{ "gh"
		  "p_" A20 A10 "abcdef",
		  true },
		{ "gh"
		  "o_" A40,
		  true },
		{ "gh"
		  "s_" A40,
		  true },
		{ "https://x:gh"
		  "p_" A40 "@github.com/",
		  true },
		{ "TOKEN_gh"
		  "p_" A40,
		  true },
		{ "github_"
		  "pat_" A20 "_" A40,
		  true },
		{ "glp"
		  "at-" A20,
		  true },
		{ "xox"
		  "b-123456789012-" A20,
		  true },
		{ "sk_"
		  "live_" A20 "abcd",
		  true },
		{ "rk_"
		  "live_" A40,
		  true },
		{ "sk-" A40 "abcdefgh", true },
		{ "sk-"
		  "proj-" A20 "_-" A20,
		  true },
		{ "sk-"
		  "ant-api03-" A40,
		  true },
		{ "Authorization: Bearer sk-"
		  "ant-" A40,
		  true },
		{ "npm"
		  "_" A20 A10 "abcdef",
		  true },
		{ "pypi-"
		  "AgEIcHlwaS5vcmc" A40,
		  true },
		{ "-----BEGIN "
		  "PRIVATE KEY-----",
		  true },
		{ "-----BEGIN RSA "
		  "PRIVATE KEY-----\nMII",
		  true },
		{ "-----BEGIN OPENSSH "
		  "PRIVATE KEY-----",
		  true },
		{ "-----BEGIN ENCRYPTED "
		  "PRIVATE KEY-----",
		  true },
		{ "-----BEGIN PGP "
		  "PRIVATE KEY BLOCK-----",
		  true },
		{ "eyJ"
		  "hbGciOiJIUzI1NiJ9.eyJ"
		  "zdWIiOiIxMjM0In0." A40,
		  true },
		{ "Bearer eyJ"
		  "hbGciOiJIUzI1NiJ9.eyJ"
		  "zdWIiOiIxMjM0In0." A40,
		  true },
		{ "", false },
		{ "AKIA", false },
		{ "AKIA" U16 "A", false },
		{ "AKIAabcdefgh234567zy", false },
		{ "XAKIA" U16, false },
		{ "AKIAABCDEFGH23456", false },
		{ "aws_secret_access_key", false },
		{ "aws_secret_access_key = ${SECRET}", false },
		{ "aws_secret_access_key = " A40 "a", false },
		{ "secretary access keyhole = " A40, false },
		{ A40, false }, /* nothing says what it is */
		{ "AIza" A10, false },
		{ "gh"
		  "p_" A20,
		  false },
		{ "ghx_" A40, false },
		{ "github_"
		  "pat_" A20,
		  false },
		{ "glpat-short", false },
		{ "xoxb-short", false },
		{ "sk_"
		  "test_" A40,
		  false }, /* opens nothing */
		{ "sk_live_short", false },
		{ "sk-learn is not scikit-learn", false },
		{ "sk-fading-circle-of-a-page-that-is-loading", false },
		{ "task-" A40, false },
		{ "npm"
		  "_" A40,
		  false },
		{ "npm_config_registry", false },
		{ "pypi-server", false },
		{ "-----BEGIN CERTIFICATE-----", false },
		{ "-----BEGIN PUBLIC KEY-----", false },
		{ "-----BEGIN PRIVATE KEYS-----", false },
		{ "-----BEGIN ", false },
		{ "eyJ"
		  "hbGciOiJIUzI1NiJ9." A40 "." A40,
		  false },
		{ "eyJ"
		  "hbGciOiJIUzI1NiJ9.eyJ"
		  "zdWIiOiIxMjM0In0.",
		  false },
		{ "eyJ"
		  "hbGciOiJIUzI1NiJ9",
		  false },
		{ "550e8400-e29b-41d4-a716-446655440000", false },
		{ "da39a3ee5e6b4b0d3255bfef95601890afd80709", false },
		{ "sha512-" A40 A40 "==", false },
	};

	(void)state;
	check(DETECTOR_CLOUD_KEY, rows, COUNT_OF(rows));
}

/* Marks of several bytes, the last of which are missing or stand before the text. */
static void a_text_may_end_within_a_mark(void **state)
{
	static const char *const texts[] = {
		"4242\xc2",
		"4242 4242\xe2\x80",
		"078\xe2\x80",
		"\xa0"
		"078-05",
		"jane@\xc3",
		"\xc3@example",
		"DE89\xe2",
		"+1 202&nbs",
		"030\xc2",
		"2B1",
		"%2",
		"\"@",
		"tel",
		"tel 0",
		"\\n+1",
		"IBA",
		"\x80\x80\x80"
		"1",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		for (int detector = 0; detector < DETECTOR_COUNT; detector++)
			assert_false(found((enum detector)detector, texts[i]));
}

static void each_of_several_is_enough(void **state)
{
	unsigned both = DETECTOR_BIT(DETECTOR_CARD) | DETECTOR_BIT(DETECTOR_SSN);

	(void)state;
	assert_true(detect(both, (struct text){ "123-45-6789", 11 }));
	assert_true(detect(both, (struct text){ "4111111111111111", 16 }));
	assert_false(detect(both, (struct text){ "joe@example.com", 15 }));
	assert_false(detect(0, (struct text){ "123-45-6789", 11 }));
	assert_false(detect(both, (struct text){ NULL, 0 }));
	/* The end is where the size says. */
	assert_false(detect(both, (struct text){ "123-45-6789", 10 }));
	assert_true(detect(both, (struct text){ "123-45-6789\0x", 13 }));
	assert_true(detect(both, (struct text){ "\0"
						"123-45-6789",
						12 }));
}

/* A megabyte of what each of them begins with, over and over. */
static void a_long_text_takes_a_time_of_its_size(void **state)
{
	static const char *const parts[] = {
		"4111 1111 1111 1112 ",
		"4111-",
		"1",
		"4 ",
		"DE89 ",
		"123-45-",
		"a@",
		"@",
		"a.",
		"+1",
		"+1 ",
		"eyJ.",
		"eyJhhhhhhhhhh.x.",
		"sk-ant- ",
		"sk-an-",
		"-----BEGIN ",
		"secretaccesskey ",
		"(",
		"%40",
		"ssn ",
	};
	enum { SIZE = 1024 * 1024 };
	char *bytes = malloc(SIZE);

	(void)state;
	assert_non_null(bytes);
	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		clock_t start = clock();

		for (size_t at = 0; at < SIZE; at++)
			bytes[at] = parts[i][at % strlen(parts[i])];
		if (detect(DETECTOR_BIT(DETECTOR_COUNT) - 1, (struct text){ bytes, SIZE }))
			fail_msg("'%s' is something", parts[i]);
		/* A tenth of a second is usual; squares of this size would take minutes. */
		if (clock() - start > 10 * CLOCKS_PER_SEC)
			fail_msg("'%s' takes too long", parts[i]);
	}
	free(bytes);
}

/*
 * The key of a rule.
 */

#define HEAD "version: '1.0'\nname: t\nbase: false\ndefault: allow\nrules:\n"

static void the_key_is_read_like_the_others(void **state)
{
	static const struct {
		const char *rules, *want; /* NULL: it loads */
	} rows[] = {
		{ "- { name: r, on: output, detect: card, action: deny }", NULL },
		{ "- { name: r, on: output, detect: [card, iban, ssn, email, phone, cloud_key], "
		  "action: deny }",
		  NULL },
		{ "- { name: r, on: read_file, path: /x/, except: { detect: email }, action: deny "
		  "}",
		  NULL },
		{ "- { name: r, on: output, detect: crad, action: deny }",
		  "unknown detector 'crad'; hint: did you mean 'card'?" },
		{ "- { name: r, on: output, detect: [card, fingerprint], action: deny }",
		  "unknown detector 'fingerprint'" },
		{ "- { name: r, on: output, detect: [], action: deny }",
		  "an empty list matches nothing" },
		{ "- { name: r, on: output, detect: { card: 1 }, action: deny }",
		  "a word or a list is needed here, not a map" },
		{ "- { name: r, on: output, detcet: card, action: deny }",
		  "unknown key 'detcet'; hint: did you mean 'detect'?" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct loading loading;
		char text[512];

		(void)snprintf(text, sizeof(text), HEAD "%s\n", rows[i].rules);
		loading = policies_load_text(text);
		if ((loading.result == 0) != !rows[i].want ||
		    (rows[i].want && !strstr(loading.fault.text, rows[i].want)))
			fail_msg("%s: %s", rows[i].rules, loading.fault.text);
		policies_release(&loading);
	}
}

static void the_texts_are_those_of_patterns(void **state)
{
	static const char rules[] = HEAD
		"- { name: r, detect: ssn, except: { detect: cloud_key }, action: deny }\n"
		"tests:\n"
		"- { action: output, data: '123-45-6789', expect: deny }\n"
		"- { action: output, data: '123-45-0000', expect: allow }\n"
		"- { action: output, data: '123-45-6789 AKIA" U16 "', expect: allow }\n"
		"- { action: send_data, host: h, port: 1, data: '123-45-6789', expect: deny }\n"
		"- { action: read_file, path: '/x/123-45-6789', expect: deny }\n"
		"- { action: read_file, path: '/x/123-45', expect: allow }\n"
		"- { action: execute, path: /bin/echo, args: ['123-45-6789'], expect: deny }\n"
		"- { action: execute, path: /bin/echo, args: ['1'], expect: allow }\n"
		"- { action: database_query, query: \"SELECT '123-45-6789'\", expect: deny }\n"
		"- { action: api_call, method: GET, url: 'https://h/?s=123-45-6789', expect: deny "
		"}\n"
		"- { action: api_call, method: POST, url: 'https://h/', body: '123-45-6789', "
		"expect: deny }\n"
		"- { action: tool_call, tool: t, arguments: '{\"a\":\"123-45-6789\"}', expect: "
		"deny }\n"
		"- { action: connect, host: h, port: 1, expect: allow }\n";
	struct policy_test_result result;
	struct loading loading = policies_load_text(rules);

	(void)state;
	if (loading.result < 0)
		fail_msg("%s", loading.fault.text);
	policy_test(loading.policy, stderr, &result);
	assert_int_equal(result.failed, 0);
	assert_int_equal(result.passed, 13);
	policies_release(&loading);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_card_has_a_network_and_a_check_digit),
		cmocka_unit_test(an_account_has_the_length_of_its_country),
		cmocka_unit_test(a_social_security_number_is_issued),
		cmocka_unit_test(an_address_has_a_domain),
		cmocka_unit_test(a_telephone_has_a_usual_form),
		cmocka_unit_test(a_key_has_its_makers_form),
		cmocka_unit_test(a_text_may_end_within_a_mark),
		cmocka_unit_test(each_of_several_is_enough),
		cmocka_unit_test(a_long_text_takes_a_time_of_its_size),
		cmocka_unit_test(the_key_is_read_like_the_others),
		cmocka_unit_test(the_texts_are_those_of_patterns),
	};

	return cmocka_run_group_tests(tests, policies_begin, policies_end);
}
