/* SPDX-License-Identifier: BSD-2-Clause */
/* What the root task finds after boot: ABI 14. */
#include "host_kernel.h"
#include "info.h"
#include "object/asid.h"
#include "object/sched_context.h"
#include "object/vspace.h"

#include <string.h>

static const struct cap *cap_at(word_t slot) { return &slot_of(slot)->cap; }

START_TEST(boot_fills_the_fixed_slots)
{
    static const uint8_t types[] = {
        CAP_NULL, CAP_THREAD, CAP_CNODE, CAP_VSPACE, CAP_IRQ_CONTROL, CAP_ASID_CONTROL, CAP_ASID_POOL, CAP_NULL, CAP_NULL, CAP_FRAME, CAP_FRAME, CAP_DOMAIN,
        CAP_NULL, CAP_NULL, CAP_SCHED_CONTEXT, CAP_NULL,
    };
    kernel_boot();
    for (unsigned i = 0; i < ARRAY_SIZE(types); i++)
        ck_assert_int_eq(cap_type(cap_at(i)), types[i]);
    ck_assert_uint_eq(cap_at(SLOT_INITIAL_CNODE)->cnode.radix, ROOT_CNODE_BITS);
    ck_assert_uint_eq(cap_at(SLOT_INITIAL_CNODE)->cnode.guard_size, 64 - ROOT_CNODE_BITS);
    ck_assert_uint_eq(cap_at(SLOT_INITIAL_VSPACE)->vspace.asid, 1);
    check_tree();
}
END_TEST

START_TEST(boot_orders_the_dynamic_slots)
{
    kernel_boot();
    ck_assert_uint_eq(bootinfo->user_image_paging.start, 16);
    ck_assert_uint_eq(bootinfo->user_image_paging.end, 19); /* one table of each level */
    ck_assert_uint_eq(bootinfo->extra_bi_pages.start, 19);
    ck_assert_uint_eq(bootinfo->extra_bi_pages.end, 21); /* 16 + 5000 bytes */
    ck_assert_uint_eq(bootinfo->sched_control.start, 21);
    ck_assert_uint_eq(bootinfo->sched_control.end, 22);
    ck_assert_uint_eq(bootinfo->user_image_frames.start, 22);
    ck_assert_uint_eq(bootinfo->user_image_frames.end, 22 + ROOT_PAGES);
    ck_assert_uint_eq(bootinfo->untyped.start, 22 + ROOT_PAGES);
    ck_assert_uint_eq(bootinfo->empty.start, bootinfo->untyped.end);
    ck_assert_uint_eq(bootinfo->empty.end, 1 << ROOT_CNODE_BITS);
    for (word_t i = 16; i < 19; i++)
        ck_assert(cap_at(i)->type == CAP_PAGE_TABLE && cap_at(i)->page_table.mapped && cap_at(i)->page_table.level == i - 15);
    ck_assert_int_eq(cap_type(cap_at(21)), CAP_SCHED_CONTROL);
    for (word_t i = 0; i < ROOT_PAGES; i++)
        ck_assert_uint_eq(CAP_OBJECT_PA(cap_at(22 + i)->frame), RAM_PA + 0x20000 + i * 4096);
    ck_assert(slot_is_empty(slot_of(bootinfo->empty.start)));
}
END_TEST

START_TEST(boot_describes_itself_in_bootinfo)
{
    kernel_boot();
    ck_assert_uint_eq(bootinfo->extra_len, 16 + DTB_BYTES);
    ck_assert_uint_eq(bootinfo->num_nodes, 1);
    ck_assert_uint_eq(bootinfo->num_io_pt_levels, 0);
    ck_assert_uint_eq(bootinfo->ipc_buffer, ROOT_VA + ROOT_PAGES * 4096);
    ck_assert_uint_eq(bootinfo->init_thread_cnode_size_bits, ROOT_CNODE_BITS);
    const struct bootinfo_chunk *chunk = CAP_OBJECT(cap_at(bootinfo->extra_bi_pages.start)->frame);
    ck_assert_uint_eq(chunk->id, 6);
    ck_assert_uint_eq(chunk->len, 16 + DTB_BYTES);
    const uint8_t *blob = kernel_pointer(RAM_PA + RAM_MIB * 0x100000 - 0x10000), *second = CAP_OBJECT(cap_at(bootinfo->extra_bi_pages.start + 1)->frame);
    ck_assert(!memcmp(chunk + 1, blob, 4080));
    ck_assert(!memcmp(second, blob + 4080, DTB_BYTES - 4080));
}
END_TEST

