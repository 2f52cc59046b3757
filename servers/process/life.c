/* SPDX-License-Identifier: BSD-2-Clause */
#include "life.h"
#include "image.h"
#include "report.h"
#include "start.h"
#include <loader/arguments.h>
#include <loader/thread.h>
#include <pagoda/layout.h>
#include <pagoda/startup.h>
#include <stddef.h>
#include <string.h>

#include "generated/console_client.h"
#include "generated/pager_client.h"
#include "generated/process_protocol.h"
#include "generated/process_server.h"

/* System processes are known by these numbers; pid 1 is the shell. */
enum { PID_SHELL = 1, PID_INIT, PID_PAGER, PID_CONSOLE, PID_PROCESS, PID_BLOCK };

#define CONSOLE_WRITE_MAX 900
#define SVC_BYTES 4 /* of the instruction that a caller waits in */

/* Slots of a process are found by the number of its space: of one that the pager keeps they keep what its thread is made of (space_retire). The pager gives the lowest number that is
 * free, so no more are in use than there are processes. */
_Static_assert((int)THREAD_SLOTS == PROCESS_SLOTS, "every process has its slots");
_Static_assert(((1 << PROCESS_CNODE_BITS_MAX) - PROCESS_CAP_REPLIES) / (PROCESS_SLOTS + 1) <= TABLE_PROCESSES, "the largest CNode has no more");
_Static_assert((int)PROCESS_RUNNING == PROCESS_STATE_RUNNING && (int)PROCESS_WAITING == PROCESS_STATE_WAITING
    && (int)PROCESS_ZOMBIE == PROCESS_STATE_ZOMBIE, "states are the protocol's");

struct table table;
static struct server *server;
static uint64_t owner;

static const struct thread_maker maker = {
    .cnode = LAYOUT_CAP_CNODE,
    .sched_control = PROCESS_CAP_SCHED_CONTROL,
    .authority = PROCESS_CAP_TCB,
    .pager = PROCESS_CAP_PAGER,
};

static seL4_CPtr slots_of(const struct process *process)
{
    return PROCESS_CAP_REPLIES + table.limit + (seL4_CPtr)process->space * THREAD_SLOTS;
}

static void add_system(uint64_t pid, const char *name, uint64_t space)
{
    struct process *p = table_add(&table, pid, 0, name);
    p->system = true;
    p->space = space;
}

void life_init(struct server *s, unsigned limit, uint64_t console_space, uint64_t process_space)
{
    server = s;
    table_init(&table, limit);
    add_system(PID_INIT, "init", 0);
    add_system(PID_PAGER, "pager", 0);
    add_system(PID_CONSOLE, "console", console_space);
    add_system(PID_PROCESS, "process", process_space);
    add_system(PID_BLOCK, "block", 0);
}

void life_say(const char *text, uint64_t length)
{
    while (length != 0) {
        uint64_t n = length < CONSOLE_WRITE_MAX ? length : CONSOLE_WRITE_MAX;
        if (console_write(LAYOUT_CAP_CONSOLE, text, n, NULL)) {
            return;
        }
        text += n;
        length -= n;
    }
}

uint64_t life_owner(void)
{
    return owner;
}

void life_set_owner(uint64_t pid)
{
    owner = pid;
    console_set_owner(PROCESS_CAP_CONSOLE, pid);
}

uint64_t life_cpu_us(struct process *process)
{
    seL4_CPtr sc = process->system ? PROCESS_CAP_SYSTEM_SC + (process->pid - PID_INIT) : slots_of(process) + THREAD_SCHED_CONTEXT;
    if (process->state != PROCESS_ZOMBIE) {
        seL4_SchedContext_Consumed_t used = seL4_SchedContext_Consumed(sc);
        process->cpu_us += used.error ? 0 : used.consumed;
    }
    return process->cpu_us;
}

/* ---- making threads ---- */

