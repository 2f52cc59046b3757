/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads that do anything: every kernel entry is a random system call, fault or interrupt of whichever thread the kernel chose to run,
 * with capabilities, labels and words that are mostly sensible. After every few entries everything that the kernel's structures promise
 * about each other is checked (kernel/state_check.c).
 *
 * Environment: RANDOM_SEED=N RANDOM_STEPS=N repeat or lengthen a run; each failure names its seed and step. RANDOM_CHECK_EVERY=1 finds
 * the very step.
 */
#include "host_kernel.h"
#include "random_runs.h"

#include "cpu.h"
#include "entry/entry.h"
#include "object/cnode.h"
#include "object/endpoint.h"
#include "object/notification.h"
#include "object/reply.h"
#include "object/sched_context.h"
#include "sched/refill.h"
#include "sched/sched.h"
#include "state_check.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 7, ENDPOINTS = 3, NOTIFICATIONS = 3, REPLIES = 7, CONTEXTS = 4, BADGED = 8, CONTEXT_BITS = 8 };

/* Slots of the root CNode, which is the CSpace of all threads. [0] of threads and contexts are the root task's own. */
static struct objects {
    word_t thread[THREADS], thread_memory[THREADS];
    word_t endpoint[ENDPOINTS], endpoint_memory[ENDPOINTS];
    word_t notification[NOTIFICATIONS], notification_memory[NOTIFICATIONS];
    word_t reply[REPLIES], reply_memory[REPLIES];
    word_t context[CONTEXTS], context_memory[CONTEXTS];
    word_t badged[BADGED]; /* of endpoints and notifications, with all kinds of rights */
    word_t buffer[THREADS];
    word_t cnode, empty, sched_control, receive_slot;
} o;

/* The root task's own objects must never go away entirely, or nobody could be woken any more. */
static struct sched_context *root_context;

static uint64_t seed, first_seed, step;

