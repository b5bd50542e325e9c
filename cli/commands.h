/* SPDX-License-Identifier: MIT */
/*
 * The subcommands of `agentos`, one file each (cli/cmd_NAME.c; `run` and `doctor` are
 * launcher/cmd_run.c and launcher/cmd_doctor.c). Each takes argc and argv with its own name at
 * argv[0] and returns the exit status: 0, 1 (it failed), 2 (usage); `run` as in docs.
 */
#ifndef AGENTOS_CLI_COMMANDS_H
#define AGENTOS_CLI_COMMANDS_H

/** cmd_run() - and the others: each of them as said above. */
/** cmd_run() - run a command as an agent; launcher/cmd_run.c. Return: as `agentos-run` exits. */
int cmd_run(int argc, char **argv);

/** cmd_doctor() - try each layer of enforcement; launcher/cmd_doctor.c. Return: exit status. */
int cmd_doctor(int argc, char **argv);

/** cmd_why() - what would be decided. Return: exit status; 1 also when it would be refused. */
int cmd_why(int argc, char **argv);

/** cmd_decide() - decide about requests in JSON. Return: exit status. */
int cmd_decide(int argc, char **argv);

/** cmd_policy() - check, test, show and list policies. Return: exit status. */
int cmd_policy(int argc, char **argv);

/** cmd_audit() - read and verify the recorder. Return: exit status. */
int cmd_audit(int argc, char **argv);

/** cmd_calls() - list the governed calls. Return: exit status. */
int cmd_calls(int argc, char **argv);

#define AGENTOS_VERSION "0.1.0"

#endif
