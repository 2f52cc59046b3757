/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several processes that count on every page of their memory: of private memory, of memory that they have from their parent copy-on-write, and of memory that
 * they share, where each has a word of its own on every page. They go on until the pager has moved so many pages, for whatever reason: `optimize stir`
 * makes it. At the end each count must be as high as it was counted: a page that was moved, taken away and brought back, or copied has lost nothing.
 */
#include "generated/pager_client.h"
#include "pagoda/layout.h"
#include "program.h"

#include <sel4/sel4.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_PROCESSES 16
#define WORDS (PAGE / 8)
#define POLL_NS 20000000ull    /* between two questions how many pages were moved: the answer takes the pager some time */
#define IDLE_NS 10000000000ull /* after so long without a page moved no more are awaited */

/* In shared memory: how many have begun to count, and whether they are to stop. */
struct control {
    volatile unsigned begun;
    volatile int stop;
};

static uint64_t n_pages;
static struct control *control;
static uint64_t *inherited; /* word 0 counts, the others are the page's number */

/* Counters of all processes are one apart, so that they share cache lines too. */
static uint64_t count_round(uint64_t *private, uint64_t *shared, unsigned self)
{
    for (uint64_t n = 0; n < n_pages; n++) {
        private[n * WORDS + n % WORDS]++;
        shared[n * WORDS + self]++;
        if (n % 3 == self % 3)
            inherited[n * WORDS]++;
    }
    return 1;
}

static uint64_t wrong_counts(const uint64_t *private, const uint64_t *shared, unsigned self, uint64_t rounds)
{
    uint64_t wrong = 0;
    for (uint64_t n = 0; n < n_pages; n++) {
        wrong += private[n * WORDS + n % WORDS] != rounds;
        wrong += shared[n * WORDS + self] != rounds;
        wrong += inherited[n * WORDS] != (n % 3 == self % 3 ? rounds : 0);
        wrong += inherited[n * WORDS + 1 + n % (WORDS - 1)] != n;
    }
    return wrong;
}

/* writer: one process; prints its line, returns its exit status. */
static int writer(uint64_t *shared, unsigned self)
{
    uint64_t *private = program_map("writers", n_pages * PAGE), rounds = 0;
    while (!control->stop) {
        rounds += count_round(private, shared, self);
        if (rounds == 1)
            __atomic_fetch_add(&control->begun, 1, __ATOMIC_RELAXED);
    }
    uint64_t wrong = wrong_counts(private, shared, self, rounds);
    printf("writer %u: %llu rounds, %llu wrong\n", self, (unsigned long long)rounds, (unsigned long long)wrong);
    fflush(stdout);
    return wrong != 0 || rounds == 0;
}

static uint64_t moved_since_boot(void)
{
    struct pager_arrangement_info_reply info;
    uint64_t moved = 0;
    if (pager_arrangement_info(LAYOUT_CAP_PAGER, &info) != 0)
        exit(program_error("writers", "arrangement_info"));
    for (unsigned i = 0; i < sizeof info.moved / sizeof info.moved[0]; i++)
        moved += info.moved[i];
    return moved;
}

static void pause_ns(uint64_t ns)
{
    for (uint64_t end = program_ns() + ns; program_ns() < end;)
        seL4_Yield();
}

/* await_moves: until n pages have been moved since all writers have every page; returns how many were. */
static uint64_t await_moves(unsigned n_writers, uint64_t n)
{
    while (control->begun < n_writers)
        seL4_Yield();
    uint64_t first = moved_since_boot(), moved = 0, last_move = program_ns();
    while (moved < n && program_ns() - last_move < IDLE_NS) {
        pause_ns(POLL_NS);
        uint64_t now = moved_since_boot() - first;
        last_move = now > moved ? program_ns() : last_move;
        moved = now;
    }
    control->stop = 1;
    return moved;
}

static int failures_of(const pid_t *pids, unsigned n)
{
    int failures = 0, status;
    for (unsigned i = 0; i < n; i++)
        failures += waitpid(pids[i], &status, 0) != pids[i] || !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    return failures;
}

static void *share_memory(uint64_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        exit(program_error("writers", "shared memory"));
    return p;
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 4)
        program_usage("writers", argc < 2 ? "the size is missing" : "too many arguments");
    uint64_t mib = program_number("writers", argv[1], 1, 1024);
    unsigned n = argc > 2 ? (unsigned)program_number("writers", argv[2], 1, MOST_PROCESSES) : 3;
    uint64_t n_moves = argc > 3 ? program_number("writers", argv[3], 0, 100000000) : 1000;
    pid_t pids[MOST_PROCESSES];

    n_pages = mib * MIB / PAGE;
    uint64_t *shared = share_memory(n_pages * PAGE);
    control = share_memory(PAGE);
    inherited = program_map("writers", n_pages * PAGE);
    for (uint64_t i = 0; i < n_pages; i++)
        inherited[i * WORDS + 1 + i % (WORDS - 1)] = i;
    for (unsigned i = 0; i < n; i++) {
        fflush(stdout);
        pids[i] = fork();
        if (pids[i] < 0) {
            control->stop = 1;
            return program_error("writers", "fork");
        }
        if (pids[i] == 0)
            _exit(writer(shared, i));
    }
    uint64_t moved = await_moves(n, n_moves);
    int failures = failures_of(pids, n);
    printf("writers: %u processes, %llu pages moved, %d failed\n", n, (unsigned long long)moved, failures);
    return failures != 0;
}
