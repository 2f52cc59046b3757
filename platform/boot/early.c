/* SPDX-License-Identifier: BSD-2-Clause */
/* The identity map, begun before the MMU is on (all accesses aligned: the whole boot stage is compiled so). */
#include "boot.h"
#include "paging.h"
#include "sysreg.h"
#include "tables.h"

#define TREE_MAGIC 0xd00dfeedu
#define TREE_MAX_BYTES (4u << 20) /* twice what the arm64 boot protocol allows */
enum { IDENTITY_TABLES = 40 };    /* image, tree, initrd, kernel tables, 5 devices: at most 3 each, and shared upper levels */

uint64_t identity_root[512] __attribute__((aligned(4096)));
static uint64_t identity_tables[IDENTITY_TABLES][512] __attribute__((aligned(4096)));
static struct table_pool identity_pool;
enum early_tree early_tree;

/* Written while the MMU was off, the image is read-write and executable: it is gone as soon as the kernel runs. */
#define IDENTITY_NORMAL (PTE_KERNEL)

void identity_map(uint64_t pa, uint64_t size, uint64_t attributes)
{
    uint64_t start = PAGE_DOWN(pa), end = PAGE_UP(pa + size);
    if (!tables_map(&identity_pool, identity_root, start, start, end - start, attributes))
        boot_fail("no page table left for the boot stage's own map");
    dsb_ishst();
    isb();
}

const struct board *board_guess(uint64_t base)
{
    return base < 0x40000000 ? &board_rpi4 : &board_qemu_virt; /* where RAM starts on virt; a Pi loads the image at 512 KiB or 2 MiB */
}

static uint32_t big_endian(const uint32_t *p) { return __builtin_bswap32(*p); }

static bool is_tree(uint64_t pa) { return pa % 8 == 0 && big_endian((const uint32_t *)(uintptr_t)pa) == TREE_MAGIC; }

/* An ELF loader passes no tree in x0; QEMU then leaves it at the start of RAM. */
static uint64_t find_tree(uint64_t tree, uint64_t base)
{
    if (tree && is_tree(tree))
        return tree;
    uint64_t ram = base < 0x40000000 ? 0 : 0x40000000;
    __asm__("" : "+r"(ram)); /* address 0 is memory here */
    return is_tree(ram) ? ram : UINT64_MAX;
}

uint64_t early_map(uint64_t tree, uint64_t base)
{
    identity_pool = (struct table_pool){identity_tables[0], IDENTITY_TABLES};
    identity_map(base, (uint64_t)(image_end - image_start), IDENTITY_NORMAL);
    identity_map(board_guess(base)->uart_pa, PAGE, PTE_KERNEL_DEVICE);
    tree = find_tree(tree, base);
    if (tree == UINT64_MAX) {
        early_tree = TREE_ABSENT;
        return 0;
    }
    uint32_t size = big_endian((const uint32_t *)(uintptr_t)(tree + 4));
    if (size < 40 || size > TREE_MAX_BYTES) {
        early_tree = TREE_BAD_SIZE;
        return 0;
    }
    early_tree = TREE_FOUND;
    identity_map(tree, size, PTE_KERNEL_DATA);
    return tree;
}
