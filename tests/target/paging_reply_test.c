/* SPDX-License-Identifier: BSD-2-Clause */
/* The paging extension (docs/paging-extension.md): replies to page faults that map a frame. */
#include "paging_area.h"

static seL4_CPtr fault_endpoint, fault_reply;

static struct thread *faulting_thread(unsigned long (*access)(unsigned long), unsigned long va)
{
    fault_endpoint = endpoint_new();
    fault_reply = reply_new();
    struct thread *thread = thread_new_faulting(PRIORITY_LOW, fault_endpoint);
    thread_start(thread, access, va);
    seL4_Recv(fault_endpoint, NULL, fault_reply);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_Addr), va);
    return thread;
}

TEST(paging_reply_map_maps_and_resumes, "one call by Send")
{
    unsigned long va = (unsigned long)window_new(1);
    struct thread *thread = faulting_thread(page_store, va);
    pagoda_ReplyMap(fault_reply, frame_new(), OWN_VSPACE, va, seL4_ReadWrite, DATA);
    thread_join(thread);
    EXPECT_EQ(*(volatile unsigned long *)va, va);
}

TEST(paging_reply_map_recv_maps_resumes_and_receives, "one call by ReplyRecv, fault after fault")
{
    unsigned long va = (unsigned long)window_new(4);
    seL4_Word badge, mr[4];
    struct thread *thread = faulting_thread(page_store, va);
    struct thread *next = thread_new_faulting(PRIORITY_LOW, fault_endpoint);
    thread_start(next, page_store, va + 8192);
    pagoda_ReplyMapRecv(fault_endpoint, &badge, fault_reply, frame_new(), OWN_VSPACE, va, seL4_ReadWrite, DATA, &mr[0], &mr[1], &mr[2], &mr[3]);
    EXPECT_EQ(mr[seL4_VMFault_Addr], va + 8192);
    thread_join(thread);
    EXPECT_EQ(*(volatile unsigned long *)va, va);
    pagoda_ReplyMap(fault_reply, frame_new(), OWN_VSPACE, va + 8192, seL4_ReadWrite, DATA);
    thread_join(next);
    EXPECT_EQ(*(volatile unsigned long *)(va + 8192), va + 8192);
}

/* The thread faults again at once; afterwards it is let go by an ordinary answer. */
static void expect_faults_again(struct thread *thread, unsigned long va)
{
    seL4_Recv(fault_endpoint, NULL, fault_reply);
    EXPECT_EQ(seL4_GetMR(seL4_VMFault_Addr), va);
    EXPECT_OK(page_map(frame_new(), (void *)va, READ_WRITE));
    seL4_Send(fault_reply, seL4_MessageInfo_new(0, 0, 0, 0));
    thread_join(thread);
}

TEST(paging_reply_map_that_cannot_map_resumes_without, "no table, a frame mapped elsewhere, no VSpace, no frame: the thread faults again")
{
    unsigned long va = (unsigned long)window_new(2);
    seL4_CPtr busy = frame_new();
    EXPECT_OK(page_map(busy, (void *)(va + 4096), READ_WRITE));
    const struct {
        seL4_CPtr frame, vspace;
        unsigned long at;
    } cases[] = {{frame_new(), OWN_VSPACE, 0x6000000000}, {busy, OWN_VSPACE, va}, {frame_new(), busy, va}, {fault_endpoint, OWN_VSPACE, va},
                 {frame_new(), OWN_VSPACE, va + 8}, {slot_new(), OWN_VSPACE, va}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct thread *thread = faulting_thread(page_load, va);
        pagoda_ReplyMap(fault_reply, cases[i].frame, cases[i].vspace, cases[i].at, seL4_ReadWrite, DATA);
        expect_faults_again(thread, va);
        pagoda_VSpace_Unmap_t u;
        pagoda_VSpace_UnmapRange(OWN_VSPACE, va, 1, &u);
        EXPECT_EQ(u.unmapped, 1);
    }
}

