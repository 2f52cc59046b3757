/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A worker: random system calls, invocations, memory accesses and instructions, for ever. It keeps nothing outside of its own pages, and all of these may be
 * taken from it at any time: then it faults, and the controller starts it again.
 */
#include "layout.h"

#include <sel4/sel4.h>
#include <stdbool.h>
#include <stddef.h>

/* ---- random numbers ---- */

static uint64_t random_word(struct worker *w)
{
    w->random ^= w->random << 13;
    w->random ^= w->random >> 7;
    w->random ^= w->random << 17;
    return w->random * 0x2545f4914f6cdd1dul;
}

static unsigned long below(struct worker *w, unsigned long n) { return (random_word(w) >> 32) % n; }
static bool one_in(struct worker *w, unsigned long n) { return below(w, n) == 0; }

/* Words at which arithmetic and bounds go wrong. */
static unsigned long odd_word(struct worker *w)
{
    unsigned long bit = 1ul << below(w, 64);
    switch (below(w, 8)) {
    case 0: return 0;
    case 1: return below(w, 16);
    case 2: return bit;
    case 3: return bit - 1;
    case 4: return ~0ul - below(w, 16);
    case 5: return ~bit + 1;
    case 6: return 0x800000000000ul - below(w, 3) * 4096;
    default: return random_word(w);
    }
}

/* ---- capabilities ---- */

/* A slot for this kind of capability. */
static unsigned long place_for(struct worker *w, enum kind kind)
{
    if (kind == KIND_ANY || one_in(w, 16))
        return below(w, ARENA_SLOTS);
    return kind * KIND_SLOTS + below(w, KIND_SLOTS);
}

/* A slot that is likely to have one: the first ones of each kind are filled at the start of an epoch. */
static unsigned long slot_of(struct worker *w, enum kind kind)
{
    if (kind == KIND_ANY || one_in(w, 16))
        return below(w, ARENA_SLOTS);
    return kind * KIND_SLOTS + below(w, 1 + below(w, KIND_SLOTS));
}

static unsigned long address_of(struct worker *w, unsigned long slot)
{
    return slot << SUB_BITS | (one_in(w, 16) ? below(w, 16) : 0) | (one_in(w, 200) ? 1ul << (16 + below(w, 48)) : 0);
}

static unsigned long cap_of(struct worker *w, enum kind kind) { return address_of(w, slot_of(w, kind)); }
static unsigned long special(enum special which) { return (unsigned long)which << SUB_BITS; }

static unsigned long endpoint(struct worker *w)
{
    return one_in(w, 8) ? cap_of(w, KIND_SCRATCH) : cap_of(w, one_in(w, 3) ? KIND_BADGED : KIND_ENDPOINT);
}

static unsigned long window_va(struct worker *w)
{
    /* A few pages in a few tables, so that mappings meet. */
    unsigned long va = WINDOW_BASE + (below(w, 3) << 21) + (below(w, 24) << 12);
    if (one_in(w, 4))
        va = WINDOW_BASE + (below(w, 3) << 21);
    if (one_in(w, 20))
        va = WINDOW_BASE + (below(w, 3) << 30);
    return one_in(w, 40) ? odd_word(w) : one_in(w, 20) ? va + below(w, 4096) : va;
}

/* ---- invocations with arguments that mostly make sense ---- */

/*
 * Words and capabilities of each method, one letter each. Words: s d slot and depth below the CNode invoked, t e below the CNode that is the capability C
 *   r rights  b badge or guard  p priority  v address in the window  i address of an IPC buffer  A attributes  f flags  o offset in a page  n pages
 *   u budget  U period  c small count  a anything
 * Capabilities: C CNode  E endpoint or nothing  B TCB or notification  T N S V F L U D * of that kind
 */
struct shape {
    uint16_t label;
    uint8_t kind;
    uint8_t weight;
    char words[11], caps[4];
};

