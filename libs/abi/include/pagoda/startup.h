/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What init gives each server when it starts it: capabilities in fixed slots, pages at fixed addresses, and, for the pager,
 * a start block with everything it has to know about the machine's memory.
 *
 * Written by servers/init, read by servers/pager, servers/block, servers/console and servers/process. All slots not named here and not in
 * the ranges of the start block are empty. See layout.h for the slots that every process has in common.
 */
#ifndef PAGODA_STARTUP_H
#define PAGODA_STARTUP_H

#include <pagoda/layout.h>
#include <stdint.h>

/*
 * Pages next to the IPC buffer (LAYOUT_IPC_BUFFER_VA): the translation table that the buffer needs covers them too, so whoever
 * starts a process can map them without asking the pager for a table. No region may be placed here.
 * LAYOUT_KINFO_VA (layout.h) is one of them.
 */
#define STARTUP_PAGER_BLOCK_VA 0x0000000000402000 /* struct pager_start, read-only, STARTUP_PAGER_BLOCK_PAGES pages */
#define STARTUP_PAGER_BLOCK_PAGES 2
#define STARTUP_UART_VA 0x0000000000404000 /* console: registers of the UART, one device page, read-write */

/*
 * The ring between pager and block server (block_ring.h), at the same addresses in both, read-write, resident for ever: the ring's
 * page and, after it, the I/O pages. init has initialised the ring.
 */
#define STARTUP_BLOCK_RING_VA 0x0000000070000000
#define STARTUP_BLOCK_IO_VA (STARTUP_BLOCK_RING_VA + PAGE_SIZE)
#define STARTUP_BLOCK_IO_PAGES 32

/* Managers: the id in a BADGE_MANAGER badge. Each manager hears only about the spaces that it created itself. */
#define MANAGER_INIT 1
#define MANAGER_PROCESS 2
#define MANAGERS 2

/* Bits of the id in BADGE(BADGE_SIGNAL, bits): who signalled the notification. */
#define SIGNAL_PAGER_EVENT 1   /* pager.event_next has something for this manager */
#define SIGNAL_CONSOLE_EVENT 2 /* console.take_interrupt has something (process only) */
#define SIGNAL_IRQ 4           /* the device's interrupt (drivers) */
#define SIGNAL_BLOCK_REQUEST 8     /* block server: the pager has submitted requests */
#define SIGNAL_BLOCK_COMPLETION 16 /* pager: the block server has completed requests */
#define SIGNAL_BLOCK_GONE 32       /* pager: the block server has ended (block_client_abandon) */
#define SIGNAL_TIME 64             /* block server: its clock has ticked */
#define SIGNAL_TICK 128        /* the clock: a period is over (pager; console when it asked for it) */
#define SIGNAL_IDLE 256        /* pager: it asked for idle time, and nothing else can run now */

/* Priorities of the system's threads. */
#define PRIORITY_INIT 255
#define PRIORITY_PAGER 250
#define PRIORITY_BLOCK_CLOCK 241 /* the block server's second thread */
#define PRIORITY_BLOCK 240
#define PRIORITY_CONSOLE 220
#define PRIORITY_PROCESS 210
#define PRIORITY_PROGRAM 100
#define PRIORITY_IDLE 0 /* a thread of init; nothing else has it */

/* Time slice of every thread that init or process starts: budget = period = round robin. */
#define TIME_SLICE_US 5000

/* The clock, a thread of init: its period, and after how many of them the pager hears of it. */
#define CLOCK_PERIOD_US 100000
#define CLOCK_PAGER_PERIODS 10

/* ---- pager ---- */

/*
 * CSpace of the pager: two levels, so that it can grow. The root CNode (slot LAYOUT_CAP_CNODE holds a cap to it) has
 * 2^root_bits slots (pager_cspace_root_bits: enough for the capability slots of all RAM) and a guard of
 * 64 - root_bits - LEAF_BITS zero bits; root slot i holds leaf CNode i with 2^PAGER_CSPACE_LEAF_BITS slots and no guard.
 * So cptr = (leaf << LEAF_BITS) | slot, and all slot numbers below are cptrs.
 * Through the root cap, leaf i itself is at (index i, depth PAGER_CSPACE_LEAF_DEPTH) and any slot is at (index cptr, depth 64).
 * A leaf is an OBJECT_CNODE of size_bits LEAF_BITS: 32 KiB. init makes as many leaves (0, 1, ...) as the fixed slots, the
 * untypeds and the archive need; the pager adds its own by retyping one straight into a free slot of the root: node_index 0,
 * node_depth 0 (the root cap itself), node_offset i, no guard; or smaller CNodes with a guard that fills up to LEAF_BITS.
 */
