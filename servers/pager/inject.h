/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Allocations that fail on purpose, for tests: debug builds only. In a release build nothing of it is left.
 *
 * Counted are frames and object pages, whoever takes them: a fault, a request, a store, the stocks. One that fails looks to its caller like the end of
 * memory. A fault then takes pages away from somebody and tries again; a request answers NO_MEMORY.
 */
#ifndef PAGER_INJECT_H
#define PAGER_INJECT_H

#include <stdbool.h>
#include <stdint.h>

#ifdef PAGODA_DEBUG

void inject_init(void);

/* inject_every: every n-th allocation fails (0: none) once a program has run: inject_start. */
void inject_every(uint64_t n);
void inject_start(void);

/* inject_nth: the n-th allocation from now on fails, that one only; 0: none. inject_left: how many are still to come up to it; 0: it has happened, or is off. */
void inject_nth(uint64_t n);
uint64_t inject_left(void);

/* inject_allocation: the allocation that is about to be made fails. */
bool inject_allocation(void);
/* inject_next: it will. */
bool inject_next(void);

/* inject_promised: the next n allocations have been promised: they neither fail nor count. */
void inject_promised(uint32_t n);

/* inject_short: some allocation failed on purpose since this was last asked. */
bool inject_short(void);

/* inject_failed: allocations that failed on purpose since boot. */
uint64_t inject_failed(void);

#else

static inline void inject_init(void)
{
}

static inline void inject_start(void)
{
}

static inline bool inject_allocation(void)
{
    return false;
}

static inline bool inject_next(void)
{
    return false;
}

static inline void inject_promised(uint32_t n)
{
    (void)n;
}

static inline bool inject_short(void)
{
    return false;
}

#endif

#endif
