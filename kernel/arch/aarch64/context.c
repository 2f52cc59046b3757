/* SPDX-License-Identifier: BSD-2-Clause */
/* User registers by their index in seL4_UserContext. */
#include "arch.h"

/* Where word i of seL4_UserContext from index 3 on lives: x0..x8, x16..x18, x29, x30, x9..x15, x19..x28. */
static const uint8_t register_of_index[] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  16, 17, 18, 29, 30, 9,  10, 11,
                                            12, 13, 14, 15, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28};
_Static_assert(sizeof(register_of_index) == ARCH_CONTEXT_TPIDR - ARCH_CONTEXT_X0, "x0..x30");

void arch_context_init(struct arch_context *c) { c->spsr = SPSR_USER; }

word_t arch_context_get(const struct arch_context *c, unsigned index)
{
    switch (index) {
    case ARCH_CONTEXT_PC:
        return c->fault_pc;
    case ARCH_CONTEXT_SP:
        return c->sp;
    case ARCH_CONTEXT_SPSR:
        return c->spsr;
    case ARCH_CONTEXT_TPIDR:
        return c->tpidr;
    case ARCH_CONTEXT_TPIDR + 1:
        return c->tpidrro;
    default:
        return index < ARCH_CONTEXT_TPIDR ? c->x[register_of_index[index - ARCH_CONTEXT_X0]] : 0;
    }
}

void arch_context_set(struct arch_context *c, unsigned index, word_t value)
{
    switch (index) {
    case ARCH_CONTEXT_PC:
        c->pc = value;
        c->fault_pc = value;
        break;
    case ARCH_CONTEXT_SP:
        c->sp = value;
        break;
    case ARCH_CONTEXT_SPSR:
        c->spsr = (value & SPSR_FLAGS) | SPSR_USER;
        break;
    case ARCH_CONTEXT_TPIDR:
        c->tpidr = value;
        break;
    case ARCH_CONTEXT_TPIDR + 1:
        c->tpidrro = value;
        break;
    default:
        if (index < ARCH_CONTEXT_TPIDR)
            c->x[register_of_index[index - ARCH_CONTEXT_X0]] = value;
        break;
    }
}
