/* SPDX-License-Identifier: BSD-2-Clause */
#include "arrange.h"

#include "generated/pager_client.h"
#include "pagoda/layout.h"

#include <sel4/sel4.h>

#define PAGES_A_CALL 64
/* Calls in a row that move nothing and come no further: then no frames come free. */
#define VAIN_MAX 16

int arrange_stack(uint64_t space, uint64_t *pages)
{
    uint64_t given = 0;
    int error = pager_stack_trim(LAYOUT_CAP_PAGER, space, &given);
    if (error == PAGODA_ERR_WOULD_BLOCK) /* the process server has lent the thread by now: it runs before this shell does */
        error = pager_stack_trim(LAYOUT_CAP_PAGER, space, &given);
    *pages += given;
    return error == PAGODA_ERR_NO_SUCH_SPACE ? PAGODA_OK : error;
}

int arrange_colours(uint64_t space, uint64_t *moved)
{
    uint64_t va = 0, next, now_moved;
    unsigned vain = 0;
    do {
        int error = pager_space_recolour(LAYOUT_CAP_PAGER, space, va, PAGES_A_CALL, &next, &now_moved);
        if (error != PAGODA_OK)
            return error == PAGODA_ERR_NO_SUCH_SPACE ? PAGODA_OK : error;
        *moved += now_moved;
        vain = now_moved > 0 || next != va ? 0 : vain + 1;
        va = next;
        seL4_Yield(); /* so that others run in between */
    } while (va != 0 && vain < VAIN_MAX);
    return PAGODA_OK;
}
