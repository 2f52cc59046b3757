/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel information page and the time, as the shell reads them. */
#ifndef SHELL_KINFO_H
#define SHELL_KINFO_H

#include "shell.h"

#include "pagoda/kernel_info.h"
#include "pagoda/layout.h"

#include <stdint.h>

/* kinfo: the page, mapped read-only by the process server for the first shell; NULL when there is none or it is not the page that
 * this shell knows. The kernel writes it at any time: read each counter once. */
static inline const volatile struct kernel_info *kinfo(const struct shell *shell)
{
    const volatile struct kernel_info *page = (const volatile struct kernel_info *)LAYOUT_KINFO_VA;
    bool known = shell->first && page->magic == KERNEL_INFO_MAGIC && page->version == KERNEL_INFO_VERSION;
    return known ? page : (const volatile struct kernel_info *)0;
}

/* ticks_to_ns: exact up to half a nanosecond times the ticks' remainder; no overflow for any uptime. */
static inline uint64_t ticks_to_ns(uint64_t ticks, uint64_t frequency)
{
    if (frequency == 0)
        return 0;
    return ticks / frequency * 1000000000u + ticks % frequency * 1000000000u / frequency;
}

#endif
