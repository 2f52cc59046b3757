/* SPDX-License-Identifier: BSD-2-Clause */
/* Both ends of the ring with the server between them and a disk that the test answers for: what a request may do, and what comes back. */
#include "pager_ring.h"
#include "fake_disk.h"
#include <check_main.h>
#include <stdlib.h>
#include <string.h>

#include "generated/block_protocol.h"

#define IO_PAGES 32
#define BLOCKS 10000

static struct block_ring shared;
static struct block_client_end client;
static struct pager_ring ring;
static struct drive drive;
static struct volumes volumes;
static uint8_t pages[IO_PAGES][4096];
static uint8_t beginning[PARTITION_SCAN_BYTES];

static void start_server(void)
{
    pager_ring_open(&ring, &shared, &volumes, pages[0], 0x1000);
    block_client_join(&client);
}

static void begin(void)
{
    inject_set(INJECT_NONE, 0, 0, 0);
    fake_start(&drive);
    volumes.n = 0;
    memset(beginning, 0, sizeof(beginning));
    block_swap_make(beginning, BLOCKS, 1, 2);
    volume_add_disk(&volumes, &drive, 0, beginning, sizeof(beginning));
    block_ring_init(&shared, IO_PAGES);
    block_client_init(&client, &shared);
    start_server();
}

static struct block_completion ask(struct block_request r)
{
    struct block_completion c = {.status = BLOCK_STATUSES};
    ck_assert(block_client_submit(&client, &r));
    pager_ring_poll(&ring, 0);
    while (fake.n) {
        fake_answer(0, DISK_OK, UINT32_MAX);
    }
    ck_assert(pager_ring_take_completed(&ring) && !pager_ring_take_completed(&ring));
    ck_assert(block_client_take(&client, &c));
    return c;
}

#define ASK(...) ask((struct block_request){__VA_ARGS__}).status

START_TEST(swap_volume_is_read_and_written)
{
    begin();
    ck_assert_uint_eq(volumes.list[0].content, BLOCK_CONTENT_SWAP);
    ck_assert_uint_eq(ASK(.operation = BLOCK_READ, .n_blocks = 16), BLOCK_OK);
    ck_assert(!volumes.list[0].written);
    ck_assert_uint_eq(ASK(.operation = BLOCK_WRITE, .first = 1, .n_blocks = 1), BLOCK_OK);
    ck_assert(volumes.list[0].written);
    ck_assert_uint_eq(ASK(.operation = BLOCK_READ, .first = BLOCKS - 16, .n_blocks = 16), BLOCK_OK);
    ck_assert_uint_eq(ASK(.operation = BLOCK_FLUSH), BLOCK_OK);
    ck_assert_uint_eq(ASK(.operation = BLOCK_DISCARD, .first = 1, .n_blocks = BLOCKS - 1), BLOCK_OK);
    struct block_request r = {.id = 9, .operation = BLOCK_WRITE, .first = 7, .n_blocks = 2, .pages = {31, 3}};
    ck_assert(block_client_submit(&client, &r));
    pager_ring_poll(&ring, 0);
    const struct disk_transfer *t = fake.held[0];
    ck_assert(t->sector == 56 && t->n_sectors == 16 && t->segments[0].va == pages[31] && t->segments[1].pa == 0x1000 + 3 * 4096);
}
END_TEST

