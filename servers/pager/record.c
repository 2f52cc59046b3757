/* SPDX-License-Identifier: BSD-2-Clause */
#include "record.h"

#include "arena.h"
#include "frame.h"
#include "page_ops.h"

#include <pagoda/layout.h>
#include <stddef.h>

#define INDEX_BITS RECORD_INDEX_BITS
#define FIRST 2u /* index of the first record of a frame */
#define END (FIRST + RECORDS_PER_FRAME)
#define NUMBERS_MAX (1u << (RECORD_HANDLE_BITS - INDEX_BITS))
#define NONE UINT32_MAX
#define UNUSED 0x80000000u

/* At the beginning of a frame of records, in the place of the first ones. */
struct header {
    uint64_t free[(END + 63) / 64]; /* bit set: record is free */
    uint32_t number;
    uint32_t n_free;
    uint32_t next, prev; /* numbers of frames with free records; NONE: end */
};
_Static_assert(sizeof(struct header) <= FIRST * sizeof(struct record), "the header takes the place of the first");
_Static_assert(END * sizeof(struct record) <= PAGE_SIZE && END <= 1u << INDEX_BITS && END > 128, "they fit");

uint32_t *record_directory; /* of numbers not in use: UNUSED and the next such number */
static uint32_t n_numbers, used_numbers;
static uint32_t unused; /* first number that was used before and is not now, with UNUSED; NONE: none */
static uint32_t fresh;  /* numbers from here on were never used */
static uint8_t generation;
static uint32_t partial;
static uint64_t n_used;

static uint32_t numbers(uint64_t ram_pages)
{
    uint64_t n = ram_pages * 16 / RECORDS_PER_FRAME + 1; /* 16 stored pages for each page of RAM */
    return n < NUMBERS_MAX ? (uint32_t)n : NUMBERS_MAX;
}

uint64_t records_table_bytes(uint64_t ram_pages)
{
    return numbers(ram_pages) * sizeof *record_directory;
}

void records_init(uint64_t ram_pages)
{
    n_numbers = numbers(ram_pages);
    record_directory = arena_memory(records_table_bytes(ram_pages));
    unused = partial = NONE;
    used_numbers = fresh = 0;
    generation = 0;
    n_used = 0;
}

static struct header *header_of(uint32_t number)
{
    return frame_window(record_directory[number]);
}

static void list_push(struct header *h)
{
    h->next = partial;
    h->prev = NONE;
    if (partial != NONE) {
        header_of(partial)->prev = h->number;
    }
    partial = h->number;
}

static void list_remove(const struct header *h)
{
    if (h->prev != NONE) {
        header_of(h->prev)->next = h->next;
    } else {
        partial = h->next;
    }
    if (h->next != NONE) {
        header_of(h->next)->prev = h->prev;
    }
}

static bool take_number(uint32_t *number)
{
    if (unused != NONE) {
        *number = unused & ~UNUSED;
        unused = record_directory[*number];
    } else if (fresh < n_numbers) {
        *number = fresh++;
    } else {
        return false;
    }
    used_numbers++;
    return true;
}

static void put_number(uint32_t number)
{
    record_directory[number] = unused;
    unused = number | UNUSED;
    used_numbers--;
}

static bool grow(void)
{
    uint32_t number;

    if (!take_number(&number)) {
        return false;
    }
    uint32_t frame = frame_take(FRAME_STORE, false, true);
    if (frame == BUDDY_NONE) {
        put_number(number);
        return false;
    }
    record_directory[number] = frame;
    frame_at(frame)->unit.order = STORE_USE_RECORDS;
    *header_of(number) = (struct header){.free = {UINT64_MAX << FIRST, UINT64_MAX, UINT64_MAX >> (192 - END)}, .number = number, .n_free = RECORDS_PER_FRAME};
    list_push(header_of(number));
    return true;
}

uint32_t record_take(void)
{
    if (partial == NONE && !grow()) {
        return 0;
    }
    struct header *h = header_of(partial);
    unsigned word = h->free[0] ? 0 : h->free[1] ? 1 : 2;
    unsigned bit = (unsigned)__builtin_ctzll(h->free[word]);

    h->free[word] &= ~(1ull << bit);
    if (--h->n_free == 0) {
        list_remove(h);
    }
    n_used++;
    uint32_t handle = h->number << INDEX_BITS | word << 6 | bit;
    *record_at(handle) = (struct record){.refs = 1, .generation = ++generation};
    return handle;
}

void record_put(uint32_t handle)
{
    uint32_t index = handle % (1u << INDEX_BITS);
    struct header *h = header_of(handle >> INDEX_BITS);

    record_at(handle)->kind = RECORD_FREE;
    h->free[index >> 6] |= 1ull << (index & 63);
    n_used--;
    if (h->n_free++ == 0) {
        list_push(h);
    } else if (h->n_free == RECORDS_PER_FRAME) {
        uint32_t frame = record_directory[h->number];
        list_remove(h);
        put_number(h->number);
        frame_put(frame);
    }
}

static bool in_use(uint32_t number)
{
    return number < fresh && !(record_directory[number] & UNUSED);
}

bool record_valid(uint32_t handle)
{
    uint32_t index = handle % (1u << INDEX_BITS);

    return index >= FIRST && index < END && in_use(handle >> INDEX_BITS) && !(header_of(handle >> INDEX_BITS)->free[index >> 6] >> (index & 63) & 1);
}

bool records_move(uint32_t from, uint32_t to)
{
    uint32_t number = ((const struct header *)frame_window(from))->number;

    page_copy(frame_window(to), frame_window(from));
    frame_move(from, to);
    record_directory[number] = to;
    return true;
}

uint64_t records_used(void)
{
    return n_used;
}

uint64_t record_frames(void)
{
    return used_numbers;
}

uint32_t record_next(uint32_t handle)
{
    for (handle++; handle >> INDEX_BITS < fresh; handle++) {
        if (record_valid(handle)) {
            return handle;
        }
    }
    return 0;
}
