/* SPDX-License-Identifier: BSD-2-Clause */
/* Lookup of capability addresses, CNode invocations, deletion: ABI 7. */
#include "../host_kernel.h"
#include "entry/entry.h"
#include "object/cdt.h"
#include "object/cnode.h"
#include "object/endpoint.h"

#include <stdlib.h>

static word_t node; /* CNode of 2^4 slots */

static struct slot *slots_in(word_t cnode) { return CAP_OBJECT(slot_of(cnode)->cap.cnode); }

static void setup(void)
{
    kernel_boot();
    node = make(OBJECT_CNODE, 4);
}

/* ---- lookup ---- */

START_TEST(lookup_guard_and_depth_failures_are_described)
{
    setup();
    word_t guarded = free_slot(), endpoint = make(OBJECT_ENDPOINT, 0);
    word_t guard = 5ull << 6 | 3; /* guard 101, then 4 bits */
    EXPECT_OK(cnode_mint(guarded, node, RIGHTS_ALL, guard));
#define DELETE_AT(index, depth) CALL(guarded, LABEL_CNODE_DELETE, NULL, index, depth)
    EXPECT_OK(DELETE_AT(5 << 4 | 2, 7));
    EXPECT_OK(DELETE_AT(~0ull << 7 | 5 << 4 | 2, 7)); /* bits above the depth do not count */
    EXPECT(DELETE_AT(4 << 4 | 2, 7), ERR_FAILED_LOOKUP, 0, 4, 7, 5, 3);
    EXPECT(DELETE_AT(5, 2), ERR_FAILED_LOOKUP, 0, 4, 2, 5, 3);     /* guard longer than what is left */
    EXPECT(DELETE_AT(5 << 3, 6), ERR_FAILED_LOOKUP, 0, 3, 6, 7);   /* fewer bits than guard and radix */
    EXPECT(DELETE_AT((5 << 4 | 2) << 3, 10), ERR_FAILED_LOOKUP, 0, 3, 3, 0); /* bits left at an empty slot */
    EXPECT(DELETE_AT(5 << 4, 0), ERR_RANGE, 1, 64);
    EXPECT(DELETE_AT(5 << 4, 65), ERR_RANGE, 1, 64);
    EXPECT(DELETE_AT(5 << 4, ~0ull), ERR_RANGE, 1, 64);
    EXPECT(CALL(guarded, LABEL_CNODE_COPY, CAPS(endpoint), 5 << 4, 7, 0, 64, 15), ERR_FAILED_LOOKUP, 1, 1);
    EXPECT(CALL(guarded, LABEL_CNODE_COPY, CAPS(guarded), 5 << 4, 7, 0, 7, 15), ERR_FAILED_LOOKUP, 1, 4, 7, 5, 3);
}
END_TEST

START_TEST(lookup_of_invoked_cap_accepts_bits_left)
{
    setup();
    word_t endpoint = make(OBJECT_ENDPOINT, 0), chain = make(OBJECT_CNODE, 1);
    EXPECT_OK(cnode_delete(endpoint));
    /* A CSpace of one bit at the top of the address: the other 63 bits stay unresolved. */
    word_t copy = free_slot();
    EXPECT_OK(cnode_mint(copy, chain, RIGHTS_ALL, 0));
    struct lookup_failure failure;
    struct thread *other = CAP_OBJECT(slot_of(make(OBJECT_TCB, 0))->cap.thread);
    slot_insert_copy(slot_of(copy), &other->slots[THREAD_SLOT_CSPACE], slot_of(copy)->cap);
    ck_assert_ptr_eq(lookup_slot(other, 0, &failure), slots_in(chain));
    ck_assert_ptr_eq(lookup_slot(other, ~0ull, &failure), slots_in(chain) + 1);
    other->slots[THREAD_SLOT_CSPACE].cap.type = CAP_ENDPOINT;
    ck_assert_ptr_null(lookup_slot(other, 0, &failure));
    ck_assert_uint_eq(failure.kind, LOOKUP_INVALID_ROOT);
    other->slots[THREAD_SLOT_CSPACE].cap.type = CAP_CNODE;
}
END_TEST

