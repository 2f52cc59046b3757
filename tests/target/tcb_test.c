/* SPDX-License-Identifier: BSD-2-Clause */
/* TCB invocations: registers, configuration, priorities, suspend and resume, TLS, FPU. */
#include "test.h"

#include <string.h>

static struct answer configure(seL4_CPtr tcb, seL4_CPtr cspace, seL4_CPtr vspace, unsigned long address, seL4_CPtr frame)
{
    return invoke(tcb, TCBConfigure, WORDS(0, 0, address), CAPS(cspace, vspace, frame));
}

static unsigned long return_argument(unsigned long argument)
{
    return argument;
}

static volatile unsigned long counter;

static unsigned long count_forever(unsigned long argument)
{
    (void)argument;
    for (;;)
        counter++;
    return 0;
}

TEST(tcb_thread_runs_and_returns_its_result, "configure, write registers, resume")
{
    struct thread *t = thread_new(PRIORITY_LOW);
    thread_start(t, return_argument, 4711);
    EXPECT_EQ(thread_join(t), 4711);
}

TEST(tcb_read_or_write_own_registers_is_illegal_operation, "a thread cannot read or write its own registers")
{
    EXPECT_ERROR(invoke(OWN_TCB, TCBReadRegisters, WORDS(0, 1), NO_CAPS), seL4_IllegalOperation);
    EXPECT_ERROR(invoke(OWN_TCB, TCBWriteRegisters, WORDS(0, 1, 0), NO_CAPS), seL4_IllegalOperation);
}

TEST(tcb_read_registers_count_out_of_range_is_range_error, "1 to 36")
{
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0);
    EXPECT_RANGE_ERROR(invoke(tcb, TCBReadRegisters, WORDS(0, 0), NO_CAPS), 1, 36);
    EXPECT_RANGE_ERROR(invoke(tcb, TCBReadRegisters, WORDS(0, 37), NO_CAPS), 1, 36);
}

TEST(tcb_write_registers_fewer_words_than_count_is_truncated_message, "nothing is written")
{
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0);
    EXPECT_ERROR(invoke(tcb, TCBWriteRegisters, WORDS(0, 3, 0x1000, 0x2000), NO_CAPS), seL4_TruncatedMessage);
    EXPECT_EQ(invoke(tcb, TCBReadRegisters, WORDS(0, 2), NO_CAPS).words[0], 0);
}

TEST(tcb_registers_written_are_read_back, "all 36; of SPSR only the condition flags are taken")
{
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0);
    seL4_UserContext in, out;
    unsigned long *words = (unsigned long *)&in;
    for (unsigned i = 0; i < SEL4_CONTEXT_WORDS; i++)
        words[i] = 0x1111111100000000 + 16 * i;
    in.spsr = 0xa00003c5; /* N and C set; EL1h and masks must not get through */
    EXPECT_OK(seL4_TCB_WriteRegisters(tcb, 0, 0, SEL4_CONTEXT_WORDS, &in));
    memset(&out, 0, sizeof out);
    EXPECT_OK(seL4_TCB_ReadRegisters(tcb, 0, 0, SEL4_CONTEXT_WORDS, &out));
    EXPECT_EQ(out.spsr & 0xf0000000, 0xa0000000);
    EXPECT_EQ(out.spsr & 0xf, 0);
    out.spsr = in.spsr;
    for (unsigned i = 0; i < SEL4_CONTEXT_WORDS; i++)
        EXPECT_EQ(((unsigned long *)&out)[i], words[i]);
}

TEST(tcb_write_one_register_leaves_the_others, "count 1 is the program counter only; a copy of the capability reads it")
{
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0), same = copy_new(tcb);
    seL4_UserContext context;
    memset(&context, 0, sizeof context);
    context.sp = 0x5000;
    EXPECT_OK(seL4_TCB_WriteRegisters(tcb, 0, 0, 2, &context));
    context.pc = 0x4000, context.sp = 0x7000;
    EXPECT_OK(seL4_TCB_WriteRegisters(tcb, 0, 0, 1, &context));
    EXPECT_OK(seL4_TCB_ReadRegisters(same, 0, 0, 2, &context));
    EXPECT_EQ(context.pc, 0x4000);
    EXPECT_EQ(context.sp, 0x5000);
}

