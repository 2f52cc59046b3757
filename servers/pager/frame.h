/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The frame table, and free pages of both kinds (frames and object pages). One entry of 16 bytes for each page of general memory.
 *
 * Free frames that can be handed out at once are "armed": their capabilities exist. frames_refill arms more by converting groups;
 * the pager calls it after a reply, never on the way to one.
 */
#ifndef PAGER_FRAME_H
#define PAGER_FRAME_H

#include "buddy.h"
#include "chunk.h"
#include "inject.h"
#include "kernel_if.h"
#include "page_ops.h"
#include "policy/colour.h"

/* What a page is used for. */
enum frame_state {
    FRAME_FREE = 0,
    FRAME_ANON,   /* anonymous or stack memory, private copies of file pages, IPC buffers */
    FRAME_META,   /* pager: page map, regions, spaces, the zero page */
    FRAME_STORE,  /* stored pages (pool.h), records of them (record.h) */
    FRAME_TABLE,  /* object page: translation table or VSpace of a client */
    FRAME_OBJECT, /* object page: lent for a client's threads */
    FRAME_SLOTS,  /* object page: capability slots for a client's shared mappings; ASID pools */
    FRAME_ARMED,  /* object page: table or slots ready for the next fault; counts as free */
    FRAME_STATES,
};

/* What a FRAME_STORE holds, which tells how it is moved; kept in unit.order. */
enum store_use {
    STORE_USE_POOL,    /* compressed pages (pool.h); unit.next is the handle of their span, unit.prev the next frame of it, BUDDY_NONE after the last */
    STORE_USE_RECORDS, /* record.h */
    STORE_USE_RAW,     /* a whole page; unit.next is the handle of its record */
    STORE_USE_FIXED,   /* something that cannot be moved */
};

/*
 * unit.next of a FRAME_ANON: handle of a stored copy of the same contents, a reference of which the frame holds; 0: none. While
 * there is one the frame is mapped nowhere with write access.
 */

/* Flags. */
#define FRAME_CLEAN 1u    /* free, and its contents are zero */
#define FRAME_WINDOWED 2u /* the copy in the second slot exists and is mapped in the window */
#define FRAME_MAPPED 4u   /* the original capability is mapped in a client */
#define FRAME_FROZEN 8u   /* leaf of a page map: see pagemap.h */
#define FRAME_SEEN 16u    /* for the audit: counted already */
#define FRAME_REFUSED 32u /* FRAME_ANON: no store would take its contents when that was tried last */
#define FRAME_AHEAD 32u   /* with FRAME_CLEAN: it was zeroed ahead (prezero.h) */
#define FRAME_LARGE 32u   /* FRAME_META: leaf of a page map whose pages are one large frame (large.h) */
#define FRAME_PROMOTED 64u /* with FRAME_LARGE: by promotion (promote.h) */
#define FRAME_PINNED 128u /* FRAME_ANON: must not be moved */
#define FRAME_OBJECT_PAGE 64u /* FRAME_ANON: a page of a shared object (PAGE_SHARED) */

struct frame {
    struct buddy_unit unit; /* user: enum frame_state; next and prev belong to the use of the page while it is not free */
    uint32_t refs : 24;     /* page map entries (of spaces and shared objects) that hold it */
    uint32_t flags : 8;
};
_Static_assert(sizeof(struct frame) == 16, "two pages of frame table per chunk");

/* Frame numbers from here on are pages of the boot archive; they have no entry in the table. Page map entries have 24 bits for either. */
#define FRAME_ARCHIVE 0x800000u

/* Frames that must stay armed for page maps while clients take their pages: one fault needs at most three. */
#define FRAMES_RESERVE 16u
/* frames_refill keeps at least this many armed while any memory is free; more than the largest stack step. */
#define FRAMES_ARMED_MIN 64u
/* Free frames beyond the larger of these go back to the groups. Many are kept, because frames that were used before need fewer calls:
 * they are in the window already. */
#define FRAMES_KEPT_MIN 160u
#define FRAMES_KEPT_SHARE 8u /* one in so many pages of general memory */

