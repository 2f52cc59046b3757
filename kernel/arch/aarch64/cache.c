/* SPDX-License-Identifier: BSD-2-Clause */
/* Cache maintenance by address, cache geometry, clearing memory. */
#include "info.h"
#include "local.h"

static unsigned dcache_line = 64, icache_line = 64; /* bytes */
static unsigned zva_block;                           /* bytes that DC ZVA clears, 0: it may not be used */

#define FOR_EACH_LINE(p, len, line, op)                                                        \
    do {                                                                                       \
        uintptr_t end_ = (uintptr_t)(p) + (len);                                               \
        for (uintptr_t at_ = (uintptr_t)(p) & ~((uintptr_t)(line)-1); at_ < end_; at_ += line) \
            __asm__ volatile(op ", %0" ::"r"(at_) : "memory");                                 \
    } while (0)

void cache_clean_poc(const void *p, size_t len)
{
    FOR_EACH_LINE(p, len, dcache_line, "dc cvac");
    dsb_sy();
}

void cache_invalidate_poc(const void *p, size_t len)
{
    FOR_EACH_LINE(p, len, dcache_line, "dc ivac");
    dsb_sy();
}

void cache_clean_invalidate_poc(const void *p, size_t len)
{
    FOR_EACH_LINE(p, len, dcache_line, "dc civac");
    dsb_sy();
}

/* An instruction cache that is not PIPT can hold the same memory under a user's address too, which this address does not reach. */
static bool icache_is_physical(void) { return (READ_SYSREG(ctr_el0) >> 14 & 3) == 3; }

void cache_unify_pou(const void *p, size_t len)
{
    FOR_EACH_LINE(p, len, dcache_line, "dc cvau");
    dsb_ish();
    if (icache_is_physical())
        FOR_EACH_LINE(p, len, icache_line, "ic ivau");
    else
        __asm__ volatile("ic ialluis" ::: "memory");
    dsb_ish();
    isb();
}

void memory_zero(void *p, size_t len)
{
    uint8_t *at = p, *end = at + len;

    if (zva_block && len >= zva_block) {
        for (; (uintptr_t)at & (zva_block - 1); at += 16)
            __asm__ volatile("stp xzr, xzr, [%0]" ::"r"(at) : "memory");
        for (; (size_t)(end - at) >= zva_block; at += zva_block)
            __asm__ volatile("dc zva, %0" ::"r"(at) : "memory");
    }
    for (; at < end; at += 16)
        __asm__ volatile("stp xzr, xzr, [%0]" ::"r"(at) : "memory");
}

void memory_copy_page(void *to, const void *from)
{
    uint64_t *d = to;
    const uint64_t *s = from;
    for (const uint64_t *end = s + 512; s < end; s += 8, d += 8)
        __asm__ volatile("ldp x9, x10, [%1]\n ldp x11, x12, [%1, #16]\n ldp x13, x14, [%1, #32]\n ldp x15, x16, [%1, #48]\n"
                         "stp x9, x10, [%0]\n stp x11, x12, [%0, #16]\n stp x13, x14, [%0, #32]\n stp x15, x16, [%0, #48]\n"
                         :
                         : "r"(d), "r"(s)
                         : "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "memory");
}

/* Geometry of the data or unified cache of `level` (1..3). */
static void read_geometry(unsigned level, bool wide_format)
{
    WRITE_SYSREG(csselr_el1, (level - 1) << 1);
    isb();
    uint64_t ccsidr = READ_SYSREG(ccsidr_el1);
    uint64_t line = 16ull << (ccsidr & 7);
    uint64_t ways = (wide_format ? ccsidr >> 3 & MASK(21) : ccsidr >> 3 & MASK(10)) + 1;
    uint64_t sets = (wide_format ? ccsidr >> 32 & MASK(24) : ccsidr >> 13 & MASK(15)) + 1;
    kernel_info->dcache[level - 1].line_bytes = line;
    kernel_info->dcache[level - 1].ways = ways;
    kernel_info->dcache[level - 1].sets = sets;
    kernel_info->dcache[level - 1].size_bytes = line * ways * sets;
    uint64_t colours = sets * line >> 12;
    kernel_info->page_colours = colours ? colours : 1;
}

void cache_init(void)
{
    uint64_t ctr = READ_SYSREG(ctr_el0), dczid = READ_SYSREG(dczid_el0), clidr = READ_SYSREG(clidr_el1);
    bool wide_format = READ_SYSREG(id_aa64mmfr2_el1) >> 20 & 15;

    icache_line = 4u << (ctr & 15);
    dcache_line = 4u << (ctr >> 16 & 15);
    zva_block = dczid & 16 ? 0 : 4u << (dczid & 15);
    kernel_info->icache_line_bytes = icache_line;
    kernel_info->dcache_line_bytes = dcache_line;
    kernel_info->icache_policy = ctr >> 14 & 3;
    kernel_info->page_colours = 1;
    for (unsigned level = 1; level <= 3; level++) {
        unsigned type = (unsigned)(clidr >> 3 * (level - 1)) & 7;
        if (type >= 2)
            read_geometry(level, wide_format);
    }
}
