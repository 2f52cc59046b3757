/* SPDX-License-Identifier: BSD-2-Clause */
/* Parent and child keep different values in all 32 vector registers across calls that let the other run, and check them each time. */
#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define REGISTERS 32
#define MOST_ROUNDS 100000000

struct vectors {
    uint64_t words[REGISTERS][2];
};

#define SYSCALL_YIELD "-11" /* goes to the next thread of the same priority */

/* Load all vector registers, give the processor away, store them: one statement, so that the compiler uses none of them between. */
static void exchange(const struct vectors *in, struct vectors *out)
{
    __asm__ volatile(
        "ldp q0, q1, [%0, #0]\n\t"
        "ldp q2, q3, [%0, #32]\n\t"
        "ldp q4, q5, [%0, #64]\n\t"
        "ldp q6, q7, [%0, #96]\n\t"
        "ldp q8, q9, [%0, #128]\n\t"
        "ldp q10, q11, [%0, #160]\n\t"
        "ldp q12, q13, [%0, #192]\n\t"
        "ldp q14, q15, [%0, #224]\n\t"
        "ldp q16, q17, [%0, #256]\n\t"
        "ldp q18, q19, [%0, #288]\n\t"
        "ldp q20, q21, [%0, #320]\n\t"
        "ldp q22, q23, [%0, #352]\n\t"
        "ldp q24, q25, [%0, #384]\n\t"
        "ldp q26, q27, [%0, #416]\n\t"
        "ldp q28, q29, [%0, #448]\n\t"
        "ldp q30, q31, [%0, #480]\n\t"
        "mov x7, #" SYSCALL_YIELD "\n\t"
        "svc #0\n\t"
        "stp q0, q1, [%1, #0]\n\t"
        "stp q2, q3, [%1, #32]\n\t"
        "stp q4, q5, [%1, #64]\n\t"
        "stp q6, q7, [%1, #96]\n\t"
        "stp q8, q9, [%1, #128]\n\t"
        "stp q10, q11, [%1, #160]\n\t"
        "stp q12, q13, [%1, #192]\n\t"
        "stp q14, q15, [%1, #224]\n\t"
        "stp q16, q17, [%1, #256]\n\t"
        "stp q18, q19, [%1, #288]\n\t"
        "stp q20, q21, [%1, #320]\n\t"
        "stp q22, q23, [%1, #352]\n\t"
        "stp q24, q25, [%1, #384]\n\t"
        "stp q26, q27, [%1, #416]\n\t"
        "stp q28, q29, [%1, #448]\n\t"
        "stp q30, q31, [%1, #480]\n\t"
        ::"r"(in), "r"(out)
        : "memory", "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10",
          "v11", "v12", "v13", "v14", "v15", "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27",
          "v28", "v29", "v30", "v31");
}

static uint64_t run(uint64_t rounds, uint64_t seed)
{
    static struct vectors in, out;
    uint64_t wrong = 0;
    for (uint64_t round = 0; round < rounds; round++) {
        for (unsigned i = 0; i < REGISTERS; i++)
            for (unsigned half = 0; half < 2; half++)
                in.words[i][half] = seed * 0x9e3779b97f4a7c15ull + round * 64 + i * 2 + half;
        exchange(&in, &out);
        for (unsigned i = 0; i < REGISTERS; i++)
            wrong += in.words[i][0] != out.words[i][0] || in.words[i][1] != out.words[i][1];
    }
    return wrong;
}

int main(int argc, char **argv)
{
    int status = 0;
    if (argc > 2)
        program_usage("fpcheck", "one number of rounds is enough");
    uint64_t rounds = argc > 1 ? program_number("fpcheck", argv[1], 1, MOST_ROUNDS) : 1000;
    pid_t pid = fork();
    if (pid == 0)
        _exit(run(rounds, 2) == 0 ? 0 : 1);
    if (pid < 0)
        return program_error("fpcheck", "fork");
    uint64_t wrong = run(rounds, 1);
    bool child_good = waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    printf("fpcheck %llu: parent %llu wrong, child %s\n", (unsigned long long)rounds, (unsigned long long)wrong,
           child_good ? "0 wrong" : "FAILED");
    return wrong == 0 && child_good ? 0 : 1;
}
