/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hardware address-space numbers and what the TLB keeps under them: numbers that change hands, spaces that have none, many more spaces than numbers.
 * Boot argument asids= makes numbers few.
 */
#include "test.h"

#include <pagoda/kernel_info.h>
#include <string.h>

#define CODE_VA 0x400000ul
#define WORD_OFFSET 0x800ul /* in the page of the program */
#define BUFFER_OFFSET 0xc00ul

/*
 * A space of one page, which holds its program and a word, at the same address in all spaces. The program sends the word, adds one to it, and so on.
 * x20 = capability, x21 = system call, x22 = message info, x23 = second message word.
 */
extern const char space_program[], space_program_end[];
asm(".pushsection .text\n"
    ".balign 8\n"
    "space_program:\n"
    "1:  adr x19, space_program + 0x800\n"
    "    ldr x2, [x19]\n"
    "    mov x3, x23\n"
    "    mov x0, x20\n"
    "    mov x1, x22\n"
    "    mov x7, x21\n"
    "    svc #0\n"
    "    ldr x2, [x19]\n"
    "    add x2, x2, #1\n"
    "    str x2, [x19]\n"
    "    b 1b\n"
    "space_program_end:\n"
    ".popsection\n");

struct space {
    seL4_CPtr vspace, page, tcb, sc, endpoint;
    unsigned long next; /* value of its word that it sends next */
};

/* Where a page is mapped while it is filled; every test takes a place first. */
static char *scratch;

/* The program and a word into a frame that is mapped nowhere. */
static void fill_page(seL4_CPtr frame, unsigned long word)
{
    EXPECT_OK(page_map(frame, scratch, RIGHT_READ | RIGHT_WRITE));
    memcpy(scratch, space_program, (size_t)(space_program_end - space_program));
    *(unsigned long *)(scratch + WORD_OFFSET) = word;
    EXPECT_OK(seL4_ARM_Page_Unmap(frame));
}

static void map_page(seL4_CPtr frame, seL4_CPtr vspace)
{
    EXPECT_OK(seL4_ARM_Page_Map(frame, vspace, CODE_VA, seL4_ReadWrite, seL4_ARM_Default_VMAttributes));
}

/* A space with its thread, which does not run yet. `vspace`: has an ASID. */
static struct space space_prepare(seL4_CPtr vspace, seL4_CPtr endpoint, unsigned long first)
{
    struct space s = {.vspace = vspace, .page = frame_new(), .tcb = object_new(seL4_TCBObject, 0), .sc = sched_context_new(), .endpoint = endpoint, .next = first};
    for (int level = 0; level < 3; level++)
        EXPECT_OK(seL4_ARM_PageTable_Map(object_new(seL4_ARM_PageTableObject, 0), vspace, CODE_VA, seL4_ARM_Default_VMAttributes));
    fill_page(s.page, first);
    map_page(s.page, vspace);
    EXPECT_OK(seL4_SchedControl_ConfigureFlags(sched_control(), s.sc, 5000, 5000, 0, 0, 0));
    EXPECT_OK(seL4_TCB_Configure(s.tcb, ROOT_CNODE, 0, vspace, 0, 0, 0));
    EXPECT_OK(seL4_TCB_SetSchedParams(s.tcb, OWN_TCB, PRIORITY_HIGH, PRIORITY_HIGH, s.sc, endpoint));
    return s;
}

static void start_with(const struct space *s, seL4_CPtr cap, seL4_Word system_call, seL4_Word info, unsigned long second_word)
{
    seL4_UserContext context;
    memset(&context, 0, sizeof context);
    context.pc = CODE_VA;
    context.x20 = cap;
    context.x21 = system_call;
    context.x22 = info;
    context.x23 = second_word;
    EXPECT_OK(seL4_TCB_WriteRegisters(s->tcb, 1, 0, SEL4_CONTEXT_WORDS, &context));
}

/* It runs until it waits for its word to be taken. */
static void space_start(const struct space *s) { start_with(s, s->endpoint, (seL4_Word)seL4_SysSend, seL4_MessageInfo_new(0, 0, 0, 1).words[0], 0); }

static struct space space_new(unsigned long first)
{
    struct space s = space_prepare(vspace_new(), endpoint_new(), first);
    space_start(&s);
    return s;
}

