/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "fake_kernel.h"

#include "cspace.h"
#include "mapping.h"

#include <server/server.h>

#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define RAM_BASE 0x40000000ull
#define OWN_SPACE_BYTES (16ull << 30)
#define BUCKETS 4096u
#define BLANK_ROOM (256ull << 20)
#define LARGE_BYTES (2ull << 20)
#define ERROR_INVALID_ARGUMENT 1u
#define ERROR_INVALID_CAPABILITY 2u
#define ERROR_ILLEGAL 3u
#define ERROR_RANGE 4u
#define ERROR_LOOKUP 6u
#define ERROR_DELETE_FIRST 8u
#define ERROR_REVOKE_FIRST 9u
#define ERROR_NO_MEMORY 10u

enum type { NONE, UNTYPED, CNODE, FRAME, TABLE, VSPACE, POOL, THREAD, OTHER };

struct object {
    int refs; /* capabilities */
    enum type type;
    /* CNode */
    unsigned radix;
    struct cap *slots;
    /* VSpace: mapped pages and tables */
    bool own, assigned;
    struct mapping *pages[BUCKETS];
    struct mapping *tables[3][16];
    uint64_t n_pages;
    unsigned pool_used;
};

struct mapping {
    uint64_t place;
    uint64_t paddr;  /* of the frame; tables keep `owner` */
    unsigned rights; /* of the capability that made it */
    struct object *owner;
    bool write, execute, accessed;
    bool large; /* part of a large one: calls on ranges pass it over */
    bool grouped; /* one of sixteen mapped with the hint */
    struct mapping *next;
};

struct cap {
    enum type type;
    bool original;
    struct cap *parent, *child, *next, *prev;
    struct object *object;
    uint64_t paddr, bytes, used; /* untyped, frame */
    uint64_t zeroed;             /* untyped: bytes ahead of what was handed out */
    unsigned rights;
    struct object *vspace;       /* frame: where it is mapped; table: likewise */
    uint64_t va;
    int level;                   /* table */
};

bool fake_forbid_making, fake_blank_ram;
uint64_t fake_first_byte = 0x123000;
uint64_t fake_groups_mapped, fake_groups_broken;
uint64_t fake_zeroed;
uint64_t fake_calls, fake_signals, fake_now, fake_idle_entries, fake_suspended, fake_resumed;

static int ram_file = -1;
static uint8_t *ram;
static uint64_t ram_room; /* of the file */
static uint8_t *own_space;
static struct cap *root;
static unsigned root_bits;
static struct cap handed[4096];
static struct object *all_objects[1 << 20];
static unsigned n_objects;
static struct pager_start start;

/* ---- lookup ---- */

static struct cap *root_slot(uint32_t leaf)
{
    return leaf < 1u << root_bits ? &root[leaf] : NULL;
}

static struct cap *lookup(cptr_t cptr)
{
    struct cap *leaf = root_slot((uint32_t)(cptr >> CSPACE_LEAF_BITS));
    uint64_t index = cptr & (CSPACE_LEAF_SLOTS - 1);
    if (leaf && leaf->type != CNODE && leaf->type != NONE && index == 0) {
        return leaf; /* a capability in the root itself */
    }
    if (!leaf || leaf->type != CNODE || index >= 1ull << leaf->object->radix) {
        return NULL;
    }
    return &leaf->object->slots[index];
}

static struct object *object_new(enum type type)
{
    struct object *o = calloc(1, sizeof *o);
    o->type = type;
    all_objects[n_objects++] = o;
    return o;
}

/* ---- derivation ---- */

static void adopt(struct cap *parent, struct cap *c)
{
    c->parent = parent;
    c->prev = NULL;
    c->next = parent ? parent->child : NULL;
    if (c->next) {
        c->next->prev = c;
    }
    if (parent) {
        parent->child = c;
    }
}

static void orphan(struct cap *c)
{
    if (c->prev) {
        c->prev->next = c->next;
    } else if (c->parent) {
        c->parent->child = c->next;
    }
    if (c->next) {
        c->next->prev = c->prev;
    }
}

/* ---- the pager's own space ---- */

/*
 * What is mapped there is mapped in truth. A page that is unmapped stays, but poisoned, so that its use is found as well: the system's calls on mappings take
 * longer than all else, and often the same frame comes to the same place again.
 */
struct own_page {
    uint64_t paddr;
    bool mapped, write;
};
static struct own_page own_pages[OWN_SPACE_BYTES / 4096];
static uint32_t own_mapped[1 << 20]; /* those that are mapped */
static unsigned n_own_mapped;

static struct own_page *own_page(uint64_t va)
{
    return &own_pages[(va - (uint64_t)(uintptr_t)own_space) >> 12];
}

static bool own_is_there(uint64_t paddr, uint64_t va, uint64_t bytes, bool write)
{
    for (uint64_t at = 0; at < bytes; at += 4096) {
        const struct own_page *o = own_page(va + at);
        if (!o->mapped || o->paddr != paddr + at || o->write != write) {
            return false;
        }
    }
    return true;
}

static void own_map(uint64_t paddr, uint64_t va, uint64_t bytes, bool write)
{
    ASAN_UNPOISON_MEMORY_REGION((void *)(uintptr_t)va, bytes);
    if (own_is_there(paddr, va, bytes, write)) {
        return;
    }
    if (mmap((void *)(uintptr_t)va, bytes, PROT_READ | (write ? PROT_WRITE : 0), MAP_SHARED | MAP_FIXED | MAP_POPULATE, ram_file, (off_t)(paddr - RAM_BASE)) ==
        MAP_FAILED) {
        pager_panic("fake kernel: mmap", va);
    }
    for (uint64_t at = 0; at < bytes; at += 4096) {
        struct own_page *o = own_page(va + at);
        if (!o->mapped) {
            own_mapped[n_own_mapped++] = (uint32_t)(o - own_pages);
        }
        *o = (struct own_page){.paddr = paddr + at, .mapped = true, .write = write};
    }
}