static const struct shape shapes[] = {
    {TCBReadRegisters, KIND_TCB, 2, "fc", ""},
    {TCBWriteRegisters, KIND_TCB, 1, "fcaaaaaaaa", ""},
    {TCBCopyRegisters, KIND_TCB, 1, "f", "T"},
    {TCBConfigure, KIND_TCB, 4, "bai", "GVF"},
    {TCBSetPriority, KIND_TCB, 4, "p", "T"},
    {TCBSetMCPriority, KIND_TCB, 1, "p", "T"},
    {TCBSetSchedParams, KIND_TCB, 8, "pp", "TSE"},
    {TCBSetTimeoutEndpoint, KIND_TCB, 3, "", "E"},
    {TCBSetIPCBuffer, KIND_TCB, 2, "i", "F"},
    {TCBSetSpace, KIND_TCB, 2, "ba", "EGV"},
    {TCBSuspend, KIND_TCB, 2, "", ""},
    {TCBResume, KIND_TCB, 8, "", ""},
    {TCBBindNotification, KIND_TCB, 4, "", "N"},
    {TCBUnbindNotification, KIND_TCB, 2, "", ""},
    {TCBSetTLSBase, KIND_TCB, 1, "a", ""},
    {TCBSetFlags, KIND_TCB, 2, "ff", ""},
    {CNodeRevoke, KIND_CNODE, 2, "sd", ""},
    {CNodeDelete, KIND_CNODE, 8, "sd", ""},
    {CNodeCancelBadgedSends, KIND_CNODE, 2, "sd", ""},
    {CNodeCopy, KIND_CNODE, 8, "sdter", "C"},
    {CNodeMint, KIND_CNODE, 12, "sdterb", "C"},
    {CNodeMove, KIND_CNODE, 8, "sdte", "C"},
    {CNodeMutate, KIND_CNODE, 3, "sdteb", "C"},
    {CNodeRotate, KIND_CNODE, 8, "sdbtebte", "CC"},
    {IRQHandlerAck, KIND_IRQ, 3, "", ""},
    {IRQHandlerSetNotification, KIND_IRQ, 4, "", "N"},
    {IRQHandlerClear, KIND_IRQ, 1, "", ""},
    {DomainSetSet, KIND_SPECIAL, 1, "c", "T"},
    {DomainSetScheduleConfigure, KIND_SPECIAL, 1, "cca", ""},
    {DomainSetScheduleSetStart, KIND_SPECIAL, 1, "c", ""},
    {SchedControlConfigureFlags, KIND_SPECIAL, 8, "uUcaf", "S"},
    {SchedContextBind, KIND_SCHED_CONTEXT, 6, "", "B"},
    {SchedContextUnbind, KIND_SCHED_CONTEXT, 2, "", ""},
    {SchedContextUnbindObject, KIND_SCHED_CONTEXT, 2, "", "B"},
    {SchedContextConsumed, KIND_SCHED_CONTEXT, 2, "", ""},
    {SchedContextYieldTo, KIND_SCHED_CONTEXT, 4, "", ""},
    {ARMVSpaceCleanData, KIND_VSPACE, 1, "vv", ""},
    {ARMVSpaceInvalidateData, KIND_VSPACE, 1, "vv", ""},
    {ARMVSpaceCleanInvalidateData, KIND_VSPACE, 1, "vv", ""},
    {ARMVSpaceUnifyInstruction, KIND_VSPACE, 1, "vv", ""},
    {ARMPageTableMap, KIND_PAGE_TABLE, 8, "vA", "V"},
    {ARMPageTableUnmap, KIND_PAGE_TABLE, 2, "", ""},
    {ARMPageMap, KIND_SMALL_PAGE, 12, "vrA", "V"},
    {ARMPageMap, KIND_LARGE_PAGE, 4, "vrA", "V"},
    {ARMPageUnmap, KIND_SMALL_PAGE, 3, "", ""},
    {ARMPageUnmap, KIND_LARGE_PAGE, 2, "", ""},
    {ARMPageCleanData, KIND_SMALL_PAGE, 1, "oo", ""},
    {ARMPageInvalidateData, KIND_SMALL_PAGE, 1, "oo", ""},
    {ARMPageCleanInvalidateData, KIND_LARGE_PAGE, 1, "oo", ""},
    {ARMPageUnifyInstruction, KIND_SMALL_PAGE, 1, "oo", ""},
    {ARMPageGetAddress, KIND_SMALL_PAGE, 1, "", ""},
    {ARMASIDControlMakePool, KIND_SPECIAL, 2, "sd", "UC"},
    {ARMASIDPoolAssign, KIND_ASID_POOL, 4, "", "V"},
    {PagodaVSpaceMapRange, KIND_VSPACE, 8, "vnrAte", "C"},
    {PagodaVSpaceUnmapRange, KIND_VSPACE, 2, "vn", ""},
    {PagodaVSpaceUnmapSlots, KIND_VSPACE, 4, "vnte", "C"},
    {PagodaVSpaceProtectRange, KIND_VSPACE, 4, "vnrA", ""},
    {PagodaVSpaceHarvest, KIND_VSPACE, 4, "vnf", ""},
    {PagodaVSpaceReplaceFrame, KIND_VSPACE, 4, "v", "FF"},
    {PagodaVSpaceMapCopies, KIND_VSPACE, 8, "vnrAtet", "C"},
};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

