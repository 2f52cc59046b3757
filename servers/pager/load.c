/* SPDX-License-Identifier: BSD-2-Clause */
#include "load.h"

#include "event.h"
#include "frame.h"
#include "idle.h"
#include "park.h"
#include "waiting.h"

#include <pagoda/startup.h>
#include <string.h>

/* What the process server said stays true for so many periods. */
#define COMPUTING_KEEP 3u

static struct {
    struct load_control control;
    uint64_t last; /* ticks; 0: no period has begun */
    uint64_t period; /* the last one's length in ticks */
    uint64_t computing;
    uint32_t computing_age; /* periods */
    uint64_t room; /* policy/load_control.h */
    uint64_t faults, total_ns;     /* of all spaces at the last tick, and what they took (pager.total_ns) */
    uint64_t careful, careful_ns;  /* since then, those not served in the quick way */
    uint64_t births; /* of clients, ever */
    bool changed; /* since the manager was signalled last */
} load;

_Static_assert(LOAD_SLOWED_SHARE == STALL_ALL * PAGER_LOAD_SLOWED_PERCENT / 100 && LOAD_SLOWED_ALL == STALL_ALL * PAGER_LOAD_SLOWED_ALL_PERCENT / 100,
               "what is promised is what the process server gives");

/* A time from reply to fault that is longer may be due to others, who have the processor for a time slice (TIME_SLICE_US) at least. */
#define BETWEEN_MAX_NS 1000000u

static struct {
    uint64_t space, at; /* a fault or a request of it was answered then, and none has come since but quick faults; 0: none */
    bool fault;
    uint64_t least;     /* ticks from a reply to the next fault; in this period so far */
    uint64_t cost;      /* the same, of an earlier period */
} reply;

bool load_any_storm;

static struct space_load entries[LOAD_CLIENTS];
static struct space_load nobody; /* of spaces without an entry */
static struct load_client clients[LOAD_CLIENTS];

#define LEFT_UNBOUNDED (INT64_MAX / 2) /* no period is so long */

static void begin(struct space_load *entry, uint32_t id)
{
    *entry = (struct space_load){.client = {.id = id, .work = LOAD_UNBOUNDED}, .left = LEFT_UNBOUNDED, .born = load.births++};
    working_set_init(&entry->set);
}

void load_init(void)
{
    memset(&load, 0, sizeof load);
    memset(entries, 0, sizeof entries);
    begin(&nobody, 0);
    reply.space = reply.cost = 0;
    reply.least = UINT64_MAX;
    load_control_init(&load.control);
    pager.load_control = LOAD_STEADY_FIRST;
    load_any_storm = false;
}

void load_join(struct space *s)
{
    s->load = &nobody;
    for (uint32_t i = 0; s->manager == MANAGER_PROCESS && s->load == &nobody && i < LOAD_CLIENTS; i++) {
        if (entries[i].client.id == 0) {
            s->load = &entries[i];
            begin(s->load, s->id);
        }
    }
}

static bool takes_part(const struct space *s)
{
    return s->load != &nobody && !s->ended;
}

static struct space *next_client(const struct space *after)
{
    struct space *s = space_first_from(after ? (uint64_t)after->id + 1 : 1);

    while (s && !takes_part(s)) {
        s = space_first_from((uint64_t)s->id + 1);
    }
    return s;
}

static uint64_t resident(const struct space *s)
{
    return (uint64_t)s->states[PAGE_PRIVATE] + s->states[PAGE_COW] + s->states[PAGE_SHARED] + s->states[PAGE_FILE];
}

static uint64_t all_pages(const struct space *s)
{
    return resident(s) + s->states[PAGE_STORED];
}

/* wanted: what a client that loses time uses at least: what it has in memory, and what it missed. */
static uint64_t wanted(const struct space *s, uint64_t returned)
{
    uint64_t pages = resident(s) + returned;

    return pages < all_pages(s) ? pages : all_pages(s);
}

/* charged: in the period so far. */
static uint64_t charged(const struct space_load *l)
{
    return l->spent + l->between + l->inherited.ticks;
}

/* quick_faults: those of the period so far that were served in the quick way; `since`: how many there were at all. */
static uint64_t quick_faults(const struct space_load *l, uint64_t since)
{
    return l->inherited.quick + (since > l->careful ? since - l->careful : 0);
}

static uint64_t sum(const uint64_t faults[PAGER_FAULT_KINDS])
{
    uint64_t n = 0;

    for (unsigned kind = 0; kind < PAGER_FAULT_KINDS; kind++) {
        n += faults[kind];
    }
    return n;
}

/* ---- bounds of the pager's work ---- */

