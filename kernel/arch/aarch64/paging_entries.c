/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What was accessed and what was written, and operations on runs of pages (arch.h).
 *
 * Accessed is PTE_ACCESSED. Written ("dirty") is: EL0 may write now, or PTE_WRITTEN. A page that may be written but was not is PTE_READ_ONLY | PTE_DBM:
 * the table walker clears PTE_READ_ONLY at the first write (TCR_EL1.HD), or without such a walker the permission fault does (pte_touch).
 * An entry that maps nothing is 0, so none of its bits counts.
 *
 * Entries are read and stored without exclusives: this core is in the kernel, its walker changes only entries that EL0 uses, and at most ahead of an
 * access that has not happened.
 */
#include "arch.h"
#include "local.h"
#include "object/cap.h"
#include "paging.h"

static bool tracked;

void tracking_init(void)
{
    if ((READ_SYSREG(id_aa64mmfr1_el1) & 15) < 2)
        return;
    tracked = true;
    WRITE_SYSREG(tcr_el1, READ_SYSREG(tcr_el1) | TCR_HA | TCR_HD);
    isb();
}

bool arch_tracks_accesses(void) { return tracked; }

void pte_store(uint64_t *entry, uint64_t value) { *(volatile uint64_t *)entry = value; }
void pte_publish(void) { dsb_ishst(); }

/* Bit 0: EL0 may write this page now. */
static inline uint64_t is_open(uint64_t entry) { return entry & ~(entry >> 7) & PTE_VALID; }
_Static_assert(PTE_VALID == 1 && PTE_READ_ONLY >> 7 == 1, "is_open and is_dirty rely on it");
/* Bit 0 of these is the answer, whatever the others are: they are shifted out. */
static inline uint64_t accessed_bit(uint64_t entry) { return entry >> 10; }
static inline uint64_t dirty_bit(uint64_t entry) { return (entry & ~(entry >> 7)) | entry >> 55; }
_Static_assert(PTE_ACCESSED >> 10 == 1 && PTE_WRITTEN >> 55 == 1, "accessed_bit and dirty_bit rely on it");

bool pte_is_accessed(uint64_t entry) { return accessed_bit(entry) & 1; }
bool pte_is_dirty(uint64_t entry) { return dirty_bit(entry) & 1; }
bool pte_is_executable(uint64_t entry) { return !(entry & PTE_UXN); }
bool pte_is_cacheable(uint64_t entry) { return (entry & PTE_ATTR(7)) == PTE_ATTR(MEMORY_NORMAL); }
unsigned pte_mapped_rights(uint64_t entry) { return (unsigned)(entry >> 56) & 3; }
uint64_t pte_move(uint64_t entry, pa_t pa) { return (entry & ~PTE_ADDRESS) | pa; }

/* Collects one bit for each entry: the first one ends up lowest, in finish(). */
static inline uint64_t collect(uint64_t bits, uint64_t bit) { return bits >> 1 | bit << 63; }
static inline uint64_t finish(uint64_t bits, unsigned n) { return bits >> (64 - n); }

void pte_run_harvest(uint64_t *entries, unsigned n, bool clear_accessed, bool clear_dirty, word_t *accessed, word_t *dirty)
{
    uint64_t drop = (clear_accessed ? PTE_ACCESSED : 0) | (clear_dirty ? PTE_WRITTEN : 0);
    uint64_t close = clear_dirty ? PTE_READ_ONLY | PTE_DBM : 0;
    uint64_t a = 0, d = 0;
#pragma GCC unroll 4
    for (uint64_t *at = entries, *end = entries + n; at < end; at++) {
        uint64_t entry = *at;
        a = collect(a, accessed_bit(entry));
        d = collect(d, dirty_bit(entry));
        uint64_t next = (entry & ~drop) | (-is_open(entry) & close);
        if (next != entry)
            pte_store(at, next);
    }
    *accessed = finish(a, n);
    *dirty = finish(d, n);
}

