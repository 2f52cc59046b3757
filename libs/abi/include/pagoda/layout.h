/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address space and CSpace layout of every process that the process server (or init) starts.
 * Shared by pager, process, init, libc and the linker script of programs.
 */
#ifndef PAGODA_LAYOUT_H
#define PAGODA_LAYOUT_H

#define PAGE_BITS 12
#define PAGE_SIZE 4096
#define LARGE_PAGE_BITS 21

/* Virtual addresses. Text, heap and stack share the first GiB, so that a small process needs few tables. */
#define LAYOUT_IPC_BUFFER_VA 0x0000000000400000 /* one resident page */
#define LAYOUT_KINFO_VA 0x0000000000401000      /* kernel information page, read-only, where LAYOUT_CAP_KINFO is held */
#define LAYOUT_PROGRAM_VA 0x0000000000410000    /* where programs are linked */
#define LAYOUT_HEAP_VA 0x0000000010000000       /* sbrk area, reserved lazily */
#define LAYOUT_HEAP_END 0x0000000030000000
#define LAYOUT_STACK_TOP 0x0000000040000000     /* first thread's stack ends here (exclusive) */
#define LAYOUT_STACK_RESERVE 0x0000000008000000 /* 128 MiB of addresses below it, guard page included */
#define LAYOUT_MMAP_VA 0x0000000100000000       /* mmap without a fixed address: from here up */
#define LAYOUT_MMAP_END 0x0000700000000000
#define LAYOUT_USER_TOP 0x0000800000000000      /* first address that is not a user address */

/* CSpace of a client process: one CNode of 2^LAYOUT_CNODE_BITS slots, guard so that cptr = slot number. */
#define LAYOUT_CNODE_BITS 5
#define LAYOUT_CAP_PAGER 1    /* endpoint, badged with the space: requests to the pager */
#define LAYOUT_CAP_PROCESS 2  /* endpoint, badged with the process: requests to the process server */
#define LAYOUT_CAP_CONSOLE 3  /* endpoint, badged with the process: requests to the console */
#define LAYOUT_CAP_INIT 4     /* endpoint to init: only in processes that may ask for it (the shell); else empty */
#define LAYOUT_CAP_REPLY 5    /* a reply object of the process's own (servers); else empty */
#define LAYOUT_CAP_KINFO 6    /* frame: the kernel information page, read-only; only in pager and shell */
#define LAYOUT_CAP_RECEIVE 7  /* empty slot into which capabilities are received */
#define LAYOUT_CAP_CNODE 8    /* own CNode; only in servers */
#define LAYOUT_CAP_BLOCK 9    /* endpoint to the block server: only in processes that may ask for it (the shell); else empty, or a server's own use */
#define LAYOUT_CAP_NOTIFICATION 10 /* notification of the program's own, once it has asked for it (process.notification); else empty, or a server's own use */
#define LAYOUT_CAP_FREE 11    /* first slot without fixed use */

/* Badges: what kind of client, and which. One encoding for every server's endpoint. */
#define BADGE_KIND_SHIFT 56
#define BADGE_KIND(badge) ((unsigned)((badge) >> BADGE_KIND_SHIFT))
#define BADGE_ID(badge) ((badge) & ((1ull << BADGE_KIND_SHIFT) - 1))
#define BADGE(kind, id) (((unsigned long)(kind) << BADGE_KIND_SHIFT) | (unsigned long)(id))
#define BADGE_FAULT 1    /* pager: fault message of space id */
#define BADGE_CLIENT 2   /* request of a client: id = space (pager) or pid (process, console) */
#define BADGE_MANAGER 3  /* request of a server that may name other clients: process, init */
#define BADGE_OBSERVER 4 /* a client that may read everything and steer settings: the shell; id as for CLIENT */
#define BADGE_SIGNAL 5   /* bound-notification word; id = bit mask of events */

#endif
