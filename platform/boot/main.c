/* SPDX-License-Identifier: BSD-2-Clause */
/* The plan of booting: what to load, where it goes, what the kernel is told. */
#include "boot.h"
#include "cpio.h"
#include "elf.h"
#include "paging.h"
#include "sysreg.h"
#include "tables.h"

#include <libfdt.h>

#define USER_IMAGE_TOP 0x00007ffffc000000ull /* room above the image for IPC buffer and bootinfo */
#define ROOT_TASK "bin/init"
enum { MIN_CNODE_BITS = 13, SPARE_SLOTS = 2048, MAX_PHYSICAL_BITS = 44 };

struct payload {
    struct elf_image kernel, root;
    const uint8_t *archive; /* NULL: bare root task */
    size_t archive_size;
};

/* The plan: what is still free, what never will be, and the kernel's half of the address space. */
struct plan {
    struct range_set free, reserved;
    uint64_t tables_pa, tables_size;
    struct table_pool tables;
    uint64_t *kernel_root;
    uint64_t kernel_pa;
    uint64_t next_device_va;
};

static struct machine machine;
static struct options options;
static struct payload payload;
static struct plan plan;

static void *window(uint64_t pa) { return (void *)(uintptr_t)(KERNEL_WINDOW_BASE + pa); }

static void need_room(bool fits)
{
    if (!fits)
        boot_fail("memory is in more than %u pieces", RANGES_MAX);
}

/* ---- what to load ---- */

static void read_root_elf(const uint8_t *file, size_t size, const char *where)
{
    const char *wrong = elf_read(file, size, 0, USER_IMAGE_TOP, &payload.root);
    if (wrong)
        boot_fail("root task in the %s: %s", where, wrong);
}

static void choose_payload(void)
{
    const uint8_t *data = payload_archive;
    size_t size = (size_t)(payload_archive_end - payload_archive);
    const char *where = "built-in archive";
    struct cpio_file init;

    if (machine.initrd_size) {
        identity_map(machine.initrd_pa, machine.initrd_size, PTE_KERNEL_DATA);
        data = (const uint8_t *)(uintptr_t)machine.initrd_pa;
        size = machine.initrd_size;
        where = "initrd";
        if (elf_has_magic(data, size)) {
            read_root_elf(data, size, where);
            return;
        }
    }
    if (!cpio_has_magic(data, size))
        boot_fail("the %s is neither a cpio archive (newc) nor an ELF file", where);
    const char *wrong = cpio_check(data, size, &payload.archive_size);
    if (wrong)
        boot_fail("%s: %s", where, wrong);
    payload.archive = data;
    if (!cpio_find(data, payload.archive_size, ROOT_TASK, &init))
        boot_fail("the %s has no root task (" ROOT_TASK ")", where);
    read_root_elf(init.data, init.size, where);
}

static void read_kernel_elf(void)
{
    size_t size = (size_t)(payload_kernel_end - payload_kernel);
    const char *wrong = elf_read(payload_kernel, size, KERNEL_IMAGE_BASE, KERNEL_DEVICE_BASE, &payload.kernel);
    if (wrong)
        boot_fail("kernel: %s", wrong);
}

/* ---- where it goes ---- */

/* Which RAM is free to be used: not reserved, not this image, not what is still to be read. */
static void plan_memory(uint64_t base)
{
    unsigned bits = (unsigned)(READ_SYSREG(id_aa64mmfr0_el1) & 15);
    static const uint8_t physical_bits[] = {32, 36, 40, 42, 44, 48};
    uint64_t top = 1ull << (bits < 4 ? physical_bits[bits] : MAX_PHYSICAL_BITS);

    need_room(ranges_remove(&machine.ram, top, UINT64_MAX - top));
    ranges_limit(&machine.ram, options.memory_limit);
    if (machine.ram.n > BOOT_MAX_RAM)
        boot_fail("RAM is in %u pieces, at most %u are possible", machine.ram.n, BOOT_MAX_RAM);
    plan.reserved = machine.reserved;
    plan.free = machine.ram;
    struct range_set busy = machine.reserved;
    need_room(ranges_add_touched(&busy, base, (uint64_t)(image_end - image_start)));
    need_room(ranges_add_touched(&busy, (uint64_t)(uintptr_t)machine.fdt, machine.fdt_size));
    need_room(ranges_add_touched(&busy, machine.initrd_pa, machine.initrd_size));
    need_room(ranges_remove_set(&plan.free, &busy));
}

