/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fast paths: the most frequent kernel entries, in the shapes they mostly have, with the same outcome as the general paths.
 * Each looks first whether everything is as it needs it; if not it goes on to the general path, with nothing changed but the time of entry.
 * They stay out of line and end in tail calls, so that none of them saves registers on the stack for what only the general path needs.
 */
#ifndef KERNEL_ENTRY_FASTPATH_H
#define KERNEL_ENTRY_FASTPATH_H

#include "info.h"
#include "object/thread.h"

/* fastpath_call and fastpath_reply_recv count their system call themselves: the vectors call them without entry_syscall. */
/* Call on an endpoint at which a thread waits that will run next. No capabilities. */
NOINLINE struct thread *fastpath_call(struct thread *caller);
/* Call on a kernel object; `slot` is the first one that its address leads to. In syscall.c. */
NOINLINE struct thread *fastpath_invoke(struct thread *caller, struct slot *slot);
/* ReplyRecv: answer to a caller that will run next (or restart of one that waits after a page or capability fault), then wait on an
 * endpoint at which nobody else is. No capabilities. */
NOINLINE struct thread *fastpath_reply_recv(struct thread *server);
/* Send to a notification. */
NOINLINE struct thread *fastpath_signal(struct thread *sender);
/* Signal on the notification that an interrupt has; the entry is accounted for (sched_enter). */
NOINLINE struct thread *fastpath_interrupt(const struct cap *handler);
/* Wait (`blocking`) or NBWait on a notification. */
NOINLINE struct thread *fastpath_wait(struct thread *waiter, bool blocking);
/* Page fault of a thread whose handler waits and will run next. */
NOINLINE struct thread *fastpath_vm_fault(struct thread *faulter, va_t va, word_t status, bool instruction);
/* Yield between round robin threads. */
NOINLINE struct thread *fastpath_yield(struct thread *current, struct kernel_info *info);

#endif
