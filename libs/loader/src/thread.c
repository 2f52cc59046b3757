/* SPDX-License-Identifier: BSD-2-Clause */
#include <loader/thread.h>
#include <pagoda/layout.h>
#include <pagoda/startup.h>

#include "generated/pager_client.h"

#define SLOT_DEPTH 64

uint64_t thread_receive_cap(const struct thread_maker *maker, uint64_t space, uint64_t kind, seL4_CPtr slot)
{
    /* The receive slot is open only during this call: a client's message must never put a capability here. */
    seL4_SetCapReceivePath(maker->cnode, slot, SLOT_DEPTH);
    uint64_t error = (uint64_t)pager_space_cap(maker->pager, space, kind);
    seL4_SetCapReceivePath(0, 0, 0);
    return error;
}

static seL4_Error make_object(const struct thread_maker *maker, seL4_CPtr untyped, seL4_Word type, seL4_Word size_bits, seL4_CPtr slot)
{
    return seL4_Untyped_Retype(untyped, type, size_bits, maker->cnode, 0, 0, slot, 1);
}

static seL4_Error configure_time(const struct thread_maker *maker, seL4_CPtr base, uint64_t budget_us, uint64_t period_us)
{
    return seL4_SchedControl_Configure(maker->sched_control, base + THREAD_SCHED_CONTEXT, budget_us, period_us, 0, 0);
}

seL4_Error thread_slice(const struct thread_maker *maker, seL4_CPtr base)
{
    return configure_time(maker, base, TIME_SLICE_US, TIME_SLICE_US);
}

seL4_Error thread_slow(const struct thread_maker *maker, seL4_CPtr base, uint64_t budget_us)
{
    return configure_time(maker, base, budget_us, THREAD_SLOW_PERIOD_US);
}

/* The largest object first: each is aligned to its size, so nothing is lost between them. */
static seL4_Error make_objects(const struct thread_maker *maker, seL4_CPtr base, const struct thread_options *o)
{
    seL4_CPtr objects = base + THREAD_OBJECTS;
    seL4_CPtr cnode_untyped = o->cnode_untyped ? o->cnode_untyped : objects;
    seL4_Error error = make_object(maker, objects, seL4_TCBObject, 0, base + THREAD_TCB);
    if (!error) {
        error = make_object(maker, cnode_untyped, seL4_CapTableObject, o->cnode_bits, base + THREAD_CNODE);
    }
    if (!error) {
        error = make_object(maker, objects, seL4_SchedContextObject, seL4_MinSchedContextBits, base + THREAD_SCHED_CONTEXT);
    }
    if (!error) {
        error = thread_slice(maker, base);
    }
    return error;
}

static void delete_slot(const struct thread_maker *maker, seL4_CPtr slot)
{
    seL4_CNode_Delete(maker->cnode, slot, SLOT_DEPTH);
}

/* Address space, CSpace and IPC buffer. The TCB keeps its own copies of the caps. */
static uint64_t configure_space(const struct thread_maker *maker, seL4_CPtr base, const struct thread_options *o)
{
    uint64_t error = thread_receive_cap(maker, o->space, PAGER_SPACE_CAP_VSPACE, base + THREAD_VSPACE);
    if (!error) {
        error = thread_receive_cap(maker, o->space, PAGER_SPACE_CAP_IPC_BUFFER, base + THREAD_SPARE);
    }
    if (error) {
        return error;
    }
    seL4_Word guard = seL4_CNode_CapData_new(0, 64 - o->cnode_bits).words[0];
    seL4_Error failed = seL4_TCB_Configure(base + THREAD_TCB, base + THREAD_CNODE, guard, base + THREAD_VSPACE, 0, LAYOUT_IPC_BUFFER_VA,
        base + THREAD_SPARE);
    delete_slot(maker, base + THREAD_SPARE);
    return failed ? PAGODA_ERR_NO_MEMORY : 0;
}

