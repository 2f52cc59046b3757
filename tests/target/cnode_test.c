/* SPDX-License-Identifier: BSD-2-Clause */
/* CNode invocations: addressing, order of checks, derivation, revocation, deletion. */
#include "test.h"

static struct answer copy(seL4_CPtr to, unsigned long to_depth, seL4_CPtr from, unsigned long from_depth)
{
    return invoke(ROOT_CNODE, CNodeCopy, WORDS(to, to_depth, from, from_depth, RIGHT_ALL), CAPS(ROOT_CNODE));
}

static struct answer mint(seL4_CPtr to, seL4_CPtr from, unsigned long rights, unsigned long data)
{
    return invoke(ROOT_CNODE, CNodeMint, WORDS(to, DEPTH, from, DEPTH, rights, data), CAPS(ROOT_CNODE));
}

static struct answer mutate(seL4_CPtr to, seL4_CPtr from, unsigned long data)
{
    return invoke(ROOT_CNODE, CNodeMutate, WORDS(to, DEPTH, from, DEPTH, data), CAPS(ROOT_CNODE));
}

static struct answer move(seL4_CPtr to, seL4_CPtr from)
{
    return invoke(ROOT_CNODE, CNodeMove, WORDS(to, DEPTH, from, DEPTH), CAPS(ROOT_CNODE));
}

static struct answer rotate(seL4_CPtr dest, seL4_CPtr pivot, seL4_CPtr source)
{
    return invoke(ROOT_CNODE, CNodeRotate, WORDS(dest, DEPTH, 0, pivot, DEPTH, 0, source, DEPTH), CAPS(ROOT_CNODE, ROOT_CNODE));
}

static struct answer on_slot(unsigned long label, seL4_CPtr slot)
{
    return invoke(ROOT_CNODE, label, WORDS(slot, DEPTH), NO_CAPS);
}

static unsigned long guard_word(unsigned long guard, unsigned long bits)
{
    return guard << 6 | bits;
}

TEST(cnode_copy_makes_a_second_capability, "source stays, destination is filled")
{
    seL4_CPtr ep = endpoint_new(), to = slot_new();
    EXPECT_SUCCESS(copy(to, DEPTH, ep, DEPTH));
    EXPECT(!slot_is_empty(ep) && !slot_is_empty(to));
}

TEST(cnode_copy_to_occupied_slot_is_delete_first, "also when the source is empty: the destination is checked first")
{
    EXPECT_ERROR(copy(endpoint_new(), DEPTH, endpoint_new(), DEPTH), seL4_DeleteFirst);
    EXPECT_ERROR(copy(endpoint_new(), DEPTH, slot_new(), DEPTH), seL4_DeleteFirst);
}

TEST(cnode_copy_from_empty_slot_is_failed_lookup_of_source, "missing capability with the source depth left")
{
    EXPECT_ERROR_WORDS(copy(slot_new(), DEPTH, slot_new(), DEPTH), seL4_FailedLookup, 1, LOOKUP_MISSING_CAPABILITY, 64);
}

TEST(cnode_copy_depth_out_of_range_is_range_error, "destination and source depth 0 and 65")
{
    seL4_CPtr ep = endpoint_new(), to = slot_new();
    EXPECT_RANGE_ERROR(copy(to, 0, ep, DEPTH), 1, 64);
    EXPECT_RANGE_ERROR(copy(to, 65, ep, DEPTH), 1, 64);
    EXPECT_RANGE_ERROR(copy(to, DEPTH, ep, 0), 1, 64);
    EXPECT_RANGE_ERROR(copy(to, DEPTH, ep, 65), 1, 64);
}

TEST(cnode_copy_short_message_is_truncated_message, "four words of five; three words; no source root")
{
    seL4_CPtr ep = endpoint_new(), to = slot_new();
    EXPECT_ERROR(invoke(ROOT_CNODE, CNodeCopy, WORDS(to, DEPTH, ep, DEPTH), CAPS(ROOT_CNODE)), seL4_TruncatedMessage);
    EXPECT_ERROR(invoke(ROOT_CNODE, CNodeCopy, WORDS(to, DEPTH, ep), CAPS(ROOT_CNODE)), seL4_TruncatedMessage);
    EXPECT_ERROR(invoke(ROOT_CNODE, CNodeCopy, WORDS(to, DEPTH, ep, DEPTH, 15), NO_CAPS), seL4_TruncatedMessage);
    EXPECT(slot_is_empty(to));
}

