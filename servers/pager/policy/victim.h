/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who is ended when memory has run out: the client that exceeds its share the most. Pure; O(clients), fed one at a time.
 *
 * A client at or below its minimum is never chosen. Among the others the one with the greatest (pages - min) / weight is; of
 * equal ones the requester, else the first. If nobody exceeds its minimum, it is the requester: it asked for what is not there.
 */
#ifndef PAGER_POLICY_VICTIM_H
#define PAGER_POLICY_VICTIM_H

#include <stdbool.h>
#include <stdint.h>

/* What every client is entitled to while nothing else is configured: enough for a small program with its tables (512 KiB). */
#define VICTIM_MIN_PAGES 128u

struct victim_candidate {
    uint32_t id;
    uint32_t weight; /* at least 1 */
    uint64_t pages;  /* that it holds */
    uint64_t min;    /* that it is entitled to */
};

struct victim_choice {
    uint32_t requester; /* id */
    bool found;
    struct victim_candidate best;
};

void victim_begin(struct victim_choice *v, uint32_t requester);
void victim_consider(struct victim_choice *v, const struct victim_candidate *c);
/* victim_end: the id of the one to end. */
uint32_t victim_end(const struct victim_choice *v);

#endif
