/* SPDX-License-Identifier: BSD-2-Clause */
#include "model_operations.h"
#include "caps_model.h"

#include "object/cdt.h"

#include <stdio.h>
#include <stdlib.h>

enum { ARENA_BITS = 6, ARENA_SLOTS = 1 << ARENA_BITS, POOL_BITS = 19, SPACE_VA = 0x10000000 };
enum { AT_ITSELF, AT_UNTYPED, AT_SMALL_UNTYPED, AT_VSPACE, AT_ASID_POOL, AT_FREE };

static word_t arena, pool, holder, vspace; /* slots of the root CNode; holder: a capability to the arena whose guard makes up for the rest of 64 bits */
static unsigned operation_number;

/* ---- calls ---- */

static struct answer call_kernel(word_t slot, word_t label, const word_t *caps, unsigned n_words, const word_t *words)
{
    struct slot *cspace = &root_thread->slots[THREAD_SLOT_CSPACE];
    struct cap own = cspace->cap;
    cspace->cap = slot_of(holder)->cap;
    struct answer a = kernel_call(slot, label, caps, n_words, words);
    cspace->cap = own;
    return a;
}

/* RANDOM_TRACE=1 in the environment: what is called. */
static void trace(word_t slot, word_t label, const word_t *caps, unsigned n_words, const word_t *words)
{
    static int wanted = -1;
    if (wanted < 0)
        wanted = getenv("RANDOM_TRACE") != NULL;
    if (!wanted)
        return;
    fprintf(stderr, "%u: label %lu on slot %lu (type %u), capabilities", operation_number, label, slot, (unsigned)model.arena->slots[slot].type);
    for (; caps && *caps != NO_CAP; caps++)
        fprintf(stderr, " %lu", *caps);
    fprintf(stderr, ", words");
    for (unsigned i = 0; i < n_words; i++)
        fprintf(stderr, " 0x%lx", words[i]);
    fprintf(stderr, "\n");
}

static struct answer call_both(word_t slot, word_t label, const word_t *caps, unsigned n_words, const word_t *words)
{
    enum cap_type type = model.arena->slots[slot].type;
    if (type == CAP_ENDPOINT || type == CAP_NOTIFICATION || type == CAP_REPLY || type == CAP_VSPACE || type == CAP_SCHED_CONTEXT)
        return (struct answer){.label = ERR_ILLEGAL_OPERATION}; /* messages would block; the others' labels are not asked for */
    trace(slot, label, caps, n_words, words);
    struct answer real = call_kernel(slot, label, caps, n_words, words), expected = model_call(slot, label, caps, words);
    /* A call that was interrupted begins again, and by then may have deleted what leads to the slot it is about. */
    if ((label == LABEL_CNODE_REVOKE || label == LABEL_CNODE_DELETE) && last_attempts > 1 &&
        (real.label == ERR_INVALID_CAPABILITY || real.label == ERR_FAILED_LOOKUP) && real.label != expected.label)
        model.order_matters = true;
    if (model.order_matters)
        return real;
    bool same = real.label == expected.label && real.length == expected.length;
    for (unsigned i = 0; same && i < expected.length; i++)
        same = real.mr[i] == expected.mr[i];
    if (!same)
        MODEL_DIFFERS("operation %u, label %lu on slot %lu: the kernel says %lu (%lu words: %lu %lu %lu %lu), the model %lu (%lu words: %lu %lu %lu %lu)", operation_number,
                     label, slot, real.label, real.length, real.mr[0], real.mr[1], real.mr[2], real.mr[3], expected.label, expected.length, expected.mr[0],
                     expected.mr[1], expected.mr[2], expected.mr[3]);
    return real;
}
#define BOTH(slot, label, caps, ...) \
    call_both(slot, label, caps, sizeof((const word_t[]){__VA_ARGS__}) / sizeof(word_t), (const word_t[]){__VA_ARGS__})

/* ---- operations ---- */

struct operation {
    uint8_t what, a, b, c, d, e;
};

