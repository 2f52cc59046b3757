/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process server: requests of programs, events of pager and console. One thread, one loop; it never waits for a client: a `wait`
 * that cannot be answered keeps its reply object in the table.
 */
#include "life.h"
#include "load.h"
#include "report.h"
#include "start.h"
#include "table.h"
#include <loader/arguments.h>
#include <pagoda/layout.h>
#include <pagoda/message.h>
#include <pagoda/pagoda.h>
#include <pagoda/startup.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "generated/console_client.h"
#include "generated/init_client.h"
#include "generated/pager_client.h"
#include "generated/process_server.h"

#define PID_SHELL 1
#define SHELL_PATH "bin/shell"
#define SHELL_RESTARTS 10 /* a shell that always dies would restart for ever */

static struct server server;
static unsigned shell_restarts;
static bool command_mode; /* the first shell was given lines to run: when it dies there is nobody to talk to */

static bool is_manager(const struct server_call *call)
{
    return BADGE_KIND(call->badge) == BADGE_MANAGER;
}

/* The calling process. Badges are minted here only, and a caller that waits for us exists. */
static struct process *caller_of(const struct server_call *call)
{
    return table_find(&table, BADGE_ID(call->badge));
}

/* ---- the shell ---- */

static void say(const char *text)
{
    life_say(text, strlen(text));
}

/* Without a shell nobody can ask for anything. */
static void power_off(void)
{
    console_flush(LAYOUT_CAP_CONSOLE);
    init_power_off(LAYOUT_CAP_INIT);
    say("process: the machine cannot be powered off; there is no shell\n");
}

/* run_at_once: whatever memory there is. */
static uint64_t run_at_once(const struct life_start *start, struct process **out)
{
    uint64_t error = life_spawn(start, out);

    if (!error && !life_run(*out)) {
        life_undo(*out);
        error = PAGODA_ERR_NO_MEMORY;
    }
    return error;
}

static void restart_shell(void)
{
    static const uint8_t arguments[] = "shell";
    const struct life_start start = {
        .pid = PID_SHELL, .observer = true, .path = SHELL_PATH, .arguments = arguments, .length = sizeof(arguments)};
    struct process *shell;
    char text[128];
    if (command_mode || shell_restarts++ == SHELL_RESTARTS) {
        say("process: the shell ended and is not started again: power off\n");
        power_off();
        return;
    }
    say("process: the shell ended; starting it again\n");
    uint64_t error = run_at_once(&start, &shell);
    if (error) {
        snprintf(text, sizeof(text), "process: the shell cannot be started: %s: power off\n", pagoda_error_text(error));
        say(text);
        power_off();
        return;
    }
    life_set_owner(PID_SHELL);
}

static void end_process(struct process *process, uint64_t status)
{
    bool was_shell = process->pid == PID_SHELL;
    life_end(process, status);
    if (was_shell) {
        restart_shell();
    }
}

static uint64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* ---- requests ---- */

static uint64_t spawn_shell(const struct process_spawn_args *args, struct process_spawn_reply *reply)
{
    struct process *p;
    const struct life_start start = {.pid = PID_SHELL, .observer = true, .path = args->path, .arguments = args->arguments.data,
        .length = args->arguments.len};
    if (table_find(&table, PID_SHELL)) {
        return PAGODA_ERR_TOO_MANY;
    }
    uint64_t error = run_at_once(&start, &p);
    if (error) {
        return error;
    }
    command_mode = memchr(args->arguments.data, 0, args->arguments.len - 1) != NULL;
    life_set_owner(PID_SHELL);
    reply->pid = PID_SHELL;
    return 0;
}

/* Whether the terminal is the process's to pass on: it or one of its descendants has it. */
static bool has_terminal(const struct process *process)
{
    return table_is_descendant(&table, life_owner(), process->pid);
}

uint64_t process_on_spawn(struct server_call *call, const struct process_spawn_args *args, struct process_spawn_reply *reply)
{
    struct process *p;
    if (is_manager(call)) {
        return spawn_shell(args, reply);
    }
    const struct process *parent = caller_of(call);
    bool own_share = args->flags & PROCESS_SPAWN_SHARE;
    if (own_share && BADGE_KIND(call->badge) != BADGE_OBSERVER) {
        return PAGODA_ERR_NOT_PERMITTED;
    }
    if (own_share && args->weight == 0) {
        return PAGODA_ERR_INVALID_ARGUMENT;
    }
    const struct life_share share = {args->min_pages, args->weight, args->max_pages};
    const struct life_start start = {.parent = parent->pid, .share = own_share ? &share : NULL, .path = args->path, .arguments = args->arguments.data,
        .length = args->arguments.len};
    bool foreground = !(args->flags & PROCESS_SPAWN_BACKGROUND) && has_terminal(parent);
    uint64_t error = life_spawn(&start, &p);
    if (!error && !start_begin(p, foreground, now_us())) {
        life_undo(p);
        error = PAGODA_ERR_NO_MEMORY;
    }
    if (error) {
        return error;
    }
    if (foreground) {
        life_set_owner(p->pid);
    }
    reply->pid = p->pid;
    return 0;
}

