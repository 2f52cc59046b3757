/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address spaces: creation, destruction, the capabilities that belong to one, and the accounting of what it holds.
 * A space's struct lies in a frame of its own. Spaces are numbered from 1; a number is used again after its space was destroyed
 * and every capability with its badge was revoked.
 */
#ifndef PAGER_SPACE_H
#define PAGER_SPACE_H

#include "kernel_if.h"
#include "large.h"
#include "pagemap.h"
#include "policy/colour.h"
#include "policy/evict.h"
#include "policy/kept_copies.h"
#include "policy/stack_trim.h"
#include "policy/stall.h"
#include "policy/store_choice.h"
#include "region.h"
#include "slots.h"
#include "state.h"

#include <pagoda/layout.h>
#include <stddef.h>

#define SPACE_LABEL_MAX 31
#define SPACE_IPC_PAGE (LAYOUT_IPC_BUFFER_VA >> PAGE_BITS) /* never leaves memory */

/* What every space may keep while nothing else is set: enough for a small program with its tables (512 KiB). */
#define SPACE_MIN_PAGES 128u

/* Capabilities minted for a space; kept so that they can be revoked. */
enum space_badge_cap { SPACE_BADGE_FAULT, SPACE_BADGE_CLIENT, SPACE_BADGE_OBSERVER, SPACE_BADGE_CAPS };

/* Why a thread of the space was stopped, until a manager takes the event. */
struct space_event {
    uint64_t reason; /* EVENT_*; 0: none */
    uint64_t va, ip, detail, limit, used;
};

struct space_load;

/* Its wish to hear of memory pressure (subscribe.h). */
struct space_subscription {
    uint32_t slot; /* of what to signal; SLOT_NONE: none */
    uint32_t next; /* space number; 0: last */
    uint32_t level;
    bool inside;   /* what it was told last: pressure is at this level or above */
};

struct space {
    struct pagemap map;
    struct region_set regions;
    struct slot_set slots;

    uint32_t id;
    uint32_t frame;        /* that holds this struct */
    uint32_t manager;      /* MANAGER_* that made it */
    bool objects_given;    /* SPACE_CAP_OBJECTS was handed out */
    bool thread_asked;     /* the manager was asked for the thread */
    cptr_t vspace;         /* in a root slot */
    uint32_t vspace_page;  /* object page of the VSpace */
    uint32_t objects_page; /* object page lent for threads */
    uint32_t ipc_frame;
    uint32_t badge_slots[SPACE_BADGE_CAPS]; /* SLOT_NONE: not minted yet */
    uint32_t thread_slot;  /* of the capability of its thread, lent by the manager; SLOT_NONE: not known */
    struct space *next_retired; /* retire.h; or that leaves, leaving.h */

    /* From here on (SPACE_LIFE) all begins anew when the space is used again (retire.h). */
    bool ended;            /* stopped for good by the pager, its memory taken; only space_destroy is left */
    bool started;          /* a thread of it has faulted since it was made or cleared; never when ended */
    bool leaving;          /* ended, and emptied in steps (leaving.h) */
    bool copied;           /* being forked: its page map must not change */

    uint32_t colour_set;   /* bit i: its pages may have colour i */
    struct colouring colours;

    /* Its stack (stack.h). */
    bool deep;             /* some stack has grown enough to be looked at */
    bool unclaimed;        /* it leaves because the pager has ended it; its manager has not destroyed it yet */
    uint32_t fork_hand;    /* where freezing the leaves of its page map for a fork goes on (fork.h); page / PAGEMAP_FANOUT */
    uint64_t stack_top;    /* end of the region that the thread was in when it was looked at last; 0: never */
    uint64_t stack_used;   /* page of the lowest byte that was in use then */
    struct stack_trim trim;
    uint64_t stack_trims, stack_given; /* times that it shrank, pages given back by that */
    uint64_t stack_tidied; /* of the former, those after which empty leaves of the page map were freed */

    /* Its share of memory: what it may keep when others want some, and what counts beyond that. */
    uint64_t min_pages;
    uint32_t weight;