/* Random parameters alone would nearly always name nothing: what is wanted is looked for from there on, in the model. */
typedef bool wanted(const struct model_slot *slot);
static bool empty(const struct model_slot *slot) { return slot->type == CAP_NULL; }
static bool occupied(const struct model_slot *slot) { return slot->type != CAP_NULL; }
static bool cnode(const struct model_slot *slot) { return slot->type == CAP_CNODE; }
static bool thread(const struct model_slot *slot) { return slot->type == CAP_THREAD; }
static bool frame(const struct model_slot *slot) { return slot->type == CAP_FRAME; }
static bool untyped(const struct model_slot *slot) { return slot->type == CAP_UNTYPED; }
static bool endpoint(const struct model_slot *slot) { return slot->type == CAP_ENDPOINT || slot->type == CAP_NULL; }

static word_t look(const struct model_object *object, word_t from, word_t first, wanted *is)
{
    for (word_t i = 0; i < object->n_slots - first; i++) {
        word_t at = first + (from + i) % (object->n_slots - first);
        if (is(&object->slots[at]))
            return at;
    }
    return first + from % (object->n_slots - first);
}
static word_t some_slot(uint8_t parameter, wanted *is) { return look(model.arena, parameter, AT_UNTYPED, is); }

/* A place where a slot may be. */
struct place {
    word_t root, index, depth;
};

/* A slot of a CNode in the arena, reached through the arena. */
static struct place place_below(uint8_t slot, uint8_t how, wanted *is)
{
    word_t at = some_slot(slot, cnode);
    const struct model_slot *c = &model.arena->slots[at];
    if (c->type != CAP_CNODE || ARENA_BITS + c->guard_size + c->radix > 64)
        return (struct place){AT_ITSELF, at, ARENA_BITS};
    word_t below = c->guard << c->radix | look(c->object, how / 8, 0, is);
    return (struct place){AT_ITSELF, at << (c->guard_size + c->radix) | below, ARENA_BITS + c->guard_size + c->radix};
}

static struct place some_place(uint8_t slot, uint8_t how, wanted *is)
{
    switch (how % 8) {
    case 0: case 1: case 2:
        return (struct place){AT_ITSELF, some_slot(slot, is), ARENA_BITS};
    case 3: case 4: case 5:
        return place_below(slot, how, is);
    case 6:
        return (struct place){some_slot(slot, cnode), how / 16, 1 + how / 8 % 6};
    default:
        return (struct place){AT_ITSELF, (word_t)slot * 977, how / 8 * 3};
    }
}

static struct answer retype_some(const struct operation *o)
{
    static const uint8_t types[] = {OBJECT_CNODE, OBJECT_CNODE, OBJECT_CNODE, OBJECT_TCB, OBJECT_TCB, OBJECT_ENDPOINT, OBJECT_NOTIFICATION, OBJECT_REPLY,
                                    OBJECT_UNTYPED, OBJECT_UNTYPED, OBJECT_SMALL_PAGE, OBJECT_PAGE_TABLE, OBJECT_VSPACE, OBJECT_SCHED_CONTEXT, OBJECT_CNODE, OBJECT_TYPES};
    static const uint8_t sizes[] = {12, 4, 11, 13, 7, 8, 64, 3};
    word_t type = types[o->b % 16], size_bits = type == OBJECT_CNODE ? o->b / 16 % 5 : sizes[o->b / 32];
    bool deep = o->e % 4 == 0;
    return BOTH(some_slot(o->a, o->a % 16 ? untyped : occupied), LABEL_UNTYPED_RETYPE, ((const word_t[]){AT_ITSELF, NO_CAP}), type, size_bits,
                some_slot(o->d, cnode), deep ? ARENA_BITS : 0, deep ? o->c % 20 : some_slot(o->c, empty), (word_t)(o->e / 4 % 4));
}

static struct answer transfer_some(const struct operation *o)
{
    struct place to = some_place(o->a, o->b, empty), from = some_place(o->c, o->d, occupied);
    const word_t caps[] = {from.root, NO_CAP};
    word_t data = o->e % 2 ? o->e / 2 : (word_t)(o->e / 2 % 2) << 6 | o->e / 4 % 62;
    switch (o->what / 8 % 8) {
    case 0: case 1:
        return BOTH(to.root, LABEL_CNODE_COPY, caps, to.index, to.depth, from.index, from.depth, o->e % 16);
    case 2:
        return BOTH(to.root, LABEL_CNODE_MINT, caps, to.index, to.depth, from.index, from.depth, RIGHTS_ALL, data);
    case 3:
        return BOTH(to.root, LABEL_CNODE_MUTATE, caps, to.index, to.depth, from.index, from.depth, data);
    default:
        return BOTH(to.root, LABEL_CNODE_MOVE, caps, to.index, to.depth, from.index, from.depth);
    }
}

