/* SPDX-License-Identifier: BSD-2-Clause */
#include "pool.h"

#include "frame.h"
#include "page_ops.h"
#include "policy/size_class.h"

#include <string.h>

/* Spans looked at for the emptiest one. */
#define COMPACT_LOOK 8u

/* The spans of each class that have free objects stand in a list. */
static struct class {
    uint32_t partial; /* handle; 0: none */
    uint32_t spans, used;
} classes[SIZE_CLASSES];
static uint64_t suspects; /* bit i: class i may be wasteful; the others are not */
_Static_assert(SIZE_CLASSES <= 64, "bits of suspects");
static uint64_t n_frames, n_spans, n_objects, n_bytes;
static uint32_t oldest, newest; /* handles */

_Static_assert(sizeof((struct record){0}.span.frames) / sizeof(uint32_t) == SIZE_CLASS_FRAMES_MAX, "frames of a span");

void pool_init(void)
{
    memset(classes, 0, sizeof classes);
    n_frames = n_spans = n_objects = n_bytes = suspects = 0;
    oldest = newest = 0;
}

/* ---- objects in spans ---- */

/* A place is span << 8 | object. */
static uint64_t place_of(uint32_t span, uint32_t object)
{
    return (uint64_t)span << 8 | object;
}

static uint32_t place_span(uint64_t place)
{
    return (uint32_t)(place >> 8);
}

static uint32_t place_object(uint64_t place)
{
    return (uint32_t)place & 255;
}

static uint32_t class_of(const struct record *span)
{
    return span->length;
}

static uint32_t all_objects(uint32_t class)
{
    uint32_t n = size_class_objects(class);
    return n == 32 ? UINT32_MAX : (1u << n) - 1;
}

static uint32_t used_objects(const struct record *span)
{
    return all_objects(class_of(span)) & ~span->span.free;
}

/* piece: the bytes of a span from `at` on that lie in one frame, at most *length, which becomes how many. */
static uint8_t *piece(const struct record *span, uint32_t at, uint32_t *length)
{
    uint32_t left = PAGE_SIZE - at % PAGE_SIZE;

    *length = *length < left ? *length : left;
    return (uint8_t *)frame_window(span->span.frames[at / PAGE_SIZE]) + at % PAGE_SIZE;
}

static void write_bytes(const struct record *span, uint32_t at, const void *bytes, uint32_t length)
{
    const uint8_t *from = bytes;

    for (uint32_t n; length > 0; length -= n, at += n, from += n) {
        n = length;
        uint8_t *to = piece(span, at, &n);
        memcpy(to, from, n);
    }
}

/* read_bytes: where they are, if in one frame; else copied to `buffer`. */
static const uint8_t *read_bytes(const struct record *span, uint32_t at, uint32_t length, uint8_t *buffer)
{
    uint32_t first = length, rest;
    const uint8_t *bytes = piece(span, at, &first);

    if (first == length) {
        return bytes;
    }
    rest = length - first; /* in one frame: an object is smaller than that */
    memcpy(buffer, bytes, first);
    bytes = piece(span, at + first, &rest);
    memcpy(buffer + first, bytes, rest);
    return buffer;
}

static uint32_t object_start(const struct record *span, uint32_t object)
{
    return object * size_class_bytes(class_of(span));
}

/* owner_of: the handle that an object begins with. */
static uint32_t owner_of(const struct record *span, uint32_t object)
{
    uint32_t handle;
    uint8_t buffer[POOL_HEADER];

    memcpy(&handle, read_bytes(span, object_start(span, object), POOL_HEADER, buffer), POOL_HEADER);
    return handle;
}

/* ---- spans of a class ---- */

static void list_push(struct class *c, uint32_t span)
{
    struct record *r = record_at(span);

    r->newer = c->partial & 0xffffff;
    r->older = 0;
    if (c->partial) {
        record_at(c->partial)->older = span & 0xffffff;
    }
    c->partial = span;
}

static void list_remove(struct class *c, const struct record *span)
{
    if (span->older) {
        record_at(span->older)->newer = span->newer;
    } else {
        c->partial = span->newer;
    }
    if (span->newer) {
        record_at(span->newer)->older = span->older;
    }
}

/* give_frames: of a span that has no object any more. */
static void give_frames(const struct record *span, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        frame_put(span->span.frames[i]);
    }
}

/* take_frames: false: not all that the class needs are there. */
static bool take_frames(struct record *r, uint32_t span, uint32_t class)
{
    for (uint32_t i = 0; i < size_class_frames(class); i++) {
        uint32_t frame = frame_take(FRAME_STORE, false, true);
        if (frame == BUDDY_NONE) {
            give_frames(r, i);
            return false;
        }
        frame_at(frame)->unit.order = STORE_USE_POOL;
        frame_at(frame)->unit.next = span;
        r->span.frames[i] = frame;
    }
    return true;
}

