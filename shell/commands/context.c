/* SPDX-License-Identifier: BSD-2-Clause */
/* Context switches, address-space numbers and TLB maintenance, from the kernel's information page; and what they cost, measured here. */
#include "command.h"
#include "kinfo.h"
#include "table.h"
#include "text.h"

#include "generated/pager_client.h"
#include "generated/process_client.h"
#include "pagoda/pagoda.h"

#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>

extern const struct command command_context;

static struct table table;

static void add(const char *name, uint64_t value)
{
    table_cell(&table, "%s", name);
    table_cell(&table, "%" PRIu64, value);
}

static void heading(const char *text)
{
    table_cell(&table, "%s", text);
    table_cell(&table, "%s", "");
}

static void add_switches(const volatile struct kernel_info *k)
{
    uint64_t same = k->switches_same_space, other = k->switches_other_space;
    heading("Context switches");
    add("  within one address space", same);
    add("  to another address space", other);
    add("  sum", same + other);
    add("  times with nothing to run", k->idle_entries);
    add("  FP/SIMD states moved", k->fpu_switches);
}

static void add_asids(const volatile struct kernel_info *k)
{
    heading("Hardware ASIDs");
    add("  bits of the processor", k->hw_asid_bits);
    add("  usable", k->hw_asids_usable);
    add("  in use in this generation", k->hw_asid_in_use);
    add("  given out since boot", k->hw_asid_assigned);
    add("  rollovers", k->hw_asid_rollovers);
    add("  generation", k->hw_asid_rollovers + 1);
    add("  address spaces", k->vspaces);
}

static void add_tlb(const volatile struct kernel_info *k)
{
    uint64_t page = k->tlbi_page, asid = k->tlbi_asid, all = k->tlbi_all;
    heading("TLB invalidations");
    add("  by page", page);
    add("  by address space", asid);
    add("  of everything", all);
    add("  sum", page + asid + all);
}

/* What a kernel without ASIDs, or without looking whether a space has one, would have had to do. */
static void add_avoided(const volatile struct kernel_info *k)
{
    uint64_t switches = k->switches_other_space, rollovers = k->hw_asid_rollovers;
    heading("TLB invalidations avoided");
    add("  switches that flushed nothing", switches > rollovers ? switches - rollovers : 0);
    add("  skipped: no ASID held", k->tlbi_skipped);
}

static void add_entries(const volatile struct kernel_info *k)
{
    uint64_t syscalls = k->syscalls, vm = k->faults_vm, other = k->faults_other, timer = k->timer_interrupts, devices = k->interrupts;
    heading("Kernel entries");
    add("  system calls", syscalls);
    add("  page faults", vm);
    add("  other faults", other);
    add("  timer interrupts", timer);
    add("  device interrupts", devices);
    add("  sum", syscalls + vm + other + timer + devices);
    add("  messages, fast path", k->ipc_fast);
    add("  messages, slow path", k->ipc_slow);
    add("  long operations interrupted", k->preemptions);
}

static void print_caches(const volatile struct kernel_info *k)
{
    for (unsigned i = 0; i < 3; i++)
        if (k->dcache[i].size_bytes != 0)
            printf("L%u data cache: %s, %" PRIu64 " ways, lines of %" PRIu64 " bytes\n", i + 1, text_size(k->dcache[i].size_bytes).s, k->dcache[i].ways,
                   k->dcache[i].line_bytes);
    printf("%" PRIu64 " page colour%s\n", k->page_colours, k->page_colours == 1 ? "" : "s");
}

/* ---- measuring ---- */

#define ROUNDS 1000u

/* One operation of a kind, done `ROUNDS` times; false: it failed. */
struct kind {
    const char *name;
    bool (*once)(unsigned round);
};

static char *pages; /* ROUNDS of them, not touched yet */

static bool ask_pager(unsigned round)
{
    uint64_t value;
    (void)round;
    return pager_setting_get(LAYOUT_CAP_PAGER, PAGER_SETTING_STACK_LIMIT, &value) == PAGODA_OK;
}

