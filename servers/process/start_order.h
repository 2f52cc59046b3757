/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which programs may begin while load control is active, that is while the working sets of those that run are more than memory holds. Pure; O(waiting) a call.
 *
 * A new program waits until there is room for what it is expected to use: as much as the program of the same name used when it ended last, else START_DEFAULT_PAGES.
 * Of those that wait the one that counts least comes first. What counts is halved with every START_AGE_US of waiting: so a large program overtakes small ones that come after it, fits in the end,
 * and none starves. START_MOST_US is the most that one waits, START_FOREGROUND_US one that has the terminal.
 * One that is expected to use START_SMALL_PAGES or fewer does not wait: it makes no difference.
 * What begins counts as used until its pages tell how much it is.
 */
#ifndef PROCESS_START_ORDER_H
#define PROCESS_START_ORDER_H

#include <stdbool.h>
#include <stdint.h>

#define START_DEFAULT_PAGES 1024u
#define START_SMALL_PAGES 64u
#define START_AGE_US 4000000u
#define START_MOST_US 60000000u
#define START_FOREGROUND_US 1000000u
#define START_NONE UINT32_MAX

struct start_waiting {
    uint64_t needs;  /* pages that it is expected to use */
    uint64_t waited; /* us */
    bool foreground; /* somebody sits before it */
};

/* start_next: of n that wait the one that may begin now, with `room` pages free of use; START_NONE: none of them. Who has waited as long as one may comes first, the longest of these. */
uint32_t start_next(const struct start_waiting *waiting, uint32_t n, uint64_t room);

/* What programs used. The one asked for or told of longest ago gives way to a new one. */
#define START_KNOWN 32u
#define START_NAME_BYTES 32u
struct start_known {
    uint64_t time; /* grows with each use of the table */
    struct {
        char name[START_NAME_BYTES];
        uint64_t pages, used;
    } programs[START_KNOWN];
};

/* start_learn: a program has ended that used so many pages; 0 says nothing. start_estimate: what the program is expected to use. */
void start_learn(struct start_known *k, const char *name, uint64_t pages);
uint64_t start_estimate(struct start_known *k, const char *name);

#endif
