/* SPDX-License-Identifier: BSD-2-Clause */
/* Text on the UART, and the end when booting is not possible. */
#include "boot.h"
#include "format.h"
#include "paging.h"
#include "sysreg.h"

enum { UART_DATA = 0x00, UART_FLAGS = 0x18, UART_TX_FULL = 1 << 5 };

static uint64_t uart;
static struct {
    uint32_t method;
    uint64_t registers_pa;
} power;

void say_init(uint64_t uart_pa) { uart = uart_pa; }

static void put(char c)
{
    if (!uart)
        return;
    while (mmio_read32(uart + UART_FLAGS) & UART_TX_FULL)
        ;
    mmio_write32(uart + UART_DATA, (uint8_t)c);
}

static void put_text(char c)
{
    if (c == '\n')
        put('\r');
    put(c);
}

void say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    format_to(put_text, format, args);
    va_end(args);
}

void boot_fail_power(uint32_t method, uint64_t registers_pa)
{
    power.method = method;
    power.registers_pa = registers_pa;
}

static void power_off(void)
{
    register uint64_t x0 __asm__("x0") = 0x84000008; /* PSCI SYSTEM_OFF */
    switch (power.method) {
    case BOOT_POWER_PSCI_HVC:
        __asm__ volatile("hvc #0" : "+r"(x0)::"x1", "x2", "x3", "memory");
        break;
    case BOOT_POWER_PSCI_SMC:
        __asm__ volatile("smc #0" : "+r"(x0)::"x1", "x2", "x3", "memory");
        break;
    case BOOT_POWER_BCM_PM:
        identity_map(power.registers_pa, PAGE, PTE_KERNEL_DEVICE);
        mmio_write32(power.registers_pa + 0x20, 0x5a000555); /* status: stay off */
        mmio_write32(power.registers_pa + 0x24, 0x5a00000a); /* watchdog: soon */
        mmio_write32(power.registers_pa + 0x1c, 0x5a000020); /* control: full reset */
        break;
    }
}

static NORETURN void stop(void)
{
    static bool stopping;
    if (!stopping) {
        stopping = true;
        power_off();
    }
    for (;;)
        __asm__ volatile("wfi");
}

void boot_fail(const char *format, ...)
{
    va_list args;
    say("pagoda: boot: ");
    va_start(args, format);
    format_to(put_text, format, args);
    va_end(args);
    say("\n");
    stop();
}

void boot_exception(uint64_t esr, uint64_t offset, uint64_t far)
{
    static bool reported;
    if (!uart) /* the MMU may still be off: devices answer at the same address */
        uart = board_guess((uint64_t)(uintptr_t)image_start)->uart_pa;
    if (!reported) {
        reported = true;
        say("pagoda: boot: exception in the boot stage at image offset 0x%lx, ESR 0x%lx, FAR 0x%lx\n", offset, esr, far);
    }
    stop();
}
