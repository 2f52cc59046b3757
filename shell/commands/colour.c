/* SPDX-License-Identifier: BSD-2-Clause */
/* Page colours: which parts of the cache the pages of programs compete for. */
#include "arrange.h"
#include "census.h"
#include "command.h"
#include "pages.h"
#include "plot.h"
#include "table.h"
#include "text.h"

#include "pagoda/layout.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BAR 50

extern const struct command command_colour;

static uint64_t pages_of(const struct pager_colour_info_reply *info)
{
    uint64_t pages = 0;
    for (unsigned i = 0; i < PAGER_COLOURS_MAX; i++)
        pages += info->pages[i];
    return pages;
}

/* set_text: "all", or colours and ranges of them as set_parse reads them. Static buffer. */
static const char *set_text(uint64_t set, uint64_t colours)
{
    static char text[160];
    size_t at = 0;
    if (set == (colours < 64 ? (1ull << colours) - 1 : UINT64_MAX))
        return "all";
    text[0] = '\0';
    for (unsigned i = 0; i < colours && at + 8 < sizeof(text); i++) {
        unsigned last = i;
        if (!(set >> i & 1))
            continue;
        while (set >> (last + 1) & 1)
            last++;
        at += (size_t)snprintf(text + at, sizeof(text) - at, last > i ? "%s%u-%u" : "%s%u", at > 0 ? "," : "", i, last);
        i = last;
    }
    return text;
}

/* set_parse: "all", or "0-3,8". false: it is neither, or names a colour that does not exist. */
static bool set_parse(const char *text, uint64_t colours, uint64_t *set)
{
    *set = 0;
    if (strcmp(text, "all") == 0) {
        *set = (1ull << colours) - 1;
        return true;
    }
    for (;;) {
        char *end;
        unsigned long first = strtoul(text, &end, 10), last = first;
        if (end == text)
            return false;
        if (*end == '-') {
            text = end + 1;
            last = strtoul(text, &end, 10);
            if (end == text)
                return false;
        }
        if (first > last || last >= colours)
            return false;
        for (unsigned long i = first; i <= last; i++)
            *set |= 1ull << i;
        if (*end == '\0')
            return true;
        if (*end != ',')
            return false;
        text = end + 1;
    }
}

static int print_state(uint64_t colours)
{
    uint64_t on;
    int error = pager_setting_get(LAYOUT_CAP_PAGER, PAGER_SETTING_COLOURING, &on);
    if (error != PAGODA_OK)
        return shell_failed("colour", error);
    if (colours == 1)
        printf("The caches of this machine have no page colours that matter.\n");
    else
        printf("%" PRIu64 " page colours; frames are given out %s.\n", colours, on ? "by colour" : "without regard to colour");
    return STATUS_OK;
}

static int show_all(const struct census *census)
{
    static struct table table;
    struct pager_colour_info_reply info = {.colours = 1};
    table_begin(&table, ">PID|<NAME|>PAGES|>RIGHT|<MAY HAVE");
    for (unsigned i = 0; i < census->n; i++) {
        int error = pages_by_colour(census->entries[i].space.space, &info);
        if (error == PAGODA_ERR_NO_SUCH_SPACE)
            continue;
        if (error != PAGODA_OK)
            return shell_failed("colour", error);
        uint64_t pages = pages_of(&info);
        table_cell(&table, "%s", census_pid(&census->entries[i]));
        table_cell(&table, "%s", census->entries[i].space.label);
        table_cell(&table, "%" PRIu64, pages);
        table_cell(&table, "%s", text_percent(info.right, pages).s);
        table_cell(&table, "%s", set_text(info.set, info.colours));
    }
    table_print(&table, stdout);
    return print_state(info.colours);
}

