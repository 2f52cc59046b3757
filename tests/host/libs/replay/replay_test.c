/* SPDX-License-Identifier: BSD-2-Clause */
/* Replaying traces made by hand, and traces that are damaged. Those of the whole pager: tests/host/servers/pager/trace_test.c. */
#include "check_main.h"
#include "replay/replay.h"

#include <generated/pager_protocol.h>
#include <stdlib.h>
#include <string.h>

#define STATE_WORDS ((sizeof(struct evict_state) + 7) / 8)
#define WORDS_MAX 4096u

static uint64_t words[WORDS_MAX];
static struct trace_file header;

static uint64_t random_state;

static uint32_t below(uint32_t n)
{
    random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(random_state >> 33) % n;
}

/* ---- making a trace ---- */

static void add(uint64_t word)
{
    ck_assert_uint_lt(header.words, WORDS_MAX);
    words[header.words++] = word;
}

static void seal(void)
{
    header.records_checksum = trace_checksum(TRACE_CHECKSUM_START, words, header.words);
    header.checksum = trace_file_checksum(&header);
}

static void begin(enum evict_kind kind)
{
    struct evict_state state;
    uint64_t bytes[STATE_WORDS] = {0};

    header = (struct trace_file){.version = TRACE_FILE_VERSION, .policy = kind, .label = "test"};
    memcpy(header.magic, TRACE_FILE_MAGIC, sizeof header.magic);
    evict_init(&state, kind);
    memcpy(bytes, &state, sizeof state);
    add(trace_word(TRACE_STATE, 0, 0, 0) | STATE_WORDS << TRACE_STATE_SHIFT);
    for (unsigned i = 0; i < STATE_WORDS; i++) {
        add(bytes[i]);
    }
}

static void touch(uint64_t page)
{
    add(trace_word(TRACE_FAULT, TRACE_FAULT_RESIDENT, PAGER_FAULT_WRITE_FIRST, page));
}

static void back(uint64_t page)
{
    add(trace_word(TRACE_FAULT, TRACE_FAULT_RESIDENT | TRACE_FAULT_BACK, PAGER_FAULT_BRING_IN, page));
}

/* scan: of the block of page 0, by CLOCK: what was not accessed leaves. */
static void scan(uint64_t resident, uint64_t accessed, uint64_t fresh, uint64_t victims, uint64_t gone)
{
    add(trace_word(TRACE_SCAN, EVICT_NEEDED, 1 << TRACE_MASK_RESIDENT | 1 << TRACE_MASK_ACCESSED | 1 << TRACE_MASK_NEW | 1 << TRACE_MASK_VERDICTS | 1 << TRACE_MASK_GONE, 0));
    add(resident);
    add(accessed);
    add(fresh);
    add(victims);
    add(gone);
}

/* Four pages come in, two are not accessed and leave, of which one had to stay; the other comes back. */
static void small_trace(void)
{
    begin(EVICT_CLOCK);
    for (uint64_t page = 0; page < 4; page++) {
        touch(page);
    }
    scan(15, 3, 15, 12, 8);
    add(trace_word(TRACE_PASS_END, 0, 0, 0));
    back(3);
    header.misses = 1;
    seal();
}

static enum replay_error open_it(struct replay *replay)
{
    uint64_t block[TRACE_FILE_HEADER_BYTES / 8] = {0};
    struct trace_file read;

    memcpy(block, &header, sizeof header);
    enum replay_error error = replay_header(block, header.words, &read);
    return error ? error : replay_open(replay, &read, words);
}

static struct replay_result run(enum evict_kind kind, bool follow)
{
    struct replay replay;
    struct replay_result result;

    ck_assert_int_eq(open_it(&replay), REPLAY_OK);
    replay_run(&replay, kind, follow, &result);
    replay_close(&replay);
    return result;
}

/* ---- runs ---- */

START_TEST(recorded_decisions_are_followed_and_counted)
{
    small_trace();
    struct replay_result r = run(EVICT_CLOCK, true);
    ck_assert(r.exact);
    ck_assert_uint_eq(r.misses, 1);
    ck_assert_uint_eq(r.evicted, 1); /* the other victim had to stay */
    ck_assert_uint_eq(r.scanned, 4);
    ck_assert_uint_eq(r.passes, 1);
    ck_assert_uint_eq(r.events, 7);
    ck_assert_uint_eq(r.followed, 7);
    ck_assert_uint_eq(r.most, 4);
}
END_TEST

START_TEST(another_decision_ends_following)
{
    begin(EVICT_CLOCK);
    for (uint64_t page = 0; page < 4; page++) {
        touch(page);
    }
    scan(15, 3, 15, 4, 4); /* CLOCK would have taken page 3 as well */
    touch(4);
    seal();
    struct replay_result r = run(EVICT_CLOCK, true);
    ck_assert(!r.exact);
    ck_assert_uint_eq(r.followed, 4);
    ck_assert_uint_eq(r.events, 6);
}
END_TEST