/* Take the word; the space runs until it waits with the next one. */
static void space_step(struct space *s)
{
    EXPECT_EQ(seL4_MessageInfo_get_label(seL4_Wait(s->endpoint, NULL)), 0);
    EXPECT_EQ(seL4_GetMR(0), s->next);
    s->next++;
}

static void space_delete(const struct space *s)
{
    EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, s->tcb, DEPTH));
    EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, s->vspace, DEPTH));
}

TEST(asid_of_a_deleted_space_serves_another, "made before, so that no memory changes hands; it sees its own page at the same address")
{
    scratch = window_new(1);
    struct space old = space_new(100), new = space_prepare(vspace_new(), endpoint_new(), 200);
    space_step(&old);
    space_delete(&old);
    space_start(&new);
    space_step(&new);
    space_step(&new);
}

TEST(asid_of_a_space_that_deletes_itself_serves_another, "a thread revokes the memory of the very space it runs in: it faults, and nothing of it is seen later")
{
    scratch = window_new(1);
    struct space new = space_prepare(vspace_new(), endpoint_new(), 200);
    seL4_CPtr memory = untyped_new(12), vspace = slot_new(), reply = reply_new();
    EXPECT_OK(seL4_Untyped_Retype(memory, seL4_ARM_VSpaceObject, 0, ROOT_CNODE, 0, 0, vspace, 1));
    EXPECT_OK(seL4_ARM_ASIDPool_Assign(OWN_ASID_POOL, vspace));
    struct space old = space_prepare(vspace, endpoint_new(), memory); /* its word is the slot to be revoked */
    start_with(&old, ROOT_CNODE, (seL4_Word)seL4_SysCall, seL4_MessageInfo_new(CNodeRevoke, 0, 0, 2).words[0], DEPTH);
    seL4_MessageInfo_t info = seL4_Recv(old.endpoint, NULL, reply);
    EXPECT_EQ(seL4_MessageInfo_get_label(info), seL4_Fault_VMFault);
    EXPECT(slot_is_empty(vspace));
    space_start(&new);
    space_step(&new);
    space_step(&new);
}

TEST(asid_two_switches_in_one_kernel_entry, "a thread moves itself to another space, which wakes a thread of a third one; with asids=2 each switch starts a generation")
{
    scratch = window_new(1);
    struct space home = space_prepare(vspace_new(), endpoint_new(), 0), woken = space_prepare(vspace_new(), endpoint_new(), 300);
    seL4_CPtr next = vspace_new(), handler = endpoint_new(), reply = reply_new();
    seL4_IPCBuffer *buffer = (seL4_IPCBuffer *)(scratch + BUFFER_OFFSET);
    EXPECT_OK(seL4_ARM_Page_Unmap(home.page));
    EXPECT_OK(page_map(home.page, scratch, RIGHT_READ | RIGHT_WRITE));
    buffer->caps_or_badges[0] = handler;
    buffer->caps_or_badges[1] = ROOT_CNODE;
    buffer->caps_or_badges[2] = next;
    EXPECT_OK(seL4_ARM_Page_Unmap(home.page));
    map_page(home.page, home.vspace);

    /* One waits; the only capability that is left to its endpoint is the fault handler of the other, which gets a new one. */
    EXPECT_OK(seL4_TCB_SetSchedParams(woken.tcb, OWN_TCB, PRIORITY_HIGH + 1, PRIORITY_HIGH + 1, woken.sc, 0));
    start_with(&woken, woken.endpoint, (seL4_Word)seL4_SysWait, 0, 0);
    EXPECT_OK(seL4_TCB_Configure(home.tcb, ROOT_CNODE, 0, home.vspace, 0, CODE_VA + BUFFER_OFFSET, home.page));
    EXPECT_OK(seL4_TCB_SetSchedParams(home.tcb, OWN_TCB, PRIORITY_HIGH, PRIORITY_HIGH, home.sc, woken.endpoint));
    EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, woken.endpoint, DEPTH));
    start_with(&home, home.tcb, (seL4_Word)seL4_SysCall, seL4_MessageInfo_new(TCBSetSpace, 0, 3, 2).words[0], 0);
    seL4_MessageInfo_t info = seL4_Recv(handler, NULL, reply); /* nothing is mapped in its new space */
    EXPECT_EQ(seL4_MessageInfo_get_label(info), seL4_Fault_VMFault);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_PrefetchFault), 1);
}