#define FRAME_BITS 12

extern struct frame *frame_table;
extern uint64_t frame_window_base; /* where page 0 is, or would be, seen */

static inline struct frame *frame_at(uint32_t page)
{
    return &frame_table[page];
}

static inline uint32_t frame_stored(uint32_t page)
{
    return frame_table[page].unit.next;
}

extern uint32_t frames_copied; /* frames whose contents are stored as well */

/* frame_set_stored: the frame takes over the caller's reference; its former copy must be forgotten. frame_forget_stored: let go of it, if any. */
static inline void frame_set_stored(uint32_t page, uint32_t handle)
{
    frame_table[page].unit.next = handle;
    frames_copied++;
}
void frame_forget_stored(uint32_t page);

static inline bool frame_is_archive(uint32_t page)
{
    return page >= FRAME_ARCHIVE;
}

/* Free frames outside the buddy lists: what is left of a block that frames are taken from now, so that taking one is a step, not a list
 * operation. One run of zeroed frames, one of others; frame_wish tells which serves wishes for [zeroed] frames. And one for the pager's own pages, which cannot be
 * moved: they are kept together, so that other groups can be emptied. */
struct frame_run {
    uint32_t next, left;
    uint32_t missed; /* frames of it that were zeroed when they were taken, in the quick way: their colours follow each other; modulo 2^32 */
    uint32_t unused;
};
enum { RUN_CLEAN = 1, RUN_META, RUN_EMPTY, FRAME_RUNS }; /* 0: contents unknown; RUN_EMPTY is always empty */
extern struct frame_run frame_runs[FRAME_RUNS];
extern uint8_t frame_wish[2];
/* frame_is: the number names a frame in this state. For numbers that may be damaged. */
bool frame_is(uint64_t page, enum frame_state state);

/* frames_init: addresses of the table and the window, the pager's VSpace; where the archive is mapped. */
void frames_init(uint64_t frames_va, uint64_t window_va, cptr_t vspace, uint64_t archive_va);

/* frames_armed: frames that can be handed out at once. frames_listed: the same, added up from the lists; for checks. */
extern uint32_t frames_armed_count;
extern uint32_t frames_kept_back; /* of them, those that no client's page may take */
extern uint64_t frame_counts[FRAME_STATES]; /* pages in each state but FRAME_FREE */
/* Pages in use that count as free, because who needs them has them at once (retire.h), by state; [FRAME_FREE]: all of them. */
extern uint32_t frame_spare[FRAME_STATES];
static inline uint32_t frames_armed(void)
{
    return frames_armed_count;
}
uint32_t frames_listed(void);

/* frames_wanted: so many should be armed; usually FRAMES_ARMED_MIN, more when a colour has run out. */
extern uint32_t frames_wanted;

/* frames_available: how many frames a client's page may still use without waiting for frames_refill. */
static inline uint32_t frames_available(void)
{
    return frames_armed() > frames_kept_back ? frames_armed() - frames_kept_back : 0;
}

/* frames_lay_aside: keep n more back than the reserve, for a request that waits (waiting.h): what comes free is gathered for it. Meanwhile no frame is at hand for the quick way, which
 * does not know of it. frames_laid_aside: how many. */
void frames_lay_aside(uint32_t n);
static inline uint32_t frames_laid_aside(void)
{
    return frames_kept_back - FRAMES_RESERVE;
}

/* frames_obtainable: frames that can be had without taking any away from their holders, armed or not. */
uint64_t frames_obtainable(void);

/* frame_take: one armed frame with refs 1. `zeroed`: its contents are zero (filled now if need be). `reserve`: page map use, may
 * go below what is kept back. BUDDY_NONE when there is none. Kernel work: only a window mapping, at most. */
uint32_t frame_take(enum frame_state state, bool zeroed, bool reserve);

/*
 * Colours (policy/colour.h). frames_colours: tell so many apart from now on, a power of two up to 32; 1: none, which costs a fault nothing. O(free blocks). frame_colours: how many.
 * frame_take_colour: as frame_take for a page of a client, of this colour if there is one free; the colour decides nothing else. Two operations on free
 * lists at most beyond what frame_take does.
 */
