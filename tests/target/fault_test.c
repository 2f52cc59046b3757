/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults as messages: what they say and what a reply does. */
#include "test.h"

#include <string.h>

static seL4_CPtr fault_ep, fault_reply;

/* A thread at `priority` whose faults come to fault_ep with badge 88. */
static struct thread *faulting(unsigned priority)
{
    fault_ep = endpoint_new(), fault_reply = reply_new();
    return thread_new_faulting(priority, mint_new(fault_ep, RIGHT_ALL, 88));
}

static void expect_fault(unsigned long label, unsigned long length)
{
    seL4_Word badge = 0;
    seL4_MessageInfo_t info = seL4_Recv(fault_ep, &badge, fault_reply);
    EXPECT_EQ(badge, 88);
    EXPECT_EQ(seL4_MessageInfo_get_label(info), label);
    EXPECT_EQ(seL4_MessageInfo_get_length(info), length);
    EXPECT_EQ(seL4_MessageInfo_get_extraCaps(info), 0);
}

static void answer_fault(unsigned long label, unsigned long length)
{
    seL4_Send(fault_reply, seL4_MessageInfo_new(label, 0, 0, length));
}

/* Small pieces of code with known addresses. */
unsigned long fault_load(unsigned long va);
unsigned long fault_store(unsigned long va);
unsigned long fault_undefined(unsigned long argument);
unsigned long fault_breakpoint(unsigned long argument);
unsigned long fault_unknown_syscall(unsigned long argument);
unsigned long fault_privileged(unsigned long argument);
extern char fault_unknown_syscall_svc[];
asm(".pushsection .text\n"
    ".balign 4\n"
    "fault_load: ldr x0, [x0]\n\tret\n"
    "fault_store: str x0, [x0]\n\tret\n"
    "fault_undefined: udf #0\n\tmov x0, #5\n\tret\n"
    "fault_breakpoint: brk #7\n\tmov x0, #6\n\tret\n"
    "fault_privileged: mrs x0, sctlr_el1\n\tmov x0, #7\n\tret\n"
    "fault_unknown_syscall: mov x1, #1\n\tmov x2, #2\n\tmov x3, #3\n\tmov x4, #4\n\tmov x5, #5\n\tmov x6, #6\n\tmov x7, #-100\n"
    "fault_unknown_syscall_svc: svc #0\n\tret\n"
    ".popsection\n");

static void vm_fault(unsigned priority)
{
    struct thread *t = faulting(priority);
    unsigned long *va = window_new(1);
    thread_start(t, fault_load, (unsigned long)va);
    expect_fault(seL4_Fault_VMFault, 4);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_IP), (unsigned long)fault_load);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_Addr), (unsigned long)va);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_PrefetchFault), 0);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_FSR) >> 26, 0x24);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_FSR) >> 6 & 1, 0);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_FSR) & 0x3f, 7); /* translation fault, level 3 */
    EXPECT_OK(page_map(frame_new(), va, RIGHT_READ | RIGHT_WRITE));
    *va = 0x77;
    answer_fault(0, 0);
    EXPECT_EQ(thread_join(t), 0x77);
}

TEST(fault_read_of_unmapped_page_is_vm_fault_and_restarts, "handler below the faulting thread")
{
    vm_fault(PRIORITY_HIGH);
}

TEST(fault_read_is_handled_when_handler_is_higher, "handler above the faulting thread, waiting already")
{
    vm_fault(PRIORITY_LOW);
}

TEST(fault_read_is_handled_when_handler_is_equal, "handler and faulting thread of the same priority")
{
    vm_fault(PRIORITY_MAIN);
}

TEST(fault_write_has_bit_6_of_the_status_set, "and the address written to")
{
    struct thread *t = faulting(PRIORITY_HIGH);
    unsigned long *va = window_new(1);
    thread_start(t, fault_store, (unsigned long)va + 24);
    expect_fault(seL4_Fault_VMFault, 4);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_IP), (unsigned long)fault_store);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_Addr), (unsigned long)va + 24);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_FSR) >> 6 & 1, 1);
    EXPECT_OK(page_map(frame_new(), va, RIGHT_READ | RIGHT_WRITE));
    answer_fault(0, 0);
    thread_join(t);
    EXPECT_EQ(va[3], (unsigned long)va + 24);
}

