/* SPDX-License-Identifier: BSD-2-Clause */
/* From the boot descriptor to the running root task. */
#ifndef KERNEL_BOOT_H
#define KERNEL_BOOT_H

#include "pagoda/boot_descriptor.h"
#include "types.h"

/* kernel_main: called once by the architecture's first code, on the kernel stack, with interrupts masked; `boot` is in the kernel window. */
NORETURN void kernel_main(const struct boot_descriptor *boot);

#endif