static void own_unmap(uint64_t va)
{
    ASAN_POISON_MEMORY_REGION((void *)(uintptr_t)va, 4096);
}

/* own_forget: what is mapped there is another machine's RAM. */
static void own_forget(void)
{
    for (; n_own_mapped > 0; n_own_mapped--) {
        uint32_t page = own_mapped[n_own_mapped - 1];
        own_pages[page] = (struct own_page){0};
        ASAN_UNPOISON_MEMORY_REGION(own_space + 4096ull * page, 4096);
    }
    if (own_space) {
        munmap(own_space, OWN_SPACE_BYTES);
    }
    own_space = mmap(NULL, OWN_SPACE_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (own_space == MAP_FAILED) {
        pager_panic("fake kernel: mmap of the pager's space", 0);
    }
}

/* own_clear: nothing is mapped there any more. */
static void own_clear(void)
{
    for (unsigned i = 0; i < n_own_mapped; i++) {
        own_unmap((uint64_t)(uintptr_t)own_space + 4096ull * own_mapped[i]);
    }
}

/* ---- mappings ---- */

static struct mapping **find(struct mapping **list, uint64_t place)
{
    while (*list && (*list)->place != place) {
        list = &(*list)->next;
    }
    return list;
}

/* ---- groups: sixteen pages mapped with the hint ---- */

#define GROUP_PAGES 16u

/* leave_group: this mapping will be changed, with all of pages [first, first + n) in the same way: the group it is in is broken if it is not wholly among them. */
static void leave_group(struct object *vs, const struct mapping *m, uint64_t first, uint64_t n)
{
    uint64_t group = m->place / GROUP_PAGES * GROUP_PAGES;

    if (!m->grouped || (group >= first && group + GROUP_PAGES <= first + n)) {
        return;
    }
    for (uint64_t p = group; p < group + GROUP_PAGES; p++) {
        struct mapping *one = *find(&vs->pages[p % BUCKETS], p);
        if (!one || !one->grouped) {
            fprintf(stderr, "fake kernel: page %lx is not in the group that page %lx is in\n", (unsigned long)p, (unsigned long)m->place);
            abort();
        }
        one->grouped = false;
    }
    fake_groups_broken++;
}

/* may_group: the frames of sixteen slots can be mapped from va on as a group. */
static bool may_group(cptr_t first, struct object *vs, uint64_t va)
{
    const struct cap *f = lookup(first);
    uint64_t paddr = f ? f->paddr : 0;

    if (va % (GROUP_PAGES * 4096u) || paddr % (GROUP_PAGES * 4096u)) {
        return false;
    }
    for (unsigned i = 0; i < GROUP_PAGES; i++) {
        const struct cap *one = lookup(first + i);
        uint64_t p = (va >> 12) + i;
        if (!one || one->type != FRAME || one->bytes != 4096 || one->paddr != paddr + i * 4096ull || one->rights != f->rights || *find(&vs->pages[p % BUCKETS], p)) {
            return false;
        }
    }
    return true;
}

static void make_group(struct object *vs, uint64_t va)
{
    for (uint64_t p = va >> 12; p < (va >> 12) + GROUP_PAGES; p++) {
        (*find(&vs->pages[p % BUCKETS], p))->grouped = true;
    }
    fake_groups_mapped++;
}

static void remove_mapping(struct object *vs, struct mapping **at)
{
    struct mapping *m = *at;
    if (vs->own) {
        own_unmap(m->place << 12);
    }
    *at = m->next;
    free(m);
    vs->n_pages--;
}

static void frame_unmap(struct cap *c)
{
    for (uint64_t at = 0; c->vspace && c->vspace->refs > 0 && at < c->bytes; at += 4096) {
        struct mapping **m = find(&c->vspace->pages[((c->va + at) >> 12) % BUCKETS], (c->va + at) >> 12);
        if (*m && (*m)->paddr == c->paddr + at) {
            leave_group(c->vspace, *m, (c->va + at) >> 12, 1);
            remove_mapping(c->vspace, m);
        }
    }
    c->vspace = NULL;
}

static unsigned table_shift(int level)
{
    static const unsigned shift[] = {39, 30, 21};
    return shift[level];
}

static struct mapping **find_table(struct object *vs, int level, uint64_t va)
{
    return find(&vs->tables[level][(va >> table_shift(level)) % 16], va >> table_shift(level));
}

/* pages_below: the pages below a table lose their translation; their capabilities do not learn of it. */
static void pages_below(const struct cap *table)
{
    for (unsigned i = 0; i < BUCKETS; i++) {
        for (struct mapping **m = &table->vspace->pages[i]; *m;) {
            if ((*m)->place >> (table_shift(table->level) - 12) == table->va >> table_shift(table->level)) {
                remove_mapping(table->vspace, m);
            } else {
                m = &(*m)->next;
            }
        }
    }
}

static void table_unmap(struct cap *c)
{
    if (c->vspace && c->vspace->refs > 0) {
        struct mapping **m = find_table(c->vspace, c->level, c->va);
        if (*m && (*m)->owner == c->object) {
            struct mapping *gone = *m;
            *m = gone->next;
            free(gone);
            pages_below(c);
        }
    }
    c->vspace = NULL;
}

static void free_list(struct mapping *m)
{
    while (m) {
        struct mapping *next = m->next;
        free(m);
        m = next;
    }
}

static void vspace_clear(struct object *vs)
{
    for (unsigned i = 0; i < BUCKETS; i++) {
        free_list(vs->pages[i]);
        vs->pages[i] = NULL;
    }
    for (unsigned l = 0; l < 3; l++) {
        for (unsigned i = 0; i < 16; i++) {
            free_list(vs->tables[l][i]);
            vs->tables[l][i] = NULL;
        }
    }
    vs->n_pages = 0;
}

/* lost: the capability's mapping is not there any more. */
static bool lost(const struct cap *f)
{
    if (!f->vspace || f->vspace->refs == 0) {
        return true;
    }
    const struct mapping *m = *find(&f->vspace->pages[(f->va >> 12) % BUCKETS], f->va >> 12);
    return !m || m->paddr != f->paddr; /* the kernel compares memory: two capabilities may seem to have made one mapping */
}

/* ---- deletion ---- */

static void cap_delete(struct cap *c);

static void object_destroy(struct object *o)
{
    if (o->type == CNODE) {
        for (unsigned i = 0; i < 1u << o->radix; i++) {
            if (o->slots[i].type != NONE) {
                cap_delete(&o->slots[i]);
            }
        }
        free(o->slots);
        o->slots = NULL;
    } else if (o->type == VSPACE) {
        vspace_clear(o);
    }
}

static void cap_delete(struct cap *c)
{
    struct cap copy = *c;

    if (c->type == FRAME) {
        frame_unmap(c);
    }
    if (c->type == TABLE && c->object->refs == 1) {
        table_unmap(c);
    }
    /* Children stay, as children of the parent. */
    while (c->child) {
        struct cap *child = c->child;
        orphan(child);
        adopt(copy.parent, child);
    }
    orphan(c);
    memset(c, 0, sizeof *c);
    if (copy.object && --copy.object->refs == 0) {
        object_destroy(copy.object);
    }
}

static void revoke_all(struct cap *c)
{
    while (c->child) {
        revoke_all(c->child);
        cap_delete(c->child);
    }
}

/* ---- making ---- */

static uint64_t size_of(enum kernel_object type, unsigned size_bits)
{
    return type == KERNEL_UNTYPED || type == KERNEL_LARGE_FRAME ? 1ull << size_bits : type == KERNEL_CNODE ? 32ull << size_bits : type == KERNEL_REPLY ? 32 : 4096;
}

static void make_object(struct cap *untyped, struct cap *slot, enum kernel_object type, unsigned size_bits, uint64_t paddr, uint64_t bytes)
{
    static const enum type types[] = {[KERNEL_UNTYPED] = UNTYPED, [KERNEL_CNODE] = CNODE, [KERNEL_VSPACE] = VSPACE, [KERNEL_FRAME] = FRAME, [KERNEL_TABLE] = TABLE, [KERNEL_LARGE_FRAME] = FRAME,
                                      [KERNEL_REPLY] = OTHER};
    *slot = (struct cap){.type = types[type], .original = true, .paddr = paddr, .bytes = bytes, .rights = KERNEL_ALL_RIGHTS};
    adopt(untyped, slot);
    if (type == KERNEL_FRAME || type == KERNEL_LARGE_FRAME) {
        memset(ram + (paddr - RAM_BASE), 0, bytes);
    } else if (type != KERNEL_UNTYPED) {
        memset(ram + (paddr - RAM_BASE), 0xa5, bytes); /* kernel data now */
        slot->object = object_new(slot->type);
        slot->object->refs = 1;
    }
    if (type == KERNEL_CNODE) {
        slot->object->radix = size_bits;
        slot->object->slots = calloc(1u << size_bits, sizeof(struct cap));
    }
}

uint64_t kernel_made;

/* free_start: where the free memory of an untyped starts; what was zeroed is counted from there. */
static uint64_t free_start(struct cap *u)
{
    if (!u->child && u->used) {
        u->used = 0;
        u->zeroed = 0;
    }
    return u->used;
}

/* check_zeroed: the kernel does not zero again what it zeroed before, so nobody may have written there. */
static void check_zeroed(const struct cap *u, uint64_t from)
{
    for (uint64_t i = 0; i < u->zeroed; i += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, ram + (u->paddr + from + i - RAM_BASE), sizeof word);
        if (word) {
            pager_panic("fake kernel: zeroed memory was written", u->paddr + from + i);
        }
    }
}

