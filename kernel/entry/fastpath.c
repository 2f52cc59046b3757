/* SPDX-License-Identifier: BSD-2-Clause */
/* Fast paths; see fastpath.h. What they do is explained at the general paths: syscall.c, fault.c, object/endpoint.c, object/reply.c. */
#include "entry/fastpath.h"

#include "entry/entry.h"
#include "generated/invocations.h"
#include "object/cnode.h"
#include "object/endpoint.h"
#include "object/notification.h"
#include "object/paging.h"
#include "object/reply.h"
#include "sched/direct.h"

/* In message info words: everything below the label. A message that goes by registers alone has no more than its length there. */
#define INFO_BELOW_LABEL(info) ((info) & 0xfff)
#define INFO_CAPS (3 << 7)

/* Is bit `value` set in `set`? */
static inline bool is_among(uint64_t set, unsigned value) { return set >> value & 1; }

/* Rights that allow a Call: to send, and to hand over a reply in one way or the other. */
#define CALL_RIGHTS                                                                                                                        \
    (BIT(RIGHT_WRITE | RIGHT_GRANT) | BIT(RIGHT_WRITE | RIGHT_GRANT_REPLY) | BIT(RIGHT_WRITE | RIGHT_GRANT | RIGHT_GRANT_REPLY) |          \
     BIT(RIGHT_WRITE | RIGHT_READ | RIGHT_GRANT) | BIT(RIGHT_WRITE | RIGHT_READ | RIGHT_GRANT_REPLY) | BIT(RIGHTS_ALL))

/* The thread that a message sent on `endpoint` would wake, if it waits with a reply object and runs next; NULL otherwise. */
static inline struct thread *waiting_receiver(const struct cpu *cpu, const struct endpoint *endpoint)
{
    struct thread *receiver = endpoint->queue.first;
    if (unlikely(!receiver || receiver->state != THREAD_BLOCKED_RECEIVE || !receiver->reply || !direct_is_next(cpu, receiver)))
        return NULL;
    if (receiver->sc && unlikely(!direct_can_use(cpu, receiver->sc)))
        return NULL;
    return receiver;
}

/* The receiver leaves the queue; the sender waits for its answer and gives its context away if the receiver has none; the receiver runs. */
static inline struct thread *switch_to_receiver(struct cpu *cpu, struct endpoint *endpoint, struct thread *sender, struct thread *receiver,
                                                ticks_t now, struct kernel_info *info)
{
    struct reply *reply = receiver->reply;
    struct thread *next = receiver->queue_next;
    struct sched_context *sc = receiver->sc;
    endpoint->queue.first = next;
    if (unlikely(next != NULL)) {
        next->queue_prev = NULL;
        receiver->queue_next = NULL;
    } else {
        endpoint->queue.last = NULL;
    }
    receiver->blocked_on = NULL;
    receiver->reply = NULL;
    receiver->state = THREAD_RUNNING;

    reply->thread = sender;
    sender->reply = reply;
    sender->state = THREAD_BLOCKED_REPLY;
    if (sc) {
        direct_use(cpu, sc, now);
    } else {
        sc = cpu->sc;
        reply_stack_push(reply, sc);
        sc->thread = receiver;
        receiver->sc = sc;
        sender->sc = NULL;
    }
    info->ipc_fast++;
    return direct_switch(cpu, receiver, info);
}

/* The words of a message that goes by registers alone. */
static inline void transfer_registers(const struct thread *sender, struct thread *receiver, unsigned length)
{
    if (likely(length == 0))
        return;
    if (length == MESSAGE_REGISTERS) {
        for (unsigned i = 0; i < MESSAGE_REGISTERS; i++)
            arch_set_mr(&receiver->context, i, arch_mr(&sender->context, i));
        return;
    }
    for (unsigned i = 0; i < length; i++)
        arch_set_mr(&receiver->context, i, arch_mr(&sender->context, i));
}

