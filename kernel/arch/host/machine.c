/* SPDX-License-Identifier: BSD-2-Clause */
/* Host machine: the architecture contract (arch.h) carried out in plain memory. */
#include "host_entries.h"
#include "host_machine.h"
#include "arch.h"
#include "object/cap.h"
#include "object/thread.h"
#include "panic.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct host_machine host;
struct cpu host_cpu;
uintptr_t host_window;
jmp_buf host_returned;

static void *memory;

void host_machine_stop(void)
{
    free(memory);
    memory = NULL;
}

void host_machine_start(pa_t ram_pa, uint64_t ram_bytes)
{
    host_machine_stop();
    memory = aligned_alloc(1 << 21, ram_bytes);
    if (!memory)
        abort();
    memset(memory, 0xa5, ram_bytes);
    host = (struct host_machine){.ram_pa = ram_pa, .ram_bytes = ram_bytes};
    memset(host.irq_masked, 1, sizeof(host.irq_masked));
    host_cpu = (struct cpu){0};
    host_window = (uintptr_t)memory - ram_pa;
}

pa_t arch_static_pa(const void *p) { return (pa_t)(uintptr_t)p; }

/* ---- registers ---- */

static uint64_t *context_word(struct arch_context *c, unsigned index)
{
    static const uint8_t frame[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 17, 18, 29, 30, 9, 10, 11, 12, 13, 14, 15, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28};
    switch (index) {
    case ARCH_CONTEXT_PC:
        return &c->fault_pc;
    case ARCH_CONTEXT_SP:
        return &c->sp;
    case ARCH_CONTEXT_SPSR:
        return &c->spsr;
    case ARCH_CONTEXT_TPIDR:
        return &c->tpidr;
    case ARCH_CONTEXT_TPIDR + 1:
        return &c->tpidrro;
    default:
        return &c->x[frame[index - ARCH_CONTEXT_X0]];
    }
}

void arch_context_init(struct arch_context *c) { c->spsr = 0x40; }

word_t arch_context_get(const struct arch_context *c, unsigned index)
{
    struct arch_context copy = *c;
    return *context_word(&copy, index);
}

void arch_context_set(struct arch_context *c, unsigned index, word_t value)
{
    if (index == ARCH_CONTEXT_SPSR)
        value = (value & 0xf0000000) | 0x40;
    *context_word(c, index) = value;
    if (index == ARCH_CONTEXT_PC)
        c->pc = value;
}

void arch_return_to_user(struct thread *t)
{
    host.returned_to = t;
    longjmp(host_returned, 1);
}

void arch_idle(void) { abort(); }

/* ---- address spaces ---- */

struct pt_place pt_walk(uint64_t *root, va_t va, unsigned stop_level)
{
    for (unsigned level = 0;; level++) {
        uint64_t *entry = &root[va >> pt_level_shift(level) & MASK(9)];
        if (level == stop_level || !pte_is_table(*entry, level))
            return (struct pt_place){entry, level};
        root = kernel_pointer(pte_pa(*entry));
    }
}

bool pte_is_valid(uint64_t entry) { return entry & HOST_VALID; }
bool pte_is_table(uint64_t entry, unsigned level) { return level < PT_LEVELS - 1 && (entry & (HOST_VALID | HOST_TABLE)) == (HOST_VALID | HOST_TABLE); }
bool pte_is_page(uint64_t entry, unsigned level) { return (entry & HOST_VALID) && !pte_is_table(entry, level); }
pa_t pte_pa(uint64_t entry) { return entry & ~(PTE_TAG | PTE_GROUPED | HOST_FLAGS); }
uint64_t pte_make_table(pa_t table) { return table | HOST_VALID | HOST_TABLE; }
uint64_t pte_make_page(pa_t pa, unsigned level, unsigned rights, bool cacheable, bool executable)
{
    return pa | HOST_VALID | (level == PT_LEVELS - 1 ? HOST_TABLE : 0) | (rights & RIGHT_READ ? HOST_USER : 0) | (rights & RIGHT_WRITE ? HOST_WRITABLE : 0) |
           HOST_ACCESSED | (rights & RIGHT_WRITE ? HOST_DIRTY | HOST_MAPPED_WRITE : 0) | (rights & RIGHT_READ ? HOST_MAPPED_READ : 0) |
           (executable ? HOST_EXECUTABLE : 0) | (cacheable ? HOST_CACHEABLE : 0);
}
bool pte_is_user_writable(uint64_t entry) { return (entry & (HOST_VALID | HOST_USER | HOST_WRITABLE)) == (HOST_VALID | HOST_USER | HOST_WRITABLE); }

