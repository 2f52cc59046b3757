/* SPDX-License-Identifier: BSD-2-Clause */
/* Boot argument swap=on, swap=VOLUME: pages may go to a volume from the start. */
#ifndef INIT_SWAP_H
#define INIT_SWAP_H

#include <stdbool.h>
#include <stdint.h>

#define SWAP_ANY_VOLUME UINT64_MAX /* the first with a swap header */
#define SWAP_VOLUMES_MAX 256

/* swap_read: what the boot arguments want. false: a swap= that is neither `on` nor the number of a volume. Pure. */
struct swap_wish {
    bool wanted;
    uint64_t volume;
};
bool swap_read(const char *arguments, struct swap_wish *out);

/*
 * swap_start: have the pager use the volume that is wanted, if one is, and wait until its header has been checked. What is in the way is said on the console; the
 * machine goes on without swap then.
 *   pager, block  manager's endpoint capabilities
 * Lowers the calling thread's priority while it waits, so that the disk's interrupts are served. The block server answers every request in bounded time or is
 * reported as gone: so the wait ends.
 */
void swap_start(const struct swap_wish *wish, uint64_t pager, uint64_t block);

#endif
