/* SPDX-License-Identifier: BSD-2-Clause */
#include "machine.h"

#include "boot.h"
#include "audit.h"
#include "event.h"
#include "fault.h"
#include "load.h"
#include "fake_disk.h"
#include "file.h"
#include "mapping.h"
#include "park.h"
#include "promote.h"
#include "range.h"
#include "reclaim.h"
#include "serve.h"
#include "swap.h"

#include <check.h>
#include <pagoda/layout.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROTECTION_FAULT 0x92000000ull
#define WRITE_BIT (1u << 6)

unsigned machine_faults, machine_quick, machine_refused, machine_waits;

static uint8_t archive[64 * 4096];

uint64_t machine_file_size(unsigned file)
{
    static const uint64_t sizes[] = {[FILE_SMALL] = 100, [FILE_EXACT] = 2 * 4096, [FILE_LARGE] = 9 * 4096 + 1234, [FILE_UNALIGNED] = 2 * 4096 + 77};
    return sizes[file];
}

uint8_t machine_file_byte(unsigned file, uint64_t at)
{
    return (uint8_t)((at * 7 + (at >> 8) * 13 + file * 31 + 1) | 1);
}

/* add_file: header, name padded with NULs until the data begins at a page (or, unaligned, only at a word). */
static uint64_t add_entry(uint64_t at, const char *name, uint64_t size, int file, bool aligned)
{
    uint64_t name_bytes = strlen(name) + 1;
    uint64_t data = (at + 110 + name_bytes + 3) & ~3ull;
    if (aligned) {
        data = (data + 4095) & ~4095ull;
    }
    name_bytes = data - at - 110;
    char header[111];
    snprintf(header, sizeof header, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 1u, 0100755u, 0u, 0u, 1u, 0u, (unsigned)size, 0u, 0u, 0u,
             0u, (unsigned)name_bytes, 0u);
    memcpy(archive + at, header, 110);
    memcpy(archive + at + 110, name, strlen(name));
    for (uint64_t i = 0; i < size; i++) {
        archive[data + i] = machine_file_byte((unsigned)file, i);
    }
    return (data + size + 3) & ~3ull;
}

static uint64_t make_archive(void)
{
    memset(archive, 0, sizeof archive);
    uint64_t at = add_entry(0, "bin/small", machine_file_size(FILE_SMALL), FILE_SMALL, true);
    at = add_entry(at, "bin/exact", machine_file_size(FILE_EXACT), FILE_EXACT, true);
    at = add_entry(at, "data/large", machine_file_size(FILE_LARGE), FILE_LARGE, true);
    at = add_entry(at, "data/unaligned", machine_file_size(FILE_UNALIGNED), FILE_UNALIGNED, false);
    return add_entry(at, "TRAILER!!!", 0, 0, false);
}

void machine_boot(uint64_t ram_bytes)
{
    pager_boot(fake_reset(ram_bytes, archive, make_archive()));
    machine_check();
}

void machine_check(void)
{
    struct audit_result result;

    audit_all(&result);
    if (result.problems) {
        fprintf(stderr, "audit.c:%u and %llu more\n", result.first, (unsigned long long)result.problems - 1);
    }
    ck_assert_uint_eq(result.problems, 0);
}

/* waited: the fault is parked with this reply object; let the disk work, or the clock if it is held, until it is answered. false: it was not parked, or ended while
 * it waited. */
static bool waited(const struct space *s, cptr_t reply)
{
    if (reply == pager_reply) {
        return false;
    }
    machine_waits++;
    while (park_holds(reply) && fake_replied != reply) {
        if (park_room_waiting()) {
            serve_background();
            continue;
        }
        if (s->load->held_since) {
            fake_now += MACHINE_SECOND;
            serve_tick();
            continue;
        }
        ck_assert_uint_gt(fake_disk_pending(), 0); /* somebody must be going to answer */
        fake_disk_complete(1 + (unsigned)fake_now % 3);
        fake_now += 1000;
        swap_completions();
        serve_after(true);
    }
    return fake_replied == reply;
}

