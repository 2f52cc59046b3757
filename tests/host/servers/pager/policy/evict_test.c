/* SPDX-License-Identifier: BSD-2-Clause */
#include "check_main.h"
#include "evict_generations.c" /* for level_worth */

#include <stdlib.h>
#include <string.h>

/* A space in miniature: what the pager does with the policy, and what is known of each page without it. */
#define PAGES 256u
#define STAMP_TEST_MASK ((1u << 21) - 1) /* generations in a stamp */

struct fake_page {
    bool resident, stored, accessed;
    uint8_t byte;
    uint32_t stamp;
    uint32_t used; /* generation in which a scan last saw it accessed, or in which it came in */
};

static struct evict_state state;
static struct fake_page pages[PAGES];

static void empty_space(enum evict_kind kind)
{
    memset(pages, 0, sizeof pages);
    evict_init(&state, kind);
}

static void touch(uint32_t page)
{
    struct fake_page *p = &pages[page];
    if (!p->resident) {
        p->byte = p->stored ? evict_page_in(&state, p->stamp) : EVICT_NEW;
        p->resident = true;
        p->used = state.generation;
    }
    p->accessed = true;
}

static bool scan(uint32_t page, bool hinted_cold, enum evict_urgency urgency)
{
    struct fake_page *p = &pages[page];
    struct evict_verdict v = evict_scanned(&state, p->byte, p->accessed, hinted_cold, urgency);
    if (p->accessed || p->byte < 2) { /* new pages begin to age when they are first scanned */
        p->used = state.generation;
    }
    p->byte = v.byte;
    p->accessed = false;
    return v.victim;
}

static void out(uint32_t page)
{
    pages[page].stamp = evict_page_out(&state, pages[page].byte);
    pages[page].resident = false;
    pages[page].stored = true;
}

/* pass: scan everything, evict up to `wanted` victims; returns how many. */
static uint32_t pass(uint32_t wanted, enum evict_urgency urgency)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < PAGES; i++) {
        if (pages[i].resident && scan(i, false, urgency) && n < wanted) {
            out(i);
            n++;
        }
    }
    evict_pass_end(&state);
    return n;
}

START_TEST(names_lead_to_their_kinds_and_back)
{
    for (unsigned kind = 0; kind < EVICT_KINDS; kind++) {
        enum evict_kind found;
        ck_assert(evict_by_name(evict_name((enum evict_kind)kind), &found) && found == kind);
    }
    enum evict_kind unchanged = EVICT_CLOCK;
    ck_assert(!evict_by_name("lru", &unchanged) && unchanged == EVICT_CLOCK);
    ck_assert_ptr_null(evict_name(EVICT_KINDS));
}
END_TEST

START_TEST(accessed_page_is_no_victim_unless_hinted_cold)
{
    empty_space((enum evict_kind)_i);
    for (unsigned byte = 0; byte < 256; byte++) {
        for (unsigned urgency = 0; urgency < EVICT_URGENCIES; urgency++) {
            ck_assert(!evict_scanned(&state, (uint8_t)byte, true, false, (enum evict_urgency)urgency).victim);
            ck_assert(evict_scanned(&state, (uint8_t)byte, true, true, (enum evict_urgency)urgency).victim);
        }
    }
}
END_TEST

START_TEST(need_takes_every_page_that_was_not_accessed)
{
    empty_space((enum evict_kind)_i);
    for (unsigned byte = 0; byte < 256; byte++) {
        ck_assert(evict_scanned(&state, (uint8_t)byte, false, false, EVICT_NEEDED).victim);
        ck_assert(evict_scanned(&state, (uint8_t)byte, false, false, EVICT_DESPERATE).victim);
    }
}
END_TEST

