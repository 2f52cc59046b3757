/* SPDX-License-Identifier: BSD-2-Clause */
#include "own_io.h"

_Static_assert(OWN_IO_SLOTS * OWN_IO_PAGES <= STARTUP_BLOCK_OWN_PAGES, "each slot has its pages");

static struct own_io slots[OWN_IO_SLOTS];
static bool may_inject;

static void on_finished(struct request *r, enum block_status status, uint32_t n_done)
{
    struct own_io *io = (struct own_io *)r;
    io->busy = false;
    io->status = status;
    io->n_done = n_done;
}

void own_io_allow_inject(void)
{
    may_inject = true;
}

uint8_t *own_io_page(unsigned slot, unsigned i)
{
    return server_own_page(slot * OWN_IO_PAGES + i);
}

void own_io_start(unsigned slot, struct drive *drive, enum block_request_operation operation, uint64_t sector, uint32_t n_blocks)
{
    struct own_io *io = &slots[slot];
    io->busy = true;
    request_prepare(&io->request, drive, operation, sector, n_blocks);
    io->request.finished = on_finished;
    io->request.counts_for_inject = may_inject;
    for (unsigned i = 0; i < n_blocks && (operation == BLOCK_READ || operation == BLOCK_WRITE); i++) {
        request_add(&io->request, own_io_page(slot, i), server_own_page_pa(slot * OWN_IO_PAGES + i), BLOCK_BYTES);
    }
    request_submit(&io->request, server_now_ns());
    server_want_ticks();
}

enum block_status own_io_finish(unsigned slot, uint32_t *n_done)
{
    while (slots[slot].busy) {
        server_wait();
    }
    if (n_done) {
        *n_done = slots[slot].n_done;
    }
    return slots[slot].status;
}

enum block_status own_io_run(unsigned slot, struct drive *drive, enum block_request_operation operation, uint64_t sector, uint32_t n_blocks)
{
    own_io_start(slot, drive, operation, sector, n_blocks);
    return own_io_finish(slot, NULL);
}
