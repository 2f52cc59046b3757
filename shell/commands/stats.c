/* SPDX-License-Identifier: BSD-2-Clause */
/* RAM by use, processes, faults, latency; and the pager's check of its own books. */
#include "census.h"
#include "command.h"
#include "pages.h"
#include "stats_json.h"
#include "table.h"
#include "text.h"

#include "pagoda/layout.h"

#include <inttypes.h>
#include <string.h>

extern const struct command command_stats;

#define BAR_WIDTH 40

static struct table table;

static void add_use(const char *name, uint64_t pages, uint64_t total)
{
    table_cell(&table, "%s", name);
    table_cell(&table, "%" PRIu64, pages);
    table_cell(&table, "%s", text_size(pages * PAGE_SIZE).s);
    table_cell(&table, "%s", text_percent(pages, total).s);
}

static int print_ram(void)
{
    struct pager_memory_info_reply m;
    int error = pager_memory_info(LAYOUT_CAP_PAGER, &m);
    if (error != PAGODA_OK)
        return shell_failed("stats", error);
    uint64_t sum = m.free + m.kernel + m.init + m.archive + m.pager + m.tables + m.objects + m.anonymous + m.file + m.store;
    table_begin(&table, "<RAM|>PAGES|>SIZE|>SHARE");
    add_use("free", m.free, m.total);
    add_use("anonymous memory and stacks", m.anonymous, m.total);
    add_use("store of compressed pages", m.store, m.total);
    add_use("file contents", m.file, m.total);
    add_use("translation tables", m.tables, m.total);
    add_use("kernel objects of processes", m.objects, m.total);
    add_use("pager", m.pager, m.total);
    add_use("boot archive", m.archive, m.total);
    add_use("init", m.init, m.total);
    add_use("kernel and firmware", m.kernel, m.total);
    table_rule(&table);
    add_use("sum", sum, m.total);
    table_print(&table, stdout);
    printf("Free memory: %" PRIu64 " whole chunks of 2 MiB, largest block %s.\n", m.chunks_free, text_size(m.largest_free * PAGE_SIZE).s);
    if (sum != m.total)
        return shell_complain("stats", "the parts sum to %" PRIu64 " pages, RAM has %" PRIu64, sum, m.total);
    return STATUS_OK;
}

static uint64_t faults_of(const struct pager_space_list_reply *space)
{
    uint64_t sum = 0;
    for (unsigned kind = 0; kind < PAGER_FAULT_KINDS; kind++)
        sum += space->faults[kind];
    return sum;
}

static void add_process(const struct pager_space_list_reply *s, const struct pager_space_memory_reply *m, uint64_t on_disk)
{
    table_cell(&table, "%" PRIu64, census_resident(s));
    table_cell(&table, "%" PRIu64, s->private_pages);
    table_cell(&table, "%" PRIu64, s->shared);
    table_cell(&table, "%" PRIu64, s->file);
    table_cell(&table, "%" PRIu64, s->zero);
    table_cell(&table, "%" PRIu64, s->tables);
    table_cell(&table, "%" PRIu64, m->stored - on_disk);
    table_cell(&table, "%" PRIu64, on_disk);
    table_cell(&table, "%s", text_short(m->refaults).s);
    table_cell(&table, "%s", text_time_short(m->stall).s);
    table_cell(&table, "%" PRIu64, faults_of(s));
}

static void add_to(struct pager_space_list_reply *sum, const struct pager_space_list_reply *s)
{
    sum->private_pages += s->private_pages;
    sum->shared += s->shared;
    sum->file += s->file;
    sum->zero += s->zero;
    sum->tables += s->tables;
    sum->faults[0] += faults_of(s);
}

