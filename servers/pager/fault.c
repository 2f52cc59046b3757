/* SPDX-License-Identifier: BSD-2-Clause */
#include "fault.h"

#include "ahead.h"
#include "compact.h"
#include "ending.h"
#include "event.h"
#include "facts.h"
#include "file.h"
#include "frame.h"
#include "inject.h"
#include "large.h"
#include "leaving.h"
#include "load.h"
#include "mapping.h"
#include "page_ops.h"
#include "park.h"
#include "promote.h"
#include "reclaim.h"
#include "shared.h"
#include "stack.h"
#include "stalls.h"
#include "store.h"
#include "trace.h"
#include "trail.h"
#include "swap.h"
#include "unmap.h"

#include <generated/errors.h>
#include <pagoda/layout.h>
#include <string.h>

uint64_t fault_made;

/* What is known about the fault being served. */
struct fault {
    struct space *space;
    struct region *region;
    uint64_t page;
    enum access access;
    page_entry *entry; /* NULL until the leaf exists */
    enum action action;
    bool shared;       /* the entry's leaf has other holders, who hold its frames as well */
    bool grows;        /* a stack grows by it */
    struct space_event *event;
    uint32_t awaited; /* FAULT_WAIT: handle of the stored page, 0: any progress of the disk */
};

static enum fault_result refuse_limit(struct fault *f, uint64_t reason, uint64_t limit, uint64_t used)
{
    *f->event = (struct space_event){.reason = reason, .limit = limit, .used = used};
    return FAULT_REFUSED;
}

static enum fault_result refuse(struct fault *f, uint64_t reason)
{
    return refuse_limit(f, reason, 0, 0);
}

/* ---- stacks ---- */

static uint64_t stack_pages(const struct region *r)
{
    uint64_t reserve = ((r->end - r->start) >> PAGE_BITS) - 1; /* less the guard page */
    return r->stack.limit < reserve ? r->stack.limit : reserve;
}

/* stack_check: inside the limit? Notes whether the stack has to grow. */
static bool stack_check(struct fault *f)
{
    struct region *r = f->region;
    uint64_t depth = (r->end >> PAGE_BITS) - f->page; /* pages from the top, the touched one included */

    f->grows = depth > r->stack.grown;
    return depth <= stack_pages(r);
}

static void decide(struct fault *f, uint64_t *offset, uint64_t *length)
{
    page_entry e = f->entry ? *f->entry : 0;
    enum backing backing = entry_state(e) == PAGE_NONE ? facts_backing(f->region, f->page, offset, length) : BACKING_ZERO;

    f->action = facts_decide(f->region, f->access, e, f->shared, backing);
}

/* ---- actions ---- */

static bool writable(const struct fault *f)
{
    return f->region->prot & PAGER_PROT_WRITE;
}

static bool executable(const struct fault *f)
{
    return f->region->prot & PAGER_PROT_EXEC;
}

/* replace: the page holds `frame` from now on, mapped in the place of what was mapped there. */
static void replace(struct fault *f, enum page_state state, uint32_t frame, bool write)
{
    page_entry old = *f->entry;

    space_set_page(f->space, f->entry, entry_make(state, frame));
    mapping_make(f->space, f->page, f->entry, write, executable(f));
    mapping_lost(f->space, old);
    if (entry_state(old) == PAGE_COW) {
        frame_put(entry_frame(old));
    }
}

static uint32_t colour_of(const struct fault *f)
{
    return colour_of_page(&f->space->colours, f->page);
}

/* private_frame: a frame of the page's own with what the action says: zeros, a copy, or bytes of a file with zeros behind them. */
static uint32_t private_frame(const struct fault *f, uint64_t offset, uint64_t length)
{
    bool zeroed = f->action == ACTION_NEW_ZEROED || (f->action != ACTION_COPY && length < PAGE_SIZE);
    uint32_t frame = frame_take_colour(FRAME_ANON, zeroed, colour_of(f));

    if (frame == BUDDY_NONE || f->action == ACTION_NEW_ZEROED) {
        return frame;
    }
    const void *bytes = f->action == ACTION_COPY ? frame_window(entry_frame(*f->entry)) : file_bytes(offset);
    if (f->action == ACTION_COPY || (length == PAGE_SIZE && (uintptr_t)bytes % PAGE_SIZE == 0)) {
        page_copy(frame_window(frame), bytes);
    } else {
        memcpy(frame_window(frame), bytes, length);
    }
    return frame;
}