struct call {
    unsigned long cptr, label, words[12], caps[3];
    unsigned n_words, n_caps;
    bool below_arena, from_arena; /* the CNodes that s and t are about */
};

static unsigned long word_argument(struct worker *w, const struct call *call, char code)
{
    if (one_in(w, 60))
        return odd_word(w);
    switch (code) {
    case 's': return call->below_arena ? slot_of(w, KIND_ANY) : below(w, 16);
    case 't': return call->from_arena ? slot_of(w, KIND_ANY) : below(w, 16);
    case 'd': return call->below_arena ? ARENA_BITS : 4;
    case 'e': return call->from_arena ? ARENA_BITS : 4;
    case 'r': return one_in(w, 3) ? below(w, 16) : 15;
    case 'b': return one_in(w, 2) ? 0 : one_in(w, 2) ? below(w, 8) : GUARD_BITS;
    case 'p': return one_in(w, 30) ? below(w, 300) : below(w, 200);
    case 'v': return window_va(w);
    case 'i': return worker_va(below(w, WORKERS)) + 3 * 4096 + below(w, 4) * 1024;
    case 'A': return below(w, 8);
    case 'f': return one_in(w, 2) ? below(w, 2) : below(w, 16);
    case 'o': return below(w, 65) * 64;
    case 'n': return one_in(w, 4) ? 1 + below(w, 512) : 1 + below(w, 32);
    case 'u': return one_in(w, 8) ? below(w, 20) : 20 + below(w, 200);
    case 'U': return one_in(w, 2) ? 20 + below(w, 200) : 200 + below(w, 2000);
    case 'c': return one_in(w, 4) ? below(w, 40) : below(w, 4);
    default: return odd_word(w);
    }
}

static unsigned long cap_argument(struct worker *w, const struct call *call, char code)
{
    if (one_in(w, 60))
        return one_in(w, 3) ? odd_word(w) : cap_of(w, KIND_ANY);
    switch (code) {
    case 'C': return call->from_arena ? special(SPECIAL_ARENA) : cap_of(w, KIND_CNODE);
    case 'G': return one_in(w, 8) ? cap_of(w, KIND_CNODE) : special(SPECIAL_ARENA_GUARDED);
    case 'E': return one_in(w, 8) ? 255ul << SUB_BITS : endpoint(w);
    case 'B': return cap_of(w, one_in(w, 2) ? KIND_TCB : KIND_NOTIFICATION);
    case 'T': return cap_of(w, KIND_TCB);
    case 'N': return cap_of(w, one_in(w, 4) ? KIND_BADGED : KIND_NOTIFICATION);
    case 'S': return one_in(w, 10) ? 255ul << SUB_BITS : cap_of(w, KIND_SCHED_CONTEXT);
    case 'V': return cap_of(w, KIND_VSPACE);
    case 'F': return cap_of(w, KIND_SMALL_PAGE);
    case 'L': return cap_of(w, KIND_LARGE_PAGE);
    case 'U': return cap_of(w, KIND_UNTYPED);
    default: return cap_of(w, KIND_ANY);
    }
}

