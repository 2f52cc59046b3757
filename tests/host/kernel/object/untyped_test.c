/* SPDX-License-Identifier: BSD-2-Clause */
/* Untyped_Retype: every error in its order, placement, zeroing, preemption; ABI 5. */
#include "../host_kernel.h"
#include "info.h"
#include "object/cnode.h"
#include "object/sched_context.h"
#include "object/untyped.h"

#include <stdlib.h>
#include <string.h>

static word_t untyped, other, node; /* 2^16 bytes, 2^16 bytes, a CNode of 2^4 slots */

static void setup(void)
{
    kernel_boot();
    untyped = untyped_of(16);
    other = untyped_of(16);
    node = make(OBJECT_CNODE, 4);
}

static void expect_tree_and_empty_node(void)
{
    for (unsigned i = 0; i < 16; i++)
        ck_assert(slot_is_empty((struct slot *)CAP_OBJECT(slot_of(node)->cap.cnode) + i));
    check_tree();
}

/* ---- errors ---- */

struct bad_retype {
    const char *name;
    word_t words[6]; /* type, size_bits, node_index, node_depth, node_offset, num_objects */
    word_t label;
    unsigned length;
    word_t mr[4];
};

static const struct bad_retype bad_retypes[] = {
    {"type before size", {12, 64, 0, 0, 99, 0}, ERR_INVALID_ARGUMENT, 1, {0}},
    {"type 2^32", {1ull << 32, 0, 0, 0, 0, 1}, ERR_INVALID_ARGUMENT, 1, {0}},
    {"size 64 before zero count", {OBJECT_UNTYPED, 64, 0, 0, 99, 0}, ERR_RANGE, 2, {0, 47}},
    {"size of a type without size", {OBJECT_ENDPOINT, 64, 0, 0, 0, 1}, ERR_RANGE, 2, {0, 47}},
    {"size all ones", {OBJECT_CNODE, ~0ull, 0, 0, 0, 1}, ERR_RANGE, 2, {0, 47}},
    {"untyped of 2^48", {OBJECT_UNTYPED, 48, 0, 0, 0, 1}, ERR_RANGE, 2, {0, 47}},
    {"cnode of 2^43 slots", {OBJECT_CNODE, 43, 0, 0, 0, 1}, ERR_RANGE, 2, {0, 47}},
    {"cnode of one slot", {OBJECT_CNODE, 0, 0, 0, 99, 0}, ERR_INVALID_ARGUMENT, 1, {1}},
    {"untyped of 2^3", {OBJECT_UNTYPED, 3, 0, 0, 99, 0}, ERR_INVALID_ARGUMENT, 1, {1}},
    {"sched context of 2^6", {OBJECT_SCHED_CONTEXT, 6, 0, 0, 99, 0}, ERR_INVALID_ARGUMENT, 1, {1}},
    {"depth above 64 before offset", {OBJECT_ENDPOINT, 0, 0, 65, 99, 0}, ERR_RANGE, 2, {1, 64}},
    {"offset at the end before zero count", {OBJECT_ENDPOINT, 0, 0, 0, 16, 0}, ERR_RANGE, 2, {0, 15}},
    {"offset huge", {OBJECT_ENDPOINT, 0, 0, 0, ~0ull, 1}, ERR_RANGE, 2, {0, 15}},
    {"count 0", {OBJECT_ENDPOINT, 0, 0, 0, 15, 0}, ERR_RANGE, 2, {1, 256}},
    {"count 257", {OBJECT_ENDPOINT, 0, 0, 0, 15, 257}, ERR_RANGE, 2, {1, 256}},
    {"count 2^31", {OBJECT_HUGE_PAGE, 0, 0, 0, 0, 1ull << 31}, ERR_RANGE, 2, {1, 256}},
    {"count past the end before memory", {OBJECT_HUGE_PAGE, 0, 0, 0, 15, 2}, ERR_RANGE, 2, {1, 1}},
    {"count past the end", {OBJECT_ENDPOINT, 0, 0, 0, 0, 17}, ERR_RANGE, 2, {1, 16}},
    {"memory", {OBJECT_SMALL_PAGE, 0, 0, 0, 0, 16 + 1 - 1}, 0, 0, {0}},
    {"memory used up", {OBJECT_ENDPOINT, 0, 0, 0, 0, 1}, ERR_DELETE_FIRST, 0, {0}},
};

