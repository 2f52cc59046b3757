/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupts: IRQControl issues one IRQHandler capability per line, and any number of SGISignal capabilities.
 * A delivered interrupt signals the handler's notification and is held off until acknowledged.
 */
#ifndef KERNEL_OBJECT_IRQ_H
#define KERNEL_OBJECT_IRQ_H

#include "object/cap.h"
#include "object/error.h"

enum { IRQ_LIMIT = 1020 }; /* interrupt IDs above are special or message-based */

/* irq_init: `lines` is irq_lines() zeroed slots in the kernel window, kept for ever: the notification of each line. */
void irq_init(struct slot *lines);
unsigned irq_lines(void);
/* irq_take: an interrupt that is not the kernel's was acknowledged: it is held off until its handler acknowledges it. Gives the capability of the notification to
 * signal, NULL if there is none. */
const struct cap *irq_take(unsigned irq);
/* irq_handler_disable: first step of the end of a line's handler: nothing is delivered any more. Gives the slot that holds its notification, to be emptied.
 * irq_handler_forget: last step: the line is free to be issued again. */
struct slot *irq_handler_disable(unsigned irq);
void irq_handler_forget(unsigned irq);

error_t irq_control_invoke(struct invocation *inv); /* Get, GetTrigger, IssueSGISignal, and the labels of kernel_ext.h; ABI 12 */
error_t irq_handler_invoke(struct invocation *inv); /* Ack, SetNotification, Clear */
error_t sgi_invoke(struct invocation *inv);         /* any label: raise it */

#endif
