/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The architecture contract: all that the rest of the kernel may ask of the machine.
 * arch/aarch64 fulfils it with the hardware; arch/host (host tests) with plain memory.
 * Types that the target needs (struct arch_context ...) are in "arch_types.h" of each architecture, found through the include path.
 */
#ifndef KERNEL_ARCH_H
#define KERNEL_ARCH_H

#include "arch_types.h" /* KERNEL_WINDOW, struct arch_context, struct arch_fpu, ARCH_CONTEXT_* */
#include "types.h"

struct thread;
struct cpu;
struct boot_descriptor;

/* ---- kernel window ---- */
static inline void *kernel_pointer(pa_t pa) { return (void *)(uintptr_t)(KERNEL_WINDOW + pa); }
static inline pa_t kernel_pa(const void *p) { return (pa_t)((uintptr_t)p - KERNEL_WINDOW); }
/* arch_static_pa: physical address of something in the kernel image (a static object), which kernel_pa cannot tell: the image is mapped elsewhere. */
pa_t arch_static_pa(const void *p);

/* ---- user registers ----
 * struct arch_context is the first member of struct thread and holds the user-visible integer registers, SPSR, SP, TPIDR_EL0, TPIDRRO_EL0, and two program
 * counters: `pc`, where the thread continues, and `fault_pc`, the address of the instruction that entered the kernel (the svc, the faulting one). */
void arch_context_init(struct arch_context *c); /* zeroed memory becomes the registers of a new thread: SPSR user default, the rest 0 */
/* Register `index` of seL4_UserContext (0 pc .. 35 tpidrro_el0). Reading index 0 gives fault_pc; writing it sets both; writing spsr keeps only NZCV. */
word_t arch_context_get(const struct arch_context *c, unsigned index);
void arch_context_set(struct arch_context *c, unsigned index, word_t value);
/* Message registers MR0..3 (x2..x5), badge (x0), info (x1), and the numbered inputs, by their role. */
static inline word_t arch_mr(const struct arch_context *c, unsigned i);
static inline void arch_set_mr(struct arch_context *c, unsigned i, word_t v);
static inline word_t arch_cptr(const struct arch_context *c);        /* x0: capability invoked or received on */
static inline word_t arch_info(const struct arch_context *c);        /* x1: message info */
static inline word_t arch_reply_cptr(const struct arch_context *c);  /* x6: reply object; NBSendWait: destination */
static inline word_t arch_syscall_number(const struct arch_context *c); /* x7: system call number */
static inline word_t arch_dest_cptr(const struct arch_context *c);   /* x8: destination of NBSendRecv */
static inline void arch_set_badge(struct arch_context *c, word_t v); /* x0 */
static inline void arch_set_info(struct arch_context *c, word_t v);  /* x1 */

/* ---- entry and exit ----
 * Exceptions from EL0 save the context of this_cpu()->current and call the handlers of kernel/entry/ (entry.h), which end in
 * schedule() and arch_return_to_user(). */
NORETURN void arch_return_to_user(struct thread *t); /* space and FPU switched already; restores and erets */
NORETURN void arch_idle(void);                       /* wait for an interrupt on the kernel stack, then handle it */

/* ---- address spaces ----  (object/vspace.c decides, this carries out) */
enum { PT_LEVELS = 4 }; /* level 0 = top (2^39 per entry) .. level 3 (2^12 per entry) */
static inline unsigned pt_level_shift(unsigned level) { return 39 - 9 * level; }
struct pt_place {
    uint64_t *entry; /* in the kernel window */
    unsigned level;  /* of the table that holds the entry */
};
/* pt_walk: follow tables from `root` for va; stop at the first entry that is not a table pointer, or at `stop_level`. At most 4 reads. */
struct pt_place pt_walk(uint64_t *root, va_t va, unsigned stop_level);
bool pte_is_valid(uint64_t entry);
bool pte_is_table(uint64_t entry, unsigned level); /* valid and points to a next level */
bool pte_is_page(uint64_t entry, unsigned level);  /* valid and maps memory */
pa_t pte_pa(uint64_t entry);
uint64_t pte_make_table(pa_t table);
/* rights: RIGHT_READ|RIGHT_WRITE bits as granted; cacheable and execute from the attributes. */
uint64_t pte_make_page(pa_t pa, unsigned level, unsigned rights, bool cacheable, bool executable);
bool pte_is_user_writable(uint64_t entry);
/* PTE_TAG: bits of a page's entry that mean nothing to the hardware (ignored or software bits of stage 1 descriptors, DDI 0487 D8.3.1) nor to the functions
 * here; pte_make_page leaves them 0, and what changes a valid entry keeps them. */
