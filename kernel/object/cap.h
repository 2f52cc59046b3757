/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capabilities and the slots that hold them.
 *
 * A slot is 32 bytes: 16 of capability, 16 of derivation tree (object/cdt.h). Objects are named by physical address, so that
 * the same layout works on the target and in the host build, and so that every field fits: RAM lies below 2^44.
 * Type numbers are those that DebugCapIdentify reports.
 */
#ifndef KERNEL_OBJECT_CAP_H
#define KERNEL_OBJECT_CAP_H

#include "arch.h"
#include "types.h"

enum cap_type {
    CAP_NULL = 0,
    CAP_FRAME = 1,
    CAP_UNTYPED = 2,
    CAP_PAGE_TABLE = 3,
    CAP_ENDPOINT = 4,
    CAP_NOTIFICATION = 6,
    CAP_REPLY = 8,
    CAP_VSPACE = 9,
    CAP_CNODE = 10,
    CAP_ASID_CONTROL = 11,
    CAP_THREAD = 12,
    CAP_ASID_POOL = 13,
    CAP_IRQ_CONTROL = 14,
    CAP_IRQ_HANDLER = 16,
    CAP_ZOMBIE = 18, /* an object being destroyed in steps */
    CAP_DOMAIN = 20,
    CAP_SCHED_CONTEXT = 22,
    CAP_SCHED_CONTROL = 24,
    CAP_SGI_SIGNAL = 27,
};
enum { CAP_TYPE_BITS = 5 };

enum cap_rights {
    RIGHT_WRITE = 1,
    RIGHT_READ = 2,
    RIGHT_GRANT = 4,
    RIGHT_GRANT_REPLY = 8,
    RIGHTS_ALL = 15,
};

/* `object` fields hold pa >> 4. Every variant keeps `type` in the low five bits of the second word. */
struct cap {
    union {
        uint64_t w[2];
        struct { uint64_t data; uint64_t type : 5, : 59; };
        struct { uint64_t badge; uint64_t type : 5, rights : 4, : 15, object : 40; } endpoint;     /* and notification */
        struct { uint64_t : 64; uint64_t type : 5, rights : 4, : 15, object : 40; } reply;
        struct { uint64_t guard; uint64_t type : 5, radix : 6, guard_size : 6, : 7, object : 40; } cnode;
        struct { uint64_t : 64; uint64_t type : 5, : 19, object : 40; } thread;
        struct { uint64_t size_bits; uint64_t type : 5, : 19, object : 40; } sched_context;
        struct { uint64_t core; uint64_t type : 5, : 59; } sched_control;
        struct { uint64_t free_offset : 44, zero_blocks : 20; /* object/untyped.h */
                 uint64_t type : 5, size_bits : 6, device : 1, : 8, object : 44; } untyped; /* object: pa >> 4, up to 2^48 */
        struct { uint64_t va_page : 36, asid : 16, size : 2, rights : 2, device : 1, mapped : 1, tag : 5, : 1; /* va >> 12 */
                 uint64_t type : 5, unclean : 18, : 1, object : 40; } frame; /* size: enum frame_size; rights: RIGHT_READ | RIGHT_WRITE; object/frame.h */
        struct { uint64_t va_page : 36, asid : 16, level : 2, mapped : 1, : 9; /* level: of the table, 1..3 */
                 uint64_t type : 5, : 19, object : 40; } page_table;
        struct { uint64_t asid; uint64_t type : 5, : 19, object : 40; } vspace; /* asid 0: not assigned */
        struct { uint64_t pool; uint64_t type : 5, : 19, object : 40; } asid_pool; /* pool number 0..127 */
        struct { uint64_t irq; uint64_t type : 5, : 59; } irq_handler;
        struct { uint64_t sgi : 8, target : 32, : 24; uint64_t type : 5, : 59; } sgi_signal;
        struct { uint64_t n_left; /* slots or entries not yet emptied; emptied from the end */
                 uint64_t type : 5, : 6, kind : 2, : 11, object : 40; } zombie; /* kind: enum zombie_kind */
    };
};
_Static_assert(sizeof(struct cap) == 16, "a capability is two words");

/* First word of a frame's capability, as far as it says where it is mapped: page number, ASID, mapped. The word of the next page is 1 more. The mask also
 * takes the size, which is 0 in small frames. */
#define CAP_FRAME_PLACE ((struct cap){.frame = {.va_page = MASK(36), .asid = 0xffff, .mapped = 1}}.w[0])
#define CAP_FRAME_PLACE_MASK (CAP_FRAME_PLACE | (struct cap){.frame = {.size = 3}}.w[0])
#define CAP_FRAME_TAG ((struct cap){.frame = {.tag = 31}}.w[0])
static inline word_t cap_frame_place(word_t asid, va_t va) { return va >> 12 | asid << 36 | (struct cap){.frame = {.mapped = 1}}.w[0]; }

/* What is left of a destroyed object: slots, waiting threads, address-space numbers. */
enum zombie_kind { ZOMBIE_CNODE, ZOMBIE_THREAD, ZOMBIE_QUEUE, ZOMBIE_ASID_POOL };

enum frame_size { FRAME_SMALL = 0, FRAME_LARGE = 1, FRAME_HUGE = 2 };
static inline unsigned frame_size_bits(enum frame_size size) { return 12 + 9 * (unsigned)size; }

/* A slot: capability and its place in the derivation tree. Tree fields belong to cdt.c alone. The tree names slots by pa / 32, hence the alignment. */
struct slot {
    struct cap cap;
    uint64_t tree[2];
} __attribute__((aligned(32)));
_Static_assert(sizeof(struct slot) == 32, "ABI: 32 bytes a slot");
#define SLOT_BITS 5

#define CAP_OBJECT_PA(variant) ((pa_t)(variant).object << 4)
#define CAP_OBJECT(variant) kernel_pointer(CAP_OBJECT_PA(variant))

static inline enum cap_type cap_type(const struct cap *cap) { return (enum cap_type)cap->type; }
static inline bool slot_is_empty(const struct slot *slot) { return slot->cap.type == CAP_NULL; }

#endif
