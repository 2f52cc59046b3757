/* SPDX-License-Identifier: BSD-2-Clause */
#include "swap.h"

#include "ahead.h"
#include "balance.h"
#include "frame.h"
#include "page_ops.h"
#include "park.h"
#include "promise.h"
#include "waiting.h"

#include <generated/errors.h>
#include <pagoda/block_swap.h>
#include <pagoda/layout.h>
#include <string.h>

/* I/O pages that writes leave for reads: a fault that waits must not wait for page-out first. */
#define READ_PAGES 8u
#define WRITE_TRIES 3u
#define READ_TRIES 2u
/* Of a drain, reads in flight at a time. */
#define DRAIN_READS 4u
#define NO_PAGE UINT32_MAX

#define SLOTS_PER_FRAME (PAGE_SIZE * 8)
#define MAP_FRAMES 64u /* 8 GiB of swap */

enum io_state {
    IO_FREE,
    IO_WRITE,  /* being written */
    IO_READ,   /* being read */
    IO_HERE,   /* was read; while those who wait for it are served */
    IO_LOST,   /* the same, but the read failed */
    IO_HELD,   /* could not be written; to go back to memory */
    IO_TAINTED, /* was being read when the server ended: a device may still write to it */
};

static struct io_page {
    uint8_t state, tries;
    bool ahead;      /* IO_READ: read before somebody wanted it */
    uint32_t handle; /* 0: nobody wants it any more */
    uint32_t awaited; /* handle under which faults may wait for it, even when nobody else wants it any more */
    uint32_t slot;
    uint64_t since;  /* IO_READ of a page that somebody waits for: kernel_ticks; 0: nobody does */
} io[BLOCK_IO_PAGES_MAX];

struct request {
    uint32_t first, n;
    uint8_t operation;
    bool header;
    uint8_t pages[BLOCK_REQUEST_BLOCKS];
};

static struct block_client_end ring;
static bool present;
static uint8_t *io_base;
static cptr_t server;
static uint32_t n_io, n_io_free, n_held; /* I/O pages: all, IO_FREE, IO_HELD */
static struct request requests[BLOCK_RING_ENTRIES];
static uint64_t requests_busy;
static struct request gathering; /* writes to consecutive slots, not submitted yet */
static struct request reading;   /* the same of reads ahead */
static bool unsignalled;         /* submitted, and the server does not know */

static struct {
    enum swap_state state;
    uint64_t volume;
    uint32_t n_blocks, used, bad, next; /* used: slots with pages or being written */
    uint32_t map_frames;
    uint64_t *map[MAP_FRAMES]; /* bit set: slot is not free */
    uint32_t drained;          /* handle up to which records were looked at */
    uint64_t reason;
    uint64_t written, read, write_errors, read_errors, served_in_flight;
} swap;

void swap_init(struct block_ring *shared, void *io_pages, cptr_t signal)
{
    memset(&swap, 0, sizeof swap);
    memset(io, 0, sizeof io);
    memset(requests, 0, sizeof requests);
    memset(&gathering, 0, sizeof gathering);
    memset(&reading, 0, sizeof reading);
    requests_busy = 0;
    unsignalled = false;
    n_io = shared ? block_ring_io_pages(shared) : 0;
    n_io_free = n_io;
    n_held = 0;
    present = n_io > READ_PAGES;
    io_base = io_pages;
    server = signal;
    if (present) {
        block_client_init(&ring, shared);
    }
}

static void *io_bytes(uint32_t page)
{
    return io_base + (uint64_t)page * PAGE_SIZE;
}

/* ---- slots ---- */

static uint64_t *slot_word(uint32_t slot)
{
    return &swap.map[slot / SLOTS_PER_FRAME][slot % SLOTS_PER_FRAME / 64];
}

/* block_take: the next free one after the last taken, so that pages that leave together lie together. 0: none. */
static uint32_t block_take(void)
{
    if (swap.used + swap.bad + 1 >= swap.n_blocks) {
        return 0;
    }
    for (uint32_t at = swap.next;;) {
        if (at >= swap.n_blocks) {
            at = 0;
        }
        uint64_t free = ~*slot_word(at) & UINT64_MAX << at % 64;
        if (free) {
            uint32_t slot = (at & ~63u) + (uint32_t)__builtin_ctzll(free);
            *slot_word(slot) |= 1ull << slot % 64;
            swap.used++;
            swap.next = slot + 1;
            return slot;
        }
        at = (at & ~63u) + 64;
    }
}