TEST(fault_write_to_read_only_page_is_permission_fault, "made writable by the handler, it goes on")
{
    struct thread *t = faulting(PRIORITY_HIGH);
    unsigned long *va = window_new(1);
    seL4_CPtr frame = frame_new();
    EXPECT_OK(page_map(frame, va, RIGHT_READ));
    EXPECT_EQ(*(volatile unsigned long *)va, 0);
    thread_start(t, fault_store, (unsigned long)va);
    expect_fault(seL4_Fault_VMFault, 4);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_FSR) & 0x3f, 0xf);
    EXPECT_OK(page_map(frame, va, RIGHT_READ | RIGHT_WRITE));
    answer_fault(0, 0);
    thread_join(t);
    EXPECT_EQ(*va, (unsigned long)va);
}

TEST(fault_fetch_from_unmapped_page_is_prefetch_fault, "instruction pointer and address are the bad address")
{
    struct thread *t = faulting(PRIORITY_HIGH);
    unsigned long va = (unsigned long)window_new(1) + 16;
    thread_start(t, (unsigned long (*)(unsigned long))va, 0);
    expect_fault(seL4_Fault_VMFault, 4);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_IP), va);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_Addr), va);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_PrefetchFault), 1);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_FSR) >> 26, 0x20);
}

TEST(fault_fetch_from_execute_never_page_is_prefetch_fault, "set by mapping the same frame again at the same place")
{
    struct thread *t = faulting(PRIORITY_HIGH);
    seL4_CPtr frame = frame_new();
    unsigned *va = window_new(1);
    EXPECT_OK(page_map(frame, va, RIGHT_READ | RIGHT_WRITE));
    va[0] = 0xd2800560; /* mov x0, #43 */
    va[1] = 0xd65f03c0; /* ret */
    EXPECT_OK(seL4_ARM_Page_Unify_Instruction(frame, 0, 4096));
    thread_start(t, (unsigned long (*)(unsigned long))(unsigned long)va, 0);
    EXPECT_EQ(thread_join(t), 43);
    EXPECT_OK(seL4_ARM_Page_Map(frame, OWN_VSPACE, (unsigned long)va, seL4_ReadWrite, seL4_ARM_Default_VMAttributes | seL4_ARM_ExecuteNever));
    thread_start(t, (unsigned long (*)(unsigned long))(unsigned long)va, 0);
    expect_fault(seL4_Fault_VMFault, 4);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_PrefetchFault), 1);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_Addr), (unsigned long)va);
}

TEST(fault_at_kernel_and_noncanonical_addresses_is_vm_fault, "kernel window, first address above the user's, null, the last byte")
{
    static const unsigned long addresses[] = {0xffff000000000000, 0xffffffff80000000, 0x0000800000000000, 0x0001000000000000, 0, ~0ul - 7};
    struct thread *t = faulting(PRIORITY_HIGH);
    for (unsigned i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        thread_start(t, fault_load, addresses[i]);
        expect_fault(seL4_Fault_VMFault, 4);
        EXPECT_EQ(seL4_GetMR(seL4_VMFault_Addr), addresses[i]);
    }
}

TEST(fault_unknown_system_call_tells_13_words, "x0-x7, address of the svc, SP, address after it, SPSR, number")
{
    struct thread *t = faulting(PRIORITY_HIGH);
    thread_start(t, fault_unknown_syscall, 0x55);
    expect_fault(seL4_Fault_UnknownSyscall, 13);
    EXPECT_EQ(seL4_GetMR(0), 0x55);
    for (unsigned i = 1; i <= 6; i++)
        EXPECT_EQ(seL4_GetMR((int)i), i);
    EXPECT_EQ(seL4_GetMR(7), -100ul);
    EXPECT_EQ(seL4_GetMR(seL4_UnknownSyscall_FaultIP), (unsigned long)fault_unknown_syscall_svc);
    EXPECT_EQ(seL4_GetMR(seL4_UnknownSyscall_LR), (unsigned long)fault_unknown_syscall_svc + 4);
    EXPECT_EQ((unsigned)seL4_GetMR(seL4_UnknownSyscall_Syscall), (unsigned)-100);
}

