/* SPDX-License-Identifier: BSD-2-Clause */
/* Words, addresses and small helpers used everywhere in the kernel. */
#ifndef KERNEL_TYPES_H
#define KERNEL_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t word_t;
typedef uint64_t pa_t;    /* physical address, bytes */
typedef uint64_t va_t;    /* user virtual address, bytes; never dereferenced by the kernel */
typedef uint64_t ticks_t; /* of the virtual timer */
typedef uint16_t asid_t;  /* user-visible ASID; 0 = none */

#define BIT(n) (1ull << (n))
#define MASK(n) (BIT(n) - 1) /* n < 64 */
#define ALIGN_DOWN(x, bits) ((x) & ~MASK(bits))
#define ALIGN_UP(x, bits) (((x) + MASK(bits)) & ~MASK(bits))
#define IS_ALIGNED(x, bits) (((x) & MASK(bits)) == 0)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define MUST_USE __attribute__((warn_unused_result))
#define NOINLINE __attribute__((noinline))
#define NORETURN __attribute__((noreturn))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/* Kernel-window address of RAM at `pa`, and back. KERNEL_WINDOW comes from the architecture (arch/include/arch.h). */
#endif
