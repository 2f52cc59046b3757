/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ways into the kernel, as the architecture's vectors call them, and the pieces of kernel/entry/ that objects use.
 *
 * The vector saves the user registers into this_cpu()->current->context (pc and fault_pc included: after an svc pc is ELR and fault_pc
 * the instruction before; after a fault or an interrupt both are ELR), stays with interrupts masked on the kernel stack, and calls one
 * of the entry_ functions. Each returns the thread to continue, its address space and FP state already in place: restore its context and
 * eret. NULL: nothing to run, current is NULL and idle is set: wait for an interrupt (wfi with interrupts masked wakes up too) and call
 * entry_interrupt, until a thread comes back.
 */
#ifndef KERNEL_ENTRY_H
#define KERNEL_ENTRY_H

#include "object/error.h"
#include "object/thread.h"

struct endpoint;

enum syscall {
    SYSCALL_CALL = -1, /* vectors.S knows these two */
    SYSCALL_REPLY_RECV = -2,
    SYSCALL_NB_SEND_RECV = -3,
    SYSCALL_NB_SEND_WAIT = -4,
    SYSCALL_SEND = -5,
    SYSCALL_NB_SEND = -6,
    SYSCALL_RECV = -7,
    SYSCALL_NB_RECV = -8,
    SYSCALL_WAIT = -9,
    SYSCALL_NB_WAIT = -10,
    SYSCALL_YIELD = -11,
};

/* ---- called by arch/ ---- */
/* entry_syscall: svc by `current`; the number is in its syscall register. */
struct thread *entry_syscall(struct thread *current);
/* entry_vm_fault: data or instruction abort of EL0 that becomes a message. va: FAR_EL1 for data, the pc for instruction; status: ESR_EL1,
 * 32 bits. */
struct thread *entry_vm_fault(struct thread *current, va_t va, word_t status, bool instruction);
/* entry_user_exception: any other synchronous exception of EL0. number: ESR_EL1, 32 bits; code: 0. */
struct thread *entry_user_exception(struct thread *current, word_t number, word_t code);
/* entry_interrupt: IRQ from EL0, or while idle. Acknowledges and handles one interrupt. */
struct thread *entry_interrupt(void);

/* ---- general paths, when the fast ones do not apply (fastpath.h) ---- */
NOINLINE struct thread *syscall_general(struct thread *current);
NOINLINE struct thread *vm_fault_general(struct thread *current, va_t va, word_t status, bool instruction);

/* ---- faults (fault.c) ---- */
enum { /* labels of fault messages, seL4_Fault_tag */
    FAULT_NONE = 0,
    FAULT_CAP = 1,
    FAULT_UNKNOWN_SYSCALL = 2,
    FAULT_USER_EXCEPTION = 3,
    FAULT_TIMEOUT = 5,
    FAULT_VM = 6,
};
/* fault_raise: thread->fault is set: send it to the thread's fault handler; without a handler the thread becomes inactive. */
void fault_raise(struct thread *thread);
/* fault_raise_timeout: tell the timeout handler (which must exist: fault_has_timeout_handler) that the thread's budget is used up. Never
 * donates. */
void fault_raise_timeout(struct thread *thread);
bool fault_has_timeout_handler(const struct thread *thread);
/* fault_write_message: put the text of sender's fault into the receiver's message registers; returns the message info word. */
word_t fault_write_message(struct thread *sender, struct thread *receiver);
/* fault_apply_reply: use a reply to thread's fault, sent by `replier` with this message info; clears the fault. True: restart, false:
 * stay inactive. */
bool fault_apply_reply(struct thread *thread, struct thread *replier, word_t info);

/* ---- messages (message.c) ---- */
enum { MESSAGE_MAX_WORDS = 120, MESSAGE_REGISTERS = 4, MESSAGE_MAX_CAPS = 3 };
enum { /* places in the IPC buffer, in words */
    BUFFER_MESSAGE = 1,
    BUFFER_CAPS = 122,
    BUFFER_RECEIVE_CNODE = 125,
    BUFFER_RECEIVE_INDEX = 126,
    BUFFER_RECEIVE_DEPTH = 127,
};
/* Message info word. */
static inline word_t info_length(word_t info) { return (info & 0x7f) > MESSAGE_MAX_WORDS ? MESSAGE_MAX_WORDS : (info & 0x7f); }
static inline unsigned info_caps(word_t info) { return (unsigned)(info >> 7) & 3; }
static inline word_t info_label(word_t info) { return info >> 12; }
static inline word_t info_make(word_t label, word_t unwrapped, word_t caps, word_t length)
{
    return label << 12 | unwrapped << 9 | caps << 7 | length;
}
/* message_buffer: kernel address of the thread's IPC buffer, NULL if it has none that the kernel may read (and write, if `write`). */
static inline word_t *message_buffer(const struct thread *thread, bool write)
{
    bool there = likely(thread->slots[THREAD_SLOT_BUFFER].cap.w[1] == thread->buffer_word && (!write || thread->buffer_writable));
    return there ? thread->buffer : NULL;
}
/* message_transfer: copy the sender's message (or the text of its fault) to the receiver, with badge, and its extra capabilities if
 * `grant`.
 * `endpoint` is the one it goes through, NULL for replies: capabilities to it arrive as badges. Never fails; what does not fit is left
 * out. */
void message_transfer(struct thread *sender, struct endpoint *endpoint, word_t badge, bool grant, struct thread *receiver);
/* message_read: word i of what `thread` sent; its IPC buffer is `buffer` (NULL: words beyond the registers read as 0). */
word_t message_read(const struct thread *thread, const word_t *buffer, unsigned i);
/* message_write: give word i to `thread`; words beyond the registers go to `buffer` and are dropped when it is NULL. */
void message_write(struct thread *thread, word_t *buffer, unsigned i, word_t value);

/* ---- debug system calls (debug.c; debug builds only) ---- */
/* debug_syscall: handle debug call `number`; false: not one of them. */
#ifdef PAGODA_DEBUG
bool debug_syscall(struct thread *current, word_t number);
#else
static inline bool debug_syscall(struct thread *current, word_t number)
{
    (void)current, (void)number;
    return false;
}
#endif

/* ---- benchmark system calls (benchmark.c) ---- */
/* benchmark_init: shall they exist? */
void benchmark_init(bool enable);
/* benchmark_syscall: handle benchmark call `number`; false: not one of them, or they do not exist. */
bool benchmark_syscall(struct thread *current, word_t number);

#endif
