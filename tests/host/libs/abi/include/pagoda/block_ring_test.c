/* SPDX-License-Identifier: BSD-2-Clause */
#include <pagoda/block_ring.h>
#include <check_main.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

static struct block_ring ring;
static struct block_client_end client;
static struct block_server_end server;

static void fresh(uint32_t position)
{
    block_ring_init(&ring, 32);
    block_client_init(&client, &ring);
    block_server_open(&server, &ring);
    ck_assert(block_client_join(&client) && !block_client_join(&client));
    /* Any position is as good as 0; tests begin near the wrap. */
    ring.request_head = client.submitted = server.taken = position;
    ring.completion_head = client.taken = server.completed = position;
}

static bool submit(uint64_t cookie, uint32_t n_blocks)
{
    const struct block_request r = {.id = cookie, .n_blocks = n_blocks, .operation = BLOCK_READ};
    return block_client_submit(&client, &r);
}

static void complete(uint64_t id, uint32_t status, uint32_t n_done)
{
    const struct block_completion c = {.id = id, .status = status, .n_done = n_done};
    block_server_complete(&server, &c);
}

START_TEST(ring_of_another_version_has_no_pages)
{
    fresh(0);
    ck_assert_uint_eq(block_ring_io_pages(&ring), 32);
    ring.version++;
    ck_assert_uint_eq(block_ring_io_pages(&ring), 0);
    block_ring_init(&ring, BLOCK_IO_PAGES_MAX + 1);
    ck_assert_uint_eq(block_ring_io_pages(&ring), 0);
}
END_TEST

START_TEST(ring_full_refuses_until_a_completion_is_taken)
{
    struct block_request r;
    struct block_completion c;
    fresh(UINT32_MAX - 7);
    for (unsigned i = 0; i < BLOCK_RING_ENTRIES; i++) {
        ck_assert(submit(100 + i, 1));
    }
    ck_assert(!submit(999, 1));
    ck_assert_uint_eq(block_client_in_flight(&client), BLOCK_RING_ENTRIES);
    ck_assert(block_server_take(&server, &r));
    complete(r.id, BLOCK_OK, 1);
    ck_assert(!submit(999, 1));
    ck_assert(block_client_take(&client, &c));
    ck_assert_uint_eq(c.id, 100);
    ck_assert(submit(999, 1));
    ck_assert(!block_client_take(&client, &c));
}
END_TEST

START_TEST(client_index_that_is_impossible_is_ignored_and_loses_nothing)
{
    struct block_request r;
    fresh(5);
    ck_assert(submit(1, 1));
    uint32_t head = ring.request_head;
    for (uint32_t wrong = 0; wrong < 3; wrong++) {
        ring.request_head = head + (const uint32_t[]){BLOCK_RING_ENTRIES, 0x80000000u, (uint32_t)-2}[wrong];
        ck_assert(!block_server_take(&server, &r));
        ck_assert_uint_eq(server.damaged, wrong + 1);
    }
    ring.request_head = head;
    ck_assert(block_server_take(&server, &r));
    ck_assert(!block_server_take(&server, &r));
}
END_TEST

START_TEST(server_index_that_is_impossible_is_ignored_and_loses_nothing)
{
    struct block_request r;
    struct block_completion c;
    fresh(0);
    ck_assert(submit(1, 1));
    ck_assert(block_server_take(&server, &r));
    complete(r.id, BLOCK_OK, 1);
    ring.completion_head = 70;
    ck_assert(!block_client_take(&client, &c));
    ck_assert_uint_eq(client.damaged, 1);
    ring.completion_head = 1;
    ck_assert(block_client_take(&client, &c));
}
END_TEST

/* Each wrong completion stands before a good one, which must still arrive. */
START_TEST(completion_that_answers_nothing_is_skipped)
{
    struct block_request r;
    struct block_completion c;
    fresh(0);
    for (unsigned i = 0; i < 6; i++) {
        ck_assert(submit(i, 4));
        ck_assert(block_server_take(&server, &r));
        switch (i) {
        case 0:
            complete(r.id + 1, BLOCK_OK, 4); /* a place that is not in flight */
            break;
        case 1:
            complete(r.id + BLOCK_RING_ENTRIES, BLOCK_OK, 4); /* no place */
            break;
        case 2:
            complete(r.id - (1ull << 32), BLOCK_OK, 4); /* an earlier use of the place */
            break;
        case 3:
            complete(r.id, BLOCK_OK, 3); /* success without all blocks */
            break;
        case 4:
            complete(r.id, BLOCK_SHORT, 5); /* more blocks than asked for */
            break;
        default:
            complete(r.id, BLOCK_NO_SERVER, 0); /* no status of a server */
        }
        complete(r.id, BLOCK_SHORT, 2);
        ck_assert(block_client_take(&client, &c));
        ck_assert_uint_eq(c.id, i);
        ck_assert_uint_eq(c.n_done, 2);
        ck_assert_uint_eq(client.damaged, i + 1);
        complete(r.id, BLOCK_OK, 4); /* a second answer */
        ck_assert(!block_client_take(&client, &c));
        client.damaged--;
    }
}
END_TEST

