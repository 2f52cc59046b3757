/* SPDX-License-Identifier: BSD-2-Clause */
#include "asid.h"

#include "frame.h"

/* The kernel has 128 pools of 512 numbers. */
#define MAX_POOLS 128

static cptr_t pools[MAX_POOLS];
static unsigned n_pools;
static bool can_make;

void asid_init(cptr_t first_pool, cptr_t control)
{
    pools[0] = first_pool;
    n_pools = 1;
    can_make = control != 0;
}

static bool add_pool(void)
{
    if (!can_make || n_pools == MAX_POOLS) {
        return false;
    }
    uint32_t page = object_page_take(FRAME_SLOTS);
    if (page == BUDDY_NONE) {
        return false;
    }
    if (kernel_asid_pool(page_cap(page), page_second_cap(page)) != 0) {
        object_page_put(page);
        return false;
    }
    pools[n_pools++] = page_second_cap(page);
    return true;
}

bool asid_assign(cptr_t vspace)
{
    for (unsigned i = n_pools; i-- > 0;) {
        unsigned error = kernel_asid_assign(pools[i], vspace);
        if (error == 0) {
            return true;
        }
        if (error != KERNEL_ERROR_DELETE_FIRST) {
            pager_panic("asid: assign", error);
        }
    }
    return add_pool() && kernel_asid_assign(pools[n_pools - 1], vspace) == 0;
}
