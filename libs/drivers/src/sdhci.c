/* SPDX-License-Identifier: BSD-2-Clause */
#include <drivers/mmio.h>
#include <drivers/sdhci.h>
#include <string.h>

const char sdhci_no_card[] = "no card";

enum {
    REG_BLOCK = 0x04, /* size, count << 16 */
    REG_ARGUMENT = 0x08,
    REG_COMMAND = 0x0c, /* transfer mode, command << 16 */
    REG_RESPONSE = 0x10,
    REG_DATA = 0x20,
    REG_PRESENT = 0x24,
    REG_HOST = 0x28,  /* host control, power << 8 */
    REG_CLOCK = 0x2c, /* clock, data timeout << 16, reset << 24 */
    REG_STATUS = 0x30,
    REG_STATUS_ENABLE = 0x34,
    REG_SIGNAL_ENABLE = 0x38,
    REG_CAPABILITIES = 0x40,
    REG_VERSION = 0xfc, /* upper half */
};

enum { PRESENT_COMMAND_BUSY = 1 << 0, PRESENT_DATA_BUSY = 1 << 1, PRESENT_WRITE_ROOM = 1 << 10, PRESENT_READ_READY = 1 << 11, PRESENT_CARD = 1 << 16,
    PRESENT_WRITABLE = 1 << 19 };
enum { HOST_4_BITS = 1 << 1, HOST_POWER_3V3 = 0xf << 8 };
enum { CLOCK_INTERNAL = 1 << 0, CLOCK_STABLE = 1 << 1, CLOCK_CARD = 1 << 2, CLOCK_LONGEST_TIMEOUT = 0xe << 16 };
enum { RESET_ALL = 1 << 24, RESET_COMMAND = 1 << 25, RESET_DATA = 1 << 26 };
enum { STATUS_COMMAND = 1 << 0, STATUS_TRANSFER = 1 << 1, STATUS_WRITE_READY = 1 << 4, STATUS_READ_READY = 1 << 5, STATUS_COMMAND_TIMEOUT = 1 << 16 };
#define STATUS_ERRORS 0xffff8000u
enum { MODE_COUNT = 1 << 1, MODE_STOP = 1 << 2, MODE_READ = 1 << 4, MODE_MANY = 1 << 5 };

/* Shape of a command's response, as the command register wants it. */
enum response { RESPONSE_NONE = 0x00, RESPONSE_R1 = 0x1a, RESPONSE_R1B = 0x1b, RESPONSE_R2 = 0x09, RESPONSE_R3 = 0x02 };
enum { COMMAND_DATA = 0x20 };

enum { GO_IDLE = 0, ALL_SEND_CID = 2, SEND_ADDRESS = 3, SELECT = 7, SEND_IF_COND = 8, SEND_CSD = 9, STOP = 12, SEND_STATUS = 13, SET_BLOCK_LENGTH = 16,
    READ_MANY = 18, WRITE_MANY = 25, APPLICATION = 55 };
enum { APP_SET_BUS_WIDTH = 6, APP_SEND_OP_COND = 41 };

#define IF_COND 0x1aau             /* 2.7 to 3.6 V, and a pattern that comes back */
#define OP_COND_VOLTAGE 0x00ff8000u /* 2.7 to 3.6 V */
#define OP_COND_HIGH_CAPACITY (1u << 30)
#define OP_COND_READY (1u << 31)
#define CARD_ERRORS 0xfdf90008u    /* R1: the bits that report a failure */
#define CARD_STATE(r1) ((r1) >> 9 & 15)
enum { CARD_TRANSFER_STATE = 4 };

enum {
    CLOCK_IDENTIFY_KHZ = 400,
    CLOCK_KHZ = 25000,
    LOOKS = 20000, /* at a register before sleeping: several milliseconds; most waits end within a few looks */
    PAUSES = 60,   /* then: at least 1 s altogether, what a card may take to be ready */
};

static struct sdhci *from_disk(struct disk *disk)
{
    return (struct sdhci *)disk;
}