/* Whatever is in memory and however it is used: with rising urgency two passes per step give a victim. */
START_TEST(victims_are_found_in_the_end)
{
    srand(1);
    for (unsigned round = 0; round < 2000; round++) {
        empty_space((enum evict_kind)_i);
        for (uint32_t i = 0; i < PAGES; i++) {
            pages[i] = (struct fake_page){.resident = rand() % 2, .accessed = rand() % 2, .byte = (uint8_t)rand()};
        }
        pages[0].resident = true;
        uint32_t found = 0;
        for (unsigned n = 0; n < 2 * (EVICT_DESPERATE - EVICT_WANTED) + 2 && found == 0; n++) {
            found = pass(1, (enum evict_urgency)(EVICT_WANTED + n / 2));
        }
        ck_assert_uint_eq(found, 1);
    }
}
END_TEST

START_TEST(clock_takes_what_was_not_accessed)
{
    empty_space(EVICT_CLOCK);
    touch(1);
    touch(2);
    ck_assert(!scan(1, false, EVICT_WANTED) && !scan(2, false, EVICT_WANTED));
    touch(2);
    ck_assert(scan(1, false, EVICT_WANTED) && !scan(2, false, EVICT_WANTED));
}
END_TEST

/* age_of: what the state believes of a page. */
static uint32_t age_of(uint32_t page)
{
    uint32_t stamp = evict_page_out(&(struct evict_state){.kind = state.kind, .generation = state.generation}, pages[page].byte);
    return (state.generation - stamp) & ((1u << 21) - 1);
}

/* Ages, against a count kept with each page: exact below the greatest age, which never looks young again. */
START_TEST(ages_agree_with_full_records)
{
    srand(2);
    empty_space((enum evict_kind)_i);
    for (unsigned step = 0; step < 3000; step++) {
        for (uint32_t i = 0; i < PAGES; i++) {
            if (rand() % 64 == 0) {
                touch(i * i % PAGES);
            }
        }
        for (uint32_t i = 0; i < PAGES; i++) {
            if (pages[i].resident && scan(i, false, EVICT_WANTED) && rand() % 8 == 0) {
                out(i);
            }
        }
        for (uint32_t i = 0; i < PAGES; i++) {
            uint32_t age = state.generation - pages[i].used;
            if (pages[i].resident && pages[i].byte > 1) {
                ck_assert_uint_eq(age_of(i), age < EVICT_AGES - 1 ? age : EVICT_AGES - 1);
            }
        }
        evict_pass_end(&state);
    }
    ck_assert_uint_gt(state.generation, 100);
}
END_TEST

START_TEST(generation_ends_after_an_eighth_of_the_resident_pages)
{
    empty_space(EVICT_CLOCK);
    for (uint32_t i = 0; i < 80; i++) {
        touch(i);
    }
    pass(0, EVICT_BACKGROUND);
    ck_assert_uint_eq(state.resident, 80);
    for (uint32_t i = 0; i < 10; i++) {
        out(i);
        ck_assert_uint_eq(state.generation, 0);
    }
    out(10);
    ck_assert_uint_eq(state.generation, 1);
}
END_TEST

START_TEST(census_counts_every_scanned_page_once)
{
    empty_space(EVICT_GENERATIONS);
    for (uint32_t i = 0; i < 100; i++) {
        touch(i);
        scan(i, false, EVICT_WANTED);
    }
    uint32_t sum = 0;
    for (uint32_t i = 0; i < EVICT_LEVELS * EVICT_AGES; i++) {
        sum += state.census[i / EVICT_AGES][i % EVICT_AGES];
    }
    ck_assert_uint_eq(sum, 100);
    evict_pass_end(&state);
    ck_assert_uint_eq(state.resident, 100);
    ck_assert_uint_eq(state.census[0][0], 0);
}
END_TEST

START_TEST(first_scan_after_arrival_is_no_second_use)
{
    empty_space(EVICT_GENERATIONS);
    touch(0);
    scan(0, false, EVICT_WANTED);
    out(0);
    touch(0);
    uint32_t reuses[EVICT_LEVELS][EVICT_AGES];
    memcpy(reuses, state.generations.reuses, sizeof reuses);
    scan(0, false, EVICT_WANTED);
    ck_assert_mem_eq(reuses, state.generations.reuses, sizeof reuses);
    touch(0);
    scan(0, false, EVICT_WANTED);
    ck_assert_mem_ne(reuses, state.generations.reuses, sizeof reuses);
}
END_TEST

