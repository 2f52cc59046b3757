/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine of host tests: registers are plain memory, and physical memory is one block from the allocator (host_machine.h). */
#ifndef ARCH_HOST_TYPES_H
#define ARCH_HOST_TYPES_H

#include <stddef.h>
#include <stdint.h>

extern uintptr_t host_window; /* kernel-window address of physical address 0 */
#define KERNEL_WINDOW host_window

struct arch_context {
    uint64_t x[31];
    uint64_t sp;
    uint64_t pc;
    uint64_t spsr;
    uint64_t tpidr;
    uint64_t tpidrro;
    uint64_t fault_pc;
    uint64_t unused;
};

struct arch_fpu {
    uint64_t q[64];
    uint64_t fpcr;
    uint64_t fpsr;
};

enum { ARCH_CONTEXT_PC = 0, ARCH_CONTEXT_SP = 1, ARCH_CONTEXT_SPSR = 2, ARCH_CONTEXT_X0 = 3, ARCH_CONTEXT_TPIDR = 34, ARCH_CONTEXT_WORDS = 36 };

#endif
