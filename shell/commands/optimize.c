/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that is arranged better: what there is to gain, and doing it. Each part of it is a line of the table `parts`. */
#include "arrange.h"
#include "balance.h"
#include "census.h"
#include "command.h"
#include "hint.h"
#include "pages.h"
#include "prezero.h"
#include "table.h"
#include "text.h"

#include "pagoda/layout.h"
#include "pagoda/pagoda.h"

#include <inttypes.h>
#include <sel4/sel4.h>
#include <string.h>

#define ORDERS 10
#define STEPS_A_CALL 16
#define STIR_A_CALL 64
#define MOVED_FEW 512
#define LARGE_PAGES 512 /* of a frame of 2 MiB */
#define LARGE_ALL 3     /* value of SETTING_LARGE, large_choices */

extern const struct command command_optimize;

static struct table table;

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

/* ---- compact: free memory that hangs together ---- */

static uint64_t sum(const uint64_t *n, unsigned count)
{
    uint64_t total = 0;
    while (count > 0)
        total += n[--count];
    return total;
}

static void print_index(uint64_t index)
{
    if (index == 0)
        table_cell(&table, "would be served");
    else
        table_cell(&table, "memory is %s (%s)", index > 501 ? "scattered" : "missing", text_ratio(index - 1, 1000, 3).s);
}

static void print_blocks(const struct pager_arrangement_info_reply *a)
{
    table_begin(&table, "<FREE BLOCKS OF|>COUNT|<A REQUEST OF THAT SIZE");
    for (unsigned order = 0; order < ORDERS; order++) {
        table_cell(&table, "%s", text_size(PAGE_SIZE << order).s);
        table_cell(&table, "%" PRIu64, a->blocks[order]);
        print_index(a->index[order]);
    }
    table_print(&table, stdout);
}

static void print_chunks(const struct pager_arrangement_info_reply *a)
{
    printf("2 MiB chunks: %" PRIu64 " of %" PRIu64 " free; %" PRIu64 " cannot be emptied, for %" PRIu64 " pages in them.\n", a->free, a->chunks, a->fixed,
           a->fixed_pages);
}

static void print_moved(const struct pager_arrangement_info_reply *a)
{
    printf("Moved since boot: %" PRIu64 " pages; %" PRIu64 " private, %" PRIu64 " copy-on-write, %" PRIu64 " shared,\n                  %" PRIu64 " of stores; %" PRIu64 " stayed.\n",
           sum(a->moved, 4), a->moved[0], a->moved[1], a->moved[2], a->moved[3], a->stayed);
    printf("Emptied since boot: %" PRIu64 " chunk%s, and %" PRIu64 " group%s for tables and slots.\n", a->chunks_emptied, plural(a->chunks_emptied),
           a->groups_emptied, plural(a->groups_emptied));
}

/* ---- frames of 2 MiB ---- */

static const char *const large_choices[] = {"off", "advised", "walks", "all"};

/* print_promotion: what it has cost, what there is of it, and whether that pays. */
static void print_promotion(const struct pager_promotion_info_reply *p)
{
    printf("promotion: %" PRIu64 " whole, which need %" PRIu64 " entries of tables and TLB less;\n", p->whole, p->whole * (LARGE_PAGES - 1));
    printf("promotion: broken up: %" PRIu64 " by eviction, %" PRIu64 " by fork, %" PRIu64 " for a part, %" PRIu64 " at their end;\n", p->broken[4], p->broken[3],
           p->broken[0] + p->broken[1] + p->broken[2], p->broken[5] + p->broken[6]);
    printf("promotion: %" PRIu64 " abandoned; %" PRIu64 " pages copied in %s,\n", p->abandoned, p->copied, text_time(p->ns).s);
    printf("promotion: %" PRIu64 " of them again, after a fault each.\n", p->again);
    printf("promotion: in the background %" PRIu64 " paid, %" PRIu64 " did not; %" PRIu64 " pause%s for that", p->paid, p->lost, p->pauses, plural(p->pauses));
    printf(p->pause > 0 ? ", now for %" PRIu64 " s.\n" : ".\n", p->pause);
    printf("promotion: %" PRIu64 " range%s watched, %" PRIu64 " left alone for a while.\n", p->watched, plural(p->watched), p->resting);
}

