/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The disk store: slots of a swap volume. Pages go to the block server and come from it in I/O pages that both share (pagoda/block_ring.h); the pager
 * submits, goes on, and hears of the completion by a signal.
 *
 * Page-out copies a page into an I/O page, and its frame is free at once. Until the write is done the I/O page is the copy: what is wanted meanwhile
 * comes from there. A write that fails is tried in other slots, then the page goes back to memory; its slots are not used again. Page-in: the
 * fault waits (park.h) until the I/O page holds the page.
 *
 * Of a record of kind RECORD_DISK: place = slot, high = I/O page + 1; 0: none.
 */
#ifndef PAGER_SWAP_H
#define PAGER_SWAP_H

#include "kernel_if.h"
#include "store.h"

#include <pagoda/block_ring.h>
#include <stdbool.h>
#include <stdint.h>

enum swap_state {
    SWAP_OFF,
    SWAP_CHECKING, /* its header is being read */
    SWAP_ON,
    SWAP_DRAINING, /* no page is written any more; those that are there come back to memory, then SWAP_OFF */
    SWAP_REFUSED,  /* off: its header was not sound or could not be read */
};

/* swap_init: the shared ring (NULL: there is no block server), its I/O pages, what to signal after submitting. */
void swap_init(struct block_ring *ring, void *io_pages, cptr_t signal);

/* swap_on: use a volume of so many blocks. It is checked first: swap_state tells the outcome. 0, or PAGODA_ERR_BUSY (one is in use), INVALID_ARGUMENT (no
 * volume that size), NO_MEMORY, NOT_SUPPORTED (no block server). swap_off: stop using it. 0, or PAGODA_ERR_INVALID_ARGUMENT (it is not on). */
uint64_t swap_on(uint64_t volume, uint64_t n_blocks);
uint64_t swap_off(void);

/* swap_room: pages that could be written now: free slots, at most as many as may be in flight. */
uint32_t swap_room(void);

/* swap_stalled: there are free slots, but so many pages are in flight that fewer than n more could be written now. */
bool swap_stalled(uint32_t n);

/* swap_put: write the page of a record to a slot; sets its kind, place and checksum. false: no room. swap_submit: nothing more comes for now. */
bool swap_put(uint32_t handle, const void *bytes);
void swap_submit(void);

/* Where a page of a record of kind RECORD_DISK is. */
enum swap_where {
    SWAP_HERE,   /* store_get finds it, or finds that it is lost */
    SWAP_COMING, /* it is being read */
    SWAP_NO_WAY, /* no I/O page for it now */
};
/* swap_fetch: have it brought if it is not here. */
enum swap_where swap_fetch(uint32_t handle);

/* swap_fetch_ahead: the same for a page that nobody waits for yet; reads of slots in a row become one request, which goes out with swap_submit. SWAP_NO_WAY also while few
 * I/O pages are free. */
enum swap_where swap_fetch_ahead(uint32_t handle);

/* swap_slot: of a record of kind RECORD_DISK; 0: it has none any more, and goes back to memory. */
uint32_t swap_slot(const struct record *r);

/* swap_get, swap_drop: as every store has them. */
enum store_damage swap_get(uint32_t handle, void *dest);
void swap_drop(uint32_t handle);

/* swap_completions: after a signal of the block server: take what it has completed, and let those who waited for it go on. One that was started again gets
 * what is in flight once more. swap_gone: the block server has ended for good. */
void swap_completions(void);
void swap_gone(void);

/* swap_step: a bounded piece of what is left to do: pages that could not be written, draining. */
void swap_step(void);

/* swap_pending: swap_step has something to do now. */
bool swap_pending(void);

/* swap_busy: some request is in flight. */
bool swap_busy(void);

/* swap_is_on: pages can be written. */
bool swap_is_on(void);

struct swap_info {
    enum swap_state state;
    uint64_t volume, slots, used, bad; /* slots without the header */
    uint64_t in_flight;                /* requests */
    uint64_t written, read;            /* pages, since boot */
    uint64_t write_errors, read_errors;
    uint64_t served_in_flight;         /* pages wanted back while they were being written */
    uint64_t io_pages, io_pages_free;
    uint64_t repeated; /* requests submitted again because the block server was started again */
    uint64_t reason; /* SWAP_REFUSED: enum block_swap_status, or 16 + enum block_status when it could not be read */
};
void swap_tell(struct swap_info *info);

/* swap_meta_pages: frames that the map of slots takes. */
uint64_t swap_meta_pages(void);

/* swap_check: number of violations in slots, I/O pages and records. */
uint32_t swap_check(void);

#endif