START_TEST(boot_maps_the_image_and_what_follows_it)
{
    kernel_boot();
    uint64_t *top = vspace_root(cap_at(SLOT_INITIAL_VSPACE));
    const pa_t expected[] = {
        RAM_PA + 0x20000, RAM_PA + 0x21000, RAM_PA + 0x22000, CAP_OBJECT_PA(cap_at(SLOT_IPC_BUFFER)->frame), CAP_OBJECT_PA(cap_at(SLOT_BOOTINFO_FRAME)->frame),
        CAP_OBJECT_PA(cap_at(19)->frame), CAP_OBJECT_PA(cap_at(20)->frame),
    };
    for (unsigned i = 0; i < ARRAY_SIZE(expected); i++) {
        struct pt_place place = pt_walk(top, ROOT_VA + i * 4096, 3);
        ck_assert_uint_eq(place.level, 3);
        ck_assert_uint_eq(pte_pa(*place.entry), expected[i]);
        ck_assert_uint_eq(*place.entry, pte_make_page(expected[i], 3, RIGHT_READ | RIGHT_WRITE, true, i != 3 && i != 4));
    }
    ck_assert(!pte_is_valid(*pt_walk(top, ROOT_VA + 7 * 4096, 3).entry));
    ck_assert_ptr_eq(vspace_entry(root_thread), asid_lookup(1));
}
END_TEST

START_TEST(boot_starts_the_thread_at_its_entry)
{
    kernel_boot();
    ck_assert_uint_eq(root_thread->context.pc, ROOT_VA + 16);
    ck_assert_uint_eq(root_thread->context.x[0], ROOT_VA + (ROOT_PAGES + 1) * 4096);
    ck_assert_uint_eq(root_thread->context.sp, 0);
    ck_assert_uint_eq(root_thread->priority, 255);
    ck_assert_uint_eq(root_thread->mcp, 255);
    ck_assert_ptr_eq(root_thread->sc, CAP_OBJECT(cap_at(SLOT_INITIAL_SCHED_CONTEXT)->sched_context));
    ck_assert(sched_context_is_round_robin(root_thread->sc));
    ck_assert_ptr_eq(this_cpu()->current, root_thread);
}
END_TEST

/* Sum of the untypeds of one kind; checks order, alignment and that none overlaps anything it must not. */
static uint64_t check_untypeds(bool device, word_t *index)
{
    uint64_t bytes = 0;
    pa_t last_end = 0;
    for (; *index < bootinfo->untyped.end - bootinfo->untyped.start; (*index)++) {
        const struct bootinfo_untyped *u = &bootinfo->untyped_list[*index];
        const struct cap *cap = cap_at(bootinfo->untyped.start + *index);
        if (u->is_device != device)
            break;
        ck_assert(cap->type == CAP_UNTYPED && CAP_OBJECT_PA(cap->untyped) == u->paddr && cap->untyped.size_bits == u->size_bits && cap->untyped.device == device);
        ck_assert(IS_ALIGNED(u->paddr, u->size_bits));
        ck_assert_uint_ge(u->paddr, last_end);
        last_end = u->paddr + BIT(u->size_bits);
        bytes += BIT(u->size_bits);
        if (!device)
            ck_assert(u->paddr >= RAM_PA && last_end <= RAM_PA + RAM_MIB * 0x100000);
    }
    return bytes;
}

START_TEST(boot_hands_out_all_addresses_once)
{
    kernel_boot();
    word_t index = 0;
    uint64_t device = check_untypeds(true, &index), normal = check_untypeds(false, &index);
    ck_assert_uint_eq(index, bootinfo->untyped.end - bootinfo->untyped.start);
    ck_assert_uint_eq(device, BIT(44) - RAM_MIB * 0x100000 - 3 * 4096); /* distributor and CPU interface */
    /* Kernel: tree, interrupt lines, information page. Root task: CNode, TCB, SC, tables, pool, buffer, bootinfo, extra bootinfo. */
    uint64_t taken = 64 + 4096 + 4096 + (32 << ROOT_CNODE_BITS) + 2048 + 128 + (4 + 1 + 1 + 1 + 2) * 4096;
    uint64_t reserved = 0x10000 + ROOT_PAGES * 4096 + 0x2000;
    ck_assert_uint_eq(normal, RAM_MIB * 0x100000 - reserved - taken);
    ck_assert_uint_eq(kernel_info->ram_bytes, RAM_MIB * 0x100000);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("boot");
    TCase *tcase = tcase_create("boot");
    tcase_add_test(tcase, boot_fills_the_fixed_slots);
    tcase_add_test(tcase, boot_orders_the_dynamic_slots);
    tcase_add_test(tcase, boot_describes_itself_in_bootinfo);
    tcase_add_test(tcase, boot_maps_the_image_and_what_follows_it);
    tcase_add_test(tcase, boot_starts_the_thread_at_its_entry);
    tcase_add_test(tcase, boot_hands_out_all_addresses_once);
    suite_add_tcase(suite, tcase);
    return kernel_run_tests(suite);
}
