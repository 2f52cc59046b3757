/* SPDX-License-Identifier: BSD-2-Clause */
#include "balance.h"
#include "command.h"
#include "table.h"
#include "text.h"

#include "generated/pager_client.h"
#include "pagoda/layout.h"

#include <inttypes.h>
#include <stdio.h>

extern const struct command command_optimize;

static int ask(struct pager_balance_reply *b, bool decide)
{
    return pager_balance(LAYOUT_CAP_PAGER, decide, b);
}

static int no_choice(void)
{
    printf("balance: no disk is in use, so compressed pages may take all memory there is.\n");
    return STATUS_OK;
}

/* print_benefit: what the decision rests on. */
static void print_benefit(const struct pager_balance_reply *b)
{
    printf("balance: of late more for compressed pages would have saved %s,\nbalance: less of it %s; %" PRIu64 " pages told.\n", text_time(b->more_ns).s, text_time(b->less_ns).s,
           b->evidence);
}

struct part {
    char s[64];
};

/* share: so many frames, and how much of memory that is. */
static struct part share(const struct pager_balance_reply *b, uint64_t frames)
{
    struct part text;
    snprintf(text.s, sizeof text.s, "%s (%" PRIu64 "%%)", text_size(frames * PAGE_SIZE).s, b->memory ? (frames * 100 + b->memory / 2) / b->memory : 0);
    return text;
}

int balance_dry(void)
{
    static const char *const would[] = {[PAGER_BALANCE_STAY] = "would stay", [PAGER_BALANCE_MORE] = "would grow", [PAGER_BALANCE_LESS] = "would shrink"};
    struct pager_balance_reply b;
    int error = ask(&b, false);
    if (error != PAGODA_OK)
        return shell_failed("optimize", error);
    if (!b.useful)
        return no_choice();
    print_benefit(&b);
    printf("balance: compressed pages may take %s; that %s.\n", share(&b, b.limit).s, b.advice <= PAGER_BALANCE_LESS ? would[b.advice] : "is unknown");
    return STATUS_OK;
}

int balance_run(void)
{
    struct pager_balance_reply before, after;
    int error = ask(&before, false);
    if (error == PAGODA_OK && !before.useful)
        return no_choice();
    if (error == PAGODA_OK)
        error = ask(&after, true);
    if (error != PAGODA_OK)
        return shell_failed("optimize", error);
    print_benefit(&after);
    printf("balance: compressed pages may take %s before, %s after.\n", share(&before, before.limit).s, share(&after, after.limit).s);
    return STATUS_OK;
}

/* parties_status: a line for each that takes memory. */
static int parties_status(void)
{
    static const char *const names[] = {"pages as they are", "compressed pages", "files", "zeroed free frames", "tables and slots", "kernel objects"};
    static const char *const moved[] = {[PAGER_PARTY_MOVED] = "by returns", [PAGER_PARTY_GIVES_ROOM] = "has the rest", [PAGER_PARTY_SWITCHED_OFF] = "no: off",
        [PAGER_PARTY_NO_DISK] = "no: no disk", [PAGER_PARTY_TAKES_NONE] = "no: in archive", [PAGER_PARTY_FREE_MEMORY] = "by demand", [PAGER_PARTY_BY_NEED] = "by need"};
    static struct table table;
    struct pager_parties_reply p;
    int error = pager_parties(LAYOUT_CAP_PAGER, &p);
    if (error != PAGODA_OK)
        return shell_failed("optimize", error);
    table_begin(&table, "<WHO SHARES MEMORY|>TAKES|>LEAST|>MOST|>FRAME SAVES|<MOVED");
    table.gap = 1;
    for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        table_cell(&table, "%s", names[i]);
        table_cell(&table, "%s", text_size(p.takes[i] * PAGE_SIZE).s);
        table_cell(&table, "%s", text_size(p.low[i] * PAGE_SIZE).s);
        table_cell(&table, "%s", text_size(p.high[i] * PAGE_SIZE).s);
        table_cell(&table, "%s", text_time(p.saves_ns[i]).s);
        table_cell(&table, "%s", p.moved[i] < sizeof(moved) / sizeof(moved[0]) ? moved[p.moved[i]] : "?");
    }
    table_print(&table, stdout);
    return STATUS_OK;
}

int balance_status(void)
{
    struct pager_balance_reply b;
    uint64_t on;
    int error = ask(&b, false);
    if (error == PAGODA_OK)
        error = pager_setting_get(LAYOUT_CAP_PAGER, PAGER_SETTING_BALANCE, &on);
    if (error != PAGODA_OK)
        return shell_failed("optimize", error);
    printf("Compressed pages take %s and may take %s", text_size(b.used * PAGE_SIZE).s, share(&b, b.limit).s);
    if (!b.useful) {
        printf(", as no disk is in use.\n");
        return parties_status();
    }
    printf(".\nBetween %s and %s it is %s.\nSteps since boot: %" PRIu64 " up, %" PRIu64 " down.\n", share(&b, b.low).s, share(&b, b.high).s, on ? "moved by what comes back" : "not moved", b.grown,
           b.shrunk);
    printf("A page takes %s from disk; %s to expand, %s to compress.\n", text_time(b.read_ns).s, text_time(b.expand_ns).s, text_time(b.compress_ns).s);
    return parties_status();
}

int balance_switch(bool on)
{
    int error = pager_setting_set(LAYOUT_CAP_PAGER, PAGER_SETTING_BALANCE, on);
    return error == PAGODA_OK ? balance_status() : shell_failed("optimize", error);
}

int balance_between(const char *low, const char *high)
{
    uint64_t from, to;
    if (!text_parse_number(low, &from) || !text_parse_number(high, &to) || from == 0 || to > 100 || from > to)
        return command_usage(&command_optimize, "'%s' and '%s' are not two shares of memory, 1 to 100, the lower one first", low, high);
    int error = pager_balance_bounds(LAYOUT_CAP_PAGER, from, to);
    return error == PAGODA_OK ? balance_status() : shell_failed("optimize", error);
}