static int show_large(void)
{
    struct pager_large_info_reply l;
    struct pager_promotion_info_reply p;
    uint64_t choice;
    int error = pager_large_info(LAYOUT_CAP_PAGER, &l);
    if (error == PAGODA_OK)
        error = pager_promotion_info(LAYOUT_CAP_PAGER, &p);
    if (error == PAGODA_OK)
        error = pager_setting_get(LAYOUT_CAP_PAGER, PAGER_SETTING_LARGE, &choice);
    if (error != PAGODA_OK)
        return shell_failed("optimize", error);
    printf("2 MiB frames (%s): %" PRIu64 " in use, %" PRIu64 " given since boot:\n  %" PRIu64 " of them by promotion, %" PRIu64 " after pages had moved to make room;\n  broken up: %" PRIu64
           " by eviction, %" PRIu64 " by fork, %" PRIu64 " for a part, %" PRIu64 " at their end.\n",
           large_choices[choice], l.now, l.given, l.promoted, l.moved_for, l.broken[4], l.broken[3], l.broken[0] + l.broken[1] + l.broken[2], l.broken[5] + l.broken[6]);
    if (choice == LARGE_ALL || p.promoted + p.abandoned > 0)
        print_promotion(&p);
    return STATUS_OK;
}

static int set_large(const char *value)
{
    const unsigned n = sizeof large_choices / sizeof large_choices[0];
    unsigned choice = text_parse_choice(value, large_choices, n);
    if (choice == n)
        return command_usage(&command_optimize, "'%s' is not 'off', 'advised', 'walks' or 'all'", value);
    int error = pager_setting_set(LAYOUT_CAP_PAGER, PAGER_SETTING_LARGE, choice);
    return error == PAGODA_OK ? show_large() : shell_failed("optimize", error);
}

/* ---- promote: ranges of 2 MiB that are in use page by page become such frames ---- */

/* What requests took, each of them a step. */
struct steps {
    uint64_t ticks, longest;
};

/* promote_all: ranges of all programs are promoted; with `dry`, *n is how many could be. */
static int promote_all(bool dry, uint64_t *n, struct steps *steps)
{
    const struct census *census = census_take("optimize");
    *n = 0;
    *steps = (struct steps){0};
    if (census == NULL)
        return PAGODA_ERR_NO_SERVER;
    for (unsigned i = 0; i < census->n; i++) {
        uint64_t va = 0, found;
        do {
            uint64_t start = pagoda_ticks();
            int error = pager_space_promote(LAYOUT_CAP_PAGER, census->entries[i].space.space, va, dry, &va, &found);
            if (error == PAGODA_ERR_NO_SUCH_SPACE)
                break;
            if (error != PAGODA_OK)
                return error;
            uint64_t ticks = pagoda_ticks() - start;
            *n += found;
            steps->ticks += ticks;
            steps->longest = ticks > steps->longest ? ticks : steps->longest;
            seL4_Yield(); /* so that others run in between */
        } while (va != 0);
    }
    return PAGODA_OK;
}

static int promote_dry(void)
{
    struct pager_large_info_reply l;
    struct steps steps;
    uint64_t n;
    int error = promote_all(true, &n, &steps);
    if (error == PAGODA_OK)
        error = pager_large_info(LAYOUT_CAP_PAGER, &l);
    if (error != PAGODA_OK)
        return shell_failed("optimize", error);
    printf("promote: %" PRIu64 " range%s of 2 MiB that %s in use page by page could become %s", n, plural(n), n == 1 ? "is" : "are", n == 1 ? "one frame" : "frames");
    if (l.allowed < n)
        printf(";\npromote: there are free chunks for %" PRIu64, l.allowed);
    printf(".\n");
    return STATUS_OK;
}

