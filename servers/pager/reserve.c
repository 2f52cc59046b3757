/* SPDX-License-Identifier: BSD-2-Clause */
#include "reserve.h"

#include "cspace.h"
#include "frame.h"

static struct {
    uint32_t tables[RESERVE_TABLES_KEPT];
    struct {
        uint32_t page, leaf;
        bool used;
    } leaves[RESERVE_LEAVES_KEPT];
    uint32_t n_tables, n_leaves;
} reserve;

void reserve_init(void)
{
    reserve.n_tables = 0;
    reserve.n_leaves = 0;
}

uint32_t reserve_table_take(void)
{
    if (reserve.n_tables == 0) {
        return BUDDY_NONE;
    }
    uint32_t page = reserve.tables[--reserve.n_tables];
    page_set_state(page, FRAME_TABLE);
    return page;
}

void reserve_table_put(uint32_t page)
{
    if (reserve.n_tables == RESERVE_TABLES_KEPT) {
        object_page_put(page);
        return;
    }
    must(kernel_table_unmap(page_second_cap(page)), "reserve: table");
    page_set_state(page, FRAME_ARMED);
    reserve.tables[reserve.n_tables++] = page;
}

uint32_t reserve_slots_take(uint32_t *leaf, bool *used)
{
    if (reserve.n_leaves == 0) {
        return BUDDY_NONE;
    }
    uint32_t page = reserve.leaves[--reserve.n_leaves].page;
    *leaf = reserve.leaves[reserve.n_leaves].leaf;
    *used = reserve.leaves[reserve.n_leaves].used;
    page_set_state(page, FRAME_SLOTS);
    return page;
}

static void keep_leaf(uint32_t page, uint32_t leaf, bool used)
{
    reserve.leaves[reserve.n_leaves].page = page;
    reserve.leaves[reserve.n_leaves].leaf = leaf;
    reserve.leaves[reserve.n_leaves++].used = used;
}

void reserve_slots_put(uint32_t page, uint32_t leaf)
{
    if (reserve.n_leaves == RESERVE_LEAVES_KEPT) {
        object_page_put(page);
        cspace_leaf_put(leaf);
        return;
    }
    page_set_state(page, FRAME_ARMED);
    keep_leaf(page, leaf, true);
}

bool reserve_ready(void)
{
    return reserve.n_tables >= 3 && reserve.n_leaves >= 1;
}

uint32_t reserve_tables(void)
{
    return reserve.n_tables;
}

uint32_t reserve_leaves(void)
{
    return reserve.n_leaves;
}

bool reserve_low(void)
{
    return reserve.n_tables < RESERVE_TABLES || reserve.n_leaves < RESERVE_LEAVES || frames_armed() < frames_wanted;
}

static uint32_t make(uint32_t page, enum kernel_object type, unsigned size_bits)
{
    cptr_t slot = page_second_cap(page);

    must(kernel_retype(page_cap(page), type, size_bits, cptr_leaf(slot), cptr_slot(slot), 1),
         "reserve: retype");
    return page;
}

static bool fill_tables(void)
{
    while (reserve.n_tables < RESERVE_TABLES) {
        uint32_t page = object_page_take(FRAME_ARMED);
        if (page == BUDDY_NONE) {
            return false;
        }
        reserve.tables[reserve.n_tables++] = make(page, KERNEL_TABLE, 0);
    }
    return true;
}

static bool fill_leaves(void)
{
    while (reserve.n_leaves < RESERVE_LEAVES) {
        uint32_t leaf = cspace_leaf_take();
        if (leaf == CSPACE_NO_LEAF) {
            return false;
        }
        uint32_t page = object_page_take(FRAME_ARMED);
        if (page == BUDDY_NONE) {
            cspace_leaf_put(leaf);
            return false;
        }
        make(page, KERNEL_CNODE, SLOT_LEAF_BITS);
        must(kernel_install_leaf(leaf, page_second_cap(page), SLOT_LEAF_BITS), "reserve: leaf");
        keep_leaf(page, leaf, false);
    }
    return true;
}

bool reserve_fill(void)
{
    /* All three are tried: object pages may be free when frames are not. */
    bool frames = frames_refill();
    bool tables = fill_tables();
    bool leaves = fill_leaves();
    return frames && tables && leaves;
}

uint32_t reserve_armed(void)
{
    return reserve.n_tables + reserve.n_leaves;
}
