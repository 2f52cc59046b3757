/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What was accessed and what was written, and operations on runs of pages (arch.h).
 *
 * Accessed is PTE_ACCESSED. Written ("dirty") is: not PTE_READ_ONLY, or PTE_WRITTEN. PTE_DBM says that EL0 may write: in a page that was not written
 * yet PTE_READ_ONLY is set as well, and the table walker clears it at the first write (TCR_EL1.HD), or without such a walker the permission fault does
 * (pte_touch). An entry that maps nothing is 0, so none of its bits counts. Loops take the eight entries of a cache line at once: these are the paths of
 * which a pager needs hundreds at a time.
 *
 * Entries are read and stored without exclusives: this core is in the kernel, its walker changes only entries that EL0 uses, and at most ahead of an
 * access that has not happened.
 */
#include "arch.h"
#include "local.h"
#include "object/cap.h"
#include "paging.h"
#include "tlb_ops.h"

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

static inline uint64_t *next_table(const uint64_t *table, va_t va, unsigned level)
{
    uint64_t entry = table[va >> pt_level_shift(level) & MASK(9)];
    return unlikely(~entry & (PTE_VALID | PTE_TABLE)) ? NULL : kernel_pointer(entry & PTE_ADDRESS);
}

uint64_t *pte_small(uint64_t *root, va_t va)
{
    uint64_t *table = next_table(root, va, 0);
    if (unlikely(!table || !(table = next_table(table, va, 1)) || !(table = next_table(table, va, 2))))
        return NULL;
    return &table[va >> pt_level_shift(3) & MASK(9)];
}

void pte_store(uint64_t *entry, uint64_t value)
{
    tlb_oracle_store(entry, value);
    *(volatile uint64_t *)entry = value;
}

void pte_publish(void) { walk_barrier(); }

/* Bit 0 of these is the answer, whatever the others are: they are shifted out. */
static inline uint64_t accessed_bit(uint64_t entry) { return entry >> 10; }
static inline uint64_t open_bit(uint64_t entry) { return entry & ~(entry >> 7); } /* valid and not read-only */
static inline uint64_t dirty_bit(uint64_t entry) { return open_bit(entry) | entry >> 63; }
_Static_assert(PTE_ACCESSED >> 10 == 1 && PTE_VALID == 1 && PTE_READ_ONLY >> 7 == 1 && PTE_WRITTEN >> 63 == 1, "the bits above");

bool pte_is_accessed(uint64_t entry) { return accessed_bit(entry) & 1; }
bool pte_is_dirty(uint64_t entry) { return dirty_bit(entry) & 1; }
bool pte_is_executable(uint64_t entry) { return !(entry & PTE_UXN); }
bool pte_is_cacheable(uint64_t entry) { return (entry & PTE_ATTR(7)) == PTE_ATTR(MEMORY_NORMAL); }
unsigned pte_mapped_rights(uint64_t entry) { return (unsigned)(entry >> 56) & 3; }
uint64_t pte_move(uint64_t entry, pa_t pa) { return (entry & ~PTE_ADDRESS) | pa; }

/* Collects one bit for each entry: the first one ends up lowest, in finish(). */
static inline uint64_t collect(uint64_t bits, uint64_t bit) { return bits >> 1 | bit << 63; }
static inline uint64_t finish(uint64_t bits, unsigned n) { return bits >> (64 - n); }
enum { GROUP = 8 };
#define FOR_GROUP(step) step(0) step(1) step(2) step(3) step(4) step(5) step(6) step(7)

struct found { /* one bit for each of up to 64 entries */
    uint64_t accessed, dirty;
};

/* Note an entry's bits; gives the entry with them cleared: those in `drop`, and it is closed for writing if `close` says so. */
static inline uint64_t harvest_one(uint64_t entry, uint64_t drop, bool close, struct found *f)
{
    f->accessed = collect(f->accessed, accessed_bit(entry));
    f->dirty = collect(f->dirty, dirty_bit(entry));
    if (close) /* read-only whatever it was, if it is a page at all */
        entry = (entry & ~PTE_READ_ONLY) | (entry & PTE_VALID) << 7;
    return entry & ~drop;
}

static inline __attribute__((always_inline)) struct found harvest_run(uint64_t *at, unsigned n, uint64_t drop, bool store, bool close)
{
    struct found f = {0, 0};
    for (; n >= GROUP; n -= GROUP, at += GROUP) {
#define STEP(i) uint64_t next##i = harvest_one(at[i], drop, close, &f);
        FOR_GROUP(STEP)
#undef STEP
        if (!store || (f.accessed | f.dirty) >> (64 - GROUP) == 0)
            continue;
#define STEP(i) at[i] = next##i;
        FOR_GROUP(STEP)
#undef STEP
    }
    for (; n; n--, at++) {
        uint64_t next = harvest_one(*at, drop, close, &f);
        if (store)
            *at = next;
    }
    return f;
}

static inline unsigned word_part(unsigned left) { return left < 64 ? left : 64; }

