/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory shared by two processes, larger than RAM if asked for: the parent fills each page, the child checks all of them and writes every second one anew,
 * the parent checks what it finds then. Pages do not compress, so that some have to go to a disk.
 */
#include "pattern.h"
#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_MIB 65536
#define WORDS (PAGE / sizeof(uint64_t))

static uint64_t *memory;
static uint64_t n_pages;

static uint64_t state_of(uint64_t page, uint64_t version)
{
    return (page + 1) * 0x9e3779b97f4a7c15ull ^ version;
}

static void write_page(uint64_t page, uint64_t version)
{
    uint64_t state = state_of(page, version);
    for (unsigned i = 0; i < WORDS; i++)
        memory[page * WORDS + i] = random_next(&state);
}

static bool page_is(uint64_t page, uint64_t version)
{
    uint64_t state = state_of(page, version);
    for (unsigned i = 0; i < WORDS; i++)
        if (memory[page * WORDS + i] != random_next(&state))
            return false;
    return true;
}

/* The child's part: its exit status tells whether it found a wrong page. */
static void check_and_write(void)
{
    uint64_t wrong = 0;
    for (uint64_t page = 0; page < n_pages; page++) {
        wrong += !page_is(page, 1);
        if (page % 2)
            write_page(page, 2);
    }
    _exit(wrong != 0);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        program_usage("share", argc < 2 ? "the size is missing" : "too many arguments");
    uint64_t mib = program_number("share", argv[1], 1, MOST_MIB), wrong = 0;
    int status = 1;
    n_pages = mib * MIB / PAGE;
    memory = mmap(NULL, mib * MIB, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return program_error("share", "shared memory");
    for (uint64_t page = 0; page < n_pages; page++)
        write_page(page, 1);
    pid_t child = fork();
    if (child < 0)
        return program_error("share", "fork");
    if (child == 0)
        check_and_write();
    if (waitpid(child, &status, 0) != child)
        return program_error("share", "wait");
    for (uint64_t page = 0; page < n_pages; page++)
        wrong += !page_is(page, 1 + page % 2);
    printf("share %llu MiB: %llu pages, %llu wrong, child %s\n", (unsigned long long)mib, (unsigned long long)n_pages, (unsigned long long)wrong,
           status == 0 ? "found no wrong page" : "failed");
    return wrong != 0 || status != 0;
}
