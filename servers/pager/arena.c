/* SPDX-License-Identifier: BSD-2-Clause */
#include "arena.h"

#include "cspace.h"

/* 2 MiB pieces for 8 GiB of RAM, 64 KiB ones of the last chunk, and small leftovers. */
#define MAX_PIECES 256

#define LEAF_BYTES (1ull << CSPACE_CNODE_BITS)
#define MAX_SPARE_LEAVES 64u /* in the largest piece */
/* Of one arena_page at most: the page, a table for each level, the spare one. */
#define PAGE_SLOTS 5u

/* used mirrors the kernel's watermark of the untyped. A piece serves either leaves or pages, so that nothing is lost to alignment. */
static struct piece {
    cptr_t untyped;
    uint64_t bytes;
    uint64_t used;
    bool for_leaves;
} pieces[MAX_PIECES];
static unsigned n_pieces;
static bool settled;
static uint64_t leaves_made;
/* Made beforehand: the leaves of the one piece that serves both. */
static uint32_t spare_leaves[MAX_SPARE_LEAVES];
static unsigned n_spare_leaves;

static cptr_t own_vspace;
static cptr_t slot_next, slot_end; /* in use now */
static cptr_t more_next, more_end; /* afterwards */
static uint64_t memory_next, memory_end; /* arena_memory: given out up to here, mapped up to there */
static uint64_t pages_total;
static cptr_t spare_table; /* made, but not hung in anywhere yet */

void arena_init(cptr_t vspace, cptr_t free_slot, cptr_t free_slot_end, uint64_t memory_va)
{
    own_vspace = vspace;
    slot_next = free_slot;
    slot_end = free_slot_end;
    more_next = more_end = 0;
    memory_next = memory_end = memory_va;
    n_pieces = 0;
    pages_total = 0;
    spare_table = 0;
    settled = false;
    leaves_made = 0;
    n_spare_leaves = 0;
}

void arena_add(cptr_t untyped, uint64_t bytes)
{
    if (n_pieces == MAX_PIECES) {
        pager_panic("arena: too many pieces", n_pieces);
    }
    pieces[n_pieces++] = (struct piece){.untyped = untyped, .bytes = bytes};
    pages_total += bytes / PAGE_SIZE;
}

static bool piece_take(struct piece *p, uint64_t size)
{
    uint64_t start = (p->used + size - 1) & ~(size - 1);

    if (start + size > p->bytes) {
        return false;
    }
    p->used = start + size;
    return true;
}

static cptr_t page_untyped(void)
{
    for (unsigned i = 0; i < n_pieces; i++) {
        if (!pieces[i].for_leaves && piece_take(&pieces[i], PAGE_SIZE)) {
            return pieces[i].untyped;
        }
    }
    pager_panic("arena: no page left", n_pieces);
}

static cptr_t leaf_untyped(void)
{
    for (unsigned i = n_pieces; i-- > 0;) {
        if ((pieces[i].for_leaves || !settled) && piece_take(&pieces[i], LEAF_BYTES)) {
            return pieces[i].untyped;
        }
    }
    pager_panic("arena: no place for a leaf", n_pieces);
}

static uint32_t make_leaf(cptr_t untyped)
{
    uint32_t leaf = cspace_leaf_take_aside();

    if (leaf == CSPACE_NO_LEAF) {
        pager_panic("arena: no leaf left", 0);
    }
    must(kernel_retype(untyped, KERNEL_CNODE, CSPACE_LEAF_BITS, KERNEL_ROOT_LEAF, leaf, 1), "arena: leaf");
    return leaf;
}

uint32_t arena_leaf(void)
{
    leaves_made++;
    return n_spare_leaves > 0 ? spare_leaves[--n_spare_leaves] : make_leaf(leaf_untyped());
}

static uint64_t leaves_in(const struct piece *p)
{
    return p->bytes / LEAF_BYTES - (p->used + LEAF_BYTES - 1) / LEAF_BYTES;
}

/* make_spare_leaves: a piece cannot give leaves once pages were taken from it, so it gives them now. */
static void make_spare_leaves(struct piece *p, uint64_t n)
{
    for (; n > 0 && piece_take(p, LEAF_BYTES); n--) {
        spare_leaves[n_spare_leaves++] = make_leaf(p->untyped);
    }
}

