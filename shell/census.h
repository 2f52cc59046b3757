/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is there: processes of the process server joined with the address spaces of the pager. */
#ifndef SHELL_CENSUS_H
#define SHELL_CENSUS_H

#include "generated/pager_client.h"
#include "generated/process_client.h"

#include <stdbool.h>
#include <stdint.h>

#define CENSUS_MAX 1824 /* spaces shown; no fewer than the process server can hold */

struct census_entry {
    struct pager_space_list_reply space;
    struct pager_space_memory_reply memory;
    bool is_process;                   /* `process` is valid; otherwise the space belongs to a system service */
    struct process_list_reply process;
};

struct census {
    unsigned n;
    struct census_entry entries[CENSUS_MAX];
};

/*
 * census_memory: what the pager knows of a space's memory, zeros if it has ended. `load`: what pager_load_list has told before; who thrashes and who is slowed is
 * taken from there, for all spaces at one moment: a turn of load control that changes while one space is read after the other would show in both places or in none.
 */
void census_memory(uint64_t space, const struct pager_load_list_reply *load, struct pager_space_memory_reply *memory);

/* census_take: read both lists now. The result is static and stays valid until the next call.
 * NULL, with a message in the name of `command`, when a server does not answer. */
const struct census *census_take(const char *command);

/* census_take_quietly: the same without a message, for full screens; *error says why there is none. */
const struct census *census_take_quietly(int *error);

/* census_process: the entry of the process `pid_text` (a decimal pid); NULL, with a message, when it is not there. */
const struct census_entry *census_process(const struct census *census, const char *command, const char *pid_text);

/* census_pid: pid in decimal, "-" for a service without one. Static buffer. */
const char *census_pid(const struct census_entry *entry);

/* census_resident: pages of RAM mapped in the space; a frame shared with others counts in each. The zero page does not count. */
uint64_t census_resident(const struct pager_space_list_reply *space);

/* fault_kind_name: short name of a PAGER_FAULT_* kind, fit for a column title; fault_kind_text: a phrase that explains it. */
const char *fault_kind_name(unsigned kind);
const char *fault_kind_text(unsigned kind);

/* fault_kind_key: the kind's name for programs, as in the protocol, in lower case: "read_zero". */
const char *fault_kind_key(unsigned kind);

/* pressure_level_name: none, low, medium, critical; "?" above. */
#define PRESSURE_LEVEL_NAMES 4
const char *pressure_level_name(uint64_t level);

/* pressure_reason_name: free memory, stalls, refaults, consumption, fragmentation: the signals PAGER_PRESSURE_*; "?" above. */
const char *pressure_reason_name(uint64_t reason);

/* pressure_reason_key: the same for programs: "free", "stall", "refault", "consumption", "fragmentation". */
const char *pressure_reason_key(uint64_t reason);

/* swap_state_name: PAGER_SWAP_*; "?" above. */
const char *swap_state_name(uint64_t state);

/* Indexes of the counts of stalls: over which time. */
enum { STALL_10S, STALL_60S, STALL_300S };

/* Indexes of the counts of pager.store_info: how a page is stored. */
enum { STORED_SAME = 1, STORED_COMPRESSED, STORED_DISK, STORED_RAW };

/* evict_policy_name: generations, clock, 2q; "?" above. */
const char *evict_policy_name(uint64_t policy);

/* process_state_name: "running", "waiting", "ended", "system" for a service, or "slowed" or "held" by load control. memory: of its space; NULL if it has none. */
const char *process_state_name(const struct process_list_reply *process, const struct pager_space_memory_reply *memory);

#endif
