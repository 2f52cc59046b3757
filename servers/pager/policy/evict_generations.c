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

#define BATCH_SHARE 10u     /* of memory, that a pass should give: more for less work, fewer for a finer choice */
#define FADE 16u            /* generations after which old counts are halved */
#define UNIT 16u            /* what one use counts; halved with the rest until its reuse comes */
#define COUNT_MAX (1u << 26) /* old counts are halved when one of a level reaches this too */
#define BEYOND_MAX (1u << 15) /* generations: later than that is as late */

/*
 * Until there are counts: as if PRIOR uses had been seen, and the next one came at age a in 1 of (a + 1) (a + 2) cases: a chance of 1 in a + 2 for those
 * that have reached the age. That makes old pages leave first. Pages that came back before get the benefit of it at each age. What never did does not: an
 * age that none of these has reached is taken for a little worse than the one before.
 */
#define PRIOR 16u
#define ONE (1u << 20)        /* of chances */
#define POPULATION (1u << 22) /* of a level, of which some are used at each age */

static void start(struct evict_state *s)
{
    s->generations.late_count = 1;
    s->generations.late_sum = 8;
    s->generations.faded = s->generation;
    s->generations.counted = s->generation;
    /* Nothing known: what was not accessed since its last scan, a generation ago. */
    for (uint32_t level = 0; level < EVICT_LEVELS; level++) {
        s->victims[level] = evict_ages_from(1);
    }
}

/* packed, unpacked: a count below 2^27 in 16 bits: its first twelve, and how many follow, which are lost. */
static uint16_t packed(uint32_t count)
{
    uint32_t lost = count < 4096 ? 0 : 20 - (uint32_t)__builtin_clz(count);

    return (uint16_t)(lost << 12 | count >> lost);
}

static uint32_t unpacked(uint16_t packed)
{
    return (packed & 4095u) << (packed >> 12);
}

static void halve(struct evict_state *s, uint32_t level)
{
    s->generations.older[level] /= 2;
    s->generations.newest[level] /= 2;
    for (uint32_t i = 0; i < EVICT_AGES; i++) {
        s->generations.recent[level][i] = packed(unpacked(s->generations.recent[level][i]) / 2);
    }
    for (uint32_t age = 0; age < EVICT_AGES; age++) {
        s->generations.reuses[level][age] /= 2;
    }
}

/* begin_generation: before anything is counted in a new one, and at the end of each pass: so none is left out. */
static void begin_generation(struct evict_state *s)
{
    if (s->generations.counted == s->generation) {
        return;
    }
    for (uint32_t level = 0; level < EVICT_LEVELS; level++) {
        uint16_t *place = &s->generations.recent[level][s->generations.counted % EVICT_AGES];
        s->generations.older[level] += unpacked(*place);
        *place = packed(s->generations.newest[level]);
        s->generations.newest[level] = 0;
        if (s->generations.older[level] >= COUNT_MAX) {
            halve(s, level);
        }
    }
    s->generations.counted = s->generation;
}

/* uses_by_age: by[a]: after which pages have been of this level for a generations at least. */
static void uses_by_age(const struct evict_state *s, uint32_t level, uint64_t *by)
{
    uint64_t sum = s->generations.older[level] + (uint64_t)unpacked(s->generations.recent[level][s->generation % EVICT_AGES]);

    for (uint32_t age = EVICT_AGES - 1; age > 0; age--) {
        sum += unpacked(s->generations.recent[level][(s->generation + EVICT_AGES - age) % EVICT_AGES]);
        by[age] = sum;
    }
    by[0] = sum + s->generations.newest[level];
}

static void count_use(struct evict_state *s, uint32_t level)
{
    begin_generation(s);
    s->generations.newest[level] += UNIT;
    if (s->generations.newest[level] >= COUNT_MAX) {
        halve(s, level);
    }
}

/* count_reuse: it counts what the use before it counts by now. */
static void count_reuse(struct evict_state *s, uint32_t level, uint32_t age, uint32_t distance)
{
    uint32_t since = s->generation - s->generations.faded, fades = distance > since ? 1 + (distance - since - 1) / FADE : 0;

    s->generations.reuses[level][age] += fades < 32 ? UNIT >> fades : 0;
    if (s->generations.reuses[level][age] >= COUNT_MAX) {
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
    s->generations.late_sum += beyond < BEYOND_MAX ? beyond : BEYOND_MAX;
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
    count_reuse(s, level, age, distance);
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

/* stretches: of each age of a level, and no more. */
static void stretches(const struct evict_state *s, uint32_t level, struct stretch *ages)
{
    uint64_t late_time = 2 * (uint64_t)s->generations.late_sum / s->generations.late_count + 1;
    uint64_t left = POPULATION, chance = ONE;
    uint64_t old[EVICT_AGES];

    uses_by_age(s, level, old);
    for (uint32_t age = 0; age < EVICT_AGES; age++) {
        uint64_t assumed = level == 0 ? UNIT * PRIOR : UNIT * PRIOR / (age + 1); /* to have reached it, without counts */
        uint64_t reached = old[age] * left / POPULATION + assumed;
        chance = level == 0 ? chance * (age + 1) / (age + 2) : ONE / (age + 2);
        uint64_t used = s->generations.reuses[level][age] + assumed * chance / ONE;
        reached = reached > used ? reached : used;
        chance = used * ONE / reached;
        ages[age].uses = left * used / reached;
        ages[age].time = (2 * left - ages[age].uses) * (age == EVICT_AGES - 1 ? late_time : 1) + 1;
        left -= ages[age].uses;
    }
}

/*
 * join: the worth of each age. From the oldest on, a page is worth its own age's uses for its time, or, where what comes after is better,
 * both together: so stretches of rising worth are joined.
 */
static void join(const struct stretch *ages, uint32_t *worth)
{
    struct stretch later[EVICT_AGES];
    uint32_t n_later = 0;

    for (uint32_t age = EVICT_AGES; age-- > 0;) {
        struct stretch joined = ages[age];
        for (; n_later > 0 && worth_more(&later[n_later - 1], &joined); n_later--) {
            joined.uses += later[n_later - 1].uses;
            joined.time += later[n_later - 1].time;
        }
        later[n_later++] = joined;
        worth[age] = (uint32_t)(joined.uses * ONE / joined.time);
    }
}

/* level_worth: of each age. A use shows at the next look, mostly a generation later: of a page that was just used that says nothing. */
static void level_worth(const struct evict_state *s, uint32_t level, uint32_t *worth)
{
    struct stretch ages[EVICT_AGES];

    stretches(s, level, ages);
    join(ages, worth);
    worth[0] = worth[0] > worth[1] ? worth[0] : worth[1];
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

/* fade: old counts, when it is time. */
static void fade(struct evict_state *s)
{
    if (s->generation - s->generations.faded < FADE) {
        return;
    }
    s->generations.faded = s->generation;
    halve_late(s);
    for (uint32_t level = 0; level < EVICT_LEVELS; level++) {
        halve(s, level);
    }
}

static void pass_end(struct evict_state *s)
{
    uint32_t worth[EVICT_LEVELS][EVICT_AGES];

    begin_generation(s);
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
    fade(s);
}

const struct evict_policy evict_generations = {"generations", start, first_use, used_again, pass_end};
