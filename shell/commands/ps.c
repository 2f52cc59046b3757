/* SPDX-License-Identifier: BSD-2-Clause */
#include "census.h"
#include "command.h"
#include "pages.h"
#include "table.h"
#include "text.h"

#include "pagoda/layout.h"

#include <inttypes.h>
#include <stdio.h>

#define MEMORY_COLUMNS 7

static const struct census_entry *entry_of(const struct census *census, const struct process_list_reply *process)
{
    for (unsigned i = 0; process->state != PROCESS_STATE_ZOMBIE && i < census->n; i++)
        if (census->entries[i].space.space == process->space)
            return &census->entries[i];
    return NULL;
}

static void add_pages(struct table *table, uint64_t pages)
{
    table_cell(table, "%s", text_size_short(pages * PAGE_SIZE).s);
}

static void add_memory(struct table *table, const struct census_entry *e)
{
    if (e == NULL) {
        for (unsigned i = 0; i < MEMORY_COLUMNS; i++)
            table_cell(table, "-");
        return;
    }
    uint64_t on_disk = pages_on_disk(e->space.space, &e->memory);
    add_pages(table, e->space.reserved);
    add_pages(table, census_resident(&e->space));
    add_pages(table, e->space.shared + e->space.file);
    add_pages(table, e->memory.stored - on_disk);
    add_pages(table, on_disk);
    table_cell(table, "%s", text_short(e->memory.refaults).s);
    table_cell(table, "%s", text_time_short(e->memory.stall).s);
}

static void add_process(struct table *table, const struct census *census, const struct process_list_reply *p)
{
    const struct census_entry *e = entry_of(census, p);
    if (p->pid == 0)
        table_cell(table, "-");
    else
        table_cell(table, "%" PRIu64, p->pid);
    if (p->parent == 0)
        table_cell(table, "-");
    else
        table_cell(table, "%" PRIu64, p->parent);
    table_cell(table, "%s", process_state_name(p, e == NULL ? NULL : &e->memory));
    table_cell(table, "%s", text_time(p->cpu_us * 1000).s);
    add_memory(table, e);
    table_cell(table, "%s", p->name);
}

/* say_held: why the program has not begun. */
static void say_held(const struct process_list_reply *p)
{
    printf("pid %" PRIu64 " (%s) waits for memory to begin, for %s now:\n", p->pid, p->name, text_time(p->held_us * 1000).s);
    printf("  it is expected to use %s, and others leave %s.\n", text_size(p->needs * PAGE_SIZE).s, text_size(p->room * PAGE_SIZE).s);
}

static int say_all_held(void)
{
    struct process_list_reply process;
    int error;
    for (unsigned i = 0; (error = process_list(LAYOUT_CAP_PROCESS, i, &process)) == PAGODA_OK; i++)
        if (process.state == PROCESS_STATE_HELD)
            say_held(&process);
    return error;
}

static int run(struct shell *shell, int argc, char **argv)
{
    static struct table table;
    struct process_list_reply process;
    const struct census *census = census_take(argv[0]);
    int error;
    (void)shell, (void)argc;
    if (census == NULL)
        return STATUS_FAILED;
    table_begin(&table, ">PID|>PPID|<STATE|>CPU|>RESV|>RES|>SHARED|>COMPR|>SWAP|>REFLT|>STALL|<NAME");
    table.gap = 1;
    bool held = false;
    for (unsigned i = 0; (error = process_list(LAYOUT_CAP_PROCESS, i, &process)) == PAGODA_OK; i++) {
        add_process(&table, census, &process);
        held |= process.state == PROCESS_STATE_HELD;
    }
    table_print(&table, stdout);
    if (error == PAGODA_ERR_END && held)
        error = say_all_held();
    return error == PAGODA_ERR_END ? STATUS_OK : shell_failed(argv[0], error);
}

const struct command command_ps = {
    .name = "ps",
    .usage = "",
    .summary = "list processes",
    .help = "STATE    running: it runs or is in a call to a server; waiting: for a child;\n"
            "         slowed: by load control, see 'pressure'; ended: nobody waited for it\n"
            "         yet; system: a service; held: new, waits for memory (see 'pressure')\n"
            "CPU      processor time used\n"
            "RESV     addresses it may touch, whether there is memory behind them or not\n"
            "RES      resident: RAM mapped, the zero page not counted; SHARED of that: frames\n"
            "         that others may hold as well, of files too\n"
            "COMPR    pages that left memory and are kept there, compressed or as one word;\n"
            "SWAP     those on the disk; REFLT: so many came back; STALL: time it waited\n",
    .words = "",
    .group = GROUP_PROCESSES,
    .run = run,
};
