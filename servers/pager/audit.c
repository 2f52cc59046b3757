/* SPDX-License-Identifier: BSD-2-Clause */
#include "audit.h"

#include "frame.h"
#include "leaving.h"
#include "promise.h"
#include "promote.h"
#include "retire.h"
#include "shared.h"
#include "space.h"
#include "state.h"
#include "store.h"
#include "trace.h"
#include "waiting.h"

#include <stddef.h>

/* Frames checked for each fault, on average. */
#define AUDIT_SHARE 64u
/* What reading a free frame takes, in frames looked at. */
#define CLEAN_PAGE_COST 16u

/* What is counted on the way. */
struct tally {
    struct audit_result *result;
    uint64_t held;      /* sum of hashes of frames held by page map entries */
    uint64_t refs;      /* the same weighted by the reference counts of the frame table */
    uint64_t originals; /* entries mapped by a frame's original capability */
    uint64_t mapped;    /* frames whose flag says so */
    uint64_t in_state[FRAME_STATES];
    uint64_t meta, tables, objects, slots; /* what the spaces say they have */
    uint64_t holders, held_leaves; /* of leaves with several holders: hashes by the page maps, and by the frame table */
    uint64_t promised; /* pages, by regions and objects */
    uint64_t stored;   /* sum of hashes of handles held by page map entries and frames */
    uint32_t copied;  /* frames whose contents are stored as well */
    uint32_t clean[COLOURS_MAX]; /* free frames that are zero, as in frame_zeros */
};

#define RULE(t, holds) rule(t, holds, __LINE__)

static void rule(struct tally *t, bool holds, uint32_t line)
{
    if (!holds) {
        t->result->problems++;
        if (t->result->first == 0) {
            t->result->first = line;
        }
    }
}

static uint64_t hash(uint32_t frame)
{
    uint64_t x = frame + 0x9e3779b97f4a7c15ull;

    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ x >> 27) * 0x94d049bb133111ebull;
    return x ^ x >> 31;
}

/* ---- spaces ---- */

/* check_entry: an entry counts once, however many holders its leaf has. */
static void check_entry(struct tally *t, const page_entry *entry)
{
    page_entry e = *entry;
    enum page_state state = entry_state(e);
    uint32_t frame = entry_frame(e);

    if (state == PAGE_STORED) {
        RULE(t, record_valid(entry_handle(e)) && store_generation(entry_handle(e)) == entry_generation(e));
        t->stored += hash(entry_handle(e));
        return;
    }
    RULE(t, state == PAGE_FILE ? frame_is_archive(frame) : !frame_is_archive(frame));
    RULE(t, (e & ENTRY_MAPPED) || !(e & ENTRY_MAPPING & ~ENTRY_COPIED));
    RULE(t, !(e & ENTRY_ORIGINAL) || entry_slot(e) == 0 || (entry_slot(e & ~ENTRY_COPIED) == 0 && !(e & ENTRY_WRITABLE)));
    if (state == PAGE_ZERO) {
        RULE(t, frame == pager.zero_page && !(e & ENTRY_WRITABLE));
        return;
    }
    if (frame_is_archive(frame)) {
        RULE(t, !(e & (ENTRY_WRITABLE | ENTRY_ORIGINAL)));
        return;
    }
    RULE(t, frame_at(frame)->unit.user == FRAME_ANON);
    RULE(t, state != PAGE_COW || !(e & ENTRY_WRITABLE));
    RULE(t, !frame_stored(frame) || !(e & ENTRY_WRITABLE));
    RULE(t, state != PAGE_PRIVATE || (frame_at(frame)->refs == 1 && frame_entry(frame) == entry));
    RULE(t, !(e & ENTRY_ORIGINAL) || (frame_at(frame)->flags & FRAME_MAPPED));
    t->originals += !!(e & ENTRY_ORIGINAL);
    t->held += hash(frame);
}

static void check_regions(struct tally *t, struct space *s)
{
    uint64_t reserved = 0, promised = 0;

    RULE(t, region_set_check(&s->regions) == 0);
    for (struct region *r = region_from(&s->regions, 0); r; r = region_next(&s->regions, r)) {
        reserved += r->kind == REGION_IPC_BUFFER ? 1 : (r->end - r->start) >> 12;
        promised += promise_pages(r);
    }
    RULE(t, reserved == s->reserved);
    RULE(t, promised == s->promised);
    t->promised += promised;
}

/* check_inside: every touched page lies in a region. */
static bool inside(struct space *s, uint64_t page, uint64_t *region_end)
{
    if (page << 12 >= *region_end) {
        const struct region *r = region_find(&s->regions, page << 12);
        *region_end = r ? r->end : 0;
        return r != NULL;
    }
    return true;
}

