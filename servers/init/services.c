/* SPDX-License-Identifier: BSD-2-Clause */
#include "services.h"
#include "block.h"
#include <loader/load.h>
#include <loader/thread.h>
#include <pagoda/layout.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "generated/console_client.h"
#include "generated/init_server.h"
#include "generated/pager_client.h"
#include "generated/process_client.h"

#define SHELL_PATH "bin/shell"
#define BRK_SYNDROME 0xf2000000 /* ESR_EL1 of a BRK instruction, without its immediate */
#define SHELL_ARGUMENTS_MAX 720
#define BLOCK_RESTARTS_MAX 8

struct service_state {
    const char *name;
    uint64_t state;  /* INIT_SERVICE_*; 0: not started yet */
    unsigned restarts;
    uint64_t space;
    seL4_CPtr slots; /* THREAD_SLOTS of them */
};

static struct service_state services[SERVICES] = {
    [SERVICE_PAGER] = {.name = "pager", .state = INIT_SERVICE_RUNNING},
    [SERVICE_BLOCK] = {.name = "block", .state = INIT_SERVICE_RUNNING},
    [SERVICE_CONSOLE] = {.name = "console"},
    [SERVICE_PROCESS] = {.name = "process"},
};
static const struct services_inputs *in;
static struct thread_maker maker;

