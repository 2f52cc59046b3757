/* SPDX-License-Identifier: BSD-2-Clause */
#include "services.h"
#include "swap.h"

#include "generated/block_client.h"
#include "generated/pager_client.h"
#include <pagoda/block_ring.h>
#include <pagoda/startup.h>

/* find: the volume that is wanted; its number and blocks. 0, or an enum pagoda_error: END when there is none. */
static uint64_t find(uint64_t wanted, uint64_t block, uint64_t *volume, uint64_t *blocks)
{
    struct block_volume_list_reply v;
    uint64_t error;

    for (*volume = 0; (error = (uint64_t)block_volume_list(block, *volume, &v)) == 0; (*volume)++) {
        if (wanted == SWAP_ANY_VOLUME ? v.content == BLOCK_CONTENT_SWAP : wanted == *volume) {
            *blocks = v.blocks;
            return 0;
        }
    }
    return error;
}

static void set_priority(seL4_Word priority)
{
    init_check(seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, priority), "changing init's priority");
}

/* wait: until the pager has read the header and knows whether it may use the volume. */
static uint64_t wait(uint64_t pager, uint64_t *state)
{
    struct pager_swap_info_reply info;
    uint64_t error;

    set_priority(PRIORITY_IDLE + 1);
    while ((error = (uint64_t)pager_swap_info(pager, &info)) == 0 && info.state == PAGER_SWAP_CHECKING) {
        seL4_Yield();
    }
    set_priority(PRIORITY_INIT);
    *state = info.state;
    return error;
}

void swap_start(const struct swap_wish *wish, uint64_t pager, uint64_t block)
{
    uint64_t volume, blocks = 0, state = PAGER_SWAP_OFF;

    if (!wish->wanted) {
        return;
    }
    uint64_t error = find(wish->volume, block, &volume, &blocks);
    if (error == PAGODA_ERR_END && wish->volume == SWAP_ANY_VOLUME) {
        services_say("init: swap=on: no volume has a swap header; 'swap format' makes one\n");
        return;
    }
    if (error == PAGODA_ERR_END) {
        services_say("init: swap=%lu: there is no such volume; 'disk' lists them\n", (unsigned long)wish->volume);
        return;
    }
    if (!error) {
        error = (uint64_t)pager_swap_on(pager, volume, blocks);
    }
    if (!error) {
        error = wait(pager, &state);
    }
    if (error) {
        services_say("init: swap on volume %lu: error %lu\n", (unsigned long)volume, (unsigned long)error);
    } else if (state != PAGER_SWAP_ON) {
        services_say("init: volume %lu is not used for pages; 'swap' tells why\n", (unsigned long)volume);
    }
}
