/* SPDX-License-Identifier: BSD-2-Clause */
#include "prezero.h"
#include "command.h"
#include "text.h"

#include "generated/pager_client.h"
#include "pagoda/layout.h"

#include <inttypes.h>
#include <stdio.h>

extern const struct command command_optimize;

static int ask(struct pager_prezero_info_reply *z)
{
    uint64_t on, percent;
    int error = pager_prezero_info(LAYOUT_CAP_PAGER, z);
    if (error == PAGODA_OK)
        error = pager_setting_get(LAYOUT_CAP_PAGER, PAGER_SETTING_PREZERO, &on);
    if (error == PAGODA_OK)
        error = pager_setting_get(LAYOUT_CAP_PAGER, PAGER_SETTING_PREZERO_LIMIT, &percent);
    if (error != PAGODA_OK)
        return shell_failed("optimize", error);
    printf("prezero (%s): %" PRIu64 " free frames are zero, target %" PRIu64 ", limit %" PRIu64 " (%" PRIu64 "%%).\nprezero: %" PRIu64 " are taken a second.\n", on ? "on" : "off", z->clean,
           z->target, z->limit, percent, z->rate);
    return STATUS_OK;
}

int prezero_short(void)
{
    struct pager_prezero_info_reply z;
    return ask(&z);
}

int prezero_status(void)
{
    struct pager_prezero_info_reply z;
    int status = ask(&z);
    if (status != STATUS_OK)
        return status;
    printf("prezero: since boot %" PRIu64 " were zero when wanted so, %" PRIu64 " were zeroed then.\n", z.hits, z.missed);
    printf("prezero: in %" PRIu64 " steps of idle time %" PRIu64 " were zeroed, %" PRIu64 " made;\nprezero: %" PRIu64 " in vain; up to %" PRIu64 " may be before more are taken.\n", z.steps,
           z.zeroed, z.armed, z.wasted, z.account);
    return STATUS_OK;
}

/* parse: what the user wrote as a setting and its value; false: it is neither. */
static bool parse(const char *text, uint64_t *setting, uint64_t *value)
{
    bool on;
    *setting = text_parse_switch(text, &on) ? PAGER_SETTING_PREZERO : PAGER_SETTING_PREZERO_LIMIT;
    *value = on;
    return *setting == PAGER_SETTING_PREZERO || (text_parse_number(text, value) && *value > 0 && *value <= PAGER_PREZERO_LIMIT_MAX);
}

int prezero_set(const char *text)
{
    uint64_t setting, value;
    if (!parse(text, &setting, &value))
        return command_usage(&command_optimize, "'%s' is not 'on', 'off' or a limit, 1 to %d hundredths of memory", text, PAGER_PREZERO_LIMIT_MAX);
    int error = pager_setting_set(LAYOUT_CAP_PAGER, setting, value);
    return error == PAGODA_OK ? prezero_status() : shell_failed("optimize", error);
}
