/* SPDX-License-Identifier: BSD-2-Clause */
/* Helper threads and the watchdog that ends a test which makes no progress. */
#include "harness.h"

#include <string.h>

#define STACK_BYTES 16384
#define TLS_BYTES 256
#define WATCHDOG (MAX_THREADS) /* index of its stack and buffer */

static struct thread threads[MAX_THREADS + 1];
static unsigned n_threads;
static char stacks[MAX_THREADS + 1][STACK_BYTES] __attribute__((aligned(4096)));
static seL4_IPCBuffer buffers[MAX_THREADS + 1] __attribute__((aligned(4096)));
static char tls[MAX_THREADS + 1][TLS_BYTES] __attribute__((aligned(64)));
_Static_assert(sizeof(seL4_IPCBuffer) == 1024, "four IPC buffers to a page");

static volatile unsigned long main_thread_pointer;
volatile unsigned long watchdog_progress;
void (*watchdog_recover)(void);

static unsigned long thread_pointer(void)
{
    unsigned long value;
    asm volatile("mrs %0, tpidr_el0" : "=r"(value));
    return value;
}

bool on_main_thread(void)
{
    return main_thread_pointer == 0 || thread_pointer() == main_thread_pointer;
}

/* The helper threads lie in an array: which one is running follows from its thread pointer. */
static struct thread *self(void)
{
    return &threads[(thread_pointer() - (unsigned long)tls) / TLS_BYTES];
}

seL4_CPtr sched_control(void)
{
    return boot_info->schedcontrol.start;
}

unsigned long image_base(void)
{
    return (unsigned long)boot_info->ipcBuffer - 4096 * (boot_info->userImageFrames.end - boot_info->userImageFrames.start);
}

/* The image ends where the IPC buffer's page begins, and there is one frame capability per page of it. */
seL4_CPtr image_frame(const void *va)
{
    return boot_info->userImageFrames.start + ((unsigned long)va - image_base()) / 4096;
}

/* Copy the initial image of the thread-local variables; linker symbols of root.ld. Returns the thread pointer. */
static unsigned long tls_init(char *block)
{
    extern char __tdata_source[], __tdata_size[], __tls_size[], __arm64_tls_tcb_offset[];
    unsigned long offset = (unsigned long)__arm64_tls_tcb_offset;
    EXPECT(offset + (unsigned long)__tls_size <= TLS_BYTES);
    memset(block, 0, TLS_BYTES);
    memcpy(block + offset, __tdata_source, (unsigned long)__tdata_size);
    return (unsigned long)block;
}

static void thread_end(struct thread *thread)
{
    thread->finished = true;
    seL4_Signal(thread->done);
    for (;;)
        seL4_TCB_Suspend(thread->tcb);
}

void thread_failed(void)
{
    thread_end(self());
    __builtin_unreachable();
}

static void thread_main(struct thread *thread, unsigned long (*function)(unsigned long), unsigned long argument)
{
    seL4_SetIPCBuffer(&buffers[thread->index]);
    thread->result = function(argument);
    thread_end(thread);
}

/* The registers with which a thread begins function(argument). */
static seL4_UserContext first_registers(struct thread *thread, unsigned long (*function)(unsigned long), unsigned long argument)
{
    seL4_UserContext context;
    memset(&context, 0, sizeof context);
    context.pc = (unsigned long)thread_main;
    context.sp = (unsigned long)stacks[thread->index] + STACK_BYTES;
    context.x0 = (unsigned long)thread;
    context.x1 = (unsigned long)function;
    context.x2 = argument;
    context.tpidr_el0 = tls_init(tls[thread->index]);
    return context;
}

static int thread_configure(struct thread *thread, unsigned priority, seL4_CPtr fault_endpoint)
{
    seL4_IPCBuffer *buffer = &buffers[thread->index];
    int error = seL4_TCB_Configure(thread->tcb, ROOT_CNODE, 0, OWN_VSPACE, 0, (unsigned long)buffer, image_frame(buffer));
    if (error == seL4_NoError)
        error = seL4_TCB_SetSchedParams(thread->tcb, OWN_TCB, priority, priority, thread->sc, fault_endpoint);
    return error;
}

static struct thread *thread_take(void)
{
    EXPECT(n_threads < MAX_THREADS);
    struct thread *thread = &threads[n_threads];
    memset(thread, 0, sizeof *thread);
    thread->index = n_threads++;
    thread->tcb = object_new(seL4_TCBObject, 0);
    thread->done = notification_new();
    return thread;
}

