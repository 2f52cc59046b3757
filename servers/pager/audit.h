/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Consistency of the pager's whole state. The full check recounts everything from the page maps and compares it with the frame
 * table, the free lists and the accounting: O(pages of RAM + touched pages). References are compared by the sum of a hash of
 * the frame number over all holders, so that no memory is needed for counting.
 */
#ifndef PAGER_AUDIT_H
#define PAGER_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

struct audit_result {
    uint64_t problems;
    uint64_t frames; /* entries of the frame table looked at */
    uint64_t pages;  /* page map entries looked at */
    uint64_t read;   /* free frames whose contents were read */
    uint32_t first;  /* number of the first rule that was broken (line of audit.c); 0: none */
};

/* audit_all: the whole state. */
void audit_all(struct audit_result *result);

/*
 * audit_after: for debug builds, steered by SETTING_CHECK; stops the pager when something is wrong.
 * 1: the whole state after every request; after a fault the sums, and the whole state as often as its cost stays a small share of
 * the work done (AUDIT_SHARE frames a fault on average). 2: the whole state after every fault too. Groups that were never used
 * cost nothing, so a machine with much idle memory is checked as fast as a small one.
 */
void audit_after(bool fault);

#endif