START_TEST(abandoned_requests_are_answered_once_each)
{
    struct block_completion c;
    bool seen[10] = {false};
    fresh(0);
    for (unsigned i = 0; i < 10; i++) {
        ck_assert(submit(i, 1));
    }
    block_client_abandon(&client);
    ck_assert(!submit(99, 1));
    for (unsigned i = 0; i < 10; i++) {
        ck_assert(block_client_take(&client, &c));
        ck_assert_uint_eq(c.status, BLOCK_NO_SERVER);
        ck_assert(!seen[c.id]);
        seen[c.id] = true;
    }
    ck_assert(!block_client_take(&client, &c));
}
END_TEST

START_TEST(what_is_submitted_before_a_server_waits_for_it)
{
    struct block_request r;
    struct block_completion c;
    block_ring_init(&ring, 32);
    block_client_init(&client, &ring);
    ck_assert(submit(7, 1) && submit(8, 2));
    ck_assert(!block_client_join(&client) && !block_client_take(&client, &c));
    block_server_open(&server, &ring);
    ck_assert(!block_server_take(&server, &r)); /* the client has not joined */
    ck_assert(block_client_join(&client));
    for (uint32_t n = 1; n <= 2; n++) {
        ck_assert(block_server_take(&server, &r));
        ck_assert_uint_eq(r.n_blocks, n);
        complete(r.id, BLOCK_OK, n);
        ck_assert(block_client_take(&client, &c));
        ck_assert_uint_eq(c.id, 6 + n);
    }
    ck_assert_uint_eq(client.repeated, 0);
}
END_TEST

START_TEST(server_started_again_gets_what_is_in_flight)
{
    struct block_request r;
    struct block_completion c;
    fresh(40);
    for (unsigned i = 0; i < 5; i++) {
        ck_assert(submit(i, i + 1));
        ck_assert(block_server_take(&server, &r));
        if (i < 2) { /* the client takes the first; the other has come too late */
            complete(r.id, BLOCK_OK, i + 1);
        }
        ck_assert(i != 0 || (block_client_take(&client, &c) && c.id == 0));
    }
    uint64_t of_before = r.id;
    block_server_open(&server, &ring);
    ck_assert(submit(5, 6)); /* the client does not know yet */
    ck_assert(!block_server_take(&server, &r) && !block_client_take(&client, &c));
    ck_assert(block_client_join(&client));
    ck_assert_uint_eq(client.repeated, 5);
    complete(of_before, BLOCK_OK, 5);
    ck_assert(!block_client_take(&client, &c)); /* nothing of an earlier session answers */
    unsigned seen = 0;
    while (block_server_take(&server, &r)) {
        complete(r.id, BLOCK_OK, r.n_blocks);
        ck_assert(block_client_take(&client, &c));
        ck_assert_uint_eq(c.n_done, c.id + 1);
        seen |= 1u << c.id;
    }
    ck_assert_uint_eq(seen, 0x3e);
    ck_assert_uint_eq(block_client_in_flight(&client), 0);
}
END_TEST

/* Random turns of both sides; the server answers in any order, and is started again now and then. The model: what is in flight, and with how many blocks. */
START_TEST(random_interleavings_deliver_every_request_once)
{
    srand(1);
    for (unsigned run = 0; run < 50; run++) {
        static uint32_t expected[200000];
        struct block_request held[BLOCK_RING_ENTRIES], r;
        struct block_completion c;
        unsigned n_held = 0, n_submitted = 0, n_taken = 0;
        fresh((uint32_t)rand() * 3u);
        for (unsigned step = 0; step < 20000; step++) {
            if (rand() % 500 == 0) {
                block_server_open(&server, &ring);
                n_held = 0;
            }
            switch (rand() % 4) {
            case 0:
                expected[n_submitted] = (uint32_t)rand() % 1000 + 1;
                bool room = block_client_in_flight(&client) < BLOCK_RING_ENTRIES;
                ck_assert(submit(n_submitted, expected[n_submitted]) == room);
                n_submitted += room;
                break;
            case 1:
                if (block_server_take(&server, &r)) {
                    ck_assert_uint_lt(n_held, BLOCK_RING_ENTRIES);
                    held[n_held++] = r;
                }
                break;
            case 2:
                if (n_held) {
                    unsigned i = (unsigned)rand() % n_held;
                    complete(held[i].id, BLOCK_OK, held[i].n_blocks);
                    held[i] = held[--n_held];
                }
                break;
            default:
                block_client_join(&client);
                if (block_client_take(&client, &c)) {
                    ck_assert_uint_eq(c.n_done, expected[c.id]);
                    expected[c.id] = 0;
                    n_taken++;
                }
            }
            ck_assert_uint_eq(n_submitted - n_taken, block_client_in_flight(&client));
        }
        ck_assert_uint_eq(server.damaged + client.damaged, 0);
    }
}
END_TEST

