/* SPDX-License-Identifier: BSD-2-Clause */
/* First steps of the kernel on a core. */
#include "boot.h"
#include "info.h"
#include "local.h"
#include "paging.h"

struct cpu_area boot_cpu_area __attribute__((section(".stack"), aligned(4096)));
_Static_assert(offsetof(struct cpu_area, cpu) == 16384, "vectors.S knows this offset");

NORETURN void arch_start(const struct boot_descriptor *boot);

/* From vectors.S, on the kernel stack. The console comes first: whatever goes wrong later can be told. */
void arch_start(const struct boot_descriptor *boot)
{
    uart_init(boot);
    power_init(boot);
    kernel_main(boot);
}

pa_t arch_static_pa(const void *p)
{
    __asm__ volatile("at s1e1r, %0" ::"r"(p) : "memory");
    isb();
    return (READ_SYSREG(par_el1) & PTE_ADDRESS) | ((uintptr_t)p & MASK(12));
}

/* Cycle counter: counts at EL0 and EL1 always; EL0 may read it if the boot stage says so. */
static void pmu_init(bool user_access)
{
    unsigned version = READ_SYSREG(id_aa64dfr0_el1) >> 8 & 15;
    if (version == 0 || version == 15)
        return;
    WRITE_SYSREG(pmccfiltr_el0, 0);
    WRITE_SYSREG(pmcntenset_el0, 1u << 31);
    WRITE_SYSREG(pmcr_el0, 1 << 6 | 1 << 2 | 1); /* 64 bits, reset, enable */
    WRITE_SYSREG(pmuserenr_el0, user_access ? 1 : 0);
}

void arch_init(const struct boot_descriptor *boot)
{
    kernel_info->timer_frequency = boot->timer_frequency;
    kernel_info->boot_ticks = READ_SYSREG(cntvct_el0);
    WRITE_SYSREG(sctlr_el1, SCTLR_KERNEL);
    isb();
    tracking_init();
    tlb_init(boot->max_hw_asids);
    cache_init();
    fpu_init();
    irq_controller_init(boot);
    timer_init(boot);
    pmu_init(boot->flags & BOOT_EXPORT_PMU);
    irq_set_masked(irq_timer(), false);
    irq_set_trigger(irq_timer(), false);
}
