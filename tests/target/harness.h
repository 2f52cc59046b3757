/* SPDX-License-Identifier: BSD-2-Clause */
/* Parts of the harness that tests do not call: start, end and clean-up of one test, output, the watchdog. */
#ifndef PAGODA_TESTS_TARGET_HARNESS_H
#define PAGODA_TESTS_TARGET_HARNESS_H

#include "test.h"

/* console.c: polled PL011, mapped from its device untyped, the same in debug and release builds. */
void console_init(void *page_va);
void console_print(const char *format, ...) __attribute__((format(printf, 1, 2)));
unsigned long console_frame(void); /* capability of the UART's page */

/* resources.c: slots and objects of the running test. */
void resources_init(void);
void resources_release(void);         /* revoke everything that the test made */
unsigned resources_leaked(void);      /* slots of the last test that are still occupied */
seL4_CPtr device_page(unsigned long pa); /* persistent: small frame capability of device memory, 0 if there is none */
unsigned long persistent_object(unsigned long type, unsigned long size_bits);
void *persistent_page_va(void);

/* threads.c */
void threads_reset(void);
void threads_stop(void);
void thread_failed(void) __attribute__((noreturn)); /* a helper thread's end after a failed check */
bool on_main_thread(void);
void watchdog_start(void);
extern volatile unsigned long watchdog_progress;
extern void (*watchdog_recover)(void); /* where the main thread goes on after a hang */

/* main.c */
void test_abort(void) __attribute__((noreturn)); /* main thread: leave the running test */

/* arguments.c */
void arguments_init(void); /* finds boot_info and the device tree; before everything else */
const char *boot_argument(const char *key, char *buffer, size_t size); /* value of key=... or NULL */
bool device_tree_mentions(const char *text);

#endif
