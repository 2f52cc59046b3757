/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests that wait for the disk: on one that writes late, not at all, badly, or not any more. */
#include "boot.h"
#include "check_main.h"
#include "fake_disk.h"
#include "fork.h"
#include "frame.h"
#include "machine.h"
#include "park.h"
#include "policy/wait.h"
#include "reclaim.h"
#include "serve.h"
#include "stalls.h"
#include "store.h"
#include "swap.h"
#include "waiting.h"

#include <generated/errors.h>
#include <pagoda/layout.h>
#include <pagoda/message.h>
#include <pagoda/startup.h>
#include <server/server.h>
#include <string.h>

#define VA 0x10000000ull
#define WRITE (PAGER_PROT_READ | PAGER_PROT_WRITE)
#define BLOCKS 16384u
#define CLIENT(s) BADGE(BADGE_CLIENT, (s)->id)
#define PROCESS BADGE(BADGE_MANAGER, MANAGER_PROCESS)
#define INIT BADGE(BADGE_MANAGER, MANAGER_INIT)

static struct space *hog;
static uint64_t hog_pages, free_before;
static unsigned handled;

static struct space *space_named(uint64_t number)
{
    struct space *s = space_at(number);
    ck_assert_ptr_nonnull(s);
    waiting_for = s->id; /* as the handlers of the protocol do */
    return s;
}

/* write_handler: words: space, page. */
static void write_handler(struct server_call *call)
{
    uint64_t page = call->words[1];

    handled++;
    call->reply_label = space_write(space_named(call->words[0]), VA + page * PAGE_SIZE, &page, sizeof page);
    call->reply_length = 1;
    call->words[0] = page + 1; /* the answer takes the place of the message */
}

static void fork_handler(struct server_call *call)
{
    struct space *child;

    handled++;
    call->reply_label = space_fork(space_named(call->words[0]), &child);
    call->reply_length = call->reply_label == 0;
    call->words[0] = call->reply_label == 0 ? child->id : 0xeeee;
}

/* create_handler: it is about no space. */
static void create_handler(struct server_call *call)
{
    struct space *s;

    handled++;
    call->reply_label = space_create(MANAGER_PROCESS, 0, "made", &s);
}

static void refusing_handler(struct server_call *call)
{
    handled++;
    call->reply_label = PAGODA_ERR_NO_MEMORY;
}

/* room_handler: it wants so many frames at once. */
static void room_handler(struct server_call *call)
{
    handled++;
    call->reply_label = memory_ready((uint32_t)call->words[0]) ? 0 : PAGODA_ERR_NO_MEMORY;
}

struct outcome {
    bool waits;
    uint64_t label;
    cptr_t reply; /* that it came with */
};

static struct outcome ask_with_caps(uint64_t badge, void (*dispatch)(struct server_call *), uint64_t a, uint64_t b, unsigned caps)
{
    uint64_t words[MESSAGE_WORDS] = {a, b};
    struct server_call call = {.badge = badge, .operation = 7, .words = words, .length = 2, .n_caps = caps};
    struct outcome o = {.reply = pager_reply};

    handled = 0;
    serve_disturb();
    serve_request(&call, dispatch);
    o.waits = call.deferred;
    o.label = call.reply_label;
    ck_assert(o.waits == (o.reply != pager_reply));
    ck_assert(o.waits == waiting_holds(o.reply));
    serve_after(false);
    return o;
}

static struct outcome ask(uint64_t badge, void (*dispatch)(struct server_call *), uint64_t a, uint64_t b)
{
    return ask_with_caps(badge, dispatch, a, b, 0);
}

static void setup_with(uint32_t blocks)
{
    machine_boot(16 << 20);
    fake_disk_reset(blocks, 1);
    fake_answers = 0;
    fake_answered = 0;
    serve_after(true);
    free_before = pages_free();
}

static void setup(void)
{
    setup_with(BLOCKS);
}

static struct space *client(void)
{
    struct space *s = machine_space(0);

