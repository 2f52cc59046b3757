/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory full of holes: every page of some MiB is written, then of each `keep` pages only the first is kept. A pass of compaction follows, or some time
 * in which others may make one. In the end each kept page is compared with what was written.
 */
#include "generated/pager_client.h"
#include "pagoda/layout.h"
#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static void number_page(uint64_t *page, uint64_t n)
{
    for (unsigned i = 0; i < PAGE / 8; i++)
        page[i] = n * (PAGE / 8) + i + 1;
}

static int page_is_wrong(const uint64_t *page, uint64_t n)
{
    for (unsigned i = 0; i < PAGE / 8; i++)
        if (page[i] != n * (PAGE / 8) + i + 1)
            return 1;
    return 0;
}

/* compact: a whole pass, with what it brought. */
static int compact(void)
{
    struct pager_arrangement_info_reply before, after;
    uint64_t moved = 0, more = 1, now;
    int error = pager_arrangement_info(LAYOUT_CAP_PAGER, &before);
    while (error == 0 && more) {
        error = pager_compact(LAYOUT_CAP_PAGER, PAGER_COMPACT_PASS, 64, &now, &more);
        moved += now;
    }
    if (error == 0)
        error = pager_arrangement_info(LAYOUT_CAP_PAGER, &after);
    if (error != 0) {
        fprintf(stderr, "holes: compaction was refused\n");
        return 1;
    }
    printf("holes: %llu chunks could be freed by moving %llu pages; %llu were by moving %llu, %llu are left to be freed\n",
           (unsigned long long)before.could_free, (unsigned long long)before.moves, (unsigned long long)(after.free - before.free),
           (unsigned long long)moved, (unsigned long long)after.could_free);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 4)
        program_usage("holes", NULL);
    uint64_t n_pages = program_number("holes", argv[1], 1, 65536) * MIB / PAGE, wrong = 0;
    uint64_t keep = argc > 2 ? program_number("holes", argv[2], 2, 512) : 2;
    int compacts = argc > 3 && strcmp(argv[3], "compact") == 0, failed = 0;
    uint64_t seconds = argc > 3 && !compacts ? program_number("holes", argv[3], 0, 3600) : 0;
    uint64_t *memory = program_map("holes", n_pages * PAGE);

    for (uint64_t n = 0; n < n_pages; n++)
        number_page(memory + n * PAGE / 8, n);
    for (uint64_t n = 0; n < n_pages; n += keep) {
        uint64_t gap = n_pages - n < keep ? n_pages - n - 1 : keep - 1;
        if (gap > 0 && madvise(memory + (n + 1) * PAGE / 8, gap * PAGE, MADV_DONTNEED) != 0)
            return program_error("holes", "madvise");
    }
    if (compacts)
        failed = compact();
    for (uint64_t end = program_ns() + seconds * 1000000000; program_ns() < end;)
        ;
    for (uint64_t n = 0; n < n_pages; n += keep)
        wrong += (uint64_t)page_is_wrong(memory + n * PAGE / 8, n);
    printf("holes: %llu pages kept of %llu, %llu wrong\n", (unsigned long long)((n_pages + keep - 1) / keep), (unsigned long long)n_pages,
           (unsigned long long)wrong);
    return wrong != 0 || failed;
}
