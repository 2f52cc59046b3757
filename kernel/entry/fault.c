/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults become messages, and the replies to them become registers; ABI section 9. */
#include "cpu.h"
#include "entry/entry.h"
#include "entry/fastpath.h"
#include "info.h"
#include "object/cnode.h"
#include "object/endpoint.h"
#include "object/sched_context.h"
#include "print.h"
#include "sched/sched.h"

enum { CONTEXT_PC_INDEX = 0, CONTEXT_SP_INDEX = 1, CONTEXT_SPSR_INDEX = 2, CONTEXT_X0_INDEX = 3 };

/* ---- sending ---- */

static void send_fault(struct thread *thread, const struct cap *handler, bool donate)
{
    endpoint_send(CAP_OBJECT(handler->endpoint), thread,
                  (struct send_mode){
                      .badge = handler->endpoint.badge,
                      .blocking = true,
                      .call = true,
                      .donate = donate,
                      .grant = handler->endpoint.rights & RIGHT_GRANT,
                      .grant_reply = handler->endpoint.rights & RIGHT_GRANT_REPLY,
                  });
}

#ifdef PAGODA_DEBUG
static void print_unhandled(const struct thread *thread)
{
    static const char *const kind[] = {"?", "capability fault", "unknown system call", "user exception", "?", "timeout", "page fault"};
    const struct fault *fault = &thread->fault;
    kprintf("thread \"%s\" has no fault handler and stops: %s at 0x%lx, 0x%lx 0x%lx\n", thread->name[0] ? thread->name : "?",
            kind[fault->label <= FAULT_VM ? fault->label : 0], (unsigned long)thread->context.fault_pc, (unsigned long)fault->w[0],
            (unsigned long)fault->w[1]);
}
#else
static void print_unhandled(const struct thread *thread) { (void)thread; }
#endif

void fault_raise(struct thread *thread)
{
    const struct cap *handler = &thread->slots[THREAD_SLOT_FAULT].cap;
    if (thread->fault.label == FAULT_VM)
        kernel_info->faults_vm++;
    else
        kernel_info->faults_other++;
    if (cap_type(handler) == CAP_ENDPOINT) {
        send_fault(thread, handler, true);
        return;
    }
    print_unhandled(thread);
    thread->fault.label = FAULT_NONE;
    thread->state = THREAD_INACTIVE;
}

bool fault_has_timeout_handler(const struct thread *thread)
{
    return cap_type(&thread->slots[THREAD_SLOT_TIMEOUT].cap) == CAP_ENDPOINT;
}

void fault_raise_timeout(struct thread *thread)
{
    kernel_info->faults_other++;
    thread->fault = (struct fault){.label = FAULT_TIMEOUT, .w = {thread->sc->badge}};
    send_fault(thread, &thread->slots[THREAD_SLOT_TIMEOUT].cap, false);
}

/* ---- text of the messages ---- */

struct text {
    struct thread *receiver;
    word_t *buffer;
    unsigned length;
};

static void put(struct text *text, word_t word)
{
    if (text->length < MESSAGE_REGISTERS || text->buffer)
        message_write(text->receiver, text->buffer, text->length++, word);
}

static void put_cap_fault(struct text *text, const struct thread *sender)
{
    const struct fault *fault = &sender->fault;
    put(text, sender->context.fault_pc);
    put(text, fault->w[0]);
    put(text, fault->in_receive);
    put(text, fault->lookup.kind);
    for (unsigned i = 1; i < lookup_failure_words(&fault->lookup); i++)
        put(text, fault->lookup.w[i - 1]);
}

static void put_unknown_syscall(struct text *text, const struct thread *sender)
{
    const struct arch_context *c = &sender->context;
    for (unsigned i = 0; i < 8; i++)
        put(text, arch_context_get(c, CONTEXT_X0_INDEX + i));
    put(text, c->fault_pc);
    put(text, arch_context_get(c, CONTEXT_SP_INDEX));
    put(text, c->pc);
    put(text, arch_context_get(c, CONTEXT_SPSR_INDEX));
    put(text, sender->fault.w[0]);
}