TEST(tcb_copy_registers_copies_frame_and_integer_groups, "each group only when its flag is set")
{
    seL4_CPtr from = object_new(seL4_TCBObject, 0), to = object_new(seL4_TCBObject, 0);
    seL4_UserContext context;
    memset(&context, 0, sizeof context);
    context.pc = 0x4000, context.x0 = 10, context.x9 = 90, context.x28 = 280;
    EXPECT_OK(seL4_TCB_WriteRegisters(from, 0, 0, SEL4_CONTEXT_WORDS, &context));
    EXPECT_OK(seL4_TCB_CopyRegisters(to, from, 0, 0, 1, 0, 0));
    EXPECT_OK(seL4_TCB_ReadRegisters(to, 0, 0, SEL4_CONTEXT_WORDS, &context));
    EXPECT_EQ(context.pc, 0x4000);
    EXPECT_EQ(context.x0, 10);
    EXPECT_EQ(context.x9, 0);
    EXPECT_OK(seL4_TCB_CopyRegisters(to, from, 0, 0, 0, 1, 0));
    EXPECT_OK(seL4_TCB_ReadRegisters(to, 0, 0, SEL4_CONTEXT_WORDS, &context));
    EXPECT_EQ(context.x9, 90);
    EXPECT_EQ(context.x28, 280);
}

TEST(tcb_copy_registers_from_no_tcb_is_invalid_capability_1, "the source must be a TCB")
{
    EXPECT_INVALID_CAPABILITY(invoke(object_new(seL4_TCBObject, 0), TCBCopyRegisters, WORDS(12), CAPS(endpoint_new())), 1);
}

TEST(tcb_configure_null_cspace_is_illegal_operation, "a thread needs a CNode")
{
    EXPECT_ERROR(configure(object_new(seL4_TCBObject, 0), 0, OWN_VSPACE, 0, 0), seL4_IllegalOperation);
}

TEST(tcb_configure_vspace_without_asid_is_illegal_operation, "and so is one that is no VSpace")
{
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0);
    EXPECT_ERROR(configure(tcb, ROOT_CNODE, object_new(seL4_ARM_VSpaceObject, 0), 0, 0), seL4_IllegalOperation);
    EXPECT_ERROR(configure(tcb, ROOT_CNODE, endpoint_new(), 0, 0), seL4_IllegalOperation);
}

TEST(tcb_configure_without_caps_is_truncated_message, "three capabilities and three words are needed")
{
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0);
    EXPECT_ERROR(invoke(tcb, TCBConfigure, WORDS(0, 0, 0), CAPS(ROOT_CNODE, OWN_VSPACE)), seL4_TruncatedMessage);
    EXPECT_ERROR(invoke(tcb, TCBConfigure, WORDS(0, 0), CAPS(ROOT_CNODE, OWN_VSPACE, 0)), seL4_TruncatedMessage);
}

TEST(tcb_ipc_buffer_misaligned_is_alignment_error, "1024 bytes")
{
    EXPECT_ERROR(configure(object_new(seL4_TCBObject, 0), ROOT_CNODE, OWN_VSPACE, 0x10200, frame_new()), seL4_AlignmentError);
    EXPECT_ERROR(invoke(object_new(seL4_TCBObject, 0), TCBSetIPCBuffer, WORDS(0x10200), CAPS(frame_new())), seL4_AlignmentError);
}

TEST(tcb_ipc_buffer_not_a_frame_is_illegal_operation, "an endpoint; a null capability with an address")
{
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0);
    EXPECT_ERROR(invoke(tcb, TCBSetIPCBuffer, WORDS(0x10000), CAPS(endpoint_new())), seL4_IllegalOperation);
    EXPECT_ERROR(invoke(tcb, TCBSetIPCBuffer, WORDS(0x10000), CAPS(NULL_CAP)), seL4_IllegalOperation);
}

extern unsigned long console_frame(void);

TEST(tcb_ipc_buffer_in_device_memory_is_illegal_operation, "the UART's page")
{
    EXPECT_ERROR(invoke(object_new(seL4_TCBObject, 0), TCBSetIPCBuffer, WORDS(0x10000), CAPS(console_frame())), seL4_IllegalOperation);
}

TEST(tcb_ipc_buffer_address_0_removes_the_buffer, "the frame capability may then be null")
{
    EXPECT_SUCCESS(invoke(object_new(seL4_TCBObject, 0), TCBSetIPCBuffer, WORDS(0), CAPS(NULL_CAP)));
}

