/* SPDX-License-Identifier: BSD-2-Clause */
/* One bad access of the kind asked for. Each must end this process, and nothing else, with a message. */
#include "program.h"

#include <stdio.h>
#include <string.h>

#define NOWHERE 0x0000123456789000ull     /* a user address that nothing is mapped at */
#define IN_KERNEL 0xffff000000080000ull   /* an address of the kernel's half */

static void bad_read(void)
{
    *(volatile uint64_t *)NOWHERE;
}

static void bad_write(void)
{
    *(volatile uint64_t *)NOWHERE = 1;
}

static void bad_jump(uint64_t target)
{
    __asm__ volatile("br %0" ::"r"(target));
}

static void bad_exec(void)
{
    static volatile uint32_t data[4] = {0xd65f03c0}; /* a return instruction, in memory that is not executable */
    bad_jump((uint64_t)data);
}

static void null_pointer(void)
{
    volatile uint64_t *pointer = NULL;
    __asm__("" : "+r"(pointer)); /* hide the value, so that the compiler has to make the access */
    *pointer;
}

static void kernel_address(void)
{
    *(volatile uint64_t *)IN_KERNEL;
}

static void write_text(void)
{
    *(volatile uint32_t *)(uintptr_t)bad_read = 0;
}

static void misaligned_pc(void)
{
    bad_jump((uint64_t)(uintptr_t)bad_read + 2);
}

static void undefined_instruction(void)
{
    __asm__ volatile("udf #0");
}

static const struct {
    const char *name;
    void (*run)(void);
} kinds[] = {
    {"read", bad_read},           {"write", bad_write}, {"exec", bad_exec},    {"null", null_pointer},
    {"kernel", kernel_address}, {"text", write_text}, {"pc", misaligned_pc}, {"undefined", undefined_instruction},
};

int main(int argc, char **argv)
{
    const char *kind = argc > 1 ? argv[1] : "write";
    if (argc > 2)
        program_usage("wild", "one kind at a time");
    for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(kind, kinds[i].name) != 0)
            continue;
        printf("wild: %s\n", kind);
        fflush(stdout);
        kinds[i].run();
        printf("wild: %s did no harm\n", kind);
        return 1;
    }
    program_usage("wild", "'%s' is not a kind", kind);
}