static struct answer rotate_some(const struct operation *o)
{
    bool swap = o->e % 2;
    struct place dest = some_place(o->a, o->b, swap ? occupied : empty), src = swap ? dest : some_place(o->d, o->e, occupied);
    struct place pivot = some_place(o->c, (uint8_t)(o->d * 5), occupied);
    const word_t caps[] = {pivot.root, src.root, NO_CAP};
    return BOTH(dest.root, LABEL_CNODE_ROTATE, caps, dest.index, dest.depth, 0, pivot.index, pivot.depth, o->e / 2 % 8 ? 0 : o->e, src.index, src.depth);
}

static struct answer remove_some(const struct operation *o)
{
    struct place place = some_place(o->a, o->b, occupied);
    bool revoke = o->c % 4 == 0;
    return BOTH(place.root, revoke ? LABEL_CNODE_REVOKE : LABEL_CNODE_DELETE, NULL, place.index, place.depth);
}

static struct answer configure_some(const struct operation *o)
{
    word_t tcb = some_slot(o->a, thread);
    if (o->e % 4 == 0)
        return BOTH(tcb, LABEL_TCB_SET_TIMEOUT_ENDPOINT, ((const word_t[]){some_slot(o->b, endpoint), NO_CAP}), 0);
    const word_t caps[] = {some_slot(o->b, cnode), o->e % 4 == 1 ? some_slot(o->c, occupied) : AT_VSPACE, some_slot(o->d, frame), NO_CAP};
    return BOTH(tcb, LABEL_TCB_CONFIGURE, caps, o->e / 4 % 4 ? 0 : o->e, 0, o->e / 16 % 2 ? 0x1000 : 0);
}

static struct answer page_some(const struct operation *o)
{
    word_t at = some_slot(o->a, frame);
    if (o->c % 4 == 0)
        return BOTH(at, LABEL_ARM_PAGE_UNMAP, NULL, 0);
    if (model.arena->slots[at].type == CAP_FRAME && model.arena->slots[at].size_bits != 12)
        return (struct answer){.label = ERR_ILLEGAL_OPERATION};
    return BOTH(at, LABEL_ARM_PAGE_MAP, ((const word_t[]){o->c % 4 == 1 ? some_slot(o->b, occupied) : AT_VSPACE, NO_CAP}),
                SPACE_VA + ((va_t)(o->d % MODEL_PAGES) << 12) + (o->e % 32 ? 0 : 16), 3, 4);
}

static struct answer carry_out(const struct operation *o)
{
    static const uint8_t kinds[] = {0, 0, 1, 1, 1, 2, 3, 3, 0, 1, 1, 1, 3, 4, 4, 5, 0, 1, 1, 2, 3, 4, 5, 5, 0, 1, 1, 1, 3, 4, 6, 7};
    switch (kinds[o->what % 32]) {
    case 0: return retype_some(o);
    case 1: return transfer_some(o);
    case 2: return rotate_some(o);
    case 3: return remove_some(o);
    case 4: return configure_some(o);
    case 5: return page_some(o);
    case 6: return BOTH(o->a % 2 ? AT_ASID_POOL : some_slot(o->a, occupied), LABEL_ARM_ASID_POOL_ASSIGN, ((const word_t[]){some_slot(o->b, occupied), NO_CAP}), 0);
    default:
        host.pending_every = o->a % 4; /* interrupts: the calls are done in pieces, with the same result */
        return (struct answer){.label = ERR_ILLEGAL_OPERATION};
    }
}

/* ---- a run ---- */

static void copy_into_arena(word_t at, word_t source)
{
    EXPECT_OK(CALL(arena, LABEL_CNODE_COPY, CAPS(SLOT_INITIAL_CNODE), at, ARENA_BITS, source, 64, RIGHTS_ALL));
}

static struct model_slot *expect_in_arena(word_t at, struct model_slot cap)
{
    model.arena->slots[at] = cap;
    return &model.arena->slots[at];
}