    ck_assert_uint_eq(machine_map(s, VA, 1 << 16, WRITE, PAGER_REGION_ANONYMOUS), 0);
    ck_assert_ptr_nonnull(machine_touch(s, VA, ACCESS_WRITE)); /* it has a thread, and a leaf */
    return s;
}

/* fill: a program has nearly all memory, in pages that do not compress. */
static void fill(void)
{
    hog = client();
    pager.evict = EVICT_NEVER;
    for (hog_pages = 0; frames_obtainable() > FRAMES_RESERVE + 20; hog_pages++) {
        uint8_t *bytes = machine_touch(hog, VA + hog_pages * PAGE_SIZE, ACCESS_WRITE);
        ck_assert_ptr_nonnull(bytes);
        machine_fill(bytes, hog_pages, false);
    }
    pager.evict = EVICT_WHEN_SHORT;
}

/* exhaust: requests of the process server for s until one waits, as the disk writes nothing; returns the page that this one is about. */
static uint64_t exhaust(struct space *s, struct outcome *last)
{
    for (uint64_t page = 1; page < 1000; page++) {
        *last = ask(PROCESS, write_handler, s->id, page);
        if (last->waits) {
            return page;
        }
        ck_assert_uint_eq(last->label, 0);
    }
    ck_abort_msg("memory was never short");
    return 0;
}

static void disk_writes(unsigned n)
{
    ck_assert_uint_gt(fake_disk_complete(n), 0);
    fake_now += 1000;
    serve_disturb();
    swap_completions();
    serve_after(true);
}

static void pass(uint64_t ns)
{
    fake_now += ns / 16;
    serve_disturb();
    serve_tick();
    serve_after(true);
}

static void check_contents(struct space *s, uint64_t pages)
{
    uint8_t wanted[PAGE_SIZE];

    for (uint64_t p = 0; p < hog_pages; p++) {
        const uint8_t *bytes = machine_touch(hog, VA + p * PAGE_SIZE, ACCESS_READ);
        machine_fill(wanted, p, false);
        ck_assert_ptr_nonnull(bytes);
        ck_assert_mem_eq(bytes, wanted, PAGE_SIZE);
    }
    for (uint64_t p = 1; p <= pages; p++) {
        const uint8_t *bytes = machine_touch(s, VA + p * PAGE_SIZE, ACCESS_READ);
        ck_assert_ptr_nonnull(bytes);
        ck_assert_mem_eq(bytes, &p, sizeof p);
    }
}

/* all_returned: nobody waits, and when all programs have ended every frame, slot and reply object is back. */
static void all_returned(void)
{
    struct space *s;

    ck_assert_uint_eq(waiting_count(), 0);
    ck_assert_uint_eq(park_waiting(), 0);
    while ((s = space_first_from(1)) != NULL) {
        space_destroy(s);
    }
    fake_disk_run();
    serve_after(true);
    fake_disk_run();
    machine_check();
    ck_assert_uint_eq(pager.stall.waiting, 0);
    ck_assert_uint_eq(store_pages(), 0);
    ck_assert_uint_eq(pages_free(), free_before);
}

START_TEST(request_waits_for_the_disk_and_is_served)
{
    struct outcome o;

    setup();
    struct space *s = client();
    fill();
    uint64_t page = exhaust(s, &o);
    machine_check();
    ck_assert_uint_eq(waiting_count(), 1);
    ck_assert_uint_eq(fake_answers, 0);
    while (fake_answers == 0) {
        disk_writes(1);
    }
    ck_assert_uint_eq(fake_answers, 1);
    ck_assert_uint_eq(fake_answered, o.reply);
    ck_assert_uint_eq(fake_answer, 0);
    ck_assert_uint_eq(fake_answer_words[0], page + 1);
    ck_assert_uint_eq(waiting_counters.kept, 1);
    ck_assert_uint_eq(waiting_counters.refused, 0);
    machine_check();
    check_contents(s, page);
    all_returned();
}
END_TEST

