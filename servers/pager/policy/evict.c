/* SPDX-License-Identifier: BSD-2-Clause */
#include "evict_policy.h"

#include <stddef.h>
#include <string.h>

/*
 * The byte:  bits 0-3  0 new; 1 read ahead; FIRST_SETTLED + level; FIRST_ARRIVED + level for a page that came back since its last scan;
 *                      UNUSED for one that was scanned, but not accessed since it came in
 *            bits 4-7  generation in which it was last seen accessed, modulo 16; further back than any age: the greatest
 * The stamp: bits 0-20 that generation, bits 21-23 the level
 */
#define FIRST_SETTLED 2u
#define FIRST_ARRIVED (FIRST_SETTLED + EVICT_LEVELS)
#define UNUSED (FIRST_ARRIVED + EVICT_LEVELS)
#define BYTE_GENERATIONS 16u
#define STAMP_GENERATIONS 21u
#define STAMP_MASK ((1u << STAMP_GENERATIONS) - 1)

_Static_assert(EVICT_AGES + 2 <= BYTE_GENERATIONS, "two generations make no page young");
_Static_assert(UNUSED < 16, "four bits");

static uint32_t valid_level(uint32_t level)
{
    return level < EVICT_LEVELS ? level : EVICT_LEVELS - 1;
}

static uint32_t byte_age(const struct evict_state *s, uint8_t byte)
{
    uint32_t passed = (s->generation - (byte >> 4)) % BYTE_GENERATIONS;

    return passed < EVICT_AGES ? passed : EVICT_AGES - 1;
}

static uint32_t byte_level(uint8_t byte)
{
    uint32_t kind = byte & 15;

    if (kind < FIRST_SETTLED || kind >= UNUSED) {
        return 0;
    }
    return kind < FIRST_ARRIVED ? kind - FIRST_SETTLED : kind - FIRST_ARRIVED;
}

static uint8_t make_byte(const struct evict_state *s, uint32_t kind, uint32_t age)
{
    return (uint8_t)(kind | (s->generation - age) % BYTE_GENERATIONS << 4);
}

void evict_init(struct evict_state *s, enum evict_kind kind)
{
    memset(s, 0, sizeof *s);
    s->kind = kind;
    evict_policies[kind]->start(s);
}

/* Any counts will do, but for what is divided by. */
bool evict_restore(struct evict_state *s, const void *bytes)
{
    uint32_t kind;

    memcpy(&kind, (const uint8_t *)bytes + offsetof(struct evict_state, kind), sizeof kind);
    if (kind >= EVICT_KINDS || ((const uint8_t *)bytes)[offsetof(struct evict_state, aged)] > 1) {
        return false;
    }
    memcpy(s, bytes, sizeof *s);
    return s->kind != EVICT_GENERATIONS || s->generations.late_count > 0;
}

void evict_switch(struct evict_state *s, enum evict_kind kind)
{
    struct evict_state old = *s;

    memset(s, 0, sizeof *s);
    s->kind = kind;
    s->generation = old.generation;
    s->left = old.left;
    s->aged = old.aged;
    s->resident = old.resident;
    memcpy(s->census, old.census, sizeof s->census);
    evict_policies[kind]->start(s);
}

/* level_used: of a page that a scan found accessed. That one which came back since its last scan is accessed says nothing. */
static uint32_t level_used(struct evict_state *s, uint8_t byte)
{
    uint32_t kind = byte & 15;

    if (kind < FIRST_SETTLED || kind >= UNUSED) {
        return evict_policies[s->kind]->first_use(s);
    }
    if (kind < FIRST_ARRIVED) {
        return evict_policies[s->kind]->used_again(s, kind - FIRST_SETTLED, byte_age(s, byte), false);
    }
    return byte_level(byte);
}

struct evict_verdict evict_scanned(struct evict_state *s, uint8_t byte, bool accessed, bool hinted_cold, enum evict_urgency urgency)
{
    uint32_t level = 0, age = 0, kind = byte & 15;
    bool victim = hinted_cold || (!accessed && urgency >= EVICT_NEEDED);

    if (accessed) {
        level = level_used(s, byte);
        kind = FIRST_SETTLED + level;
    } else if (kind < FIRST_SETTLED) {
        kind = UNUSED; /* it begins to age now */
    } else {
        level = byte_level(byte);
        age = byte_age(s, byte);
        kind = kind < UNUSED ? FIRST_SETTLED + level : UNUSED;
        victim = victim || (s->victims[level] >> age & 1);
    }
    s->census[level][age]++;
    return (struct evict_verdict){make_byte(s, kind, age), victim};
}

/* Never more than one generation in a pass, so that at most two end between two scans of a page, and the oldest do not come to look
 * young. Before the first pass has counted what is resident none ends. */
static void count_eviction(struct evict_state *s)
{
    s->left++;
    if (s->resident > 0 && !s->aged && s->left > s->resident / EVICT_GENERATION_SHARE) {
        s->generation++;
        s->left = 0;
        s->aged = true;
    }
}

uint32_t evict_age(const struct evict_state *s, uint8_t byte)
{
    return (byte & 15) >= FIRST_SETTLED ? byte_age(s, byte) : 0;
}

uint32_t evict_page_out(struct evict_state *s, uint8_t byte)
{
    bool known = (byte & 15) >= FIRST_SETTLED;
    uint32_t age = evict_age(s, byte), level = known ? byte_level(byte) : 0;
    uint32_t stamp = ((s->generation - age) & STAMP_MASK) | level << STAMP_GENERATIONS;

    count_eviction(s);
    return stamp;
}

void evict_page_gone(struct evict_state *s)
{
    count_eviction(s);
}

uint8_t evict_page_in(struct evict_state *s, uint32_t stamp)
{
    uint32_t level = valid_level(stamp >> STAMP_GENERATIONS), distance = (s->generation - stamp) & STAMP_MASK;

    return make_byte(s, FIRST_ARRIVED + evict_policies[s->kind]->used_again(s, level, distance, true), 0);
}

static uint32_t census_total(const struct evict_state *s)
{
    uint32_t total = 0;

    for (uint32_t i = 0; i < EVICT_LEVELS * EVICT_AGES; i++) {
        total += s->census[i / EVICT_AGES][i % EVICT_AGES];
    }
    return total;
}

void evict_pass_end(struct evict_state *s)
{
    s->resident = census_total(s);
    evict_policies[s->kind]->pass_end(s);
    s->aged = false;
    memset(s->census, 0, sizeof s->census);
}

const char *evict_name(enum evict_kind kind)
{
    return (unsigned)kind < EVICT_KINDS ? evict_policies[kind]->name : NULL;
}

bool evict_by_name(const char *name, enum evict_kind *kind)
{
    for (unsigned i = 0; i < EVICT_KINDS; i++) {
        if (strcmp(evict_policies[i]->name, name) == 0) {
            *kind = (enum evict_kind)i;
            return true;
        }
    }
    return false;
}
