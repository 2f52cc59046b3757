/* SPDX-License-Identifier: BSD-2-Clause */
/* Context switches, address-space numbers and TLB maintenance, from the kernel's information page. */
#include "command.h"
#include "kinfo.h"
#include "table.h"
#include "text.h"

#include <inttypes.h>

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

static int run(struct shell *shell, int argc, char **argv)
{
    const volatile struct kernel_info *k = kinfo(shell);
    (void)argc;
    if (k == NULL)
        return shell_complain(argv[0], "only the first shell has the kernel information page");
    table_begin(&table, "<-|>-");
    add_switches(k);
    add_asids(k);
    add_tlb(k);
    add_entries(k);
    table_print(&table, stdout);
    print_caches(k);
    return STATUS_OK;
}

const struct command command_context = {
    .name = "context",
    .usage = "",
    .summary = "context switches, ASIDs, TLB operations",
    .help = "Counted by the kernel since boot and read from its information page. A switch\n"
            "to another address space writes TTBR0_EL1 with its ASID and invalidates\n"
            "nothing; the TLB is invalidated as a whole only at boot and when the ASIDs roll\n"
            "over.\n",
    .words = "",
    .group = GROUP_MEMORY,
    .run = run,
};