unsigned kernel_retype(cptr_t untyped, enum kernel_object type, unsigned size_bits, uint32_t leaf, uint32_t offset, unsigned count)
{
    kernel_made++;
    struct cap *u = lookup(untyped);
    struct cap *node = leaf == KERNEL_ROOT_LEAF ? NULL : root_slot(leaf);
    struct cap *slots = leaf == KERNEL_ROOT_LEAF ? root : node && node->type == CNODE ? node->object->slots : NULL;
    uint64_t limit = leaf == KERNEL_ROOT_LEAF ? 1ull << root_bits : node && node->type == CNODE ? 1ull << node->object->radix : 0;
    if (type == KERNEL_FRAME || type == KERNEL_TABLE || type == KERNEL_VSPACE) {
        size_bits = 12;
    }
    if (type == KERNEL_LARGE_FRAME) {
        size_bits = 21;
    }
    uint64_t size = size_of(type, size_bits);

    fake_calls++;
    if (fake_forbid_making) {
        pager_panic("retype in the fault path", type);
    }
    if (!u || u->type != UNTYPED) {
        return ERROR_INVALID_CAPABILITY;
    }
    if (!slots || count == 0 || count > 256 || offset + count > limit) {
        return ERROR_LOOKUP;
    }
    for (unsigned i = 0; i < count; i++) {
        if (slots[offset + i].type != NONE) {
            return ERROR_DELETE_FIRST;
        }
    }
    uint64_t used = free_start(u);
    uint64_t first = (used + size - 1) & ~(size - 1);
    if (first + size * count > u->bytes) {
        return ERROR_NO_MEMORY;
    }
    check_zeroed(u, used);
    fake_zeroed += type == KERNEL_UNTYPED ? 0 : size * count - (u->zeroed < size * count ? u->zeroed : size * count);
    u->used = first + size * count;
    u->zeroed = 0;
    for (unsigned i = 0; i < count; i++) {
        make_object(u, &slots[offset + i], type, size_bits, u->paddr + first + i * size, size);
    }
    return 0;
}

