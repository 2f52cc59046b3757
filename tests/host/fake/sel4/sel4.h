/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's interface as host tests see it: the real types, a message buffer in plain memory, and system calls that the test program
 * defines. Found instead of libs/sel4's header because this folder comes first in the include path.
 */
#ifndef FAKE_SEL4_H
#define FAKE_SEL4_H

#include "sel4/constants.h"
#include "sel4/types.h"

extern seL4_IPCBuffer fake_ipc_buffer;

static inline seL4_IPCBuffer *seL4_GetIPCBuffer(void) { return &fake_ipc_buffer; }
static inline seL4_Word seL4_GetMR(int i) { return fake_ipc_buffer.msg[i]; }
static inline void seL4_SetMR(int i, seL4_Word value) { fake_ipc_buffer.msg[i] = value; }
static inline void seL4_SetCap(int i, seL4_CPtr cap) { fake_ipc_buffer.caps_or_badges[i] = cap; }
static inline seL4_CPtr seL4_GetCap(int i) { return fake_ipc_buffer.caps_or_badges[i]; }

/* Defined by the test that uses them. */
seL4_MessageInfo_t seL4_Call(seL4_CPtr dest, seL4_MessageInfo_t info);
void seL4_Send(seL4_CPtr dest, seL4_MessageInfo_t info);
static inline void seL4_Yield(void)
{
}
seL4_MessageInfo_t seL4_Recv(seL4_CPtr src, seL4_Word *sender, seL4_CPtr reply);
seL4_MessageInfo_t seL4_ReplyRecv(seL4_CPtr src, seL4_MessageInfo_t info, seL4_Word *sender, seL4_CPtr reply);

#endif
