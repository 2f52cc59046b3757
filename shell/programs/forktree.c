/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A binary tree of processes. Every process inherits a block of pages, checks that it holds what its parent wrote before the fork,
 * writes its own values, forks two children, waits for them, and checks that its values are untouched. Results: one word per
 * process in memory that stays shared across fork, and the exit statuses up the tree.
 */
#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define BLOCK_PAGES 16
#define MOST_DEPTH 9 /* 1023 processes */

#define DONE 0x600d

static volatile uint64_t *block;   /* private: copied on write */
static volatile uint32_t *results; /* shared; by node number, the root is 1 and node n has children 2n and 2n + 1 */

static void write_block(uint64_t node)
{
    for (uint64_t page = 0; page < BLOCK_PAGES; page++)
        block[page * PAGE / 8 + node % (PAGE / 8)] = node << 32 | page;
}

static bool block_is_of(uint64_t node)
{
    for (uint64_t page = 0; page < BLOCK_PAGES; page++)
        if (block[page * PAGE / 8 + node % (PAGE / 8)] != (node << 32 | page))
            return false;
    return true;
}

static int grow(uint64_t node, unsigned depth);

/* Forks one child. Returns its pid, or -1 with a message. */
static pid_t start_child(uint64_t node, unsigned depth)
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(block_is_of(node / 2) ? grow(node, depth) : 1);
    if (pid < 0)
        program_error("forktree", "fork");
    return pid;
}

static int wait_for(pid_t pid)
{
    int status;
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return 1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* The work of one process. Returns its exit status: 0 when it and everything below it found what it should. */
static int grow(uint64_t node, unsigned depth)
{
    int failed = 0;
    write_block(node);
    if (depth > 0) {
        pid_t left = start_child(2 * node, depth - 1);
        pid_t right = start_child(2 * node + 1, depth - 1);
        failed |= wait_for(left);
        failed |= wait_for(right);
    }
    failed |= !block_is_of(node);
    if (!failed)
        results[node] = DONE;
    return failed;
}

int main(int argc, char **argv)
{
    if (argc != 2)
        program_usage("forktree", argc < 2 ? "the depth is missing" : "one depth is enough");
    unsigned depth = (unsigned)program_number("forktree", argv[1], 0, MOST_DEPTH);
    unsigned n = (2u << depth) - 1, good = 0;
    block = program_map("forktree", BLOCK_PAGES * PAGE);
    results = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (results == MAP_FAILED)
        return program_error("forktree", "shared memory");
    int failed = grow(1, depth);
    for (unsigned node = 1; node <= n; node++)
        good += results[node] == DONE;
    printf("forktree %u: %u of %u processes found their %d pages as they must be\n", depth, good, n, BLOCK_PAGES);
    return failed || good != n;
}
