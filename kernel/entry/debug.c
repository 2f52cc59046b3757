/* SPDX-License-Identifier: BSD-2-Clause */
/* Debug system calls, ABI section 2.2; in builds without PAGODA_DEBUG they do not exist. */
#include "entry/entry.h"

#ifdef PAGODA_DEBUG
#include "cpu.h"
#include "object/cnode.h"
#include "panic.h"
#include "print.h"
#include "state_check.h"

enum debug_syscall {
    DEBUG_PUT_CHAR = -12,
    DEBUG_DUMP_SCHEDULER = -13,
    DEBUG_HALT = -14,
    DEBUG_CAP_IDENTIFY = -15,
    DEBUG_SNAPSHOT = -16,
    DEBUG_NAME_THREAD = -17,
};

enum { SNAPSHOT_SHARE = 16 }; /* keeps a snapshot to about a million instructions; some of them make up a complete check */

static void print_thread(const struct thread *thread, const char *what)
{
    kprintf("  %s \"%s\" priority %u state %u pc 0x%lx sc 0x%lx\n", what, thread->name[0] ? thread->name : "?", thread->priority,
            (unsigned)thread->state, (unsigned long)thread->context.fault_pc, (unsigned long)(uintptr_t)thread->sc);
}

static void dump_scheduler(void)
{
    const struct cpu *cpu = this_cpu();
    kprintf("threads that can run, highest priority first, and those that wait for a refill:\n");
    print_thread(cpu->current, "current");
    for (int priority = PRIORITIES - 1; priority >= 0; priority--)
        for (const struct thread *t = cpu->queues.list[priority].first; t; t = t->ready_next)
            print_thread(t, "ready");
    for (const struct thread *t = cpu->release_first; t; t = t->ready_next)
        print_thread(t, "waiting");
}

static void name_thread(struct thread *current)
{
    struct lookup_failure failure;
    struct slot *slot = lookup_slot(current, arch_cptr(&current->context), &failure);
    const word_t *buffer = message_buffer(current, false);
    if (!slot || cap_type(&slot->cap) != CAP_THREAD || !buffer)
        kernel_panic("DebugNameThread: no thread capability or no IPC buffer");
    struct thread *thread = CAP_OBJECT(slot->cap.thread);
    const char *name = (const char *)&buffer[BUFFER_MESSAGE];
    size_t length = 0, limit = MESSAGE_MAX_WORDS * sizeof(word_t);
    while (length < limit && name[length])
        length++;
    if (length == limit)
        kernel_panic("DebugNameThread: the name does not end");
    if (length >= sizeof(thread->name))
        length = sizeof(thread->name) - 1;
    for (size_t i = 0; i < length; i++)
        thread->name[i] = name[i];
    thread->name[length] = '\0';
}

static void identify_cap(struct thread *current)
{
    struct lookup_failure failure;
    struct slot *slot = lookup_slot(current, arch_cptr(&current->context), &failure);
    arch_set_badge(&current->context, slot ? cap_type(&slot->cap) : CAP_NULL);
}

bool debug_syscall(struct thread *current, word_t number)
{
    switch ((int64_t)number) {
    case DEBUG_PUT_CHAR:
        arch_putc((char)arch_cptr(&current->context));
        return true;
    case DEBUG_DUMP_SCHEDULER:
        dump_scheduler();
        return true;
    case DEBUG_SNAPSHOT:
        kprintf("kernel state: %u capabilities, no invariant broken\n", kernel_check(SNAPSHOT_SHARE));
        return true;
    case DEBUG_HALT:
        kprintf("DebugHalt by \"%s\"\n", current->name[0] ? current->name : "?");
        arch_stop();
    case DEBUG_CAP_IDENTIFY:
        identify_cap(current);
        return true;
    case DEBUG_NAME_THREAD:
        name_thread(current);
        return true;
    default:
        return false;
    }
}
#endif
