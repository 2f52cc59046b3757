/* SPDX-License-Identifier: BSD-2-Clause */
#include "census.h"

#include "command.h"
#include "text.h"

#include "pagoda/layout.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Processes are few: a search per space is cheap beside the messages that fetched them. */
static struct census_entry *entry_of_space(struct census *census, uint64_t space)
{
    for (unsigned i = 0; i < census->n; i++)
        if (census->entries[i].space.space == space)
            return &census->entries[i];
    return NULL;
}

void census_memory(uint64_t space, const struct pager_load_list_reply *load, struct pager_space_memory_reply *memory)
{
    if (pager_space_memory(LAYOUT_CAP_PAGER, space, memory) != PAGODA_OK) {
        *memory = (struct pager_space_memory_reply){0};
        return;
    }
    uint32_t row;
    memory->thrashes = memory->slowed = memory->storms = 0;
    for (size_t at = 0; at + sizeof(row) <= load->rows.len; at += sizeof(row)) {
        memcpy(&row, &load->rows.data[at], sizeof(row));
        if ((row & PAGER_LOAD_SPACE) == space) {
            memory->storms = (row & PAGER_LOAD_STORMS) != 0;
            memory->thrashes = !memory->storms;
            memory->slowed = (row & PAGER_LOAD_SLOWED) != 0;
        }
    }
}

static int read_spaces(struct census *census)
{
    struct pager_load_list_reply load;
    int error = pager_load_list(LAYOUT_CAP_PAGER, &load);
    if (error != PAGODA_OK)
        return error;
    for (census->n = 0; census->n < CENSUS_MAX; census->n++) {
        struct census_entry *entry = &census->entries[census->n];
        error = pager_space_list(LAYOUT_CAP_PAGER, census->n, &entry->space);
        if (error != PAGODA_OK)
            break;
        census_memory(entry->space.space, &load, &entry->memory);
        entry->is_process = false;
    }
    return error == PAGODA_ERR_END ? PAGODA_OK : error;
}

static int read_processes(struct census *census)
{
    struct process_list_reply process;
    int error;
    for (unsigned i = 0; (error = process_list(LAYOUT_CAP_PROCESS, i, &process)) == PAGODA_OK; i++) {
        struct census_entry *entry = process.state == PROCESS_STATE_ZOMBIE ? NULL : entry_of_space(census, process.space);
        if (entry == NULL || process.pid == 0)
            continue;
        entry->is_process = true;
        entry->process = process;
    }
    return error == PAGODA_ERR_END ? PAGODA_OK : error;
}

const struct census *census_take_quietly(int *error)
{
    static struct census census;
    *error = read_spaces(&census);
    if (*error == PAGODA_OK)
        *error = read_processes(&census);
    return *error == PAGODA_OK ? &census : NULL;
}

const struct census *census_take(const char *command)
{
    int error;
    const struct census *census = census_take_quietly(&error);
    if (census == NULL)
        shell_failed(command, error);
    return census;
}

/* Why a process has no entry. */
static void say_why_not(const char *command, uint64_t pid)
{
    struct process_list_reply process;
    for (unsigned i = 0; process_list(LAYOUT_CAP_PROCESS, i, &process) == PAGODA_OK; i++) {
        if (process.pid != pid || pid == 0)
            continue;
        if (process.state == PROCESS_STATE_ZOMBIE)
            shell_complain(command, "process %" PRIu64 " (%s) has ended", pid, process.name);
        else
            shell_complain(command, "process %" PRIu64 " (%s) is a service whose memory does not come from the pager", pid, process.name);
        return;
    }
    shell_complain(command, "no process has the number %" PRIu64 "; 'ps' lists them", pid);
}

const struct census_entry *census_process(const struct census *census, const char *command, const char *pid_text)
{
    uint64_t pid;
    if (!text_parse_number(pid_text, &pid)) {
        shell_complain(command, "'%s' is not a process number; 'ps' lists them", pid_text);
        return NULL;
    }
    for (unsigned i = 0; i < census->n; i++)
        if (census->entries[i].is_process && census->entries[i].process.pid == pid)
            return &census->entries[i];
    say_why_not(command, pid);
    return NULL;
}