/* check_leaf: whether it is met for the first time. Leaves with several holders are frozen. */
static bool check_leaf(struct tally *t, const page_entry *leaf)
{
    uint32_t number = frame_of_window(leaf);
    struct frame *f = frame_at(number);
    bool first = !(f->flags & FRAME_SEEN);

    if (f->refs > 1) {
        t->holders += hash(number);
        t->meta -= !first; /* each holder counts it */
        RULE(t, f->flags & FRAME_FROZEN);
    }
    f->flags |= FRAME_SEEN;
    for (unsigned i = 0; i < PAGEMAP_FANOUT && (f->flags & FRAME_FROZEN); i++) {
        RULE(t, entry_state(leaf[i]) != PAGE_PRIVATE && (entry_state(leaf[i]) == PAGE_SHARED || !(leaf[i] & ENTRY_WRITABLE)));
    }
    return first;
}

/* count_own: the pages that the pager's books of a space take. */
static void count_own(struct tally *t, const struct space *s)
{
    t->meta += s->map.meta_pages + s->regions.n_pages + 1;
    t->tables += s->map.table_pages + 1;
    t->objects += s->objects_page != BUDDY_NONE;
    t->slots += s->slots.leaves;
}

static void check_space(struct tally *t, struct space *s)
{
    uint32_t states[PAGE_STATES] = {0}, slots = 0;
    uint64_t region_end = 0;
    page_entry *leaf;

    check_regions(t, s);
    for (uint64_t p = 0; (leaf = pagemap_next_leaf(&s->map, &p, PAGEMAP_PAGES)) != NULL;) {
        bool first = check_leaf(t, leaf), mapped = pagemap_leaf_mapped(&s->map, leaf);
        for (uint64_t end = pagemap_leaf_end(p, PAGEMAP_PAGES); p < end; p++) {
            page_entry e = leaf[p % PAGEMAP_FANOUT];
            if (!e) {
                continue;
            }
            t->result->pages++;
            states[entry_state(e)]++;
            slots += mapped && entry_by_slot(e);
            RULE(t, inside(s, p, &region_end));
            if (first) {
                check_entry(t, &leaf[p % PAGEMAP_FANOUT]);
            }
        }
    }
    for (unsigned i = 1; i < PAGE_STATES; i++) {
        RULE(t, states[i] == s->states[i]);
    }
    for (unsigned i = 0; i < SPACE_BADGE_CAPS; i++) {
        slots += s->badge_slots[i] != SLOT_NONE;
    }
    slots += (s->thread_slot != SLOT_NONE) + (s->pressure.slot != SLOT_NONE);
    RULE(t, slots == s->slots.used);
    RULE(t, slot_set_count(&s->slots) == s->slots.used);
    RULE(t, s->max_pages == 0 || space_pages(s) <= s->max_pages + s->excess + SPACE_MANAGER_PAGES);
    count_own(t, s);
}

/* check_spare: the spaces that wait are empty, and what they have is what counts as free, with what those have that leave. */
static void check_spare(struct tally *t)
{
    uint32_t n = 0, pages = 0;
    struct tally leave = {0};

    for (struct space *s = leaving; s; s = s->next_retired) {
        RULE(t, space_at(s->id) == s && s->leaving && s->ended);
        pages += s->states[PAGE_PRIVATE];
        count_own(&leave, s);
    }
    const struct tally before = *t;

    for (struct space *s = retired; s; s = s->next_retired) {
        RULE(t, space_at(s->id) != s && s->regions.count == 1 && s->states[PAGE_PRIVATE] == 1);
        check_space(t, s);
        n++;
    }
    RULE(t, n <= RETIRED_MAX);
    RULE(t, frame_spare[FRAME_ANON] == n + pages);
    RULE(t, frame_spare[FRAME_META] == t->meta - before.meta + leave.meta);
    RULE(t, frame_spare[FRAME_TABLE] == t->tables - before.tables + leave.tables);
    RULE(t, frame_spare[FRAME_OBJECT] == t->objects - before.objects + leave.objects);
    RULE(t, frame_spare[FRAME_SLOTS] == t->slots - before.slots + leave.slots);
    t->meta = before.meta - leave.meta;
    t->tables = before.tables - leave.tables;
    t->objects = before.objects - leave.objects;
    t->slots = before.slots - leave.slots;
}