static void expect_untyped(word_t at)
{
    const struct slot *slots = CAP_OBJECT(slot_of(arena)->cap.cnode);
    expect_in_arena(at, (struct model_slot){.type = CAP_UNTYPED, .pa = CAP_OBJECT_PA(slots[at].cap.untyped), .size_bits = slots[at].cap.untyped.size_bits});
}

static void fill_arena(void)
{
    model_start();
    EXPECT_OK(CALL(pool, LABEL_UNTYPED_RETYPE, CAPS(arena), OBJECT_UNTYPED, 17, 0, 0, AT_UNTYPED, 1));
    EXPECT_OK(CALL(pool, LABEL_UNTYPED_RETYPE, CAPS(arena), OBJECT_UNTYPED, 13, 0, 0, AT_SMALL_UNTYPED, 1));
    copy_into_arena(AT_ITSELF, arena);
    copy_into_arena(AT_VSPACE, vspace);
    copy_into_arena(AT_ASID_POOL, SLOT_ASID_POOL);

    const struct cap *cnode = &slot_of(arena)->cap, *space = &slot_of(vspace)->cap;
    model.arena = model_object_new(CAP_CNODE, CAP_OBJECT_PA(cnode->cnode), ARENA_SLOTS * 32, ARENA_SLOTS);
    model.arena->pinned = true;
    expect_in_arena(AT_ITSELF, (struct model_slot){.type = CAP_CNODE, .object = model.arena, .pa = model.arena->pa, .radix = ARENA_BITS, .copy = true});
    expect_untyped(AT_UNTYPED);
    expect_untyped(AT_SMALL_UNTYPED);
    struct model_object *space_object = model_object_new(CAP_VSPACE, CAP_OBJECT_PA(space->vspace), 4096, 0);
    struct model_object *pool_object = model_object_new(CAP_ASID_POOL, 0, 0, 0);
    space_object->pinned = pool_object->pinned = true;
    expect_in_arena(AT_VSPACE, (struct model_slot){.type = CAP_VSPACE, .object = space_object, .pa = space_object->pa, .asid = space->vspace.asid, .copy = true});
    expect_in_arena(AT_ASID_POOL, (struct model_slot){.type = CAP_ASID_POOL, .object = pool_object, .copy = true});
    model.space_asid = space->vspace.asid;
    model.space_va = SPACE_VA;
    model.asids[1] = 1; /* the root task's */
    model.asids[model.space_asid] = space_object->pa;
}

static void empty_arena(void)
{
    EXPECT_OK(cnode_revoke(pool));
    for (word_t i = 0; i < ARENA_SLOTS; i++)
        EXPECT_OK(CALL(arena, LABEL_CNODE_DELETE, NULL, i, ARENA_BITS));
    EXPECT_OK(cnode_revoke(pool));
}

void model_run_start(void)
{
    kernel_boot();
    arena = make(OBJECT_CNODE, ARENA_BITS);
    pool = untyped_of(POOL_BITS);
    holder = free_slot();
    EXPECT_OK(cnode_mint(holder, arena, RIGHTS_ALL, 64 - ARENA_BITS));
    vspace = make(OBJECT_VSPACE, 0);
    EXPECT_OK(CALL(SLOT_ASID_POOL, LABEL_ARM_ASID_POOL_ASSIGN, CAPS(vspace), 0));
    for (unsigned level = 1; level < PT_LEVELS; level++)
        EXPECT_OK(CALL(make(OBJECT_PAGE_TABLE, 0), LABEL_ARM_PAGE_TABLE_MAP, CAPS(vspace), SPACE_VA, 3));
}

unsigned model_run(const uint8_t *bytes, size_t n_bytes, unsigned compare_every)
{
    unsigned succeeded = 0;
    host.pending_every = 0;
    fill_arena();
    model_compare();
    operation_number = 0;
    for (size_t i = 0; i + MODEL_OPERATION_BYTES <= n_bytes; i += MODEL_OPERATION_BYTES, operation_number++) {
        struct operation o = {bytes[i], bytes[i + 1], bytes[i + 2], bytes[i + 3], bytes[i + 4], bytes[i + 5]};
        word_t label = carry_out(&o).label;
        if (model.order_matters)
            break;
        if (label)
            continue;
        if (++succeeded % compare_every == 0)
            model_compare();
    }
    if (!model.order_matters)
        model_compare();
    host.pending_every = 0;
    empty_arena();
    return succeeded;
}