/* A Call whose message goes through the buffers too. */
static NOINLINE struct thread *call_with_buffer(struct thread *caller, struct endpoint *endpoint, word_t badge, struct thread *receiver,
                                                ticks_t now)
{
    message_transfer(caller, endpoint, badge, false, receiver);
    return switch_to_receiver(this_cpu(), endpoint, caller, receiver, now, kernel_info);
}

struct thread *fastpath_call(struct thread *caller)
{
    struct cpu *cpu = this_cpu();
    struct kernel_info *info = cpu->info;
    word_t message = arch_info(&caller->context);
    struct slot *slot;
    ticks_t now;
    info->syscalls++;
    if (unlikely(!thread_first_slot(caller, arch_cptr(&caller->context), &slot)))
        return syscall_general(caller);
    if (slot->cap.type != CAP_ENDPOINT)
        return fastpath_invoke(caller, slot);
    if (unlikely(!is_among(CALL_RIGHTS, slot->cap.endpoint.rights)))
        return syscall_general(caller);
    struct endpoint *endpoint = CAP_OBJECT(slot->cap.endpoint);
    struct thread *receiver = waiting_receiver(cpu, endpoint);
    if (unlikely(!receiver || !direct_enter(cpu, &now)))
        return syscall_general(caller);

    if (unlikely(INFO_BELOW_LABEL(message) > MESSAGE_REGISTERS)) {
        if (message & INFO_CAPS)
            return syscall_general(caller);
        return call_with_buffer(caller, endpoint, slot->cap.endpoint.badge, receiver, now);
    }
    transfer_registers(caller, receiver, INFO_BELOW_LABEL(message));
    arch_set_info(&receiver->context, message);
    arch_set_badge(&receiver->context, slot->cap.endpoint.badge);
    return switch_to_receiver(cpu, endpoint, caller, receiver, now, info);
}

struct thread *fastpath_vm_fault(struct thread *faulter, va_t va, word_t status, bool instruction)
{
    struct cpu *cpu = this_cpu();
    const struct cap *cap = &faulter->slots[THREAD_SLOT_FAULT].cap;
    if (unlikely(cap->type != CAP_ENDPOINT)) /* its rights were checked when it was installed */
        return vm_fault_general(faulter, va, status, instruction);
    struct endpoint *endpoint = CAP_OBJECT(cap->endpoint);
    struct thread *handler = waiting_receiver(cpu, endpoint);
    ticks_t now;
    if (unlikely(!handler || !direct_enter(cpu, &now)))
        return vm_fault_general(faulter, va, status, instruction);

    struct kernel_info *info = cpu->info;
    faulter->fault.label = FAULT_VM;
    info->faults_vm++;
    arch_set_badge(&handler->context, cap->endpoint.badge);
    arch_set_info(&handler->context, info_make(FAULT_VM, 0, 0, 4));
    arch_set_mr(&handler->context, 0, faulter->context.fault_pc);
    arch_set_mr(&handler->context, 1, va);
    arch_set_mr(&handler->context, 2, instruction);
    arch_set_mr(&handler->context, 3, status);
    return switch_to_receiver(cpu, endpoint, faulter, handler, now, info);
}

/* Can the wait of `caller` end by switching to it? Its context comes back with the answer, or it has one of its own. */
static inline bool can_answer(const struct cpu *cpu, const struct reply *reply, const struct thread *caller)
{
    uint32_t fault = caller->fault.label;
    if (unlikely(caller->state != THREAD_BLOCKED_REPLY))
        return false;
    if (unlikely(!is_among(BIT(FAULT_NONE) | BIT(FAULT_VM) | BIT(FAULT_CAP), fault)))
        return false;
    if (reply->newest) {
        if (unlikely(reply->context != cpu->sc || caller->sc))
            return false;
    } else if (unlikely((uintptr_t)reply->newer | (uintptr_t)reply->older || !caller->sc || !direct_can_use(cpu, caller->sc))) {
        return false;
    }
    return direct_is_next(cpu, caller);
}

