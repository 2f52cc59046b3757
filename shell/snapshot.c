/* SPDX-License-Identifier: BSD-2-Clause */
#include "snapshot.h"

#include "kinfo.h"
#include "pages.h"

#include "pagoda/layout.h"
#include "pagoda/pagoda.h"

#include <stddef.h>

static int read_processes(struct snapshot *s)
{
    int error = PAGODA_OK;
    for (s->n_processes = 0; s->n_processes < CENSUS_MAX; s->n_processes++) {
        error = process_list(LAYOUT_CAP_PROCESS, s->n_processes, &s->processes[s->n_processes]);
        if (error != PAGODA_OK)
            break;
    }
    return error == PAGODA_ERR_END ? PAGODA_OK : error;
}

static int read_spaces(struct snapshot *s)
{
    struct pager_load_list_reply load;
    int error = pager_load_list(LAYOUT_CAP_PAGER, &load);
    if (error != PAGODA_OK)
        return error;
    for (s->n_spaces = 0; s->n_spaces < CENSUS_MAX; s->n_spaces++) {
        error = pager_space_list(LAYOUT_CAP_PAGER, s->n_spaces, &s->spaces[s->n_spaces]);
        if (error != PAGODA_OK)
            break;
        census_memory(s->spaces[s->n_spaces].space, &load, &s->stored[s->n_spaces]);
        s->on_disk[s->n_spaces] = pages_on_disk(s->spaces[s->n_spaces].space, &s->stored[s->n_spaces]);
    }
    return error == PAGODA_ERR_END ? PAGODA_OK : error;
}

int snapshot_take(struct snapshot *s)
{
    /* The time is that of the CPU figures, which shares are taken of. */
    s->now_ns = ticks_to_ns(pagoda_ticks(), pagoda_tick_frequency());
    int error = read_processes(s);
    if (error == PAGODA_OK)
        error = pager_memory_info(LAYOUT_CAP_PAGER, &s->memory);
    if (error == PAGODA_OK)
        error = pager_pressure_info(LAYOUT_CAP_PAGER, &s->pressure);
    if (error == PAGODA_OK)
        error = pager_fault_counts(LAYOUT_CAP_PAGER, &s->faults);
    if (error == PAGODA_OK)
        error = pager_store_info(LAYOUT_CAP_PAGER, &s->store);
    if (error == PAGODA_OK)
        error = pager_swap_info(LAYOUT_CAP_PAGER, &s->swap);
    if (error == PAGODA_OK)
        error = pager_commit_info(LAYOUT_CAP_PAGER, &s->commit);
    return error == PAGODA_OK ? read_spaces(s) : error;
}

const struct pager_space_list_reply *snapshot_space(const struct snapshot *s, const struct process_list_reply *process)
{
    if (process->space == 0 || process->state == PROCESS_STATE_ZOMBIE)
        return NULL;
    for (unsigned i = 0; i < s->n_spaces; i++)
        if (s->spaces[i].space == process->space)
            return &s->spaces[i];
    return NULL;
}

const struct pager_space_memory_reply *snapshot_stored(const struct snapshot *s, const struct process_list_reply *process)
{
    const struct pager_space_list_reply *space = snapshot_space(s, process);
    return space == NULL ? NULL : &s->stored[space - s->spaces];
}
