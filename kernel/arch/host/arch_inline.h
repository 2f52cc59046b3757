/* SPDX-License-Identifier: BSD-2-Clause */
/* Host machine: the inline parts of the architecture contract. Included at the end of arch.h only. */
#ifndef ARCH_HOST_INLINE_H
#define ARCH_HOST_INLINE_H

#include "cpu.h"

static inline word_t arch_mr(const struct arch_context *c, unsigned i) { return c->x[2 + i]; }
static inline void arch_set_mr(struct arch_context *c, unsigned i, word_t v) { c->x[2 + i] = v; }
static inline word_t arch_cptr(const struct arch_context *c) { return c->x[0]; }
static inline void arch_set_badge(struct arch_context *c, word_t badge) { c->x[0] = badge; }
static inline word_t arch_info(const struct arch_context *c) { return c->x[1]; }
static inline void arch_set_info(struct arch_context *c, word_t info) { c->x[1] = info; }
static inline word_t arch_reply_cptr(const struct arch_context *c) { return c->x[6]; }
static inline word_t arch_syscall_number(const struct arch_context *c) { return c->x[7]; }
static inline word_t arch_dest_cptr(const struct arch_context *c) { return c->x[8]; }
static inline void arch_restart(struct arch_context *c) { c->pc = c->fault_pc; }

static inline ticks_t arch_time_at_entry(void) { return timer_now(); }

extern struct cpu host_cpu;
static inline struct cpu *this_cpu(void) { return &host_cpu; }

static inline uint64_t arch_switch_key(const struct asid_entry *entry) { return entry->vspace_page; }
static inline void arch_switch_directly(struct cpu *cpu, struct asid_entry *entry, uint64_t key)
{
    (void)key;
    cpu->space = entry;
}

static inline void arch_fpu_set_open(struct cpu *cpu, bool open) { cpu->fpu_open = open; }

#endif