TEST(tcb_set_priority_above_authority_mcp_is_range_error, "0 to the MCP of the authority, not of the target")
{
    struct thread *authority = thread_new(50);
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0);
    EXPECT_RANGE_ERROR(invoke(tcb, TCBSetPriority, WORDS(51), CAPS(authority->tcb)), 0, 50);
    EXPECT_RANGE_ERROR(invoke(tcb, TCBSetMCPriority, WORDS(51), CAPS(authority->tcb)), 0, 50);
    EXPECT_SUCCESS(invoke(tcb, TCBSetPriority, WORDS(50), CAPS(authority->tcb)));
    EXPECT_SUCCESS(invoke(tcb, TCBSetMCPriority, WORDS(50), CAPS(authority->tcb)));
}

TEST(tcb_set_priority_authority_not_a_tcb_is_invalid_capability_1, "also for the MCP and for SetSchedParams")
{
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0), ep = endpoint_new();
    EXPECT_INVALID_CAPABILITY(invoke(tcb, TCBSetPriority, WORDS(1), CAPS(ep)), 1);
    EXPECT_INVALID_CAPABILITY(invoke(tcb, TCBSetMCPriority, WORDS(1), CAPS(ep)), 1);
    EXPECT_INVALID_CAPABILITY(invoke(tcb, TCBSetSchedParams, WORDS(1, 1), CAPS(ep, NULL_CAP, NULL_CAP)), 1);
}

TEST(tcb_set_sched_params_wrong_capabilities_are_named, "2 for the scheduling context, 3 for the fault endpoint")
{
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0), ep = endpoint_new(), sc = sched_context_new();
    EXPECT_INVALID_CAPABILITY(invoke(tcb, TCBSetSchedParams, WORDS(1, 1), CAPS(OWN_TCB, ep, NULL_CAP)), 2);
    EXPECT_INVALID_CAPABILITY(invoke(tcb, TCBSetSchedParams, WORDS(1, 1), CAPS(OWN_TCB, sc, sc)), 3);
    EXPECT_INVALID_CAPABILITY(invoke(tcb, TCBSetSchedParams, WORDS(1, 1), CAPS(OWN_TCB, sc, mint_new(ep, RIGHT_WRITE, 1))), 3);
    EXPECT_RANGE_ERROR(invoke(tcb, TCBSetSchedParams, WORDS(256, 1), CAPS(OWN_TCB, sc, ep)), 0, 255);
    EXPECT_RANGE_ERROR(invoke(tcb, TCBSetSchedParams, WORDS(1, 256), CAPS(OWN_TCB, sc, ep)), 0, 255);
    EXPECT_SUCCESS(invoke(tcb, TCBSetSchedParams, WORDS(1, 1), CAPS(OWN_TCB, sc, ep)));
}

TEST(tcb_set_sched_params_null_context_for_oneself_is_illegal_operation, "a thread cannot take away its own scheduling context")
{
    EXPECT_ERROR(invoke(OWN_TCB, TCBSetSchedParams, WORDS(255, PRIORITY_MAIN), CAPS(OWN_TCB, NULL_CAP, NULL_CAP)), seL4_IllegalOperation);
}

TEST(tcb_set_sched_params_context_of_another_thread_is_illegal_operation, "bound elsewhere, or the thread has another one")
{
    struct thread *t = thread_new(PRIORITY_LOW);
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0);
    EXPECT_ERROR(invoke(tcb, TCBSetSchedParams, WORDS(1, 1), CAPS(OWN_TCB, t->sc, NULL_CAP)), seL4_IllegalOperation);
    EXPECT_ERROR(invoke(t->tcb, TCBSetSchedParams, WORDS(1, 1), CAPS(OWN_TCB, sched_context_new(), NULL_CAP)), seL4_IllegalOperation);
}

TEST(tcb_set_timeout_endpoint_invalid_is_invalid_capability_1, "null is allowed and removes it")
{
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0);
    EXPECT_INVALID_CAPABILITY(invoke(tcb, TCBSetTimeoutEndpoint, NO_WORDS, CAPS(tcb)), 1);
    EXPECT_SUCCESS(invoke(tcb, TCBSetTimeoutEndpoint, NO_WORDS, CAPS(NULL_CAP)));
    EXPECT_SUCCESS(invoke(tcb, TCBSetTimeoutEndpoint, NO_WORDS, CAPS(endpoint_new())));
}

