/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operations on capabilities and address spaces; see caps_operations.h.
 *
 * The arena is a CNode of 64 slots. At the start of a run its first slots hold an untyped, a small one, itself, a VSpace with an ASID, an ASID pool, an untyped
 * of the size of a pool; whatever else there is the operations make. Each operation takes five bytes: what, and four parameters.
 */
#include "caps_operations.h"
#include "host_kernel.h"
#include "object/cdt.h"
#include "state_check.h"

enum { ARENA_BITS = 6, ARENA_SLOTS = 1 << ARENA_BITS, POOL_BITS = 21, OPERATION_BYTES = 5 };
enum { AT_UNTYPED, AT_SMALL_UNTYPED, AT_ITSELF, AT_VSPACE, AT_ASID_POOL, AT_POOL_UNTYPED, AT_CNODE, AT_FRAMES };

static word_t arena, pool, holder; /* holder: where a capability of the arena stands while it is invoked */
static unsigned caps_at_rest;

struct operation {
    uint8_t what, a, b, c, d;
};

/* ---- invoking what is in the arena ---- */

/* Capabilities of the arena can be named by the root task's addresses: 52 bits guard, 12 bits root CNode; the arena has an address of its own through `holder`, a
 * capability to it whose guard makes up the rest of the 64 bits. So it is the root task's CSpace that changes: slot addresses there are (slot, 64). */
static word_t in_arena(uint8_t parameter) { return parameter % ARENA_SLOTS; }

/* To these a call would wait for an answer. */
static bool is_for_messages(enum cap_type type) { return type == CAP_ENDPOINT || type == CAP_NOTIFICATION || type == CAP_REPLY; }

static struct answer arena_call(word_t slot, word_t label, const word_t *caps, unsigned n_words, const word_t *words)
{
    const struct slot *arena_slots = CAP_OBJECT(slot_of(arena)->cap.cnode);
    if (is_for_messages(cap_type(&arena_slots[slot].cap)))
        return (struct answer){.label = ERR_ILLEGAL_OPERATION};
    struct slot *cspace = &root_thread->slots[THREAD_SLOT_CSPACE];
    struct cap own = cspace->cap;
    cspace->cap = slot_of(holder)->cap;
    struct answer a = kernel_call(slot, label, caps, n_words, words);
    cspace->cap = own;
    return a;
}
#define ARENA_CALL(slot, label, caps, ...) \
    arena_call(slot, label, caps, sizeof((const word_t[]){__VA_ARGS__}) / sizeof(word_t), (const word_t[]){__VA_ARGS__})

static va_t some_va(uint8_t parameter) { return 0x10000000 + ((va_t)(parameter & 3) << 21) + ((va_t)(parameter >> 2) << 12); }

/* ---- operations ---- */

static struct answer retype_some(const struct operation *o)
{
    static const uint8_t sizes[] = {12, 4, 14, 16, 7, 8, 13, 18};
    word_t type = o->b % OBJECT_TYPES, size_bits = type == OBJECT_CNODE ? 1 + (o->b >> 4) % 6u : sizes[o->b >> 5];
    return ARENA_CALL(in_arena(o->a), LABEL_UNTYPED_RETYPE, CAPS(AT_ITSELF), type, size_bits, 0, 0, in_arena(o->c), 1 + o->d % 8);
}

/* Between the arena and a CNode in it. */
static struct answer into_cnode(const struct operation *o)
{
    word_t cnode = in_arena(o->a), index = o->c % 16, depth = 1 + (o->d >> 2) % 6;
    switch (o->d % 4) {
    case 0:
        return ARENA_CALL(cnode, LABEL_CNODE_MOVE, CAPS(AT_ITSELF), index, depth, in_arena(o->b), ARENA_BITS);
    case 1:
        return ARENA_CALL(AT_ITSELF, LABEL_CNODE_MOVE, CAPS(cnode), in_arena(o->b), ARENA_BITS, index, depth);
    case 2:
        return ARENA_CALL(cnode, LABEL_CNODE_COPY, CAPS(AT_ITSELF), index, depth, in_arena(o->b), ARENA_BITS, RIGHTS_ALL);
    default:
        return ARENA_CALL(cnode, LABEL_CNODE_DELETE, NULL, index, depth);
    }
}

