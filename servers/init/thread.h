/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * init's second thread. The first one starts the services, and while it waits for one of them it can do nothing else; the second one
 * answers the init protocol and hears of crashes from the very beginning, so that a service that dies during start is reported too.
 */
#ifndef INIT_THREAD_H
#define INIT_THREAD_H

#include "memory.h"

/*
 * second_thread_start: run `entry` (which must not return) beside the caller, at the same priority, with its own stack, IPC buffer and
 * thread-local storage. Once only.
 *   notification  bound to the new thread
 */
void second_thread_start(struct block *block, const seL4_BootInfo *info, seL4_CPtr notification, void (*entry)(void));

/*
 * bare_thread_start: run `entry`, which must not return, on a stack that ends at stack_end, without IPC buffer and thread-local storage: the stubs that receive
 * need both, take_signal does without.
 *   budget_us, period_us  of its scheduling context; equal: round robin
 * Returns its TCB.
 */
struct bare_thread {
    void (*entry)(void);
    void *stack_end;
    uint64_t budget_us, period_us;
    unsigned priority;
};
seL4_CPtr bare_thread_start(struct block *block, const seL4_BootInfo *info, const struct bare_thread *t);

/* take_signal: the word of a notification, 0 if it has none. wait_signal: the same once it has one. */
seL4_Word take_signal(seL4_CPtr notification);
seL4_Word wait_signal(seL4_CPtr notification);

#endif