TEST(tcb_set_space_needs_a_valid_fault_endpoint_cnode_and_vspace, "InvalidCapability 1, IllegalOperation, IllegalOperation")
{
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0);
    EXPECT_INVALID_CAPABILITY(invoke(tcb, TCBSetSpace, WORDS(0, 0), CAPS(notification_new(), ROOT_CNODE, OWN_VSPACE)), 1);
    EXPECT_ERROR(invoke(tcb, TCBSetSpace, WORDS(0, 0), CAPS(NULL_CAP, NULL_CAP, OWN_VSPACE)), seL4_IllegalOperation);
    EXPECT_ERROR(invoke(tcb, TCBSetSpace, WORDS(0, 0), CAPS(NULL_CAP, ROOT_CNODE, NULL_CAP)), seL4_IllegalOperation);
    EXPECT_SUCCESS(invoke(tcb, TCBSetSpace, WORDS(0, 0), CAPS(NULL_CAP, ROOT_CNODE, OWN_VSPACE)));
}

TEST(tcb_raised_above_the_caller_runs_at_once, "SetPriority switches before it returns")
{
    struct thread *t = thread_new(PRIORITY_LOW);
    thread_start(t, return_argument, 1);
    EXPECT(!t->finished);
    EXPECT_OK(seL4_TCB_SetPriority(t->tcb, OWN_TCB, PRIORITY_HIGH));
    EXPECT(t->finished);
}

TEST(tcb_lowering_oneself_lets_a_ready_thread_run, "before the call returns")
{
    struct thread *t = thread_new(PRIORITY_LOW);
    thread_start(t, return_argument, 1);
    EXPECT(!t->finished);
    EXPECT_OK(seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, PRIORITY_LOW - 1));
    EXPECT(t->finished);
    EXPECT_OK(seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, PRIORITY_MAIN));
}

TEST(tcb_lowered_mcp_cannot_be_raised_with_itself_as_authority, "range error up to the lowered MCP")
{
    struct thread *t = thread_new(80);
    EXPECT_SUCCESS(invoke(t->tcb, TCBSetMCPriority, WORDS(10), CAPS(t->tcb)));
    EXPECT_RANGE_ERROR(invoke(t->tcb, TCBSetMCPriority, WORDS(11), CAPS(t->tcb)), 0, 10);
}

TEST(tcb_higher_priority_thread_runs_as_soon_as_resumed, "resume returns after it has run")
{
    struct thread *t = thread_new(PRIORITY_HIGH);
    thread_start(t, return_argument, 1);
    EXPECT(t->finished);
}

TEST(tcb_suspended_thread_does_not_run, "and goes on where it was when resumed")
{
    struct thread *t = thread_new(PRIORITY_LOW);
    counter = 0;
    thread_start(t, count_forever, 0);
    EXPECT_OK(seL4_TCB_Suspend(t->tcb));
    let_others_run();
    EXPECT_EQ(counter, 0);
}

TEST(tcb_resume_of_oneself_is_harmless, "the caller goes on")
{
    EXPECT_OK(seL4_TCB_Resume(OWN_TCB));
}

TEST(tcb_resume_without_scheduling_context_runs_when_one_is_bound, "resume then bind")
{
    struct thread *t = thread_new_passive(PRIORITY_HIGH);
    seL4_CPtr sc = sched_context_new();
    EXPECT_OK(seL4_SchedControl_ConfigureFlags(sched_control(), sc, 5000, 5000, 0, 0, 0));
    thread_start(t, return_argument, 3);
    EXPECT(!t->finished);
    EXPECT_OK(seL4_SchedContext_Bind(sc, t->tcb));
    EXPECT(t->finished);
}

TEST(tcb_bound_context_then_resume_runs, "bind then resume")
{
    struct thread *t = thread_new_passive(PRIORITY_HIGH);
    seL4_CPtr sc = sched_context_new();
    EXPECT_OK(seL4_SchedControl_ConfigureFlags(sched_control(), sc, 5000, 5000, 0, 0, 0));
    EXPECT_OK(seL4_SchedContext_Bind(sc, t->tcb));
    EXPECT(!t->finished);
    thread_start(t, return_argument, 3);
    EXPECT(t->finished);
}

TEST(tcb_bind_notification_refused_cases_are_illegal_operation, "no notification, no read right, bound already, has waiters")
{
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0), other = object_new(seL4_TCBObject, 0), ntfn = notification_new();
    EXPECT_ERROR(invoke(tcb, TCBBindNotification, NO_WORDS, CAPS(endpoint_new())), seL4_IllegalOperation);
    EXPECT_ERROR(invoke(tcb, TCBBindNotification, NO_WORDS, CAPS(mint_new(ntfn, RIGHT_WRITE, 1))), seL4_IllegalOperation);
    EXPECT_SUCCESS(invoke(tcb, TCBBindNotification, NO_WORDS, CAPS(ntfn)));
    EXPECT_ERROR(invoke(tcb, TCBBindNotification, NO_WORDS, CAPS(notification_new())), seL4_IllegalOperation);
    EXPECT_ERROR(invoke(other, TCBBindNotification, NO_WORDS, CAPS(ntfn)), seL4_IllegalOperation);
    EXPECT_SUCCESS(invoke(tcb, TCBUnbindNotification, NO_WORDS, NO_CAPS));
    EXPECT_ERROR(invoke(tcb, TCBUnbindNotification, NO_WORDS, NO_CAPS), seL4_IllegalOperation);
}