START_TEST(page_that_was_not_seen_to_leave_cannot_come_back_exactly)
{
    begin(EVICT_CLOCK);
    back(7);
    seal();
    struct replay_result r = run(EVICT_CLOCK, true);
    ck_assert(!r.exact);
    ck_assert_uint_eq(r.misses, 1);
}
END_TEST

START_TEST(own_way_holds_no_more_than_the_recorded_run)
{
    begin(EVICT_CLOCK);
    for (uint64_t page = 0; page < 64; page++) {
        touch(page);
    }
    scan(UINT64_MAX, 0, UINT64_MAX, UINT64_MAX, UINT64_MAX >> 32);
    for (uint64_t page = 0; page < 32; page++) {
        back(page);
    }
    scan(UINT64_MAX, UINT64_MAX, 0, 0, 0);
    seal();
    for (unsigned kind = 0; kind < EVICT_KINDS; kind++) {
        struct replay_result r = run((enum evict_kind)kind, false);
        ck_assert_uint_eq(r.most, 64);
        ck_assert_uint_eq(r.evicted, 32);
        ck_assert_uint_ge(r.misses, 1);
        ck_assert_uint_le(r.misses, 32);
    }
}
END_TEST

START_TEST(page_given_back_and_touched_anew_is_no_miss)
{
    begin(EVICT_CLOCK);
    touch(0);
    scan(1, 0, 1, 1, 1);
    touch(0); /* not brought back: it was given back meanwhile */
    touch(1);
    scan(3, 0, 3, 3, 3);
    seal();
    for (unsigned follow = 0; follow < 2; follow++) {
        struct replay_result r = run(EVICT_CLOCK, follow);
        ck_assert_uint_eq(r.misses, 0);
        ck_assert_uint_eq(r.exact, follow);
    }
}
END_TEST

START_TEST(start_of_a_trace_is_taken_over)
{
    begin(EVICT_CLOCK);
    add(trace_word(TRACE_RESIDENT, 0, 0, 64));
    add(5);
    add(4); /* a file's page: nothing is stored of it */
    for (unsigned i = 0; i < TRACE_BLOCK_PAGES / 8; i++) {
        add(0);
    }
    add(trace_word(TRACE_STORED, 0, 0, 65) | 77 << TRACE_STAMP_SHIFT);
    back(65);
    seal();
    struct replay replay;
    ck_assert_int_eq(open_it(&replay), REPLAY_OK);
    ck_assert_uint_eq(replay.pages, 3);
    replay_close(&replay);
    struct replay_result r = run(EVICT_CLOCK, true);
    ck_assert(r.exact);
    ck_assert_uint_eq(r.misses, 1);
    ck_assert_uint_eq(r.most, 3);
}
END_TEST

/* ---- damage ---- */

START_TEST(every_flipped_bit_of_the_header_is_noticed)
{
    struct replay replay;
    small_trace();
    for (unsigned bit = 0; bit < sizeof header * 8; bit++) {
        uint8_t *byte = (uint8_t *)&header + bit / 8;
        *byte ^= (uint8_t)(1 << bit % 8);
        enum replay_error error = open_it(&replay);
        *byte ^= (uint8_t)(1 << bit % 8);
        ck_assert_int_eq(error, bit < 16 * 8 ? REPLAY_NO_TRACE : bit < 20 * 8 ? REPLAY_VERSION : REPLAY_HEADER);
    }
}
END_TEST

START_TEST(each_kind_of_damage_has_its_error)
{
    struct replay replay;
    struct trace_file read;
    uint64_t block[TRACE_FILE_HEADER_BYTES / 8] = {0};

    ck_assert_int_eq(replay_header(block, 100, &read), REPLAY_NO_TRACE);
    small_trace();
    memcpy(block, &header, sizeof header);
    ck_assert_int_eq(replay_header(block, header.words - 1, &read), REPLAY_SIZE);
    words[3] ^= 1;
    ck_assert_int_eq(open_it(&replay), REPLAY_CHECKSUM);
    words[3] ^= 1;
    header.policy = EVICT_GENERATIONS; /* the state is another's */
    seal();
    ck_assert_int_eq(open_it(&replay), REPLAY_RECORD);
    small_trace();
    header.words--;
    header.words -= 5; /* in the middle of the scan */
    seal();
    ck_assert_int_eq(open_it(&replay), REPLAY_RECORD);
    ck_assert_uint_eq(replay.bad_word, 1 + STATE_WORDS + 4);
    for (unsigned error = 0; error < REPLAY_ERRORS; error++) {
        ck_assert_ptr_nonnull(replay_error_text((enum replay_error)error));
    }
}
END_TEST

