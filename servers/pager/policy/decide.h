/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What to do about a fault, from what is known about the page. Pure; O(1). The pager carries the decision out.
 * In line, because it is on the path of every fault.
 */
#ifndef PAGER_POLICY_DECIDE_H
#define PAGER_POLICY_DECIDE_H

#include <stdbool.h>
#include <stdint.h>

/* What the thread tried. */
enum access { ACCESS_READ, ACCESS_WRITE, ACCESS_EXECUTE };

/* Where the contents of an untouched page come from. */
enum backing {
    BACKING_ZERO,         /* anonymous memory, stack, or beyond the end of the file */
    BACKING_FILE,         /* a whole page of a file that is in memory as a frame of its own */
    BACKING_FILE_PARTIAL, /* bytes of a file that have to be copied into a frame first */
    BACKING_SHARED,       /* a shared object's page */
};

/* State of a page of a space; also the state field of page map entries. */
enum page_state {
    PAGE_NONE = 0,
    PAGE_ZERO = 1,    /* the zero page */
    PAGE_PRIVATE = 2, /* a frame of its own */
    PAGE_COW = 3,     /* a frame that others may hold too; copied at the first write */
    PAGE_FILE = 4,    /* a frame of the archive, read-only */
    PAGE_SHARED = 5,  /* a frame of a shared object */
    PAGE_STORED = 6,  /* no frame; the contents are in a store (store.h) */
    PAGE_STATES = 7,
};

enum action {
    ACTION_DENY,       /* the region does not allow it */
    ACTION_MAP_ZERO,   /* map the zero page, read-only */
    ACTION_NEW_ZEROED, /* a private zeroed frame */
    ACTION_COPY,       /* a private copy of the frame that is there */
    ACTION_COPY_FILE,  /* a private copy of the file's page */
    ACTION_TAKE,       /* last holder: the frame becomes private, no copy */
    ACTION_MAP_FILE,   /* map the archive's frame, read-only */
    ACTION_LOAD_FILE,  /* a private frame filled from the file, zeros behind its end */
    ACTION_MAP_SHARED, /* map the shared object's frame */
    ACTION_BRING_IN,   /* a private frame with what was stored */
    ACTION_REMAP,      /* the frame is there; the mapping is missing or too narrow */
};

struct fault_facts {
    enum access access;
    bool may_read, may_write, may_execute; /* the region's rights */
    enum page_state state;
    enum backing backing;    /* matters for PAGE_NONE only */
    bool last_holder;        /* matters for PAGE_COW only */
    bool share_zero;         /* policy/zero_page.h */
};

static inline bool fault_allowed(const struct fault_facts *f)
{
    switch (f->access) {
    case ACCESS_READ:
        return f->may_read;
    case ACCESS_WRITE:
        return f->may_write;
    default:
        return f->may_execute;
    }
}

static inline enum action fault_first_touch(const struct fault_facts *f)
{
    bool write = f->access == ACCESS_WRITE;

    switch (f->backing) {
    case BACKING_FILE:
        return write ? ACTION_COPY_FILE : ACTION_MAP_FILE;
    case BACKING_FILE_PARTIAL:
        return ACTION_LOAD_FILE;
    case BACKING_SHARED:
        return ACTION_MAP_SHARED;
    default:
        return write || !f->share_zero ? ACTION_NEW_ZEROED : ACTION_MAP_ZERO;
    }
}

static inline __attribute__((always_inline)) enum action fault_decide(const struct fault_facts *f)
{
    if (!fault_allowed(f)) {
        return ACTION_DENY;
    }
    if (f->state == PAGE_NONE) {
        return fault_first_touch(f);
    }
    if (f->state == PAGE_STORED) {
        return ACTION_BRING_IN;
    }
    if (f->access != ACCESS_WRITE) {
        return ACTION_REMAP;
    }
    switch (f->state) {
    case PAGE_ZERO:
        return ACTION_NEW_ZEROED;
    case PAGE_COW:
        return f->last_holder ? ACTION_TAKE : ACTION_COPY;
    case PAGE_FILE:
        return ACTION_COPY;
    default:
        return ACTION_REMAP;
    }
}

#endif
