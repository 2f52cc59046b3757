/* SPDX-License-Identifier: BSD-2-Clause */
/* The area of the paging tests; see paging_area.h. */
#include "paging_area.h"

asm(".pushsection .text\n"
    ".balign 4\n"
    ".global page_load, page_store\n"
    "page_load: ldr x0, [x0]\n\tret\n"
    "page_store: str x0, [x0]\n\tret\n"
    ".popsection\n");

void area_tables(seL4_CPtr vspace, unsigned long va)
{
    for (int level = 0; level < 3; level++) {
        int error = seL4_ARM_PageTable_Map(object_new(seL4_ARM_PageTableObject, 0), vspace, va, seL4_ARM_Default_VMAttributes);
        if (error == seL4_DeleteFirst)
            return;
        EXPECT_OK(error);
    }
}

seL4_CPtr area_frames(unsigned long n)
{
    seL4_CPtr cnode = cnode_new(RADIX);
    for (unsigned long i = 0; i < n;) {
        unsigned long part = n - i < 256 ? n - i : 256;
        EXPECT_OK(seL4_Untyped_Retype(test_memory(), seL4_ARM_SmallPageObject, 0, ROOT_CNODE, cnode, DEPTH, i, part));
        i += part;
    }
    return cnode;
}

seL4_CPtr area_take(seL4_CPtr cnode, unsigned long i)
{
    seL4_CPtr slot = slot_new();
    EXPECT_OK(seL4_CNode_Move(ROOT_CNODE, slot, DEPTH, cnode, i, RADIX));
    return slot;
}

pagoda_VSpace_MapRange_t area_map(seL4_CPtr cnode, unsigned long index, unsigned long va, unsigned long n, seL4_CapRights_t rights)
{
    return pagoda_VSpace_MapRange(OWN_VSPACE, cnode, va, n, rights, DATA, index, RADIX);
}

void expect_mapped(pagoda_VSpace_MapRange_t got, unsigned long done, unsigned long page_error, unsigned long detail)
{
    EXPECT_OK(got.error);
    EXPECT_EQ(got.done, done);
    EXPECT_EQ(got.page_error, page_error);
    EXPECT_EQ(got.detail, detail);
}

seL4_CPtr area_new(unsigned long n)
{
    seL4_CPtr cnode = area_frames(n);
    area_tables(OWN_VSPACE, AREA_VA);
    expect_mapped(area_map(cnode, 0, AREA_VA, n, seL4_ReadWrite), n, 0, 0);
    return cnode;
}

bool area_bit(const seL4_Word *words, unsigned long i)
{
    return words[i / 64] >> i % 64 & 1;
}

unsigned long area_count(const seL4_Word *words)
{
    unsigned long n = 0;
    for (unsigned long i = 0; i < AREA_PAGES; i++)
        n += area_bit(words, i);
    return n;
}

pagoda_VSpace_Harvest_t area_harvest(unsigned long va, unsigned long n, unsigned long flags)
{
    pagoda_VSpace_Harvest_t h;
    pagoda_VSpace_Harvest(OWN_VSPACE, va, n, flags, &h);
    EXPECT_OK(h.error);
    return h;
}

void area_protect(unsigned long first, unsigned long n, seL4_CapRights_t rights, unsigned long attributes, unsigned long changed)
{
    pagoda_VSpace_ProtectRange_t got = pagoda_VSpace_ProtectRange(OWN_VSPACE, AREA_VA + 4096 * first, n, rights, (seL4_ARM_VMAttributes)attributes);
    EXPECT_OK(got.error);
    EXPECT_EQ(got.changed, changed);
}

bool access_refused(unsigned long (*access)(unsigned long), unsigned long va)
{
    seL4_CPtr reply = reply_new();
    seL4_CPtr endpoint = endpoint_new();
    struct thread *thread = thread_new_faulting(PRIORITY_HIGH, endpoint);
    thread_start(thread, access, va);
    if (thread->finished)
        return false;
    seL4_Recv(endpoint, NULL, reply);
    return true;
}