static bool grow(struct class *c)
{
    uint32_t class = (uint32_t)(c - classes), span = record_take();

    if (!span) {
        return false;
    }
    struct record *r = record_at(span);
    if (!take_frames(r, span, class)) {
        record_put(span);
        return false;
    }
    r->kind = RECORD_SPAN;
    r->refs = 0; /* no page */
    r->length = class & 0xffff;
    r->span.free = all_objects(class);
    list_push(c, span);
    c->spans++;
    n_spans++;
    n_frames += size_class_frames(class);
    return true;
}

static void release_span(struct class *c, uint32_t span)
{
    uint32_t n = size_class_frames((uint32_t)(c - classes));

    list_remove(c, record_at(span));
    give_frames(record_at(span), n);
    record_put(span);
    c->spans--;
    n_spans--;
    n_frames -= n;
}

/* take_object: from the first span that has a free one. */
static uint64_t take_object(struct class *c)
{
    uint32_t span = c->partial;
    struct record *r = record_at(span);
    uint32_t object = (uint32_t)__builtin_ctz(r->span.free);

    r->span.free &= r->span.free - 1;
    c->used++;
    if (!r->span.free) {
        list_remove(c, r);
    }
    return place_of(span, object);
}

static uint32_t free_objects(const struct class *c)
{
    return c->spans * size_class_objects((uint32_t)(c - classes)) - c->used;
}

static bool wasteful(const struct class *c)
{
    return free_objects(c) >= 2 * size_class_objects((uint32_t)(c - classes)) + c->used / 8;
}

static void free_object(uint64_t place)
{
    uint32_t span = place_span(place);
    struct record *r = record_at(span);
    struct class *c = &classes[class_of(r)];

    if (!r->span.free) {
        list_push(c, span);
    }
    r->span.free |= 1u << place_object(place);
    c->used--;
    if (!used_objects(r)) {
        release_span(c, span);
    }
    suspects |= (uint64_t)wasteful(c) << (c - classes);
}

/* ---- age ---- */

static void age_push(uint32_t handle)
{
    struct record *r = record_at(handle);

    r->older = newest & 0xffffff;
    r->newer = 0;
    if (newest) {
        record_at(newest)->newer = handle & 0xffffff;
    } else {
        oldest = handle;
    }
    newest = handle;
}

static void age_remove(const struct record *r)
{
    if (r->older) {
        record_at(r->older)->newer = r->newer;
    } else {
        oldest = r->newer;
    }
    if (r->newer) {
        record_at(r->newer)->older = r->older;
    } else {
        newest = r->older;
    }
}

void pool_renew(uint32_t handle)
{
    age_remove(record_at(handle));
    age_push(handle);
}

uint32_t pool_oldest(void)
{
    return oldest;
}

/* ---- objects ---- */

bool pool_put(uint32_t handle, const void *bytes, uint32_t length)
{
    uint32_t class = size_class_of(length + POOL_HEADER);

    if (class == SIZE_CLASS_NONE || (!classes[class].partial && !grow(&classes[class]))) {
        return false;
    }
    struct record *r = record_at(handle);
    r->place = take_object(&classes[class]);
    r->length = length & 0xffff;
    r->kind = RECORD_COMPRESSED;
    const struct record *span = record_at(place_span(r->place));
    uint32_t at = object_start(span, place_object(r->place));
    write_bytes(span, at, &handle, POOL_HEADER);
    write_bytes(span, at + POOL_HEADER, bytes, length);
    age_push(handle);
    n_objects++;
    n_bytes += length;
    return true;
}

/* sound_span: the span that a record's object lies in; NULL: place and length are none of an object, as the record was damaged. */
static const struct record *sound_span(const struct record *r)
{
    uint32_t handle = place_span(r->place);

    if (r->place >> (RECORD_HANDLE_BITS + 8) || !record_valid(handle)) {
        return NULL;
    }
    const struct record *span = record_at(handle);
    uint32_t class = class_of(span);
    bool sound = span->kind == RECORD_SPAN && class < SIZE_CLASSES && place_object(r->place) < size_class_objects(class) && r->length + POOL_HEADER <= size_class_bytes(class);
    return sound ? span : NULL;
}

const void *pool_bytes(uint32_t handle)
{
    static uint8_t buffer[SIZE_CLASS_BYTES_MAX];
    const struct record *r = record_at(handle), *span = sound_span(r);

    if (!span) {
        return NULL;
    }
    const uint8_t *bytes = read_bytes(span, object_start(span, place_object(r->place)), POOL_HEADER + r->length, buffer);
    uint32_t owner;
    memcpy(&owner, bytes, POOL_HEADER);
    return owner == handle ? bytes + POOL_HEADER : NULL;
}

void pool_drop(uint32_t handle)
{
    const struct record *r = record_at(handle);

    age_remove(r);
    n_objects--;
    n_bytes -= r->length;
    free_object(r->place);
}

/* ---- compaction ---- */

