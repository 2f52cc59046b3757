/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The SD driver against a controller and a card that live here, at the level of registers: identification, transfers, and what can go wrong.
 */
#include <drivers/mmio.h>
#include <drivers/sdhci.h>
#include <check_main.h>
#include <stdlib.h>
#include <string.h>

#define BASE 0x2000
#define SECTORS 2048

static struct {
    /* The card. */
    bool present, high_capacity, old; /* old: does not know SEND_IF_COND */
    unsigned busy_answers;            /* APP_SEND_OP_COND answers "not ready" so often */
    uint32_t state;                   /* as in its status */
    uint32_t card_errors;             /* of the next status */
    bool application;                 /* the next command is an application command */
    uint32_t cid;
    bool never_ready, protected;
    uint8_t sectors[SECTORS][512];

    /* The controller. */
    uint32_t registers[64];
    uint32_t response[4];
    uint32_t capabilities, version;
    bool never_resets, clock_never_stable, silent;
    uint32_t fail_data;    /* error bits that end the next transfer */
    uint32_t late_errors;  /* of the card, after the next transfer */
    bool stops_early;      /* the next transfer is complete before all was moved */
    uint32_t present_bits;

    /* A transfer. */
    bool moving, reads;
    uint32_t sector, left, word;
    unsigned n_pauses, n_stops, n_lines_reset;
} d;

static struct sdhci sd;

enum { STATUS = 0x30 / 4, CLOCK = 0x2c / 4, ENABLE = 0x34 / 4 };

static void raise(uint32_t bits)
{
    d.registers[STATUS] |= bits & d.registers[ENABLE];
}

static void answer_r1(void)
{
    d.response[0] = d.state << 9 | d.card_errors;
    d.card_errors = 0;
}

static void set_field(unsigned lowest, uint64_t value)
{
    for (unsigned bit = 0; bit < 32; bit++) {
        unsigned at = lowest - 8 + bit;
        if (value >> bit & 1) {
            d.response[at / 32] |= 1u << at % 32;
        }
    }
}

static void answer_csd(void)
{
    memset(d.response, 0, sizeof(d.response));
    set_field(126, d.high_capacity);
    set_field(80, 9);
    if (d.high_capacity) {
        set_field(48, SECTORS / 1024 - 1);
    } else {
        set_field(62, SECTORS / 16 - 1); /* (C_SIZE + 1) << (MULT + 2) */
        set_field(47, 2);
    }
    set_field(13, d.protected);
}

static void begin_transfer(bool reads)
{
    uint32_t argument = d.registers[2];
    d.moving = true;
    d.reads = reads;
    d.sector = d.high_capacity ? argument : argument / 512;
    d.left = d.registers[1] >> 16;
    d.word = 0;
    ck_assert_uint_eq(d.registers[1] & 0xfff, 512);
    ck_assert_uint_le(d.sector + d.left, SECTORS);
    d.state = reads ? 5 : 6;
    if (d.fail_data) {
        raise(d.fail_data | 0x8000);
        d.fail_data = 0;
        d.moving = false;
        return;
    }
    raise(reads ? 0x20 : 0x10);
}

static void end_transfer(void)
{
    d.moving = false;
    d.state = 4;
    d.card_errors = d.late_errors;
    d.late_errors = 0;
    raise(2);
}

