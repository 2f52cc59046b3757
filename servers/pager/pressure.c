/* SPDX-License-Identifier: BSD-2-Clause */
#include "pressure.h"

#include "frame.h"
#include "retire.h"
#include "state.h"
#include "subscribe.h"

/* take_note: what is kept only to save time goes when memory is short; the rest of it while no message waits (serve_background). */
static void take_note(void)
{
    if (retired_burden()) {
        retired_give_up();
    }
}

void pressure_now(void)
{
    struct pressure_signals signals = {
        .now_ns = ticks_to_ns(kernel_ticks()),
        .free_pages = pages_free(),
        .refaults = pager.refaults,
        .stall = stall_share(&pager.stall.some, STALL_10S),
        .scattered_pages = pages_scattered(),
    };

    subscribers_tell(pressure_assess(&pager.pressure, &signals));
    take_note();
}

void pressure_moved(void)
{
    uint64_t free = pages_free();

    if (pressure_moves(&pager.pressure, free)) {
        subscribers_tell(pressure_update(&pager.pressure, free));
        take_note();
    }
}
