/* SPDX-License-Identifier: BSD-2-Clause */
/* Copy-on-write: fill memory, fork, let both sides write, check that neither sees the other's writes; count the pager's copies. */
#include "program.h"
#include "text.h"

#include "generated/pager_client.h"
#include "pagoda/layout.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_MIB 16384
#define BEFORE 0xbef0ull
#define PARENT 0x9a9aull
#define CHILD 0xc41dull

static volatile uint64_t *memory;
static uint64_t n_pages;

static void fill(uint64_t tag)
{
    for (uint64_t page = 0; page < n_pages; page++)
        memory[page * PAGE / 8 + page % 512] = tag << 32 | page;
}

static uint64_t count_wrong(uint64_t tag)
{
    uint64_t wrong = 0;
    for (uint64_t page = 0; page < n_pages; page++)
        wrong += memory[page * PAGE / 8 + page % 512] != (tag << 32 | page);
    return wrong;
}

/* The child's exit status: 0 when it saw its parent's bytes first and then only its own. */
static int run_child(void)
{
    uint64_t wrong = count_wrong(BEFORE);
    fill(CHILD);
    return wrong + count_wrong(CHILD) == 0 ? 0 : 1;
}

static void read_counts(struct pager_fault_counts_reply *counts)
{
    memset(counts, 0, sizeof(*counts));
    pager_fault_counts(LAYOUT_CAP_PAGER, counts);
}

int main(int argc, char **argv)
{
    static struct pager_fault_counts_reply before, after;
    int status = 0;
    if (argc != 2)
        program_usage("cow", argc < 2 ? "the size is missing" : "one size is enough");
    uint64_t mib = program_number("cow", argv[1], 1, MOST_MIB);
    n_pages = mib * MIB / PAGE;
    memory = program_map("cow", mib * MIB);
    fill(BEFORE);
    fflush(stdout);
    read_counts(&before);
    uint64_t start = program_ns();
    pid_t pid = fork();
    if (pid == 0)
        _exit(run_child());
    if (pid < 0)
        return program_error("cow", "fork");
    uint64_t fork_ns = program_ns() - start;
    fill(PARENT);
    if (waitpid(pid, &status, 0) != pid)
        return program_error("cow", "wait");
    uint64_t wrong = count_wrong(PARENT);
    read_counts(&after);
    bool child_good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    printf("cow %llu MiB: fork of %llu pages took %s; parent %llu wrong, child %s\n", (unsigned long long)mib, (unsigned long long)n_pages,
           text_time(fork_ns).s, (unsigned long long)wrong, child_good ? "0 wrong" : "FAILED");
    printf("pager: %llu pages copied, %llu taken by their last holder without a copy\n",
           (unsigned long long)(after.counts[PAGER_FAULT_COW_COPY] - before.counts[PAGER_FAULT_COW_COPY]),
           (unsigned long long)(after.counts[PAGER_FAULT_COW_LAST] - before.counts[PAGER_FAULT_COW_LAST]));
    return wrong == 0 && child_good ? 0 : 1;
}
