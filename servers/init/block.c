/* SPDX-License-Identifier: BSD-2-Clause */
#include "block.h"
#include <drivers/virtio_mmio.h>
#include <pagoda/block_ring.h>
#include <pagoda/layout.h>
#include <string.h>

#define STACK_PAGES 4
#define WRITABLE_PAGES_MAX 64
#define PROBE_VA 0x0000000020003000 /* in init's space: where the registers of a possible device are looked at */
#define CLOCK_BUDGET_US 1000
#define PAGES_FOR_OBJECTS 48 /* CNode, threads, translation tables, ring, start block */

struct found_device {
    const struct machine_device *device;
    seL4_CPtr page; /* frame of its registers */
};

static struct {
    const struct block_inputs *in;
    struct found_device found[BLOCK_DEVICES_MAX];
    unsigned n_found;
    struct resident program;
    seL4_CPtr cnode;
    seL4_Word guard;
    seL4_CPtr clock_tcb;
    seL4_CPtr clock_sched_context;
    seL4_CPtr ring;    /* frame */
    seL4_CPtr io;      /* first of STARTUP_BLOCK_IO_PAGES frames */
    uint32_t irqs[BLOCK_DEVICES_MAX]; /* interrupt numbers whose handlers it has */
    struct block_start start;
} b;

/* ---- which devices ---- */

/* Virtio devices are of any kind: its register tells. Others of the device tree are what it says. */
static bool is_wanted(const struct machine_device *d, seL4_CPtr page)
{
    if (d->kind != MACHINE_VIRTIO) {
        return true;
    }
    memory_map(b.in->kept, page, seL4_CapInitThreadVSpace, PROBE_VA, seL4_ReadWrite, seL4_ARM_ExecuteNever);
    bool wanted = virtio_device(PROBE_VA + d->pa % PAGE_SIZE) == VIRTIO_DEVICE_BLOCK;
    init_check(seL4_ARM_Page_Unmap(page), "unmapping a device");
    return wanted;
}

/* Registers of several devices may lie on one page: its frame can be made once only. */
static void find_devices(void)
{
    uint64_t last_pa = UINT64_MAX;
    seL4_CPtr page = 0;
    for (unsigned i = 0; i < b.in->machine->n_devices && b.n_found < BLOCK_DEVICES_MAX; i++) {
        const struct machine_device *d = &b.in->machine->devices[i];
        uint64_t pa = d->pa & ~(uint64_t)(PAGE_SIZE - 1);
        if (pa != last_pa) {
            page = memory_device_page(pa);
            last_pa = pa;
        }
        if (page && is_wanted(d, page)) {
            b.found[b.n_found++] = (struct found_device){d, page};
        }
    }
}

/* Without a device nothing is ever moved: one I/O page, because a ring has some. */
static unsigned n_io_pages(void)
{
    return b.n_found ? STARTUP_BLOCK_IO_PAGES : 1;
}

static unsigned n_own_pages(void)
{
    return b.n_found ? STARTUP_BLOCK_OWN_PAGES : 0;
}

/* ---- what the server gets ---- */

static seL4_CPtr make_frames(unsigned n)
{
    seL4_CPtr frames = memory_slots(n);
    memory_make(&b.program.block, seL4_ARM_SmallPageObject, 0, INIT_CNODE, frames, n);
    return frames;
}

static void map_frames(struct resident *program, seL4_CPtr frames, unsigned n, uint64_t va)
{
    for (unsigned i = 0; i < n; i++) {
        memory_map(&program->block, frames + i, program->vspace, va + i * PAGE_SIZE, seL4_ReadWrite,
            seL4_ARM_Default_VMAttributes | seL4_ARM_ExecuteNever);
    }
}

/* New pages of it, consecutive in memory. Returns the physical address of the first. */
static uint64_t add_pages(unsigned n, uint64_t va)
{
    seL4_CPtr frames = make_frames(n);
    map_frames(&b.program, frames, n, va);
    seL4_ARM_Page_GetAddress_t first = seL4_ARM_Page_GetAddress(frames);
    init_check(first.error, "asking for the address of a page");
    return first.paddr;
}