/* False: the card does not answer. */
static bool card_command(uint32_t index, uint32_t argument)
{
    bool application = d.application;
    d.application = false;
    switch (index) {
    case 0:
        d.state = 0;
        return true;
    case 2:
        memset(d.response, 0, sizeof(d.response));
        d.response[1] = d.cid;
        return true;
    case 3:
        d.response[0] = 0x12340000 | 3 << 9;
        d.state = 3;
        return true;
    case 6:
        ck_assert(application && argument == 2);
        break;
    case 7:
        ck_assert_uint_eq(argument, 0x12340000);
        d.state = 4;
        break;
    case 8:
        d.response[0] = argument;
        return !d.old;
    case 9:
        answer_csd();
        return true;
    case 12:
        d.n_stops++;
        d.state = d.never_ready ? 7 : 4;
        break;
    case 13:
        ck_assert_uint_eq(argument, 0x12340000);
        break;
    case 16:
        ck_assert_uint_eq(argument, 512);
        break;
    case 18:
    case 25:
        begin_transfer(index == 18);
        break;
    case 41:
        ck_assert(application);
        ck_assert(!d.old || !(argument & 1u << 30));
        d.response[0] = 0xff8000 | (d.busy_answers ? 0 : 1u << 31 | (uint32_t)d.high_capacity << 30);
        d.busy_answers -= d.busy_answers != 0;
        return true;
    case 55:
        d.application = true;
        break;
    default:
        ck_abort_msg("command %u", index);
    }
    answer_r1();
    return true;
}

static void command(uint32_t value)
{
    if (d.silent) {
        return;
    }
    bool answered = d.present && card_command(value >> 24 & 63, d.registers[2]);
    raise(answered ? 1 : 0x18000);
}

/* ---- registers ---- */

uint32_t mmio_read32(uintptr_t address)
{
    unsigned reg = (unsigned)(address - BASE) / 4;
    switch (reg * 4) {
    case 0x10:
    case 0x14:
    case 0x18:
    case 0x1c:
        return d.response[reg - 4];
    case 0x20: {
        uint32_t word;
        ck_assert(d.moving && d.reads);
        memcpy(&word, d.sectors[d.sector] + 4 * d.word, 4);
        if (++d.word == 128) {
            d.word = 0;
            d.sector++;
            if (--d.left == 0 || d.stops_early) {
                end_transfer();
            } else {
                raise(0x20);
            }
        }
        return word;
    }
    case 0x24:
        return (uint32_t)d.present << 16 | d.present_bits | (d.moving ? (d.reads ? 1u << 11 : 1u << 10) : 0);
    case 0x2c:
        return d.registers[CLOCK] | ((d.registers[CLOCK] & 1) && !d.clock_never_stable ? 2 : 0);
    case 0x40:
        return d.capabilities;
    case 0xfc:
        return d.version << 16;
    default:
        return d.registers[reg];
    }
}

void mmio_write32(uintptr_t address, uint32_t value)
{
    unsigned reg = (unsigned)(address - BASE) / 4;
    switch (reg * 4) {
    case 0x0c:
        d.registers[reg] = value;
        command(value);
        break;
    case 0x20:
        ck_assert(d.moving && !d.reads);
        memcpy(d.sectors[d.sector] + 4 * d.word, &value, 4);
        if (++d.word == 128) {
            d.word = 0;
            d.sector++;
            if (--d.left == 0) {
                end_transfer();
            } else {
                raise(0x10);
            }
        }
        break;
    case 0x2c:
        d.n_lines_reset += (value & 6u << 24) != 0;
        d.registers[reg] = d.never_resets ? value : value & 0xffffff;
        break;
    case 0x30:
        d.registers[reg] &= ~value;
        break;
    default:
        d.registers[reg] = value;
    }
}

static void pause(void)
{
    d.n_pauses++;
}

static const struct disk_clock clock_of_test = {.pause = pause};

static void insert(bool high_capacity)
{
    memset(&d, 0, sizeof(d));
    d.present = true;
    d.high_capacity = high_capacity;
    d.cid = 77;
    d.capabilities = 100 << 8;
    d.version = 2;
    d.present_bits = 1 << 19;
}

static void start(void)
{
    sdhci_start(&sd, BASE, true, &clock_of_test);
}

static void expect_problem(const char *part)
{
    start();
    ck_assert_ptr_nonnull(sd.disk.problem);
    ck_assert_msg(strstr(sd.disk.problem, part) != NULL, "%s", sd.disk.problem);
    ck_assert_uint_lt(d.n_pauses, 500);
    insert(true);
}