START_TEST(fork_that_waits_is_done_once)
{
    struct outcome o;

    setup();
    struct space *s = client();
    fill();
    uint64_t page = exhaust(s, &o);
    while (fake_answers == 0) {
        disk_writes(1);
    }
    while (!(o = ask(PROCESS, fork_handler, s->id, 0)).waits) { /* each takes some frames */
        ck_assert_uint_eq(o.label, 0);
    }
    uint64_t spaces = space_count();
    machine_check(); /* of the fork that waits nothing is there */
    while (fake_answers == 1) {
        disk_writes(2);
    }
    ck_assert_uint_eq(fake_answer, 0);
    ck_assert_uint_eq(space_count(), spaces + 1);
    check_contents(space_at(fake_answer_words[0]), page);
    all_returned();
}
END_TEST

START_TEST(space_create_waits_too_and_counts_for_no_space)
{
    struct outcome o;

    setup();
    fill();
    while (!(o = ask(PROCESS, create_handler, 0, 0)).waits) {
        ck_assert_uint_eq(o.label, 0);
    }
    ck_assert_uint_eq(pager.stall.waiting, 0);
    uint64_t spaces = space_count();
    while (fake_answers == 0) {
        disk_writes(1);
    }
    ck_assert_uint_eq(fake_answer, 0);
    ck_assert_uint_eq(space_count(), spaces + 1);
    all_returned();
}
END_TEST

START_TEST(the_wait_is_a_stall_of_the_space_that_it_is_about)
{
    struct outcome o;

    setup();
    struct space *s = client();
    fill();
    exhaust(s, &o);
    stalls_update();
    uint64_t before = s->stall.some.total_ns, all_before = pager.stall.some.total_ns, hog_before = hog->stall.some.total_ns;
    ck_assert_uint_eq(s->stall.waiting, 1);
    fake_now += 3000000 / 16;
    while (fake_answers == 0) {
        disk_writes(1);
    }
    ck_assert_uint_eq(s->stall.waiting, 0);
    ck_assert_uint_ge(s->stall.some.total_ns - before, 3000000);
    ck_assert_uint_ge(s->stall.full.total_ns, 3000000);
    ck_assert_uint_ge(pager.stall.some.total_ns - all_before, 3000000);
    ck_assert_uint_eq(hog->stall.some.total_ns, hog_before);
    all_returned();
}
END_TEST

START_TEST(a_disk_that_fails_refuses_whoever_waits)
{
    struct outcome o;

    setup();
    struct space *s = client();
    fill();
    exhaust(s, &o);
    serve_disturb();
    fake_disk_die();
    ck_assert_uint_eq(fake_answers, 1);
    ck_assert_uint_eq(fake_answered, o.reply);
    ck_assert(fake_answer == 0 || fake_answer == PAGODA_ERR_NO_MEMORY);
    ck_assert_uint_eq(waiting_count(), 0);
    serve_after(true);
    for (uint64_t page = 500; fake_answer == 0; page++) { /* what was being written is in memory again: nobody waits any more */
        ck_assert_uint_lt(page, 1000);
        o = ask(PROCESS, write_handler, s->id, page);
        ck_assert(!o.waits);
        fake_answer = o.label;
    }
    ck_assert_uint_eq(fake_answer, PAGODA_ERR_NO_MEMORY);
    machine_check();
}
END_TEST

START_TEST(a_disk_that_writes_nothing_refuses_after_a_while)
{
    struct outcome o;

    setup();
    struct space *s = client();
    fill();
    exhaust(s, &o);
    pass(WAIT_NS / 2);
    ck_assert_uint_eq(fake_answers, 0);
    ck_assert_uint_eq(waiting_count(), 1);
    pass(WAIT_NS / 2 + 1000);
    ck_assert_uint_eq(fake_answers, 1);
    ck_assert_uint_eq(fake_answered, o.reply);
    ck_assert_uint_eq(fake_answer, PAGODA_ERR_NO_MEMORY);
    ck_assert_uint_eq(waiting_counters.refused, 1);
    ck_assert_uint_eq(fake_disk_complete(100) > 0, true);
    all_returned();
}
END_TEST

