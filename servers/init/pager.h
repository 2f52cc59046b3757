/* SPDX-License-Identifier: BSD-2-Clause */
/* Making the pager: a resident program (resident.h) that gets all memory. */
#ifndef INIT_PAGER_H
#define INIT_PAGER_H

#include "memory.h"
#include <loader/archive.h>

/* What init knows that the pager needs. */
struct pager_inputs {
    const seL4_BootInfo *bootinfo;
    struct archive archive;
    seL4_CPtr archive_frames;   /* first of archive_pages consecutive caps of the root image, mapped in init */
    uint64_t archive_pages;
    uint64_t init_pages;        /* image of init, and what it kept */
    uint64_t ram_pages;
    uint64_t timer_frequency;
    uint64_t commit_strict;
    uint64_t evict, fail_alloc; /* torture.h */
    seL4_CPtr kinfo;            /* frame of the kernel information page */
    seL4_CPtr endpoint;         /* the pager's, all rights */
    seL4_CPtr fault_endpoint;   /* init's, badged */
    seL4_CPtr notification;           /* to be bound to its thread */
    seL4_CPtr notifications[MANAGERS]; /* badged, for MANAGER_INIT and MANAGER_PROCESS in this order */
    seL4_CPtr signal_block;     /* to the block server, badged */
    seL4_CPtr signal_idle;      /* to the idle thread (idle.h) */
    seL4_CPtr idle_tcb;
};

/* pager_start_up: build it, hand over all memory on the list, let it run; block_prepare was called before. Fatal when something is missing.
 * Afterwards no memory is left to make anything from but the block that init kept. Returns the pager's scheduling context. */
seL4_CPtr pager_start_up(const struct pager_inputs *inputs);

#endif
