/* SPDX-License-Identifier: BSD-2-Clause */
#include "serve.h"

#include "audit.h"
#include "balance.h"
#include "compact.h"
#include "fault.h"
#include "frame.h"
#include "idle.h"
#include "inject.h"
#include "leaving.h"
#include "load.h"
#include "mapping.h"
#include "park.h"
#include "pressure.h"
#include "prezero.h"
#include "promote.h"
#include "quick.h"
#include "reclaim.h"
#include "reserve.h"
#include "space.h"
#include "stack.h"
#include "stalls.h"
#include "state.h"
#include "swap.h"
#include "unmap.h"
#include "waiting.h"

#include <generated/errors.h>
#include <pagoda/message.h>
#include <server/server.h>
#include <string.h>

/* stopped: what a fault message that the pager cannot serve is about. */
static struct space_event stopped(uint64_t label, const uint64_t *words)
{
    switch (label) {
    case FAULT_MESSAGE_CAP:
        return (struct space_event){.reason = PAGER_EVENT_CAP_FAULT, .ip = words[0], .detail = words[1]};
    case FAULT_MESSAGE_SYSCALL:
        return (struct space_event){.reason = PAGER_EVENT_UNKNOWN_SYSCALL, .ip = words[8], .detail = words[12]};
    default:
        return (struct space_event){.reason = PAGER_EVENT_EXCEPTION, .ip = words[0], .detail = words[3]};
    }
}

static unsigned words_of(uint64_t label)
{
    static const uint8_t words[] = {
        [FAULT_MESSAGE_CAP] = 4, [FAULT_MESSAGE_SYSCALL] = 13, [FAULT_MESSAGE_EXCEPTION] = 5, [FAULT_MESSAGE_TIMEOUT] = 1, [FAULT_MESSAGE_VM] = 4};
    return label < sizeof words ? words[label] : 0;
}

bool serve_quick(uint64_t space, uint64_t va, bool prefetch, uint64_t status, struct deferred_mapping *m)
{
    struct space *s = space_at(space);
    uint64_t kind;

    if (!s || !s->started || !fault_serveable(status) || !quick_fault(s, va, fault_access(prefetch, status), m, &kind)) {
        return false;
    }
    s->faults[kind]++;
    return true;
}

bool serve_fault(uint64_t space, uint64_t label, const uint64_t *words, unsigned length)
{
    struct space *s = space_at(space);

    serve_disturb();
    mapping_defer();

    /* A client may send anything through the capability of its fault handler. */
    if (!s || words_of(label) == 0 || length < words_of(label)) {
        return false;
    }
    if (label == FAULT_MESSAGE_VM) {
        if (s->manager == MANAGER_PROCESS) {
            inject_start();
        }
        return fault_handle(&(struct fault_message){.space = s->id, .ip = words[0], .va = words[1], .prefetch = words[2], .status = words[3]});
    }
    if (label == FAULT_MESSAGE_TIMEOUT) {
        return true;
    }
    struct space_event event = stopped(label, words);
    event.va = event.ip;
    if (!s->ended) {
        fault_stop(s, &event);
    }
    return false;
}

/* Frames to be made free before a refused request is tried again at once: twice as many in each round. No request needs more than some tens. */
#define REQUEST_FRAMES 32u
#define REQUEST_ROUNDS 3u

bool serve_room(uint32_t n_frames)
{
    if (inject_short()) { /* memory was not really out: go on as if it had been, and there were room now */
        reclaim_now(NULL);
        inject_promised(UINT32_MAX);
        return true;
    }
    bool ready = memory_ready(n_frames);
    if (groups()->free == 0) {
        compact_group_now(); /* kernel objects want a whole group */
    }
    return ready;
}

/* short_of_room: refused because frames had run out. */
static bool short_of_room(const struct server_call *call)
{
    return call->reply_label == PAGODA_ERR_NO_MEMORY && frames_were_short;
}

/* try: from the beginning. */
static void try(struct server_call *call, void (*dispatch)(struct server_call *))
{
    frames_were_short = false;
    dispatch(call);
}

void serve_handle(struct server_call *call, const uint64_t *words, void (*dispatch)(struct server_call *))
{
    inject_short(); /* of whatever came before */
    try(call, dispatch);
    for (unsigned round = 0; round < REQUEST_ROUNDS && short_of_room(call) && serve_room(REQUEST_FRAMES << round); round++) {
        memcpy(call->words, words, call->length * sizeof words[0]);
        try(call, dispatch);
    }
    inject_promised(0);
}

static bool of_manager(uint64_t badge)
{
    return BADGE_KIND(badge) == BADGE_MANAGER;
}

uint64_t serve_begin(uint64_t badge)
{
    uint64_t now = kernel_ticks();

    waiting_for = 0;
    if (load_any_storm) {
        load_request_came(of_manager(badge) ? 0 : BADGE_ID(badge), now);
    }
    return now;
}

void serve_end(uint64_t badge, uint64_t start)
{
    struct space *s = of_manager(badge) ? NULL : space_at(BADGE_ID(badge));

    if (s) {
        load_charge(s, kernel_ticks() - start);
    }
    if (load_any_storm && !of_manager(badge)) {
        load_request_replied(BADGE_ID(badge));
    }
}

