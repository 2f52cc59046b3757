/* SPDX-License-Identifier: BSD-2-Clause */
/* What each program may hold, and what it may keep when memory is short. */
#include "census.h"
#include "command.h"
#include "share.h"
#include "table.h"
#include "text.h"

#include "pagoda/layout.h"

#include <inttypes.h>
#include <string.h>

extern const struct command command_limit;

static struct table table;

static void add(const struct census_entry *entry)
{
    const struct pager_space_memory_reply *m = &entry->memory;
    table_cell(&table, "%s", census_pid(entry));
    table_cell(&table, "%s", entry->space.label);
    table_cell(&table, "%s", text_size(m->held * PAGE_SIZE).s);
    table_cell(&table, "%s%s", m->bound ? "<=" : "", text_size(m->working_set * PAGE_SIZE).s);
    table_cell(&table, "%s", text_size(m->stored * PAGE_SIZE).s);
    table_cell(&table, "%s", text_size(m->min_pages * PAGE_SIZE).s);
    table_cell(&table, "%" PRIu64, m->weight);
    table_cell(&table, "%s", m->max_pages == 0 ? "none" : text_size(m->max_pages * PAGE_SIZE).s);
}

static int show(const struct census *census, const struct census_entry *only)
{
    table_begin(&table, ">PID|<NAME|>HOLDS|>USES|>STORED|>MINIMUM|>WEIGHT|>MAXIMUM");
    for (unsigned i = 0; i < census->n; i++)
        if (only == NULL || only == &census->entries[i])
            add(&census->entries[i]);
    table_print(&table, stdout);
    return STATUS_OK;
}

static int show_promises(void)
{
    struct pager_commit_info_reply c;
    int error = pager_commit_info(LAYOUT_CAP_PAGER, &c);
    if (error != PAGODA_OK)
        return shell_failed("limit", error);
    printf("%s promised to programs and servers; RAM and swap can keep %s.\n", text_size(c.promised * PAGE_SIZE).s, text_size(c.limit * PAGE_SIZE).s);
    if (c.strict)
        printf("No more than that is promised: %" PRIu64 " refused.\n", c.refused);
    else
        printf("More may be promised: nothing is refused.\n");
    return STATUS_OK;
}

/* 'limit commit [strict|overcommit]' */
static int commit(int argc, char **argv)
{
    if (argc > 3 || (argc == 3 && strcmp(argv[2], "strict") != 0 && strcmp(argv[2], "overcommit") != 0))
        return command_usage(&command_limit, "'limit commit' takes strict or overcommit");
    if (argc == 3) {
        int error = pager_commit_set(LAYOUT_CAP_PAGER, strcmp(argv[2], "strict") == 0);
        if (error == PAGODA_ERR_NO_MEMORY) {
            show_promises();
            return shell_complain("limit", "more is promised already than could be kept: end programs, or 'growth limit' stacks");
        }
        if (error != PAGODA_OK)
            return shell_failed("limit", error);
    }
    return show_promises();
}

static int grant(const struct census_entry *entry, const struct share *wish)
{
    uint64_t space = entry->space.space;
    int error = PAGODA_OK;
    if (wish->share)
        error = pager_space_set_share(LAYOUT_CAP_PAGER, space, wish->min_pages, wish->weight);
    if (error == PAGODA_OK && wish->max)
        error = pager_space_set_limit(LAYOUT_CAP_PAGER, space, wish->max_pages);
    if (error == PAGODA_ERR_NO_MEMORY)
        return shell_complain("limit", "%s cannot be kept: all minima together may be half of memory", text_size(wish->min_pages * PAGE_SIZE).s);
    return error == PAGODA_OK ? STATUS_OK : shell_failed("limit", error);
}

static int set(const struct census_entry *entry, int n, char **words)
{
    struct share wish = {.min_pages = entry->memory.min_pages, .weight = entry->memory.weight};
    for (int i = 0; i < n; i++)
        if (!share_parse(words[i], &wish))
            return command_usage(&command_limit, "'%s' is not " SHARE_FORMS, words[i]);
    return grant(entry, &wish);
}

static int run(struct shell *shell, int argc, char **argv)
{
    (void)shell;
    if (argc > 1 && strcmp(argv[1], "commit") == 0)
        return commit(argc, argv);
    const struct census *census = census_take("limit");
    const struct census_entry *entry = census == NULL || argc == 1 ? NULL : census_process(census, "limit", argv[1]);
    if (census == NULL || (argc > 1 && entry == NULL))
        return STATUS_FAILED;
    if (argc > 2) {
        int status = set(entry, argc - 2, argv + 2);
        census = status == STATUS_OK ? census_take("limit") : NULL;
        entry = census == NULL ? NULL : census_process(census, "limit", argv[1]);
        if (entry == NULL)
            return status == STATUS_OK ? STATUS_FAILED : status;
    }
    return show(census, entry);
}

const struct command command_limit = {
    .name = "limit",
    .usage = "[PID [min=SIZE] [weight=N] [max=SIZE|none] | commit [strict|overcommit]]",
    .summary = "what programs may hold, and keep when memory is short",
    .help = "HOLDS    RAM with tables and books; frames shared with others count in each\n"
            "USES     pages in use, those of files too, which HOLDS does not count: as\n"
            "         eviction saw when it looked at pages; <= when it did not: no more\n"
            "STORED   pages that left memory\n"
            "MINIMUM  what it may keep: pages leave only beyond that\n"
            "WEIGHT   pages leave the program with the greatest (pages - minimum) / weight\n"
            "MAXIMUM  more is refused: pages of its own leave then, and when none can, it is\n"
            "         ended\n"
            "'limit 5 min=8M weight=4', 'limit 5 max=32M', 'limit 5 max=none'. Children\n"
            "inherit all three; 'run max=8M PROGRAM' starts a program with its own.\n"
            "'limit commit' shows what is promised: private writable memory whether used or\n"
            "not, stacks up to their limits, shared memory once. 'limit commit strict'\n"
            "refuses promises beyond what RAM and swap can keep, so that no program is ever\n"
            "ended for want of memory; with 'overcommit' none is refused.\n",
    .words = "PID min=|PID weight=|PID max=none|commit strict|commit overcommit",
    .group = GROUP_MEMORY,
    .max_args = 4,
    .run = run,
};
