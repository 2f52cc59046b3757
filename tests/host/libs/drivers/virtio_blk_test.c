/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The virtio drivers against a device that lives here: both transports, requests out of order, and a device that answers nonsense. For
 * this device an address is a physical address.
 */
#include <drivers/mmio.h>
#include <drivers/virtio_blk.h>
#include <check_main.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define SECTORS 4096
#define BASE 0x1000
#define BLOCKS 64

enum { READ_ONLY = 1 << 5, BLOCK_SIZE = 1 << 6, SEGMENTS_MAX = 1 << 2, FLUSH = 1 << 9, DISCARD = 1 << 13 };

struct descriptor {
    uint64_t pa;
    uint32_t bytes;
    uint16_t flags, next;
};

static struct {
    uint32_t version, device, status, selected, queue_max, queue_size;
    uint64_t offered, accepted, accepted_high;
    uint64_t table, available, used; /* addresses; 0: no queue */
    uint16_t seen, answered;         /* indices */
    uint32_t interrupt;
    uint32_t config[32];
    bool refuses_features, never_resets;
    uint8_t sectors[SECTORS][512];
    unsigned flushes, discards;
} device;

static uint8_t *dma; /* low: a legacy device's queue has a page number of 32 bits */
static uint8_t memory[BLOCKS][4096] __attribute__((aligned(4096)));
static struct virtio_blk blk;

/* ---- the device's registers ---- */

static void device_reset(void)
{
    device.status = 0;
    device.table = 0;
    device.seen = device.answered = 0;
    device.interrupt = 0;
}

uint32_t mmio_read32(uintptr_t address)
{
    switch (address - BASE) {
    case 0x000:
        return 0x74726976;
    case 0x004:
        return device.version;
    case 0x008:
        return device.device;
    case 0x010:
        return (uint32_t)(device.selected ? device.offered >> 32 : device.offered);
    case 0x034:
        return device.queue_max;
    case 0x040:
    case 0x044:
        return device.table != 0;
    case 0x060:
        return device.interrupt;
    case 0x070:
        return device.status;
    case 0x0fc:
        return 0;
    default:
        ck_assert_uint_ge(address - BASE, 0x100);
        ck_assert_uint_lt(address - BASE, 0x180);
        return device.config[(address - BASE - 0x100) / 4];
    }
}

static void set_half(uint64_t *address, uint32_t value, bool high)
{
    *address = high ? (*address & UINT32_MAX) | (uint64_t)value << 32 : (*address & ~(uint64_t)UINT32_MAX) | value;
}

static void legacy_queue(uint32_t page)
{
    device.table = (uint64_t)page * 4096;
    device.available = device.table + device.queue_size * 16;
    device.used = (device.available + 6 + 2 * device.queue_size + 4095) & ~4095ull;
}

static uint64_t modern_table, modern_available, modern_used;

void mmio_write32(uintptr_t address, uint32_t value)
{
    switch (address - BASE) {
    case 0x014:
    case 0x024:
        device.selected = value;
        break;
    case 0x020:
        *(device.selected ? &device.accepted_high : &device.accepted) = value;
        break;
    case 0x028:
        ck_assert_uint_eq(value, 4096);
        break;
    case 0x030:
        ck_assert_uint_eq(value, 0);
        break;
    case 0x038:
        ck_assert_uint_le(value, device.queue_max);
        device.queue_size = value;
        break;
    case 0x03c:
        ck_assert_uint_eq(value, 4096);
        break;
    case 0x040:
        legacy_queue(value);
        break;
    case 0x044:
        device.table = modern_table;
        device.available = modern_available;
        device.used = modern_used;
        break;
    case 0x050:
        ck_assert_uint_eq(device.status & 0xf, device.version == 1 ? 7 : 15);
        break;
    case 0x064:
        device.interrupt &= ~value;
        break;
    case 0x070:
        if (value == 0) {
            if (!device.never_resets) {
                device_reset();
            }
        } else {
            device.status = device.refuses_features ? value & ~8u : value;
        }
        break;
    case 0x080:
    case 0x084:
        set_half(&modern_table, value, address & 4);
        break;
    case 0x090:
    case 0x094:
        set_half(&modern_available, value, address & 4);
        break;
    case 0x0a0:
    case 0x0a4:
        set_half(&modern_used, value, address & 4);
        break;
    default:
        ck_abort_msg("write to register 0x%x", (unsigned)(address - BASE));
    }
}