static void unbind(struct space *s)
{
    s->load->client.work = LOAD_UNBOUNDED;
    s->load->left = LEFT_UNBOUNDED;
    space_set_bounded(s, false);
}

/* bind: what it may have until the next period, less what it had too much in the last one. */
static void bind(struct space *s)
{
    uint64_t share = s->load->client.work;

    if (share == LOAD_UNBOUNDED) {
        unbind(s);
        return;
    }
    int64_t budget = (int64_t)(load.period * share / STALL_ALL);
    int64_t debt = s->bounded && s->load->left < 0 ? s->load->left : 0;
    s->load->left = budget + (debt > -8 * budget ? debt : -8 * budget);
    space_set_bounded(s, true);
}

/* decided: what the policy says of it now. */
static void decided(struct space *s, const struct load_client *client)
{
    if (s->load->client.little != client->little) {
        s->load->little_since = kernel_ticks();
        load.changed = true;
    }
    s->load->client = *client;
}

static void unslow(struct space *s)
{
    decided(s, &(struct load_client){.id = s->load->client.id});
    unbind(s);
}

void load_forget(struct space *s)
{
    struct load_client *c = &s->load->client;

    if (c->storms) {
        decided(s, &(struct load_client){.id = c->id, .storms = true, .work = c->work, .worked = c->worked});
    } else {
        unslow(s);
    }
    working_set_init(&s->load->set);
}

/* ---- relatives ---- */

static struct load_kin kin_of(const struct space *s)
{
    return (struct load_kin){s->id, s->load->born};
}

static struct space *living(struct load_kin kin)
{
    struct space *s = kin.space ? space_at(kin.space) : NULL;

    return s && s->load->born == kin.born ? s : NULL;
}

void load_descend(struct space *child, struct space *parent, bool forked)
{
    if (parent->load == &nobody || child->load == &nobody) {
        return;
    }
    parent->load->child = kin_of(child);
    if (forked) {
        child->load->parent = kin_of(parent);
    }
}

/* take_over: `heir` storms in place of another one, with what is left of its share. */
static void take_over(struct space *heir, const struct space_load *from)
{
    struct space_load *to = heir->load;

    to->client.storms = true;
    to->client.work = from->client.work;
    to->client.worked = from->client.worked;
    to->left = from->left - (int64_t)charged(to);
    space_set_bounded(heir, to->client.work != LOAD_UNBOUNDED);
}

static void pass_on(const struct space *s, struct space *heir)
{
    const struct space_load *from = s->load;
    struct space_load *to = heir->load;
    uint64_t ticks = charged(from);

    if (from->client.storms && !to->client.storms && !to->client.thrashes) {
        take_over(heir, from);
    } else {
        to->left -= (int64_t)ticks;
    }
    to->inherited.ticks += ticks;
    to->seen += from->seen;
    to->inherited.quick += quick_faults(from, sum(s->faults) - from->faults);
}

void load_leave(struct space *s)
{
    struct space *heir = living(s->load->child);

    heir = heir ? heir : living(s->load->parent);
    if (heir) {
        pass_on(s, heir);
    }
    load.changed |= s->load->client.little;
    s->load->client.id = 0;
    s->load = &nobody;
}

uint64_t load_working_set(const struct space *s, bool *bound)
{
    *bound = s->load->set.bound;
    return *bound ? resident(s) : s->load->set.pages;
}

void load_set(enum load_mode mode)
{
    pager.load_control = mode;
    load.control.fair = mode == LOAD_FAIR;
    if (mode != LOAD_OFF) {
        return;
    }
    load_any_storm = false;
    for (struct space *s = next_client(NULL); s; s = next_client(s)) {
        unslow(s);
    }
    load_control_init(&load.control);
    park_wake_held(); /* requests that are held have to wait for the tick: one is being handled now */
    event_signal(MANAGER_PROCESS);
    load.changed = false;
}

/* ---- a period ---- */

/* held_in_period: how long a fault of it has been held in this period, one that still is. */
static uint64_t held_in_period(const struct space_load *l, uint64_t now)
{
    return l->held_since ? now - (l->held_since > load.last ? l->held_since : load.last) : 0;
}

void load_charge_fault(struct space *s, uint64_t ticks)
{
    load_charge(s, ticks);
    s->load->careful++;
    load.careful++;
    load.careful_ns += ticks_to_ns(ticks);
}

void load_replied(uint64_t space)
{
    reply.space = space;
    reply.fault = true;
    reply.at = kernel_ticks();
}

void load_request_replied(uint64_t space)
{
    load_replied(space);
    reply.fault = false;
}

