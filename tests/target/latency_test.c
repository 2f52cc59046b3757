/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long an interrupt waits while the kernel is busy, in instructions.
 *
 * A sampler of high priority has a budget in each period and yields the rest of it. The kernel starts it a period after it started last,
 * plus whatever kept the interrupt waiting: that is what is measured. Each operation is repeated so that the timer fires at places spread
 * over all of it. With deterministic time one instruction is one nanosecond, and the bounds are exact; else only the operations run.
 * The bounds are those of docs/kernel.md: what was found on all machines, rounded up. They are those of release builds; a debug kernel spends most of its
 * time in ranges of pages on the TLB oracle, up to a hundred instructions a page, so there the bounds only tell steps from whole operations.
 */
#include "paging_area.h"

#include <string.h>

enum { PERIOD_US = 150, PERIOD = PERIOD_US * 1000, BUDGET_US = 40, SAMPLES = 40, OBJECTS = 128, AREA_BITS = 22 };
#ifdef PAGODA_DEBUG
enum { BOUND_FACTOR = 12 };
#else
enum { BOUND_FACTOR = 1 };
#endif

static unsigned long instructions(void)
{
    unsigned long count;
    asm volatile("isb\n\tmrs %0, pmccntr_el0" : "=r"(count)::"memory");
    return count;
}

/* ---- the sampler ---- */

static volatile unsigned long last_start, worst;
static volatile bool measuring;
static unsigned long way_in; /* from the interrupt to the sampler */

static unsigned long sample(unsigned long argument)
{
    (void)argument;
    for (;;) {
        unsigned long now = instructions(), late = now - last_start - PERIOD;
        if (measuring && (long)late > 0 && late > worst)
            worst = late;
        last_start = now;
        seL4_Yield();
    }
    return 0;
}

static void sampler_start(void)
{
    struct thread *sampler = thread_new(PRIORITY_HIGH);
    measuring = false;
    worst = 0;
    last_start = instructions();
    EXPECT_OK(seL4_SchedControl_ConfigureFlags(sched_control(), sampler->sc, BUDGET_US, PERIOD_US, 0, 0, 0));
    thread_start(sampler, sample, 0);

    unsigned long before = 0, start = last_start;
    for (unsigned long now = instructions(); last_start == start; now = instructions())
        before = now;
    way_in = last_start - before;
}

/* Go on `before` instructions before the sampler is due. */
static void wait_for_phase(unsigned long before)
{
    for (;;) {
        long left = (long)(last_start + PERIOD - way_in - before % (PERIOD / 2) - instructions());
        if (left <= 0 && left > -100)
            return;
    }
}

/* ---- what is measured ---- */

static seL4_CPtr area, cnode, first; /* memory of the objects; a CNode for them; the first of OBJECTS slots */

static void reset(void)
{
    EXPECT_OK(seL4_CNode_Revoke(ROOT_CNODE, area, DEPTH));
}

static void make(unsigned long type, unsigned long size_bits, seL4_CPtr slot, unsigned long n)
{
    EXPECT_OK(seL4_Untyped_Retype(area, type, size_bits, ROOT_CNODE, 0, 0, slot, n));
}

static void measure(const char *what, unsigned long bound, void (*prepare)(void), void (*run)(void))
{
    bound *= BOUND_FACTOR;
    area = untyped_new(AREA_BITS);
    cnode = slot_new();
    first = slot_new();
    for (unsigned i = 1; i < OBJECTS; i++)
        slot_new();
    sampler_start();
    prepare();
    unsigned long start = instructions();
    run();
    unsigned long length = instructions() - start;
    for (unsigned i = 0; i < (time_is_exact() ? SAMPLES : 1); i++) {
        prepare();
        wait_for_phase(length * i / SAMPLES + 60);
        measuring = true;
        run();
        measuring = false;
    }
    test_note("latency of %s: %lu of %lu instructions (%lu in all)", what, worst, bound, length);
    if (time_is_exact())
        EXPECT(worst <= bound);
}

static void nothing(void) {}

static void stay_in_user_mode(void)
{
    for (unsigned long end = instructions() + 2000; instructions() < end;)
        ;
}