/* Would a receive on `endpoint` block the server, as the only one there, without further ado? */
static inline bool can_wait(const struct thread *server, const struct endpoint *endpoint)
{
    const struct notification *bound = server->bound_notification;
    return likely(!endpoint->queue.first && (!bound || (!bound->pending && !bound->sc)));
}

/* The server is in no queue, so its queue_next and queue_prev are NULL already. */
static inline void wait_with_reply(struct thread *server, struct endpoint *endpoint, struct reply *reply)
{
    reply->thread = server;
    server->reply = reply;
    server->state = THREAD_BLOCKED_RECEIVE;
    server->blocked_on = endpoint;
    endpoint->queue.first = server;
    endpoint->queue.last = server;
}

/* From here on nothing fails: the caller goes on, the server waits. */
static inline struct thread *switch_to_caller(struct cpu *cpu, struct thread *server, struct endpoint *endpoint, struct reply *reply,
                                              struct thread *caller, ticks_t now, struct kernel_info *info)
{
    struct sched_context *own = caller->sc; /* can_answer: it has one, or gets back that of the reply object */
    caller->reply = NULL;
    caller->state = THREAD_RUNNING;
    if (!own) {
        struct sched_context *sc = reply_stack_pop(reply);
        sc->thread = caller;
        caller->sc = sc;
        server->sc = NULL;
    } else {
        direct_use(cpu, own, now);
    }
    wait_with_reply(server, endpoint, reply);
    info->ipc_fast++;
    return direct_switch(cpu, caller, info);
}

static NOINLINE struct thread *answer_with_buffer(struct thread *server, struct endpoint *endpoint, struct reply *reply,
                                                  struct thread *caller, ticks_t now)
{
    message_transfer(server, NULL, 0, false, caller);
    return switch_to_caller(this_cpu(), server, endpoint, reply, caller, now, kernel_info);
}

/* What replies that map a frame look like; in any other form they are for the general path. */
#define REPLY_MAP_INFO info_make(LABEL_PAGING_REPLY_MAP, 0, ARGS_PAGING_REPLY_MAP_CAPS, ARGS_PAGING_REPLY_MAP_WORDS)
#define REPLY_MAP_COPY_INFO info_make(LABEL_PAGING_REPLY_MAP_COPY, 0, ARGS_PAGING_REPLY_MAP_COPY_CAPS, ARGS_PAGING_REPLY_MAP_COPY_WORDS)
#define REPLY_MAP_FILLED_INFO info_make(LABEL_PAGING_REPLY_MAP_FILLED, 0, ARGS_PAGING_REPLY_MAP_FILLED_CAPS, ARGS_PAGING_REPLY_MAP_FILLED_WORDS)

/* The slot of cptr, NULL if there is none. */
static inline struct slot *find_slot(struct thread *thread, word_t cptr)
{
    struct lookup_failure failure;
    struct slot *slot;
    return thread_quick_slot(thread, cptr, &slot) ? slot : lookup_slot(thread, cptr, &failure);
}

/* The rest of a ReplyRecv whose capabilities are found: `message` is its message info. */
static inline __attribute__((always_inline)) struct thread *answer_and_wait(struct thread *server, struct endpoint *endpoint, struct reply *reply,
                                                                            struct thread *caller, word_t message, struct kernel_info *info)
{
    struct cpu *cpu = this_cpu();
    ticks_t now;
    if (unlikely(!caller || !can_answer(cpu, reply, caller) || !can_wait(server, endpoint) || !direct_enter(cpu, &now)))
        return syscall_general(server);

    if (caller->fault.label != FAULT_NONE) {
        caller->fault.label = FAULT_NONE;
        arch_restart(&caller->context);
    } else if (unlikely(INFO_BELOW_LABEL(message) > MESSAGE_REGISTERS)) {
        return answer_with_buffer(server, endpoint, reply, caller, now);
    } else {
        transfer_registers(server, caller, INFO_BELOW_LABEL(message));
        arch_set_info(&caller->context, message);
        arch_set_badge(&caller->context, 0);
    }
    return switch_to_caller(cpu, server, endpoint, reply, caller, now, info);
}