static void check_shared(struct tally *t)
{
    page_entry *entry;

    for (struct shared_object *o = shared_first(); o; o = shared_next(o)) {
        for (uint64_t p = 0; (p = pagemap_next(&o->map, p, PAGEMAP_PAGES, &entry)) != UINT64_MAX; p++) {
            t->result->pages++;
            if (entry_state(*entry) == PAGE_STORED) {
                RULE(t, record_valid(entry_handle(*entry)) && store_generation(entry_handle(*entry)) == entry_generation(*entry));
                t->stored += hash(entry_handle(*entry));
            } else {
                t->held += hash(entry_frame(*entry));
            }
        }
        t->meta += o->map.meta_pages + 1;
        t->promised += o->pages;
    }
}

/* check_promotion: the frames that a promotion holds. */
static void check_promotion(struct tally *t)
{
    uint32_t frame;

    for (unsigned i = 0; (frame = promote_holds(i)) != BUDDY_NONE; i++) {
        RULE(t, frame_is(frame, FRAME_ANON) && frame_at(frame)->refs == 1 && (frame_at(frame)->flags & FRAME_PINNED));
        t->held += hash(frame);
        t->originals += !!(frame_at(frame)->flags & FRAME_MAPPED);
    }
}

/* ---- stores ---- */

/* check_records: each is held as often as it says. Those of frames are counted with the frames. */
static void check_records(struct tally *t)
{
    uint64_t refs = 0;

    for (uint32_t h = record_next(0); h; h = record_next(h)) {
        refs += hash(h) * record_at(h)->refs;
    }
    RULE(t, refs == t->stored);
    RULE(t, frames_copied == t->copied);
    RULE(t, store_check() == 0);
}

/* ---- frames ---- */

/* reads_zero: a frame that the pager never saw is what the kernel made of it. */
static bool reads_zero(uint32_t page)
{
    uint64_t word;

    return !(frame_at(page)->flags & FRAME_WINDOWED) || (page_same(frame_window(page), &word) && word == 0);
}

static void check_frame(struct tally *t, uint32_t page, enum group_state kind)
{
    struct frame *f = frame_at(page);
    unsigned state = f->unit.user;

    f->flags &= (uint8_t)~FRAME_SEEN;
    t->result->frames++;
    RULE(t, state < FRAME_STATES);
    t->in_state[state < FRAME_STATES ? state : FRAME_FREE]++;
    if (kind == GROUP_RAW) {
        RULE(t, state == FRAME_FREE);
        return;
    }
    RULE(t, state == FRAME_FREE || (state <= FRAME_STORE) == (kind == GROUP_FRAMES));
    RULE(t, state != FRAME_FREE || !(f->flags & FRAME_MAPPED));
    RULE(t, state == FRAME_FREE || f->refs > 0);
    if (kind == GROUP_FRAMES && state == FRAME_FREE && (f->flags & FRAME_CLEAN)) {
        RULE(t, reads_zero(page));
        t->result->read++;
        t->clean[page % COLOURS_MAX]++;
    }
    t->mapped += (f->flags & FRAME_MAPPED) && page != pager.zero_page;
    if (state == FRAME_META && f->refs > 1) {
        t->held_leaves += hash(page) * f->refs;
    }
    if (state == FRAME_ANON) {
        t->refs += hash(page) * f->refs;
        RULE(t, !frame_stored(page) || record_valid(frame_stored(page)));
        t->stored += frame_stored(page) ? hash(frame_stored(page)) : 0;
        t->copied += frame_stored(page) != 0;
    }
}

static void check_frames(struct tally *t)
{
    for (uint32_t c = 0; c < chunk_count(); c++) {
        uint32_t present = chunk_at(c)->present;
        if (chunk_at(c)->leaf == CSPACE_NO_LEAF) {
            t->in_state[FRAME_FREE] += (uint64_t)__builtin_popcount(present) * GROUP_PAGES;
            continue;
        }
        for (uint32_t i = 0; i < CHUNK_PAGES; i++) {
            if (present >> i / GROUP_PAGES & 1) {
                check_frame(t, c * CHUNK_PAGES + i, group_state_of((c * CHUNK_PAGES + i) / GROUP_PAGES));
            }
        }
    }
}

/* forget_group: it was given back, so its pages are not at hand. */
static void forget_group(struct tally *t, uint32_t group)
{
    bool frames = chunk_at(group / CHUNK_GROUPS)->leaf != CSPACE_NO_LEAF && group_state_of(group) == GROUP_FRAMES;

    for (uint32_t pages = frames ? frame_group_clean(group) : 0; pages; pages &= pages - 1) {
        t->clean[(group * GROUP_PAGES + (uint32_t)__builtin_ctz(pages)) % COLOURS_MAX]--;
    }
}