TEST(cnode_copy_source_root_not_a_cnode_is_invalid_root, "failed lookup of the source")
{
    struct answer got = invoke(ROOT_CNODE, CNodeCopy, WORDS(slot_new(), DEPTH, 1, DEPTH, 15), CAPS(endpoint_new()));
    EXPECT_ERROR_WORDS(got, seL4_FailedLookup, 1, LOOKUP_INVALID_ROOT);
}

TEST(cnode_copy_irq_control_is_illegal_operation, "the interrupt control capability cannot be derived")
{
    EXPECT_ERROR(copy(slot_new(), DEPTH, IRQ_CONTROL, DEPTH), seL4_IllegalOperation);
}

TEST(cnode_copy_of_derivable_control_capabilities_succeeds, "SchedControl, Domain, ASIDControl, ASID pool, TCB, reply, CNode, SC")
{
    seL4_CPtr sources[] = {sched_control(), DOMAIN_CAP, ASID_CONTROL, OWN_ASID_POOL, OWN_TCB, reply_new(), cnode_new(1), sched_context_new()};
    for (unsigned i = 0; i < sizeof sources / sizeof sources[0]; i++)
        EXPECT_SUCCESS(copy(slot_new(), DEPTH, sources[i], DEPTH));
}

TEST(cnode_copy_unmapped_page_table_is_illegal_operation, "page tables only when mapped, VSpaces only with an ASID")
{
    EXPECT_ERROR(copy(slot_new(), DEPTH, object_new(seL4_ARM_PageTableObject, 0), DEPTH), seL4_IllegalOperation);
    EXPECT_ERROR(copy(slot_new(), DEPTH, object_new(seL4_ARM_VSpaceObject, 0), DEPTH), seL4_IllegalOperation);
    EXPECT_SUCCESS(copy(slot_new(), DEPTH, vspace_new(), DEPTH));
}

TEST(cnode_mint_badge_arrives_at_the_receiver, "a badge of 64 bits")
{
    seL4_CPtr ntfn = notification_new(), badged = mint_new(ntfn, RIGHT_ALL, 0xfedcba9876543210);
    seL4_Signal(badged);
    seL4_Word badge = 0;
    seL4_Wait(ntfn, &badge);
    EXPECT_EQ(badge, 0xfedcba9876543210);
}

TEST(cnode_mint_badged_capability_again_is_illegal_operation, "any data, even 0; a copy is possible")
{
    seL4_CPtr badged = mint_new(endpoint_new(), RIGHT_ALL, 7), to = slot_new();
    EXPECT_ERROR(mint(to, badged, RIGHT_ALL, 8), seL4_IllegalOperation);
    EXPECT_ERROR(mint(to, badged, RIGHT_ALL, 0), seL4_IllegalOperation);
    EXPECT_SUCCESS(copy(to, DEPTH, badged, DEPTH));
}

TEST(cnode_mint_badge_0_stays_unbadged, "the result can be minted again")
{
    seL4_CPtr plain = mint_new(endpoint_new(), RIGHT_ALL, 0);
    EXPECT_SUCCESS(mint(slot_new(), plain, RIGHT_ALL, 5));
}

TEST(cnode_mint_guard_beyond_64_bits_is_illegal_operation, "guard size + radix is at most 64")
{
    seL4_CPtr cnode = cnode_new(4);
    EXPECT_ERROR(mint(slot_new(), cnode, RIGHT_ALL, guard_word(0, 61)), seL4_IllegalOperation);
    EXPECT_SUCCESS(mint(slot_new(), cnode, RIGHT_ALL, guard_word(0, 60)));
}

TEST(cnode_lookup_guard_mismatch_tells_guard_and_bits, "kind, bits left, guard found, bits found")
{
    seL4_CPtr cnode = slot_new();
    EXPECT_SUCCESS(mint(cnode, cnode_new(4), RIGHT_ALL, guard_word(5, 8)));
    struct answer got = invoke(cnode, CNodeDelete, WORDS(0x63, 12), NO_CAPS);
    EXPECT_ERROR_WORDS(got, seL4_FailedLookup, 0, LOOKUP_GUARD_MISMATCH, 12, 5, 8);
    EXPECT_SUCCESS(invoke(cnode, CNodeDelete, WORDS(0x53, 12), NO_CAPS));
    got = invoke(cnode, CNodeDelete, WORDS(0x53, 7), NO_CAPS);
    EXPECT_ERROR_WORDS(got, seL4_FailedLookup, 0, LOOKUP_GUARD_MISMATCH, 7, 5, 8);
}