static uint32_t reg_read(const struct sdhci *sd, unsigned reg)
{
    return mmio_read32(sd->base + reg);
}

static void reg_write(const struct sdhci *sd, unsigned reg, uint32_t value)
{
    mmio_write32(sd->base + reg, value);
}

/* Until (register & mask) == value; with pauses when it takes long. */
static bool wait_for(const struct sdhci *sd, unsigned reg, uint32_t mask, uint32_t value)
{
    for (unsigned looks = 0; looks < LOOKS; looks++) {
        if ((reg_read(sd, reg) & mask) == value) {
            return true;
        }
    }
    for (unsigned pauses = 0; pauses < PAUSES; pauses++) {
        sd->clock->pause();
        if ((reg_read(sd, reg) & mask) == value) {
            return true;
        }
    }
    return false;
}

/* ---- the controller ---- */

static bool reset_lines(const struct sdhci *sd, uint32_t which)
{
    reg_write(sd, REG_CLOCK, reg_read(sd, REG_CLOCK) | which);
    return wait_for(sd, REG_CLOCK, which, 0);
}

/* The divider: the card's clock is the base clock / 2n, or undivided for n = 0. Before version 3 of the specification n is a power of two. */
static uint32_t divider(const struct sdhci *sd, uint32_t khz)
{
    uint32_t n = sd->base_clock_khz <= khz ? 0 : (sd->base_clock_khz + 2 * khz - 1) / (2 * khz);
    bool any = (reg_read(sd, REG_VERSION) >> 16 & 0xff) >= 2;
    if (!any && n > 1) {
        n = 1u << (32 - __builtin_clz(n - 1));
    }
    n = n > (any ? 1023u : 128u) ? (any ? 1023u : 128u) : n;
    return (n & 0xff) << 8 | (n >> 8) << 6;
}

static bool set_clock(const struct sdhci *sd, uint32_t khz)
{
    uint32_t clock = CLOCK_LONGEST_TIMEOUT | divider(sd, khz) | CLOCK_INTERNAL;
    reg_write(sd, REG_CLOCK, 0);
    reg_write(sd, REG_CLOCK, clock);
    if (!wait_for(sd, REG_CLOCK, CLOCK_STABLE, CLOCK_STABLE)) {
        return false;
    }
    reg_write(sd, REG_CLOCK, clock | CLOCK_CARD);
    return true;
}

/* A controller that does not tell its clock gets the slowest card clock that is surely not too fast. */
static uint32_t base_clock_khz(const struct sdhci *sd)
{
    uint32_t mhz = reg_read(sd, REG_CAPABILITIES) >> 8 & 0xff;
    return (mhz ? mhz : 255) * 1000;
}

static const char *start_controller(struct sdhci *sd)
{
    if (!reset_lines(sd, RESET_ALL)) {
        return "its controller does not reset";
    }
    sd->base_clock_khz = base_clock_khz(sd);
    reg_write(sd, REG_SIGNAL_ENABLE, 0);
    reg_write(sd, REG_STATUS_ENABLE, STATUS_ERRORS | STATUS_COMMAND | STATUS_TRANSFER | STATUS_READ_READY | STATUS_WRITE_READY);
    reg_write(sd, REG_HOST, HOST_POWER_3V3);
    if (!set_clock(sd, CLOCK_IDENTIFY_KHZ)) {
        return "its controller's clock does not become stable";
    }
    sd->clock->pause(); /* power ramp, and 74 clocks before the first command */
    return NULL;
}

/* ---- commands ---- */

enum command_result { COMMAND_OK, COMMAND_SILENT /* no card, or it does not know this */, COMMAND_FAILED };