/* Take memory for something; `keep`: for ever. */
static uint64_t place(const char *what, uint64_t size, bool keep)
{
    uint64_t pa;
    size = PAGE_UP(size);
    if (!ranges_first_fit(&plan.free, size, &pa))
        boot_fail("too little memory: %lu KiB needed for the %s, %lu KiB free, at most %lu KiB in one piece (RAM %lu MiB)", size >> 10, what,
                  ranges_total(&plan.free) >> 10, ranges_largest(&plan.free) >> 10, ranges_total(&machine.ram) >> 20);
    need_room(ranges_remove(&plan.free, pa, size));
    if (keep)
        need_room(ranges_add(&plan.reserved, pa, size));
    return pa;
}

/* Upper bound of the tables for the kernel's half: per piece of RAM two partly filled ones at each of two levels; image and devices. */
static uint32_t tables_needed(void)
{
    uint32_t pieces = machine.ram.n + machine.no_map.n;
    uint64_t gigabytes = 0;
    for (uint32_t i = 0; i < machine.ram.n; i++)
        gigabytes += (machine.ram.range[i].size >> 39) + 2;
    uint64_t devices = (machine.gicr_size >> 21) + 8;
    uint64_t image = ((payload.kernel.end - payload.kernel.start) >> 21) + 4;
    return (uint32_t)(1 + gigabytes + 4 * pieces + devices + image);
}

static void plan_tables(void)
{
    uint32_t n = tables_needed();
    plan.tables_size = n * PAGE;
    plan.tables_pa = place("kernel's page tables", plan.tables_size, false);
    identity_map(plan.tables_pa, plan.tables_size, PTE_KERNEL_DATA);
    plan.kernel_root = (uint64_t *)(uintptr_t)plan.tables_pa;
    for (uint64_t i = 0; i < plan.tables_size / 8; i++)
        plan.kernel_root[i] = 0;
    plan.tables = (struct table_pool){plan.kernel_root + 512, n - 1};
    plan.next_device_va = KERNEL_DEVICE_BASE;
}

/* Tables that were not needed are free again. */
static void finish_tables(void)
{
    uint64_t used = plan.tables_size - plan.tables.left * PAGE;
    need_room(ranges_add(&plan.reserved, plan.tables_pa, used));
    need_room(ranges_add(&plan.free, plan.tables_pa + used, plan.tables_size - used));
}

static void kernel_map(uint64_t va, uint64_t pa, uint64_t size, uint64_t attributes)
{
    if (!tables_map(&plan.tables, plan.kernel_root, va, pa, size, attributes))
        boot_fail("no page table left for the kernel's map");
}

static uint64_t map_device(uint64_t pa, uint64_t size)
{
    uint64_t start = PAGE_DOWN(pa), end = PAGE_UP(pa + size), va = plan.next_device_va;
    if (!pa || !size)
        return 0;
    kernel_map(va, start, end - start, PTE_KERNEL_DEVICE);
    plan.next_device_va = va + (end - start);
    return va + (pa - start);
}

/* From here on all RAM is reached through the kernel window. */
static void open_window(void)
{
    struct range_set mapped = machine.ram;
    need_room(ranges_remove_set(&mapped, &machine.no_map));
    for (uint32_t i = 0; i < mapped.n; i++)
        kernel_map(KERNEL_WINDOW_BASE + mapped.range[i].pa, mapped.range[i].pa, mapped.range[i].size, PTE_KERNEL_DATA);
    dsb_sy();
    WRITE_SYSREG(ttbr1_el1, plan.tables_pa);
    isb();
    __asm__ volatile("tlbi vmalle1" ::: "memory");
    dsb_sy();
    isb();
}

/* Clear whole pages, 64 bytes a step: most of booting is this and the next function. */
static void *clear_pages(uint64_t pa, uint64_t size)
{
    uint8_t *start = window(pa);
    for (uint8_t *p = start, *end = p + size; p < end; p += 64)
        __asm__ volatile("stp xzr, xzr, [%0]\n stp xzr, xzr, [%0, #16]\n stp xzr, xzr, [%0, #32]\n stp xzr, xzr, [%0, #48]" ::"r"(p) : "memory");
    return start;
}

static void copy(uint64_t pa, const uint8_t *from, uint64_t size)
{
    uint8_t *to = window(pa);
    if (!(((uintptr_t)to | (uintptr_t)from) & 7)) { /* pairs of words need word alignment only */
        for (; size >= 32; size -= 32, to += 32, from += 32)
            __asm__ volatile("ldp x9, x10, [%1]\n ldp x11, x12, [%1, #16]\n stp x9, x10, [%0]\n stp x11, x12, [%0, #16]"
                             :
                             : "r"(to), "r"(from)
                             : "x9", "x10", "x11", "x12", "memory");
    }
    memcpy(to, from, size);
}

/* Copy segments to the image that starts at `pa`, which stands for address image->start; the gaps are zero. */
static void load_segments(const struct elf_image *image, uint64_t pa)
{
    for (uint32_t i = 0; i < image->n_segments; i++) {
        const struct elf_segment *s = &image->segment[i];
        copy(pa + (s->va - image->start), s->data, s->data_size);
    }
}