START_TEST(lookup_walks_64_cnodes_of_one_bit)
{
    setup();
    word_t node_slot[64];
    for (unsigned i = 0; i < 64; i++)
        node_slot[i] = make(OBJECT_CNODE, 1);
    for (unsigned i = 0; i < 63; i++) /* the way is 1, 0, 1, 0, ... */
        slot_insert_copy(slot_of(node_slot[i + 1]), slots_in(node_slot[i]) + (i % 2 == 0), slot_of(node_slot[i + 1])->cap);
    word_t address = 0xaaaaaaaaaaaaaaaa;
    struct slot *found;
    ck_assert_uint_eq(lookup_target_slot(slot_of(node_slot[0]), address, 64, false, &found).code, 0);
    ck_assert_ptr_eq(found, slots_in(node_slot[63]));
    for (unsigned bit = 1; bit < 64; bit++) {
        error_t error = lookup_target_slot(slot_of(node_slot[0]), address ^ BIT(bit), 64, false, &found);
        word_t words[ERROR_WORDS_MAX];
        ck_assert_uint_eq(error_code(error), ERR_FAILED_LOOKUP);
        error_words(error, words);
        ck_assert_uint_eq(words[1], LOOKUP_DEPTH_MISMATCH);
        ck_assert_uint_eq(words[2], bit);
    }
}
END_TEST

/* ---- copy, mint, move, mutate, rotate ---- */

START_TEST(cnode_errors_come_in_order)
{
    setup();
    word_t endpoint = make(OBJECT_ENDPOINT, 0), empty = free_slot(), empty2 = free_slot();
    const word_t *root = CAPS(SLOT_INITIAL_CNODE);
    EXPECT_PLAIN(CALL0(node, 17, NULL), ERR_ILLEGAL_OPERATION);
    EXPECT_PLAIN(CALL(node, LABEL_CNODE_DELETE, NULL, 1), ERR_TRUNCATED_MESSAGE);
    /* destination lookup, then message length, then occupied destination, then source lookup, then empty source, then the method's length */
    EXPECT(CALL(node, LABEL_CNODE_COPY, NULL, 0, 99), ERR_RANGE, 1, 64);
    EXPECT_PLAIN(CALL(SLOT_INITIAL_CNODE, LABEL_CNODE_COPY, root, endpoint, 64, endpoint), ERR_TRUNCATED_MESSAGE);
    EXPECT_PLAIN(CALL(SLOT_INITIAL_CNODE, LABEL_CNODE_COPY, NULL, endpoint, 64, endpoint, 99, 15), ERR_TRUNCATED_MESSAGE);
    EXPECT_PLAIN(CALL(SLOT_INITIAL_CNODE, LABEL_CNODE_COPY, root, endpoint, 64, endpoint, 99), ERR_DELETE_FIRST);
    EXPECT(CALL(SLOT_INITIAL_CNODE, LABEL_CNODE_COPY, root, empty, 64, endpoint, 99), ERR_RANGE, 1, 64);
    EXPECT(CALL(SLOT_INITIAL_CNODE, LABEL_CNODE_COPY, root, empty, 64, empty2, 64), ERR_FAILED_LOOKUP, 1, 2, 64);
    EXPECT_PLAIN(CALL(SLOT_INITIAL_CNODE, LABEL_CNODE_COPY, root, empty, 64, endpoint, 64), ERR_TRUNCATED_MESSAGE);
    EXPECT_PLAIN(CALL(SLOT_INITIAL_CNODE, LABEL_CNODE_MINT, root, empty, 64, endpoint, 64, 15), ERR_TRUNCATED_MESSAGE);
    EXPECT_PLAIN(CALL(SLOT_INITIAL_CNODE, LABEL_CNODE_MUTATE, root, empty, 64, endpoint, 64), ERR_TRUNCATED_MESSAGE);
    EXPECT_PLAIN(CALL(SLOT_INITIAL_CNODE, LABEL_CNODE_MOVE, root, endpoint, 64, endpoint, 64), ERR_DELETE_FIRST);
    EXPECT(CALL(SLOT_INITIAL_CNODE, LABEL_CNODE_MOVE, root, empty, 64, empty, 64), ERR_FAILED_LOOKUP, 1, 2, 64);
    EXPECT_PLAIN(CALL(SLOT_INITIAL_CNODE, LABEL_CNODE_MUTATE, root, empty, 64, endpoint, 64, 1), ERR_ILLEGAL_OPERATION);
    ck_assert(slot_is_empty(slot_of(empty)) && !slot_is_empty(slot_of(endpoint)));
    check_tree();
}
END_TEST

