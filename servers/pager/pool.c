/* SPDX-License-Identifier: BSD-2-Clause */
#include "pool.h"

#include "frame.h"
#include "page_ops.h"
#include "policy/size_class.h"

#include <string.h>

#define NO_OBJECT 255u
/* Frames looked at for the emptiest one. */
#define COMPACT_LOOK 8u

/*
 * A frame of the store: refs counts its objects in use, unit.order is the class, unit.clean the first free object, unit.next and unit.prev link the frames
 * of a class that have free objects (frame + 1; 0: end). A free object begins with the index of the next.
 */
static struct class {
    uint32_t partial; /* frame + 1; 0: none */
    uint32_t frames, used;
} classes[SIZE_CLASSES];
static uint64_t n_frames, n_objects, n_bytes;
static uint32_t oldest, newest; /* handles */

void pool_init(void)
{
    memset(classes, 0, sizeof classes);
    n_frames = n_objects = n_bytes = 0;
    oldest = newest = 0;
}

static uint8_t *object_at(uint32_t frame, uint32_t index)
{
    return (uint8_t *)frame_window(frame) + index * size_class_bytes(frame_at(frame)->unit.order);
}

/* A place is frame << 8 | index. */
static uint32_t place_frame(uint64_t place)
{
    return (uint32_t)(place >> 8);
}

static uint32_t place_index(uint64_t place)
{
    return (uint32_t)place & 255;
}

/* ---- frames of a class ---- */

static void list_push(struct class *c, uint32_t frame)
{
    struct buddy_unit *u = &frame_at(frame)->unit;

    u->next = c->partial;
    u->prev = 0;
    if (c->partial) {
        frame_at(c->partial - 1)->unit.prev = frame + 1;
    }
    c->partial = frame + 1;
}

static void list_remove(struct class *c, uint32_t frame)
{
    const struct buddy_unit *u = &frame_at(frame)->unit;

    if (u->prev) {
        frame_at(u->prev - 1)->unit.next = u->next;
    } else {
        c->partial = u->next;
    }
    if (u->next) {
        frame_at(u->next - 1)->unit.prev = u->prev;
    }
}

static bool grow(struct class *c)
{
    uint32_t class = (uint32_t)(c - classes), frame = frame_take(FRAME_STORE, false, true);

    if (frame == BUDDY_NONE) {
        return false;
    }
    frame_at(frame)->unit.order = (uint8_t)class;
    frame_at(frame)->unit.clean = 0;
    frame_at(frame)->refs = 0;
    uint32_t n = size_class_objects(class);
    for (uint32_t i = 0; i < n; i++) {
        *object_at(frame, i) = i + 1 < n ? (uint8_t)(i + 1) : NO_OBJECT;
    }
    list_push(c, frame);
    c->frames++;
    n_frames++;
    return true;
}

static void release_frame(struct class *c, uint32_t frame)
{
    list_remove(c, frame);
    c->frames--;
    n_frames--;
    frame_at(frame)->refs = 1;
    frame_put(frame);
}

/* take_object: from the first frame that has a free one. */
static uint64_t take_object(struct class *c)
{
    uint32_t frame = c->partial - 1;
    struct frame *f = frame_at(frame);
    uint32_t index = f->unit.clean;

    f->unit.clean = *object_at(frame, index);
    f->refs++;
    c->used++;
    if (f->unit.clean == NO_OBJECT) {
        list_remove(c, frame);
    }
    return (uint64_t)frame << 8 | index;
}

static void free_object(uint64_t place)
{
    uint32_t frame = place_frame(place);
    struct frame *f = frame_at(frame);
    struct class *c = &classes[f->unit.order];
    bool was_full = f->unit.clean == NO_OBJECT;

    *object_at(frame, place_index(place)) = f->unit.clean;
    f->unit.clean = (uint8_t)place_index(place);
    f->refs--;
    c->used--;
    if (was_full) {
        list_push(c, frame);
    }
    if (f->refs == 0) {
        release_frame(c, frame);
    }
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
    uint8_t *object = object_at(place_frame(r->place), place_index(r->place));
    memcpy(object, &handle, POOL_HEADER);
    memcpy(object + POOL_HEADER, bytes, length);
    age_push(handle);
    n_objects++;
    n_bytes += length;
    return true;
}

/* sound: place and length of a record are those of an object. They are not if the record was damaged. */
static bool sound(const struct record *r)
{
    uint32_t frame = place_frame(r->place), class = r->place >> 40 == 0 && frame_is(frame, FRAME_STORE) ? frame_at(frame)->unit.order : SIZE_CLASSES;

    return class < SIZE_CLASSES && place_index(r->place) < size_class_objects(class) && r->length + POOL_HEADER <= size_class_bytes(class);
}

