/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls: from registers to a send phase, a receive phase, or both; ABI sections 2, 4 and 8.
 * The caller's state is RUNNING. While a kernel object is invoked it is RESTART: if the operation is preempted, or the thread stopped and
 * resumed by its own request, the whole call is done again.
 */
#include "cpu.h"
#include "entry/entry.h"
#include "generated/invocations.h"
#include "entry/fastpath.h"
#include "info.h"
#include "object/cnode.h"
#include "object/endpoint.h"
#include "object/invoke.h"
#include "object/irq.h"
#include "object/notification.h"
#include "object/paging.h"
#include "object/reply.h"
#include "sched/direct.h"
#include "sched/sched.h"

enum send_kind {
    SEND_BLOCKING,     /* Send */
    SEND_NON_BLOCKING, /* NBSend */
    SEND_CALL,
    SEND_FIRST_PHASE,  /* of a system call that then receives: non-blocking, and the sender gives its scheduling context away */
};

/* lookup_slot, in line when the CSpace is simple. */
static inline struct slot *find_slot(struct thread *thread, word_t cptr, struct lookup_failure *failure)
{
    struct slot *slot;
    return thread_quick_slot(thread, cptr, &slot) ? slot : lookup_slot(thread, cptr, failure);
}

static void raise_cap_fault(struct thread *thread, word_t cptr, bool in_receive, struct lookup_failure failure)
{
    thread->fault = (struct fault){.label = FAULT_CAP, .in_receive = in_receive, .w = {cptr}, .lookup = failure};
    fault_raise(thread);
}

/* ---- send ---- */

/* The answer of a kernel object that has set n_results words. */
static void answer(struct thread *caller, unsigned n_results)
{
    arch_set_badge(&caller->context, 0);
    arch_set_info(&caller->context, info_make(ERR_NONE, 0, 0, n_results));
}

static NOINLINE void answer_error(struct thread *caller, error_t error)
{
    word_t words[ERROR_WORDS_MAX];
    word_t *buffer = message_buffer(caller, true);
    unsigned length = error_words(error, words);
    if (length > MESSAGE_REGISTERS && !buffer)
        length = MESSAGE_REGISTERS;
    for (unsigned i = 0; i < length; i++)
        message_write(caller, buffer, i, words[i]);
    arch_set_badge(&caller->context, 0);
    arch_set_info(&caller->context, info_make(error_code(error), 0, 0, length));
}

static inline void begin(struct invocation *inv, struct thread *sender, word_t info, bool is_call)
{
    inv->caller = sender;
    inv->label = info_label(info);
    inv->length = info_length(info);
    inv->n_caps = 0; /* so caps[] can stay as they are */
    inv->buffer = NULL;
    inv->is_call = is_call;
    inv->n_results = 0;
}

/* Find the extra capabilities. False: one of them cannot be looked up (a fault was raised if the call may block). */
static bool gather_caps(struct invocation *inv, word_t info, bool may_fault)
{
    struct lookup_failure failure;
    if (!inv->buffer)
        return true;
    for (unsigned i = 0; i < info_caps(info); i++) {
        word_t cptr = inv->buffer[BUFFER_CAPS + i];
        inv->caps[i] = find_slot(inv->caller, cptr, &failure);
        if (!inv->caps[i]) {
            if (may_fault)
                raise_cap_fault(inv->caller, cptr, false, failure);
            return false;
        }
        inv->n_caps = i + 1;
    }
    return true;
}

/* Capabilities that a first phase may not invoke: their operations could stop the thread that is still to receive. */
static bool is_refused_in_first_phase(enum cap_type type)
{
    return type == CAP_THREAD || type == CAP_CNODE || type == CAP_DOMAIN || type == CAP_SCHED_CONTROL || type == CAP_SCHED_CONTEXT;
}

/* An operation has ended. */
static inline void finish(const struct invocation *inv, bool is_call, error_t error)
{
    if (!is_call)
        return;
    if (likely(!error.code))
        answer(inv->caller, inv->n_results);
    else if (error.code != ERR_NO_REPLY)
        answer_error(inv->caller, error);
}

/* Invoke a kernel object. False: the call does not go on: preempted, or the thread has stopped. */
static inline bool invoke(struct invocation *inv, struct thread *caller, bool is_call, invoke_handler *handler)
{
    caller->state = THREAD_RESTART;
    error_t error = handler(inv);
    if (unlikely(error.code == ERR_PREEMPTED || caller->state != THREAD_RESTART))
        return false;
    caller->state = THREAD_RUNNING;
    finish(inv, is_call, error);
    return true;
}