/* fetch: a frame with what was stored, of which the handle stays the caller's; `page` is the number it was stored under. */
static enum fault_result fetch(struct fault *f, page_entry stored, uint64_t page, uint32_t *out)
{
    uint64_t start = kernel_ticks();
    uint32_t handle = entry_handle(stored);
    enum store_where where = store_fetch(handle);

    if (where != STORE_HERE) {
        f->awaited = where == STORE_COMING ? handle : 0;
        return FAULT_WAIT;
    }
    uint32_t frame = frame_take_colour(FRAME_ANON, false, colour_of(f));
    if (frame == BUDDY_NONE) {
        return FAULT_SHORT;
    }
    enum store_damage damage = store_get(handle, entry_generation(stored), page, frame_window(frame));
    if (damage) {
        frame_put(frame);
        refuse(f, PAGER_EVENT_STORE_DAMAGED);
        f->event->detail = damage;
        return FAULT_REFUSED;
    }
    f->space->refaults++;
    pager.refaults++;
    trail_note(f->space->id, f->page, PAGER_PAGE_EVENT_BACK, f->access == ACCESS_WRITE);
    stalls_spent(f->space, start);
    *out = frame;
    return FAULT_SERVED;
}


static enum fault_result bring_in(struct fault *f)
{
    page_entry stored = *f->entry;
    uint32_t frame;
    enum fault_result result = fetch(f, stored, f->page, &frame);

    if (result == FAULT_SERVED) {
        space_keep_copy(f->space, frame, entry_handle(stored), f->access == ACCESS_WRITE);
        uint8_t age = evict_page_in(&f->space->evict, entry_stamp(stored));
        space_set_page(f->space, f->entry, entry_with_age(entry_make(PAGE_PRIVATE, frame), age));
        mapping_make(f->space, f->page, f->entry, writable(f) && !frame_stored(frame), executable(f));
    }
    return result;
}

/* fill_shared: the page of a shared object is in a frame afterwards. */
static enum fault_result fill_shared(struct fault *f, page_entry *entry, uint64_t index)
{
    page_entry stored = *entry;
    uint32_t frame;

    if (!stored) {
        frame = frame_take(FRAME_ANON, true, false);
        if (frame == BUDDY_NONE) {
            return FAULT_SHORT;
        }
    } else {
        enum fault_result result = fetch(f, stored, index, &frame);
        if (result != FAULT_SERVED) {
            return result;
        }
        f->action = ACTION_BRING_IN;
        space_keep_copy(f->space, frame, entry_handle(stored), f->access == ACCESS_WRITE);
    }
    pagemap_set(entry, entry_make(PAGE_SHARED, frame));
    frame_at(frame)->flags |= FRAME_OBJECT_PAGE;
    frame_set_entry(frame, entry);
    frame_set_number(frame, f->page % PAGEMAP_FANOUT);
    return FAULT_SERVED;
}

/* map_shared: while the frame has a stored copy nobody has it mapped writable; the first write gives the copy up. */
static enum fault_result map_shared(struct fault *f)
{
    uint64_t index = shared_index(f->region, f->page);
    page_entry *entry = shared_page(f->region->object.object, index);

    if (!entry) {
        return FAULT_SHORT;
    }
    if (entry_state(*entry) != PAGE_SHARED) {
        enum fault_result result = fill_shared(f, entry, index);
        if (result != FAULT_SERVED) {
            return result;
        }
    }
    uint32_t frame = entry_frame(*entry);
    frame_at(frame)->refs++;
    if (f->access == ACCESS_WRITE) {
        space_give_copy_up(f->space, frame);
    }
    replace(f, PAGE_SHARED, frame, writable(f) && !frame_stored(frame));
    return FAULT_SERVED;
}

/* remap: the page is there; map it, or give its mapping the rights that it may have. */
static void remap(struct fault *f)
{
    enum page_state state = entry_state(*f->entry);
    bool write = writable(f) && (state == PAGE_PRIVATE || state == PAGE_SHARED);

    if (write && f->access == ACCESS_WRITE) {
        space_give_copy_up(f->space, entry_frame(*f->entry));
    } else if (write) {
        write = !frame_stored(entry_frame(*f->entry));
    }

    if (*f->entry & ENTRY_MAPPED) {
        mapping_widen(f->space, f->page, f->entry, write, executable(f));
    } else {
        mapping_make(f->space, f->page, f->entry, write, executable(f));
    }
}