TEST(fault_reply_emulates_a_system_call, "the reply sets x0 and the instruction pointer")
{
    struct thread *t = faulting(PRIORITY_LOW);
    thread_start(t, fault_unknown_syscall, 0x55);
    expect_fault(seL4_Fault_UnknownSyscall, 13);
    seL4_SetMR(0, 1234);
    seL4_SetMR(seL4_UnknownSyscall_FaultIP, seL4_GetMR(seL4_UnknownSyscall_FaultIP) + 4);
    answer_fault(0, 12);
    EXPECT_EQ(thread_join(t), 1234);
}

TEST(fault_reply_with_label_1_leaves_the_thread_stopped, "unknown system call and user exception; it can be used again")
{
    struct thread *t = faulting(PRIORITY_HIGH);
    thread_start(t, fault_unknown_syscall, 0);
    expect_fault(seL4_Fault_UnknownSyscall, 13);
    answer_fault(1, 0);
    thread_start(t, fault_undefined, 0);
    expect_fault(seL4_Fault_UserException, 5);
    answer_fault(1, 0);
    let_others_run();
    EXPECT(!t->finished);
    thread_start(t, fault_unknown_syscall, 0x66);
    expect_fault(seL4_Fault_UnknownSyscall, 13);
    EXPECT_EQ(seL4_GetMR(0), 0x66);
}

TEST(fault_undefined_instruction_is_user_exception, "number 0x02000000, code 0; the reply moves the instruction pointer")
{
    struct thread *t = faulting(PRIORITY_HIGH);
    thread_start(t, fault_undefined, 0);
    expect_fault(seL4_Fault_UserException, 5);
    EXPECT_EQ(seL4_GetMR(seL4_UserException_FaultIP), (unsigned long)fault_undefined);
    EXPECT_EQ(seL4_GetMR(seL4_UserException_Number), 0x02000000);
    EXPECT_EQ(seL4_GetMR(seL4_UserException_Code), 0);
    seL4_SetMR(0, (unsigned long)fault_undefined + 4);
    answer_fault(0, 1);
    EXPECT_EQ(thread_join(t), 5);
}

TEST(fault_breakpoint_is_user_exception, "class 0x3c; restarted behind it by the reply")
{
    struct thread *t = faulting(PRIORITY_LOW);
    thread_start(t, fault_breakpoint, 0);
    expect_fault(seL4_Fault_UserException, 5);
    EXPECT_EQ(seL4_GetMR(seL4_UserException_FaultIP), (unsigned long)fault_breakpoint);
    EXPECT_EQ(seL4_GetMR(seL4_UserException_Number) >> 26, 0x3c);
    seL4_SetMR(0, (unsigned long)fault_breakpoint + 4);
    answer_fault(0, 1);
    EXPECT_EQ(thread_join(t), 6);
}

TEST(fault_privileged_register_is_user_exception, "reading SCTLR_EL1 from a program")
{
    struct thread *t = faulting(PRIORITY_HIGH);
    thread_start(t, fault_privileged, 0);
    expect_fault(seL4_Fault_UserException, 5);
    EXPECT_EQ(seL4_GetMR(seL4_UserException_FaultIP), (unsigned long)fault_privileged);
}

TEST(fault_misaligned_program_counter_is_user_exception, "class 0x22")
{
    struct thread *t = faulting(PRIORITY_HIGH);
    thread_start(t, (unsigned long (*)(unsigned long))((unsigned long)fault_load + 2), 0);
    expect_fault(seL4_Fault_UserException, 5);
    EXPECT_EQ(seL4_GetMR(seL4_UserException_Number) >> 26, 0x22);
}

