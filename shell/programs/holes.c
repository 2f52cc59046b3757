/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory full of holes: every page of some MiB is written, then of each `keep` pages only the first is kept (with 1: all), for some time in which others may move them together.
 * In the end each kept page is compared with what was written. With `stay` that is done by a child, which ends its work when a pass of compaction has ended, or as many as are said;
 * the program itself ends as soon as the holes are there.
 */
#include "generated/pager_client.h"
#include "pagoda/layout.h"
#include "program.h"

#include <sel4/sel4.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define STAY_NS 120000000000ull /* for so long at most */
#define POLL_NS 100000000ull

static uint64_t n_pages, keep;
static uint64_t *memory;

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

static void make_holes(void)
{
    memory = program_map("holes", n_pages * PAGE);
    for (uint64_t n = 0; n < n_pages; n++)
        number_page(memory + n * PAGE / 8, n);
    for (uint64_t n = 0; n < n_pages; n += keep) {
        uint64_t gap = n_pages - n < keep ? n_pages - n - 1 : keep - 1;
        if (gap > 0 && madvise(memory + (n + 1) * PAGE / 8, gap * PAGE, MADV_DONTNEED) != 0)
            exit(program_error("holes", "madvise"));
    }
}

/* check: prints the outcome, returns the exit status. */
static int check(void)
{
    uint64_t wrong = 0;
    for (uint64_t n = 0; n < n_pages; n += keep)
        wrong += (uint64_t)page_is_wrong(memory + n * PAGE / 8, n);
    printf("holes: %llu pages kept of %llu, %llu wrong\n", (unsigned long long)((n_pages + keep - 1) / keep), (unsigned long long)n_pages,
           (unsigned long long)wrong);
    fflush(stdout);
    return wrong != 0;
}

static void pause_ns(uint64_t ns)
{
    for (uint64_t end = program_ns() + ns; program_ns() < end;)
        seL4_Yield();
}

static uint64_t passes(void)
{
    struct pager_arrangement_info_reply info;
    if (pager_arrangement_info(LAYOUT_CAP_PAGER, &info) != 0)
        exit(program_error("holes", "arrangement_info"));
    return info.passes;
}

/* stay: the child's part. */
static int stay(volatile int *ready, uint64_t n_passes)
{
    make_holes();
    uint64_t before = passes(), end = program_ns() + STAY_NS;
    *ready = 1;
    while (passes() - before < n_passes && program_ns() < end)
        pause_ns(POLL_NS);
    return check();
}

/* leave_child: a child with holes goes on. */
static int leave_child(uint64_t n_passes)
{
    volatile int *ready = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t child = ready == MAP_FAILED ? -1 : fork();
    if (child == 0)
        _exit(stay(ready, n_passes));
    if (child < 0)
        return program_error("holes", "fork");
    while (!*ready)
        seL4_Yield();
    return 0;
}

int main(int argc, char **argv)
{
    int staying = argc > 3 && strcmp(argv[3], "stay") == 0;
    if (argc < 2 || argc > 4 + staying)
        program_usage("holes", argc < 2 ? "the size is missing" : "too many arguments");
    n_pages = program_number("holes", argv[1], 1, 65536) * MIB / PAGE;
    keep = argc > 2 ? program_number("holes", argv[2], 1, 512) : 2;
    if (staying)
        return leave_child(argc > 4 ? program_number("holes", argv[4], 1, 1000) : 1);
    uint64_t seconds = argc > 3 ? program_number("holes", argv[3], 0, 3600) : 0;
    make_holes();
    pause_ns(seconds * 1000000000);
    return check();
}