TEST(latency_in_user_mode, "an interrupt is taken at once; what is left is the difference between two ways into the sampler")
{
    measure("user mode", 300, nothing, stay_in_user_mode);
}

/* ---- capabilities ---- */

static void prepare_copies(void)
{
    reset();
    make(seL4_CapTableObject, 8, cnode, 1);
    make(seL4_EndpointObject, 0, first, 1);
    for (unsigned long i = 0; i < 256; i++)
        EXPECT_OK(seL4_CNode_Copy(cnode, i, 8, ROOT_CNODE, first, DEPTH, seL4_AllRights));
}

static void revoke_first(void) { EXPECT_OK(seL4_CNode_Revoke(ROOT_CNODE, first, DEPTH)); }
static void delete_cnode(void) { EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, cnode, DEPTH)); }

TEST(latency_of_revoke_of_256_copies, "one capability between two preemption points")
{
    measure("Revoke", 800, prepare_copies, revoke_first);
}

TEST(latency_of_delete_of_a_cnode_with_256_capabilities, "one slot between two preemption points")
{
    measure("Delete of a CNode", 800, prepare_copies, delete_cnode);
}

/* Everything in the area is a child of it: objects of all kinds with and without effect. */
static void prepare_objects(void)
{
    reset();
    make(seL4_TCBObject, 0, first, 16);
    make(seL4_ARM_SmallPageObject, 0, first + 16, 16);
    make(seL4_ReplyObject, 0, first + 32, 16);
    make(seL4_SchedContextObject, 8, first + 48, 16);
    make(seL4_CapTableObject, 4, first + 64, 16);
    for (unsigned i = 0; i < 16; i++)
        EXPECT_OK(seL4_TCB_Configure(first + i, first + 64 + i, 0, OWN_VSPACE, 0, 1024, first + 16 + i));
}

TEST(latency_of_revoke_of_memory_with_threads, "threads, frames, CNodes and scheduling contexts")
{
    measure("Revoke of objects", 800, prepare_objects, reset);
}

/* CNodes of two slots, each the only content of the next. */
static seL4_CPtr make_chain(seL4_CPtr from, unsigned n)
{
    make(seL4_CapTableObject, 1, from, n);
    for (unsigned i = 1; i < n; i++)
        EXPECT_OK(seL4_CNode_Copy(from + i, 0, 1, ROOT_CNODE, from + i - 1, DEPTH, seL4_AllRights));
    return from + n - 1;
}

static seL4_CPtr deep_cnode;

static void prepare_chain(void)
{
    reset();
    deep_cnode = make_chain(first, 64);
    EXPECT_OK(seL4_CNode_Copy(deep_cnode, 1, 64, ROOT_CNODE, OWN_TCB, DEPTH, seL4_AllRights));
}

static void copy_at_depth_64(void)
{
    EXPECT_OK(seL4_CNode_Move(deep_cnode, 0, 64, deep_cnode, 1, 64));
    EXPECT_OK(seL4_CNode_Move(deep_cnode, 1, 64, deep_cnode, 0, 64));
}

TEST(latency_of_lookups_through_64_cnodes, "two lookups of 64 levels in one call")
{
    measure("Move through 64 CNodes", 6000, prepare_chain, copy_at_depth_64);
}

/* ---- threads that wait ---- */

extern char latency_thread[];
asm(".pushsection .text\n latency_thread: svc #0\n b .\n .popsection");