static unsigned long wait_on(unsigned long ntfn)
{
    seL4_Word badge = 0;
    seL4_Wait(ntfn, &badge);
    return badge;
}

TEST(tcb_bind_notification_with_waiters_is_illegal_operation, "somebody already waits on it")
{
    seL4_CPtr ntfn = notification_new();
    struct thread *t = thread_new(PRIORITY_HIGH);
    thread_start(t, wait_on, ntfn);
    EXPECT_ERROR(invoke(object_new(seL4_TCBObject, 0), TCBBindNotification, NO_WORDS, CAPS(ntfn)), seL4_IllegalOperation);
}

static unsigned long read_thread_pointer(unsigned long argument)
{
    unsigned long value;
    (void)argument;
    asm volatile("mrs %0, tpidr_el0" : "=r"(value));
    return value;
}

TEST(tcb_set_tls_base_is_seen_in_tpidr, "the thread reads what was set; the caller's own stays")
{
    struct thread *t = thread_new(PRIORITY_LOW);
    unsigned long own = read_thread_pointer(0);
    thread_start(t, read_thread_pointer, 0);
    seL4_UserContext context;
    EXPECT_OK(seL4_TCB_ReadRegisters(t->tcb, 0, 0, SEL4_CONTEXT_WORDS, &context));
    EXPECT_OK(seL4_TCB_SetTLSBase(t->tcb, context.tpidr_el0 + 8));
    EXPECT_OK(seL4_TCB_SetTLSBase(t->tcb, context.tpidr_el0));
    EXPECT_EQ(thread_join(t), context.tpidr_el0);
    EXPECT_EQ(read_thread_pointer(0), own);
}

TEST(tcb_set_flags_returns_the_resulting_flags, "0 at first; unknown bits are ignored")
{
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0);
    struct answer got = invoke(tcb, TCBSetFlags, WORDS(0, 0), NO_CAPS);
    EXPECT_SUCCESS(got);
    EXPECT_EQ(got.length, 1);
    EXPECT_EQ(got.words[0], 0);
    EXPECT_EQ(invoke(tcb, TCBSetFlags, WORDS(0, 0xff), NO_CAPS).words[0], 1);
    EXPECT_EQ(invoke(tcb, TCBSetFlags, WORDS(1, 0), NO_CAPS).words[0], 0);
}

/* Fill the vector registers from a seed, let others run, see whether they are unchanged. */
static unsigned long keep_vectors(unsigned long seed)
{
    unsigned long low = 0, high = 0, first = 0;
    for (int round = 0; round < 20; round++) {
        asm volatile("dup v0.2d, %3\n\t"
                     "dup v15.2d, %3\n\t"
                     "dup v31.2d, %3\n\t"
                     "mov x7, #-11\n\t" /* Yield */
                     "svc #0\n\t"
                     "umov %0, v31.d[1]\n\t"
                     "umov %1, v0.d[0]\n\t"
                     "umov %2, v15.d[1]\n\t"
                     : "=&r"(high), "=&r"(low), "=&r"(first)
                     : "r"(seed)
                     : "x7", "v0", "v15", "v31", "memory");
        if (low != seed || high != seed || first != seed)
            return 0;
    }
    return 1;
}

TEST(tcb_fpu_state_is_kept_across_threads, "six threads of one priority fill their vector registers in turns")
{
    struct thread *t[6];
    for (unsigned i = 0; i < 6; i++) {
        t[i] = thread_new(PRIORITY_LOW);
        thread_start(t[i], keep_vectors, 0x0101010101010101 * (i + 1));
    }
    for (unsigned i = 0; i < 6; i++)
        EXPECT_EQ(thread_join(t[i]), 1);
}

struct moving {
    seL4_CPtr frames[2];
    unsigned long *page;
};

/* Move a page to and fro, and let others run. */
static unsigned long move_pages(unsigned long argument)
{
    struct moving *m = (struct moving *)argument;
    unsigned long failed = 0;
    for (unsigned i = 0; i < 40; i++) {
        failed += pagoda_VSpace_ReplaceFrame(OWN_VSPACE, m->frames[i % 2], m->frames[1 - i % 2], (unsigned long)m->page) != 0;
        seL4_Yield();
    }
    return failed;
}

