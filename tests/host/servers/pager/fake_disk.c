/* SPDX-License-Identifier: BSD-2-Clause */
#include "fake_disk.h"

#include "swap.h"

#include <check.h>
#include <pagoda/block_swap.h>
#include <stdlib.h>
#include <string.h>

struct fake_disk_faults fake_disk_faults;
uint64_t fake_disk_flipped, fake_disk_requests;

static uint8_t *blocks;
static bool *failed; /* blocks that could not be written: they must not be used again */
static bool *written;
static uint32_t n_blocks;
static _Alignas(4096) uint8_t io_pages[FAKE_DISK_IO_PAGES][4096];
static struct block_ring ring;
static struct block_server_end end;
static struct block_request pending[BLOCK_RING_ENTRIES];
static unsigned n_pending;
static struct block_request held; /* FAKE_DISK_LATE; n_blocks is 0: none */
static uint64_t state;

static unsigned number(unsigned n)
{
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    return (unsigned)(state >> 33) % n;
}

static bool one_in(unsigned n)
{
    return n > 0 && number(n) == 0;
}

void fake_disk_start(void)
{
    n_pending = 0;
    held.n_blocks = 0;
    block_server_open(&end, &ring);
    swap_completions();
}

void fake_disk_reset(uint32_t n, uint64_t seed)
{
    struct swap_info info;

    /* A disk of the same size is the same memory: to get it from the system takes longer than most tests. */
    for (uint32_t i = 0; n == n_blocks && i < n; i++) {
        if (written[i]) {
            memset(blocks + 4096ull * i, 0, 4096);
        }
    }
    if (n != n_blocks) {
        free(blocks);
        blocks = calloc(n, 4096);
    }
    free(failed);
    free(written);
    failed = calloc(n, sizeof *failed);
    written = calloc(n, sizeof *written);
    n_blocks = n;
    block_swap_make(blocks, n, seed, 1);
    state = seed;
    n_pending = 0;
    fake_disk_flipped = fake_disk_requests = 0;
    fake_disk_faults = (struct fake_disk_faults){0};
    block_ring_init(&ring, FAKE_DISK_IO_PAGES);
    swap_init(&ring, io_pages, 0);
    fake_disk_start();
    ck_assert_uint_eq(swap_on(0, n), 0);
    fake_disk_run();
    swap_tell(&info);
    ck_assert_int_eq(info.state, SWAP_ON);
}

static void take_all(void)
{
    while (end.ring && n_pending < BLOCK_RING_ENTRIES && block_server_take(&end, &pending[n_pending])) {
        n_pending++;
    }
}

static bool is_nth(enum fake_disk_trouble trouble)
{
    return fake_disk_requests == fake_disk_faults.nth && fake_disk_faults.trouble == trouble;
}

static uint32_t status_of(const struct block_request *r)
{
    bool write = r->operation == BLOCK_WRITE;

    if (fake_disk_requests == fake_disk_faults.nth) {
        static const uint8_t status[FAKE_DISK_TROUBLES] = {
            [FAKE_DISK_ERROR] = BLOCK_IO_ERROR, [FAKE_DISK_TIMEOUT] = BLOCK_TIMEOUT, [FAKE_DISK_SHORT] = BLOCK_SHORT,
            [FAKE_DISK_LATE] = BLOCK_OK, [FAKE_DISK_FLIP] = BLOCK_OK};
        return status[fake_disk_faults.trouble];
    }
    if (one_in(write ? fake_disk_faults.error_writes : fake_disk_faults.error_reads)) {
        return BLOCK_IO_ERROR;
    }
    return one_in(fake_disk_faults.timeouts) ? BLOCK_TIMEOUT : one_in(fake_disk_faults.shorts) ? BLOCK_SHORT : BLOCK_OK;
}

static void flip(uint8_t *bytes)
{
    bytes[number(4096)] ^= (uint8_t)(1u << number(8));
    fake_disk_flipped++;
}

static void move(const struct block_request *r, uint32_t n)
{
    uint32_t wrong = is_nth(FAKE_DISK_FLIP) ? number(r->n_blocks) : UINT32_MAX;

    for (uint32_t i = 0; i < n; i++) {
        ck_assert_uint_lt(r->first + i, n_blocks);
        ck_assert_uint_lt(r->pages[i], FAKE_DISK_IO_PAGES);
        uint8_t *block = blocks + (r->first + i) * 4096, *page = io_pages[r->pages[i]];
        if (r->operation == BLOCK_WRITE) {
            ck_assert_uint_gt(r->first + i, 0); /* the header */
            ck_assert(!failed[r->first + i]);
            memcpy(block, page, 4096);
            written[r->first + i] = true;
        } else {
            memcpy(page, block, 4096);
        }
        if (i == wrong || (r->operation == BLOCK_READ && one_in(fake_disk_faults.flips))) {
            flip(r->operation == BLOCK_WRITE ? block : page);
        }
    }
}

static void complete(struct block_request r)
{
    uint32_t status = status_of(&r), n = status == BLOCK_OK ? r.n_blocks : status == BLOCK_SHORT ? number(r.n_blocks) : 0;
    ck_assert(r.operation == BLOCK_READ || r.operation == BLOCK_WRITE);
    move(&r, status == BLOCK_IO_ERROR || status == BLOCK_TIMEOUT ? number(r.n_blocks + 1) : n); /* what failed may have been done in part */
    for (uint32_t i = n; r.operation == BLOCK_WRITE && i < r.n_blocks; i++) {
        failed[r.first + i] = true;
    }
    block_server_complete(&end, &(struct block_completion){.id = r.id, .n_done = n, .status = status});
}

unsigned fake_disk_complete(unsigned n)
{
    unsigned done = 0;

    take_all();
    while (done < n && n_pending > 0) {
        unsigned which = number(n_pending);
        struct block_request r = pending[which];
        pending[which] = pending[--n_pending];
        fake_disk_requests++;
        if (is_nth(FAKE_DISK_LATE)) {
            held = r;
        } else {
            complete(r);
            done++;
        }
    }
    if (done == 0 && n > 0 && held.n_blocks > 0) {
        struct block_request r = held;
        held.n_blocks = 0;
        complete(r);
        done++;
    }
    return done;
}

void fake_disk_run(void)
{
    while (fake_disk_complete(BLOCK_RING_ENTRIES) > 0) {
        swap_completions();
    }
}

unsigned fake_disk_pending(void)
{
    take_all();
    return n_pending + (held.n_blocks > 0);
}

void fake_disk_die(void)
{
    take_all();
    n_pending = 0;
    held.n_blocks = 0;
    swap_gone();
}
