/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the boot descriptor to the running root task; ABI 14.
 *
 * The order is: check the descriptor, initialise the machine, find free memory, take from it what the root task and the kernel need, describe it all
 * in the initial CSpace and bootinfo, hand out the rest as untyped capabilities, start the thread. Nothing here is reachable later.
 */
#include "boot.h"
#include "bootinfo.h"
#include "cpu.h"
#include "entry/entry.h"
#include "info.h"
#include "object/asid.h"
#include "object/cdt.h"
#include "object/cnode.h"
#include "object/frame.h"
#include "object/irq.h"
#include "object/page_table.h"
#include "object/sched_context.h"
#include "object/thread.h"
#include "object/untyped.h"
#include "object/vspace.h"
#include "print.h"
#include "sched/sched.h"
#include "vm/boot_memory.h"
#include "vm/window.h"

enum {
    PAGE_BYTES = 4096,
    PAGE_SHIFT = 12,
    PHYSICAL_BITS = 44,      /* user-visible physical addresses */
    ROOT_ASID = 1,
    ROOT_PRIORITY = 255,
    ROOT_TIME_SLICE_US = 5000,
    ROOT_CNODE_BITS_MIN = 8,
    ROOT_CNODE_BITS_MAX = 24,
};

static struct boot_descriptor boot; /* our copy */
static struct memory_ranges free_memory;

/* What is being built. */
static struct root_task {
    struct slot *cnode;
    pa_t cnode_pa;
    uint64_t *tables; /* top level */
    pa_t vspace_pa;
    struct thread *thread;
    struct bootinfo *bootinfo;
    va_t image_end; /* then IPC buffer, bootinfo, extra bootinfo, a page or more each */
    va_t space_end;
    unsigned n_extra_pages;
    word_t next_slot;
} root;

NORETURN static void boot_fail(const char *why)
{
    kprintf("pagoda: cannot boot: %s\n", why);
    arch_stop();
}

/* ---- the descriptor ---- */

static bool is_page_range(const struct boot_range *range)
{
    return IS_ALIGNED(range->pa | range->size, PAGE_SHIFT) && range->size && range->pa < BIT(PHYSICAL_BITS) && range->size <= BIT(PHYSICAL_BITS) - range->pa;
}

static bool are_ranges_valid(void)
{
    if (boot.n_ram < 1 || boot.n_ram > BOOT_MAX_RAM || boot.n_reserved > BOOT_MAX_RESERVED)
        return false;
    for (unsigned i = 0; i < boot.n_ram; i++)
        if (!is_page_range(&boot.ram[i]) || (i && boot.ram[i].pa < boot.ram[i - 1].pa + boot.ram[i - 1].size))
            return false;
    for (unsigned i = 0; i < boot.n_reserved; i++)
        if (!is_page_range(&boot.reserved[i]))
            return false;
    return true;
}

static bool is_root_image_valid(void)
{
    const struct boot_range image = {boot.root_pa, boot.root_size};
    return is_page_range(&image) && IS_ALIGNED(boot.root_va, PAGE_SHIFT) && boot.root_va <= USER_TOP && boot.root_size <= USER_TOP - boot.root_va &&
           window_covers(image.pa, image.size) && (boot.dtb_size == 0 || window_covers(boot.dtb_pa, boot.dtb_size));
}

static void read_descriptor(const struct boot_descriptor *descriptor)
{
    if (descriptor->magic != BOOT_MAGIC || descriptor->version != BOOT_VERSION || descriptor->size != sizeof(boot))
        boot_fail("the boot stage and the kernel do not belong together");
    boot = *descriptor;
    if (!are_ranges_valid())
        boot_fail("memory ranges in the boot descriptor make no sense");
    window_init(&boot);
    if (!is_root_image_valid())
        boot_fail("the root task's image lies outside RAM or user addresses");
    if (boot.root_cnode_bits < ROOT_CNODE_BITS_MIN || boot.root_cnode_bits > ROOT_CNODE_BITS_MAX)
        boot_fail("root_cnode_bits is out of range");
}

