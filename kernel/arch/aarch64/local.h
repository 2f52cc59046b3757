/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of arch/aarch64 say to each other and to nobody else. */
#ifndef ARCH_AARCH64_LOCAL_H
#define ARCH_AARCH64_LOCAL_H

#include "arch.h"
#include "sysreg.h"

#define KERNEL_STACK_BYTES 16384

/* A core's kernel stack with its struct cpu right above: TPIDR_EL1 holds &cpu, which is also the empty stack. */
struct cpu_area {
    uint8_t stack[KERNEL_STACK_BYTES];
    struct cpu cpu __attribute__((aligned(16)));
};
extern struct cpu_area boot_cpu_area;

/* One step of arch_init each. */
void tracking_init(void); /* paging_entries.c; before tlb_init, which forgets what was translated under the old settings */
void tlb_init(unsigned max_hw_asids);
void cache_init(void);
void fpu_init(void);
void timer_init(const struct boot_descriptor *boot);
void irq_controller_init(const struct boot_descriptor *boot);
void uart_init(const struct boot_descriptor *boot);
void power_init(const struct boot_descriptor *boot);

/* fpu_claim: FP access trapped: give the registers to `t`. False: its flags forbid FP. */
bool fpu_claim(struct thread *t);

/* Interrupt controller drivers. */
struct gic_driver {
    void (*set_masked)(unsigned irq, bool masked);
    void (*set_trigger)(unsigned irq, bool edge);
    unsigned (*acknowledge)(void);
    void (*end)(unsigned irq);     /* priority drop and deactivate */
    void (*hold)(unsigned irq);    /* priority drop; not delivered again before release */
    void (*release)(unsigned irq); /* undo hold */
    bool (*send_sgi)(unsigned sgi, word_t target);
};
extern const struct gic_driver gic_v2, gic_v3;
void gic_v2_init(const struct boot_descriptor *boot);
void gic_v3_init(const struct boot_descriptor *boot);

#endif
