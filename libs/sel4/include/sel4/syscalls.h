/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls. x7 holds the number, x0 the capability address (then the badge), x1 the message info, x2-x5 the first four message words.
 * The kernel changes only the registers named as outputs here, so the compiler keeps everything else across a call.
 *
 * `...WithMRs` forms pass the first four words through pointers (NULL: not wanted); the plain forms through the IPC buffer's msg[0..3].
 */
#ifndef SEL4_SYSCALLS_H
#define SEL4_SYSCALLS_H

#include "sel4/constants.h"
#include "sel4/types.h"

typedef enum {
    seL4_SysCall = -1,
    seL4_SysReplyRecv = -2,
    seL4_SysNBSendRecv = -3,
    seL4_SysNBSendWait = -4,
    seL4_SysSend = -5,
    seL4_SysNBSend = -6,
    seL4_SysRecv = -7,
    seL4_SysNBRecv = -8,
    seL4_SysWait = -9,
    seL4_SysNBWait = -10,
    seL4_SysYield = -11,
    seL4_SysDebugPutChar = -12,
    seL4_SysDebugDumpScheduler = -13,
    seL4_SysDebugHalt = -14,
    seL4_SysDebugCapIdentify = -15,
    seL4_SysDebugSnapshot = -16,
    seL4_SysDebugNameThread = -17,
    seL4_SysBenchmarkFlushCaches = -21,
    seL4_SysBenchmarkResetLog = -22,
    seL4_SysBenchmarkFinalizeLog = -23,
    seL4_SysBenchmarkSetLogBuffer = -24,
    seL4_SysBenchmarkNullSyscall = -25,
} seL4_Syscall_ID;

/* Where this thread's IPC buffer is. Start-up code sets it. */
extern __thread seL4_IPCBuffer *__sel4_ipc_buffer __attribute__((tls_model("local-exec")));

static inline void seL4_SetIPCBuffer(seL4_IPCBuffer *buffer) { __sel4_ipc_buffer = buffer; }
static inline seL4_IPCBuffer *seL4_GetIPCBuffer(void) { return __sel4_ipc_buffer; }
static inline seL4_Word seL4_GetMR(int i) { return __sel4_ipc_buffer->msg[i]; }
static inline void seL4_SetMR(int i, seL4_Word value) { __sel4_ipc_buffer->msg[i] = value; }
static inline seL4_MessageInfo_t seL4_GetTag(void) { return __sel4_ipc_buffer->tag; }
static inline void seL4_SetTag(seL4_MessageInfo_t tag) { __sel4_ipc_buffer->tag = tag; }
static inline seL4_Word seL4_GetUserData(void) { return __sel4_ipc_buffer->userData; }
static inline void seL4_SetUserData(seL4_Word data) { __sel4_ipc_buffer->userData = data; }
static inline seL4_Word seL4_GetBadge(int i) { return __sel4_ipc_buffer->caps_or_badges[i]; }
static inline seL4_CPtr seL4_GetCap(int i) { return __sel4_ipc_buffer->caps_or_badges[i]; }
static inline void seL4_SetCap(int i, seL4_CPtr cap) { __sel4_ipc_buffer->caps_or_badges[i] = cap; }
static inline void seL4_SetCapReceivePath(seL4_CPtr cnode, seL4_CPtr index, seL4_Word depth)
{
    __sel4_ipc_buffer->receiveCNode = cnode;
    __sel4_ipc_buffer->receiveIndex = index;
    __sel4_ipc_buffer->receiveDepth = depth;
}

/* The registers of one system call. The functions down to seL4_SyscallSmall are the only place with assembly; the rest is made of them. */
struct seL4_SyscallRegisters {
    seL4_Word x0, x1, mr0, mr1, mr2, mr3;
};

#define SEL4_INLINE static inline __attribute__((always_inline))
#define SEL4_REGISTER(name, value) register seL4_Word name __asm__(#name) = (value)
#define SEL4_MESSAGE_REGISTERS(r) \
    SEL4_REGISTER(x0, (r).x0); \
    SEL4_REGISTER(x1, (r).x1); \
    SEL4_REGISTER(x2, (r).mr0); \
    SEL4_REGISTER(x3, (r).mr1); \
    SEL4_REGISTER(x4, (r).mr2); \
    SEL4_REGISTER(x5, (r).mr3)
#define SEL4_MESSAGE_OPERANDS "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5)