/* OBJECTS / 2 threads that are in this system call on `first` + OBJECTS - 1, each with a scheduling context. */
static void prepare_waiters(unsigned long type, long number, seL4_Word badge)
{
    enum { N = OBJECTS / 2 - 1 };
    seL4_CPtr object = first + OBJECTS - 1, used = first + OBJECTS - 2;
    reset();
    make(type, 0, object, 1);
    if (badge)
        EXPECT_OK(seL4_CNode_Mint(ROOT_CNODE, used, DEPTH, ROOT_CNODE, object, DEPTH, seL4_AllRights, badge));
    make(seL4_TCBObject, 0, first, N);
    make(seL4_SchedContextObject, 7, first + N, N);
    for (unsigned i = 0; i < N; i++) {
        seL4_UserContext context;
        memset(&context, 0, sizeof context);
        context.pc = (unsigned long)latency_thread;
        context.x0 = badge ? used : object;
        context.x7 = (unsigned long)number;
        EXPECT_OK(seL4_SchedControl_ConfigureFlags(sched_control(), first + N + i, 5000, 5000, 0, 0, 0));
        EXPECT_OK(seL4_TCB_Configure(first + i, ROOT_CNODE, 0, OWN_VSPACE, 0, 0, NULL_CAP));
        EXPECT_OK(seL4_TCB_SetSchedParams(first + i, OWN_TCB, 255, PRIORITY_MAIN + 1, first + N + i, NULL_CAP));
        EXPECT_OK(seL4_TCB_WriteRegisters(first + i, 1, 0, SEL4_CONTEXT_WORDS, &context)); /* runs at once, and waits */
        EXPECT_OK(seL4_TCB_SetPriority(first + i, OWN_TCB, PRIORITY_LOW));
    }
}

static void prepare_senders(void) { prepare_waiters(seL4_EndpointObject, seL4_SysSend, 0); }
static void prepare_badged_senders(void) { prepare_waiters(seL4_EndpointObject, seL4_SysSend, 5); }
static void prepare_notified(void) { prepare_waiters(seL4_NotificationObject, seL4_SysWait, 0); }
static void delete_object(void) { EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, first + OBJECTS - 1, DEPTH)); }
static void cancel_sends(void) { EXPECT_OK(seL4_CNode_CancelBadgedSends(ROOT_CNODE, first + OBJECTS - 2, DEPTH)); }

TEST(latency_of_delete_of_an_endpoint_with_63_senders, "one thread between two preemption points")
{
    measure("Delete of an endpoint", 800, prepare_senders, delete_object);
}

TEST(latency_of_delete_of_a_notification_with_63_waiters, "one thread between two preemption points")
{
    measure("Delete of a notification", 800, prepare_notified, delete_object);
}

TEST(latency_of_cancel_badged_sends_with_63_senders, "one thread between two preemption points")
{
    measure("CancelBadgedSends", 800, prepare_badged_senders, cancel_sends);
}

/* ---- address spaces ---- */

static seL4_CPtr pool;

static void prepare_pool(void)
{
    reset();
    make(seL4_UntypedObject, 12, first, 1);
    make(seL4_CapTableObject, 8, cnode, 1);
    pool = first + 1;
    EXPECT_OK(seL4_ARM_ASIDControl_MakePool(ASID_CONTROL, first, ROOT_CNODE, pool, DEPTH));
    EXPECT_OK(seL4_Untyped_Retype(area, seL4_ARM_VSpaceObject, 0, ROOT_CNODE, cnode, DEPTH, 0, 256));
    for (unsigned i = 0; i < 256; i++) {
        EXPECT_OK(seL4_CNode_Move(ROOT_CNODE, first + 2, DEPTH, cnode, i, 8));
        EXPECT_OK(seL4_ARM_ASIDPool_Assign(pool, first + 2));
        EXPECT_OK(seL4_CNode_Move(cnode, i, 8, ROOT_CNODE, first + 2, DEPTH));
    }
}

static void delete_pool(void) { EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, pool, DEPTH)); }

TEST(latency_of_delete_of_an_asid_pool_with_256_spaces, "one number between two preemption points")
{
    measure("Delete of an ASID pool", 2000, prepare_pool, delete_pool);
}

#define LARGE_VA 0x2000000000ul /* below the same level-1 table as the program: the tables of levels 2 and 3 are to be made */

static void map_tables(unsigned levels)
{
    for (unsigned i = 0; i < levels; i++) {
        make(seL4_ARM_PageTableObject, 0, first + i, 1);
        int error = seL4_ARM_PageTable_Map(first + i, OWN_VSPACE, LARGE_VA, seL4_ARM_Default_VMAttributes);
        EXPECT(error == seL4_NoError || error == seL4_DeleteFirst);
    }
}