/* Endpoint caps of clients can call and nothing else: no receiving, no handing over of capabilities. */
static seL4_Error give_endpoint(const struct process *p, seL4_Word dest, seL4_CPtr source)
{
    seL4_Word badge = BADGE(p->observer ? BADGE_OBSERVER : BADGE_CLIENT, p->pid);
    return thread_give(&maker, slots_of(p), LAYOUT_CNODE_BITS, dest, source, seL4_CapRights_new(1, 0, 0, 1), badge);
}

/* The kernel information page, read-only at its fixed place: the table there exists, the IPC buffer needed it. The mapping goes with the
 * copy of the capability when the thread is destroyed. */
static seL4_Error map_kernel_info(const struct process *p)
{
    seL4_CPtr copy = slots_of(p) + THREAD_KINFO;
    seL4_Error failed = seL4_CNode_Copy(maker.cnode, copy, 64, maker.cnode, LAYOUT_CAP_KINFO, 64, seL4_CanRead);
    if (failed) {
        return failed;
    }
    return seL4_ARM_Page_Map(copy, slots_of(p) + THREAD_VSPACE, LAYOUT_KINFO_VA, seL4_CanRead,
        seL4_ARM_Default_VMAttributes | seL4_ARM_ExecuteNever);
}

/* renew_thread: of a space that was kept. It had an ordinary process; what is its own are two badges and what is left of its time. */
static seL4_Error renew_thread(const struct process *p)
{
    seL4_CPtr base = slots_of(p);
    seL4_Error failed = seL4_CNode_Delete(base + THREAD_CNODE, LAYOUT_CAP_PROCESS, LAYOUT_CNODE_BITS);
    if (!failed) {
        failed = seL4_CNode_Delete(base + THREAD_CNODE, LAYOUT_CAP_CONSOLE, LAYOUT_CNODE_BITS);
    }
    if (!failed) {
        failed = give_endpoint(p, LAYOUT_CAP_PROCESS, PROCESS_CAP_ENDPOINT);
    }
    if (!failed) {
        failed = give_endpoint(p, LAYOUT_CAP_CONSOLE, PROCESS_CAP_CONSOLE_ENDPOINT);
    }
    return failed ? failed : thread_slice(&maker, base);
}

static uint64_t make_thread(const struct process *p, bool kept)
{
    if (kept) {
        return renew_thread(p) ? PAGODA_ERR_NO_MEMORY : 0;
    }
    const struct thread_options options = {
        .space = p->space,
        .observer = p->observer,
        .priority = PRIORITY_PROGRAM,
        .max_priority = 0,
        .cnode_bits = LAYOUT_CNODE_BITS,
    };
    uint64_t error = thread_create(&maker, slots_of(p), &options);
    if (error) {
        return error;
    }
    seL4_Error failed = give_endpoint(p, LAYOUT_CAP_PROCESS, PROCESS_CAP_ENDPOINT);
    if (!failed) {
        failed = give_endpoint(p, LAYOUT_CAP_CONSOLE, PROCESS_CAP_CONSOLE_ENDPOINT);
    }
    if (!failed && p->observer) {
        failed = thread_copy(&maker, slots_of(p), LAYOUT_CNODE_BITS, LAYOUT_CAP_INIT, LAYOUT_CAP_INIT, seL4_AllRights);
    }
    if (!failed && p->observer) {
        failed = thread_copy(&maker, slots_of(p), LAYOUT_CNODE_BITS, LAYOUT_CAP_BLOCK, PROCESS_CAP_BLOCK, seL4_AllRights);
    }
    if (!failed && p->observer) {
        failed = map_kernel_info(p);
    }
    return failed ? PAGODA_ERR_NO_MEMORY : 0;
}

static void drop_space(const struct process *p)
{
    uint64_t used;
    pager_space_destroy(PROCESS_CAP_PAGER, p->space, &used);
}

void life_undo(struct process *p)
{
    if (p->space) {
        thread_destroy(&maker, slots_of(p));
        drop_space(p);
    }
    table_free(&table, p);
}