static void put_user_exception(struct text *text, const struct thread *sender)
{
    put(text, sender->context.fault_pc);
    put(text, arch_context_get(&sender->context, CONTEXT_SP_INDEX));
    put(text, arch_context_get(&sender->context, CONTEXT_SPSR_INDEX));
    put(text, sender->fault.w[0]);
    put(text, sender->fault.w[1]);
}

static void put_timeout(struct text *text, const struct thread *sender)
{
    put(text, sender->fault.w[0]);
    if (sender->sc)
        put(text, sched_context_take_consumed_us(sender->sc));
}

static void put_vm_fault(struct text *text, const struct thread *sender)
{
    put(text, sender->context.fault_pc);
    put(text, sender->fault.w[0]);
    put(text, sender->fault.instruction);
    put(text, sender->fault.w[1]);
}

word_t fault_write_message(struct thread *sender, struct thread *receiver)
{
    struct text text = {receiver, message_buffer(receiver, true), 0};
    switch (sender->fault.label) {
    case FAULT_CAP: put_cap_fault(&text, sender); break;
    case FAULT_UNKNOWN_SYSCALL: put_unknown_syscall(&text, sender); break;
    case FAULT_USER_EXCEPTION: put_user_exception(&text, sender); break;
    case FAULT_TIMEOUT: put_timeout(&text, sender); break;
    case FAULT_VM: put_vm_fault(&text, sender); break;
    }
    return info_make(sender->fault.label, 0, 0, text.length);
}

/* ---- replies ---- */

/* Message word i goes to register map[i] of seL4_UserContext; NO_REGISTER: nowhere. */
enum { NO_REGISTER = 0xff, TIMEOUT_WORDS = 34 };
static const uint8_t unknown_syscall_map[] = {3, 4, 5, 6, 7, 8, 9, 10, CONTEXT_PC_INDEX, CONTEXT_SP_INDEX, NO_REGISTER, CONTEXT_SPSR_INDEX};
static const uint8_t user_exception_map[] = {CONTEXT_PC_INDEX, CONTEXT_SP_INDEX, CONTEXT_SPSR_INDEX};

static void write_registers(struct thread *thread, struct thread *replier, word_t length, const uint8_t *map, unsigned n)
{
    const word_t *buffer = message_buffer(replier, false);
    for (unsigned i = 0; i < n && i < length && (i < MESSAGE_REGISTERS || buffer); i++) {
        unsigned index = map ? map[i] : i;
        if (index != NO_REGISTER)
            arch_context_set(&thread->context, index, message_read(replier, buffer, i));
    }
}

bool fault_apply_reply(struct thread *thread, struct thread *replier, word_t info)
{
    uint32_t label = thread->fault.label;
    thread->fault.label = FAULT_NONE;
    switch (label) {
    case FAULT_UNKNOWN_SYSCALL:
        write_registers(thread, replier, info_length(info), unknown_syscall_map, ARRAY_SIZE(unknown_syscall_map));
        break;
    case FAULT_USER_EXCEPTION:
        write_registers(thread, replier, info_length(info), user_exception_map, ARRAY_SIZE(user_exception_map));
        break;
    case FAULT_TIMEOUT:
        write_registers(thread, replier, info_length(info), NULL, TIMEOUT_WORDS);
        break;
    default: /* the access or system call is done again, whatever the reply says */
        return true;
    }
    return info_label(info) == 0;
}

/* ---- entry ---- */

static struct thread *enter_with_fault(struct thread *current, struct fault fault)
{
    if (sched_enter()) {
        current->fault = fault;
        fault_raise(current);
    } else {
        sched_out_of_budget();
    }
    return schedule();
}

struct thread *entry_vm_fault(struct thread *current, va_t va, word_t status, bool instruction)
{
    return fastpath_vm_fault(current, va, status, instruction);
}

struct thread *vm_fault_general(struct thread *current, va_t va, word_t status, bool instruction)
{
    return enter_with_fault(current, (struct fault){.label = FAULT_VM, .instruction = instruction, .w = {va, status}});
}

struct thread *entry_user_exception(struct thread *current, word_t number, word_t code)
{
    return enter_with_fault(current, (struct fault){.label = FAULT_USER_EXCEPTION, .w = {number, code}});
}
