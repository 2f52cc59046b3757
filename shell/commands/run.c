/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"
#include "share.h"

#include "generated/pager_client.h"
#include "pagoda/layout.h"

extern const struct command command_run_program;

static int run(struct shell *shell, int argc, char **argv)
{
    struct pager_space_memory_reply own;
    int program = 1;
    while (program < argc && share_is_word(argv[program]))
        program++;
    if (program == argc)
        return command_usage(&command_run_program, "the program is missing");
    if (program == 1)
        return shell_launch(shell, argv + 1, NULL);
    int error = pager_space_memory(LAYOUT_CAP_PAGER, 0, &own);
    if (error != PAGODA_OK)
        return shell_failed("run", error);
    struct share share = {.min_pages = own.min_pages, .weight = own.weight, .max_pages = own.max_pages};
    for (int i = 1; i < program; i++)
        if (!share_parse(argv[i], &share))
            return command_usage(&command_run_program, "'%s' is not " SHARE_FORMS, argv[i]);
    return shell_launch(shell, argv + program, &share);
}

const struct command command_run_program = {
    .name = "run",
    .usage = "[min=SIZE] [weight=N] [max=SIZE|none] PROGRAM [ARGUMENT...]",
    .summary = "start a program and wait for its end",
    .help = "The program is looked up in bin/ unless its name has a '/'. ^C ends it. $? is\n"
            "then its exit code, or 128 + N when it was ended: 130 ^C, 132 bad instruction,\n"
            "137 killed or out of memory, 139 bad access.\n"
            "'PROGRAM ARGUMENT... &' starts it in the background. Minimum, weight and maximum\n"
            "are those of 'limit'; what is not given it inherits from the shell.\n",
    .group = GROUP_PROCESSES,
    .min_args = 1,
    .max_args = -1,
    .launches = true,
    .run = run,
};
