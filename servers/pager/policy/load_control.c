/* SPDX-License-Identifier: BSD-2-Clause */
#include "load_control.h"

void load_control_init(struct load_control *l)
{
    *l = (struct load_control){.active = false};
}

struct sums {
    uint64_t needs;
    uint32_t thrashing;
    uint32_t least_weight; /* of those that thrash */
};

static struct sums add_up(const struct load_client *clients, uint32_t n)
{
    struct sums s = {.least_weight = UINT32_MAX};

    for (uint32_t i = 0; i < n; i++) {
        const struct load_client *c = &clients[i];
        s.needs += c->needs;
        if (c->thrashes) {
            s.thrashing++;
            s.least_weight = c->weight < s.least_weight ? c->weight : s.least_weight;
        }
    }
    return s;
}

static bool beyond_share(const struct load_client *c, uint64_t weights, uint64_t pages)
{
    return (unsigned __int128)c->needs * weights > (unsigned __int128)pages * c->weight;
}

/*
 * classify: who thrashes. One that has the memory it needs only because others are slowed waits for nothing, yet thrashes again as soon as they
 * run: while control is active only a client within its share stops being one that thrashes.
 */
static void classify(const struct load_control *l, struct load_client *clients, uint32_t n, uint64_t pages)
{
    uint64_t weights = 0;

    for (uint32_t i = 0; i < n; i++) {
        weights += clients[i].weight;
    }
    for (uint32_t i = 0; i < n; i++) {
        struct load_client *c = &clients[i];
        if (c->slowed) {
            continue;
        }
        c->needs = c->working_set;
        bool beyond = beyond_share(c, weights, pages);
        if (c->stall >= LOAD_THRASH_STALL) {
            c->thrashes = c->thrashes || beyond;
        } else if (c->stall < LOAD_THRASH_STALL / 2 && !(l->active && beyond)) {
            c->thrashes = false;
        }
    }
}

/* storm_work: for each of those for whom the pager works notably. */
static uint32_t storm_work(const struct load_client *clients, uint32_t n)
{
    uint32_t notable = 0;

    for (uint32_t i = 0; i < n; i++) {
        notable += !clients[i].thrashes && clients[i].worked >= LOAD_STORM_NOTABLE;
    }
    uint32_t work = LOAD_STORM_WORK / (notable > 0 ? notable : 1);
    return work > LOAD_STORM_NOTABLE ? work : LOAD_STORM_NOTABLE;
}

/* find_storms: a client that is held back may storm as much as before: what is done for it does not tell. */
static void find_storms(struct load_client *clients, uint32_t n)
{
    uint32_t work = storm_work(clients, n);

    for (uint32_t i = 0; i < n; i++) {
        struct load_client *c = &clients[i];
        bool goes_on = c->storms && (c->held || c->worked >= work / 2);
        c->storms = !c->thrashes && (c->worked >= work || goes_on);
    }
}

static bool overloaded(const struct load_control *l, const struct sums *s, uint64_t pages)
{
    uint64_t limit = l->active ? pages - pages / 8 : pages;

    return s->thrashing >= 2 && s->needs > limit;
}

static uint64_t turn_ns(const struct load_client *c, uint32_t least_weight)
{
    uint32_t turns = c->weight / least_weight;

    return LOAD_TURN_NS * (turns < LOAD_TURNS_MAX ? turns : LOAD_TURNS_MAX);
}

/* The queue of those that thrash: first who is in its turn, then who waits, the longest first. A turn that ended goes to the end. Of those who have waited equally long the
 * smallest working sets come first: so more of them run at once. */
struct place {
    uint32_t group;
    uint64_t since;
    uint64_t needs;
    uint32_t index;
};

static struct place place_of(const struct load_client *clients, uint32_t i, uint32_t least_weight, uint64_t now_ns)
{
    const struct load_client *c = &clients[i];

    if (c->slowed) {
        return (struct place){1, c->since_ns, c->needs, i};
    }
    if (now_ns - c->since_ns < turn_ns(c, least_weight)) {
        return (struct place){0, c->since_ns, c->needs, i};
    }
    return (struct place){2, c->since_ns, c->needs, i};
}

static bool comes_before(const struct place *a, const struct place *b)
{
    if (a->group != b->group) {
        return a->group < b->group;
    }
    if (a->since != b->since) {
        return a->since < b->since;
    }
    return a->needs != b->needs ? a->needs < b->needs : a->index < b->index;
}

/* next_place: the place after `last` (NULL: the first). All places are different, so each client is found once. */
static bool next_place(const struct load_client *clients, uint32_t n, const struct sums *s, uint64_t now_ns, const struct place *last, struct place *next)
{
    bool found = false;

    for (uint32_t i = 0; i < n; i++) {
        if (!clients[i].thrashes) {
            continue;
        }
        struct place p = place_of(clients, i, s->least_weight, now_ns);
        if ((!last || comes_before(last, &p)) && (!found || comes_before(&p, next))) {
            *next = p;
            found = true;
        }
    }
    return found;
}

