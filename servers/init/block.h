/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making the block server: a resident program (resident.h) that gets the disks. Its memory is cut before the pager gets the rest; the
 * ring and the I/O pages are its memory too, and mapped in both.
 */
#ifndef INIT_BLOCK_H
#define INIT_BLOCK_H

#include "machine.h"
#include "resident.h"

struct block_inputs {
    const seL4_BootInfo *bootinfo;
    const struct archive *archive;
    const struct machine *machine;
    struct block *kept;          /* init's memory: for a table, if init has none where it looks at devices */
    uint64_t timer_frequency;
    uint64_t fail_every;         /* torture.h: fail_io */
    seL4_CPtr endpoint;          /* its own, all rights */
    seL4_CPtr notification;      /* its own, all rights */
    seL4_CPtr signal_pager;      /* badged SIGNAL_BLOCK_COMPLETION */
    seL4_CPtr fault_endpoint;    /* init's, badged */
};

/* block_prepare: build it, all but running. Returns the pages that it takes, ring and I/O pages included. Fatal when something is missing. */
uint64_t block_prepare(const struct block_inputs *inputs);

/* block_share: map the ring and the I/O pages in another resident program, at the same addresses. After block_prepare. */
void block_share(struct resident *program);

/* block_run: start it. Returns its scheduling context. */
seL4_CPtr block_run(void);

/* block_stop: it has failed: its threads stop. Returns its CNode. */
seL4_CPtr block_stop(void);

/* block_restart: after block_stop: start it again, with the same devices, ring and I/O pages. slot: an empty one of init's, empty again afterwards. */
void block_restart(seL4_CPtr slot);

#endif
