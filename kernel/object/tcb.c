/* SPDX-License-Identifier: BSD-2-Clause */
/* Invocations of thread capabilities; ABI sections 6.1, 9.5 and 13. */
#include "cpu.h"
#include "generated/invocations.h"
#include "object/cdt.h"
#include "object/cnode.h"
#include "object/notification.h"
#include "object/sched_context.h"
#include "object/vspace.h"
#include "panic.h"
#include "sched/sched.h"

enum { IPC_BUFFER_BITS = 10, FRAME_REGISTERS = 17, REGISTERS = ARCH_CONTEXT_WORDS };

/* ---- registers ---- */

static error_t read_registers(struct thread *thread, struct invocation *inv)
{
    enum { SUSPEND_SOURCE = 1 };
    struct args_tcb_read_registers a;
    if (!args_tcb_read_registers_read(inv, &a))
        return truncated_message();
    if (a.count < 1 || a.count > REGISTERS)
        return range_error(1, REGISTERS);
    if (thread == inv->caller)
        return illegal_operation();

    if (a.flags & SUSPEND_SOURCE)
        thread_suspend(thread);
    for (unsigned i = 0; i < a.count; i++)
        invocation_result(inv, i, arch_context_get(&thread->context, i));
    return ok();
}

static error_t write_registers(struct thread *thread, struct invocation *inv)
{
    enum { RESUME_TARGET = 1, CLEAR_FPU = 1 << 8, RESUME_LAST = 1 << 9, FIRST_WORD = ARGS_TCB_WRITE_REGISTERS_WORDS };
    struct args_tcb_write_registers a;
    if (!args_tcb_write_registers_read(inv, &a) || inv->length - FIRST_WORD < a.count)
        return truncated_message();
    if (thread == inv->caller)
        return illegal_operation();

    for (unsigned i = 0; i < a.count && i < REGISTERS; i++)
        arch_context_set(&thread->context, i, invocation_word(inv, FIRST_WORD + i));
    if (a.flags & CLEAR_FPU) {
        arch_fpu_release(thread);
        thread->fpu = (struct arch_fpu){0};
    }
    if (a.flags & RESUME_TARGET)
        thread_resume(thread);
    if (a.flags & RESUME_LAST)
        sched_pass(thread);
    return ok();
}

static error_t copy_registers(struct thread *thread, struct invocation *inv)
{
    enum { SUSPEND_SOURCE = 1, RESUME_TARGET = 2, TRANSFER_FRAME = 4, TRANSFER_INTEGER = 8 };
    struct args_tcb_copy_registers a;
    if (!args_tcb_copy_registers_read(inv, &a))
        return truncated_message();
    if (cap_type(&inv->caps[0]->cap) != CAP_THREAD)
        return invalid_capability(1);
    struct thread *source = CAP_OBJECT(inv->caps[0]->cap.thread);

    if (a.flags & SUSPEND_SOURCE)
        thread_suspend(source);
    if (a.flags & RESUME_TARGET)
        thread_resume(thread);
    unsigned first = a.flags & TRANSFER_FRAME ? 0 : FRAME_REGISTERS;
    unsigned end = a.flags & TRANSFER_INTEGER ? REGISTERS : FRAME_REGISTERS;
    for (unsigned i = first; i < end; i++)
        arch_context_set(&thread->context, i, arch_context_get(&source->context, i));
    return ok();
}

static error_t set_tls_base(struct thread *thread, struct invocation *inv)
{
    struct args_tcb_set_tls_base a;
    if (!args_tcb_set_tls_base_read(inv, &a))
        return truncated_message();
    arch_context_set(&thread->context, ARCH_CONTEXT_TPIDR, a.tls_base);
    return ok();
}

static error_t set_flags(struct thread *thread, struct invocation *inv)
{
    struct args_tcb_set_flags a;
    if (!args_tcb_set_flags_read(inv, &a))
        return truncated_message();
    thread->flags = (uint8_t)((thread->flags & ~a.clear) | (a.set & THREAD_FLAG_FPU_DISABLED));
    if (thread == this_cpu()->current)
        arch_fpu_switch(thread);
    invocation_result(inv, 0, thread->flags);
    return ok();
}

