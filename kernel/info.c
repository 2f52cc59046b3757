/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel information page; see info.h. */
#include "info.h"
#include "arch.h"

static struct kernel_info early; /* until there is a page for it */

struct kernel_info *kernel_info = &early;
static pa_t page;

void info_init(pa_t pa)
{
    kernel_info = kernel_pointer(pa);
    *kernel_info = early;
    kernel_info->magic = KERNEL_INFO_MAGIC;
    kernel_info->version = KERNEL_INFO_VERSION;
    page = pa;
    this_cpu()->info = kernel_info;
}

pa_t info_page(void) { return page; }