TEST(paging_reply_map_with_short_message_resumes_without, "words or capabilities missing")
{
    unsigned long va = (unsigned long)window_new(1);
    seL4_SetCap(0, frame_new());
    seL4_SetCap(1, OWN_VSPACE);
    struct thread *thread = faulting_thread(page_load, va);
    seL4_SetMR(0, va);
    seL4_SetMR(1, READ_WRITE);
    seL4_Send(fault_reply, seL4_MessageInfo_new(PagodaReplyMap, 0, 2, 2));
    expect_faults_again(thread, va);
    pagoda_VSpace_Unmap_t u;
    pagoda_VSpace_UnmapRange(OWN_VSPACE, va, 1, &u);
    thread = faulting_thread(page_load, va);
    seL4_SetMR(0, va);
    seL4_SetMR(1, READ_WRITE);
    seL4_SetMR(2, DATA);
    seL4_Send(fault_reply, seL4_MessageInfo_new(PagodaReplyMap, 0, 1, 3));
    expect_faults_again(thread, va);
}

TEST(paging_reply_map_of_lost_mapping_maps, "a frame whose mapping was removed through the space")
{
    pagoda_VSpace_Unmap_t u;
    unsigned long va = (unsigned long)window_new(2);
    seL4_CPtr frame = frame_new();
    EXPECT_OK(page_map(frame, (void *)va, READ_WRITE));
    *(volatile unsigned long *)va = 0x99;
    pagoda_VSpace_UnmapRange(OWN_VSPACE, va, 1, &u);
    struct thread *thread = faulting_thread(page_load, va + 4096);
    pagoda_ReplyMap(fault_reply, frame, OWN_VSPACE, va + 4096, READ_ONLY, DATA);
    EXPECT_EQ(thread_join(thread), 0x99);
}

TEST(paging_reply_with_another_label_maps_nothing, "the same words and capabilities")
{
    unsigned long va = (unsigned long)window_new(1);
    struct thread *thread = faulting_thread(page_load, va);
    seL4_SetCap(0, frame_new());
    seL4_SetCap(1, OWN_VSPACE);
    seL4_SetMR(0, va);
    seL4_SetMR(1, READ_WRITE);
    seL4_SetMR(2, DATA);
    seL4_Send(fault_reply, seL4_MessageInfo_new(PagodaReplyMap + 1, 0, 2, 3));
    expect_faults_again(thread, va);
}

static seL4_CPtr call_endpoint;
static unsigned long call_once(unsigned long word)
{
    seL4_SetMR(0, word);
    seL4_MessageInfo_t info = seL4_Call(call_endpoint, seL4_MessageInfo_new(0, 0, 0, 1));
    return seL4_MessageInfo_get_label(info) + seL4_GetMR(0);
}

TEST(paging_reply_map_to_a_call_is_an_ordinary_answer, "label and words arrive, nothing is mapped")
{
    unsigned long va = (unsigned long)window_new(1);
    call_endpoint = endpoint_new();
    fault_reply = reply_new();
    struct thread *thread = thread_new(PRIORITY_LOW);
    thread_start(thread, call_once, 1);
    seL4_Recv(call_endpoint, NULL, fault_reply);
    pagoda_ReplyMap(fault_reply, frame_new(), OWN_VSPACE, va, seL4_ReadWrite, DATA);
    EXPECT_EQ(thread_join(thread), PagodaReplyMap + va);
    EXPECT(access_refused(page_load, va));
}

TEST(paging_reply_map_without_waiting_thread_maps_nothing, "a free reply object")
{
    unsigned long va = (unsigned long)window_new(1);
    seL4_CPtr frame = frame_new();
    pagoda_ReplyMap(reply_new(), frame, OWN_VSPACE, va, seL4_ReadWrite, DATA);
    EXPECT(access_refused(page_load, va));
}

/* ---- replies that map a copy ---- */

static void forget_page(unsigned long va, unsigned long unmapped)
{
    pagoda_VSpace_Unmap_t u;
    pagoda_VSpace_UnmapRange(OWN_VSPACE, va, 1, &u);
    EXPECT_EQ(u.unmapped, unmapped);
}

