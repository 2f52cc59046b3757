/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"

#include "generated/console_client.h"
#include "generated/init_client.h"
#include "pagoda/layout.h"

#include <stdio.h>

static int run(struct shell *shell, int argc, char **argv)
{
    (void)shell, (void)argc;
    fflush(stdout);
    console_flush(LAYOUT_CAP_CONSOLE);
    int error = init_power_off(LAYOUT_CAP_INIT);
    return shell_failed(argv[0], error);
}

const struct command command_poweroff = {
    .name = "poweroff",
    .usage = "",
    .summary = "stop the machine",
    .help = "Programs that still run are lost.\n",
    .words = "",
    .group = GROUP_SYSTEM,
    .run = run,
};
