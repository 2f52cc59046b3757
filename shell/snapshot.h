/* SPDX-License-Identifier: BSD-2-Clause */
/* Everything that the pager and the process server tell, read at one time: what `stats json` prints and `top` shows. */
#ifndef SHELL_SNAPSHOT_H
#define SHELL_SNAPSHOT_H

#include "census.h"

#include <stdint.h>

struct snapshot {
    uint64_t now_ns; /* since the counter of the machine started */
    struct pager_memory_info_reply memory;
    struct pager_pressure_info_reply pressure;
    struct pager_fault_counts_reply faults;
    struct pager_store_info_reply store;
    struct pager_swap_info_reply swap;
    struct pager_commit_info_reply commit;
    unsigned n_processes;
    struct process_list_reply processes[CENSUS_MAX]; /* in order of pid, services and ended ones too */
    unsigned n_spaces;
    struct pager_space_list_reply spaces[CENSUS_MAX];
    struct pager_space_memory_reply stored[CENSUS_MAX]; /* of the same spaces */
    uint64_t on_disk[CENSUS_MAX]; /* of their stored pages */
};

/* snapshot_take: read it all. Returns a pagoda error; then the contents are not to be used. */
int snapshot_take(struct snapshot *snapshot);

/* snapshot_space: what the pager knows of a process; NULL for one without an address space of the pager's: init, the pager, ended ones. */
const struct pager_space_list_reply *snapshot_space(const struct snapshot *snapshot, const struct process_list_reply *process);

/* snapshot_stored: the same for what left its memory. */
const struct pager_space_memory_reply *snapshot_stored(const struct snapshot *snapshot, const struct process_list_reply *process);

#endif
