/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLB oracle; see tlb_oracle.h. Three things are remembered, in static memory:
 *
 *   numbers   for each hardware ASID the space of which translations may be cached under it, and those that may be in TTBR0_EL1
 *   tables    for a page of memory: it is a table, and this entry points to it; or it is a top table, with this ASID. Such a note is a hint: the entry
 *             itself, and the ASID's space, say whether it is still true. It is overwritten when there are too many.
 *   changes   entries that were changed and may be cached as they were, from the store until a barrier behind an invalidation that covers them
 *
 * A space without hardware ASID has nothing cached, so what happens to its entries is no change.
 */
#include "tlb_oracle.h"

#ifdef PAGODA_DEBUG
#include "arch.h"
#include "object/paging_group.h"
#include "paging.h"
#include "panic.h"
#include "vm/window.h"

enum { PAGE_BITS = 12, PAGE_BYTES = 1 << PAGE_BITS };

/* What hardware does not look at: bits 58:55, left to software, and 63. */
#define SOFTWARE_BITS (15ull << 55 | 1ull << 63)
_Static_assert(((PTE_MAPPED_RIGHTS(3) | PTE_WRITTEN) & ~SOFTWARE_BITS) == 0, "what the kernel keeps in entries for itself");
/* What must not change from one valid page entry to another: address, memory type, shareability, whether it is global, whether it is in a group. */
#define BREAK_BITS (PTE_GROUPED | PTE_ADDRESS | PTE_ATTR(7ull) | PTE_INNER_SHAREABLE | PTE_NOT_GLOBAL | PTE_TABLE)

static bool is_valid(uint64_t entry) { return entry & PTE_VALID; }
/* The kernel's table entries have no attributes, its pages do. So the level need not be known. */
static bool is_table(uint64_t entry) { return (entry & ~PTE_ADDRESS) == (PTE_VALID | PTE_TABLE); }
static uint32_t page_of(pa_t pa) { return (uint32_t)(pa >> PAGE_BITS); }

/* ---- numbers ---- */

static struct {
    uint32_t space[1 << 16];    /* page of the top table of which translations may be cached under the ASID; 0: none */
    uint8_t held[(1 << 16) / 8]; /* one bit each: handed out */
    uint32_t highest;           /* that was handed out */
} numbers;

static bool is_held(uint64_t number) { return numbers.held[number / 8] >> number % 8 & 1; }
static void set_held(uint64_t number, bool held)
{
    uint8_t bit = (uint8_t)(1 << number % 8);
    numbers.held[number / 8] = (uint8_t)(held ? numbers.held[number / 8] | bit : numbers.held[number / 8] & ~bit);
}

/* ASIDs in TTBR0_EL1: what was written last, and before it those that table walks may still use. */
enum { TTBR_MAX = 8 };
static struct {
    uint64_t number[TTBR_MAX];
    unsigned n;
} ttbr;

static bool is_in_ttbr(uint64_t number)
{
    for (unsigned i = 0; i < ttbr.n; i++)
        if (ttbr.number[i] == number)
            return true;
    return false;
}

void tlb_oracle_ttbr0(uint64_t value)
{
    uint64_t number = value >> 48;
    uint32_t space = page_of(value & PTE_ADDRESS);
    if (number && (!is_held(number) || numbers.space[number] != space))
        kernel_panic("TLB oracle: wrong ASID in TTBR0: %lu with the table at %lx, but it is %s the table at %lx", number, (pa_t)space << PAGE_BITS,
                     is_held(number) ? "held by" : "free and was last held by", (pa_t)numbers.space[number] << PAGE_BITS);
    if (ttbr.n == TTBR_MAX)
        kernel_panic("TLB oracle: TTBR0 written %u times without synchronisation", ttbr.n);
    ttbr.number[ttbr.n++] = number;
}

void tlb_oracle_synchronised(void)
{
    if (ttbr.n)
        ttbr.number[0] = ttbr.number[ttbr.n - 1];
    ttbr.n = ttbr.n > 1 ? 1 : ttbr.n;
}

void tlb_oracle_asid_returned(uint64_t number) { set_held(number, false); }

void tlb_oracle_generation(uint64_t kept)
{
    for (uint64_t number = 1; number <= numbers.highest; number++)
        set_held(number, number == kept);
}

/* Its translations are gone. As long as it is held, or may be in TTBR0_EL1, new ones come. */
static void number_flushed(uint64_t number)
{
    if (!is_held(number) && !is_in_ttbr(number))
        numbers.space[number] = 0;
}

/* ---- tables ---- */

enum { NOTES = 1 << 14, NOTE_PROBES = 8 };

