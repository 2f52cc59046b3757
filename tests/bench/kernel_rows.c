/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel side of the benchmark: a root task on the harness of tests/target whose "tests" each measure one path of the kernel, in
 * instructions, and print "row NAME VALUE". The best of several rounds counts: the first one meets cold paths (lazy FPU, new ASIDs).
 */
#include "../target/harness.h"
#include "counter.h"

#include <pagoda/kernel_info.h>

#define ROUNDS 16

static unsigned long best(unsigned long so_far, unsigned long sample)
{
    return sample < so_far ? sample : so_far;
}

static void row(const char *name, unsigned long value)
{
    console_print("row %s %lu\n", name, value - counter_overhead());
}

TEST(counter_of_100_nops_reads_101, "one count is one instruction")
{
    console_print("row counter_check %lu\n", counter_check());
    EXPECT_EQ(counter_check(), 101);
}

TEST(boot_to_root_task, "kernel entry to the root task's first instruction, counted by the kernel's timer")
{
    seL4_CPtr frame = slot_new();
    EXPECT_OK(pagoda_KernelInfoFrame(IRQ_CONTROL, ROOT_CNODE, frame, DEPTH));
    const struct kernel_info *info = window_new(1);
    EXPECT_OK(page_map(frame, (void *)info, RIGHT_READ));
    unsigned long ticks = info->root_ticks - info->boot_ticks;
    console_print("row kernel_entry_to_root %lu\n", ticks * (1000000000ul / info->timer_frequency));
}

/* ---- another address space with the same program in it ---- */

static void space_map(seL4_CPtr vspace, seL4_CPtr frame, unsigned long va)
{
    for (;;) {
        int error = seL4_ARM_Page_Map(frame, vspace, va, seL4_AllRights, seL4_ARM_Default_VMAttributes);
        if (error != seL4_FailedLookup) {
            EXPECT_OK(error);
            return;
        }
        EXPECT_OK(seL4_ARM_PageTable_Map(object_new(seL4_ARM_PageTableObject, 0), vspace, va, seL4_ARM_Default_VMAttributes));
    }
}

static seL4_CPtr space_clone(void)
{
    seL4_CPtr vspace = vspace_new();
    unsigned long n = boot_info->userImageFrames.end - boot_info->userImageFrames.start;
    for (unsigned long i = 0; i < n; i++)
        space_map(vspace, copy_new(boot_info->userImageFrames.start + i), image_base() + 4096 * i);
    return vspace;
}

static struct thread *thread_elsewhere(unsigned priority, seL4_CPtr fault_endpoint)
{
    struct thread *thread = thread_new_faulting(priority, fault_endpoint);
    EXPECT_OK(seL4_TCB_SetSpace(thread->tcb, fault_endpoint, ROOT_CNODE, 0, space_clone(), 0));
    return thread;
}

/* ---- messages ---- */

static seL4_CPtr endpoint, reply;
static volatile unsigned long received_at, replied_at;

static unsigned long answer_for_ever(unsigned long length)
{
    seL4_Recv(endpoint, NULL, reply);
    for (;;) {
        received_at = counter_read();
        seL4_MessageInfo_t info = seL4_MessageInfo_new(0, 0, 0, length);
        replied_at = counter_read();
        seL4_ReplyRecv(endpoint, info, NULL, reply);
    }
    return 0;
}

static void measure_call(unsigned long length, bool passive, const char *call, const char *answer, const char *round)
{
    endpoint = endpoint_new();
    reply = reply_new();
    struct thread *server = thread_elsewhere(PRIORITY_HIGH, 0);
    thread_start(server, answer_for_ever, length);
    if (passive)
        EXPECT_OK(seL4_SchedContext_Unbind(server->sc));
    unsigned long best_call = ~0ul, best_answer = ~0ul, best_round = ~0ul;
    for (int i = 0; i < ROUNDS; i++) {
        seL4_MessageInfo_t info = seL4_MessageInfo_new(0, 0, 0, length);
        unsigned long start = counter_read();
        seL4_Call(endpoint, info);
        unsigned long end = counter_read();
        best_call = best(best_call, received_at - start);
        best_answer = best(best_answer, end - replied_at);
        best_round = best(best_round, (received_at - start) + (end - replied_at));
    }
    if (call)
        row(call, best_call);
    if (answer)
        row(answer, best_answer);
    console_print("row %s %lu\n", round, best_round - 2 * counter_overhead());
}

