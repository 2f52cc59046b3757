/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel side of the benchmark: a root task on the harness of tests/target whose "tests" each measure one path of the kernel, in
 * instructions, and print "row NAME VALUE". The best of several rounds counts: the first one meets cold paths (lazy FPU, new ASIDs).
 */
#include "../target/harness.h"
#include "counter.h"

#include <pagoda/kernel_info.h>
#include <string.h>

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

/* A thread that faults again and again, its handler in another space: the best times until the handler runs (where it notes that), and from its
 * answer until the thread runs again. */
static void measure_fault(unsigned long (*handle)(unsigned long), unsigned long *best_fault, unsigned long *best_reply)
{
    fault_endpoint = endpoint_new();
    fault_reply = reply_new();
    fault_mapped = frame_new();
    fault_page = window_new(1);
    endpoint = notification_new();
    struct thread *handler = thread_elsewhere(PRIORITY_HIGH, 0);
    thread_start(handler, handle, 0);
    struct thread *thread = thread_new_faulting(PRIORITY_LOW, fault_endpoint);
    thread_start(thread, fault_for_ever, 0);
    *best_fault = ~0ul;
    *best_reply = ~0ul;
    for (int i = 0; i < ROUNDS; i++) {
        EXPECT_OK(seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 1));
        *best_fault = best(*best_fault, received_at - faulted_at);
        *best_reply = best(*best_reply, resumed_at - replied_at);
        EXPECT_OK(seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, PRIORITY_MAIN));
        EXPECT_OK(seL4_ARM_Page_Unmap(fault_mapped));
        seL4_Signal(endpoint);
    }
}

TEST(vm_fault, "VM fault until its handler in another space runs, and the handler's ReplyRecv until the thread runs again")
{
    unsigned long to_handler, answered;
    measure_fault(handle_for_ever, &to_handler, &answered);
    row("vm_fault_to_handler", to_handler);
    row("fault_reply", answered);
}

static unsigned long handle_by_mapping(unsigned long unused)
{
    (void)unused;
    seL4_Word badge, mr[4];
    seL4_Recv(fault_endpoint, NULL, fault_reply);
    for (;;) {
        replied_at = counter_read();
        pagoda_ReplyMapRecv(fault_endpoint, &badge, fault_reply, fault_mapped, OWN_VSPACE, (unsigned long)fault_page, seL4_ReadWrite,
                            seL4_ARM_Default_VMAttributes | seL4_ARM_ExecuteNever, &mr[0], &mr[1], &mr[2], &mr[3]);
    }
    return 0;
}