static void block_put(uint32_t slot)
{
    *slot_word(slot) &= ~(1ull << slot % 64);
    swap.used--;
}

/* slot_condemn: a write to it failed: it is never used again. */
static void slot_condemn(void)
{
    swap.used--;
    swap.bad++;
}

static void free_map(void)
{
    while (swap.map_frames > 0) {
        frame_put(frame_of_window(swap.map[--swap.map_frames]));
    }
}

static bool make_map(uint32_t n_blocks)
{
    uint32_t n = (n_blocks + SLOTS_PER_FRAME - 1) / SLOTS_PER_FRAME;

    while (swap.map_frames < n) {
        uint32_t frame = frame_take(FRAME_STORE, true, false);
        if (frame == BUDDY_NONE) {
            free_map();
            return false;
        }
        frame_at(frame)->unit.order = STORE_USE_FIXED;
        swap.map[swap.map_frames++] = frame_window(frame);
    }
    for (uint32_t slot = n_blocks; slot % SLOTS_PER_FRAME; slot++) {
        *slot_word(slot) |= 1ull << slot % 64;
    }
    *slot_word(0) |= 1; /* the header */
    return true;
}

uint64_t swap_meta_pages(void)
{
    return swap.map_frames;
}

/* ---- I/O pages ---- */

static uint32_t io_take(enum io_state state, uint32_t handle, uint32_t slot)
{
    for (uint32_t i = 0; n_io_free > 0 && i < n_io; i++) {
        if (io[i].state == IO_FREE) {
            io[i] = (struct io_page){.state = (uint8_t)state, .handle = handle, .awaited = handle, .slot = slot};
            n_io_free--;
            return i;
        }
    }
    return NO_PAGE;
}

static void io_put(uint32_t page)
{
    n_held -= io[page].state == IO_HELD;
    io[page] = (struct io_page){.state = IO_FREE};
    n_io_free++;
}

/* io_of: the I/O page of a record; NO_PAGE: none. */
static uint32_t io_of(const struct record *r)
{
    return r->high - 1;
}

uint32_t swap_slot(const struct record *r)
{
    return r->place;
}

static void set_place(uint32_t handle, uint32_t slot, uint32_t page)
{
    record_at(handle)->place = slot;
    record_at(handle)->high = page + 1;
}

static void forget_io(uint32_t handle)
{
    record_at(handle)->high = 0;
}

/* ---- requests ---- */

static void complete(const struct request *r, uint32_t status, uint32_t n_done);

static void submit(const struct request *r)
{
    unsigned place = (unsigned)__builtin_ctzll(~requests_busy);
    struct block_request message = {.id = place, .first = r->first, .n_blocks = r->n, .operation = r->operation, .volume = (uint8_t)swap.volume};

    memcpy(message.pages, r->pages, sizeof message.pages);
    if (!block_client_submit(&ring, &message)) {
        complete(r, BLOCK_NO_SERVER, 0);
        return;
    }
    requests[place] = *r;
    requests_busy |= 1ull << place;
    unsignalled = true;
}

static void submit_gathered(struct request *gathered)
{
    struct request r = *gathered;

    gathered->n = 0;
    if (r.n > 0) {
        submit(&r);
    }
}

void swap_submit(void)
{
    submit_gathered(&gathering);
    submit_gathered(&reading);
    if (unsignalled) {
        unsignalled = false;
        kernel_signal(server);
    }
}

/* gather: add an I/O page to the requests of one kind that are being gathered. */
static void gather(struct request *r, uint8_t operation, uint32_t page)
{
    if (r->n == BLOCK_REQUEST_BLOCKS || (r->n > 0 && io[page].slot != r->first + r->n)) {
        submit_gathered(r);
    }
    if (r->n == 0) {
        *r = (struct request){.operation = operation, .first = io[page].slot};
    }
    r->pages[r->n++] = (uint8_t)page;
}

static void write_page(uint32_t page)
{
    gather(&gathering, BLOCK_WRITE, page);
}

static void read_page(uint32_t page, bool header)
{
    struct request r = {.operation = BLOCK_READ, .first = io[page].slot, .n = 1, .header = header, .pages = {(uint8_t)page}};
    submit(&r);
}

/* ---- out ---- */

