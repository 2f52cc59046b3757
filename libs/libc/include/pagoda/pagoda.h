/* SPDX-License-Identifier: BSD-2-Clause */
/* What Pagoda's C library offers beyond the usual: spawn, and the reason behind an errno. */
#ifndef PAGODA_PAGODA_H
#define PAGODA_PAGODA_H

#include <stdint.h>
#include <sys/types.h>

#include "generated/errors.h"

/* pagoda_last_error: the server's answer (enum pagoda_error) behind the last errno that a library call set; its words:
 * pagoda_error_text(). */
int pagoda_last_error(void);

/* pagoda_set_errno: report a server's answer as a library call does: sets errno and pagoda_last_error(), returns -1; 0 for PAGODA_OK. */
int pagoda_set_errno(int error);

/* pagoda_spawn: start a program of the archive as a child, without fork. argv ends with NULL; flags: PROCESS_SPAWN_*. -1 and errno on
 * failure. */
pid_t pagoda_spawn(const char *path, char *const argv[], unsigned flags);

/* pagoda_pack_arguments: write argv as the process server wants it, NUL-terminated strings one after the other. -1 (E2BIG) when over max
 * bytes. */
int64_t pagoda_pack_arguments(char *const argv[], char *data, uint64_t max);

/* pagoda_ticks, pagoda_tick_frequency: the time counter that programs can read, and how fast it counts (Hz). */
static inline uint64_t pagoda_ticks(void)
{
    uint64_t ticks;
    __asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
}
static inline uint64_t pagoda_tick_frequency(void)
{
    uint64_t frequency;
    __asm__("mrs %0, cntfrq_el0" : "=r"(frequency));
    return frequency;
}

#endif
