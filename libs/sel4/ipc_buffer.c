/* SPDX-License-Identifier: BSD-2-Clause */
/* The one thread-local variable of the kernel interface. */
#include "sel4/syscalls.h"

__thread seL4_IPCBuffer *__sel4_ipc_buffer;
