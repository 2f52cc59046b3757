/* SPDX-License-Identifier: BSD-2-Clause */
/* IRQControl, IRQHandler, SGI capabilities and the kernel's own labels: errors in their order, delivery; ABI 12. */
#include "../host_kernel.h"
#include "info.h"
#include "object/irq.h"
#include "object/notification.h"

static word_t notification, handler;

enum { LINE = 40 };

static struct answer get(word_t irq, word_t dest) { return CALL(SLOT_IRQ_CONTROL, LABEL_IRQ_CONTROL_GET, CAPS(SLOT_INITIAL_CNODE), irq, dest, 64); }

static void setup(void)
{
    kernel_boot();
    notification = free_slot();
    word_t original = make(OBJECT_NOTIFICATION, 0);
    EXPECT_OK(cnode_mint(notification, original, 3, 0x10));
    handler = free_slot();
    EXPECT_OK(get(LINE, handler));
}

static struct notification *signalled(void) { return CAP_OBJECT(slot_of(notification)->cap.endpoint); }

/* What the kernel does with an interrupt once it is acknowledged. */
static void dispatch(unsigned irq)
{
    const struct cap *cap = irq_take(irq);
    if (cap)
        notification_signal(CAP_OBJECT(cap->endpoint), cap->endpoint.badge);
}

START_TEST(irq_get_errors_come_in_order)
{
    setup();
    word_t dest = free_slot();
    EXPECT_PLAIN(CALL(SLOT_IRQ_CONTROL, LABEL_IRQ_CONTROL_GET, CAPS(SLOT_INITIAL_CNODE), 999, dest), ERR_TRUNCATED_MESSAGE);
    EXPECT_PLAIN(CALL(SLOT_IRQ_CONTROL, LABEL_IRQ_CONTROL_GET, NULL, 999, dest, 64), ERR_TRUNCATED_MESSAGE);
    EXPECT(get(HOST_IRQ_MAX + 1, handler), ERR_RANGE, 0, HOST_IRQ_MAX);
    EXPECT_PLAIN(get(LINE, handler), ERR_REVOKE_FIRST);
    EXPECT_PLAIN(get(HOST_IRQ_TIMER, handler), ERR_REVOKE_FIRST);
    EXPECT_PLAIN(get(41, handler), ERR_DELETE_FIRST);
    EXPECT(CALL(SLOT_IRQ_CONTROL, LABEL_IRQ_CONTROL_GET, CAPS(SLOT_INITIAL_CNODE), 41, dest, 99), ERR_RANGE, 1, 64);
    EXPECT(CALL(SLOT_IRQ_CONTROL, LABEL_IRQ_CONTROL_GET, CAPS(handler), 41, dest, 64), ERR_FAILED_LOOKUP, 0, 1);
    EXPECT_PLAIN(CALL0(SLOT_IRQ_CONTROL, LABEL_CNODE_DELETE, NULL), ERR_ILLEGAL_OPERATION);
    ck_assert(host.irq_masked[41] && !host.irq_masked[LINE]);
    EXPECT_OK(CALL(SLOT_IRQ_CONTROL, LABEL_ARM_IRQ_CONTROL_GET_TRIGGER, CAPS(SLOT_INITIAL_CNODE), 41, 1, dest, 64));
    ck_assert(host.irq_edge[41] && !host.irq_masked[41]);
    check_tree();
}
END_TEST

START_TEST(irq_signals_once_until_acknowledged)
{
    setup();
    word_t badged = notification;
    EXPECT_PLAIN(CALL0(handler, LABEL_IRQ_HANDLER_SET_NOTIFICATION, NULL), ERR_TRUNCATED_MESSAGE);
    EXPECT(CALL0(handler, LABEL_IRQ_HANDLER_SET_NOTIFICATION, CAPS(handler)), ERR_INVALID_CAPABILITY, 0);
    word_t read_only = free_slot(), original = make(OBJECT_NOTIFICATION, 0);
    EXPECT_OK(cnode_mint(read_only, original, RIGHT_READ, 0));
    EXPECT(CALL0(handler, LABEL_IRQ_HANDLER_SET_NOTIFICATION, CAPS(read_only)), ERR_INVALID_CAPABILITY, 0);
    EXPECT_OK(CALL0(handler, LABEL_IRQ_HANDLER_SET_NOTIFICATION, CAPS(badged)));
    dispatch(LINE);
    ck_assert(signalled()->pending && signalled()->word == 0x10 && host.irq_held[LINE]);
    EXPECT_OK(CALL0(handler, LABEL_IRQ_HANDLER_ACK, NULL));
    ck_assert(!host.irq_held[LINE]);
    EXPECT_OK(CALL0(handler, LABEL_IRQ_HANDLER_ACK, NULL));
    EXPECT_PLAIN(CALL0(handler, LABEL_IRQ_CONTROL_GET, NULL), ERR_ILLEGAL_OPERATION);
}
END_TEST

