/* SPDX-License-Identifier: BSD-2-Clause */
#include "top_view.h"

#include "plot.h"
#include "text.h"

#include "pagoda/layout.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define HISTORY_ROWS 3                       /* of used RAM */
#define HISTORY_HEIGHT (HISTORY_ROWS + 3)
#define HISTORY_FROM 20                      /* rows of the screen from which on there is a history */
#define FAULTS_FROM 14                       /* the same for faults and service times */
#define NAME_WIDTH_MAX 31                    /* no process has a longer name */
#define HEAD_ROWS 3                          /* title and RAM */
#define NS_PER_S 1000000000u

static bool has_history(unsigned screen_rows)
{
    return screen_rows >= HISTORY_FROM;
}

static bool has_faults(unsigned screen_rows)
{
    return screen_rows >= FAULTS_FROM;
}

unsigned top_view_list_rows(unsigned screen_rows)
{
    unsigned above = HEAD_ROWS + (has_history(screen_rows) ? HISTORY_HEIGHT : 0) + (has_faults(screen_rows) ? 2 : 0) + 1;
    return screen_rows - above - SCREEN_FOREIGN_ROWS;
}

/* ---- rows ---- */

static const struct column {
    const char *title;
    unsigned width; /* of the text; one blank in front of it */
    bool left;
} columns[TOP_COLUMNS] = {
    [TOP_PID] = {"PID", 4, false},         [TOP_NAME] = {"NAME", 13, true},       [TOP_CPU] = {"CPU%", 5, false},
    [TOP_RESIDENT] = {"RES", 5, false},    [TOP_SHARED] = {"SHARED", 6, false},    [TOP_COMPRESSED] = {"COMPR", 5, false},
    [TOP_SWAPPED] = {"SWAP", 5, false},    [TOP_REFAULTS] = {"REFLT/s", 7, false}, [TOP_STALL] = {"STALL%", 6, false},
    [TOP_FAULTS] = {"FAULT/s", 7, false},  [TOP_LIMIT] = {"LIMIT", 5, false},      [TOP_STATE] = {"S", 1, true},
};

static uint64_t pages_of(const struct top_row *r, enum top_column column)
{
    if (r->space == NULL)
        return 0;
    switch (column) {
    case TOP_RESIDENT:
        return census_resident(r->space);
    case TOP_SHARED:
        return r->space->shared;
    case TOP_COMPRESSED:
        return r->stored->stored - r->on_disk;
    case TOP_SWAPPED:
        return r->on_disk;
    default:
        return r->space->max_pages;
    }
}

static uint64_t number_of(const struct top_row *r, enum top_column column)
{
    switch (column) {
    case TOP_CPU:
        return r->cpu_permille;
    case TOP_FAULTS:
        return r->faults_per_s;
    case TOP_REFAULTS:
        return r->refaults_per_s;
    case TOP_STALL:
        return r->stall_permille;
    default:
        return pages_of(r, column);
    }
}

static enum top_column sorted_by; /* for qsort, which passes nothing on */

static int by_column(const void *a, const void *b)
{
    const struct top_row *x = a, *y = b;
    int order = 0;
    if (sorted_by == TOP_NAME)
        order = strcmp(x->process->name, y->process->name);
    else if (sorted_by == TOP_STATE)
        order = strcmp(process_state_name(x->process, x->stored), process_state_name(y->process, y->stored));
    else if (sorted_by != TOP_PID)
        order = number_of(x, sorted_by) < number_of(y, sorted_by) ? 1 : number_of(x, sorted_by) > number_of(y, sorted_by) ? -1 : 0;
    return order != 0 ? order : x->process->pid < y->process->pid ? -1 : 1;
}

static const struct process_list_reply *process_before(const struct snapshot *before, uint64_t pid)
{
    for (unsigned i = 0; before != NULL && i < before->n_processes; i++)
        if (before->processes[i].pid == pid)
            return &before->processes[i];
    return NULL;
}

static uint64_t faults_of(const struct pager_space_list_reply *space)
{
    uint64_t sum = 0;
    for (unsigned kind = 0; space != NULL && kind < PAGER_FAULT_KINDS; kind++)
        sum += space->faults[kind];
    return sum;
}

