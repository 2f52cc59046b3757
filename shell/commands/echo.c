/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"

#include <stdio.h>
#include <string.h>

static int run(struct shell *shell, int argc, char **argv)
{
    bool newline = argc < 2 || strcmp(argv[1], "-n") != 0;
    int first = newline ? 1 : 2;
    (void)shell;
    for (int i = first; i < argc; i++)
        printf("%s%s", i > first ? " " : "", argv[i]);
    if (newline)
        printf("\n");
    return STATUS_OK;
}

const struct command command_echo = {
    .name = "echo",
    .usage = "[-n] [WORD...]",
    .summary = "print words; $? is the status of the command before",
    .help = "-n leaves the newline out.\n",
    .group = GROUP_FILES,
    .max_args = -1,
    .run = run,
};