static int print_processes(void)
{
    struct pager_space_list_reply sum = {0};
    struct pager_space_memory_reply memory = {0};
    uint64_t all_on_disk = 0;
    const struct census *census = census_take("stats");
    if (census == NULL)
        return STATUS_FAILED;
    table_begin(&table, ">PID|<NAME|>RES|>PRIVATE|>SHARED|>FILE|>ZERO|>TABLE|>COMPR|>SWAP|>REFLT|>STALL|>FAULTS");
    table.gap = 1;
    for (unsigned i = 0; i < census->n; i++) {
        const struct pager_space_list_reply *s = &census->entries[i].space;
        table_cell(&table, "%s", census_pid(&census->entries[i]));
        table_cell(&table, "%s", s->label);
        uint64_t on_disk = pages_on_disk(s->space, &census->entries[i].memory);
        add_process(s, &census->entries[i].memory, on_disk);
        add_to(&sum, s);
        memory.stored += census->entries[i].memory.stored;
        all_on_disk += on_disk;
        memory.refaults += census->entries[i].memory.refaults;
        memory.stall += census->entries[i].memory.stall;
    }
    table_rule(&table);
    table_cell(&table, "%s", "");
    table_cell(&table, "sum");
    add_process(&sum, &memory, all_on_disk);
    printf("Pages of 4 KiB by address space\n");
    table_print(&table, stdout);
    return STATUS_OK;
}

static int print_faults(void)
{
    struct pager_fault_counts_reply f;
    uint64_t sum = 0;
    int error = pager_fault_counts(LAYOUT_CAP_PAGER, &f);
    if (error != PAGODA_OK)
        return shell_failed("stats", error);
    table_begin(&table, "<FAULTS SINCE BOOT|>COUNT");
    for (unsigned kind = 0; kind < PAGER_FAULT_KINDS; kind++) {
        table_cell(&table, "%s", fault_kind_text(kind));
        table_cell(&table, "%" PRIu64, f.counts[kind]);
        sum += f.counts[kind];
    }
    table_rule(&table);
    table_cell(&table, "sum");
    table_cell(&table, "%" PRIu64, sum);
    table_print(&table, stdout);
    return STATUS_OK;
}

static void add_bucket(unsigned bucket, uint64_t count, uint64_t most, uint64_t sum)
{
    char bar[BAR_WIDTH + 1];
    unsigned length = (unsigned)((count * BAR_WIDTH + most - 1) / most);
    memset(bar, '*', length);
    bar[length] = '\0';
    table_cell(&table, "%s", text_time(bucket == 0 ? 0 : 1ull << bucket).s);
    table_cell(&table, "%s", text_time(2ull << bucket).s);
    table_cell(&table, "%" PRIu64, count);
    table_cell(&table, "%s", text_percent(count, sum).s);
    table_cell(&table, "%s", bar);
}

/* From the first bucket that is not empty to the last. */
static int print_latency(void)
{
    struct pager_fault_counts_reply f;
    uint64_t most = 0, sum = 0;
    unsigned first = PAGER_HISTOGRAM_BUCKETS, last = 0;
    int error = pager_fault_counts(LAYOUT_CAP_PAGER, &f);
    if (error != PAGODA_OK)
        return shell_failed("stats", error);
    for (unsigned i = 0; i < PAGER_HISTOGRAM_BUCKETS; i++) {
        if (f.histogram[i] == 0)
            continue;
        first = first == PAGER_HISTOGRAM_BUCKETS ? i : first;
        last = i;
        sum += f.histogram[i];
        most = f.histogram[i] > most ? f.histogram[i] : most;
    }
    table_begin(&table, ">FROM|>BELOW|>FAULTS|>SHARE|<");
    for (unsigned i = first; i <= last; i++)
        add_bucket(i, f.histogram[i], most, sum);
    printf("Time in the pager per fault, from the message to the reply\n");
    table_print(&table, stdout);
    printf("%" PRIu64 " faults took %s, %s each on average.\n", sum, text_time(f.total_ns).s,
           sum == 0 ? "-" : text_time(f.total_ns / sum).s);
    return STATUS_OK;
}