START_TEST(irq_without_notification_is_held)
{
    setup();
    EXPECT_OK(CALL0(handler, LABEL_IRQ_HANDLER_SET_NOTIFICATION, CAPS(notification)));
    EXPECT_OK(CALL0(handler, LABEL_IRQ_HANDLER_CLEAR, NULL));
    EXPECT_OK(CALL0(handler, LABEL_IRQ_HANDLER_CLEAR, NULL));
    dispatch(LINE);
    ck_assert(!signalled()->pending && host.irq_held[LINE]);
}
END_TEST

START_TEST(irq_last_handler_deleted_frees_the_line)
{
    setup();
    word_t copy = free_slot();
    EXPECT_OK(CALL0(handler, LABEL_IRQ_HANDLER_SET_NOTIFICATION, CAPS(notification)));
    dispatch(LINE);
    EXPECT_OK(cnode_copy(copy, handler));
    EXPECT_OK(cnode_delete(handler));
    EXPECT_PLAIN(get(LINE, handler), ERR_REVOKE_FIRST);
    EXPECT_OK(cnode_delete(copy));
    ck_assert(host.irq_masked[LINE] && !host.irq_held[LINE]);
    EXPECT_OK(get(LINE, handler));
    dispatch(LINE);
    ck_assert_uint_eq(signalled()->word, 0x10); /* only the first time */
    EXPECT_OK(cnode_revoke(SLOT_IRQ_CONTROL));
    EXPECT_OK(get(LINE, handler));
    check_tree();
}
END_TEST

START_TEST(irq_notification_revoked_leaves_the_handler)
{
    setup();
    word_t memory = untyped_of(6), original = free_slot();
    EXPECT_OK(retype(memory, OBJECT_NOTIFICATION, 0, original, 1));
    EXPECT_OK(CALL0(handler, LABEL_IRQ_HANDLER_SET_NOTIFICATION, CAPS(original)));
    EXPECT_OK(cnode_revoke(memory));
    dispatch(LINE); /* nobody to signal */
    EXPECT_OK(CALL0(handler, LABEL_IRQ_HANDLER_SET_NOTIFICATION, CAPS(notification)));
    check_tree();
}
END_TEST

START_TEST(sgi_errors_come_in_order_and_any_label_raises_it)
{
    setup();
    word_t dest = free_slot();
#define ISSUE(sgi, target, slot) CALL(SLOT_IRQ_CONTROL, LABEL_ARM_IRQ_ISSUE_SGI_SIGNAL, CAPS(SLOT_INITIAL_CNODE), sgi, target, slot, 64)
    EXPECT(ISSUE(16, 99, handler), ERR_RANGE, 0, 15);
    EXPECT(ISSUE(15, 8, handler), ERR_INVALID_ARGUMENT, 1);
    EXPECT_PLAIN(ISSUE(15, 7, handler), ERR_DELETE_FIRST);
    EXPECT_OK(ISSUE(15, 0, dest));
    EXPECT_OK(CALL(dest, 12345, NULL, 1, 2, 3));
    EXPECT_OK(cnode_copy(free_slot(), dest));
    ck_assert_uint_eq(host.sgis_sent, 1);
}
END_TEST

START_TEST(kernel_info_frame_is_read_only_and_ours)
{
    setup();
    word_t dest = free_slot();
    EXPECT_PLAIN(CALL(SLOT_IRQ_CONTROL, LABEL_KERNEL_INFO_FRAME, CAPS(SLOT_INITIAL_CNODE), dest), ERR_TRUNCATED_MESSAGE);
    EXPECT_PLAIN(CALL(SLOT_IRQ_CONTROL, LABEL_KERNEL_INFO_FRAME, CAPS(SLOT_INITIAL_CNODE), handler, 64), ERR_DELETE_FIRST);
    EXPECT_OK(CALL(SLOT_IRQ_CONTROL, LABEL_KERNEL_INFO_FRAME, CAPS(SLOT_INITIAL_CNODE), dest, 64));
    const struct cap *cap = &slot_of(dest)->cap;
    ck_assert(cap->type == CAP_FRAME && cap->frame.rights == RIGHT_READ && !cap->frame.mapped && !cap->frame.device);
    ck_assert_ptr_eq(CAP_OBJECT(cap->frame), kernel_info);
    ck_assert_uint_eq(kernel_info->magic, KERNEL_INFO_MAGIC);
    EXPECT_PLAIN(CALL0(SLOT_IRQ_CONTROL, LABEL_KERNEL_POWER_OFF, NULL), ERR_ILLEGAL_OPERATION); /* the host machine has no means */
    check_tree();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("irq");
    TCase *tcase = tcase_create("irq");
    tcase_add_test(tcase, irq_get_errors_come_in_order);
    tcase_add_test(tcase, irq_signals_once_until_acknowledged);
    tcase_add_test(tcase, irq_without_notification_is_held);
    tcase_add_test(tcase, irq_last_handler_deleted_frees_the_line);
    tcase_add_test(tcase, irq_notification_revoked_leaves_the_handler);
    tcase_add_test(tcase, sgi_errors_come_in_order_and_any_label_raises_it);
    tcase_add_test(tcase, kernel_info_frame_is_read_only_and_ours);
    suite_add_tcase(suite, tcase);
    return kernel_run_tests(suite);
}
