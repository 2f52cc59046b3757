/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The paging extension: stubs whose answers are too long for generated ones, and the reply to a page fault that maps a frame.
 * docs/paging-extension.md tells what each call does, its errors and what it costs. The calls without long answers are generated:
 * pagoda_VSpace_MapRange, pagoda_VSpace_ProtectRange, pagoda_VSpace_ReplaceFrame.
 */
#ifndef SEL4_PAGING_H
#define SEL4_PAGING_H

#include "generated/sel4_stubs.h"

#define PAGODA_RANGE_MAX 512 /* pages of one call */
#define PAGODA_RANGE_WORDS (PAGODA_RANGE_MAX / 64)

enum { PAGODA_CLEAR_ACCESSED = 1, PAGODA_CLEAR_DIRTY = 2 }; /* flags of pagoda_VSpace_Harvest */

/* Bit i of these (bit i % 64 of word i / 64) stands for the page at va + i * 4096; bits beyond the range are 0. */
typedef struct pagoda_VSpace_Harvest {
    int error; /* seL4_Error; the words mean something only after seL4_NoError */
    seL4_Word accessed[PAGODA_RANGE_WORDS], dirty[PAGODA_RANGE_WORDS];
} pagoda_VSpace_Harvest_t;

typedef struct pagoda_VSpace_Unmap {
    int error;
    seL4_Word unmapped; /* pages that were mapped and are no longer */
    seL4_Word dirty[PAGODA_RANGE_WORDS];
} pagoda_VSpace_Unmap_t;

/* Read n answer words from `first` on; the first four are in mr, not in the buffer. */
static inline void pagoda_ReadWords(seL4_Word *to, unsigned first, unsigned n, const seL4_Word mr[4])
{
    for (unsigned i = 0; i < n; i++)
        to[i] = first + i < 4 ? mr[first + i] : seL4_GetMR((int)(first + i));
}

/* Which of the pages from va on were accessed and which were written since that was last cleared, and clear what `flags` says. */
static inline void pagoda_VSpace_Harvest(seL4_CPtr vspace, seL4_Word va, seL4_Word n_pages, seL4_Word flags, pagoda_VSpace_Harvest_t *answer)
{
    seL4_Word mr[4] = {va, n_pages, flags, 0};
    seL4_MessageInfo_t info = seL4_CallWithMRs(vspace, seL4_MessageInfo_new(PagodaVSpaceHarvest, 0, 0, 3), &mr[0], &mr[1], &mr[2], &mr[3]);
    answer->error = (int)seL4_MessageInfo_get_label(info);
    if (answer->error)
        return;
    pagoda_ReadWords(answer->accessed, 0, PAGODA_RANGE_WORDS, mr);
    pagoda_ReadWords(answer->dirty, PAGODA_RANGE_WORDS, PAGODA_RANGE_WORDS, mr);
}

/* Unmap all small pages of the range. The capabilities of their frames still think that they are mapped: calls of this extension see through that. */
static inline void pagoda_VSpace_UnmapRange(seL4_CPtr vspace, seL4_Word va, seL4_Word n_pages, pagoda_VSpace_Unmap_t *answer)
{
    seL4_Word mr[4] = {va, n_pages, 0, 0};
    seL4_MessageInfo_t info = seL4_CallWithMRs(vspace, seL4_MessageInfo_new(PagodaVSpaceUnmapRange, 0, 0, 2), &mr[0], &mr[1], &mr[2], &mr[3]);
    answer->error = (int)seL4_MessageInfo_get_label(info);
    if (answer->error)
        return;
    answer->unmapped = mr[0];
    pagoda_ReadWords(answer->dirty, 1, PAGODA_RANGE_WORDS, mr);
}

/* Unmap the frame of slot index + i if it is mapped at va + i * 4096, for each i; its capability becomes that of an unmapped frame. */
static inline void pagoda_VSpace_UnmapSlots(seL4_CPtr vspace, seL4_CPtr root, seL4_Word va, seL4_Word n_pages, seL4_Word index, seL4_Uint8 depth,
                                            pagoda_VSpace_Unmap_t *answer)
{
    seL4_Word mr[4] = {va, n_pages, index, depth};
    seL4_SetCap(0, root);
    seL4_MessageInfo_t info = seL4_CallWithMRs(vspace, seL4_MessageInfo_new(PagodaVSpaceUnmapSlots, 0, 1, 4), &mr[0], &mr[1], &mr[2], &mr[3]);
    answer->error = (int)seL4_MessageInfo_get_label(info);
    if (answer->error)
        return;
    answer->unmapped = mr[0];
    pagoda_ReadWords(answer->dirty, 1, PAGODA_RANGE_WORDS, mr);
}

