/* SPDX-License-Identifier: BSD-2-Clause */
/* Switching the machine off. */
#include "local.h"

#define PSCI_SYSTEM_OFF 0x84000008ull

/* BCM2711 power management block: a watchdog reset with a boot partition number that the firmware takes as "stay off". */
enum { PM_RSTC = 0x1c, PM_RSTS = 0x20, PM_WDOG = 0x24 };
#define PM_PASSWORD 0x5a000000u
#define PM_RSTS_HALT 0x555u
#define PM_RSTC_FULL_RESET 0x20u

static struct {
    uint32_t method; /* enum boot_power_method */
    uint32_t flags;
    uintptr_t registers;
} power;

void power_init(const struct boot_descriptor *boot)
{
    power.method = boot->power_method;
    power.flags = boot->flags;
    power.registers = boot->power_va;
}

static NORETURN void wait_for_ever(void)
{
    for (;;)
        __asm__ volatile("wfi");
}

bool arch_power_off(void)
{
    register uint64_t x0 __asm__("x0") = PSCI_SYSTEM_OFF;
    switch (power.method) {
    case BOOT_POWER_PSCI_HVC:
        __asm__ volatile("hvc #0" : "+r"(x0)::"x1", "x2", "x3", "memory");
        return false;
    case BOOT_POWER_PSCI_SMC:
        __asm__ volatile("smc #0" : "+r"(x0)::"x1", "x2", "x3", "memory");
        return false;
    case BOOT_POWER_BCM_PM:
        mmio_write32(power.registers + PM_RSTS, PM_PASSWORD | PM_RSTS_HALT);
        mmio_write32(power.registers + PM_WDOG, PM_PASSWORD | 10);
        mmio_write32(power.registers + PM_RSTC, PM_PASSWORD | PM_RSTC_FULL_RESET);
        wait_for_ever();
    default:
        return false;
    }
}

void arch_stop(void)
{
    __asm__ volatile("msr daifset, #15");
    if (power.flags & BOOT_POWEROFF_ON_STOP)
        arch_power_off();
    wait_for_ever();
}