TEST(cnode_lookup_depth_smaller_than_radix_is_depth_mismatch, "bits left = depth, bits found = radix")
{
    struct answer got = invoke(cnode_new(4), CNodeDelete, WORDS(1, 3), NO_CAPS);
    EXPECT_ERROR_WORDS(got, seL4_FailedLookup, 0, LOOKUP_DEPTH_MISMATCH, 3, 4);
}

TEST(cnode_lookup_with_bits_left_over_is_depth_mismatch, "bits left = what remains, bits found = 0")
{
    struct answer got = invoke(cnode_new(4), CNodeDelete, WORDS(1, 10), NO_CAPS);
    EXPECT_ERROR_WORDS(got, seL4_FailedLookup, 0, LOOKUP_DEPTH_MISMATCH, 6, 0);
}

TEST(cnode_lookup_ignores_index_bits_above_depth, "only the low depth bits count")
{
    seL4_CPtr cnode = cnode_new(4);
    EXPECT_OK(seL4_CNode_Copy(cnode, 0xfff0 | 3, 4, ROOT_CNODE, endpoint_new(), DEPTH, seL4_AllRights));
    EXPECT_EQ(seL4_CNode_Move(cnode, 3, 4, cnode, 3, 4), seL4_DeleteFirst);
}

TEST(cnode_lookup_through_64_chained_cnodes, "each resolves one bit; a wrong bit misses")
{
    seL4_CPtr first = cnode_new(1), last = first, ep = endpoint_new();
    for (int i = 1; i < 64; i++) {
        seL4_CPtr next = cnode_new(1);
        EXPECT_OK(seL4_CNode_Copy(last, 1, 1, ROOT_CNODE, next, DEPTH, seL4_AllRights));
        last = next;
    }
    EXPECT_OK(seL4_CNode_Copy(last, 1, 1, ROOT_CNODE, ep, DEPTH, seL4_AllRights));
    EXPECT_ERROR(invoke(first, CNodeCopy, WORDS(~0ul, 64, ep, DEPTH, 15), CAPS(ROOT_CNODE)), seL4_DeleteFirst);
    EXPECT_SUCCESS(invoke(first, CNodeCopy, WORDS(~1ul, 64, ep, DEPTH, 15), CAPS(ROOT_CNODE)));
    struct answer got = invoke(first, CNodeDelete, WORDS(~1ul << 10, 64), NO_CAPS);
    EXPECT_ERROR_WORDS(got, seL4_FailedLookup, 0, LOOKUP_DEPTH_MISMATCH, 10, 0);
}

TEST(cnode_move_empties_the_source, "and fills the destination")
{
    seL4_CPtr ep = endpoint_new(), to = slot_new();
    EXPECT_SUCCESS(move(to, ep));
    EXPECT(slot_is_empty(ep) && !slot_is_empty(to));
}

TEST(cnode_move_onto_itself_tells_whether_it_is_occupied, "DeleteFirst when full, FailedLookup when empty")
{
    seL4_CPtr ep = endpoint_new(), empty = slot_new();
    EXPECT_ERROR(move(ep, ep), seL4_DeleteFirst);
    EXPECT_ERROR_WORDS(move(empty, empty), seL4_FailedLookup, 1, LOOKUP_MISSING_CAPABILITY, 64);
}

TEST(cnode_move_keeps_children, "the moved original still revokes its copies")
{
    seL4_CPtr ep = endpoint_new(), child = copy_new(ep), to = slot_new();
    EXPECT_SUCCESS(move(to, ep));
    EXPECT_SUCCESS(on_slot(CNodeRevoke, to));
    EXPECT(slot_is_empty(child));
}

TEST(cnode_mutate_endpoint_is_illegal_operation, "badged or not")
{
    EXPECT_ERROR(mutate(slot_new(), endpoint_new(), 3), seL4_IllegalOperation);
    EXPECT_ERROR(mutate(slot_new(), mint_new(endpoint_new(), RIGHT_ALL, 9), 9), seL4_IllegalOperation);
}

