/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts; see irq.h, ABI 12. */
#include "object/irq.h"
#include "generated/invocations.h"
#include "object/cdt.h"
#include "object/cnode.h"
#include "object/kernel_ext.h"
#include "object/notification.h"
#include "panic.h"

enum { SGI_MAX = 15, SGI_TARGET_MAX_GICV2 = 7 };

static struct slot *notifications;              /* of each line */
static uint64_t issued[(IRQ_LIMIT + 63) / 64];  /* lines that have a handler capability */

static bool is_issued(unsigned irq) { return issued[irq / 64] >> (irq % 64) & 1; }
static void set_issued(unsigned irq, bool value) { issued[irq / 64] = (issued[irq / 64] & ~BIT(irq % 64)) | (uint64_t)value << (irq % 64); }

unsigned irq_lines(void) { return irq_max() < IRQ_LIMIT ? irq_max() + 1 : IRQ_LIMIT; }

void irq_init(struct slot *lines) { notifications = lines; }

const struct cap *irq_take(unsigned irq)
{
    KASSERT(irq < irq_lines());
    irq_hold(irq);
    const struct cap *cap = &notifications[irq].cap;
    return cap->type == CAP_NOTIFICATION ? cap : NULL;
}

struct slot *irq_handler_disable(unsigned irq)
{
    irq_set_masked(irq, true);
    irq_release(irq); /* a line that stayed held could never be delivered to its next handler; masked, nothing comes of the release */
    irq_set_masked(irq, true);
    return &notifications[irq];
}

void irq_handler_forget(unsigned irq) { set_issued(irq, false); }

/* ---- IRQControl ---- */

enum trigger { TRIGGER_UNCHANGED, TRIGGER_LEVEL, TRIGGER_EDGE };

static error_t irq_control_issue(struct invocation *inv, word_t irq, enum trigger trigger, word_t index, word_t depth)
{
    struct slot *dest;
    if (irq >= irq_lines())
        return range_error(0, irq_lines() - 1);
    if (is_issued((unsigned)irq) || irq == irq_timer())
        return revoke_first();
    error_t error = lookup_empty_target_slot(inv->caps[0], index, depth, &dest);
    if (error.code)
        return error;

    if (trigger != TRIGGER_UNCHANGED)
        irq_set_trigger((unsigned)irq, trigger == TRIGGER_EDGE);
    set_issued((unsigned)irq, true);
    slot_insert_original(inv->slot, dest, (struct cap){.irq_handler = {.irq = irq, .type = CAP_IRQ_HANDLER}});
    irq_set_masked((unsigned)irq, false);
    return ok();
}

static error_t irq_control_get(struct invocation *inv)
{
    struct args_irq_control_get a;
    if (!args_irq_control_get_read(inv, &a))
        return truncated_message();
    return irq_control_issue(inv, a.irq, TRIGGER_UNCHANGED, a.index, a.depth);
}

static error_t irq_control_get_trigger(struct invocation *inv)
{
    struct args_arm_irq_control_get_trigger a;
    if (!args_arm_irq_control_get_trigger_read(inv, &a))
        return truncated_message();
    return irq_control_issue(inv, a.irq, a.trigger ? TRIGGER_EDGE : TRIGGER_LEVEL, a.index, a.depth);
}

static error_t irq_control_issue_sgi(struct invocation *inv)
{
    struct args_arm_irq_issue_sgi_signal a;
    struct slot *dest;
    if (!args_arm_irq_issue_sgi_signal_read(inv, &a))
        return truncated_message();
    if (a.sgi > SGI_MAX)
        return range_error(0, SGI_MAX);
    if (a.target > (irq_gic_version() == 2 ? SGI_TARGET_MAX_GICV2 : UINT32_MAX))
        return invalid_argument(1);
    error_t error = lookup_empty_target_slot(inv->caps[0], a.index, a.depth, &dest);
    if (error.code)
        return error;

    slot_insert_original(inv->slot, dest, (struct cap){.sgi_signal = {.sgi = a.sgi, .target = a.target, .type = CAP_SGI_SIGNAL}});
    return ok();
}

error_t irq_control_invoke(struct invocation *inv)
{
    switch (inv->label) {
    case LABEL_IRQ_CONTROL_GET:
        return irq_control_get(inv);
    case LABEL_ARM_IRQ_CONTROL_GET_TRIGGER:
        return irq_control_get_trigger(inv);
    case LABEL_ARM_IRQ_ISSUE_SGI_SIGNAL:
        return irq_control_issue_sgi(inv);
    default:
        return kernel_ext_invoke(inv);
    }
}

/* ---- IRQHandler ---- */

static error_t irq_handler_set_notification(struct invocation *inv, struct slot *line)
{
    if (inv->n_caps < ARGS_IRQ_HANDLER_SET_NOTIFICATION_CAPS)
        return truncated_message();
    struct slot *src = inv->caps[0];
    if (src->cap.type != CAP_NOTIFICATION || !(src->cap.endpoint.rights & RIGHT_WRITE))
        return invalid_capability(0);

    struct cap cap = src->cap; /* notifications are copied as they are */
    if (!slot_delete(line)) /* cannot be the last capability to src's notification: src is another one */
        return preempted();
    slot_insert_copy(src, line, cap);
    return ok();
}

error_t irq_handler_invoke(struct invocation *inv)
{
    unsigned irq = (unsigned)inv->slot->cap.irq_handler.irq;
    switch (inv->label) {
    case LABEL_IRQ_HANDLER_ACK:
        irq_release(irq);
        return ok();
    case LABEL_IRQ_HANDLER_SET_NOTIFICATION:
        return irq_handler_set_notification(inv, &notifications[irq]);
    case LABEL_IRQ_HANDLER_CLEAR:
        return slot_delete(&notifications[irq]) ? ok() : preempted();
    default:
        return illegal_operation();
    }
}

error_t sgi_invoke(struct invocation *inv)
{
    const struct cap *cap = &inv->slot->cap;
    irq_send_sgi(cap->sgi_signal.sgi, cap->sgi_signal.target);
    return ok();
}