static bool ask_process(unsigned round)
{
    uint64_t pid, parent;
    (void)round;
    return process_self(LAYOUT_CAP_PROCESS, &pid, &parent) == PAGODA_OK;
}

static bool touch_page(unsigned round)
{
    *(volatile char *)(pages + (size_t)round * PAGE_SIZE) = 1;
    return true;
}

static bool read_clock(unsigned round)
{
    (void)round;
    (void)pagoda_ticks();
    return true;
}

/* What is counted while a kind is measured. */
struct counts {
    uint64_t ticks, entries, other, same, tlbi;
};

static struct counts counts_now(const volatile struct kernel_info *k)
{
    return (struct counts){.other = k->switches_other_space, .same = k->switches_same_space, .tlbi = k->tlbi_page + k->tlbi_asid + k->tlbi_all,
                           .entries = k->syscalls + k->faults_vm, .ticks = pagoda_ticks()};
}

static void add_ratio(uint64_t before, uint64_t after)
{
    table_cell(&table, "%s", text_ratio(after - before, ROUNDS, 1).s);
}

static bool measure_kind(const volatile struct kernel_info *k, const struct kind *kind)
{
    bool good = true;
    struct counts before = counts_now(k);
    for (unsigned i = 0; i < ROUNDS; i++)
        good = kind->once(i) && good;
    struct counts after = counts_now(k);
    table_cell(&table, "%s", kind->name);
    table_cell(&table, "%" PRIu64, ticks_to_ns(after.ticks - before.ticks, k->timer_frequency) / ROUNDS);
    add_ratio(before.entries, after.entries);
    add_ratio(before.other, after.other);
    add_ratio(before.same, after.same);
    add_ratio(before.tlbi, after.tlbi);
    return good;
}

static int measure(const volatile struct kernel_info *k)
{
    static const struct kind kinds[] = {{"reading the clock: no kernel", read_clock},
                                        {"pager and back", ask_pager},
                                        {"process server and back", ask_process},
                                        {"first touch of a page", touch_page}};
    bool good = true;
    pages = mmap(NULL, (size_t)ROUNDS * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED)
        return shell_complain("context", "no memory to touch");
    madvise(pages, (size_t)ROUNDS * PAGE_SIZE, MADV_RANDOM); /* a fault for each, none brought in ahead */
    table_begin(&table, "<EACH|>NS|>ENTRIES|>OTHER SPACE|>SAME SPACE|>TLBI");
    table.gap = 1; /* 80 columns */
    for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        good = measure_kind(k, &kinds[i]) && good;
    munmap(pages, (size_t)ROUNDS * PAGE_SIZE);
    table_print(&table, stdout);
    printf("Means of %u. Kernel entries, switches and TLB invalidations include those of\nothers that ran meanwhile. An emulator that counts has one ns an instruction.\n", ROUNDS);
    return good ? STATUS_OK : shell_complain("context", "a server did not answer");
}

static int run(struct shell *shell, int argc, char **argv)
{
    const volatile struct kernel_info *k = kinfo(shell);
    if (k == NULL)
        return shell_complain(argv[0], "only the first shell has the kernel information page");
    if (argc > 1)
        return strcmp(argv[1], "measure") == 0 ? measure(k) : command_usage(&command_context, "'%s' is not 'measure'", argv[1]);
    table_begin(&table, "<-|>-");
    add_switches(k);
    add_asids(k);
    add_tlb(k);
    add_avoided(k);
    add_entries(k);
    table_print(&table, stdout);
    print_caches(k);
    return STATUS_OK;
}

const struct command command_context = {
    .name = "context",
    .usage = "[measure]",
    .summary = "context switches, ASIDs, TLB operations; what they cost",
    .help = "Counted by the kernel since boot and read from its information page. A switch\n"
            "to another address space writes TTBR0_EL1 with its ASID and invalidates\n"
            "nothing; the TLB is invalidated as a whole only at boot and when the ASIDs roll\n"
            "over. 'context measure' does some things a thousand times and tells what each\n"
            "takes, with the kernel entries and switches that it needs.\n",
    .words = "measure",
    .group = GROUP_MEMORY,
    .max_args = 1,
    .run = run,
};