/* hold: until its client has a share again. */
static bool hold(const struct server_call *call, const uint64_t *words, void (*dispatch)(struct server_call *))
{
    const struct space *s = of_manager(call->badge) ? NULL : space_at(BADGE_ID(call->badge));

    return s && load_exhausted(s) && waiting_hold(call, words, dispatch);
}

void serve_request(struct server_call *call, void (*dispatch)(struct server_call *))
{
    static uint64_t words[MESSAGE_WORDS]; /* the handler's own calls of the kernel go through the same buffer */
    unsigned length = call->length;
    uint64_t start = serve_begin(call->badge);

    for (unsigned i = 0; i < length; i++) {
        words[i] = call->words[i];
    }
    if (hold(call, words, dispatch)) {
        call->deferred = true;
        return;
    }
    if (waiting_any()) {
        waiting_begin(call);
    }
    serve_handle(call, words, dispatch);
    call->deferred = short_of_room(call) && waiting_keep(call, words, dispatch);
    if (waiting_any()) {
        waiting_end();
    }
    serve_end(call->badge, start);
}

bool serve_count(uint64_t ticks)
{
    bool calm = serve_calm();
    uint64_t ns = ticks_to_ns(ticks);
    unsigned bucket = ns > 1 ? 63u - (unsigned)__builtin_clzll(ns) : 0;

    pager.total_ns += ns;
    if (!calm) {
        pressure_moved();
    }
    pager.histogram[bucket < PAGER_HISTOGRAM_BUCKETS ? bucket : PAGER_HISTOGRAM_BUCKETS - 1]++;
    return calm;
}

uint32_t serve_floor = UINT32_MAX;

/* floor_for: the number of armed frames below which `value`, which counts them among others, is below `bound`. */
static uint64_t floor_for(uint64_t bound, uint64_t value)
{
    uint64_t others = value - frames_armed();
    return bound > others ? bound - others : 0;
}

/* settle: there is nothing to be done; how many armed frames are enough for that? */
static void settle(void)
{
    uint64_t reclaim = floor_for(reclaim_low(), frames_obtainable());
    uint64_t pressure = floor_for(pressure_floor(&pager.pressure), pages_free());
    uint64_t most = reclaim > pressure ? reclaim : pressure;

    serve_floor = most > frames_wanted ? (uint32_t)most : frames_wanted;
}

bool serve_pending(void)
{
#ifdef PAGODA_DEBUG
    if (pager.check) {
        return true;
    }
#endif
    if (serve_background_due() || reclaim_wanted() || swap_pending() || reserve_low() || leaving_any()) {
        return true;
    }
    settle();
    return false;
}

void serve_after(bool fault)
{
    if (reclaim_wanted() && !retired_give_up()) {
        reclaim_step();
    }
    swap_step();
    if (!fault) {
        leaving_step();
    }
    if (reserve_low()) {
        if (unmap_wanted()) {
            unmap_step();
        }
        reserve_fill();
    }
    if (park_room_waiting()) {
        park_room_step();
    }
#ifdef PAGODA_DEBUG
    audit_after(fault);
#endif
}

void serve_background(void)
{
    if (park_room_waiting()) {
        park_room_step();
    } else if (compact_pending()) {
        compact_background();
    } else if (promote_pending()) {
        promote_background();
    } else if (retired_burden()) {
        retired_give_up();
    }
}

void serve_after_fault(uint64_t space)
{
    uint64_t start = kernel_ticks();
    struct space *s;

    serve_after(true);
    s = space_at(space);
    if (s) {
        load_charge(s, kernel_ticks() - start);
    }
    leaving_step(); /* which is not for this space */
}

void serve_after_request(uint64_t badge)
{
    if (of_manager(badge)) {
        serve_after(false);
    } else {
        serve_after_fault(BADGE_ID(badge));
    }
}

static struct history_counts counts_now(void)
{
    struct history_counts counts = {.free_pages = pages_free(), .level = pager.pressure.level, .now_ns = ticks_to_ns(kernel_ticks())};

    uint64_t faults[PAGER_FAULT_KINDS];
    spaces_count_faults(faults);
    for (unsigned kind = 0; kind < PAGER_FAULT_KINDS; kind++) {
        counts.faults += faults[kind];
    }
    counts.refaults = faults[PAGER_FAULT_BRING_IN];
    counts.stall_ns = pager.stall.some.total_ns;
    memcpy(counts.entered, pager.pressure.entered, sizeof counts.entered);
    return counts;
}

void serve_idle(void)
{
    idle_answered();
    if (load_idle()) {
        return;
    }
    if (leaving_step()) {
        idle_ask();
    } else {
        prezero_idle();
    }
}

void serve_tick(void)
{
    idle_tick();
    waiting_wake(); /* the disk may have stopped: no request waits for ever */
    stalls_update();
    pressure_now();
    load_tick();
    balance_tick();
    struct history_counts counts = counts_now();
    history_add(&pager.history, &counts);
    stack_tick();
    compact_tick();
    promote_tick();
    prezero_tick();
    retire_tick();
    leaving_tick();
}