/* emptiest: of the first spans with free objects. */
static uint32_t emptiest(const struct class *c)
{
    uint32_t best = c->partial, span = c->partial;
    int most = 0;

    for (unsigned i = 0; span && i < COMPACT_LOOK; i++, span = record_at(span)->newer) {
        int n = __builtin_popcount(record_at(span)->span.free);
        if (n > most) {
            most = n;
            best = span;
        }
    }
    return best;
}

static void move_object(struct class *c, const struct record *span, uint32_t object)
{
    static uint8_t buffer[SIZE_CLASS_BYTES_MAX];
    uint32_t size = size_class_bytes((uint32_t)(c - classes)), handle = owner_of(span, object);
    uint64_t place = take_object(c);
    const struct record *to = record_at(place_span(place));

    write_bytes(to, object_start(to, place_object(place)), read_bytes(span, object_start(span, object), size, buffer), size);
    record_at(handle)->place = place;
    c->used--;
}

/* owned: the object's handle leads back to it. If it was damaged the span has to stay; the page's owner learns of it when he wants the page. */
static bool owned(uint32_t span, uint32_t object)
{
    uint32_t handle = owner_of(record_at(span), object);

    return record_valid(handle) && record_at(handle)->kind == RECORD_COMPRESSED && record_at(handle)->place == place_of(span, object);
}

static bool all_owned(uint32_t span, uint32_t used)
{
    for (; used; used &= used - 1) {
        if (!owned(span, (uint32_t)__builtin_ctz(used))) {
            return false;
        }
    }
    return true;
}

static bool empty(struct class *c, uint32_t span)
{
    struct record *r = record_at(span);
    uint32_t used = used_objects(r);

    if (!all_owned(span, used)) {
        return false;
    }
    list_remove(c, r); /* so that no object is moved into it */
    for (; used; used &= used - 1) {
        move_object(c, r, (uint32_t)__builtin_ctz(used));
    }
    list_push(c, span);
    release_span(c, span);
    return true;
}

bool pool_compact(void)
{
    for (; suspects; suspects &= suspects - 1) {
        struct class *c = &classes[__builtin_ctzll(suspects)];
        if (wasteful(c)) {
            return empty(c, emptiest(c));
        }
    }
    return false;
}

void pool_move(uint32_t from, uint32_t to)
{
    struct record *span = record_at(frame_at(from)->unit.next);
    uint32_t i = 0;

    page_copy(frame_window(to), frame_window(from));
    frame_move(from, to);
    while (span->span.frames[i] != from) {
        i++;
    }
    span->span.frames[i] = to;
}

/* ---- figures ---- */

uint64_t pool_frames(void)
{
    return n_frames;
}

uint64_t pool_spans(void)
{
    return n_spans;
}

uint64_t pool_objects(void)
{
    return n_objects;
}

uint64_t pool_stored(void)
{
    return n_bytes;
}

uint64_t pool_wasted(void)
{
    uint64_t bytes = 0;

    for (struct class *c = classes; c < classes + SIZE_CLASSES; c++) {
        bytes += (uint64_t)free_objects(c) * size_class_bytes((uint32_t)(c - classes));
    }
    return bytes;
}

/* check_frames: they are the store's and know their span. */
static uint32_t check_frames(uint32_t span)
{
    const struct record *r = record_at(span);
    uint32_t problems = 0;

    for (uint32_t i = 0; i < size_class_frames(class_of(r)); i++) {
        const struct frame *f = &frame_table[r->span.frames[i]];
        problems += f->unit.user != FRAME_STORE || f->unit.order != STORE_USE_POOL || f->unit.next != span || f->refs != 1;
    }
    return problems;
}

static uint32_t check_class(const struct class *c)
{
    uint32_t problems = 0, free = 0;

    for (uint32_t span = c->partial, before = 0; span; before = span, span = record_at(span)->newer) {
        const struct record *r = record_at(span);
        problems += r->kind != RECORD_SPAN || class_of(r) != (uint32_t)(c - classes) || r->older != before || !r->span.free || !used_objects(r);
        free += (uint32_t)__builtin_popcount(r->span.free);
    }
    return problems + (free != free_objects(c));
}

uint32_t pool_check(void)
{
    uint32_t problems = 0;
    uint64_t frames = 0, used = 0, aged = 0, spans = 0;

    for (const struct class *c = classes; c < classes + SIZE_CLASSES; c++) {
        problems += check_class(c);
        frames += c->spans * size_class_frames((uint32_t)(c - classes));
        used += c->used;
    }
    for (uint32_t h = record_next(0); h; h = record_next(h)) {
        if (record_at(h)->kind == RECORD_SPAN) {
            problems += check_frames(h);
            spans++;
        }
    }
    for (uint32_t h = oldest, before = 0; h && aged <= n_objects; before = h, h = record_at(h)->newer) {
        problems += record_at(h)->older != before || record_at(h)->kind != RECORD_COMPRESSED;
        aged++;
    }
    return problems + (frames != n_frames) + (spans != n_spans) + (used != n_objects) + (aged != n_objects);
}