START_TEST(untyped_retype_errors_come_in_order)
{
    setup();
    for (unsigned i = 0; i < ARRAY_SIZE(bad_retypes); i++) {
        const struct bad_retype *b = &bad_retypes[i];
        struct answer a = kernel_call(untyped, LABEL_UNTYPED_RETYPE, CAPS(node), 6, b->words);
        expect(a, b->label, b->length, b->mr, b->name, (int)i);
        if (b->label)
            check_tree();
    }
}
END_TEST

START_TEST(untyped_retype_needs_six_words_and_a_cap)
{
    setup();
    EXPECT_PLAIN(CALL(untyped, LABEL_UNTYPED_RETYPE, CAPS(node), 99, 99, 0, 0, 0), ERR_TRUNCATED_MESSAGE);
    EXPECT_PLAIN(CALL(untyped, LABEL_UNTYPED_RETYPE, NULL, 99, 99, 0, 0, 0, 0), ERR_TRUNCATED_MESSAGE);
    EXPECT_PLAIN(CALL0(untyped, LABEL_CNODE_DELETE, NULL), ERR_ILLEGAL_OPERATION);
    expect_tree_and_empty_node();
}
END_TEST

START_TEST(untyped_retype_reports_how_the_cnode_was_missed)
{
    setup();
    word_t endpoint = make(OBJECT_ENDPOINT, 0);
    EXPECT(CALL(untyped, LABEL_UNTYPED_RETYPE, CAPS(endpoint), OBJECT_ENDPOINT, 0, 0, 0, 0, 1), ERR_FAILED_LOOKUP, 0, 2, 0);
    EXPECT(CALL(untyped, LABEL_UNTYPED_RETYPE, CAPS(endpoint), OBJECT_ENDPOINT, 0, 1, 8, 0, 1), ERR_FAILED_LOOKUP, 0, 1);
    EXPECT(CALL(untyped, LABEL_UNTYPED_RETYPE, CAPS(SLOT_INITIAL_CNODE), OBJECT_ENDPOINT, 0, endpoint, 64, 0, 1), ERR_FAILED_LOOKUP, 0, 2, 64);
    EXPECT(CALL(untyped, LABEL_UNTYPED_RETYPE, CAPS(SLOT_INITIAL_CNODE), OBJECT_ENDPOINT, 0, 0, 64, 0, 1), ERR_FAILED_LOOKUP, 0, 2, 64);
    EXPECT(CALL(untyped, LABEL_UNTYPED_RETYPE, CAPS(node), OBJECT_ENDPOINT, 0, 0, 3, 0, 1), ERR_FAILED_LOOKUP, 0, 3, 3, 4);
    EXPECT(CALL(untyped, LABEL_UNTYPED_RETYPE, CAPS(node), OBJECT_ENDPOINT, 0, 0, 5, 0, 1), ERR_FAILED_LOOKUP, 0, 3, 1, 0);
    EXPECT_OK(CALL(untyped, LABEL_UNTYPED_RETYPE, CAPS(SLOT_INITIAL_CNODE), OBJECT_ENDPOINT, 0, node, 64, 3, 1));
    ck_assert_int_eq(((struct slot *)CAP_OBJECT(slot_of(node)->cap.cnode))[3].cap.type, CAP_ENDPOINT);
}
END_TEST

START_TEST(untyped_device_gives_only_pages_and_untypeds)
{
    setup();
    word_t device = bootinfo->untyped.start, first = free_slot(), second = free_slot();
    ck_assert(slot_of(device)->cap.untyped.device);
    EXPECT(retype(device, OBJECT_TCB, 0, first, 1), ERR_INVALID_ARGUMENT, 1);
    EXPECT(retype(device, OBJECT_PAGE_TABLE, 0, first, 1), ERR_INVALID_ARGUMENT, 1);
    EXPECT_OK(retype(device, OBJECT_SMALL_PAGE, 0, first, 1));
    EXPECT_OK(retype(device, OBJECT_UNTYPED, 12, second, 1));
    ck_assert(slot_of(first)->cap.frame.device && slot_of(second)->cap.untyped.device);
    EXPECT(CALL0(first, LABEL_ARM_PAGE_GET_ADDRESS, NULL), 0, slot_of(device)->cap.untyped.object << 4);
    word_t small = free_slot();
    EXPECT_OK(retype(second, OBJECT_UNTYPED, 4, small, 1));
    EXPECT(retype(small, OBJECT_TCB, 0, free_slot(), 1), ERR_NOT_ENOUGH_MEMORY, 16); /* memory comes before the kind */
}
END_TEST