START_TEST(page_read_ahead_is_first_used_when_it_is_first_accessed)
{
    empty_space(EVICT_GENERATIONS);
    pages[0] = (struct fake_page){.resident = true, .byte = EVICT_READ_AHEAD};
    scan(0, false, EVICT_BACKGROUND);
    touch(0);
    scan(0, false, EVICT_BACKGROUND);
    for (uint32_t i = 0; i < EVICT_LEVELS * EVICT_AGES; i++) {
        ck_assert_uint_eq(state.generations.reuses[i / EVICT_AGES][i % EVICT_AGES], 0);
    }
    ck_assert_uint_eq(state.generations.newest[0], UNIT);
}
END_TEST

/* The worth of an age by its definition: the best over all spans for which a page may be kept. */
static double worth_by_definition(const struct stretch *ages, uint32_t from)
{
    double best = 0, uses = 0, time = 0;

    for (uint32_t age = from; age < EVICT_AGES; age++) {
        uses += (double)ages[age].uses;
        time += (double)ages[age].time;
        best = uses / time > best ? uses / time : best;
    }
    return best * ONE;
}

START_TEST(worth_agrees_with_its_definition)
{
    srand(3);
    for (unsigned round = 0; round < 20000; round++) {
        struct stretch ages[EVICT_AGES];
        uint32_t worth[EVICT_AGES], most = 1u << rand() % 20;
        for (uint32_t age = 0; age < EVICT_AGES; age++) {
            ages[age] = (struct stretch){.uses = (uint32_t)rand() % most * (rand() % 3 > 0), .time = 1 + (uint32_t)rand() % (2 * POPULATION)};
        }
        join(ages, worth);
        for (uint32_t age = 0; age < EVICT_AGES; age++) {
            double expected = worth_by_definition(ages, age);
            ck_assert_msg(worth[age] <= expected + 0.001 && worth[age] >= expected - 1.001, "age %u: %u, not %f", age, worth[age], expected);
        }
    }
}
END_TEST

/* chance: of what of a level has reached an age, how much is used at it. */
static double chance(const struct stretch *ages, uint32_t age)
{
    double left = POPULATION;

    for (uint32_t a = 0; a < age; a++) {
        left -= (double)ages[a].uses;
    }
    return (double)ages[age].uses / left;
}

/* The next generation, at the end of a pass. */
static void next_generation(void)
{
    state.resident = 1;
    state.census[0][0] = 1;
    evict_page_out(&state, EVICT_NEW);
    evict_pass_end(&state);
}

/* page_of: the stamp of a page of a level that was used `age` generations ago. */
static uint32_t page_of(uint32_t level, uint32_t age)
{
    return ((state.generation - age) & STAMP_TEST_MASK) | level << 21;
}

/* In each generation pages come to a level that are used three generations later, all of them: the younger ones say nothing against it. */
START_TEST(uses_too_young_say_nothing_about_an_age)
{
    struct stretch ages[EVICT_AGES];

    evict_init(&state, EVICT_GENERATIONS);
    for (unsigned n = 0; n < 12; n++) {
        for (unsigned i = 0; i < 1000; i++) {
            count_use(&state, 2);
            if (n >= 3) {
                evict_page_in(&state, page_of(2, 3)); /* back on level 2 */
            }
        }
        next_generation();
        stretches(&state, 2, ages);
        for (uint32_t age = 0; age < 3 && n > 4; age++) {
            ck_assert_double_lt(chance(ages, age), 0.02);
        }
    }
    ck_assert_uint_eq(state.generation, 12);
    ck_assert_double_gt(chance(ages, 3), 0.4); /* half of them come from page_in itself and are too young as well, or are used */
}
END_TEST

