/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel window: which physical memory the kernel can reach through kernel_pointer(). */
#ifndef KERNEL_VM_WINDOW_H
#define KERNEL_VM_WINDOW_H

#include "types.h"

struct boot_descriptor;

/* window_init: remember the machine's RAM. */
void window_init(const struct boot_descriptor *boot);
/* window_covers: is all of [pa, pa + len) RAM? O(ranges of RAM). */
bool window_covers(pa_t pa, size_t len);

#endif