/* Random bytes in the shared page between the steps: nobody reads outside it or trusts it; the sanitizers watch. */
START_TEST(random_damage_never_answers_twice)
{
    srand(2);
    struct block_request r;
    struct block_completion c;
    for (unsigned run = 0; run < 200; run++) {
        unsigned n_submitted = 0, n_taken = 0;
        fresh(0);
        for (unsigned step = 0; step < 1000; step++) {
            ((uint8_t *)&ring)[(unsigned)rand() % sizeof(ring)] ^= (uint8_t)(1 << rand() % 8);
            n_submitted += submit(step, 1);
            if (rand() % 50 == 0) {
                block_server_open(&server, &ring);
            }
            block_client_join(&client);
            if (block_server_take(&server, &r)) {
                complete(r.id, BLOCK_OK, 1);
            }
            n_taken += block_client_take(&client, &c);
            ck_assert_uint_eq(n_submitted - n_taken, block_client_in_flight(&client));
        }
    }
}
END_TEST

/* Two threads at once: order of memory as the header promises it. The I/O page stands for what requests carry. */
enum { THREAD_REQUESTS = 100000 };
static uint64_t io_pages[BLOCK_RING_ENTRIES];

static void *serve(void *unused)
{
    struct block_request r;
    for (unsigned n = 0; n < THREAD_REQUESTS;) {
        if (!block_server_take(&server, &r)) {
            sched_yield();
            continue;
        }
        io_pages[r.pages[0]] = ~io_pages[r.pages[0]];
        complete(r.id, BLOCK_OK, r.n_blocks);
        n++;
    }
    return unused;
}

START_TEST(two_threads_see_each_others_pages)
{
    pthread_t thread;
    struct block_completion c;
    uint64_t free_pages = ~0ull;
    unsigned n = 0, done = 0;
    fresh(UINT32_MAX - 1000);
    ck_assert_int_eq(pthread_create(&thread, NULL, serve, NULL), 0);
    while (done < THREAD_REQUESTS) {
        if (n < THREAD_REQUESTS && free_pages) {
            unsigned page = (unsigned)__builtin_ctzll(free_pages);
            struct block_request r = {.id = (uint64_t)n << 8 | page, .n_blocks = 1, .pages = {(uint8_t)page}};
            io_pages[page] = n;
            ck_assert(block_client_submit(&client, &r));
            free_pages &= ~(1ull << page);
            n++;
        }
        if (!block_client_take(&client, &c)) {
            if (n == THREAD_REQUESTS || !free_pages) {
                sched_yield();
            }
            continue;
        }
        ck_assert_uint_eq(io_pages[c.id & 255], ~(c.id >> 8));
        free_pages |= 1ull << (c.id & 255);
        done++;
    }
    pthread_join(thread, NULL);
    ck_assert_uint_eq(server.damaged + client.damaged, 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("block_ring");
    TCase *c = tcase_create("block_ring");
    tcase_set_timeout(c, 100);
    tcase_add_test(c, ring_of_another_version_has_no_pages);
    tcase_add_test(c, ring_full_refuses_until_a_completion_is_taken);
    tcase_add_test(c, client_index_that_is_impossible_is_ignored_and_loses_nothing);
    tcase_add_test(c, server_index_that_is_impossible_is_ignored_and_loses_nothing);
    tcase_add_test(c, completion_that_answers_nothing_is_skipped);
    tcase_add_test(c, abandoned_requests_are_answered_once_each);
    tcase_add_test(c, what_is_submitted_before_a_server_waits_for_it);
    tcase_add_test(c, server_started_again_gets_what_is_in_flight);
    tcase_add_test(c, random_interleavings_deliver_every_request_once);
    tcase_add_test(c, random_damage_never_answers_twice);
    tcase_add_test(c, two_threads_see_each_others_pages);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    return check_run(suite());
}