void pte_run_unmap(uint64_t *entries, unsigned n, word_t *mapped, word_t *dirty)
{
    uint64_t m = 0, d = 0;
#pragma GCC unroll 4
    for (uint64_t *at = entries, *end = entries + n; at < end; at++) {
        uint64_t entry = *at;
        m = collect(m, entry);
        d = collect(d, dirty_bit(entry));
        pte_store(at, 0);
    }
    *mapped = finish(m, n);
    *dirty = finish(d, n);
}

/* An entry without what depends on its rights: who may access it, and how writing is noticed. */
#define WITHOUT_RIGHTS (~(PTE_USER | PTE_READ_ONLY | PTE_DBM | PTE_WRITTEN | PTE_UXN))

/* The bits for rights to be added to an entry WITHOUT_RIGHTS; `entry` is the old one. */
static inline uint64_t read_only_bits(uint64_t entry, uint64_t user)
{
    return PTE_READ_ONLY | (dirty_bit(entry) & 1) << 55 | (entry >> 51 & user); /* PTE_MAPPED_RIGHTS(RIGHT_READ) becomes PTE_USER */
}

static inline uint64_t write_bits(uint64_t entry, uint64_t user)
{
    if (!(entry & PTE_MAPPED_RIGHTS(RIGHT_WRITE)))
        return read_only_bits(entry, user);
    return (entry >> 51 & user) | PTE_DBM | (~dirty_bit(entry) & 1) << 7;
}
_Static_assert(PTE_MAPPED_RIGHTS(RIGHT_READ) >> 51 == PTE_USER, "read_only_bits relies on it");

uint64_t pte_protect(uint64_t entry, unsigned rights, bool executable)
{
    uint64_t user = rights & RIGHT_READ ? PTE_USER : 0;
    uint64_t bits = user && rights & RIGHT_WRITE ? write_bits(entry, user) : read_only_bits(entry, user);
    bool may_execute = executable && bits & PTE_USER && pte_is_cacheable(entry);
    return (entry & WITHOUT_RIGHTS) | bits | (may_execute ? 0 : PTE_UXN);
}

static void run_protect_read(uint64_t *entries, unsigned n, uint64_t user, word_t *mapped)
{
    uint64_t m = 0;
#pragma GCC unroll 4
    for (uint64_t *at = entries, *end = entries + n; at < end; at++) {
        uint64_t entry = *at;
        m = collect(m, entry);
        if (entry)
            pte_store(at, (entry & WITHOUT_RIGHTS) | PTE_UXN | read_only_bits(entry, user));
    }
    *mapped = finish(m, n);
}

static void run_protect_write(uint64_t *entries, unsigned n, word_t *mapped)
{
    uint64_t m = 0;
    for (uint64_t *at = entries, *end = entries + n; at < end; at++) {
        uint64_t entry = *at;
        m = collect(m, entry);
        if (entry)
            pte_store(at, (entry & WITHOUT_RIGHTS) | PTE_UXN | write_bits(entry, PTE_USER));
    }
    *mapped = finish(m, n);
}

void pte_run_protect(uint64_t *entries, unsigned n, unsigned rights, word_t *mapped)
{
    uint64_t user = rights & RIGHT_READ ? PTE_USER : 0;
    if (user && rights & RIGHT_WRITE)
        run_protect_write(entries, n, mapped);
    else
        run_protect_read(entries, n, user, mapped);
}

bool pte_touch(uint64_t *entry, bool write)
{
    uint64_t old = *entry, next = old | PTE_ACCESSED;
    if (!(old & PTE_USER))
        return false;
    if (write && (old & (PTE_READ_ONLY | PTE_DBM)) == (PTE_READ_ONLY | PTE_DBM))
        next &= ~PTE_READ_ONLY;
    if (next == old)
        return false;
    pte_store(entry, next);
    return true;
}
