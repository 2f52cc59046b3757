/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hardware address-space numbers and TLB invalidation.
 *
 * User ASIDs (16 bit, given out by user programs) are more than some CPUs have numbers for. An asid_entry holds a hardware number of
 * some generation; only those of the current generation are valid, generation 0 means none. Numbers of one generation are handed out
 * in ascending order, or taken from a few that were given back. When none is left a new generation starts: the whole TLB is invalidated once, and
 * every space gets a new number when it runs next. The space that is installed in TTBR0_EL1 keeps its number through that, because the walker
 * may fill the TLB under this number at any time. Number 0 belongs to the empty table.
 *
 * Invariant: the TLB holds translations only under numbers of the current generation, and a number that no entry holds has none.
 */
#include "info.h"
#include "local.h"
#include "object/asid.h"
#include "paging.h"
#include "tlb_ops.h"

enum { SPARE_NUMBERS = 64 }; /* given back before the generation ends; more are simply left until the next rollover */

static struct {
    uint32_t generation; /* 1..0xffff */
    uint32_t next;       /* lowest number not yet handed out in this generation */
    uint32_t last;       /* highest usable number */
    uint32_t kept;       /* number kept through the last rollover, 0 if none */
    uint32_t n_spare;
    uint16_t spare[SPARE_NUMBERS];
} numbers;

static uint64_t empty_table[512] __attribute__((aligned(4096)));
static pa_t empty_table_pa;

static void invalidate_all(void)
{
    if (!mutant(MUTANT_ROLLOVER_NOT_SYNCHRONISED))
        context_barrier(); /* walks use no table of earlier any more, so what is invalidated does not come back */
    walk_barrier();
    tlbi_all();
    tlbi_barrier();
    kernel_info->tlbi_all++;
}

static void invalidate_number(uint64_t number)
{
    walk_barrier();
    tlbi_asid(number);
    tlbi_barrier();
    kernel_info->tlbi_asid++;
}

void tlb_init(unsigned max_hw_asids)
{
    unsigned bits = (READ_SYSREG(id_aa64mmfr0_el1) >> 4 & 15) == 2 ? 16 : 8;
    uint64_t tcr = READ_SYSREG(tcr_el1);

    WRITE_SYSREG(tcr_el1, bits == 16 ? tcr | TCR_ASID16 : tcr & ~TCR_ASID16);
    empty_table_pa = arch_static_pa(empty_table);
    ttbr0_write(empty_table_pa);
    invalidate_all(); /* also drops the boot stage's identity map */

    numbers.generation = 1;
    numbers.next = 1;
    numbers.last = (uint32_t)MASK(bits);
    if (max_hw_asids >= 2 && max_hw_asids < numbers.last)
        numbers.last = max_hw_asids;
    kernel_info->hw_asid_bits = bits;
    kernel_info->hw_asids_usable = numbers.last;
}

/* The 16-bit generation starts over: an entry untouched since the same value was last current would look valid. Forget them all. */
static void generation_restart(void)
{
    for (uint32_t asid = 1; asid < ASID_POOLS * ASID_POOL_ENTRIES; asid++) {
        struct asid_entry *entry = asid_lookup((asid_t)asid);
        if (entry && !mutant(MUTANT_ASID_RESTART_FORGOTTEN))
            entry->generation = 0;
    }
    numbers.generation = 1;
}

static void rollover(void)
{
    struct asid_entry *live = this_cpu()->space;

    if (++numbers.generation > 0xffff)
        generation_restart();
    this_cpu()->space_epoch++; /* switch keys hold numbers */
    numbers.kept = 0;
    if (live && !mutant(MUTANT_ASID_LIVE_HANDED_OUT)) {
        live->generation = numbers.generation & 0xffff;
        numbers.kept = live->hw_asid;
    }
    numbers.next = 1;
    numbers.n_spare = 0;
    tlb_oracle_generation(numbers.kept);
    if (!mutant(MUTANT_ROLLOVER_NOT_INVALIDATED))
        invalidate_all();
    kernel_info->hw_asid_rollovers++;
    kernel_info->hw_asid_in_use = live ? 1 : 0;
}

static uint32_t take_number(void)
{
    if (numbers.n_spare)
        return numbers.spare[--numbers.n_spare];
    if (numbers.next == numbers.kept)
        numbers.next++;
    if (mutant(MUTANT_ASID_HANDED_OUT_TWICE))
        return numbers.next;
    return numbers.next <= numbers.last ? numbers.next++ : 0;
}

