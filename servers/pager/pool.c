/* SPDX-License-Identifier: BSD-2-Clause */
#include "pool.h"

#include "frame.h"
#include "page_ops.h"
#include "policy/size_class.h"

#include <string.h>

/* Spans looked at for the emptiest one. */
#define COMPACT_LOOK 8u
/* A span more than one in so many of the pages in it would be is not made for one page, nor is a page put into an object larger than it needs by more than that part. */
#define SHARE 8u

/* The spans of each class that have free objects stand in a list. */
static struct class {
    uint32_t partial; /* handle; 0: none */
    uint32_t spans, used;
} classes[SIZE_CLASSES];
static uint64_t suspects; /* bit i: class i may be wasteful; the others are not */
static uint64_t roomy;    /* bit i: class i has a free object */
_Static_assert(SIZE_CLASSES <= 64, "bits of suspects and of roomy");
static uint64_t n_frames, n_spans, n_objects, n_bytes;
static uint32_t oldest, newest; /* handles */
static uint8_t joined[SIZE_CLASS_BYTES_MAX]; /* the bytes of an object that lies across two frames, while they are looked at */

void pool_init(void)
{
    memset(classes, 0, sizeof classes);
    n_frames = n_spans = n_objects = n_bytes = suspects = roomy = 0;
    oldest = newest = 0;
}

/* ---- objects in spans ---- */

/* A place is span << OBJECT_BITS | object. */
#define OBJECT_BITS 5u
_Static_assert(SIZE_CLASS_OBJECTS_MAX <= 1u << OBJECT_BITS && RECORD_HANDLE_BITS + OBJECT_BITS <= 32, "a place is a word");

static uint32_t place_of(uint32_t span, uint32_t object)
{
    return span << OBJECT_BITS | object;
}

static uint32_t place_span(uint32_t place)
{
    return place >> OBJECT_BITS;
}

static uint32_t place_object(uint32_t place)
{
    return place % (1u << OBJECT_BITS);
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
    return all_objects(class_of(span)) & ~span->free;
}

static uint32_t frame_behind(uint32_t frame)
{
    return frame_at(frame)->unit.prev;
}

