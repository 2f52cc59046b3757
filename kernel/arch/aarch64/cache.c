/* SPDX-License-Identifier: BSD-2-Clause */
/* Cache maintenance by address, cache geometry, clearing memory. */
#include "info.h"
#include "local.h"
#include "tlb_oracle.h"

static unsigned dcache_shift = 6, icache_shift = 6; /* log2 of the bytes in a line */
static unsigned zva_shift;                           /* the same of what DC ZVA clears, 0: it may not be used */

/* One operation on each of `lines` (at least one) cache lines from `at` on; cache_lines.S. */
void cache_lines_cvac(uintptr_t at, size_t lines, size_t line_bytes);
void cache_lines_cvau(uintptr_t at, size_t lines, size_t line_bytes);
void cache_lines_ivac(uintptr_t at, size_t lines, size_t line_bytes);
void cache_lines_civac(uintptr_t at, size_t lines, size_t line_bytes);
void cache_lines_zva(uintptr_t at, size_t lines, size_t line_bytes);
void icache_lines_ivau(uintptr_t at, size_t lines, size_t line_bytes);

typedef void line_operation(uintptr_t at, size_t lines, size_t line_bytes);

static inline void for_lines(line_operation *operation, const void *p, size_t len, unsigned shift)
{
    uintptr_t first = (uintptr_t)p >> shift;
    if (len)
        operation(first << shift, (((uintptr_t)p + len - 1) >> shift) - first + 1, (size_t)1 << shift);
}

void cache_clean_poc(const void *p, size_t len)
{
    for_lines(cache_lines_cvac, p, len, dcache_shift);
    dsb_sy();
}

void cache_invalidate_poc(const void *p, size_t len)
{
    for_lines(cache_lines_ivac, p, len, dcache_shift);
    dsb_sy();
}

void cache_clean_invalidate_poc(const void *p, size_t len)
{
    for_lines(cache_lines_civac, p, len, dcache_shift);
    dsb_sy();
}

/* An instruction cache that is not PIPT can hold the same memory under a user's address too, which this address does not reach. */
static bool icache_is_physical(void) { return (READ_SYSREG(ctr_el0) >> 14 & 3) == 3; }

void cache_unify_pou(const void *p, size_t len)
{
    for_lines(cache_lines_cvau, p, len, dcache_shift);
    dsb_ish();
    if (icache_is_physical())
        for_lines(icache_lines_ivau, p, len, icache_shift);
    else
        __asm__ volatile("ic ialluis" ::: "memory");
    dsb_ish();
    isb();
    tlb_oracle_unified(p, len);
}

/* Source: Arm ARM DDI 0487, DC CISW: the way in the upper bits, the set above those of a line, the level from bit 1 on. */
static void flush_level(unsigned level)
{
    uint64_t line = kernel_info->dcache[level - 1].line_bytes, ways = kernel_info->dcache[level - 1].ways, sets = kernel_info->dcache[level - 1].sets;
    if (!line)
        return;
    unsigned line_shift = (unsigned)__builtin_ctzll(line), way_shift = ways > 1 ? (unsigned)__builtin_clz((unsigned)ways - 1) : 32;
    for (uint64_t way = 0; way < ways; way++)
        for (uint64_t set = 0; set < sets; set++)
            __asm__ volatile("dc cisw, %0" ::"r"(way << way_shift | set << line_shift | (level - 1) << 1) : "memory");
}

void cache_flush_data(unsigned levels)
{
    for (unsigned level = 1; level <= levels; level++)
        flush_level(level);
    dsb_sy();
}

void cache_flush_instructions(void)
{
    __asm__ volatile("ic iallu" ::: "memory");
    dsb_sy();
    isb();
}

static void zero_pairs(uint8_t *at, const uint8_t *end)
{
    for (; at < end; at += 16)
        __asm__ volatile("stp xzr, xzr, [%0]" ::"r"(at) : "memory");
}

void memory_zero(void *p, size_t len)
{
    uint8_t *at = p, *end = at + len;
    size_t block = (size_t)1 << zva_shift;
    uint8_t *first = (uint8_t *)(((uintptr_t)at + block - 1) & ~(block - 1));
    uint8_t *last = (uint8_t *)((uintptr_t)end & ~(block - 1));

    tlb_oracle_written(p, len);
    if (zva_shift && first < last) {
        zero_pairs(at, first);
        cache_lines_zva((uintptr_t)first, (size_t)(last - first) >> zva_shift, block);
        at = last;
    }
    zero_pairs(at, end);
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

    icache_shift = 2 + (ctr & 15);
    dcache_shift = 2 + (ctr >> 16 & 15);
    zva_shift = dczid & 16 ? 0 : 2 + (dczid & 15);
    kernel_info->icache_line_bytes = 1u << icache_shift;
    kernel_info->dcache_line_bytes = 1u << dcache_shift;
    kernel_info->icache_policy = ctr >> 14 & 3;
    kernel_info->page_colours = 1;
    for (unsigned level = 1; level <= 3; level++) {
        unsigned type = (unsigned)(clidr >> 3 * (level - 1)) & 7;
        if (type >= 2)
            read_geometry(level, wide_format);
    }
}
