/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * init, the root task: builds the block server and the pager, gives the pager the machine's memory, starts console and process as its
 * clients, has the shell started. Its second thread answers the init protocol and watches over the services.
 */
#include "block.h"
#include "clock.h"
#include "idle.h"
#include "machine.h"
#include "memory.h"
#include "pager.h"
#include "services.h"
#include "swap.h"
#include "thread.h"
#include "torture.h"
#include <drivers/pl011.h>
#include <pagoda/kernel_info.h>
#include <pagoda/layout.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sel4/root.h"

#define VERSION "0.1.0"
#define UART_VA 0x0000000020001000  /* in init's own space, next to the page that pager.c fills pages in */
#define KINFO_VA 0x0000000020002000
/* Tables of init, endpoints, reply objects of console and process: about 45 KiB; and what reply objects of more processes take. */
#define KEPT_BITS 16
#define CONSOLE_CNODE_BYTES_BITS (CONSOLE_CNODE_BITS + seL4_SlotBits)

extern char _end[]; /* of init's image: the archive follows at the next page */

static struct machine machine;
static struct archive archive;
static struct block kept;
static unsigned process_bits; /* radix of the process server's CNode */
static struct connections connections;
static struct torture torture;
static struct swap_wish swap;

static unsigned kept_bits(void)
{
    return KEPT_BITS + (process_bits > 12);
}

static uint64_t kept_bytes(void)
{
    return (1ull << kept_bits()) + (1ull << CONSOLE_CNODE_BYTES_BITS) + (1ull << (process_bits + seL4_SlotBits));
}

/* ---- last words ---- */

static void uart_put(char c)
{
    while (!pl011_put(UART_VA, (uint8_t)c)) {
    }
}

static void __attribute__((noreturn)) stop(void)
{
    pagoda_PowerOff(seL4_CapIRQControl);
    for (;;) {
        seL4_TCB_Suspend(seL4_CapInitThreadTCB);
    }
}

void init_fail(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    printf("\ninit: ");
    vprintf(format, arguments);
    printf("\ninit: cannot go on\n");
    va_end(arguments);
    stop();
}

void init_too_little(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    printf("init: too little memory: ");
    vprintf(format, arguments);
    printf("\n");
    va_end(arguments);
    stop();
}

void init_check(seL4_Error error, const char *what)
{
    if (error) {
        init_fail("%s: kernel error %u (%lu, %lu, %lu)", what, error, seL4_GetMR(0), seL4_GetMR(1), seL4_GetMR(2));
    }
}

/* ---- looking around ---- */

static void read_machine(void)
{
    const seL4_BootInfoHeader *chunk = root_bootinfo_chunk(SEL4_BOOTINFO_HEADER_FDT);
    if (!chunk || !machine_read(chunk + 1, chunk->len - sizeof(*chunk), &machine)) {
        init_fail("the kernel passed no sound device tree");
    }
}

static void read_torture(void)
{
    torture_read(machine.arguments, &torture);
    if (torture.message[0]) {
        init_fail("wrong boot argument: %s", torture.message);
    }
}

static void read_swap(void)
{
    if (!swap_read(machine.arguments, &swap)) {
        init_fail("wrong boot argument: swap= is on or the number of a volume");
    }
}

static bool commit_strict(void)
{
    char value[12];
    int length = machine_argument(machine.arguments, "commit", value, sizeof(value));
    bool strict = length > 0 && strcmp(value, "strict") == 0;
    if (length != MACHINE_ARGUMENT_ABSENT && !strict && (length <= 0 || strcmp(value, "overcommit") != 0)) {
        init_fail("wrong boot argument: commit= is strict or overcommit");
    }
    return strict;
}

/* From here on, words go to the UART itself, in release builds too. */
static seL4_CPtr map_uart(void)
{
    seL4_CPtr page = machine.uart_pa ? memory_device_page(machine.uart_pa & ~(uint64_t)(PAGE_SIZE - 1)) : 0;
    if (!page) {
        init_fail("the device tree names no PL011 UART that user level may have");
    }
    memory_map(&kept, page, seL4_CapInitThreadVSpace, UART_VA, seL4_ReadWrite, seL4_ARM_ExecuteNever);
    root_set_output(uart_put);
    return page;
}

