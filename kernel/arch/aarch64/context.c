/* SPDX-License-Identifier: BSD-2-Clause */
/* User registers by their index in seL4_UserContext. */
#include "arch.h"

/* Where word i of seL4_UserContext lives: pc, sp, spsr, x0..x8, x16..x18, x29, x30, x9..x15, x19..x28, tpidr, tpidrro; in words from the start of struct arch_context. */
static const uint8_t place_of_index[] = {CONTEXT_FAULT_PC / 8, CONTEXT_SP / 8, CONTEXT_SPSR / 8, 0,  1,  2,  3,  4,  5,  6,  7,  8,
                                         16, 17, 18, 29, 30, 9,  10, 11, 12, 13, 14, 15, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, CONTEXT_TPIDR / 8, CONTEXT_TPIDRRO / 8};
_Static_assert(sizeof(place_of_index) == ARCH_CONTEXT_WORDS && offsetof(struct arch_context, x) == 0, "every word has its place");

void arch_context_init(struct arch_context *c) { c->spsr = SPSR_USER; }

word_t arch_context_get(const struct arch_context *c, unsigned index)
{
    return index < ARCH_CONTEXT_WORDS ? ((const word_t *)c)[place_of_index[index]] : 0;
}

void arch_context_set(struct arch_context *c, unsigned index, word_t value)
{
    if (index >= ARCH_CONTEXT_WORDS)
        return;
    if (index == ARCH_CONTEXT_PC)
        c->pc = value;
    else if (index == ARCH_CONTEXT_SPSR)
        value = (value & SPSR_FLAGS) | SPSR_USER;
    ((word_t *)c)[place_of_index[index]] = value;
}