static void give(seL4_Word dest, seL4_CPtr source, seL4_CapRights_t rights)
{
    init_check(seL4_CNode_Copy(b.cnode, dest, BLOCK_CNODE_BITS, INIT_CNODE, source, SLOT_DEPTH, rights), "giving the block server a capability");
}

/* Several devices may share an interrupt: one handler then. */
static void add_irq(const struct machine_device *d)
{
    for (uint32_t i = 0; i < b.start.n_irqs; i++) {
        if (b.irqs[i] == d->irq) {
            return;
        }
    }
    seL4_CPtr irq = memory_slots(1);
    seL4_CPtr signal = memory_mint(b.in->notification, seL4_CanWrite, BADGE(BADGE_SIGNAL, SIGNAL_IRQ));
    init_check(seL4_IRQControl_GetTrigger(seL4_CapIRQControl, d->irq, d->edge, INIT_CNODE, irq, SLOT_DEPTH), "taking a disk's interrupt");
    init_check(seL4_IRQHandler_SetNotification(irq, signal), "connecting a disk's interrupt");
    give(BLOCK_CAP_IRQS + b.start.n_irqs, irq, seL4_AllRights);
    b.irqs[b.start.n_irqs++] = d->irq;
}

static void add_device(const struct machine_device *d, seL4_CPtr page)
{
    unsigned i = b.start.n_devices++;
    uint64_t va = STARTUP_BLOCK_REGISTERS_VA + i * PAGE_SIZE;
    seL4_CPtr copy = memory_copy_cap(page, seL4_ReadWrite);
    memory_map(&b.program.block, copy, b.program.vspace, va, seL4_ReadWrite, seL4_ARM_ExecuteNever);
    struct block_device *device = &b.start.devices[i];
    device->kind = d->kind == MACHINE_VIRTIO ? BLOCK_DEVICE_VIRTIO : BLOCK_DEVICE_SDHCI;
    device->registers = va + d->pa % PAGE_SIZE;
    device->socket = d->has_card_detect;
    if (d->kind == MACHINE_VIRTIO) {
        device->dma_pa = add_pages(STARTUP_BLOCK_DMA_PAGES, STARTUP_BLOCK_DMA_VA + (uint64_t)i * STARTUP_BLOCK_DMA_PAGES * PAGE_SIZE);
    }
    add_irq(d);
}

/* ---- capabilities, threads, start block ---- */

/* It runs once in a tick, for as long as it does not give its time away: hardly at all. The server starts it. */
static void make_clock_thread(void)
{
    b.clock_tcb = memory_object(&b.program.block, seL4_TCBObject, 0);
    b.clock_sched_context = memory_object(&b.program.block, seL4_SchedContextObject, seL4_MinSchedContextBits);
    init_check(seL4_TCB_Configure(b.clock_tcb, b.cnode, b.guard, b.program.vspace, 0, 0, 0), "configuring the disks' clock");
    init_check(seL4_SchedControl_Configure(b.in->bootinfo->schedcontrol.start, b.clock_sched_context, CLOCK_BUDGET_US, BLOCK_TICK_US, 0, 0),
        "setting the disks' clock");
    init_check(seL4_TCB_SetSchedParams(b.clock_tcb, seL4_CapInitThreadTCB, PRIORITY_BLOCK_CLOCK, PRIORITY_BLOCK_CLOCK, b.clock_sched_context,
                   b.in->fault_endpoint), "scheduling the disks' clock");
}

static void give_caps(void)
{
    const struct block_inputs *in = b.in;
    memory_make(&b.program.block, seL4_ReplyObject, 0, b.cnode, LAYOUT_CAP_REPLY, 1);
    give(BLOCK_CAP_ENDPOINT, in->endpoint, seL4_CanRead);
    give(BLOCK_CAP_NOTIFICATION, in->notification, seL4_CanRead);
    give(BLOCK_CAP_SIGNAL_PAGER, in->signal_pager, seL4_CanWrite);
    give(BLOCK_CAP_CLOCK_TCB, b.clock_tcb, seL4_AllRights);
    give(BLOCK_CAP_CLOCK_NOTIFICATION, memory_object(&b.program.block, seL4_NotificationObject, 0), seL4_AllRights);
    give(BLOCK_CAP_SIGNAL_TIME, memory_mint(in->notification, seL4_CanWrite, BADGE(BADGE_SIGNAL, SIGNAL_TIME)), seL4_CanWrite);
    init_check(seL4_TCB_BindNotification(b.program.tcb, in->notification), "binding the block server's notification");
}