static seL4_CPtr map_kernel_info(void)
{
    seL4_CPtr frame = memory_slots(1);
    init_check(pagoda_KernelInfoFrame(seL4_CapIRQControl, INIT_CNODE, frame, SLOT_DEPTH), "getting the kernel information page");
    memory_map(&kept, frame, seL4_CapInitThreadVSpace, KINFO_VA, seL4_CanRead, seL4_ARM_Default_VMAttributes | seL4_ARM_ExecuteNever);
    const struct kernel_info *info = (const void *)KINFO_VA;
    if (info->magic != KERNEL_INFO_MAGIC || info->version != KERNEL_INFO_VERSION) {
        init_fail("the kernel information page is of another version");
    }
    return frame;
}

/* ---- connections ---- */

static void make_connections(void)
{
    const seL4_CapRights_t call = seL4_CapRights_new(1, 0, 0, 1);
    struct connections *c = &connections;
    for (unsigned i = 0; i < SERVICES; i++) {
        c->endpoints[i] = memory_object(&kept, seL4_EndpointObject, 0);
    }
    c->init_endpoint = memory_object(&kept, seL4_EndpointObject, 0);
    c->console_notification = memory_object(&kept, seL4_NotificationObject, 0);
    c->process_notification = memory_object(&kept, seL4_NotificationObject, 0);
    c->init_notification = memory_object(&kept, seL4_NotificationObject, 0);
    c->pager_notification = memory_object(&kept, seL4_NotificationObject, 0);
    c->clock_notification = memory_object(&kept, seL4_NotificationObject, 0);
    c->idle_notification = memory_object(&kept, seL4_NotificationObject, 0);
    c->block_notification = memory_object(&kept, seL4_NotificationObject, 0);
    c->pager = memory_mint(c->endpoints[SERVICE_PAGER], call, BADGE(BADGE_MANAGER, MANAGER_INIT));
    c->block = memory_mint(c->endpoints[SERVICE_BLOCK], call, BADGE(BADGE_MANAGER, MANAGER_INIT));
    c->console = memory_mint(c->endpoints[SERVICE_CONSOLE], call, BADGE(BADGE_MANAGER, MANAGER_INIT));
    c->process = memory_mint(c->endpoints[SERVICE_PROCESS], call, BADGE(BADGE_MANAGER, MANAGER_INIT));
}

static void start_clock(const seL4_BootInfo *info)
{
    const seL4_Word badge = BADGE(BADGE_SIGNAL, SIGNAL_TICK);
    const struct clock_wires wires = {.wanted = connections.clock_notification,
        .console = memory_mint(connections.console_notification, seL4_CanWrite, badge),
        .pager = memory_mint(connections.pager_notification, seL4_CanWrite, badge)};
    clock_start(&kept, info, &wires);
}

/* To init's endpoint: the kernel's messages about a service that init built itself. */
static seL4_CPtr fault_endpoint(enum service s)
{
    return memory_mint(connections.init_endpoint, seL4_CapRights_new(1, 0, 0, 1), BADGE(BADGE_FAULT, s));
}

static seL4_CPtr signal_pager(uint64_t what)
{
    return memory_mint(connections.pager_notification, seL4_CanWrite, BADGE(BADGE_SIGNAL, what));
}

/* Returns the pages that it takes. */
static uint64_t prepare_block_server(const seL4_BootInfo *info)
{
    static struct block_inputs inputs;
    const struct kernel_info *kernel = (const void *)KINFO_VA;
    inputs = (struct block_inputs){.bootinfo = info, .archive = &archive, .machine = &machine, .kept = &kept,
        .timer_frequency = kernel->timer_frequency, .fail_every = torture.fail_io,
        .endpoint = connections.endpoints[SERVICE_BLOCK], .notification = connections.block_notification,
        .signal_pager = signal_pager(SIGNAL_BLOCK_COMPLETION), .fault_endpoint = fault_endpoint(SERVICE_BLOCK)};
    return block_prepare(&inputs);
}