/* ---- placement ---- */

START_TEST(untyped_sixteen_pages_fill_64_kib)
{
    setup();
    EXPECT_OK(CALL(untyped, LABEL_UNTYPED_RETYPE, CAPS(node), OBJECT_SMALL_PAGE, 0, 0, 0, 0, 15));
    EXPECT(retype(untyped, OBJECT_SMALL_PAGE, 0, free_slot(), 2), ERR_NOT_ENOUGH_MEMORY, 4096);
    EXPECT_OK(CALL(untyped, LABEL_UNTYPED_RETYPE, CAPS(node), OBJECT_SMALL_PAGE, 63, 0, 0, 15, 1));
    EXPECT(retype(untyped, OBJECT_ENDPOINT, 0, free_slot(), 1), ERR_NOT_ENOUGH_MEMORY, 0);
    pa_t base = CAP_OBJECT_PA(slot_of(untyped)->cap.untyped);
    for (unsigned i = 0; i < 16; i++) {
        struct cap *cap = &((struct slot *)CAP_OBJECT(slot_of(node)->cap.cnode))[i].cap;
        ck_assert_uint_eq(CAP_OBJECT_PA(cap->frame), base + i * 4096);
        ck_assert(cap->frame.rights == 3 && !cap->frame.mapped && !cap->frame.device);
    }
    check_tree();
}
END_TEST

START_TEST(untyped_objects_are_aligned_to_their_size)
{
    setup();
    word_t first = free_slot(), second = free_slot(), third = free_slot();
    pa_t base = CAP_OBJECT_PA(slot_of(untyped)->cap.untyped);
    EXPECT_OK(retype(untyped, OBJECT_ENDPOINT, 0, first, 1));
    EXPECT_OK(retype(untyped, OBJECT_UNTYPED, 15, second, 1)); /* free bytes count from the end of the endpoint */
    ck_assert_uint_eq(CAP_OBJECT_PA(slot_of(second)->cap.untyped), base + BIT(15));
    EXPECT(retype(untyped, OBJECT_ENDPOINT, 0, third, 1), ERR_NOT_ENOUGH_MEMORY, 0);
    EXPECT_OK(retype(second, OBJECT_CNODE, 10, third, 1)); /* fills it exactly */
    ck_assert_uint_eq(CAP_OBJECT_PA(slot_of(third)->cap.cnode), base + BIT(15));
}
END_TEST

START_TEST(untyped_starts_again_when_all_children_are_gone)
{
    setup();
    word_t page = free_slot(), copy = free_slot();
    EXPECT_OK(retype(untyped, OBJECT_SMALL_PAGE, 0, page, 1));
    EXPECT_OK(cnode_copy(copy, page));
    EXPECT_OK(cnode_delete(page));
    EXPECT_OK(retype(untyped, OBJECT_SMALL_PAGE, 0, page, 1)); /* a copy is still there */
    ck_assert_uint_eq(CAP_OBJECT_PA(slot_of(page)->cap.frame), CAP_OBJECT_PA(slot_of(untyped)->cap.untyped) + 4096);
    EXPECT_OK(cnode_revoke(untyped));
    ck_assert(slot_is_empty(slot_of(page)) && slot_is_empty(slot_of(copy)));
    EXPECT_OK(CALL(untyped, LABEL_UNTYPED_RETYPE, CAPS(node), OBJECT_SMALL_PAGE, 0, 0, 0, 0, 16));
}
END_TEST

START_TEST(untyped_copy_only_without_children_and_fills_the_source)
{
    setup();
    word_t copy = free_slot(), page = free_slot();
    EXPECT_OK(cnode_copy(copy, untyped));
    EXPECT(retype(untyped, OBJECT_SMALL_PAGE, 0, page, 1), ERR_NOT_ENOUGH_MEMORY, 0);
    EXPECT_PLAIN(cnode_copy(page, untyped), ERR_REVOKE_FIRST);
    EXPECT_OK(retype(copy, OBJECT_SMALL_PAGE, 0, page, 1));
    EXPECT_OK(cnode_revoke(untyped));
    ck_assert(slot_is_empty(slot_of(page)) && slot_is_empty(slot_of(copy)));
    EXPECT_OK(retype(untyped, OBJECT_SMALL_PAGE, 0, page, 1));
}
END_TEST