#define PAGER_CSPACE_LEAF_BITS 10
#define PAGER_CSPACE_LEAF_DEPTH (64 - PAGER_CSPACE_LEAF_BITS)

/* Radix of the pager's root CNode: 16 leaves for each 2 MiB of RAM (one for its frames, the others for shared mappings), at
 * least 512. */
static inline unsigned pager_cspace_root_bits(uint64_t ram_pages)
{
    unsigned bits = 9;
    while ((1ull << bits) < ram_pages / 32) {
        bits++;
    }
    return bits;
}

/*
 * Slots of the pager. From layout.h: LAYOUT_CAP_REPLY (a reply object), LAYOUT_CAP_KINFO (frame, mapped read-only at
 * LAYOUT_KINFO_VA), LAYOUT_CAP_CNODE (root CNode, see above). LAYOUT_CAP_PAGER, _PROCESS, _CONSOLE, _INIT are empty: the pager
 * calls nobody. More reply objects the pager makes itself.
 */
#define PAGER_CAP_VSPACE 9        /* its own VSpace, with ASID */
#define PAGER_CAP_TCB 10          /* its own thread */
#define PAGER_CAP_ASID_POOL 11    /* a pool with about 500 free ASIDs (shared with init, which takes none after start) */
#define PAGER_CAP_ASID_CONTROL 12 /* makes further pools from 4 KiB untypeds */
#define PAGER_CAP_ENDPOINT 13     /* its request and fault endpoint, all rights, no badge: the pager mints all badges from it */
#define PAGER_CAP_SCHED_CONTEXT 14 /* its own */
#define PAGER_CAP_NOTIFICATION_INIT 15 /* signal-only, badged BADGE(BADGE_SIGNAL, SIGNAL_PAGER_EVENT): spaces made by MANAGER_INIT */
#define PAGER_CAP_NOTIFICATION_PROCESS 16 /* the same for spaces made by MANAGER_PROCESS */
#define PAGER_CAP_NOTIFICATION 17 /* bound to its thread: SIGNAL_TICK, SIGNAL_IDLE, SIGNAL_BLOCK_COMPLETION, SIGNAL_BLOCK_GONE */
#define PAGER_CAP_SIGNAL_BLOCK 18 /* signal-only, badged BADGE(BADGE_SIGNAL, SIGNAL_BLOCK_REQUEST) */
#define PAGER_CAP_SIGNAL_IDLE 19  /* signal-only: asks for one SIGNAL_IDLE, which comes when nothing else can run */
#define PAGER_CAP_IDLE_TCB 20     /* the thread that sends it */

/* Immediate of the BRK instruction with which the pager ends when the memory it was given is too small to start with. */
#define PAGER_BRK_TOO_SMALL 0x51

#define PAGER_START_MAGIC 0x7472617473676170ull /* "pagstart" */
#define PAGER_START_VERSION 2
#define PAGER_MAX_UNTYPEDS 480

/* One piece of RAM: an untyped capability without children, all of it free. Never device memory, never under 4 KiB. */
struct pager_untyped {
    uint64_t paddr;     /* physical address, aligned to the size */
    uint32_t slot;      /* cptr */
    uint32_t size_bits; /* 12..47 */
};

/*
 * The start block. x0 and argv carry nothing; the block is at STARTUP_PAGER_BLOCK_VA.
 * Accounting: ram_pages = kernel_pages + init_pages + pager_pages + archive_pages + (pages of all untypeds in the list).
 */
struct pager_start {
    uint64_t magic;   /* PAGER_START_MAGIC */
    uint32_t version; /* PAGER_START_VERSION */
    uint32_t size;    /* sizeof(struct pager_start) */

    /* RAM by use at hand-over, in pages of 4 KiB. */
    uint64_t ram_pages;     /* all RAM that the kernel was told of (after mem=) */
    uint64_t kernel_pages;  /* kernel, boot reservations, device tree, untypeds smaller than a page, boot objects of the root task */
    uint64_t init_pages;    /* image of init and the memory it kept for itself, console and process (endpoints, CNodes ...) */
    uint64_t pager_pages;   /* spent on the pager: image, stack, tables, CNodes, start block, kernel objects */
    uint64_t archive_pages; /* the boot archive, one copy in RAM */

