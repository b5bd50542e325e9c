/* SPDX-License-Identifier: MIT */
/*
 * The page of `agentos audit report` (audit/report/page.*), put into the program by audit/embed.sh.
 * Each is ASCII, and ends with a NUL.
 */
#ifndef AGENTOS_AUDIT_PAGE_H
#define AGENTOS_AUDIT_PAGE_H

extern const char
	page_html[]; /* with {{policy}}, {{style}}, {{data}} and {{script}}, in this order */
extern const char page_css[];
extern const char page_js[];

#endif
