/* SPDX-License-Identifier: BSD-2-Clause */
#include "idle.h"

#include "kernel_if.h"

#include <pagoda/startup.h>
#include <stdint.h>

static enum { NOT_ASKED, ASKED, WITHDRAWN } asked; /* withdrawn: the thread is suspended where it was about to signal */
static uint64_t entries_before; /* kernel_idle_entries at the last tick */
static bool in_last_period, answered; /* there was idle time in the last period; the thread has run in this one */

void idle_start(void)
{
    asked = NOT_ASKED;
    entries_before = kernel_idle_entries();
    in_last_period = answered = false;
}

void idle_tick(void)
{
    uint64_t entries = kernel_idle_entries();

    in_last_period = entries != entries_before || answered;
    answered = false;
    entries_before = entries;
    if (asked == ASKED && !in_last_period) {
        must(kernel_thread_suspend(PAGER_CAP_IDLE_TCB), "idle: suspend");
        asked = WITHDRAWN;
    }
}

bool idle_expected(void)
{
    return in_last_period || answered || kernel_idle_entries() != entries_before;
}

void idle_ask(void)
{
    if (asked == WITHDRAWN) {
        must(kernel_thread_resume(PAGER_CAP_IDLE_TCB), "idle: resume");
    } else if (asked == NOT_ASKED) {
        kernel_signal(PAGER_CAP_SIGNAL_IDLE);
    }
    asked = ASKED;
}

/* Even a thread that was suspended may have signalled right before. */
void idle_answered(void)
{
    if (asked == WITHDRAWN) {
        must(kernel_thread_resume(PAGER_CAP_IDLE_TCB), "idle: resume");
    }
    asked = NOT_ASKED;
    answered = true;
}
