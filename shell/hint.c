/* SPDX-License-Identifier: BSD-2-Clause */
#include "hint.h"
#include "command.h"
#include "kinfo.h"
#include "text.h"

#include "generated/pager_client.h"

#include <inttypes.h>
#include <stdio.h>

extern const struct command command_optimize;

int hint_status(const struct shell *shell)
{
    const volatile struct kernel_info *k = kinfo(shell);
    uint64_t on;
    int error = pager_setting_get(LAYOUT_CAP_PAGER, PAGER_SETTING_HINT, &on);
    if (error != PAGODA_OK)
        return shell_failed("optimize", error);
    printf("64 KiB groups (%s)", on ? "on" : "off");
    if (k != NULL)
        printf(": %" PRIu64 " mapped since boot, %" PRIu64 " broken up for a part", k->groups_mapped, k->groups_broken);
    printf(".\n");
    return STATUS_OK;
}

int hint_set(const struct shell *shell, const char *value)
{
    bool on;
    if (!text_parse_switch(value, &on))
        return command_usage(&command_optimize, "'%s' is not 'on' or 'off'", value);
    int error = pager_setting_set(LAYOUT_CAP_PAGER, PAGER_SETTING_HINT, on);
    return error == PAGODA_OK ? hint_status(shell) : shell_failed("optimize", error);
}