const void *pool_bytes(uint32_t handle)
{
    const struct record *r = record_at(handle);

    if (!sound(r)) {
        return NULL;
    }
    const uint8_t *object = object_at(place_frame(r->place), place_index(r->place));
    uint32_t owner;

    memcpy(&owner, object, POOL_HEADER);
    return owner == handle ? object + POOL_HEADER : NULL;
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

static uint32_t free_objects(const struct class *c)
{
    return c->frames * size_class_objects((uint32_t)(c - classes)) - c->used;
}

static bool wasteful(const struct class *c)
{
    return free_objects(c) >= 2 * size_class_objects((uint32_t)(c - classes)) + c->used / 8;
}

/* emptiest: of the first frames with free objects. */
static uint32_t emptiest(const struct class *c)
{
    uint32_t best = c->partial - 1, frame = c->partial;

    for (unsigned i = 0; frame && i < COMPACT_LOOK; i++, frame = frame_at(frame - 1)->unit.next) {
        if (frame_at(frame - 1)->refs < frame_at(best)->refs) {
            best = frame - 1;
        }
    }
    return best;
}

static uint64_t free_mask(uint32_t frame)
{
    uint64_t mask = 0;

    for (uint32_t i = frame_at(frame)->unit.clean; i != NO_OBJECT; i = *object_at(frame, i)) {
        mask |= 1ull << i;
    }
    return mask;
}

static void move_object(struct class *c, uint32_t frame, uint32_t index)
{
    const uint8_t *from = object_at(frame, index);
    uint32_t handle;

    memcpy(&handle, from, POOL_HEADER);
    uint64_t place = take_object(c);
    memcpy(object_at(place_frame(place), place_index(place)), from, size_class_bytes((uint32_t)(c - classes)));
    record_at(handle)->place = place;
    c->used--;
}

/* owned: the object's handle leads back to it. If it was damaged the frame has to stay; the page's owner learns of it when he wants the page. */
static bool owned(uint32_t frame, uint32_t index)
{
    uint32_t handle;

    memcpy(&handle, object_at(frame, index), POOL_HEADER);
    return record_valid(handle) && record_at(handle)->kind == RECORD_COMPRESSED && record_at(handle)->place == ((uint64_t)frame << 8 | index);
}

/* used_mask: the objects of a frame that are in use. */
static uint64_t used_mask(uint32_t frame)
{
    uint32_t n = size_class_objects(frame_at(frame)->unit.order);

    return ~free_mask(frame) & (n == 64 ? UINT64_MAX : (1ull << n) - 1);
}

static bool all_owned(uint32_t frame, uint64_t used)
{
    for (; used; used &= used - 1) {
        if (!owned(frame, (uint32_t)__builtin_ctzll(used))) {
            return false;
        }
    }
    return true;
}

static bool empty(struct class *c, uint32_t frame)
{
    uint64_t used = used_mask(frame);

    if (!all_owned(frame, used)) {
        return false;
    }
    list_remove(c, frame); /* so that no object is moved into it */
    for (uint64_t left = used; left; left &= left - 1) {
        move_object(c, frame, (uint32_t)__builtin_ctzll(left));
    }
    list_push(c, frame);
    release_frame(c, frame);
    return true;
}

bool pool_move(uint32_t from, uint32_t to)
{
    struct class *c = &classes[frame_at(from)->unit.order];
    uint64_t used = used_mask(from);
    bool listed = frame_at(from)->unit.clean != NO_OBJECT;

    if (!all_owned(from, used)) {
        return false;
    }
    page_copy(frame_window(to), frame_window(from));
    if (listed) {
        list_remove(c, from);
    }
    frame_move(from, to);
    if (listed) {
        list_push(c, to);
    }
    for (; used; used &= used - 1) {
        uint32_t index = (uint32_t)__builtin_ctzll(used), handle;
        memcpy(&handle, object_at(to, index), POOL_HEADER);
        record_at(handle)->place = (uint64_t)to << 8 | index;
    }
    return true;
}

bool pool_compact(void)
{
    for (struct class *c = classes; c < classes + SIZE_CLASSES; c++) {
        if (wasteful(c)) {
            return empty(c, emptiest(c));
        }
    }
    return false;
}

/* ---- figures ---- */

uint64_t pool_frames(void)
{
    return n_frames;
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

static uint32_t check_class(const struct class *c)
{
    uint32_t n = size_class_objects((uint32_t)(c - classes)), problems = 0, free = 0;

    for (uint32_t frame = c->partial, before = 0; frame; before = frame, frame = frame_at(frame - 1)->unit.next) {
        const struct frame *f = frame_at(frame - 1);
        uint32_t here = (uint32_t)__builtin_popcountll(free_mask(frame - 1));
        problems += f->unit.prev != before || f->unit.user != FRAME_STORE || f->refs + here != n || here == 0 || f->refs == 0;
        free += here;
    }
    return problems + (free != free_objects(c));
}

uint32_t pool_check(void)
{
    uint32_t problems = 0;
    uint64_t frames = 0, used = 0, aged = 0;

    for (const struct class *c = classes; c < classes + SIZE_CLASSES; c++) {
        problems += check_class(c);
        frames += c->frames;
        used += c->used;
    }
    for (uint32_t h = oldest, before = 0; h && aged <= n_objects; before = h, h = record_at(h)->newer) {
        problems += record_at(h)->older != before || record_at(h)->kind != RECORD_COMPRESSED;
        aged++;
    }
    return problems + (frames != n_frames) + (used != n_objects) + (aged != n_objects);
}
