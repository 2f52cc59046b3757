/* SPDX-License-Identifier: BSD-2-Clause */
#include "compact.h"

#include "cspace.h"
#include "frame.h"
#include "migrate.h"
#include "policy/compact_choice.h"

/* Groups of which the cheapest is emptied. */
#define GROUPS_LOOKED 64u
/* After a round in vain, one call of so many groups looked at is skipped. */
#define VAIN_SHARE 16u
/* Frames that must stay armed beside those that a group is emptied into: the reserve for page maps, and a fault. */
#define FRAMES_LEFT (FRAMES_RESERVE + 4u)

static uint32_t hand; /* group that is looked at next */
static uint32_t skip; /* calls to pass over */
static uint32_t stir_hand; /* page */

void compact_init(void)
{
    hand = 0;
    skip = 0;
    stir_hand = 0;
}

bool compact_room(void)
{
    return frames_armed() >= GROUP_PAGES + FRAMES_LEFT;
}

/* ---- one group ---- */

static bool in_use(uint32_t page)
{
    return frame_at(page)->unit.user != FRAME_FREE;
}

static struct compact_candidate census(uint32_t group)
{
    struct compact_candidate c = {.number = group};

    for (uint32_t page = group * GROUP_PAGES; page < (group + 1) * GROUP_PAGES; page++) {
        if (in_use(page)) {
            c.used += migrate_possible(page);
            c.fixed += !migrate_possible(page);
        }
    }
    return c;
}

/* move_page: to any free frame. */
static bool move_page(uint32_t page)
{
    uint32_t to = frame_destination();

    if (to == BUDDY_NONE) {
        return false;
    }
    if (!migrate_frame(page, to)) {
        frame_destination_unused(to);
        return false;
    }
    return true;
}

/* empty_group: false: a page of it has to stay, or it is a free group already. */
static bool empty_group(uint32_t group)
{
    if (frame_group_close(group) == 0 && census(group).used == 0) {
        return false;
    }
    for (uint32_t page = group * GROUP_PAGES; page < (group + 1) * GROUP_PAGES; page++) {
        if (in_use(page) && !move_page(page)) {
            frame_group_open(group);
            return false;
        }
    }
    group_put(group);
    return true;
}

/* ---- the cheapest group ---- */

static bool holds_frames(uint32_t group)
{
    const struct chunk *c = chunk_at(group / CHUNK_GROUPS);

    return c->leaf != CSPACE_NO_LEAF && (c->present >> group % CHUNK_GROUPS & 1) && group_state_of(group) == GROUP_FRAMES;
}

/* look: move the hand over n groups; the cheapest of them. */
static struct compact_choice look(uint32_t n)
{
    struct compact_choice choice = {0};
    uint32_t n_groups = chunk_count() * CHUNK_GROUPS;

    for (uint32_t i = 0; i < n; i++, hand++) {
        hand = hand < n_groups ? hand : 0;
        if (holds_frames(hand)) {
            struct compact_candidate c = census(hand);
            compact_consider(&choice, &c, GROUP_PAGES);
        }
    }
    return choice;
}

bool compact_group_now(void)
{
    uint32_t n_groups = chunk_count() * CHUNK_GROUPS;

    for (uint32_t looked = 0; looked < n_groups && compact_room(); looked += GROUPS_LOOKED) {
        struct compact_choice choice = look(GROUPS_LOOKED);
        if (choice.found && empty_group(choice.best.number)) {
            return true;
        }
    }
    skip = n_groups / VAIN_SHARE;
    return false;
}

bool compact_group(void)
{
    if (skip > 0) {
        skip--;
        return false;
    }
    return compact_group_now();
}

/* stir_page: move one page; it becomes the free one. */
static bool stir_page(uint32_t page)
{
    uint32_t to = frame_destination();

    if (to == BUDDY_NONE) {
        return false;
    }
    bool moved = migrate_frame(page, to);
    frame_destination_unused(moved ? page : to);
    return moved;
}

uint32_t compact_stir(uint32_t n)
{
    uint32_t n_pages = chunk_count() * CHUNK_PAGES, moved = 0;

    for (uint32_t i = 0; i < STIR_LOOKED && moved < n; i++, stir_hand++) {
        stir_hand = stir_hand < n_pages ? stir_hand : 0;
        if (holds_frames(stir_hand / GROUP_PAGES) && in_use(stir_hand) && migrate_possible(stir_hand)) {
            moved += stir_page(stir_hand);
        }
    }
    return moved;
}
