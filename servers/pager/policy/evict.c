/* SPDX-License-Identifier: BSD-2-Clause */
#include "evict_policy.h"

#include <string.h>

/*
 * The byte:  bits 0-3  0 new; 1 read ahead; 2 + level; FIRST_ARRIVED + level for a page that came back since its last scan
 *            bits 4-7  generation in which it was last seen accessed, modulo 16; further back than any age: the greatest
 * The stamp: bits 0-20 that generation, bits 21-23 the level
 */
#define FIRST_SETTLED 2u
#define FIRST_ARRIVED (FIRST_SETTLED + EVICT_LEVELS)
#define BYTE_GENERATIONS 16u
#define STAMP_GENERATIONS 21u
#define STAMP_MASK ((1u << STAMP_GENERATIONS) - 1)

_Static_assert(EVICT_AGES + 2 <= BYTE_GENERATIONS, "two generations make no page young");
_Static_assert(FIRST_ARRIVED + EVICT_LEVELS <= 16, "four bits");

static uint8_t valid_level(uint32_t level)
{
    return (uint8_t)(level < EVICT_LEVELS ? level : EVICT_LEVELS - 1);
}

static struct evict_page unpack(const struct evict_state *s, uint8_t byte)
{
    uint32_t kind = byte & 15;
    uint32_t passed = (s->generation - (byte >> 4)) % BYTE_GENERATIONS;
    uint8_t age = (uint8_t)(passed < EVICT_AGES ? passed : EVICT_AGES - 1);

    if (kind < FIRST_SETTLED) {
        return (struct evict_page){.arrived = true};
    }
    if (kind < FIRST_ARRIVED) {
        return (struct evict_page){.level = (uint8_t)(kind - FIRST_SETTLED), .age = age};
    }
    return (struct evict_page){.level = valid_level(kind - FIRST_ARRIVED), .age = age, .arrived = true};
}

static uint8_t pack(const struct evict_state *s, const struct evict_page *page)
{
    uint32_t state = (page->arrived ? FIRST_ARRIVED : FIRST_SETTLED) + page->level;

    return (uint8_t)(state | (s->generation - page->age) % BYTE_GENERATIONS << 4);
}

void evict_init(struct evict_state *s, enum evict_kind kind)
{
    memset(s, 0, sizeof *s);
    s->kind = kind;
    evict_policies[kind]->start(s);
}

void evict_switch(struct evict_state *s, enum evict_kind kind)
{
    struct evict_state old = *s;

    memset(s, 0, sizeof *s);
    s->kind = kind;
    s->generation = old.generation;
    s->left = old.left;
    s->aged = old.aged;
    s->seen = old.seen;
    s->resident = old.resident;
    memcpy(s->census, old.census, sizeof s->census);
    evict_policies[kind]->start(s);
}

struct evict_verdict evict_scanned(struct evict_state *s, uint8_t byte, bool accessed, bool hinted_cold, enum evict_urgency urgency)
{
    struct evict_page page = unpack(s, byte);
    /* A page read ahead that nobody has asked for yet: the scan that finds it used must not take that for a second use. */
    bool unused = byte == EVICT_READ_AHEAD && !accessed;
    bool victim = evict_policies[s->kind]->scanned(s, &page, accessed, urgency);

    page.arrived = unused;
    page.age = accessed ? 0 : page.age;
    s->census[page.level][page.age]++;
    s->seen++;
    victim = hinted_cold || (!accessed && (victim || urgency == EVICT_DESPERATE));
    return (struct evict_verdict){pack(s, &page), victim};
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

uint32_t evict_page_out(struct evict_state *s, uint8_t byte)
{
    struct evict_page page = unpack(s, byte);
    uint32_t stamp = ((s->generation - page.age) & STAMP_MASK) | (uint32_t)page.level << STAMP_GENERATIONS;

    count_eviction(s);
    return stamp;
}

uint8_t evict_page_in(struct evict_state *s, uint32_t stamp)
{
    struct evict_page page = {.level = valid_level(stamp >> STAMP_GENERATIONS), .arrived = true};

    evict_policies[s->kind]->returned(s, &page, (s->generation - stamp) & STAMP_MASK);
    return pack(s, &page);
}

void evict_pass_end(struct evict_state *s)
{
    s->resident = s->seen;
    evict_policies[s->kind]->pass_end(s);
    s->seen = 0;
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
