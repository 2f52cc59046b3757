/* SPDX-License-Identifier: BSD-2-Clause */
/* Host machine: what was accessed and written, runs of pages (arch.h), by one obvious loop each. Tests access pages through pte_touch. */
#include "arch.h"
#include "host_entries.h"
#include "host_machine.h"

uint64_t *pte_small(uint64_t *root, va_t va)
{
    struct pt_place place = pt_walk(root, va, PT_LEVELS - 1);
    return place.level == PT_LEVELS - 1 ? place.entry : NULL;
}

void pte_store(uint64_t *entry, uint64_t value) { *entry = value; }
void pte_publish(void) {}
bool pte_is_accessed(uint64_t entry) { return entry & HOST_ACCESSED; }
bool pte_is_dirty(uint64_t entry) { return entry & HOST_DIRTY; }
bool pte_is_executable(uint64_t entry) { return entry & HOST_EXECUTABLE; }
bool pte_is_cacheable(uint64_t entry) { return entry & HOST_CACHEABLE; }
unsigned pte_mapped_rights(uint64_t entry)
{
    return (entry & HOST_MAPPED_READ ? RIGHT_READ : 0) | (entry & HOST_MAPPED_WRITE ? RIGHT_WRITE : 0);
}
uint64_t pte_move(uint64_t entry, pa_t pa) { return pa | (entry & (PTE_TAG | PTE_GROUPED | HOST_FLAGS)); }
bool arch_tracks_accesses(void) { return false; }

uint64_t pte_protect(uint64_t entry, unsigned rights, bool executable)
{
    rights &= pte_mapped_rights(entry);
    if (!(rights & RIGHT_READ))
        rights = 0;
    entry &= ~(uint64_t)(HOST_USER | HOST_WRITABLE | HOST_EXECUTABLE);
    return entry | (rights & RIGHT_READ ? HOST_USER : 0) | (rights & RIGHT_WRITE ? HOST_WRITABLE : 0) |
           (rights && executable && pte_is_cacheable(entry) ? HOST_EXECUTABLE : 0);
}

/* Bits come in order; the first one of a word clears the rest. */
static void note(word_t *words, unsigned i, bool bit) { words[i / 64] = (i % 64 ? words[i / 64] : 0) | (word_t)bit << i % 64; }

void pte_run_harvest(uint64_t *entries, unsigned n, bool clear_accessed, bool clear_dirty, word_t *accessed, word_t *dirty)
{
    for (unsigned i = 0; i < n; i++) {
        note(accessed, i, pte_is_accessed(entries[i]));
        note(dirty, i, pte_is_dirty(entries[i]));
        entries[i] &= ~(uint64_t)((clear_accessed ? HOST_ACCESSED : 0) | (clear_dirty ? HOST_DIRTY : 0));
    }
}

void pte_run_unmap(uint64_t *entries, unsigned n, word_t *mapped, word_t *dirty)
{
    for (unsigned i = 0; i < n; i++) {
        note(mapped, i, pte_is_valid(entries[i]));
        note(dirty, i, pte_is_dirty(entries[i]));
        entries[i] = 0;
    }
}

void pte_run_protect(uint64_t *entries, unsigned n, unsigned rights, word_t *mapped)
{
    for (unsigned i = 0; i < n; i++) {
        note(mapped, i, pte_is_valid(entries[i]));
        if (pte_is_valid(entries[i]))
            entries[i] = pte_protect(entries[i], rights, false);
    }
}

bool pte_touch(uint64_t *entry, bool write)
{
    uint64_t next = *entry | HOST_ACCESSED | (write && pte_is_user_writable(*entry) ? HOST_DIRTY : 0);
    if (!(*entry & HOST_USER) || next == *entry)
        return false;
    *entry = next;
    return true;
}

unsigned tlb_invalidate_marked(asid_t asid, va_t va, const word_t *marks, unsigned n_words)
{
    unsigned n = 0;
    for (unsigned i = 0; i < n_words; i++)
        n += (unsigned)__builtin_popcountll(marks[i]);
    (void)asid, (void)va;
    host.tlb_pages += n;
    return n;
}