/* A use is older than what has faded since; its reuse counts as much as it does by now. */
START_TEST(reuse_counts_what_its_use_counts)
{
    struct stretch ages[EVICT_AGES];

    evict_init(&state, EVICT_GENERATIONS);
    for (unsigned i = 0; i < 4000; i++) {
        count_use(&state, 0);
    }
    for (unsigned n = 0; n < 2 * FADE + 1; n++) {
        next_generation();
    }
    for (unsigned i = 0; i < 1000; i++) {
        evict_page_in(&state, page_of(0, 2 * FADE + 1));
    }
    stretches(&state, 0, ages);
    ck_assert_double_eq_tol(chance(ages, EVICT_AGES - 1), 0.25, 0.02);
}
END_TEST

/* Where nothing was seen, pages that never came back leave oldest first, and those that did are given longer. */
START_TEST(pages_that_came_back_get_the_benefit_of_the_doubt)
{
    uint32_t once[EVICT_AGES], back[EVICT_AGES];

    evict_init(&state, EVICT_GENERATIONS);
    for (unsigned n = 0; n < 4; n++) {
        for (unsigned i = 0; i < 1000; i++) {
            count_use(&state, 0);
            count_use(&state, 1);
        }
        next_generation();
    }
    level_worth(&state, 0, once);
    level_worth(&state, 1, back);
    for (uint32_t age = 5; age < EVICT_AGES - 1; age++) {
        ck_assert_uint_le(once[age + 1], once[age]);
        ck_assert_uint_gt(back[age], 10 * once[age]);
    }
}
END_TEST

/* That a page was not used yet in the generation in which it came says nothing: it is worth no less than one a generation older. */
START_TEST(page_just_used_is_worth_no_less_than_the_next_age)
{
    uint32_t worth[EVICT_AGES];

    evict_init(&state, EVICT_GENERATIONS);
    for (unsigned n = 0; n < 12; n++) {
        for (unsigned i = 0; i < 1000; i++) {
            evict_page_in(&state, page_of(1, 1));
        }
        next_generation();
        level_worth(&state, 1, worth);
        ck_assert_uint_ge(worth[0], worth[1]);
    }
}
END_TEST

START_TEST(counts_are_packed_within_one_in_two_thousand)
{
    for (uint64_t count = 0; count < 1u << 27; count += 1 + count / 1000) {
        uint32_t back = unpacked(packed((uint32_t)count));
        ck_assert_uint_le(back, count);
        ck_assert_uint_ge(back, count - count / 2048);
    }
}
END_TEST

/* victims against sorting all resident pages by worth: enough of them, none worth more than any other page that stays. */
START_TEST(victims_are_the_pages_worth_least)
{
    srand(4);
    for (unsigned round = 0; round < 5000; round++) {
        uint32_t worth[EVICT_LEVELS][EVICT_AGES], resident = 0, chosen = 0, most = 0, least_left = UINT32_MAX, largest = 0;
        evict_init(&state, EVICT_GENERATIONS);
        for (uint32_t level = 0; level < EVICT_LEVELS; level++) {
            for (uint32_t age = 0; age < EVICT_AGES; age++) {
                state.generations.reuses[level][age] = UNIT * (uint32_t)(rand() % 50);
                state.census[level][age] = rand() % 3 ? 0 : (uint32_t)rand() % 20;
                resident += state.census[level][age];
            }
            state.generations.older[level] = UNIT * (uint32_t)(rand() % 1000);
            level_worth(&state, level, worth[level]);
        }
        uint32_t census[EVICT_LEVELS][EVICT_AGES];
        memcpy(census, state.census, sizeof census);
        evict_pass_end(&state);
        for (uint32_t level = 0; level < EVICT_LEVELS; level++) {
            for (uint32_t age = 0; age < EVICT_AGES; age++) {
                uint32_t w = worth[level][age], n = census[level][age];
                if (state.victims[level] >> age & 1) {
                    chosen += n;
                    most = w > most ? w : most;
                } else if (n > 0) {
                    least_left = w < least_left ? w : least_left;
                }
                largest = n > largest ? n : largest;
            }
        }
        ck_assert_uint_ge(chosen, resident / BATCH_SHARE + 1 < resident ? resident / BATCH_SHARE + 1 : resident);
        ck_assert_uint_lt(most, least_left);
    }
}
END_TEST