/* ReplyRecv with capabilities: if it answers a page fault by mapping a frame (paging_reply_map), map it; what is left then is a reply
 * without. */
static NOINLINE struct thread *reply_map_recv(struct thread *server, struct endpoint *endpoint, struct reply *reply, struct kernel_info *info)
{
    struct thread *caller = reply->thread;
    const struct arch_context *c = &server->context;
    const word_t *buffer = message_buffer(server, false);
    struct slot *frame, *vspace, *other;
    word_t form = arch_info(c);
    if (unlikely((form != REPLY_MAP_INFO && form != REPLY_MAP_COPY_INFO && form != REPLY_MAP_FILLED_INFO) || !caller ||
                 caller->state != THREAD_BLOCKED_REPLY || caller->fault.label != FAULT_VM ||
                 !buffer || !(frame = find_slot(server, buffer[BUFFER_CAPS])) || !(vspace = find_slot(server, buffer[BUFFER_CAPS + 1]))))
        return syscall_general(server);
    if (form == REPLY_MAP_INFO)
        paging_map(caller, &frame->cap, &vspace->cap, arch_mr(c, 0), arch_mr(c, 1), arch_mr(c, 2));
    else if (!(other = find_slot(server, arch_mr(c, 3))))
        ;
    else if (form == REPLY_MAP_COPY_INFO)
        paging_map_copy(caller, frame, other, &vspace->cap, arch_mr(c, 0), arch_mr(c, 1), arch_mr(c, 2));
    else if (paging_fill(&frame->cap, &other->cap))
        paging_map(caller, &frame->cap, &vspace->cap, arch_mr(c, 0), arch_mr(c, 1), arch_mr(c, 2));
    arch_set_info(&server->context, 0);
    return answer_and_wait(server, endpoint, reply, caller, 0, info);
}

struct thread *fastpath_reply_recv(struct thread *server)
{
    struct kernel_info *info = this_cpu()->info;
    word_t message = arch_info(&server->context);
    struct slot *reply_slot, *slot;
    info->syscalls++;
    if (unlikely(!thread_first_slot(server, arch_reply_cptr(&server->context), &reply_slot) ||
                 !thread_first_slot(server, arch_cptr(&server->context), &slot) ||
                 reply_slot->cap.type != CAP_REPLY || slot->cap.type != CAP_ENDPOINT || !(slot->cap.endpoint.rights & RIGHT_READ)))
        return syscall_general(server);
    struct reply *reply = CAP_OBJECT(reply_slot->cap.reply);
    struct endpoint *endpoint = CAP_OBJECT(slot->cap.endpoint);
    if (unlikely(message & INFO_CAPS))
        return reply_map_recv(server, endpoint, reply, info);
    return answer_and_wait(server, endpoint, reply, reply->thread, message, info);
}

/* Somebody may wait for the signal. */
static NOINLINE struct thread *signal_and_schedule(struct notification *notification, word_t badge, ticks_t now)
{
    this_cpu()->now = now;
    notification_signal(notification, badge);
    return schedule();
}

/* Can the wait of a notification's first waiter end without ado? It has its own context, which can be used at once. */
static inline bool can_wake(const struct cpu *cpu, const struct notification *notification, const struct thread *waiter)
{
    return waiter && !notification->sc && waiter->sc && direct_can_use(cpu, waiter->sc);
}

/* The first waiter gets the signal; it runs at once if it has the higher priority, else the current thread goes on. */
static NOINLINE struct thread *signal_waiter(struct cpu *cpu, struct notification *notification, word_t badge, ticks_t now)
{
    struct thread *waiter = notification->queue.first, *current = cpu->current;
    wait_queue_remove(&notification->queue, waiter);
    waiter->blocked_on = NULL;
    waiter->state = THREAD_RUNNING;
    arch_set_badge(&waiter->context, badge);
    if (waiter->priority > current->priority) {
        run_queues_insert_first(&cpu->queues, current);
        direct_use(cpu, waiter->sc, now);
        return direct_switch(cpu, waiter, kernel_info);
    }
    if (waiter->priority == current->priority)
        run_queues_insert_last(&cpu->queues, waiter);
    else
        run_queues_insert_first(&cpu->queues, waiter);
    return current;
}

