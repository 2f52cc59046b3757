/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"

static int run(struct shell *shell, int argc, char **argv)
{
    (void)argc;
    return shell_launch(shell, argv + 1, NULL, 0);
}

const struct command command_run_program = {
    .name = "run",
    .usage = "PROGRAM [ARGUMENT...]",
    .summary = "start a program and wait for its end",
    .help = "The program is looked up in bin/ unless its name has a '/'. ^C ends it. $? is\n"
            "then its exit code, or 128 + N when it was ended: 130 ^C, 132 bad instruction,\n"
            "137 killed or out of memory, 139 bad access.\n"
            "'PROGRAM ARGUMENT... &' starts it in the background.\n",
    .group = GROUP_PROCESSES,
    .min_args = 1,
    .max_args = -1,
    .run = run,
};