/* check_number: there are slots for the space that was made, if it was. */
static uint64_t check_number(struct process *p, uint64_t error)
{
    if (!error && p->space >= table.limit) {
        drop_space(p);
        error = PAGODA_ERR_TOO_MANY;
    }
    if (error) {
        p->space = 0;
    }
    return error;
}

static uint64_t set_share(const struct process *p, const struct life_share *share)
{
    uint64_t error = (uint64_t)pager_space_set_share(PROCESS_CAP_PAGER, p->space, share->min_pages, share->weight);
    return error ? error : (uint64_t)pager_space_set_limit(PROCESS_CAP_PAGER, p->space, share->max_pages);
}

static uint64_t create_space(struct process *p, const struct life_start *start, bool *kept)
{
    const struct process *parent = start->parent && !start->share ? table_find(&table, start->parent) : NULL;
    uint64_t is_kept, error;
    while (!(error = (uint64_t)pager_space_create(PROCESS_CAP_PAGER, parent ? parent->space : 0, p->name, &p->space, &is_kept)) && is_kept && p->observer) {
        drop_space(p); /* of that, the thread of an ordinary process does not make one */
    }
    error = check_number(p, error);
    *kept = is_kept;
    return error || !start->share ? error : set_share(p, start->share);
}

static uint64_t populate(struct process *p, const struct image *image, const struct life_start *start, struct load_start *at)
{
    bool kept = false;
    uint64_t error = create_space(p, start, &kept);
    if (!error) {
        error = load_program(PROCESS_CAP_PAGER, p->space, image->file, &image->program, start->arguments, start->length, at);
    }
    if (!error) {
        error = make_thread(p, kept);
    }
    return error;
}

uint64_t life_spawn(const struct life_start *start, struct process **out)
{
    struct image image;
    struct load_start at;
    uint64_t error = image_open(start->path, &image);
    if (error) {
        return error;
    }
    struct process *p = table_add(&table, start->pid, start->parent, start->path);
    if (!p) {
        return PAGODA_ERR_TOO_MANY;
    }
    p->observer = start->observer;
    error = populate(p, &image, start, &at);
    if (error) {
        life_undo(p);
        return error;
    }
    p->entry = at.entry;
    p->sp = at.sp;
    *out = p;
    return 0;
}

bool life_run(const struct process *process)
{
    const struct load_start at = {.entry = process->entry, .sp = process->sp};

    return !thread_run(slots_of(process), &at);
}

/* The child continues after the parent's system call, with the reply "success, pid 0" in its registers. */
static seL4_Error run_copy(const struct process *parent, const struct process *child)
{
    enum { UP_TO_X2 = offsetof(seL4_UserContext, x2) / sizeof(seL4_Word) + 1 };
    seL4_UserContext registers = {0};
    seL4_CPtr tcb = slots_of(child) + THREAD_TCB;
    seL4_Error failed = seL4_TCB_CopyRegisters(tcb, slots_of(parent) + THREAD_TCB, 0, 0, 1, 1, 0);
    if (!failed) {
        failed = seL4_TCB_ReadRegisters(tcb, 0, 0, UP_TO_X2, &registers);
    }
    if (failed) {
        return failed;
    }
    registers.pc += SVC_BYTES;
    registers.x0 = 0;
    registers.x1 = seL4_MessageInfo_new(0, 0, 0, 1).words[0];
    registers.x2 = 0;
    return seL4_TCB_WriteRegisters(tcb, 1, PAGODA_CLEAR_FPU, UP_TO_X2, &registers);
}