TEST(cnode_mutate_sets_a_cnode_guard, "moved, with the new guard in force")
{
    seL4_CPtr cnode = cnode_new(4), to = slot_new();
    EXPECT_SUCCESS(mutate(to, cnode, guard_word(2, 4)));
    EXPECT(slot_is_empty(cnode));
    EXPECT_SUCCESS(invoke(to, CNodeDelete, WORDS(0x21, 8), NO_CAPS));
}

TEST(cnode_rotate_moves_three_slots, "source to pivot, pivot to destination")
{
    seL4_CPtr dest = slot_new(), pivot = cnode_new(2), source = cnode_new(3);
    EXPECT_SUCCESS(rotate(dest, pivot, source));
    EXPECT(slot_is_empty(source));
    /* The CNode of radix 3 is now at pivot, that of radix 2 at dest. */
    EXPECT_SUCCESS(invoke(pivot, CNodeDelete, WORDS(0, 3), NO_CAPS));
    EXPECT_SUCCESS(invoke(dest, CNodeDelete, WORDS(0, 2), NO_CAPS));
}

TEST(cnode_rotate_with_destination_equal_source_swaps, "two capabilities change places")
{
    seL4_CPtr a = cnode_new(2), b = cnode_new(3);
    EXPECT_SUCCESS(rotate(a, b, a));
    EXPECT_SUCCESS(invoke(a, CNodeDelete, WORDS(0, 3), NO_CAPS));
    EXPECT_SUCCESS(invoke(b, CNodeDelete, WORDS(0, 2), NO_CAPS));
}

TEST(cnode_rotate_pivot_equal_source_or_destination_is_illegal_operation, "the three roles must differ")
{
    seL4_CPtr a = cnode_new(2), empty = slot_new();
    EXPECT_ERROR(rotate(empty, a, a), seL4_IllegalOperation);
    EXPECT_ERROR(rotate(a, a, cnode_new(2)), seL4_IllegalOperation);
}

TEST(cnode_rotate_destination_occupied_is_delete_first, "unless it is the source")
{
    EXPECT_ERROR(rotate(endpoint_new(), cnode_new(2), cnode_new(2)), seL4_DeleteFirst);
}

TEST(cnode_rotate_empty_source_or_pivot_is_failed_lookup, "source reported as source, pivot as not")
{
    EXPECT_ERROR_WORDS(rotate(slot_new(), cnode_new(2), slot_new()), seL4_FailedLookup, 1, LOOKUP_MISSING_CAPABILITY, 64);
    EXPECT_ERROR_WORDS(rotate(slot_new(), slot_new(), cnode_new(2)), seL4_FailedLookup, 0, LOOKUP_MISSING_CAPABILITY, 64);
}

TEST(cnode_delete_empty_slot_succeeds, "nothing to do is no error")
{
    EXPECT_SUCCESS(on_slot(CNodeDelete, slot_new()));
}

TEST(cnode_revoke_empty_slot_succeeds, "and so does revoking a capability without children")
{
    EXPECT_SUCCESS(on_slot(CNodeRevoke, slot_new()));
    seL4_CPtr ep = endpoint_new();
    EXPECT_SUCCESS(on_slot(CNodeRevoke, ep));
    EXPECT(!slot_is_empty(ep));
}

TEST(cnode_revoke_original_removes_copies_of_copies, "and keeps the original")
{
    seL4_CPtr ep = endpoint_new(), a = copy_new(ep), b = copy_new(a), c = copy_new(b);
    EXPECT_SUCCESS(on_slot(CNodeRevoke, ep));
    EXPECT(slot_is_empty(a) && slot_is_empty(b) && slot_is_empty(c));
    EXPECT(!slot_is_empty(ep));
}

TEST(cnode_revoke_copy_leaves_its_siblings, "a copy of a copy is a child of the original")
{
    seL4_CPtr ep = endpoint_new(), a = copy_new(ep), b = copy_new(a);
    EXPECT_SUCCESS(on_slot(CNodeRevoke, a));
    EXPECT(!slot_is_empty(a) && !slot_is_empty(b) && !slot_is_empty(ep));
}

