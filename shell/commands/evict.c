/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages that leave memory: whether, by which policy, how many, and what the store of compressed pages makes of them. */
#include "census.h"
#include "command.h"
#include "table.h"
#include "text.h"

#include "pagoda/layout.h"

#include <inttypes.h>
#include <string.h>

extern const struct command command_evict;

static struct table table;

static const char *const modes[] = {"off", "on", "always", "disk", "compress", "writeback"}; /* values of PAGER_SETTING_EVICT */

#define N_MODES (sizeof(modes) / sizeof(modes[0]))

static void add(const char *what, uint64_t count, uint64_t of)
{
    table_cell(&table, "%s", what);
    table_cell(&table, "%" PRIu64, count);
    table_cell(&table, "%s", of == 0 ? "" : text_percent(count, of).s);
}

static void print_pages(const struct pager_store_info_reply *e)
{
    uint64_t left = e->evicted + e->zero + e->dropped;
    table_begin(&table, "<PAGES SINCE BOOT|>COUNT|>SHARE");
    add("looked at", e->scanned, 0);
    add("left memory", left, e->scanned);
    add("  stored", e->evicted - e->clean, left);
    add("  stored copy was still good", e->clean, left);
    add("  full of zeros", e->zero, left);
    add("  of a file", e->dropped, left);
    add("victims that no store took", e->kept, 0);
    add("tables that mapped nothing", e->tables, 0);
    add("mappings taken for slots", e->unmapped, 0);
    add("faults that waited for room", e->direct, 0);
    add("objects made serving faults", e->made, 0);
    table_print(&table, stdout);
}

static void add_kind(const char *name, const struct pager_store_info_reply *e, unsigned kind)
{
    table_cell(&table, "%s", name);
    table_cell(&table, "%" PRIu64, e->put[kind]);
    table_cell(&table, "%" PRIu64, e->got[kind]);
}

static void print_store(const struct pager_store_info_reply *e)
{
    printf("\n");
    table_begin(&table, "<STORE|>PAGES IN|>PAGES BACK");
    add_kind("one word repeated", e, STORED_SAME);
    add_kind("compressed", e, STORED_COMPRESSED);
    add_kind("on disk", e, STORED_DISK);
    add_kind("whole, back from a full disk", e, STORED_RAW);
    table_print(&table, stdout);
    printf("Now: %" PRIu64 " pages, %s, in %s of RAM.\n", e->pages, text_size(e->pages * PAGE_SIZE).s, text_size(e->frames * PAGE_SIZE).s);
    if (e->compressed != 0)
        printf("Compressed: %s in %s, ratio %s; at most %s of RAM.\n", text_size(e->compressed * PAGE_SIZE).s,
               text_size(e->compressed_frames * PAGE_SIZE).s, text_ratio(e->compressed, e->compressed_frames, 1).s,
               text_size(e->limit * PAGE_SIZE).s);
    printf("%" PRIu64 " pages did not compress; %" PRIu64 " came back damaged.\n", e->refused, e->damaged);
    printf("Programs waited %s in all for pages; %" PRIu64 " wait%s now.\n", text_time(e->stall_some).s, e->waiting, e->waiting == 1 ? "s" : "");
}

static int read_all(struct pager_store_info_reply *e, uint64_t *mode)
{
    int error = pager_store_info(LAYOUT_CAP_PAGER, e);
    return error == PAGODA_OK ? pager_setting_get(LAYOUT_CAP_PAGER, PAGER_SETTING_EVICT, mode) : error;
}

static void print_mode(const struct pager_store_info_reply *e, uint64_t mode)
{
    printf("Eviction is %s, policy %s.\n", mode < N_MODES ? modes[mode] : "?", evict_policy_name(e->policy));
}

