/* SPDX-License-Identifier: BSD-2-Clause */
/* Arena and workers; see arena.h. All calls here are the controller's own and must succeed unless a comment says otherwise. */
#include "arena.h"
#include "harness.h"

#include <string.h>

#define NO_PROGRESS_LIMIT 300 /* revivals in a row that led to nothing: the address spaces are gone */

#define CHECK_PERIODS 5      /* between two checks of the whole state of the kernel, which take longer than a period */

extern char __executable_start[];

struct worker *workers[WORKERS];

static seL4_CPtr arena, sink, frames[WORKERS][WORKER_PAGES]; /* for ever */
static seL4_CPtr tcbs[WORKERS], contexts[WORKERS], spaces[2];  /* of this epoch; copies are in the arena */
static seL4_CPtr devices; /* a device untyped behind which there is nothing */
static uint64_t random_state, seen[WORKERS];
static unsigned idle_periods[WORKERS], fruitless;
#ifdef PAGODA_DEBUG
static unsigned steps;
#endif

uint64_t arena_random(void)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return random_state >> 33;
}

static unsigned long below(unsigned long n) { return arena_random() % n; }

static void must(int error, const char *what)
{
    if (error != seL4_NoError)
        controller_failed("%s: error %d (%lu %lu)", what, error, seL4_GetMR(0), seL4_GetMR(1));
}
#define MUST(call) must(call, #call)

/* ---- for ever ---- */

static seL4_CPtr persistent(unsigned long type, unsigned long size_bits)
{
    seL4_CPtr slot = persistent_object(type, size_bits);
    if (slot == 0)
        controller_failed("no memory for an object of type %lu", type);
    return slot;
}

static seL4_CPtr highest_device_untyped(void)
{
    seL4_CPtr best = 0;
    unsigned long address = 0;
    for (unsigned long i = 0; i < boot_info->untyped.end - boot_info->untyped.start; i++)
        if (boot_info->untypedList[i].isDevice && boot_info->untypedList[i].paddr >= address && boot_info->untypedList[i].sizeBits >= 21) {
            address = boot_info->untypedList[i].paddr;
            best = boot_info->untyped.start + i;
        }
    return best;
}

void arena_init(void)
{
    arena = persistent(seL4_CapTableObject, ARENA_BITS);
    sink = persistent(seL4_EndpointObject, 0);
    devices = highest_device_untyped();
    for (unsigned i = 0; i < WORKERS; i++) {
        for (unsigned page = 0; page < WORKER_PAGES; page++)
            frames[i][page] = persistent(seL4_ARM_SmallPageObject, 0);
        workers[i] = persistent_page_va();
        MUST(seL4_ARM_Page_Map(frames[i][2], OWN_VSPACE, (unsigned long)workers[i], seL4_ReadWrite, seL4_ARM_Default_VMAttributes));
    }
}

/* ---- an epoch's address spaces ---- */

static void map(seL4_CPtr frame, seL4_CPtr space, unsigned long va, seL4_CapRights_t rights)
{
    seL4_CPtr copy = copy_new(frame);
    for (;;) {
        int error = seL4_ARM_Page_Map(copy, space, va, rights, seL4_ARM_Default_VMAttributes);
        if (error != seL4_FailedLookup) {
            must(error, "Page_Map");
            return;
        }
        MUST(seL4_ARM_PageTable_Map(object_new(seL4_ARM_PageTableObject, 0), space, va, seL4_ARM_Default_VMAttributes));
    }
}

static void make_space(unsigned index)
{
    spaces[index] = object_new(seL4_ARM_VSpaceObject, 0);
    MUST(seL4_ARM_ASIDPool_Assign(OWN_ASID_POOL, spaces[index]));
    unsigned long base = (unsigned long)__executable_start, pages = boot_info->userImageFrames.end - boot_info->userImageFrames.start;
    for (unsigned long i = 0; i < pages; i++)
        map(boot_info->userImageFrames.start + i, spaces[index], base + 4096 * i, seL4_CanRead);
    for (unsigned i = 0; i < WORKERS; i++)
        for (unsigned page = 0; page < WORKER_PAGES; page++)
            map(frames[i][page], spaces[index], worker_va(i) + 4096 * page, seL4_ReadWrite);
    for (unsigned i = 0; i < 2; i++) /* tables of two of the three places in which workers map */
        map(frames[0][3], spaces[index], WINDOW_BASE + ((unsigned long)i << 21), seL4_ReadWrite);
}

/* ---- capabilities in the arena ---- */

/* May fail: the slot may be taken. */
static int give(unsigned slot, seL4_CPtr source)
{
    return seL4_CNode_Copy(arena, slot, ARENA_BITS, ROOT_CNODE, source, DEPTH, seL4_AllRights);
}