TEST(cnode_revoke_unbadged_original_removes_badged_ones, "all badges")
{
    seL4_CPtr ep = endpoint_new(), a = mint_new(ep, RIGHT_ALL, 1), b = mint_new(ep, RIGHT_ALL, 2), c = copy_new(a);
    EXPECT_SUCCESS(on_slot(CNodeRevoke, ep));
    EXPECT(slot_is_empty(a) && slot_is_empty(b) && slot_is_empty(c));
}

TEST(cnode_revoke_badged_original_removes_only_its_copies, "another mint of the same badge is independent")
{
    seL4_CPtr ep = endpoint_new(), a = mint_new(ep, RIGHT_ALL, 1), copy_of_a = copy_new(a), same_badge = mint_new(ep, RIGHT_ALL, 1);
    EXPECT_SUCCESS(on_slot(CNodeRevoke, a));
    EXPECT(slot_is_empty(copy_of_a));
    EXPECT(!slot_is_empty(a) && !slot_is_empty(same_badge) && !slot_is_empty(ep));
}

TEST(cnode_cancel_badged_sends_needs_an_endpoint_with_all_rights, "empty slot, reduced rights, notification")
{
    EXPECT_ERROR(on_slot(CNodeCancelBadgedSends, slot_new()), seL4_IllegalOperation);
    EXPECT_ERROR(on_slot(CNodeCancelBadgedSends, mint_new(endpoint_new(), RIGHT_WRITE | RIGHT_READ, 3)), seL4_IllegalOperation);
    EXPECT_ERROR(on_slot(CNodeCancelBadgedSends, notification_new()), seL4_IllegalOperation);
    EXPECT_SUCCESS(on_slot(CNodeCancelBadgedSends, endpoint_new()));
}

static unsigned long call_label(unsigned long cap)
{
    return invoke(cap, 5, NO_WORDS, NO_CAPS).label;
}

TEST(cnode_cancel_badged_sends_restarts_only_that_badge, "the restarted caller finds its capability gone; the other stays queued")
{
    seL4_CPtr ep = endpoint_new(), reply = reply_new();
    seL4_CPtr one = mint_new(ep, RIGHT_ALL, 1), one_copy = copy_new(one), two = mint_new(ep, RIGHT_ALL, 2);
    struct thread *a = thread_new(PRIORITY_HIGH), *b = thread_new(PRIORITY_HIGH);
    thread_start(a, call_label, one_copy);
    thread_start(b, call_label, two);
    EXPECT_SUCCESS(on_slot(CNodeRevoke, one)); /* the queued sender stays: only its capability is gone */
    EXPECT(!a->finished);
    EXPECT_SUCCESS(on_slot(CNodeCancelBadgedSends, one));
    EXPECT_EQ(thread_join(a), seL4_InvalidCapability);
    EXPECT(!b->finished);
    seL4_Word badge;
    seL4_Recv(ep, &badge, reply);
    EXPECT_EQ(badge, 2);
    seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 0));
    EXPECT_EQ(thread_join(b), 0);
}

TEST(cnode_call_to_an_address_that_ends_in_an_empty_slot_is_invalid_capability, "an error, not a fault; also with bits left over")
{
    EXPECT_INVALID_CAPABILITY(invoke(slot_new(), 1, NO_WORDS, NO_CAPS), 0);
    EXPECT_INVALID_CAPABILITY(invoke(0, 1, NO_WORDS, NO_CAPS), 0);
}

TEST(cnode_delete_destroys_what_only_it_held, "the memory of an object whose last capability lay in the CNode is free again")
{
    seL4_CPtr untyped = untyped_new(12), cnode = cnode_new(2), other = slot_new();
    EXPECT_SUCCESS(invoke(untyped, UntypedRetype, WORDS(seL4_ARM_SmallPageObject, 0, cnode, DEPTH, 1, 1), CAPS(ROOT_CNODE)));
    EXPECT_EQ(seL4_Untyped_Retype(untyped, seL4_ARM_SmallPageObject, 0, ROOT_CNODE, 0, 0, other, 1), seL4_NotEnoughMemory);
    EXPECT_SUCCESS(on_slot(CNodeDelete, cnode));
    EXPECT_OK(seL4_Untyped_Retype(untyped, seL4_ARM_SmallPageObject, 0, ROOT_CNODE, 0, 0, other, 1));
}

