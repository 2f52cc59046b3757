/* SPDX-License-Identifier: BSD-2-Clause */
#include "host_kernel.h"

#include "boot.h"
#include "entry/entry.h"
#include "object/asid.h"
#include "object/cdt.h"
#include "object/cnode.h"

#include <stdlib.h>
#include <string.h>

struct thread *root_thread;
struct bootinfo *bootinfo;
unsigned last_attempts;

static word_t next_free_slot;

/* ---- boot ---- */

static struct boot_descriptor descriptor(void)
{
    pa_t ram_end = RAM_PA + (pa_t)RAM_MIB * 0x100000;
    return (struct boot_descriptor){
        .magic = BOOT_MAGIC,
        .version = BOOT_VERSION,
        .size = sizeof(struct boot_descriptor),
        .n_ram = 1,
        .ram = {{RAM_PA, (uint64_t)RAM_MIB * 0x100000}},
        .n_reserved = 3,
        .reserved = {{RAM_PA, 0x10000}, {RAM_PA + 0x20000, ROOT_PAGES * 4096}, {ram_end - 0x10000, 0x2000}},
        .root_pa = RAM_PA + 0x20000,
        .root_va = ROOT_VA,
        .root_size = ROOT_PAGES * 4096,
        .root_entry = ROOT_VA + 16,
        .dtb_pa = ram_end - 0x10000,
        .dtb_size = DTB_BYTES,
        .gic_version = 2,
        .max_irq = HOST_IRQ_MAX,
        .gicd_pa = 0x08000000,
        .gicc_pa = 0x08010000,
        .timer_irq = HOST_IRQ_TIMER,
        .timer_frequency = 62500000,
        .root_cnode_bits = ROOT_CNODE_BITS,
    };
}

void kernel_boot(void)
{
    host_machine_start(RAM_PA, (uint64_t)RAM_MIB * 0x100000);
    struct boot_descriptor boot = descriptor();
    if (!setjmp(host_returned))
        kernel_main(&boot);
    root_thread = host.returned_to;
    ck_assert_ptr_nonnull(root_thread);
    bootinfo = CAP_OBJECT(slot_of(SLOT_BOOTINFO_FRAME)->cap.frame);
    next_free_slot = bootinfo->empty.start;
}

/* ---- system calls ---- */

struct slot *slot_of(word_t cptr)
{
    struct lookup_failure failure;
    struct slot *slot = lookup_slot(root_thread, cptr, &failure);
    ck_assert_ptr_nonnull(slot);
    return slot;
}

struct answer kernel_call(word_t cptr, word_t label, const word_t *caps, unsigned n_words, const word_t *words)
{
    word_t *buffer = message_buffer(root_thread, true);
    struct arch_context *c = &root_thread->context;
    unsigned n_caps = 0;
    for (; caps && caps[n_caps] != NO_CAP; n_caps++)
        buffer[BUFFER_CAPS + n_caps] = caps[n_caps];
    for (unsigned i = 0; i < n_words; i++)
        message_write(root_thread, buffer, i, words[i]);
    c->x[0] = cptr;
    c->x[1] = info_make(label, 0, n_caps, n_words);
    c->x[7] = (word_t)-1;
    c->fault_pc = ROOT_VA + 0x100;
    for (last_attempts = 1;; last_attempts++) {
        c->pc = c->fault_pc + 4;
        struct thread *next = entry_syscall(root_thread);
        ck_assert_ptr_eq(next, root_thread);
        if (c->pc != c->fault_pc)
            break;
        ck_assert_uint_eq(c->x[1], info_make(label, 0, n_caps, n_words)); /* restarted with unchanged arguments */
        ck_assert_uint_lt(last_attempts, 1000000);
    }
    ck_assert_uint_eq(c->x[0], 0);
    struct answer a = {.label = info_label(c->x[1]), .length = info_length(c->x[1])};
    for (unsigned i = 0; i < 5; i++)
        a.mr[i] = message_read(root_thread, buffer, i);
    return a;
}