START_TEST(cnode_derivation_rules)
{
    static const struct rule { word_t type, size_bits; word_t label; } rules[] = {
        {OBJECT_UNTYPED, 12, 0}, {OBJECT_TCB, 0, 0}, {OBJECT_ENDPOINT, 0, 0}, {OBJECT_NOTIFICATION, 0, 0}, {OBJECT_CNODE, 2, 0}, {OBJECT_SCHED_CONTEXT, 7, 0},
        {OBJECT_REPLY, 0, 0}, {OBJECT_VSPACE, 0, ERR_ILLEGAL_OPERATION}, {OBJECT_PAGE_TABLE, 0, ERR_ILLEGAL_OPERATION}, {OBJECT_SMALL_PAGE, 0, 0},
    };
    setup();
    for (unsigned i = 0; i < ARRAY_SIZE(rules); i++)
        EXPECT_PLAIN(cnode_copy(free_slot(), make(rules[i].type, rules[i].size_bits)), rules[i].label);
    for (word_t slot = SLOT_INITIAL_THREAD; slot <= SLOT_INITIAL_SCHED_CONTEXT; slot++)
        if (!slot_is_empty(slot_of(slot)))
            EXPECT_PLAIN(cnode_copy(free_slot(), slot), slot == SLOT_IRQ_CONTROL ? ERR_ILLEGAL_OPERATION : 0);
    EXPECT_OK(cnode_copy(free_slot(), bootinfo->sched_control.start));
    check_tree();
}
END_TEST

START_TEST(cnode_rights_are_masked_by_type)
{
    static const struct { word_t type; word_t rights; unsigned expected; } rows[] = {
        {OBJECT_ENDPOINT, 1, 1}, {OBJECT_ENDPOINT, 14, 14}, {OBJECT_ENDPOINT, ~0ull, 15}, {OBJECT_NOTIFICATION, 2, 2}, {OBJECT_NOTIFICATION, 0, 0},
        {OBJECT_REPLY, 0, 0}, {OBJECT_REPLY, 4, 4}, {OBJECT_SMALL_PAGE, 3, 3}, {OBJECT_SMALL_PAGE, 2, 2}, {OBJECT_SMALL_PAGE, 1, 0}, {OBJECT_SMALL_PAGE, 0, 0},
    };
    setup();
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        word_t object = make(rows[i].type, 0), copy = free_slot(), again = free_slot();
        EXPECT_OK(cnode_mint(copy, object, rows[i].rights, 0));
        EXPECT_OK(cnode_copy(again, copy)); /* never grows */
        for (word_t slot = copy; slot <= again; slot++) {
            const struct cap *cap = &slot_of(slot)->cap;
            unsigned rights = cap->type == CAP_FRAME ? cap->frame.rights : cap->endpoint.rights;
            unsigned mask = cap->type == CAP_REPLY ? RIGHT_GRANT : cap->type == CAP_NOTIFICATION ? 3 : 15;
            ck_assert_uint_eq(rights & mask, rows[i].expected);
        }
    }
}
END_TEST

START_TEST(cnode_mint_badges_make_new_originals)
{
    setup();
    word_t original = make(OBJECT_ENDPOINT, 0), copy = free_slot(), b7 = free_slot(), b7_copy = free_slot(), from_copy = free_slot(), zero = free_slot();
    EXPECT_OK(cnode_copy(copy, original));
    EXPECT_OK(cnode_mint(b7, original, 15, 7));
    EXPECT_OK(cnode_copy(b7_copy, b7));
    EXPECT_OK(cnode_mint(from_copy, copy, 15, 7)); /* independent of b7 */
    EXPECT_OK(cnode_mint(zero, original, 15, 0));
    EXPECT_PLAIN(cnode_mint(free_slot(), b7, 15, 0), ERR_ILLEGAL_OPERATION);
    EXPECT_PLAIN(cnode_mint(free_slot(), b7, 15, 7), ERR_ILLEGAL_OPERATION);
    EXPECT_OK(cnode_revoke(b7));
    ck_assert(slot_is_empty(slot_of(b7_copy)) && !slot_is_empty(slot_of(from_copy)));
    EXPECT_OK(cnode_revoke(copy)); /* a copy has no children */
    ck_assert(!slot_is_empty(slot_of(from_copy)));
    EXPECT_OK(cnode_revoke(original));
    ck_assert(slot_is_empty(slot_of(copy)) && slot_is_empty(slot_of(b7)) && slot_is_empty(slot_of(from_copy)) && slot_is_empty(slot_of(zero)));
    check_tree();
}
END_TEST