static uint64_t configure_scheduling(const struct thread_maker *maker, seL4_CPtr base, const struct thread_options *o)
{
    uint64_t error = thread_receive_cap(maker, o->space, PAGER_SPACE_CAP_FAULT, base + THREAD_SPARE);
    if (error) {
        return error;
    }
    seL4_Error failed = seL4_TCB_SetSchedParams(base + THREAD_TCB, maker->authority, o->max_priority, o->priority,
        base + THREAD_SCHED_CONTEXT, base + THREAD_SPARE);
    delete_slot(maker, base + THREAD_SPARE);
    return failed ? PAGODA_ERR_NO_MEMORY : 0;
}

static uint64_t give_pager_cap(const struct thread_maker *maker, seL4_CPtr base, const struct thread_options *o)
{
    uint64_t kind = o->observer ? PAGER_SPACE_CAP_OBSERVER : PAGER_SPACE_CAP_CLIENT;
    uint64_t error = thread_receive_cap(maker, o->space, kind, base + THREAD_SPARE);
    if (error) {
        return error;
    }
    seL4_Error failed = seL4_CNode_Move(base + THREAD_CNODE, LAYOUT_CAP_PAGER, (seL4_Uint8)o->cnode_bits, maker->cnode,
        base + THREAD_SPARE, SLOT_DEPTH);
    return failed ? PAGODA_ERR_NO_MEMORY : 0;
}

static uint64_t create_parts(const struct thread_maker *maker, seL4_CPtr base, const struct thread_options *o)
{
    uint64_t error = thread_receive_cap(maker, o->space, PAGER_SPACE_CAP_OBJECTS, base + THREAD_OBJECTS);
    if (error) {
        return error;
    }
    if (make_objects(maker, base, o)) {
        return PAGODA_ERR_NO_MEMORY;
    }
    error = configure_space(maker, base, o);
    if (!error) {
        error = configure_scheduling(maker, base, o);
    }
    if (!error) {
        error = give_pager_cap(maker, base, o);
    }
    return error;
}

uint64_t thread_create(const struct thread_maker *maker, seL4_CPtr base, const struct thread_options *options)
{
    uint64_t error = create_parts(maker, base, options);
    if (error) {
        thread_destroy(maker, base);
    }
    return error;
}

seL4_Error thread_give(const struct thread_maker *maker, seL4_CPtr base, unsigned cnode_bits, seL4_Word dest, seL4_CPtr source,
    seL4_CapRights_t rights, seL4_Word badge)
{
    return seL4_CNode_Mint(base + THREAD_CNODE, dest, (seL4_Uint8)cnode_bits, maker->cnode, source, SLOT_DEPTH, rights, badge);
}

seL4_Error thread_copy(const struct thread_maker *maker, seL4_CPtr base, unsigned cnode_bits, seL4_Word dest, seL4_CPtr source,
    seL4_CapRights_t rights)
{
    return seL4_CNode_Copy(base + THREAD_CNODE, dest, (seL4_Uint8)cnode_bits, maker->cnode, source, SLOT_DEPTH, rights);
}

seL4_Error thread_run(seL4_CPtr base, const struct load_start *start)
{
    seL4_UserContext registers = {.pc = start->entry, .sp = start->sp};
    return seL4_TCB_WriteRegisters(base + THREAD_TCB, 1, PAGODA_CLEAR_FPU, SEL4_CONTEXT_WORDS, &registers);
}

void thread_stop(seL4_CPtr base)
{
    seL4_TCB_Suspend(base + THREAD_TCB);
}

void thread_pass(seL4_CPtr base)
{
    seL4_UserContext none = {0};
    thread_stop(base);
    seL4_TCB_WriteRegisters(base + THREAD_TCB, 1, PAGODA_RESUME_LAST, 0, &none);
}

void thread_destroy(const struct thread_maker *maker, seL4_CPtr base)
{
    /* On an empty slot both calls fail or do nothing. The untyped goes last: the objects made from it are then gone already. */
    thread_stop(base);
    for (unsigned slot = THREAD_SLOTS; slot-- > 0;) {
        delete_slot(maker, base + slot);
    }
}
