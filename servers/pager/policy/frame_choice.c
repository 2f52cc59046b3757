/* SPDX-License-Identifier: BSD-2-Clause */
#include "frame_choice.h"

struct frame_choice frame_choose_run(uint32_t clean_mask, uint32_t dirty_mask, bool want_clean)
{
    uint32_t liked_mask = want_clean ? clean_mask : dirty_mask;
    uint32_t mask = liked_mask ? liked_mask : clean_mask | dirty_mask;

    if (!mask) {
        return (struct frame_choice){.found = false};
    }
    return (struct frame_choice){.found = true, .clean = (liked_mask != 0) == want_clean, .order = 31u - (uint32_t)__builtin_clz(mask)};
}

struct frame_choice frame_choose(uint32_t clean_mask, uint32_t dirty_mask, bool want_clean)
{
    uint32_t liked_mask = want_clean ? clean_mask : dirty_mask;
    uint32_t other_mask = want_clean ? dirty_mask : clean_mask;

    if (!liked_mask && !other_mask) {
        return (struct frame_choice){.found = false};
    }
    uint32_t liked = liked_mask ? (uint32_t)__builtin_ctz(liked_mask) : UINT32_MAX;
    uint32_t other = other_mask ? (uint32_t)__builtin_ctz(other_mask) : UINT32_MAX;
    bool take_liked = liked_mask && (!other_mask || liked <= other + FRAME_CHOICE_REACH);

    return (struct frame_choice){
        .found = true,
        .clean = take_liked == want_clean,
        .order = take_liked ? liked : other,
    };
}
