/* SPDX-License-Identifier: BSD-2-Clause */
/* Benchmark system calls, ABI section 2.2; they exist when the boot arguments say so. There is no log. */
#include "entry/entry.h"

enum benchmark_syscall {
    BENCHMARK_FLUSH_CACHES = -21,
    BENCHMARK_RESET_LOG = -22,
    BENCHMARK_FINALIZE_LOG = -23,
    BENCHMARK_NULL_SYSCALL = -25,
};

enum { FLUSH_ALL = 0, FLUSH_INSTRUCTIONS = 1, FLUSH_DATA = 2 };

static bool enabled;

void benchmark_init(bool enable) { enabled = enable; }

static void flush_caches(word_t level1_only, word_t which)
{
    if (level1_only == FLUSH_ALL || which & FLUSH_DATA)
        cache_flush_data(level1_only == FLUSH_ALL ? 3 : 1);
    if (level1_only == FLUSH_ALL || which & FLUSH_INSTRUCTIONS)
        cache_flush_instructions();
}

bool benchmark_syscall(struct thread *current, word_t number)
{
    if (!enabled)
        return false;
    switch ((int64_t)number) {
    case BENCHMARK_FLUSH_CACHES:
        flush_caches(arch_cptr(&current->context), arch_info(&current->context));
        return true;
    case BENCHMARK_RESET_LOG:
        arch_set_badge(&current->context, ERR_NONE);
        return true;
    case BENCHMARK_FINALIZE_LOG: /* x0 stays as it is */
    case BENCHMARK_NULL_SYSCALL:
        return true;
    default:
        return false;
    }
}