/* ---- memory ---- */

static void must(bool done)
{
    if (!done)
        boot_fail("too many separate ranges of memory");
}

static void find_free_memory(void)
{
    for (unsigned i = 0; i < boot.n_ram; i++) {
        must(memory_ranges_add(&free_memory, boot.ram[i].pa, boot.ram[i].pa + boot.ram[i].size));
        kernel_info->ram_bytes += boot.ram[i].size;
    }
    for (unsigned i = 0; i < boot.n_reserved; i++)
        must(memory_ranges_cut(&free_memory, boot.reserved[i].pa, boot.reserved[i].pa + boot.reserved[i].size));
    must(memory_ranges_cut(&free_memory, boot.root_pa, boot.root_pa + boot.root_size));
    must(memory_ranges_cut(&free_memory, ALIGN_DOWN(boot.dtb_pa, PAGE_SHIFT), ALIGN_UP(boot.dtb_pa + boot.dtb_size, PAGE_SHIFT)));
    must(memory_ranges_cut(&free_memory, 0, PAGE_BYTES)); /* slot number 0 and address 0 mean "none" */
}

/* Zeroed memory for ever. */
static pa_t take_memory(unsigned size_bits)
{
    pa_t pa = 0;
    if (!memory_ranges_take(&free_memory, size_bits, &pa)) {
        kprintf("pagoda: cannot boot: too little memory: no free block of %lu bytes is left of %lu KiB of RAM\n", (unsigned long)BIT(size_bits),
                (unsigned long)(kernel_info->ram_bytes >> 10));
        arch_stop();
    }
    memory_zero(kernel_pointer(pa), BIT(size_bits));
    cache_clean_poc(kernel_pointer(pa), BIT(size_bits));
    return pa;
}

static unsigned bits_for(uint64_t bytes) { return 64 - (unsigned)__builtin_clzll(bytes - 1); }

/* ---- address space ---- */

static struct slot *next_slot(void)
{
    if (root.next_slot >= BIT(boot.root_cnode_bits))
        boot_fail("the root CNode is too small for the root task's image: raise root_cnode_bits");
    return &root.cnode[root.next_slot++];
}

static void make_table(va_t va, unsigned level)
{
    struct cap cap = cap_page_table(take_memory(PAGE_SHIFT));
    cap.page_table.mapped = 1;
    cap.page_table.asid = ROOT_ASID;
    cap.page_table.level = level & 3;
    cap.page_table.va_page = va >> PAGE_SHIFT;
    pte_set(pt_walk(root.tables, va, level - 1).entry, pte_make_table(CAP_OBJECT_PA(cap.page_table)));
    slot_insert_top(next_slot(), cap);
}

static struct bootinfo_slots make_tables(void)
{
    struct bootinfo_slots slots = {.start = root.next_slot};
    for (unsigned level = 1; level < PT_LEVELS; level++) {
        unsigned span_bits = pt_level_shift(level - 1);
        for (va_t va = ALIGN_DOWN(boot.root_va, span_bits); va < root.space_end; va += BIT(span_bits))
            make_table(va, level);
    }
    slots.end = root.next_slot;
    return slots;
}

static void map_page(struct slot *slot, pa_t pa, va_t va, bool executable)
{
    struct cap cap = cap_frame(pa, FRAME_SMALL, false);
    cap.frame.mapped = 1;
    cap.frame.asid = ROOT_ASID;
    cap.frame.va_page = va >> PAGE_SHIFT;
    if (executable)
        cache_unify_pou(kernel_pointer(pa), PAGE_BYTES);
    pte_set(pt_walk(root.tables, va, PT_LEVELS - 1).entry, pte_make_page(pa, PT_LEVELS - 1, RIGHT_READ | RIGHT_WRITE, true, executable));
    slot_insert_top(slot, cap);
}