/* choose: in the order of the queue as many as fit into what the others leave, and the first in any case. Nobody overtakes one that does not
 * fit: it would wait for ever while small ones come and go. */
static void choose(struct load_client *clients, uint32_t n, const struct sums *s, uint64_t pages, uint64_t now_ns)
{
    struct place last, next;
    const struct place *after = 0;
    uint64_t room = pages;
    bool blocked = false;

    for (uint32_t i = 0; i < n; i++) {
        clients[i].chosen = false;
        if (!clients[i].thrashes) {
            room -= clients[i].needs < room ? clients[i].needs : room;
        }
    }
    while (next_place(clients, n, s, now_ns, after, &next)) {
        struct load_client *c = &clients[next.index];
        blocked = after && (blocked || c->needs > room);
        c->chosen = !blocked;
        if (c->chosen) {
            room -= c->needs < room ? c->needs : room;
        }
        last = next;
        after = &last;
    }
}

static void apply(struct load_control *l, struct load_client *c, uint32_t least_weight, uint64_t now_ns)
{
    bool begins = c->slowed || now_ns - c->since_ns >= turn_ns(c, least_weight);

    if (!c->chosen && !c->slowed) {
        l->turns++;
        c->slowed = true;
        c->since_ns = now_ns;
    } else if (c->chosen && begins) {
        c->slowed = false;
        c->since_ns = now_ns;
    }
}

static void restore_all(struct load_client *clients, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        clients[i].slowed = false;
    }
}

uint32_t load_control_step(struct load_control *l, struct load_client *clients, uint32_t n, uint64_t pages, uint64_t now_ns)
{
    classify(l, clients, n, pages);
    find_storms(clients, n);
    struct sums s = add_up(clients, n);
    uint32_t slowed = 0;

    l->active = overloaded(l, &s, pages);
    if (!l->active) {
        restore_all(clients, n);
        return 0;
    }
    choose(clients, n, &s, pages, now_ns);
    for (uint32_t i = 0; i < n; i++) {
        if (clients[i].thrashes) {
            apply(l, &clients[i], s.least_weight, now_ns);
        }
        slowed += clients[i].slowed;
    }
    return slowed;
}

uint64_t load_control_room(const struct load_client *clients, uint32_t n, uint64_t pages)
{
    for (uint32_t i = 0; i < n; i++) {
        uint64_t needs = clients[i].slowed ? 0 : clients[i].needs;
        pages -= needs < pages ? needs : pages;
    }
    return pages;
}

/*
 * work_for_all: what the pager may do for all that thrash, of STALL_ALL. With a part p of the time for each of N = computing + thrashing, S of them slowed to a share s,
 * those who compute have at worst (1 - work - S s) / (N - S), as many others take the rest in equal parts; it is 9/10 p with work = 1/10 + S (9/10 p - s).
 */
static uint32_t work_for_all(uint32_t thrashing, uint32_t slowed, uint32_t computing)
{
    int32_t part = (int32_t)(STALL_ALL / (computing + thrashing));
    int32_t share = part < (int32_t)LOAD_SLOWED_SHARE ? part : (int32_t)LOAD_SLOWED_SHARE;
    int32_t work = (int32_t)STALL_ALL / 10 + (int32_t)slowed * (part * 9 / 10 - share - 1); /* rounded down */

    return work > 0 ? (uint32_t)work : 0;
}

static uint32_t at_least(uint32_t work)
{
    return work > LOAD_WORK_MIN ? work : LOAD_WORK_MIN;
}

void load_control_bound(const struct load_control *l, struct load_client *clients, uint32_t n, uint32_t computing)
{
    uint32_t thrashing = 0, slowed = 0, storming = 0;

    for (uint32_t i = 0; i < n; i++) {
        thrashing += clients[i].thrashes;
        slowed += clients[i].slowed;
        storming += clients[i].storms;
    }
    uint32_t calm = computing + storming; /* as those who thrash see it */
    bool others_first = l->active && !l->fair && computing > 0;
    uint32_t all = thrashing == 0 ? 0 : others_first ? LOAD_FIRST_WORK : work_for_all(thrashing, slowed, calm);
    uint32_t parts = slowed + LOAD_TURN_FACTOR * (thrashing - slowed), part = at_least(parts > 0 ? all / parts : 0);
    for (uint32_t i = 0; i < n; i++) {
        struct load_client *c = &clients[i];
        c->work = LOAD_UNBOUNDED;
        c->little = c->slowed || (c->thrashes && others_first);
        if (c->storms && computing + thrashing > 0) {
            c->work = at_least(STALL_ALL / (calm + thrashing));
        } else if (c->thrashes && calm > 0) {
            c->work = c->slowed ? part : LOAD_TURN_FACTOR * part;
        }
    }
}
