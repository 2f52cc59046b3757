/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AArch64: the shape of a thread's registers in memory, and the addresses of the kernel's own mappings.
 * Offsets are shared with the assembly (vectors.S) and asserted below.
 */
#ifndef ARCH_AARCH64_TYPES_H
#define ARCH_AARCH64_TYPES_H

#include "pagoda/boot_descriptor.h"

#define KERNEL_WINDOW KERNEL_WINDOW_BASE

/* Byte offsets into struct arch_context, in the order in which entry and exit store pairs. */
#define CONTEXT_X(n) ((n) * 8)
#define CONTEXT_SP (31 * 8)
#define CONTEXT_PC (32 * 8)
#define CONTEXT_SPSR (33 * 8)
#define CONTEXT_FAULT_PC (34 * 8)
#define CONTEXT_TPIDR (35 * 8)
#define CONTEXT_TPIDRRO (36 * 8)
#define CONTEXT_BYTES (38 * 8)

/* EL0t, F masked; SError is masked too in builds that do not want to stop on it. */
#ifdef PAGODA_DEBUG
#define SPSR_USER 0x40
#else
#define SPSR_USER 0x140
#endif
#define SPSR_FLAGS 0xf0000000 /* NZCV: all that a user value may choose */

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

struct arch_context {
    uint64_t x[31];
    uint64_t sp;
    uint64_t pc;       /* where the thread continues */
    uint64_t spsr;
    uint64_t fault_pc; /* the instruction that entered the kernel */
    uint64_t tpidr;    /* TPIDR_EL0 */
    uint64_t tpidrro;  /* TPIDRRO_EL0: only the kernel writes it, so entry does not save it */
    uint64_t unused;   /* keeps what follows 16-byte aligned */
};
_Static_assert(offsetof(struct arch_context, sp) == CONTEXT_SP && offsetof(struct arch_context, pc) == CONTEXT_PC &&
                   offsetof(struct arch_context, spsr) == CONTEXT_SPSR && offsetof(struct arch_context, tpidr) == CONTEXT_TPIDR &&
                   offsetof(struct arch_context, tpidrro) == CONTEXT_TPIDRRO && offsetof(struct arch_context, fault_pc) == CONTEXT_FAULT_PC &&
                   sizeof(struct arch_context) == CONTEXT_BYTES,
               "vectors.S knows these offsets");

/* FP/SIMD registers of a thread, valid while they are not in the CPU. */
struct arch_fpu {
    uint64_t q[64];
    uint64_t fpcr;
    uint64_t fpsr;
};
_Static_assert(offsetof(struct arch_fpu, fpcr) == 512, "fpu.S knows these offsets");

/* Numbers of seL4_UserContext words that other code names. */
enum { ARCH_CONTEXT_PC = 0, ARCH_CONTEXT_SP = 1, ARCH_CONTEXT_SPSR = 2, ARCH_CONTEXT_X0 = 3, ARCH_CONTEXT_TPIDR = 34, ARCH_CONTEXT_WORDS = 36 };
#endif

#endif
