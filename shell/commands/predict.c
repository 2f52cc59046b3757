/* SPDX-License-Identifier: BSD-2-Clause */
/* Prediction: which patterns the faults of a process's regions have, and what was brought in ahead because of them. */
#include "census.h"
#include "command.h"
#include "pages.h"
#include "table.h"
#include "text.h"

#include "pagoda/layout.h"

#include <inttypes.h>

extern const struct command command_predict;

static int print_state(void)
{
    uint64_t on;
    int error = pager_setting_get(LAYOUT_CAP_PAGER, PAGER_SETTING_PREDICT, &on);
    if (error != PAGODA_OK)
        return shell_failed("predict", error);
    printf("Pages are %s.\n", on ? "brought in ahead where faults have a pattern and it pays" : "brought in only when they are touched ('predict on')");
    return STATUS_OK;
}

static const char *pattern_name(const struct pager_predict_list_reply *r)
{
    static char text[24];
    switch (r->pattern) {
    case PAGER_PATTERN_SEQUENTIAL:
        return "sequential";
    case PAGER_PATTERN_REVERSE:
        return "reverse";
    case PAGER_PATTERN_STRIDE:
        snprintf(text, sizeof text, "stride %" PRId64, (int64_t)r->stride);
        return text;
    default:
        return "none";
    }
}

static const char *advice_name(uint64_t advice)
{
    return advice == PAGER_ADVICE_RANDOM ? "rand" : advice == PAGER_ADVICE_SEQUENTIAL ? "seq" : "-";
}

static void add_region(struct table *table, const struct pager_predict_list_reply *r, uint64_t touched)
{
    table_cell(table, "0x%" PRIx64, r->va);
    table_cell(table, "%s", text_size_short(r->length).s);
    table_cell(table, "%s", advice_name(r->advice));
    table_cell(table, "%s", pattern_name(r));
    table_cell(table, "%" PRIu64 " %%", r->confidence / 10);
    table_cell(table, "%" PRIu64, r->window);
    table_cell(table, "%" PRIu64, r->ahead);
    table_cell(table, "%s", text_short(r->used).s);
    table_cell(table, "%s", text_short(r->wasted).s);
    table_cell(table, "%s", text_percent(r->used, r->used + r->wasted).s);
    table_cell(table, "%s", text_percent(r->used < touched ? r->used : touched, touched).s);
}

static int show_one(const struct census_entry *entry)
{
    static struct table table;
    struct pager_predict_list_reply r;
    struct pages pages;
    int error;
    table_begin(&table, ">ADDRESS|>SIZE|<HINT|<PATTERN|>CONF|>WIN|>AHEAD|>USED|>WASTED|>PREC|>COVER");
    table.gap = 1; /* 80 columns */
    for (unsigned i = 0; (error = pager_predict_list(LAYOUT_CAP_PAGER, entry->space.space, i, &r)) == PAGODA_OK; i++) {
        error = pages_count(entry->space.space, r.va, r.length, &pages);
        if (error != PAGODA_OK)
            break;
        add_region(&table, &r, pages.touched);
    }
    if (error != PAGODA_ERR_END)
        return shell_failed("predict", error);
    table_print(&table, stdout);
    return print_state();
}

/* What the regions of one process come to. */
struct sum {
    uint64_t regions, ahead, used, wasted, touched, brought, proved;
};

static int add_up(const struct census_entry *entry, struct sum *sum)
{
    struct pager_predict_list_reply r;
    struct pages pages;
    int error;
    for (unsigned i = 0; (error = pager_predict_list(LAYOUT_CAP_PAGER, entry->space.space, i, &r)) == PAGODA_OK; i++) {
        error = pages_count(entry->space.space, r.va, r.length, &pages);
        if (error != PAGODA_OK)
            return error;
        sum->regions += r.pattern != PAGER_PATTERN_NONE;
        sum->ahead += r.ahead;
        sum->used += r.used;
        sum->wasted += r.wasted;
        sum->touched += pages.touched;
        sum->brought = r.brought;
        sum->proved = r.proved;
    }
    /* A space that went away since the list was read is no error. */
    return error == PAGODA_ERR_END || error == PAGODA_ERR_NO_SUCH_SPACE ? PAGODA_OK : error;
}

static int show_all(const struct census *census)
{
    static struct table table;
    uint64_t brought = 0, proved = 0;
    table_begin(&table, ">PID|<NAME|>PATTERNS|>AHEAD|>USED|>WASTED|>PRECISION|>COVERAGE");
    for (unsigned i = 0; i < census->n; i++) {
        struct sum sum = {0};
        int error = add_up(&census->entries[i], &sum);
        if (error != PAGODA_OK)
            return shell_failed("predict", error);
        brought = sum.brought > brought ? sum.brought : brought;
        proved = sum.proved > proved ? sum.proved : proved;
        table_cell(&table, "%s", census_pid(&census->entries[i]));
        table_cell(&table, "%s", census->entries[i].space.label);
        table_cell(&table, "%" PRIu64, sum.regions);
        table_cell(&table, "%" PRIu64, sum.ahead);
        table_cell(&table, "%" PRIu64, sum.used);
        table_cell(&table, "%" PRIu64, sum.wasted);
        table_cell(&table, "%s", text_percent(sum.used, sum.used + sum.wasted).s);
        table_cell(&table, "%s", text_percent(sum.used < sum.touched ? sum.used : sum.touched, sum.touched).s);
    }
    table_print(&table, stdout);
    printf("Since boot: %" PRIu64 " pages were brought in ahead, %" PRIu64 " of them known to be used.\n", brought, proved);
    return print_state();
}

static int switch_prediction(bool on)
{
    int error = pager_setting_set(LAYOUT_CAP_PAGER, PAGER_SETTING_PREDICT, on);
    return error == PAGODA_OK ? print_state() : shell_failed("predict", error);
}

static int run(struct shell *shell, int argc, char **argv)
{
    (void)shell;
    bool on;
    if (argc == 2 && text_parse_switch(argv[1], &on))
        return switch_prediction(on);
    const struct census *census = census_take(argv[0]);
    if (census == NULL)
        return STATUS_FAILED;
    if (argc == 1)
        return show_all(census);
    const struct census_entry *entry = census_process(census, argv[0], argv[1]);
    return entry == NULL ? STATUS_FAILED : show_one(entry);
}

const struct command command_predict = {
    .name = "predict",
    .usage = "[PID | on | off]",
    .summary = "pages brought in before they are touched",
    .help = "Where the faults of a region keep a distance, the pages that would come next are\n"
            "brought in with the page that faults. 'predict PID' shows each region: what the\n"
            "program said of it (HINT, madvise), its pattern, what may be spent on guesses\n"
            "(CONF, confidence), how many pages the next guess may bring (WIN, window), how\n"
            "many are not proved right or wrong yet (AHEAD). PREC, precision, is the share of\n"
            "guesses that were right; COVER, coverage, that of the pages in use that needed\n"
            "no fault of their own. The counts of a region are halved now and then, so they\n"
            "tell of late. 'predict off' brings pages in only when they are touched.\n",
    .words = "on|off",
    .group = GROUP_MEMORY,
    .max_args = 1,
    .run = run,
};
