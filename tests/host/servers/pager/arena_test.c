/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory set aside for the pager's own tables suffices for every size of RAM, however memory is cut, down to the last chunk. */
#include "arena.h"
#include "boot.h"
#include "check_main.h"
#include "chunk.h"
#include "frame.h"
#include "leaving.h"
#include "machine.h"
#include "reserve.h"
#include "state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIB (1ull << 20)

static uint8_t *archive;
static uint64_t archive_bytes;

static uint64_t add_entry(uint64_t at, const char *name, uint64_t size)
{
    uint64_t name_bytes = strlen(name) + 1, data = (at + 110 + name_bytes + 3) & ~3ull;
    char header[111];

    snprintf(header, sizeof header, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", 1u, 0100755u, 0u, 0u, 1u, 0u, (unsigned)size, 0u, 0u, 0u,
             0u, (unsigned)(data - at - 110), 0u);
    memcpy(archive + at, header, 110);
    memcpy(archive + at + 110, name, strlen(name));
    return (data + size + 3) & ~3ull;
}

static void make_archive(unsigned files, uint64_t file_bytes)
{
    uint64_t at = 0;
    char name[32];

    free(archive);
    archive = calloc(1, files * (file_bytes + 256) + 4096);
    for (unsigned i = 0; i < files; i++) {
        snprintf(name, sizeof name, "data/%u", i);
        at = add_entry(at, name, file_bytes);
    }
    archive_bytes = add_entry(at, "TRAILER!!!", 0);
}

/* use_up: boot on so much RAM and take every group that there is (as objects: the model of the kernel fills frames, which takes long). */
static void use_up(uint64_t ram)
{
    bool fresh;
    uint64_t groups_taken = 0;

    fake_blank_ram = true;
    pager_boot(fake_reset(ram, archive, archive_bytes));
    uint64_t free = pages_free();
    while (group_take(GROUP_OBJECTS, &fresh) != BUDDY_NONE) {
        groups_taken++;
    }
    ck_assert_msg(groups()->free == 0, "%u groups of %llu KiB are out of reach", groups()->free, (unsigned long long)ram >> 10);
    ck_assert_uint_eq(pages_free() + groups_taken * GROUP_PAGES, free);
    for (uint32_t c = 0; c < chunk_count(); c++) {
        ck_assert(!chunk_at(c)->present || chunk_at(c)->leaf != UINT32_MAX);
    }
    ck_assert_uint_le(arena_pages_left(), 200 + pager.ram_pages / 1000); /* the least number of groups; chunks that are in the arena */
}

START_TEST(sizes_of_small_machines)
{
    static const struct {
        unsigned files;
        uint64_t bytes, low;
    } machines[] = {{4, 8192, 0x123000}, {11, 100 << 10, 0x201000}, {40, 64 << 10, 0x17f000}, {700, 3000, 0x138000}};

    make_archive(machines[_i].files, machines[_i].bytes);
    fake_first_byte = machines[_i].low;
    for (uint64_t ram = 16 * MIB; ram <= 256 * MIB; ram += ram < 64 * MIB ? MIB : 3 * MIB) {
        use_up(ram);
    }
}
END_TEST

START_TEST(large_machines)
{
    static const uint64_t sizes[] = {300, 511, 512, 513, 1000, 1024, 1536, 2047, 2048, 2060, 3072, 4096, 6144, 8192};

    make_archive(40, 64 << 10);
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        use_up(sizes[i] * MIB);
    }
}
END_TEST

START_TEST(sizes_that_are_no_megabytes)
{
    make_archive(20, 50 << 10);
    for (uint64_t ram = 31 * MIB; ram <= 33 * MIB; ram += 4096 * 7) {
        fake_first_byte = 0x100000 + ram % (512 << 10) / 4096 * 4096;
        use_up(ram);
    }
}
END_TEST

START_TEST(without_metadata_memory_is_out_but_the_pager_goes_on)
{
    machine_boot(64 * MIB);
    while (arena_ready(CHUNK_PAGES / 256 + 1, 1)) {
        arena_leaf();
    }
    struct space *hog = machine_space(0);
    uint64_t pages = 0;
    ck_assert_uint_eq(machine_map(hog, 0x10000000, 1 << 20, PAGER_PROT_READ | PAGER_PROT_WRITE, PAGER_REGION_ANONYMOUS), 0);
    for (uint8_t *page; (page = machine_touch(hog, 0x10000000 + pages * 4096, ACCESS_WRITE)) != NULL; pages++) {
        machine_fill(page, pages, true); /* pages of zeros would be forgotten */
    }
    ck_assert_uint_eq(machine_event(), PAGER_EVENT_NO_MEMORY);
    machine_check();
    while (leaving_step()) {
    }
    space_destroy(hog);
    machine_check();
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("arena");
    TCase *t = tcase_create("arena");
    tcase_set_timeout(t, 300);
    tcase_add_loop_test(t, sizes_of_small_machines, 0, 4);
    tcase_add_test(t, large_machines);
    tcase_add_test(t, sizes_that_are_no_megabytes);
    tcase_add_test(t, without_metadata_memory_is_out_but_the_pager_goes_on);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return check_run(suite());
}
