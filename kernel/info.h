/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel information page (pagoda/kernel_info.h): counters incremented all over the kernel, read by users through their frame capability. */
#ifndef KERNEL_INFO_H
#define KERNEL_INFO_H

#include "pagoda/kernel_info.h"
#include "types.h"

/* Never NULL: until info_init has run it points to memory of the kernel image. */
extern struct kernel_info *kernel_info;

/* info_init: move the information to the zeroed page at `pa` in the kernel window, from which it can be mapped; what has been counted is kept. */
void info_init(pa_t pa);
/* info_page: physical address of the page given to info_init. */
pa_t info_page(void);

#endif