/* frame_at_byte: the frame of a span that has its byte `at`. */
static uint32_t frame_at_byte(const struct record *span, uint32_t at)
{
    uint32_t frame = span->place;

    for (; at >= PAGE_SIZE; at -= PAGE_SIZE) {
        frame = frame_behind(frame);
    }
    return frame;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* write_object: a handle, and behind it these bytes, from byte `at` of a span on; they lie in one frame or two. */
static void write_object(const struct record *span, uint32_t at, uint32_t handle, const void *bytes, uint32_t length)
{
    uint32_t frame = frame_at_byte(span, at), first = smaller(length, PAGE_SIZE - at % PAGE_SIZE - POOL_HEADER); /* a header is in one frame: objects are whole words */
    uint8_t *to = (uint8_t *)frame_window(frame) + at % PAGE_SIZE;

    memcpy(to, &handle, POOL_HEADER);
    memcpy(to + POOL_HEADER, bytes, first);
    if (first < length) {
        memcpy(frame_window(frame_behind(frame)), (const uint8_t *)bytes + first, length - first);
    }
}

/* read_bytes: where they are, if in one frame; else copied to `buffer`. */
static const uint8_t *read_bytes(const struct record *span, uint32_t at, uint32_t length, uint8_t *buffer)
{
    uint32_t frame = frame_at_byte(span, at), first = PAGE_SIZE - at % PAGE_SIZE;
    const uint8_t *bytes = (const uint8_t *)frame_window(frame) + at % PAGE_SIZE;

    if (length <= first) {
        return bytes;
    }
    memcpy(buffer, bytes, first);
    memcpy(buffer + first, frame_window(frame_behind(frame)), length - first); /* an object is smaller than a frame */
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
    roomy |= 1ull << (c - classes);
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
    roomy &= ~((uint64_t)(c->partial == 0) << (c - classes));
}

/* give_frames: of a span that has no object, from this one on. */
static void give_frames(uint32_t frame)
{
    while (frame != BUDDY_NONE) {
        uint32_t next = frame_behind(frame);
        frame_put(frame);
        frame = next;
    }
}

/* take_frames: those that a span of the class needs; the first of them. BUDDY_NONE: not all are there. Only coarse classes may use the reserve: it would not last for others. */
static uint32_t take_frames(uint32_t span, uint32_t class)
{
    bool reserve = size_class_coarse(class) == class;
    uint32_t first = BUDDY_NONE;

    for (uint32_t n = size_class_frames(class); n > 0; n--) {
        uint32_t frame = frame_take(FRAME_STORE, false, reserve);
        if (frame == BUDDY_NONE) {
            give_frames(first);
            return BUDDY_NONE;
        }
        frame_at(frame)->unit.order = STORE_USE_POOL;
        frame_at(frame)->unit.next = span;
        frame_at(frame)->unit.prev = first;
        first = frame;
    }
    return first;
}

static bool grow(uint32_t class)
{
    struct class *c = &classes[class];
    uint32_t span = record_take();

    if (!span) {
        return false;
    }
    uint32_t frame = take_frames(span, class);
    if (frame == BUDDY_NONE) {
        record_put(span);
        return false;
    }
    struct record *r = record_at(span);
    r->kind = RECORD_SPAN;
    r->refs = 0; /* no page */
    r->length = class & 0x1fff;
    r->place = frame;
    r->free = all_objects(class);
    list_push(c, span);
    c->spans++;
    n_spans++;
    n_frames += size_class_frames(class);
    return true;
}

static void release_span(struct class *c, uint32_t span)
{
    list_remove(c, record_at(span));
    give_frames(record_at(span)->place);
    record_put(span);
    c->spans--;
    n_spans--;
    n_frames -= size_class_frames((uint32_t)(c - classes));
}

/* take_object: from the first span that has a free one. */
static uint32_t take_object(struct class *c)
{
    uint32_t span = c->partial;
    struct record *r = record_at(span);
    uint32_t object = (uint32_t)__builtin_ctz(r->free);

    r->free &= r->free - 1;
    c->used++;
    if (!r->free) {
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

static void free_object(uint32_t place)
{
    uint32_t span = place_span(place);
    struct record *r = record_at(span);
    struct class *c = &classes[class_of(r)];

    if (!r->free) {
        list_push(c, span);
    }
    r->free |= 1u << place_object(place);
    c->used--;
    if (!used_objects(r)) {
        release_span(c, span);
    }
    suspects |= (uint64_t)wasteful(c) << (c - classes);
}

/* roomy_class: of the classes with free objects of at least this class's size, the one with the smallest; SIZE_CLASS_NONE: it has more bytes than that, or there is none. */
static uint32_t roomy_class(uint32_t class, uint32_t bytes_max)
{
    uint64_t larger = roomy & (UINT64_MAX >> (63 - class));
    uint32_t found = larger ? 63 - (uint32_t)__builtin_clzll(larger) : SIZE_CLASS_NONE;

    return larger && size_class_bytes(found) <= bytes_max ? found : SIZE_CLASS_NONE;
}

/* fills_spans: one span more is a small part of so many pages. */
static bool fills_spans(uint32_t class, uint32_t pages)
{
    return pages >= SHARE * size_class_objects(class);
}

/* class_for: one that has a free object for so many bytes, which are of this class; SIZE_CLASS_NONE: there are no frames for one. */
static uint32_t class_for(uint32_t bytes, uint32_t class)
{
    uint32_t coarse = size_class_coarse(class), near = roomy_class(class, fills_spans(class, classes[class].used) ? size_class_bytes(class) : bytes + bytes / SHARE);

    if (near != SIZE_CLASS_NONE) {
        return near;
    }
    if (class != coarse && fills_spans(class, classes[class].used + classes[coarse].used) && grow(class)) {
        return class;
    }
    return grow(coarse) ? coarse : roomy_class(class, SIZE_CLASS_BYTES_MAX);
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

    if (class != SIZE_CLASS_NONE && !classes[class].partial) {
        class = class_for(length + POOL_HEADER, class);
    }
    if (class == SIZE_CLASS_NONE) {
        return false;
    }
    struct record *r = record_at(handle);
    r->place = take_object(&classes[class]);
    r->length = length & 0x1fff;
    r->kind = RECORD_COMPRESSED;
    const struct record *span = record_at(place_span(r->place));
    write_object(span, object_start(span, place_object(r->place)), handle, bytes, length);
    age_push(handle);
    n_objects++;
    n_bytes += length;
    return true;
}

/* sound_span: the span that a record's object lies in; NULL: place and length are none of an object, as the record was damaged. */
static const struct record *sound_span(const struct record *r)
{
    uint32_t handle = place_span(r->place);

    if (handle >> RECORD_HANDLE_BITS || !record_valid(handle)) {
        return NULL;
    }
    const struct record *span = record_at(handle);
    uint32_t class = class_of(span);
    bool sound = span->kind == RECORD_SPAN && class < SIZE_CLASSES && place_object(r->place) < size_class_objects(class) && r->length + POOL_HEADER <= size_class_bytes(class);
    return sound ? span : NULL;
}

const void *pool_bytes(uint32_t handle)
{
    const struct record *r = record_at(handle), *span = sound_span(r);

    if (!span) {
        return NULL;
    }
    const uint8_t *bytes = read_bytes(span, object_start(span, place_object(r->place)), POOL_HEADER + r->length, joined);
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
        int n = __builtin_popcount(record_at(span)->free);
        if (n > most) {
            most = n;
            best = span;
        }
    }
    return best;
}

static void move_object(struct class *c, const struct record *span, uint32_t object)
{
    uint32_t handle = owner_of(span, object);
    struct record *r = record_at(handle);
    const uint8_t *bytes = read_bytes(span, object_start(span, object), POOL_HEADER + r->length, joined);
    uint32_t place = take_object(c);
    const struct record *to = record_at(place_span(place));

    write_object(to, object_start(to, place_object(place)), handle, bytes + POOL_HEADER, r->length);
    r->place = place;
    c->used--;
}

/* owned: the object's handle leads back to it, with a length that can be. If it was damaged the span has to stay; the page's owner learns of it when he wants the page. */
static bool owned(uint32_t span, uint32_t object)
{
    uint32_t handle = owner_of(record_at(span), object);

    return record_valid(handle) && record_at(handle)->kind == RECORD_COMPRESSED && record_at(handle)->place == place_of(span, object) && sound_span(record_at(handle));
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

    page_copy(frame_window(to), frame_window(from));
    frame_move(from, to);
    if (span->place == from) {
        span->place = to;
        return;
    }
    uint32_t before = span->place;
    while (frame_behind(before) != from) {
        before = frame_behind(before);
    }
    frame_at(before)->unit.prev = to;
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

/* check_frames: there are as many as the class has, they are the store's and know their span. */
static uint32_t check_frames(uint32_t span)
{
    const struct record *r = record_at(span);
    uint32_t problems = 0, n = size_class_frames(class_of(r)), frame = r->place;

    for (; n > 0 && frame != BUDDY_NONE; n--, frame = frame_behind(frame)) {
        const struct frame *f = &frame_table[frame];
        problems += f->unit.user != FRAME_STORE || f->unit.order != STORE_USE_POOL || f->unit.next != span || f->refs != 1;
    }
    return problems + (n != 0) + (frame != BUDDY_NONE);
}

static uint32_t check_class(const struct class *c)
{
    uint32_t problems = 0, free = 0;

    for (uint32_t span = c->partial, before = 0; span; before = span, span = record_at(span)->newer) {
        const struct record *r = record_at(span);
        problems += r->kind != RECORD_SPAN || class_of(r) != (uint32_t)(c - classes) || r->older != before || !r->free || !used_objects(r);
        free += (uint32_t)__builtin_popcount(r->free);
    }
    return problems + (free != free_objects(c)) + ((roomy >> (c - classes) & 1) != (c->partial != 0));
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
