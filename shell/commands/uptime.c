/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"
#include "kinfo.h"
#include "text.h"

#include "pagoda/pagoda.h"

#include <inttypes.h>
#include <stdio.h>

static int run(struct shell *shell, int argc, char **argv)
{
    const volatile struct kernel_info *info = kinfo(shell);
    (void)argc;
    if (info == NULL)
        return shell_complain(argv[0], "only the first shell has the kernel information page");
    uint64_t frequency = info->timer_frequency;
    uint64_t boot = info->boot_ticks;
    uint64_t ms = ticks_to_ns(pagoda_ticks() - boot, frequency) / 1000000;
    uint64_t seconds = ms / 1000;
    printf("up %" PRIu64 ":%02u:%02u.%03u since the kernel started; it took %s to reach init\n", seconds / 3600,
           (unsigned)(seconds / 60 % 60), (unsigned)(seconds % 60), (unsigned)(ms % 1000),
           text_time(ticks_to_ns(info->root_ticks - boot, frequency)).s);
    return STATUS_OK;
}

const struct command command_uptime = {
    .name = "uptime",
    .usage = "",
    .summary = "time since the kernel started",
    .help = "Hours, minutes, seconds, milliseconds of the machine's counter.\n",
    .words = "",
    .group = GROUP_SYSTEM,
    .run = run,
};