struct thread *thread_new_passive(unsigned priority)
{
    struct thread *thread = thread_take();
    EXPECT_OK(thread_configure(thread, priority, 0));
    return thread;
}

struct thread *thread_new_faulting(unsigned priority, seL4_CPtr fault_endpoint)
{
    struct thread *thread = thread_take();
    thread->sc = sched_context_new();
    EXPECT_OK(seL4_SchedControl_ConfigureFlags(sched_control(), thread->sc, 5000, 5000, 0, 0, 0));
    EXPECT_OK(thread_configure(thread, priority, fault_endpoint));
    return thread;
}

struct thread *thread_new(unsigned priority)
{
    return thread_new_faulting(priority, 0);
}

void thread_prepare(struct thread *thread, unsigned long (*function)(unsigned long), unsigned long argument)
{
    seL4_UserContext context = first_registers(thread, function, argument);
    thread->finished = false;
    EXPECT_OK(seL4_TCB_WriteRegisters(thread->tcb, 0, 0, SEL4_CONTEXT_WORDS, &context));
}

void thread_start(struct thread *thread, unsigned long (*function)(unsigned long), unsigned long argument)
{
    thread_prepare(thread, function, argument);
    EXPECT_OK(seL4_TCB_Resume(thread->tcb));
}

unsigned long thread_join(struct thread *thread)
{
    seL4_Wait(thread->done, NULL);
    EXPECT(thread->finished);
    return thread->result;
}

unsigned long thread_program_counter(struct thread *thread)
{
    seL4_UserContext context = {0};
    EXPECT_OK(seL4_TCB_ReadRegisters(thread->tcb, 0, 0, 1, &context));
    return context.pc;
}

void let_others_run(void)
{
    EXPECT_OK(seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, 1));
    EXPECT_OK(seL4_TCB_SetPriority(OWN_TCB, OWN_TCB, PRIORITY_MAIN));
}

void threads_reset(void)
{
    n_threads = 0;
    seL4_TCB_SetSchedParams(OWN_TCB, OWN_TCB, 255, PRIORITY_MAIN, OWN_SC, 0);
    seL4_TCB_UnbindNotification(OWN_TCB);
    seL4_SetCapReceivePath(0, 0, 0);
}

void threads_stop(void)
{
    for (unsigned i = 0; i < n_threads; i++)
        if (threads[i].tcb != 0)
            seL4_TCB_Suspend(threads[i].tcb);
}

/* Two periods without a new test: the main thread gets its scheduling context back and goes on in watchdog_recover. */
static void watchdog_bite(void)
{
    seL4_UserContext context;
    threads_stop();
    seL4_SchedContext_Unbind(OWN_SC);
    seL4_TCB_ReadRegisters(OWN_TCB, 1, 0, SEL4_CONTEXT_WORDS, &context);
    seL4_TCB_SetSchedParams(OWN_TCB, threads[WATCHDOG].tcb, 255, PRIORITY_MAIN, OWN_SC, 0);
    context.pc = (unsigned long)watchdog_recover;
    context.sp &= ~15ul;
    seL4_TCB_WriteRegisters(OWN_TCB, 1, 0, SEL4_CONTEXT_WORDS, &context);
}

static unsigned long watchdog_main(unsigned long argument)
{
    (void)argument;
    for (;;) {
        unsigned long before = watchdog_progress;
        seL4_Yield(); /* the rest of the period passes */
        seL4_Yield();
        if (watchdog_progress == before)
            watchdog_bite();
    }
    return 0;
}

void watchdog_start(void)
{
    struct thread *thread = &threads[WATCHDOG];
    thread->index = WATCHDOG;
    thread->tcb = persistent_object(seL4_TCBObject, 0);
    thread->sc = persistent_object(seL4_SchedContextObject, 8);
    main_thread_pointer = thread_pointer();
    seL4_SchedControl_ConfigureFlags(sched_control(), thread->sc, 2000, 4000000, 0, 0, 0);
    seL4_TCB_SetMCPriority(thread->tcb, OWN_TCB, 255);
    if (thread_configure(thread, PRIORITY_WATCHDOG, 0) != seL4_NoError)
        return;
    seL4_TCB_SetMCPriority(thread->tcb, OWN_TCB, 255);
    seL4_UserContext context = first_registers(thread, watchdog_main, 0);
    seL4_TCB_WriteRegisters(thread->tcb, 1, 0, SEL4_CONTEXT_WORDS, &context);
}