TEST(vm_fault_reply_map, "the handler's ReplyRecv that maps a frame until the thread runs again")
{
    unsigned long to_handler, answered;
    measure_fault(handle_by_mapping, &to_handler, &answered);
    row("fault_reply_map", answered);
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

/* ---- the paging extension, per page of 512 ---- */

#define RANGE_VA 0x3000000000ul
#define RANGE_PAGES 512
#define RANGE_RADIX 10 /* frames, and as many slots for copies of them */
#define RANGE_DATA (seL4_ARM_Default_VMAttributes | seL4_ARM_ExecuteNever)

static seL4_CPtr range_frames(void)
{
    seL4_CPtr cnode = cnode_new(RANGE_RADIX);
    for (unsigned long i = 0; i < RANGE_PAGES; i += 256)
        EXPECT_OK(seL4_Untyped_Retype(test_memory(), seL4_ARM_SmallPageObject, 0, ROOT_CNODE, cnode, DEPTH, i, 256));
    for (int level = 0; level < 3; level++)
        if (seL4_ARM_PageTable_Map(object_new(seL4_ARM_PageTableObject, 0), OWN_VSPACE, RANGE_VA, seL4_ARM_Default_VMAttributes))
            break; /* that level was there already, so all are now */
    return cnode;
}

static void range_row(const char *name, unsigned long value)
{
    console_print("row %s %lu\n", name, (value - counter_overhead() + RANGE_PAGES / 2) / RANGE_PAGES);
}

static void range_map(seL4_CPtr cnode)
{
    EXPECT_EQ(pagoda_VSpace_MapRange(OWN_VSPACE, cnode, RANGE_VA, RANGE_PAGES, seL4_ReadWrite, RANGE_DATA, 0, RANGE_RADIX).done, RANGE_PAGES);
}

static void range_map_copies(seL4_CPtr cnode)
{
    EXPECT_EQ(pagoda_VSpace_MapCopies(OWN_VSPACE, cnode, RANGE_VA, RANGE_PAGES, seL4_CanRead, RANGE_DATA, RANGE_PAGES, RANGE_RADIX, 0).done, RANGE_PAGES);
}

TEST(ranges, "map, protect, unmap 512 pages in one call each")
{
    seL4_CPtr cnode = range_frames();
    pagoda_VSpace_Unmap_t answer;
    unsigned long map = ~0ul, protect = ~0ul, unmap = ~0ul, slots = ~0ul;
    for (int i = 0; i < 3; i++) {
        BEST(map, range_map(cnode));
        BEST(protect, EXPECT_EQ(pagoda_VSpace_ProtectRange(OWN_VSPACE, RANGE_VA, RANGE_PAGES, seL4_CanRead, RANGE_DATA).changed, RANGE_PAGES));
        BEST(slots, pagoda_VSpace_UnmapSlots(OWN_VSPACE, cnode, RANGE_VA, RANGE_PAGES, 0, RANGE_RADIX, &answer));
        EXPECT_EQ(answer.unmapped, RANGE_PAGES);
        range_map(cnode);
        BEST(unmap, pagoda_VSpace_UnmapRange(OWN_VSPACE, RANGE_VA, RANGE_PAGES, &answer));
        EXPECT_EQ(answer.unmapped, RANGE_PAGES);
        pagoda_VSpace_UnmapSlots(OWN_VSPACE, cnode, RANGE_VA, RANGE_PAGES, 0, RANGE_RADIX, &answer);
    }
    unsigned long copy = ~0ul, again = ~0ul;
    for (int i = 0; i < 3; i++) {
        BEST(copy, range_map_copies(cnode));
        pagoda_VSpace_UnmapRange(OWN_VSPACE, RANGE_VA, RANGE_PAGES, &answer);
        BEST(again, range_map_copies(cnode));
        pagoda_VSpace_UnmapRange(OWN_VSPACE, RANGE_VA, RANGE_PAGES, &answer);
        for (unsigned long slot = RANGE_PAGES; slot < 2 * RANGE_PAGES; slot++)
            EXPECT_OK(seL4_CNode_Delete(cnode, slot, RANGE_RADIX));
    }
    range_row("map_copies_page", copy);
    range_row("map_copies_page_again", again);
    range_row("map_range_page", map);
    range_row("protect_range_page", protect);
    range_row("unmap_range_page", unmap);
    range_row("unmap_slots_page", slots);
}

TEST(harvest, "accessed and dirty of 512 pages, cleared, when all were written and when none was touched; the first access after it")
{
    pagoda_VSpace_Harvest_t answer;
    unsigned long all = ~0ul, none = ~0ul, read = ~0ul;
    range_map(range_frames());
    for (int i = 0; i < 3; i++) {
        for (unsigned long page = 0; page < RANGE_PAGES; page++)
            *(volatile char *)(RANGE_VA + 4096 * page) = 1;
        BEST(all, pagoda_VSpace_Harvest(OWN_VSPACE, RANGE_VA, RANGE_PAGES, PAGODA_CLEAR_ACCESSED | PAGODA_CLEAR_DIRTY, &answer));
        EXPECT_EQ(answer.dirty[7], ~0ul);
        BEST(none, pagoda_VSpace_Harvest(OWN_VSPACE, RANGE_VA, RANGE_PAGES, PAGODA_CLEAR_ACCESSED | PAGODA_CLEAR_DIRTY, &answer));
        EXPECT_EQ(answer.accessed[7], 0);
        BEST(read, *(volatile char *)RANGE_VA);
    }
    range_row("harvest_page", all);
    range_row("harvest_page_idle", none);
    row("access_noted", read);
}

TEST(replace_frame, "a page moved to another frame")
{
    seL4_CPtr first = frame_new(), second = frame_new();
    unsigned long va = (unsigned long)window_new(1), replace = ~0ul;
    EXPECT_OK(seL4_ARM_Page_Map(first, OWN_VSPACE, va, seL4_ReadWrite, RANGE_DATA));
    for (int i = 0; i < ROUNDS; i++)
        BEST(replace, EXPECT_OK(pagoda_VSpace_ReplaceFrame(OWN_VSPACE, i % 2 ? second : first, i % 2 ? first : second, va)));
    row("replace_frame", replace);
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

/* ---- the cheapest call, interrupts ---- */

TEST(null_call, "a system call that does nothing; and one that finds nothing to do: Poll of a notification without a signal")
{
    unsigned long null = ~0ul, poll = ~0ul;
    seL4_CPtr notification = notification_new();
    for (int i = 0; i < ROUNDS; i++)
        BEST(poll, seL4_Poll(notification, NULL));
    for (int i = 0; i < ROUNDS; i++)
        BEST(null, seL4_BenchmarkNullSyscall());
    row("poll", poll);
    row("null_call", null);
}

static unsigned long handle_interrupts(unsigned long notification)
{
    for (;;) {
        seL4_Wait(notification, NULL);
        received_at = counter_read();
    }
    return 0;
}

#define PL011_IMSC (0x38 / 4)
#define PL011_ICR (0x44 / 4)
#define PL011_TX (1u << 5)
#define UART_IRQ 33

TEST(interrupt, "device interrupt to its handler in another space: from the store that raises it until the handler runs")
{
    volatile uint32_t *uart = window_new(1);
    seL4_CPtr handler = slot_new(), notification = notification_new();
    EXPECT_OK(seL4_ARM_Page_Map(copy_new(console_frame()), OWN_VSPACE, (unsigned long)uart, seL4_ReadWrite, seL4_ARM_ExecuteNever));
    EXPECT_OK(seL4_IRQControl_Get(IRQ_CONTROL, UART_IRQ, ROOT_CNODE, handler, DEPTH));
    EXPECT_OK(seL4_IRQHandler_SetNotification(handler, notification));
    struct thread *thread = thread_elsewhere(PRIORITY_HIGH, 0);
    thread_start(thread, handle_interrupts, notification);
    unsigned long taken = ~0ul;
    for (int i = 0; i < ROUNDS; i++) {
        received_at = 0;
        uart[0] = '.'; /* sent at once: the transmitter is empty again, which is what interrupts when it is let */
        unsigned long start = counter_read();
        uart[PL011_IMSC] = PL011_TX;
        while (received_at == 0) {
        }
        taken = best(taken, received_at - start);
        uart[PL011_IMSC] = 0;
        uart[PL011_ICR] = PL011_TX;
        EXPECT_OK(seL4_IRQHandler_Ack(handler));
    }
    console_print("\n");
    row("interrupt_to_handler", taken);
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

/*
 * Two or more spaces pass a signal round; what one hop costs must not depend on how many there are. Each has one page, with a program that waits for the notification
 * in x20 and signals the one in x21.
 */
extern const char ring_program[], ring_program_end[];
asm(".pushsection .text\n"
    ".balign 8\n"
    "ring_program:\n"
    "    mov x0, x20\n"
    "    mov x7, #-9\n" /* Wait */
    "    svc #0\n"
    "    mov x0, x21\n"
    "    mov x1, #0\n"
    "    mov x7, #-5\n" /* Send */
    "    svc #0\n"
    "    b ring_program\n"
    "ring_program_end:\n"
    ".popsection\n");
_Static_assert((int)seL4_SysWait == -9 && (int)seL4_SysSend == -5, "as in ring_program");

#define RING_VA 0x400000ul
#define RING_MOST 64

static void ring_space(seL4_CPtr page, seL4_CPtr own, seL4_CPtr next)
{
    seL4_CPtr vspace = vspace_new(), tcb = object_new(seL4_TCBObject, 0), sc = sched_context_new();
    seL4_UserContext context;
    for (int level = 0; level < 3; level++)
        EXPECT_OK(seL4_ARM_PageTable_Map(object_new(seL4_ARM_PageTableObject, 0), vspace, RING_VA, seL4_ARM_Default_VMAttributes));
    EXPECT_OK(seL4_ARM_Page_Map(copy_new(page), vspace, RING_VA, seL4_CanRead, seL4_ARM_Default_VMAttributes));
    EXPECT_OK(seL4_SchedControl_ConfigureFlags(sched_control(), sc, 5000, 5000, 0, 0, 0));
    EXPECT_OK(seL4_TCB_Configure(tcb, ROOT_CNODE, 0, vspace, 0, 0, 0));
    EXPECT_OK(seL4_TCB_SetSchedParams(tcb, OWN_TCB, PRIORITY_MAIN, PRIORITY_MAIN, sc, 0));
    memset(&context, 0, sizeof context);
    context.pc = RING_VA;
    context.x20 = own;
    context.x21 = next;
    EXPECT_OK(seL4_TCB_WriteRegisters(tcb, 1, 0, SEL4_CONTEXT_WORDS, &context));
}

static void measure_ring(unsigned n, const char *name)
{
    seL4_CPtr ring[RING_MOST], page = frame_new();
    void *program = window_new(1);
    EXPECT_OK(page_map(page, program, RIGHT_READ | RIGHT_WRITE));
    memcpy(program, ring_program, (size_t)(ring_program_end - ring_program));
    for (unsigned i = 0; i < n; i++)
        ring[i] = notification_new();
    for (unsigned i = 1; i < n; i++)
        ring_space(page, ring[i], ring[(i + 1) % n]);
    EXPECT_OK(seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, PRIORITY_MAIN - 1)); /* all of them wait now */
    EXPECT_OK(seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, PRIORITY_MAIN));
    unsigned long hops = ~0ul;
    for (int i = 0; i < ROUNDS; i++)
        BEST(hops, { seL4_Signal(ring[1 % n]); seL4_Wait(ring[0], NULL); });
    console_print("row %s %lu\n", name, (hops - counter_overhead()) / n);
}

TEST(ring_of_2_spaces, "signal passed between 2 address spaces, per hop") { measure_ring(2, "switch_by_signal"); }
TEST(ring_of_64_spaces, "signal passed through 64 address spaces, per hop") { measure_ring(RING_MOST, "switch_by_signal_64"); }

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
