/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The whole pager, on the model of the kernel, under messages that libFuzzer makes up: requests of every badge with any words, too few and too many
 * of them, with and without a capability; fault messages; accesses; completions of a disk that fails; signals.
 *
 * Wanted: no crash, no broken book (audit), no kernel call that fails, and in the end, when all spaces are gone, every page and slot back.
 *
 * The bytes of an input are read from front to back; when there are none left they read as 0. message_word tells how words are made, so that
 * numbers of spaces, addresses and lengths that mean something are short. make_corpus.py writes inputs in this form. PAGER_FUZZ_TRACE=1 prints each request
 * with its answer.
 */
#include "boot.h"
#include "fake_disk.h"
#include "frame.h"
#include "machine.h"
#include "mapping.h"
#include "park.h"
#include "pressure.h"
#include "prezero.h"
#include "retire.h"
#include "serve.h"
#include "space.h"
#include "state.h"
#include "store.h"
#include "swap.h"
#include "trace.h"

#include <generated/pager_server.h>
#include <pagoda/layout.h>
#include <server/server.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RAM (12u << 20)
#define DISK_BLOCKS 300u
#define WORDS_MOST 120u /* what a message can have */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes);

/* The generated dispatcher's other half, which this server does not use. */
seL4_IPCBuffer fake_ipc_buffer;
uint64_t *server_message(struct server *server)
{
    (void)server;
    return fake_ipc_buffer.msg;
}
void server_reply(struct server *server, seL4_CPtr reply_object, uint64_t label, unsigned length, seL4_CPtr cap)
{
    (void)server, (void)reply_object, (void)label, (void)length, (void)cap;
    abort();
}

static const uint8_t *input, *input_end;

static uint8_t next_byte(void)
{
    return input < input_end ? *input++ : 0;
}

static const uint64_t bases[8] = {0x400000, 0x10000000, 0x3ff00000, LAYOUT_IPC_BUFFER_VA, LAYOUT_STACK_TOP - (1u << 20), LAYOUT_MMAP_VA, 0,
                                  LAYOUT_USER_TOP - (1u << 20)};

/* message_word: 0..127 itself; 128..191 a page from one of the bases; 192..223 a length in pages; 224..239 the next eight bytes; else a power of two - 1 or so. */
static uint64_t message_word(void)
{
    uint8_t kind = next_byte();
    uint64_t word = 0;

    if (kind < 128) {
        return kind;
    }
    if (kind < 192) {
        return bases[kind >> 3 & 7] + (uint64_t)next_byte() * PAGE_SIZE + (kind & 7 ? 0 : next_byte());
    }
    if (kind < 224) {
        return (uint64_t)(next_byte() + 1) * PAGE_SIZE >> (kind & 1 ? 1 : 0);
    }
    for (unsigned i = 0; kind < 240 && i < 8; i++) {
        word |= (uint64_t)next_byte() << 8 * i;
    }
    return kind < 240 ? word : (1ull << next_byte() % 64) - (kind & 1);
}

static void request(void)
{
    static const unsigned kinds[] = {BADGE_MANAGER, BADGE_MANAGER, BADGE_CLIENT, BADGE_OBSERVER};
    uint8_t who = next_byte();
    struct server_call call = {.badge = BADGE(kinds[who & 3], who >> 2), .operation = next_byte(), .words = fake_ipc_buffer.msg};

    call.length = next_byte() % (WORDS_MOST + 1);
    call.n_caps = call.length ? next_byte() & 1 : 0;
    if (call.n_caps && next_byte() & 1) {
        fake_receive();
    }
    for (unsigned i = 0; i < call.length; i++) {
        fake_ipc_buffer.msg[i] = message_word();
    }
    serve_disturb();
    serve_request(&call, pager_dispatch);
    if (getenv("PAGER_FUZZ_TRACE")) {
        printf("operation %llu, badge %#llx, %u words, %u capabilities: %llu\n", (unsigned long long)call.operation, (unsigned long long)call.badge,
               call.length, call.n_caps, (unsigned long long)call.reply_label);
    }
    if (call.n_caps) {
        kernel_drop_received();
    }
    if (call.reply_cap) {
        /* Whoever gets it has a copy. */
        fake_hand_out(call.reply_cap);
    }
    pressure_moved();
}

static void fault_message(void)
{
    uint64_t space = next_byte() % 16, label = next_byte() % 12, words[16] = {0};
    unsigned length = next_byte() % 17;

    for (unsigned i = 0; i < length; i++) {
        words[i] = message_word();
    }
    cptr_t reply = pager_reply;
    if (serve_fault(space, label, words, length)) {
        const struct deferred_mapping d = *mapping_deferred();
        if (d.wanted) {
            kernel_reply_fault(reply, &d);
        }
    } else {
        mapping_deferred();
    }
}

static void access(void)
{
    struct space *s = space_at(next_byte() % 16);
    uint64_t va = message_word();
    enum access kind = (enum access)(next_byte() % 3);
    uint8_t value = next_byte();

    if (s && va < LAYOUT_USER_TOP && park_waiting() == 0) {
        uint8_t *p = machine_touch(s, va, kind);
        if (p && kind == ACCESS_WRITE) {
            *p = value;
        }
    }
}

static void disk(void)
{
    uint8_t what = next_byte();

    fake_disk_faults = (struct fake_disk_faults){.error_writes = what & 1 ? 3 : 0, .error_reads = what & 2 ? 3 : 0, .timeouts = what & 4 ? 5 : 0,
                                                 .shorts = what & 8 ? 3 : 0, .flips = what & 16 ? 2 : 0};
    fake_disk_complete(1 + (what >> 5));
    swap_completions();
}

static void events(void)
{
    static void (*const makers[])(void) = {request, request, request, request, fault_message, access, access, disk};

    for (unsigned n = 0; input < input_end && n < 200; n++) {
        uint8_t which = next_byte();
        fake_now += 1000;
        makers[which & 7]();
        if (which & 0x80) {
            fake_idle_entries++;
            serve_tick();
        }
        serve_after(true);
        prezero_idle();
        if (n % 32 == 31) {
            machine_check();
        }
    }
}

static void end_all(void)
{
    for (struct space *s = space_first_from(1); s; s = space_first_from(1)) {
        space_destroy(s);
    }
    retired_give_up();
    fake_disk_faults = (struct fake_disk_faults){0};
    trace_drop(); /* a trace outlives its program */
    fake_disk_run();
    serve_after(true);
    machine_check();
    if (store_pages() != 0 || park_waiting() != 0) {
        fprintf(stderr, "left over: %llu stored pages, %u waiting\n", (unsigned long long)store_pages(), park_waiting());
        abort();
    }
}

/* in_use: pages that are not free, but for the map of slots, which goes when swap is switched off. */
static uint64_t in_use(void)
{
    return pager.general_pages - pages_free() - swap_meta_pages();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes)
{
    fake_blank_ram = true;
    machine_boot(RAM);
    fake_disk_reset(DISK_BLOCKS, 1);
    serve_after(true);
    pager.check = 0; /* the audit of all memory takes longest: now and then instead */
    uint64_t used = in_use();
    input = bytes;
    input_end = bytes + n_bytes;
    events();
    machine_check();
    end_all();
    if (in_use() != used) {
        fprintf(stderr, "%llu pages in use before, %llu after\n", (unsigned long long)used, (unsigned long long)in_use());
        abort();
    }
    return 0;
}