static unsigned long special_for(unsigned long label)
{
    if (label == SchedControlConfigureFlags)
        return special(SPECIAL_SCHED_CONTROL);
    return special(label == ARMASIDControlMakePool ? SPECIAL_ASID_CONTROL : SPECIAL_DOMAIN);
}

/* Derived capabilities go where their like is, so that they are found again. */
static void aim(struct worker *w, struct call *call)
{
    if (!call->below_arena || !call->from_arena || one_in(w, 4))
        return;
    unsigned long kind = below(w, KINDS);
    if (call->label == CNodeMint || call->label == CNodeCopy) {
        if (one_in(w, 2))
            kind = KIND_ENDPOINT + below(w, 2);
        call->words[0] = place_for(w, kind == KIND_ENDPOINT || kind == KIND_NOTIFICATION ? KIND_BADGED : (enum kind)kind);
        call->words[2] = slot_of(w, (enum kind)kind);
    } else if (call->label == CNodeMove || call->label == CNodeMutate) {
        call->words[0] = place_for(w, (enum kind)kind);
        call->words[2] = slot_of(w, (enum kind)kind);
    } else if (call->label == CNodeRotate) {
        call->words[0] = place_for(w, (enum kind)kind);
        call->words[3] = slot_of(w, (enum kind)kind);
        call->words[6] = slot_of(w, (enum kind)kind);
    } else if (call->label == PagodaVSpaceMapRange) {
        call->words[4] = slot_of(w, KIND_SMALL_PAGE);
    } else if (call->label == PagodaVSpaceMapCopies) {
        call->words[6] = slot_of(w, KIND_SMALL_PAGE);
    } else if (call->label == PagodaVSpaceUnmapSlots) {
        call->words[2] = slot_of(w, KIND_SMALL_PAGE);
    } else if (call->label == ARMASIDControlMakePool) {
        call->words[0] = place_for(w, KIND_ASID_POOL);
    }
}

static void compose(struct worker *w, struct call *call, const struct shape *shape)
{
    call->label = shape->label;
    call->below_arena = !one_in(w, 5);
    call->from_arena = !one_in(w, 5);
    call->cptr = shape->kind == KIND_SPECIAL                              ? special_for(shape->label)
                 : shape->kind == KIND_CNODE && call->below_arena ? special(SPECIAL_ARENA)
                                                                  : cap_of(w, (enum kind)shape->kind);
    for (call->n_words = 0; shape->words[call->n_words]; call->n_words++)
        call->words[call->n_words] = word_argument(w, call, shape->words[call->n_words]);
    for (call->n_caps = 0; call->n_caps < 3 && shape->caps[call->n_caps]; call->n_caps++)
        call->caps[call->n_caps] = cap_argument(w, call, shape->caps[call->n_caps]);
    aim(w, call);
}

static void compose_retype(struct worker *w, struct call *call)
{
    static const uint8_t kinds[] = {KIND_UNTYPED, KIND_TCB, KIND_ENDPOINT, KIND_NOTIFICATION, KIND_CNODE, KIND_SCHED_CONTEXT, KIND_REPLY,
                                    KIND_LARGE_PAGE, KIND_VSPACE, KIND_SMALL_PAGE, KIND_LARGE_PAGE, KIND_PAGE_TABLE, KIND_SCRATCH};
    unsigned long type = below(w, sizeof kinds), size_bits = below(w, 10);
    call->cptr = cap_of(w, KIND_UNTYPED);
    call->label = UntypedRetype;
    if (type == seL4_UntypedObject)
        size_bits = 4 + below(w, 18);
    if (type == seL4_CapTableObject)
        size_bits = one_in(w, 3) ? below(w, 10) : 4;
    call->words[0] = type;
    call->words[1] = one_in(w, 60) ? odd_word(w) : size_bits;
    call->words[2] = one_in(w, 60) ? odd_word(w) : 0;
    call->words[3] = one_in(w, 60) ? odd_word(w) : 0;
    call->words[4] = one_in(w, 60) ? odd_word(w) : place_for(w, (enum kind)kinds[type]);
    call->words[5] = one_in(w, 60) ? odd_word(w) : one_in(w, 4) ? 1 + below(w, 12) : 1;
    call->n_words = 6;
    call->caps[0] = special(SPECIAL_ARENA);
    call->n_caps = 1;
    if (one_in(w, 8)) { /* into a CNode of a CNode */
        call->words[2] = slot_of(w, KIND_CNODE);
        call->words[3] = ARENA_BITS;
        call->words[4] = below(w, 16);
    }
}

