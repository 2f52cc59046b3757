/* SPDX-License-Identifier: BSD-2-Clause */
#include "buddy.h"

void buddy_init(struct buddy *b, void *units, uint32_t stride, uint32_t max_order)
{
    *b = (struct buddy){.units = units, .stride = stride, .max_order = max_order};
    for (unsigned i = 0; i < BUDDY_LISTS; i++) {
        b->heads[0][i] = BUDDY_NONE;
        b->heads[1][i] = BUDDY_NONE;
    }
}

/* lists_of_order: the lists in which blocks of an order can be. */
static uint64_t lists_of_order(const struct buddy *b, uint32_t order)
{
    uint64_t places = 1ull << (b->window - order);

    return (places == 32 ? 0 : 1ull << 2 * places) - (1ull << places);
}

uint32_t buddy_list_of(const struct buddy *b, uint32_t index, uint32_t order)
{
    if (!b->window) {
        return order;
    }
    uint32_t places = 1u << (b->window - order);
    return places + (index >> order & (places - 1));
}

uint64_t buddy_colour_lists(const struct buddy *b, uint32_t colour, uint32_t bits)
{
    uint64_t lists = 0;

    for (uint32_t unit = colour & ((1u << bits) - 1); unit < 1u << b->window; unit += 1u << bits) {
        for (uint32_t order = 0; order <= b->max_order; order++) {
            lists |= 1ull << buddy_list_of(b, unit, order);
        }
    }
    return lists;
}

uint32_t buddy_orders(const struct buddy *b, bool clean, uint64_t lists)
{
    uint32_t orders = 0;

    lists &= b->lists[clean];
    /* The lists of an order are as many as it has places, and begin at that number: the last list has the smallest order. */
    while (lists) {
        uint32_t places = 1u << (31 - __builtin_clz(63 - (unsigned)__builtin_clzll(lists)));
        orders |= 1u << (b->window - (uint32_t)__builtin_ctz(places));
        lists &= (1ull << places) - 1;
    }
    return orders;
}

uint32_t buddy_find(const struct buddy *b, bool clean, uint64_t lists, uint32_t order)
{
    return b->heads[clean][__builtin_ctzll(b->lists[clean] & lists & lists_of_order(b, order))];
}

static void list_push(struct buddy *b, uint32_t index, uint32_t order, bool clean)
{
    struct buddy_unit *u = buddy_unit(b, index);
    uint32_t list = buddy_list_of(b, index, order);
    uint32_t *head = &b->heads[clean][list];

    u->next = *head;
    u->prev = BUDDY_NONE;
    u->order = (uint8_t)order;
    u->clean = clean;
    u->head = 1;
    if (*head != BUDDY_NONE) {
        buddy_unit(b, *head)->prev = index;
    }
    *head = index;
    b->lists[clean] |= 1ull << list;
    b->mask[clean] |= 1u << order;
    b->free += 1u << order;
}

/* list_ends: the last block of a list was taken. */
static void list_ends(struct buddy *b, bool clean, uint32_t list, uint32_t order)
{
    b->lists[clean] &= ~(1ull << list);
    if (!b->window || !(b->lists[clean] & lists_of_order(b, order))) {
        b->mask[clean] &= ~(1u << order);
    }
}

void buddy_remove(struct buddy *b, uint32_t index)
{
    struct buddy_unit *u = buddy_unit(b, index);

    if (u->prev != BUDDY_NONE) {
        buddy_unit(b, u->prev)->next = u->next;
    } else {
        uint32_t list = buddy_list_of(b, index, u->order);
        b->heads[u->clean][list] = u->next;
        if (u->next == BUDDY_NONE) {
            list_ends(b, u->clean, list, u->order);
        }
    }
    if (u->next != BUDDY_NONE) {
        buddy_unit(b, u->next)->prev = u->prev;
    }
    u->head = 0;
    b->free -= 1u << u->order;
}

uint32_t buddy_insert(struct buddy *b, uint32_t index, uint32_t order, bool clean)
{
    while (order < b->max_order) {
        struct buddy_unit *other = buddy_unit(b, index ^ (1u << order));
        if (!other->head || other->order != order) {
            break;
        }
        clean = clean && other->clean;
        buddy_remove(b, index ^ (1u << order));
        index &= ~(1u << order);
        order++;
    }
    list_push(b, index, order, clean);
    return order;
}

static uint32_t next_list(struct buddy *b, bool clean, uint32_t order)
{
    uint64_t lists = b->lists[clean] & lists_of_order(b, order), behind = lists & -(2ull << b->turn);

    b->turn = (uint32_t)__builtin_ctzll(behind ? behind : lists);
    return b->turn;
}

uint32_t buddy_take_from(struct buddy *b, bool clean, uint32_t from_order, uint32_t order)
{
    uint32_t index = b->heads[clean][b->window ? next_list(b, clean, from_order) : from_order];

    buddy_remove(b, index);
    while (from_order > order) {
        from_order--;
        list_push(b, index + (1u << from_order), from_order, clean);
    }
    return index;
}

/* chain_all: take all blocks out, linked by `next`; returns the first. */
static uint32_t chain_all(struct buddy *b)
{
    uint32_t chain = BUDDY_NONE;

    for (unsigned clean = 0; clean < 2; clean++) {
        while (b->lists[clean]) {
            uint32_t index = b->heads[clean][__builtin_ctzll(b->lists[clean])];
            buddy_remove(b, index);
            buddy_unit(b, index)->next = chain;
            chain = index;
        }
    }
    return chain;
}

void buddy_colour(struct buddy *b, uint32_t window)
{
    uint32_t chain = chain_all(b);

    b->window = window;
    while (chain != BUDDY_NONE) {
        uint32_t index = chain;
        chain = buddy_unit(b, index)->next;
        list_push(b, index, buddy_unit(b, index)->order, buddy_unit(b, index)->clean);
    }
}

/* free_range: units [from, to) as blocks as large as their places allow; nothing beside them is free that they could merge with. */
static void free_range(struct buddy *b, uint32_t from, uint32_t to, bool clean)
{
    while (from < to) {
        uint32_t order = (uint32_t)__builtin_ctz(from | 1u << b->max_order);
        while (from + (1u << order) > to) {
            order--;
        }
        list_push(b, from, order, clean);
        from += 1u << order;
    }
}

void buddy_take_units(struct buddy *b, uint32_t index, uint32_t first, uint32_t n)
{
    const struct buddy_unit *u = buddy_unit(b, index);
    uint32_t end = index + (1u << u->order);
    bool clean = u->clean;

    buddy_remove(b, index);
    free_range(b, index, first, clean);
    free_range(b, first + n, end, clean);
}

uint32_t buddy_take(struct buddy *b, uint32_t order)
{
    uint32_t any = (b->mask[0] | b->mask[1]) >> order << order;

    if (!any) {
        return BUDDY_NONE;
    }
    uint32_t from = (uint32_t)__builtin_ctz(any);
    return buddy_take_from(b, !(b->mask[0] >> from & 1), from, order);
}

int buddy_largest(const struct buddy *b)
{
    uint32_t any = b->mask[0] | b->mask[1];
    return any ? 31 - __builtin_clz(any) : -1;
}
