/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The order in which a working set is used: page numbers below n_pages, one after the other. Pure and the same on every machine, so that a
 * simulator can replay what a program did (tests/host/sim).
 */
#ifndef SHELL_PROGRAMS_PATTERN_H
#define SHELL_PROGRAMS_PATTERN_H

#include <stdbool.h>
#include <stdint.h>

enum pattern_kind {
    PATTERN_SEQ,     /* round and round */
    PATTERN_UNIFORM, /* each page as likely as any other */
    PATTERN_ZIPF,    /* rank r with a chance of 1 / r^0.99; ranks that follow each other lie far apart */
};

struct pattern {
    enum pattern_kind kind;
    uint64_t n_pages, n_given, random;
    uint32_t *cumulative; /* zipf: chance of the ranks up to this one, of 2^32 */
};

/* pattern_by_name: "seq", "uniform" or "zipf"; false: none of them. */
bool pattern_by_name(const char *name, enum pattern_kind *kind);

/* pattern_init: n_pages fits 32 bits; seed is not 0. `room`: n_pages words, used by zipf only. */
void pattern_init(struct pattern *p, enum pattern_kind kind, uint64_t n_pages, uint64_t seed, uint32_t *room);

/* pattern_next: the page used next. */
uint64_t pattern_next(struct pattern *p);

/* random_next: 64 bits of a xorshift generator; its state is not 0. random_next_below: uniform below n, which fits 32 bits. */
uint64_t random_next(uint64_t *state);
uint64_t random_next_below(uint64_t *state, uint64_t n);

#endif