static struct bootinfo_slots map_image(void)
{
    struct bootinfo_slots slots = {.start = root.next_slot};
    for (uint64_t offset = 0; offset < boot.root_size; offset += PAGE_BYTES)
        map_page(next_slot(), boot.root_pa + offset, boot.root_va + offset, true);
    slots.end = root.next_slot;
    return slots;
}

/* ---- extra bootinfo: one chunk with the device tree ---- */

static uint64_t extra_len(void) { return boot.dtb_size ? sizeof(struct bootinfo_chunk) + boot.dtb_size : 0; }

/* Bytes of the extra bootinfo at `offset`, as many as fit into the page. */
static void fill_extra_page(uint8_t *page, uint64_t offset)
{
    const struct bootinfo_chunk header = {BOOTINFO_CHUNK_FDT, extra_len()};
    const uint8_t *head = (const uint8_t *)&header, *blob = kernel_pointer(boot.dtb_pa);
    for (unsigned i = 0; i < PAGE_BYTES && offset + i < extra_len(); i++) {
        uint64_t at = offset + i;
        page[i] = at < sizeof(header) ? head[at] : blob[at - sizeof(header)];
    }
}

static struct bootinfo_slots make_extra_bootinfo(va_t va)
{
    struct bootinfo_slots slots = {.start = root.next_slot};
    for (unsigned i = 0; i < root.n_extra_pages; i++) {
        pa_t pa = take_memory(PAGE_SHIFT);
        fill_extra_page(kernel_pointer(pa), (uint64_t)i * PAGE_BYTES);
        map_page(next_slot(), pa, va + (va_t)i * PAGE_BYTES, true);
    }
    slots.end = root.next_slot;
    return slots;
}

/* ---- objects ---- */

/* The kernel's own: interrupt lines, derivation tree, information page. */
static void make_kernel_memory(void)
{
    struct slot *tree = kernel_pointer(take_memory(bits_for(CDT_INIT_SLOTS * sizeof(struct slot))));
    cdt_init(tree);
    irq_init(kernel_pointer(take_memory(bits_for(irq_lines() * sizeof(struct slot)))));
    info_init(take_memory(PAGE_SHIFT));
}

/* CNode and address space: everything else is put into them. */
static void make_root_spaces(void)
{
    root.image_end = boot.root_va + boot.root_size;
    root.n_extra_pages = (unsigned)(ALIGN_UP(extra_len(), PAGE_SHIFT) >> PAGE_SHIFT);
    root.space_end = root.image_end + (2 + (va_t)root.n_extra_pages) * PAGE_BYTES;
    if (root.space_end - 1 > USER_TOP)
        boot_fail("no user addresses are left above the root task's image");
    root.next_slot = SLOT_FIRST_DYNAMIC;
    root.cnode_pa = take_memory(boot.root_cnode_bits + SLOT_BITS);
    root.cnode = kernel_pointer(root.cnode_pa);
    struct cap cnode = {.cnode = {.type = CAP_CNODE, .radix = boot.root_cnode_bits & 63, .guard_size = (64 - boot.root_cnode_bits) & 63,
                                  .object = root.cnode_pa >> 4}};
    slot_insert_top(&root.cnode[SLOT_INITIAL_CNODE], cnode);

    root.vspace_pa = take_memory(PAGE_SHIFT);
    root.tables = kernel_pointer(root.vspace_pa);
    slot_insert_top(&root.cnode[SLOT_ASID_POOL], asid_pool_create(0, take_memory(ASID_POOL_BITS)));
    asid_boot_assign(ROOT_ASID, root.vspace_pa);
    struct cap vspace = {.vspace = {.asid = ROOT_ASID, .type = CAP_VSPACE, .object = root.vspace_pa >> 4}};
    slot_insert_top(&root.cnode[SLOT_INITIAL_VSPACE], vspace);
}