START_TEST(without_a_disk_nobody_waits)
{
    struct outcome o;
    uint64_t page = 0;

    machine_boot(16 << 20);
    swap_init(NULL, NULL, 0);
    serve_after(true);
    struct space *s = client();
    fill();
    do {
        ck_assert_uint_lt(page, 1000);
        o = ask(CLIENT(s), write_handler, s->id, ++page);
        ck_assert(!o.waits);
    } while (o.label == 0);
    ck_assert_uint_eq(o.label, PAGODA_ERR_NO_MEMORY);
    machine_check();
}
END_TEST

START_TEST(a_full_disk_makes_nobody_wait)
{
    struct outcome o;
    uint64_t page = 0;

    setup_with(64);
    struct space *s = client();
    fill();
    do {
        ck_assert_uint_lt(page, 1000);
        o = ask(CLIENT(s), write_handler, s->id, ++page);
        while (o.waits && fake_answers == 0) {
            disk_writes(1);
        }
        o.label = o.waits ? fake_answer : o.label;
        fake_answers = 0;
    } while (o.label == 0);
    ck_assert_uint_eq(o.label, PAGODA_ERR_NO_MEMORY);
    ck_assert_uint_eq(waiting_count(), 0);
    machine_check();
}
END_TEST

START_TEST(init_and_servers_never_wait)
{
    struct outcome o;
    struct space *server;

    setup();
    ck_assert_uint_eq(space_create(MANAGER_INIT, 0, "server", &server), 0);
    ck_assert_uint_eq(machine_map(server, VA, 1 << 16, WRITE, PAGER_REGION_ANONYMOUS), 0);
    struct space *s = client();
    fill();
    exhaust(s, &o); /* memory is out, and the disk behind */
    uint64_t callers[] = {INIT, CLIENT(server), BADGE(BADGE_OBSERVER, server->id)};
    for (unsigned i = 0; i < 3; i++) {
        for (uint64_t page = 1 + 300 * i;; page++) {
            o = ask(callers[i], write_handler, server->id, page);
            ck_assert_msg(!o.waits, "caller %u", i);
            if (o.label) {
                break;
            }
        }
        ck_assert_uint_eq(o.label, PAGODA_ERR_NO_MEMORY);
    }
    ck_assert_uint_eq(waiting_count(), 1);
    while (fake_answers == 0) {
        disk_writes(1);
    }
    all_returned();
}
END_TEST

START_TEST(what_is_refused_for_another_reason_or_brings_a_capability_does_not_wait)
{
    struct outcome o;

    setup();
    struct space *s = client(), *other = client();
    fill();
    exhaust(s, &o);
    o = ask(CLIENT(other), refusing_handler, 0, 0);
    ck_assert(!o.waits);
    ck_assert_uint_eq(o.label, PAGODA_ERR_NO_MEMORY);
    o = ask_with_caps(CLIENT(other), write_handler, other->id, 2, 1);
    ck_assert(!o.waits);
    ck_assert_uint_eq(o.label, PAGODA_ERR_NO_MEMORY);
    while (fake_answers == 0) {
        disk_writes(1);
    }
    all_returned();
}
END_TEST

START_TEST(a_caller_that_ends_while_it_waits_is_forgotten)
{
    struct outcome o;

    setup();
    struct space *s = client(), *other = client();
    fill();
    exhaust(other, &o);
    struct outcome own = ask(CLIENT(s), write_handler, s->id, 9);
    ck_assert(own.waits);
    ck_assert_uint_eq(pager.stall.waiting, 2);
    space_destroy(s);
    ck_assert_uint_eq(waiting_count(), 1);
    ck_assert(!waiting_holds(own.reply));
    ck_assert_uint_eq(pager.stall.waiting, 1);
    machine_check();
    while (fake_answers == 0) {
        disk_writes(1);
    }
    ck_assert_uint_eq(fake_answered, o.reply);
    ck_assert_uint_eq(fake_answers, 1);
    all_returned();
}
END_TEST