uint64_t process_on_fork(struct server_call *call, const struct process_fork_args *args, struct process_fork_reply *reply)
{
    struct process *child;
    (void)args;
    uint64_t error = life_fork(caller_of(call), &child);
    if (!error) {
        reply->pid = child->pid;
    }
    return error;
}

uint64_t process_on_exec(struct server_call *call, const struct process_exec_args *args, struct process_exec_reply *reply)
{
    (void)reply;
    uint64_t error = life_exec(caller_of(call), args->path, args->arguments.data, args->arguments.len);
    /* No reply when it went well: the reply object is free again, the caller having been set to a new start. */
    return error ? error : SERVER_DEFERRED;
}

uint64_t process_on_exit(struct server_call *call, const struct process_exit_args *args, struct process_exit_reply *reply)
{
    (void)reply;
    end_process(caller_of(call), life_status(PROCESS_STATUS_EXITED, args->code));
    return SERVER_DEFERRED;
}

uint64_t process_on_wait(struct server_call *call, const struct process_wait_args *args, struct process_wait_reply *reply)
{
    struct process *parent = caller_of(call), *child;
    switch (table_wait(&table, parent->pid, args->pid, &child)) {
    case TABLE_WAIT_NO_CHILD:
        return PAGODA_ERR_NO_CHILD;
    case TABLE_WAIT_NOW:
        reply->pid = child->pid;
        reply->status = child->status;
        table_free(&table, child);
        return 0;
    case TABLE_WAIT_LATER:
        break;
    }
    if (args->flags & PROCESS_WAIT_NOHANG) {
        return PAGODA_ERR_WOULD_BLOCK;
    }
    seL4_CPtr later = server_defer(&server);
    if (!later) {
        return PAGODA_ERR_TOO_MANY;
    }
    table_block(parent, args->pid, later);
    return SERVER_DEFERRED;
}

uint64_t process_on_kill(struct server_call *call, const struct process_kill_args *args, struct process_kill_reply *reply)
{
    (void)reply;
    struct process *target = table_find(&table, args->pid);
    uint64_t caller = BADGE_ID(call->badge);
    if (!target) {
        return PAGODA_ERR_NO_SUCH_PROCESS;
    }
    if (target->system || (BADGE_KIND(call->badge) == BADGE_CLIENT && !table_is_descendant(&table, args->pid, caller))) {
        return PAGODA_ERR_NOT_PERMITTED;
    }
    if (target->state == PROCESS_ZOMBIE) {
        return 0;
    }
    bool self = !is_manager(call) && args->pid == caller;
    end_process(target, life_status(PROCESS_STATUS_SIGNALLED, args->signal));
    return self ? SERVER_DEFERRED : 0;
}

uint64_t process_on_self(struct server_call *call, const struct process_self_args *args, struct process_self_reply *reply)
{
    (void)args;
    const struct process *p = caller_of(call);
    reply->pid = p->pid;
    reply->parent = p->parent;
    return 0;
}

uint64_t process_on_notification(struct server_call *call, const struct process_notification_args *args, struct process_notification_reply *reply)
{
    (void)args, (void)reply;
    return life_notification(caller_of(call));
}

uint64_t process_on_list(struct server_call *call, const struct process_list_args *args, struct process_list_reply *reply)
{
    (void)call;
    struct process *p = table_nth(&table, args->index);
    if (!p) {
        return PAGODA_ERR_END;
    }
    reply->pid = p->pid;
    reply->parent = p->parent;
    reply->state = p->held && p->state == PROCESS_RUNNING ? PROCESS_STATE_HELD : p->state;
    reply->needs = p->held ? p->needs : 0;
    reply->room = p->held ? start_room() : 0;
    reply->held_us = p->held ? now_us() - p->held_us : 0;
    reply->space = p->space;
    reply->status = p->status;
    reply->system = p->system;
    memcpy(reply->name, p->name, sizeof(p->name));
    reply->cpu_us = life_cpu_us(p);
    return 0;
}

uint64_t process_on_foreground(struct server_call *call, const struct process_foreground_args *args, struct process_foreground_reply *reply)
{
    (void)reply;
    const struct process *caller = caller_of(call);
    uint64_t pid = args->pid ? args->pid : caller->pid;
    const struct process *target = table_find(&table, pid);
    if (!target || target->state == PROCESS_ZOMBIE || !table_is_descendant(&table, pid, caller->pid)) {
        return PAGODA_ERR_NO_SUCH_PROCESS;
    }
    if (!has_terminal(caller) && !caller->observer) {
        return PAGODA_ERR_NOT_PERMITTED;
    }
    life_set_owner(pid);
    return 0;
}

