/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupt control and handlers, software-generated interrupts, a device's interrupt. */
#include "harness.h"

#include <pagoda/kernel_info.h>

#define SGI 5
#define TIMER_IRQ 27

static struct answer get(unsigned long irq, seL4_CPtr slot)
{
    return invoke(IRQ_CONTROL, IRQControlGet, WORDS(irq, slot, DEPTH), CAPS(ROOT_CNODE));
}

static struct answer issue_sgi(unsigned long sgi, unsigned long target, seL4_CPtr slot)
{
    return invoke(IRQ_CONTROL, ARMIRQIssueSGISignal, WORDS(sgi, target, slot, DEPTH), CAPS(ROOT_CNODE));
}

static unsigned long max_irq(void)
{
    struct answer got = get(1ul << 40, slot_new());
    EXPECT_EQ(got.label, seL4_RangeError);
    EXPECT_EQ(got.words[0], 0);
    return got.words[1];
}

TEST(irq_get_above_the_last_is_range_error, "0 to the highest interrupt of this machine")
{
    unsigned long max = max_irq();
    EXPECT(max >= 32 && max < 1020);
    EXPECT_RANGE_ERROR(get(max + 1, slot_new()), 0, max);
    EXPECT_RANGE_ERROR(invoke(IRQ_CONTROL, ARMIRQIssueIRQHandlerTrigger, WORDS(max + 1, 0, slot_new(), DEPTH), CAPS(ROOT_CNODE)), 0, max);
}

TEST(irq_get_twice_is_revoke_first, "until the handler is deleted")
{
    seL4_CPtr handler = slot_new(), other = slot_new();
    EXPECT_SUCCESS(get(SGI, handler));
    EXPECT_ERROR(get(SGI, other), seL4_RevokeFirst);
    EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, handler, DEPTH));
    EXPECT_SUCCESS(get(SGI, other));
}

TEST(irq_get_of_the_kernel_timer_is_revoke_first, "the kernel keeps it")
{
    EXPECT_ERROR(get(TIMER_IRQ, slot_new()), seL4_RevokeFirst);
}

TEST(irq_get_destination_errors, "occupied slot DeleteFirst, bad depth range error, missing words and capability")
{
    EXPECT_ERROR(get(SGI, endpoint_new()), seL4_DeleteFirst);
    EXPECT_RANGE_ERROR(invoke(IRQ_CONTROL, IRQControlGet, WORDS(SGI, slot_new(), 65), CAPS(ROOT_CNODE)), 1, 64);
    EXPECT_ERROR(invoke(IRQ_CONTROL, IRQControlGet, WORDS(SGI, 0), CAPS(ROOT_CNODE)), seL4_TruncatedMessage);
    EXPECT_ERROR(invoke(IRQ_CONTROL, IRQControlGet, WORDS(SGI, 0, 64), NO_CAPS), seL4_TruncatedMessage);
    EXPECT_ERROR_WORDS(invoke(IRQ_CONTROL, IRQControlGet, WORDS(SGI, 0, 64), CAPS(endpoint_new())), seL4_FailedLookup, 0, LOOKUP_INVALID_ROOT);
}

TEST(irq_handler_notification_must_be_one_with_write, "anything else is InvalidCapability 0")
{
    seL4_CPtr handler = slot_new();
    EXPECT_SUCCESS(get(SGI, handler));
    EXPECT_INVALID_CAPABILITY(invoke(handler, IRQHandlerSetNotification, NO_WORDS, CAPS(endpoint_new())), 0);
    EXPECT_INVALID_CAPABILITY(invoke(handler, IRQHandlerSetNotification, NO_WORDS, CAPS(mint_new(notification_new(), RIGHT_READ, 1))), 0);
    EXPECT_ERROR(invoke(handler, IRQHandlerSetNotification, NO_WORDS, NO_CAPS), seL4_TruncatedMessage);
    EXPECT_SUCCESS(invoke(handler, IRQHandlerSetNotification, NO_WORDS, CAPS(notification_new())));
    EXPECT_SUCCESS(invoke(handler, IRQHandlerClear, NO_WORDS, NO_CAPS));
    EXPECT_SUCCESS(invoke(handler, IRQHandlerAck, NO_WORDS, NO_CAPS));
    EXPECT_ERROR(invoke(handler, TCBSuspend, NO_WORDS, NO_CAPS), seL4_IllegalOperation);
}

TEST(irq_control_unknown_label_is_illegal_operation, "of another object, and of the extension's range")
{
    EXPECT_ERROR(invoke(IRQ_CONTROL, TCBSuspend, NO_WORDS, NO_CAPS), seL4_IllegalOperation);
    EXPECT_ERROR(invoke(IRQ_CONTROL, 4999, NO_WORDS, NO_CAPS), seL4_IllegalOperation);
}

