/* SPDX-License-Identifier: BSD-2-Clause */
#include "decide.h"

static bool allowed(const struct fault_facts *f)
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

static enum action first_touch(const struct fault_facts *f)
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

enum action fault_decide(const struct fault_facts *f)
{
    if (!allowed(f)) {
        return ACTION_DENY;
    }
    if (f->state == PAGE_NONE) {
        return first_touch(f);
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