/* Make instructions visible: data to the point of unification; the instruction cache is invalidated as a whole before the kernel is entered. */
static void clean_instructions(uint64_t pa, uint64_t size)
{
    uint64_t line = 4ull << (READ_SYSREG(ctr_el0) >> 16 & 15);
    for (uint64_t at = (uint64_t)(uintptr_t)window(pa), end = at + size; at < end; at += line)
        __asm__ volatile("dc cvau, %0" ::"r"(at) : "memory");
    dsb_sy();
}

static uint64_t kernel_attributes(uint32_t rights)
{
    if (rights & ELF_WRITE)
        return PTE_KERNEL_DATA;
    return rights & ELF_EXECUTE ? PTE_KERNEL_TEXT : PTE_KERNEL_RODATA;
}

static void load_kernel(void)
{
    const struct elf_image *k = &payload.kernel;
    uint64_t size = k->end - k->start;

    plan.kernel_pa = place("kernel", size, true);
    clear_pages(plan.kernel_pa, size);
    load_segments(k, plan.kernel_pa);
    clean_instructions(plan.kernel_pa, size);
    for (uint32_t i = 0; i < k->n_segments; i++) {
        const struct elf_segment *s = &k->segment[i];
        if (s->va % PAGE || (s->rights & (ELF_WRITE | ELF_EXECUTE)) == (ELF_WRITE | ELF_EXECUTE))
            boot_fail("kernel: ELF segment at 0x%lx is not page aligned or both writable and executable", s->va);
        kernel_map(s->va, plan.kernel_pa + (s->va - k->start), PAGE_UP(s->memory_size), kernel_attributes(s->rights));
    }
}

static void load_root(struct boot_descriptor *d)
{
    const struct elf_image *r = &payload.root;
    uint64_t segments = r->end - r->start;

    d->root_va = r->start;
    d->root_entry = r->entry;
    d->root_size = segments + PAGE_UP(payload.archive_size);
    if (d->root_size > USER_IMAGE_TOP - r->start)
        boot_fail("root task and archive do not fit below the end of the user address space");
    d->root_pa = place("root task", d->root_size, true);
    clear_pages(d->root_pa, d->root_size);
    load_segments(r, d->root_pa);
    if (payload.archive)
        copy(d->root_pa + segments, payload.archive, payload.archive_size);
    clean_instructions(d->root_pa, d->root_size);
}

/* ---- what the kernel is told ---- */

/* Bytes of the tree that are in use: QEMU leaves most of its 1 MiB empty. The order of the blocks is free; fdt_check_full has checked that they fit. */
static uint64_t tree_used(const void *fdt)
{
    uint64_t structure = (uint64_t)fdt_off_dt_struct(fdt) + fdt_size_dt_struct(fdt);
    uint64_t strings = (uint64_t)fdt_off_dt_strings(fdt) + fdt_size_dt_strings(fdt);
    uint64_t reservations = fdt_off_mem_rsvmap(fdt) + 16 * ((uint64_t)fdt_num_mem_rsv(fdt) + 1);
    uint64_t end = structure > strings ? structure : strings;
    return ((end > reservations ? end : reservations) + 7) & ~7ull;
}

static void copy_tree(struct boot_descriptor *d)
{
    d->dtb_size = tree_used(machine.fdt);
    if (d->dtb_size > machine.fdt_size)
        d->dtb_size = machine.fdt_size;
    d->dtb_pa = place("device tree", d->dtb_size, true);
    void *tree = clear_pages(d->dtb_pa, PAGE_UP(d->dtb_size));
    copy(d->dtb_pa, machine.fdt, d->dtb_size);
    fdt_set_totalsize(tree, (uint32_t)d->dtb_size);
}

/* Slots that the root CNode must have: frames and tables of the image, bootinfo, fixed ones, and some to work with. */
static uint32_t choose_cnode_bits(const struct boot_descriptor *d)
{
    uint64_t frames = d->root_size / PAGE + d->dtb_size / PAGE + 4;
    uint64_t needed = 16 + frames + frames / 512 + 8 + 256;
    uint32_t bits = MIN_CNODE_BITS;

    if (options.root_cnode_bits) {
        if (1ull << options.root_cnode_bits < needed)
            boot_fail("root_cnode_bits=%u is too small: %lu slots are needed", options.root_cnode_bits, needed);
        return options.root_cnode_bits;
    }
    while (1ull << bits < needed + SPARE_SLOTS)
        bits++;
    return bits;
}