static __attribute__((noinline, cold)) void assign(struct asid_entry *entry)
{
    uint32_t number = take_number();
    if (!number) {
        rollover();
        number = take_number(); /* at least two are usable and at most one was kept */
    }
    entry->hw_asid = number & 0xffff;
    entry->generation = numbers.generation & 0xffff;
    tlb_oracle_asid_given(number, asid_entry_vspace(entry));
    kernel_info->hw_asid_assigned++;
    kernel_info->hw_asid_in_use++;
}

static inline bool has_number(const struct asid_entry *entry) { return entry->generation == numbers.generation; }

void arch_switch_space(struct asid_entry *entry)
{
    struct cpu *cpu = this_cpu();

    if (entry == cpu->space) {
        kernel_info->switches_same_space++;
        return;
    }
    kernel_info->switches_other_space++;
    if (!entry) {
        ttbr0_write(empty_table_pa);
    } else {
        if (unlikely(!has_number(entry)))
            assign(entry);
        ttbr0_write(((uint64_t)entry->hw_asid + mutant(MUTANT_TTBR0_WRONG_ASID)) << 48 | (uint64_t)entry->vspace_page << 12);
    }
    cpu->space = entry; /* no isb: the kernel uses no user address, and the return to EL0 synchronises */
}

void arch_asid_release(struct asid_entry *entry)
{
    struct cpu *cpu = this_cpu();

    if (cpu->space == entry) {
        if (!mutant(MUTANT_TTBR0_KEPT))
            ttbr0_write(empty_table_pa);
        if (!mutant(MUTANT_TTBR0_NOT_SYNCHRONISED))
            context_barrier(); /* nothing is walked under the old number after this */
        cpu->space = NULL;
    }
    if (!has_number(entry)) {
        kernel_info->tlbi_skipped++;
        entry->generation = 0;
        return;
    }
    tlb_oracle_asid_returned(entry->hw_asid);
    if (!mutant(MUTANT_ASID_FREED_NOT_INVALIDATED))
        invalidate_number(entry->hw_asid);
    if (numbers.n_spare < SPARE_NUMBERS)
        numbers.spare[numbers.n_spare++] = entry->hw_asid;
    entry->generation = 0;
    kernel_info->hw_asid_in_use--;
}

void tlb_invalidate_page(asid_t asid, va_t va)
{
    const struct asid_entry *entry = asid_lookup(asid);

    if (!entry || !has_number(entry) || (mutant(MUTANT_TLBI_CURRENT_ONLY) && entry != this_cpu()->space)) {
        kernel_info->tlbi_skipped++;
        return;
    }
    walk_barrier();
    tlbi_page(tlbi_operand(entry->hw_asid, va));
    tlbi_barrier();
    kernel_info->tlbi_page++;
}

void tlb_invalidate_asid(asid_t asid)
{
    const struct asid_entry *entry = asid_lookup(asid);

    if (!entry || !has_number(entry)) {
        kernel_info->tlbi_skipped++;
        return;
    }
    invalidate_number(entry->hw_asid);
}

/* Above that many pages it is cheaper to fill the TLB anew than to name each of them. */
enum { BY_ADDRESS_MAX = 32 };

static unsigned count_bits(uint64_t x)
{
    x -= x >> 1 & 0x5555555555555555;
    x = (x & 0x3333333333333333) + (x >> 2 & 0x3333333333333333);
    x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f;
    return (unsigned)(x * 0x0101010101010101 >> 56);
}

unsigned tlb_invalidate_marked(asid_t asid, va_t va, const word_t *marks, unsigned n_words)
{
    const struct asid_entry *entry = asid_lookup(asid);
    unsigned n = 0;

    for (unsigned i = 0; i < n_words; i++)
        n += count_bits(marks[i]);
    walk_barrier();
    if (n == 0)
        return n;
    if (!entry || !has_number(entry) || mutant(MUTANT_HARVEST_NOT_INVALIDATED)) {
        kernel_info->tlbi_skipped++;
        return n;
    }
    if (n > BY_ADDRESS_MAX) {
        invalidate_number(entry->hw_asid);
        return n;
    }
    uint64_t first = tlbi_operand(entry->hw_asid, va);
    for (unsigned i = 0; i < n_words; i++)
        for (uint64_t left = marks[i]; left; left &= left - 1)
            tlbi_page_last_level(first + 64 * i + (unsigned)__builtin_ctzll(left));
    tlbi_barrier();
    kernel_info->tlbi_page += n;
    return n;
}