/* set_limit: "limit PID SIZE|none". */
static int set_limit(int argc, char **argv)
{
    uint64_t bytes = 0;
    if (argc != 4)
        return command_usage(&command_stats, "limit wants a process and a size, or 'none'");
    if (strcmp(argv[3], "none") != 0 && (!text_parse_size(argv[3], &bytes) || bytes < PAGE_SIZE))
        return command_usage(&command_stats, "'%s' is not a size of at least one page, or 'none'; examples: 512K, 8M", argv[3]);
    const struct census *census = census_take("stats");
    const struct census_entry *entry = census == NULL ? NULL : census_process(census, "stats", argv[2]);
    if (entry == NULL)
        return STATUS_FAILED;
    int error = pager_space_set_limit(LAYOUT_CAP_PAGER, entry->space.space, bytes / PAGE_SIZE);
    if (error != PAGODA_OK)
        return shell_failed("stats", error);
    if (bytes == 0)
        printf("Process %s may hold any number of pages.\n", census_pid(entry));
    else
        printf("Process %s may hold %s at most; it holds %s.\n", census_pid(entry), text_size(bytes / PAGE_SIZE * PAGE_SIZE).s,
               text_size(census_resident(&entry->space) * PAGE_SIZE).s);
    return STATUS_OK;
}

static int check(void)
{
    uint64_t problems, frames, pages;
    int error = pager_check(LAYOUT_CAP_PAGER, &problems, &frames, &pages);
    if (error != PAGODA_OK)
        return shell_failed("stats", error);
    printf("The pager checked %" PRIu64 " frames and %" PRIu64 " mapped pages: %" PRIu64 " problem%s.\n", frames, pages, problems,
           problems == 1 ? "" : "s");
    return problems == 0 ? STATUS_OK : STATUS_FAILED;
}

static const struct {
    const char *name;
    int (*print)(void);
} sections[] = {{"ram", print_ram}, {"processes", print_processes}, {"faults", print_faults}, {"latency", print_latency}, {"check", check}};

#define N_SECTIONS (sizeof(sections) / sizeof(sections[0]))

static int run(struct shell *shell, int argc, char **argv)
{
    int status = STATUS_OK;
    if (argc > 1 && strcmp(argv[1], "limit") == 0)
        return set_limit(argc, argv);
    if (argc > 2)
        return command_usage(&command_stats, "only 'limit' takes further words");
    if (argc > 1 && strcmp(argv[1], "json") == 0)
        return stats_json(shell);
    for (unsigned i = 0; argc > 1 && i < N_SECTIONS; i++)
        if (strcmp(argv[1], sections[i].name) == 0)
            return sections[i].print();
    if (argc > 1)
        return command_usage(&command_stats, "there is no part '%s'", argv[1]);
    for (unsigned i = 0; i < N_SECTIONS - 1; i++) { /* all but the check, which changes nothing but takes its time */
        if (i > 0)
            printf("\n");
        if (sections[i].print() != STATUS_OK)
            status = STATUS_FAILED;
    }
    return status;
}

const struct command command_stats = {
    .name = "stats",
    .usage = "[PART | json | limit PID SIZE|none]",
    .summary = "RAM by use, processes, faults, latency; set a limit",
    .help = "PART is ram, processes, faults, latency or check; without it, all but the last.\n"
            "The parts of RAM sum to all of it. 'stats check' lets the pager check all its\n"
            "books now (frame table, free lists, page maps, reference counts, accounts); its\n"
            "status is 0 when they agree. 'stats json' prints all that is known as one JSON\n"
            "document, for programs.\n"
            "'stats limit 5 16M' bounds what process 5 holds (private and shared pages,\n"
            "tables, books); its children inherit that. Asking for more ends it; 'stats\n"
            "limit 5 none' takes the bound away.\n",
    .words = "ram|processes|faults|latency|check|json|limit PID none",
    .group = GROUP_MEMORY,
    .max_args = 3,
    .run = run,
};