START_TEST(each_refusal_has_its_status)
{
    begin();
    ck_assert_uint_eq(ASK(.operation = 0), BLOCK_BAD_REQUEST);
    ck_assert_uint_eq(ASK(.operation = 5, .n_blocks = 1), BLOCK_BAD_REQUEST);
    ck_assert_uint_eq(ASK(.operation = BLOCK_READ), BLOCK_BAD_REQUEST);
    ck_assert_uint_eq(ASK(.operation = BLOCK_READ, .n_blocks = 17), BLOCK_BAD_REQUEST);
    ck_assert_uint_eq(ASK(.operation = BLOCK_READ, .n_blocks = 2, .pages = {0, 32}), BLOCK_BAD_REQUEST);
    ck_assert_uint_eq(ASK(.operation = BLOCK_READ, .n_blocks = 1, .zero = 1), BLOCK_BAD_REQUEST);
    ck_assert_uint_eq(ASK(.operation = BLOCK_FLUSH, .n_blocks = 1), BLOCK_BAD_REQUEST);
    ck_assert_uint_eq(ASK(.operation = BLOCK_READ, .n_blocks = 1, .volume = 1), BLOCK_NO_DEVICE);
    ck_assert_uint_eq(ASK(.operation = BLOCK_READ, .n_blocks = 1, .first = BLOCKS), BLOCK_OUT_OF_RANGE);
    ck_assert_uint_eq(ASK(.operation = BLOCK_READ, .n_blocks = 2, .first = BLOCKS - 1), BLOCK_OUT_OF_RANGE);
    ck_assert_uint_eq(ASK(.operation = BLOCK_READ, .n_blocks = 1, .first = UINT64_MAX), BLOCK_OUT_OF_RANGE);
    ck_assert_uint_eq(ASK(.operation = BLOCK_DISCARD, .n_blocks = UINT32_MAX, .first = 1), BLOCK_OUT_OF_RANGE);
    ck_assert_uint_eq(ASK(.operation = BLOCK_WRITE, .n_blocks = 1), BLOCK_READ_ONLY);
    ck_assert_uint_eq(ASK(.operation = BLOCK_DISCARD, .n_blocks = 2), BLOCK_READ_ONLY);
    fake.disk.can_discard = false;
    ck_assert_uint_eq(ASK(.operation = BLOCK_DISCARD, .n_blocks = 1, .first = 1), BLOCK_NOT_SUPPORTED);
    fake.disk.read_only = true;
    ck_assert_uint_eq(ASK(.operation = BLOCK_WRITE, .n_blocks = 1, .first = 1), BLOCK_READ_ONLY);
    fake.disk.read_only = false;
    volumes.list[0].content = BLOCK_CONTENT_EMPTY;
    ck_assert_uint_eq(ASK(.operation = BLOCK_WRITE, .n_blocks = 1, .first = 1), BLOCK_NOT_FORMATTED);
    fake.disk.problem = "gone";
    ck_assert_uint_eq(ASK(.operation = BLOCK_READ, .n_blocks = 1), BLOCK_NO_DEVICE);
    ck_assert(!volumes.list[0].written);
    ck_assert_uint_eq(fake.n, 0);
}
END_TEST

START_TEST(ring_that_is_not_sound_moves_nothing)
{
    begin();
    shared.version++;
    start_server();
    ck_assert_uint_eq(ASK(.operation = BLOCK_READ, .n_blocks = 1), BLOCK_BAD_REQUEST);
}
END_TEST

/* A server that was started again looks at the disks anew: what has the number may not be what the client means. */
START_TEST(volume_in_use_is_known_by_its_id)
{
    const uint64_t id[2] = {1, 2};
    begin();
    ck_assert(!pager_ring_uses(&ring, &volumes.list[0]));
    block_client_use(&client, 0, id);
    ck_assert(pager_ring_uses(&ring, &volumes.list[0]));
    start_server();
    ck_assert_uint_eq(ASK(.operation = BLOCK_READ, .first = 1, .n_blocks = 1), BLOCK_OK);
    ck_assert(volumes.list[0].written); /* by the server before */
    volumes.list[0].swap.id[1]++;
    ck_assert_uint_eq(ASK(.operation = BLOCK_READ, .first = 1, .n_blocks = 1), BLOCK_NO_DEVICE);
    ck_assert_uint_eq(ASK(.operation = BLOCK_WRITE, .first = 1, .n_blocks = 1), BLOCK_NO_DEVICE);
    ck_assert(!pager_ring_uses(&ring, &volumes.list[0]));
    block_client_use_none(&client);
    ck_assert_uint_eq(ASK(.operation = BLOCK_READ, .first = 1, .n_blocks = 1), BLOCK_OK);
    block_client_use(&client, 200, id); /* no such volume */
    ck_assert_uint_eq(ASK(.operation = BLOCK_READ, .first = 1, .n_blocks = 1), BLOCK_OK);
}
END_TEST

/* The client may write anything anywhere in the shared page. */
START_TEST(random_damage_never_leaves_the_volume_or_the_pages)
{
    srand(5);
    begin();
    for (unsigned step = 0; step < 300000; step++) {
        struct block_completion c;
        struct block_request *r = &shared.requests[(unsigned)rand() % BLOCK_RING_ENTRIES];
        r->operation = (uint8_t)(rand() % 6);
        r->first = rand() % 2 ? (uint64_t)rand() % (BLOCKS + 20) : (uint64_t)rand() << 33;
        r->n_blocks = (uint32_t)rand() % 18;
        r->volume = (uint8_t)(rand() % 8 == 0);
        r->zero = (uint16_t)(rand() % 8 == 0);
        r->pages[(unsigned)rand() % 16] = (uint8_t)rand();
        shared.request_head += (uint32_t)rand() % 3;
        shared.in_use = rand() % 100 == 0 ? (uint32_t)rand() : 0;
        if (rand() % 1000 == 0) {
            shared.request_head = (uint32_t)rand();
        }
        pager_ring_poll(&ring, 0);
        if (ring.end.damaged % 64 == 63) {
            shared.request_head = ring.end.taken;
        }
        for (unsigned i = 0; i < fake.n; i++) {
            const struct disk_transfer *t = fake.held[i];
            ck_assert(t->operation == DISK_FLUSH || (t->sector + t->n_sectors <= (uint64_t)BLOCKS * 8 && t->n_sectors > 0));
            ck_assert(t->operation == DISK_READ || t->operation == DISK_FLUSH || t->sector >= 8);
            for (unsigned k = 0; k < t->n_segments; k++) {
                ck_assert(t->segments[k].va >= pages[0] && t->segments[k].va <= pages[IO_PAGES - 1]);
            }
        }
        if (fake.n && rand() % 2) {
            fake_answer((unsigned)rand() % fake.n, DISK_OK, UINT32_MAX);
            drive_poll(&drive, 0);
        }
        block_client_take(&client, &c);
    }
    ck_assert_uint_gt(ring.counters.statuses[BLOCK_OK], 1000);
}
END_TEST

