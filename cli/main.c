/* SPDX-License-Identifier: MIT */
/*
 * agentos: the table of subcommands, and which one is meant: by the program's own name
 * (`agentos-run` is `agentos run`, `agent-os` is `agentos`), else by the first argument.
 */
#include "cli/commands.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/nearest.h"

#define EXIT_USAGE 2

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
} commands[] = {
	{ "run", cmd_run, "run a command as an agent under a policy" },
	{ "why", cmd_why, "say what would be decided about an action, and by which rule" },
	{ "decide", cmd_decide, "decide about actions that are asked in JSON" },
	{ "policy", cmd_policy, "check, test and show policies" },
	{ "audit", cmd_audit, "query, follow and verify the flight recorder" },
	{ "calls", cmd_calls, "list the system calls that are governed" },
	{ "doctor", cmd_doctor, "install each layer of enforcement for a try and report it" },
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

static void print_usage(FILE *out)
{
	(void)fprintf(out,
		      "Usage: agentos COMMAND [ARG...]\n"
		      "       agentos-run [OPTIONS] [--] PROGRAM [ARG...]\n\n"
		      "Runs any program as an agent under a policy and records what it does.\n\n"
		      "Commands:\n");
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		(void)fprintf(out, "  %-10s%s\n", commands[i].name, commands[i].summary);
	(void)fprintf(out,
		      "\n`agentos COMMAND --help` tells more; `agentos --version` the version.\n");
}

static const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static int unknown_command(const char *name)
{
	const char *names[COMMAND_COUNT];
	const char *kind = name[0] == '-' ? "option" : "command";
	const char *meant;

	for (size_t i = 0; i < COMMAND_COUNT; i++)
		names[i] = commands[i].name;
	meant = nearest_word(name, names, COMMAND_COUNT);
	(void)fprintf(stderr, "agentos: unknown %s '%s'", kind, name);
	if (meant)
		(void)fprintf(stderr, "; hint: did you mean '%s'?\n", meant);
	else
		(void)fprintf(stderr, "; hint: 'agentos --help' lists the commands\n");
	return EXIT_USAGE;
}

/* `agentos help COMMAND` is `agentos COMMAND --help`. */
static int help(int argc, char **argv)
{
	char name[32];
	char flag[] = "--help";
	char *words[] = { name, flag, NULL };
	const struct command *command;

	if (argc < 2) {
		print_usage(stdout);
		return 0;
	}
	command = command_find(argv[1]);
	if (!command)
		return unknown_command(argv[1]);
	(void)snprintf(name, sizeof(name), "%s", command->name);
	return command->run(2, words);
}

int main(int argc, char **argv)
{
	const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;
	const char *self = slash ? slash + 1 : argc > 0 ? argv[0] : "agentos";
	const struct command *command;

	if (strcmp(self, "agentos-run") == 0)
		return cmd_run(argc, argv);
	if (argc < 2) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		print_usage(stdout);
		return 0;
	}
	if (strcmp(argv[1], "--version") == 0) {
		(void)printf("agentos %s\n", AGENTOS_VERSION);
		return 0;
	}
	if (strcmp(argv[1], "help") == 0)
		return help(argc - 1, argv + 1);
	command = command_find(argv[1]);
	return command ? command->run(argc - 1, argv + 1) : unknown_command(argv[1]);
}
