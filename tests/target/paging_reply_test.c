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