static unsigned total_weight(void)
{
    unsigned total = 0;
    for (unsigned i = 0; i < SHAPES; i++)
        total += shapes[i].weight;
    return total;
}

static const struct shape *choose_shape(struct worker *w)
{
    unsigned long place = below(w, total_weight());
    unsigned i = 0;
    for (; place >= shapes[i].weight; i++)
        place -= shapes[i].weight;
    return &shapes[i];
}

/* A valid call made wrong somewhere. */
static void damage(struct worker *w, struct call *call)
{
    switch (below(w, 6)) {
    case 0: call->label = one_in(w, 2) ? below(w, 60) : 4096 + below(w, 12); break;
    case 1: call->cptr = cap_of(w, KIND_ANY); break;
    case 2: call->words[below(w, 12)] = odd_word(w); break;
    case 3: call->caps[below(w, 3)] = one_in(w, 2) ? odd_word(w) : cap_of(w, KIND_ANY); break;
    case 4: call->n_words = (unsigned)below(w, 128); break;
    default: call->n_caps = (unsigned)below(w, 4); break;
    }
}

/* ---- system calls ---- */

static seL4_IPCBuffer *ipc_buffer(struct worker *w) { return (seL4_IPCBuffer *)(worker_va(w->index) + 3 * 4096); }

/* Returns the label of what came back. */
static unsigned long system_call(struct worker *w, unsigned long number, const unsigned long *x)
{
    register unsigned long x0 asm("x0") = x[0];
    register unsigned long x1 asm("x1") = x[1];
    register unsigned long x2 asm("x2") = x[2];
    register unsigned long x3 asm("x3") = x[3];
    register unsigned long x4 asm("x4") = x[4];
    register unsigned long x5 asm("x5") = x[5];
    register unsigned long x6 asm("x6") = x[6];
    register unsigned long x7 asm("x7") = number;
    register unsigned long x8 asm("x8") = x[8];
    for (unsigned i = 0; i < 9; i++)
        w->last[i] = i == 7 ? number : x[i];
    asm volatile("svc #0"
                 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5), "+r"(x6), "+r"(x7), "+r"(x8)
                 :
                 : "memory", "cc");
    return x1 >> 12;
}

static void prepare_receive(struct worker *w)
{
    seL4_IPCBuffer *buffer = ipc_buffer(w);
    buffer->receiveCNode = one_in(w, 10) ? cap_of(w, KIND_ANY) : special(SPECIAL_ARENA);
    buffer->receiveIndex = one_in(w, 10) ? odd_word(w) : slot_of(w, KIND_SCRATCH);
    buffer->receiveDepth = one_in(w, 10) ? odd_word(w) : ARENA_BITS;
}