    /* Eviction (reclaim.h). */
    uint32_t dry;       /* whole rounds of the hand since a page was evicted */
    uint64_t hand;      /* page that is looked at next */
    struct evict_state evict;
    uint64_t refaults;  /* pages brought back from a store */
    uint64_t evictions;
    struct store_history compressing;
    struct kept_copies copies;
    struct stall stall; /* time that its threads lose to waiting for pages (stalls.h) */

    uint64_t max_pages; /* 0: none */
    uint64_t trail_start; /* what the trail has of this number from before is another's (trail_mark) */
    bool followed;      /* it has pages that the trail follows */
    bool traced;        /* it is recorded (trace.h) */
    bool bounded;       /* the pager's work for it is bounded */
    bool careful;       /* faults need more than the quick path looks at: a maximum, followed pages, a trace, or bounded work */
    uint32_t unmap_hand; /* where mappings go next when slots run short (unmap.h); page / PAGEMAP_FANOUT */
    uint64_t excess;    /* pages held beyond it when it was set */
    uint64_t mmap_hint; /* no gap below this address is large enough for anything smaller than what was freed */
    char label[SPACE_LABEL_MAX + 1];

    /* Pages by state, what regions reserve, and what of that counts as promised (promise.h). */
    uint64_t reserved, promised;
    uint32_t states[PAGE_STATES];

    struct space_subscription pressure;
    struct space_load *load; /* load.h; never NULL */

    uint64_t faults[PAGER_FAULT_KINDS];
    struct space_event event;
    uint32_t next_event; /* space whose event comes after this one's; 0: last */
};

#define SPACE_LIFE offsetof(struct space, ended)

/* spaces_init: make the table of spaces; the endpoint from which badged capabilities are minted, the ASID pool and control. */
void spaces_init(uint64_t ram_pages, cptr_t endpoint, cptr_t asid_pool, cptr_t asid_control);

/* spaces_table_bytes: what the table takes. */
uint64_t spaces_table_bytes(uint64_t ram_pages);

/* space_at: the living space with this number, or NULL. */
struct space *space_at(uint64_t id);

/* space_first_from: the living space with the lowest number >= id, or NULL. */
struct space *space_first_from(uint64_t id);

/* spaces_count_faults: faults by kind, served since boot for all spaces that there are or were. O(spaces). */
void spaces_count_faults(uint64_t counts[PAGER_FAULT_KINDS]);

/* space_count: living spaces. */
uint32_t space_count(void);

/* space_create: 0, or PAGODA_ERR_NO_MEMORY, TOO_MANY or OVER_LIMIT, with nothing changed. */
uint64_t space_create(uint32_t manager, uint64_t max_pages, const char *label, struct space **out);

/* space_destroy: free everything it holds. It does not leave (leaving.h). */
void space_destroy(struct space *s);

/* space_silence: a space that ends: no fault, request or event of it waits any more, and nothing is told or done on its behalf. */
void space_silence(struct space *s);

/* For retire.c. space_part: nobody counts on the space any more, it is no living one; its number is free. space_begin: all
 * from SPACE_LIFE on is as in a new space without pages; space_enlist after it: it is a living space, under its number. space_let_leaf_go: what the pages of a
 * whole leaf hold, which need not be unmapped: its translation table is about to be taken out (LARGE_RELEASED), or the VSpace is gone, and the slots of their capabilities go with the space
 * (LARGE_ENDED). The leaf itself, and what is counted of its pages, stay. */
void space_part(struct space *s);
void space_enlist(struct space *s);
void space_begin(struct space *s);
void space_let_leaf_go(struct space *s, page_entry *leaf, uint64_t page, enum large_reason reason);

/* space_clear: unmap every region, free every page but the IPC buffer's. space_forget_program: the part of it that is about the program that ran in it:
 * nothing is told or done on its behalf any more. */
void space_clear(struct space *s);
void space_forget_program(struct space *s);