/* Calls that send and receive, or receive only. */
SEL4_INLINE struct seL4_SyscallRegisters seL4_SyscallCall(seL4_Syscall_ID number, struct seL4_SyscallRegisters r)
{
    SEL4_MESSAGE_REGISTERS(r);
    SEL4_REGISTER(x7, (seL4_Word)number);
    __asm__ volatile("svc #0" : SEL4_MESSAGE_OPERANDS : "r"(x7) : "memory");
    return (struct seL4_SyscallRegisters){x0, x1, x2, x3, x4, x5};
}
/* The same with a reply object in x6. */
SEL4_INLINE struct seL4_SyscallRegisters seL4_SyscallExchange(seL4_Syscall_ID number, struct seL4_SyscallRegisters r, seL4_CPtr reply)
{
    SEL4_MESSAGE_REGISTERS(r);
    SEL4_REGISTER(x6, reply);
    SEL4_REGISTER(x7, (seL4_Word)number);
    __asm__ volatile("svc #0" : SEL4_MESSAGE_OPERANDS : "r"(x6), "r"(x7) : "memory");
    return (struct seL4_SyscallRegisters){x0, x1, x2, x3, x4, x5};
}
/* The same with a destination in x8. */
SEL4_INLINE struct seL4_SyscallRegisters seL4_SyscallSendRecv(seL4_Syscall_ID number, struct seL4_SyscallRegisters r, seL4_CPtr reply, seL4_CPtr dest)
{
    SEL4_MESSAGE_REGISTERS(r);
    SEL4_REGISTER(x6, reply);
    SEL4_REGISTER(x7, (seL4_Word)number);
    SEL4_REGISTER(x8, dest);
    __asm__ volatile("svc #0" : SEL4_MESSAGE_OPERANDS : "r"(x6), "r"(x7), "r"(x8) : "memory");
    return (struct seL4_SyscallRegisters){x0, x1, x2, x3, x4, x5};
}
/* Send only. */
SEL4_INLINE void seL4_SyscallSend(seL4_Syscall_ID number, struct seL4_SyscallRegisters r) { seL4_SyscallCall(number, r); }
/* Two registers in, one out, nothing else touched: signals, debug calls. */
SEL4_INLINE seL4_Word seL4_SyscallSmall(seL4_Syscall_ID number, seL4_Word a, seL4_Word b)
{
    SEL4_REGISTER(x0, a);
    SEL4_REGISTER(x1, b);
    SEL4_REGISTER(x7, (seL4_Word)number);
    __asm__ volatile("svc #0" : "+r"(x0), "+r"(x1) : "r"(x7) : "memory");
    return x0;
}

/* The registers of a call, words from the IPC buffer; and back. */
SEL4_INLINE struct seL4_SyscallRegisters seL4_LoadRegisters(seL4_Word x0, seL4_Word x1)
{
    const seL4_Word *msg = seL4_GetIPCBuffer()->msg;
    return (struct seL4_SyscallRegisters){x0, x1, msg[0], msg[1], msg[2], msg[3]};
}
SEL4_INLINE seL4_MessageInfo_t seL4_StoreRegisters(const struct seL4_SyscallRegisters *r, seL4_Word *sender)
{
    seL4_Word *msg = seL4_GetIPCBuffer()->msg;
    msg[0] = r->mr0;
    msg[1] = r->mr1;
    msg[2] = r->mr2;
    msg[3] = r->mr3;
    if (sender)
        *sender = r->x0;
    return (seL4_MessageInfo_t){{r->x1}};
}
static inline seL4_Word seL4_PeekMR(const seL4_Word *mr) { return mr ? *mr : 0; }
static inline void seL4_StoreResult(const struct seL4_SyscallRegisters *r, seL4_Word *sender, seL4_Word *mr0, seL4_Word *mr1, seL4_Word *mr2,
                                    seL4_Word *mr3)
{
    if (sender)
        *sender = r->x0;
    if (mr0)
        *mr0 = r->mr0;
    if (mr1)
        *mr1 = r->mr1;
    if (mr2)
        *mr2 = r->mr2;
    if (mr3)
        *mr3 = r->mr3;
}