static void make_ring(void)
{
    static struct block_ring ring;
    block_ring_init(&ring, n_io_pages());
    b.ring = make_frames(1);
    b.io = make_frames(n_io_pages());
    resident_fill(&b.program, b.ring, &ring, 0, sizeof(ring));
    map_frames(&b.program, b.ring, 1, STARTUP_BLOCK_RING_VA);
    map_frames(&b.program, b.io, n_io_pages(), STARTUP_BLOCK_IO_VA);
}

static void write_start_block(void)
{
    seL4_ARM_Page_GetAddress_t io = seL4_ARM_Page_GetAddress(b.io);
    init_check(io.error, "asking for the address of a page");
    b.start.magic = BLOCK_START_MAGIC;
    b.start.version = BLOCK_START_VERSION;
    b.start.size = sizeof(b.start);
    b.start.timer_frequency = b.in->timer_frequency;
    b.start.io_pa = io.paddr;
    b.start.own_pa = n_own_pages() ? add_pages(n_own_pages(), STARTUP_BLOCK_OWN_VA) : 0;
    b.start.fail_every = b.in->fail_every;
    resident_add_page(&b.program, STARTUP_BLOCK_START_VA, &b.start, 0, sizeof(b.start), ELF_READ);
}

uint64_t block_prepare(const struct block_inputs *inputs)
{
    b.in = inputs;
    b.guard = seL4_CNode_CapData_new(0, 64 - BLOCK_CNODE_BITS).words[0];
    static struct resident_page writable[WRITABLE_PAGES_MAX];
    b.program.writable = writable;
    b.program.max_writable = WRITABLE_PAGES_MAX;
    find_devices();
    resident_begin(&b.program, "block", inputs->archive, STACK_PAGES,
        PAGES_FOR_OBJECTS + n_io_pages() + n_own_pages() + b.n_found * STARTUP_BLOCK_DMA_PAGES);
    b.cnode = memory_object(&b.program.block, seL4_CapTableObject, BLOCK_CNODE_BITS);
    resident_load(&b.program);
    make_clock_thread();
    give_caps();
    for (unsigned i = 0; i < b.n_found; i++) {
        add_device(b.found[i].device, b.found[i].page);
    }
    make_ring();
    write_start_block();
    return memory_finish_block(&b.program.block);
}

void block_share(struct resident *program)
{
    seL4_CPtr copies = memory_slots(1 + n_io_pages());
    for (unsigned i = 0; i < 1 + n_io_pages(); i++) {
        seL4_CPtr source = i == 0 ? b.ring : b.io + i - 1;
        init_check(seL4_CNode_Copy(INIT_CNODE, copies + i, SLOT_DEPTH, INIT_CNODE, source, SLOT_DEPTH, seL4_ReadWrite), "sharing the ring");
    }
    map_frames(program, copies, 1 + n_io_pages(), STARTUP_BLOCK_RING_VA);
}

seL4_CPtr block_run(void)
{
    const struct resident_thread thread = {.cnode = b.cnode, .guard = b.guard, .sched_control = b.in->bootinfo->schedcontrol.start,
        .priority = PRIORITY_BLOCK, .fault_endpoint = b.in->fault_endpoint};
    resident_run(&b.program, &thread);
    return b.program.sched_context;
}

seL4_CPtr block_stop(void)
{
    seL4_TCB_Suspend(b.program.tcb);
    seL4_TCB_Suspend(b.clock_tcb);
    return b.cnode;
}

void block_restart(seL4_CPtr slot)
{
    resident_reload(&b.program, slot);
}