/* ---- capabilities in the thread's own slots ---- */

/* Make room for another fault or timeout handler. False: preempted: the old one is an endpoint that ends with it, and many wait there. */
static bool remove_handler(struct thread *thread, enum thread_slot which) { return slot_delete(&thread->slots[which]); }

/* Replace what the slot holds (nothing that takes long to delete: see slot_is_replaceable, remove_handler) by a copy; the null capability empties it. */
static void install(struct thread *thread, enum thread_slot which, struct slot *source, struct cap cap)
{
    struct slot *slot = &thread->slots[which];
    bool deleted = slot_delete(slot);
    KASSERT(deleted);
    (void)deleted;
    if (cap_type(&cap) != CAP_NULL)
        slot_insert_copy(source, slot, cap);
}

/* False: deleting the capability would destroy a CNode or a thread, which can take long. */
static bool slot_is_replaceable(const struct slot *slot)
{
    enum cap_type type = cap_type(&slot->cap);
    return type != CAP_ZOMBIE && ((type != CAP_CNODE && type != CAP_THREAD) || !cdt_is_final(slot));
}

static bool is_valid_handler(const struct cap *cap)
{
    if (cap_type(cap) == CAP_NULL)
        return true;
    return cap_type(cap) == CAP_ENDPOINT && cap->endpoint.rights & RIGHT_WRITE &&
           cap->endpoint.rights & (RIGHT_GRANT | RIGHT_GRANT_REPLY);
}

struct space { /* checked copies of the capabilities for a thread's CSpace and VSpace */
    struct slot *cspace_source, *vspace_source;
    struct cap cspace, vspace;
};

static error_t prepare_space(const struct thread *thread, struct slot *cspace, word_t data, struct slot *vspace, struct space *out)
{
    if (!slot_is_replaceable(&thread->slots[THREAD_SLOT_CSPACE]) || !slot_is_replaceable(&thread->slots[THREAD_SLOT_VSPACE]))
        return illegal_operation();

    out->cspace_source = cspace;
    struct cap cap = data ? cap_update_data(cspace->cap, false, data) : cspace->cap;
    error_t error = cap_derive_from(cspace, cap, &out->cspace);
    if (error.code != ERR_NONE)
        return error;
    if (cap_type(&out->cspace) != CAP_CNODE)
        return illegal_operation();

    out->vspace_source = vspace;
    error = cap_derive(vspace, &out->vspace);
    if (error.code != ERR_NONE)
        return error;
    return cap_type(&out->vspace) == CAP_VSPACE && vspace_is_assigned(&out->vspace) ? ok() : illegal_operation();
}

static void set_space(struct thread *thread, const struct space *space)
{
    install(thread, THREAD_SLOT_CSPACE, space->cspace_source, space->cspace);
    thread_learn_cspace(thread);
    install(thread, THREAD_SLOT_VSPACE, space->vspace_source, space->vspace);
    thread->space_epoch = 0;
    thread->switch_epoch = 0;
    if (thread == this_cpu()->current)
        arch_switch_space(vspace_entry(thread));
}

/* `*out` is the null capability when the buffer is to be removed. */
static error_t prepare_buffer(word_t va, struct slot *source, struct cap *out)
{
    *out = (struct cap){0};
    if (va == 0)
        return ok();
    error_t error = cap_derive(source, out);
    if (error.code != ERR_NONE)
        return error;
    if (cap_type(out) != CAP_FRAME || out->frame.device)
        return illegal_operation();
    return IS_ALIGNED(va, IPC_BUFFER_BITS) ? ok() : alignment_error();
}

static void set_buffer(struct thread *thread, word_t va, struct slot *source, struct cap cap)
{
    install(thread, THREAD_SLOT_BUFFER, source, cap);
    thread_set_buffer(thread, va);
}

static error_t set_ipc_buffer(struct thread *thread, struct invocation *inv)
{
    struct args_tcb_set_ipc_buffer a;
    struct cap frame;
    if (!args_tcb_set_ipc_buffer_read(inv, &a))
        return truncated_message();
    error_t error = prepare_buffer(a.buffer, inv->caps[0], &frame);
    if (error.code != ERR_NONE)
        return error;
    set_buffer(thread, a.buffer, inv->caps[0], frame);
    return ok();
}