    /* The boot archive (cpio newc), mapped read-only in the pager. Page i of it is the frame in slot archive_slot + i (read
     * right only, mapped in the pager at archive_va + i * PAGE_SIZE): copy the cap to map the page elsewhere. The data of
     * each file begins at a page boundary of the archive. The pages after the last file's data need not be used. */
    uint64_t archive_va;
    uint64_t archive_length; /* bytes up to the end of the trailer */
    uint64_t archive_slot;   /* cptr of the first of archive_pages consecutive slots */

    /* The pager's own address space, all of it resident. */
    uint64_t image_va, image_end;   /* its ELF segments, bss included, page aligned */
    uint64_t stack_va, stack_end;   /* nothing is mapped below stack_va */
    uint64_t free_va, free_end;     /* addresses that the pager may use as it likes: no tables there yet, GiB aligned */

    /* Free capability slots: [free_slot, free_slot_end) are empty and lie in leaves that exist. Root slots from
     * next_leaf up to 2^root_bits are empty. */
    uint64_t free_slot, free_slot_end;
    uint64_t next_leaf;
    uint64_t root_bits; /* radix of the root CNode: pager_cspace_root_bits(ram_pages) */

    uint64_t timer_frequency; /* Hz of CNTVCT_EL0 */
    uint64_t commit_strict;   /* 1: the pager refuses to promise more than RAM and swap from the beginning */

    /* Debug builds, for tests: value of PAGER_SETTING_EVICT to begin with, 0: the usual one; every n-th allocation fails, 0: none. */
    uint64_t evict;
    uint64_t fail_alloc;

    uint64_t n_untypeds;
    struct pager_untyped untypeds[PAGER_MAX_UNTYPEDS]; /* ascending by paddr */
};

_Static_assert(sizeof(struct pager_start) <= STARTUP_PAGER_BLOCK_PAGES * 4096, "the start block has its pages");

/* ---- console ---- */

/*
 * An ordinary client of the pager (LAYOUT_CAP_PAGER), lazily loaded. LAYOUT_CAP_REPLY: a reply object; LAYOUT_CAP_CNODE: its own
 * CNode of 2^CONSOLE_CNODE_BITS slots. The UART's registers are mapped at STARTUP_UART_VA.
 */
#define CONSOLE_CNODE_BITS 9
#define CONSOLE_CAP_ENDPOINT 9       /* receives its requests here (read right) */
#define CONSOLE_CAP_IRQ_HANDLER 10   /* of the UART; init has set it to signal the notification */
#define CONSOLE_CAP_NOTIFICATION 11  /* bound to its thread; IRQ signals carry BADGE(BADGE_SIGNAL, SIGNAL_IRQ) */
#define CONSOLE_CAP_SIGNAL_PROCESS 12 /* signal-only, BADGE(BADGE_SIGNAL, SIGNAL_CONSOLE_EVENT) */
#define CONSOLE_CAP_CLOCK 13         /* signal-only: asks the clock for one SIGNAL_TICK */
#define CONSOLE_CAP_REPLIES 16       /* first of CONSOLE_REPLIES reply objects */
#define CONSOLE_REPLIES 288          /* so many requests can wait; further ones are refused */

/* ---- block server ---- */

/*
 * Built by init like the pager: every page is resident, and it asks nobody for anything, so it can never wait for the pager that waits for
 * it. LAYOUT_CAP_REPLY: a reply object. The ring and the I/O pages: see above.
 */
#define BLOCK_CNODE_BITS 6
#define BLOCK_CAP_ENDPOINT 9         /* receives its requests here (read right) */
#define BLOCK_CAP_NOTIFICATION 10    /* bound to its thread; it also waits here */
#define BLOCK_CAP_SIGNAL_PAGER 11    /* signal-only, BADGE(BADGE_SIGNAL, SIGNAL_BLOCK_COMPLETION) */
#define BLOCK_CAP_CLOCK_TCB 12       /* its second thread, configured but not started, with a budget of BLOCK_TICK_US's period */
#define BLOCK_CAP_CLOCK_NOTIFICATION 13 /* where that thread waits to be wanted; all rights */
#define BLOCK_CAP_SIGNAL_TIME 14     /* signal-only, BADGE(BADGE_SIGNAL, SIGNAL_TIME): what that thread signals */
#define BLOCK_CAP_IRQS 32            /* first of block_start.n_irqs interrupt handlers, set to signal SIGNAL_IRQ */
#define BLOCK_TICK_US 20000          /* period of the second thread's scheduling context */

#define BLOCK_DEVICES_MAX 8
#define STARTUP_BLOCK_OWN_PAGES 16   /* its own I/O pages */
#define STARTUP_BLOCK_DMA_PAGES 3    /* of a device that uses DMA for its queue */