void arena_settle(uint64_t leaves)
{
    uint64_t to_be_made = leaves > leaves_made ? leaves - leaves_made : 0, left = to_be_made;

    for (unsigned i = n_pieces; i-- > 0 && left > 0;) {
        uint64_t n = leaves_in(&pieces[i]);
        if (n > left) {
            make_spare_leaves(&pieces[i], left);
            n = left;
        } else {
            pieces[i].for_leaves = n > 0;
        }
        left -= n;
    }
    if (left > 0) {
        pager_panic("arena: too few leaves", left);
    }
    settled = true;
    cspace_set_aside((uint32_t)(to_be_made - n_spare_leaves));
}

static uint64_t leaves_left(void)
{
    uint64_t n = n_spare_leaves;

    for (unsigned i = 0; i < n_pieces; i++) {
        n += pieces[i].for_leaves ? leaves_in(&pieces[i]) : 0;
    }
    return n;
}

static uint64_t page_pieces_left(void)
{
    uint64_t n = 0;

    for (unsigned i = 0; i < n_pieces; i++) {
        n += pieces[i].for_leaves ? 0 : (pieces[i].bytes - pieces[i].used) / PAGE_SIZE;
    }
    return n;
}

bool arena_ready(uint64_t pages, uint64_t leaves)
{
    uint64_t slots = slot_end - slot_next + (more_end - more_next);

    leaves += slots < pages + PAGE_SLOTS;
    return page_pieces_left() >= pages + PAGE_SLOTS && leaves_left() >= leaves;
}

void arena_slots(cptr_t slot, cptr_t end)
{
    more_next = slot;
    more_end = end;
}

cptr_t arena_row(unsigned n)
{
    if (slot_end - slot_next < n && more_end - more_next >= n) {
        slot_next = more_next;
        slot_end = more_end;
        more_next = more_end = 0;
    }
    if (slot_end - slot_next < n) {
        uint32_t leaf = arena_leaf();
        slot_next = cptr_at(leaf, 0);
        slot_end = cptr_at(leaf + 1, 0);
    }
    slot_next += n;
    return slot_next - n;
}

cptr_t arena_slot(void)
{
    return arena_row(1);
}

static cptr_t arena_object(enum kernel_object type)
{
    cptr_t slot = arena_slot();

    must(kernel_retype(page_untyped(), type, 0, cptr_leaf(slot), cptr_slot(slot), 1), "arena: retype");
    return slot;
}

/* The kernel hangs each table into the first free level and answers DeleteFirst when the path is complete. The table made for
 * that last attempt would be lost, so it is kept for the next path. */
void arena_tables(uint64_t va)
{
    for (;;) {
        if (!spare_table) {
            spare_table = arena_object(KERNEL_TABLE);
        }
        unsigned error = kernel_table_map(spare_table, own_vspace, va);
        if (error == KERNEL_ERROR_DELETE_FIRST) {
            return;
        }
        must(error, "arena: table");
        spare_table = 0;
    }
}

void arena_page(uint64_t va)
{
    cptr_t frame = arena_object(KERNEL_FRAME);
    unsigned error = kernel_page_map(frame, own_vspace, va, true, false);

    if (error == KERNEL_ERROR_FAILED_LOOKUP) {
        arena_tables(va);
        error = kernel_page_map(frame, own_vspace, va, true, false);
    }
    must(error, "arena: map");
}

void *arena_memory(uint64_t bytes)
{
    uint64_t va = memory_next;

    memory_next += arena_round(bytes);
    for (; memory_end < memory_next; memory_end += PAGE_SIZE) {
        arena_page(memory_end);
    }
    return (void *)(uintptr_t)va;
}

uint64_t arena_pages(void)
{
    return pages_total;
}

uint64_t arena_pages_left(void)
{
    uint64_t left = 0;

    for (unsigned i = 0; i < n_pieces; i++) {
        left += (pieces[i].bytes - pieces[i].used) / PAGE_SIZE;
    }
    return left;
}