static int promote_run(void)
{
    struct pager_large_info_reply before, after;
    struct steps steps;
    uint64_t n, tick_ns = 1000000000 / pagoda_tick_frequency();
    int error = pager_large_info(LAYOUT_CAP_PAGER, &before);
    if (error == PAGODA_OK)
        error = promote_all(false, &n, &steps);
    if (error == PAGODA_OK)
        error = pager_large_info(LAYOUT_CAP_PAGER, &after);
    if (error != PAGODA_OK)
        return shell_failed("optimize", error);
    n = after.promoted - before.promoted; /* what was begun in the background may have come to its end here, and the other way round */
    printf("promote: made %" PRIu64 " frame%s of 2 MiB in %s; in use: %" PRIu64 " before, %" PRIu64 " after.\n", n, plural(n), text_time(steps.ticks * tick_ns).s, before.now, after.now);
    printf("promote: no step took more than %s.\n", text_time(steps.longest * tick_ns).s);
    return STATUS_OK;
}

/* ---- compact, as a command ---- */

static int compact_dry(void)
{
    struct pager_arrangement_info_reply a;
    int error = pager_arrangement_info(LAYOUT_CAP_PAGER, &a);
    if (error != PAGODA_OK)
        return shell_failed("optimize", error);
    printf("compact: would free %" PRIu64 " chunk%s of 2 MiB by moving %" PRIu64 " page%s; %" PRIu64 " are free.\n", a.could_free, plural(a.could_free),
           a.moves, plural(a.moves), a.free);
    return STATUS_OK;
}

/* pass: every step of one pass; the pages moved, and the time that the pager took for it. */
static int pass(uint64_t *moved, uint64_t *ticks)
{
    uint64_t more = 1;
    while (more) {
        uint64_t start = pagoda_ticks(), now_moved;
        int error = pager_compact(LAYOUT_CAP_PAGER, PAGER_COMPACT_PASS, STEPS_A_CALL, &now_moved, &more);
        if (error != PAGODA_OK)
            return error;
        *ticks += pagoda_ticks() - start;
        *moved += now_moved;
        seL4_Yield();
    }
    return PAGODA_OK;
}

static int compact_run(void)
{
    struct pager_arrangement_info_reply before, after;
    uint64_t moved = 0, ticks = 0;
    int error = pager_arrangement_info(LAYOUT_CAP_PAGER, &before);
    if (error == PAGODA_OK)
        error = pass(&moved, &ticks);
    if (error == PAGODA_OK)
        error = pager_arrangement_info(LAYOUT_CAP_PAGER, &after);
    if (error != PAGODA_OK)
        return shell_failed("optimize", error);
    uint64_t ns = ticks * (1000000000 / pagoda_tick_frequency());
    printf("compact: moved %" PRIu64 " page%s in %s; free chunks of 2 MiB: %" PRIu64 " before, %" PRIu64 " after.\n", moved, plural(moved), text_time(ns).s,
           before.free, after.free);
    if (moved >= MOVED_FEW) /* of few it would be the time to look at all chunks */
        printf("compact: %" PRIu64 " ns a page.\n", ns / moved);
    return STATUS_OK;
}

/* ---- recolour: pages in frames of the colours that they would get now ---- */

/* colours_now: of all programs, the pages that have frames, and those of them with the right colour. */
static int colours_now(const struct census *census, uint64_t *pages, uint64_t *right)
{
    struct pager_colour_info_reply info;
    *pages = *right = 0;
    for (unsigned i = 0; i < census->n; i++) {
        int error = pages_by_colour(census->entries[i].space.space, &info);
        if (error == PAGODA_ERR_NO_SUCH_SPACE)
            continue;
        if (error != PAGODA_OK)
            return error;
        *pages += sum(info.pages, PAGER_COLOURS_MAX);
        *right += info.right;
    }
    return PAGODA_OK;
}

