/* SPDX-License-Identifier: BSD-2-Clause */
/* What a program may keep of memory, how much it counts, and what it may have at most. */
#include "census.h"
#include "command.h"
#include "text.h"

#include "generated/pager_client.h"
#include "pagoda/layout.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

extern const struct command command_limit;

static int failed(int error)
{
    return shell_complain("limit", "%s", pagoda_error_text((uint64_t)error));
}

static int show(const struct census_entry *entry)
{
    struct pager_space_memory_reply m;
    int error = pager_space_memory(LAYOUT_CAP_PAGER, entry->space.space, &m);
    if (error != PAGODA_OK)
        return failed(error);
    printf("Process %s holds %s: it may keep %s, beyond that it counts %" PRIu64 ", at most %s.\n", census_pid(entry), text_size(m.held * PAGE_SIZE).s,
        text_size(m.min_pages * PAGE_SIZE).s, m.weight, m.max_pages == 0 ? "all there is" : text_size(m.max_pages * PAGE_SIZE).s);
    printf("%" PRIu64 " of its pages are stored (%" PRIu64 " on disk); %" PRIu64 " left, %" PRIu64 " came back, it waited %s for them.\n", m.stored, m.on_disk,
        m.evictions, m.refaults, text_time(m.stall).s);
    return STATUS_OK;
}

/* A new value for each, from "NAME VALUE". */
struct wish {
    uint64_t min_bytes, weight, max_bytes;
    bool share, max;
};

static bool read_wish(const char *name, const char *value, struct wish *w)
{
    if (strcmp(name, "min") == 0) {
        w->share = true;
        return text_parse_size(value, &w->min_bytes);
    }
    if (strcmp(name, "weight") == 0) {
        w->share = true;
        return text_parse_number(value, &w->weight) && w->weight >= 1 && w->weight <= 65535;
    }
    if (strcmp(name, "max") == 0) {
        w->max = true;
        return strcmp(value, "none") == 0 || (text_parse_size(value, &w->max_bytes) && w->max_bytes >= PAGE_SIZE);
    }
    return false;
}

static int set(const struct census_entry *entry, const struct wish *w)
{
    int error = PAGODA_OK;
    if (w->share)
        error = pager_space_set_share(LAYOUT_CAP_PAGER, entry->space.space, w->min_bytes / PAGE_SIZE, w->weight);
    if (error == PAGODA_OK && w->max)
        error = pager_space_set_limit(LAYOUT_CAP_PAGER, entry->space.space, w->max_bytes / PAGE_SIZE);
    return error == PAGODA_OK ? STATUS_OK : failed(error);
}

static int run(struct shell *shell, int argc, char **argv)
{
    struct pager_space_memory_reply now;
    (void)shell;
    if (argc < 2)
        return command_usage(&command_limit, "the process is missing");
    const struct census *census = census_take("limit");
    const struct census_entry *entry = census == NULL ? NULL : census_process(census, "limit", argv[1]);
    if (entry == NULL)
        return STATUS_FAILED;
    if (argc == 2)
        return show(entry);
    int error = pager_space_memory(LAYOUT_CAP_PAGER, entry->space.space, &now);
    if (error != PAGODA_OK)
        return failed(error);
    struct wish w = {.min_bytes = now.min_pages * PAGE_SIZE, .weight = now.weight};
    for (int i = 2; i < argc; i += 2)
        if (i + 1 == argc || !read_wish(argv[i], argv[i + 1], &w))
            return command_usage(&command_limit, "'%s' wants min SIZE, weight N or max SIZE|none", argv[i]);
    return set(entry, &w);
}

const struct command command_limit = {
    .name = "limit",
    .usage = "PID [min SIZE] [weight N] [max SIZE|none]",
    .summary = "what a program may keep of memory, and have at most",
    .help = "min     it keeps so much, whoever wants memory\n"
            "weight  pages are taken from whom (held - min) / weight is greatest\n"
            "max     what it holds at most: beyond that it pays with its own pages\n"
            "'limit PID' shows them, and what has happened to the program's pages.\n",
    .words = "PID min|PID weight|PID max",
    .max_args = 7,
    .group = GROUP_MEMORY,
    .run = run,
};
