/* SPDX-License-Identifier: BSD-2-Clause */
/* Lazy allocation: what is reserved, what of it is really there, and how it came. */
#include "census.h"
#include "command.h"
#include "pages.h"
#include "table.h"
#include "text.h"

#include "pagoda/layout.h"

#include <inttypes.h>
#include <string.h>

extern const struct command command_lazy;

static struct table table;

static int print_zero_sharing(void)
{
    uint64_t on;
    int error = pager_setting_get(LAYOUT_CAP_PAGER, PAGER_SETTING_ZERO_SHARING, &on);
    if (error != PAGODA_OK)
        return shell_failed("lazy", error);
    printf("Zero-page sharing is %s: a read of untouched memory %s.\n", on != 0 ? "on" : "off",
           on != 0 ? "maps the one page of zeros" : "takes a frame at once");
    return STATUS_OK;
}

static int set_zero_sharing(const char *value)
{
    bool on;
    if (!text_parse_switch(value, &on))
        return command_usage(&command_lazy, "'%s' is not 'on' or 'off'", value);
    int error = pager_setting_set(LAYOUT_CAP_PAGER, PAGER_SETTING_ZERO_SHARING, on);
    if (error != PAGODA_OK)
        return shell_failed("lazy", error);
    return print_zero_sharing();
}

static void add_pages(uint64_t pages)
{
    table_cell(&table, "%" PRIu64, pages);
}

static void add_space(const struct pager_space_list_reply *space)
{
    add_pages(space->regions);
    add_pages(space->reserved);
    add_pages(census_resident(space));
    table_cell(&table, "%s", text_percent(census_resident(space), space->reserved).s);
    add_pages(space->private_pages);
    add_pages(space->shared);
    add_pages(space->file);
    add_pages(space->zero);
}

static void print_pages(const struct census *census)
{
    struct pager_space_list_reply sum = {0};
    table_begin(&table, ">PID|<NAME|>REGIONS|>RESERVED|>RESIDENT|>SHARE|>PRIVATE|>SHARED|>FILE|>ZERO");
    for (unsigned i = 0; i < census->n; i++) {
        const struct pager_space_list_reply *space = &census->entries[i].space;
        table_cell(&table, "%s", census_pid(&census->entries[i]));
        table_cell(&table, "%s", space->label);
        add_space(space);
        sum.regions += space->regions;
        sum.reserved += space->reserved;
        sum.private_pages += space->private_pages;
        sum.shared += space->shared;
        sum.file += space->file;
        sum.zero += space->zero;
    }
    table_rule(&table);
    table_cell(&table, "%s", "");
    table_cell(&table, "sum");
    add_space(&sum);
    printf("Pages of 4 KiB by address space\n");
    table_print(&table, stdout);
}

static void print_faults(const struct census *census)
{
    char columns[160] = ">PID|<NAME";
    uint64_t sums[PAGER_FAULT_KINDS] = {0};
    for (unsigned kind = 0; kind < PAGER_FAULT_KINDS; kind++) {
        strcat(columns, "|>");
        strcat(columns, fault_kind_name(kind));
    }
    table_begin(&table, columns);
    table.gap = 1;
    for (unsigned i = 0; i < census->n; i++) {
        const struct pager_space_list_reply *space = &census->entries[i].space;
        table_cell(&table, "%s", census_pid(&census->entries[i]));
        table_cell(&table, "%s", space->label);
        for (unsigned kind = 0; kind < PAGER_FAULT_KINDS; kind++) {
            add_pages(space->faults[kind]);
            sums[kind] += space->faults[kind];
        }
    }
    table_rule(&table);
    table_cell(&table, "%s", "");
    table_cell(&table, "sum");
    for (unsigned kind = 0; kind < PAGER_FAULT_KINDS; kind++)
        add_pages(sums[kind]);
    printf("\nFaults of living address spaces by kind ('help lazy' explains the names)\n");
    table_print(&table, stdout);
}

static const char *kind_name(uint64_t kind)
{
    switch (kind) {
    case PAGER_REGION_ANONYMOUS:
        return "anonymous";
    case PAGER_REGION_STACK:
        return "stack";
    case PAGER_REGION_FILE:
        return "file";
    case PAGER_REGION_SHARED:
        return "shared";
    default:
        return "?";
    }
}