bool machine_fault(const struct space *s, uint64_t va, enum access access)
{
    bool prefetch = access == ACCESS_EXECUTE;
    uint64_t words[4] = {0x1234, va, prefetch, PROTECTION_FAULT | 0x0f | (access == ACCESS_WRITE ? WRITE_BIT : 0)};

    fake_forbid_making = true;
    struct deferred_mapping quick;
    bool is_quick = serve_quick(s->id, va, prefetch, words[3], &quick);
    bool resume = is_quick || serve_fault(s->id, FAULT_MESSAGE_VM, words, 4);
    machine_quick += is_quick;
    fake_forbid_making = false;
    const struct deferred_mapping *d = is_quick ? &quick : mapping_deferred();
    if (resume && d->wanted && d->copy && d->fill) {
        ck_assert(fake_reply_map_filled(d->frame, d->copy, d->vspace, d->va, d->writable, d->executable));
    } else if (resume && d->wanted && d->copy) {
        machine_refused += !fake_reply_map_copy(d->frame, d->copy, d->vspace, d->va, d->writable, d->executable);
    } else if (resume && d->wanted) {
        ck_assert(fake_reply_map(d->frame, d->vspace, d->va, d->writable, d->executable));
    }
    serve_after(true);
    return resume;
}

static bool fault(const struct space *s, uint64_t va, enum access access)
{
    cptr_t reply = pager_reply;

    fake_replied = 0;
    return machine_fault(s, va, access) || waited(s, reply);
}

uint8_t *machine_touch(struct space *s, uint64_t va, enum access access)
{
    uint8_t *p;

    unsigned most = promote_closing ? PROMOTE_STEPS_MAX : 3;

    machine_faults = 0;
    while (!(p = fake_translate(s->vspace, va, access == ACCESS_WRITE, access == ACCESS_EXECUTE))) {
        fake_now += 100;
        machine_faults++;
        ck_assert_uint_le(machine_faults, most);
        if (!fault(s, va, access)) {
            return NULL;
        }
    }
    return p;
}

struct space *machine_space(uint64_t max_pages)
{
    struct space *s;
    ck_assert_uint_eq(space_create(MANAGER_PROCESS, max_pages, "test", &s), 0);
    return s;
}

uint64_t machine_event(void)
{
    struct space_event event = {0};
    return event_take(MANAGER_PROCESS, &event) ? event.reason : 0;
}

uint64_t reclaim_pages(struct space *s, uint64_t page, uint64_t end)
{
    uint64_t gone, sum = 0;

    while (page < end) {
        page = reclaim_cold(s, page, end, &gone);
        sum += gone;
    }
    return sum;
}

uint64_t machine_map(struct space *s, uint64_t va, uint64_t pages, uint32_t prot, uint32_t kind)
{
    struct region_plan plan = {.va = va, .length = pages * PAGE_SIZE, .prot = prot, .flags = PAGER_MAP_FIXED, .kind = kind};
    return range_map(s, &plan, &va);
}

uint64_t machine_map_file(struct space *s, uint64_t va, uint64_t pages, uint32_t prot, unsigned file, uint64_t offset, uint64_t length)
{
    struct region_plan plan = {.va = va, .length = pages * PAGE_SIZE, .prot = prot, .flags = PAGER_MAP_FIXED, .kind = PAGER_REGION_FILE,
                               .file_number = file, .file_offset = file_at(file)->offset + offset, .file_length = length};
    return range_map(s, &plan, &va);
}

uint64_t machine_map_stack(struct space *s, uint64_t top, uint64_t reserve, uint64_t limit)
{
    struct region_plan plan = {.va = top - reserve, .length = reserve, .prot = PAGER_PROT_READ | PAGER_PROT_WRITE, .flags = PAGER_MAP_FIXED,
                               .kind = PAGER_REGION_STACK, .stack_limit = limit};
    uint64_t va;
    return range_map(s, &plan, &va);
}

void machine_fill(uint8_t *page, uint64_t seed, bool compressible)
{
    uint64_t word = seed * 0x9e3779b97f4a7c15ull + 1;
    for (unsigned i = 0; i < PAGE_SIZE / 8; i++) {
        word ^= word << 13;
        word ^= word >> 7;
        word ^= word << 17;
        uint64_t value = compressible && i % 5 ? 0 : word;
        memcpy(page + 8 * i, &value, 8);
    }
}