void frames_colours(uint32_t n);
extern uint32_t frame_colour_mask; /* colours told apart - 1 */
uint32_t frame_colours(void);
uint32_t frame_take_colour(enum frame_state state, bool zeroed, uint32_t colour);
static inline uint32_t frame_colour(uint32_t page, uint32_t n)
{
    return page & (n - 1); /* chunks are aligned in memory */
}
/* frame_take_pinned: the same for a FRAME_ANON that must not be moved: zeroed, with FRAME_PINNED. */
uint32_t frame_take_pinned(void);

/* frames_take_large: a chunk as one large frame: its first page. All 512 pages are FRAME_ANON with refs 1, FRAME_MAPPED and FRAME_PINNED, and zero. BUDDY_NONE: there is
 * none. frames_put_large: it is a free chunk again; only the pager may have it mapped. frames_split_large: small frames from now on, not pinned. */
uint32_t frames_take_large(void);
/* The same in steps, as zeroing takes long: frames_take_raw, frames_clear_raw until it says true (some 10000 instructions each), frames_make_large. Before the last the
 * capability is not there yet. frames_put_large may come at any time. */
uint32_t frames_take_raw(void);
bool frames_clear_raw(uint32_t first);
void frames_make_large(uint32_t first);
void frames_put_large(uint32_t first);
void frames_split_large(uint32_t first);

/* frame_put: drop one reference; the last one frees the frame, which must not be mapped in a client any more. */
void frame_unheld(uint32_t page); /* for frame_put */
static inline void frame_put(uint32_t page)
{
    if (--frame_at(page)->refs == 0) {
        frame_unheld(page);
    }
}

/* frames_put_group: the same for the 16 of a group that begins with `first`, at once, if each is a FRAME_ANON with one reference and no stored copy; they may count as mapped
 * by their own capabilities still, but are not. false: they are not like that; nothing is changed. */
bool frames_put_group(uint32_t first);

/* frames_put_zero: the same for n FRAME_ANON in a row, each with one reference and no stored copy, that are known to be zero: whoever wants a zeroed frame gets
 * them as they are. A few instructions a frame. */
void frames_put_zero(uint32_t first, uint32_t n);

/*
 * Reverse map of a FRAME_ANON, in unit.prev: the page map entry that holds it, by its place in the window. frame_set_entry is called by
 * whoever makes an entry PAGE_PRIVATE (space_set_page); while the entry is that, it is exact. For a page of a shared object it is the object's
 * entry. For PAGE_COW it is one of the entries, or one that existed once: only its index in its leaf, the same for all holders, is sure.
 */
static inline void frame_entry_set(struct frame *f, const uint64_t *entry)
{
    f->unit.prev = (uint32_t)(((uint64_t)(uintptr_t)entry - frame_window_base) / sizeof *entry);
}
static inline void frame_set_entry(uint32_t page, const uint64_t *entry)
{
    frame_entry_set(frame_at(page), entry);
}
uint64_t *frame_entry(uint32_t page);

/* Two spare bytes of an entry whose page is in use. A leaf of a page map: its owner (pagemap.h). A page of a shared object: the index that it has in the
 * leaves of spaces, the same in all. */
static inline void frame_set_number(uint32_t page, uint32_t number)
{
    frame_at(page)->unit.order = (uint8_t)number;
    frame_at(page)->unit.clean = (uint8_t)(number >> 8);
}
static inline uint32_t frame_number(uint32_t page)
{
    return frame_at(page)->unit.order | (uint32_t)frame_at(page)->unit.clean << 8;
}

/* frames_see: windows to n frames in a row, of one aligned group of FRAMES_SEEN_AT_ONCE, by one call; those that exist stay. At least the first is made. */
#define FRAMES_SEEN_AT_ONCE 16u
void frames_see(uint32_t page, uint32_t n);