TEST(tcb_fpu_state_is_kept_while_the_kernel_copies_pages, "threads that use their vector registers run in turns with one that has a page moved")
{
    struct moving moving = {{frame_new(), frame_new()}, window_new(1)};
    EXPECT_OK(page_map(moving.frames[0], moving.page, 3));
    for (unsigned i = 0; i < 512; i++)
        moving.page[i] = ~(unsigned long)i;
    struct thread *t[3];
    for (unsigned i = 0; i < 3; i++)
        t[i] = thread_new(PRIORITY_LOW);
    thread_start(t[0], keep_vectors, 0x1122334455667788);
    thread_start(t[1], move_pages, (unsigned long)&moving);
    thread_start(t[2], keep_vectors, 0x7766554433221100);
    EXPECT_EQ(thread_join(t[0]), 1);
    EXPECT_EQ(thread_join(t[1]), 0);
    EXPECT_EQ(thread_join(t[2]), 1);
    for (unsigned i = 0; i < 512; i++)
        EXPECT_EQ(moving.page[i], ~(unsigned long)i);
}

static unsigned long read_vector_0(unsigned long argument)
{
    unsigned long value;
    (void)argument;
    asm volatile("umov %0, v0.d[0]" : "=r"(value)::"v0");
    return value;
}

TEST(tcb_fresh_thread_has_zeroed_vector_registers, "not those of another thread")
{
    asm volatile("movi v0.16b, #0x5a" ::: "v0");
    struct thread *t = thread_new(PRIORITY_HIGH);
    thread_start(t, read_vector_0, 0);
    EXPECT_EQ(thread_join(t), 0);
}

static unsigned long set_vector_0(unsigned long argument)
{
    asm volatile("dup v0.2d, %0\n\tmsr fpcr, %1" ::"r"(argument), "r"(1ul << 24) : "v0");
    return 1;
}

static unsigned long read_fpcr(unsigned long argument)
{
    unsigned long value;
    (void)argument;
    asm volatile("mrs %0, fpcr" : "=r"(value));
    return value;
}

TEST(tcb_write_registers_clears_the_vector_registers_if_asked, "those of a thread that used them last, and of one that did not; without the flag they stay")
{
    seL4_UserContext context;
    struct thread *t = thread_new(PRIORITY_HIGH);
    thread_start(t, set_vector_0, 0x77);
    EXPECT_EQ(thread_join(t), 1);
    EXPECT_OK(seL4_TCB_ReadRegisters(t->tcb, 0, 0, 1, &context));
    EXPECT_OK(seL4_TCB_WriteRegisters(t->tcb, 0, 0, 1, &context));
    thread_start(t, read_vector_0, 0);
    EXPECT_EQ(thread_join(t), 0x77);
    EXPECT_OK(seL4_TCB_WriteRegisters(t->tcb, 0, PAGODA_CLEAR_FPU, 1, &context));
    thread_start(t, read_vector_0, 0);
    EXPECT_EQ(thread_join(t), 0);
    thread_start(t, set_vector_0, 0x77);
    EXPECT_EQ(thread_join(t), 1);
    asm volatile("movi v0.16b, #0x5a" ::: "v0"); /* another one's are live now */
    EXPECT_OK(seL4_TCB_WriteRegisters(t->tcb, 0, PAGODA_CLEAR_FPU, 1, &context));
    thread_start(t, read_vector_0, 0);
    EXPECT_EQ(thread_join(t), 0);
    thread_start(t, read_fpcr, 0);
    EXPECT_EQ(thread_join(t), 0);
}

static seL4_Word *order_at;

/* append: the threads' arguments in the order in which they run. */
static unsigned long append(unsigned long argument)
{
    *order_at++ = argument;
    return 0;
}

/* order_of: two threads that the caller wakes while it runs above them; the second one with these flags. */
static void order_of(seL4_Uint8 flags, seL4_Word order[2])
{
    seL4_UserContext context;
    struct thread *t[2];
    order_at = order;
    for (unsigned i = 0; i < 2; i++) {
        t[i] = thread_new(PRIORITY_LOW);
        thread_start(t[i], append, i + 1);
    }
    EXPECT_OK(seL4_TCB_Suspend(t[1]->tcb));
    EXPECT_OK(seL4_TCB_ReadRegisters(t[1]->tcb, 0, 0, SEL4_CONTEXT_WORDS, &context));
    EXPECT_OK(seL4_TCB_WriteRegisters(t[1]->tcb, 1, flags, SEL4_CONTEXT_WORDS, &context));
    for (unsigned i = 0; i < 2; i++) {
        thread_join(t[i]);
    }
}