#define ROTATE(dest, dest_data, pivot, pivot_data, src) \
    CALL(SLOT_INITIAL_CNODE, LABEL_CNODE_ROTATE, CAPS(SLOT_INITIAL_CNODE, SLOT_INITIAL_CNODE), dest, 64, dest_data, pivot, 64, pivot_data, src, 64)

START_TEST(cnode_rotate_errors_and_pairing)
{
    setup();
    word_t a = make(OBJECT_CNODE, 2), b = make(OBJECT_CNODE, 3), empty = free_slot(), empty2 = free_slot(), empty3 = free_slot();
    EXPECT_PLAIN(ROTATE(empty, 0, a, 0, a), ERR_ILLEGAL_OPERATION);
    EXPECT_PLAIN(ROTATE(a, 0, a, 0, b), ERR_ILLEGAL_OPERATION);
    EXPECT_PLAIN(ROTATE(node, 0, a, 0, b), ERR_DELETE_FIRST);
    EXPECT(ROTATE(empty, 0, empty2, 0, empty3), ERR_FAILED_LOOKUP, 1, 2, 64);
    EXPECT(ROTATE(empty, 0, empty2, 0, a), ERR_FAILED_LOOKUP, 0, 2, 64);
    EXPECT_PLAIN(ROTATE(empty, 63, a, 0, b), ERR_ILLEGAL_OPERATION); /* guard of 63 bits and radix 2 */
    EXPECT_PLAIN(CALL(SLOT_INITIAL_CNODE, LABEL_CNODE_ROTATE, CAPS(SLOT_INITIAL_CNODE), empty, 64, 0, a, 64, 0, b, 64), ERR_TRUNCATED_MESSAGE);
    EXPECT_OK(ROTATE(empty, 1 << 6 | 4, a, 2 << 6 | 5, b)); /* pivot a -> empty, source b -> a */
    ck_assert(slot_is_empty(slot_of(b)));
    ck_assert(slot_of(empty)->cap.cnode.radix == 2 && slot_of(empty)->cap.cnode.guard == 1 && slot_of(empty)->cap.cnode.guard_size == 4);
    ck_assert(slot_of(a)->cap.cnode.radix == 3 && slot_of(a)->cap.cnode.guard == 2 && slot_of(a)->cap.cnode.guard_size == 5);
    EXPECT_OK(ROTATE(a, 0, empty, 0, a)); /* exchange */
    ck_assert(slot_of(a)->cap.cnode.radix == 2 && slot_of(empty)->cap.cnode.radix == 3 && slot_of(a)->cap.cnode.guard_size == 0);
    word_t endpoint = make(OBJECT_ENDPOINT, 0);
    EXPECT_PLAIN(ROTATE(b, 0, endpoint, 0, a), ERR_ILLEGAL_OPERATION);
    check_tree();
}
END_TEST

/* ---- deletion ---- */

START_TEST(cnode_delete_empties_what_only_it_held)
{
    setup();
    word_t untyped = untyped_of(12);
    EXPECT_OK(CALL(untyped, LABEL_UNTYPED_RETYPE, CAPS(node), OBJECT_ENDPOINT, 0, 0, 0, 0, 16));
    ck_assert_ptr_nonnull(cdt_first_child(slot_of(untyped)));
    EXPECT_OK(cnode_delete(node));
    ck_assert(slot_is_empty(slot_of(node)));
    ck_assert_ptr_null(cdt_first_child(slot_of(untyped)));
    check_tree();
}
END_TEST

START_TEST(cnode_inside_deleted_cnode_stays_until_its_memory_is_revoked)
{
    setup();
    word_t memory = untyped_of(14), outer = free_slot(), inner = free_slot(), endpoint = free_slot();
    EXPECT_OK(retype(memory, OBJECT_CNODE, 2, outer, 1));
    EXPECT_OK(retype(memory, OBJECT_CNODE, 2, inner, 1));
    EXPECT_OK(retype(memory, OBJECT_ENDPOINT, 0, endpoint, 1));
    struct slot *inner_slots = slots_in(inner);
    for (word_t i = 0; i < 4; i++) {
        slot_insert_copy(slot_of(endpoint), &inner_slots[i], slot_of(endpoint)->cap);
    }
    slot_move(slot_of(inner), &slots_in(outer)[1], slot_of(inner)->cap);
    EXPECT_OK(cnode_delete(outer));
    ck_assert_int_eq(cap_type(&inner_slots[0].cap), CAP_ZOMBIE); /* in its own first slot; what was there is gone */
    for (word_t i = 1; i < 4; i++)
        ck_assert_int_eq(cap_type(&inner_slots[i].cap), CAP_ENDPOINT);
    check_tree();
    EXPECT_OK(cnode_revoke(memory));
    ck_assert_ptr_null(cdt_first_child(slot_of(memory)));
    check_tree();
}
END_TEST

