/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FP/SIMD registers, switched lazily: they stay with their last user until another thread touches them, which traps.
 * The kernel itself is built without FP instructions; it copies pages with these registers, and gives them back as they were. Access is open
 * exactly while the thread that returns to EL0 owns the registers, and while a page is copied.
 */
#include "info.h"
#include "local.h"
#include "object/thread.h"
#include "tlb_oracle.h"

#define THREAD_FPU_DISABLED 1

/* fpu.S */
void fpu_save(struct arch_fpu *state);
void fpu_load(const struct arch_fpu *state);
void fpu_copy_page(void *to, const void *from); /* keeps the registers that it uses */

void fpu_init(void) { arch_fpu_set_open(this_cpu(), false); }

void arch_fpu_switch(struct thread *t)
{
    struct cpu *cpu = this_cpu();
    bool open = cpu->fpu_owner == t && !(t->flags & THREAD_FPU_DISABLED);
    if (open != cpu->fpu_open)
        arch_fpu_set_open(this_cpu(), open);
}

void arch_fpu_release(struct thread *t)
{
    struct cpu *cpu = this_cpu();
    if (cpu->fpu_owner != t)
        return;
    arch_fpu_set_open(this_cpu(), true);
    isb();
    fpu_save(&t->fpu);
    arch_fpu_set_open(this_cpu(), false);
    cpu->fpu_owner = NULL;
}

bool fpu_claim(struct thread *t)
{
    struct cpu *cpu = this_cpu();
    if (t->flags & THREAD_FPU_DISABLED)
        return false;
    arch_fpu_set_open(this_cpu(), true);
    isb();
    if (cpu->fpu_owner != t) {
        if (cpu->fpu_owner)
            fpu_save(&cpu->fpu_owner->fpu);
        fpu_load(&t->fpu);
        cpu->fpu_owner = t;
        kernel_info->fpu_switches++;
    }
    return true;
}

void memory_copy_page(void *to, const void *from)
{
    struct cpu *cpu = this_cpu();
    bool open = cpu->fpu_open;
    tlb_oracle_written(to, 4096);
    if (!open) {
        arch_fpu_set_open(cpu, true);
        isb();
    }
    fpu_copy_page(to, from);
    if (!open)
        arch_fpu_set_open(cpu, false);
}