void services_say(const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    size_t length = n < 0 ? 0 : (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1;
    if (services[SERVICE_CONSOLE].state != INIT_SERVICE_RUNNING || console_write(in->connections->console, text, length, NULL)) {
        fputs(text, stdout);
    }
}

/* Whether a stop is wanted rather than a machine that runs on without what was asked for. */
static bool stops_on_failure(void)
{
    char value[16];
    return machine_argument(in->machine->arguments, "poweroff", value, sizeof(value)) >= 0 && strcmp(value, "on-stop") == 0;
}

/* ---- starting ---- */

static void give(enum service s, unsigned cnode_bits, seL4_Word dest, seL4_CPtr source, seL4_CapRights_t rights, seL4_Word badge)
{
    init_check(badge ? thread_give(&maker, services[s].slots, cnode_bits, dest, source, rights, badge)
                     : thread_copy(&maker, services[s].slots, cnode_bits, dest, source, rights),
        s == SERVICE_CONSOLE ? "giving the console a capability" : "giving the process server a capability");
}

static void give_replies(enum service s, seL4_Word first, unsigned n)
{
    seL4_CPtr cnode = services[s].slots + THREAD_CNODE;
    memory_make(in->kept, seL4_ReplyObject, 0, cnode, LAYOUT_CAP_REPLY, 1);
    memory_make(in->kept, seL4_ReplyObject, 0, cnode, first, n);
}

static void __attribute__((noreturn)) cannot_start(const char *what, uint64_t error)
{
    if (error == PAGODA_ERR_NO_MEMORY) {
        init_too_little("%s cannot be started", what);
    }
    init_fail("%s cannot be started: %s", what, pagoda_error_text(error));
}

static void make_space(enum service s)
{
    uint64_t kept, error = (uint64_t)pager_space_create(maker.pager, 0, services[s].name, &services[s].space, &kept);
    if (error) {
        cannot_start(services[s].name, error);
    }
}

/* Program and thread of a service whose space exists; it does not run yet. */
static struct load_start create(enum service s, const char *path, const char *arguments, size_t length, unsigned priority,
    unsigned max_priority, unsigned cnode_bits)
{
    struct service_state *service = &services[s];
    struct archive_file file;
    struct elf_memory memory;
    struct elf_program program;
    struct load_start start;
    uint64_t number;
    if (!archive_find(in->archive, path, &file)) {
        init_fail("the boot archive has no %s", path);
    }
    struct elf_source source = elf_memory_source(&memory, file.data, file.size);
    enum elf_status status = load_check(&source, &program);
    if (status != ELF_OK) {
        init_fail("%s: %s", path, elf_status_text(status));
    }
    uint64_t error = (uint64_t)pager_file_open(maker.pager, path, &number, NULL, NULL);
    if (!error) {
        error = load_program(maker.pager, service->space, number, &program, (const uint8_t *)arguments, length, &start);
    }
    /* A large CNode comes from init's memory; the untyped that the pager lends has room for a small one only. */
    service->slots = memory_slots(THREAD_SLOTS);
    const struct thread_options options = {.space = service->space, .priority = priority, .max_priority = max_priority,
        .cnode_bits = cnode_bits, .cnode_untyped = in->cnodes[s]};
    if (!error) {
        error = thread_create(&maker, service->slots, &options);
    }
    if (error) {
        cannot_start(path, error);
    }
    seL4_Word guard = seL4_CNode_CapData_new(0, 64 - cnode_bits).words[0];
    give(s, cnode_bits, LAYOUT_CAP_CNODE, service->slots + THREAD_CNODE, seL4_AllRights, guard);
    return start;
}

static void run(enum service s, const struct load_start *start)
{
    init_check(thread_run(services[s].slots, start), "starting a service");
    services[s].state = INIT_SERVICE_RUNNING;
}

static void start_console(void)
{
    static const char arguments[] = "console";
    const struct connections *c = in->connections;
    seL4_CPtr irq = memory_slots(1);
    make_space(SERVICE_CONSOLE);
    struct load_start start = create(SERVICE_CONSOLE, "bin/console", arguments, sizeof(arguments), PRIORITY_CONSOLE, 0, CONSOLE_CNODE_BITS);
    seL4_CPtr slots = services[SERVICE_CONSOLE].slots;
    /* The page next to the IPC buffer: its table exists. */
    init_check(seL4_ARM_Page_Map(in->uart, slots + THREAD_VSPACE, STARTUP_UART_VA, seL4_ReadWrite, seL4_ARM_ExecuteNever), "mapping the UART");
    init_check(seL4_IRQControl_GetTrigger(seL4_CapIRQControl, in->machine->uart_irq, 0, INIT_CNODE, irq, SLOT_DEPTH), "taking the UART's interrupt");
    seL4_CPtr signal = memory_mint(c->console_notification, seL4_CanWrite, BADGE(BADGE_SIGNAL, SIGNAL_IRQ));
    init_check(seL4_IRQHandler_SetNotification(irq, signal), "connecting the UART's interrupt");
    init_check(seL4_TCB_BindNotification(slots + THREAD_TCB, c->console_notification), "binding the console's notification");
    give(SERVICE_CONSOLE, CONSOLE_CNODE_BITS, CONSOLE_CAP_ENDPOINT, c->endpoints[SERVICE_CONSOLE], seL4_CanRead, 0);
    give(SERVICE_CONSOLE, CONSOLE_CNODE_BITS, CONSOLE_CAP_IRQ_HANDLER, irq, seL4_AllRights, 0);
    give(SERVICE_CONSOLE, CONSOLE_CNODE_BITS, CONSOLE_CAP_NOTIFICATION, c->console_notification, seL4_CanRead, 0);
    give(SERVICE_CONSOLE, CONSOLE_CNODE_BITS, CONSOLE_CAP_SIGNAL_PROCESS, c->process_notification, seL4_CanWrite,
        BADGE(BADGE_SIGNAL, SIGNAL_CONSOLE_EVENT));
    give(SERVICE_CONSOLE, CONSOLE_CNODE_BITS, CONSOLE_CAP_CLOCK, c->clock_notification, seL4_CanWrite, BADGE(BADGE_SIGNAL, SIGNAL_TICK));
    give_replies(SERVICE_CONSOLE, CONSOLE_CAP_REPLIES, CONSOLE_REPLIES);
    run(SERVICE_CONSOLE, &start);
}

/* Clients' and managers' caps can call, the manager's of the pager can hand over a thread as well; the process server's own ones to console and itself can mint as well. */
static void start_process(void)
{
    char arguments[72] = "process";
    const struct connections *c = in->connections;
    const seL4_CapRights_t call = seL4_CapRights_new(1, 0, 0, 1);
    size_t n = strlen(arguments) + 1;
    make_space(SERVICE_PROCESS);
    n += (size_t)snprintf(arguments + n, 24, "%lu", (unsigned long)services[SERVICE_CONSOLE].space) + 1;
    n += (size_t)snprintf(arguments + n, 24, "%lu", (unsigned long)services[SERVICE_PROCESS].space) + 1;
    const unsigned bits = in->process_cnode_bits;
    n += (size_t)snprintf(arguments + n, 8, "%u", bits) + 1;
    struct load_start start = create(SERVICE_PROCESS, "bin/process", arguments, n, PRIORITY_PROCESS, PRIORITY_PROGRAM, bits);
    const enum service s = SERVICE_PROCESS;
    seL4_CPtr slots = services[s].slots;
    init_check(seL4_TCB_BindNotification(slots + THREAD_TCB, c->process_notification), "binding the process server's notification");
    give(s, bits, LAYOUT_CAP_CONSOLE, c->endpoints[SERVICE_CONSOLE], call, BADGE(BADGE_MANAGER, MANAGER_PROCESS));
    give(s, bits, LAYOUT_CAP_KINFO, in->kinfo, seL4_CanRead, 0);
    give(s, bits, LAYOUT_CAP_INIT, c->init_endpoint, call, BADGE(BADGE_OBSERVER, 1));
    give(s, bits, PROCESS_CAP_ENDPOINT, c->endpoints[SERVICE_PROCESS], seL4_AllRights, 0);
    give(s, bits, PROCESS_CAP_NOTIFICATION, c->process_notification, seL4_CanRead, 0);
    give(s, bits, PROCESS_CAP_PAGER, c->endpoints[SERVICE_PAGER], seL4_CapRights_new(1, 1, 0, 1), BADGE(BADGE_MANAGER, MANAGER_PROCESS));
    give(s, bits, PROCESS_CAP_CONSOLE, c->endpoints[SERVICE_CONSOLE], call, BADGE(BADGE_MANAGER, MANAGER_PROCESS));
    give(s, bits, PROCESS_CAP_CONSOLE_ENDPOINT, c->endpoints[SERVICE_CONSOLE], call, 0);
    give(s, bits, PROCESS_CAP_SCHED_CONTROL, in->bootinfo->schedcontrol.start, seL4_AllRights, 0);
    give(s, bits, PROCESS_CAP_TCB, slots + THREAD_TCB, seL4_AllRights, 0);
    give(s, bits, PROCESS_CAP_SYSTEM_SC, seL4_CapInitThreadSC, seL4_AllRights, 0);
    give(s, bits, PROCESS_CAP_SYSTEM_SC + 1, in->pager_sched_context, seL4_AllRights, 0);
    give(s, bits, PROCESS_CAP_SYSTEM_SC + 2, services[SERVICE_CONSOLE].slots + THREAD_SCHED_CONTEXT, seL4_AllRights, 0);
    give(s, bits, PROCESS_CAP_SYSTEM_SC + 3, slots + THREAD_SCHED_CONTEXT, seL4_AllRights, 0);
    give(s, bits, PROCESS_CAP_SYSTEM_SC + 4, in->block_sched_context, seL4_AllRights, 0);
    give(s, bits, PROCESS_CAP_BLOCK, c->endpoints[SERVICE_BLOCK], call, BADGE(BADGE_OBSERVER, 1));
    give_replies(s, PROCESS_CAP_REPLIES, process_limit(bits));
    run(s, &start);
}

void services_init(const struct services_inputs *inputs)
{
    in = inputs;
    maker = (struct thread_maker){.cnode = INIT_CNODE, .sched_control = inputs->bootinfo->schedcontrol.start,
        .authority = seL4_CapInitThreadTCB, .pager = inputs->connections->pager};
}

void services_start(void)
{
    start_console();
    start_process();
}

/* Nobody sits at the terminal of a machine that was to run lines and stop: it stops. Otherwise a shell that asks is better than none. */
static void refuse_command(int error, unsigned max)
{
    const char *unless = stops_on_failure() ? "" : "; starting an interactive shell";
    if (error == MACHINE_ARGUMENT_LONG) {
        services_say("init: command= is longer than %u bytes%s\n", max, unless);
    } else {
        services_say("init: command= is badly encoded: %% is followed by two hexadecimal digits, not 00%s\n", unless);
    }
    if (stops_on_failure()) {
        console_flush(in->connections->console);
        init_fail("no lines to run");
    }
}

void services_shell(const struct machine *machine)
{
    char arguments[SHELL_ARGUMENTS_MAX] = "shell";
    size_t n = strlen(arguments) + 1;
    int command = machine_argument(machine->arguments, "command", arguments + n, sizeof(arguments) - n);
    if (command >= 0) {
        n += (size_t)command + 1;
    } else if (command != MACHINE_ARGUMENT_ABSENT) {
        refuse_command(command, (unsigned)(sizeof(arguments) - n - 1));
    }
    uint64_t error = (uint64_t)process_spawn(in->connections->process, 0, 0, 0, 0, SHELL_PATH, arguments, n, NULL);
    if (error) {
        console_flush(in->connections->console);
        cannot_start(SHELL_PATH, error);
    }
}

/* ---- the init protocol ---- */

uint64_t init_on_service_list(struct server_call *call, const struct init_service_list_args *args, struct init_service_list_reply *reply)
{
    (void)call;
    if (args->index >= SERVICES) {
        return PAGODA_ERR_END;
    }
    const struct service_state *s = &services[args->index];
    reply->state = s->state;
    reply->restarts = s->restarts;
    reply->space = s->space;
    snprintf(reply->name, sizeof(reply->name), "%s", s->name);
    return 0;
}

uint64_t init_on_boot_info(struct server_call *call, const struct init_boot_info_args *args, struct init_boot_info_reply *reply)
{
    (void)call;
    (void)args;
    snprintf(reply->arguments, sizeof(reply->arguments), "%.*s", (int)sizeof(reply->arguments) - 1, in->machine->arguments);
    snprintf(reply->model, sizeof(reply->model), "%s", in->machine->model);
    return 0;
}

uint64_t init_on_power_off(struct server_call *call, const struct init_power_off_args *args, struct init_power_off_reply *reply)
{
    (void)call;
    (void)args;
    (void)reply;
    pagoda_PowerOff(seL4_CapIRQControl);
    return PAGODA_ERR_NOT_SUPPORTED;
}

/* ---- watching ---- */

/*
 * Callers of a dead server: those it had taken a request from wait at its reply objects and get an answer from here; those that still
 * queue, and later ones, find that their capability is gone, which the client stubs report as the same error. What else is in its
 * CNode, the threads of running programs above all, must live on.
 */
static void answer_callers(seL4_CPtr cnode, unsigned cnode_bits, seL4_Word first, unsigned n)
{
    const seL4_CPtr taken = in->spare_slot;
    for (seL4_Word slot = first; slot < first + n; slot++) {
        if (seL4_CNode_Move(INIT_CNODE, taken, SLOT_DEPTH, cnode, slot, (seL4_Uint8)cnode_bits) == 0) {
            seL4_Send(taken, seL4_MessageInfo_new(PAGODA_ERR_NO_SERVER, 0, 0, 0));
            seL4_CNode_Move(cnode, slot, (seL4_Uint8)cnode_bits, INIT_CNODE, taken, SLOT_DEPTH);
        }
    }
}

static void close_endpoint(enum service s)
{
    const seL4_CPtr endpoint = in->connections->endpoints[s];
    seL4_CNode_Revoke(INIT_CNODE, endpoint, SLOT_DEPTH);
    seL4_CNode_Delete(INIT_CNODE, endpoint, SLOT_DEPTH);
}

/* A line about a fault message. words: as the kernel sends them. */
static void describe_fault(const struct server_call *call, char *text, size_t room)
{
    if (call->operation == seL4_Fault_VMFault) {
        snprintf(text, room, "faulted: address 0x%lx, instruction 0x%lx, %s, status 0x%lx", call->words[seL4_VMFault_Addr],
            call->words[seL4_VMFault_IP], call->words[seL4_VMFault_PrefetchFault] ? "fetch" : "data", call->words[seL4_VMFault_FSR]);
    } else {
        snprintf(text, room, "was stopped by fault %lu at instruction 0x%lx (%lx %lx %lx)", call->operation, call->words[0], call->words[1],
            call->words[2], call->words[3]);
    }
}

/* The disks are gone, the rest goes on: the pager hears of it by a signal and answers itself what was under way. */
static void end_block_server(const char *what)
{
    services[SERVICE_BLOCK].state = INIT_SERVICE_FAILED;
    close_endpoint(SERVICE_BLOCK);
    seL4_Signal(in->pager_block_gone);
    services_say("init: service block has failed: it %s; it was started again %u times, the disks are gone\n", what, BLOCK_RESTARTS_MAX);
    if (stops_on_failure()) {
        init_fail("the machine is of no use without block");
    }
}

/*
 * A server that starts resets its devices, and opens a new session of the ring in which the pager submits again what was under way. Those who queue
 * at its endpoint are served by it; who had its attention gets an error, as nobody knows how far that went.
 */
static void block_server_failed(const char *what)
{
    struct service_state *service = &services[SERVICE_BLOCK];
    answer_callers(block_stop(), BLOCK_CNODE_BITS, LAYOUT_CAP_REPLY, 1);
    if (service->restarts == BLOCK_RESTARTS_MAX) {
        end_block_server(what);
        return;
    }
    service->restarts++;
    block_restart(in->spare_slot);
    services_say("init: service block has failed: it %s; started again (%u of %u)\n", what, service->restarts, BLOCK_RESTARTS_MAX);
}

/* Pager and block server fault here. Nothing can be done without the pager: its report goes straight to the UART. */
static void on_fault(struct server_call *call)
{
    char text[160];
    describe_fault(call, text, sizeof(text));
    if (BADGE_ID(call->badge) == SERVICE_BLOCK) {
        call->deferred = true; /* no answer: its thread was suspended */
        block_server_failed(text);
        return;
    }
    services[SERVICE_PAGER].state = INIT_SERVICE_FAILED;
    if (call->operation == seL4_Fault_UserException && call->words[seL4_UserException_Number] == BRK_SYNDROME + PAGER_BRK_TOO_SMALL) {
        init_too_little("the pager cannot work with the %lu KiB that are left for it", memory_left_kib());
    }
    init_fail("the pager %s", text);
}

/* It is not started again: it alone knows which threads, capabilities and parents the processes have. */
static void end_process_server(void)
{
    const seL4_CPtr slots = services[SERVICE_PROCESS].slots;
    seL4_TCB_Suspend(slots + THREAD_TCB);
    close_endpoint(SERVICE_PROCESS);
    const unsigned bits = in->process_cnode_bits;
    answer_callers(slots + THREAD_CNODE, bits, LAYOUT_CAP_REPLY, 1);
    answer_callers(slots + THREAD_CNODE, bits, PROCESS_CAP_REPLIES, process_limit(bits));
}

/* Without the console there is nobody to talk to. Without the process server the shell can still look around. */
static void service_failed(enum service s, const struct pager_event_next_reply *e)
{
    services[s].state = INIT_SERVICE_FAILED;
    services_say("init: service %s has failed: reason %lu, address 0x%lx, instruction 0x%lx, detail 0x%lx\n", services[s].name, e->reason,
        e->va, e->ip, e->detail);
    if (s == SERVICE_CONSOLE || stops_on_failure()) {
        init_fail("the machine is of no use without %s", services[s].name);
    }
    if (s == SERVICE_PROCESS) {
        end_process_server();
    } else {
        close_endpoint(s);
    }
}

static void on_signal(struct server *server, uint64_t events)
{
    struct pager_event_next_reply e;
    (void)server;
    (void)events;
    while (pager_event_next(in->connections->pager, &e) == 0) {
        for (unsigned i = SERVICE_CONSOLE; i < SERVICES; i++) {
            if (services[i].space == e.space && services[i].state != INIT_SERVICE_FAILED) {
                service_failed(i, &e);
            }
        }
    }
}

void services_serve(void)
{
    static struct server server;
    server.endpoint = in->connections->init_endpoint;
    server.request = init_dispatch;
    server.signal = on_signal;
    server.fault = on_fault;
    server_add_reply(&server, in->reply);
    server_loop(&server);
}