uint64_t life_fork(struct process *parent, struct process **out)
{
    struct process *child = table_add(&table, 0, parent->pid, parent->name);
    if (!child) {
        return PAGODA_ERR_TOO_MANY;
    }
    child->observer = parent->observer;
    uint64_t kept, error = (uint64_t)pager_space_fork(PROCESS_CAP_PAGER, parent->space, &child->space, &kept);
    error = check_number(child, error);
    if (!error) {
        error = make_thread(child, kept);
    }
    if (!error && run_copy(parent, child)) {
        error = PAGODA_ERR_NO_MEMORY;
    }
    if (error) {
        table.last_pid = child->pid - 1; /* it was not used, and the parent may have to ask often */
        life_undo(child);
        return error == PAGODA_ERR_WOULD_BLOCK ? PAGODA_ERR_UNFINISHED : error; /* asked again by the parent, at its priority: others run meanwhile */
    }
    *out = child;
    return 0;
}

static uint64_t check_arguments(const uint8_t *arguments, uint64_t length)
{
    static struct arguments_block block;
    switch (arguments_build(arguments, length, LAYOUT_STACK_TOP, &block)) {
    case ARGUMENTS_OK:
        return 0;
    case ARGUMENTS_TOO_LONG:
        return PAGODA_ERR_TOO_LONG;
    default:
        return PAGODA_ERR_INVALID_ARGUMENT;
    }
}

static void end_thread(const struct process *process);

/* move: the process goes on as `next` in a space of its own with a new thread, complete but not running, and the old one ends. An error: nothing has changed.
 * */
static __attribute__((cold, noinline)) uint64_t move(struct process *process, struct process *next, const struct image *image,
    const struct life_start *start, struct load_start *at)
{
    next->space = 0;
    next->notified = next->time_unset = false;
    next->slowed_us = 0;
    static struct pager_space_memory_reply before;
    uint64_t error = (uint64_t)pager_space_memory(PROCESS_CAP_PAGER, process->space, &before);
    if (!error) {
        error = populate(next, image, start, at);
    }
    if (error) {
        if (next->space) {
            thread_destroy(&maker, slots_of(next));
            drop_space(next);
        }
        return error;
    }
    next->cpu_us = life_cpu_us(process);
    end_thread(process);
    pager_space_set_share(PROCESS_CAP_PAGER, next->space, before.min_pages, before.weight); /* there may not have been so much for both */
    *process = *next;
    return 0;
}

uint64_t life_exec(struct process *process, const char *path, const uint8_t *arguments, uint64_t length)
{
    const struct life_start start = {.pid = process->pid, .parent = process->pid, .path = path, .arguments = arguments, .length = length};
    struct process next = *process;
    struct image image;
    struct load_start at;
    uint64_t error = image_open(path, &image);
    if (!error) {
        error = check_arguments(arguments, length);
    }
    if (error) {
        return error;
    }
    table_set_name(&next, path);
    error = (uint64_t)pager_space_clear(PROCESS_CAP_PAGER, process->space, next.name);
    if (error == PAGODA_ERR_TOO_MANY) { /* it has touched so much that this would take long */
        error = move(process, &next, &image, &start, &at);
        if (error) {
            return error;
        }
    } else {
        *process = next;
        if (!error) {
            error = load_program(PROCESS_CAP_PAGER, process->space, image.file, &image.program, arguments, length, &at);
        }
    }
    console_forget(PROCESS_CAP_CONSOLE, process->pid);
    if (error || thread_run(slots_of(process), &at)) {
        life_end(process, life_status(PROCESS_STATUS_FAULTED, PAGER_EVENT_NO_MEMORY));
    }
    return 0;
}

void life_lend_thread(const struct process *process)
{
    pager_space_thread(PROCESS_CAP_PAGER, process->space, slots_of(process) + THREAD_TCB);
}

void life_slow(struct process *process, uint32_t budget_us)
{
    char text[REPORT_MAX];
    life_cpu_us(process);
    seL4_Error failed = budget_us ? thread_slow(&maker, slots_of(process), budget_us) : thread_slice(&maker, slots_of(process));
    if (!failed) {
        process->slowed_us = budget_us;
    } else if (!process->time_unset) {
        life_say(text, report_time_text(text, process->pid, process->name, budget_us != 0, (unsigned)failed));
    }
    process->time_unset = failed;
}