static unsigned copy(struct cap *dest, struct cap *src, unsigned rights)
{
    fake_calls++;
    if (!dest || !src || src->type == NONE) {
        return ERROR_LOOKUP;
    }
    if (dest->type != NONE) {
        return ERROR_DELETE_FIRST;
    }
    if (src->type == UNTYPED) {
        if (src->child) {
            return ERROR_REVOKE_FIRST;
        }
        src->used = src->bytes;
        src->zeroed = 0;
    }
    *dest = *src;
    dest->original = false;
    dest->rights &= rights;
    dest->child = NULL;
    dest->vspace = src->type == FRAME ? NULL : src->vspace;
    adopt(src->original ? src : src->parent, dest);
    if (dest->object) {
        dest->object->refs++;
    }
    return 0;
}

unsigned kernel_copy(cptr_t dest, cptr_t src, unsigned rights)
{
    return copy(lookup(dest), lookup(src), rights);
}

unsigned kernel_mint(cptr_t dest, cptr_t src, unsigned rights, uint64_t badge)
{
    (void)badge;
    unsigned error = copy(lookup(dest), lookup(src), rights);
    if (!error) {
        lookup(dest)->original = true;
    }
    return error;
}

unsigned kernel_install_leaf(uint32_t leaf, cptr_t src, unsigned radix)
{
    struct cap *s = lookup(src);
    if (!s || s->type != CNODE || s->object->radix != radix) {
        return ERROR_INVALID_CAPABILITY;
    }
    return copy(root_slot(leaf), s, KERNEL_ALL_RIGHTS);
}

unsigned kernel_copy_to_root(uint32_t leaf, cptr_t src)
{
    return copy(root_slot(leaf), lookup(src), KERNEL_ALL_RIGHTS);
}

unsigned kernel_delete(cptr_t slot)
{
    struct cap *c = lookup(slot);
    fake_calls++;
    if (!c) {
        return ERROR_LOOKUP;
    }
    if (c->type != NONE) {
        cap_delete(c);
    }
    return 0;
}

unsigned kernel_revoke(cptr_t slot)
{
    struct cap *c = lookup(slot);
    fake_calls++;
    if (fake_forbid_making) {
        pager_panic("revoke in the fault path", slot);
    }
    if (!c) {
        return ERROR_LOOKUP;
    }
    revoke_all(c);
    return 0;
}

unsigned kernel_clear(cptr_t untyped, unsigned n_blocks, uint64_t *bytes)
{
    struct cap *u = lookup(untyped);
    const uint64_t block = 16384;
    fake_calls++;
    if (!u || u->type != UNTYPED) {
        return ERROR_INVALID_CAPABILITY;
    }
    if (n_blocks < 1 || n_blocks > 16) {
        return ERROR_RANGE;
    }
    uint64_t from = free_start(u);
    for (; n_blocks > 0 && from + u->zeroed + block <= u->bytes; n_blocks--, u->zeroed += block) {
        fake_zeroed += block;
        memset(ram + (u->paddr + from + u->zeroed - RAM_BASE), 0, block);
    }
    *bytes = u->zeroed;
    return 0;
}

unsigned kernel_split_frame(cptr_t untyped, unsigned size_bits, cptr_t frames, cptr_t untypeds)
{
    struct cap *u = lookup(untyped), *large = u ? u->child : NULL;
    unsigned per = 1u << (size_bits - 12);
    fake_calls++;
    if (!u || u->type != UNTYPED || u->bytes != LARGE_BYTES || !large || large->next || large->type != FRAME || large->bytes != LARGE_BYTES) {
        return ERROR_ILLEGAL;
    }
    if (large->child || (large->vspace && !lost(large))) {
        return ERROR_REVOKE_FIRST;
    }
    for (unsigned i = 0; i < 512; i++) {
        struct cap *f = lookup(frames + i), *part = lookup(untypeds + i / per);
        if (!f || !part || (f->type != NONE && f != large) || (part->type != NONE && part != large)) {
            return ERROR_DELETE_FIRST;
        }
    }
    large->vspace = NULL;
    cap_delete(large);
    for (unsigned i = 0; i < 512; i++) {
        struct cap *f = lookup(frames + i), *part = lookup(untypeds + i / per);
        if (i % per == 0) {
            *part = (struct cap){.type = UNTYPED, .original = true, .paddr = u->paddr + i * 4096, .bytes = per * 4096, .used = per * 4096, .rights = KERNEL_ALL_RIGHTS};
            adopt(u, part);
        }
        *f = (struct cap){.type = FRAME, .original = true, .paddr = u->paddr + i * 4096, .bytes = 4096, .rights = KERNEL_ALL_RIGHTS};
        adopt(part, f);
    }
    return 0;
}