static struct note {
    uint32_t page; /* 0: none */
    bool is_top;
    union {
        uint64_t *parent; /* the entry that points to it */
        uint64_t number;  /* top table: its ASID */
    };
} notes[NOTES];

static struct note *first_note(uint32_t page, unsigned probe) { return &notes[(page * 2654435761u + probe) % NOTES]; }

static struct note *find_note(uint32_t page)
{
    for (unsigned probe = 0; probe < NOTE_PROBES; probe++)
        if (first_note(page, probe)->page == page)
            return first_note(page, probe);
    return NULL;
}

static bool is_note_true(const struct note *note)
{
    if (note->is_top)
        return numbers.space[note->number] == note->page;
    return is_table(*note->parent) && page_of(*note->parent & PTE_ADDRESS) == note->page;
}

/* The note for this page: it has one, or an unused or outdated one, else one that is given up. */
static struct note *note_for(uint32_t page)
{
    struct note *note = find_note(page);
    for (unsigned probe = 0; !note && probe < NOTE_PROBES; probe++)
        if (!first_note(page, probe)->page || !is_note_true(first_note(page, probe)))
            note = first_note(page, probe);
    return note ? note : first_note(page, 0);
}

/* Where an entry stands in a space that may have translations cached. */
struct place {
    uint64_t number;
    va_t va;
    unsigned level;
};

/* False: in none, as far as is known. */
static bool find_place(const uint64_t *entry, struct place *place)
{
    unsigned index[PT_LEVELS];
    for (unsigned depth = 0; depth < PT_LEVELS; depth++) {
        const struct note *note = find_note(page_of(kernel_pa(entry)));
        if (!note || !is_note_true(note))
            return false;
        index[depth] = (unsigned)(kernel_pa(entry) & MASK(PAGE_BITS)) / sizeof(*entry);
        if (note->is_top) {
            *place = (struct place){.number = note->number, .level = depth};
            for (unsigned level = 0; level <= depth; level++)
                place->va |= (va_t)index[depth - level] << pt_level_shift(level);
            return true;
        }
        entry = note->parent;
    }
    return false;
}

void tlb_oracle_asid_given(uint64_t number, pa_t root)
{
    pa_t old = (pa_t)numbers.space[number] << PAGE_BITS;
    if (is_held(number))
        kernel_panic("TLB oracle: live ASID %lu handed out again: the table at %lx gets it, the table at %lx has it", number, root, old);
    if (old)
        kernel_panic("TLB oracle: ASID %lu handed out to the table at %lx without invalidation: translations of the table at %lx may be cached%s", number,
                     root, old, is_in_ttbr(number) ? " (TTBR0 still has it)" : "");
    numbers.space[number] = page_of(root);
    set_held(number, true);
    if (number > numbers.highest)
        numbers.highest = (uint32_t)number;
    *note_for(page_of(root)) = (struct note){.page = page_of(root), .is_top = true, .number = number};
}

/* ---- changes ---- */

enum change_state {
    CHANGE_STORED,     /* the table walker may not have seen it */
    CHANGE_VISIBLE,    /* no new translation comes from the old entry */
    CHANGE_INVALIDATED /* an invalidation is on its way */
};
enum { CHANGES_MAX = 1024 }; /* a call changes at most 512 entries, each at most twice */

struct change {
    struct place place;
    uint64_t *entry;
    uint64_t old, new;
    enum change_state state;
};
static struct change changes[CHANGES_MAX];
static unsigned n_changes;
static bool stored;              /* something since the last barrier */
static bool flushed_all;         /* invalidated, but not waited for */
static uint64_t flushed_number;

static NORETURN void report(const char *what, const struct place *place, const uint64_t *entry, uint64_t old, uint64_t new)
{
    kernel_panic("TLB oracle: %s\n  address %lx, ASID %lu of the table at %lx, level %u; entry at %lx was %lx, is %lx", what, place->va, place->number,
                 (pa_t)numbers.space[place->number] << PAGE_BITS, place->level, kernel_pa(entry), old, new);
}

static void check_break(const struct place *place, const uint64_t *entry, uint64_t old, uint64_t new)
{
    uint64_t mask = is_table(old) || is_table(new) ? ~(uint64_t)0 : BREAK_BITS;
    if (is_valid(new) && (old ^ new) & mask)
        report("valid entry changed without break-before-make", place, entry, old, new);
}

/* A page whose access flag is clear is not cached. */
static bool may_be_cached(uint64_t entry) { return is_valid(entry) && (is_table(entry) || entry & PTE_ACCESSED); }

/* This change is that of a page in a group in which the entry was as well: the TLB may translate its address by that group still. */
static bool is_of_group(const struct change *c, uint64_t *entry) { return c->old & PTE_GROUPED && group_start(c->entry) == group_start(entry); }

