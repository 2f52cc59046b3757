/* SPDX-License-Identifier: BSD-2-Clause */
#include <pagoda/pagoda.h>
#include <pagoda/pressure.h>

#include "generated/pager_client.h"
#include "generated/process_client.h"
#include "pagoda/layout.h"

int pagoda_pressure_subscribe(unsigned level)
{
    int error = process_notification(LAYOUT_CAP_PROCESS);
    if (!error)
        error = pager_pressure_subscribe(LAYOUT_CAP_PAGER, level, LAYOUT_CAP_NOTIFICATION);
    return pagoda_set_errno(error);
}

int pagoda_pressure_unsubscribe(void)
{
    return pagoda_set_errno(pager_pressure_unsubscribe(LAYOUT_CAP_PAGER));
}

bool pagoda_pressure_changed(void)
{
    seL4_Word badge = 0;
    seL4_Poll(LAYOUT_CAP_NOTIFICATION, &badge);
    return badge != 0;
}

void pagoda_pressure_wait(void)
{
    seL4_Word badge;
    seL4_Wait(LAYOUT_CAP_NOTIFICATION, &badge);
}

int pagoda_pressure_ask(struct pagoda_pressure *pressure)
{
    struct pager_pressure_ask_reply reply;
    int error = pager_pressure_ask(LAYOUT_CAP_PAGER, &reply);
    if (!error)
        *pressure = (struct pagoda_pressure){.level = reply.level, .pages = reply.pages, .time_left_ns = reply.time_left};
    return pagoda_set_errno(error);
}