static unsigned long receive_from(unsigned long cap)
{
    seL4_Word badge;
    seL4_Wait(cap, &badge);
    return badge;
}

TEST(fault_receive_without_read_right_is_cap_fault, "receive phase, missing capability, 0 bits left, the address used")
{
    struct thread *t = faulting(PRIORITY_HIGH);
    seL4_CPtr send_only = mint_new(endpoint_new(), RIGHT_WRITE, 1);
    thread_start(t, receive_from, send_only);
    expect_fault(seL4_Fault_CapFault, 5);
    EXPECT_EQ(seL4_GetMR(seL4_CapFault_Addr), send_only);
    EXPECT_EQ(seL4_GetMR(seL4_CapFault_InRecvPhase), 1);
    EXPECT_EQ(seL4_GetMR(seL4_CapFault_LookupFailureType), LOOKUP_MISSING_CAPABILITY);
    EXPECT_EQ(seL4_GetMR(seL4_CapFault_BitsLeft), 0);
}

static unsigned long receive_with_bad_reply(unsigned long ep)
{
    seL4_Word badge;
    seL4_Recv(ep, &badge, ROOT_CNODE);
    return 0;
}

TEST(fault_receive_with_no_reply_object_is_cap_fault_of_that_capability, "a CNode where a reply object is needed")
{
    struct thread *t = faulting(PRIORITY_HIGH);
    thread_start(t, receive_with_bad_reply, endpoint_new());
    expect_fault(seL4_Fault_CapFault, 5);
    EXPECT_EQ(seL4_GetMR(seL4_CapFault_Addr), ROOT_CNODE);
    EXPECT_EQ(seL4_GetMR(seL4_CapFault_InRecvPhase), 1);
}

static unsigned long call_address(unsigned long cap)
{
    return invoke(cap, 1, NO_WORDS, NO_CAPS).label;
}

TEST(fault_call_through_wrong_guard_is_cap_fault, "send phase; 64 bits left, the guard and its size")
{
    struct thread *t = faulting(PRIORITY_HIGH);
    unsigned long radix = boot_info->initThreadCNodeSizeBits;
    thread_start(t, call_address, 1ul << 63);
    expect_fault(seL4_Fault_CapFault, 7);
    EXPECT_EQ(seL4_GetMR(seL4_CapFault_Addr), 1ul << 63);
    EXPECT_EQ(seL4_GetMR(seL4_CapFault_InRecvPhase), 0);
    EXPECT_EQ(seL4_GetMR(seL4_CapFault_LookupFailureType), LOOKUP_GUARD_MISMATCH);
    EXPECT_EQ(seL4_GetMR(seL4_CapFault_BitsLeft), 64);
    EXPECT_EQ(seL4_GetMR(seL4_CapFault_GuardMismatch_GuardFound), 0);
    EXPECT_EQ(seL4_GetMR(seL4_CapFault_GuardMismatch_BitsFound), 64 - radix);
}

TEST(fault_without_handler_stops_only_the_thread, "no fault endpoint: inactive")
{
    struct thread *t = thread_new(PRIORITY_HIGH);
    thread_start(t, fault_undefined, 0);
    let_others_run();
    EXPECT(!t->finished);
}

TEST(fault_handler_may_rewrite_registers_before_it_replies, "the program counter that was written is used")
{
    struct thread *t = faulting(PRIORITY_HIGH);
    thread_start(t, fault_load, 0);
    expect_fault(seL4_Fault_VMFault, 4);
    seL4_UserContext context;
    EXPECT_OK(seL4_TCB_ReadRegisters(t->tcb, 0, 0, SEL4_CONTEXT_WORDS, &context));
    EXPECT_EQ(context.pc, (unsigned long)fault_load);
    context.pc += 4;
    context.x0 = 99;
    EXPECT_OK(seL4_TCB_WriteRegisters(t->tcb, 0, 0, SEL4_CONTEXT_WORDS, &context));
    answer_fault(0, 0);
    EXPECT_EQ(thread_join(t), 99);
}