#define PTE_TAG ((uint64_t)31 << 58)
/* PTE_GROUPED: the Contiguous bit: the entry is one of GROUP_PAGES aligned ones of a level-3 table that the TLB may hold as one. object/paging_group.h says what
 * must hold. pte_protect keeps it. */
#define PTE_GROUPED ((uint64_t)1 << 52)
enum { GROUP_PAGES = 16, GROUP_BITS = 16 };
/* pte_set: store an entry so that the table walker sees it (dsb). Never changes valid to another valid without break-before-make: old must be
 * invalid or only permissions differ, or the caller wrote 0 and invalidated first. */
void pte_set(uint64_t *entry, uint64_t value);
/* TLB invalidation for a user ASID; nothing is done when the space holds no hardware ASID of this generation. Complete on return. */
void tlb_invalidate_page(asid_t asid, va_t va);
void tlb_invalidate_asid(asid_t asid);
/* tlb_invalidate_marked: of the pages from `va` on, those whose bits are set in `marks` (n_words words, page 0 is bit 0 of the first one), by address if they
 * are few, else the whole ASID. Entries that were stored before are seen by the table walker from then on. Complete on return. Gives how many are marked. */
unsigned tlb_invalidate_marked(asid_t asid, va_t va, const word_t *marks, unsigned n_words);

/* ---- what was accessed and written, runs of pages ----  (object/paging.c decides)
 * A page counts as accessed, and if it is writable as written ("dirty"), from when it is mapped until that is cleared; then from the next access or write on.
 * Functions named pte_run_ work on n (at least one) consecutive entries of one level-3 table; the bit i % 64 of word i / 64 that they give belongs to entry i.
 * They only store: pte_publish or tlb_invalidate_marked must follow. */
bool pte_is_accessed(uint64_t entry);
bool pte_is_dirty(uint64_t entry);
/* pte_small: the level-3 entry of va, NULL if there is no table for it. */
uint64_t *pte_small(uint64_t *root, va_t va);
/* pte_store: as pte_set, but pte_publish makes it (and all stored before) visible to the table walker. */
void pte_store(uint64_t *entry, uint64_t value);
void pte_publish(void);
/* pte_run_harvest: which pages were accessed and written; then clear what is to be cleared, of all of them. */
void pte_run_harvest(uint64_t *entries, unsigned n, bool clear_accessed, bool clear_dirty, word_t *accessed, word_t *dirty);
/* pte_run_unmap: which pages were mapped and which were dirty; none is mapped afterwards. */
void pte_run_unmap(uint64_t *entries, unsigned n, word_t *mapped, word_t *dirty);
/* pte_run_protect: which pages are mapped; they get `rights`, as far as they were mapped with those, and are not executable any more. */
void pte_run_protect(uint64_t *entries, unsigned n, unsigned rights, word_t *mapped);
/* pte_protect: what a page's entry is to be with those rights. Accessed, dirty and memory type stay as they are. */
uint64_t pte_protect(uint64_t entry, unsigned rights, bool executable);
bool pte_is_executable(uint64_t entry); /* by user */
bool pte_is_cacheable(uint64_t entry);
unsigned pte_mapped_rights(uint64_t entry);
/* pte_move: the same page with other memory. */
uint64_t pte_move(uint64_t entry, pa_t pa);
/* pte_touch: `entry` refused an access (`write`: to write), perhaps only because that is how the access is noticed. True: it is noted now and allowed. */
bool pte_touch(uint64_t *entry, bool write);
/* arch_tracks_accesses: the hardware notes accesses and writes by itself; pte_touch is never needed. */
bool arch_tracks_accesses(void);