START_TEST(cards_of_both_capacities_are_identified)
{
    insert(_i);
    d.busy_answers = 5;
    start();
    ck_assert_ptr_null(sd.disk.problem);
    ck_assert_uint_eq(sd.disk.n_sectors, SECTORS);
    ck_assert(!sd.disk.read_only);
    ck_assert_uint_ge(d.n_pauses, 5);
    ck_assert_uint_eq(d.registers[0x28 / 4] & 0xff, 2); /* four lines */
    insert(false);
    d.old = true;
    start();
    ck_assert_ptr_null(sd.disk.problem);
}
END_TEST

/* The card's clock is at most 25 MHz, and as fast as the divider allows. */
START_TEST(clock_is_divided_as_the_controller_can)
{
    static const struct {
        uint32_t mhz, version, field;
    } cases[] = {{100, 2, 2 << 8}, {52, 2, 2 << 8}, {50, 2, 1 << 8}, {200, 2, 4 << 8}, {150, 1, 4 << 8}, {25, 2, 0}, {0, 2, 6 << 8}};
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        insert(true);
        d.capabilities = cases[i].mhz << 8;
        d.version = cases[i].version;
        start();
        ck_assert_uint_eq(d.registers[CLOCK] & 0xffc0, cases[i].field);
    }
}
END_TEST

START_TEST(what_cannot_be_used_is_named)
{
    insert(true);
    d.present = false;
    expect_problem(sdhci_no_card);
    sdhci_start(&sd, BASE, false, &clock_of_test); /* no card detection: the card is tried */
    ck_assert_ptr_null(sd.disk.problem);
    d.present = false;
    sdhci_start(&sd, BASE, false, &clock_of_test);
    ck_assert_ptr_eq(sd.disk.problem, sdhci_no_card);
    insert(true);
    d.never_resets = true;
    expect_problem("does not reset");
    d.clock_never_stable = true;
    expect_problem("clock");
    d.silent = true;
    expect_problem("does not answer");
    d.busy_answers = 100000;
    expect_problem("ready");
    d.present_bits = 0;
    start();
    ck_assert(!sd.disk.problem && sd.disk.read_only);
    d.present_bits = 1 << 19;
    d.protected = true;
    start();
    ck_assert(!sd.disk.problem && sd.disk.read_only);
}
END_TEST

/* ---- transfers ---- */

static uint8_t memory[8][4096];
static unsigned n_done_calls;
static enum disk_result result;
static uint32_t n_done;

static void on_done(struct disk_transfer *t, enum disk_result r, uint32_t n)
{
    (void)t;
    n_done_calls++;
    result = r;
    n_done = n;
}

static struct disk_transfer transfer;

static void run(enum disk_operation operation, uint64_t sector, unsigned first_page, unsigned n_pages)
{
    transfer = (struct disk_transfer){.operation = operation, .sector = sector, .n_sectors = 8 * n_pages, .n_segments = n_pages, .done = on_done};
    for (unsigned i = 0; i < n_pages; i++) {
        transfer.segments[i] = (struct disk_segment){.va = memory[first_page + i], .bytes = 4096};
    }
    n_done_calls = 0;
    ck_assert(sd.disk.driver->submit(&sd.disk, &transfer));
    sd.disk.driver->poll(&sd.disk);
}

START_TEST(sectors_move_both_ways)
{
    insert(_i);
    start();
    for (unsigned i = 0; i < sizeof(memory); i++) {
        memory[i / 4096][i % 4096] = (uint8_t)(i * 7 + i / 512);
    }
    run(DISK_WRITE, 100, 0, 4);
    ck_assert(n_done_calls == 1 && result == DISK_OK && n_done == 32);
    ck_assert_mem_eq(d.sectors[100], memory[0], 4 * 4096);
    run(DISK_READ, 100, 4, 4);
    ck_assert(n_done_calls == 1 && result == DISK_OK && n_done == 32);
    ck_assert_mem_eq(memory[0], memory[4], 4 * 4096);
    ck_assert_uint_eq(d.registers[0x38 / 4], 0);
}
END_TEST

