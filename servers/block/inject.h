/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults on purpose, for tests: debug builds only. In a release build nothing of it is left. Pure. */
#ifndef BLOCK_INJECT_H
#define BLOCK_INJECT_H

#include <stdbool.h>
#include <stdint.h>

enum inject_fault { INJECT_NONE, INJECT_FAIL, INJECT_LATE, INJECT_SHORT, INJECT_FLIP, INJECT_CRASH };

/* What is to happen to this request, and for INJECT_LATE the delay. */
struct inject_verdict {
    enum inject_fault fault;
    uint64_t delay_ns;
};

#ifdef PAGODA_DEBUG

/* inject_set: see block.inject. after and every count reads and writes; after = 0 with INJECT_NONE. */
void inject_set(enum inject_fault fault, uint64_t after, uint64_t every, uint64_t delay_ns);

/* inject_next: the verdict on the next completed read or write. */
struct inject_verdict inject_next(void);

#else

static inline struct inject_verdict inject_next(void)
{
    return (struct inject_verdict){.fault = INJECT_NONE};
}

#endif

#endif
