/* SPDX-License-Identifier: BSD-2-Clause */
/* Stacks: how large each is, how it grew, and the limits. */
#include "arrange.h"
#include "census.h"
#include "command.h"
#include "pages.h"
#include "table.h"
#include "text.h"

#include "pagoda/layout.h"

#include <inttypes.h>
#include <string.h>

extern const struct command command_growth;

static void add_stack(struct table *table, const struct census_entry *entry, const struct pager_stack_list_reply *stack, uint64_t resident)
{
    table_cell(table, "%s", census_pid(entry));
    table_cell(table, "%s", entry->space.label);
    table_cell(table, "0x%" PRIx64, stack->top);
    table_cell(table, "%s", text_size(stack->size).s);
    table_cell(table, "%s", text_size(resident).s);
    table_cell(table, "%s", text_size(stack->limit).s);
    table_cell(table, "%" PRIu64, stack->growths);
    table_cell(table, "%" PRIu64, stack->step);
    table_cell(table, "%s", text_percent(stack->size, stack->limit).s);
    table_cell(table, "%" PRIu64, stack->given);
}

static int add_stacks(struct table *table, const struct census_entry *entry, uint64_t *size, uint64_t *resident)
{
    struct pager_stack_list_reply stack;
    struct pages pages;
    int error;
    for (unsigned i = 0; (error = pager_stack_list(LAYOUT_CAP_PAGER, entry->space.space, i, &stack)) == PAGODA_OK; i++) {
        error = pages_count(entry->space.space, stack.top - stack.reserve, stack.reserve, &pages);
        if (error != PAGODA_OK)
            return error;
        add_stack(table, entry, &stack, pages.of_its_own * PAGE_SIZE);
        *size += stack.size;
        *resident += pages.of_its_own * PAGE_SIZE;
    }
    /* A space that went away since the list was read is no error. */
    return error == PAGODA_ERR_END || error == PAGODA_ERR_NO_SUCH_SPACE ? PAGODA_OK : error;
}

static void add_sum(struct table *table, uint64_t size, uint64_t resident)
{
    table_rule(table);
    table_cell(table, "%s", "");
    table_cell(table, "sum");
    table_cell(table, "%s", "");
    table_cell(table, "%s", text_size(size).s);
    table_cell(table, "%s", text_size(resident).s);
}

static int print_settings(void)
{
    uint64_t limit, step, trim;
    int error = pager_setting_get(LAYOUT_CAP_PAGER, PAGER_SETTING_STACK_LIMIT, &limit);
    if (error == PAGODA_OK)
        error = pager_setting_get(LAYOUT_CAP_PAGER, PAGER_SETTING_STACK_STEP_MAX, &step);
    if (error == PAGODA_OK)
        error = pager_setting_get(LAYOUT_CAP_PAGER, PAGER_SETTING_STACK_TRIM, &trim);
    if (error != PAGODA_OK)
        return shell_failed("growth", error);
    printf("New stacks may grow to %s; one fault adds at most %" PRIu64 " page%s.\n", text_size(limit).s, step, step == 1 ? "" : "s");
    printf("Stacks %s.\n", trim ? "give back what they no longer use when idle or when memory is short" : "keep what they have grown to ('growth trim on')");
    return STATUS_OK;
}

static int show(const struct census *census, const struct census_entry *only)
{
    static struct table table;
    uint64_t size = 0, resident = 0;
    table_begin(&table, ">PID|<NAME|>TOP|>SIZE|>RESIDENT|>LIMIT|>GROWTHS|>STEP|>FULL|>GAVE");
    for (unsigned i = 0; i < census->n; i++) {
        if (only != NULL && only != &census->entries[i])
            continue;
        int error = add_stacks(&table, &census->entries[i], &size, &resident);
        if (error != PAGODA_OK)
            return shell_failed("growth", error);
    }
    add_sum(&table, size, resident);
    table_print(&table, stdout);
    return print_settings();
}

static int set(uint64_t setting, uint64_t value)
{
    int error = pager_setting_set(LAYOUT_CAP_PAGER, setting, value);
    if (error != PAGODA_OK)
        return shell_failed("growth", error);
    return print_settings();
}

static int explain_limit(const struct census_entry *entry, uint64_t limit, int error)
{
    struct pager_stack_list_reply stack;
    if (error == PAGODA_ERR_INVALID_ARGUMENT && pager_stack_list(LAYOUT_CAP_PAGER, entry->space.space, 0, &stack) == PAGODA_OK)
        return shell_complain("growth", "%s is not possible for process %s: its stack has %s now and %s of addresses with the guard page",
                              text_size(limit).s, census_pid(entry), text_size(stack.size).s, text_size(stack.reserve).s);
    return shell_failed("growth", error);
}