START_TEST(untyped_new_objects_have_their_initial_state)
{
    setup();
    word_t tcb = make(OBJECT_TCB, 0), sc = make(OBJECT_SCHED_CONTEXT, 8), endpoint = make(OBJECT_ENDPOINT, 0), reply = make(OBJECT_REPLY, 0);
    const struct thread *t = CAP_OBJECT(slot_of(tcb)->cap.thread);
    ck_assert(t->state == THREAD_INACTIVE && t->priority == 0 && t->mcp == 0 && !t->sc && !t->flags && slot_is_empty(&t->slots[0]));
    ck_assert_uint_eq(t->context.spsr, 0x40);
    ck_assert(!sched_context_is_configured(CAP_OBJECT(slot_of(sc)->cap.sched_context)));
    ck_assert_uint_eq(slot_of(sc)->cap.sched_context.size_bits, 8);
    ck_assert(slot_of(endpoint)->cap.endpoint.rights == RIGHTS_ALL && slot_of(endpoint)->cap.endpoint.badge == 0);
    ck_assert(slot_of(reply)->cap.reply.rights == RIGHTS_ALL);
    ck_assert(slot_of(node)->cap.cnode.guard_size == 0 && slot_of(node)->cap.cnode.radix == 4);
}
END_TEST

/* ---- zeroing ---- */

static bool is_zero(pa_t pa, size_t len)
{
    const uint64_t *p = kernel_pointer(pa);
    for (size_t i = 0; i < len / 8; i++)
        if (p[i])
            return false;
    return true;
}

START_TEST(untyped_frames_read_zero_also_the_second_time)
{
    setup();
    word_t page = free_slot();
    for (unsigned round = 0; round < 3; round++) {
        EXPECT_OK(retype(untyped, OBJECT_SMALL_PAGE, 0, page, 1));
        pa_t pa = CAP_OBJECT_PA(slot_of(page)->cap.frame);
        ck_assert(is_zero(pa, 4096));
        memset(kernel_pointer(pa), 0xff, 4096);
        EXPECT_OK(cnode_delete(page));
    }
}
END_TEST

START_TEST(untyped_zeroing_is_preempted_and_goes_on_where_it_was)
{
    setup();
    word_t big = untyped_of(21), page = free_slot();
    host.zeroed_bytes = 0;
    host.pending_every = 1;
    EXPECT_OK(retype(big, OBJECT_LARGE_PAGE, 0, page, 1));
    ck_assert_uint_eq(last_attempts, 1 << (21 - UNTYPED_BLOCK_BITS));
    ck_assert_uint_eq(host.zeroed_bytes, 1 << 21); /* nothing twice */
    ck_assert(is_zero(CAP_OBJECT_PA(slot_of(page)->cap.frame), 1 << 21));
    ck_assert_uint_eq(slot_of(big)->cap.untyped.zero_blocks, 0);
    ck_assert_uint_eq(kernel_info->preemptions, last_attempts - 1);
}
END_TEST

/* Start a retype of `type` and interrupt it for good after `blocks` blocks. */
static void abandon_retype(word_t from, word_t type, word_t size_bits, unsigned blocks)
{
    struct args_untyped_retype a = {.type = type, .size_bits = size_bits, .node_offset = free_slot(), .num_objects = 1};
    word_t *buffer = (word_t[128]){0};
    struct invocation inv = {.caller = root_thread, .slot = slot_of(from), .label = LABEL_UNTYPED_RETYPE, .length = 6, .n_caps = 1,
                             .caps = {slot_of(SLOT_INITIAL_CNODE)}, .buffer = buffer};
    const word_t words[] = {a.type, a.size_bits, 0, 0, a.node_offset, a.num_objects};
    for (unsigned i = 0; i < 4; i++)
        arch_set_mr(&root_thread->context, i, words[i]);
    buffer[5] = words[4];
    buffer[6] = words[5];
    host.pending_every = blocks;
    host.pending_asked = 0;
    ck_assert_uint_eq(untyped_invoke(&inv).code, ERR_PREEMPTED);
    host.pending_every = 0;
}

