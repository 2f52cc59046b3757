/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Regions of a space: disjoint address ranges, each with its rights and the source of its contents, in an AVL tree by address
 * with a cache of the region found last. Regions live in frames of the space's own ("region pages"), so nothing is
 * allocated elsewhere. Lookup, insertion and removal are O(log n); neighbouring lookups O(1).
 */
#ifndef PAGER_REGION_H
#define PAGER_REGION_H

#include "policy/predict.h"
#include "policy/stack_step.h"
#include "policy/zero_page.h"

#include <stdbool.h>
#include <stdint.h>

#define REGION_PAGES_MAX 180u

/* Kind of the page that holds the IPC buffer: resident, not unmapped by clients. Other kinds are REGION_* of the protocol. */
#define REGION_IPC_BUFFER 15

struct region {
    uint64_t start, end; /* bytes, page multiples */
    uint32_t left, right; /* children: region number, 0 none; left also links free entries */
    uint8_t height;
    uint8_t kind;
    uint8_t prot;   /* PROT_* */
    uint8_t shared : 1;   /* MAP_SHARED: stays shared across fork */
    uint8_t promised : 1; /* is or was private and writable: its pages count as promised (promise.h) */
    uint8_t advice : 2;   /* enum predict_advice */
    struct zero_page_history zero;
    struct predict predict; /* of a stack: not used */
    union {
        struct {
            struct predict reads; /* of pages that show the zero page; `predict` is of the other faults */
        } anonymous;
        struct {
            uint64_t offset; /* of the region's first byte from the start of the archive, bytes */
            uint64_t length; /* bytes of the file from there; the rest of the region reads as zeros */
            uint32_t number; /* as in the protocol */
        } file;
        struct {
            uint32_t limit; /* pages the stack may grow to */
            uint32_t grown; /* pages it has grown to */
            struct stack_step step;
        } stack;
        struct {
            uint64_t first;  /* page of the object that the region begins with */
            uint32_t object; /* frame of the struct shared_object */
        } object;
    };
};

_Static_assert(sizeof(struct region) == 72, "10080 of them in REGION_PAGES_MAX frames");

struct region_set {
    struct region *last; /* found last; NULL: none */
    uint32_t root;
    uint32_t free; /* list of unused entries */
    uint32_t count;
    uint32_t n_pages;
    uint32_t pages[REGION_PAGES_MAX]; /* frames */
};

/* region_find: the region that contains va, or NULL. */
struct region *region_find(struct region_set *set, uint64_t va);
/* region_across: the region that goes across this address, beginning before it and ending behind it, or NULL. */
struct region *region_across(struct region_set *set, uint64_t at);

/* region_from: the first region that ends above va, or NULL. */
struct region *region_from(struct region_set *set, uint64_t va);

/* region_next: the following region, or NULL. */
struct region *region_next(struct region_set *set, const struct region *r);

/* region_overlaps: some region has bytes in [start, end). */
bool region_overlaps(struct region_set *set, uint64_t start, uint64_t end);

/* region_ready: n insertions will succeed; takes region pages as needed. Errors: false when there is no memory, or
 * REGION_PAGES_MAX is reached (*full is then set). */
bool region_ready(struct region_set *set, unsigned n, bool *full);

/* region_room: n insertions will succeed with the region pages that are there. */
bool region_room(const struct region_set *set, unsigned n);

/* region_insert: a new region that overlaps none; after region_ready. The rest of it is zero. */
struct region *region_insert(struct region_set *set, uint64_t start, uint64_t end);

/* region_remove: take a region out; pointers to other regions stay valid. */
void region_remove(struct region_set *set, struct region *r);

/* region_gap: lowest address >= from with `length` free bytes below `limit`; 0 when there is none. O(regions passed). */
uint64_t region_gap(struct region_set *set, uint64_t from, uint64_t length, uint64_t limit);

/* region_set_shrink: only one region is left: give all region pages but one back. */
void region_set_shrink(struct region_set *set);

/* region_set_clear: give all region pages back. */
void region_set_clear(struct region_set *set);

/* region_set_check: number of violations of order, balance and counts. */
uint32_t region_set_check(struct region_set *set);

#endif
