/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine as its device tree describes it (Devicetree Specification 0.4 and the Arm bindings). */
#include "boot.h"
#include "sysreg.h"

#include <libfdt.h>

/* ---- properties ---- */

/* A number of 1 or 2 cells. */
static uint64_t read_cells(const fdt32_t *cell, unsigned n)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < n; i++)
        value = value << 32 | fdt32_to_cpu(cell[i]);
    return value;
}

static const char *string_property(const void *fdt, int node, const char *name)
{
    int length;
    const char *value = fdt_getprop(fdt, node, name, &length);
    return value && length > 0 && value[length - 1] == '\0' ? value : NULL;
}

/* A number property of 4 or 8 bytes. */
static bool number_property(const void *fdt, int node, const char *name, uint64_t *value)
{
    int length;
    const fdt32_t *cells = fdt_getprop(fdt, node, name, &length);
    if (!cells || (length != 4 && length != 8))
        return false;
    *value = read_cells(cells, (unsigned)length / 4);
    return true;
}

static bool same(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

static bool is_enabled(const void *fdt, int node)
{
    const char *status = string_property(fdt, node, "status");
    return !status || same(status, "okay") || same(status, "ok");
}

static int enabled_by_compatible(const void *fdt, const char *const *names)
{
    for (; *names; names++) {
        int node = -1;
        while ((node = fdt_node_offset_by_compatible(fdt, node, *names)) >= 0)
            if (is_enabled(fdt, node))
                return node;
    }
    return -FDT_ERR_NOTFOUND;
}

/* ---- addresses ---- */

/* One step up: an address on the bus of `bus` as its parent sees it. False: not visible from there. */
static bool translate_step(const void *fdt, int bus, int parent, uint64_t *address)
{
    int length, child_cells = fdt_address_cells(fdt, bus), size_cells = fdt_size_cells(fdt, bus);
    int parent_cells = fdt_address_cells(fdt, parent);
    const fdt32_t *ranges = fdt_getprop(fdt, bus, "ranges", &length);

    if (!ranges)
        return false;
    if (child_cells < 1 || child_cells > 2 || parent_cells < 1 || parent_cells > 2 || size_cells < 1 || size_cells > 2)
        return length == 0;
    unsigned entry = (unsigned)(child_cells + parent_cells + size_cells);
    for (unsigned n = (unsigned)length / 4 / entry, i = 0; i < n; i++, ranges += entry) {
        uint64_t child = read_cells(ranges, (unsigned)child_cells);
        uint64_t up = read_cells(ranges + child_cells, (unsigned)parent_cells);
        uint64_t size = read_cells(ranges + child_cells + parent_cells, (unsigned)size_cells);
        if (*address >= child && *address - child < size) {
            *address = *address - child + up;
            return true;
        }
    }
    return length == 0; /* empty: the same addresses */
}

static bool translate(const void *fdt, int node, uint64_t *address)
{
    for (int bus = fdt_parent_offset(fdt, node); bus > 0;) {
        int parent = fdt_parent_offset(fdt, bus);
        if (parent < 0 || !translate_step(fdt, bus, parent, address))
            return false;
        bus = parent;
    }
    return true;
}

/* Entry `index` of a node's reg property, as a physical address. */
static bool read_reg(const void *fdt, int node, unsigned index, uint64_t *pa, uint64_t *size)
{
    int length, parent = fdt_parent_offset(fdt, node);
    int address_cells = fdt_address_cells(fdt, parent), size_cells = fdt_size_cells(fdt, parent);
    const fdt32_t *reg = fdt_getprop(fdt, node, "reg", &length);

    if (!reg || address_cells < 1 || address_cells > 2 || size_cells < 0 || size_cells > 2)
        return false;
    unsigned entry = (unsigned)(address_cells + size_cells);
    if ((index + 1) * entry > (unsigned)length / 4)
        return false;
    *pa = read_cells(reg + index * entry, (unsigned)address_cells);
    *size = read_cells(reg + index * entry + address_cells, (unsigned)size_cells);
    return *pa + *size >= *pa && translate(fdt, node, pa);
}

/* Interrupt `index` of a node whose parent is the GIC: its interrupt ID, 0 if absent. */
static uint32_t read_interrupt(const void *fdt, int node, unsigned index)
{
    int length;
    const fdt32_t *cells = fdt_getprop(fdt, node, "interrupts", &length);
    if (!cells || (index + 1) * 3 > (unsigned)length / 4)
        return 0;
    cells += index * 3;
    return fdt32_to_cpu(cells[1]) + (fdt32_to_cpu(cells[0]) ? 16 : 32);
}

/* ---- memory ---- */

static void need_room(bool fits)
{
    if (!fits)
        boot_fail("the device tree lists more than %u separate memory ranges", RANGES_MAX);
}

static void read_memory(struct machine *m)
{
    int node;
    fdt_for_each_subnode(node, m->fdt, 0)
    {
        const char *type = string_property(m->fdt, node, "device_type");
        uint64_t pa, size;
        if (!type || !same(type, "memory") || !is_enabled(m->fdt, node))
            continue;
        for (unsigned i = 0; read_reg(m->fdt, node, i, &pa, &size); i++)
            need_room(ranges_add_inside(&m->ram, pa, size));
    }
    if (!m->ram.n)
        boot_fail("the device tree has no memory node");
}

static void reserve(struct machine *m, uint64_t pa, uint64_t size, bool no_map)
{
    if (pa + size < pa)
        boot_fail("the device tree reserves memory past the end of the address space (0x%lx, 0x%lx)", pa, size);
    need_room(ranges_add_touched(&m->reserved, pa, size));
    if (no_map)
        need_room(ranges_add_touched(&m->no_map, pa, size));
}

static void read_reserved(struct machine *m)
{
    uint64_t pa, size;
    int node, parent = fdt_path_offset(m->fdt, "/reserved-memory");

    for (int i = 0; i < fdt_num_mem_rsv(m->fdt); i++)
        if (!fdt_get_mem_rsv(m->fdt, i, &pa, &size))
            reserve(m, pa, size, false);
    if (parent < 0)
        return;
    fdt_for_each_subnode(node, m->fdt, parent)
    {
        bool no_map = fdt_getprop(m->fdt, node, "no-map", NULL);
        for (unsigned i = 0; is_enabled(m->fdt, node) && read_reg(m->fdt, node, i, &pa, &size); i++)
            reserve(m, pa, size, no_map);
    }
}

/* Count the cores; a core that waits on a spin table reads it, so its page is not free. */
static void read_cpus(struct machine *m)
{
    int node, parent = fdt_path_offset(m->fdt, "/cpus");
    if (parent < 0)
        boot_fail("the device tree has no /cpus node");
    fdt_for_each_subnode(node, m->fdt, parent)
    {
        const char *type = string_property(m->fdt, node, "device_type");
        uint64_t release;
        if (!type || !same(type, "cpu"))
            continue;
        m->n_cpus++;
        if (number_property(m->fdt, node, "cpu-release-addr", &release))
            reserve(m, release, 8, false);
    }
    if (!m->n_cpus)
        boot_fail("the device tree has no CPU");
}

/* ---- devices ---- */

static void read_gic(struct machine *m)
{
    static const char *const v3[] = {"arm,gic-v3", NULL};
    static const char *const v2[] = {"arm,gic-400", "arm,cortex-a15-gic", "arm,cortex-a9-gic", "arm,cortex-a7-gic", NULL};
    uint64_t size;
    int node = enabled_by_compatible(m->fdt, v3);

    m->gic_version = 3;
    if (node < 0) {
        m->gic_version = 2;
        node = enabled_by_compatible(m->fdt, v2);
    }
    if (node < 0)
        boot_fail("the device tree has no GICv2 or GICv3 interrupt controller");
    bool ok = read_reg(m->fdt, node, 0, &m->gicd_pa, &m->gicd_size);
    if (m->gic_version == 3)
        ok = ok && read_reg(m->fdt, node, 1, &m->gicr_pa, &m->gicr_size);
    else
        ok = ok && read_reg(m->fdt, node, 1, &m->gicc_pa, &size);
    if (!ok)
        boot_fail("the interrupt controller's registers are missing in the device tree");
}

/* The console: where /chosen sends it, if that is a PL011, else any PL011. */
static int find_uart(const void *fdt)
{
    static const char *const pl011[] = {"arm,pl011", NULL};
    int chosen = fdt_path_offset(fdt, "/chosen");
    const char *path = chosen >= 0 ? string_property(fdt, chosen, "stdout-path") : NULL;

    if (path) {
        int length = 0;
        while (path[length] && path[length] != ':')
            length++;
        int node = fdt_path_offset_namelen(fdt, path, length); /* resolves aliases, too */
        if (node >= 0 && is_enabled(fdt, node) && fdt_node_check_compatible(fdt, node, "arm,pl011") == 0)
            return node;
    }
    return enabled_by_compatible(fdt, pl011);
}

/* Frequency of the node's first clock when that is a fixed one. */
static uint32_t fixed_clock(const void *fdt, int node)
{
    int length;
    uint64_t frequency;
    const fdt32_t *clocks = fdt_getprop(fdt, node, "clocks", &length);
    if (!clocks || length < 4)
        return 0;
    int clock = fdt_node_offset_by_phandle(fdt, fdt32_to_cpu(clocks[0]));
    if (clock < 0 || fdt_node_check_compatible(fdt, clock, "fixed-clock") != 0)
        return 0;
    return number_property(fdt, clock, "clock-frequency", &frequency) ? (uint32_t)frequency : 0;
}

static void read_uart(struct machine *m)
{
    uint64_t size;
    int node = find_uart(m->fdt);
    if (node < 0 || !read_reg(m->fdt, node, 0, &m->uart_pa, &size)) {
        m->uart_pa = 0;
        return;
    }
    m->uart_irq = read_interrupt(m->fdt, node, 0);
    m->uart_clock = fixed_clock(m->fdt, node);
    if (!m->uart_clock)
        m->uart_clock = m->board->uart_clock;
}

static void read_timer(struct machine *m)
{
    static const char *const names[] = {"arm,armv8-timer", "arm,armv7-timer", NULL};
    int node = enabled_by_compatible(m->fdt, names);

    m->timer_irq = node >= 0 ? read_interrupt(m->fdt, node, 2) : 0; /* secure, physical, virtual, hypervisor */
    if (!m->timer_irq)
        m->timer_irq = 27;
    m->timer_frequency = READ_SYSREG(cntfrq_el0);
    if (node >= 0 && !m->timer_frequency)
        number_property(m->fdt, node, "clock-frequency", &m->timer_frequency);
    if (!m->timer_frequency)
        boot_fail("the frequency of the timer is unknown (CNTFRQ_EL0 is 0)");
}

/* PSCI calls go to whoever is above: not to a level that this boot stage itself has left behind. */
static void read_power(struct machine *m, unsigned entered_el)
{
    static const char *const psci[] = {"arm,psci-1.0", "arm,psci-0.2", NULL};
    int node = enabled_by_compatible(m->fdt, psci);
    const char *method = node >= 0 ? string_property(m->fdt, node, "method") : NULL;

    if (method && same(method, "hvc") && entered_el == 1)
        m->power_method = BOOT_POWER_PSCI_HVC;
    else if (method && same(method, "smc") && entered_el <= 2)
        m->power_method = BOOT_POWER_PSCI_SMC;
    else if (m->board->power_pa) {
        m->power_method = BOOT_POWER_BCM_PM;
        m->power_pa = m->board->power_pa;
    }
}

/* ---- the rest ---- */

static void read_chosen(struct machine *m)
{
    uint64_t start, end;
    int chosen = fdt_path_offset(m->fdt, "/chosen");

    m->arguments = "";
    if (chosen < 0)
        return;
    const char *text = string_property(m->fdt, chosen, "bootargs");
    if (text)
        m->arguments = text;
    if (!number_property(m->fdt, chosen, "linux,initrd-start", &start) || !number_property(m->fdt, chosen, "linux,initrd-end", &end))
        return;
    if (end < start || !ranges_contain(&m->ram, start, end - start))
        boot_fail("the initrd (0x%lx to 0x%lx) is not in memory", start, end);
    m->initrd_pa = start;
    m->initrd_size = end - start;
}

static const struct board *const boards[] = {&board_rpi4, &board_qemu_virt};

/* The last one serves for trees that name none of them. */
static const struct board *find_board(const void *fdt)
{
    const unsigned last = sizeof(boards) / sizeof(boards[0]) - 1;
    unsigned i = 0;
    while (i < last && fdt_node_check_compatible(fdt, 0, boards[i]->compatible) != 0)
        i++;
    return boards[i];
}

void machine_read(struct machine *m, const void *fdt, unsigned entered_el)
{
    m->fdt = fdt;
    m->fdt_size = fdt_totalsize(fdt);
    m->board = find_board(fdt);
    read_memory(m);
    read_chosen(m);
    read_power(m, entered_el);
    if (options_poweroff(m->arguments))
        boot_fail_power(m->power_method, m->power_pa);
    read_reserved(m);
    read_cpus(m);
    read_gic(m);
    read_uart(m);
    read_timer(m);
}