START_TEST(a_space_that_ends_while_a_request_about_it_waits_counts_no_more)
{
    struct outcome o;

    setup();
    struct space *s = client();
    fill();
    while (!(o = ask(PROCESS, create_handler, 0, 0)).waits) {
        ck_assert_uint_eq(o.label, 0);
    }
    waiting_forget(s->id); /* not about it: nothing */
    ck_assert_uint_eq(waiting_count(), 1);
    while (fake_answers == 0) {
        disk_writes(1);
    }
    exhaust(s, &o);
    ck_assert_uint_eq(pager.stall.waiting, 1);
    waiting_forget(s->id);
    ck_assert_uint_eq(pager.stall.waiting, 0);
    ck_assert_uint_eq(waiting_count(), 1);
    while (fake_answers == 1) {
        disk_writes(1);
    }
    all_returned();
}
END_TEST

START_TEST(each_caller_has_one_place_and_all_together_so_many)
{
    struct space *spaces[WAITING_MAX + 1];
    struct outcome o;

    setup();
    for (unsigned i = 0; i <= WAITING_MAX; i++) {
        spaces[i] = client();
    }
    fill();
    o = ask(CLIENT(spaces[0]), write_handler, spaces[0]->id, 1);
    for (uint64_t page = 2; !o.waits; page++) {
        o = ask(CLIENT(spaces[0]), write_handler, spaces[0]->id, page);
    }
    for (unsigned i = 0; i < 5; i++) { /* messages that want no answer */
        o = ask(CLIENT(spaces[0]), write_handler, spaces[0]->id, 999);
        ck_assert(!o.waits);
        ck_assert_uint_eq(o.label, PAGODA_ERR_NO_MEMORY);
    }
    for (unsigned i = 1; i < WAITING_MAX; i++) {
        ck_assert(ask(CLIENT(spaces[i]), write_handler, spaces[i]->id, 1).waits);
    }
    o = ask(CLIENT(spaces[WAITING_MAX]), write_handler, spaces[WAITING_MAX]->id, 1);
    ck_assert(!o.waits);
    ck_assert_uint_eq(o.label, PAGODA_ERR_NO_MEMORY);
    ck_assert_uint_eq(waiting_count(), WAITING_MAX);
    machine_check();
    while (waiting_count() > 0) {
        disk_writes(100);
    }
    ck_assert_uint_eq(fake_answers, WAITING_MAX);
    ck_assert_uint_eq(waiting_counters.refused, 0);
    all_returned();
}
END_TEST

START_TEST(they_are_served_in_the_order_in_which_they_came)
{
    struct space *spaces[10];
    struct outcome o, waits[10];

    setup();
    for (unsigned i = 0; i < 10; i++) {
        spaces[i] = client();
    }
    struct space *s = client();
    fill();
    exhaust(s, &o);
    for (unsigned i = 0; i < 10; i++) {
        waits[i] = ask(CLIENT(spaces[i]), write_handler, spaces[i]->id, 1);
        ck_assert(waits[i].waits);
    }
    for (unsigned i = 0; i < 10; i++) {
        ck_assert(waiting_holds(waits[i].reply));
    }
    for (unsigned served = 0; served < 11;) {
        unsigned before = fake_answers;
        disk_writes(1);
        served += fake_answers - before;
        for (unsigned i = 0; i < 10; i++) {
            ck_assert(waiting_holds(waits[i].reply) == (i + 1 >= served));
        }
    }
    all_returned();
}
END_TEST

START_TEST(tries_do_not_go_with_the_requests_of_the_disk)
{
    struct outcome o;

    setup();
    struct space *s = client();
    fill();
    exhaust(s, &o);
    handled = 0;
    unsigned writes = 0;
    while (fake_answers == 0) {
        disk_writes(1);
        writes++;
    }
    ck_assert_uint_le(handled, 8);
    ck_assert_uint_gt(writes, 0);
    all_returned();
}
END_TEST