/* new_frame: the frame that the page gets, and its state with it; BUDDY_NONE: none left. */
static uint32_t new_frame(struct fault *f, uint64_t offset, uint64_t length, enum page_state *state)
{
    switch (f->action) {
    case ACTION_MAP_ZERO:
        zero_page_shared(&f->region->zero, 1);
        *state = PAGE_ZERO;
        return pager.zero_page;
    case ACTION_MAP_FILE:
        *state = PAGE_FILE;
        return FRAME_ARCHIVE + (uint32_t)(offset >> PAGE_BITS);
    case ACTION_COPY:
        trail_note(f->space->id, f->page, PAGER_PAGE_EVENT_COPIED, 0);
        /* fall through */
    default:
        *state = PAGE_PRIVATE;
        return private_frame(f, offset, length);
    }
}

static enum fault_result act(struct fault *f, uint64_t offset, uint64_t length)
{
    enum page_state state;

    if (f->action == ACTION_BRING_IN) {
        return bring_in(f);
    }
    if (f->action == ACTION_REMAP || f->action == ACTION_TAKE) {
        if (f->action == ACTION_TAKE) {
            space_set_page(f->space, f->entry, entry_with_state(*f->entry, PAGE_PRIVATE));
        }
        remap(f);
        return FAULT_SERVED;
    }
    if (f->action == ACTION_MAP_SHARED) {
        return map_shared(f);
    }
    uint32_t frame = new_frame(f, offset, length, &state);
    if (frame == BUDDY_NONE) {
        return FAULT_SHORT;
    }
    if (f->action == ACTION_NEW_ZEROED && entry_state(*f->entry) == PAGE_ZERO) {
        zero_page_broken(&f->region->zero, 1);
    }
    replace(f, state, frame, writable(f) && state == PAGE_PRIVATE);
    return FAULT_SERVED;
}

static uint64_t kind_of(const struct fault *f, enum page_state before)
{
    static const uint8_t kinds[] = {
        [ACTION_MAP_ZERO] = PAGER_FAULT_READ_ZERO,  [ACTION_NEW_ZEROED] = PAGER_FAULT_WRITE_FIRST, [ACTION_COPY] = PAGER_FAULT_COW_COPY,
        [ACTION_COPY_FILE] = PAGER_FAULT_COW_COPY,  [ACTION_TAKE] = PAGER_FAULT_COW_LAST,          [ACTION_MAP_FILE] = PAGER_FAULT_FILE_READ,
        [ACTION_LOAD_FILE] = PAGER_FAULT_FILE_LOAD, [ACTION_MAP_SHARED] = PAGER_FAULT_WRITE_FIRST, [ACTION_REMAP] = PAGER_FAULT_REMAP,
        [ACTION_BRING_IN] = PAGER_FAULT_BRING_IN,
    };
    if (f->grows) {
        return PAGER_FAULT_STACK_GROWTH;
    }
    return f->action == ACTION_NEW_ZEROED && before == PAGE_ZERO ? PAGER_FAULT_WRITE_ZERO : kinds[f->action];
}

/* note_followed: of the page, if it is followed. Copies and returns are noted of every page. */
static void note_followed(const struct fault *f, uint64_t kind)
{
    if (trail_follows(f->space->id, f->page) && f->action != ACTION_COPY && f->action != ACTION_BRING_IN) {
        trail_note(f->space->id, f->page, PAGER_PAGE_EVENT_FAULT, (uint32_t)kind);
    }
}

/* takes_frame: the action makes the space hold one page more. */
static bool takes_frame(enum action action)
{
    return action == ACTION_NEW_ZEROED || action == ACTION_COPY_FILE || action == ACTION_LOAD_FILE || action == ACTION_MAP_SHARED ||
           action == ACTION_BRING_IN;
}

/* needs_slot: the action may map by a copy of a capability. */
static bool needs_slot(const struct fault *f)
{
    return f->action == ACTION_MAP_ZERO || f->action == ACTION_MAP_FILE || f->action == ACTION_MAP_SHARED ||
           ((f->action == ACTION_REMAP || f->action == ACTION_TAKE) && !(*f->entry & ENTRY_MAPPED));
}

