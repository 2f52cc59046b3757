/* SPDX-License-Identifier: BSD-2-Clause */
/* AArch64: parts of the architecture contract that are worth inlining. Included at the end of arch.h only. */
#ifndef ARCH_AARCH64_INLINE_H
#define ARCH_AARCH64_INLINE_H

#include "cpu.h"
#include "tlb_oracle.h"

/* System-call registers by role (ABI section 2.2). */
static inline word_t arch_mr(const struct arch_context *c, unsigned i) { return c->x[2 + i]; }
static inline void arch_set_mr(struct arch_context *c, unsigned i, word_t v) { c->x[2 + i] = v; }
static inline word_t arch_cptr(const struct arch_context *c) { return c->x[0]; } /* invoked, or received on */
static inline void arch_set_badge(struct arch_context *c, word_t badge) { c->x[0] = badge; }
static inline word_t arch_info(const struct arch_context *c) { return c->x[1]; }
static inline void arch_set_info(struct arch_context *c, word_t info) { c->x[1] = info; }
static inline word_t arch_reply_cptr(const struct arch_context *c) { return c->x[6]; }
static inline word_t arch_syscall_number(const struct arch_context *c) { return c->x[7]; }
static inline word_t arch_dest_cptr(const struct arch_context *c) { return c->x[8]; } /* of NBSendRecv */
/* Continue at the instruction that entered the kernel: the system call or access is done again. */
static inline void arch_restart(struct arch_context *c) { c->pc = c->fault_pc; }

/* The time of a kernel entry: cannot have been read before it, because taking an exception synchronises; so no barrier. */
static inline ticks_t arch_time_at_entry(void)
{
    ticks_t now;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(now));
    return now;
}

/* The struct cpu of this core. TPIDR_EL1 never changes after arch_init, so the compiler may keep the value. */
static inline struct cpu *this_cpu(void)
{
    struct cpu *cpu;
    __asm__("mrs %0, tpidr_el1" : "=r"(cpu));
    return cpu;
}

#define CPACR_FP_OPEN (3ull << 20)

/* The value of TTBR0_EL1. */
static inline uint64_t arch_switch_key(const struct asid_entry *entry)
{
    return (uint64_t)entry->hw_asid << 48 | (uint64_t)entry->vspace_page << 12;
}
static inline void arch_switch_directly(struct cpu *cpu, struct asid_entry *entry, uint64_t key)
{
    __asm__ volatile("msr ttbr0_el1, %0" ::"r"(key)); /* no isb: the return to EL0 synchronises */
    tlb_oracle_ttbr0(key);
    cpu->space = entry;
}

static inline void arch_fpu_set_open(struct cpu *cpu, bool open)
{
    __asm__ volatile("msr cpacr_el1, %0" ::"r"(open ? CPACR_FP_OPEN : 0));
    cpu->fpu_open = open;
}

#endif