/* ---- mapping ---- */

/* map_large: where the table of level 3 is missing. */
static unsigned map_large(struct cap *f, struct object *vs, uint64_t va, bool writable, bool executable)
{
    if (va % LARGE_BYTES || f->vspace) {
        return ERROR_INVALID_ARGUMENT;
    }
    if (!*find_table(vs, 0, va) || !*find_table(vs, 1, va) || *find_table(vs, 2, va)) {
        return ERROR_LOOKUP;
    }
    for (uint64_t at = 0; at < f->bytes; at += 4096) {
        struct mapping **list = &vs->pages[((va + at) >> 12) % BUCKETS], *m = calloc(1, sizeof *m);
        *m = (struct mapping){.place = (va + at) >> 12, .paddr = f->paddr + at, .rights = f->rights, .write = writable, .execute = executable, .accessed = true,
                               .large = true, .next = *list};
        *list = m;
        vs->n_pages++;
    }
    f->vspace = vs;
    f->va = va;
    if (vs->own) {
        own_map(f->paddr, va, f->bytes, true);
    }
    return 0;
}

unsigned kernel_page_map(cptr_t frame, cptr_t vspace, uint64_t va, bool writable, bool executable)
{
    struct cap *f = lookup(frame), *v = lookup(vspace);
    fake_calls++;
    if (!v || v->type != VSPACE || !v->object->assigned) {
        return ERROR_INVALID_CAPABILITY;
    }
    if (!f || f->type != FRAME || (f->vspace && f->vspace != v->object)) {
        return ERROR_INVALID_CAPABILITY;
    }
    if (f->vspace && f->va != va) {
        return ERROR_INVALID_ARGUMENT;
    }
    if (f->bytes == LARGE_BYTES) {
        return map_large(f, v->object, va, writable, executable);
    }
    for (int level = 0; level < 3; level++) {
        if (!*find_table(v->object, level, va)) {
            return ERROR_LOOKUP;
        }
    }
    struct mapping **at = find(&v->object->pages[(va >> 12) % BUCKETS], va >> 12);
    if (*at) {
        if ((*at)->grouped && (*at)->paddr == f->paddr && (*at)->write == (writable && (f->rights & KERNEL_WRITE)) && (*at)->execute == executable) {
            f->vspace = v->object;
            f->va = va;
            return 0; /* as it is already */
        }
        leave_group(v->object, *at, va >> 12, 1);
        remove_mapping(v->object, at);
        at = find(&v->object->pages[(va >> 12) % BUCKETS], va >> 12);
    }
    struct mapping *m = calloc(1, sizeof *m);
    *m = (struct mapping){.place = va >> 12, .paddr = f->paddr, .rights = f->rights, .write = writable && (f->rights & KERNEL_WRITE), .execute = executable,
                           .accessed = true};
    *at = m;
    v->object->n_pages++;
    f->vspace = v->object;
    f->va = va;
    if (v->object->own) {
        own_map(f->paddr, va, 4096, m->write);
    }
    return 0;
}

unsigned kernel_page_unmap(cptr_t frame)
{
    struct cap *f = lookup(frame);
    fake_calls++;
    if (!f || f->type != FRAME) {
        return ERROR_INVALID_CAPABILITY;
    }
    frame_unmap(f);
    return 0;
}

unsigned kernel_table_map(cptr_t table, cptr_t vspace, uint64_t va)
{
    struct cap *t = lookup(table), *v = lookup(vspace);
    fake_calls++;
    if (!t || t->type != TABLE || t->vspace || !v || v->type != VSPACE || !v->object->assigned) {
        return ERROR_INVALID_CAPABILITY;
    }
    for (int level = 0; level < 3; level++) {
        struct mapping **at = find_table(v->object, level, va);
        const struct mapping *there = *find(&v->object->pages[(va >> 12) % BUCKETS], va >> 12);
        if (!*at && level == 2 && there && there->large) {
            return ERROR_DELETE_FIRST;
        }
        if (!*at) {
            *at = calloc(1, sizeof **at);
            **at = (struct mapping){.place = va >> table_shift(level), .owner = t->object};
            t->vspace = v->object;
            t->va = va;
            t->level = level;
            return 0;
        }
    }
    return ERROR_DELETE_FIRST;
}

bool fake_reply_map(cptr_t frame, cptr_t vspace, uint64_t va, bool writable, bool executable)
{
    struct cap *f = lookup(frame);
    if (f && f->type == FRAME && lost(f)) {
        f->vspace = NULL;
    }
    return kernel_page_map(frame, vspace, va, writable, executable) == 0;
}

bool fake_reply_map_filled(cptr_t frame, cptr_t source, cptr_t vspace, uint64_t va, bool writable, bool executable)
{
    struct cap *f = lookup(frame), *from = lookup(source);
    uint8_t page[4096];
    if (!f || f->type != FRAME || f->bytes != 4096 || !from || from->type != FRAME || from->bytes != 4096 || f->paddr == from->paddr ||
        pread(ram_file, page, sizeof page, (off_t)(from->paddr - RAM_BASE)) != sizeof page ||
        pwrite(ram_file, page, sizeof page, (off_t)(f->paddr - RAM_BASE)) != sizeof page) {
        return false;
    }
    return fake_reply_map(frame, vspace, va, writable, executable);
}

