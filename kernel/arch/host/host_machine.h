/* SPDX-License-Identifier: BSD-2-Clause */
/* What a host test may set and see of its machine. */
#ifndef ARCH_HOST_MACHINE_H
#define ARCH_HOST_MACHINE_H

#include "types.h"

#include <setjmp.h>

struct thread;

enum { HOST_IRQ_MAX = 95, HOST_IRQ_TIMER = 27 };

struct host_machine {
    pa_t ram_pa;              /* RAM is [ram_pa, ram_pa + ram_bytes) */
    uint64_t ram_bytes;
    unsigned pending_every;   /* irq_is_pending says yes every n-th time; 0: never */
    unsigned pending_asked;
    ticks_t now;              /* timer_now */
    ticks_t deadline;
    uint64_t tlb_pages, tlb_asids; /* invalidations asked for */
    uint64_t unified_bytes;   /* made executable */
    uint64_t zeroed_bytes, cleaned_bytes;
    bool irq_masked[HOST_IRQ_MAX + 1];
    bool irq_held[HOST_IRQ_MAX + 1];
    bool irq_edge[HOST_IRQ_MAX + 1];
    unsigned sgis_sent;
    struct thread *returned_to; /* by arch_return_to_user */
};
extern struct host_machine host;
extern jmp_buf host_returned; /* arch_return_to_user jumps there */

/* host_machine_start: a machine with that much RAM at that address, filled with a pattern that is not zero; forgets the previous one. */
void host_machine_start(pa_t ram_pa, uint64_t ram_bytes);
void host_machine_stop(void);

#endif