void pte_run_harvest(uint64_t *entries, unsigned n, bool clear_accessed, bool clear_dirty, word_t *accessed, word_t *dirty)
{
    tlb_oracle_run_begin(entries, n);
    uint64_t drop = (clear_accessed ? PTE_ACCESSED : 0) | (clear_dirty ? PTE_WRITTEN : 0);
    for (unsigned part; n; n -= part, entries += part) {
        struct found f;
        part = word_part(n);
        if (clear_dirty)
            f = harvest_run(entries, part, drop, true, true);
        else if (clear_accessed)
            f = harvest_run(entries, part, drop, true, false);
        else
            f = harvest_run(entries, part, 0, false, false);
        *accessed++ = finish(f.accessed, part);
        *dirty++ = finish(f.dirty, part);
    }
    tlb_oracle_run_end();
}

static inline struct found unmap_run(uint64_t *at, unsigned n, uint64_t *mapped)
{
    struct found f = {0, 0};
    uint64_t m = 0;
    for (; n >= GROUP; n -= GROUP, at += GROUP) {
#define STEP(i) m = collect(m, at[i]), f.dirty = collect(f.dirty, dirty_bit(at[i]));
        FOR_GROUP(STEP)
#undef STEP
#define STEP(i) at[i] = 0;
        FOR_GROUP(STEP)
#undef STEP
    }
    for (; n; n--, at++) {
        m = collect(m, *at);
        f.dirty = collect(f.dirty, dirty_bit(*at));
        *at = 0;
    }
    *mapped = m;
    return f;
}

void pte_run_unmap(uint64_t *entries, unsigned n, word_t *mapped, word_t *dirty)
{
    tlb_oracle_run_begin(entries, n);
    for (unsigned part; n; n -= part, entries += part) {
        uint64_t m;
        part = word_part(n);
        struct found f = unmap_run(entries, part, &m);
        *mapped++ = finish(m, part);
        *dirty++ = finish(f.dirty, part);
    }
    tlb_oracle_run_end();
}

/* An entry without what depends on its rights: who may access it, and how writing is noticed. */
#define WITHOUT_RIGHTS (~(PTE_USER | PTE_READ_ONLY | PTE_DBM | PTE_WRITTEN | PTE_UXN))

/* The bits for rights to be added to an entry WITHOUT_RIGHTS; `entry` is the old one. `user`: PTE_USER or 0. */
static inline uint64_t read_only_bits(uint64_t entry, uint64_t user)
{
    return PTE_READ_ONLY | dirty_bit(entry) << 63 | (entry >> 51 & user);
}

static inline uint64_t write_bits(uint64_t entry)
{
    if (!(entry & PTE_MAPPED_RIGHTS(RIGHT_WRITE)))
        return read_only_bits(entry, PTE_USER);
    return (entry >> 51 & PTE_USER) | PTE_DBM | (~dirty_bit(entry) & 1) << 7;
}
_Static_assert(PTE_MAPPED_RIGHTS(RIGHT_READ) >> 51 == PTE_USER, "a page mapped with the right to read can become one that the user may access");

uint64_t pte_protect(uint64_t entry, unsigned rights, bool executable)
{
    uint64_t user = rights & RIGHT_READ ? PTE_USER : 0;
    uint64_t bits = user && rights & RIGHT_WRITE ? write_bits(entry) : read_only_bits(entry, user);
    bool may_execute = executable && bits & PTE_USER && pte_is_cacheable(entry);
    return (entry & WITHOUT_RIGHTS) | bits | (may_execute ? 0 : PTE_UXN);
}

static inline void protect_one(uint64_t *at, unsigned rights, uint64_t *mapped)
{
    uint64_t entry = *at;
    *mapped = collect(*mapped, entry);
    if (entry)
        *at = pte_protect(entry, rights, false);
}

/* A group of pages that all are there and open to the user becomes read-only. False: they are not; nothing is done. */
static inline bool protect_group(uint64_t *at)
{
    uint64_t all = ~(uint64_t)0;
#define STEP(i) uint64_t entry##i = at[i]; all &= entry##i;
    FOR_GROUP(STEP)
#undef STEP
    if ((all & (PTE_VALID | PTE_USER)) != (PTE_VALID | PTE_USER))
        return false;
#define STEP(i) at[i] = (entry##i & ~PTE_DBM) | open_bit(entry##i) << 63 | (PTE_READ_ONLY | PTE_UXN);
    FOR_GROUP(STEP)
#undef STEP
    return true;
}

static inline uint64_t protect_run(uint64_t *at, unsigned n, unsigned rights)
{
    bool read_only = (rights & (RIGHT_READ | RIGHT_WRITE)) == RIGHT_READ;
    uint64_t mapped = 0;
    for (const uint64_t *end = at + n; at < end;) {
        if (read_only && end - at >= GROUP && protect_group(at)) {
            mapped = mapped >> GROUP | MASK(GROUP) << (64 - GROUP);
            at += GROUP;
        } else {
            protect_one(at++, rights, &mapped);
        }
    }
    return mapped;
}

void pte_run_protect(uint64_t *entries, unsigned n, unsigned rights, word_t *mapped)
{
    tlb_oracle_run_begin(entries, n);
    for (unsigned part; n; n -= part, entries += part) {
        part = word_part(n);
        *mapped++ = finish(protect_run(entries, part, rights), part);
    }
    tlb_oracle_run_end();
}

bool pte_touch(uint64_t *entry, bool write)
{
    uint64_t old = *entry, next = old | PTE_ACCESSED;
    if (!(old & PTE_USER))
        return false;
    if (write && old & PTE_DBM)
        next &= ~PTE_READ_ONLY;
    if (next == old)
        return false;
    pte_store(entry, next);
    return true;
}