static error_t send_to_endpoint(struct thread *sender, const struct cap *cap, enum send_kind kind)
{
    if (!(cap->endpoint.rights & RIGHT_WRITE))
        return invalid_capability(0);
    kernel_info->ipc_slow++;
    endpoint_send(CAP_OBJECT(cap->endpoint), sender,
                  (struct send_mode){
                      .badge = cap->endpoint.badge,
                      .blocking = kind == SEND_BLOCKING || kind == SEND_CALL,
                      .call = kind == SEND_CALL,
                      .donate = kind == SEND_CALL || kind == SEND_FIRST_PHASE,
                      .grant = cap->endpoint.rights & RIGHT_GRANT,
                      .grant_reply = cap->endpoint.rights & RIGHT_GRANT_REPLY,
                  });
    return error_plain(ERR_NO_REPLY); /* who receives it answers */
}

static error_t send_to_notification(const struct cap *cap)
{
    if (!(cap->endpoint.rights & RIGHT_WRITE))
        return invalid_capability(0);
    notification_signal(CAP_OBJECT(cap->endpoint), cap->endpoint.badge);
    return ok();
}

static error_t send_to_reply(struct thread *sender, const struct cap *cap)
{
    kernel_info->ipc_slow++;
    reply_send(CAP_OBJECT(cap->reply), sender, cap->reply.rights & RIGHT_GRANT);
    return ok();
}

/* The send phase of every call. False: no receive phase may follow. */
static bool send_phase(struct thread *sender, word_t cptr, enum send_kind kind)
{
    struct lookup_failure failure;
    bool may_fault = kind == SEND_BLOCKING || kind == SEND_CALL;
    word_t info = arch_info(&sender->context);
    struct invocation inv;
    begin(&inv, sender, info, kind == SEND_CALL);
    inv.slot = find_slot(sender, cptr, &failure);
    if (!inv.slot) {
        if (may_fault)
            raise_cap_fault(sender, cptr, false, failure);
        return !may_fault;
    }
    if (inv.length > MESSAGE_REGISTERS || info_caps(info)) {
        inv.buffer = message_buffer(sender, false);
        if (!inv.buffer && inv.length > MESSAGE_REGISTERS)
            inv.length = MESSAGE_REGISTERS;
        if (!gather_caps(&inv, info, may_fault))
            return !may_fault;
    }

    error_t error;
    enum cap_type type = cap_type(&inv.slot->cap);
    switch (type) {
    case CAP_ENDPOINT:
        error = send_to_endpoint(sender, &inv.slot->cap, kind);
        break;
    case CAP_NOTIFICATION:
        error = send_to_notification(&inv.slot->cap);
        break;
    case CAP_REPLY:
        if (inv.label == LABEL_PAGING_REPLY_MAP || inv.label == LABEL_PAGING_REPLY_MAP_COPY || inv.label == LABEL_PAGING_REPLY_MAP_FILLED)
            paging_reply_map(&inv);
        error = send_to_reply(sender, &inv.slot->cap);
        break;
    default:
        if (kind == SEND_FIRST_PHASE && is_refused_in_first_phase(type))
            return true;
        if (object_handlers[type])
            return invoke(&inv, sender, inv.is_call, object_handlers[type]);
        error = invalid_capability(0);
    }
    finish(&inv, inv.is_call, error);
    return true;
}

/* ---- receive ---- */

/* The reply object that a receive on an endpoint needs. NULL: a fault was raised. */
static struct reply *find_reply(struct thread *receiver)
{
    struct lookup_failure failure;
    word_t cptr = arch_reply_cptr(&receiver->context);
    struct slot *slot = find_slot(receiver, cptr, &failure);
    if (slot && cap_type(&slot->cap) == CAP_REPLY)
        return CAP_OBJECT(slot->cap.reply);
    raise_cap_fault(receiver, cptr, true, slot ? lookup_missing(0) : failure);
    return NULL;
}

static void receive_phase(struct thread *receiver, bool blocking, bool with_reply)
{
    struct lookup_failure failure;
    word_t cptr = arch_cptr(&receiver->context);
    struct slot *slot = find_slot(receiver, cptr, &failure);
    if (!slot) {
        raise_cap_fault(receiver, cptr, true, failure);
        return;
    }
    const struct cap *cap = &slot->cap;
    if (cap_type(cap) == CAP_ENDPOINT && cap->endpoint.rights & RIGHT_READ) {
        struct reply *reply = with_reply ? find_reply(receiver) : NULL;
        if (reply || !with_reply)
            endpoint_receive(CAP_OBJECT(cap->endpoint), receiver, reply, blocking);
        return;
    }
    if (cap_type(cap) == CAP_NOTIFICATION && cap->endpoint.rights & RIGHT_READ) {
        struct notification *notification = CAP_OBJECT(cap->endpoint);
        if (!notification->bound_thread || notification->bound_thread == receiver) {
            notification_wait(notification, receiver, blocking);
            return;
        }
    }
    raise_cap_fault(receiver, cptr, true, lookup_missing(0));
}

/* ---- entry ---- */

static void unknown_syscall(struct thread *current, word_t number)
{
    current->fault = (struct fault){.label = FAULT_UNKNOWN_SYSCALL, .w = {number}};
    fault_raise(current);
}

