/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which thread runs.
 *
 * A thread is runnable when its state is RUNNING or RESTART, and schedulable when it also has a configured scheduling context that is not
 * waiting for a refill. Schedulable threads other than the current one stand in the ready queue of their priority, or are cpu->woken:
 * the one thread woken in this kernel entry, kept out of the queues because most often it runs next. Threads that wait for a refill stand
 * in the release queue, by time. Everything takes constant time, except the insertion into the release queue.
 */
#ifndef KERNEL_SCHED_H
#define KERNEL_SCHED_H

#include "object/thread.h"

struct sched_context;

/* sched_init: empty queues; reads the timer's frequency. After arch_init, before the first thread. */
void sched_init(void);

/* schedule: end of a kernel entry: charge the time used, choose the next thread, make it current, put its space and FP state in
 * place, arm the timer. NULL: nothing to run. */
NOINLINE struct thread *schedule(void);

/* sched_start: first thread at the end of boot; as schedule(), but time counts from now. */
struct thread *sched_start(void);

/* sched_wake: the thread has become runnable: switch to it at the end of this entry if its priority says so; wait for its refill if it
 * has no budget; nothing if it has no context. */
void sched_wake(struct thread *thread);
/* sched_enqueue_first/last: stand in the ready queue, ahead of or behind the threads of the same priority; the current thread may do so
 * too. */
void sched_enqueue_first(struct thread *thread);
void sched_enqueue_last(struct thread *thread);
/* sched_pass: a thread that is ready, not the current one, lets those of the same priority go first. No effect on one that is not. */
void sched_pass(struct thread *thread);
/* sched_remove: leave every queue (not the CPU). Harmless when in none. */
void sched_remove(struct thread *thread);
/* sched_wait_for_refill: stand in the release queue until the first refill's time. */
void sched_wait_for_refill(struct thread *thread);
/* sched_request: let the queues decide at the end of this entry, even if the current thread could go on. */
void sched_request(void);
/* sched_set_priority: of a thread in no wait queue (thread_set_priority knows about those). */
void sched_set_priority(struct thread *thread, uint8_t priority);

/* sched_is_schedulable: see above. */
bool sched_is_schedulable(const struct thread *thread);

/* sched_enter: start of a kernel entry: take the time; has the current thread budget enough to do anything? */
bool sched_enter(void);
/* sched_out_of_budget: the current thread's first refill is used up: timeout fault, or the back of the queue, or wait for a refill. */
void sched_out_of_budget(void);
/* sched_charge: charge the current scheduling context up to now. */
void sched_charge(void);
/* sched_forget_context: it is destroyed or configured anew: if it is the current one, charge it and charge it no more. */
void sched_forget_context(struct sched_context *sc);
/* sched_yield_current: the current thread gives up the rest of its first refill. */
void sched_yield_current(void);
/* sched_timer_fired: the deadline has passed: schedule() must set a new one, or the interrupt comes again at once. */
void sched_timer_fired(void);
/* sched_budget_changed: the current context has been configured anew: look at the deadline again. */
void sched_budget_changed(void);

/* Units of time. User microseconds become ticks with truncation. */
ticks_t ticks_from_us(uint64_t us);
uint64_t ticks_to_us(ticks_t ticks);
uint64_t sched_max_period_us(void);
ticks_t sched_min_budget(void);
enum { KERNEL_WCET_US = 10, MIN_BUDGET_US = 2 * KERNEL_WCET_US }; /* the ABI's figure: room for one entry and one exit */

#endif