TEST(paging_reply_map_copy_maps_a_copy_and_resumes, "the copy is in the slot, derived from the frame; the frame itself stays unmapped")
{
    unsigned long va = (unsigned long)window_new(2);
    seL4_CPtr frame = frame_new(), dest = slot_new();
    struct thread *thread = faulting_thread(page_store, va);
    pagoda_ReplyMapCopy(fault_reply, frame, OWN_VSPACE, dest, va, seL4_ReadWrite, DATA);
    thread_join(thread);
    EXPECT_EQ(*(volatile unsigned long *)va, va);
    EXPECT_OK(page_map(frame, (void *)(va + 4096), RIGHT_READ));
    EXPECT_EQ(*(volatile unsigned long *)(va + 4096), va);
    EXPECT_OK(seL4_CNode_Revoke(ROOT_CNODE, frame, DEPTH));
    EXPECT(access_refused(page_load, va));
    EXPECT_EQ(seL4_ARM_Page_Unmap(dest), seL4_InvalidCapability);
}

TEST(paging_reply_map_copy_recv_maps_resumes_and_receives, "one call by ReplyRecv, fault after fault, the slot of a lost mapping used again")
{
    unsigned long va = (unsigned long)window_new(8);
    seL4_Word badge, mr[4];
    seL4_CPtr frame = frame_new(), dest = slot_new();
    struct thread *thread = faulting_thread(page_load, va);
    for (unsigned long i = 1; i < 4; i++) {
        struct thread *next = thread_new_faulting(PRIORITY_LOW, fault_endpoint);
        thread_start(next, page_load, va + i * 4096);
        pagoda_ReplyMapCopyRecv(fault_endpoint, &badge, fault_reply, frame, OWN_VSPACE, dest, va + (i - 1) * 4096, seL4_CanRead, DATA, &mr[0], &mr[1], &mr[2],
                                &mr[3]);
        EXPECT_EQ(mr[seL4_VMFault_Addr], va + i * 4096);
        thread_join(thread);
        forget_page(va + (i - 1) * 4096, 1);
        thread = next;
    }
    pagoda_ReplyMapCopy(fault_reply, frame, OWN_VSPACE, dest, va + 3 * 4096, seL4_CanRead, DATA);
    EXPECT_EQ(thread_join(thread), 0);
    EXPECT(access_refused(page_store, va + 3 * 4096));
}

TEST(paging_reply_map_copy_replaces_a_lost_frame, "the slot holds another frame that was unmapped behind its back, or replaced, or never mapped")
{
    unsigned long va = (unsigned long)window_new(4);
    seL4_CPtr first = frame_new(), second = frame_new(), third = frame_new(), dest = frame_new();
    struct thread *thread = faulting_thread(page_store, va); /* never mapped */
    pagoda_ReplyMapCopy(fault_reply, first, OWN_VSPACE, dest, va, seL4_ReadWrite, DATA);
    thread_join(thread);
    forget_page(va, 1);
    thread = faulting_thread(page_store, va + 4096); /* unmapped */
    pagoda_ReplyMapCopy(fault_reply, second, OWN_VSPACE, dest, va + 4096, seL4_ReadWrite, DATA);
    thread_join(thread);
    EXPECT_OK(page_map(third, (void *)(va + 4096), READ_WRITE)); /* replaced */
    *(volatile unsigned long *)(va + 4096) = 3;
    thread = faulting_thread(page_load, va + 8192);
    pagoda_ReplyMapCopy(fault_reply, second, OWN_VSPACE, dest, va + 8192, seL4_ReadWrite, DATA);
    EXPECT_EQ(thread_join(thread), va + 4096);
    EXPECT_EQ(*(volatile unsigned long *)(va + 4096), 3);
}

