/* SPDX-License-Identifier: BSD-2-Clause */
/* What a command is. Each stands in commands/NAME.c as `const struct command command_NAME`; commands/table.c lists them. */
#ifndef SHELL_COMMAND_H
#define SHELL_COMMAND_H

#include "shell.h"

enum command_group { GROUP_PROCESSES, GROUP_FILES, GROUP_SYSTEM, GROUP_MEMORY, GROUPS };

struct command {
    const char *name;
    const char *usage;   /* arguments only: "PID SIZE" */
    const char *summary; /* one line, no full stop */
    const char *help;    /* more lines, each ending in \n */
    const char *words;   /* what can follow, for Tab, as phrases (phrases.h); NULL: files */
    enum command_group group;
    int min_args;        /* without the name; checked before `run` */
    int max_args;        /* -1: any number */
    bool launches;       /* it starts a program: & is for it too */
    int (*run)(struct shell *shell, int argc, char **argv); /* argv[0] is the name; returns the status */
};

/* command_find: the command with this name, NULL if there is none. */
const struct command *command_find(const char *name);

/* command_at: the index-th command, NULL past the last; in the order in which help lists them. */
const struct command *command_at(unsigned index);

/* command_run: check the number of arguments, run, return the status. */
int command_run(struct shell *shell, const struct command *command, int argc, char **argv);

/* command_usage: print "usage: ..." and return STATUS_USAGE, for `return command_usage(...)`. `why` may be NULL. */
int command_usage(const struct command *command, const char *why, ...) __attribute__((format(printf, 2, 3)));

#endif