#define STARTUP_BLOCK_START_VA 0x0000000000402000 /* struct block_start, one page, read-only */
#define STARTUP_BLOCK_OWN_VA (STARTUP_BLOCK_RING_VA + 0x80000)
#define STARTUP_BLOCK_REGISTERS_VA (STARTUP_BLOCK_RING_VA + 0x90000) /* one page per device */
#define STARTUP_BLOCK_DMA_VA (STARTUP_BLOCK_RING_VA + 0xa0000)       /* STARTUP_BLOCK_DMA_PAGES per device */

#define BLOCK_START_MAGIC 0x747274736b636f6cull /* "lockstrt" */
#define BLOCK_START_VERSION 1

enum block_device_kind { BLOCK_DEVICE_VIRTIO = 1, BLOCK_DEVICE_SDHCI = 2 };

struct block_device {
    uint32_t kind;      /* enum block_device_kind */
    uint32_t socket;    /* SDHCI: the card-detect bit of the controller means something */
    uint64_t registers; /* address */
    uint64_t dma_pa;    /* of its STARTUP_BLOCK_DMA_PAGES pages, contiguous; 0: it has none */
};

struct block_start {
    uint64_t magic;           /* BLOCK_START_MAGIC */
    uint32_t version;         /* BLOCK_START_VERSION */
    uint32_t size;            /* sizeof(struct block_start) */
    uint64_t timer_frequency; /* Hz of CNTVCT_EL0 */
    uint64_t io_pa;           /* of the I/O pages, contiguous */
    uint64_t own_pa;          /* of its own I/O pages, contiguous */
    uint64_t fail_every;      /* debug builds: boot argument fail-io=; 0: off */
    uint32_t n_irqs;
    uint32_t n_devices;
    struct block_device devices[BLOCK_DEVICES_MAX];
};

_Static_assert(sizeof(struct block_start) <= 4096, "the start block is one page");

/* ---- process ---- */

/*
 * An ordinary client of the pager too; LAYOUT_CAP_PAGER is its client cap for its own memory, PROCESS_CAP_PAGER the manager's.
 * LAYOUT_CAP_KINFO: the kernel information page, to be mapped at LAYOUT_KINFO_VA of observers. LAYOUT_CAP_CONSOLE: for its own messages.
 * LAYOUT_CAP_INIT: endpoint to init, badged BADGE(BADGE_OBSERVER, 1), to copy to the shell; PROCESS_CAP_BLOCK: the same to the block server.
 */
#define PROCESS_CAP_ENDPOINT 9          /* its own, all rights, no badge: it mints the badges of its clients */
#define PROCESS_CAP_NOTIFICATION 10     /* bound to its thread; signalled by pager and console */
#define PROCESS_CAP_PAGER 11            /* pager endpoint, BADGE(BADGE_MANAGER, MANAGER_PROCESS) */
#define PROCESS_CAP_CONSOLE 12          /* console endpoint, BADGE(BADGE_MANAGER, MANAGER_PROCESS) */
#define PROCESS_CAP_CONSOLE_ENDPOINT 13 /* console endpoint, no badge: the process server mints its clients' badges */
#define PROCESS_CAP_SCHED_CONTROL 14
#define PROCESS_CAP_TCB 15              /* its own thread: authority for the priorities of programs (MCP PRIORITY_PROGRAM) */
#define PROCESS_CAP_SYSTEM_SC 16         /* scheduling contexts of init, pager, console, process, block, in this order: for their CPU time */
#define PROCESS_CAP_BLOCK 21
#define PROCESS_CAP_REPLIES 32          /* first of process_limit() reply objects, one for each process: all may wait. Behind them PROCESS_SLOTS empty slots for each process */
#define PROCESS_SLOTS 8

/* Radix of the process server's CNode: it is made at start and takes at most a thousandth of RAM, but for small machines; 12; 13 if the boot leaves 240 MiB, 14 if
 * it leaves 480 MiB. The server is told it as its third argument. */
#define PROCESS_CNODE_BITS_MAX 14
static inline unsigned process_cnode_bits(uint64_t free_pages)
{
    unsigned bits = 12;
    while (bits < PROCESS_CNODE_BITS_MAX && 15ull << bits <= free_pages) {
        bits++;
    }
    return bits;
}

/* process_limit: processes that it can keep, those of the system included: 451, 906 or 1816. */
static inline unsigned process_limit(unsigned cnode_bits)
{
    return ((1u << cnode_bits) - PROCESS_CAP_REPLIES) / (PROCESS_SLOTS + 1);
}

#endif