TEST(fault_pending_is_discarded_by_resume, "the thread repeats the instruction and faults again")
{
    struct thread *t = faulting(PRIORITY_HIGH);
    thread_start(t, fault_load, 0);
    expect_fault(seL4_Fault_VMFault, 4);
    EXPECT_OK(seL4_TCB_Resume(t->tcb));
    expect_fault(seL4_Fault_VMFault, 4);
}

static seL4_CPtr passive_frame;
static void *passive_va;

static unsigned long passive_handler(unsigned long rounds)
{
    seL4_Word badge;
    seL4_Recv(fault_ep, &badge, fault_reply);
    while (rounds-- > 0) {
        seL4_ARM_Page_Map(passive_frame, OWN_VSPACE, (unsigned long)passive_va, seL4_ReadWrite, seL4_ARM_Default_VMAttributes);
        seL4_ReplyRecv(fault_ep, seL4_MessageInfo_new(0, 0, 0, 0), &badge, fault_reply);
    }
    return 0;
}

TEST(fault_handler_without_context_runs_on_the_faulters, "and gives it back by its reply")
{
    struct thread *client = faulting(PRIORITY_LOW), *handler = thread_new_passive(PRIORITY_HIGH);
    seL4_CPtr sc = sched_context_new();
    passive_frame = frame_new();
    passive_va = window_new(1);
    EXPECT_OK(seL4_SchedControl_ConfigureFlags(sched_control(), sc, 5000, 5000, 0, 0, 0));
    EXPECT_OK(seL4_SchedContext_Bind(sc, handler->tcb));
    thread_start(handler, passive_handler, 100);
    EXPECT_OK(seL4_SchedContext_Unbind(sc));
    thread_start(client, fault_load, (unsigned long)passive_va);
    EXPECT_EQ(thread_join(client), 0);
}

static unsigned long touch_pages(unsigned long va)
{
    for (unsigned long i = 0; i < 64; i++)
        ((volatile unsigned long *)va)[512 * i] = i;
    return 64;
}

TEST(fault_64_pages_one_after_the_other, "a pager's work: one fault, one frame, one reply each")
{
    struct thread *t = faulting(PRIORITY_LOW);
    char *va = window_new(64);
    thread_start(t, touch_pages, (unsigned long)va);
    for (unsigned long i = 0; i < 64; i++) {
        expect_fault(seL4_Fault_VMFault, 4);
        EXPECT_EQ(seL4_GetMR(seL4_VMFault_Addr), (unsigned long)va + 4096 * i);
        EXPECT_OK(page_map(frame_new(), va + 4096 * i, RIGHT_READ | RIGHT_WRITE));
        answer_fault(0, 0);
    }
    EXPECT_EQ(thread_join(t), 64);
    for (unsigned long i = 0; i < 64; i++)
        EXPECT_EQ(((unsigned long *)va)[512 * i], i);
}

TEST(fault_endpoint_without_grant_is_refused, "SetSchedParams, SetSpace and SetTimeoutEndpoint")
{
    seL4_CPtr tcb = object_new(seL4_TCBObject, 0), ep = endpoint_new();
    seL4_CPtr write_only = mint_new(ep, RIGHT_WRITE, 1), no_write = mint_new(ep, RIGHT_READ | RIGHT_GRANT, 1);
    EXPECT_INVALID_CAPABILITY(invoke(tcb, TCBSetTimeoutEndpoint, NO_WORDS, CAPS(write_only)), 1);
    EXPECT_INVALID_CAPABILITY(invoke(tcb, TCBSetTimeoutEndpoint, NO_WORDS, CAPS(no_write)), 1);
    EXPECT_INVALID_CAPABILITY(invoke(tcb, TCBSetSpace, WORDS(0, 0), CAPS(write_only, ROOT_CNODE, OWN_VSPACE)), 1);
    EXPECT_SUCCESS(invoke(tcb, TCBSetTimeoutEndpoint, NO_WORDS, CAPS(mint_new(ep, RIGHT_WRITE | RIGHT_GRANT_REPLY, 1))));
}