/* ---- its work ---- */

static void answer(uint32_t id, uint32_t bytes)
{
    uint8_t *used = (uint8_t *)device.used;
    uint32_t *entry = (uint32_t *)(used + 4 + 8 * (device.answered % device.queue_size));
    entry[0] = id;
    entry[1] = bytes;
    *(uint16_t *)(used + 2) = ++device.answered;
    device.interrupt |= 1;
}

static const struct descriptor *descriptor(uint16_t i)
{
    ck_assert_uint_lt(i, device.queue_size);
    return (const struct descriptor *)device.table + i;
}

/* Next available chain; -1: none. */
static int next_chain(void)
{
    const uint16_t *available = (const uint16_t *)device.available;
    return device.seen == available[1] ? -1 : available[2 + device.seen++ % device.queue_size];
}

/* Do what a chain says, as the specification has it. Returns the bytes written. */
static uint32_t perform(uint16_t head, uint8_t status)
{
    const struct descriptor *d = descriptor(head);
    const uint32_t *header = (const uint32_t *)d->pa;
    uint64_t sector;
    uint32_t written = 1;
    memcpy(&sector, header + 2, 8);
    ck_assert_uint_eq(d->bytes, 16);
    for (d = descriptor(d->next); d->flags & 1; d = descriptor(d->next)) {
        uint8_t *data = (uint8_t *)d->pa;
        ck_assert(header[0] == 0 ? d->flags & 2 : !(d->flags & 2));
        if (header[0] == 11) {
            ck_assert_uint_eq(d->bytes, 16);
            memcpy(&sector, data, 8);
            memset(device.sectors[sector], 0, 512 * *(uint32_t *)(data + 8));
            device.discards++;
            continue;
        }
        ck_assert_uint_eq(d->bytes % 512, 0);
        if (status == 0 && header[0] == 0) {
            memcpy(data, device.sectors[sector], d->bytes);
            written += d->bytes;
        } else if (status == 0) {
            memcpy(device.sectors[sector], data, d->bytes);
        }
        sector += d->bytes / 512;
    }
    ck_assert(d->bytes == 1 && (d->flags & 2));
    device.flushes += header[0] == 4;
    *(uint8_t *)d->pa = status;
    return written;
}

static bool serve_one(void)
{
    int head = next_chain();
    if (head < 0) {
        return false;
    }
    answer((uint32_t)head, perform((uint16_t)head, 0));
    return true;
}

/* ---- the driver's user ---- */

struct user {
    struct disk_transfer transfer;
    unsigned n_done_calls;
    enum disk_result result;
    uint32_t n_done;
};

static void on_done(struct disk_transfer *transfer, enum disk_result result, uint32_t n_done)
{
    struct user *u = (struct user *)transfer;
    u->n_done_calls++;
    u->result = result;
    u->n_done = n_done;
}

static struct user make(enum disk_operation operation, uint64_t sector, unsigned n_blocks, unsigned block)
{
    struct user u = {.transfer = {.operation = operation, .sector = sector, .n_sectors = n_blocks * 8, .done = on_done}};
    for (unsigned i = 0; i < n_blocks && operation <= DISK_WRITE; i++) {
        u.transfer.segments[u.transfer.n_segments++] = (struct disk_segment){.va = memory[block + i], .pa = (uint64_t)memory[block + i], .bytes = 4096};
    }
    return u;
}