static inline void seL4_Send(seL4_CPtr dest, seL4_MessageInfo_t info)
{
    seL4_SyscallSend(seL4_SysSend, seL4_LoadRegisters(dest, info.words[0]));
}
static inline void seL4_SendWithMRs(seL4_CPtr dest, seL4_MessageInfo_t info, seL4_Word *mr0, seL4_Word *mr1, seL4_Word *mr2, seL4_Word *mr3)
{
    const struct seL4_SyscallRegisters r = {dest, info.words[0], seL4_PeekMR(mr0), seL4_PeekMR(mr1), seL4_PeekMR(mr2), seL4_PeekMR(mr3)};
    seL4_SyscallSend(seL4_SysSend, r);
}
static inline void seL4_NBSend(seL4_CPtr dest, seL4_MessageInfo_t info)
{
    seL4_SyscallSend(seL4_SysNBSend, seL4_LoadRegisters(dest, info.words[0]));
}
static inline void seL4_NBSendWithMRs(seL4_CPtr dest, seL4_MessageInfo_t info, seL4_Word *mr0, seL4_Word *mr1, seL4_Word *mr2, seL4_Word *mr3)
{
    const struct seL4_SyscallRegisters r = {dest, info.words[0], seL4_PeekMR(mr0), seL4_PeekMR(mr1), seL4_PeekMR(mr2), seL4_PeekMR(mr3)};
    seL4_SyscallSend(seL4_SysNBSend, r);
}

static inline seL4_MessageInfo_t seL4_Call(seL4_CPtr dest, seL4_MessageInfo_t info)
{
    struct seL4_SyscallRegisters r = seL4_LoadRegisters(dest, info.words[0]);
    r = seL4_SyscallCall(seL4_SysCall, r);
    return seL4_StoreRegisters(&r, 0);
}
static inline seL4_MessageInfo_t seL4_CallWithMRs(seL4_CPtr dest, seL4_MessageInfo_t info, seL4_Word *mr0, seL4_Word *mr1, seL4_Word *mr2,
                                                  seL4_Word *mr3)
{
    struct seL4_SyscallRegisters r = {dest, info.words[0], seL4_PeekMR(mr0), seL4_PeekMR(mr1), seL4_PeekMR(mr2), seL4_PeekMR(mr3)};
    r = seL4_SyscallCall(seL4_SysCall, r);
    seL4_StoreResult(&r, 0, mr0, mr1, mr2, mr3);
    return (seL4_MessageInfo_t){{r.x1}};
}

/* One receiving call in both forms. */
SEL4_INLINE seL4_MessageInfo_t seL4_SyscallReceive(seL4_Syscall_ID number, seL4_CPtr src, seL4_Word *sender,
                                                                                    seL4_CPtr reply)
{
    /* The registers keep their values when only a signal arrives; starting them from the buffer keeps the buffer's words then too. */
    struct seL4_SyscallRegisters r = seL4_LoadRegisters(src, 0);
    r = seL4_SyscallExchange(number, r, reply);
    return seL4_StoreRegisters(&r, sender);
}
static inline seL4_MessageInfo_t seL4_Recv(seL4_CPtr src, seL4_Word *sender, seL4_CPtr reply)
{
    return seL4_SyscallReceive(seL4_SysRecv, src, sender, reply);
}
static inline seL4_MessageInfo_t seL4_NBRecv(seL4_CPtr src, seL4_Word *sender, seL4_CPtr reply)
{
    return seL4_SyscallReceive(seL4_SysNBRecv, src, sender, reply);
}
static inline seL4_MessageInfo_t seL4_Wait(seL4_CPtr src, seL4_Word *sender)
{
    return seL4_SyscallReceive(seL4_SysWait, src, sender, 0);
}
static inline seL4_MessageInfo_t seL4_NBWait(seL4_CPtr src, seL4_Word *sender)
{
    return seL4_SyscallReceive(seL4_SysNBWait, src, sender, 0);
}
static inline seL4_MessageInfo_t seL4_Poll(seL4_CPtr src, seL4_Word *sender) { return seL4_NBWait(src, sender); }