START_TEST(untyped_zeroing_given_up_leaves_no_wrong_promise)
{
    setup();
    word_t big = untyped_of(18), page = free_slot(), table = free_slot(), cnode = free_slot();
    EXPECT_OK(retype(big, OBJECT_SMALL_PAGE, 0, page, 1)); /* so that a gap is left below the next object */
    memset(CAP_OBJECT(slot_of(page)->cap.frame), 0xff, 4096);
    abandon_retype(big, OBJECT_CNODE, 12, 3); /* 2^17 bytes, given up after 3 blocks */
    ck_assert_uint_eq(slot_of(big)->cap.untyped.zero_blocks, 3);
    EXPECT_OK(retype(big, OBJECT_PAGE_TABLE, 0, table, 1)); /* takes a page out of the clean part */
    ck_assert_uint_eq(slot_of(big)->cap.untyped.zero_blocks, 0);
    EXPECT_OK(cnode_delete(table));
    EXPECT_OK(cnode_delete(page));
    memset(kernel_pointer(CAP_OBJECT_PA(slot_of(big)->cap.untyped)), 0xff, 1 << 18);
    EXPECT_OK(retype(big, OBJECT_CNODE, 13, cnode, 1));
    ck_assert(is_zero(CAP_OBJECT_PA(slot_of(cnode)->cap.cnode), 1 << 18));
}
END_TEST

START_TEST(untyped_random_retypes_hand_out_disjoint_zeroed_memory)
{
    enum { ROUNDS = 3000, WINDOW = 64 };
    setup();
    srand((unsigned)_i + 7);
    word_t big = untyped_of(20), first = free_slot();
    for (unsigned i = 1; i < WINDOW; i++)
        free_slot();
    host.pending_every = 3;
    for (unsigned round = 0; round < ROUNDS; round++) {
        word_t slot = first + (unsigned)rand() % WINDOW;
        if (!slot_is_empty(slot_of(slot))) {
            EXPECT_OK(rand() % 30 ? cnode_delete(slot) : cnode_revoke(big));
            continue;
        }
        word_t type = rand() % 2 ? OBJECT_SMALL_PAGE : OBJECT_CNODE, size_bits = 1 + (unsigned)rand() % 11;
        struct answer a = retype(big, type, size_bits, slot, 1);
        ck_assert(a.label == 0 || a.label == ERR_NOT_ENOUGH_MEMORY);
        if (a.label) {
            EXPECT_OK(cnode_revoke(big));
            continue;
        }
        size_t size = type == OBJECT_SMALL_PAGE ? 4096 : BIT(size_bits + SLOT_BITS);
        pa_t pa = CAP_OBJECT_PA(slot_of(slot)->cap.thread);
        ck_assert(is_zero(pa, size));
        for (unsigned i = 0; i < WINDOW; i++) {
            const struct cap *cap = &slot_of(first + i)->cap;
            if (first + i == slot || cap->type == CAP_NULL)
                continue;
            size_t other_size = cap->type == CAP_FRAME ? 4096 : BIT(cap->cnode.radix + SLOT_BITS);
            pa_t other_pa = CAP_OBJECT_PA(cap->thread);
            ck_assert(other_pa + other_size <= pa || pa + size <= other_pa);
        }
        if (type == OBJECT_SMALL_PAGE)
            memset(kernel_pointer(pa), 0xee, size);
    }
    check_tree();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("untyped");
    TCase *tcase = tcase_create("untyped");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, untyped_retype_errors_come_in_order);
    tcase_add_test(tcase, untyped_retype_needs_six_words_and_a_cap);
    tcase_add_test(tcase, untyped_retype_reports_how_the_cnode_was_missed);
    tcase_add_test(tcase, untyped_device_gives_only_pages_and_untypeds);
    tcase_add_test(tcase, untyped_sixteen_pages_fill_64_kib);
    tcase_add_test(tcase, untyped_objects_are_aligned_to_their_size);
    tcase_add_test(tcase, untyped_starts_again_when_all_children_are_gone);
    tcase_add_test(tcase, untyped_copy_only_without_children_and_fills_the_source);
    tcase_add_test(tcase, untyped_new_objects_have_their_initial_state);
    tcase_add_test(tcase, untyped_frames_read_zero_also_the_second_time);
    tcase_add_test(tcase, untyped_zeroing_is_preempted_and_goes_on_where_it_was);
    tcase_add_test(tcase, untyped_zeroing_given_up_leaves_no_wrong_promise);
    tcase_add_loop_test(tcase, untyped_random_retypes_hand_out_disjoint_zeroed_memory, 0, 3);
    suite_add_tcase(suite, tcase);
    return kernel_run_tests(suite);
}
