/* SPDX-License-Identifier: BSD-2-Clause */
/* Touch anonymous memory in one of four ways, check what it holds, tell the time per page. If wanted, keep it for some seconds, and tell how long it takes to
 * give it back, or to do something else with all of it. */
#include "program.h"
#include "text.h"

#include <sel4/sel4.h>

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SPARSE_STEP 64 /* pages: one in 64 lies in each 256 KiB */
#define MOST_MIB 65536
#define MOST_SECONDS 3600

static uint64_t read_pages(volatile uint64_t *memory, uint64_t n_pages, uint64_t step)
{
    uint64_t wrong = 0;
    for (uint64_t page = 0; page < n_pages; page += step)
        wrong += memory[page * PAGE / 8] != 0;
    return wrong;
}

static void write_pages(volatile uint64_t *memory, uint64_t n_pages, uint64_t step)
{
    for (uint64_t page = 0; page < n_pages; page += step)
        memory[page * PAGE / 8] = page + 1;
}

/* The word that was written, and zeros from there on in the page. */
static uint64_t check_pages(volatile uint64_t *memory, uint64_t n_pages, uint64_t step)
{
    uint64_t wrong = 0;
    for (uint64_t page = 0; page < n_pages; page += step)
        wrong += memory[page * PAGE / 8] != page + 1 || memory[page * PAGE / 8 + 1] != 0 || memory[(page + 1) * PAGE / 8 - 1] != 0;
    return wrong;
}

static int unmap(void *memory, uint64_t bytes)
{
    return munmap(memory, bytes);
}

static int protect(void *memory, uint64_t bytes)
{
    return mprotect(memory, bytes, PROT_READ);
}

static int fork_once(void *memory, uint64_t bytes)
{
    (void)memory;
    (void)bytes;
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    return child < 0 ? -1 : 0;
}

static int exec_rest(void *memory, uint64_t bytes)
{
    (void)memory;
    (void)bytes;
    return execv("/bin/rest", (char *[]){(char[]){"rest"}, (char[]){"2"}, NULL});
}

static const struct what {
    const char *name, *done;
    int (*with)(void *memory, uint64_t bytes);
} whats[] = {{"unmap", "unmapped", unmap}, {"protect", "protected", protect}, {"fork", "forked", fork_once}, {"exec", "replaced", exec_rest}};

static const struct what *find_what(const char *name)
{
    for (unsigned i = 0; i < sizeof(whats) / sizeof(*whats); i++) {
        if (strcmp(whats[i].name, name) == 0)
            return &whats[i];
    }
    program_usage("touch", "'%s' is not unmap, protect, fork or exec", name);
}

/* keep: others go on meanwhile. */
static int keep(volatile uint64_t *memory, uint64_t mib, uint64_t seconds, const struct what *what)
{
    uint64_t end = program_ns() + seconds * 1000000000;
    while (program_ns() < end)
        seL4_Yield();
    uint64_t start = program_ns();
    if (what->with((void *)(uintptr_t)memory, mib * MIB) != 0)
        return program_error("touch", what->name);
    printf("touch %llu MiB: %s in %s\n", (unsigned long long)mib, what->done, text_time(program_ns() - start).s);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 5)
        program_usage("touch", argc < 2 ? "the size is missing" : "too many arguments");
    uint64_t mib = program_number("touch", argv[1], 1, MOST_MIB);
    const char *kind = argc > 2 ? argv[2] : "write";
    bool read = strcmp(kind, "read") == 0, sparse = strcmp(kind, "sparse") == 0, walk = strcmp(kind, "walk") == 0;
    if (!read && !sparse && !walk && strcmp(kind, "write") != 0)
        program_usage("touch", "'%s' is not read, write, walk or sparse", kind);
    uint64_t seconds = argc > 3 ? program_number("touch", argv[3], 0, MOST_SECONDS) : 0;
    const struct what *what = find_what(argc > 4 ? argv[4] : "unmap");
    uint64_t step = sparse ? SPARSE_STEP : 1, n_pages = mib * MIB / PAGE;
    uint64_t touched = n_pages / step;
    volatile uint64_t *memory = program_map("touch", mib * MIB);
    if (walk && madvise((void *)(uintptr_t)memory, mib * MIB, MADV_SEQUENTIAL) != 0)
        return program_error("touch", "madvise");
    uint64_t start = program_ns();
    uint64_t wrong = read ? read_pages(memory, n_pages, step) : 0;
    if (!read)
        write_pages(memory, n_pages, step);
    uint64_t ns = program_ns() - start;
    if (!read)
        wrong = check_pages(memory, n_pages, step);
    printf("touch %llu MiB %s: %llu pages, %llu wrong; %s, %s per page\n", (unsigned long long)mib, kind, (unsigned long long)touched,
           (unsigned long long)wrong, text_time(ns).s, text_time(ns / touched).s);
    if (argc > 3 && keep(memory, mib, seconds, what) != 0)
        return 1;
    return wrong == 0 ? 0 : 1;
}