/* charge_between: what lies between the last reply and a message; false: that says nothing. */
static bool charge_between(uint64_t space, uint64_t now, uint64_t *between)
{
    const struct space *s = space == reply.space ? space_at(space) : NULL;

    *between = now - reply.at;
    reply.space = 0;
    if (!s || ticks_to_ns(*between) >= BETWEEN_MAX_NS) {
        return false;
    }
    if (s->load->client.storms) {
        s->load->between += *between;
        s->load->left -= (int64_t)*between;
    }
    return true;
}

void load_fault_came(uint64_t space, uint64_t now)
{
    uint64_t between;

    if (charge_between(space, now, &between) && reply.fault) {
        reply.least = between < reply.least ? between : reply.least;
    }
}

void load_request_came(uint64_t space, uint64_t now)
{
    uint64_t between;

    charge_between(space, now, &between);
}

/* find_reply_cost: of the period that is over, if there was any in it. */
static void find_reply_cost(void)
{
    if (reply.least != UINT64_MAX) {
        reply.cost = reply.least;
    }
    reply.least = UINT64_MAX;
}

void load_hold(struct space *s)
{
    s->load->held_since = kernel_ticks();
    if (s->load->client.storms && idle_expected()) {
        idle_ask();
    }
}

void load_held(struct space *s)
{
    s->load->held += held_in_period(s->load, kernel_ticks());
    s->load->held_since = 0;
}

/* What happened to a client in the period that is over. */
struct period {
    uint64_t returned;
    uint64_t lost_ns, worked_ns;
    uint64_t quick; /* faults served in the quick way, the work for which is not in worked_ns */
    bool held;
};

/* lost: the pager's work for it, its waiting for the disk and for its share; nothing when no page of it left or came back. */
static struct period take_period(struct space *s, uint64_t now)
{
    struct space_load *l = s->load;
    uint64_t waited = s->stall.some.total_ns - l->stall_ns;
    uint64_t held = l->held + held_in_period(l, now), worked = ticks_to_ns(l->spent + held);
    uint64_t faults = sum(s->faults);
    struct period p = {.returned = s->refaults - l->refaults,
        .worked_ns = ticks_to_ns(charged(l)),
        .held = held > 0,
        .quick = quick_faults(l, faults - l->faults)};

    if (p.returned > 0 || s->evictions != l->evictions) {
        /* The pager's work to bring its pages back counts in both. */
        p.lost_ns = worked > waited ? worked : waited;
    }
    working_set_step(&l->set, &(struct working_set_counts){.resident = resident(s), .all = all_pages(s), .looked = l->looked, .used = l->used, .returned = p.returned});
    l->faults = faults;
    l->refaults = s->refaults;
    l->evictions = s->evictions;
    l->stall_ns = s->stall.some.total_ns;
    l->spent = l->between = l->careful = l->held = l->looked = l->used = l->inherited.ticks = l->inherited.quick = l->seen = 0;
    return p;
}

/* quick_ns: what a quick fault of the period took, whoever's it was. */
static uint64_t quick_ns(void)
{
    uint64_t faults[PAGER_FAULT_KINDS];

    spaces_count_faults(faults);
    uint64_t all = sum(faults), n = all - load.faults, ns = pager.total_ns - load.total_ns;
    uint64_t quick = n > load.careful ? n - load.careful : 0;
    ns = ns > load.careful_ns ? ns - load.careful_ns : 0;
    load.faults = all;
    load.total_ns = pager.total_ns;
    load.careful = load.careful_ns = 0;
    return quick > 0 ? ns / quick + ticks_to_ns(reply.cost) : 0;
}

static uint32_t share_of(uint64_t ns, uint64_t period_ns)
{
    if (period_ns == 0) {
        return 0;
    }
    return ns < period_ns ? (uint32_t)(ns * STALL_ALL / period_ns) : STALL_ALL;
}

/* collect: the clients, as the policy sees them; how many. A client that loses time could have computed in its equal part of the period only: of that it is a share.
 * The clock is not read for each client's quick faults: they count alike. */
static uint32_t collect(uint64_t now, uint64_t *pages)
{
    static struct period periods[LOAD_CLIENTS];
    uint64_t period_ns = ticks_to_ns(now - load.last), rivals = load.computing, each_quick_ns = quick_ns();
    uint32_t n = 0;

    for (struct space *s = next_client(NULL); s; s = next_client(s)) {
        struct period p = take_period(s, now);
        *pages += resident(s);
        rivals += p.lost_ns > 0;
        clients[n] = s->load->client;
        clients[n].weight = s->weight;
        clients[n].held = p.held;
        clients[n].working_set = p.lost_ns > 0 ? wanted(s, p.returned) : s->load->set.pages;
        periods[n++] = p;
    }
    for (uint32_t i = 0; i < n; i++) {
        const struct period *p = &periods[i];
        clients[i].stall = share_of(p->lost_ns * rivals, period_ns);
        clients[i].worked = share_of(p->worked_ns + p->quick * each_quick_ns, period_ns);
    }
    return n;
}

