/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The instruction counter of the benchmarks: PMCCNTR_EL0 under `qemu -icount shift=0`, where one instruction is one count.
 * Source: Arm ARM DDI 0487, PMCCNTR_EL0; the kernel exports it with the boot argument export=pmu.
 */
#ifndef PAGODA_TESTS_BENCH_COUNTER_H
#define PAGODA_TESTS_BENCH_COUNTER_H

static inline unsigned long counter_read(void)
{
    unsigned long count;
    __asm__ volatile("isb\n\tmrs %0, pmccntr_el0" : "=r"(count)::"memory");
    return count;
}

/* counter_read twice in a row, without the isb that the second one needs: what measuring itself costs. */
static inline unsigned long counter_overhead(void)
{
    unsigned long best = ~0ul;
    for (int i = 0; i < 8; i++) {
        unsigned long start = counter_read(), end = counter_read();
        if (end - start < best)
            best = end - start;
    }
    return best;
}

/* Instructions counted over 100 nops, ends included: 101 when one count is one instruction. */
static inline unsigned long counter_check(void)
{
    unsigned long start, end;
    __asm__ volatile("isb\n\tmrs %0, pmccntr_el0\n\t.rept 100\n\tnop\n\t.endr\n\tmrs %1, pmccntr_el0" : "=r"(start), "=r"(end)::"memory");
    return end - start;
}

/*
 * Instructions executed: unlike PMCCNTR_EL0, which goes on while the processor waits for a disk. Event 8 of counter 0, which counts modulo 2^32.
 * Source: Arm ARM DDI 0487, INST_RETIRED.
 */
static inline void instructions_start(void)
{
    __asm__ volatile("msr pmevtyper0_el0, %0\n\tmsr pmcntenset_el0, %1\n\tisb" ::"r"(8ul), "r"(1ul) : "memory");
}

static inline unsigned instructions_read(void)
{
    unsigned long count;
    __asm__ volatile("isb\n\tmrs %0, pmevcntr0_el0" : "=r"(count)::"memory");
    return (unsigned)count;
}

#endif