START_TEST(cnode_chain_and_cycles_are_deleted)
{
    setup();
    word_t memory = untyped_of(14), first = free_slot();
    for (unsigned i = 1; i < 8; i++)
        free_slot();
    for (unsigned end = 0; end < 2; end++) { /* the caps to the next in the chain lie in the first, then in the last slots */
        EXPECT_OK(retype(memory, OBJECT_CNODE, 2, first, 8));
        struct slot *in[8];
        for (unsigned i = 0; i < 8; i++)
            in[i] = slots_in(first + i) + (end ? 3 : 0);
        for (unsigned i = 1; i < 8; i++)
            slot_move(slot_of(first + i), in[i - 1], slot_of(first + i)->cap);
        slot_insert_copy(slot_of(first), in[7], slot_of(first)->cap); /* a cycle */
        EXPECT_OK(cnode_delete(first));
        check_tree();
        EXPECT_OK(cnode_revoke(memory));
        ck_assert_ptr_null(cdt_first_child(slot_of(memory)));
        ck_assert(check_tree() > 0);
    }
}
END_TEST

START_TEST(cnode_delete_is_preempted_and_leaves_a_zombie)
{
    setup();
    word_t big = make(OBJECT_CNODE, 10), other = free_slot();
    host.pending_every = 1;
    struct invocation inv = {.caller = root_thread, .slot = slot_of(SLOT_INITIAL_CNODE), .label = LABEL_CNODE_DELETE, .length = 2};
    arch_set_mr(&root_thread->context, 0, big);
    arch_set_mr(&root_thread->context, 1, 64);
    ck_assert_uint_eq(cnode_invoke(&inv).code, ERR_PREEMPTED);
    ck_assert_int_eq(cap_type(&slot_of(big)->cap), CAP_ZOMBIE);
    host.pending_every = 0;
    EXPECT(CALL(big, LABEL_CNODE_DELETE, NULL, 0, 10), ERR_INVALID_CAPABILITY, 0);
    EXPECT_PLAIN(cnode_copy(other, big), ERR_ILLEGAL_OPERATION);
    EXPECT_PLAIN(cnode_copy(big, node), ERR_DELETE_FIRST);
    host.pending_every = 1;
    EXPECT_OK(cnode_delete(big));
    ck_assert_uint_gt(last_attempts, 5);
    check_tree();
}
END_TEST

START_TEST(cnode_delete_thread_and_its_own_slots)
{
    setup();
    word_t memory = untyped_of(12), tcb = free_slot(), cnode = make(OBJECT_CNODE, 2);
    EXPECT_OK(retype(memory, OBJECT_TCB, 0, tcb, 1));
    struct thread *thread = CAP_OBJECT(slot_of(tcb)->cap.thread);
    slot_insert_copy(slot_of(cnode), &thread->slots[THREAD_SLOT_CSPACE], slot_of(cnode)->cap);
    slot_insert_copy(slot_of(SLOT_INITIAL_VSPACE), &thread->slots[THREAD_SLOT_VSPACE], slot_of(SLOT_INITIAL_VSPACE)->cap);
    EXPECT_OK(cnode_delete(tcb));
    for (unsigned i = 0; i < THREAD_SLOTS; i++)
        ck_assert(slot_is_empty(&thread->slots[i]));
    ck_assert_ptr_null(cdt_first_child(slot_of(memory)));
    ck_assert(cdt_is_final(slot_of(cnode)));
    check_tree();
}
END_TEST

/* Random objects, copies, moves between four CNodes, one inside another, and deletions, with preemption; the tree must hang together all the time, and when the memory
 * is revoked nothing may be left. */
enum { FUZZ_NODES = 4, FUZZ_SLOTS = 16 };
static word_t fuzz_memory, fuzz_node[FUZZ_NODES];

static word_t fuzz_slot(void) { return (unsigned)rand() % FUZZ_SLOTS; }

static void fuzz_start(void)
{
    for (unsigned i = 0; i < FUZZ_NODES; i++)
        if (slot_is_empty(slot_of(fuzz_node[i])))
            retype(fuzz_memory, OBJECT_CNODE, 4, fuzz_node[i], 1);
}