/* Programs that want every page that there is: each writes one after the other, and waits when it gets none. */
#define GREEDY 12u

static struct greedy {
    struct space *space;
    uint64_t page; /* that it writes to now */
} greedy[GREEDY];

static void greedy_start(void)
{
    for (unsigned i = 0; i < GREEDY; i++) {
        greedy[i] = (struct greedy){.space = client(), .page = 0};
    }
}

/* greedy_write: pages, until it waits, or has written more than a disk request frees. */
static void greedy_write(struct greedy *g)
{
    uint8_t *bytes;

    for (unsigned n = 0; n < 16; n++) {
        while ((bytes = fake_translate(g->space->vspace, VA + g->page * PAGE_SIZE, true, false)) != NULL) {
            machine_fill(bytes, g->page + 7777, false);
            g->page++;
        }
        if (g->space->stall.waiting > 0 || !machine_fault(g->space, VA + g->page * PAGE_SIZE, ACCESS_WRITE)) {
            return;
        }
    }
}

/* greedy_answer: the disk does request after request, and what it frees is asked for by all of them, until so many requests have been answered; returns the disk's requests. */
static unsigned greedy_answer(unsigned answers)
{
    unsigned writes = 0;

    for (unsigned i = 0; fake_answers < answers; i++) {
        ck_assert_uint_lt(writes, 500);
        writes += fake_disk_pending() > 0;
        disk_writes(1);
        for (unsigned k = 0; k < GREEDY; k++) {
            greedy_write(&greedy[(i + k) % GREEDY]);
            while (park_room_waiting()) {
                serve_background();
            }
        }
    }
    return writes;
}

START_TEST(faults_do_not_starve_a_request)
{
    struct outcome o;

    setup();
    struct space *s = client();
    greedy_start();
    fill();
    exhaust(s, &o);
    for (unsigned k = 0; k < GREEDY; k++) {
        greedy_write(&greedy[k]);
    }
    ck_assert_uint_le(greedy_answer(1), 4);
    ck_assert_uint_eq(fake_answer, 0);
    while (!(o = ask(PROCESS, fork_handler, s->id, 0)).waits) {
        ck_assert_uint_eq(o.label, 0);
        greedy_write(&greedy[0]);
    }
    ck_assert_uint_le(greedy_answer(2), 4);
    ck_assert_uint_eq(fake_answer, 0);
    ck_assert(ask(PROCESS, room_handler, WAIT_FRAMES_MAX, 0).waits);
    ck_assert_uint_le(greedy_answer(3), 40); /* more than one request of the disk frees */
    ck_assert_uint_eq(waiting_counters.refused, 0);
    ck_assert_uint_eq(frames_laid_aside(), 0);
    ck_assert_uint_eq(machine_event(), 0); /* nobody was ended for it */
    machine_check();
    for (unsigned k = 0; k < GREEDY; k++) {
        space_destroy(greedy[k].space);
    }
    all_returned();
}
END_TEST