/* within_limit: the pages that serving this fault can take, of every kind, do not exceed the space's own maximum. */
static bool within_limit(struct fault *f)
{
    if (f->space->max_pages == 0) {
        return true;
    }
    struct pagemap_path missing = pagemap_missing(&f->space->map, f->page);
    uint64_t n = missing.frames + missing.tables + takes_frame(f->action) + (needs_slot(f) && !slot_ready(&f->space->slots));

    return space_may_grow(f->space, n);
}

/* ---- stack growth ---- */

/* Pages that one growth may add beyond the touched one: what requests_settings.c allows for the setting. */
#define STACK_RUN_MAX 32u

/* lower_pages: how many of the n pages below `page` can be added now: in the same leaf, untouched, with memory for them. */
static uint32_t lower_pages(const struct fault *f, uint32_t n)
{
    uint32_t in_leaf = (uint32_t)(f->page % PAGEMAP_FANOUT), found = 0;

    n = n < in_leaf ? n : in_leaf;
    n = n < STACK_RUN_MAX ? n : STACK_RUN_MAX;
    n = n < frames_available() ? n : frames_available();
    while (found < n && f->entry[-(int)found - 1] == 0) {
        found++;
    }
    return mapping_ready(f->space) && space_may_grow(f->space, found) && pager.pressure.level < 2 ? found : 0;
}

/* add_lower_pages: zeroed frames for the n pages below the one that faulted, mapped by as few calls as their numbers allow. */
static void add_lower_pages(struct fault *f, uint32_t n)
{
    page_entry *first = f->entry - n;
    uint32_t run = 0;

    for (uint32_t i = 0; i < n; i++) {
        uint32_t frame = frame_take(FRAME_ANON, true, false);
        bool joins = i > run && frame == entry_frame(first[i - 1]) + 1 && frame % GROUP_PAGES != 0;
        if (i > run && !joins) {
            mapping_make_run(f->space, f->page - n + run, &first[run], i - run, true, false);
            run = i;
        }
        space_set_page(f->space, &first[i], entry_make(PAGE_PRIVATE, frame));
    }
    if (n > run) {
        mapping_make_run(f->space, f->page - n + run, &first[run], n - run, true, false);
    }
}

static void grow_stack(struct fault *f)
{
    struct region *r = f->region;
    uint32_t depth = (uint32_t)((r->end >> PAGE_BITS) - f->page);
    uint32_t gap = depth - r->stack.grown, room = (uint32_t)stack_pages(r) - r->stack.grown;
    uint32_t pages = stack_step_grow(&r->stack.step, gap, room, (uint32_t)pager.stack_step_max, ticks_to_ns(kernel_ticks()));
    uint32_t more = lower_pages(f, pages - gap);

    inject_promised(more);
    add_lower_pages(f, more);
    r->stack.grown = depth + more;
    stack_has_grown(f->space, depth + more);
}

/* ---- the path ---- */

/* can_map: the page just made can be mapped: also without tables in reserve, as it has one. */
static bool can_map(const struct space *s)
{
    return mapping_ready(s) || ((slot_ready(&s->slots) || reserve_leaves() > 0) && pagemap_has_table(&s->map));
}

enum fault_result fault_resolve(struct space *s, uint64_t va, enum access access, uint64_t *kind, struct space_event *event)
{
    struct fault f = {.space = s, .page = va >> PAGE_BITS, .access = access, .event = event, .region = region_find(&s->regions, va)};
    uint64_t offset = 0, length = 0;

