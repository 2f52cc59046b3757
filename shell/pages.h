/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts of pages that the pager tells in pieces, summed. They are no picture of one moment: programs go on in between. Zeros for a space that has ended. */
#ifndef SHELL_PAGES_H
#define SHELL_PAGES_H

#include "generated/pager_client.h"

#include <stdint.h>

struct pages {
    uint64_t zero, private_pages, shared, stored; /* shared: with other programs or with a file */
    uint64_t of_its_own;                          /* private, and copied when they are written */
    uint64_t touched;                             /* all of them */
    uint64_t on_disk;                             /* of those stored */
};

/* pages_count: of a range of a space; 0: the own one. A pagoda error if the pager does not answer. */
int pages_count(uint64_t space, uint64_t va, uint64_t length, struct pages *pages);

/* pages_on_disk: of all that `memory` says are stored. */
uint64_t pages_on_disk(uint64_t space, const struct pager_space_memory_reply *memory);

/* pages_by_colour: pager_colour_info of all pages of a space. *sum changes on success only. */
int pages_by_colour(uint64_t space, struct pager_colour_info_reply *sum);

#endif
