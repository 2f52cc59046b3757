/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the paging extension (object/paging*.c) share: runs of pages, and where a small frame's capability says it is mapped. */
#ifndef KERNEL_OBJECT_PAGING_RANGE_H
#define KERNEL_OBJECT_PAGING_RANGE_H

#include "object/asid.h"
#include "object/cnode.h"
#include "object/frame.h"
#include "object/paging.h"
#include "object/vspace.h"

enum { PAGE_BITS = 12, WORD_BITS = 64, RANGE_WORDS = PAGING_RANGE_MAX / WORD_BITS };

/* One handler for each label that is not in paging.c. */
error_t paging_map_range(struct invocation *inv);
error_t paging_map_copies(struct invocation *inv);
error_t paging_harvest(struct invocation *inv);
error_t paging_replace_frame(struct invocation *inv);
/* paging_watch: some page will be watched by refusing the next access to it: from now on paging_touch has to look. */
void paging_watch(void);

/* range_check: what every call on a range checks first. Errors: INVALID_CAPABILITY(0), FAILED_LOOKUP the space | ALIGNMENT | RANGE(1, 512) | INVALID_ARGUMENT(0) no user
 * addresses */
error_t range_check(const struct invocation *inv, va_t va, word_t n_pages);
/* range_answer: give result words; those that do not fit into the caller's buffer are left out. */
void range_answer(struct invocation *inv, unsigned first, const word_t *words, unsigned n);

/* Part of a range that one place in the tables tells about: pages next to each other in one level-3 table, or all below one entry of a higher one. */
struct run {
    struct pt_place place; /* of its first page */
    unsigned n_pages;
};

static inline struct run range_run(uint64_t *root, va_t va, word_t n_pages)
{
    struct pt_place place = pt_walk(root, va, PT_LEVELS - 1);
    unsigned shift = pt_level_shift(place.level == PT_LEVELS - 1 ? place.level - 1 : place.level);
    word_t room = (BIT(shift) - (va & MASK(shift))) >> PAGE_BITS;
    return (struct run){place, (unsigned)(room < n_pages ? room : n_pages)};
}

/* One bit for each page of a range. */
struct page_set {
    word_t w[RANGE_WORDS];
};

static inline void set_add(struct page_set *set, unsigned page, bool bit) { set->w[page / WORD_BITS] |= (word_t)bit << page % WORD_BITS; }

/* Some pages of a range, next to each other: as many as one place in the tables tells about, or fewer so that their bits are whole words of a page_set, or
 * in one word of it. */
struct part {
    struct pt_place place; /* of the first one */
    unsigned first, n;     /* pages; the first one counted from the start of the range */
    bool last;             /* of those that `place` tells about */
};

static inline va_t part_va(va_t start, const struct part *part) { return start + ((va_t)part->first << PAGE_BITS); }

/* Call `act` for all pages of a range, part by part, until it says false. Gives what it said last. Always in line: so the call is none. */
static inline __attribute__((always_inline)) bool for_parts(uint64_t *root, va_t va, word_t n_pages, bool (*act)(const struct part *, void *), void *context)
{
    for (unsigned page = 0; page < n_pages;) {
        struct run run = range_run(root, va + ((va_t)page << PAGE_BITS), n_pages - page);
        for (unsigned end = page + run.n_pages; page < end;) {
            unsigned room = page % WORD_BITS ? WORD_BITS - page % WORD_BITS : PAGING_RANGE_MAX, n = end - page < room ? end - page : room;
            struct part part = {run.place, page, n, page + n == end};
            if (!act(&part, context))
                return false;
            page += n;
            if (run.place.level == PT_LEVELS - 1)
                run.place.entry += n;
        }
    }
    return true;
}

/* Where a function that gives the bits of a part may put them, from bit 0 of the first word on: at once in their place if the part begins with a word ... */
static inline word_t *part_words(struct page_set *set, const struct part *part, word_t *other)
{
    return part->first % WORD_BITS ? other : &set->w[part->first / WORD_BITS];
}

/* ... and else they must be moved. */
static inline void part_put(struct page_set *set, const struct part *part, const word_t *other)
{
    if (part->first % WORD_BITS)
        set->w[part->first / WORD_BITS] |= *other << part->first % WORD_BITS;
}

/* range_invalidate: the pages in the set have changed: nobody translates with what was before any more. Gives their number. */
word_t range_invalidate(const struct invocation *inv, va_t va, word_t n_pages, const struct page_set *set);

#define PLACE_MASK CAP_FRAME_PLACE_MASK
static inline word_t place_word(word_t asid, va_t va) { return cap_frame_place(asid, va); }

/* Is this the capability of a small frame that says it is mapped there? */
static inline bool says_mapped_at(const struct cap *frame, word_t place) { return frame->type == CAP_FRAME && (frame->w[0] & PLACE_MASK) == place; }
static inline void set_unmapped(struct cap *frame) { frame->w[0] &= ~PLACE_MASK; }

#endif