static error_t configure(struct thread *thread, struct invocation *inv)
{
    enum { CSPACE, VSPACE, BUFFER };
    struct args_tcb_configure a;
    struct cap frame;
    struct space space;
    if (!args_tcb_configure_read(inv, &a))
        return truncated_message();
    error_t error = prepare_buffer(a.buffer, inv->caps[BUFFER], &frame);
    if (error.code == ERR_NONE)
        error = prepare_space(thread, inv->caps[CSPACE], a.cspace_root_data, inv->caps[VSPACE], &space);
    if (error.code != ERR_NONE)
        return error;
    set_buffer(thread, a.buffer, inv->caps[BUFFER], frame);
    set_space(thread, &space);
    return ok();
}

static error_t set_space_and_handler(struct thread *thread, struct invocation *inv)
{
    enum { HANDLER, CSPACE, VSPACE };
    struct args_tcb_set_space a;
    struct space space;
    if (!args_tcb_set_space_read(inv, &a))
        return truncated_message();
    error_t error = prepare_space(thread, inv->caps[CSPACE], a.cspace_root_data, inv->caps[VSPACE], &space);
    if (error.code != ERR_NONE)
        return error;
    if (!is_valid_handler(&inv->caps[HANDLER]->cap))
        return invalid_capability(1);
    if (!remove_handler(thread, THREAD_SLOT_FAULT))
        return preempted();

    install(thread, THREAD_SLOT_FAULT, inv->caps[HANDLER], inv->caps[HANDLER]->cap);
    set_space(thread, &space);
    return ok();
}

static error_t set_timeout_endpoint(struct thread *thread, struct invocation *inv)
{
    if (inv->n_caps < ARGS_TCB_SET_TIMEOUT_ENDPOINT_CAPS)
        return truncated_message();
    if (!is_valid_handler(&inv->caps[0]->cap))
        return invalid_capability(1);
    if (!remove_handler(thread, THREAD_SLOT_TIMEOUT))
        return preempted();

    install(thread, THREAD_SLOT_TIMEOUT, inv->caps[0], inv->caps[0]->cap);
    return ok();
}

/* ---- scheduling ---- */

/* A priority is given with the authority of a thread: no higher than its maximum. */
static error_t check_priority(const struct slot *authority, word_t priority)
{
    if (cap_type(&authority->cap) != CAP_THREAD)
        return invalid_capability(1);
    const struct thread *thread = CAP_OBJECT(authority->cap.thread);
    return priority > thread->mcp ? range_error(0, thread->mcp) : ok();
}

static error_t set_priority(struct thread *thread, struct invocation *inv)
{
    struct args_tcb_set_priority a;
    if (!args_tcb_set_priority_read(inv, &a))
        return truncated_message();
    error_t error = check_priority(inv->caps[0], a.priority);
    if (error.code == ERR_NONE)
        thread_set_priority(thread, (uint8_t)a.priority);
    return error;
}

static error_t set_mc_priority(struct thread *thread, struct invocation *inv)
{
    struct args_tcb_set_mc_priority a;
    if (!args_tcb_set_mc_priority_read(inv, &a))
        return truncated_message();
    error_t error = check_priority(inv->caps[0], a.mcp);
    if (error.code == ERR_NONE)
        thread->mcp = (uint8_t)a.mcp;
    return error;
}

/* May the thread get this scheduling context (null: lose the one it has)? */
static error_t check_sched_context(const struct thread *thread, const struct invocation *inv, const struct cap *cap)
{
    if (cap_type(cap) == CAP_NULL)
        return thread == inv->caller ? illegal_operation() : ok();
    if (cap_type(cap) != CAP_SCHED_CONTEXT)
        return invalid_capability(2);
    const struct sched_context *sc = CAP_OBJECT(cap->sched_context);
    if (thread->sc == sc)
        return ok();
    if (thread->sc || sc->thread || (thread_is_blocked(thread) && !sched_context_is_released(sc)))
        return illegal_operation();
    return ok();
}

