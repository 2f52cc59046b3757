/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An exception in the kernel itself, or one that must not happen: report what and where, then stop. Runs on its own stack, because
 * overflow of the kernel stack (it ends at an unmapped page) is one of the causes.
 */
#include "local.h"
#include "print.h"

struct fatal_frame {
    struct arch_context registers; /* pc and spsr are ELR_EL1 and SPSR_EL1 */
    uint64_t vector;               /* 0..15, in the order of the vector table */
};
_Static_assert(offsetof(struct fatal_frame, vector) == CONTEXT_BYTES, "vectors.S knows this offset");

struct fatal_frame fatal_frame;

extern char kernel_stack_guard[]; /* kernel.ld: the unmapped page */

NORETURN void fatal_report(const struct fatal_frame *frame);

static const char *exception_class(uint64_t esr)
{
    switch (esr >> 26 & 63) {
    case 0x00:
        return "undefined instruction";
    case 0x07:
        return "FP/SIMD instruction";
    case 0x0e:
        return "illegal execution state";
    case 0x18:
        return "trapped system register";
    case 0x20:
    case 0x21:
        return "instruction abort";
    case 0x22:
        return "misaligned pc";
    case 0x24:
    case 0x25:
        return "data abort";
    case 0x26:
        return "misaligned sp";
    case 0x3c:
        return "breakpoint instruction";
    default:
        return "exception";
    }
}

static bool is_stack_overflow(uint64_t esr, uint64_t far)
{
    bool data_abort = (esr >> 26 & 63) == 0x25;
    return data_abort && far >= (uint64_t)kernel_stack_guard && far < (uint64_t)kernel_stack_guard + 4096;
}

static void print_registers(const struct arch_context *c)
{
    for (unsigned i = 0; i < 31; i++)
        kprintf("x%-2u %016lx%s", i, c->x[i], i % 4 == 3 ? "\n" : "  ");
    kprintf("sp  %016lx\n", c->sp);
}

void fatal_report(const struct fatal_frame *frame)
{
    static const char *const kinds[] = {"synchronous", "IRQ", "FIQ", "SError"};
    static bool reporting;
    uint64_t esr = READ_SYSREG(esr_el1), far = READ_SYSREG(far_el1);

    if (reporting) /* the report itself failed: what is printed must do */
        arch_stop();
    reporting = true;
    kprintf("\npagoda: kernel: ");
    if (frame->vector / 4 != 1)
        kprintf("unexpected %s exception (vector %lu)", kinds[frame->vector % 4], frame->vector);
    else if (frame->vector % 4)
        kprintf("%s in the kernel", kinds[frame->vector % 4]);
    else if (is_stack_overflow(esr, far))
        kprintf("kernel stack overflow");
    else
        kprintf("%s in the kernel", exception_class(esr));
    kprintf("\npagoda: kernel: at %016lx, ESR %08lx, FAR %016lx, SPSR %08lx\n", frame->registers.pc, esr, far, frame->registers.spsr);
    print_registers(&frame->registers);
    arch_stop();
}
