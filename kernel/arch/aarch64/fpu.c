/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FP/SIMD registers, switched lazily: they stay with their last user until another thread touches them, which traps.
 * The kernel itself is built without FP instructions. Access is open exactly while the thread that returns to EL0 owns the registers.
 */
#include "info.h"
#include "local.h"
#include "object/thread.h"

#define THREAD_FPU_DISABLED 1

/* fpu.S */
void fpu_save(struct arch_fpu *state);
void fpu_load(const struct arch_fpu *state);

static void set_open(bool open)
{
    WRITE_SYSREG(cpacr_el1, open ? CPACR_FP_OPEN : 0);
    this_cpu()->fpu_open = open;
}

void fpu_init(void) { set_open(false); }

void arch_fpu_switch(struct thread *t)
{
    struct cpu *cpu = this_cpu();
    bool open = cpu->fpu_owner == t && !(t->flags & THREAD_FPU_DISABLED);
    if (open != cpu->fpu_open)
        set_open(open);
}

void arch_fpu_release(struct thread *t)
{
    struct cpu *cpu = this_cpu();
    if (cpu->fpu_owner != t)
        return;
    set_open(true);
    isb();
    fpu_save(&t->fpu);
    set_open(false);
    cpu->fpu_owner = NULL;
}

bool fpu_claim(struct thread *t)
{
    struct cpu *cpu = this_cpu();
    if (t->flags & THREAD_FPU_DISABLED)
        return false;
    set_open(true);
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