TEST(cnode_delete_of_cnodes_that_hold_each_other_ends, "a cycle of two CNodes is taken apart with their memory")
{
    seL4_CPtr untyped = untyped_new(12), a = slot_new(), b = slot_new();
    EXPECT_OK(seL4_Untyped_Retype(untyped, seL4_CapTableObject, 2, ROOT_CNODE, 0, 0, a, 1));
    EXPECT_OK(seL4_Untyped_Retype(untyped, seL4_CapTableObject, 2, ROOT_CNODE, 0, 0, b, 1));
    EXPECT_OK(seL4_CNode_Move(a, 1, 2, ROOT_CNODE, b, DEPTH));
    EXPECT_OK(seL4_CNode_Copy(ROOT_CNODE, b, DEPTH, a, 1, 2, seL4_AllRights));
    EXPECT_OK(seL4_CNode_Move(b, 1, 2, ROOT_CNODE, a, DEPTH)); /* now b holds a and a holds b */
    EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, b, DEPTH));
    EXPECT_OK(seL4_CNode_Revoke(ROOT_CNODE, untyped, DEPTH));
    EXPECT_OK(seL4_Untyped_Retype(untyped, seL4_ARM_SmallPageObject, 0, ROOT_CNODE, 0, 0, a, 1));
}

TEST(cnode_that_holds_itself_is_deleted_with_its_memory, "a capability to the CNode in its own slot")
{
    seL4_CPtr untyped = untyped_new(12), a = slot_new();
    EXPECT_OK(seL4_Untyped_Retype(untyped, seL4_CapTableObject, 2, ROOT_CNODE, 0, 0, a, 1));
    EXPECT_OK(seL4_CNode_Copy(a, 2, 2, ROOT_CNODE, a, DEPTH, seL4_AllRights));
    EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, a, DEPTH));
    EXPECT_OK(seL4_CNode_Revoke(ROOT_CNODE, untyped, DEPTH));
    EXPECT_OK(seL4_Untyped_Retype(untyped, seL4_ARM_SmallPageObject, 0, ROOT_CNODE, 0, 0, a, 1));
}

static volatile unsigned long wake_ups;

static unsigned long wake_often(unsigned long argument)
{
    (void)argument;
    for (;;) {
        wake_ups++;
        seL4_Yield();
    }
    return 0;
}

TEST(cnode_revoke_of_many_capabilities_lets_others_run, "a thread with a short period runs several times while 32768 copies are revoked")
{
    seL4_CPtr cnode = cnode_new(15), ep = endpoint_new();
    for (unsigned long i = 0; i < 32768; i++)
        EXPECT_OK(seL4_CNode_Copy(cnode, i, 15, ROOT_CNODE, ep, DEPTH, seL4_AllRights));
    struct thread *t = thread_new(PRIORITY_HIGH);
    EXPECT_OK(seL4_SchedControl_ConfigureFlags(sched_control(), t->sc, 60, 200, 0, 0, 0));
    wake_ups = 0;
    thread_start(t, wake_often, 0);
    unsigned long before = wake_ups;
    EXPECT_SUCCESS(on_slot(CNodeRevoke, ep));
    unsigned long after = wake_ups;
    EXPECT(after >= before + (time_is_exact() ? 3 : 0)); /* an emulator on a busy machine may be late with its timer */
    EXPECT_EQ(seL4_CNode_Move(cnode, 0, 15, cnode, 0, 15), seL4_FailedLookup);
    EXPECT_EQ(seL4_CNode_Move(cnode, 32767, 15, cnode, 32767, 15), seL4_FailedLookup);
}

TEST(cnode_rights_never_grow, "a copy with all rights of a read-only capability still cannot send")
{
    seL4_CPtr ntfn = notification_new(), receive_only = mint_new(ntfn, RIGHT_READ, 4), again = copy_new(receive_only);
    seL4_Signal(again);
    seL4_Word badge = 99;
    seL4_Poll(ntfn, &badge);
    EXPECT_EQ(badge, 0);
    EXPECT_INVALID_CAPABILITY(invoke(again, 0, NO_WORDS, NO_CAPS), 0);
}

TEST(cnode_unknown_label_is_illegal_operation, "a label of another object")
{
    EXPECT_ERROR(invoke(cnode_new(2), UntypedRetype, WORDS(0, 0, 0, 0, 0, 0), CAPS(ROOT_CNODE)), seL4_IllegalOperation);
}
