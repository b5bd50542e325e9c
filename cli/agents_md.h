/* SPDX-License-Identifier: MIT */
/*
 * agentos policy from-agents-md: a policy from what an AGENTS.md says.
 */
#ifndef AGENTOS_CLI_AGENTS_MD_H
#define AGENTOS_CLI_AGENTS_MD_H

/** agents_md_command() - @argv: from the verb's own name on. Return: exit status. */
int agents_md_command(int argc, char **argv);

#endif
