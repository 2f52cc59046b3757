/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A cache that gives way: entries of one page that can be made again. It fills as many as it was told, and makes some anew all the time, like a program whose users
 * come back. When memory runs short the pager says so, the cache asks how much is wanted, and gives the entries back that it used least recently. What is
 * in an entry is always right, or the entry is empty.
 */
#include "program.h"
#include "text.h"

#include "pagoda/pressure.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define MOST_MIB 65536
#define MOST_MS 3600000
#define ASK_EVERY 64 /* rounds, while pressure lasts: more may be wanted than at its beginning */
#define WORDS (PAGE / 8)

static uint64_t *memory;
static uint64_t n_entries, n_filled; /* entries [0, n_filled) are there; the last ones are the least wanted */
static uint64_t given, wrong, hits;

/* A word that nothing can compress. */
static uint64_t content(uint64_t entry, uint64_t word)
{
    uint64_t x = entry * WORDS + word + 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    return (x ^ x >> 27) * 0x94d049bb133111ebu;
}

static void fill(void)
{
    uint64_t *page = memory + n_filled * WORDS;
    for (uint64_t i = 0; i < WORDS; i++)
        page[i] = content(n_filled, i);
    n_filled++;
}

static void look_up(uint64_t entry)
{
    uint64_t word = hits++ % WORDS;
    wrong += memory[entry * WORDS + word] != content(entry, word);
}

/* give_back: so many of the entries that are wanted least. */
static void give_back(uint64_t pages)
{
    uint64_t n = pages < n_filled ? pages : n_filled;
    if (n == 0)
        return;
    n_filled -= n;
    given += n;
    madvise(memory + n_filled * WORDS, n * PAGE, MADV_DONTNEED);
}

/* answer: what is wanted; true: pressure lasts. */
static bool answer(void)
{
    struct pagoda_pressure p;
    if (pagoda_pressure_ask(&p) != 0 || p.level == PAGODA_PRESSURE_NONE)
        return false;
    give_back(p.pages);
    return true;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        program_usage("cache", argc < 3 ? "size and milliseconds are wanted" : "too many arguments");
    n_entries = program_number("cache", argv[1], 1, MOST_MIB) * MIB / PAGE;
    uint64_t end = program_ns() + program_number("cache", argv[2], 1, MOST_MS) * 1000000u;
    memory = program_map("cache", n_entries * PAGE);
    if (pagoda_pressure_subscribe(PAGODA_PRESSURE_LOW) != 0)
        return program_error("cache", "subscribing");
    uint64_t most = 0, signals = 0;
    bool pressed = answer();
    for (uint64_t n = 0; program_ns() < end; n++) {
        bool changed = pagoda_pressure_changed();
        signals += changed;
        if (changed || (pressed && n % ASK_EVERY == 0))
            pressed = answer();
        if (!pressed && n_filled < n_entries)
            fill();
        most = n_filled > most ? n_filled : most;
        if (n_filled > 0)
            look_up(n % n_filled);
    }
    printf("cache: %llu entries at most, %llu given back, %llu signals; %llu look-ups, %llu wrong; %llu entries now\n", (unsigned long long)most,
        (unsigned long long)given, (unsigned long long)signals, (unsigned long long)hits, (unsigned long long)wrong, (unsigned long long)n_filled);
    return wrong == 0 ? 0 : 1;
}