TEST(paging_reply_map_copy_keeps_a_newer_mapping_of_the_frame, "the slot's mapping was replaced, and the same frame is there again by another slot")
{
    unsigned long va = (unsigned long)window_new(2);
    seL4_CPtr frame = frame_new(), other = frame_new(), first = slot_new(), second = slot_new();
    struct thread *thread = faulting_thread(page_load, va);
    pagoda_ReplyMapCopy(fault_reply, frame, OWN_VSPACE, first, va, seL4_CanRead, DATA);
    thread_join(thread);
    EXPECT_OK(page_map(other, (void *)va, READ_WRITE)); /* replaces it */
    EXPECT_OK(seL4_ARM_Page_Unmap(other));
    thread = faulting_thread(page_load, va);
    pagoda_ReplyMapCopy(fault_reply, frame, OWN_VSPACE, second, va, seL4_CanRead, DATA);
    thread_join(thread);
    thread = faulting_thread(page_load, va + 4096);
    pagoda_ReplyMapCopy(fault_reply, frame, OWN_VSPACE, first, va + 4096, seL4_CanRead, DATA);
    EXPECT_EQ(thread_join(thread), 0);
    EXPECT(!access_refused(page_load, va));
}

TEST(paging_reply_map_copy_takes_the_place_of_its_own_slot, "the slot's frame is mapped at that very place: replaced by another frame, with other rights")
{
    unsigned long va = (unsigned long)window_new(1);
    seL4_CPtr first = frame_new(), second = frame_new(), dest = slot_new();
    struct thread *thread = faulting_thread(page_load, va);
    pagoda_ReplyMapCopy(fault_reply, first, OWN_VSPACE, dest, va, seL4_CanRead, DATA);
    EXPECT_EQ(thread_join(thread), 0);
    thread = faulting_thread(page_store, va);
    pagoda_ReplyMapCopy(fault_reply, first, OWN_VSPACE, dest, va, seL4_ReadWrite, DATA);
    thread_join(thread);
    EXPECT_EQ(*(volatile unsigned long *)va, va);
    seL4_ARM_Page_Unmap(dest);
    thread = faulting_thread(page_load, va);
    pagoda_ReplyMapCopy(fault_reply, first, OWN_VSPACE, dest, va, seL4_CanRead, DATA);
    EXPECT_EQ(thread_join(thread), va);
    thread = faulting_thread(page_store, va);
    pagoda_ReplyMapCopy(fault_reply, second, OWN_VSPACE, dest, va, seL4_ReadWrite, DATA);
    thread_join(thread);
    EXPECT_OK(page_map(first, window_new(1), RIGHT_READ)); /* the copy of it is gone from va */
    seL4_ARM_Page_Unmap(dest);
    EXPECT(access_refused(page_load, va));
}

struct refused {
    seL4_CPtr frame, vspace, dest;
    unsigned long at;
};

/* Each of these replies maps nothing: the thread faults again, and the slot `empty` stays empty. */
static void expect_refused(const struct refused *cases, unsigned n, unsigned long va, seL4_CPtr empty)
{
    for (unsigned i = 0; i < n; i++) {
        struct thread *thread = faulting_thread(page_load, va);
        pagoda_ReplyMapCopy(fault_reply, cases[i].frame, cases[i].vspace, cases[i].dest, cases[i].at, seL4_ReadWrite, DATA);
        expect_faults_again(thread, va);
        forget_page(va, 1);
        EXPECT_EQ(seL4_ARM_Page_Unmap(empty), seL4_InvalidCapability);
    }
}

TEST(paging_reply_map_copy_to_an_unfit_slot_resumes_without, "a frame mapped elsewhere, another capability, the frame's own slot, no slot: the thread faults again")
{
    unsigned long va = (unsigned long)window_new(3);
    seL4_CPtr busy = frame_new(), frame = frame_new();
    EXPECT_OK(page_map(busy, (void *)(va + 4096), READ_WRITE));
    *(volatile unsigned long *)(va + 4096) = 7;
    const struct refused cases[] = {{frame, OWN_VSPACE, busy, va}, {frame, OWN_VSPACE, endpoint_new(), va}, {frame, OWN_VSPACE, frame, va},
                                    {frame, OWN_VSPACE, ~0ul, va}, {frame, OWN_VSPACE, OWN_VSPACE, va}};
    expect_refused(cases, sizeof cases / sizeof cases[0], va, slot_new());
    EXPECT_EQ(*(volatile unsigned long *)(va + 4096), 7);
    EXPECT_OK(page_map(frame, (void *)(va + 8192), RIGHT_READ));
}