static void set_sched_context(struct thread *thread, const struct cap *cap)
{
    if (cap_type(cap) == CAP_NULL) {
        if (thread->sc)
            sched_context_unbind_thread(thread->sc);
    } else if (!thread->sc) {
        sched_context_bind_thread(CAP_OBJECT(cap->sched_context), thread);
    }
}

static error_t set_sched_params(struct thread *thread, struct invocation *inv)
{
    enum { AUTHORITY, SCHED_CONTEXT, HANDLER };
    struct args_tcb_set_sched_params a;
    if (!args_tcb_set_sched_params_read(inv, &a))
        return truncated_message();
    error_t error = check_priority(inv->caps[AUTHORITY], a.mcp);
    if (error.code == ERR_NONE)
        error = check_priority(inv->caps[AUTHORITY], a.priority);
    if (error.code == ERR_NONE)
        error = check_sched_context(thread, inv, &inv->caps[SCHED_CONTEXT]->cap);
    if (error.code != ERR_NONE)
        return error;
    if (!is_valid_handler(&inv->caps[HANDLER]->cap))
        return invalid_capability(3);
    if (!remove_handler(thread, THREAD_SLOT_FAULT))
        return preempted();

    install(thread, THREAD_SLOT_FAULT, inv->caps[HANDLER], inv->caps[HANDLER]->cap);
    thread->mcp = (uint8_t)a.mcp;
    thread_set_priority(thread, (uint8_t)a.priority);
    set_sched_context(thread, &inv->caps[SCHED_CONTEXT]->cap);
    return ok();
}

/* ---- notifications ---- */

static error_t bind_notification(struct thread *thread, struct invocation *inv)
{
    if (inv->n_caps < ARGS_TCB_BIND_NOTIFICATION_CAPS)
        return truncated_message();
    const struct cap *cap = &inv->caps[0]->cap;
    if (thread->bound_notification || cap_type(cap) != CAP_NOTIFICATION || !(cap->endpoint.rights & RIGHT_READ))
        return illegal_operation();
    struct notification *notification = CAP_OBJECT(cap->endpoint);
    if (notification->queue.first || notification->bound_thread)
        return illegal_operation();
    notification_bind_thread(notification, thread);
    return ok();
}

static error_t unbind_notification(struct thread *thread)
{
    if (!thread->bound_notification)
        return illegal_operation();
    notification_unbind_thread(thread);
    return ok();
}

error_t tcb_invoke(struct invocation *inv)
{
    struct thread *thread = CAP_OBJECT(inv->slot->cap.thread);
    switch (inv->label) {
    case LABEL_TCB_READ_REGISTERS: return read_registers(thread, inv);
    case LABEL_TCB_WRITE_REGISTERS: return write_registers(thread, inv);
    case LABEL_TCB_COPY_REGISTERS: return copy_registers(thread, inv);
    case LABEL_TCB_CONFIGURE: return configure(thread, inv);
    case LABEL_TCB_SET_PRIORITY: return set_priority(thread, inv);
    case LABEL_TCB_SET_MC_PRIORITY: return set_mc_priority(thread, inv);
    case LABEL_TCB_SET_SCHED_PARAMS: return set_sched_params(thread, inv);
    case LABEL_TCB_SET_TIMEOUT_ENDPOINT: return set_timeout_endpoint(thread, inv);
    case LABEL_TCB_SET_IPC_BUFFER: return set_ipc_buffer(thread, inv);
    case LABEL_TCB_SET_SPACE: return set_space_and_handler(thread, inv);
    case LABEL_TCB_SUSPEND: thread_suspend(thread); return ok();
    case LABEL_TCB_RESUME: thread_resume(thread); return ok();
    case LABEL_TCB_BIND_NOTIFICATION: return bind_notification(thread, inv);
    case LABEL_TCB_UNBIND_NOTIFICATION: return unbind_notification(thread);
    case LABEL_TCB_SET_TLS_BASE: return set_tls_base(thread, inv);
    case LABEL_TCB_SET_FLAGS: return set_flags(thread, inv);
    default: return illegal_operation();
    }
}
