/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Start-up code of root tasks: programs that the kernel starts itself (init, the kernel tests, the benchmarks).
 *
 * _sel4_start sets stack, thread-local storage and IPC buffer, then calls `int main(void)`. Stack and heap are parts of the image: 64 KiB
 * each unless linked with -Wl,--defsym=__root_stack_size=N or __root_heap_size=N. When main returns, the thread suspends itself. stdout
 * and stderr go to root_putchar; there is no input.
 */
#ifndef SEL4_ROOT_H
#define SEL4_ROOT_H

#include "sel4/sel4.h"

/* root_bootinfo: what the kernel passed. */
const seL4_BootInfo *root_bootinfo(void);

/* root_bootinfo_chunk: extra information with this id (SEL4_BOOTINFO_HEADER_*); NULL if there is none. The header's len includes the
 * header. */
const seL4_BootInfoHeader *root_bootinfo_chunk(seL4_Word id);

/* root_set_output: where characters go. At start: seL4_DebugPutChar in debug builds, nowhere in others. */
void root_set_output(void (*put)(char c));
void root_putchar(char c);

#endif