static void prepare_large_page(void)
{
    reset();
    map_tables(1);
    make(seL4_ARM_LargePageObject, 0, cnode, 1);
}

static void map_large_page(void)
{
    EXPECT_OK(seL4_ARM_Page_Map(cnode, OWN_VSPACE, LARGE_VA, seL4_ReadWrite, seL4_ARM_Default_VMAttributes));
}

TEST(latency_of_mapping_a_2_mib_frame_executable, "no cache maintenance")
{
    measure("Page_Map of 2 MiB", 800, prepare_large_page, map_large_page);
}

static void prepare_mapped_large_page(void)
{
    prepare_large_page();
    map_large_page();
}

static void clean_large_page(void) { EXPECT_OK(seL4_ARM_Page_Clean_Data(cnode, 0, 1ul << 21)); }
static void unify_large_page(void) { EXPECT_OK(seL4_ARM_Page_Unify_Instruction(cnode, 0, 1ul << 21)); }
static void unify_large_area(void) { EXPECT_OK(seL4_ARM_VSpace_Unify_Instruction(OWN_VSPACE, LARGE_VA, LARGE_VA + (1ul << 21))); }

TEST(latency_of_cleaning_2_mib, "8 KiB between two preemption points")
{
    measure("Page_Clean_Data of 2 MiB", 1000, prepare_mapped_large_page, clean_large_page);
}

TEST(latency_of_unifying_2_mib, "8 KiB between two preemption points, both caches")
{
    measure("Page_Unify_Instruction of 2 MiB", 1500, prepare_mapped_large_page, unify_large_page);
}

TEST(latency_of_unifying_2_mib_by_address, "the same through the VSpace")
{
    measure("VSpace_Unify_Instruction of 2 MiB", 1500, prepare_mapped_large_page, unify_large_area);
}

static void prepare_full_table(void)
{
    reset();
    map_tables(2);
    make(seL4_CapTableObject, 10, cnode, 1);
    EXPECT_OK(seL4_Untyped_Retype(area, seL4_ARM_SmallPageObject, 0, ROOT_CNODE, cnode, DEPTH, 0, 256));
    EXPECT_OK(seL4_Untyped_Retype(area, seL4_ARM_SmallPageObject, 0, ROOT_CNODE, cnode, DEPTH, 256, 256));
}

static void map_range(seL4_ARM_VMAttributes attributes)
{
    EXPECT_OK(pagoda_VSpace_MapRange(OWN_VSPACE, cnode, LARGE_VA, 512, seL4_ReadWrite, attributes, 0, 10).error);
}
static void map_512_pages(void) { map_range(seL4_ARM_Default_VMAttributes | seL4_ARM_ExecuteNever); }
static void map_512_copies(void)
{
    EXPECT_OK(pagoda_VSpace_MapCopies(OWN_VSPACE, cnode, LARGE_VA, 512, seL4_CanRead, seL4_ARM_Default_VMAttributes | seL4_ARM_ExecuteNever, 512, 10, 0).error);
}
static void map_512_executable_pages(void) { map_range(seL4_ARM_Default_VMAttributes); }

static void prepare_mapped_table(void)
{
    prepare_full_table();
    map_512_pages();
}

static void unmap_512_pages(void)
{
    static pagoda_VSpace_Unmap_t answer;
    pagoda_VSpace_UnmapRange(OWN_VSPACE, LARGE_VA, 512, &answer);
    EXPECT_OK(answer.error);
}
static void harvest_512_pages(void)
{
    static pagoda_VSpace_Harvest_t answer;
    pagoda_VSpace_Harvest(OWN_VSPACE, LARGE_VA, 512, PAGODA_CLEAR_ACCESSED | PAGODA_CLEAR_DIRTY, &answer);
    EXPECT_OK(answer.error);
}
static void protect_512_pages(void)
{
    EXPECT_OK(pagoda_VSpace_ProtectRange(OWN_VSPACE, LARGE_VA, 512, seL4_CanRead, seL4_ARM_Default_VMAttributes).error);
}