/* Groups of which an entry was stored since the user ran; if they are too many, the oldest one must be as it is to be already. */
enum { GROUPS_MAX = 64 };
static uint64_t *groups[GROUPS_MAX];
static unsigned noted_groups;

/* A page becomes valid: the valid ones beside it are in a group all or none, also on the way. If a group is broken, or made, entry by entry, the table walker may find
 * one that has the hint while another one has it not, and the TLB gets two entries for one address (DDI 0487, D8, "Misprogramming of the Contiguous bit").
 * Only if a group was touched in this kernel entry: what it was before, the return to the user looked at. */
static NOINLINE void check_siblings(uint64_t *entry, const struct place *place, uint64_t old, uint64_t new)
{
    const uint64_t *group = group_start(entry);
    for (unsigned i = 0; i < GROUP_PAGES; i++)
        if (&group[i] != entry && is_valid(group[i]) && (group[i] ^ new) & PTE_GROUPED)
            report("entry made while others beside it are in a group, or it is in one without them", place, entry, old, new);
}

/* The "make" of a "break" that is on its way, or is done. */
static NOINLINE void check_make(uint64_t *entry, const struct place *place, uint64_t old, uint64_t new)
{
    if (noted_groups && place->level == PT_LEVELS - 1)
        check_siblings(entry, place, old, new);
    for (unsigned i = 0; i < n_changes; i++) {
        if (changes[i].entry == entry)
            check_break(place, entry, changes[i].old, new);
        else if (is_of_group(&changes[i], entry))
            report("entry made before all of its group was broken", place, entry, old, new);
    }
}

static void note_change(uint64_t *entry, const struct place *place, uint64_t old, uint64_t new)
{
    if (!may_be_cached(old)) {
        if (is_valid(new))
            check_make(entry, place, old, new);
        return;
    }
    check_break(place, entry, old, new);
    if (!((old ^ new) & ~SOFTWARE_BITS))
        return;
    if (n_changes == CHANGES_MAX)
        kernel_panic("TLB oracle: more than %u entries changed without invalidation", n_changes);
    changes[n_changes++] = (struct change){*place, entry, old, new, CHANGE_STORED};
}

static struct {
    pa_t start, end; /* memory whose instructions were made visible last, in this kernel entry, and that was not written since */
} unified;

/* Small pages; who executes from larger ones makes their instructions visible by calls of its own. */
static void check_executable(uint64_t old, uint64_t new)
{
    bool was = is_valid(old) && !((old ^ new) & (PTE_ADDRESS | PTE_UXN));
    bool small = is_valid(new) && new & PTE_TABLE && !is_table(new);
    pa_t pa = new & PTE_ADDRESS, end = pa + PAGE_BYTES;
    if (!small || new & PTE_UXN || was || !window_covers(pa, PAGE_BYTES))
        return;
    if (pa < unified.start || end > unified.end)
        kernel_panic("TLB oracle: page %lx becomes executable, but its instructions were not made visible; entry was %lx, becomes %lx", pa, old, new);
}

/* ---- groups ---- */

static NOINLINE void check_group(unsigned i)
{
    uint64_t *group = groups[i], *entry = group;
    groups[i] = NULL;
    for (unsigned k = 0; group && k < GROUP_PAGES; k++)
        if (group[k] & PTE_GROUPED && !group_is_whole(entry))
            kernel_panic("TLB oracle: group of which not all entries are alike: those at %lx; number %u is %lx, number 0 is %lx", kernel_pa(group), k, group[k], group[0]);
}

static NOINLINE void note_group(uint64_t *entry)
{
    uint64_t *group = group_start(entry);
    if (noted_groups && groups[(noted_groups - 1) % GROUPS_MAX] == group)
        return;
    check_group(noted_groups % GROUPS_MAX);
    groups[noted_groups++ % GROUPS_MAX] = group;
}

static void entry_changes(uint64_t *entry, const struct place *place, uint64_t old, uint64_t new)
{
    if (old == new)
        return;
    stored = true;
    if (is_table(new)) {
        uint32_t page = page_of(new & PTE_ADDRESS);
        *note_for(page) = (struct note){.page = page, .parent = entry};
    }
    check_executable(old, new);
    if (place)
        note_change(entry, place, old, new);
}

void tlb_oracle_store(uint64_t *entry, uint64_t value)
{
    struct place place;
    bool known = find_place(entry, &place);
    if (unlikely((*entry | value) & PTE_GROUPED))
        note_group(entry);
    entry_changes(entry, known ? &place : NULL, *entry, value);
}

static struct {
    uint64_t *entries, before[512];
    unsigned n;
} run;

void tlb_oracle_run_begin(uint64_t *entries, unsigned n)
{
    run.entries = entries;
    run.n = n;
    for (unsigned i = 0; i < n; i++)
        run.before[i] = entries[i];
}

