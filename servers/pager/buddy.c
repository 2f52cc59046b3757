/* SPDX-License-Identifier: BSD-2-Clause */
#include "buddy.h"

void buddy_init(struct buddy *b, void *units, uint32_t stride, uint32_t max_order)
{
    *b = (struct buddy){.units = units, .stride = stride, .max_order = max_order};
    for (unsigned i = 0; i < BUDDY_ORDERS; i++) {
        b->heads[0][i] = BUDDY_NONE;
        b->heads[1][i] = BUDDY_NONE;
    }
}

static void list_push(struct buddy *b, uint32_t index, uint32_t order, bool clean)
{
    struct buddy_unit *u = buddy_unit(b, index);
    uint32_t *head = &b->heads[clean][order];

    u->next = *head;
    u->prev = BUDDY_NONE;
    u->order = (uint8_t)order;
    u->clean = clean;
    u->head = 1;
    if (*head != BUDDY_NONE) {
        buddy_unit(b, *head)->prev = index;
    }
    *head = index;
    b->mask[clean] |= 1u << order;
    b->free += 1u << order;
}

void buddy_remove(struct buddy *b, uint32_t index)
{
    struct buddy_unit *u = buddy_unit(b, index);

    if (u->prev != BUDDY_NONE) {
        buddy_unit(b, u->prev)->next = u->next;
    } else {
        b->heads[u->clean][u->order] = u->next;
        if (u->next == BUDDY_NONE) {
            b->mask[u->clean] &= ~(1u << u->order);
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

uint32_t buddy_take_from(struct buddy *b, bool clean, uint32_t from_order, uint32_t order)
{
    uint32_t index = b->heads[clean][from_order];

    buddy_remove(b, index);
    while (from_order > order) {
        from_order--;
        list_push(b, index + (1u << from_order), from_order, clean);
    }
    return index;
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