const char *census_pid(const struct census_entry *entry)
{
    static char text[TEXT_NUMBER_MAX];
    if (!entry->is_process)
        return "-";
    snprintf(text, sizeof(text), "%" PRIu64, entry->process.pid);
    return text;
}

uint64_t census_resident(const struct pager_space_list_reply *space)
{
    return space->private_pages + space->shared + space->file;
}

const char *fault_kind_name(unsigned kind)
{
    static const char *const names[PAGER_FAULT_KINDS] = {
        "read0", "write", "z>own", "copy", "last", "file", "load", "stack", "remap", "store", "fatal",
    };
    return kind < PAGER_FAULT_KINDS ? names[kind] : "?";
}

const char *fault_kind_text(unsigned kind)
{
    static const char *const texts[PAGER_FAULT_KINDS] = {
        "read of untouched memory: zero page shared",
        "first touch by a write: private zeroed frame",
        "write to a page that shared the zero page",
        "write to a shared page: copied",
        "write by the last holder: no copy",
        "file page, already in memory",
        "file page, brought into memory first",
        "stack grown",
        "page was there, only its mapping was missing",
        "page brought back from a store",
        "no answer possible: thread ended",
    };
    return kind < PAGER_FAULT_KINDS ? texts[kind] : "?";
}

const char *fault_kind_key(unsigned kind)
{
    static const char *const keys[PAGER_FAULT_KINDS] = {
        [PAGER_FAULT_READ_ZERO] = "read_zero",   [PAGER_FAULT_WRITE_FIRST] = "write_first", [PAGER_FAULT_WRITE_ZERO] = "write_zero",
        [PAGER_FAULT_COW_COPY] = "cow_copy",     [PAGER_FAULT_COW_LAST] = "cow_last",       [PAGER_FAULT_FILE_READ] = "file_read",
        [PAGER_FAULT_FILE_LOAD] = "file_load",   [PAGER_FAULT_STACK_GROWTH] = "stack_growth", [PAGER_FAULT_REMAP] = "remap",
        [PAGER_FAULT_BRING_IN] = "bring_in",
        [PAGER_FAULT_FATAL] = "fatal",
    };
    return kind < PAGER_FAULT_KINDS && keys[kind] != NULL ? keys[kind] : "?";
}

const char *pressure_level_name(uint64_t level)
{
    static const char *const names[PRESSURE_LEVEL_NAMES] = {"none", "low", "medium", "critical"};
    return level < PRESSURE_LEVEL_NAMES ? names[level] : "?";
}

const char *pressure_reason_name(uint64_t reason)
{
    static const char *const names[PAGER_PRESSURE_REASONS] = {"free memory", "stalls", "refaults", "consumption", "fragmentation"};
    return reason < PAGER_PRESSURE_REASONS ? names[reason] : "?";
}

const char *process_state_name(const struct process_list_reply *process, const struct pager_space_memory_reply *memory)
{
    if (process->system != 0)
        return "system";
    if (memory != NULL && memory->slowed && process->state != PROCESS_STATE_ZOMBIE)
        return "slowed";
    switch (process->state) {
    case PROCESS_STATE_RUNNING:
        return "running";
    case PROCESS_STATE_WAITING:
        return "waiting";
    case PROCESS_STATE_ZOMBIE:
        return "ended";
    case PROCESS_STATE_HELD:
        return "held";
    default:
        return "?";
    }
}

const char *pressure_reason_key(uint64_t reason)
{
    static const char *const keys[PAGER_PRESSURE_REASONS] = {"free", "stall", "refault", "consumption", "fragmentation"};
    return reason < PAGER_PRESSURE_REASONS ? keys[reason] : "?";
}

const char *swap_state_name(uint64_t state)
{
    static const char *const names[] = {"off", "being checked", "on", "being switched off", "refused"};
    return state <= PAGER_SWAP_REFUSED ? names[state] : "?";
}

const char *evict_policy_name(uint64_t policy)
{
    static const char *const names[PAGER_EVICT_POLICIES] = {"generations", "clock", "2q"};
    return policy < PAGER_EVICT_POLICIES ? names[policy] : "?";
}
