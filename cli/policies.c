/* SPDX-License-Identifier: MIT */
#include "cli/policies.h"

#include <errno.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clean.h"
#include "common/printable.h"
#include "common/sources.h"

int complain(int status, const char *format, ...)
{
	char text[FAULT_TEXT_SIZE];
	char shown[2 * FAULT_TEXT_SIZE];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	(void)fprintf(stderr, "agentos: %s\n", printable_copy(text, shown, sizeof(shown)));
	return status;
}

size_t policies_options(struct policies *policies, struct option_row *out)
{
	const struct option_row rows[POLICIES_OPTIONS] = {
		{ 'p', "policy", OPTION_LIST, &policies->sources, "FILE|NAME",
		  "add a policy (default: ./agentos.yaml if there); `base` is always under it" },
		{ 's', "set", OPTION_LIST, &policies->sets, "VAR=VALUE", "set a policy variable" },
		{ 'a', "agent", OPTION_TEXT, &policies->agent, "ID", "identity of the agent" },
		{ 'w', "workspace", OPTION_TEXT, &policies->workspace, "DIR",
		  "the workspace (default: the current directory)" },
	};

	memcpy(out, rows, sizeof(rows));
	return POLICIES_OPTIONS;
}

static void resolve(const char *path, char *out)
{
	CLEAN_FREE char *real = realpath(path, NULL);

	(void)snprintf(out, PATH_MAX, "%s", real ? real : path);
}

static void print_errors(const struct policy_errors *errors, const struct fault *fault)
{
	if (errors->count == 0)
		(void)complain(0, "%s", fault->text);
	for (size_t i = 0; i < errors->count; i++)
		(void)complain(0, "%s:%u:%u: %s", errors->items[i].file, errors->items[i].line,
			       errors->items[i].column, errors->items[i].text);
}

int policies_load(struct policies *policies)
{
	const char *tmpdir = getenv("TMPDIR");
	const char *home = getenv("HOME");
	const struct passwd *user = getpwuid(getuid());
	struct policy_errors errors = { 0 };
	struct fault fault = { 0 };
	char cwd[PATH_MAX] = "/";
	char tmp[PATH_MAX + 32];
	struct policy_scope scope = {
		.workspace = policies->workspace_path,
		.home = policies->home,
		.tmpdir = tmp,
		.cwd = cwd,
		.user = user ? user->pw_name : "",
		.agent = policies->agent ? policies->agent : "agent",
		.sets = policies->sets.items,
		.set_count = policies->sets.count,
	};
	int r;

	(void)!getcwd(cwd, sizeof(cwd));
	resolve(policies->workspace ? policies->workspace : ".", policies->workspace_path);
	resolve(home && home[0] == '/' ? home : user ? user->pw_dir : "/", policies->home);
	/* A run's own TMPDIR has a name that nobody knows yet. */
	(void)snprintf(tmp, sizeof(tmp), "%s/agentos-RUN",
		       tmpdir && tmpdir[0] == '/' ? tmpdir : "/tmp");
	sources_choose(&policies->sources, NULL);
	r = policy_load(policies->sources.items, policies->sources.count, &scope, &policies->policy,
			&errors, &fault);
	if (r < 0)
		print_errors(&errors, &fault);
	policy_errors_release(&errors);
	return r < 0 ? EXIT_FAILED : 0;
}

void policies_release(struct policies *policies)
{
	policy_free(policies->policy);
	policies->policy = NULL;
}