/* A message with random words, capabilities and length, to x[0]. */
static void prepare_message(struct worker *w, unsigned long *x)
{
    seL4_IPCBuffer *buffer = ipc_buffer(w);
    unsigned long length = one_in(w, 4) ? below(w, 128) : below(w, 8), n_caps = one_in(w, 3) ? below(w, 4) : 0;
    unsigned long label = one_in(w, 8) ? 4096 + below(w, 14) : below(w, 3);
    for (unsigned i = 0; i < 3; i++)
        buffer->caps_or_badges[i] = cap_of(w, one_in(w, 3) ? KIND_SMALL_PAGE : one_in(w, 2) ? KIND_BADGED : KIND_ANY);
    for (unsigned i = 4; i < 12; i++)
        buffer->msg[i] = odd_word(w);
    for (unsigned i = 2; i < 6; i++)
        x[i] = one_in(w, 2) ? odd_word(w) : 0;
    if (label == PagodaReplyMap || label == PagodaReplyMapCopy || label == PagodaReplyMapFilled) { /* frame and address space, then va, rights, attributes, slot */
        buffer->caps_or_badges[0] = cap_of(w, KIND_SMALL_PAGE);
        buffer->caps_or_badges[1] = cap_of(w, KIND_VSPACE);
        x[2] = window_va(w);
        x[3] = below(w, 16);
        x[4] = below(w, 8);
        x[5] = cap_of(w, one_in(w, 3) ? KIND_ANY : KIND_SMALL_PAGE);
        length = label == PagodaReplyMap ? 3 : 4;
        n_caps = 2;
    }
    x[1] = label << 12 | n_caps << 7 | length;
}

static void send_or_receive(struct worker *w)
{
    static const int8_t numbers[] = {-1, -1, -2, -2, -3, -4, -5, -6, -6, -6, -7, -8, -8, -9, -10, -10, -11};
    unsigned long x[9] = {0};
    prepare_receive(w);
    prepare_message(w, x);
    x[0] = one_in(w, 3) ? cap_of(w, KIND_NOTIFICATION) : endpoint(w);
    x[6] = cap_of(w, KIND_REPLY);
    x[8] = one_in(w, 3) ? cap_of(w, KIND_REPLY) : one_in(w, 2) ? endpoint(w) : cap_of(w, KIND_ANY);
    long number = numbers[below(w, sizeof numbers)];
    if (number == seL4_SysNBSendWait)
        x[6] = x[8];
    if ((number == seL4_SysNBSend || number == seL4_SysSend) && one_in(w, 3))
        x[0] = cap_of(w, KIND_REPLY);
    system_call(w, (unsigned long)number, x);
}

static void count(struct worker *w, unsigned long label, bool success)
{
    if (label >= FIRST_LABELS)
        label += FIRST_LABELS - EXTENSION_LABEL;
    if (label >= LABELS)
        return;
    w->tried[label]++;
    w->succeeded[label] += success;
}

static void invoke(struct worker *w)
{
    struct call call = {0};
    seL4_IPCBuffer *buffer = ipc_buffer(w);
    unsigned long x[9] = {0};
    if (one_in(w, 5))
        compose_retype(w, &call);
    else
        compose(w, &call, choose_shape(w));
    if (one_in(w, 10))
        damage(w, &call);
    for (unsigned i = 0; i < 12; i++) {
        if (i < 4)
            x[2 + i] = call.words[i];
        else
            buffer->msg[i] = call.words[i];
    }
    for (unsigned i = 0; i < 3; i++)
        buffer->caps_or_badges[i] = call.caps[i];
    x[0] = call.cptr;
    x[1] = call.label << 12 | (unsigned long)(call.n_caps & 3) << 7 | (call.n_words & 127);
    x[6] = cap_of(w, KIND_REPLY);
    x[8] = call.cptr;
    unsigned long number = (unsigned long)(one_in(w, 10) ? seL4_SysSend : one_in(w, 20) ? seL4_SysNBSendRecv : seL4_SysCall);
    if (number == (unsigned long)seL4_SysNBSendRecv) {
        prepare_receive(w);
        x[0] = endpoint(w);
    }
    unsigned long answer = system_call(w, number, x);
    if (number == (unsigned long)seL4_SysCall)
        count(w, call.label, answer == seL4_NoError);
}