static bool in_plan(const struct load_client *c)
{
    return c->thrashes || c->storms;
}

/* decide: true if anybody thrashes or storms. */
static bool decide(uint32_t n, uint64_t pages, uint64_t now)
{
    bool any = false;

    load_any_storm = false;
    load_control_step(&load.control, clients, n, pages, ticks_to_ns(now));
    load_control_bound(&load.control, clients, n, (uint32_t)load.computing);
    for (uint32_t i = 0; i < n; i++) {
        struct space *s = space_at(clients[i].id);
        load.changed |= in_plan(&s->load->client) != in_plan(&clients[i]);
        any |= in_plan(&clients[i]);
        load_any_storm |= clients[i].storms;
        decided(s, &clients[i]);
    }
    return any;
}

bool load_charge_manager(struct space *s, uint64_t ticks, uint64_t between)
{
    uint64_t known = charged(s->load) - s->load->seen;

    load_charge(s, ticks + (between > known ? between - known : 0));
    s->load->seen = charged(s->load);
    if (!load_exhausted(s)) {
        return false;
    }
    if (!s->load->held_elsewhere) {
        load_hold(s);
        s->load->held_elsewhere = true;
    }
    return true;
}

/* wake_managers: of those whose clients have a share again. */
static void wake_managers(void)
{
    for (struct space *s = next_client(NULL); s; s = next_client(s)) {
        if (s->load->held_elsewhere && !load_exhausted(s)) {
            load_held(s);
            s->load->held_elsewhere = false;
            event_signal(MANAGER_PROCESS);
        }
    }
}

static void wake_held(void)
{
    park_wake_held();
    waiting_wake_held();
    wake_managers();
}

void load_tick(void)
{
    uint64_t now = kernel_ticks(), pages = frames_obtainable();

    if (load.last == 0) {
        load.last = now;
        return;
    }
    find_reply_cost();
    if (++load.computing_age > COMPUTING_KEEP) {
        load.computing = 0;
    }
    uint32_t n = collect(now, &pages);
    bool any = pager.load_control && decide(n, pages, now);
    load.room = load_control_room(clients, n, pages);
    load.period = now - load.last;
    load.last = now;
    nobody.left = LEFT_UNBOUNDED;
    for (uint32_t i = 0; pager.load_control && i < n; i++) {
        bind(space_at(clients[i].id));
    }
    wake_held();
    if (any || load.changed) {
        load.changed = false;
        event_signal(MANAGER_PROCESS);
    }
}

/* Of a period: what those who storm are given of idle time at once. */
#define IDLE_PART 64

bool load_idle(void)
{
    bool any = false;

    for (struct space *s = next_client(NULL); s; s = next_client(s)) {
        struct space_load *l = s->load;
        if (l->held_since && l->client.storms) {
            l->left = (int64_t)(load.period / IDLE_PART);
            any = true;
        }
    }
    if (any) {
        wake_held();
    }
    return any;
}

uint64_t load_room(void)
{
    return load.room;
}

/* bind_at_once: those who are not bounded yet, as somebody computes beside them; the others have their share until the period ends. Who gets little is new for all. */
static void bind_at_once(void)
{
    uint32_t n = 0;

    for (struct space *s = next_client(NULL); s; s = next_client(s)) {
        clients[n++] = s->load->client;
    }
    load_control_bound(&load.control, clients, n, (uint32_t)load.computing);
    for (uint32_t i = 0; i < n; i++) {
        struct space *s = space_at(clients[i].id);
        uint32_t before = s->load->client.work;
        decided(s, &clients[i]);
        if (before == LOAD_UNBOUNDED) {
            bind(s);
        } else {
            s->load->client.work = before;
        }
    }
}

uint32_t load_list(uint32_t *rows)
{
    uint32_t n = 0;

    for (const struct space *s = next_client(NULL); s; s = next_client(s)) {
        const struct load_client *c = &s->load->client;
        if (in_plan(c)) {
            rows[n++] = s->id | (c->little ? PAGER_LOAD_SLOWED : 0) | (c->storms ? PAGER_LOAD_STORMS : 0) | (s->load->held_elsewhere ? PAGER_LOAD_HELD : 0);
        }
    }
    return n;
}

uint32_t load_tell(uint64_t computing, uint32_t *rows)
{
    load.computing = computing < LOAD_CLIENTS ? computing : LOAD_CLIENTS;
    load.computing_age = 0;
    if (pager.load_control) {
        bind_at_once();
    }
    return load_list(rows);
}
