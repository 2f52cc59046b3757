/* SPDX-License-Identifier: BSD-2-Clause */
/* Free memory and where it stands between the four levels of pressure. */
#include "census.h"
#include "command.h"
#include "table.h"
#include "text.h"

#include "pagoda/layout.h"

#include <inttypes.h>
#include <string.h>

#define LEVELS PRESSURE_LEVEL_NAMES
#define BAR_WIDTH 60

static void print_levels(const struct pager_pressure_info_reply *p)
{
    static struct table table;
    table_begin(&table, "<|<LEVEL|>ENTERED BELOW|>LEFT ABOVE|>TIMES ENTERED");
    for (unsigned i = 0; i < LEVELS; i++) {
        table_cell(&table, "%s", i == p->level ? "->" : "");
        table_cell(&table, "%s", pressure_level_name(i));
        if (i == 0) {
            table_cell(&table, "-");
            table_cell(&table, "-");
        } else {
            table_cell(&table, "%s", text_size(p->enter[i - 1] * PAGE_SIZE).s);
            table_cell(&table, "%s", text_size(p->leave[i - 1] * PAGE_SIZE).s);
        }
        table_cell(&table, "%" PRIu64, p->entered[i]);
    }
    table_print(&table, stdout);
}

static void print_bar(uint64_t used, uint64_t total)
{
    char bar[BAR_WIDTH + 1];
    unsigned filled = total == 0 ? 0 : (unsigned)(used * BAR_WIDTH / total);
    memset(bar, '#', filled);
    memset(&bar[filled], '.', BAR_WIDTH - filled);
    bar[BAR_WIDTH] = '\0';
    printf("[%s] %s used\n", bar, text_percent(used, total).s);
}

static int run(struct shell *shell, int argc, char **argv)
{
    struct pager_pressure_info_reply p;
    int error = pager_pressure_info(LAYOUT_CAP_PAGER, &p);
    (void)shell, (void)argc;
    if (error != PAGODA_OK)
        return shell_complain(argv[0], "%s", pagoda_error_text((uint64_t)error));
    printf("Pressure: %s. Free: %" PRIu64 " of %" PRIu64 " pages, %s of %s.\n", pressure_level_name(p.level), p.free,
           p.total, text_size(p.free * PAGE_SIZE).s, text_size(p.total * PAGE_SIZE).s);
    print_bar(p.total - p.free, p.total);
    print_levels(&p);
    return STATUS_OK;
}

const struct command command_pressure = {
    .name = "pressure",
    .usage = "",
    .summary = "free memory, the four levels and where we are",
    .help = "A level is entered when free memory falls below the first figure, and left when\n"
            "it rises above the second.\n",
    .group = GROUP_MEMORY,
    .run = run,
};