START_TEST(what_cannot_wait_may_take_what_is_laid_aside)
{
    struct outcome o;
    struct space *server;

    setup();
    ck_assert_uint_eq(space_create(MANAGER_INIT, 0, "server", &server), 0);
    ck_assert_uint_eq(machine_map(server, VA, 1 << 16, WRITE, PAGER_REGION_ANONYMOUS), 0);
    ck_assert_ptr_nonnull(machine_touch(server, VA, ACCESS_WRITE));
    struct space *s = client(), *other = client();
    fill();
    exhaust(s, &o);
    ck_assert_uint_eq(frames_laid_aside(), WAIT_FRAMES);
    while (fake_answers == 0) {
        disk_writes(1);
    }
    while (!(o = ask(PROCESS, room_handler, WAIT_FRAMES_MAX, 0)).waits) {
        ck_assert_ptr_nonnull(machine_touch(s, VA + handled * PAGE_SIZE, ACCESS_WRITE));
    }
    while (frames_laid_aside() < 4 * WAIT_FRAMES || frames_available() > 0) { /* it has been tried in vain */
        disk_writes(1);
        ck_assert_uint_eq(fake_answers, 1);
    }
    uint32_t gathered = frames_armed();
    ck_assert_uint_ge(gathered, FRAMES_RESERVE + WAIT_FRAMES);
    ck_assert(ask(CLIENT(other), write_handler, other->id, 1).waits);
    ck_assert_uint_eq(frames_armed(), gathered);
    o = ask(INIT, write_handler, server->id, 1);
    ck_assert_uint_eq(o.label, 0);
    ck_assert(!o.waits);
    ck_assert_uint_eq(frames_available(), 0);
    while (fake_answers < 3) {
        disk_writes(1);
    }
    ck_assert_uint_eq(frames_laid_aside(), 0);
    all_returned();
}
END_TEST

START_TEST(a_long_message_waits_only_if_it_is_the_process_servers)
{
    uint64_t words[MESSAGE_WORDS] = {0};
    struct outcome o;

    setup();
    struct space *s = client(), *other = client();
    fill();
    exhaust(s, &o);
    struct server_call call = {.badge = CLIENT(other), .words = words, .length = WAITING_WORDS + 1};
    words[0] = other->id;
    words[1] = 1;
    serve_request(&call, write_handler);
    ck_assert(!call.deferred);
    while (fake_answers == 0) {
        disk_writes(1);
    }
    exhaust(s, &o);
    while (fake_answers == 1) {
        disk_writes(1);
    }
    for (uint64_t page = 1;; page++) {
        ck_assert_uint_lt(page, 1000);
        call = (struct server_call){.badge = PROCESS, .words = words, .length = MESSAGE_WORDS};
        words[0] = other->id;
        words[1] = page;
        serve_request(&call, write_handler);
        if (call.deferred) {
            break;
        }
        ck_assert_uint_eq(call.reply_label, 0);
    }
    uint64_t page = words[0];
    while (fake_answers == 2) {
        disk_writes(1);
    }
    ck_assert_uint_eq(fake_answer, 0);
    ck_assert_uint_eq(fake_answer_words[0], page);
    all_returned();
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("pager_waiting");
    TCase *t = tcase_create("waiting");

    tcase_set_timeout(t, 100);
    tcase_add_test(t, request_waits_for_the_disk_and_is_served);
    tcase_add_test(t, fork_that_waits_is_done_once);
    tcase_add_test(t, space_create_waits_too_and_counts_for_no_space);
    tcase_add_test(t, the_wait_is_a_stall_of_the_space_that_it_is_about);
    tcase_add_test(t, a_disk_that_fails_refuses_whoever_waits);
    tcase_add_test(t, a_disk_that_writes_nothing_refuses_after_a_while);
    tcase_add_test(t, without_a_disk_nobody_waits);
    tcase_add_test(t, a_full_disk_makes_nobody_wait);
    tcase_add_test(t, init_and_servers_never_wait);
    tcase_add_test(t, what_is_refused_for_another_reason_or_brings_a_capability_does_not_wait);
    tcase_add_test(t, a_caller_that_ends_while_it_waits_is_forgotten);
    tcase_add_test(t, a_space_that_ends_while_a_request_about_it_waits_counts_no_more);
    tcase_add_test(t, each_caller_has_one_place_and_all_together_so_many);
    tcase_add_test(t, they_are_served_in_the_order_in_which_they_came);
    tcase_add_test(t, tries_do_not_go_with_the_requests_of_the_disk);
    tcase_add_test(t, faults_do_not_starve_a_request);
    tcase_add_test(t, what_cannot_wait_may_take_what_is_laid_aside);
    tcase_add_test(t, a_long_message_waits_only_if_it_is_the_process_servers);
    suite_add_tcase(s, t);
    return s;
}

int main(void)
{
    return check_run(suite());
}