TEST(tcb_write_registers_resume_last_stands_behind_others, "one that is woken otherwise stands ahead of those that are ready")
{
    seL4_Word order[2];
    order_of(0, order);
    EXPECT_EQ(order[0], 2);
    order_of(PAGODA_RESUME_LAST, order);
    EXPECT_EQ(order[0], 1);
    EXPECT_EQ(order[1], 2);
}

TEST(tcb_write_registers_resume_last_of_what_is_not_ready_changes_nothing, "one that was not resumed stays stopped; one of higher priority runs at once")
{
    seL4_UserContext none = {0};
    seL4_Word order[1] = {0};
    struct thread *t = thread_new(PRIORITY_HIGH);
    order_at = order;
    thread_prepare(t, append, 7);
    EXPECT_OK(seL4_TCB_WriteRegisters(t->tcb, 0, PAGODA_RESUME_LAST, 0, &none));
    EXPECT_EQ(order[0], 0);
    EXPECT_OK(seL4_TCB_WriteRegisters(t->tcb, 1, PAGODA_RESUME_LAST, 0, &none));
    EXPECT_EQ(order[0], 7);
    thread_join(t);
}

TEST(tcb_fpu_disabled_use_is_a_user_exception_and_content_survives, "enabled again and answered, the instruction is repeated")
{
    seL4_CPtr ep = endpoint_new(), reply = reply_new();
    struct thread *t = thread_new_faulting(PRIORITY_HIGH, ep);
    EXPECT_EQ(invoke(t->tcb, TCBSetFlags, WORDS(0, 1), NO_CAPS).words[0], 1);
    thread_start(t, read_vector_0, 0);
    seL4_MessageInfo_t info = seL4_Recv(ep, NULL, reply);
    EXPECT_EQ(seL4_MessageInfo_get_label(info), 3);
    EXPECT_EQ(seL4_GetMR(3) >> 26, 7);
    EXPECT_EQ(invoke(t->tcb, TCBSetFlags, WORDS(1, 0), NO_CAPS).words[0], 0);
    seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 0));
    EXPECT_EQ(thread_join(t), 0);
}

static volatile unsigned long exclusive_word;

/* Load-exclusive, give the CPU away, store-exclusive: the store must fail. */
static unsigned long exclusive_across_yield(unsigned long argument)
{
    unsigned failed = 0;
    (void)argument;
    for (int i = 0; i < 4; i++) {
        unsigned status;
        asm volatile("ldxr x9, [%1]\n\t"
                     "mov x7, #-11\n\t"
                     "svc #0\n\t"
                     "stxr %w0, x9, [%1]\n\t"
                     : "=&r"(status)
                     : "r"(&exclusive_word)
                     : "x7", "x9", "memory");
        failed += status != 0;
    }
    return failed;
}

TEST(tcb_exclusive_monitor_is_cleared_by_a_kernel_entry, "a store-exclusive after a system call fails")
{
    EXPECT_EQ(exclusive_across_yield(0), 4);
}

TEST(tcb_yield_keeps_every_register, "x0 to x28, flags and vector state across Yield")
{
    unsigned long bad = 0;
    asm volatile("mov x0, #100\n\tmov x1, #101\n\tmov x2, #102\n\tmov x3, #103\n\tmov x4, #104\n\tmov x5, #105\n\tmov x6, #106\n\t"
                 "mov x8, #108\n\tmov x9, #109\n\tmov x15, #115\n\tmov x16, #116\n\tmov x17, #117\n\tmov x20, #120\n\tmov x28, #128\n\t"
                 "mov x7, #-11\n\t"
                 "cmp x0, x0\n\t"
                 "svc #0\n\t"
                 "cset %0, ne\n\t"
                 "cmp x0, #100\n\tcinc %0, %0, ne\n\tcmp x1, #101\n\tcinc %0, %0, ne\n\tcmp x2, #102\n\tcinc %0, %0, ne\n\t"
                 "cmp x3, #103\n\tcinc %0, %0, ne\n\tcmp x4, #104\n\tcinc %0, %0, ne\n\tcmp x5, #105\n\tcinc %0, %0, ne\n\t"
                 "cmp x6, #106\n\tcinc %0, %0, ne\n\tcmn x7, #11\n\tcinc %0, %0, ne\n\tcmp x8, #108\n\tcinc %0, %0, ne\n\t"
                 "cmp x9, #109\n\tcinc %0, %0, ne\n\tcmp x15, #115\n\tcinc %0, %0, ne\n\tcmp x16, #116\n\tcinc %0, %0, ne\n\t"
                 "cmp x17, #117\n\tcinc %0, %0, ne\n\tcmp x20, #120\n\tcinc %0, %0, ne\n\tcmp x28, #128\n\tcinc %0, %0, ne\n\t"
                 : "=&r"(bad)
                 :
                 : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x15", "x16", "x17", "x20", "x28", "cc", "memory");
    EXPECT_EQ(bad, 0);
}

TEST(tcb_delete_of_a_ready_thread_stops_it, "its last capability goes; the counter stands still")
{
    struct thread *t = thread_new(PRIORITY_LOW);
    counter = 0;
    thread_start(t, count_forever, 0);
    EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, t->tcb, DEPTH));
    t->tcb = 0;
    let_others_run();
    EXPECT_EQ(counter, 0);
}