uint32_t swap_room(void)
{
    uint32_t slots = swap.n_blocks - 1 - swap.used - swap.bad;
    uint32_t pages = n_io_free > READ_PAGES ? n_io_free - READ_PAGES : 0;

    return swap.state != SWAP_ON ? 0 : slots < pages ? slots : pages;
}

bool swap_stalled(uint32_t n)
{
    return swap.state == SWAP_ON && swap.n_blocks - 1 - swap.used - swap.bad > 0 && n_io_free < READ_PAGES + n;
}

bool swap_put(uint32_t handle, const void *bytes)
{
    uint32_t slot = swap_room() > 0 ? block_take() : 0;

    if (!slot) {
        return false;
    }
    uint32_t page = io_take(IO_WRITE, handle, slot);
    struct record *r = record_at(handle);
    page_copy(io_bytes(page), bytes);
    r->kind = RECORD_DISK;
    r->checksum = page_checksum(io_bytes(page), PAGE_SIZE, r->page);
    set_place(handle, slot, page);
    write_page(page);
    return true;
}

/* hold: no slot takes the page; it has to go back to memory. */
static void hold(uint32_t page)
{
    io[page].state = IO_HELD;
    n_held++;
    set_place(io[page].handle, 0, page);
}

static void write_again(uint32_t page)
{
    uint32_t slot = ++io[page].tries < WRITE_TRIES && swap.state == SWAP_ON ? block_take() : 0;

    if (!slot) {
        hold(page);
        return;
    }
    io[page].slot = slot;
    set_place(io[page].handle, slot, page);
    write_page(page);
}

static void written(uint32_t page, bool good)
{
    uint32_t handle = io[page].handle;

    if (good) {
        swap.written++;
        if (handle) {
            forget_io(handle);
        } else {
            block_put(io[page].slot);
        }
        io_put(page);
        return;
    }
    swap.write_errors++;
    slot_condemn();
    if (handle) {
        write_again(page);
    } else {
        io_put(page);
    }
}

/* ---- in ---- */

enum swap_where swap_fetch(uint32_t handle)
{
    const struct record *r = record_at(handle);
    uint32_t page = io_of(r);

    if (page != NO_PAGE) {
        return io[page].state == IO_READ ? SWAP_COMING : SWAP_HERE;
    }
    if (swap.state != SWAP_ON && swap.state != SWAP_DRAINING) {
        return SWAP_HERE; /* swap_get tells that it is lost */
    }
    page = io_take(IO_READ, handle, swap_slot(r));
    if (page == NO_PAGE) {
        return SWAP_NO_WAY;
    }
    balance_page_wanted(r);
    io[page].since = kernel_ticks();
    set_place(handle, swap_slot(r), page);
    read_page(page, false);
    swap_submit();
    return record_valid(handle) && io_of(record_at(handle)) == page && io[page].state == IO_READ ? SWAP_COMING : SWAP_HERE;
}

enum swap_where swap_fetch_ahead(uint32_t handle)
{
    const struct record *r = record_at(handle);
    uint32_t page = io_of(r);

    if (page != NO_PAGE) {
        return io[page].state == IO_READ ? SWAP_COMING : SWAP_HERE;
    }
    page = swap.state == SWAP_ON && n_io_free > READ_PAGES ? io_take(IO_READ, handle, swap_slot(r)) : NO_PAGE;
    if (page == NO_PAGE) {
        return SWAP_NO_WAY;
    }
    io[page].ahead = true;
    set_place(handle, swap_slot(r), page);
    gather(&reading, BLOCK_READ, page);
    return SWAP_COMING;
}

enum store_damage swap_get(uint32_t handle, void *dest)
{
    const struct record *r = record_at(handle);
    uint32_t page = io_of(r);

    if (page == NO_PAGE || page >= n_io || io[page].handle != handle || io[page].state == IO_LOST || io[page].state == IO_TAINTED) {
        return STORE_DISK_ERROR;
    }
    if (page_checksum(io_bytes(page), PAGE_SIZE, r->page) != r->checksum) {
        return STORE_CHECKSUM;
    }
    page_copy(dest, io_bytes(page));
    swap.served_in_flight += io[page].state == IO_WRITE;
    return STORE_INTACT;
}

void swap_drop(uint32_t handle)
{
    const struct record *r = record_at(handle);
    uint32_t page = io_of(r);

    if (page == NO_PAGE) {
        block_put(swap_slot(r));
        return;
    }
    io[page].handle = 0;
    if (io[page].state == IO_HELD) {
        io_put(page);
    } else if (io[page].state != IO_WRITE) { /* the slot of a write is freed when the write is over */
        block_put(swap_slot(r));
    }
}