static enum command_result command_with(struct sdhci *sd, unsigned index, uint32_t argument, enum response response, uint32_t answer[4])
{
    uint32_t busy = PRESENT_COMMAND_BUSY | (response == RESPONSE_R1B ? PRESENT_DATA_BUSY : 0);
    if (!wait_for(sd, REG_PRESENT, busy, 0)) {
        reset_lines(sd, RESET_COMMAND | RESET_DATA);
        return COMMAND_FAILED;
    }
    reg_write(sd, REG_STATUS, UINT32_MAX);
    reg_write(sd, REG_ARGUMENT, argument);
    reg_write(sd, REG_COMMAND, (index << 8 | response) << 16);
    /* A command without any answer, an error included, takes no longer than a slow one. */
    uint32_t status = 0;
    for (unsigned looks = 0; !(status & (STATUS_ERRORS | STATUS_COMMAND)) && looks < LOOKS; looks++) {
        status = reg_read(sd, REG_STATUS);
    }
    for (unsigned i = 0; i < 4; i++) {
        answer[i] = reg_read(sd, REG_RESPONSE + 4 * i);
    }
    if (!(status & STATUS_ERRORS) && (status & STATUS_COMMAND)) {
        return COMMAND_OK;
    }
    reset_lines(sd, RESET_COMMAND | RESET_DATA);
    return status & STATUS_COMMAND_TIMEOUT ? COMMAND_SILENT : COMMAND_FAILED;
}

static enum command_result command(struct sdhci *sd, unsigned index, uint32_t argument, enum response response, uint32_t *r1)
{
    uint32_t answer[4];
    enum command_result result = command_with(sd, index, argument, response, answer);
    *r1 = answer[0];
    return result;
}

/* One that the selected card answers with its status. */
static bool card_command(struct sdhci *sd, unsigned index, uint32_t argument, enum response response)
{
    uint32_t r1;
    return command(sd, index, argument, response, &r1) == COMMAND_OK && !(r1 & CARD_ERRORS);
}

static enum command_result application_command(struct sdhci *sd, unsigned index, uint32_t argument, enum response response, uint32_t *r1)
{
    enum command_result result = command(sd, APPLICATION, sd->address, RESPONSE_R1, r1);
    return result == COMMAND_OK ? command(sd, index, argument, response, r1) : result;
}

/* Whether the card is ready for the next transfer; waits while it still writes. No error bits. */
static bool card_is_ready(struct sdhci *sd)
{
    for (unsigned pauses = 0; pauses < PAUSES; pauses++) {
        uint32_t r1;
        if (command(sd, SEND_STATUS, sd->address, RESPONSE_R1, &r1) != COMMAND_OK || (r1 & CARD_ERRORS)) {
            return false;
        }
        if (CARD_STATE(r1) == CARD_TRANSFER_STATE) {
            return true;
        }
        sd->clock->pause();
    }
    return false;
}

/* ---- the card ---- */

/* Power-up: until the card says that it is ready. Only cards that answer SEND_IF_COND may be asked for high capacity. */
static const char *power_up(struct sdhci *sd)
{
    uint32_t r1, offer = OP_COND_VOLTAGE;
    command(sd, GO_IDLE, 0, RESPONSE_NONE, &r1);
    if (command(sd, SEND_IF_COND, IF_COND, RESPONSE_R1, &r1) == COMMAND_OK) {
        if ((r1 & 0xfff) != IF_COND) {
            return "its card does not work at 3.3 V";
        }
        offer |= OP_COND_HIGH_CAPACITY;
    }
    for (unsigned pauses = 0; pauses < PAUSES; pauses++) {
        enum command_result result = application_command(sd, APP_SEND_OP_COND, offer, RESPONSE_R3, &r1);
        if (result != COMMAND_OK) {
            return result == COMMAND_SILENT ? sdhci_no_card : "its card does not answer properly";
        }
        if (r1 & OP_COND_READY) {
            sd->block_addressed = r1 & OP_COND_HIGH_CAPACITY;
            return NULL;
        }
        sd->clock->pause();
    }
    return "its card does not become ready";
}

/* A field of the 128-bit card register in a long response, which lacks the lowest byte. At most 32 bits wide. */
static uint32_t register_field(const uint32_t answer[4], unsigned lowest, unsigned width)
{
    unsigned at = lowest - 8;
    uint64_t two = answer[at / 32] | (uint64_t)(at / 32 < 3 ? answer[at / 32 + 1] : 0) << 32;
    return (uint32_t)(two >> at % 32) & (uint32_t)((1ull << width) - 1);
}