static void start(uint32_t version, uint64_t features)
{
    if (!dma) {
        dma = mmap(NULL, VIRTIO_BLK_DMA_PAGES * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
        ck_assert_ptr_ne(dma, MAP_FAILED);
    }
    memset(&device, 0, sizeof(device));
    device.version = version;
    device.device = VIRTIO_DEVICE_BLOCK;
    device.queue_max = 256;
    device.offered = features | (version == 2 ? 1ull << 32 : 0);
    device.config[0] = SECTORS;
    device.config[3] = 126;
    device.config[5] = 512;
    device.config[9] = 1000;
    virtio_blk_start(&blk, BASE, dma, (uint64_t)dma);
}

static void submit(struct user *u)
{
    ck_assert(blk.disk.driver->submit(&blk.disk, &u->transfer));
}

static void poll(void)
{
    blk.disk.driver->poll(&blk.disk);
}

START_TEST(start_reads_what_the_device_is)
{
    start((uint32_t)_i, SEGMENTS_MAX | BLOCK_SIZE | FLUSH | DISCARD | 1ull << 28 | 1ull << 40);
    ck_assert_ptr_null(blk.disk.problem);
    ck_assert_uint_eq(blk.disk.n_sectors, SECTORS);
    ck_assert(blk.disk.write_back && blk.disk.can_discard && !blk.disk.read_only);
    ck_assert_uint_eq(device.accepted, SEGMENTS_MAX | BLOCK_SIZE | FLUSH | DISCARD);
    ck_assert_uint_eq(device.accepted_high, _i == 2);
    start((uint32_t)_i, READ_ONLY);
    ck_assert(!blk.disk.write_back && !blk.disk.can_discard && blk.disk.read_only);
}
END_TEST

static void expect_problem(const char *part)
{
    ck_assert_ptr_nonnull(blk.disk.problem);
    ck_assert_msg(strstr(blk.disk.problem, part) != NULL, "%s", blk.disk.problem);
}

static void restart(void)
{
    virtio_blk_start(&blk, BASE, dma, (uint64_t)dma);
}

START_TEST(start_refuses_devices_that_it_cannot_drive)
{
    start(3, 0);
    expect_problem("unknown version");
    start(1, 0);
    virtio_blk_start(&blk, BASE, dma, 1ull << 44);
    expect_problem("cannot reach");
    start(1, 0);
    device.queue_max = 16;
    restart();
    expect_problem("too small");
    start(1, SEGMENTS_MAX);
    device.config[3] = 4;
    restart();
    expect_problem("too few segments");
    start(1, BLOCK_SIZE);
    device.config[5] = 1000;
    restart();
    expect_problem("sectors");
    start(1, 0);
    device.config[1] = 0x80000000;
    restart();
    expect_problem("capacity");
    start(2, 0);
    device.refuses_features = true;
    restart();
    expect_problem("features");
    start(2, 0);
    device.offered = 0;
    restart();
    expect_problem("features");
    start(2, 0);
    device.never_resets = true;
    device.status = 1;
    restart();
    expect_problem("does not reset");
    ck_assert_uint_eq(virtio_device(BASE), VIRTIO_DEVICE_BLOCK);
}
END_TEST

START_TEST(every_operation_reaches_the_device)
{
    start((uint32_t)_i, FLUSH | DISCARD);
    struct user w = make(DISK_WRITE, 80, 2, 0), r = make(DISK_READ, 80, 2, 2), f = make(DISK_FLUSH, 0, 0, 0), d = make(DISK_DISCARD, 80, 200, 0);
    memset(memory, 0, sizeof(memory));
    memset(memory[0], 0xa5, 8192);
    submit(&w);
    ck_assert(serve_one());
    poll();
    ck_assert(w.n_done_calls == 1 && w.result == DISK_OK && w.n_done == 16);
    submit(&r);
    submit(&f);
    ck_assert(serve_one() && serve_one());
    poll();
    ck_assert(r.n_done_calls == 1 && r.result == DISK_OK && r.n_done == 16);
    ck_assert_mem_eq(memory[0], memory[2], 8192);
    ck_assert(f.n_done_calls == 1 && device.flushes == 1);
    submit(&d);
    ck_assert(serve_one());
    poll();
    ck_assert(d.n_done_calls == 1 && device.discards == 1);
    ck_assert_uint_eq(device.sectors[80][0], 0);
    ck_assert_uint_eq(device.interrupt, 0);
}
END_TEST

START_TEST(errors_and_short_reads_are_reported)
{
    start(1, 0);
    for (unsigned status = 1; status < 256; status += 127) { /* error, a number without meaning, not written */
        struct user u = make(DISK_READ, 0, 1, 0);
        submit(&u);
        uint16_t head = (uint16_t)next_chain();
        perform(head, (uint8_t)status);
        answer(head, 1);
        poll();
        ck_assert(u.n_done_calls == 1 && u.result == DISK_IO_ERROR);
    }
    struct user u = make(DISK_READ, 0, 1, 0);
    submit(&u);
    uint16_t head = (uint16_t)next_chain();
    perform(head, 0);
    answer(head, 1025);
    poll();
    ck_assert(u.result == DISK_OK && u.n_done == 2);
    submit(&u);
    head = (uint16_t)next_chain();
    answer(head, perform(head, 0) + 1); /* more than there was room for */
    poll();
    ck_assert(u.n_done_calls == 2 && u.result == DISK_IO_ERROR && blk.disk.malformed == 2);
    ck_assert_ptr_null(blk.disk.problem);
}
END_TEST

/* A number that was not asked, one past the table, an answer twice, more answers than questions: everything fails once, nothing is followed. */
START_TEST(senseless_answers_stop_the_device)
{
    for (unsigned kind = 0; kind < 4; kind++) {
        start(2, 0);
        struct user u[3] = {make(DISK_READ, 0, 1, 0), make(DISK_READ, 8, 1, 1), make(DISK_WRITE, 16, 1, 2)};
        for (unsigned i = 0; i < 3; i++) {
            submit(&u[i]);
        }
        uint16_t head = (uint16_t)next_chain();
        uint32_t bytes = perform(head, 0);
        switch (kind) {
        case 0:
            answer(descriptor(head)->next, 1);
            break;
        case 1:
            answer(0x80000000u + head, 1);
            break;
        case 2:
            answer(head, bytes);
            answer(head, bytes);
            break;
        default:
            device.answered += 1000;
            answer(head, bytes);
        }
        poll();
        expect_problem("not made");
        ck_assert_uint_eq(device.status, 0);
        for (unsigned i = 0; i < 3; i++) {
            ck_assert_uint_eq(u[i].n_done_calls, 1);
            ck_assert(u[i].result == DISK_IO_ERROR || (kind == 2 && i == 0));
        }
    }
}
END_TEST

START_TEST(reset_forgets_and_starts_again)
{
    start((uint32_t)_i, 0);
    struct user u = make(DISK_READ, 0, 1, 0);
    submit(&u);
    ck_assert(blk.disk.driver->reset(&blk.disk));
    ck_assert(!serve_one());
    submit(&u);
    ck_assert(serve_one());
    poll();
    ck_assert_uint_eq(u.n_done_calls, 1);
    device.config[0] = SECTORS - 1;
    ck_assert(!blk.disk.driver->reset(&blk.disk));
    expect_problem("smaller");
}
END_TEST

START_TEST(contiguous_pages_become_one_segment)
{
    start(1, 0);
    struct user u = make(DISK_WRITE, 0, 16, 0);
    u.transfer.segments[3].pa = (uint64_t)memory[40];
    submit(&u);
    ck_assert(serve_one());
    const struct descriptor *d = descriptor(0);
    unsigned used = 0;
    for (unsigned i = 0; i < device.queue_size; i++) {
        used += d[i].bytes != 0;
    }
    ck_assert_uint_eq(used, 2 + 3);
}
END_TEST

/* Random requests, answered in random order, against a model of the disk. Then the same with a device that now and then writes nonsense. */
enum { USERS = 16 };
static uint8_t model[SECTORS][512];

static void random_run(uint32_t version, bool nonsense)
{
    static struct user users[USERS];
    bool busy[USERS] = {false};
    uint16_t held[VIRTIO_QUEUE_MAX];
    unsigned n_held = 0;
    start(version, FLUSH);
    memset(model, 0, sizeof(model));
    for (unsigned step = 0; step < 20000 && !blk.disk.problem; step++) {
        unsigned i = (unsigned)rand() % USERS;
        if (!busy[i]) {
            unsigned n = (unsigned)rand() % 4 + 1;
            users[i] = make(rand() % 2 ? DISK_READ : DISK_WRITE, (i * 4 + (unsigned)rand() % (5 - n)) * 8, n, i * 4);
            if (users[i].transfer.operation == DISK_WRITE) {
                memset(memory[i * 4], rand(), n * 4096);
                memcpy(model[users[i].transfer.sector], memory[i * 4], n * 4096);
            }
            busy[i] = blk.disk.driver->submit(&blk.disk, &users[i].transfer);
            ck_assert(busy[i]);
        }
        int head = rand() % 2 ? next_chain() : -1;
        if (head >= 0) {
            held[n_held++] = (uint16_t)head;
        }
        if (n_held && rand() % 2) {
            unsigned k = (unsigned)rand() % n_held;
            answer(held[k], perform(held[k], 0));
            held[k] = held[--n_held];
        }
        if (nonsense && rand() % 500 == 0) {
            ((uint8_t *)device.used)[rand() % 64] ^= (uint8_t)rand();
        }
        poll();
        for (i = 0; i < USERS; i++) {
            if (busy[i] && users[i].n_done_calls) {
                ck_assert_uint_eq(users[i].n_done_calls, 1);
                busy[i] = false;
                bool good = users[i].result == DISK_OK && users[i].transfer.operation == DISK_READ && !nonsense;
                ck_assert(!good || memcmp(memory[i * 4], model[users[i].transfer.sector], users[i].n_done * 512) == 0);
                ck_assert(nonsense || users[i].result == DISK_OK);
            }
        }
    }
    ck_assert(nonsense || !blk.disk.problem);
    for (unsigned i = 0; i < USERS; i++) {
        ck_assert(!blk.disk.problem || !busy[i] || users[i].n_done_calls == 1);
    }
}

START_TEST(random_requests_match_the_model)
{
    srand((unsigned)_i);
    random_run((uint32_t)_i, false);
}
END_TEST

START_TEST(random_nonsense_answers_every_request_once)
{
    srand((unsigned)_i);
    for (unsigned run = 0; run < 50; run++) {
        random_run(1 + run % 2, true);
    }
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("virtio_blk");
    TCase *c = tcase_create("virtio_blk");
    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, start_reads_what_the_device_is, 1, 3);
    tcase_add_test(c, start_refuses_devices_that_it_cannot_drive);
    tcase_add_loop_test(c, every_operation_reaches_the_device, 1, 3);
    tcase_add_test(c, errors_and_short_reads_are_reported);
    tcase_add_test(c, senseless_answers_stop_the_device);
    tcase_add_loop_test(c, reset_forgets_and_starts_again, 1, 3);
    tcase_add_test(c, contiguous_pages_become_one_segment);
    tcase_add_loop_test(c, random_requests_match_the_model, 1, 3);
    tcase_add_loop_test(c, random_nonsense_answers_every_request_once, 1, 4);
    suite_add_tcase(s, c);
    return s;
}

int main(void)
{
    return check_run(suite());
}