SEL4_INLINE seL4_MessageInfo_t seL4_SyscallReceiveMRs(seL4_Syscall_ID number, seL4_CPtr src, seL4_Word *sender,
                                                                                       seL4_Word *mr0, seL4_Word *mr1, seL4_Word *mr2,
                                                                                       seL4_Word *mr3, seL4_CPtr reply)
{
    struct seL4_SyscallRegisters r = {src, 0, seL4_PeekMR(mr0), seL4_PeekMR(mr1), seL4_PeekMR(mr2), seL4_PeekMR(mr3)};
    r = seL4_SyscallExchange(number, r, reply);
    seL4_StoreResult(&r, sender, mr0, mr1, mr2, mr3);
    return (seL4_MessageInfo_t){{r.x1}};
}
static inline seL4_MessageInfo_t seL4_RecvWithMRs(seL4_CPtr src, seL4_Word *sender, seL4_Word *mr0, seL4_Word *mr1, seL4_Word *mr2,
                                                  seL4_Word *mr3, seL4_CPtr reply)
{
    return seL4_SyscallReceiveMRs(seL4_SysRecv, src, sender, mr0, mr1, mr2, mr3, reply);
}
static inline seL4_MessageInfo_t seL4_WaitWithMRs(seL4_CPtr src, seL4_Word *sender, seL4_Word *mr0, seL4_Word *mr1, seL4_Word *mr2,
                                                  seL4_Word *mr3)
{
    return seL4_SyscallReceiveMRs(seL4_SysWait, src, sender, mr0, mr1, mr2, mr3, 0);
}

static inline seL4_MessageInfo_t seL4_NBRecvWithMRs(seL4_CPtr src, seL4_Word *sender, seL4_Word *mr0, seL4_Word *mr1, seL4_Word *mr2,
                                                    seL4_Word *mr3, seL4_CPtr reply)
{
    return seL4_SyscallReceiveMRs(seL4_SysNBRecv, src, sender, mr0, mr1, mr2, mr3, reply);
}
static inline seL4_MessageInfo_t seL4_NBWaitWithMRs(seL4_CPtr src, seL4_Word *sender, seL4_Word *mr0, seL4_Word *mr1, seL4_Word *mr2,
                                                    seL4_Word *mr3)
{
    return seL4_SyscallReceiveMRs(seL4_SysNBWait, src, sender, mr0, mr1, mr2, mr3, 0);
}
static inline seL4_MessageInfo_t seL4_PollWithMRs(seL4_CPtr src, seL4_Word *sender, seL4_Word *mr0, seL4_Word *mr1, seL4_Word *mr2,
                                                  seL4_Word *mr3)
{
    return seL4_NBWaitWithMRs(src, sender, mr0, mr1, mr2, mr3);
}

/* Reply through `reply`, then receive on `src` with the same reply object. */
static inline seL4_MessageInfo_t seL4_ReplyRecv(seL4_CPtr src, seL4_MessageInfo_t info, seL4_Word *sender, seL4_CPtr reply)
{
    struct seL4_SyscallRegisters r = seL4_LoadRegisters(src, info.words[0]);
    r = seL4_SyscallExchange(seL4_SysReplyRecv, r, reply);
    return seL4_StoreRegisters(&r, sender);
}
static inline seL4_MessageInfo_t seL4_ReplyRecvWithMRs(seL4_CPtr src, seL4_MessageInfo_t info, seL4_Word *sender, seL4_Word *mr0, seL4_Word *mr1,
                                                       seL4_Word *mr2, seL4_Word *mr3, seL4_CPtr reply)
{
    struct seL4_SyscallRegisters r = {src, info.words[0], seL4_PeekMR(mr0), seL4_PeekMR(mr1), seL4_PeekMR(mr2), seL4_PeekMR(mr3)};
    r = seL4_SyscallExchange(seL4_SysReplyRecv, r, reply);
    seL4_StoreResult(&r, sender, mr0, mr1, mr2, mr3);
    return (seL4_MessageInfo_t){{r.x1}};
}

/* Send to `dest` if someone waits there, then receive on `src`. */
static inline seL4_MessageInfo_t seL4_NBSendRecv(seL4_CPtr dest, seL4_MessageInfo_t info, seL4_CPtr src, seL4_Word *sender, seL4_CPtr reply)
{
    struct seL4_SyscallRegisters r = seL4_LoadRegisters(src, info.words[0]);
    r = seL4_SyscallSendRecv(seL4_SysNBSendRecv, r, reply, dest);
    return seL4_StoreRegisters(&r, sender);
}
static inline seL4_MessageInfo_t seL4_NBSendWait(seL4_CPtr dest, seL4_MessageInfo_t info, seL4_CPtr src, seL4_Word *sender)
{
    struct seL4_SyscallRegisters r = seL4_LoadRegisters(src, info.words[0]);
    r = seL4_SyscallExchange(seL4_SysNBSendWait, r, dest);
    return seL4_StoreRegisters(&r, sender);
}