static seL4_CPtr start_pager(const seL4_BootInfo *info, uint64_t archive_va, seL4_CPtr kinfo, uint64_t block_pages)
{
    const struct kernel_info *kernel = (const void *)KINFO_VA;
    /* The image, archive included, ends where the IPC buffer begins. */
    uint64_t image_pages = info->userImageFrames.end - info->userImageFrames.start;
    uint64_t archive_pages = ((uint64_t)info->ipcBuffer - archive_va) / PAGE_SIZE;
    uint64_t own_pages = image_pages - archive_pages;
    const struct pager_inputs inputs = {
        .bootinfo = info,
        .archive = archive,
        .archive_frames = info->userImageFrames.start + own_pages,
        .archive_pages = archive_pages,
        .init_pages = own_pages + kept_bytes() / PAGE_SIZE + block_pages,
        .ram_pages = kernel->ram_bytes / PAGE_SIZE,
        .timer_frequency = kernel->timer_frequency,
        .commit_strict = commit_strict(),
        .evict = torture.evict,
        .fail_alloc = torture.fail_alloc,
        .kinfo = kinfo,
        .endpoint = connections.endpoints[SERVICE_PAGER],
        .fault_endpoint = fault_endpoint(SERVICE_PAGER),
        .notifications = {memory_mint(connections.init_notification, seL4_CanWrite, BADGE(BADGE_SIGNAL, SIGNAL_PAGER_EVENT)),
            memory_mint(connections.process_notification, seL4_CanWrite, BADGE(BADGE_SIGNAL, SIGNAL_PAGER_EVENT))},
        .notification = connections.pager_notification,
        .signal_block = memory_mint(connections.block_notification, seL4_CanWrite, BADGE(BADGE_SIGNAL, SIGNAL_BLOCK_REQUEST)),
        .signal_idle = memory_mint(connections.idle_notification, seL4_CanWrite, BADGE(BADGE_SIGNAL, SIGNAL_IDLE)),
        .idle_tcb = idle_start(&kept, info, connections.idle_notification, signal_pager(SIGNAL_IDLE)),
    };
    return pager_start_up(&inputs);
}

int main(void)
{
    const seL4_BootInfo *info = root_bootinfo();
    memory_init(info);
    read_machine();
    process_bits = process_cnode_bits(memory_untyped_pages());
    kept = memory_block(kept_bits(), "init");
    seL4_CPtr uart = map_uart();
    seL4_CPtr kinfo = map_kernel_info();
    read_torture();
    read_swap();
    uint64_t archive_va = ((uint64_t)_end + PAGE_SIZE - 1) & ~(uint64_t)(PAGE_SIZE - 1);
    enum archive_status status = archive_open((const void *)archive_va, (uint64_t)info->ipcBuffer - archive_va, &archive);
    if (status != ARCHIVE_OK) {
        init_fail("the boot archive: %s", archive_status_text(status));
    }
    make_connections();
    static struct services_inputs services;
    services = (struct services_inputs){.bootinfo = info, .connections = &connections, .machine = &machine, .archive = &archive, .kept = &kept,
        .process_cnode_bits = process_bits, .uart = memory_copy_cap(uart, seL4_ReadWrite), .kinfo = kinfo, .pager_block_gone = signal_pager(SIGNAL_BLOCK_GONE),
        .spare_slot = memory_slots(1), .reply = memory_object(&kept, seL4_ReplyObject, 0)};
    services.cnodes[SERVICE_CONSOLE] = memory_block(CONSOLE_CNODE_BYTES_BITS, "the console's capabilities").untyped;
    services.cnodes[SERVICE_PROCESS] = memory_block(process_bits + seL4_SlotBits, "the process server's capabilities").untyped;
    services_init(&services);
    second_thread_start(&kept, info, connections.init_notification, services_serve);
    uint64_t block_pages = prepare_block_server(info);
    services.pager_sched_context = start_pager(info, archive_va, kinfo, block_pages);
    services.block_sched_context = block_run();
    start_clock(info);
    services_start();
    const struct kernel_info *kernel = (const void *)KINFO_VA;
    services_say("\nPagoda " VERSION ", %s, %lu MiB RAM\n", machine.model[0] ? machine.model : "unknown machine",
        (unsigned long)(kernel->ram_bytes >> 20));
    services_say("init: started pager (priority %u), block (%u), console (%u), process (%u)\n", PRIORITY_PAGER, PRIORITY_BLOCK, PRIORITY_CONSOLE, PRIORITY_PROCESS);
    services_say("init: %lu files in the archive\n", (unsigned long)archive.n_files);
    swap_start(&swap, connections.pager, connections.block);
    services_shell(&machine);
    for (;;) {
        seL4_TCB_Suspend(seL4_CapInitThreadTCB); /* the second thread carries on */
    }
}