/* A record each that cannot be, with right checksums. */
START_TEST(records_that_cannot_be_are_refused)
{
    static const struct {
        uint64_t words[3];
        unsigned n;
    } bad[] = {
        {{0}, 1},                                                                            /* nothing */
        {{TRACE_KINDS}, 1},
        {{15}, 1},
        {{TRACE_FAULT | 255ull << 8}, 1},                                                    /* a kind of fault that is none */
        {{TRACE_STATE | 1ull << TRACE_STATE_SHIFT, 0}, 2},                                   /* a second state, and too short */
        {{TRACE_SCAN | 1ull << 28}, 1},                                                      /* no whole block */
        {{TRACE_SCAN | (1ull << TRACE_MASK_ACCESSED) << 8, 1}, 2},                           /* accessed, but not resident */
        {{TRACE_SCAN | (1ull << TRACE_MASK_RESIDENT | 1ull << TRACE_MASK_GONE) << 8, 1, 1}, 3}, /* left without a verdict */
        {{TRACE_SCAN | (1ull << TRACE_MASK_RANGE | 1ull << TRACE_MASK_RESIDENT) << 8, 1, 2}, 3}, /* resident, but not looked at */
        {{TRACE_RESIDENT, 1, 1}, 3},                                                         /* cut off */
    };
    struct replay replay;
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        begin(EVICT_CLOCK);
        uint64_t at = header.words;
        for (unsigned k = 0; k < bad[i].n; k++) {
            add(bad[i].words[k]);
        }
        seal();
        ck_assert_int_eq(open_it(&replay), REPLAY_RECORD);
        ck_assert_uint_eq(replay.bad_word, at);
    }
}
END_TEST

START_TEST(state_that_no_policy_can_be_in_is_refused)
{
    struct replay replay;
    struct evict_state state;
    begin(EVICT_GENERATIONS);
    memcpy(&state, &words[1], sizeof state);
    state.generations.late_count = 0; /* it is divided by */
    memcpy(&words[1], &state, sizeof state);
    seal();
    ck_assert_int_eq(open_it(&replay), REPLAY_RECORD);
    begin(EVICT_GENERATIONS);
    ((uint8_t *)&words[1])[offsetof(struct evict_state, aged)] = 2;
    seal();
    ck_assert_int_eq(open_it(&replay), REPLAY_RECORD);
}
END_TEST

/* Whatever the words are: an error, or runs that come to an end. With right checksums, so that nothing else stops it. */
START_TEST(random_words_do_no_harm)
{
    struct replay replay;
    struct replay_result result;
    unsigned opened = 0;

    random_state = 11;
    for (unsigned round = 0; round < 3000; round++) {
        begin((enum evict_kind)(round % EVICT_KINDS));
        uint64_t start = header.words;
        for (unsigned i = 0; i < 60; i++) {
            uint64_t page = below(4) * 64 + below(64), mask = (uint64_t)below(UINT32_MAX) << 32 | below(UINT32_MAX);
            switch (below(5)) {
            case 0:
                add(trace_word(TRACE_FAULT, below(8), below(PAGER_FAULT_KINDS), page));
                break;
            case 1:
                add(trace_word(TRACE_AHEAD, 0, 0, page));
                break;
            case 2:
                add(trace_word(TRACE_PASS_END, 0, 0, 0));
                break;
            case 3:
                add(trace_word(TRACE_STORED, 0, 0, page) | (uint64_t)below(1 << 24) << TRACE_STAMP_SHIFT);
                break;
            default:
                add(trace_word(TRACE_SCAN, below(8), 1 << TRACE_MASK_RESIDENT | 1 << TRACE_MASK_ACCESSED | 1 << TRACE_MASK_VERDICTS | 1 << TRACE_MASK_GONE, page & ~63ull));
                add(mask);
                add(mask & (mask << 3));
                add(mask & (mask << 7));
                add(mask & (mask << 7) & (mask << 9));
            }
        }
        for (unsigned i = below(3) * below(20); i > 0; i--) { /* of the state as well */
            words[below(2) ? 1 + below(STATE_WORDS) : start + below((uint32_t)(header.words - start))] ^= 1ull << below(64);
        }
        seal();
        if (open_it(&replay) == REPLAY_OK) {
            opened++;
            for (unsigned kind = 0; kind < 2 * EVICT_KINDS; kind++) {
                replay_run(&replay, (enum evict_kind)(kind / 2), kind % 2, &result);
            }
            replay_close(&replay);
        }
    }
    ck_assert_uint_gt(opened, 1000);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("replay");
    TCase *tests = tcase_create("replay");
    tcase_set_timeout(tests, 0);
    tcase_add_test(tests, recorded_decisions_are_followed_and_counted);
    tcase_add_test(tests, another_decision_ends_following);
    tcase_add_test(tests, page_that_was_not_seen_to_leave_cannot_come_back_exactly);
    tcase_add_test(tests, own_way_holds_no_more_than_the_recorded_run);
    tcase_add_test(tests, page_given_back_and_touched_anew_is_no_miss);
    tcase_add_test(tests, start_of_a_trace_is_taken_over);
    tcase_add_test(tests, every_flipped_bit_of_the_header_is_noticed);
    tcase_add_test(tests, each_kind_of_damage_has_its_error);
    tcase_add_test(tests, records_that_cannot_be_are_refused);
    tcase_add_test(tests, state_that_no_policy_can_be_in_is_refused);
    tcase_add_test(tests, random_words_do_no_harm);
    suite_add_tcase(suite, tests);
    return check_run(suite);
}