TEST(sgi_number_or_target_out_of_range, "0 to 15; a target that this interrupt controller does not have")
{
    EXPECT_RANGE_ERROR(issue_sgi(16, 0, slot_new()), 0, 15);
    EXPECT_INVALID_ARGUMENT(issue_sgi(SGI, 1ul << 33, slot_new()), 1);
    EXPECT_ERROR(issue_sgi(SGI, 0, endpoint_new()), seL4_DeleteFirst);
}

static struct {
    seL4_CPtr sgi, handler, notification;
} software;

static void software_interrupt(void)
{
    software.sgi = slot_new(), software.handler = slot_new(), software.notification = notification_new();
    EXPECT_SUCCESS(issue_sgi(SGI, 0, software.sgi));
    EXPECT_SUCCESS(get(SGI, software.handler));
    EXPECT_OK(seL4_IRQHandler_SetNotification(software.handler, mint_new(software.notification, RIGHT_ALL, 64)));
}

static seL4_Word wait_badge(seL4_CPtr ntfn)
{
    seL4_Word badge = 0;
    seL4_Wait(ntfn, &badge);
    return badge;
}

static seL4_Word poll_badge(seL4_CPtr ntfn)
{
    seL4_Word badge = 0;
    seL4_Poll(ntfn, &badge);
    return badge;
}

TEST(sgi_signals_its_notification, "any label raises it; after Ack it comes again")
{
    software_interrupt();
    for (unsigned long i = 0; i < 5; i++) {
        EXPECT_SUCCESS(invoke(software.sgi, i, NO_WORDS, NO_CAPS));
        EXPECT_EQ(wait_badge(software.notification), 64);
        EXPECT_OK(seL4_IRQHandler_Ack(software.handler));
    }
}

TEST(sgi_is_held_until_acknowledged, "a second one is delivered after Ack only")
{
    software_interrupt();
    EXPECT_SUCCESS(invoke(software.sgi, 0, NO_WORDS, NO_CAPS));
    EXPECT_EQ(wait_badge(software.notification), 64);
    EXPECT_SUCCESS(invoke(software.sgi, 0, NO_WORDS, NO_CAPS));
    EXPECT_EQ(poll_badge(software.notification), 0);
    EXPECT_OK(seL4_IRQHandler_Ack(software.handler));
    EXPECT_EQ(wait_badge(software.notification), 64);
    EXPECT_OK(seL4_IRQHandler_Ack(software.handler));
}

TEST(sgi_without_notification_is_dropped, "after Clear nothing is signalled")
{
    software_interrupt();
    EXPECT_OK(seL4_IRQHandler_Clear(software.handler));
    EXPECT_SUCCESS(invoke(software.sgi, 0, NO_WORDS, NO_CAPS));
    EXPECT_EQ(poll_badge(software.notification), 0);
    EXPECT_OK(seL4_IRQHandler_Ack(software.handler));
}

static unsigned long wait_for_interrupt(unsigned long ntfn)
{
    return wait_badge(ntfn);
}

TEST(sgi_preempts_a_lower_thread, "a higher thread waiting for it runs before the interrupted one goes on")
{
    software_interrupt();
    struct thread *t = thread_new(PRIORITY_HIGH);
    thread_start(t, wait_for_interrupt, software.notification);
    EXPECT_SUCCESS(invoke(software.sgi, 0, NO_WORDS, NO_CAPS));
    for (volatile unsigned long i = 0; i < 10000 && !t->finished; i++) {
    }
    EXPECT(t->finished);
    EXPECT_EQ(t->result, 64);
}

TEST(irq_delete_of_the_notification_leaves_the_handler_usable, "another notification can be set")
{
    software_interrupt();
    EXPECT_OK(seL4_CNode_Revoke(ROOT_CNODE, software.notification, DEPTH));
    EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, software.notification, DEPTH));
    EXPECT_SUCCESS(invoke(software.sgi, 0, NO_WORDS, NO_CAPS));
    EXPECT_OK(seL4_IRQHandler_Ack(software.handler));
    seL4_CPtr other = notification_new();
    EXPECT_OK(seL4_IRQHandler_SetNotification(software.handler, mint_new(other, RIGHT_ALL, 2)));
    EXPECT_SUCCESS(invoke(software.sgi, 0, NO_WORDS, NO_CAPS));
    EXPECT_EQ(wait_badge(other), 2);
    EXPECT_OK(seL4_IRQHandler_Ack(software.handler));
}

TEST(irq_handlers_are_children_of_irq_control, "revoking it deletes them")
{
    seL4_CPtr handler = slot_new(), sgi = slot_new();
    EXPECT_SUCCESS(get(SGI, handler));
    EXPECT_SUCCESS(issue_sgi(SGI, 0, sgi));
    EXPECT_OK(seL4_CNode_Revoke(ROOT_CNODE, IRQ_CONTROL, DEPTH));
    EXPECT(slot_is_empty(handler) && slot_is_empty(sgi));
}

