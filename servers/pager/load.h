/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Load control: the working set of each client, who is slowed when they are more than there is memory, and for whom the pager works too much. Once a period of the
 * clock the clients are put before policy/load_control.h. What comes of it is done in two places: the process server gives those who are slowed a small part of the
 * processor's time (it is signalled, and asks for the plan: load_tell), and the pager bounds its own work for those who thrash or storm: a fault of a client that has
 * used its share up waits until the next period, that of one who storms only until nothing else can run. Nothing here waits for the process server: without it nobody
 * is bounded, and nobody slowed.
 */
#ifndef PAGER_LOAD_H
#define PAGER_LOAD_H

#include "policy/load_control.h"
#include "policy/working_set.h"
#include "space.h"

/* Clients that take part at most. Further ones are neither slowed nor bounded, and nothing is known of their working sets. */
#define LOAD_CLIENTS 128u

/* A relative, as long as it lives: numbers of spaces are used again, births are not. */
struct load_kin {
    uint32_t space;
    uint64_t born;
};

/* What load control knows of a client. Times in ticks; counts are of the present period of the clock. */
struct space_load {
    struct load_client client; /* as decided at the end of the last period; its id is the space's number, 0: the entry is free */
    uint64_t born; /* so many clients have been born before */
    struct load_kin child, parent; /* the last child; of a fork: the parent */
    struct working_set set;
    uint64_t little_since; /* that it gets little time */
    uint64_t looked, used; /* pages that eviction looked at, those of them that had been used */
    uint64_t spent;        /* the pager's work for it, that of quick faults apart */
    uint64_t between;      /* of one that storms: the time between reply and fault */
    uint64_t careful;      /* faults of it that were not served in the quick way */
    struct {
        uint64_t ticks, quick;
    } inherited;           /* what the pager did for relatives that have ended, and faults of theirs that were served in the quick way */
    uint64_t seen;         /* of `spent`, `between` and what was inherited: as it was when its manager told of its own work last */
    int64_t left;          /* of what the pager may work for it, until the period ends */
    uint64_t held;         /* that a fault of it waited for more of that */
    uint64_t held_since;   /* one waits now; 0: none does */
    bool held_elsewhere;   /* that is a request, which its manager holds */
    uint64_t faults, refaults, evictions, stall_ns; /* at the end of the last period */
};

/* load_init: nobody is slowed. */
void load_init(void);

/* The values of SETTING_LOAD_CONTROL. */
enum load_mode { LOAD_OFF, LOAD_STEADY_FIRST, LOAD_FAIR, LOAD_MODES };

/* load_set: another mode; from the next period on, but off at once: who was slowed or waits for its share is not any more. */
void load_set(enum load_mode mode);

/* load_tick: a period of the clock is over. Serves faults that waited for it. O(spaces + LOAD_CLIENTS^2). */
void load_tick(void);

/* load_idle: nothing else can run: some of the work for those who storm and are held. false: there is none. */
bool load_idle(void);

/* load_tell: the numbers of the spaces that thrash, with LOAD_SLOWED for those that get little time, and of those that storm with LOAD_STORMS; returns how many,
 * LOAD_CLIENTS at most. `computing`: how many other clients want the processor, as far as the caller knows. */
uint32_t load_tell(uint64_t computing, uint32_t *rows);

/* load_list: the same rows, for somebody who only looks. */
uint32_t load_list(uint32_t *rows);

/* load_room: pages that the working sets of those that are not slowed left of memory at the end of the last period. */
uint64_t load_room(void);

/* load_join: a new space; clients get an entry, if one is free. load_descend: its parent is another one, which it is a fork of, or which it was made by or instead of. */
void load_join(struct space *s);
void load_descend(struct space *child, struct space *parent, bool forked);

/* load_leave: it goes away. That the pager has worked for it in this period, and that it storms, passes to its last child, or if that does not live to what it is a fork
 * of: a chain of processes that last a moment each is as much as one that goes on. */
void load_leave(struct space *s);

/* load_forget: another program begins in the space: what the one before used says nothing; that it storms does, which may be the same again. */
void load_forget(struct space *s);

/* load_working_set: its size in pages; *bound: it may be smaller. */
uint64_t load_working_set(const struct space *s, bool *bound);

/* load_looked: eviction has looked at so many resident pages; so many of them had been used. */
static inline void load_looked(struct space *s, uint64_t looked, uint64_t used)
{
    s->load->looked += looked;
    s->load->used += used;
}

/* load_charge: the pager has worked for the client, in ticks. */
static inline void load_charge(struct space *s, uint64_t ticks)
{
    s->load->spent += ticks;
    s->load->left -= (int64_t)ticks;
}

/* load_charge_fault: the same for a fault that was not served in the quick way. */
void load_charge_fault(struct space *s, uint64_t ticks);

/*
 * load_replied: a fault of a space, not a quick one, is being answered. load_fault_came: the next one of that kind has come. What lies between two of the same client is
 * what the kernel does in reply and fault, and what the thread does: of one that storms it counts for the client's share. (When others run as well in between, it is as
 * long as a time slice, and says nothing.)
 * The shortest such time is what a quick fault is said to take beyond what is measured of it.
 */
void load_replied(uint64_t space);
void load_fault_came(uint64_t space, uint64_t now);

/* load_request_replied, load_request_came: the same for a request; it says nothing of faults. Space 0: of somebody else, who may work for a client meanwhile and say
 * so. Needed only while load_any_storm: somebody storms. */
extern bool load_any_storm;
void load_request_replied(uint64_t space);
void load_request_came(uint64_t space, uint64_t now);

/* load_charge_manager: the manager of the space has worked for it, and so long went by between its requests, in which the pager may have. true: its share is used up,
 * and its manager holds it until it is told that it has one again. */
bool load_charge_manager(struct space *s, uint64_t ticks, uint64_t between);

/* load_hold, load_held: a fault of it is held from now on, and is not any more. */
void load_hold(struct space *s);
void load_held(struct space *s);

/* load_slowed: it waits for its turn. */
static inline bool load_slowed(const struct space *s)
{
    return s->load->client.slowed;
}

/* load_exhausted: its share of the pager's work in this period is used up. */
static inline bool load_exhausted(const struct space *s)
{
    return s->load->left <= 0;
}

#endif
