/* SPDX-License-Identifier: BSD-2-Clause */
#include "parties.h"

static uint64_t less(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

/* a_frame: of what a step would have saved, a frame's part. */
static uint64_t a_frame(const struct balance *b, uint64_t step_ns)
{
    return b->step ? step_ns / b->step : 0;
}

static enum party_moved moved(const struct party_facts *f, enum party_moved if_so)
{
    return !f->disk ? PARTY_NO_DISK : !f->on ? PARTY_SWITCHED_OFF : if_so;
}

void parties_describe(const struct party_facts *f, struct party_row rows[PARTIES])
{
    const struct balance *b = f->balance;
    uint64_t others = f->tables + f->objects;
    uint64_t room = less(f->frames, others);

    rows[PARTY_PAGES] = (struct party_row){
        .takes = f->pages, .low = f->disk ? less(room, b->high) : 0, .high = f->disk ? less(room, b->low) : room,
        .saves_ns = a_frame(b, b->less_ns), .moved = moved(f, PARTY_GIVES_ROOM)};
    rows[PARTY_COMPRESSED] = (struct party_row){
        .takes = f->compressed, .low = f->disk ? b->low : 0, .high = f->disk ? b->high : room, .saves_ns = a_frame(b, b->more_ns), .moved = moved(f, PARTY_IS_MOVED)};
    rows[PARTY_FILES] = (struct party_row){.moved = PARTY_TAKES_NONE};
    rows[PARTY_ZEROED] = (struct party_row){
        .takes = f->zeroed, .high = f->zeroed_limit, .saves_ns = f->zeroed_missed > 0 && f->zeroed < f->zeroed_limit ? f->zero_ns : 0, .moved = PARTY_FREE_MEMORY};
    rows[PARTY_TABLES] = (struct party_row){.takes = f->tables, .low = f->tables, .high = f->tables, .moved = PARTY_BY_NEED};
    rows[PARTY_OBJECTS] = (struct party_row){.takes = f->objects, .low = f->objects, .high = f->objects, .moved = PARTY_BY_NEED};
}
