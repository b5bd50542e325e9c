/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules/address.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static void a_host_matches_what_it_names(void **state)
{
	static const struct {
		const char *pattern;
		const char *host, *ip; /* of the event; NULL: it has none */
		bool want;
	} rows[] = {
		{ "example.com", "example.com", NULL, true },
		{ "example.com", "EXAMPLE.com.", NULL, true },
		{ "Example.COM.", "example.com", NULL, true },
		{ "example.com", "www.example.com", NULL, false },
		{ "example.com", "example.co", NULL, false },
		{ "example.com", "notexample.com", NULL, false },
		{ "example.com", NULL, "1.2.3.4", false },
		{ "*.example.com", "www.example.com", NULL, true },
		{ "*.example.com", "a.b.EXAMPLE.com", NULL, true },
		{ "*.example.com", "a.example.com.", NULL, true },
		{ "*.example.com", "example.com", NULL, false },
		{ "*.example.com", "notexample.com", NULL, false },
		{ "*.example.com", NULL, "1.2.3.4", false },
		{ "*", "example.com", NULL, true },
		{ "*", NULL, "1.2.3.4", true },
		{ "*", NULL, NULL, false },
		{ "1.2.3.4", NULL, "1.2.3.4", true },
		{ "1.2.3.4", NULL, "::ffff:1.2.3.4", true },
		{ "::ffff:1.2.3.4", NULL, "1.2.3.4", true },
		{ "1.2.3.4", NULL, "1.2.3.5", false },
		{ "1.2.3.4", "example.com", "1.2.3.4", true },
		{ "1.2.3.4", "1.2.3.4", NULL, false },
		{ "10.0.0.0/8", NULL, "10.255.0.1", true },
		{ "10.0.0.0/8", NULL, "11.0.0.1", false },
		{ "10.0.0.0/8", NULL, "::10.0.0.1", false },
		{ "192.168.4.0/22", NULL, "192.168.7.255", true },
		{ "192.168.4.0/22", NULL, "192.168.8.0", false },
		{ "0.0.0.0/0", NULL, "8.8.8.8", true },
		{ "0.0.0.0/0", NULL, "2001:db8::1", false },
		{ "::/0", NULL, "2001:db8::1", true },
		{ "::/0", NULL, "8.8.8.8", true },
		{ "2001:db8::/32", NULL, "2001:db8:1::1", true },
		{ "2001:db8::/32", NULL, "2001:db9::1", false },
		{ "::1", NULL, "::1", true },
		{ "::1", NULL, "127.0.0.1", false },
		{ "fe80::/10", NULL, "febf::1", true },
		{ "fe80::/10", NULL, "fec0::1", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct event event = { .action = ACTION_CONNECT, .host = rows[i].host };
		struct fault fault = { 0 };
		struct address address;

		assert_int_equal(address_parse(rows[i].pattern, false, &address, &fault), 0);
		address.next = NULL;
		if (rows[i].ip)
			event.has_ip = ip_parse(rows[i].ip, &event.ip);
		assert_int_equal(event.has_ip, rows[i].ip != NULL);
		if (address_matches(&address, &event) != rows[i].want)
			fail_msg("row %zu: %s", i, rows[i].pattern);
	}
}

static void a_list_matches_when_one_does(void **state)
{
	struct event event = { .action = ACTION_CONNECT, .host = "b.example" };
	struct address first, second;

	(void)state;
	assert_int_equal(address_parse("a.example", false, &first, NULL), 0);
	assert_int_equal(address_parse("b.example", false, &second, NULL), 0);
	first.next = &second;
	second.next = NULL;
	assert_true(address_matches(&first, &event));
	event.host = "c.example";
	assert_false(address_matches(&first, &event));
	assert_false(address_matches(NULL, &event));
}

static void what_is_no_host_says_why(void **state)
{
#define ONLY_FIRST                                                                                 \
	"is not a host name, address or network; hint: a '*' can only stand for the first "        \
	"labels, as in '*.example.com'"
	static const struct {
		const char *text;
		bool only_ip;
		const char *want;
	} rows[] = {
		{ "a.*.com", false, "'a.*.com' " ONLY_FIRST },
		{ "*example.com", false, "'*example.com' " ONLY_FIRST },
		{ "a b", false, "'a b' is not a host name, address or network" },
		{ "a..b", false, "'a..b' is not a host name, address or network" },
		{ ".", false, "'.' is not an address" },
		{ "*.", false, "'*.' " ONLY_FIRST },
		{ "https-x.example/", false,
		  "'https-x.example/' is not a host name, address or network" },
		{ "m\xc3\xbcnchen.example", false,
		  "'m\xc3\xbcnchen.example' is not a host name; hint: write it in its ASCII form "
		  "(xn--...)" },
		{ "1.2.3", false, "'1.2.3' is not an address" },
		{ "1.2.3.256", false, "'1.2.3.256' is not an address" },
		{ "0x7f000001", false, "'0x7f000001' is not an address" },
		{ "1.2.3.0x4", false, "'1.2.3.0x4' is not an address" },
		{ "0x7f000001.", false, "'0x7f000001.' is not an address" },
		{ "a.0X7F.", false, "'a.0X7F.' is not an address" },
		{ "1.2.3.4.", false, "'1.2.3.4.' is not an address" },
		{ "http://x", false,
		  "'http://x' is a URL; hint: write the name of the host alone" },
		{ "1.2.3.4/33", false,
		  "'1.2.3.4/33' is not a network; hint: a number from 0 to 32 follows the slash" },
		{ "::/129", false,
		  "'::/129' is not a network; hint: a number from 0 to 128 follows the slash" },
		{ "1.2.3.4/", false,
		  "'1.2.3.4/' is not a network; hint: a number from 0 to 32 follows the slash" },
		{ "10.1.0.0/8", false,
		  "'10.1.0.0/8' has bits beyond its mask; hint: the network is 10.0.0.0/8" },
		{ "example.com", true, "'example.com' is not an address" },
		{ "*", true, "'*' is not an address" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct address address = { .bits = 77 };
		struct fault fault = { 0 };

		assert_int_equal(address_parse(rows[i].text, rows[i].only_ip, &address, &fault),
				 -EINVAL);
		assert_string_equal(fault.text, rows[i].want);
		assert_int_equal(address.bits, 77);
	}
}

static void a_name_has_a_longest(void **state)
{
	char name[300];
	struct fault fault;
	struct address address;

	(void)state;
	for (size_t i = 0; i < sizeof(name); i++)
		name[i] = i % 64 == 63 ? '.' : 'a';
	name[253] = '\0';
	assert_int_equal(address_parse(name, false, &address, &fault), 0);
	name[253] = 'a';
	name[254] = '\0';
	assert_int_equal(address_parse(name, false, &address, &fault), -EINVAL);
	memset(name, 'a', 64);
	name[63] = '\0';
	assert_int_equal(address_parse(name, false, &address, &fault), 0);
	name[63] = 'a';
	name[64] = '\0';
	assert_int_equal(address_parse(name, false, &address, &fault), -EINVAL);
}

static void a_port_is_a_number_or_a_range(void **state)
{
	static const struct {
		const char *text;
		int first, last; /* -1: an error */
		const char *fault;
	} rows[] = {
		{ "443", 443, 443, NULL },
		{ "0", 0, 0, NULL },
		{ "65535", 65535, 65535, NULL },
		{ "8000-8999", 8000, 8999, NULL },
		{ "1-1", 1, 1, NULL },
		{ "65536", -1, 0,
		  "'65536' is not a port; hint: 0 to 65535, or a range such as 8000-8999" },
		{ "", -1, 0, "'' is not a port; hint: 0 to 65535, or a range such as 8000-8999" },
		{ "-1", -1, 0,
		  "'-1' is not a port; hint: 0 to 65535, or a range such as 8000-8999" },
		{ "1-", -1, 0,
		  "'1-' is not a port; hint: 0 to 65535, or a range such as 8000-8999" },
		{ "4 3", -1, 0,
		  "'4 3' is not a port; hint: 0 to 65535, or a range such as 8000-8999" },
		{ "http", -1, 0,
		  "'http' is not a port; hint: 0 to 65535, or a range such as 8000-8999" },
		{ "0000443", -1, 0,
		  "'0000443' is not a port; hint: 0 to 65535, or a range such as 8000-8999" },
		{ "2-1", -1, 0, "the range '2-1' is the wrong way round" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct port_range range = { .first = 77 };
		struct fault fault = { 0 };
		int r = port_parse(rows[i].text, &range, &fault);

		assert_int_equal(r, rows[i].fault ? -EINVAL : 0);
		assert_int_equal(range.first, rows[i].fault ? 77 : rows[i].first);
		if (rows[i].fault)
			assert_string_equal(fault.text, rows[i].fault);
		else
			assert_int_equal(range.last, rows[i].last);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_host_matches_what_it_names),
		cmocka_unit_test(a_list_matches_when_one_does),
		cmocka_unit_test(what_is_no_host_says_why),
		cmocka_unit_test(a_name_has_a_longest),
		cmocka_unit_test(a_port_is_a_number_or_a_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
