/* SPDX-License-Identifier: BSD-2-Clause */
/* The bootinfo frame and the initial CSpace, as the root task sees them; ABI 14.2 to 14.4. */
#ifndef KERNEL_BOOTINFO_H
#define KERNEL_BOOTINFO_H

#include "types.h"

enum initial_slot {
    SLOT_INITIAL_THREAD = 1,
    SLOT_INITIAL_CNODE = 2,
    SLOT_INITIAL_VSPACE = 3,
    SLOT_IRQ_CONTROL = 4,
    SLOT_ASID_CONTROL = 5,
    SLOT_ASID_POOL = 6,
    SLOT_BOOTINFO_FRAME = 9,
    SLOT_IPC_BUFFER = 10,
    SLOT_DOMAIN = 11,
    SLOT_INITIAL_SCHED_CONTEXT = 14,
    SLOT_FIRST_DYNAMIC = 16,
};

enum { BOOTINFO_MAX_UNTYPEDS = 230, BOOTINFO_CHUNK_FDT = 6 };

struct bootinfo_slots { /* [start, end) */
    word_t start, end;
};

struct bootinfo {
    word_t extra_len; /* bytes of extra bootinfo, headers included */
    word_t node_id;
    word_t num_nodes;
    word_t num_io_pt_levels;
    word_t ipc_buffer; /* user address */
    struct bootinfo_slots empty;
    struct bootinfo_slots shared_frames;
    struct bootinfo_slots user_image_frames;
    struct bootinfo_slots user_image_paging;
    struct bootinfo_slots io_space_caps;
    struct bootinfo_slots extra_bi_pages;
    word_t init_thread_cnode_size_bits;
    word_t init_thread_domain;
    struct bootinfo_slots sched_control;
    struct bootinfo_slots untyped;
    struct bootinfo_untyped {
        word_t paddr;
        uint8_t size_bits;
        uint8_t is_device;
        uint8_t padding[6];
    } untyped_list[BOOTINFO_MAX_UNTYPEDS];
};
_Static_assert(offsetof(struct bootinfo, empty) == 40 && offsetof(struct bootinfo, user_image_frames) == 72 &&
                   offsetof(struct bootinfo, extra_bi_pages) == 120 && offsetof(struct bootinfo, sched_control) == 152 &&
                   offsetof(struct bootinfo, untyped_list) == 184 && sizeof(struct bootinfo_untyped) == 16 && sizeof(struct bootinfo) == 3864,
               "ABI: layout of the bootinfo frame");

struct bootinfo_chunk { /* header of each piece of extra bootinfo */
    word_t id;
    word_t len; /* header included */
};

#endif