/* keep_in_memory: what was on disk, and is in an I/O page now, is wanted there no more. */
static bool keep_in_memory(uint32_t page, bool has_slot)
{
    uint32_t handle = io[page].handle, slot = io[page].slot;

    if (page_checksum(io_bytes(page), PAGE_SIZE, record_at(handle)->page) != record_at(handle)->checksum || !store_to_memory(handle, io_bytes(page))) {
        return false;
    }
    if (has_slot) {
        block_put(slot);
    }
    io_put(page);
    return true;
}

/* settle: those who waited for a page that was read have been served. */
static void settle(uint32_t page)
{
    if (io[page].handle && swap.state == SWAP_DRAINING && io[page].state == IO_HERE && keep_in_memory(page, true)) {
        return;
    }
    if (io[page].handle) {
        forget_io(io[page].handle);
    }
    io[page].handle = 0;
    if (io[page].state != IO_TAINTED) {
        io_put(page);
    }
}

static void came(uint32_t page, bool good, bool server_gone)
{
    swap.read += good;
    if (!good && io[page].handle && !server_gone && ++io[page].tries < READ_TRIES) {
        read_page(page, false);
        return;
    }
    swap.read_errors += !good;
    if (good && io[page].since) {
        balance_page_read(io[page].since);
    }
    io[page].state = server_gone ? IO_TAINTED : good ? IO_HERE : IO_LOST;
    if (good && io[page].ahead && io[page].handle) {
        ahead_came(io[page].handle);
    }
    if (io[page].awaited) {
        park_wake(io[page].awaited);
    }
    settle(page);
}

/* ---- completions ---- */

static void header_came(uint32_t page, uint32_t status)
{
    struct block_swap header;

    swap.reason = status == BLOCK_OK ? block_swap_check(io_bytes(page), swap.n_blocks, &header) : 16 + status;
    swap.state = swap.reason == 0 ? SWAP_ON : SWAP_REFUSED;
    if (swap.state == SWAP_ON) {
        block_client_use(&ring, (uint8_t)swap.volume, header.id);
        promises_swap(swap.n_blocks - 1);
    } else {
        free_map();
    }
    if (status == BLOCK_NO_SERVER) {
        io[page].state = IO_TAINTED;
    } else {
        io_put(page);
    }
}

static void complete(const struct request *r, uint32_t status, uint32_t n_done)
{
    for (uint32_t i = 0; i < r->n; i++) {
        bool good = status == BLOCK_OK || i < n_done;
        if (r->header) {
            header_came(r->pages[i], good ? BLOCK_OK : status);
        } else if (r->operation == BLOCK_WRITE) {
            written(r->pages[i], good);
        } else {
            came(r->pages[i], good, status == BLOCK_NO_SERVER);
        }
    }
}

void swap_completions(void)
{
    struct block_completion c;

    unsignalled = (present && block_client_join(&ring)) || unsignalled;
    while (present && block_client_take(&ring, &c)) {
        struct request r = requests[c.id];
        requests_busy &= ~(1ull << c.id);
        complete(&r, c.status, c.status == BLOCK_SHORT ? c.n_done : 0);
    }
    swap_submit();
    waiting_wake(); /* first: it gathers what faults would take one by one */
    park_wake_any();
}

void swap_gone(void)
{
    if (present) {
        block_client_abandon(&ring);
        if (swap.state != SWAP_OFF) {
            swap.state = SWAP_REFUSED;
            swap.reason = 16 + BLOCK_NO_SERVER;
        }
        swap_completions();
    }
}

/* ---- on and off ---- */

uint64_t swap_on(uint64_t volume, uint64_t n_blocks)
{
    if (!present || ring.gone) {
        return PAGODA_ERR_NOT_SUPPORTED;
    }
    if ((swap.state != SWAP_OFF && swap.state != SWAP_REFUSED) || swap.used > 0 || n_io_free < n_io) {
        return PAGODA_ERR_BUSY;
    }
    if (volume > UINT8_MAX || n_blocks < BLOCK_SWAP_MIN_BLOCKS) {
        return PAGODA_ERR_INVALID_ARGUMENT;
    }
    uint64_t most = (uint64_t)MAP_FRAMES * SLOTS_PER_FRAME;
    swap.n_blocks = (uint32_t)(n_blocks < most ? n_blocks : most);
    if (!make_map(swap.n_blocks)) {
        return PAGODA_ERR_NO_MEMORY;
    }
    swap.volume = volume;
    swap.used = swap.bad = 0;
    swap.next = 1;
    swap.reason = 0;
    swap.state = SWAP_CHECKING;
    read_page(io_take(IO_READ, 0, 0), true);
    swap_submit();
    return 0;
}