static struct answer tree_operation(const struct operation *o)
{
    word_t to = in_arena(o->a), from = in_arena(o->b);
    switch (o->what / 4 % 8) {
    case 0:
        return ARENA_CALL(AT_ITSELF, LABEL_CNODE_COPY, CAPS(AT_ITSELF), to, ARENA_BITS, from, ARENA_BITS, o->c % 16);
    case 1:
        return ARENA_CALL(AT_ITSELF, LABEL_CNODE_MINT, CAPS(AT_ITSELF), to, ARENA_BITS, from, ARENA_BITS, RIGHTS_ALL, o->c);
    case 2:
        return ARENA_CALL(AT_ITSELF, LABEL_CNODE_MOVE, CAPS(AT_ITSELF), to, ARENA_BITS, from, ARENA_BITS);
    case 3:
        return ARENA_CALL(AT_ITSELF, LABEL_CNODE_MUTATE, CAPS(AT_ITSELF), to, ARENA_BITS, from, ARENA_BITS, o->c % 2 ? 0 : o->c);
    case 4:
    case 5:
        return ARENA_CALL(AT_ITSELF, LABEL_CNODE_ROTATE, CAPS(AT_ITSELF, AT_ITSELF), to, ARENA_BITS, 0, from, ARENA_BITS, 0,
                          o->d % 2 ? to : in_arena(o->c), ARENA_BITS);
    case 6:
        return ARENA_CALL(AT_ITSELF, LABEL_CNODE_DELETE, NULL, to, ARENA_BITS);
    default:
        return ARENA_CALL(AT_ITSELF, o->d % 4 ? LABEL_CNODE_DELETE : LABEL_CNODE_REVOKE, NULL, to, ARENA_BITS);
    }
}

static struct answer paging_operation(const struct operation *o)
{
    word_t object = in_arena(o->a), vspace = o->b % 4 ? AT_VSPACE : in_arena(o->b >> 2);
    va_t va = some_va(o->c);
    switch (o->what / 4 % 13) {
    case 0: case 1:
        return ARENA_CALL(object, LABEL_ARM_PAGE_TABLE_MAP, CAPS(vspace), va, 3);
    case 2: case 3:
        return ARENA_CALL(object, LABEL_ARM_PAGE_MAP, CAPS(vspace), va, o->d % 4, 3);
    case 4:
        return ARENA_CALL(object, LABEL_ARM_PAGE_UNMAP, NULL, 0);
    case 5:
        return ARENA_CALL(object, LABEL_ARM_PAGE_TABLE_UNMAP, NULL, 0);
    case 6:
        return ARENA_CALL(vspace, LABEL_PAGING_MAP_RANGE, CAPS(AT_ITSELF), va, 1 + o->d % 16, 3, 3, object, ARENA_BITS);
    case 12:
        return ARENA_CALL(vspace, LABEL_PAGING_MAP_COPIES, CAPS(AT_ITSELF), va, 1 + o->d % 16, 1 + o->a % 3, 3, in_arena(o->a >> 2), ARENA_BITS, object);
    case 7:
        return ARENA_CALL(vspace, LABEL_PAGING_UNMAP_SLOTS, CAPS(AT_ITSELF), va, 1 + o->d % 16, object, ARENA_BITS);
    case 8:
        return ARENA_CALL(vspace, LABEL_PAGING_UNMAP_RANGE, NULL, va, 1 + o->d);
    case 9:
        return ARENA_CALL(vspace, LABEL_PAGING_PROTECT_RANGE, NULL, va, 1 + o->d, o->a % 4, 3);
    case 10:
        return ARENA_CALL(vspace, LABEL_PAGING_HARVEST, NULL, va, 1 + o->d, o->a % 4);
    default:
        return ARENA_CALL(vspace, LABEL_PAGING_REPLACE_FRAME, CAPS(object, in_arena(o->d)), va);
    }
}