static void make_control_caps(void)
{
    slot_insert_top(&root.cnode[SLOT_IRQ_CONTROL], (struct cap){.type = CAP_IRQ_CONTROL});
    slot_insert_top(&root.cnode[SLOT_ASID_CONTROL], (struct cap){.type = CAP_ASID_CONTROL});
    slot_insert_top(&root.cnode[SLOT_DOMAIN], (struct cap){.type = CAP_DOMAIN});
}

static struct bootinfo_slots make_sched_control(void)
{
    struct bootinfo_slots slots = {.start = root.next_slot, .end = root.next_slot + 1};
    slot_insert_top(next_slot(), (struct cap){.sched_control = {.core = 0, .type = CAP_SCHED_CONTROL}});
    return slots;
}

static void install_in_thread(enum initial_slot from, enum thread_slot to)
{
    struct cap cap;
    error_t error = cap_derive(&root.cnode[from], &cap);
    if (error.code)
        boot_fail("a capability of the root task cannot be copied");
    slot_insert_copy(&root.cnode[from], &root.thread->slots[to], cap);
}

static void make_thread(void)
{
    pa_t thread_pa = take_memory(THREAD_BITS), sc_pa = take_memory(SCHED_CONTEXT_MIN_BITS);
    struct thread *thread = root.thread = kernel_pointer(thread_pa);
    struct sched_context *sc = kernel_pointer(sc_pa);

    thread_init(thread);
    slot_insert_top(&root.cnode[SLOT_INITIAL_THREAD], (struct cap){.thread = {.type = CAP_THREAD, .object = thread_pa >> 4}});
    install_in_thread(SLOT_INITIAL_CNODE, THREAD_SLOT_CSPACE);
    install_in_thread(SLOT_INITIAL_VSPACE, THREAD_SLOT_VSPACE);
    install_in_thread(SLOT_IPC_BUFFER, THREAD_SLOT_BUFFER);
    thread_set_buffer(thread, root.image_end);
    thread->priority = ROOT_PRIORITY;
    thread->mcp = ROOT_PRIORITY;
    arch_context_set(&thread->context, ARCH_CONTEXT_PC, boot.root_entry);
    arch_context_set(&thread->context, ARCH_CONTEXT_X0, root.image_end + PAGE_BYTES);

    sched_context_init(sc, SCHED_CONTEXT_MIN_BITS);
    struct cap cap = {.sched_context = {.size_bits = SCHED_CONTEXT_MIN_BITS, .type = CAP_SCHED_CONTEXT, .object = sc_pa >> 4}};
    slot_insert_top(&root.cnode[SLOT_INITIAL_SCHED_CONTEXT], cap);
    ticks_t slice = ticks_from_us(ROOT_TIME_SLICE_US);
    sched_context_configure(sc, slice, slice, REFILLS_MIN, 0, false);
    sched_context_bind_thread(sc, thread);
}

/* ---- untyped capabilities ---- */

static unsigned count_pieces(const struct memory_ranges *set, unsigned max_bits)
{
    unsigned n = 0;
    for (unsigned i = 0; i < set->n; i++)
        for (pa_t pa = set->range[i].start; pa < set->range[i].end; pa += BIT(memory_first_piece(pa, set->range[i].end, max_bits)))
            n++;
    return n;
}

static unsigned min_unsigned(unsigned a, unsigned b) { return a < b ? a : b; }

/* Hand out a set of addresses as untyped capabilities, at most `limit`. */
static void make_untypeds(const struct memory_ranges *set, bool device, unsigned limit)
{
    struct bootinfo *info = root.bootinfo;
    for (unsigned i = 0; i < set->n; i++) {
        pa_t pa = set->range[i].start;
        while (pa < set->range[i].end && limit-- > 0) {
            unsigned bits = memory_first_piece(pa, set->range[i].end, UNTYPED_MAX_BITS);
            info->untyped_list[root.next_slot - info->untyped.start] = (struct bootinfo_untyped){pa, (uint8_t)bits, device, {0}};
            slot_insert_top(next_slot(), cap_untyped(pa, bits, device));
            pa += BIT(bits);
        }
        if (pa < set->range[i].end)
            return;
    }
}