uint64_t swap_off(void)
{
    if (swap.state != SWAP_ON) {
        return PAGODA_ERR_INVALID_ARGUMENT;
    }
    if (!promises_swap(0)) {
        return PAGODA_ERR_NO_MEMORY;
    }
    swap.state = SWAP_DRAINING;
    swap.drained = 0;
    return 0;
}

static uint32_t reads_in_flight(void)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < n_io; i++) {
        n += io[i].state == IO_READ;
    }
    return n;
}

static void drain(void)
{
    if (swap.used == 0 && n_io_free == n_io) {
        free_map();
        block_client_use_none(&ring);
        swap.state = SWAP_OFF;
        return;
    }
    for (uint32_t n = reads_in_flight(); n < DRAIN_READS && frames_available() > 0; n++) {
        do {
            swap.drained = record_next(swap.drained);
        } while (swap.drained && (record_at(swap.drained)->kind != RECORD_DISK || io_of(record_at(swap.drained)) != NO_PAGE));
        if (!swap.drained || swap_fetch(swap.drained) == SWAP_NO_WAY) {
            return;
        }
    }
}

void swap_step(void)
{
    for (uint32_t i = 0; n_held > 0 && i < n_io; i++) {
        if (io[i].state == IO_HELD) {
            keep_in_memory(i, false);
        }
    }
    if (swap.state == SWAP_DRAINING) {
        drain();
    }
}

bool swap_pending(void)
{
    return n_held > 0 || swap.state == SWAP_DRAINING;
}

bool swap_busy(void)
{
    return requests_busy != 0;
}

bool swap_is_on(void)
{
    return swap.state == SWAP_ON;
}

void swap_tell(struct swap_info *info)
{
    *info = (struct swap_info){
        .state = swap.state, .volume = swap.volume, .slots = swap.n_blocks ? swap.n_blocks - 1 : 0, .used = swap.used, .bad = swap.bad,
        .in_flight = (uint64_t)__builtin_popcountll(requests_busy), .written = swap.written, .read = swap.read, .write_errors = swap.write_errors,
        .read_errors = swap.read_errors, .served_in_flight = swap.served_in_flight, .io_pages = n_io, .io_pages_free = n_io_free, .reason = swap.reason,
        .repeated = ring.repeated,
    };
}

/* ---- checks ---- */

static uint32_t set_bits(void)
{
    uint32_t n = 0;

    for (uint32_t f = 0; f < swap.map_frames; f++) {
        for (uint32_t w = 0; w < PAGE_SIZE / 8; w++) {
            n += (uint32_t)__builtin_popcountll(swap.map[f][w]);
        }
    }
    return n;
}

uint32_t swap_check(void)
{
    uint32_t problems = 0, free = 0, on_disk = 0, dying = 0;

    for (uint32_t i = 0; i < n_io; i++) {
        free += io[i].state == IO_FREE;
        dying += io[i].state == IO_WRITE && io[i].handle == 0;
        if (io[i].handle) {
            problems += !record_valid(io[i].handle) || record_at(io[i].handle)->kind != RECORD_DISK || io_of(record_at(io[i].handle)) != i;
        }
    }
    for (uint32_t h = record_next(0); h; h = record_next(h)) {
        const struct record *r = record_at(h);
        if (r->kind == RECORD_DISK) {
            on_disk += swap_slot(r) != 0;
            problems += swap_slot(r) >= swap.n_blocks || (swap_slot(r) && swap.map_frames && !(*slot_word(swap_slot(r)) >> swap_slot(r) % 64 & 1));
            problems += io_of(r) != NO_PAGE && (io_of(r) >= n_io || io[io_of(r)].handle != h);
        }
    }
    if (swap.map_frames) {
        uint32_t beyond = (uint32_t)(swap.map_frames * SLOTS_PER_FRAME) - swap.n_blocks;
        problems += set_bits() != swap.used + swap.bad + 1 + beyond;
    }
    return problems + (free != n_io_free) + (swap.map_frames && on_disk + dying != swap.used);
}
