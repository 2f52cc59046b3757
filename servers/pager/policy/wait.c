/* SPDX-License-Identifier: BSD-2-Clause */
#include "wait.h"

bool wait_worth_it(const struct wait_facts *f)
{
    return f->class == WAIT_CLASS_CLIENT && f->frames_short && f->disk_behind && f->in_flight && !f->has_caps && f->waited_ns < WAIT_NS;
}

uint32_t wait_frames(unsigned tries)
{
    return tries < 16 && WAIT_FRAMES << tries < WAIT_FRAMES_MAX ? WAIT_FRAMES << tries : WAIT_FRAMES_MAX;
}