static void handle_syscall(struct thread *t, word_t number)
{
    switch ((int64_t)number) {
    case SYSCALL_CALL:
        send_phase(t, arch_cptr(&t->context), SEND_CALL);
        break;
    case SYSCALL_REPLY_RECV:
        if (send_phase(t, arch_reply_cptr(&t->context), SEND_FIRST_PHASE))
            receive_phase(t, true, true);
        break;
    case SYSCALL_NB_SEND_RECV:
        if (send_phase(t, arch_dest_cptr(&t->context), SEND_FIRST_PHASE))
            receive_phase(t, true, true);
        break;
    case SYSCALL_NB_SEND_WAIT:
        if (send_phase(t, arch_reply_cptr(&t->context), SEND_FIRST_PHASE))
            receive_phase(t, true, false);
        break;
    case SYSCALL_SEND:
        send_phase(t, arch_cptr(&t->context), SEND_BLOCKING);
        break;
    case SYSCALL_NB_SEND:
        send_phase(t, arch_cptr(&t->context), SEND_NON_BLOCKING);
        break;
    case SYSCALL_RECV:
        receive_phase(t, true, true);
        break;
    case SYSCALL_NB_RECV:
        receive_phase(t, false, true);
        break;
    case SYSCALL_WAIT:
        receive_phase(t, true, false);
        break;
    case SYSCALL_NB_WAIT:
        receive_phase(t, false, false);
        break;
    case SYSCALL_YIELD:
        sched_yield_current();
        break;
    default:
        unknown_syscall(t, number);
    }
}

struct thread *syscall_general(struct thread *current)
{
    word_t number = arch_syscall_number(&current->context);
    if (unlikely(current->quick_word != current->slots[THREAD_SLOT_CSPACE].cap.w[1]))
        thread_learn_cspace(current);
    if (sched_enter())
        handle_syscall(current, number);
    else
        sched_out_of_budget();
    return schedule();
}

/* The buffer, and the extra capabilities when they are where one usually finds them. False: look for them properly. */
static inline bool gather_quickly(struct invocation *inv, word_t info)
{
    unsigned n = info_caps(info);
    inv->buffer = message_buffer(inv->caller, false);
    if (unlikely(!inv->buffer))
        return false;
    for (unsigned i = 0; i < n; i++)
        if (unlikely(!thread_quick_slot(inv->caller, inv->buffer[BUFFER_CAPS + i], &inv->caps[i])))
            return false;
    inv->n_caps = n;
    return true;
}

struct thread *fastpath_invoke(struct thread *caller, struct slot *slot)
{
    struct cpu *cpu = this_cpu();
    word_t info = arch_info(&caller->context);
    struct invocation inv;
    if (caller->quick_shift && slot->cap.type == CAP_CNODE &&
        unlikely(!cnode_quick_slot(&slot->cap, arch_cptr(&caller->context), caller->quick_shift, &slot)))
        return syscall_general(caller);
    invoke_handler *handler = object_handlers[slot->cap.type];
    if (unlikely(!handler || !direct_enter(cpu, &cpu->now)))
        return syscall_general(caller);
    begin(&inv, caller, info, true);
    inv.slot = slot;
    if ((inv.length > MESSAGE_REGISTERS || info_caps(info)) && unlikely(!gather_quickly(&inv, info)))
        return syscall_general(caller);
    if (likely(invoke(&inv, caller, true, handler) && direct_goes_on(cpu, caller)))
        return caller;
    return schedule();
}

/* Calls that are no system calls of the core interface: some are debug and benchmark calls, which need no budget. */
static NOINLINE struct thread *extra_syscall(struct thread *current, word_t number)
{
    this_cpu()->info->syscalls++;
    return benchmark_syscall(current, number) || debug_syscall(current, number) ? current : syscall_general(current);
}

struct thread *entry_syscall(struct thread *current)
{
    int64_t number = (int64_t)arch_syscall_number(&current->context);
    struct kernel_info *info = this_cpu()->info;
    if (unlikely(number < SYSCALL_YIELD))
        return extra_syscall(current, (word_t)number);
    if (number == SYSCALL_CALL) /* this one and the next count themselves, because the vectors call them without this function */
        return fastpath_call(current);
    if (number == SYSCALL_REPLY_RECV)
        return fastpath_reply_recv(current);
    info->syscalls++;
    if (number == SYSCALL_SEND)
        return fastpath_signal(current);
    if (number == SYSCALL_WAIT || number == SYSCALL_NB_WAIT)
        return fastpath_wait(current, number == SYSCALL_WAIT);
    if (number == SYSCALL_YIELD)
        return fastpath_yield(current, info);
    return syscall_general(current);
}

struct thread *entry_interrupt(void)
{
    if (!sched_enter())
        sched_out_of_budget();
    unsigned irq = irq_acknowledge();
    if (irq == irq_timer()) {
        kernel_info->timer_interrupts++;
        sched_timer_fired();
        irq_end_kernel(irq);
    } else if (irq != IRQ_NONE) {
        kernel_info->interrupts++;
        const struct cap *handler = irq_take(irq);
        if (handler)
            return fastpath_interrupt(handler);
    }
    return schedule();
}
