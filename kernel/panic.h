/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's last words. An assertion states an invariant of the kernel itself; what a user program sends never meets one.
 */
#ifndef KERNEL_PANIC_H
#define KERNEL_PANIC_H

#include "types.h"

/* kernel_panic: print the message with a "pagoda: kernel: " prefix and stop the machine (arch_stop). */
NORETURN void kernel_panic(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* KASSERT: in debug builds stop when an invariant does not hold; in release builds nothing is evaluated. */
#ifdef PAGODA_DEBUG
#define KASSERT(cond) ((cond) ? (void)0 : kernel_panic("%s:%d: invariant broken: %s", __FILE__, __LINE__, #cond))
#else
#define KASSERT(cond) ((void)sizeof(!(cond)))
#endif

#endif