static uint64_t since(uint64_t now, uint64_t before)
{
    return now > before ? now - before : 0;
}

static uint64_t elapsed_ns(const struct snapshot *now, const struct snapshot *before)
{
    uint64_t ns = before == NULL ? now->now_ns : since(now->now_ns, before->now_ns);
    return ns == 0 ? 1 : ns;
}

static uint64_t per_second(uint64_t count, uint64_t ns)
{
    return (count * 1000 + ns / 2000000) / (ns / 1000000 + (ns < 1000000));
}

static struct top_row make_row(const struct snapshot *now, const struct snapshot *before, const struct process_list_reply *p)
{
    const struct process_list_reply *old = process_before(before, p->pid);
    struct top_row row = {.process = p, .space = snapshot_space(now, p), .stored = snapshot_stored(now, p)};
    uint64_t ns = elapsed_ns(now, before);
    uint64_t old_faults = old == NULL ? 0 : faults_of(snapshot_space(before, old));
    row.cpu_permille = since(p->cpu_us, old == NULL ? 0 : old->cpu_us) * 1000000 / ns;
    row.faults_per_s = per_second(since(faults_of(row.space), old_faults), ns);
    const struct pager_space_memory_reply *old_stored = old == NULL ? NULL : snapshot_stored(before, old);
    if (row.stored != NULL) {
        row.on_disk = now->on_disk[row.stored - now->stored];
        row.refaults_per_s = per_second(since(row.stored->refaults, old_stored == NULL ? 0 : old_stored->refaults), ns);
        row.stall_permille = since(row.stored->stall, old_stored == NULL ? 0 : old_stored->stall) * 1000 / ns;
    }
    return row;
}

void top_rows_make(struct top_rows *rows, const struct snapshot *now, const struct snapshot *before, enum top_column sort)
{
    rows->n = 0;
    for (unsigned i = 0; i < now->n_processes; i++)
        if (now->processes[i].state != PROCESS_STATE_ZOMBIE)
            rows->rows[rows->n++] = make_row(now, before, &now->processes[i]);
    sorted_by = sort;
    qsort(rows->rows, rows->n, sizeof(rows->rows[0]), by_column);
}

/* ---- the parts of the screen ---- */

static void title(struct screen *s, const struct top_view *v)
{
    const struct pager_memory_info_reply *m = &v->now->memory;
    uint64_t seconds = v->now->now_ns / NS_PER_S;
    screen_at(s, 0, 0);
    screen_print(s, "top  up %" PRIu64 ":%02u:%02u  %s of %s RAM free  pressure %s", seconds / 3600, (unsigned)(seconds / 60 % 60),
                 (unsigned)(seconds % 60), text_size(m->free * PAGE_SIZE).s, text_size(m->total * PAGE_SIZE).s,
                 pressure_level_name(v->now->pressure.level));
    if (v->before == NULL)
        screen_print(s, "  rates since boot");
    else
        screen_print(s, "  every %" PRIu64 " s", v->interval_s);
    screen_attribute_row(s, 0, SCREEN_REVERSE);
}

static void legend(struct screen *s, char mark, const char *name, uint64_t pages)
{
    if (pages != 0)
        screen_print(s, "%c %s %s ", mark, name, text_size_short(pages * PAGE_SIZE).s);
}

static void ram(struct screen *s, const struct pager_memory_info_reply *m)
{
    char bar[SCREEN_COLUMNS_MAX + 1];
    const struct plot_part parts[] = {{m->anonymous, 'a'}, {m->store, 's'}, {m->file, 'f'}, {m->tables + m->objects, 't'}, {m->pager, 'p'},
                                      {m->kernel + m->init + m->archive, 'k'}};
    plot_bar(bar, s->columns - 6, m->total, parts, sizeof(parts) / sizeof(parts[0]));
    screen_at(s, 1, 0);
    screen_print(s, "RAM [%s]", bar);
    screen_at(s, 2, 0);
    legend(s, 'a', "anon", m->anonymous);
    legend(s, 's', "store", m->store);
    legend(s, 'f', "files", m->file);
    legend(s, 't', "tab", m->tables + m->objects);
    legend(s, 'p', "pager", m->pager);
    legend(s, 'k', "kern", m->kernel + m->init + m->archive);
    legend(s, '.', "free", m->free);
}