void pte_set(uint64_t *entry, uint64_t value)
{
    if ((*entry & HOST_VALID) && (value & HOST_VALID) && *entry != value) {
        fprintf(stderr, "valid entry replaced by another valid one\n");
        abort();
    }
    *entry = value;
}

void tlb_invalidate_page(asid_t asid, va_t va)
{
    (void)asid, (void)va;
    host.tlb_pages++;
}
void tlb_invalidate_asid(asid_t asid)
{
    (void)asid;
    host.tlb_asids++;
}
void arch_asid_release(struct asid_entry *entry)
{
    if (host_cpu.space == entry)
        host_cpu.space = NULL;
    host.tlb_asids++;
}
void arch_switch_space(struct asid_entry *entry) { host_cpu.space = entry; }

/* ---- FPU, caches ---- */

void arch_fpu_switch(struct thread *t) { (void)t; }
void arch_fpu_release(struct thread *t) { t->fpu_live = false; }

void cache_clean_poc(const void *p, size_t len)
{
    (void)p;
    host.cleaned_bytes += len;
}
void cache_invalidate_poc(const void *p, size_t len) { (void)p, (void)len; }
void cache_clean_invalidate_poc(const void *p, size_t len)
{
    (void)p;
    host.cleaned_bytes += len;
}
void cache_flush_data(unsigned levels) { (void)levels; }
void cache_flush_instructions(void) {}
void cache_unify_pou(const void *p, size_t len)
{
    (void)p;
    host.unified_bytes += len;
}
void memory_zero(void *p, size_t len)
{
    KASSERT(len % 16 == 0);
    memset(p, 0, len);
    host.zeroed_bytes += len;
}
void memory_copy_page(void *to, const void *from) { memcpy(to, from, 4096); }

/* ---- interrupts and time ---- */

void irq_set_masked(unsigned irq, bool masked) { host.irq_masked[irq] = masked; }
void irq_set_trigger(unsigned irq, bool edge) { host.irq_edge[irq] = edge; }
unsigned irq_max(void) { return HOST_IRQ_MAX; }
unsigned irq_timer(void) { return HOST_IRQ_TIMER; }
unsigned irq_acknowledge(void) { return host.now >= host.deadline ? HOST_IRQ_TIMER : IRQ_NONE; }
void irq_end_kernel(unsigned irq) { (void)irq; }
void irq_hold(unsigned irq) { host.irq_held[irq] = true; }
void irq_release(unsigned irq) { host.irq_held[irq] = false; }
bool irq_is_pending(void) { return host.pending_every && ++host.pending_asked % host.pending_every == 0; }
bool irq_send_sgi(unsigned sgi, word_t target)
{
    (void)sgi, (void)target;
    host.sgis_sent++;
    return true;
}
unsigned irq_gic_version(void) { return 2; }
ticks_t timer_now(void) { return host.now; }
void timer_set_deadline(ticks_t at) { host.deadline = at; }
uint64_t timer_frequency(void) { return 62500000; }

/* ---- last words ---- */

void arch_init(const struct boot_descriptor *boot) { (void)boot; }
/* The kernel reports what tests do to it on purpose, tens of thousands of times: only the last words before a stop are shown. */
static char last_words[2048];
static size_t n_words;

void arch_putc(char c)
{
    last_words[n_words++ % sizeof(last_words)] = c;
    if (getenv("PAGODA_HOST_PRINT"))
        fputc(c, stderr);
}

void arch_stop(void)
{
    size_t first = n_words > sizeof(last_words) ? n_words - sizeof(last_words) : 0;
    fprintf(stderr, "The kernel stopped. The last it printed (all of it: PAGODA_HOST_PRINT=1):\n");
    for (size_t i = first; i < n_words; i++)
        fputc(last_words[i % sizeof(last_words)], stderr);
    abort();
}
bool arch_power_off(void) { return false; }
