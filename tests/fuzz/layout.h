/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the fuzzer's controller and its workers share: where things are in the workers' CSpace and address spaces.
 *
 * The controller (main.c) is an ordinary root task at the highest priority. Its capabilities, memory and address space are out of reach of the workers, so
 * whatever they do it goes on; only a kernel that is broken can stop it. Workers (worker.c) share one CSpace, the arena, and run in one of two address spaces
 * made for them, with the program's image mapped read-only, so they may use no global variables.
 */
#ifndef PAGODA_TESTS_FUZZ_LAYOUT_H
#define PAGODA_TESTS_FUZZ_LAYOUT_H

#include <stdint.h>

/* The arena: a CNode of 256 slots. Each kind of capability has its own 16 slots, where workers look for it first; they may end up anywhere. */
enum {
    ARENA_BITS = 8,
    ARENA_SLOTS = 1 << ARENA_BITS,
    KIND_SLOTS = 16,
    SUB_BITS = 8, /* a worker's capability address: 48 bits guard, 8 bits arena slot, 8 bits for whatever CNode is there */
    GUARD_BITS = 64 - ARENA_BITS - SUB_BITS,
};

enum kind {
    KIND_SPECIAL, /* see enum special */
    KIND_UNTYPED,
    KIND_TCB,
    KIND_ENDPOINT,
    KIND_NOTIFICATION,
    KIND_CNODE,
    KIND_SCHED_CONTEXT,
    KIND_REPLY,
    KIND_VSPACE,
    KIND_SMALL_PAGE,
    KIND_LARGE_PAGE,
    KIND_PAGE_TABLE,
    KIND_IRQ,
    KIND_ASID_POOL,
    KIND_BADGED,
    KIND_SCRATCH,
    KINDS,
    KIND_ANY = KINDS,
};
_Static_assert(KINDS * KIND_SLOTS == ARENA_SLOTS, "every slot belongs to a kind");

/* Slots of KIND_SPECIAL: what cannot be made out of untyped memory. The controller puts them back when they are gone. */
enum special {
    SPECIAL_ARENA,         /* no guard: (slot, 8 bits) addresses the arena's slots */
    SPECIAL_ARENA_GUARDED, /* as the workers' CSpace */
    SPECIAL_SCHED_CONTROL,
    SPECIAL_ASID_CONTROL,
    SPECIAL_DOMAIN,
    SPECIAL_SGI,
    SPECIAL_INFO_FRAME,
    SPECIALS,
};

enum { WORKERS = 6, WORKER_PAGES = 4 };

/* Addresses in the workers' spaces. */
#define WORKER_VA 0x20000000ul /* WORKER_PAGES pages each: stack, stack, state, IPC buffers */
#define WINDOW_BASE 0x2000000000ul /* where workers map what they have */
#define worker_va(index) (WORKER_VA + (unsigned long)(index)*WORKER_PAGES * 4096)

/* Labels in a row: seL4's, then those of the extension. */
enum { FIRST_LABELS = 57, EXTENSION_LABEL = 4096, EXTENSION_LABELS = 9, LABELS = FIRST_LABELS + EXTENSION_LABELS };

/* A worker's own page. */
struct worker {
    uint64_t random;          /* state of its generator */
    volatile uint64_t rounds; /* operations begun */
    uint64_t index;
    uint64_t last[9];         /* system call begun last: x0 to x8 */
    uint32_t tried[LABELS], succeeded[LABELS]; /* invocations by Call, by label_number */
};
_Static_assert(sizeof(struct worker) <= 4096, "a worker's state is one page");

void worker_main(struct worker *worker);

#endif