static struct answer other_operation(const struct operation *o)
{
    word_t object = in_arena(o->a), other = in_arena(o->b);
    switch (o->what / 4 % 6) {
    case 0:
        return ARENA_CALL(AT_ASID_POOL + o->c % 2 * (object - AT_ASID_POOL), LABEL_ARM_ASID_POOL_ASSIGN, CAPS(other), 0);
    case 1: /* into the thread's own slots; its deletion then has something to empty */
        return ARENA_CALL(object, LABEL_TCB_CONFIGURE, CAPS(other, o->c % 2 ? AT_VSPACE : in_arena(o->c), in_arena(o->d)), 0, 0, o->d % 2 ? 0x1000 : 0);
    case 2: /* fault and timeout handlers */
        return ARENA_CALL(object, LABEL_TCB_SET_TIMEOUT_ENDPOINT, CAPS(other), 0);
    case 3:
        return ARENA_CALL(object, LABEL_IRQ_HANDLER_SET_NOTIFICATION, CAPS(other), 0);
    case 4:
        host.pending_every = o->c % 4;
        return CALL(SLOT_IRQ_CONTROL, LABEL_IRQ_CONTROL_GET, CAPS(arena), o->b % 64, object, ARENA_BITS);
    default:
        return CALL(SLOT_ASID_CONTROL, LABEL_ARM_ASID_CONTROL_MAKE_POOL, CAPS(pool, arena), object, ARENA_BITS);
    }
}

static struct answer carry_out(const struct operation *o)
{
    switch (o->what % 4) {
    case 0:
        return o->what & 128 ? retype_some(o) : into_cnode(o);
    case 1:
        return tree_operation(o);
    case 2:
        return paging_operation(o);
    default:
        return other_operation(o);
    }
}

/* ---- a run ---- */

static struct answer make_in_arena(word_t type, word_t size_bits, word_t slot, word_t n)
{
    return CALL(pool, LABEL_UNTYPED_RETYPE, CAPS(arena), type, size_bits, 0, 0, slot, n);
}

static void fill_arena(void)
{
    EXPECT_OK(make_in_arena(OBJECT_UNTYPED, 18, AT_UNTYPED, 1));
    EXPECT_OK(make_in_arena(OBJECT_UNTYPED, 14, AT_SMALL_UNTYPED, 1));
    EXPECT_OK(CALL(arena, LABEL_CNODE_COPY, CAPS(SLOT_INITIAL_CNODE), AT_ITSELF, ARENA_BITS, arena, 64, RIGHTS_ALL));
    EXPECT_OK(make_in_arena(OBJECT_VSPACE, 0, AT_VSPACE, 1));
    EXPECT_OK(CALL(arena, LABEL_CNODE_COPY, CAPS(SLOT_INITIAL_CNODE), AT_ASID_POOL, ARENA_BITS, SLOT_ASID_POOL, 64, RIGHTS_ALL));
    EXPECT_OK(make_in_arena(OBJECT_UNTYPED, 12, AT_POOL_UNTYPED, 1));
    EXPECT_OK(make_in_arena(OBJECT_CNODE, 4, AT_CNODE, 1));
    EXPECT_OK(make_in_arena(OBJECT_SMALL_PAGE, 0, AT_FRAMES, 8));
    EXPECT_OK(make_in_arena(OBJECT_PAGE_TABLE, 0, AT_FRAMES + 8, 4));
    EXPECT_OK(ARENA_CALL(AT_ASID_POOL, LABEL_ARM_ASID_POOL_ASSIGN, CAPS(AT_VSPACE), 0));
}

static void empty_arena(void)
{
    EXPECT_OK(cnode_revoke(pool));
    for (word_t i = 0; i < ARENA_SLOTS; i++)
        EXPECT_OK(CALL(arena, LABEL_CNODE_DELETE, NULL, i, ARENA_BITS));
    EXPECT_OK(cnode_revoke(SLOT_IRQ_CONTROL));
    EXPECT_OK(cnode_revoke(pool));
}

void caps_start(void)
{
    kernel_boot();
    arena = make(OBJECT_CNODE, ARENA_BITS);
    pool = untyped_of(POOL_BITS);
    holder = free_slot();
    EXPECT_OK(cnode_mint(holder, arena, RIGHTS_ALL, 64 - ARENA_BITS));
    caps_at_rest = kernel_check(1);
}

unsigned caps_run(const uint8_t *bytes, size_t n_bytes, unsigned check_every)
{
    unsigned succeeded = 0;
    host.pending_every = 0;
    fill_arena();
    for (size_t i = 0; i + OPERATION_BYTES <= n_bytes; i += OPERATION_BYTES) {
        struct operation o = {bytes[i], bytes[i + 1], bytes[i + 2], bytes[i + 3], bytes[i + 4]};
        succeeded += carry_out(&o).label == 0;
        if (i / OPERATION_BYTES % check_every == 0)
            kernel_check(check_every == 1 ? 1 : 64);
    }
    kernel_check(1);
    empty_arena();
    if (kernel_check(1) != caps_at_rest)
        ck_abort_msg("capabilities are left over");
    return succeeded;
}