/* Any number that exists, or one that does not, with any registers. Debug calls that stop the kernel by design, or print, are left out. */
static void anything(struct worker *w)
{
    static const int8_t numbers[] = {-1, -2, -3, -4, -5, -6, -7, -8, -9, -10, -11, -15, -18, -19, -20, -21, -22, -23, -24, -25, -26, -27, 0, 1};
    unsigned long x[9];
    for (unsigned i = 0; i < 9; i++)
        x[i] = one_in(w, 2) ? odd_word(w) : cap_of(w, KIND_ANY);
    unsigned long number = (unsigned long)(long)numbers[below(w, sizeof numbers)];
    if (one_in(w, 8)) {
        number = odd_word(w);
        if ((long)number <= seL4_SysDebugPutChar && (long)number >= -17)
            number = 0;
    }
    system_call(w, number, x);
}

/* ---- memory and instructions ---- */

static unsigned long any_address(struct worker *w)
{
    if (one_in(w, 12))
        return odd_word(w);
    if (one_in(w, 12))
        return 0xffff000000000000ul | (random_word(w) & 0x7ffffffffffful);
    if (one_in(w, 20))
        return worker_va(below(w, WORKERS)) + 3 * 4096 + below(w, 512) * 8;
    return window_va(w) + (one_in(w, 2) ? below(w, 512) * 8 : 0);
}

static void touch(struct worker *w)
{
    for (unsigned n = 1 + (unsigned)below(w, 6); n; n--) {
        volatile uint64_t *place = (volatile uint64_t *)any_address(w);
        if (one_in(w, 2))
            (void)*place;
        else
            *place = w->rounds;
    }
}

/* Code at a random address: mostly zeros, which are undefined instructions. */
static void jump(struct worker *w)
{
    ((void (*)(void))any_address(w))();
}

static void instruction(struct worker *w)
{
    unsigned long value = any_address(w);
    switch (below(w, 20)) {
    case 0: asm volatile("brk #1"); break;
    case 1: asm volatile(".inst 0"); break;                                         /* undefined */
    case 2: asm volatile("mrs %0, sctlr_el1" : "=r"(value)); break;                  /* not at EL0 */
    case 3: asm volatile("msr daifset, #15"); break;
    case 4: asm volatile("hlt #0"); break;
    case 5: asm volatile("hvc #0"); break;
    case 6: asm volatile("smc #0"); break;
    case 7: asm volatile("dc zva, %0" : : "r"(value) : "memory"); break;
    case 8: asm volatile("dc civac, %0" : : "r"(value) : "memory"); break;
    case 9: asm volatile("ic ivau, %0" : : "r"(value) : "memory"); break;
    case 10: asm volatile("mrs %0, cntvct_el0" : "=r"(value)); break;
    case 11: asm volatile("mrs %0, pmccntr_el0" : "=r"(value)); break;
    case 12: asm volatile("mrs %0, id_aa64mmfr0_el1" : "=r"(value)); break;
    case 13: asm volatile(".inst 0x9e670000 | (0 << 5)\n" : : : "memory"); break;     /* fmov d0, x0: FP registers */
    case 14: asm volatile("msr tpidr_el0, %0" : : "r"(value)); break;
    case 15: asm volatile("mov x9, sp\n add sp, sp, #1\n ldr x10, [sp]\n mov sp, x9\n" : : : "x9", "x10", "memory"); break; /* misaligned SP */
    case 16: asm volatile("ldxr x9, [%0]\n stxr w10, x9, [%0]\n" : : "r"(value & ~7ul) : "x9", "x10", "memory"); break;
    case 17: asm volatile("yield\n isb\n"); break;
    case 18: asm volatile("msr spsel, #1"); break;
    default: asm volatile("eret"); break;
    }
}

static void one_round(struct worker *w)
{
    unsigned long what = below(w, 100);
    if (what < 62)
        invoke(w);
    else if (what < 86)
        send_or_receive(w);
    else if (what < 91)
        anything(w);
    else if (what < 98)
        touch(w);
    else if (what < 99)
        instruction(w);
    else
        jump(w);
}

void worker_main(struct worker *w)
{
    for (;;) {
        w->rounds++;
        one_round(w);
    }
}