/* Answer the page fault that waits in `reply` by mapping the frame, then receive on `src` with the same reply object. mr0..mr3: the first words received. */
static inline seL4_MessageInfo_t pagoda_ReplyMapRecv(seL4_CPtr src, seL4_Word *sender, seL4_CPtr reply, seL4_CPtr frame, seL4_CPtr vspace, seL4_Word va,
                                                     seL4_CapRights_t rights, seL4_ARM_VMAttributes attributes, seL4_Word *mr0, seL4_Word *mr1,
                                                     seL4_Word *mr2, seL4_Word *mr3)
{
    *mr0 = va;
    *mr1 = rights.words[0];
    *mr2 = (seL4_Word)attributes;
    *mr3 = 0;
    seL4_SetCap(0, frame);
    seL4_SetCap(1, vspace);
    return seL4_ReplyRecvWithMRs(src, seL4_MessageInfo_new(PagodaReplyMap, 0, 2, 3), sender, mr0, mr1, mr2, mr3, reply);
}

/* For the two below: as pagoda_ReplyMapRecv, with a further word that means what the label says. */
static inline seL4_MessageInfo_t pagoda_ReplyWithRecv(seL4_Word label, seL4_Word further, seL4_CPtr src, seL4_Word *sender, seL4_CPtr reply,
                                                      seL4_CPtr frame, seL4_CPtr vspace, seL4_Word va, seL4_CapRights_t rights,
                                                      seL4_ARM_VMAttributes attributes, seL4_Word *mr0, seL4_Word *mr1, seL4_Word *mr2, seL4_Word *mr3)
{
    *mr0 = va;
    *mr1 = rights.words[0];
    *mr2 = (seL4_Word)attributes;
    *mr3 = further;
    seL4_SetCap(0, frame);
    seL4_SetCap(1, vspace);
    return seL4_ReplyRecvWithMRs(src, seL4_MessageInfo_new(label, 0, 2, 4), sender, mr0, mr1, mr2, mr3, reply);
}

/* The same, but a copy of the frame capability is mapped, which goes into the slot `dest`. */
static inline seL4_MessageInfo_t pagoda_ReplyMapCopyRecv(seL4_CPtr src, seL4_Word *sender, seL4_CPtr reply, seL4_CPtr frame, seL4_CPtr vspace, seL4_CPtr dest,
                                                         seL4_Word va, seL4_CapRights_t rights, seL4_ARM_VMAttributes attributes, seL4_Word *mr0,
                                                         seL4_Word *mr1, seL4_Word *mr2, seL4_Word *mr3)
{
    return pagoda_ReplyWithRecv(PagodaReplyMapCopy, dest, src, sender, reply, frame, vspace, va, rights, attributes, mr0, mr1, mr2, mr3);
}

/* As pagoda_ReplyMapRecv, but the frame gets the contents of the frame `source` first. */
static inline seL4_MessageInfo_t pagoda_ReplyMapFilledRecv(seL4_CPtr src, seL4_Word *sender, seL4_CPtr reply, seL4_CPtr frame, seL4_CPtr vspace,
                                                           seL4_CPtr source, seL4_Word va, seL4_CapRights_t rights, seL4_ARM_VMAttributes attributes,
                                                           seL4_Word *mr0, seL4_Word *mr1, seL4_Word *mr2, seL4_Word *mr3)
{
    return pagoda_ReplyWithRecv(PagodaReplyMapFilled, source, src, sender, reply, frame, vspace, va, rights, attributes, mr0, mr1, mr2, mr3);
}

/* The three without receiving. */
static inline void pagoda_ReplyMap(seL4_CPtr reply, seL4_CPtr frame, seL4_CPtr vspace, seL4_Word va, seL4_CapRights_t rights,
                                   seL4_ARM_VMAttributes attributes)
{
    seL4_Word mr0 = va, mr1 = rights.words[0], mr2 = (seL4_Word)attributes;
    seL4_SetCap(0, frame);
    seL4_SetCap(1, vspace);
    seL4_SendWithMRs(reply, seL4_MessageInfo_new(PagodaReplyMap, 0, 2, 3), &mr0, &mr1, &mr2, 0);
}

static inline void pagoda_ReplyWith(seL4_Word label, seL4_Word further, seL4_CPtr reply, seL4_CPtr frame, seL4_CPtr vspace, seL4_Word va,
                                    seL4_CapRights_t rights, seL4_ARM_VMAttributes attributes)
{
    seL4_Word mr0 = va, mr1 = rights.words[0], mr2 = (seL4_Word)attributes, mr3 = further;
    seL4_SetCap(0, frame);
    seL4_SetCap(1, vspace);
    seL4_SendWithMRs(reply, seL4_MessageInfo_new(label, 0, 2, 4), &mr0, &mr1, &mr2, &mr3);
}

static inline void pagoda_ReplyMapCopy(seL4_CPtr reply, seL4_CPtr frame, seL4_CPtr vspace, seL4_CPtr dest, seL4_Word va, seL4_CapRights_t rights,
                                       seL4_ARM_VMAttributes attributes)
{
    pagoda_ReplyWith(PagodaReplyMapCopy, dest, reply, frame, vspace, va, rights, attributes);
}

static inline void pagoda_ReplyMapFilled(seL4_CPtr reply, seL4_CPtr frame, seL4_CPtr vspace, seL4_CPtr source, seL4_Word va, seL4_CapRights_t rights,
                                         seL4_ARM_VMAttributes attributes)
{
    pagoda_ReplyWith(PagodaReplyMapFilled, source, reply, frame, vspace, va, rights, attributes);
}

#endif