static int recolour_dry(void)
{
    const struct census *census = census_take("optimize");
    uint64_t pages, right;
    if (census == NULL)
        return STATUS_FAILED;
    int error = colours_now(census, &pages, &right);
    if (error != PAGODA_OK)
        return shell_failed("optimize", error);
    printf("recolour: %" PRIu64 " of %" PRIu64 " pages have another colour than they would get now.\n", pages - right, pages);
    return STATUS_OK;
}

static int recolour_run(void)
{
    const struct census *census = census_take("optimize");
    uint64_t pages, before, after, moved = 0;
    if (census == NULL)
        return STATUS_FAILED;
    int error = colours_now(census, &pages, &before);
    for (unsigned i = 0; error == PAGODA_OK && i < census->n; i++)
        error = arrange_colours(census->entries[i].space.space, &moved);
    if (error == PAGODA_ERR_NOT_SUPPORTED) {
        printf("recolour: frames are given out without regard to colour; nothing to do.\n");
        return STATUS_OK;
    }
    if (error == PAGODA_OK)
        error = colours_now(census, &pages, &after);
    if (error != PAGODA_OK)
        return shell_failed("optimize", error);
    printf("recolour: moved %" PRIu64 " page%s of %" PRIu64 "; right colour: %" PRIu64 " before, %" PRIu64 " after.\n", moved, plural(moved), pages,
           before, after);
    if (after < before + moved)
        printf("recolour: programs took and lost other pages meanwhile.\n");
    return STATUS_OK;
}

/* ---- trim: stacks without what lies below their stack pointers ---- */

/* not_in_use: of the pages that a stack holds, those below its stack pointer when that was looked at last; 0: it never was. */
static uint64_t not_in_use(const struct pager_stack_list_reply *stack, uint64_t resident)
{
    uint64_t used = (stack->used + PAGE_SIZE - 1) / PAGE_SIZE;
    return used > 0 && used < resident ? resident - used : 0;
}

/* stacks_hold: pages that the stacks of all programs hold; *idle: of them, those not in use, as far as is known. */
static int stacks_hold(const struct census *census, uint64_t *pages, uint64_t *idle)
{
    struct pager_stack_list_reply stack;
    *pages = *idle = 0;
    for (unsigned i = 0; i < census->n; i++) {
        for (uint64_t n = 0;; n++) {
            int error = pager_stack_list(LAYOUT_CAP_PAGER, census->entries[i].space.space, n, &stack);
            if (error == PAGODA_ERR_END || error == PAGODA_ERR_NO_SUCH_SPACE)
                break;
            if (error != PAGODA_OK)
                return error;
            struct pages held;
            error = pages_count(census->entries[i].space.space, stack.top - stack.reserve, stack.reserve, &held);
            if (error != PAGODA_OK)
                return error;
            *pages += held.of_its_own;
            *idle += not_in_use(&stack, held.of_its_own);
        }
    }
    return PAGODA_OK;
}

static int trim_dry(void)
{
    const struct census *census = census_take("optimize");
    uint64_t pages, idle;
    if (census == NULL)
        return STATUS_FAILED;
    int error = stacks_hold(census, &pages, &idle);
    if (error != PAGODA_OK)
        return shell_failed("optimize", error);
    printf("trim: stacks hold %" PRIu64 " page%s; %" PRIu64 " of them %s known not to be in use.\n", pages, plural(pages), idle, idle == 1 ? "is" : "are");
    return STATUS_OK;
}

