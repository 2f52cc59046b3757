/* SPDX-License-Identifier: BSD-2-Clause */
#include "waiting.h"

#include "frame.h"
#include "load.h"
#include "park.h"
#include "policy/wait.h"
#include "pressure.h"
#include "reclaim.h"
#include "serve.h"
#include "space.h"
#include "stalls.h"
#include "state.h"
#include "swap.h"

#include <generated/errors.h>
#include <pagoda/layout.h>
#include <pagoda/message.h>
#include <pagoda/startup.h>
#include <server/server.h>
#include <string.h>

static struct entry {
    uint64_t badge; /* of the caller; 0: the place is free */
    uint64_t operation;
    void (*dispatch)(struct server_call *call);
    cptr_t reply;
    unsigned length, tries; /* words; how often it has been tried again in vain */
    uint32_t about; /* space to which the wait counts; 0: none */
    bool held;      /* it is not in the queue */
    uint64_t since;
    uint64_t words[WAITING_WORDS];
} entries[WAITING_MAX + WAITING_HELD_MAX];
static uint8_t queue[WAITING_MAX]; /* places, in the order in which they came */
static uint64_t long_words[MESSAGE_WORDS]; /* of the process server's */

uint32_t waiting_n; /* in the queue */
static uint32_t n_held;
uint32_t waiting_for;
struct waiting_counters waiting_counters;

void waiting_init(void)
{
    memset(entries, 0, sizeof entries);
    waiting_counters = (struct waiting_counters){0};
    waiting_n = n_held = 0;
}

static bool is_manager(uint64_t badge)
{
    return BADGE_KIND(badge) == BADGE_MANAGER;
}

static enum wait_class class_of(uint64_t badge)
{
    const struct space *s = is_manager(badge) ? NULL : space_at(BADGE_ID(badge));
    uint64_t manager = is_manager(badge) ? BADGE_ID(badge) : s ? s->manager : MANAGER_INIT;

    return manager == MANAGER_PROCESS ? WAIT_CLASS_CLIENT : WAIT_CLASS_IO;
}

/* worth_it: it was refused just now. */
static bool worth_it(const struct server_call *call, uint64_t waited_ns)
{
    return wait_worth_it(&(struct wait_facts){
        .class = class_of(call->badge),
        .frames_short = call->reply_label == PAGODA_ERR_NO_MEMORY && frames_were_short,
        .disk_behind = reclaim_awaits_disk(),
        .in_flight = swap_busy(),
        .has_caps = call->n_caps > 0,
        .waited_ns = waited_ns,
    });
}

/* can_wait: it may, and there is a way to keep it. */
static bool can_wait(const struct server_call *call)
{
    return class_of(call->badge) == WAIT_CLASS_CLIENT && call->n_caps == 0 && (call->length <= WAITING_WORDS || is_manager(call->badge));
}

static uint64_t *words_of(struct entry *e)
{
    return is_manager(e->badge) ? long_words : e->words;
}

/* free_place: for a caller that has no request here; NULL: it has. */
static struct entry *free_place(uint64_t badge)
{
    struct entry *found = NULL;

    for (uint32_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        if (entries[i].badge == badge) {
            return NULL;
        }
        found = !found && entries[i].badge == 0 ? &entries[i] : found;
    }
    return found;
}

static void begin_stall(const struct entry *e)
{
    struct space *s = space_at(e->about);

    if (s) {
        stalls_begin(s);
    }
}

static void end_stall(const struct entry *e)
{
    struct space *s = space_at(e->about);

    if (s) {
        stalls_end(s);
    }
}

/* lay_aside: for the first, if any waits. */
static void lay_aside(void)
{
    frames_lay_aside(waiting_n > 0 ? wait_frames(entries[queue[0]].tries) : 0);
}

__attribute__((cold)) void waiting_begin(const struct server_call *call)
{
    if (!can_wait(call)) {
        frames_lay_aside(0);
    }
}

__attribute__((cold)) void waiting_end(void)
{
    lay_aside();
}

/* queue_last: from now on it waits for the disk. */
static void queue_last(struct entry *e)
{
    e->about = waiting_for;
    e->since = kernel_ticks();
    queue[waiting_n++] = (uint8_t)(e - entries);
    begin_stall(e);
    waiting_counters.kept++;
}

/* keep: with the reply object in which the caller waits. NULL: there is no way to. */
static struct entry *keep(const struct server_call *call, const uint64_t *words, void (*dispatch)(struct server_call *))
{
    struct entry *e = free_place(call->badge);
    cptr_t reply;

    if (!e || !park_keep_reply(&reply)) {
        return NULL;
    }
    *e = (struct entry){.badge = call->badge, .operation = call->operation, .dispatch = dispatch, .reply = reply, .length = call->length};
    memcpy(words_of(e), words, call->length * sizeof words[0]);
    return e;
}

