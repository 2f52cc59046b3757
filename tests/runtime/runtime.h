/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the run-time test say to each other. */
#ifndef TESTS_RUNTIME_H
#define TESTS_RUNTIME_H

#include <sel4/sel4.h>

/* output.c: DebugPutChar in debug builds, else the UART through its device frame, once output_open has mapped it. */
void output_open(void *registers);
void print(const char *text);
void print_number(seL4_Word number);
void fail(const char *what, seL4_Word number) __attribute__((noreturn));
#define CHECK(condition) \
    do { \
        if (!(condition)) \
            fail(#condition, __LINE__); \
    } while (0)

/* ---- the child (child.c) ---- */

/* Its address space, apart from its code, which is where the parent has it. */
enum { CHILD_STACK = 0x10000000, CHILD_TLS = 0x10001000, CHILD_BUFFER = 0x10002000, CHILD_FAULT = 0x7f0000000000 };
/* Its CSpace: 16 slots behind a guard. */
enum { CHILD_CNODE_BITS = 4, CHILD_TCB = 1, CHILD_ENDPOINT = 2, CHILD_NOTIFICATION = 3 };
/* Labels of its messages, and what it tells with the last one. */
enum { MESSAGE_SUM = 100, MESSAGE_DONE = 101 };
enum { DID_CALL = 1, DID_FAULT = 2, DID_UNKNOWN_SYSCALL = 4, DID_FLOAT = 8, DID_ALL = 15, READ_CYCLES = 16, MADE_NULL_SYSCALL = 32 };
enum { UNKNOWN_SYSCALL = 0xc1, EMULATED_ANSWER = 4711, FAULT_ANSWER = 815 };
void child_main(void) __attribute__((noreturn));
extern char __start_child[], __stop_child[]; /* its code: the linker names the ends of a section so */

#endif