static void forget_free_groups(struct tally *t)
{
    const struct buddy *b = groups();

    for (unsigned list = 0; list < 2 * BUDDY_LISTS; list++) {
        for (uint32_t i = b->heads[list % 2][list / 2]; i != BUDDY_NONE; i = buddy_unit(b, i)->next) {
            for (uint32_t group = i; group < i + (1u << buddy_unit(b, i)->order); group++) {
                forget_group(t, group);
            }
        }
    }
}

/* check_lists: the free lists of one allocator are well linked and add up. */
static void check_lists(struct tally *t, const struct buddy *b)
{
    uint32_t free = 0;

    for (unsigned clean = 0; clean < 2; clean++) {
        uint32_t orders = 0;
        for (uint32_t list = 0; list < BUDDY_LISTS; list++) {
            uint32_t before = BUDDY_NONE;
            RULE(t, (b->lists[clean] >> list & 1) == (b->heads[clean][list] != BUDDY_NONE));
            for (uint32_t i = b->heads[clean][list]; i != BUDDY_NONE; i = buddy_unit(b, i)->next) {
                const struct buddy_unit *u = buddy_unit(b, i);
                RULE(t, u->head && u->order <= b->max_order && u->clean == clean && u->prev == before && i % (1u << u->order) == 0);
                RULE(t, buddy_list_of(b, i, u->order) == list);
                before = i;
                orders |= 1u << u->order;
                free += 1u << u->order;
                if (free > b->free) {
                    break;
                }
            }
        }
        RULE(t, orders == b->mask[clean]);
    }
    RULE(t, free == b->free);
}

static uint64_t sum_of_pages(void)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < FRAME_STATES; i++) {
        sum += i == FRAME_ARMED ? 0 : pages_in((enum frame_state)i); /* they count as free */
    }
    return sum;
}

void audit_all(struct audit_result *result)
{
    struct tally t = {.result = result};

    *result = (struct audit_result){0};
    check_lists(&t, frame_zone());
    check_lists(&t, object_zone());
    check_lists(&t, groups());
    if (result->problems) {
        return;
    }
    for (struct space *s = space_first_from(1); s; s = space_first_from((uint64_t)s->id + 1)) {
        check_space(&t, s);
    }
    check_spare(&t);
    check_shared(&t);
    check_promotion(&t);
    check_frames(&t);
    check_records(&t);
    forget_free_groups(&t);
    for (unsigned i = 0; i < COLOURS_MAX; i++) {
        RULE(&t, t.clean[i] == frame_zeros.clean[i]);
    }
    t.in_state[FRAME_FREE] += t.in_state[FRAME_ARMED];
    for (unsigned i = 1; i < FRAME_STATES; i++) {
        t.in_state[i] -= frame_spare[i];
        t.in_state[FRAME_FREE] += frame_spare[i];
    }
    for (unsigned i = 0; i < FRAME_STATES; i++) {
        RULE(&t, t.in_state[i] == pages_in((enum frame_state)i));
    }
    RULE(&t, sum_of_pages() == pager.general_pages);
    RULE(&t, frames_listed() == frames_armed());
    RULE(&t, waiting_count() > 0 || frames_laid_aside() == 0);
    RULE(&t, t.promised == pager.commit.promised);
    RULE(&t, t.held == t.refs);
    RULE(&t, t.holders == t.held_leaves);
    RULE(&t, t.originals == t.mapped);
    RULE(&t, t.meta + 1 + trace_frames() == pages_in(FRAME_META)); /* and the zero page */
    RULE(&t, t.tables == pages_in(FRAME_TABLE));
    RULE(&t, t.objects == pages_in(FRAME_OBJECT));
    RULE(&t, t.slots <= pages_in(FRAME_SLOTS)); /* ASID pools too */
    RULE(&t, reserve_armed() == pages_in(FRAME_ARMED));
}

void audit_after(bool fault)
{
    static uint64_t credit, cost;
    struct audit_result result;

    if (!pager.check) {
        return;
    }
    if (sum_of_pages() != pager.general_pages) {
        pager_panic("audit: pages do not add up", sum_of_pages());
    }
    credit += AUDIT_SHARE;
    if (fault && pager.check < 2 && credit < cost) {
        return;
    }
    audit_all(&result);
    credit = 0;
    cost = result.frames + result.pages + result.read * CLEAN_PAGE_COST;
    if (result.problems) {
        pager_panic("audit: rule broken, line of audit.c", result.first);
    }
}
