/* SPDX-License-Identifier: BSD-2-Clause */
#include "large.h"

static uint64_t left_free(uint64_t chunks)
{
    uint64_t share = chunks / LARGE_LEFT_SHARE;
    return share > LARGE_LEFT_MIN ? share : LARGE_LEFT_MIN;
}

uint64_t large_spare(uint64_t chunks, uint64_t chunks_free)
{
    uint64_t left = left_free(chunks);
    return chunks_free > left ? chunks_free - left : 0;
}

static bool harmless(const struct large_facts *f)
{
    return f->any_colour && f->pressure == 0 && f->room >= LARGE_ROOM;
}

bool large_wanted(const struct large_facts *f)
{
    return harmless(f) && large_spare(f->chunks, f->chunks_free) > 0;
}

bool large_worth_moving(const struct large_facts *f)
{
    return harmless(f) && large_spare(f->chunks, f->chunks_free) == 0;
}
