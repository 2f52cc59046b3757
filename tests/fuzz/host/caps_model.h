/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A slow, obvious model of the capability system: what is in which slot, what came from what, what each call answers. Every question is answered by looking
 * at all slots; objects are C structures that hold arrays of slots; the tree is a pointer to the parent in each slot. It is written from docs and interface, not
 * from kernel/object, and shares only type numbers and error codes with it.
 */
#ifndef TESTS_FUZZ_CAPS_MODEL_H
#define TESTS_FUZZ_CAPS_MODEL_H

#include "host_kernel.h"

#include <stdio.h>
#include <stdlib.h>

struct model_object;

struct model_slot {
    enum cap_type type;          /* CAP_NULL: empty; nothing below means anything then */
    struct model_object *object; /* CNodes, threads, zombies, and whatever has no slots but an identity */
    pa_t pa;                     /* of the object or memory */
    word_t rights, badge;
    unsigned radix, guard_size, size_bits; /* size_bits: untyped, frame, scheduling context */
    word_t guard;
    word_t used;                 /* untyped: bytes handed out */
    bool device;
    word_t asid;                 /* VSpace: 0 none; frame: of the space it is mapped in */
    bool mapped;
    va_t va;
    word_t n_left;               /* zombie: slots not emptied yet */
    bool copy;                   /* what is derived from a copy is a child of the copy's parent */
    struct model_slot *parent;   /* NULL: something outside the model */
};

struct model_object {
    struct model_object *next;
    enum cap_type type;
    pa_t pa;
    word_t bytes;
    unsigned n_slots;
    struct model_slot *slots; /* CNodes and threads */
    bool pinned;              /* a capability outside the model holds it */
};

enum { MODEL_PAGES = 16 };

/* The whole state. */
extern struct model {
    struct model_object *objects;
    struct model_object *arena;        /* the CNode that the operations start from */
    pa_t asids[512];                   /* VSpace of each number of pool 0; 0: free */
    word_t space_asid;                 /* the space whose pages are followed ... */
    va_t space_va;                     /* ... from this address on; its tables exist */
    pa_t pages[MODEL_PAGES];           /* what is mapped there; 0: nothing */
    /* What the call has done beyond what was asked of it depends on an order that the model lacks: a Revoke deleted the very capability it was for, or the last one to
     * something with slots that does not descend from it (in a dying CNode it is left for later, elsewhere it is emptied at once); or a dying CNode held
     * itself and an interrupt came. */
    bool order_matters;
} model;

void model_start(void); /* an empty state */
struct model_object *model_object_new(enum cap_type type, pa_t pa, word_t bytes, unsigned n_slots);

/* One call with a capability of the arena: the answer and the new state. caps: arena slots, ended by NO_CAP. Labels: Retype, all of CNodes but
 * CancelBadgedSends, Configure, SetTimeoutEndpoint, Page_Map, Page_Unmap, Assign. */
struct answer model_call(word_t slot, word_t label, const word_t *caps, const word_t *words);

/* Kernel and model differ: says so and ends the process. */
#define MODEL_DIFFERS(...) \
    do { \
        fprintf(stderr, __VA_ARGS__); \
        fputc('\n', stderr); \
        abort(); \
    } while (0)

/* model_compare: the kernel's slots, tree and page entries are those of the model; else the test ends. */
void model_compare(void);

#endif
