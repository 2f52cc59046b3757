/* SPDX-License-Identifier: BSD-2-Clause */
#include "pressure_history.h"

#include "generated/pager_client.h"
#include "pagoda/layout.h"

#include <string.h>

int pressure_history_read(struct pressure_history *history)
{
    struct pager_pressure_history_reply reply;
    int error;
    history->n = 0;
    do {
        error = pager_pressure_history(LAYOUT_CAP_PAGER, history->n, &reply);
        if (error != PAGODA_OK)
            return error;
        unsigned n = (unsigned)(reply.samples.len / sizeof(history->samples[0]));
        if (n > PRESSURE_SAMPLES - history->n)
            n = PRESSURE_SAMPLES - history->n;
        memcpy(&history->samples[history->n], reply.samples.data, n * sizeof(history->samples[0]));
        history->n += n;
        history->period_us = reply.period_us;
    } while (reply.samples.len != 0 && history->n < PRESSURE_SAMPLES);
    return PAGODA_OK;
}
