/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Boot arguments that make life hard for the system, for tests; debug builds only. Pure.
 *
 *   evict-always | compress-always | writeback-always   one of them: how pages leave memory all the time (PAGER_SETTING_EVICT)
 *   fail-io=N       every N-th read or write of a disk fails
 *   fail-alloc=N    every N-th allocation of memory fails once a program runs; not below TORTURE_FAIL_ALLOC_MIN
 */
#ifndef INIT_TORTURE_H
#define INIT_TORTURE_H

#include <stdint.h>

/* A fault may need several allocations: with fewer it could fail for ever. */
#define TORTURE_FAIL_ALLOC_MIN 10u
#define TORTURE_MESSAGE_MAX 160

struct torture {
    uint64_t evict;                    /* value of PAGER_SETTING_EVICT; 0: none of the flags is there */
    uint64_t fail_io, fail_alloc;      /* 0: off */
    char message[TORTURE_MESSAGE_MAX]; /* what is wrong with them; empty: nothing */
};

/* torture_read: from all boot arguments. In a release build everything is off. */
#ifdef PAGODA_DEBUG
void torture_read(const char *arguments, struct torture *out);
#else
static inline void torture_read(const char *arguments, struct torture *out)
{
    (void)arguments;
    *out = (struct torture){.evict = 0};
}
#endif

#endif