static int make(seL4_CPtr untyped, unsigned long type, unsigned long size_bits, unsigned slot, unsigned n)
{
    return seL4_Untyped_Retype(untyped, type, size_bits, arena, 0, 0, slot, n);
}

static void put_back_specials(void)
{
    give(SPECIAL_ARENA, arena);
    seL4_CNode_Mint(arena, SPECIAL_ARENA_GUARDED, ARENA_BITS, ROOT_CNODE, arena, DEPTH, seL4_AllRights, GUARD_BITS);
    give(SPECIAL_SCHED_CONTROL, sched_control());
    give(SPECIAL_ASID_CONTROL, ASID_CONTROL);
    give(SPECIAL_DOMAIN, DOMAIN_CAP);
    seL4_IRQControl_IssueSGISignal(IRQ_CONTROL, below(16), 0, arena, SPECIAL_SGI, ARENA_BITS);
    pagoda_KernelInfoFrame(IRQ_CONTROL, arena, SPECIAL_INFO_FRAME, ARENA_BITS);
}

static void fill_arena(void)
{
    static const uint8_t untyped_bits[] = {21, 21, 20, 18, 18, 16, 16, 15, 14, 13, 12, 12, 12, 12, 11, 9};
    put_back_specials();
    MUST(make(test_memory(), seL4_ARM_LargePageObject, 0, KIND_LARGE_PAGE * KIND_SLOTS, 1));
    for (unsigned i = 0; i < KIND_SLOTS; i++) /* large ones first: less is lost to alignment */
        MUST(make(test_memory(), seL4_UntypedObject, untyped_bits[i], KIND_UNTYPED * KIND_SLOTS + i, 1));
    for (unsigned i = 0; i < KIND_SLOTS; i++) {
        MUST(make(test_memory(), seL4_EndpointObject, 0, KIND_ENDPOINT * KIND_SLOTS + i, 1));
        MUST(make(test_memory(), seL4_NotificationObject, 0, KIND_NOTIFICATION * KIND_SLOTS + i, 1));
        MUST(make(test_memory(), seL4_ReplyObject, 0, KIND_REPLY * KIND_SLOTS + i, 1));
    }
    MUST(make(test_memory(), seL4_CapTableObject, 4, KIND_CNODE * KIND_SLOTS, 8));
    MUST(make(test_memory(), seL4_ARM_SmallPageObject, 0, KIND_SMALL_PAGE * KIND_SLOTS, 8));
    MUST(make(test_memory(), seL4_ARM_PageTableObject, 0, KIND_PAGE_TABLE * KIND_SLOTS, 8));
    MUST(make(test_memory(), seL4_SchedContextObject, 8, KIND_SCHED_CONTEXT * KIND_SLOTS + WORKERS, 4));
    MUST(make(test_memory(), seL4_ARM_VSpaceObject, 0, KIND_VSPACE * KIND_SLOTS + 2, 3));
    for (unsigned i = 0; i < WORKERS; i++) {
        MUST(give(KIND_TCB * KIND_SLOTS + i, tcbs[i]));
        MUST(give(KIND_SCHED_CONTEXT * KIND_SLOTS + i, contexts[i]));
    }
    for (unsigned i = 0; i < 2; i++)
        MUST(give(KIND_VSPACE * KIND_SLOTS + i, spaces[i]));
    MUST(give(KIND_ASID_POOL * KIND_SLOTS, OWN_ASID_POOL));
    if (devices != 0)
        make(devices, seL4_ARM_SmallPageObject, 0, KIND_SMALL_PAGE * KIND_SLOTS + 14, 2);
}

/* ---- workers ---- */

static seL4_CPtr random_handler(void)
{
    if (below(3))
        return sink;
    return 0; /* it stops */
}

/* Start a worker from its beginning, whatever became of it. False: that cannot be done any more. */
static bool revive(unsigned i)
{
    seL4_CPtr tcb = tcbs[i];
    seL4_TCB_Suspend(tcb);
    if (below(4)) {
        unsigned long budget = 100 + below(2000);
        seL4_SchedContext_Unbind(contexts[i]);
        seL4_TCB_SetSchedParams(tcb, OWN_TCB, 200, 50, 0, sink);
        if (seL4_SchedControl_ConfigureFlags(sched_control(), contexts[i], budget, budget + below(2) * below(2000), below(4), i, below(2)) != seL4_NoError)
            return false;
    }
    if (seL4_TCB_Configure(tcb, arena, GUARD_BITS, spaces[i % 2], 0, worker_va(i) + 3 * 4096, frames[i][3]) != seL4_NoError)
        return false;
    seL4_TCB_SetSchedParams(tcb, OWN_TCB, 200, 50 + below(100), contexts[i], random_handler());
    seL4_TCB_SetFlags(tcb, 1, below(8) == 0);
    workers[i]->random = (random_state ^ ((uint64_t)i << 40)) | 1;
    workers[i]->index = i;
    seL4_UserContext registers = {.pc = (unsigned long)worker_main, .sp = worker_va(i) + 2 * 4096, .x0 = worker_va(i) + 2 * 4096};
    return seL4_TCB_WriteRegisters(tcb, 1, 0, SEL4_CONTEXT_WORDS, &registers) == seL4_NoError;
}