TEST(call_0_words, "Call and ReplyRecv between address spaces, no words") { measure_call(0, false, "call", "reply_recv", "round_trip_0"); }
TEST(call_4_words, "the same with the words that fit registers") { measure_call(4, false, NULL, NULL, "round_trip_4"); }
TEST(call_10_words, "the same through the IPC buffers") { measure_call(10, false, NULL, NULL, "round_trip_10"); }
TEST(call_passive, "Call to a server that runs on the caller's scheduling context")
{
    measure_call(0, true, "call_passive", "reply_recv_passive", "round_trip_0_passive");
}

/* ---- faults ---- */

static volatile unsigned long faulted_at, resumed_at;
static char *volatile fault_page;

static unsigned long fault_for_ever(unsigned long unused)
{
    (void)unused;
    for (;;) {
        faulted_at = counter_read();
        *(volatile char *)fault_page;
        resumed_at = counter_read();
        seL4_Wait(endpoint, NULL); /* a notification: the next round */
    }
    return 0;
}

static seL4_CPtr fault_endpoint, fault_reply, fault_mapped;

static unsigned long handle_for_ever(unsigned long unused)
{
    (void)unused;
    seL4_Recv(fault_endpoint, NULL, fault_reply);
    for (;;) {
        received_at = counter_read();
        page_map(fault_mapped, fault_page, RIGHT_READ);
        replied_at = counter_read();
        seL4_ReplyRecv(fault_endpoint, seL4_MessageInfo_new(0, 0, 0, 0), NULL, fault_reply);
    }
    return 0;
}

TEST(vm_fault, "VM fault until its handler in another space runs, and the handler's ReplyRecv until the thread runs again")
{
    fault_endpoint = endpoint_new();
    fault_reply = reply_new();
    fault_mapped = frame_new();
    fault_page = window_new(1);
    endpoint = notification_new();
    struct thread *handler = thread_elsewhere(PRIORITY_HIGH, 0);
    thread_start(handler, handle_for_ever, 0);
    struct thread *thread = thread_new_faulting(PRIORITY_LOW, fault_endpoint);
    thread_start(thread, fault_for_ever, 0);
    unsigned long best_fault = ~0ul, best_reply = ~0ul;
    for (int i = 0; i < ROUNDS; i++) {
        EXPECT_OK(seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 1));
        best_fault = best(best_fault, received_at - faulted_at);
        best_reply = best(best_reply, resumed_at - replied_at);
        EXPECT_OK(seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, PRIORITY_MAIN));
        EXPECT_OK(seL4_ARM_Page_Unmap(fault_mapped));
        seL4_Signal(endpoint);
    }
    row("vm_fault_to_handler", best_fault);
    row("fault_reply", best_reply);
}

/* ---- memory ---- */

#define BEST(result, code)                                                                                                                 \
    do {                                                                                                                                   \
        unsigned long best_start = counter_read();                                                                                         \
        code;                                                                                                                              \
        result = best(result, counter_read() - best_start);                                                                                \
    } while (0)

/* As a pager maps data: not executable, so that the instruction cache need not be touched. */
static int map_data(seL4_CPtr frame, void *va, seL4_CapRights_t rights)
{
    return seL4_ARM_Page_Map(frame, OWN_VSPACE, (unsigned long)va, rights, seL4_ARM_PageCacheable | seL4_ARM_ExecuteNever);
}

TEST(map_unmap_protect, "map, change of rights, unmap of one small frame")
{
    seL4_CPtr frame = frame_new();
    char *va = window_new(1);
    unsigned long map = ~0ul, protect = ~0ul, unmap = ~0ul;
    for (int i = 0; i < ROUNDS; i++) {
        BEST(map, map_data(frame, va, seL4_ReadWrite));
        *(volatile char *)va;
        BEST(protect, map_data(frame, va, seL4_CanRead));
        BEST(unmap, seL4_ARM_Page_Unmap(frame));
    }
    row("map", map);
    row("protect", protect);
    row("unmap", unmap);
}

