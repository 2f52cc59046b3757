/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scaling side of the benchmark: does a fault cost the same when there is more of something?
 *     scaling plain|regions|processes|full
 * measures first touches and reads of the zero page, in instructions, one line a row: plainly; with REGIONS regions in the space; with PROCESSES processes; with 99 % of
 * memory in use.
 */
#include <pagoda/layout.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "counter.h"
#include "generated/pager_client.h"

#define PAGES 256ul
#define BYTES (PAGES * PAGE_SIZE)
#define REGIONS 10000
#define PROCESSES 1000

static void fail(const char *what)
{
    printf("scaling: %s failed\n", what);
    exit(1);
}

static volatile unsigned char *map(unsigned long bytes, int prot)
{
    void *p = mmap(NULL, bytes, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        fail("mmap");
    return p;
}

static void write_pages(volatile unsigned char *p, unsigned long bytes)
{
    for (unsigned long i = 0; i < bytes; i += PAGE_SIZE)
        p[i] = 1;
}

static void read_pages(volatile unsigned char *p, unsigned long bytes)
{
    for (unsigned long i = 0; i < bytes; i += PAGE_SIZE)
        (void)p[i];
}

/* Of so many rounds the last one counts: then frames and slots are in the state that they have after running for a while. */
#define ROUNDS 24
static unsigned long per_page(void (*touch)(volatile unsigned char *, unsigned long))
{
    unsigned long count = 0;
    for (int round = 0; round < ROUNDS; round++) {
        volatile unsigned char *p = map(BYTES, PROT_READ | PROT_WRITE);
        if (madvise((void *)p, BYTES, MADV_RANDOM) != 0) /* one page a fault */
            fail("madvise");
        unsigned long start = counter_read();
        touch(p, BYTES);
        count = (counter_read() - start) / PAGES;
        munmap((void *)p, BYTES);
    }
    return count;
}

static void measure(const char *name)
{
    unsigned long first = per_page(write_pages), zero = per_page(read_pages);
    printf("row scaling_%s_first_touch %lu\nrow scaling_%s_read_zero %lu\n", name, first, name, zero);
    fflush(stdout);
}

/* Neighbours with other rights stay regions of their own. */
static void make_regions(void)
{
    for (int i = 0; i < REGIONS; i++)
        map(PAGE_SIZE, i % 2 ? PROT_READ : PROT_READ | PROT_WRITE);
}

/* Each process waits for the next; the last one measures. */
static void measure_deep(int processes, const char *name)
{
    if (processes == 0) {
        measure(name);
        return;
    }
    pid_t pid = fork();
    if (pid < 0)
        fail("fork");
    if (pid == 0) {
        measure_deep(processes - 1, name);
        _exit(0);
    }
    int status;
    if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        _exit(1);
}

static void fill_memory(void)
{
    struct pager_memory_info_reply info;
    if (pager_memory_info(LAYOUT_CAP_PAGER, &info) != 0)
        fail("memory_info");
    if (info.free > info.total / 100)
        write_pages(map((info.free - info.total / 100) * PAGE_SIZE, PROT_READ | PROT_WRITE), (info.free - info.total / 100) * PAGE_SIZE);
}

int main(int argc, char **argv)
{
    const char *name = argc == 2 ? argv[1] : "";
    printf("row counter_check %lu\n", counter_check());
    fflush(stdout);
    if (strcmp(name, "regions") == 0)
        make_regions();
    else if (strcmp(name, "full") == 0)
        fill_memory();
    else if (strcmp(name, "plain") != 0 && strcmp(name, "processes") != 0) {
        printf("scaling: plain, regions, processes or full?\n");
        return 2;
    }
    measure_deep(strcmp(name, "processes") == 0 ? PROCESSES : 0, name);
    return 0;
}
