/* SPDX-License-Identifier: BSD-2-Clause */
#include "pages.h"

#include "generated/errors.h"
#include "pagoda/layout.h"

#include <sel4/sel4.h>

int pages_count(uint64_t space, uint64_t va, uint64_t length, struct pages *pages)
{
    uint64_t end = va + length;
    *pages = (struct pages){0};
    while (va < end) {
        struct pager_pages_count_reply piece;
        int error = pager_pages_count(LAYOUT_CAP_PAGER, space, va, end - va, &piece);
        if (error != PAGODA_OK)
            return error == PAGODA_ERR_NO_SUCH_SPACE ? PAGODA_OK : error;
        const uint64_t *n = piece.states;
        pages->zero += n[PAGER_PAGE_STATE_ZERO];
        pages->private_pages += n[PAGER_PAGE_STATE_PRIVATE];
        pages->shared += n[PAGER_PAGE_STATE_COW] + n[PAGER_PAGE_STATE_SHARED] + n[PAGER_PAGE_STATE_FILE];
        pages->stored += n[PAGER_PAGE_STATE_STORED];
        pages->of_its_own += n[PAGER_PAGE_STATE_PRIVATE] + n[PAGER_PAGE_STATE_COW];
        pages->on_disk += piece.on_disk;
        va = piece.next;
        if (va < end)
            seL4_Yield(); /* so that others run in between */
    }
    pages->touched = pages->zero + pages->private_pages + pages->shared + pages->stored;
    return PAGODA_OK;
}

uint64_t pages_on_disk(uint64_t space, const struct pager_space_memory_reply *memory)
{
    struct pages pages;
    if (memory->stored == 0 || pages_count(space, 0, LAYOUT_USER_TOP, &pages) != PAGODA_OK)
        return 0;
    return pages.on_disk < memory->stored ? pages.on_disk : memory->stored;
}

int pages_by_colour(uint64_t space, struct pager_colour_info_reply *sum)
{
    struct pager_colour_info_reply all = {0}, piece;
    uint64_t va = 0;
    do {
        int error = pager_colour_info(LAYOUT_CAP_PAGER, space, va, &piece);
        if (error != PAGODA_OK)
            return error;
        for (unsigned i = 0; i < PAGER_COLOURS_MAX; i++)
            all.pages[i] += piece.pages[i];
        all.right += piece.right;
        all.colours = piece.colours;
        all.set = piece.set;
        va = piece.next;
        if (va != 0)
            seL4_Yield();
    } while (va != 0);
    *sum = all;
    return PAGODA_OK;
}