bool fake_reply_map_copy(cptr_t frame, cptr_t to, cptr_t vspace, uint64_t va, bool writable, bool executable)
{
    struct cap *source = lookup(frame), *v = lookup(vspace), *dest = lookup(to);
    if (!source || source->type != FRAME || !v || v->type != VSPACE || !dest || dest == source || (dest->type != NONE && dest->type != FRAME)) {
        return false;
    }
    if (dest->type == FRAME && !lost(dest) && (dest->vspace != v->object || dest->va != va)) {
        return false;
    }
    if (dest->type == FRAME) {
        cap_delete(dest);
    }
    return copy(dest, source, KERNEL_ALL_RIGHTS) == 0 && kernel_page_map(to, vspace, va, writable, executable) == 0;
}

unsigned kernel_map_range(cptr_t first, unsigned n, cptr_t vspace, uint64_t va, bool writable, bool executable, bool hint)
{
    const struct cap *v = lookup(vspace);
    uint64_t group = UINT64_MAX; /* the last page of the one being mapped */

    for (unsigned i = 0; i < n; i++) {
        if (hint && !executable && v && v->type == VSPACE && n - i >= GROUP_PAGES && may_group(first + i, v->object, va + i * 4096ull)) {
            group = i + GROUP_PAGES - 1;
        }
        struct cap *f = lookup(first + i);
        if (f && f->type == FRAME && lost(f)) {
            f->vspace = NULL;
        }
        unsigned error = kernel_page_map(first + i, vspace, va + i * 4096ull, writable, executable);
        if (error) {
            return error;
        }
        if (i == group) {
            make_group(v->object, va + (i + 1 - GROUP_PAGES) * 4096ull);
        }
    }
    return 0;
}

unsigned kernel_map_copies(cptr_t first, cptr_t source, unsigned n, cptr_t vspace, uint64_t va, bool writable, bool executable)
{
    unsigned done = 0;
    uint64_t calls = fake_calls + 1;

    while (done < n && fake_reply_map_copy(source + done, first + done, vspace, va + done * 4096ull, writable, executable)) {
        done++;
    }
    fake_calls = calls; /* it was one */
    return done;
}

unsigned kernel_protect_range(cptr_t vspace, uint64_t va, unsigned n_pages, bool writable, bool executable)
{
    struct cap *v = lookup(vspace);
    fake_calls++;
    if (!v || v->type != VSPACE || n_pages < 1 || n_pages > 512) {
        return ERROR_INVALID_ARGUMENT;
    }
    for (uint64_t p = va >> 12; p < (va >> 12) + n_pages; p++) {
        struct mapping *m = *find(&v->object->pages[p % BUCKETS], p);
        if (m && !m->large) {
            leave_group(v->object, m, va >> 12, executable ? 0 : n_pages);
            m->write = writable && (m->rights & KERNEL_WRITE);
            m->execute = executable;
        }
    }
    return 0;
}

unsigned kernel_replace_frame(cptr_t vspace, cptr_t from, cptr_t to, uint64_t va)
{
    struct cap *v = lookup(vspace), *f = lookup(from), *t = lookup(to);
    fake_calls++;
    if (!v || v->type != VSPACE || !f || f->type != FRAME || f->vspace != v->object || f->va != va) {
        return ERROR_INVALID_CAPABILITY;
    }
    struct mapping *m = *find(&v->object->pages[(va >> 12) % BUCKETS], va >> 12);
    if (!m || m->paddr != f->paddr || !t || t->type != FRAME || t->paddr == f->paddr || (t->vspace && !lost(t)) || (m->rights & ~t->rights)) {
        return ERROR_INVALID_CAPABILITY;
    }
    leave_group(v->object, m, va >> 12, 1);
    memcpy(ram + (t->paddr - RAM_BASE), ram + (f->paddr - RAM_BASE), 4096);
    m->paddr = t->paddr;
    t->vspace = f->vspace;
    t->va = va;
    f->vspace = NULL;
    return 0;
}

/* harvest_large: the pages of a large mapping have one bit. */
static bool harvest_large(struct object *vs, uint64_t place)
{
    uint64_t first = place & ~(uint64_t)(LARGE_BYTES / 4096 - 1);
    bool accessed = false;
    for (uint64_t p = first; p < first + LARGE_BYTES / 4096; p++) {
        struct mapping *m = *find(&vs->pages[p % BUCKETS], p);
        accessed |= m->accessed;
        m->accessed = false;
    }
    return accessed;
}

unsigned kernel_harvest(cptr_t vspace, uint64_t va, unsigned n_pages, uint64_t *accessed)
{
    struct cap *v = lookup(vspace);
    fake_calls++;
    if (!v || v->type != VSPACE || n_pages < 1 || n_pages > 64) {
        return ERROR_INVALID_ARGUMENT;
    }
    *accessed = 0;
    for (unsigned i = 0; i < n_pages; i++) {
        struct mapping *m = *find(&v->object->pages[((va >> 12) + i) % BUCKETS], (va >> 12) + i);
        if (m && m->large) {
            *accessed |= harvest_large(v->object, m->place) ? (n_pages - i == 64 ? UINT64_MAX : ((1ull << (n_pages - i)) - 1)) << i : 0;
            break; /* ranges of tests end where a large mapping does */
        }
        if (m) {
            leave_group(v->object, m, va >> 12, 0);
            *accessed |= (uint64_t)m->accessed << i;
            m->accessed = false;
        }
    }
    return 0;
}