static void describe_devices(struct boot_descriptor *d)
{
    d->gic_version = machine.gic_version;
    d->gicd_pa = machine.gicd_pa;
    d->gicd_va = map_device(machine.gicd_pa, machine.gic_version == 3 ? 0x10000 : PAGE);
    d->gicc_pa = machine.gicc_pa;
    d->gicc_va = map_device(machine.gicc_pa, machine.gicc_pa ? 2 * PAGE : 0); /* the deactivation register is in the second page */
    d->gicr_pa = machine.gicr_pa;
    d->gicr_size = machine.gicr_size;
    d->gicr_va = map_device(machine.gicr_pa, machine.gicr_size);
    uint32_t lines = ((mmio_read32(d->gicd_va + 4) & 31) + 1) * 32; /* GICD_TYPER */
    d->max_irq = lines > 1020 ? 1019 : lines - 1;
    d->uart_pa = machine.uart_pa;
    d->uart_va = map_device(machine.uart_pa, machine.uart_pa ? PAGE : 0);
    d->uart_irq = machine.uart_irq;
    d->timer_irq = machine.timer_irq;
    d->timer_frequency = machine.timer_frequency;
    d->power_method = machine.power_method;
    d->power_va = map_device(machine.power_pa, machine.power_pa ? PAGE : 0);
}

static void describe_memory(struct boot_descriptor *d)
{
    if (plan.reserved.n > BOOT_MAX_RESERVED)
        boot_fail("reserved memory is in %u pieces, at most %u are possible", plan.reserved.n, BOOT_MAX_RESERVED);
    d->n_ram = machine.ram.n;
    for (uint32_t i = 0; i < machine.ram.n; i++)
        d->ram[i] = machine.ram.range[i];
    d->n_reserved = plan.reserved.n;
    for (uint32_t i = 0; i < plan.reserved.n; i++)
        d->reserved[i] = plan.reserved.range[i];
}

/* ---- the whole ---- */

static const void *check_tree(uint64_t tree)
{
    if (early_tree == TREE_ABSENT)
        boot_fail("no device tree was passed (on raspi4b QEMU needs -dtb)");
    if (early_tree == TREE_BAD_SIZE)
        boot_fail("the device tree's size is not plausible");
    const void *fdt = (const void *)(uintptr_t)tree;
    int error = fdt_check_full(fdt, fdt_totalsize(fdt));
    if (error)
        boot_fail("the device tree is damaged: %s", fdt_strerror(error));
    return fdt;
}

static void open_console(void)
{
    if (!machine.uart_pa)
        return; /* none in the tree: keep the board's usual one for messages */
    identity_map(machine.uart_pa, PAGE, PTE_KERNEL_DEVICE);
    if (machine.board->prepare_uart) {
        identity_map(machine.board->pins_pa, PAGE, PTE_KERNEL_DEVICE);
        machine.board->prepare_uart();
    }
    uart_setup(machine.uart_pa, machine.uart_clock);
    say_init(machine.uart_pa);
}

static struct boot_descriptor *new_descriptor(uint64_t *pa)
{
    *pa = place("boot descriptor", sizeof(struct boot_descriptor), false);
    struct boot_descriptor *d = clear_pages(*pa, PAGE_UP(sizeof(struct boot_descriptor)));
    d->magic = BOOT_MAGIC;
    d->version = BOOT_VERSION;
    d->size = sizeof(*d);
    d->flags = options.flags;
    d->max_hw_asids = options.max_hw_asids;
    d->n_cpus = machine.n_cpus;
    return d;
}

void boot_main(uint64_t tree, unsigned entered_el, uint64_t base)
{
    uint64_t descriptor_pa;

    say_init(board_guess(base)->uart_pa);
    machine_read(&machine, check_tree(tree), entered_el);
    open_console();
    if (entered_el == 3) /* cores that started with this one are parked in the image's first page */
        need_room(ranges_add_touched(&machine.reserved, base, PAGE));
    if (machine.gic_version == 3 && machine.gicr_size > machine.n_cpus * 0x40000ull)
        machine.gicr_size = machine.n_cpus * 0x40000ull; /* the tree lists room for more cores than there are */
    read_kernel_elf();
    choose_payload();
    options_read(&options, machine.arguments, payload.archive);
    plan_memory(base);

    plan_tables();
    open_window();
    struct boot_descriptor *d = new_descriptor(&descriptor_pa);
    load_kernel();
    describe_devices(d);
    copy_tree(d);
    load_root(d);
    d->root_cnode_bits = choose_cnode_bits(d);
    finish_tables();
    describe_memory(d);
    say("pagoda: boot: %s, EL%u, %lu MiB RAM, %u CPUs, GICv%u, %s\n", machine.board->name, entered_el, ranges_total(&machine.ram) >> 20,
        machine.n_cpus, machine.gic_version, payload.archive ? "archive" : "bare root task");
    __asm__ volatile("ic iallu" ::: "memory");
    dsb_sy();
    isb();
    boot_enter_kernel(payload.kernel.entry, KERNEL_WINDOW_BASE + descriptor_pa);
}