/* One entry of an ASID pool object: which VSpace, and the hardware ASID it holds in which generation. 0 = free. */
struct asid_entry {
    uint64_t vspace_page : 32; /* pa >> 12 */
    uint64_t hw_asid : 16;
    uint64_t generation : 16;
};
/* arch_asid_release: the user ASID disappears: what the TLB holds of it is invalidated, its hardware ASID may be reused. */
void arch_asid_release(struct asid_entry *entry);
/* arch_switch_space: make `entry`'s VSpace the user space (NULL: an empty one that faults on every access). Hands out a hardware ASID if needed. */
void arch_switch_space(struct asid_entry *entry);
/* arch_switch_key: of a space that arch_switch_space has installed; good until cpu->space_epoch changes (it does when hardware ASIDs are handed out anew). */
static inline uint64_t arch_switch_key(const struct asid_entry *entry);
/* arch_switch_directly: arch_switch_space in line, for a space other than the current one, with its key. The caller counts the switch. */
static inline void arch_switch_directly(struct cpu *cpu, struct asid_entry *entry, uint64_t key);

/* ---- FPU ----  (zeroed memory is the state of a thread that has not used it yet) */
void arch_fpu_switch(struct thread *t);      /* before returning to t: its registers are there or trap on first use; disabled threads trap */
static inline void arch_fpu_set_open(struct cpu *cpu, bool open); /* the current thread may use the registers, its own, or traps */
void arch_fpu_release(struct thread *t);     /* t is destroyed or its state is copied: it is no longer live in the registers */

/* ---- caches ---- */
void cache_clean_poc(const void *p, size_t len);            /* data to memory */
void cache_invalidate_poc(const void *p, size_t len);
void cache_clean_invalidate_poc(const void *p, size_t len);
void cache_unify_pou(const void *p, size_t len);            /* clean data to unification point, invalidate instruction cache */
/* For benchmarks: data caches of level 1 to `levels` written back and emptied, by set and way; the instruction cache emptied. */
void cache_flush_data(unsigned levels);
void cache_flush_instructions(void);
void memory_zero(void *p, size_t len);                      /* len multiple of 16; DC ZVA where possible */
void memory_copy_page(void *to, const void *from);

/* ---- interrupts and time ---- */
void irq_set_masked(unsigned irq, bool masked);
void irq_set_trigger(unsigned irq, bool edge);
unsigned irq_max(void);
unsigned irq_timer(void);
#define IRQ_NONE 0xffffffffu
unsigned irq_acknowledge(void);        /* INTID of the highest pending interrupt, IRQ_NONE if spurious */
void irq_end_kernel(unsigned irq);     /* timer: priority drop and deactivate */
void irq_hold(unsigned irq);           /* delivered to a user handler: held off until irq_release (GICv2 masked, GICv3 active) */
void irq_release(unsigned irq);        /* IRQHandler_Ack; harmless when not held */
bool irq_is_pending(void);             /* is any interrupt waiting? for preemption points: cheap */
bool irq_send_sgi(unsigned sgi, word_t target);
unsigned irq_gic_version(void);
ticks_t timer_now(void);
static inline ticks_t arch_time_at_entry(void); /* the same, at the start of a kernel entry */
void timer_set_deadline(ticks_t at);   /* interrupt at this absolute time; a past time fires at once */
uint64_t timer_frequency(void);

/* ---- boot, last words ---- */
void arch_init(const struct boot_descriptor *boot); /* per-CPU registers, vectors, interrupt controller, timer, caches geometry into kernel info */
void arch_putc(char c);                              /* kernel UART, polled */
NORETURN void arch_stop(void);                       /* power off if the descriptor says so, else wfi for ever */
bool arch_power_off(void);                           /* returns false when this machine has no means */

#include "arch_inline.h" /* the inline parts: arch_mr, arch_set_mr, this_cpu */

#endif