void tlb_oracle_run_end(void)
{
    struct place place = {0};
    bool known = find_place(run.entries, &place);
    for (unsigned i = 0; i < run.n; i++)
        if (unlikely((run.before[i] | run.entries[i]) & PTE_GROUPED))
            note_group(&run.entries[i]);
    for (unsigned i = 0; i < run.n; i++, place.va += BIT(pt_level_shift(place.level)))
        entry_changes(&run.entries[i], known ? &place : NULL, run.before[i], run.entries[i]);
}

void tlb_oracle_visible(void)
{
    stored = false;
    for (unsigned i = 0; i < n_changes; i++)
        if (changes[i].state == CHANGE_STORED)
            changes[i].state = CHANGE_VISIBLE;
}

static bool covers(enum tlbi_scope scope, uint64_t operand, const struct change *c)
{
    if (scope == TLBI_ALL)
        return true;
    if (operand >> 48 != c->place.number)
        return false;
    if (scope == TLBI_ASID)
        return true;
    if (is_table(c->old)) /* besides the table's own entry, its pages: more than one address tells */
        return false;
    return (operand & MASK(48)) << PAGE_BITS >> pt_level_shift(c->place.level) == c->place.va >> pt_level_shift(c->place.level);
}

void tlb_oracle_tlbi(enum tlbi_scope scope, uint64_t operand, bool inner_shareable)
{
    if (!inner_shareable)
        return; /* other cores keep what they have */
    for (unsigned i = 0; i < n_changes; i++)
        if (changes[i].state == CHANGE_VISIBLE && covers(scope, operand, &changes[i]))
            changes[i].state = CHANGE_INVALIDATED;
    if (scope == TLBI_ALL)
        flushed_all = true;
    if (scope == TLBI_ASID)
        flushed_number = operand >> 48;
}

void tlb_oracle_complete(void)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < n_changes; i++)
        if (changes[i].state != CHANGE_INVALIDATED)
            changes[kept++] = changes[i];
    n_changes = kept;
    if (flushed_number)
        number_flushed(flushed_number);
    if (flushed_all)
        for (uint64_t number = 1; number <= numbers.highest; number++)
            number_flushed(number);
    flushed_number = 0;
    flushed_all = false;
    tlb_oracle_visible();
}

void tlb_oracle_return(void)
{
    static const char *const missing[] = {
        [CHANGE_STORED] = "stale entry: back to the user after a store without barrier",
        [CHANGE_VISIBLE] = "stale entry: back to the user without an invalidation that covers it",
        [CHANGE_INVALIDATED] = "stale entry: back to the user without waiting for its invalidation",
    };
    if (n_changes)
        report(missing[changes[0].state], &changes[0].place, changes[0].entry, changes[0].old, changes[0].new);
    if (stored)
        kernel_panic("TLB oracle: back to the user after a store without barrier: the table walker may not see it");
    if (flushed_number || flushed_all)
        kernel_panic("TLB oracle: back to the user without waiting for the invalidation of %s", flushed_all ? "everything" : "an ASID");
    tlb_oracle_synchronised(); /* by the return */
    if (ttbr.number[0] && !is_held(ttbr.number[0]))
        kernel_panic("TLB oracle: back to the user with ASID %lu in TTBR0, which was given back", ttbr.number[0]);
    for (unsigned i = 0; i < noted_groups && i < GROUPS_MAX; i++)
        check_group(i);
    noted_groups = 0;
    unified.end = 0;
}

/* ---- memory ---- */

/* Memory of a page that somebody may still reach. */
static void check_page_reuse(pa_t page)
{
    struct place place;
    const uint64_t *first = kernel_pointer(page);
    if (find_place(first, &place))
        report("table in use is overwritten", &place, first, *first, 0);
    for (unsigned i = 0; i < n_changes; i++)
        if (ALIGN_DOWN(page, pt_level_shift(is_table(changes[i].old) ? PT_LEVELS - 1 : changes[i].place.level)) == (changes[i].old & PTE_ADDRESS))
            report("memory reused to which a translation may be cached", &changes[i].place, changes[i].entry, changes[i].old, changes[i].new);
}

void tlb_oracle_written(const void *p, size_t len)
{
    pa_t start = kernel_pa(p);
    for (pa_t page = ALIGN_DOWN(start, PAGE_BITS); page < start + len; page += PAGE_BYTES)
        check_page_reuse(page);
    if (start < unified.end && start + len > unified.start)
        unified.end = 0;
}

void tlb_oracle_unified(const void *p, size_t len)
{
    unified.start = kernel_pa(p);
    unified.end = unified.start + len;
}
#endif