static int trim_run(void)
{
    const struct census *census = census_take("optimize");
    uint64_t before, idle, given = 0;
    if (census == NULL)
        return STATUS_FAILED;
    int error = stacks_hold(census, &before, &idle);
    for (unsigned i = 0; error == PAGODA_OK && i < census->n; i++)
        error = arrange_stack(census->entries[i].space.space, &given);
    if (error != PAGODA_OK)
        return shell_failed("optimize", error);
    printf("trim: stacks gave back %" PRIu64 " of %" PRIu64 " page%s.\n", given, before, plural(before));
    return STATUS_OK;
}

/* ---- the parts ---- */

static const struct part {
    const char *name;
    int (*dry)(void); /* say what `run` would do; changes nothing */
    int (*run)(void); /* do it, and say what has changed */
} parts[] = {
    {"trim", trim_dry, trim_run},
    {"recolour", recolour_dry, recolour_run}, /* this and the next take free chunks, which compaction makes free again */
    {"promote", promote_dry, promote_run},
    {"compact", compact_dry, compact_run},
    {"balance", balance_dry, balance_run},
    {"prezero", prezero_short, prezero_status}, /* happens by itself, when there is time */
};

#define N_PARTS (sizeof(parts) / sizeof(parts[0]))

static int all_parts(bool dry)
{
    int status = STATUS_OK;
    for (unsigned i = 0; i < N_PARTS && status == STATUS_OK; i++)
        status = dry ? parts[i].dry() : parts[i].run();
    return status;
}

/* ---- the command ---- */

static int show_auto(void)
{
    uint64_t on;
    int error = pager_setting_get(LAYOUT_CAP_PAGER, PAGER_SETTING_COMPACT, &on);
    if (error != PAGODA_OK)
        return shell_failed("optimize", error);
    printf("Compaction in the background is %s.\n", on ? "on" : "off");
    return STATUS_OK;
}

static int show(const struct shell *shell)
{
    struct pager_arrangement_info_reply a;
    int error = pager_arrangement_info(LAYOUT_CAP_PAGER, &a);
    if (error != PAGODA_OK)
        return shell_failed("optimize", error);
    print_blocks(&a);
    print_chunks(&a);
    print_moved(&a);
    int status = balance_status();
    if (status == STATUS_OK)
        status = show_large();
    if (status == STATUS_OK)
        status = hint_status(shell);
    if (status == STATUS_OK)
        status = prezero_status();
    return status == STATUS_OK ? show_auto() : status;
}

static int set_auto(const char *value)
{
    bool on;
    if (!text_parse_switch(value, &on))
        return command_usage(&command_optimize, "'%s' is not 'on' or 'off'", value);
    int error = pager_setting_set(LAYOUT_CAP_PAGER, PAGER_SETTING_COMPACT, on);
    return error == PAGODA_OK ? show_auto() : shell_failed("optimize", error);
}

static int stir(const char *count)
{
    uint64_t n, moved = 0, now_moved, more;
    if (!text_parse_number(count, &n) || n == 0)
        return command_usage(&command_optimize, "'%s' is not a number of pages", count);
    do {
        int error = pager_compact(LAYOUT_CAP_PAGER, PAGER_COMPACT_STIR, n - moved < STIR_A_CALL ? n - moved : STIR_A_CALL, &now_moved, &more);
        if (error != PAGODA_OK)
            return shell_failed("optimize", error);
        moved += now_moved;
        seL4_Yield(); /* so that others run in between */
    } while (moved < n && now_moved > 0);
    printf("stir: moved %" PRIu64 " pages.\n", moved);
    return STATUS_OK;
}

/* balance: with further words, which set how it works. */
static int balance(int argc, char **argv)
{
    bool on;
    if (argc == 3 && text_parse_switch(argv[2], &on))
        return balance_switch(on);
    if (argc == 4)
        return balance_between(argv[2], argv[3]);
    return command_usage(&command_optimize, "balance is 'on', 'off' or between two shares of memory, as in 'balance 10 60'");
}

