/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A store of keys and values in a hash table as large as one likes, larger than RAM too, under random operations that repeat with their seed.
 * Its model is one byte a key: which version of the value was put last. Value and checksum follow from key and version, so every answer
 * of the store can be checked.
 */
#include "program.h"
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_MIB 65536
#define MOST_OPERATIONS 1000000000ull
#define ENTRY_BYTES 256
#define VALUE_WORDS 30
#define RANDOM_WORDS 8 /* of a value; the others are text, so that a page of entries compresses to about a third */

enum { EMPTY = 0, FIRST_KEY = 1 };

struct entry {
    uint64_t key; /* EMPTY, or FIRST_KEY and up */
    uint64_t sum; /* of key and value */
    uint64_t value[VALUE_WORDS];
};
_Static_assert(sizeof(struct entry) == ENTRY_BYTES, "16 entries a page");

struct store {
    struct entry *entries;
    uint64_t n_entries;
    uint64_t used; /* entries that hold a key */
};

static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static uint64_t entry_sum(const struct entry *e)
{
    uint64_t sum = e->key;
    for (unsigned i = 0; i < VALUE_WORDS; i++)
        sum = (sum << 7 | sum >> 57) + e->value[i];
    return sum;
}

static void make_value(uint64_t *value, uint64_t key, uint8_t version)
{
    uint64_t seed = mix(key << 8 | version);
    for (unsigned i = 0; i < VALUE_WORDS; i++)
        value[i] = i < RANDOM_WORDS ? mix(seed + i) : 0x2065756c61762061 + (seed & 15);
}

static uint64_t home(const struct store *s, uint64_t key)
{
    return mix(key) % s->n_entries;
}

static uint64_t next_place(const struct store *s, uint64_t place)
{
    return place + 1 == s->n_entries ? 0 : place + 1;
}

/* find: the entry of a key, or the EMPTY one where it belongs. Keys fill three quarters of the table, so the search ends. */
static struct entry *find(const struct store *s, uint64_t key)
{
    uint64_t place = home(s, key);
    while (s->entries[place].key != key && s->entries[place].key != EMPTY)
        place = next_place(s, place);
    return &s->entries[place];
}

static void put(struct store *s, uint64_t key, uint8_t version)
{
    struct entry *e = find(s, key);
    s->used += e->key == EMPTY;
    e->key = key;
    make_value(e->value, key, version);
    e->sum = entry_sum(e);
}

/* take_out: the entries behind it move up as far as their homes allow, so that every search still finds what it looks for. */
static void take_out(struct store *s, struct entry *e)
{
    uint64_t hole = (uint64_t)(e - s->entries);
    for (uint64_t place = next_place(s, hole); s->entries[place].key != EMPTY; place = next_place(s, place)) {
        uint64_t from_home = (place + s->n_entries - home(s, s->entries[place].key)) % s->n_entries;
        uint64_t from_hole = (place + s->n_entries - hole) % s->n_entries;
        if (from_home >= from_hole) {
            s->entries[hole] = s->entries[place];
            hole = place;
        }
    }
    s->entries[hole].key = EMPTY;
    s->used--;
}

/* right: the store's answer for a key is what the model says. Version 0: it is not there. */
static bool right(const struct store *s, uint64_t key, uint8_t version)
{
    struct entry *e = find(s, key);
    uint64_t value[VALUE_WORDS];
    if (e->key == EMPTY || version == 0)
        return e->key == EMPTY && version == 0;
    make_value(value, key, version);
    return e->sum == entry_sum(e) && memcmp(e->value, value, sizeof(value)) == 0;
}

struct counts {
    uint64_t puts, gets, removals, wrong;
};

/* operate: one random operation. Half of them go to a sixteenth of the keys. */
static void operate(struct store *s, uint8_t *versions, uint64_t n_keys, uint64_t random, struct counts *c)
{
    uint64_t k = (random >> 8) % (random & 128 ? n_keys : n_keys / 16 + 1), key = k + FIRST_KEY;
    unsigned what = random & 7;
    if (what < 4) {
        c->gets++;
        c->wrong += !right(s, key, versions[k]);
    } else if (what < 7) {
        c->puts++;
        versions[k] = versions[k] == 255 ? 1 : (uint8_t)(versions[k] + 1);
        put(s, key, versions[k]);
    } else if (versions[k] != 0) {
        struct entry *e = find(s, key);
        c->removals++;
        c->wrong += e->key == EMPTY;
        if (e->key != EMPTY)
            take_out(s, e);
        versions[k] = 0;
    }
}

/* check_all: every key, and that the store holds no others. */
static uint64_t check_all(const struct store *s, const uint8_t *versions, uint64_t n_keys)
{
    uint64_t wrong = 0, present = 0;
    for (uint64_t k = 0; k < n_keys; k++) {
        present += versions[k] != 0;
        wrong += !right(s, k + FIRST_KEY, versions[k]);
    }
    return wrong + (present != s->used);
}

int main(int argc, char **argv)
{
    if (argc < 3 || argc > 4)
        program_usage("kv", argc > 4 ? "too many arguments" : "size and number of operations are wanted");
    uint64_t mib = program_number("kv", argv[1], 1, MOST_MIB);
    uint64_t operations = program_number("kv", argv[2], 0, MOST_OPERATIONS);
    uint64_t seed = argc > 3 ? program_number("kv", argv[3], 0, UINT64_MAX) : 1;

    struct store s = {program_map("kv", mib * MIB), mib * MIB / ENTRY_BYTES, 0};
    uint64_t n_keys = s.n_entries / 4 * 3;
    uint8_t *versions = program_map("kv", n_keys);
    struct counts c = {0};
    uint64_t start = program_ns();
    for (uint64_t k = 0; k < n_keys; k++) {
        versions[k] = 1;
        put(&s, k + FIRST_KEY, 1);
    }
    uint64_t filled = program_ns();
    for (uint64_t i = 0; i < operations; i++)
        operate(&s, versions, n_keys, mix(seed + (i + 1) * 0x9e3779b97f4a7c15u), &c);
    uint64_t end = program_ns();
    c.wrong += check_all(&s, versions, n_keys);

    printf("kv %llu MiB: %llu keys put in %s; %llu puts, %llu gets, %llu removals in %s; %llu keys left; %llu wrong\n", (unsigned long long)mib,
           (unsigned long long)n_keys, text_time(filled - start).s, (unsigned long long)c.puts, (unsigned long long)c.gets, (unsigned long long)c.removals,
           text_time(end - filled).s, (unsigned long long)s.used, (unsigned long long)c.wrong);
    return c.wrong == 0 ? 0 : 1;
}