static uint64_t random_below(uint64_t n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (seed >> 33) % n;
}
#define ONE_OF(array) ((array)[random_below(ARRAY_SIZE(array))])
/* ck_assert reports each success to the parent process: too slow for millions of them. */
#define CHECK(cond)                                                                                                        \
    do {                                                                                                                   \
        if (!(cond))                                                                                                       \
            ck_abort_msg("seed %lu step %lu: %s", (unsigned long)first_seed, (unsigned long)step, #cond);                  \
    } while (0)

/* ---- what must hold ---- */

static struct slot *root_slots;

static void *object_in(word_t slot, enum cap_type type)
{
    const struct cap *cap = &root_slots[slot].cap;
    return cap_type(cap) == type ? CAP_OBJECT(cap->thread) : NULL;
}

static void check_deadline(void)
{
    const struct cpu *cpu = this_cpu();
    CHECK(host.deadline <= cpu->release_at);
    CHECK(!cpu->sc || host.deadline <= cpu->accounted_at + refill_first_const(cpu->sc)->amount);
}

/* A broken invariant ends the kernel, and with it this process. */
static void tell_step(int signal_number)
{
    (void)signal_number;
    fprintf(stderr, "seed %lu step %lu\n", (unsigned long)first_seed, (unsigned long)step);
}

/* ---- setting up ---- */

static void make_into(word_t *memory, word_t *slot, word_t type, unsigned memory_bits, word_t size_bits)
{
    *memory = untyped_of(memory_bits);
    *slot = free_slot();
    EXPECT_OK(retype(*memory, type, size_bits, *slot, 1));
}

static void make_badged(void)
{
    static const word_t rights[] = {RIGHTS_ALL, RIGHTS_ALL, RIGHT_WRITE | RIGHT_GRANT, RIGHT_WRITE | RIGHT_GRANT_REPLY, RIGHT_WRITE, RIGHT_READ};
    for (unsigned i = 0; i < BADGED; i++) {
        word_t from = i < BADGED / 2 ? o.endpoint[i % ENDPOINTS] : o.notification[i % NOTIFICATIONS];
        o.badged[i] = free_slot();
        EXPECT_OK(cnode_mint(o.badged[i], from, rights[i % ARRAY_SIZE(rights)], 1 + i));
    }
}

static void configure_thread(unsigned i, word_t handler)
{
    static const word_t priorities[] = {15, 10, 20, 20, 20, 30, 30};
    EXPECT_OK(CALL(o.thread[i], LABEL_TCB_CONFIGURE, CAPS(SLOT_INITIAL_CNODE, SLOT_INITIAL_VSPACE, o.buffer[i]), 0, 0, 0x10000));
    EXPECT_OK(CALL(o.thread[i], LABEL_TCB_SET_SCHED_PARAMS, CAPS(SLOT_INITIAL_THREAD, o.empty, handler), 100, priorities[i]));
}

static void start(void)
{
    kernel_boot();
    root_slots = slot_of(0);
    o.empty = free_slot();
    o.receive_slot = free_slot();
    o.cnode = SLOT_INITIAL_CNODE;
    o.sched_control = bootinfo->sched_control.start;
    o.thread[0] = SLOT_INITIAL_THREAD;
    o.context[0] = SLOT_INITIAL_SCHED_CONTEXT;
    root_context = root_thread->sc;
    for (unsigned i = 0; i < ENDPOINTS; i++)
        make_into(&o.endpoint_memory[i], &o.endpoint[i], OBJECT_ENDPOINT, 4, 0);
    for (unsigned i = 0; i < NOTIFICATIONS; i++)
        make_into(&o.notification_memory[i], &o.notification[i], OBJECT_NOTIFICATION, 6, 0);
    for (unsigned i = 0; i < REPLIES; i++)
        make_into(&o.reply_memory[i], &o.reply[i], OBJECT_REPLY, 5, 0);
    make_badged();
    for (unsigned i = 1; i < CONTEXTS; i++)
        make_into(&o.context_memory[i], &o.context[i], OBJECT_SCHED_CONTEXT, CONTEXT_BITS, CONTEXT_BITS);
    for (unsigned i = 1; i < THREADS; i++) {
        make_into(&o.thread_memory[i], &o.thread[i], OBJECT_TCB, 11, 0);
        o.buffer[i] = make(OBJECT_SMALL_PAGE, 0);
        configure_thread(i, i < 3 ? o.empty : o.endpoint[i % ENDPOINTS]);
    }
}

/* ---- doing something ---- */

static word_t random_thread(void) { return ONE_OF(o.thread); }
static word_t random_context(void) { return ONE_OF(o.context); }
static word_t random_handler(void) { return random_below(3) ? ONE_OF(o.endpoint) : random_below(3) ? ONE_OF(o.badged) : o.empty; }

static word_t random_cptr(void)
{
    switch (random_below(12)) {
    case 0: return random_thread();
    case 1: return random_context();
    case 2: return o.empty;
    case 3: case 4: return ONE_OF(o.notification);
    case 5: case 6: return ONE_OF(o.reply);
    case 7: case 8: return ONE_OF(o.badged);
    default: return ONE_OF(o.endpoint);
    }
}

struct message {
    word_t cptr, label;
    unsigned n_words, n_caps;
    word_t words[8], caps[3];
};

static struct message thread_message(void)
{
    switch (random_below(18)) {
    case 15: case 16: case 17: /* as 1 */
    case 1: case 2: case 3: return (struct message){random_thread(), LABEL_TCB_RESUME, 0, 0, {0}, {0}};
    case 0: return (struct message){random_thread(), LABEL_TCB_SUSPEND, 0, 0, {0}, {0}};
    case 4: return (struct message){random_thread(), LABEL_TCB_SET_PRIORITY, 1, 1, {random_below(40)}, {SLOT_INITIAL_THREAD}};
    case 5: case 6: case 7:
        return (struct message){random_thread(), LABEL_TCB_SET_SCHED_PARAMS, 2, 3, {255, random_below(40)},
                                {SLOT_INITIAL_THREAD, random_below(4) ? random_context() : o.empty, random_handler()}};
    case 8: return (struct message){random_thread(), LABEL_TCB_SET_TIMEOUT_ENDPOINT, 0, 1, {0}, {random_handler()}};
    case 9: return (struct message){random_thread(), LABEL_TCB_BIND_NOTIFICATION, 0, 1, {0}, {ONE_OF(o.notification)}};
    case 10: return (struct message){random_thread(), LABEL_TCB_UNBIND_NOTIFICATION, 0, 0, {0}, {0}};
    case 11: return (struct message){random_thread(), LABEL_TCB_READ_REGISTERS, 2, 0, {random_below(2), 4}, {0}};
    case 12: return (struct message){random_thread(), LABEL_TCB_WRITE_REGISTERS, 4, 0, {random_below(2), 2, 0x1000, 0x2000}, {0}};
    case 13: return (struct message){random_thread(), LABEL_TCB_COPY_REGISTERS, 1, 1, {random_below(16)}, {random_thread()}};
    default: return (struct message){random_thread(), LABEL_TCB_SET_FLAGS, 2, 0, {random_below(2), random_below(2)}, {0}};
    }
}

static struct message context_message(void)
{
    word_t object = random_below(2) ? random_thread() : ONE_OF(o.notification);
    switch (random_below(11)) {
    case 9: case 10: /* as 3 */
    case 3: case 4: return (struct message){random_context(), LABEL_SCHED_CONTEXT_BIND, 0, 1, {0}, {object}};
    case 0: case 1: case 2: {
        word_t budget = 30 + random_below(500), period = random_below(3) ? budget + random_below(1000) : budget;
        return (struct message){o.sched_control, LABEL_SCHED_CONTROL_CONFIGURE_FLAGS, 5, 1, {budget, period, random_below(5), 7,
                random_below(2)},
                                {random_context()}};
    }
    case 5: return (struct message){random_context(), LABEL_SCHED_CONTEXT_UNBIND, 0, 0, {0}, {0}};
    case 6: return (struct message){random_context(), LABEL_SCHED_CONTEXT_UNBIND_OBJECT, 0, 1, {0}, {object}};
    case 7: return (struct message){random_context(), LABEL_SCHED_CONTEXT_CONSUMED, 0, 0, {0}, {0}};
    default: return (struct message){random_context(), LABEL_SCHED_CONTEXT_YIELD_TO, 0, 0, {0}, {0}};
    }
}

/* Revoke memory or retype it again; badged capabilities that went away with an object come back from time to time. */
static struct message memory_message(void)
{
    unsigned i;
    struct { word_t memory, slot, type, size_bits; } choice[] = {
        {o.endpoint_memory[i = random_below(ENDPOINTS)], o.endpoint[i], OBJECT_ENDPOINT, 0},
        {o.notification_memory[i = random_below(NOTIFICATIONS)], o.notification[i], OBJECT_NOTIFICATION, 0},
        {o.reply_memory[i = random_below(REPLIES)], o.reply[i], OBJECT_REPLY, 0},
        {o.context_memory[i = 1 + random_below(CONTEXTS - 1)], o.context[i], OBJECT_SCHED_CONTEXT, CONTEXT_BITS},
        {o.thread_memory[i = 1 + random_below(THREADS - 1)], o.thread[i], OBJECT_TCB, 0},
    };
    unsigned c = random_below(random_below(4) ? 5 : 4);
    switch (random_below(8)) {
    case 0: return (struct message){o.cnode, LABEL_CNODE_REVOKE, 2, 0, {choice[c].memory, 64}, {0}};
    case 1: return (struct message){o.cnode, LABEL_CNODE_DELETE, 2, 0, {choice[c].slot, 64}, {0}};
    case 2: return (struct message){o.cnode, LABEL_CNODE_CANCEL_BADGED_SENDS, 2, 0, {ONE_OF(o.badged), 64}, {0}};
    case 3:
        return (struct message){o.cnode, LABEL_CNODE_MINT, 6, 1, {ONE_OF(o.badged), 64, ONE_OF(o.endpoint), 64, RIGHTS_ALL,
                random_below(3)}, {o.cnode}};
    case 4: return (struct message){o.cnode, LABEL_CNODE_DELETE, 2, 0, {o.receive_slot, 64}, {0}};
    default:
        return (struct message){choice[c].memory, LABEL_UNTYPED_RETYPE, 6, 1, {choice[c].type, choice[c].size_bits, 0, 0, choice[c].slot,
                1}, {o.cnode}};
    }
}

/* Something that gets more threads running, so that they meet. */
static struct message helpful_message(void)
{
    unsigned i = 1 + random_below(THREADS - 1), j = 1 + random_below(CONTEXTS - 1);
    const struct thread *t = object_in(o.thread[i], CAP_THREAD);
    const struct sched_context *sc = object_in(o.context[j], CAP_SCHED_CONTEXT);
    if (!t)
        return (struct message){o.thread_memory[i], LABEL_UNTYPED_RETYPE, 6, 1, {OBJECT_TCB, 0, 0, 0, o.thread[i], 1}, {o.cnode}};
    if (!sc)
        return (struct message){o.context_memory[j], LABEL_UNTYPED_RETYPE, 6, 1, {OBJECT_SCHED_CONTEXT, CONTEXT_BITS, 0, 0, o.context[j],
                1}, {o.cnode}};
    if (!sched_context_is_configured(sc))
        return (struct message){o.sched_control, LABEL_SCHED_CONTROL_CONFIGURE_FLAGS, 5, 1, {100, random_below(2) ? 100 : 400, 3, 7,
                random_below(2)}, {o.context[j]}};
    if (!t->sc && thread_is_runnable(t) && sc->thread && sc->thread->state == THREAD_BLOCKED_RECEIVE) /* which becomes a passive server */
        return (struct message){o.context[j], LABEL_SCHED_CONTEXT_UNBIND, 0, 0, {0}, {0}};
    if (!t->sc && !sc->thread && thread_is_runnable(t))
        return (struct message){o.context[j], LABEL_SCHED_CONTEXT_BIND, 0, 1, {0}, {o.thread[i]}};
    return (struct message){o.thread[i], LABEL_TCB_RESUME, 0, 0, {0}, {0}};
}

static struct message data_message(void)
{
    struct message m = {random_cptr(), random_below(3), (unsigned)random_below(8), (unsigned)random_below(3), {0}, {0}};
    for (unsigned i = 0; i < 3; i++)
        m.caps[i] = random_cptr();
    return m;
}

/* TCBs that were made again have no CSpace: give them one, so that they take part. Done from outside, as a debugger would. */
static void furnish_threads(void)
{
    for (unsigned i = 1; i < THREADS; i++) {
        struct thread *t = object_in(o.thread[i], CAP_THREAD);
        if (!t || !slot_is_empty(&t->slots[THREAD_SLOT_CSPACE]))
            continue;
        struct cap cap;
        slot_insert_copy(&root_slots[SLOT_INITIAL_CNODE], &t->slots[THREAD_SLOT_CSPACE], root_slots[SLOT_INITIAL_CNODE].cap);
        slot_insert_copy(&root_slots[SLOT_INITIAL_VSPACE], &t->slots[THREAD_SLOT_VSPACE], root_slots[SLOT_INITIAL_VSPACE].cap);
        CHECK(cap_derive(&root_slots[o.buffer[i]], &cap).code == ERR_NONE);
        slot_insert_copy(&root_slots[o.buffer[i]], &t->slots[THREAD_SLOT_BUFFER], cap);
        thread_set_buffer(t, 0x10000);
        t->priority = (uint8_t)(10 + random_below(30));
        t->mcp = 255;
    }
}

static unsigned index_of(const struct thread *t)
{
    for (unsigned i = 0; i < THREADS; i++)
        if (object_in(o.thread[i], CAP_THREAD) == t)
            return i;
    return 0;
}

/* Most threads are clients and servers of each other most of the time: otherwise calls would hardly ever nest. */
static void play_a_part(struct thread *t)
{
    static const int receives[] = {-7, -2, -2, -2, -3};
    struct arch_context *c = &t->context;
    unsigned i = index_of(t);
    c->x[6] = o.reply[i];
    if (random_below(2)) {
        c->x[0] = o.endpoint[i % ENDPOINTS];
        c->x[7] = (word_t)(int64_t)ONE_OF(receives);
    } else {
        c->x[0] = o.endpoint[(i + 1 + random_below(ENDPOINTS - 1)) % ENDPOINTS];
        c->x[7] = (word_t)-1;
    }
}

static struct thread *random_syscall(struct thread *t)
{
    static const int numbers[] = {-1, -1, -1, -1, -1, -2, -2, -2, -3, -3, -4, -5, -5, -6, -7, -7, -7, -8, -9, -9, -10, -11, -40};
    struct arch_context *c = &t->context;
    struct message m = data_message();
    bool help = t == root_thread ? random_below(3) > 0 : random_below(10) == 0, invoke = help || random_below(4) == 0;
    if (help)
        m = helpful_message();
    else if (invoke)
        m = random_below(12) == 0 ? memory_message() : random_below(2) ? thread_message() : context_message();
    word_t *buffer = message_buffer(t, true);
    if (buffer) {
        for (unsigned i = 0; i < m.n_caps; i++)
            buffer[BUFFER_CAPS + i] = m.caps[i];
        buffer[BUFFER_RECEIVE_CNODE] = o.cnode;
        buffer[BUFFER_RECEIVE_INDEX] = o.receive_slot;
        buffer[BUFFER_RECEIVE_DEPTH] = 64;
    }
    for (unsigned i = 0; i < m.n_words; i++)
        message_write(t, buffer, i, m.words[i]);
    c->x[0] = m.cptr;
    c->x[1] = info_make(m.label, 0, m.n_caps, m.n_words);
    c->x[6] = ONE_OF(o.reply);
    c->x[7] = (word_t)(int64_t)(invoke ? -1 - 4 * (int)random_below(2) : ONE_OF(numbers));
    c->x[8] = random_cptr();
    if (!invoke && random_below(4))
        play_a_part(t);
    return entry_syscall(t);
}

/* Nobody can run and no deadline is set: the root task gets going again, by means of its own. */
static struct thread *rescue(void)
{
    (void)sched_enter();
    thread_suspend(root_thread);
    if (root_thread->sc != root_context) {
        if (root_thread->sc)
            sched_context_unbind_thread(root_thread->sc);
        sched_context_unbind_thread(root_context);
        sched_context_bind_thread(root_context, root_thread);
    }
    ticks_t slice = ticks_from_us(1000);
    sched_context_configure(root_context, slice, slice, REFILLS_MIN, 0, false);
    thread_resume(root_thread);
    return schedule();
}

static void one_step(void)
{
    struct thread *current = this_cpu()->current;
    host.now += random_below(10) ? random_below(2000) : random_below(60000);
    if (!current) {
        if (host.deadline == UINT64_MAX) {
            rescue();
            return;
        }
        if (host.now < host.deadline)
            host.now = host.deadline;
        entry_interrupt();
        return;
    }
    struct arch_context *c = &current->context;
    c->pc = 0x2000;
    c->fault_pc = 0x2000;
    if (host.now >= host.deadline && random_below(4)) {
        entry_interrupt();
    } else if (random_below(15) == 0) {
        entry_vm_fault(current, 0x123000, 0x92000047, false);
    } else if (random_below(30) == 0) {
        entry_user_exception(current, 0x02000000, 0);
    } else {
        c->fault_pc = 0x1ffc;
        random_syscall(current);
    }
}

START_TEST(random_entries_keep_all_promises)
{
    first_seed = seed = from_environment("RANDOM_SEED", 1) + (uint64_t)_i;
    signal(SIGABRT, tell_step);
    start();
    host.pending_every = 5;
    uint64_t steps = from_environment("RANDOM_STEPS", 60000), check_every = from_environment("RANDOM_CHECK_EVERY", 20);
    for (step = 0; step < steps; step++) {
        one_step();
        furnish_threads();
        check_deadline();
        if (step % check_every == 0)
            kernel_check(step % 1000 == 0 ? 1 : 512);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("random");
    TCase *t = tcase_create("random");
    tcase_add_loop_test(t, random_entries_keep_all_promises, 0, 8);
    tcase_set_timeout(t, 300);
    suite_add_tcase(s, t);
    return s;
}

int main(void) { return kernel_run_tests(suite()); }