/* admit: with the message of the request as it was. A process that ends is not kept from it: its account passes to who goes on, who could make any number of processes
 * while this one waits. */
static bool admit(const struct server_call *call, struct process *p)
{
    uint64_t words[MESSAGE_WORDS];

    if (call->operation == PROCESS_OP_EXIT) {
        return true;
    }
    memcpy(words, call->words, call->length * sizeof(words[0]));
    bool admitted = load_admit(p);
    memcpy(call->words, words, call->length * sizeof(words[0]));
    return admitted;
}

/* on_request: what is worked for a process counts for it. */
static void on_request(struct server_call *call)
{
    struct process *p = is_manager(call) ? NULL : caller_of(call);

    if (!p) {
        process_dispatch(call);
        return;
    }
    const struct load_caller caller = {.pid = p->pid, .parent = p->parent, .child = p->child};
    uint64_t start = pagoda_ticks();

    if (!load_came(p, start) || admit(call, p)) {
        process_dispatch(call);
        load_served(&caller, start, pagoda_ticks());
    } else {
        call->deferred = true;
    }
}

/* ---- events ---- */

/* The table that justifies the end of a process for want of memory; the others in it still live. */
static void say_victims(uint64_t space)
{
    static struct pager_victim_table_reply table_of_victims;
    static char text[REPORT_VICTIMS_MAX];
    struct victim_row rows[VICTIM_TABLE_ROWS];
    uint64_t pids[VICTIM_TABLE_ROWS];
    if (pager_victim_table(PROCESS_CAP_PAGER, space, &table_of_victims))
        return; /* somebody else had to end since, and that table is the last */
    unsigned n = (unsigned)(table_of_victims.rows.len / sizeof(rows[0]));
    memcpy(rows, table_of_victims.rows.data, n * sizeof(rows[0]));
    for (unsigned i = 0; i < n; i++) {
        const struct process *p = table_find_space(&table, rows[i].space);
        pids[i] = p ? p->pid : 0;
    }
    life_say(text, report_victims_text(text, rows, pids, n));
}

static void take_pager_events(void)
{
    struct pager_event_next_reply e;
    char text[REPORT_MAX];
    while (pager_event_next(PROCESS_CAP_PAGER, &e) == 0) {
        struct process *p = table_find_space(&table, e.space);
        if (!p || p->system) {
            continue; /* ended meanwhile */
        }
        if (e.reason == PAGER_EVENT_THREAD_WANTED) {
            life_lend_thread(p);
            continue;
        }
        const struct report_event event = {
            .reason = e.reason, .va = e.va, .ip = e.ip, .detail = e.detail, .limit = e.limit, .used = e.used};
        life_say(text, report_event_text(text, p->pid, p->name, &event));
        if (e.reason == PAGER_EVENT_NO_MEMORY)
            say_victims(e.space);
        end_process(p, life_status(PROCESS_STATUS_FAULTED, e.reason));
    }
}

/* ^C ends the job in the foreground; the shell itself handles it as a key. */
static void take_interrupts(void)
{
    uint64_t pid;
    while (console_take_interrupt(PROCESS_CAP_CONSOLE, &pid) == 0) {
        const struct process *p = table_find(&table, pid);
        if (p && !p->system && pid != PID_SHELL) {
            life_end_family(pid, life_status(PROCESS_STATUS_SIGNALLED, PROCESS_SIGNAL_INTERRUPT));
        }
    }
}

static void on_signal(struct server *s, uint64_t events)
{
    (void)s;
    if (events & SIGNAL_PAGER_EVENT) {
        take_pager_events();
        load_follow(now_us());
    }
    if (events & SIGNAL_CONSOLE_EVENT) {
        take_interrupts();
    }
}

static uint64_t argument(int argc, char **argv, int n)
{
    return argc > n ? strtoul(argv[n], NULL, 10) : 0;
}

int main(int argc, char **argv)
{
    server.endpoint = PROCESS_CAP_ENDPOINT;
    server.request = on_request;
    server.signal = on_signal;
    static seL4_CPtr spare[TABLE_PROCESSES];
    unsigned limit = process_limit((unsigned)argument(argc, argv, 3));
    server.spare = spare;
    server.spare_max = TABLE_PROCESSES;
    server_add_reply(&server, LAYOUT_CAP_REPLY);
    for (unsigned i = 0; i < limit; i++) {
        server_add_reply(&server, PROCESS_CAP_REPLIES + i);
    }
    load_init(pagoda_tick_frequency() / 1000);
    life_init(&server, limit, argument(argc, argv, 1), argument(argc, argv, 2));
    server_loop(&server);
}
