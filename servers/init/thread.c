/* SPDX-License-Identifier: BSD-2-Clause */
#include "thread.h"
#include <pagoda/layout.h>
#include <picotls.h>

#define STACK_BYTES 32768
#define TLS_BYTES 1024

/* From root.ld. */
extern char __tls_size[], __arm64_tls_tcb_offset[];

static uint8_t stack[STACK_BYTES] __attribute__((aligned(16)));
static uint8_t storage[TLS_BYTES] __attribute__((aligned(64)));
static union {
    seL4_IPCBuffer buffer;
    uint8_t page[PAGE_SIZE];
} ipc __attribute__((aligned(PAGE_SIZE)));

static void (*thread_entry)(void);

static void begin(void)
{
    seL4_SetIPCBuffer(&ipc.buffer);
    thread_entry();
}

/* The frame of the root image that backs an address of ours: the image ends where the boot IPC buffer begins. */
static seL4_CPtr frame_of(const seL4_BootInfo *info, const void *address)
{
    uint64_t pages_before_end = ((uint64_t)info->ipcBuffer - (uint64_t)address) / PAGE_SIZE;
    return info->userImageFrames.end - pages_before_end;
}

void second_thread_start(struct block *block, const seL4_BootInfo *info, seL4_CPtr notification, void (*entry)(void))
{
    if ((uint64_t)__tls_size > TLS_BYTES) {
        init_fail("thread-local storage of %lu bytes does not fit its place", (uint64_t)__tls_size);
    }
    seL4_CPtr tcb = memory_object(block, seL4_TCBObject, 0);
    seL4_CPtr sched_context = memory_object(block, seL4_SchedContextObject, seL4_MinSchedContextBits);
    seL4_Word guard = seL4_CNode_CapData_new(0, 64 - info->initThreadCNodeSizeBits).words[0];
    init_check(seL4_TCB_Configure(tcb, INIT_CNODE, guard, seL4_CapInitThreadVSpace, 0, (uint64_t)&ipc, frame_of(info, &ipc)),
        "configuring init's second thread");
    init_check(seL4_SchedControl_Configure(info->schedcontrol.start, sched_context, TIME_SLICE_US, TIME_SLICE_US, 0, 0),
        "giving init's second thread time");
    init_check(seL4_TCB_SetSchedParams(tcb, seL4_CapInitThreadTCB, PRIORITY_INIT, PRIORITY_INIT, sched_context, seL4_CapNull),
        "scheduling init's second thread");
    init_check(seL4_TCB_BindNotification(tcb, notification), "binding init's notification");
    _init_tls(storage);
    thread_entry = entry;
    seL4_UserContext registers = {.pc = (uint64_t)begin, .sp = (uint64_t)stack + STACK_BYTES,
        .tpidr_el0 = (uint64_t)storage - (uint64_t)__arm64_tls_tcb_offset};
    init_check(seL4_TCB_WriteRegisters(tcb, 1, 0, SEL4_CONTEXT_WORDS, &registers), "starting init's second thread");
}

seL4_CPtr bare_thread_start(struct block *block, const seL4_BootInfo *info, const struct bare_thread *t)
{
    seL4_CPtr tcb = memory_object(block, seL4_TCBObject, 0);
    seL4_CPtr sched_context = memory_object(block, seL4_SchedContextObject, seL4_MinSchedContextBits);
    seL4_Word guard = seL4_CNode_CapData_new(0, 64 - info->initThreadCNodeSizeBits).words[0];
    seL4_UserContext registers = {.pc = (uint64_t)t->entry, .sp = (uint64_t)t->stack_end};
    init_check(seL4_TCB_Configure(tcb, INIT_CNODE, guard, seL4_CapInitThreadVSpace, 0, 0, 0), "configuring a thread of init");
    init_check(seL4_SchedControl_Configure(info->schedcontrol.start, sched_context, t->budget_us, t->period_us, 0, 0), "giving a thread of init its time");
    init_check(seL4_TCB_SetSchedParams(tcb, seL4_CapInitThreadTCB, t->priority, t->priority, sched_context, seL4_CapNull), "scheduling a thread of init");
    init_check(seL4_TCB_WriteRegisters(tcb, 1, 0, SEL4_CONTEXT_WORDS, &registers), "starting a thread of init");
    return tcb;
}

static seL4_Word signal_by(seL4_Syscall_ID number, seL4_CPtr notification)
{
    struct seL4_SyscallRegisters r = {notification, 0, 0, 0, 0, 0};
    return seL4_SyscallExchange(number, r, 0).x0;
}

seL4_Word take_signal(seL4_CPtr notification)
{
    return signal_by(seL4_SysNBWait, notification);
}

seL4_Word wait_signal(seL4_CPtr notification)
{
    return signal_by(seL4_SysWait, notification);
}