TEST(paging_reply_map_copy_that_cannot_map_resumes_without, "no frame, no table, no VSpace, no page address: the thread faults again and the slot stays empty")
{
    unsigned long va = (unsigned long)window_new(1);
    seL4_CPtr frame = frame_new(), empty = slot_new();
    const struct refused cases[] = {{slot_new(), OWN_VSPACE, empty, va}, {OWN_VSPACE, OWN_VSPACE, empty, va}, {frame, OWN_VSPACE, empty, 0x6000000000},
                                    {frame, frame, empty, va},           {frame, OWN_VSPACE, empty, va + 8}};
    expect_refused(cases, sizeof cases / sizeof cases[0], va, empty);
}

TEST(paging_reply_map_copy_over_a_frame_of_a_gone_space, "the slot's frame says that it is mapped in a space that exists no longer")
{
    unsigned long va = (unsigned long)window_new(1);
    seL4_CPtr dest = frame_new(), vspace = vspace_new();
    area_tables(vspace, AREA_VA);
    EXPECT_OK(seL4_ARM_Page_Map(dest, vspace, AREA_VA, seL4_ReadWrite, DATA));
    EXPECT_OK(seL4_CNode_Delete(ROOT_CNODE, vspace, DEPTH));
    struct thread *thread = faulting_thread(page_store, va);
    pagoda_ReplyMapCopy(fault_reply, frame_new(), OWN_VSPACE, dest, va, seL4_ReadWrite, DATA);
    thread_join(thread);
    EXPECT_EQ(*(volatile unsigned long *)va, va);
}

TEST(paging_reply_map_copy_with_short_message_resumes_without, "the slot's address is missing")
{
    unsigned long va = (unsigned long)window_new(1);
    struct thread *thread = faulting_thread(page_load, va);
    seL4_SetCap(0, frame_new());
    seL4_SetCap(1, OWN_VSPACE);
    seL4_SetMR(0, va);
    seL4_SetMR(1, READ_WRITE);
    seL4_SetMR(2, DATA);
    seL4_Send(fault_reply, seL4_MessageInfo_new(PagodaReplyMapCopy, 0, 2, 3));
    expect_faults_again(thread, va);
}

/* ---- replies that fill the frame first ---- */

/* full_frame: a frame full of words, mapped at va; it stays there. */
static seL4_CPtr full_frame(unsigned long va, unsigned long word)
{
    seL4_CPtr frame = frame_new();
    EXPECT_OK(page_map(frame, (void *)va, READ_WRITE));
    for (unsigned i = 0; i < 512; i++)
        ((volatile unsigned long *)va)[i] = word + i;
    return frame;
}

static void expect_full(unsigned long va, unsigned long word)
{
    for (unsigned i = 0; i < 512; i++)
        EXPECT_EQ(((volatile unsigned long *)va)[i], word + i);
}

TEST(paging_reply_map_filled_copies_maps_and_resumes, "the frame has the contents of the other one, which keeps its own")
{
    unsigned long va = (unsigned long)window_new(2);
    seL4_CPtr source = full_frame(va + 4096, 1000);
    struct thread *thread = faulting_thread(page_load, va);
    pagoda_ReplyMapFilled(fault_reply, frame_new(), OWN_VSPACE, source, va, seL4_ReadWrite, DATA);
    EXPECT_EQ(thread_join(thread), 1000);
    expect_full(va, 1000);
    *(volatile unsigned long *)va = 1;
    expect_full(va + 4096, 1000);
}

TEST(paging_reply_map_filled_recv_fills_resumes_and_receives, "one call by ReplyRecv, fault after fault, in place of the source's own mapping")
{
    unsigned long va = (unsigned long)window_new(4);
    seL4_Word badge, mr[4];
    seL4_CPtr source = full_frame(va + 3 * 4096, 7);
    struct thread *thread = faulting_thread(page_load, va);
    for (unsigned long i = 1; i < 3; i++) {
        struct thread *next = thread_new_faulting(PRIORITY_LOW, fault_endpoint);
        thread_start(next, page_load, va + i * 4096);
        pagoda_ReplyMapFilledRecv(fault_endpoint, &badge, fault_reply, frame_new(), OWN_VSPACE, source, va + (i - 1) * 4096, seL4_CanRead, DATA, &mr[0],
                                  &mr[1], &mr[2], &mr[3]);
        EXPECT_EQ(mr[seL4_VMFault_Addr], va + i * 4096);
        EXPECT_EQ(thread_join(thread), 7);
        expect_full(va + (i - 1) * 4096, 7);
        thread = next;
    }
    pagoda_ReplyMapFilled(fault_reply, frame_new(), OWN_VSPACE, source, va + 2 * 4096, seL4_CanRead, DATA);
    EXPECT_EQ(thread_join(thread), 7);
    EXPECT(access_refused(page_store, va + 2 * 4096));
}