static const char *file_name(const struct pager_region_list_reply *region)
{
    static struct pager_file_list_reply file;
    if (region->kind != PAGER_REGION_FILE)
        return "";
    for (unsigned i = 0; pager_file_list(LAYOUT_CAP_PAGER, i, &file) == PAGODA_OK; i++)
        if (file.file == region->file)
            return file.path;
    return "?";
}

static void add_region(const struct pager_region_list_reply *region, const struct pages *pages)
{
    table_cell(&table, "0x%010" PRIx64, region->va);
    table_cell(&table, "%s", text_size(region->length).s);
    table_cell(&table, "%s", kind_name(region->kind));
    table_cell(&table, "%c%c%c", region->prot & PAGER_PROT_READ ? 'r' : '-', region->prot & PAGER_PROT_WRITE ? 'w' : '-',
               region->prot & PAGER_PROT_EXEC ? 'x' : '-');
    add_pages(region->length / PAGE_SIZE);
    add_pages(pages->private_pages);
    add_pages(pages->shared);
    add_pages(pages->zero);
    table_cell(&table, "%s", file_name(region));
}

static int print_regions(const struct census_entry *entry)
{
    struct pager_region_list_reply region;
    struct pages pages;
    int error;
    table_begin(&table, ">ADDRESS|>LENGTH|<KIND|<PROT|>PAGES|>PRIVATE|>SHARED|>ZERO|<FILE");
    for (unsigned i = 0; (error = pager_region_list(LAYOUT_CAP_PAGER, entry->space.space, i, &region)) == PAGODA_OK; i++) {
        error = pages_count(entry->space.space, region.va, region.length, &pages);
        if (error != PAGODA_OK)
            break;
        add_region(&region, &pages);
    }
    if (error != PAGODA_ERR_END)
        return shell_failed("lazy", error);
    printf("Regions of %s (process %s)\n", entry->space.label, census_pid(entry));
    table_print(&table, stdout);
    return STATUS_OK;
}

static void print_faults_of(const struct census_entry *entry)
{
    uint64_t sum = 0;
    table_begin(&table, ">-|<-|<-");
    for (unsigned kind = 0; kind < PAGER_FAULT_KINDS; kind++) {
        add_pages(entry->space.faults[kind]);
        table_cell(&table, "%s", fault_kind_name(kind));
        table_cell(&table, "%s", fault_kind_text(kind));
        sum += entry->space.faults[kind];
    }
    table_rule(&table);
    add_pages(sum);
    table_cell(&table, "sum");
    printf("\nIts faults by kind\n");
    table_print(&table, stdout);
}

static int show_process(const struct census_entry *entry)
{
    int status = print_regions(entry);
    if (status == STATUS_OK)
        print_faults_of(entry);
    return status;
}

static int run(struct shell *shell, int argc, char **argv)
{
    (void)shell;
    if (argc > 1 && strcmp(argv[1], "zero") == 0)
        return argc == 3 ? set_zero_sharing(argv[2]) : print_zero_sharing();
    if (argc > 2)
        return command_usage(&command_lazy, "too many arguments, from '%s' on", argv[2]);
    const struct census *census = census_take(argv[0]);
    if (census == NULL)
        return STATUS_FAILED;
    if (argc > 1) {
        const struct census_entry *entry = census_process(census, argv[0], argv[1]);
        return entry == NULL ? STATUS_FAILED : show_process(entry);
    }
    print_pages(census);
    print_faults(census);
    return print_zero_sharing();
}

const struct command command_lazy = {
    .name = "lazy",
    .usage = "[PID | zero [on|off]]",
    .summary = "lazy memory: reserved, resident, faults by kind",
    .help = "RESERVED  pages inside regions         RESIDENT  those with memory behind them\n"
            "SHARE     of the reserved that is      PRIVATE   frames of its own\n"
            "          resident                     SHARED    frames that others hold too\n"
            "FILE      frames with files' contents  ZERO      pages that share the one page\n"
            "                                                 of zeros: they cost nothing\n"
            "Faults:\n"
            "read0     read of untouched memory     write  first touch by a write\n"
            "z>own     write to a shared zero page  copy   write to a shared page, copied\n"
            "last      the same by its last holder  file   file page that was in memory\n"
            "load      file page, loaded first      stack  a stack grown\n"
            "remap     only the mapping was lost    store  page brought back from a store\n"
            "fatal     no answer: the thread ended\n"
            "'lazy PID' shows the regions of one process. 'lazy zero off' lets reads take\n"
            "frames at once.\n",
    .words = "zero on|zero off",
    .group = GROUP_MEMORY,
    .max_args = 2,
    .run = run,
};
