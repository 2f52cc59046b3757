/* SPDX-License-Identifier: BSD-2-Clause */
#include "slots.h"

#include "arena.h"
#include "frame.h"

#include <string.h>

/* Indexed by leaf number; meaningful for leaves that are in a set. */
static struct slot_leaf {
    uint64_t free[SLOT_LEAF_SLOTS / 64];   /* bit set: the slot serves nothing */
    uint64_t filled[SLOT_LEAF_SLOTS / 64]; /* bit set: it may hold a capability of former use */
    uint32_t next, prev;
    uint32_t page; /* object page of the CNode */
    uint32_t n_free;
} *leaves;

uint64_t slots_table_bytes(uint32_t n)
{
    return (uint64_t)n * sizeof *leaves;
}

void slots_init(void)
{
    leaves = arena_memory(slots_table_bytes(cspace_leaves()));
}

void slot_set_init(struct slot_set *set)
{
    *set = (struct slot_set){.partial = CSPACE_NO_LEAF, .full = CSPACE_NO_LEAF};
}

static void list_push(uint32_t *head, uint32_t leaf)
{
    leaves[leaf].next = *head;
    leaves[leaf].prev = CSPACE_NO_LEAF;
    if (*head != CSPACE_NO_LEAF) {
        leaves[*head].prev = leaf;
    }
    *head = leaf;
}

static void list_remove(uint32_t *head, uint32_t leaf)
{
    struct slot_leaf *l = &leaves[leaf];

    if (l->prev != CSPACE_NO_LEAF) {
        leaves[l->prev].next = l->next;
    } else {
        *head = l->next;
    }
    if (l->next != CSPACE_NO_LEAF) {
        leaves[l->next].prev = l->prev;
    }
}

static bool grow(struct slot_set *set)
{
    uint32_t leaf;
    bool used;
    uint32_t page = reserve_slots_take(&leaf, &used);

    if (page == BUDDY_NONE) {
        return false;
    }
    leaves[leaf] = (struct slot_leaf){.free = {UINT64_MAX, UINT64_MAX}, .page = page, .n_free = SLOT_LEAF_SLOTS};
    if (used) {
        memset(leaves[leaf].filled, 0xff, sizeof leaves[leaf].filled);
    }
    list_push(&set->partial, leaf);
    set->leaves++;
    return true;
}

/* free_run: how many slots from this free one on are free. */
static unsigned free_run(const struct slot_leaf *l, unsigned slot)
{
    unsigned word = slot / 64;
    uint64_t used = ~(l->free[word] >> slot % 64); /* what was shifted in counts as used */
    unsigned run = used ? (unsigned)__builtin_ctzll(used) : 64;

    if (word == 0 && slot + run == 64 && l->free[1]) {
        uint64_t rest = ~l->free[1];
        run += rest ? (unsigned)__builtin_ctzll(rest) : 64;
    }
    return run;
}

static void mark_used(struct slot_leaf *l, unsigned slot, unsigned n)
{
    for (; n > 0; slot++, n--) {
        l->free[slot / 64] &= ~(1ull << slot % 64);
    }
}

/* taken: n slots of the first leaf were marked as used. */
static inline void taken(struct slot_set *set, unsigned n)
{
    uint32_t leaf = set->partial;

    leaves[leaf].n_free -= n;
    if (leaves[leaf].n_free == 0) {
        list_remove(&set->partial, leaf);
        list_push(&set->full, leaf);
    }
    set->used += n;
}

/* first_free: of the set's first leaf. */
static inline unsigned first_free(const struct slot_set *set)
{
    const struct slot_leaf *l = &leaves[set->partial];
    return l->free[0] ? (unsigned)__builtin_ctzll(l->free[0]) : 64 + (unsigned)__builtin_ctzll(l->free[1]);
}

uint32_t slot_take(struct slot_set *set)
{
    if (set->partial == CSPACE_NO_LEAF && !grow(set)) {
        return SLOT_NONE;
    }
    unsigned bit = first_free(set);
    uint32_t slot = set->partial << SLOT_LEAF_BITS | bit;

    leaves[set->partial].free[bit / 64] &= ~(1ull << bit % 64);
    taken(set, 1);
    return slot;
}

unsigned slot_take_run(struct slot_set *set, unsigned n, uint32_t *first)
{
    if (set->partial == CSPACE_NO_LEAF) {
        return 0;
    }
    unsigned bit = first_free(set), run = free_run(&leaves[set->partial], bit);

    *first = set->partial << SLOT_LEAF_BITS | bit;
    n = n < run ? n : run;
    mark_used(&leaves[set->partial], bit, n);
    taken(set, n);
    return n;
}

void slot_filled(uint32_t slot)
{
    leaves[slot >> SLOT_LEAF_BITS].filled[slot >> 6 & 1] |= 1ull << (slot & 63);
}

void slot_empty(uint32_t slot)
{
    struct slot_leaf *l = &leaves[slot >> SLOT_LEAF_BITS];

    if (l->filled[slot >> 6 & 1] >> (slot & 63) & 1) {
        must(kernel_delete(slot_cap(slot)), "slots: delete");
    }
}

void slot_put(struct slot_set *set, uint32_t slot)
{
    uint32_t leaf = slot >> SLOT_LEAF_BITS;
    struct slot_leaf *l = &leaves[leaf];

    l->free[slot >> 6 & 1] |= 1ull << (slot & 63);
    slot_filled(slot);
    if (l->n_free++ == 0) {
        list_remove(&set->full, leaf);
        list_push(&set->partial, leaf);
    }
    set->used--;
}

static void release(struct slot_set *set, uint32_t *head, uint32_t leaf)
{
    list_remove(head, leaf);
    set->leaves--;
    reserve_slots_put(leaves[leaf].page, leaf);
}

void slot_set_trim(struct slot_set *set)
{
    for (uint32_t leaf = set->partial; leaf != CSPACE_NO_LEAF;) {
        uint32_t next = leaves[leaf].next;
        if (leaves[leaf].n_free == SLOT_LEAF_SLOTS) {
            release(set, &set->partial, leaf);
        }
        leaf = next;
    }
}

void slot_set_clear(struct slot_set *set)
{
    while (set->partial != CSPACE_NO_LEAF) {
        release(set, &set->partial, set->partial);
    }
    while (set->full != CSPACE_NO_LEAF) {
        release(set, &set->full, set->full);
    }
    set->used = 0;
}

uint32_t slot_set_count(const struct slot_set *set)
{
    uint32_t used = 0;

    for (uint32_t leaf = set->partial; leaf != CSPACE_NO_LEAF; leaf = leaves[leaf].next) {
        const struct slot_leaf *l = &leaves[leaf];
        uint32_t n_free = (uint32_t)(__builtin_popcountll(l->free[0]) + __builtin_popcountll(l->free[1]));
        if (n_free != l->n_free || n_free == 0) {
            return UINT32_MAX;
        }
        used += SLOT_LEAF_SLOTS - n_free;
    }
    for (uint32_t leaf = set->full; leaf != CSPACE_NO_LEAF; leaf = leaves[leaf].next) {
        if (leaves[leaf].free[0] || leaves[leaf].free[1] || leaves[leaf].n_free) {
            return UINT32_MAX;
        }
        used += SLOT_LEAF_SLOTS;
    }
    return used;
}