TEST(paging_reply_map_filled_fills_also_when_nothing_is_mapped, "no thread waits; there is no table: what the replier believes of the frame is true")
{
    unsigned long va = (unsigned long)window_new(2);
    seL4_CPtr source = full_frame(va + 4096, 50), frame = frame_new();
    pagoda_ReplyMapFilled(reply_new(), frame, OWN_VSPACE, source, va, seL4_ReadWrite, DATA);
    EXPECT(access_refused(page_load, va));
    EXPECT_OK(page_map(frame, (void *)va, READ_WRITE));
    expect_full(va, 50);
    EXPECT_OK(seL4_ARM_Page_Unmap(frame));
    frame = frame_new();
    struct thread *thread = faulting_thread(page_load, va);
    pagoda_ReplyMapFilled(fault_reply, frame, OWN_VSPACE, source, 0x6000000000, seL4_ReadWrite, DATA);
    seL4_Recv(fault_endpoint, NULL, fault_reply);
    pagoda_ReplyMap(fault_reply, frame, OWN_VSPACE, va, seL4_ReadWrite, DATA);
    EXPECT_EQ(thread_join(thread), 50);
}

TEST(paging_reply_map_filled_from_an_unfit_source_resumes_without, "no frame, a large one, the same memory, no right to read or to write: nothing is copied, the thread faults again")
{
    unsigned long va = (unsigned long)window_new(3);
    seL4_CPtr source = full_frame(va + 4096, 9), frame = full_frame(va + 8192, 70), read_only = slot_new(), blind = slot_new(), same = slot_new();
    EXPECT_OK(seL4_CNode_Copy(ROOT_CNODE, read_only, DEPTH, ROOT_CNODE, frame, DEPTH, seL4_CanRead));
    EXPECT_OK(seL4_CNode_Copy(ROOT_CNODE, blind, DEPTH, ROOT_CNODE, source, DEPTH, seL4_NoRights));
    EXPECT_OK(seL4_CNode_Copy(ROOT_CNODE, same, DEPTH, ROOT_CNODE, frame, DEPTH, seL4_AllRights));
    const struct { seL4_CPtr frame, source; } cases[] = {{frame, endpoint_new()}, {frame, slot_new()}, {frame, ~0ul}, {frame, blind}, {frame, same}, {read_only, source},
                                                         {frame, object_new(seL4_ARM_LargePageObject, 0)}, {endpoint_new(), source}};
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct thread *thread = faulting_thread(page_load, va);
        pagoda_ReplyMapFilled(fault_reply, cases[i].frame, OWN_VSPACE, cases[i].source, va, seL4_CanRead, DATA);
        expect_faults_again(thread, va);
        forget_page(va, 1);
        expect_full(va + 8192, 70);
        expect_full(va + 4096, 9);
    }
}

TEST(paging_reply_map_filled_with_short_message_resumes_without, "the source's address is missing")
{
    unsigned long va = (unsigned long)window_new(1);
    struct thread *thread = faulting_thread(page_load, va);
    seL4_Word mr[4] = {va, seL4_ReadWrite.words[0], DATA, 0};
    seL4_SetCap(0, frame_new());
    seL4_SetCap(1, OWN_VSPACE);
    seL4_SendWithMRs(fault_reply, seL4_MessageInfo_new(PagodaReplyMapFilled, 0, 2, 3), &mr[0], &mr[1], &mr[2], &mr[3]);
    expect_faults_again(thread, va);
}