/* frame_window: where the pager can read and write a frame; maps it there if it was not. Archive pages are read-only. */
void *frame_window_make(uint32_t page); /* for frame_window */
static inline void *frame_window(uint32_t page)
{
    if (__builtin_expect(frame_is_archive(page) || !(frame_at(page)->flags & FRAME_WINDOWED), 0)) {
        return frame_window_make(page);
    }
    return (void *)(uintptr_t)chunk_window(frame_window_base, page);
}

/* Zeroed frames, by the low bits of their number. clean: free ones of groups that are frames and not given back, in whatever lists. Of those taken since boot, hit: zero
 * already, missed: zeroed then, but for those that the runs count (modulo 2^32). wasted: zeroed ahead, then used for something that needed no zeros, since boot; but for
 * those that went into frames of 2 MiB. */
struct frame_zeros {
    uint32_t clean[COLOURS_MAX];
    uint32_t hit[COLOURS_MAX];
    uint32_t missed[COLOURS_MAX];
    uint64_t wasted;
};
extern struct frame_zeros frame_zeros;

/* frame_clean_used: a clean frame is taken. */
void frame_clean_used(uint32_t page, uint32_t flags, bool zeroed);

/* frame_zeroed_or_not: what is done to the contents of a frame with these flags that is taken; *missed counts if it has to be zeroed. */
static inline void frame_zeroed_or_not(uint32_t page, uint32_t flags, bool zeroed, uint32_t *missed)
{
    if (flags & FRAME_CLEAN) {
        frame_clean_used(page, flags, zeroed);
    } else if (zeroed) {
        (*missed)++;
        page_zero(frame_window(page));
    }
}

/* frame_lost_ahead: what a free page was zeroed for will not happen: the kernel makes something else of it. */
static inline void frame_lost_ahead(uint32_t page)
{
    uint32_t flags = frame_at(page)->flags;
    frame_zeros.wasted += frame_at(page)->unit.user == FRAME_FREE && (flags & FRAME_CLEAN) && (flags & FRAME_AHEAD);
}

/* frame_group_clean: the zeroed ones of the free pages of a group, one bit each. */
uint32_t frame_group_clean(uint32_t group);

/* frames_zero_ahead: zero the smallest free block with a page of this colour that is not known to be zero; returns how many pages that were (16 at most), 0: there is no
 * such block. Kernel work: window mappings. frames_arm_ahead: make the next free group frames, if that breaks up no free chunk and not too many are armed; returns
 * how many of them the kernel zeroed for it; *armed: there was such a group. */
uint32_t frames_zero_ahead(uint32_t colour);
uint32_t frames_arm_ahead(bool *armed);

/* frames_were_short: set whenever a frame, or memory for an object, was not to be had, nor made (memory_ready); whoever wants to know clears it first. */
extern bool frames_were_short;

/* frame_take_quick: as frame_take_colour for a page of a client that is mapped by the frame's own capability at once; a few instructions if it is at hand in a
 * run. Its contents are zero only if `zeroed`; zeroing comes last. */
uint32_t frame_take_missed(bool zeroed, uint32_t colour); /* for frame_take_quick */
static inline uint32_t frame_take_quick(bool zeroed, uint32_t colour)
{
    struct frame_run *run = &frame_runs[frame_wish[zeroed]];

    if (__builtin_expect(frames_armed() <= FRAMES_RESERVE || inject_next(), 0)) {
        return BUDDY_NONE;
    }
    if (__builtin_expect(run->left == 0 || ((run->next ^ colour) & frame_colour_mask), 0)) {
        return frame_take_missed(zeroed, colour);
    }
    inject_allocation(); /* counts it */
    uint32_t page = run->next++;
    struct frame *f = frame_at(page);
    uint32_t flags = f->flags;
    run->left--;
    frames_armed_count--;
    frame_counts[FRAME_ANON]++;
    *f = (struct frame){.unit.user = FRAME_ANON, .refs = 1, .flags = (flags & FRAME_WINDOWED) | FRAME_MAPPED};
    frame_zeroed_or_not(page, flags, zeroed, &run->missed);
    return page;
}

/* frame_take_behind: up to n more frames as frame_take_quick gives them, zeroed, if those right behind `page` are the next at hand; in the same chunk. The caller
 * sees to colours. Returns how many. */
