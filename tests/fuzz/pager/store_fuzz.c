/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stored pages that come back damaged: libFuzzer chooses a page of every kind of store and what happens to it: bits of the stored bytes, of the bytes in
 * the I/O page or on the disk, any bytes of its record, the handle, its generation, its page number; or the header of a swap volume.
 *
 * Wanted: no crash, no access beyond the store's own bytes, and what is called intact is intact. (The checksum finds up to three wrong bits for certain, so
 * no more are made wrong at a time.)
 */
#include "fake_disk.h"
#include "frame.h"
#include "machine.h"
#include "pool.h"
#include "record.h"
#include "state.h"
#include "store.h"
#include "swap.h"

#include <pagoda/block_swap.h>
#include <pagoda/layout.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGES 24u
#define FLIPS 3u
#define FIRST_PAGE 0x1000u

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes);

static uint8_t contents[PAGES][PAGE_SIZE];
static uint32_t handles[PAGES];
static struct store_history history;

static const uint8_t *input, *input_end;

static uint32_t next(unsigned n_bytes)
{
    uint32_t value = 0;

    while (n_bytes-- > 0) {
        value = value << 8 | (input < input_end ? *input++ : 0);
    }
    return value;
}

/* fill: page i: one word; text that compresses well or hardly; noise. */
static void fill(uint32_t i)
{
    uint32_t state = i * 2654435761u + 1;

    for (uint32_t at = 0; at < PAGE_SIZE; at++) {
        state = state * 1664525u + 1013904223u;
        contents[i][at] = i % 4 == 0 ? (uint8_t)(i + at % 8) : i % 4 == 3 || at % (8u << i % 3) == 0 ? (uint8_t)(state >> 24) : (uint8_t)(at / 64);
    }
}

static void store_all(void)
{
    for (uint32_t i = 0; i < PAGES; i++) {
        struct store_source source = {.space = 1, .page = FIRST_PAGE + i, .history = &history};
        fill(i);
        pager.evict = i % 8 == 1 ? EVICT_ALWAYS_TO_DISK : EVICT_WHEN_SHORT;
        handles[i] = store_put(contents[i], &source);
        if (!handles[i]) {
            abort();
        }
        if (i % 8 == 7) { /* one that had to come back from the disk */
            fake_disk_run();
        }
    }
    store_submit();
    fake_disk_run();
}

static void boot(void)
{
    fake_blank_ram = true;
    machine_boot(12u << 20);
    fake_disk_reset(300, 1);
    memset(&history, 0, sizeof history);
    store_all();
}

/* stored_bytes: those that the record says are the page, where they are now. A word is what a record begins with. */
static uint8_t *stored_bytes(uint32_t handle, uint32_t *length)
{
    struct record *r = record_at(handle);

    *length = r->length;
    if (r->kind == RECORD_COMPRESSED) {
        return (uint8_t *)(uintptr_t)pool_bytes(handle);
    }
    *length = r->kind == RECORD_SAME ? 8 : PAGE_SIZE;
    return r->kind == RECORD_SAME ? (uint8_t *)r : r->kind == RECORD_RAW ? frame_window(r->place) : NULL;
}

static void flip(uint8_t *bytes, uint32_t length)
{
    for (uint32_t n = 1 + next(1) % FLIPS; n > 0; n--) {
        uint32_t bit = next(2) % (8 * length);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

/* get: must be what was stored, or be told from it. */
static void get(uint32_t handle, uint8_t generation, uint64_t page)
{
    static uint8_t out[PAGE_SIZE];

    for (unsigned tries = 0; store_fetch(handle) != STORE_HERE && tries < 100; tries++) {
        fake_disk_run();
    }
    if (store_get(handle, generation, page, out) == STORE_INTACT && (page >= FIRST_PAGE + PAGES || memcmp(out, contents[page - FIRST_PAGE], PAGE_SIZE) != 0)) {
        fprintf(stderr, "page %llu came back intact, and other than it was\n", (unsigned long long)page);
        abort();
    }
}

static void damage_bytes(uint32_t i)
{
    uint32_t length;
    uint8_t saved[PAGE_SIZE], *bytes = stored_bytes(handles[i], &length);

    if (bytes) {
        memcpy(saved, bytes, length);
        flip(bytes, length);
        get(handles[i], store_generation(handles[i]), FIRST_PAGE + i);
        memcpy(bytes, saved, length);
    } else {
        fake_disk_faults.flips = 1;
        get(handles[i], store_generation(handles[i]), FIRST_PAGE + i);
        fake_disk_faults.flips = 0;
    }
}

/* damage_record: while it is read. What is freed by it later is freed by the right one. On disk: not its place, which tells what is in flight. */
static void damage_record(uint32_t i)
{
    struct record *r = record_at(handles[i]), saved = *r;
    uint8_t generation = store_generation(handles[i]);

    for (uint32_t n = 1 + next(1) % 4; n > 0; n--) {
        ((uint8_t *)r)[next(1) % sizeof *r] ^= (uint8_t)next(1);
    }
    if (saved.kind != RECORD_DISK && r->kind != RECORD_DISK) {
        get(handles[i], generation, FIRST_PAGE + i);
    }
    *r = saved;
}

static void wrong_name(void)
{
    uint32_t handle = next(1) & 1 ? next(3) : handles[next(1) % PAGES];

    if (!record_valid(handle) || record_at(handle)->kind != RECORD_DISK) {
        get(handle, (uint8_t)next(1), FIRST_PAGE + next(1));
    }
}

static void header(void)
{
    static uint8_t block[PAGE_SIZE], sound[PAGE_SIZE];
    struct block_swap found;

    block_swap_make(block, 300, 1, 2);
    memcpy(sound, block, sizeof block);
    flip(block, sizeof found);
    if (block_swap_check(block, 300, &found) == BLOCK_SWAP_OK && memcmp(block, sound, sizeof found) != 0) {
        fprintf(stderr, "a damaged header passed for a sound one\n");
        abort();
    }
    for (uint32_t at = 0; at < sizeof found && input < input_end; at++) {
        block[at] = (uint8_t)next(1);
    }
    block_swap_check(block, 300, &found);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
    static bool booted;

    if (!booted) {
        booted = true;
        boot();
    }
    input = bytes;
    input_end = bytes + n_bytes;
    while (input < input_end) {
        uint32_t i = next(1) % PAGES;
        switch (next(1) % 4) {
        case 0:
            damage_bytes(i);
            break;
        case 1:
            damage_record(i);
            break;
        case 2:
            wrong_name();
            break;
        default:
            header();
        }
        get(handles[i], store_generation(handles[i]), FIRST_PAGE + i);
    }
    return 0;
}