static void fuzz_step(void)
{
    static const uint8_t types[] = {OBJECT_ENDPOINT, OBJECT_CNODE, OBJECT_TCB, OBJECT_NOTIFICATION, OBJECT_REPLY, OBJECT_UNTYPED, OBJECT_SMALL_PAGE, OBJECT_SCHED_CONTEXT};
    word_t to = fuzz_node[rand() % FUZZ_NODES], from = fuzz_node[rand() % FUZZ_NODES];
    switch (rand() % 12) {
    case 0:
    case 1:
    case 2: {
        word_t type = types[(unsigned)rand() % ARRAY_SIZE(types)];
        CALL(fuzz_memory, LABEL_UNTYPED_RETYPE, CAPS(to), type, type == OBJECT_CNODE ? 4 : 8, 0, 0, fuzz_slot(), 1 + (unsigned)rand() % 3);
        break;
    }
    case 3:
    case 4:
        CALL(to, LABEL_CNODE_COPY, CAPS(from), fuzz_slot(), 4, fuzz_slot(), 4, 15);
        break;
    case 5:
        CALL(to, LABEL_CNODE_MINT, CAPS(from), fuzz_slot(), 4, fuzz_slot(), 4, 15, (unsigned)rand() % 3);
        break;
    case 6:
        CALL(to, LABEL_CNODE_MOVE, CAPS(from), fuzz_slot(), 4, fuzz_slot(), 4);
        break;
    case 7: /* put a CNode, or a copy of one, into another */
        CALL(to, rand() % 2 ? LABEL_CNODE_MOVE : LABEL_CNODE_COPY, CAPS(SLOT_INITIAL_CNODE), fuzz_slot(), 4, from, 64, 15);
        break;
    case 8:
        CALL(to, LABEL_CNODE_ROTATE, CAPS(from, to), fuzz_slot(), 4, 0, fuzz_slot(), 4, 0, fuzz_slot(), 4);
        break;
    case 9:
        CALL(to, LABEL_CNODE_REVOKE, NULL, fuzz_slot(), 4);
        break;
    default:
        CALL(to, LABEL_CNODE_DELETE, NULL, fuzz_slot(), 4);
        break;
    }
}

START_TEST(cnode_random_operations_leave_a_whole_tree)
{
    setup();
    srand((unsigned)_i + 100);
    fuzz_memory = untyped_of(20);
    for (unsigned i = 0; i < FUZZ_NODES; i++)
        fuzz_node[i] = free_slot();
    unsigned before = check_tree();
    for (unsigned round = 0; round < 30; round++) {
        host.pending_every = (unsigned)rand() % 4;
        for (unsigned i = 0; i < 250; i++) {
            fuzz_start();
            fuzz_step();
            if (i % 25 == 0)
                check_tree();
            if (rand() % 60 == 0)
                ck_assert_uint_eq(cnode_delete(fuzz_node[rand() % FUZZ_NODES]).label, 0);
        }
        EXPECT_OK(cnode_revoke(fuzz_memory));
        ck_assert_uint_eq(check_tree(), before);
        for (unsigned i = 0; i < FUZZ_NODES; i++)
            ck_assert(slot_is_empty(slot_of(fuzz_node[i])));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cnode");
    TCase *tcase = tcase_create("cnode");
    tcase_set_timeout(tcase, 100);
    tcase_add_test(tcase, lookup_guard_and_depth_failures_are_described);
    tcase_add_test(tcase, lookup_of_invoked_cap_accepts_bits_left);
    tcase_add_test(tcase, lookup_walks_64_cnodes_of_one_bit);
    tcase_add_test(tcase, cnode_errors_come_in_order);
    tcase_add_test(tcase, cnode_derivation_rules);
    tcase_add_test(tcase, cnode_rights_are_masked_by_type);
    tcase_add_test(tcase, cnode_mint_badges_make_new_originals);
    tcase_add_test(tcase, cnode_rotate_errors_and_pairing);
    tcase_add_test(tcase, cnode_delete_empties_what_only_it_held);
    tcase_add_test(tcase, cnode_inside_deleted_cnode_stays_until_its_memory_is_revoked);
    tcase_add_test(tcase, cnode_chain_and_cycles_are_deleted);
    tcase_add_test(tcase, cnode_delete_is_preempted_and_leaves_a_zombie);
    tcase_add_test(tcase, cnode_delete_thread_and_its_own_slots);
    tcase_add_loop_test(tcase, cnode_random_operations_leave_a_whole_tree, 0, 4);
    suite_add_tcase(suite, tcase);
    return kernel_run_tests(suite);
}