static int set_limit(int argc, char **argv)
{
    uint64_t limit;
    if (argc != 4)
        return command_usage(&command_growth, "limit wants a process (or 'default') and a size");
    if (!text_parse_size(argv[3], &limit) || limit < PAGE_SIZE)
        return command_usage(&command_growth, "'%s' is not a size of at least one page; examples: 64K, 8M", argv[3]);
    if (strcmp(argv[2], "default") == 0 && limit > LAYOUT_STACK_RESERVE - PAGE_SIZE)
        return shell_complain("growth", "%s is more than a stack can have: %s of addresses, less the guard page", text_size(limit).s,
                              text_size(LAYOUT_STACK_RESERVE).s);
    if (strcmp(argv[2], "default") == 0)
        return set(PAGER_SETTING_STACK_LIMIT, limit);
    const struct census *census = census_take("growth");
    const struct census_entry *entry = census == NULL ? NULL : census_process(census, "growth", argv[2]);
    if (entry == NULL)
        return STATUS_FAILED;
    int error = pager_stack_set_limit(LAYOUT_CAP_PAGER, entry->space.space, limit);
    return error == PAGODA_OK ? show(census, entry) : explain_limit(entry, limit, error);
}

static int set_step(int argc, char **argv)
{
    uint64_t step;
    if (argc != 3)
        return command_usage(&command_growth, "step wants a number of pages");
    if (!text_parse_number(argv[2], &step) || step == 0 || step > PAGER_STACK_STEP_LIMIT)
        return command_usage(&command_growth, "'%s' is not a number of pages from 1 to %d", argv[2], PAGER_STACK_STEP_LIMIT);
    return set(PAGER_SETTING_STACK_STEP_MAX, step);
}

static int trim(int argc, char **argv)
{
    uint64_t pages = 0;
    bool on;
    if (argc == 3 && text_parse_switch(argv[2], &on))
        return set(PAGER_SETTING_STACK_TRIM, on);
    if (argc > 3)
        return command_usage(&command_growth, "trim wants 'on', 'off', one process or nothing");
    const struct census *census = census_take("growth");
    const struct census_entry *only = census != NULL && argc > 2 ? census_process(census, "growth", argv[2]) : NULL;
    if (census == NULL || (argc > 2 && only == NULL))
        return STATUS_FAILED;
    for (unsigned i = 0; i < census->n; i++) {
        int error = only == NULL || only == &census->entries[i] ? arrange_stack(census->entries[i].space.space, &pages) : PAGODA_OK;
        if (error != PAGODA_OK)
            return shell_failed("growth", error);
    }
    printf("%s given back.\n", text_size(pages * PAGE_SIZE).s);
    return STATUS_OK;
}

static int run(struct shell *shell, int argc, char **argv)
{
    (void)shell;
    if (argc > 1 && strcmp(argv[1], "limit") == 0)
        return set_limit(argc, argv);
    if (argc > 1 && strcmp(argv[1], "step") == 0)
        return set_step(argc, argv);
    if (argc > 1 && strcmp(argv[1], "trim") == 0)
        return trim(argc, argv);
    if (argc > 2)
        return command_usage(&command_growth, "'%s' is not 'limit', 'step' or 'trim'", argv[1]);
    const struct census *census = census_take(argv[0]);
    const struct census_entry *only = census != NULL && argc > 1 ? census_process(census, argv[0], argv[1]) : NULL;
    if (census == NULL || (argc > 1 && only == NULL))
        return STATUS_FAILED;
    return show(census, only);
}

const struct command command_growth = {
    .name = "growth",
    .usage = "[PID | limit PID SIZE | step PAGES | trim [PID|on|off]]",
    .summary = "stacks: size and growth; set limit and step, shrink",
    .help = "SIZE      bytes from the top of the stack to the lowest page it was allowed\n"
            "RESIDENT  RAM behind it\n"
            "LIMIT     where growth ends with a stack overflow; 'growth limit 5 2M' changes\n"
            "          it for process 5\n"
            "GROWTHS   faults that made it larger; STEP: pages that the next one will add\n"
            "FULL      share of the limit; GAVE: pages given back by shrinking\n"
            "'growth limit default 1M' is for stacks made from now on; 'growth step 8'\n"
            "bounds the step, which adapts below that.\n"
            "Stacks give back the pages below the stack pointer when they have been idle\n"
            "for two seconds, and at once when memory is short. 'growth trim' does it now,\n"
            "'growth trim 5' for process 5; 'growth trim off' leaves it at that.\n",
    .words = "limit default|step|trim on|trim off",
    .group = GROUP_MEMORY,
    .max_args = 3,
    .run = run,
};