static int run(struct shell *shell, int argc, char **argv)
{
    if (argc == 1)
        return all_parts(false);
    if (strcmp(argv[1], "auto") == 0)
        return argc == 3 ? set_auto(argv[2]) : show_auto();
    if (strcmp(argv[1], "large") == 0)
        return argc == 3 ? set_large(argv[2]) : show_large();
    if (strcmp(argv[1], "stir") == 0)
        return argc == 3 ? stir(argv[2]) : command_usage(&command_optimize, "how many pages?");
    if (strcmp(argv[1], "status") == 0 && argc == 2)
        return show(shell);
    if (strcmp(argv[1], "hint") == 0)
        return argc == 3 ? hint_set(shell, argv[2]) : hint_status(shell);
    if (strcmp(argv[1], "balance") == 0 && argc > 2)
        return balance(argc, argv);
    if (strcmp(argv[1], "prezero") == 0 && argc == 3)
        return prezero_set(argv[2]);
    bool dry = strcmp(argv[1], "--dry") == 0;
    if (dry && argc == 2)
        return all_parts(true);
    const char *name = argv[dry ? 2 : 1];
    if (argc > (dry ? 3 : 2))
        return command_usage(&command_optimize, "too many arguments, from '%s' on", argv[dry ? 3 : 2]);
    for (unsigned i = 0; i < N_PARTS; i++)
        if (strcmp(name, parts[i].name) == 0)
            return dry ? parts[i].dry() : parts[i].run();
    return command_usage(&command_optimize, "there is no part '%s'", name);
}

const struct command command_optimize = {
    .name = "optimize",
    .usage = "[status|[--dry] [PART]|balance|prezero X|auto|large [X]|hint|stir N]",
    .summary = "rearrange memory: stacks, colours, chunks, shares",
    .help = "Pages of programs are moved to other places in memory while they run. 'optimize'\n"
            "does all there is to do, 'optimize PART' one part of it, and says what it\n"
            "brought; '--dry' only says what it would bring. The parts:\n"
            "trim      takes from stacks what lies below their stack pointers\n"
            "recolour  moves pages to frames of the colours that they would get now\n"
            "compact   fills the gaps between pages in use, until as many chunks of 2 MiB as\n"
            "          possible are free\n"
            "promote   gives a frame of 2 MiB to ranges of programs of which every page is in\n"
            "          use, while enough of memory is free\n"
            "balance   moves the share of memory that compressed pages may take, while there\n"
            "          is a disk for the oldest of them, to where less time is lost\n"
            "prezero   says how many free frames are zero for first touches to come\n"
            "The share is also moved by itself, once a second, within LOW and HIGH hundredths\n"
            "of memory, unless 'optimize balance off'. 'optimize status' shows it, how free\n"
            "memory hangs together, and what a request of each size would meet. 'optimize\n"
            "auto off' stops what is done in the background when free memory is scattered,\n"
            "and 'promote' there.\n"
            "Free frames are zeroed when nothing else runs, as many as are taken in two\n"
            "seconds, up to a limit: 'optimize prezero on', 'off', or hundredths of memory.\n"
            "'optimize large' shows who gets frames of 2 MiB: off: nobody; advised: memory of\n"
            "which a program says that it will need it or go through it (madvise); walks:\n"
            "also what a walk from page to page comes to; all: also what 'optimize promote'\n"
            "would find, one a second, if it is seen in use all over, as long as that pays,\n"
            "unless 'optimize auto off'.\n"
            "'optimize hint' shows how often sixteen pages were mapped so that the TLB may\n"
            "hold them as one, 64 KiB; 'optimize hint off' ends that for pages to come.\n"
            "For tests, 'optimize stir 1000' moves 1000 pages.\n",
    .words = "status|trim|compact|promote|recolour|prezero|prezero on|prezero off|balance|balance on|balance off|--dry trim|--dry compact|--dry promote|--dry recolour|--dry balance|auto on|auto off|large off|large advised|large walks|large all|hint on|hint off|stir ",
    .group = GROUP_MEMORY,
    .max_args = 3,
    .run = run,
};