    if (!f.region || (f.region->kind == REGION_IPC_BUFFER && f.page != LAYOUT_IPC_BUFFER_VA >> PAGE_BITS)) {
        return refuse(&f, PAGER_EVENT_BAD_ADDRESS);
    }
    if (f.region->kind == PAGER_REGION_STACK && !stack_check(&f)) {
        return refuse_limit(&f, PAGER_EVENT_STACK_OVERFLOW, stack_pages(f.region) << PAGE_BITS, (uint64_t)f.region->stack.grown << PAGE_BITS);
    }
    f.entry = pagemap_entry(&s->map, f.page, &f.shared);
    decide(&f, &offset, &length);
    if (f.action == ACTION_DENY) {
        return refuse(&f, PAGER_EVENT_PROTECTION);
    }
    if (!within_limit(&f)) {
        return refuse_limit(&f, PAGER_EVENT_OVER_LIMIT, s->max_pages << PAGE_BITS, space_pages(s) << PAGE_BITS);
    }
    if (!pagemap_is_made(&s->map, f.page)) {
        f.entry = pagemap_make(&s->map, f.page);
    }
    enum page_state before = f.entry ? entry_state(*f.entry) : PAGE_NONE;
    bool back = f.action == ACTION_REMAP && before == PAGE_ZERO && !(*f.entry & ENTRY_MAPPED);
    enum fault_result result = f.entry && can_map(s) ? act(&f, offset, length) : FAULT_SHORT;
    if (f.action == ACTION_BRING_IN && s->started && f.awaited) {
        ahead_stored(s, f.region, f.page, f.entry, true);
    }
    if (result != FAULT_SERVED) {
        *kind = f.awaited;
        return result;
    }
    *kind = kind_of(&f, before);
    if (s->followed) {
        note_followed(&f, *kind);
    }
    if (s->traced) {
        trace_fault(s, f.page, *f.entry, *kind, f.action == ACTION_BRING_IN);
    }
    if (f.grows) {
        grow_stack(&f);
    } else if (f.action == ACTION_NEW_ZEROED && s->started) {
        ahead_zeroed(s, f.region, f.page, f.entry, before);
    } else if ((f.action == ACTION_MAP_ZERO || f.action == ACTION_MAP_FILE || back) && s->started) {
        ahead_shown(s, f.region, f.page, f.entry, before);
    } else if (f.action == ACTION_BRING_IN && before == PAGE_STORED && s->started) {
        ahead_stored(s, f.region, f.page, f.entry, false);
    }
    return FAULT_SERVED;
}

/* ---- memory exhausted ---- */

bool fault_make_room(struct space *requester)
{
    struct space *victim = ending_choose(requester);

    if (victim == requester) {
        return false;
    }
    ending_carry_out(victim, &(struct space_event){.reason = PAGER_EVENT_NO_MEMORY});
    return true;
}

/* ---- messages ---- */

void fault_stop(struct space *s, const struct space_event *event)
{
    s->faults[PAGER_FAULT_FATAL]++;
    event_raise(s, event);
}

/* Frames that one fault may take: page, page map, a span of the store and a frame of records while it makes room. */
#define FAULT_FRAMES 7u

/* Tries to make room for one fault before others have their turn. */
#define FAULT_ROUNDS 8u

/* find_room: what was short is there now (FAULT_SERVED: try again), will be when the disk has got on (FAULT_WAIT), or is not to be had. */
static enum fault_result find_room(struct space *s)
{
    bool filled = reserve_fill();

    if (inject_short()) { /* memory was not really out: go on as if it had been, but end nobody for it */
        reclaim_now(NULL);
        return FAULT_SERVED;
    }
    if ((filled && frames_available() > 0) || (frames_available() >= FAULT_FRAMES && mapping_ready(s))) {
        return FAULT_SERVED;
    }
    if (leaving_step()) { /* what goes in any case, before anything of anybody else does */
        return FAULT_SERVED;
    }
    if (unmap_needed()) {
        return unmap_now() ? FAULT_SERVED : FAULT_SHORT;
    }
    if (frames_available() >= FAULT_FRAMES && groups()->free == 0 && compact_group_now()) {
        return FAULT_SERVED; /* tables and slots are made of the group in the next round */
    }
    /* Frames there may be, but no whole group of them for tables and slots, and none that can be emptied: then pages go as well, until there is one. */
    if (reclaim_now(NULL)) {
        return FAULT_SERVED;
    }
    if (swap_busy() || frames_laid_aside() > 0) {
        return FAULT_WAIT; /* what is laid aside is given to the request, or back, before faults that wait are tried again */
    }
    /* Pages of its own that leave give their slots back, even if it is at its minimum. */
    if (frames_available() >= FAULT_FRAMES && reclaim_now(s)) {
        return FAULT_SERVED;
    }
    return fault_make_room(s) ? FAULT_SERVED : FAULT_SHORT;
}

/* own_room: the same for a space at its maximum, which pays with pages of its own; FAULT_REFUSED: none of them can leave. */
static enum fault_result own_room(struct space *s)
{
    if (reclaim_now(s)) {
        return FAULT_SERVED;
    }
    return swap_busy() ? FAULT_WAIT : FAULT_REFUSED;
}

static bool over_limit(enum fault_result result, const struct space_event *event)
{
    return result == FAULT_REFUSED && event->reason == PAGER_EVENT_OVER_LIMIT;
}