START_TEST(formatting_a_whole_disk_takes_its_partitions_away)
{
    begin();
    memset(beginning, 0, sizeof(beginning));
    beginning[510] = 0x55;
    beginning[511] = 0xaa;
    memcpy(beginning + 446 + 4, "\x83\0\0\0\x40\0\0\0\x00\x10\0\0", 12);
    volumes.n = 0;
    volume_add_disk(&volumes, &drive, 0, beginning, sizeof(beginning));
    ck_assert_uint_eq(volumes.n, 2);
    ck_assert(volumes.list[0].content == BLOCK_CONTENT_TABLE && volumes.list[1].first_sector == 64 && volumes.list[1].n_blocks == 512);
    uint8_t block[4096];
    struct block_swap header;
    block_swap_make(block, 512, 3, 4);
    volume_set_content(&volumes.list[1], block);
    ck_assert_uint_eq(ASK(.operation = BLOCK_READ, .n_blocks = 1, .first = 511, .volume = 1), BLOCK_OK);
    ck_assert_uint_eq(ASK(.operation = BLOCK_READ, .n_blocks = 1, .first = 512, .volume = 1), BLOCK_OUT_OF_RANGE);
    ck_assert(!volume_overlap_in_use(&volumes, &volumes.list[0]));
    ck_assert_uint_eq(ASK(.operation = BLOCK_WRITE, .n_blocks = 1, .first = 1, .volume = 1), BLOCK_OK);
    ck_assert(volume_overlap_in_use(&volumes, &volumes.list[0]) && !volume_overlap_in_use(&volumes, &volumes.list[1]));
    block_swap_check(block, 512, &header);
    volume_formatted(&volumes, &volumes.list[0], BLOCK_CONTENT_SWAP, &header);
    ck_assert_uint_eq(ASK(.operation = BLOCK_READ, .n_blocks = 1, .volume = 1), BLOCK_OUT_OF_RANGE);
}
END_TEST

START_TEST(trace_volume_is_known_by_its_header_and_closed_to_the_pager)
{
    begin();
    block_header_make(beginning, BLOCK_TRACE_MAGIC, BLOCKS, 5, 6);
    volumes.n = 0;
    volume_add_disk(&volumes, &drive, 0, beginning, sizeof(beginning));
    ck_assert_uint_eq(volumes.n, 1);
    ck_assert_uint_eq(volumes.list[0].content, BLOCK_CONTENT_TRACE);
    ck_assert_uint_eq(ASK(.operation = BLOCK_READ, .n_blocks = 1, .first = 1), BLOCK_OK);
    ck_assert_uint_eq(ASK(.operation = BLOCK_WRITE, .n_blocks = 1, .first = 1), BLOCK_NOT_FORMATTED);
    for (unsigned bit = 16 * 8; bit < 56 * 8; bit++) { /* behind the magic */
        beginning[bit / 8] ^= (uint8_t)(1 << bit % 8);
        volume_set_content(&volumes.list[0], beginning);
        ck_assert_uint_eq(volumes.list[0].content, BLOCK_CONTENT_BAD_TRACE);
        beginning[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    block_header_make(beginning, BLOCK_TRACE_MAGIC, BLOCKS - 1, 5, 6);
    volume_set_content(&volumes.list[0], beginning);
    ck_assert_uint_eq(volumes.list[0].content, BLOCK_CONTENT_BAD_TRACE);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("pager_ring");
    TCase *c = tcase_create("pager_ring");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, swap_volume_is_read_and_written);
    tcase_add_test(c, each_refusal_has_its_status);
    tcase_add_test(c, ring_that_is_not_sound_moves_nothing);
    tcase_add_test(c, volume_in_use_is_known_by_its_id);
    tcase_add_test(c, random_damage_never_leaves_the_volume_or_the_pages);
    tcase_add_test(c, formatting_a_whole_disk_takes_its_partitions_away);
    tcase_add_test(c, trace_volume_is_known_by_its_header_and_closed_to_the_pager);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    return check_run(suite());
}
