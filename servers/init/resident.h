/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs whose address space init builds by itself, page by page, all of it resident: the pager, and the block server, which must run
 * while the pager waits for it. Order: begin, CNodes and the like from its block, load, more pages, run.
 */
#ifndef INIT_RESIDENT_H
#define INIT_RESIDENT_H

#include "memory.h"
#include <loader/archive.h>
#include <loader/arguments.h>
#include <loader/load.h>

/* A page that the program may write to, and what was in it at the start. */
struct resident_page {
    seL4_CPtr frame;
    const uint8_t *bytes; /* `length` of them at `offset`; the rest is zero */
    uint64_t offset, length;
};

struct resident {
    struct block block;          /* that everything is made from */
    seL4_CPtr vspace;
    seL4_CPtr tcb;
    seL4_CPtr sched_context;
    seL4_CPtr ipc_frame;
    struct elf_program elf;
    const uint8_t *file;         /* its ELF file */
    const char *name;
    unsigned stack_pages;
    struct arguments_block arguments;
    struct load_start run;
    struct resident_page *writable; /* for resident_reload; NULL: it cannot be started again */
    unsigned n_writable, max_writable;
};

/*
 * resident_begin: find bin/NAME, cut its block. It holds the program, its stack and kernel objects, and extra_pages more.
 */
void resident_begin(struct resident *r, const char *name, const struct archive *archive, unsigned stack_pages, uint64_t extra_pages);

/* resident_load: address space, thread, IPC buffer, segments, stack. After the large objects of the block: alignment then loses nothing. */
void resident_load(struct resident *r);

/* resident_add_page: one page of it with these bytes (the rest zero), mapped at va. rights: ELF_*. Returns the frame. */
seL4_CPtr resident_add_page(struct resident *r, uint64_t va, const void *bytes, uint64_t offset, uint64_t length, uint32_t rights);

/* resident_fill: write bytes to a frame that is mapped nowhere. */
void resident_fill(struct resident *r, seL4_CPtr frame, const void *bytes, uint64_t offset, uint64_t length);

struct resident_thread {
    seL4_CPtr cnode;
    seL4_Word guard;
    seL4_CPtr sched_control;
    unsigned priority;
    seL4_CPtr fault_endpoint;
};

/* resident_run: start its thread. */
void resident_run(struct resident *r, const struct resident_thread *thread);

/*
 * resident_reload: start a program again whose thread was suspended: every page that it may write to becomes what it was at the start; what it
 * cannot write to, and its capabilities, stay. Takes no memory and no slot. Pages that were not made by resident_add_page are not touched.
 *   slot  an empty one of init's, empty again afterwards
 * Needs: `writable` was set before resident_load.
 */
void resident_reload(struct resident *r, seL4_CPtr slot);

#endif