struct thread *fastpath_signal(struct thread *sender)
{
    struct cpu *cpu = this_cpu();
    struct slot *slot;
    ticks_t now;
    if (unlikely(!thread_first_slot(sender, arch_cptr(&sender->context), &slot) || slot->cap.type != CAP_NOTIFICATION ||
                 !(slot->cap.endpoint.rights & RIGHT_WRITE) || arch_info(&sender->context) & INFO_CAPS || !direct_enter(cpu, &now)))
        return syscall_general(sender);
    struct notification *notification = CAP_OBJECT(slot->cap.endpoint);
    word_t badge = slot->cap.endpoint.badge;
    if (can_wake(cpu, notification, notification->queue.first))
        return signal_waiter(cpu, notification, badge, now);
    if (notification->queue.first || notification->bound_thread)
        return signal_and_schedule(notification, badge, now);
    notification->pending = true;
    notification->word |= badge;
    return sender;
}

struct thread *fastpath_interrupt(const struct cap *handler)
{
    struct cpu *cpu = this_cpu();
    struct notification *notification = CAP_OBJECT(handler->endpoint);
    if (likely(cpu->current && direct_goes_on(cpu, cpu->current) && can_wake(cpu, notification, notification->queue.first)))
        return signal_waiter(cpu, notification, handler->endpoint.badge, cpu->now);
    notification_signal(notification, handler->endpoint.badge);
    return schedule();
}

/* The current thread waits; the next one runs. */
static NOINLINE struct thread *wait_for_signal(struct cpu *cpu, struct notification *notification, struct thread *waiter, struct thread *next,
                                               ticks_t now)
{
    waiter->state = THREAD_BLOCKED_NOTIFICATION;
    waiter->blocked_on = notification;
    wait_queue_insert(&notification->queue, waiter);
    run_queues_remove(&cpu->queues, next);
    direct_use(cpu, next->sc, now);
    return direct_switch(cpu, next, kernel_info);
}

struct thread *fastpath_wait(struct thread *waiter, bool blocking)
{
    struct cpu *cpu = this_cpu();
    struct slot *slot;
    ticks_t now;
    if (unlikely(!thread_first_slot(waiter, arch_cptr(&waiter->context), &slot) || slot->cap.type != CAP_NOTIFICATION ||
                 !(slot->cap.endpoint.rights & RIGHT_READ)))
        return syscall_general(waiter);
    struct notification *notification = CAP_OBJECT(slot->cap.endpoint);
    if (unlikely(notification->sc || notification->bound_thread || !direct_enter(cpu, &now)))
        return syscall_general(waiter);
    if (notification->pending || !blocking) { /* the word is 0 when nothing is pending */
        arch_set_badge(&waiter->context, notification->word);
        notification->word = 0;
        notification->pending = false;
        return waiter;
    }
    struct thread *next = direct_next(cpu);
    if (unlikely(!next || !direct_can_switch(cpu, next)))
        return syscall_general(waiter);
    return wait_for_signal(cpu, notification, waiter, next, now);
}

struct thread *fastpath_yield(struct thread *current, struct kernel_info *info)
{
    struct cpu *cpu = this_cpu();
    struct sched_context *sc = cpu->sc;
    struct thread *next = cpu->queues.list[current->priority].first; /* none has a higher priority */
    ticks_t now;
    if (unlikely(!next || !direct_can_switch(cpu, next) || !direct_enter(cpu, &now)))
        return syscall_general(current);

    run_queues_remove(&cpu->queues, next);
    run_queues_insert_last(&cpu->queues, current);
    direct_use(cpu, next->sc, now);
    sc->refills[0].amount = sc->budget;
    return direct_switch(cpu, next, info);
}
