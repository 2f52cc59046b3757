/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel fuzzer as a root task. Threads that share one CSpace do random things to the kernel, which in a debug build checks itself; from time to time
 * everything is taken back and starts again (an epoch). Boot arguments: seed=N, rounds=N (operations of all workers together), counts=1. Repeatable when the
 * emulator counts instructions. The last line is
 *
 *     fuzz seed N rounds M done
 */
#include "arena.h"
#include "harness.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define PERIOD_US 400
#define BUDGET_US 150

/* The kernel must not write here, and nobody else can. */
static uint64_t canary[4096];

void controller_failed(const char *format, ...)
{
    char line[300];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    console_print("\nfuzz: controller: %s\n", line);
    pagoda_PowerOff(IRQ_CONTROL);
    for (;;)
        seL4_TCB_Suspend(OWN_TCB);
}

void expect_failed(const char *file, int line, const char *format, ...)
{
    char text[200];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    controller_failed("%s:%d: %s", file, line, text);
}

seL4_CPtr sched_control(void) { return boot_info->schedcontrol.start; }

static unsigned long number_argument(const char *key, unsigned long otherwise)
{
    char text[24];
    return boot_argument(key, text, sizeof text) ? strtoul(text, NULL, 0) : otherwise;
}

static void canary_fill(void)
{
    for (unsigned long i = 0; i < sizeof canary / sizeof canary[0]; i++)
        canary[i] = 0x9e3779b97f4a7c15ul * (i + 1);
}

static void canary_check(void)
{
    for (unsigned long i = 0; i < sizeof canary / sizeof canary[0]; i++)
        if (canary[i] != 0x9e3779b97f4a7c15ul * (i + 1))
            controller_failed("memory of the controller has changed at %p", (void *)&canary[i]);
}

/* Part of the time for the controller, the rest for the workers; or all of it for the controller. */
static void share_time(bool share)
{
    unsigned long period = share ? PERIOD_US : 5000;
    if (seL4_SchedControl_ConfigureFlags(sched_control(), OWN_SC, share ? BUDGET_US : 5000, period, 0, 0, 0) != seL4_NoError)
        controller_failed("its scheduling context cannot be configured");
}

/* Rounds since the last time. A worker's page can be damaged, so a count is believed only within reason. */
static unsigned long new_rounds(void)
{
    static uint64_t before[WORKERS];
    unsigned long sum = 0;
    for (unsigned i = 0; i < WORKERS; i++) {
        uint64_t now = workers[i]->rounds;
        if (now > before[i] && now - before[i] < 100000)
            sum += now - before[i];
        before[i] = now;
    }
    return sum + 1;
}

/* How many invocations came to something, to see whether the workers do more than collect errors. */
static void print_counts(void)
{
    for (unsigned label = 0; label < LABELS; label++) {
        unsigned long tried = 0, succeeded = 0;
        for (unsigned i = 0; i < WORKERS; i++) {
            tried += workers[i]->tried[label];
            succeeded += workers[i]->succeeded[label];
        }
        if (tried != 0)
            console_print("label %u: %lu of %lu succeeded\n", label < FIRST_LABELS ? label : label - FIRST_LABELS + EXTENSION_LABEL, succeeded, tried);
    }
}

int main(void)
{
    arguments_init();
    resources_init();
    console_init(persistent_page_va());
    arena_init();
    canary_fill();
    unsigned long seed = number_argument("seed=", 1), limit = number_argument("rounds=", 20000), rounds = 0, epoch = 0;
    if (seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 255) != seL4_NoError)
        controller_failed("its priority cannot be set");
    while (rounds < limit) {
        console_print("fuzz epoch %lu rounds %lu\n", epoch, rounds);
        arena_start(seed * 1000003 + epoch++);
        unsigned long periods = 20 + arena_random() % 300;
        share_time(true);
        while (periods-- != 0 && rounds < limit && arena_step()) {
            seL4_Yield();
            rounds += new_rounds();
        }
        share_time(false);
        arena_end();
        canary_check();
    }
    if (number_argument("counts=", 0) != 0)
        print_counts();
    console_print("\nfuzz seed %lu rounds %lu done\n", seed, rounds);
    pagoda_PowerOff(IRQ_CONTROL);
    for (;;)
        seL4_TCB_Suspend(OWN_TCB);
}