static const char *read_capacity(struct sdhci *sd)
{
    uint32_t csd[4];
    if (command_with(sd, SEND_CSD, sd->address, RESPONSE_R2, csd) != COMMAND_OK) {
        return "its card does not tell its size";
    }
    uint64_t n_sectors;
    switch (register_field(csd, 126, 2)) {
    case 0: { /* C_SIZE, C_SIZE_MULT, READ_BL_LEN */
        unsigned block_bits = register_field(csd, 80, 4);
        if (block_bits < 9 || block_bits > 11) {
            return "its card's size makes no sense";
        }
        n_sectors = (uint64_t)(register_field(csd, 62, 12) + 1) << (register_field(csd, 47, 3) + 2 + block_bits - 9);
        break;
    }
    case 1: /* C_SIZE in units of 512 KiB */
        n_sectors = (uint64_t)(register_field(csd, 48, 22) + 1) << 10;
        break;
    default:
        return "its card is of an unknown kind";
    }
    bool protected = register_field(csd, 12, 2) != 0;
    sd->disk.n_sectors = n_sectors;
    sd->disk.sector_multiple = 1;
    sd->disk.read_only = protected || !(reg_read(sd, REG_PRESENT) & PRESENT_WRITABLE);
    return NULL;
}

static const char *identify(struct sdhci *sd)
{
    uint32_t cid[4], r1;
    if (command_with(sd, ALL_SEND_CID, 0, RESPONSE_R2, cid) != COMMAND_OK || command(sd, SEND_ADDRESS, 0, RESPONSE_R1, &r1) != COMMAND_OK) {
        return "its card does not identify itself";
    }
    if (sd->started && memcmp(cid, sd->cid, sizeof(cid)) != 0) {
        return "it has another card now";
    }
    memcpy(sd->cid, cid, sizeof(cid));
    sd->address = r1 & 0xffff0000;
    return read_capacity(sd);
}

/* From identified to ready for transfers: selected, four data lines, sectors of 512 bytes, full clock. */
static const char *select_card(struct sdhci *sd)
{
    uint32_t r1;
    if (!card_command(sd, SELECT, sd->address, RESPONSE_R1B) || application_command(sd, APP_SET_BUS_WIDTH, 2, RESPONSE_R1, &r1) != COMMAND_OK ||
        (r1 & CARD_ERRORS) || !card_command(sd, SET_BLOCK_LENGTH, DISK_SECTOR_BYTES, RESPONSE_R1)) {
        return "its card cannot be selected";
    }
    reg_write(sd, REG_HOST, HOST_POWER_3V3 | HOST_4_BITS);
    return set_clock(sd, CLOCK_KHZ) ? NULL : "its controller's clock does not become stable";
}

static const char *start(struct sdhci *sd)
{
    sd->active = NULL;
    sd->address = 0;
    const char *problem = start_controller(sd);
    problem = problem ? problem : power_up(sd);
    problem = problem ? problem : identify(sd);
    problem = problem ? problem : select_card(sd);
    sd->started = sd->started || !problem;
    return problem;
}

static bool reset(struct disk *disk)
{
    disk->problem = start(from_disk(disk));
    return !disk->problem;
}

/* ---- transfers ---- */

static bool submit(struct disk *disk, struct disk_transfer *t)
{
    struct sdhci *sd = from_disk(disk);
    if (sd->active) {
        return false;
    }
    bool reads = t->operation == DISK_READ;
    sd->active = t;
    sd->n_moved = 0;
    reg_write(sd, REG_STATUS, UINT32_MAX);
    reg_write(sd, REG_SIGNAL_ENABLE, STATUS_ERRORS | STATUS_TRANSFER | STATUS_READ_READY | STATUS_WRITE_READY);
    reg_write(sd, REG_BLOCK, DISK_SECTOR_BYTES | t->n_sectors << 16);
    reg_write(sd, REG_ARGUMENT, (uint32_t)(sd->block_addressed ? t->sector : t->sector * DISK_SECTOR_BYTES));
    reg_write(sd, REG_COMMAND, ((reads ? READ_MANY : WRITE_MANY) << 8 | RESPONSE_R1 | COMMAND_DATA) << 16 | MODE_COUNT | MODE_STOP | MODE_MANY |
        (reads ? MODE_READ : 0));
    return true;
}