/* The UART's transmit interrupt: level-triggered, comes as long as it is not masked in the device. */
#define PL011_IMSC (0x38 / 4)
#define PL011_ICR (0x44 / 4)
#define PL011_TX (1u << 5)

static unsigned long uart_irq(void)
{
    return device_tree_mentions("raspberrypi,4-model-b") ? 153 : 33;
}

TEST(irq_of_a_device_arrives_and_is_held_until_ack, "the UART's level-triggered transmit interrupt")
{
    volatile uint32_t *uart = window_new(1);
    seL4_CPtr handler = slot_new(), ntfn = notification_new();
    EXPECT_OK(seL4_ARM_Page_Map(copy_new(console_frame()), OWN_VSPACE, (unsigned long)uart, seL4_ReadWrite, seL4_ARM_ExecuteNever));
    EXPECT_SUCCESS(get(uart_irq(), handler));
    EXPECT_OK(seL4_IRQHandler_SetNotification(handler, mint_new(ntfn, RIGHT_ALL, 128)));
    console_print("# a character makes the transmitter empty again\n");
    uart[PL011_IMSC] = PL011_TX;
    EXPECT_EQ(wait_badge(ntfn), 128);
    uart[PL011_IMSC] = 0;
    uart[PL011_ICR] = PL011_TX;
    EXPECT_OK(seL4_IRQHandler_Ack(handler));
    EXPECT_EQ(poll_badge(ntfn), 0);
}

/* The kernel information page. */
static volatile struct kernel_info *info_page(void)
{
    seL4_CPtr frame = slot_new();
    EXPECT_OK(pagoda_KernelInfoFrame(IRQ_CONTROL, ROOT_CNODE, frame, DEPTH));
    void *va = window_new(1);
    EXPECT_OK(page_map(frame, va, RIGHT_READ | RIGHT_WRITE));
    return va;
}

TEST(kernel_info_page_tells_who_it_is, "magic number, version, timer frequency, cache geometry")
{
    volatile struct kernel_info *info = info_page();
    EXPECT_EQ(info->magic, KERNEL_INFO_MAGIC);
    EXPECT_EQ(info->version, KERNEL_INFO_VERSION);
    EXPECT(info->timer_frequency >= 1000000);
    EXPECT(info->hw_asid_bits == 8 || info->hw_asid_bits == 16);
    EXPECT(info->dcache_line_bytes >= 16 && info->icache_line_bytes >= 16);
    EXPECT(info->page_colours >= 1);
    EXPECT(info->root_ticks >= info->boot_ticks);
}

TEST(kernel_info_counters_count, "system calls, faults and switches grow by what happened")
{
    volatile struct kernel_info *info = info_page();
    unsigned long calls = info->syscalls, same = info->switches_same_space, faults = info->faults_other;
    for (unsigned i = 0; i < 100; i++)
        seL4_Yield();
    EXPECT(info->syscalls >= calls + 100);
    seL4_CPtr ep = endpoint_new(), reply = reply_new();
    struct thread *t = thread_new_faulting(PRIORITY_HIGH, ep);
    asm(".pushsection .text\n\t.balign 4\ninfo_undefined: udf #0\n\t.popsection");
    extern unsigned long info_undefined(unsigned long argument);
    thread_start(t, info_undefined, 0);
    seL4_Recv(ep, NULL, reply);
    EXPECT_EQ(info->faults_other, faults + 1);
    EXPECT(info->switches_same_space > same);
}

static unsigned long store(unsigned long va)
{
    *(volatile unsigned long *)va = 1;
    return 0;
}

TEST(kernel_info_page_cannot_be_written, "mapped with write rights it still is read-only")
{
    seL4_CPtr ep = endpoint_new(), reply = reply_new();
    struct thread *t = thread_new_faulting(PRIORITY_HIGH, mint_new(ep, RIGHT_ALL, 1));
    thread_start(t, store, (unsigned long)info_page());
    seL4_Word badge = 0;
    seL4_NBRecv(ep, &badge, reply);
    EXPECT_EQ(badge, 1);
}

TEST(kernel_info_frame_destination_errors, "occupied slot, bad depth, missing words and capability")
{
    EXPECT_ERROR(invoke(IRQ_CONTROL, PagodaKernelInfoFrame, WORDS(endpoint_new(), DEPTH), CAPS(ROOT_CNODE)), seL4_DeleteFirst);
    EXPECT_RANGE_ERROR(invoke(IRQ_CONTROL, PagodaKernelInfoFrame, WORDS(slot_new(), 65), CAPS(ROOT_CNODE)), 1, 64);
    EXPECT_ERROR(invoke(IRQ_CONTROL, PagodaKernelInfoFrame, WORDS(0), CAPS(ROOT_CNODE)), seL4_TruncatedMessage);
    EXPECT_ERROR(invoke(IRQ_CONTROL, PagodaKernelInfoFrame, WORDS(0, 64), NO_CAPS), seL4_TruncatedMessage);
}
