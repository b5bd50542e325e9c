/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "common/url.h"

static void a_url_is_taken_apart(void **state)
{
	static const struct row {
		const char *url, *expected; /* scheme host port path query */
	} rows[] = {
		{ "https://example.com", "https example.com 443 / -" },
		{ "http://example.com/", "http example.com 80 / -" },
		{ "HTTPS://Example.COM./a/b?x=1&y#z", "HTTPS example.com 443 /a/b x=1&y" },
		{ "https://example.com?x", "https example.com 443 / x" },
		{ "https://example.com#x?y", "https example.com 443 / -" },
		{ "https://example.com/?", "https example.com 443 / " },
		{ "http://example.com:8080/a", "http example.com 8080 /a -" },
		{ "http://example.com:/a", "http example.com 80 /a -" },
		{ "http://[::1]:80/", "http ::1 80 / -" },
		{ "http://[FE80::1]", "http fe80::1 80 / -" },
		{ "http://127.0.0.1/x", "http 127.0.0.1 80 /x -" },
		{ "x-y+z.1://h", "x-y+z.1 h 0 / -" },
		{ "http://h/a/./b", "http h 80 /a/b -" },
		{ "http://h/a/../b", "http h 80 /b -" },
		{ "http://h/a/b/..", "http h 80 /a/ -" },
		{ "http://h/a/b/.", "http h 80 /a/b/ -" },
		{ "http://h/a/%2e%2E/b", "http h 80 /b -" },
		{ "http://h/%61dmin", "http h 80 /admin -" },
		{ "http://h/a%20b", "http h 80 /a b -" },
		{ "http://h/a//b", "http h 80 /a//b -" },
		{ "http://h/a/...", "http h 80 /a/... -" },
		{ "http://h/.a/..b", "http h 80 /.a/..b -" },
		{ "http://h/%252e%252e/b", "http h 80 /%2e%2e/b -" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static struct url url;
		char shown[8192] = "no url";

		if (url_parse(text_of(rows[i].url), &url))
			(void)snprintf(shown, sizeof(shown), "%.*s %s %u %s %.*s",
				       (int)url.scheme.size, url.scheme.bytes, url.host, url.port,
				       url.path, url.query.bytes ? (int)url.query.size : 1,
				       url.query.bytes ? url.query.bytes : "-");
		if (strcmp(shown, rows[i].expected) != 0)
			fail_msg("%s: %s", rows[i].url, shown);
	}
}

static void what_could_be_read_in_two_ways_is_none(void **state)
{
	static const char *const urls[] = {
		"",
		"example.com",
		"/a",
		"//example.com/a",
		"http:/example.com",
		"http:example.com",
		"http://",
		"http:///a",
		"1http://h",
		"http://user@example.com/",
		"http://user:pass@example.com/",
		"http://good.com@evil.com/",
		"http://good.com\\@evil.com/",
		"http://good.com/ a",
		"http://good.com\t.evil.com/",
		"http://good.com\n/",
		"http://good%2ecom/",
		"http://g\xc3\xb6od.com/",
		"http://a..b/",
		"http://.a/",
		"http://./",
		"http://h:99999/",
		"http://h:8a/",
		"http://h:-1/",
		"http://[::1/",
		"http://[::g]/",
		"http://[127.0.0.1]/",
		"http://::1/",
		"http://[::1]x/",
		"http://h/%",
		"http://h/%4",
		"http://h/%4g",
		"http://h/a%00b",
		"http://h/a%2fb",
		"http://h/a%5cb",
		"http://h/../a",
		"http://h/..",
		"http://h/a/../../b",
		"http://h/%2e%2e/b",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		static struct url url;

		if (url_parse(text_of(urls[i]), &url))
			fail_msg("taken for a url: %s", urls[i]);
	}
}

static void what_is_longer_than_its_room_is_none(void **state)
{
	static struct url url;
	static char text[URL_PATH_MAX + 64];

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text, "http://h/", 9);
	assert_false(url_parse((struct text){ text, sizeof(text) }, &url));
	assert_true(url_parse((struct text){ text, URL_PATH_MAX }, &url));
	memcpy(text, "http://h.", 9);
	assert_false(url_parse((struct text){ text, 300 }, &url));
	assert_true(url_parse((struct text){ text, 200 }, &url));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_url_is_taken_apart),
		cmocka_unit_test(what_could_be_read_in_two_ways_is_none),
		cmocka_unit_test(what_is_longer_than_its_room_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