void life_pass(const struct process *process)
{
    thread_pass(slots_of(process));
}

void life_suspend(struct process *process)
{
    process->suspended = true;
    thread_stop(slots_of(process));
}

void life_resume(struct process *process)
{
    process->suspended = false;
    seL4_TCB_Resume(slots_of(process) + THREAD_TCB);
}

uint64_t life_notification(struct process *process)
{
    seL4_CPtr base = slots_of(process);
    if (process->notified)
        return 0;
    /* What the thread's objects leave of their 4 KiB is enough for it. */
    seL4_Error failed = seL4_Untyped_Retype(base + THREAD_OBJECTS, seL4_NotificationObject, 0, maker.cnode, 0, 0, base + THREAD_NOTIFICATION, 1);
    if (!failed) {
        failed = thread_give(&maker, base, LAYOUT_CNODE_BITS, LAYOUT_CAP_NOTIFICATION, base + THREAD_NOTIFICATION, seL4_CapRights_new(0, 0, 1, 1), 1);
    }
    process->notified = !failed;
    return failed ? PAGODA_ERR_NO_MEMORY : 0;
}

/* ---- ending ---- */

/* The terminal goes to the parent, or to the shell when there is none. */
static void pass_terminal_on(const struct process *process)
{
    if (owner != process->pid) {
        return;
    }
    const struct process *parent = table_living(&table, process->parent);
    life_set_owner(parent ? parent->pid : PID_SHELL);
}

static void tell_parent(struct process *parent, struct process *child)
{
    const struct process_wait_reply reply = {.pid = child->pid, .status = child->status};
    seL4_CPtr reply_object = parent->wait_reply;
    parent->state = PROCESS_RUNNING;
    parent->wait_reply = 0;
    table_free(&table, child);
    process_wait_send_reply(server, reply_object, 0, &reply);
}

/* end_thread: its space with it, which the pager may keep if nothing about the thread is particular; of an observer there is a copy of a capability that the pager
 * did not lend. */
static void end_thread(const struct process *process)
{
    seL4_CPtr base = slots_of(process);
    uint64_t used, kept;
    int error;
    thread_stop(base);
    if (process->observer || process->notified) {
        thread_destroy(&maker, base);
        error = pager_space_destroy(PROCESS_CAP_PAGER, process->space, &used);
    } else {
        error = pager_space_retire(PROCESS_CAP_PAGER, process->space, &used, &kept);
        if (error) {
            thread_destroy(&maker, base);
        }
    }
    start_ended(process, error ? 0 : used);
}

void life_end(struct process *process, uint64_t status)
{
    life_cpu_us(process);
    end_thread(process);
    if (process->state == PROCESS_WAITING) {
        server_drop(server, process->wait_reply);
        process->state = PROCESS_RUNNING;
    }
    console_forget(PROCESS_CAP_CONSOLE, process->pid);
    process->space = 0;
    pass_terminal_on(process);
    struct process *waiter = table_waiter(&table, process);
    if (table_end(&table, process, status) && waiter) {
        tell_parent(waiter, process);
    }
}

void life_end_family(uint64_t pid, uint64_t status)
{
    static uint64_t family[TABLE_PROCESSES];
    unsigned n = 0;
    /* First the list, then the ends: ending a parent cuts its children's descent. */
    for (const struct process *p = table_next(&table, NULL); p; p = table_next(&table, p)) {
        bool living = p->state == PROCESS_RUNNING || p->state == PROCESS_WAITING;
        if (living && !p->system && p->pid != pid && table_is_descendant(&table, p->pid, pid)) {
            family[n++] = p->pid;
        }
    }
    family[n++] = pid;
    for (unsigned i = 0; i < n; i++) {
        struct process *p = table_find(&table, family[i]);
        if (p && p->state != PROCESS_ZOMBIE) {
            life_end(p, status);
        }
    }
}