static int show(bool all)
{
    struct pager_store_info_reply e;
    uint64_t mode;
    int error = read_all(&e, &mode);
    if (error != PAGODA_OK)
        return shell_failed("evict", error);
    print_mode(&e, mode);
    if (all) {
        print_pages(&e);
        print_store(&e);
    }
    return STATUS_OK;
}


static int set_policy(const char *name)
{
    unsigned policy = 0;
    while (policy < PAGER_EVICT_POLICIES && strcmp(name, evict_policy_name(policy)) != 0)
        policy++;
    if (policy == PAGER_EVICT_POLICIES)
        return command_usage(&command_evict, "there is no policy '%s'; generations, clock and 2q are known", name);
    int error = pager_evict_policy(LAYOUT_CAP_PAGER, policy);
    return error == PAGODA_OK ? show(false) : shell_failed("evict", error);
}

/* The allocation that is to fail: debug builds. */
static int show_fail(void)
{
    uint64_t left;
    int error = pager_setting_get(LAYOUT_CAP_PAGER, PAGER_SETTING_FAIL_ALLOC, &left);
    if (error != PAGODA_OK)
        return shell_failed("evict", error);
    if (left == 0)
        printf("No allocation is to fail.\n");
    else
        printf("Allocation %" PRIu64 " from now on is to fail.\n", left);
    return STATUS_OK;
}

static int set_fail(const char *text)
{
    uint64_t n;
    if (!text_parse_number(text, &n))
        return command_usage(&command_evict, "'%s' is not a number of allocations", text);
    int error = pager_setting_set(LAYOUT_CAP_PAGER, PAGER_SETTING_FAIL_ALLOC, n);
    return error == PAGODA_OK ? STATUS_OK : shell_failed("evict", error);
}

static int run(struct shell *shell, int argc, char **argv)
{
    (void)shell;
    if (argc == 1 || (argc == 2 && strcmp(argv[1], "status") == 0))
        return show(true);
    if (strcmp(argv[1], "policy") == 0)
        return argc == 3 ? set_policy(argv[2]) : show(false);
    if (strcmp(argv[1], "fail") == 0)
        return argc == 3 ? set_fail(argv[2]) : show_fail();
    unsigned mode = text_parse_choice(argv[1], modes, N_MODES);
    if (mode == N_MODES)
        return command_usage(&command_evict, "'%s' is none of status, policy, on, off, always, disk, compress, writeback, fail", argv[1]);
    if (argc > 2)
        return command_usage(&command_evict, "too many arguments, from '%s' on", argv[2]);
    int error = pager_setting_set(LAYOUT_CAP_PAGER, PAGER_SETTING_EVICT, mode);
    return error == PAGODA_OK ? show(false) : shell_failed("evict", error);
}

const struct command command_evict = {
    .name = "evict",
    .usage = "[status | policy [NAME] | on | off | always | disk | fail [N] ...]",
    .summary = "pages that leave memory: policy, counts, store",
    .help = "When memory is short, pages that were not used for long leave it: those of files\n"
            "and those full of zeros are given up, others are kept as one word when all their\n"
            "words are equal, or compressed. A page that was only read since it came back\n"
            "still has a good copy and costs nothing to take away again.\n"
            "'evict policy clock' chooses how pages are picked, for all programs: generations\n"
            "(learns at which ages pages come back), clock (second chance) or 2q (new pages\n"
            "on trial). 'evict off' stops it. For tests: 'evict always' takes pages away\n"
            "without need, 'evict disk' sends them to the disk if there is one; in debug\n"
            "builds 'evict compress' compresses them whatever the policy says, 'evict\n"
            "writeback' writes what was compressed to the disk at once, and 'evict fail N'\n"
            "makes the N-th allocation of memory from now on fail ('evict fail' tells how\n"
            "many are still to come).\n",
    .words = "status|policy generations|policy clock|policy 2q|on|off|always|disk|compress|writeback|fail",
    .group = GROUP_MEMORY,
    .max_args = 2,
    .run = run,
};