/* The kind with the most faults that is not yet in `told`. */
static unsigned next_kind(const uint64_t counts[PAGER_FAULT_KINDS], const bool told[PAGER_FAULT_KINDS])
{
    unsigned best = PAGER_FAULT_KINDS;
    for (unsigned kind = 0; kind < PAGER_FAULT_KINDS; kind++)
        if (!told[kind] && counts[kind] != 0 && (best == PAGER_FAULT_KINDS || counts[kind] > counts[best]))
            best = kind;
    return best;
}

/* Counters since the snapshot before. */
static uint64_t differences(const uint64_t *now, const uint64_t *before, unsigned n, uint64_t *out)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < n; i++)
        sum += out[i] = since(now[i], before == NULL ? 0 : before[i]);
    return sum;
}

static void faults(struct screen *s, unsigned row, const struct top_view *v)
{
    uint64_t counts[PAGER_FAULT_KINDS];
    bool told[PAGER_FAULT_KINDS] = {false};
    uint64_t ns = elapsed_ns(v->now, v->before);
    uint64_t sum = differences(v->now->faults.counts, v->before == NULL ? NULL : v->before->faults.counts, PAGER_FAULT_KINDS, counts);
    unsigned kind;
    screen_at(s, row, 0);
    screen_print(s, "Faults/s %s", text_short(per_second(sum, ns)).s);
    for (const char *mark = ":"; (kind = next_kind(counts, told)) < PAGER_FAULT_KINDS && s->column + 14 < s->columns; mark = ",") {
        if (per_second(counts[kind], ns) == 0)
            break;
        screen_print(s, "%s %s %s", mark, fault_kind_name(kind), text_short(per_second(counts[kind], ns)).s);
        told[kind] = true;
    }
}

/* Upper end of the bucket up to which `permille` of all services are. */
static uint64_t quantile_ns(const uint64_t *buckets, uint64_t sum, unsigned permille)
{
    uint64_t seen = 0;
    for (unsigned i = 0; i < PAGER_HISTOGRAM_BUCKETS; i++) {
        seen += buckets[i];
        if (seen * 1000 >= sum * permille)
            return 2ull << i;
    }
    return 2ull << PAGER_HISTOGRAM_BUCKETS;
}

/* The histogram as one character per power of two, from the first bucket used to the last. */
static void histogram(struct screen *s, const uint64_t *buckets)
{
    unsigned first = 0, last = PAGER_HISTOGRAM_BUCKETS - 1;
    uint64_t most = 0;
    while (buckets[first] == 0)
        first++;
    while (buckets[last] == 0)
        last--;
    for (unsigned i = first; i <= last; i++)
        most = buckets[i] > most ? buckets[i] : most;
    screen_print(s, "  %s[", text_time(1ull << first).s);
    for (unsigned i = first; i <= last; i++)
        screen_print(s, "%c", plot_cell(buckets[i], most, 1, 0));
    screen_print(s, "]%s", text_time(2ull << last).s);
}

static void service(struct screen *s, unsigned row, const struct top_view *v)
{
    uint64_t buckets[PAGER_HISTOGRAM_BUCKETS];
    const struct pager_fault_counts_reply *before = v->before == NULL ? NULL : &v->before->faults;
    uint64_t sum = differences(v->now->faults.histogram, before == NULL ? NULL : before->histogram, PAGER_HISTOGRAM_BUCKETS, buckets);
    screen_at(s, row, 0);
    screen_print(s, "Service ");
    if (sum == 0) {
        screen_print(s, "-");
        return;
    }
    uint64_t ns = since(v->now->faults.total_ns, before == NULL ? 0 : before->total_ns);
    screen_print(s, "mean %s  50%% <%s  99%% <%s", text_time(ns / sum).s, text_time(quantile_ns(buckets, sum, 500)).s,
                 text_time(quantile_ns(buckets, sum, 990)).s);
    histogram(s, buckets);
}

/* ---- processes ---- */