/* Where sector n of a transfer lies in memory. Segments are multiples of a sector. */
static uint32_t *sector_memory(const struct disk_transfer *t, uint32_t n)
{
    uint32_t at = n * DISK_SECTOR_BYTES;
    unsigned i = 0;
    while (at >= t->segments[i].bytes) {
        at -= t->segments[i++].bytes;
    }
    return (uint32_t *)(t->segments[i].va + at);
}

/* As many sectors as the controller's buffer has, or has room for, now. */
static void move_sectors(struct sdhci *sd)
{
    const struct disk_transfer *t = sd->active;
    uint32_t ready = t->operation == DISK_READ ? PRESENT_READ_READY : PRESENT_WRITE_ROOM;
    while (sd->n_moved < t->n_sectors && (reg_read(sd, REG_PRESENT) & ready)) {
        uint32_t *words = sector_memory(t, sd->n_moved++);
        for (unsigned i = 0; i < DISK_SECTOR_BYTES / 4; i++) {
            if (t->operation == DISK_READ) {
                words[i] = reg_read(sd, REG_DATA);
            } else {
                reg_write(sd, REG_DATA, words[i]);
            }
        }
    }
}

static void finish(struct sdhci *sd, enum disk_result result, uint32_t n_done)
{
    struct disk_transfer *t = sd->active;
    sd->active = NULL;
    t->done(t, result, n_done);
}

/* After an error: both lines reset, the card told to stop; if that does not bring it back, everything anew. */
static void recover(struct sdhci *sd)
{
    uint32_t r1;
    reset_lines(sd, RESET_COMMAND | RESET_DATA);
    command(sd, STOP, 0, RESPONSE_R1B, &r1);
    command(sd, SEND_STATUS, sd->address, RESPONSE_R1, &r1); /* reading the error bits clears them */
    struct disk_transfer *t = sd->active;
    if (!card_is_ready(sd)) {
        sd->disk.problem = start(sd);
    }
    sd->active = t;
}

/* The card has got all; whether it could keep it, its status tells. */
static void end_transfer(struct sdhci *sd)
{
    uint32_t n = sd->n_moved;
    bool whole = n == sd->active->n_sectors;
    if (!whole) {
        sd->disk.malformed++;
    }
    if (whole && card_is_ready(sd)) {
        finish(sd, DISK_OK, n);
    } else {
        recover(sd);
        finish(sd, DISK_IO_ERROR, 0);
    }
}

static void poll(struct disk *disk)
{
    struct sdhci *sd = from_disk(disk);
    while (sd->active) {
        uint32_t status = reg_read(sd, REG_STATUS);
        if (status == 0) {
            return;
        }
        reg_write(sd, REG_STATUS, status);
        if (status & STATUS_ERRORS) {
            reg_write(sd, REG_SIGNAL_ENABLE, 0);
            recover(sd);
            finish(sd, DISK_IO_ERROR, 0);
            return;
        }
        if (status & (STATUS_READ_READY | STATUS_WRITE_READY | STATUS_TRANSFER)) {
            move_sectors(sd);
        }
        if (status & STATUS_TRANSFER) {
            reg_write(sd, REG_SIGNAL_ENABLE, 0);
            end_transfer(sd);
            return;
        }
    }
}

void sdhci_start(struct sdhci *sd, uintptr_t base, bool socket, const struct disk_clock *clock)
{
    static const struct disk_driver driver = {.name = "sd", .submit = submit, .poll = poll, .reset = reset};
    *sd = (struct sdhci){.disk.driver = &driver, .base = base, .clock = clock};
    sd->disk.problem = socket && !(reg_read(sd, REG_PRESENT) & PRESENT_CARD) ? sdhci_no_card : start(sd);
}