/* give_up: the thread stays stopped. */
static __attribute__((cold, noinline)) void give_up(struct space *s, const struct fault_message *m, enum fault_result result, struct space_event *event)
{
    if (result != FAULT_REFUSED) {
        *event = (struct space_event){.reason = PAGER_EVENT_NO_MEMORY};
    }
    event->va = m->va;
    event->ip = m->ip;
    event->detail = event->reason == PAGER_EVENT_STORE_DAMAGED ? event->detail : m->status;
    if (result == FAULT_REFUSED) {
        fault_stop(s, event);
        return;
    }
    s->faults[PAGER_FAULT_FATAL]++;
    ending_carry_out(s, event);
}

/* handle: with so many rounds of making room. When there is no way to wait, the thread goes on and comes back with the same fault. */
static bool handle(struct space *s, const struct fault_message *m, unsigned rounds)
{
    struct space_event event = {0}; /* filled when the fault is refused */
    enum access access = fault_access(m->prefetch, m->status);
    enum fault_result result;
    uint64_t kind;

    s->started = true;
    if (load_exhausted(s) && park_hold(m)) {
        return false;
    }
    if (!fault_serveable(m->status)) {
        event.reason = PAGER_EVENT_EXCEPTION;
        give_up(s, m, FAULT_REFUSED, &event);
        return false;
    }
    if (rounds == 0 && large_due(s, m->va, access == ACCESS_WRITE)) {
        return !park_room(m); /* it is made outside of the fault path */
    }
    enum large_outcome large = rounds > 0 ? large_fault(s, m->va, access == ACCESS_WRITE) : LARGE_NOT;
    if (large == LARGE_LATER) {
        return !park_room(m);
    }
    if (large == LARGE_GIVEN) {
        s->faults[PAGER_FAULT_WRITE_FIRST]++;
        return true;
    }
    if (__builtin_expect(promote_closing, 0) && access == ACCESS_WRITE && promote_hold_write(s, m->va)) {
        return true;
    }
    while ((result = fault_resolve(s, m->va, access, &kind, &event)) == FAULT_SHORT || over_limit(result, &event)) {
        if (rounds-- == 0) {
            return !park_room(m);
        }
        uint64_t start = kernel_ticks();
        result = result == FAULT_SHORT ? find_room(s) : own_room(s);
        stalls_spent(s, start);
        kind = 0;
        if (result != FAULT_SERVED) {
            break;
        }
    }
    if (result == FAULT_WAIT) {
        return !park(m, (uint32_t)kind);
    }
    if (result != FAULT_SERVED) {
        give_up(s, m, result, &event);
        return false;
    }
    s->faults[kind]++;
    return true;
}

static bool charged(const struct fault_message *m, unsigned rounds)
{
    struct space *s = space_at(m->space);

    if (!s || s->ended) {
        return false;
    }
    uint64_t start = kernel_ticks();
    bool resume = handle(s, m, rounds);
    load_charge_fault(s, kernel_ticks() - start);
    return resume;
}

bool fault_handle(const struct fault_message *m)
{
    uint64_t before = kernel_made;
    bool resume = charged(m, 0);

    fault_made += kernel_made - before;
    return resume;
}

bool fault_handle_waiter(const struct fault_message *m)
{
    return charged(m, FAULT_ROUNDS);
}

/* ---- writing into a space ---- */

static uint64_t write_page(struct space *s, uint64_t va, const void *data, uint64_t length)
{
    struct space_event event = {0};
    uint64_t kind;
    bool shared;

    switch (fault_resolve(s, va, ACCESS_WRITE, &kind, &event)) {
    case FAULT_SERVED:
        memcpy((uint8_t *)frame_window(entry_frame(*pagemap_entry(&s->map, va >> PAGE_BITS, &shared))) + va % PAGE_SIZE, data, length);
        return 0;
    case FAULT_REFUSED:
        return event.reason == PAGER_EVENT_OVER_LIMIT ? PAGODA_ERR_OVER_LIMIT : PAGODA_ERR_NOT_MAPPED;
    default:
        return PAGODA_ERR_NO_MEMORY;
    }
}

uint64_t space_write(struct space *s, uint64_t va, const void *data, uint64_t length)
{
    const uint8_t *bytes = data;

    while (length > 0) {
        uint64_t here = PAGE_SIZE - va % PAGE_SIZE;
        here = here < length ? here : length;
        memory_ready(1);
        uint64_t error = write_page(s, va, bytes, here);
        if (error) {
            return error;
        }
        va += here;
        bytes += here;
        length -= here;
    }
    return 0;
}