TEST(asid_page_replaced_while_its_space_does_not_run, "another frame at the same address; the space sees it when it runs next, with a hardware number or without")
{
    scratch = window_new(1);
    struct space s = space_new(100), others[8];
    for (unsigned i = 0; i < 8; i++)
        others[i] = space_new(1000 * i);
    for (unsigned round = 0; round < 4; round++) {
        space_step(&s);
        for (unsigned i = 0; i < 2 * round; i++) /* few: it keeps its number; many: with asids= it has lost it */
            space_step(&others[i]);
        seL4_CPtr page = frame_new();
        fill_page(page, 500 * round);
        EXPECT_OK(seL4_ARM_Page_Unmap(s.page));
        map_page(page, s.vspace);
        s.page = page;
        space_step(&s); /* the word that waits is that of the old page */
        s.next = 500 * round + 1; /* it adds one to what it finds */
        space_step(&s);
    }
}

/* Spaces are taken in turns; the thread at the head of the endpoint's queue is the one that waits longest. Gives the time of a turn. */
static unsigned long take_turns(struct space *spaces, unsigned n, unsigned rounds)
{
    unsigned long start, end;
    asm volatile("isb\n mrs %0, cntvct_el0" : "=r"(start));
    for (unsigned round = 0; round < rounds; round++)
        for (unsigned i = 0; i < n; i++)
            space_step(&spaces[i]);
    asm volatile("isb\n mrs %0, cntvct_el0" : "=r"(end));
    return (end - start) / (n * rounds);
}

TEST(asid_1000_spaces_keep_their_data_apart_at_flat_cost, "each has its own page at the same address; a switch takes as long among 1000 as among 100")
{
    enum { SPACES = 1000, FEW = 100, POOL_SPACES = 500, ROUNDS = 4 };
    static struct space spaces[SPACES];
    scratch = window_new(1);
    const volatile struct kernel_info *info = kernel_counters();
    seL4_CPtr pool = 0, endpoint = endpoint_new();
    unsigned long few = 0, before = info->hw_asid_rollovers;
    for (unsigned i = 0; i < SPACES; i++) {
        if (i % POOL_SPACES == 0) {
            pool = slot_new();
            EXPECT_OK(seL4_ARM_ASIDControl_MakePool(ASID_CONTROL, untyped_new(12), ROOT_CNODE, pool, DEPTH));
        }
        if (i == FEW)
            few = take_turns(spaces, FEW, SPACES / FEW * ROUNDS);
        seL4_CPtr vspace = object_new(seL4_ARM_VSpaceObject, 0);
        EXPECT_OK(seL4_ARM_ASIDPool_Assign(pool, vspace));
        spaces[i] = space_prepare(vspace, endpoint, 1000 * i);
        space_start(&spaces[i]);
    }
    unsigned long many = take_turns(spaces, SPACES, ROUNDS);
    if (info->hw_asids_usable < SPACES)
        EXPECT(info->hw_asid_rollovers > before);
    else
        EXPECT_EQ(info->hw_asid_rollovers, before);
    if (time_is_exact()) /* with numbers for the few only, the many have a hand-out at each switch besides */
        EXPECT(many <= few + few / 5);
}

TEST(asid_generations_start_over, "a space that slept for as many generations as there are numbers of generations; only with asids=2")
{
    enum { GENERATIONS = 0xffff };
    scratch = window_new(1);
    const volatile struct kernel_info *info = kernel_counters();
    if (info->hw_asids_usable != 2)
        return;
    struct space sleeper = space_new(100), a = space_new(200), b = space_new(300);
    space_step(&sleeper);
    unsigned long start = info->hw_asid_rollovers;
    while (info->hw_asid_rollovers - start < GENERATIONS) { /* one rollover at most for each step */
        space_step(&a);
        if (info->hw_asid_rollovers - start < GENERATIONS)
            space_step(&b);
    }
    EXPECT_EQ(info->hw_asid_rollovers - start, GENERATIONS);
    space_step(&sleeper);
    space_step(&sleeper);
    space_step(&a);
    space_step(&b);
}