START_TEST(one_request_at_a_time)
{
    insert(true);
    start();
    d.moving = false;
    transfer = (struct disk_transfer){.operation = DISK_READ, .n_sectors = 8, .n_segments = 1, .segments = {{.va = memory[0], .bytes = 4096}}, .done = on_done};
    ck_assert(sd.disk.driver->submit(&sd.disk, &transfer));
    ck_assert(!sd.disk.driver->submit(&sd.disk, &transfer));
}
END_TEST

START_TEST(errors_fail_the_request_and_the_next_one_works)
{
    insert(true);
    start();
    static const uint32_t errors[] = {1 << 16, 1 << 17, 1 << 20, 1 << 21, 1 << 24};
    for (unsigned i = 0; i < 5; i++) {
        d.fail_data = errors[i];
        d.n_stops = d.n_lines_reset = 0;
        run(DISK_READ, 0, 0, 1);
        ck_assert(n_done_calls == 1 && result == DISK_IO_ERROR);
        ck_assert(d.n_stops == 1 && d.n_lines_reset > 0);
        run(DISK_READ, 0, 0, 1);
        ck_assert(n_done_calls == 1 && result == DISK_OK);
    }
    /* The card says afterwards that it could not keep what it got. */
    d.late_errors = 1 << 21;
    run(DISK_WRITE, 0, 0, 1);
    ck_assert(n_done_calls == 1 && result == DISK_IO_ERROR);
    /* The controller says that all is done before it was. */
    d.stops_early = true;
    run(DISK_READ, 0, 0, 1);
    ck_assert(n_done_calls == 1 && result == DISK_IO_ERROR && sd.disk.malformed == 1);
    d.stops_early = false;
    run(DISK_READ, 0, 0, 1);
    ck_assert(result == DISK_OK);
    ck_assert_ptr_null(sd.disk.problem);
}
END_TEST

START_TEST(card_that_does_not_come_back_is_identified_again)
{
    insert(true);
    start();
    d.fail_data = 1 << 21;
    d.never_ready = true; /* after STOP; selecting it anew helps */
    run(DISK_WRITE, 0, 0, 1);
    ck_assert(n_done_calls == 1 && result == DISK_IO_ERROR);
    ck_assert_ptr_null(sd.disk.problem);
    d.never_ready = false;
    run(DISK_READ, 0, 0, 1);
    ck_assert(result == DISK_OK);
    d.fail_data = 1 << 21;
    d.present = false;
    run(DISK_READ, 0, 0, 1);
    ck_assert(n_done_calls == 1 && result == DISK_IO_ERROR);
    ck_assert_ptr_eq(sd.disk.problem, sdhci_no_card);
}
END_TEST

START_TEST(another_card_is_not_taken_for_the_first)
{
    insert(true);
    start();
    ck_assert(sd.disk.driver->reset(&sd.disk));
    d.cid = 78;
    ck_assert(!sd.disk.driver->reset(&sd.disk));
    ck_assert_ptr_nonnull(strstr(sd.disk.problem, "another card"));
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("sdhci");
    TCase *c = tcase_create("sdhci");
    tcase_add_loop_test(c, cards_of_both_capacities_are_identified, 0, 2);
    tcase_add_test(c, clock_is_divided_as_the_controller_can);
    tcase_add_test(c, what_cannot_be_used_is_named);
    tcase_add_loop_test(c, sectors_move_both_ways, 0, 2);
    tcase_add_test(c, one_request_at_a_time);
    tcase_add_test(c, errors_fail_the_request_and_the_next_one_works);
    tcase_add_test(c, card_that_does_not_come_back_is_identified_again);
    tcase_add_test(c, another_card_is_not_taken_for_the_first);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    return check_run(suite());
}