__attribute__((cold)) bool waiting_keep(const struct server_call *call, const uint64_t *words, void (*dispatch)(struct server_call *))
{
    if (waiting_n == WAITING_MAX || !can_wait(call) || !worth_it(call, 0)) {
        return false;
    }
    struct entry *e = keep(call, words, dispatch);

    if (e) {
        queue_last(e);
    }
    return e;
}

static void unqueue(uint32_t at)
{
    end_stall(&entries[queue[at]]);
    waiting_n--;
    memmove(&queue[at], &queue[at + 1], waiting_n - at);
}

static void queue_first(uint32_t place)
{
    memmove(&queue[1], &queue[0], waiting_n);
    queue[0] = (uint8_t)place;
    waiting_n++;
    begin_stall(&entries[place]);
}

/* leave: its place and its reply object are free. */
static void leave(struct entry *e)
{
    park_put_reply(e->reply);
    e->badge = 0;
}

static uint64_t waited_ns(const struct entry *e)
{
    return ticks_to_ns(kernel_ticks() - e->since);
}

/* answer: unless the caller has gone while its request was handled. */
static void answer(const struct entry *e, const struct server_call *call)
{
    waiting_counters.refused += call->reply_label == PAGODA_ERR_NO_MEMORY;
    if (is_manager(e->badge) || space_at(BADGE_ID(e->badge))) {
        kernel_reply_request(e->reply, call);
    }
    pressure_moved();
}

/* again: handle it as if it had just come; its place and its reply object are still its own. */
static struct server_call again(struct entry *e)
{
    static uint64_t words[MESSAGE_WORDS]; /* the handlers' own calls of the kernel go through the IPC buffer */
    struct server_call call = {.badge = e->badge, .operation = e->operation, .length = e->length, .words = words};

    memcpy(words, words_of(e), e->length * sizeof words[0]);
    serve_handle(&call, words_of(e), e->dispatch);
    return call;
}

/* try_first: the one that has waited longest, while nothing is laid aside; false: it waits on. Only when there is room or nothing to wait for is it handled. */
static __attribute__((cold)) bool try_first(void)
{
    uint32_t place = queue[0];
    struct entry *e = &entries[place];
    uint64_t waited = waited_ns(e);

    if (waited < WAIT_NS && !serve_room(wait_frames(e->tries)) && reclaim_awaits_disk() && swap_busy()) {
        return false;
    }
    unqueue(0);
    struct server_call call = again(e);
    if (worth_it(&call, waited)) {
        e->tries++;
        queue_first(place);
        return false;
    }
    answer(e, &call);
    leave(e);
    return true;
}

void waiting_wake(void)
{
    frames_lay_aside(0);
    while (waiting_n > 0 && try_first()) {
    }
    lay_aside();
}

/* ---- those that are held ---- */

__attribute__((cold)) bool waiting_hold(const struct server_call *call, const uint64_t *words, void (*dispatch)(struct server_call *))
{
    struct entry *e = n_held < WAITING_HELD_MAX && can_wait(call) ? keep(call, words, dispatch) : NULL;

    if (!e) {
        return false;
    }
    e->held = true;
    n_held++;
    load_hold(space_at(BADGE_ID(e->badge)));
    return true;
}

static void unhold(struct entry *e)
{
    load_held(space_at(BADGE_ID(e->badge)));
    e->held = false;
    n_held--;
}

/* go_on: with one that is not held any more. It may have to wait for the disk then. */
static void go_on(struct entry *e)
{
    uint64_t start = serve_begin(e->badge);
    struct server_call call = again(e);

    if (waiting_n < WAITING_MAX && worth_it(&call, 0)) {
        queue_last(e);
    } else {
        answer(e, &call);
        leave(e);
    }
    serve_end(call.badge, start);
}

__attribute__((cold)) void waiting_wake_held(void)
{
    for (uint32_t i = 0; n_held > 0 && i < sizeof entries / sizeof entries[0]; i++) {
        struct entry *e = &entries[i];
        if (e->held && !load_exhausted(space_at(BADGE_ID(e->badge)))) {
            unhold(e);
            go_on(e);
            lay_aside();
        }
    }
}

void waiting_forget(uint32_t space)
{
    for (uint32_t i = 0; n_held > 0 && i < sizeof entries / sizeof entries[0]; i++) {
        if (entries[i].held && BADGE_ID(entries[i].badge) == space) {
            unhold(&entries[i]);
            leave(&entries[i]);
        }
    }
    for (uint32_t at = waiting_n; at-- > 0;) {
        struct entry *e = &entries[queue[at]];
        if (!is_manager(e->badge) && BADGE_ID(e->badge) == space) {
            unqueue(at);
            leave(e);
        } else if (e->about == space) {
            end_stall(e);
            e->about = 0;
        }
    }
    if (waiting_n == 0) {
        frames_lay_aside(0);
    }
}

bool waiting_holds(cptr_t reply)
{
    for (uint32_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        if (entries[i].badge != 0 && entries[i].reply == reply) {
            return true;
        }
    }
    return false;
}