TEST(latency_of_mapping_512_pages, "64 pages between two preemption points; done again, the call passes over what it did")
{
    measure("MapRange of 512 pages", 20000, prepare_full_table, map_512_pages);
}

TEST(latency_of_mapping_512_copies, "16 pages between two preemption points; done again, the call passes over what it did")
{
    measure("MapCopies of 512 pages", 4000, prepare_full_table, map_512_copies);
}

TEST(latency_of_mapping_512_executable_pages, "one page between two preemption points; done again, the call passes over what it did")
{
    measure("MapRange of 512 executable pages", 20000, prepare_full_table, map_512_executable_pages);
}

TEST(latency_of_unmapping_512_pages, "the longest range")
{
    measure("UnmapRange of 512 pages", 5000, prepare_mapped_table, unmap_512_pages);
}

TEST(latency_of_harvesting_512_pages, "the longest range")
{
    measure("Harvest of 512 pages", 7000, prepare_mapped_table, harvest_512_pages);
}

TEST(latency_of_making_512_pages_executable, "one page between two preemption points; done again, the call passes over what it did")
{
    measure("ProtectRange of 512 pages", 20000, prepare_mapped_table, protect_512_pages);
}

static void unmap_table(void) { EXPECT_OK(seL4_ARM_PageTable_Unmap(first + 1)); }

TEST(latency_of_unmapping_a_page_table, "its 4 KiB are cleared")
{
    measure("PageTable_Unmap", 1000, prepare_mapped_table, unmap_table);
}

/* ---- memory ---- */

static void prepare_room(void)
{
    reset();
    make(seL4_CapTableObject, 8, cnode, 1);
}

static void retype_256(unsigned long type, unsigned long size_bits)
{
    EXPECT_OK(seL4_Untyped_Retype(area, type, size_bits, ROOT_CNODE, cnode, DEPTH, 0, 256));
}
static void make_256_endpoints(void) { retype_256(seL4_EndpointObject, 0); }
static void make_256_threads(void) { retype_256(seL4_TCBObject, 0); }
static void make_256_pages(void) { retype_256(seL4_ARM_SmallPageObject, 0); }
static void make_large_page(void) { make(seL4_ARM_LargePageObject, 0, first, 1); }

TEST(latency_of_retype_into_256_endpoints, "the largest number of objects")
{
    measure("Retype into 256 endpoints", 25000, prepare_room, make_256_endpoints);
}

TEST(latency_of_retype_into_256_threads, "512 KiB are cleared, 256 threads begin")
{
    measure("Retype into 256 threads", 25000, prepare_room, make_256_threads);
}

TEST(latency_of_retype_into_256_pages, "1 MiB is cleared, 16 KiB between two preemption points")
{
    measure("Retype into 256 pages", 25000, prepare_room, make_256_pages);
}

static void prepare_large_frame(void)
{
    reset();
    make(seL4_CapTableObject, RADIX, cnode, 1);
    make(seL4_UntypedObject, 21, first, 1);
    EXPECT_OK(seL4_Untyped_Retype(first, seL4_ARM_LargePageObject, 0, ROOT_CNODE, 0, 0, first + 1, 1));
}

static void split_large_frame(void)
{
    EXPECT_OK(pagoda_Untyped_SplitFrame(first, cnode, 16, 0, 512, RADIX));
}

TEST(latency_of_splitting_a_2_mib_frame, "512 frames and 32 untypeds enter the tree at once")
{
    measure("SplitFrame", 45000, prepare_large_frame, split_large_frame);
}

TEST(latency_of_retype_into_a_2_mib_frame, "16 KiB between two preemption points")
{
    measure("Retype into a 2 MiB frame", 2000, prepare_room, make_large_page);
}

static void prepare_untyped(void)
{
    reset();
    make(seL4_UntypedObject, 21, first, 1);
}

static void clear_untyped(void)
{
    EXPECT_OK(pagoda_Untyped_Clear(first, 16).error);
}

TEST(latency_of_clearing_256_kib, "16 KiB between two preemption points; what is left is not done")
{
    measure("Clear of 256 KiB", 2000, prepare_untyped, clear_untyped);
}