unsigned kernel_unmap_range(cptr_t vspace, uint64_t va, unsigned n_pages)
{
    struct cap *v = lookup(vspace);
    fake_calls++;
    if (!v || v->type != VSPACE || n_pages < 1 || n_pages > 512) {
        return ERROR_INVALID_ARGUMENT;
    }
    for (uint64_t p = va >> 12; p < (va >> 12) + n_pages; p++) {
        struct mapping **m = find(&v->object->pages[p % BUCKETS], p);
        if (*m && !(*m)->large) {
            leave_group(v->object, *m, va >> 12, n_pages);
            remove_mapping(v->object, m);
        }
    }
    return 0;
}

unsigned kernel_table_unmap(cptr_t table)
{
    struct cap *t = lookup(table);
    fake_calls++;
    if (!t || t->type != TABLE) {
        return ERROR_INVALID_CAPABILITY;
    }
    table_unmap(t);
    return 0;
}

unsigned kernel_asid_assign(cptr_t pool, cptr_t vspace)
{
    struct cap *p = lookup(pool), *v = lookup(vspace);
    if (!p || p->type != POOL || !v || v->type != VSPACE || v->object->assigned) {
        return ERROR_INVALID_CAPABILITY;
    }
    v->object->assigned = true;
    return 0;
}

unsigned kernel_asid_pool(cptr_t untyped, cptr_t dest)
{
    (void)untyped;
    (void)dest;
    return ERROR_DELETE_FIRST;
}

cptr_t fake_replied;

void kernel_reply_fault(cptr_t reply, const struct deferred_mapping *d)
{
    fake_replied = reply;
    if (d->wanted && d->copy && d->fill) {
        if (!fake_reply_map_filled(d->frame, d->copy, d->vspace, d->va, d->writable, d->executable)) {
            pager_panic("fake kernel: reply cannot fill and map", d->va);
        }
    } else if (d->wanted && d->copy) {
        fake_reply_map_copy(d->frame, d->copy, d->vspace, d->va, d->writable, d->executable); /* refused: the thread faults again */
    } else if (d->wanted && !fake_reply_map(d->frame, d->vspace, d->va, d->writable, d->executable)) {
        pager_panic("fake kernel: reply cannot map", d->va);
    }
}

cptr_t fake_answered;
unsigned fake_answers;
uint64_t fake_answer, fake_answer_words[120];

void kernel_reply_request(cptr_t reply, const struct server_call *call)
{
    fake_answered = reply;
    fake_answers++;
    fake_answer = call->reply_label;
    memcpy(fake_answer_words, call->words, call->reply_length * sizeof call->words[0]);
}

void kernel_signal(cptr_t notification)
{
    (void)notification;
    fake_signals++;
}

void kernel_signal_any(cptr_t cap)
{
    fake_signals += lookup(cap)->type != NONE;
}

unsigned kernel_thread_suspend(cptr_t tcb)
{
    (void)tcb;
    fake_suspended++;
    return 0;
}

unsigned kernel_thread_resume(cptr_t tcb)
{
    (void)tcb;
    fake_resumed++;
    return 0;
}

uint64_t kernel_idle_entries(void)
{
    return fake_idle_entries;
}

uint64_t kernel_ticks(void)
{
    return fake_now;
}

_Noreturn void pager_too_small(void)
{
    pager_panic("too little memory", 0);
}

_Noreturn void pager_panic(const char *what, uint64_t value)
{
    fprintf(stderr, "pager_panic: %s (%llu)\n", what, (unsigned long long)value);
    abort();
}

uint64_t fake_sp;
static uint32_t receive_leaf;

void kernel_receive_into(uint32_t leaf)
{
    receive_leaf = leaf;
}

void fake_receive(void)
{
    *root_slot(receive_leaf) = (struct cap){.type = THREAD, .original = true, .rights = KERNEL_ALL_RIGHTS};
}

bool fake_received(void)
{
    return root_slot(receive_leaf)->type != NONE;
}

unsigned kernel_take_received(cptr_t dest)
{
    unsigned error = copy(lookup(dest), root_slot(receive_leaf), KERNEL_ALL_RIGHTS);

    if (!error) {
        cap_delete(root_slot(receive_leaf));
    }
    return error;
}

void kernel_drop_received(void)
{
    if (fake_received()) {
        cap_delete(root_slot(receive_leaf));
    }
}

unsigned kernel_thread_sp(cptr_t tcb, uint64_t *sp)
{
    struct cap *t = lookup(tcb);

    *sp = fake_sp;
    return t && t->type == THREAD ? 0 : ERROR_INVALID_CAPABILITY;
}

/* ---- what tests see ---- */

uint8_t *fake_translate(cptr_t vspace, uint64_t va, bool write, bool execute)
{
    struct cap *v = lookup(vspace);
    if (!v || v->type != VSPACE) {
        return NULL;
    }
    struct mapping *m = *find(&v->object->pages[(va >> 12) % BUCKETS], va >> 12);
    if (!m || (write && !m->write) || (execute && !m->execute)) {
        return NULL;
    }
    m->accessed = true;
    return ram + (m->paddr - RAM_BASE) + va % 4096;
}

uint64_t fake_mappings(cptr_t vspace)
{
    struct cap *v = lookup(vspace);
    return v && v->type == VSPACE ? v->object->n_pages : 0;
}

void fake_hand_out(cptr_t cap)
{
    for (unsigned i = 0; i < 4096; i++) {
        if (handed[i].type == NONE) {
            if (copy(&handed[i], lookup(cap), KERNEL_ALL_RIGHTS)) {
                pager_panic("fake kernel: cannot hand out", cap);
            }
            return;
        }
    }
}

uint64_t fake_handed_out(void)
{
    uint64_t n = 0;
    for (unsigned i = 0; i < 4096; i++) {
        n += handed[i].type != NONE;
    }
    return n;
}

/* ---- the machine ---- */