static inline seL4_MessageInfo_t seL4_NBSendRecvWithMRs(seL4_CPtr dest, seL4_MessageInfo_t info, seL4_CPtr src, seL4_Word *sender, seL4_Word *mr0,
                                                        seL4_Word *mr1, seL4_Word *mr2, seL4_Word *mr3, seL4_CPtr reply)
{
    struct seL4_SyscallRegisters r = {src, info.words[0], seL4_PeekMR(mr0), seL4_PeekMR(mr1), seL4_PeekMR(mr2), seL4_PeekMR(mr3)};
    r = seL4_SyscallSendRecv(seL4_SysNBSendRecv, r, reply, dest);
    seL4_StoreResult(&r, sender, mr0, mr1, mr2, mr3);
    return (seL4_MessageInfo_t){{r.x1}};
}
static inline seL4_MessageInfo_t seL4_NBSendWaitWithMRs(seL4_CPtr dest, seL4_MessageInfo_t info, seL4_CPtr src, seL4_Word *sender, seL4_Word *mr0,
                                                        seL4_Word *mr1, seL4_Word *mr2, seL4_Word *mr3)
{
    struct seL4_SyscallRegisters r = {src, info.words[0], seL4_PeekMR(mr0), seL4_PeekMR(mr1), seL4_PeekMR(mr2), seL4_PeekMR(mr3)};
    r = seL4_SyscallExchange(seL4_SysNBSendWait, r, dest);
    seL4_StoreResult(&r, sender, mr0, mr1, mr2, mr3);
    return (seL4_MessageInfo_t){{r.x1}};
}

static inline void seL4_Signal(seL4_CPtr notification) { seL4_SyscallSmall(seL4_SysSend, notification, 0); }

static inline void seL4_Yield(void)
{
    SEL4_REGISTER(x7, (seL4_Word)seL4_SysYield);
    __asm__ volatile("svc #0" : : "r"(x7) : "memory");
}

/* Debug kernels only; elsewhere each is an unknown system call (a fault). */
static inline void seL4_DebugPutChar(char c) { seL4_SyscallSmall(seL4_SysDebugPutChar, (unsigned char)c, 0); }
static inline void seL4_DebugPutString(const char *text)
{
    while (*text)
        seL4_DebugPutChar(*text++);
}
static inline void seL4_DebugDumpScheduler(void) { seL4_SyscallSmall(seL4_SysDebugDumpScheduler, 0, 0); }
static inline void seL4_DebugHalt(void) { seL4_SyscallSmall(seL4_SysDebugHalt, 0, 0); }
static inline void seL4_DebugSnapshot(void) { seL4_SyscallSmall(seL4_SysDebugSnapshot, 0, 0); }
static inline seL4_Uint32 seL4_DebugCapIdentify(seL4_CPtr cap) { return (seL4_Uint32)seL4_SyscallSmall(seL4_SysDebugCapIdentify, cap, 0); }
static inline void seL4_DebugNameThread(seL4_TCB tcb, const char *name)
{
    char *to = (char *)seL4_GetIPCBuffer()->msg;
    const char *end = to + sizeof seL4_GetIPCBuffer()->msg - 1;
    while (*name && to < end)
        *to++ = *name++;
    *to = 0;
    seL4_SyscallSmall(seL4_SysDebugNameThread, tcb, 0);
}

/* Kernels booted with export=bench only; elsewhere each is an unknown system call (a fault). There is no log: ResetLog says NoError, FinalizeLog 0 entries. */
enum { seL4_ARM_CacheI = 1, seL4_ARM_CacheD = 2, seL4_ARM_CacheID = 3 };
static inline void seL4_BenchmarkFlushCaches(void) { seL4_SyscallSmall(seL4_SysBenchmarkFlushCaches, 0, 0); }
static inline void seL4_BenchmarkFlushL1Caches(seL4_Word caches) { seL4_SyscallSmall(seL4_SysBenchmarkFlushCaches, 1, caches); }
static inline seL4_Error seL4_BenchmarkResetLog(void) { return (seL4_Error)seL4_SyscallSmall(seL4_SysBenchmarkResetLog, 0, 0); }
static inline seL4_Word seL4_BenchmarkFinalizeLog(void) { return seL4_SyscallSmall(seL4_SysBenchmarkFinalizeLog, 0, 0); }
static inline void seL4_BenchmarkNullSyscall(void)
{
    SEL4_REGISTER(x7, (seL4_Word)seL4_SysBenchmarkNullSyscall);
    __asm__ volatile("svc #0" : : "r"(x7) : "memory");
}

#endif
