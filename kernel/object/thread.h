/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads (TCB objects): registers, capability slots, what they wait for, how they are scheduled.
 * A TCB object is 2 KiB; struct thread fits into it.
 */
#ifndef KERNEL_OBJECT_THREAD_H
#define KERNEL_OBJECT_THREAD_H

#include "arch.h"
#include "object/cap.h"

#define THREAD_BITS 11

enum thread_state {
    THREAD_INACTIVE = 0,
    THREAD_RUNNING,         /* wants the CPU; in a ready queue only if it has a context with budget */
    THREAD_RESTART,         /* as RUNNING, but continues at fault_pc: the interrupted system call or instruction is done again */
    THREAD_BLOCKED_RECEIVE, /* on endpoint `blocked_on` */
    THREAD_BLOCKED_SEND,
    THREAD_BLOCKED_REPLY,   /* waits on `reply` */
    THREAD_BLOCKED_NOTIFICATION,
};

enum thread_slot { THREAD_SLOT_CSPACE, THREAD_SLOT_VSPACE, THREAD_SLOT_BUFFER, THREAD_SLOT_FAULT, THREAD_SLOT_TIMEOUT, THREAD_SLOTS };

struct lookup_failure { /* description of a failed capability lookup, ABI section 4 */
    uint64_t kind;      /* 1..4; 0 = none */
    uint64_t w[3];
};

struct fault {
    uint32_t label;  /* 0 none, else 1..6 as in the message */
    bool in_receive; /* CapFault: receive phase */
    bool instruction; /* VMFault: of an instruction fetch */
    word_t w[2];     /* CapFault: address; UnknownSyscall: number; UserException: number, code; VMFault: address, status */
    struct lookup_failure lookup; /* CapFault */
};

struct thread {
    struct arch_context context; /* first: the entry code relies on it */

    enum thread_state state;
    uint8_t priority;
    uint8_t mcp;
    uint8_t domain;
    uint8_t flags;            /* bit 0 FPU disabled */
    bool in_ready_queue;
    bool in_release_queue;
    bool fpu_live;            /* for arch/: its FP registers are in the CPU */

    /* Scheduling. */
    struct sched_context *sc;
    struct sched_context *yield_to; /* context it yielded to and whose consumption it still has to report */
    struct thread *ready_next, *ready_prev; /* of the ready or the release queue */

    /* Waiting: place in the queue of an endpoint or notification; what was sent, as of the send. */
    struct thread *queue_next, *queue_prev;
    void *blocked_on;         /* endpoint or notification */
    word_t send_badge;
    bool send_is_call, send_can_grant, send_can_grant_reply;
    bool send_no_donation;    /* a timeout fault: the handler does not run on this thread's context */
    struct reply *reply;      /* BLOCKED_RECEIVE: reply object given; BLOCKED_REPLY: the one it waits on */

    /* The first CNode of the CSpace: thread_first_slot(). Valid while quick_word is the second word of the capability in SLOT_CSPACE;
     * n_quick is 0 if there is none. */
    uint64_t quick_word;
    word_t quick_first, n_quick; /* its slots, by the upper bits of an address ... */
    word_t quick_shift;          /* ... which are those from this one up */
    struct slot *quick_slots;
    struct asid_entry *space; /* what vspace_entry() would give, if space_epoch is the CPU's */
    uint64_t space_epoch;     /* 0: not known, or NULL */
    uint64_t switch_key;      /* what arch_switch_directly() wants for `space`, if switch_epoch is the CPU's space_epoch: the thread ran in this epoch */
    uint64_t switch_epoch;

    struct notification *bound_notification;
    /* The IPC buffer: message_buffer(). Valid while buffer_word is the second word of the capability in SLOT_BUFFER. */
    word_t *buffer;           /* in the kernel window; NULL: none that can be read */
    uint64_t buffer_word;
    bool buffer_writable;
    struct slot slots[THREAD_SLOTS];
    struct fault fault;
    _Alignas(16) struct arch_fpu fpu;
    char name[32];            /* DebugNameThread */
};
_Static_assert(sizeof(struct thread) <= (1 << THREAD_BITS), "a TCB object is 2 KiB");

#define THREAD_FLAG_FPU_DISABLED 1

static inline bool thread_is_runnable(const struct thread *t) { return t->state == THREAD_RUNNING || t->state == THREAD_RESTART; }
static inline bool thread_is_blocked(const struct thread *t) { return t->state >= THREAD_BLOCKED_RECEIVE; }

struct invocation;
struct error;

/* cnode_quick_slot: the slot of the low `bits` bits of an address, when the CNode's guard and index take all of them. False: look properly. */
static inline bool cnode_quick_slot(const struct cap *cnode, word_t address, word_t bits, struct slot **slot)
{
    unsigned radix = cnode->cnode.radix;
    word_t rest = address << (64 - bits) >> (64 - bits);
    *slot = (struct slot *)CAP_OBJECT(cnode->cnode) + (rest & MASK(radix));
    return likely(cnode->cnode.guard_size + radix == bits && rest >> radix == cnode->cnode.guard);
}
/* thread_first_slot: where the first CNode of the CSpace leads for cptr: to its slot, unless another CNode is there. */
static inline bool thread_first_slot(const struct thread *t, word_t cptr, struct slot **slot)
{
    word_t index = (cptr >> t->quick_shift) - t->quick_first;
    *slot = t->quick_slots + index;
    return likely(t->slots[THREAD_SLOT_CSPACE].cap.w[1] == t->quick_word && index < t->n_quick);
}
/* thread_quick_slot: the slot of cptr, when one CNode leads to it, or two and the second one takes all that the first leaves. */
static inline bool thread_quick_slot(const struct thread *t, word_t cptr, struct slot **slot)
{
    if (!thread_first_slot(t, cptr, slot))
        return false;
    return likely(t->quick_shift == 0 || (*slot)->cap.type != CAP_CNODE) || cnode_quick_slot(&(*slot)->cap, cptr, t->quick_shift, slot);
}
/* thread_learn_cspace: bring the quick_ fields up to date. */
void thread_learn_cspace(struct thread *thread);

/* thread_set_buffer: the IPC buffer is at user address va (0: none) in the frame of SLOT_BUFFER, which has its capability already: that is, at va mod the
 * frame's size. A device or a frame without the right to read is as good as none. */
void thread_set_buffer(struct thread *thread, va_t va);

/* thread_init: zeroed memory becomes an inactive thread. */
void thread_init(struct thread *thread);
/* thread_destroy: the last capability is gone (its own slots still hold theirs): unbound from everything and inactive. */
void thread_destroy(struct thread *thread);
/* thread_make_runnable: start it at its pc (boot). */
void thread_make_runnable(struct thread *thread);
/* thread_suspend: whatever it waits for is cancelled; inactive. If it was running it goes on later after its last instruction. */
void thread_suspend(struct thread *thread);
/* thread_resume: an inactive or blocked thread goes on at fault_pc: a system call that it was blocked in is done again. No effect on
 * others. */
void thread_resume(struct thread *thread);
/* thread_cancel_wait: leave the queue or reply object that it is blocked in; a fault is forgotten. The caller sets the new state. */
void thread_cancel_wait(struct thread *thread);
/* thread_restart_or_stop: its wait in a queue ends without success: does its system call again, or is inactive if it waited with a fault. */
void thread_restart_or_stop(struct thread *thread);
/* thread_set_priority: takes effect at once, also in the queue that it waits in. */
void thread_set_priority(struct thread *thread, uint8_t priority);
/* tcb_invoke: an invocation of a thread capability (tcb.c). */
struct error tcb_invoke(struct invocation *inv);

#endif