/* space_set_label: copy, cut to SPACE_LABEL_MAX. */
void space_set_label(struct space *s, const char *label);

/* space_cap: slot of the capability of kind SPACE_CAP_* (0..5); the slot stays the pager's. 0 or PAGODA_ERR_*. */
uint64_t space_cap(struct space *s, uint64_t kind, cptr_t *cap);

/* space_pages: pages of RAM that it holds or shares. */
uint64_t space_pages(const struct space *s);

/* space_table_pages: translation tables and kernel objects. */
uint64_t space_table_pages(const struct space *s);

/* Pages that managers may cause in a space beyond its maximum: the objects page, slots for its capabilities and its thread. */
#define SPACE_MANAGER_PAGES (3u + SPACE_BADGE_CAPS)

/* space_set_limit: its maximum from now on; 0: none. Holding more already is no error: it cannot grow then. */
void space_set_limit(struct space *s, uint64_t max_pages);

/* space_follow: everything that happens to this page is noted from now on (trail.h). */
void space_follow(struct space *s, uint64_t page);

/* space_set_traced: for trace.c. */
void space_set_traced(struct space *s, bool traced);

/* space_set_bounded: the pager's work for it is bounded, or not (load.h). */
void space_set_bounded(struct space *s, bool bounded);

/* space_set_colours: the colours of frames that it gets from now on; valid for the machine (colour_set_valid). */
void space_set_colours(struct space *s, uint32_t set);

/* space_set_share: what it may keep, and what counts beyond. false: more than half of memory would be promised. */
bool space_set_share(struct space *s, uint64_t min_pages, uint32_t weight);

/* space_inherit: it may hold, and keep, what its parent may, in the same colours; no minimum where that much cannot be kept twice. false: it holds more than the
 * maximum already. */
bool space_inherit(struct space *s, const struct space *parent);

/* space_may_grow: n more pages would not exceed its maximum. */
static inline bool space_may_grow(const struct space *s, uint64_t n)
{
    return s->max_pages == 0 || n == 0 || space_pages(s) + n <= s->max_pages;
}

/* space_set_page: change the state of a page, with the accounting. */
static inline __attribute__((always_inline)) void space_set_page(struct space *s, page_entry *entry, page_entry value)
{
    s->states[entry_state(*entry)]--;
    s->states[entry_state(value)]++;
    pagemap_set(entry, value);
    if (entry_state(value) == PAGE_PRIVATE) {
        frame_set_entry(entry_frame(value), entry);
    }
}

/* space_keep_copy: the page of a frame came back from this stored copy; `written`: for a write. The frame takes over the reference and is mapped read-only until the copy is
 * given up, or the reference is dropped: frame_stored tells. space_give_copy_up: the frame will be written. */
void space_keep_copy(struct space *s, uint32_t frame, uint32_t handle, bool written);
void space_give_copy_up(struct space *s, uint32_t frame);

/* space_own_pages: of the leaves of the page map in [page, end) that have other holders, stop holding those that lie in it as a whole, and
 * take copies of the others, at most two. After that the range can be changed. false: no frame left; nothing was done. */
bool space_own_pages(struct space *s, uint64_t page, uint64_t end);

/* Its parts. space_own_edges: those of which copies are taken. space_give_up_shared: after that the others, which cannot fail. */
bool space_own_edges(struct space *s, uint64_t page, uint64_t end);
void space_give_up_shared(struct space *s, uint64_t page, uint64_t end);

/* space_release_pages: unmap the touched pages [page, end) and let go of their frames; after space_own_pages. */
void space_release_pages(struct space *s, uint64_t page, uint64_t end);

/* memory_ready: n frames, and tables and slots for one page, can be had outside the fault path; false: memory is short. */
bool memory_ready(uint32_t n);

/* space_receive: move the capability that came with the request into a slot of the space. *slot changes on success only. Errors: NO_MEMORY;
 * INVALID_ARGUMENT: none came after all (one of the pager's own endpoint does not), or one that cannot be moved. */
uint64_t space_receive(struct space *s, uint32_t *slot);

#endif
