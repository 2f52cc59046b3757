/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"

#include <stdio.h>

static int run(struct shell *shell, int argc, char **argv)
{
    (void)shell, (void)argc, (void)argv;
    printf("\x1b[H\x1b[2J");
    return STATUS_OK;
}

const struct command command_clear = {
    .name = "clear",
    .usage = "",
    .summary = "clear the screen, as ^L does",
    .help = "",
    .words = "",
    .group = GROUP_SYSTEM,
    .run = run,
};
