/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel objects of a process's first thread: TCB, scheduling context, CNode; made from the 4 KiB untyped that the
 * pager lends with each space (SPACE_CAP_OBJECTS), so that destroying the space takes them back.
 */
#ifndef LOADER_THREAD_H
#define LOADER_THREAD_H

#include <loader/load.h>
#include <stdbool.h>
#include <stdint.h>

#include "sel4/sel4.h"

/* What the starter has: its own CNode and authority. */
struct thread_maker {
    seL4_CPtr cnode;         /* cap to its own CNode; its slot n is at (n, depth 64) */
    seL4_CPtr sched_control;
    seL4_CPtr authority;     /* TCB whose MCP bounds the priorities given */
    seL4_CPtr pager;         /* manager endpoint */
};

/* Slots that each thread takes in the maker's CNode, THREAD_SLOTS from a base on. All empty before thread_create and after
 * thread_destroy. */
enum thread_slot { THREAD_OBJECTS, THREAD_TCB, THREAD_SCHED_CONTEXT, THREAD_CNODE, THREAD_VSPACE, THREAD_SPARE, THREAD_KINFO, THREAD_NOTIFICATION, THREAD_SLOTS };
_Static_assert(THREAD_SLOTS == 8, "the maker counts on it");

struct thread_options {
    uint64_t space;
    bool observer;           /* pager cap badged OBSERVER instead of CLIENT */
    unsigned priority;
    unsigned max_priority;   /* MCP */
    unsigned cnode_bits;     /* size of its CNode */
    seL4_CPtr cnode_untyped; /* where a CNode that does not fit into the 4 KiB comes from; 0: from SPACE_CAP_OBJECTS */
};

/*
 * thread_create: make the thread of a space, complete but not running. Its CNode holds the pager's client cap and nothing else yet.
 * Returns 0 or an enum pagoda_error; after an error nothing is left in the slots.
 */
uint64_t thread_create(const struct thread_maker *maker, seL4_CPtr base, const struct thread_options *options);

/* thread_give: mint a copy of the maker's cap in slot `source` into slot `dest` of the thread's CNode, with this badge. */
seL4_Error thread_give(const struct thread_maker *maker, seL4_CPtr base, unsigned cnode_bits, seL4_Word dest, seL4_CPtr source,
    seL4_CapRights_t rights, seL4_Word badge);

/* thread_copy: the same as thread_give without a badge: the copy keeps what the source has. */
seL4_Error thread_copy(const struct thread_maker *maker, seL4_CPtr base, unsigned cnode_bits, seL4_Word dest, seL4_CPtr source,
    seL4_CapRights_t rights);

/* thread_slice: its time from now on: as every thread has it at the start, round robin with slices of TIME_SLICE_US; or no more than `budget_us` (1..99999)
 * in each THREAD_SLOW_PERIOD_US. Returns the kernel's error; then its time is as before. */
seL4_Error thread_slice(const struct thread_maker *maker, seL4_CPtr base);
#define THREAD_SLOW_PERIOD_US 100000 /* so long that a percent of it is worth a switch */
seL4_Error thread_slow(const struct thread_maker *maker, seL4_CPtr base, uint64_t budget_us);

/* thread_run: set the start registers and let it run. All other registers are 0. */
seL4_Error thread_run(seL4_CPtr base, const struct load_start *start);

/* thread_stop: it runs no more. What its slots hold goes when its space is destroyed: all of it was made from, or is a copy of, what the pager lent with the space.
 * Not so a CNode from an untyped of the maker's own, and what the maker put into the slots itself. */
void thread_stop(seL4_CPtr base);

/* thread_pass: it lets others of its priority go first. If it was blocked in a system call, it does that again. Of one that was stopped: it goes on. */
void thread_pass(seL4_CPtr base);

/* thread_destroy: stop the thread and delete what the slots hold. Works on half-made threads too. */
void thread_destroy(const struct thread_maker *maker, seL4_CPtr base);

/* thread_receive_cap: ask the pager for one cap of a space (SPACE_CAP_*) into an empty slot of the maker's. 0 or a pagoda_error. */
uint64_t thread_receive_cap(const struct thread_maker *maker, uint64_t space, uint64_t kind, seL4_CPtr slot);

#endif