static unsigned long delete_own_tcb(unsigned long tcb)
{
    seL4_CNode_Delete(ROOT_CNODE, tcb, DEPTH);
    counter = 77;
    return 0;
}

TEST(tcb_thread_that_deletes_itself_never_returns, "and the rest of the system goes on")
{
    struct thread *t = thread_new(PRIORITY_HIGH);
    counter = 0;
    seL4_CPtr tcb = t->tcb;
    t->tcb = 0;
    seL4_CPtr slot = tcb;
    EXPECT_OK(seL4_SchedContext_Consumed(t->sc).error);
    t->tcb = tcb;
    thread_prepare(t, delete_own_tcb, slot);
    EXPECT_OK(seL4_TCB_Resume(tcb));
    t->tcb = 0;
    EXPECT_EQ(counter, 0);
    EXPECT(slot_is_empty(slot));
}

TEST(tcb_runs_with_a_misaligned_stack_pointer, "SP alignment is not checked for user code; write with resume sets all registers")
{
    seL4_CPtr ep = endpoint_new(), reply = reply_new();
    struct thread *t = thread_new_faulting(PRIORITY_HIGH, ep);
    extern char misaligned_stack_code[];
    asm(".pushsection .text\n\t.balign 4\nmisaligned_stack_code:\n\tldr x1, [sp]\n\tbrk #1\n\t.popsection");
    static volatile unsigned long words[3] = {0, 0x1122334455667788, 0};
    seL4_UserContext context;
    memset(&context, 0, sizeof context);
    context.pc = (unsigned long)misaligned_stack_code;
    context.sp = (unsigned long)&words[1] + 1;
    EXPECT_OK(seL4_TCB_WriteRegisters(t->tcb, 1, 0, SEL4_CONTEXT_WORDS, &context));
    seL4_MessageInfo_t info = seL4_Recv(ep, NULL, reply);
    EXPECT_EQ(seL4_MessageInfo_get_label(info), 3);
    EXPECT_EQ(seL4_GetMR(1), context.sp);
    EXPECT_OK(seL4_TCB_ReadRegisters(t->tcb, 0, 0, SEL4_CONTEXT_WORDS, &context));
    EXPECT_EQ(context.x1, 0x0011223344556677);
    EXPECT_EQ(context.pc, (unsigned long)misaligned_stack_code + 4);
}

static unsigned long call_forever(unsigned long ep)
{
    return invoke(ep, 9, WORDS(21), NO_CAPS).words[0];
}

TEST(tcb_suspended_in_a_call_repeats_it_when_resumed, "the message is sent again; the abandoned reply object stays usable")
{
    seL4_CPtr ep = endpoint_new(), reply = reply_new();
    struct thread *t = thread_new(PRIORITY_HIGH);
    thread_start(t, call_forever, ep);
    seL4_Recv(ep, NULL, reply);
    EXPECT_EQ(seL4_GetMR(0), 21);
    EXPECT_OK(seL4_TCB_Suspend(t->tcb));
    seL4_SetMR(0, 1);
    seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 1)); /* nobody waits for it any more */
    EXPECT(!t->finished);
    EXPECT_OK(seL4_TCB_Resume(t->tcb));
    seL4_Recv(ep, NULL, reply);
    EXPECT_EQ(seL4_GetMR(0), 21);
    seL4_SetMR(0, 42);
    seL4_Send(reply, seL4_MessageInfo_new(0, 0, 0, 1));
    EXPECT_EQ(thread_join(t), 42);
}
