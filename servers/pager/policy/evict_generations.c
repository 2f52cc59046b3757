/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Generations that learn. For each level, count at which ages pages are used again, whether they were still in memory then or had been evicted: the
 * stamp of an evicted page tells its age. From that follows what a page of a level and age is worth:
 *
 *      the greatest, over all times that it may be kept from now on, of
 *      (chance that it is used within that time) / (time that it will take a frame until then)
 *
 * (the index that Gittins gave for problems of this kind). The pages worth least leave. For pages that are used again and again, worth falls with
 * age: least recently used leave first. For a scan that comes round to a page only after a long time, it rises with age: the
 * pages just scanned leave, and the others stay until the scan comes back to them, which is as good as knowing the future.
 */
#include "evict_policy.h"

/* A use this soon after the one before raises the level, one later than SOMETIMES lowers it. */
#define SOON 2u
#define SOMETIMES 6u

#define BATCH_SHARE 5u   /* of memory, that a pass should give: more for less work, fewer for a finer choice */
#define FADE 16u         /* generations after which old counts are halved */
#define COUNT_MAX 32768u /* ... or when one of a level reaches this */

/*
 * Until there are counts: as if PRIOR uses had been seen, and the next one came at age a in 1 of (a + 1) (a + 2) cases. That makes old
 * pages leave first. In units of 1 / SCALE.
 */
#define SCALE 16u
#define PRIOR 16u

static uint32_t prior(uint32_t age)
{
    return age < EVICT_AGES - 1 ? SCALE * PRIOR / ((age + 1) * (age + 2)) : 0;
}

static void start(struct evict_state *s)
{
    s->generations.late_count = 1;
    s->generations.late_sum = 8;
    s->generations.faded = s->generation;
    /* Nothing known: what was not accessed since its last scan, a generation ago. */
    for (uint32_t level = 0; level < EVICT_LEVELS; level++) {
        s->victims[level] = evict_ages_from(1);
    }
}

static void halve(struct evict_state *s, uint32_t level)
{
    s->generations.uses[level] /= 2;
    for (uint32_t age = 0; age < EVICT_AGES; age++) {
        s->generations.reuses[level][age] /= 2;
    }
}

static void count_use(struct evict_state *s, uint32_t level)
{
    if (++s->generations.uses[level] == COUNT_MAX) {
        halve(s, level);
    }
}

static uint32_t next_level(uint32_t level, uint32_t distance)
{
    if (distance <= SOON) {
        return level < EVICT_LEVELS - 1 ? level + 1 : level;
    }
    if (distance > SOMETIMES && level > 1) {
        return level - 1;
    }
    return level > 1 ? level : 1;
}

/* The mean of late uses fades with the rest. */
static void halve_late(struct evict_state *s)
{
    s->generations.late_count = s->generations.late_count / 2 + 1;
    s->generations.late_sum = s->generations.late_sum / 2 + 1;
}

static void count_late(struct evict_state *s, uint32_t beyond)
{
    s->generations.late_count++;
    s->generations.late_sum += beyond < COUNT_MAX ? beyond : COUNT_MAX;
    if (s->generations.late_sum >= 1u << 31) {
        halve_late(s);
    }
}

static uint32_t first_use(struct evict_state *s)
{
    count_use(s, 0);
    return 0;
}

static uint32_t used_again(struct evict_state *s, uint32_t level, uint32_t distance, bool returned)
{
    uint32_t age = distance < EVICT_AGES - 1 ? distance : EVICT_AGES - 1;

    (void)returned;
    if (age == EVICT_AGES - 1) {
        count_late(s, distance - age);
    }
    if (++s->generations.reuses[level][age] == COUNT_MAX) {
        halve(s, level);
    }
    level = next_level(level, distance);
    count_use(s, level);
    return level;
}

/* A stretch of ages: uses expected in it, and the time that pages spend in it, in units that are the same for all ages of a level. */
struct stretch {
    uint64_t uses, time;
};

static bool worth_more(const struct stretch *a, const struct stretch *b)
{
    return a->uses * b->time > b->uses * a->time;
}

/*
 * level_worth: of each age. From the oldest on, a page is worth its own age's uses for its time, or, where what comes after is better,
 * both together: so stretches of rising worth are joined.
 */
static void level_worth(const struct evict_state *s, uint32_t level, uint32_t *worth)
{
    struct stretch ages[EVICT_AGES], later[EVICT_AGES];
    uint64_t late_time = 2 * s->generations.late_sum / s->generations.late_count + 1;
    uint64_t alive = (uint64_t)SCALE * (s->generations.uses[level] + PRIOR), used = 0;
    uint32_t n_later = 0;

    for (uint32_t age = 0; age < EVICT_AGES; age++) {
        ages[age].uses = (uint64_t)SCALE * s->generations.reuses[level][age] + prior(age);
        used += ages[age].uses;
    }
    alive = alive > used ? alive : used;
    for (uint32_t age = 0; age < EVICT_AGES; age++) {
        ages[age].time = (2 * alive - ages[age].uses) * (age == EVICT_AGES - 1 ? late_time : 1) + 1;
        alive -= ages[age].uses;
    }
    for (uint32_t age = EVICT_AGES; age-- > 0;) {
        struct stretch joined = ages[age];
        for (; n_later > 0 && worth_more(&later[n_later - 1], &joined); n_later--) {
            joined.uses += later[n_later - 1].uses;
            joined.time += later[n_later - 1].time;
        }
        later[n_later++] = joined;
        worth[age] = (uint32_t)((joined.uses << 20) / joined.time);
    }
}

/* limit_worth: the least worth so that at least `wanted` pages are not worth more. */
static uint32_t limit_worth(const struct evict_state *s, uint32_t worth[EVICT_LEVELS][EVICT_AGES], uint32_t wanted)
{
    uint64_t below = 0; /* all cells of less worth than this are counted */
    uint32_t counted = 0, limit = 0;

    while (counted < wanted) {
        uint32_t least = UINT32_MAX, pages = 0;
        for (uint32_t i = 0; i < EVICT_LEVELS * EVICT_AGES; i++) {
            uint32_t w = worth[i / EVICT_AGES][i % EVICT_AGES], n = s->census[i / EVICT_AGES][i % EVICT_AGES];
            if (n > 0 && w >= below && w <= least) {
                pages = w < least ? n : pages + n;
                least = w;
            }
        }
        if (pages == 0) {
            break;
        }
        counted += pages;
        limit = least;
        below = (uint64_t)least + 1;
    }
    return limit;
}

static void pass_end(struct evict_state *s)
{
    uint32_t worth[EVICT_LEVELS][EVICT_AGES];

    for (uint32_t level = 0; level < EVICT_LEVELS; level++) {
        level_worth(s, level, worth[level]);
    }
    uint32_t limit = limit_worth(s, worth, s->resident / BATCH_SHARE + 1);
    for (uint32_t level = 0; level < EVICT_LEVELS; level++) {
        s->victims[level] = 0;
        for (uint32_t age = 0; age < EVICT_AGES; age++) {
            s->victims[level] |= (uint16_t)((worth[level][age] <= limit) << age);
        }
    }
    if (s->generation - s->generations.faded >= FADE) {
        s->generations.faded = s->generation;
        halve_late(s);
        for (uint32_t level = 0; level < EVICT_LEVELS; level++) {
            halve(s, level);
        }
    }
}

const struct evict_policy evict_generations = {"generations", start, first_use, used_again, pass_end};
