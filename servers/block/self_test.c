/* SPDX-License-Identifier: BSD-2-Clause */
#include "self_test.h"
#include "own_io.h"

#define WORDS (BLOCK_BYTES / 8)

/* splitmix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014), as a function of the position. */
uint64_t self_test_word(uint64_t seed, uint64_t block, unsigned i)
{
    uint64_t z = (seed + block * WORDS + i + 1) * 0x9e3779b97f4a7c15ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

static void fill(uint64_t *words, uint64_t seed, uint64_t block)
{
    for (unsigned i = 0; i < WORDS; i++) {
        words[i] = self_test_word(seed, block, i);
    }
}

static void look(struct self_test *test, const uint64_t *words, uint64_t block)
{
    uint64_t hash = 0xcbf29ce484222325ull;
    bool same = true;
    for (unsigned i = 0; i < WORDS; i++) {
        hash = (hash ^ words[i]) * 0x100000001b3ull;
        same = same && words[i] == self_test_word(test->seed, block, i);
    }
    test->checksum += hash * (block + 1);
    if (!same) {
        test->first_wrong = test->wrong == 0 || block < test->first_wrong ? block : test->first_wrong;
        test->wrong++;
    }
}

/* One request in flight. */
struct part {
    uint64_t first;
    uint32_t n; /* blocks; 0: the slot is free */
};

static void start_part(const struct self_test *test, unsigned slot, const struct part *part)
{
    const struct volume *v = test->volume;
    for (uint32_t i = 0; i < part->n && test->writes; i++) {
        fill((uint64_t *)own_io_page(slot, i), test->seed, part->first + i);
    }
    own_io_start(slot, v->drive, test->writes ? BLOCK_WRITE : BLOCK_READ, v->first_sector + part->first * SECTORS_PER_BLOCK, part->n);
}

static void end_part(struct self_test *test, unsigned slot, struct part *part)
{
    uint32_t n_done;
    enum block_status status = own_io_finish(slot, &n_done);
    if (status != BLOCK_OK && test->status == BLOCK_OK) {
        test->status = status;
    }
    for (uint32_t i = 0; i < n_done && !test->writes; i++) {
        look(test, (const uint64_t *)own_io_page(slot, i), part->first + i);
    }
    test->done += n_done;
    part->n = 0;
}

/* Requests of one and two blocks in turn, all slots in use. After a failure nothing more is begun. */
void self_test_run(struct self_test *test)
{
    struct part parts[OWN_IO_SLOTS] = {{0}};
    uint64_t begun = 0;
    test->status = volume_check(test->volume, BLOCK_READ, test->first, 1);
    if (test->status == BLOCK_OK && test->count > test->volume->n_blocks - test->first) {
        test->status = BLOCK_OUT_OF_RANGE;
    }
    for (unsigned turn = 0; begun < test->count && test->status == BLOCK_OK; turn++) {
        unsigned slot = turn % OWN_IO_SLOTS;
        if (parts[slot].n) {
            end_part(test, slot, &parts[slot]);
        }
        uint64_t left = test->count - begun;
        parts[slot] = (struct part){.first = test->first + begun, .n = turn % 2 && left > 1 ? 2 : 1};
        begun += parts[slot].n;
        start_part(test, slot, &parts[slot]);
    }
    for (unsigned slot = 0; slot < OWN_IO_SLOTS; slot++) {
        if (parts[slot].n) {
            end_part(test, slot, &parts[slot]);
        }
    }
    if (test->writes && test->status == BLOCK_OK) {
        test->status = own_io_run(0, test->volume->drive, BLOCK_FLUSH, 0, 0);
    }
}