static void free_all(void)
{
    for (unsigned i = 0; i < n_objects; i++) {
        struct object *o = all_objects[i];
        if (o->type == VSPACE) {
            vspace_clear(o);
        }
        free(o->slots);
        free(o);
    }
    n_objects = 0;
    free(root);
    root = NULL;
    memset(handed, 0, sizeof handed);
}

static void ram_allocate(uint64_t bytes)
{
    if (ram_file >= 0) {
        munmap(ram, ram_room);
        close(ram_file);
    }
    own_forget();
    ram_room = bytes;
    ram_file = memfd_create("ram", 0);
    if (ram_file < 0 || ftruncate(ram_file, (off_t)bytes) != 0) {
        pager_panic("fake kernel: memfd", 0);
    }
    /* Populated: page by page, as it is filled, it takes a multiple of the time. */
    ram = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | (fake_blank_ram ? 0 : MAP_POPULATE), ram_file, 0);
    if (ram == MAP_FAILED) {
        pager_panic("fake kernel: mmap of memory", bytes);
    }
}

/* ram_new: memory of this size. One machine has the memory of another one before it, where that had enough: to get pages of the system takes longer than most tests. */
static void ram_new(uint64_t bytes)
{
    if (ram_file >= 0 && bytes <= ram_room) {
        own_clear();
    } else {
        ram_allocate(fake_blank_ram && bytes < BLANK_ROOM ? BLANK_ROOM : bytes);
    }
    if (!fake_blank_ram) {
        memset(ram, 0x5a, bytes);
    }
}

static struct cap *put_object(struct cap *slot, enum type type)
{
    *slot = (struct cap){.type = type, .original = true, .rights = KERNEL_ALL_RIGHTS, .object = object_new(type)};
    slot->object->refs = 1;
    return slot;
}

static void put_leaf(uint32_t leaf)
{
    struct cap *c = put_object(root_slot(leaf), CNODE);
    c->object->radix = CSPACE_LEAF_BITS;
    c->object->slots = calloc(CSPACE_LEAF_SLOTS, sizeof(struct cap));
}

/* cut: the largest aligned powers of two, as the kernel makes boot untypeds. */
static uint64_t cut(uint64_t from, uint64_t to, cptr_t slot)
{
    uint64_t pages = 0;
    while (from < to) {
        unsigned bits = 12;
        while (from % (2ull << bits) == 0 && from + (2ull << bits) <= to) {
            bits++;
        }
        start.untypeds[start.n_untypeds++] = (struct pager_untyped){.paddr = from, .slot = (uint32_t)slot, .size_bits = bits};
        *lookup(slot++) = (struct cap){.type = UNTYPED, .original = true, .paddr = from, .bytes = 1ull << bits, .rights = KERNEL_ALL_RIGHTS};
        pages += 1ull << (bits - 12);
        from += 1ull << bits;
    }
    return pages;
}

const struct pager_start *fake_reset(uint64_t bytes, const void *archive, uint64_t archive_bytes)
{
    uint64_t archive_pages = (archive_bytes + 4095) / 4096;
    uint64_t low = RAM_BASE + fake_first_byte, high = RAM_BASE + bytes - archive_pages * 4096;

    free_all();
    fake_forbid_making = false;
    fake_calls = fake_signals = fake_idle_entries = fake_suspended = fake_resumed = 0;
    ram_new(bytes);
    memcpy(ram + (high - RAM_BASE), archive, archive_bytes);

    start = (struct pager_start){.magic = PAGER_START_MAGIC, .version = PAGER_START_VERSION, .size = sizeof start, .timer_frequency = 62500000};
    start.ram_pages = bytes / 4096;
    root_bits = pager_cspace_root_bits(start.ram_pages);
    start.root_bits = root_bits;
    root = calloc(1u << root_bits, sizeof *root);
    put_leaf(0);
    put_object(lookup(PAGER_CAP_VSPACE), VSPACE)->object->own = true;
    lookup(PAGER_CAP_VSPACE)->object->assigned = true;
    put_object(lookup(PAGER_CAP_ASID_POOL), POOL);
    put_object(lookup(PAGER_CAP_ENDPOINT), OTHER);
    put_object(lookup(PAGER_CAP_NOTIFICATION_PROCESS), OTHER);
    put_object(lookup(LAYOUT_CAP_REPLY), OTHER);
    uint64_t untyped_pages = cut(low, high, 64);
    start.free_slot = 200;
    start.free_slot_end = CSPACE_LEAF_SLOTS;
    start.archive_slot = cptr_at(1, 0);
    start.next_leaf = 1 + (uint32_t)(archive_pages / CSPACE_LEAF_SLOTS) + 1;
    for (uint32_t i = 1; i < start.next_leaf; i++) {
        put_leaf(i);
    }
    for (uint64_t i = 0; i < archive_pages; i++) {
        *lookup(start.archive_slot + i) = (struct cap){.type = FRAME, .original = true, .paddr = high + i * 4096, .bytes = 4096, .rights = KERNEL_READ};
    }
    start.archive_va = (uint64_t)(uintptr_t)(ram + (high - RAM_BASE));
    start.archive_length = archive_bytes;
    start.archive_pages = archive_pages;
    start.pager_pages = 60;
    start.init_pages = 20;
    start.kernel_pages = start.ram_pages - archive_pages - 80 - untyped_pages;
    start.free_va = ((uint64_t)(uintptr_t)own_space + (1ull << 30) - 1) >> 30 << 30;
    start.free_end = (uint64_t)(uintptr_t)own_space + OWN_SPACE_BYTES;
    return &start;
}