static int show_one(const struct census_entry *entry)
{
    static struct table table;
    struct pager_colour_info_reply info;
    char bar[BAR + 1];
    uint64_t most = 1;
    int error = pages_by_colour(entry->space.space, &info);
    if (error != PAGODA_OK)
        return shell_failed("colour", error);
    for (unsigned i = 0; i < info.colours; i++)
        most = info.pages[i] > most ? info.pages[i] : most;
    table_begin(&table, ">COLOUR|>PAGES|<HISTOGRAM");
    for (unsigned i = 0; i < info.colours; i++) {
        const struct plot_part part = {.value = info.pages[i], .mark = '#'};
        plot_bar(bar, BAR, most, &part, 1);
        table_cell(&table, "%u%s", i, info.set >> i & 1 ? "" : " -");
        table_cell(&table, "%" PRIu64, info.pages[i]);
        table_cell(&table, "%s", bar);
    }
    table_print(&table, stdout);
    printf("%" PRIu64 " of %" PRIu64 " pages have the colour that they would get now; it may have %s.\n", info.right, pages_of(&info), set_text(info.set, info.colours));
    return STATUS_OK;
}

static int set_colours(const struct census_entry *entry, const char *text)
{
    struct pager_colour_info_reply info;
    uint64_t set;
    int error = pager_colour_info(LAYOUT_CAP_PAGER, entry->space.space, 0, &info);
    if (error != PAGODA_OK)
        return shell_failed("colour", error);
    if (!set_parse(text, info.colours, &set))
        return command_usage(&command_colour, "'%s' is no set of colours from 0 to %" PRIu64 "; examples: 0-3, 0,2,8-11, all", text, info.colours - 1);
    uint64_t moved = 0;
    error = pager_space_set_colours(LAYOUT_CAP_PAGER, entry->space.space, set);
    if (error == PAGODA_OK)
        error = arrange_colours(entry->space.space, &moved);
    if (error != PAGODA_OK && error != PAGODA_ERR_NOT_SUPPORTED) /* while frames are given out without regard to colour, none is moved */
        return shell_failed("colour", error);
    printf("%" PRIu64 " page%s moved.\n", moved, moved == 1 ? "" : "s");
    return show_one(entry);
}

static int switch_colouring(bool on)
{
    struct pager_colour_info_reply info;
    int error = pager_setting_set(LAYOUT_CAP_PAGER, PAGER_SETTING_COLOURING, on);
    if (error == PAGODA_OK)
        error = pager_colour_info(LAYOUT_CAP_PAGER, 0, 0, &info);
    return error == PAGODA_OK ? print_state(info.colours) : shell_failed("colour", error);
}

static int run(struct shell *shell, int argc, char **argv)
{
    (void)shell;
    bool on;
    if (argc == 2 && text_parse_switch(argv[1], &on))
        return switch_colouring(on);
    const struct census *census = census_take(argv[0]);
    if (census == NULL)
        return STATUS_FAILED;
    if (argc == 1)
        return show_all(census);
    const struct census_entry *entry = census_process(census, argv[0], argv[1]);
    if (entry == NULL)
        return STATUS_FAILED;
    return argc == 2 ? show_one(entry) : set_colours(entry, argv[2]);
}

const struct command command_colour = {
    .name = "colour",
    .usage = "[PID [SET] | on | off]",
    .summary = "page colours: which pages compete for the cache",
    .help = "Pages whose frames have the same colour compete for the same part of the last\n"
            "cache. Consecutive pages get frames of consecutive colours, so that a program\n"
            "whose data fit the cache does not throw out its own data.\n"
            "'colour PID' shows a histogram; 'colour 5 0-3' lets process 5 use a quarter of\n"
            "a cache with 16 colours from now on, 'colour 5 all' everything; its pages move\n"
            "while it runs. RIGHT is the share of pages that have the colour that they would\n"
            "get now; less than all of them when a colour had run out ('optimize recolour').\n"
            "'colour off' gives frames out as they come.\n",
    .words = "on|off",
    .group = GROUP_MEMORY,
    .max_args = 2,
    .run = run,
};
