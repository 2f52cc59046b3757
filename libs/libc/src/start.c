/* SPDX-License-Identifier: BSD-2-Clause */
/* Start of a program in C: message buffer, constructors, main, exit. */
#include <stdlib.h>

#include "internal.h"
#include "sel4/sel4.h"

extern void __libc_init_array(void);
extern int main(int argc, char **argv, char **envp);
extern char **environ;
void program_start(uint64_t *stack) __attribute__((noreturn));

void program_start(uint64_t *stack)
{
    seL4_SetIPCBuffer((seL4_IPCBuffer *)LAYOUT_IPC_BUFFER_VA);
    int argc = (int)stack[0];
    char **argv = (char **)(stack + 1);
    environ = argv + argc + 1;
    __libc_init_array();
    exit(main(argc, argv, environ));
}