START_TEST(switching_keeps_ages_and_levels)
{
    empty_space(EVICT_GENERATIONS);
    for (unsigned n = 0; n < 20; n++) {
        for (uint32_t i = 0; i < 128; i++) {
            touch(i);
        }
        pass(16, EVICT_WANTED);
    }
    touch(3);
    scan(3, false, EVICT_WANTED);
    uint32_t age = age_of(100), generation = state.generation;
    evict_switch(&state, EVICT_TWO_Q);
    ck_assert_uint_eq(age_of(100), age);
    ck_assert_uint_eq(state.generation, generation);
    ck_assert_uint_gt(state.resident, 0);
    evict_switch(&state, EVICT_CLOCK);
    ck_assert_uint_eq(age_of(100), age);
    ck_assert_uint_gt(pass(1, EVICT_DESPERATE), 0);
}
END_TEST

/* Anything in any order: what the header promises holds, and the sanitizers find nothing. */
START_TEST(random_operations_keep_the_rules)
{
    srand(5);
    empty_space(EVICT_GENERATIONS);
    for (unsigned step = 0; step < 1000000; step++) {
        uint8_t byte = (uint8_t)rand();
        bool accessed = rand() % 2, hinted = rand() % 8 == 0;
        enum evict_urgency urgency = (enum evict_urgency)(rand() % EVICT_URGENCIES);
        switch (rand() % 16) {
        case 0:
            evict_pass_end(&state);
            break;
        case 1: {
            uint32_t stamp = (uint32_t)rand() % (1u << EVICT_STAMP_BITS);
            ck_assert_uint_gt(evict_page_in(&state, stamp), EVICT_READ_AHEAD);
            break;
        }
        case 2:
            if (rand() % 64 == 0) {
                evict_switch(&state, (enum evict_kind)(rand() % EVICT_KINDS));
            }
            break;
        case 3:
        case 4:
        case 5:
            ck_assert_uint_lt(evict_page_out(&state, byte), 1u << EVICT_STAMP_BITS);
            break;
        default: {
            struct evict_verdict v = evict_scanned(&state, byte, accessed, hinted, urgency);
            ck_assert(!hinted || v.victim);
            ck_assert(hinted || !accessed || !v.victim);
            ck_assert(accessed || urgency < EVICT_NEEDED || v.victim);
            ck_assert_uint_gt(v.byte, EVICT_READ_AHEAD);
        }
        }
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("evict");
    TCase *t = tcase_create("evict");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, names_lead_to_their_kinds_and_back);
    tcase_add_loop_test(t, accessed_page_is_no_victim_unless_hinted_cold, 0, EVICT_KINDS);
    tcase_add_loop_test(t, need_takes_every_page_that_was_not_accessed, 0, EVICT_KINDS);
    tcase_add_loop_test(t, victims_are_found_in_the_end, 0, EVICT_KINDS);
    tcase_add_test(t, clock_takes_what_was_not_accessed);
    tcase_add_loop_test(t, ages_agree_with_full_records, 0, EVICT_KINDS);
    tcase_add_test(t, generation_ends_after_an_eighth_of_the_resident_pages);
    tcase_add_test(t, census_counts_every_scanned_page_once);
    tcase_add_test(t, first_scan_after_arrival_is_no_second_use);
    tcase_add_test(t, page_read_ahead_is_first_used_when_it_is_first_accessed);
    tcase_add_test(t, worth_agrees_with_its_definition);
    tcase_add_test(t, uses_too_young_say_nothing_about_an_age);
    tcase_add_test(t, reuse_counts_what_its_use_counts);
    tcase_add_test(t, pages_that_came_back_get_the_benefit_of_the_doubt);
    tcase_add_test(t, page_just_used_is_worth_no_less_than_the_next_age);
    tcase_add_test(t, counts_are_packed_within_one_in_two_thousand);
    tcase_add_test(t, victims_are_the_pages_worth_least);
    tcase_add_test(t, switching_keeps_ages_and_levels);
    tcase_add_test(t, random_operations_keep_the_rules);
    suite_add_tcase(s, t);
    return check_run(s);
}