/* Everything that is neither memory nor the interrupt controller. */
static void find_devices(struct memory_ranges *devices)
{
    must(memory_ranges_add(devices, 0, BIT(PHYSICAL_BITS)));
    for (unsigned i = 0; i < boot.n_ram; i++)
        must(memory_ranges_cut(devices, boot.ram[i].pa, boot.ram[i].pa + boot.ram[i].size));
    for (unsigned i = 0; i < boot.n_reserved; i++)
        must(memory_ranges_cut(devices, boot.reserved[i].pa, boot.reserved[i].pa + boot.reserved[i].size));
    if (boot.gic_version == 2) {
        must(memory_ranges_cut(devices, boot.gicd_pa, boot.gicd_pa + PAGE_BYTES));
        must(memory_ranges_cut(devices, boot.gicc_pa, boot.gicc_pa + 2 * PAGE_BYTES));
    } else {
        must(memory_ranges_cut(devices, boot.gicd_pa, boot.gicd_pa + 0x10000));
        must(memory_ranges_cut(devices, boot.gicr_pa, boot.gicr_pa + boot.gicr_size));
    }
}

/* Memory matters more than device addresses: when there are too many pieces, the devices go short. */
static void make_all_untypeds(void)
{
    static struct memory_ranges devices; /* large: not on the kernel stack */
    struct bootinfo *info = root.bootinfo;
    unsigned slots = (unsigned)(BIT(boot.root_cnode_bits) - root.next_slot);
    unsigned room = min_unsigned(BOOTINFO_MAX_UNTYPEDS, slots);
    unsigned n_memory = min_unsigned(count_pieces(&free_memory, UNTYPED_MAX_BITS), room);

    find_devices(&devices);
    info->untyped.start = root.next_slot;
    make_untypeds(&devices, true, room - n_memory);
    make_untypeds(&free_memory, false, n_memory);
    info->untyped.end = root.next_slot;
}

/* ---- all together ---- */

static void make_root_task(void)
{
    make_root_spaces();
    pa_t bootinfo_pa = take_memory(PAGE_SHIFT);
    struct bootinfo *info = root.bootinfo = kernel_pointer(bootinfo_pa);

    info->user_image_paging = make_tables();
    map_page(&root.cnode[SLOT_IPC_BUFFER], take_memory(PAGE_SHIFT), root.image_end, false);
    map_page(&root.cnode[SLOT_BOOTINFO_FRAME], bootinfo_pa, root.image_end + PAGE_BYTES, false);
    info->extra_bi_pages = make_extra_bootinfo(root.image_end + 2 * PAGE_BYTES);
    info->sched_control = make_sched_control();
    info->user_image_frames = map_image();
    make_control_caps();
    make_thread();
    make_all_untypeds();

    info->extra_len = extra_len();
    info->num_nodes = 1;
    info->ipc_buffer = root.image_end;
    info->init_thread_cnode_size_bits = boot.root_cnode_bits;
    info->empty = (struct bootinfo_slots){root.next_slot, BIT(boot.root_cnode_bits)};
}

NORETURN void kernel_main(const struct boot_descriptor *descriptor)
{
    read_descriptor(descriptor);
    arch_init(&boot);
    find_free_memory();
    make_kernel_memory();
    sched_init();
    benchmark_init(boot.flags & BOOT_BENCHMARK_CALLS);
    make_root_task();
    kprintf("pagoda: %lu MiB of RAM, %lu KiB free for the root task\n", (unsigned long)(kernel_info->ram_bytes >> 20),
            (unsigned long)(memory_ranges_bytes(&free_memory) >> 10));
    thread_make_runnable(root.thread);
    kernel_info->root_ticks = timer_now();
    arch_return_to_user(sched_start());
}