static inline uint32_t frame_take_behind(uint32_t page, uint32_t n)
{
    struct frame_run *run = &frame_runs[frame_wish[true]];
    uint32_t in_chunk = CHUNK_PAGES - 1 - page % CHUNK_PAGES, available = frames_available(), missed = 0;

    if (run->next != page + 1) {
        return 0;
    }
    n = n < run->left ? n : run->left;
    n = n < in_chunk ? n : in_chunk;
    n = n < available ? n : available;
    run->next += n;
    run->left -= n;
    frames_armed_count -= n;
    frame_counts[FRAME_ANON] += n;
    for (uint32_t i = page + 1; i <= page + n; i++) {
        struct frame *f = frame_at(i);
        uint32_t flags = f->flags;
        *f = (struct frame){.unit.user = FRAME_ANON, .refs = 1, .flags = (flags & FRAME_WINDOWED) | FRAME_MAPPED};
        frame_zeroed_or_not(i, flags, true, &missed);
    }
    run->missed += missed;
    return n;
}

/* frame_of_window: the frame whose window contains an address. */
static inline uint32_t frame_of_window(const void *address)
{
    return (uint32_t)(((uint64_t)(uintptr_t)address - frame_window_base) >> FRAME_BITS);
}

/* frame_forget_copies: revoke every capability copied from a frame (those handed out of the pager too). */
void frame_forget_copies(uint32_t page);

/*
 * Emptying a group of frames (compact.c). frame_group_close takes its free frames out of circulation and returns how many these were. Then
 * frame_move vacates the others, one at a time. At the end frame_group_open puts its free frames back into circulation, or group_put makes it a
 * free group, if none is in use.
 */
uint32_t frame_group_close(uint32_t group);
void frame_group_open(uint32_t group);

/* frame_destination: a free frame to move something to, of the colour of the page `like` if there is one; BUDDY_NONE: there is none.
 * frame_destination_unused: it was not needed. */
uint32_t frame_destination(uint32_t like);
void frame_destination_unused(uint32_t page);

/* frame_destination_at: exactly this page of a group of frames, for the same use. false: it is in use, or about to be. */
bool frame_destination_at(uint32_t page);

/* free_group_release: a group of frames or object pages that is free as a whole but kept for its kind becomes a free group. */
void free_group_release(uint32_t group);

/* frame_move: whatever held `from` holds `to` now (a frame_destination), which gets its state and count, but not the FRAME_MAPPED flag, as both are unmapped.
 * `from` is free, and out of circulation until its group is opened or put. */
void frame_move(uint32_t from, uint32_t to);

/* frames_refill: arm frames up to frames_wanted; false when memory has run out before there are FRAMES_ARMED_MIN. */
bool frames_refill(void);

/* frames_keep: the size of general memory is known. */
void frames_keep(uint64_t general_pages);

/* object_page_take: a 4 KiB untyped (page_cap), nothing made from it; BUDDY_NONE when memory has run out. May convert a group. */
uint32_t object_page_take(enum frame_state state);
/* object_page_put: destroy what was made from it and free it. */
void object_page_put(uint32_t page);
/* page_set_state: account a page that is in use to another use. */
void page_set_state(uint32_t page, enum frame_state state);

/* pages_free: all free pages of general memory, armed and made into objects of the reserve or not. pages_in: pages in a state. */
uint64_t pages_free(void);
uint64_t pages_in(enum frame_state state);
/* pages_largest_free: pages in the largest free block. */
uint64_t pages_largest_free(void);

/* pages_free_blocks: free blocks by order, added to b. */
struct free_blocks;
void pages_free_blocks(struct free_blocks *b);

/* chunks_free: 2 MiB chunks all of which is free. */
uint64_t chunks_free(void);

/* pages_scattered: free pages that lie in no wholly free group, so that they can become nothing but what they are. */
uint64_t pages_scattered(void);

/* frame_zone, object_zone: the allocators, for checks. */
const struct buddy *frame_zone(void);
const struct buddy *object_zone(void);

#endif
