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

#endif