void expect(struct answer a, word_t label, unsigned length, const word_t *words, const char *file, int line)
{
    if (a.label != label || a.length != length)
        ck_abort_msg("%s:%d: label %lu, %lu words (%lu %lu ...); expected label %lu, %u words", file, line, a.label, a.length, a.mr[0], a.mr[1], label, length);
    for (unsigned i = 0; i < length; i++)
        if (a.mr[i] != words[i])
            ck_abort_msg("%s:%d: label %lu: word %u is %lu, expected %lu", file, line, label, i, a.mr[i], words[i]);
}

/* ---- often used ---- */

word_t free_slot(void)
{
    ck_assert_uint_lt(next_free_slot, bootinfo->empty.end);
    return next_free_slot++;
}

struct answer retype(word_t untyped, word_t type, word_t size_bits, word_t first_slot, word_t count)
{
    return CALL(untyped, LABEL_UNTYPED_RETYPE, CAPS(SLOT_INITIAL_CNODE), type, size_bits, 0, 0, first_slot, count);
}

word_t untyped_of(unsigned size_bits)
{
    word_t slot = free_slot();
    for (word_t i = bootinfo->untyped.start; i < bootinfo->untyped.end; i++) {
        const struct bootinfo_untyped *u = &bootinfo->untyped_list[i - bootinfo->untyped.start];
        if (!u->is_device && u->size_bits >= size_bits && retype(i, OBJECT_UNTYPED, size_bits, slot, 1).label == 0)
            return slot;
    }
    ck_abort_msg("no untyped of 2^%u bytes", size_bits);
}

word_t make(word_t type, word_t size_bits)
{
    static const uint8_t bits[OBJECT_TYPES] = {0, 11, 4, 6, 5, 0, 5, 30, 12, 12, 21, 12};
    unsigned memory = type == OBJECT_UNTYPED || type == OBJECT_SCHED_CONTEXT ? (unsigned)size_bits : bits[type] + (type == OBJECT_CNODE ? (unsigned)size_bits : 0);
    word_t untyped = untyped_of(memory), slot = free_slot();
    EXPECT_OK(retype(untyped, type, size_bits, slot, 1));
    return slot;
}

struct answer cnode_delete(word_t slot) { return CALL(SLOT_INITIAL_CNODE, LABEL_CNODE_DELETE, NULL, slot, 64); }
struct answer cnode_revoke(word_t slot) { return CALL(SLOT_INITIAL_CNODE, LABEL_CNODE_REVOKE, NULL, slot, 64); }

struct answer cnode_copy(word_t dest, word_t src)
{
    return CALL(SLOT_INITIAL_CNODE, LABEL_CNODE_COPY, CAPS(SLOT_INITIAL_CNODE), dest, 64, src, 64, RIGHTS_ALL);
}

struct answer cnode_mint(word_t dest, word_t src, word_t rights, word_t data)
{
    return CALL(SLOT_INITIAL_CNODE, LABEL_CNODE_MINT, CAPS(SLOT_INITIAL_CNODE), dest, 64, src, 64, rights, data);
}

/* ---- the derivation tree ---- */

struct walk {
    struct slot *slots[1 << 14];
    unsigned n;
};

static bool slow_is_final(const struct walk *walk, const struct slot *slot)
{
    for (unsigned i = 0; i < walk->n; i++)
        if (walk->slots[i] != slot && cap_same_object(&walk->slots[i]->cap, &slot->cap))
            return false;
    return true;
}

unsigned check_tree(void)
{
    static struct walk walk;
    walk.n = 0;
    for (struct slot *slot = cdt_walk_next(NULL); slot; slot = cdt_walk_next(slot)) {
        if (slot_is_empty(slot) || walk.n == ARRAY_SIZE(walk.slots))
            ck_abort_msg("empty slot in the tree, or more slots than there can be");
        walk.slots[walk.n++] = slot;
    }
    for (unsigned i = 0; i < walk.n; i++)
        if (cdt_is_final(walk.slots[i]) != slow_is_final(&walk, walk.slots[i])) /* ck_assert for each would take most of the time */
            ck_abort_msg("cdt_is_final is wrong for a capability of type %u", (unsigned)walk.slots[i]->cap.type);
    return walk.n;
}

int kernel_run_tests(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_FORK);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner), run = srunner_ntests_run(runner);
    srunner_free(runner);
    return failed == 0 && run > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