/* Names get what a wide screen has more, as far as a name can use it: figures stay near them. */
static unsigned width_of(const struct screen *s, enum top_column column)
{
    unsigned width = columns[column].width;
    if (column == TOP_NAME && s->columns > 80)
        width += s->columns - 80;
    return column == TOP_NAME && width > NAME_WIDTH_MAX ? NAME_WIDTH_MAX : width;
}

static void cell(struct screen *s, enum top_column column, const char *text)
{
    int width = (int)width_of(s, column);
    screen_print(s, columns[column].left ? "%s%-*.*s" : "%s%*.*s", column == TOP_PID ? "" : " ", width, width, text);
}

static struct text column_text(const struct top_row *r, enum top_column column)
{
    struct text t;
    switch (column) {
    case TOP_PID:
        snprintf(t.s, sizeof(t.s), "%" PRIu64, r->process->pid);
        return t;
    case TOP_CPU:
    case TOP_STALL:
        return text_ratio(number_of(r, column), 10, 1);
    case TOP_FAULTS:
    case TOP_REFAULTS:
        return text_short(number_of(r, column));
    default:
        if (r->space == NULL || (column == TOP_LIMIT && r->space->max_pages == 0))
            return (struct text){"-"};
        return text_size_short(pages_of(r, column) * PAGE_SIZE);
    }
}

static void row_text(struct screen *s, const struct top_row *r)
{
    for (unsigned column = 0; column < TOP_COLUMNS; column++) {
        if (column == TOP_NAME)
            cell(s, column, r->process->name);
        else if (column == TOP_STATE)
            cell(s, column, r->process->system != 0 ? "-" : process_state_name(r->process, r->stored));
        else
            cell(s, column, column_text(r, column).s);
    }
}

/* The title of the column that is sorted by stands out. */
static void titles(struct screen *s, unsigned row, enum top_column sort)
{
    screen_at(s, row, 0);
    for (unsigned column = 0; column < TOP_COLUMNS; column++) {
        s->attribute = column == sort ? SCREEN_REVERSE | SCREEN_BOLD : SCREEN_BOLD;
        cell(s, column, columns[column].title);
    }
    s->attribute = 0;
}

static unsigned processes(struct screen *s, unsigned row, const struct top_view *v)
{
    titles(s, row++, v->sort);
    for (unsigned i = v->first; i < v->rows->n && row < s->rows - SCREEN_FOREIGN_ROWS; i++, row++) {
        screen_at(s, row, 0);
        row_text(s, &v->rows->rows[i]);
        if (i == v->selected)
            screen_attribute_row(s, row, SCREEN_REVERSE);
    }
    return row;
}

static void help(struct screen *s, unsigned row)
{
    static const char *const lines[] = {
        "up down      select a process",
        "left right   sort by another column; also p pid, n name, c CPU, r resident,",
        "             s shared, o compressed, d on disk, w stall, f faults",
        "k            end a process (the one selected, or another by its number)",
        "l            limit what a process may hold in RAM, tables and books",
        "+ -          longer or shorter intervals",
        "space ^L     refresh now; draw all anew",
        "h            this help; any key leaves it          q ^C  end",
        "S is the state: r running, w waiting for a child, s slowed, h held until there",
        "is memory (see 'pressure'), - a service",
    };
    for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]) && row < s->rows - SCREEN_FOREIGN_ROWS; i++) {
        screen_at(s, row++, 0);
        screen_print(s, "%s", lines[i]);
    }
}

unsigned top_view_draw(struct screen *s, const struct top_view *v)
{
    unsigned row = HEAD_ROWS;
    title(s, v);
    ram(s, &v->now->memory);
    if (has_history(s->rows))
        row = pressure_view_history(s, row, HISTORY_ROWS, v->now->memory.total, v->history);
    if (has_faults(s->rows)) {
        faults(s, row++, v);
        service(s, row++, v);
    }
    if (v->help)
        help(s, row);
    else
        row = processes(s, row, v);
    if (v->interval_s != 0) {
        screen_at(s, s->rows - SCREEN_FOREIGN_ROWS, 0);
        screen_print(s, "%s", v->line != NULL ? v->line : "arrows select, sort   k kill   l limit   + - interval   h help   q quit");
    }
    return row;
}