static bool tend_worker(unsigned i)
{
    if (workers[i]->rounds != seen[i]) {
        seen[i] = workers[i]->rounds;
        idle_periods[i] = 0;
        fruitless = 0;
        return true;
    }
    if (++idle_periods[i] <= below(24))
        return true;
    idle_periods[i] = 0;
    return fruitless++ < NO_PROGRESS_LIMIT && revive(i);
}

/* ---- the controller's own random calls: what only it can do ---- */

static void random_controller_call(void)
{
    unsigned slot = (unsigned)below(ARENA_SLOTS), irq_slot = KIND_IRQ * KIND_SLOTS + (unsigned)below(KIND_SLOTS);
    switch (below(10)) {
    case 0: case 1: seL4_IRQControl_Get(IRQ_CONTROL, below(3) ? below(16) : below(300), arena, irq_slot, ARENA_BITS); break;
    case 2: seL4_IRQControl_GetTrigger(IRQ_CONTROL, below(200), below(2), arena, irq_slot, ARENA_BITS); break;
    case 3: seL4_CNode_Revoke(arena, KIND_UNTYPED * KIND_SLOTS + below(KIND_SLOTS), ARENA_BITS); break;
    case 4: seL4_CNode_Revoke(arena, slot, ARENA_BITS); break;
    case 5: seL4_CNode_Delete(arena, slot, ARENA_BITS); break;
    case 6: give(KIND_TCB * KIND_SLOTS + (unsigned)below(WORKERS), tcbs[below(WORKERS)]); break;
    case 7: give(KIND_SCHED_CONTEXT * KIND_SLOTS + (unsigned)below(WORKERS), contexts[below(WORKERS)]); break;
    case 8: give(KIND_VSPACE * KIND_SLOTS + (unsigned)below(2), spaces[below(2)]); break;
    default: give(KIND_SMALL_PAGE * KIND_SLOTS + (unsigned)below(KIND_SLOTS), frames[below(WORKERS)][3]); break;
    }
}

/* ---- epochs ---- */

void arena_start(uint64_t seed)
{
    random_state = seed;
    fruitless = 0;
    make_space(0);
    make_space(1);
    for (unsigned i = 0; i < WORKERS; i++) {
        tcbs[i] = object_new(seL4_TCBObject, 0);
        contexts[i] = object_new(seL4_SchedContextObject, 8 + below(3));
    }
    fill_arena();
    for (unsigned i = 0; i < WORKERS; i++) {
        idle_periods[i] = 0;
        seen[i] = workers[i]->rounds;
        if (!revive(i))
            controller_failed("worker %u does not start", i);
    }
}

bool arena_step(void)
{
    bool alive = true;
    for (unsigned i = 0; i < WORKERS; i++)
        alive &= tend_worker(i);
    put_back_specials();
    random_controller_call();
#ifdef PAGODA_DEBUG
    if (steps++ % CHECK_PERIODS == 0)
        seL4_DebugSnapshot();
#endif
    return alive;
}

static void empty_arena(void)
{
    for (unsigned slot = 0; slot < ARENA_SLOTS; slot++)
        MUST(seL4_CNode_Delete(arena, slot, ARENA_BITS));
}

static void check_arena_empty(void)
{
    for (unsigned slot = 0; slot < ARENA_SLOTS; slot++)
        if (seL4_CNode_Move(arena, slot, ARENA_BITS, arena, slot, ARENA_BITS) != seL4_FailedLookup)
            controller_failed("arena slot %u is not empty", slot);
}

void arena_end(void)
{
    bool slots_first = below(2);
    if (slots_first)
        empty_arena();
    resources_release();
    MUST(seL4_CNode_Revoke(ROOT_CNODE, IRQ_CONTROL, DEPTH));
    if (devices != 0)
        MUST(seL4_CNode_Revoke(ROOT_CNODE, devices, DEPTH));
    if (!slots_first)
        empty_arena();
    check_arena_empty();
    if (resources_leaked() != 0)
        controller_failed("slots are still occupied after everything was revoked");
    seL4_CPtr all = slot_new();
    MUST(seL4_Untyped_Retype(test_memory(), seL4_UntypedObject, test_memory_bits(), ROOT_CNODE, 0, 0, all, 1));
    resources_release();
    resources_leaked();
}
