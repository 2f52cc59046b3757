/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel tests as a root task: runs every test, one line each, then a count, then powers the machine off.
 *
 *     ok NAME
 *     FAIL NAME: what was expected where
 *     tests N passed P failed F
 *
 * Boot argument tests=PREFIX runs only tests whose names begin so; list=1 also prints each test's sentence.
 */
#include "harness.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

extern const struct test __start_pagoda_tests[], __stop_pagoda_tests[];

static jmp_buf test_end;
static volatile bool failed;
static char failure[300];

void test_abort(void)
{
    longjmp(test_end, 1);
}

void expect_failed(const char *file, int line, const char *format, ...)
{
    if (!failed) {
        failed = true;
        const char *slash = strrchr(file, '/');
        int n = snprintf(failure, sizeof failure, "%s:%d: ", slash ? slash + 1 : file, line);
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(failure + n, sizeof failure - (size_t)n, format, arguments);
        va_end(arguments);
    }
    if (on_main_thread())
        test_abort();
    thread_failed();
}

void test_note(const char *format, ...)
{
    char text[160];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    console_print("# %s\n", text);
}

/* The watchdog sends the main thread here when a test makes no progress. */
static void recover(void)
{
    if (!failed) {
        failed = true;
        snprintf(failure, sizeof failure, "no end: the test hangs");
    }
    test_abort();
}

static void run_one(const struct test *test)
{
    failed = false;
    watchdog_progress++;
    threads_reset();
    if (setjmp(test_end) == 0)
        test->run();
    watchdog_progress++;
    if (setjmp(test_end) == 0) {
        threads_stop();
        resources_release();
        unsigned leaked = resources_leaked();
        if (leaked != 0 && !failed)
            expect_failed(__FILE__, __LINE__, "%u slots are still occupied after the clean-up", leaked);
    }
    if (failed)
        console_print("FAIL %s: %s\n", test->name, failure);
    else
        console_print("ok %s\n", test->name);
}

int main(void)
{
    arguments_init();
    resources_init();
    console_init(persistent_page_va());
    watchdog_recover = recover;
    watchdog_start();

    char prefix[64], list[4];
    const char *only = boot_argument("tests=", prefix, sizeof prefix);
    bool sentences = boot_argument("list=", list, sizeof list) != NULL;
    unsigned run = 0, passed = 0;
    for (const struct test *test = __start_pagoda_tests; test < __stop_pagoda_tests; test++) {
        if (only != NULL && strncmp(test->name, only, strlen(only)) != 0)
            continue;
        if (sentences)
            console_print("# %s: %s\n", test->name, test->sentence);
        run_one(test);
        run++;
        passed += !failed;
    }
    console_print("tests %u passed %u failed %u\n", run, passed, run - passed);
    pagoda_PowerOff(IRQ_CONTROL);
    console_print("the machine cannot be powered off\n");
    for (;;)
        seL4_TCB_Suspend(OWN_TCB);
}