TEST(retype_frame, "retype of one frame, the parent's memory never used, then used before")
{
    seL4_CPtr parent = untyped_new(16), frame = slot_new();
    unsigned long clean = ~0ul, dirty = ~0ul;
    for (int i = 0; i < ROUNDS; i++)
        BEST(clean, EXPECT_OK(seL4_Untyped_Retype(parent, seL4_ARM_SmallPageObject, 0, ROOT_CNODE, 0, 0, i == 0 ? frame : slot_new(), 1)));
    row("retype_frame", clean);
    seL4_CPtr small = untyped_new(12);
    for (int i = 0; i < ROUNDS; i++) {
        seL4_CPtr slot = slot_new();
        BEST(dirty, EXPECT_OK(seL4_Untyped_Retype(small, seL4_ARM_SmallPageObject, 0, ROOT_CNODE, 0, 0, slot, 1)));
        EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, slot, DEPTH));
    }
    row("retype_frame_reused", dirty);
}

TEST(retype_256_frames, "256 frames in one retype, 1 MiB of memory")
{
    seL4_CPtr parent = untyped_new(21), first = slot_new();
    for (int i = 1; i < 256; i++)
        slot_new();
    unsigned long total = ~0ul;
    for (int i = 0; i < 3; i++) {
        BEST(total, EXPECT_OK(seL4_Untyped_Retype(parent, seL4_ARM_SmallPageObject, 0, ROOT_CNODE, 0, 0, first, 256)));
        EXPECT_OK(seL4_CNode_Revoke(ROOT_CNODE, parent, DEPTH));
    }
    row("retype_256_frames", total);
}

TEST(capability_copy_delete, "copy and deletion of an endpoint capability")
{
    seL4_CPtr source = endpoint_new(), slot = slot_new();
    unsigned long copy = ~0ul, delete = ~0ul;
    for (int i = 0; i < ROUNDS; i++) {
        BEST(copy, EXPECT_OK(seL4_CNode_Copy(ROOT_CNODE, slot, DEPTH, ROOT_CNODE, source, DEPTH, seL4_AllRights)));
        BEST(delete, EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, slot, DEPTH)));
    }
    row("cap_copy", copy);
    row("cap_delete", delete);
}

/* ---- signals and switches ---- */

TEST(signal_nobody, "Signal of a notification nobody waits for")
{
    seL4_CPtr notification = notification_new();
    unsigned long signal = ~0ul;
    for (int i = 0; i < ROUNDS; i++)
        BEST(signal, seL4_Signal(notification));
    row("signal", signal);
}

static unsigned long wait_for_ever(unsigned long notification)
{
    for (;;) {
        seL4_Wait(notification, NULL);
        received_at = counter_read();
    }
    return 0;
}

TEST(signal_waiter, "Signal to a waiting thread of higher priority in another space, until it runs")
{
    seL4_CPtr notification = notification_new();
    struct thread *waiter = thread_elsewhere(PRIORITY_HIGH, 0);
    thread_start(waiter, wait_for_ever, notification);
    unsigned long signal = ~0ul;
    for (int i = 0; i < ROUNDS; i++) {
        unsigned long start = counter_read();
        seL4_Signal(notification);
        signal = best(signal, received_at - start);
    }
    row("signal_to_waiter", signal);
}

static unsigned long yield_for_ever(unsigned long unused)
{
    (void)unused;
    for (;;) {
        received_at = counter_read();
        seL4_Yield();
    }
    return 0;
}

TEST(yield, "Yield to a thread of the same priority in another space")
{
    struct thread *other = thread_elsewhere(PRIORITY_MAIN, 0);
    thread_start(other, yield_for_ever, 0);
    unsigned long yielded = ~0ul;
    for (int i = 0; i < ROUNDS; i++) {
        unsigned long start = counter_read();
        seL4_Yield();
        if (received_at > start)
            yielded = best(yielded, received_at - start);
    }
    row("yield_to_other_space", yielded);
}
