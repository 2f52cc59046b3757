/* SPDX-License-Identifier: BSD-2-Clause */
/* The paging extension (docs/paging-extension.md): which pages were accessed and written. */
#include "paging_area.h"

#include <string.h>

static unsigned long random_state;
static unsigned long next_random(void)
{
    random_state = random_state * 6364136223846793005ul + 1442695040888963407ul;
    return random_state >> 33;
}

TEST(paging_harvest_of_fresh_mapping_is_accessed_and_dirty, "an ordinary mapping counts as used; a read-only one not as written; a hole as neither")
{
    seL4_CPtr cnode = area_new(4);
    EXPECT_OK(seL4_ARM_Page_Unmap(area_take(cnode, 2)));
    expect_mapped(area_map(cnode, 3, AREA_VA + 3 * 4096, 1, READ_ONLY), 1, 0, 0);
    pagoda_VSpace_Harvest_t h = area_harvest(AREA_VA, 64, 0);
    EXPECT_EQ(h.accessed[0], 11);
    EXPECT_EQ(h.dirty[0], 3);
    EXPECT_EQ(area_count(h.accessed), 3);
    EXPECT_OK(page_map(area_take(cnode, 0), (void *)page_word(0), READ_WRITE)); /* Page_Map on a cleared page: as at first */
    EXPECT_EQ(area_harvest(AREA_VA, 1, 0).dirty[0], 1);
}

/* Touch k random pages of 512, write j of those: exactly these bits, several times over. */
TEST(paging_harvest_gives_exactly_the_pages_touched, "random pages of 512, some read, some written")
{
    area_new(AREA_PAGES);
    random_state = 4711;
    area_harvest(AREA_VA, AREA_PAGES, CLEAR_BOTH);
    for (int round = 0; round < 20; round++) {
        seL4_Word accessed[8] = {0}, dirty[8] = {0};
        unsigned long touches = next_random() % 200;
        for (unsigned long i = 0; i < touches; i++) {
            unsigned long page = next_random() % AREA_PAGES;
            accessed[page / 64] |= 1ul << page % 64;
            if (next_random() % 3 == 0) {
                *page_word(page) = page;
                dirty[page / 64] |= 1ul << page % 64;
            } else {
                (void)*page_word(page);
            }
        }
        pagoda_VSpace_Harvest_t h = area_harvest(AREA_VA, AREA_PAGES, CLEAR_BOTH);
        EXPECT(memcmp(h.accessed, accessed, sizeof accessed) == 0);
        EXPECT(memcmp(h.dirty, dirty, sizeof dirty) == 0);
    }
}

TEST(paging_harvest_at_any_place, "ranges of odd length that begin anywhere and cross tables")
{
    seL4_CPtr cnode = area_frames(200);
    area_tables(OWN_VSPACE, AREA_VA);
    area_tables(OWN_VSPACE, AREA_VA + TABLE_BYTES);
    expect_mapped(area_map(cnode, 0, AREA_VA + TABLE_BYTES - 100 * 4096, 200, seL4_ReadWrite), 200, 0, 0);
    area_harvest(AREA_VA + TABLE_BYTES - 100 * 4096, 200, CLEAR_BOTH);
    static const unsigned long touched[] = {413, 477, 511, 512, 513, 575, 611};
    for (unsigned i = 0; i < 7; i++)
        *page_word(touched[i]) = i;
    pagoda_VSpace_Harvest_t h = area_harvest(AREA_VA + 413 * 4096, 199, PAGODA_CLEAR_ACCESSED);
    EXPECT_EQ(area_count(h.accessed), 7);
    EXPECT_EQ(area_count(h.dirty), 7);
    for (unsigned i = 0; i < 7; i++)
        EXPECT(area_bit(h.accessed, touched[i] - 413) && area_bit(h.dirty, touched[i] - 413));
    h = area_harvest(AREA_VA + 477 * 4096, 37, PAGODA_CLEAR_DIRTY);
    EXPECT_EQ(area_count(h.accessed), 0);
    EXPECT_EQ(h.dirty[0], 1ul | 1ul << 34 | 1ul << 35 | 1ul << 36);
    h = area_harvest(AREA_VA + 413 * 4096, 199, 0);
    EXPECT_EQ(area_count(h.dirty), 3);
}

TEST(paging_harvest_clears_only_what_is_asked, "accessed and dirty are independent; no flag clears nothing")
{
    area_new(2);
    EXPECT_EQ(area_harvest(AREA_VA, 2, 0).accessed[0], 3);
    EXPECT_EQ(area_harvest(AREA_VA, 2, PAGODA_CLEAR_ACCESSED).accessed[0], 3);
    pagoda_VSpace_Harvest_t h = area_harvest(AREA_VA, 2, PAGODA_CLEAR_DIRTY);
    EXPECT_EQ(h.accessed[0], 0);
    EXPECT_EQ(h.dirty[0], 3);
    EXPECT_EQ(*page_word(1), 0);
    h = area_harvest(AREA_VA, 2, 0);
    EXPECT_EQ(h.accessed[0], 2);
    EXPECT_EQ(h.dirty[0], 0);
    *page_word(0) = 1; /* accessed and written in one */
    h = area_harvest(AREA_VA, 2, 0);
    EXPECT_EQ(h.accessed[0], 3);
    EXPECT_EQ(h.dirty[0], 1);
}

TEST(paging_harvest_of_large_page_tells_for_all_its_pages, "one 2 MiB page, seen from parts of it")
{
    area_tables(OWN_VSPACE, AREA_VA);
    unsigned long va = AREA_VA + TABLE_BYTES;
    EXPECT_OK(seL4_ARM_Page_Map(object_new(seL4_ARM_LargePageObject, 0), OWN_VSPACE, va, seL4_ReadWrite, DATA));
    pagoda_VSpace_Harvest_t h = area_harvest(va + 100 * 4096, 300, CLEAR_BOTH);
    EXPECT_EQ(area_count(h.accessed), 300);
    EXPECT_EQ(area_count(h.dirty), 300);
    EXPECT_EQ(area_count(area_harvest(va, 512, 0).accessed), 0);
    (void)*page_word(512);
    h = area_harvest(va, 512, 0);
    EXPECT_EQ(area_count(h.accessed), 512);
    EXPECT_EQ(area_count(h.dirty), 0);
    *page_word(700) = 1;
    EXPECT_EQ(area_count(area_harvest(va, 70, 0).dirty), 70);
}

static unsigned long run_at(unsigned long va)
{
    return ((unsigned long (*)(void))va)();
}

TEST(paging_harvest_sees_instruction_fetches, "a page that was executed was accessed")
{
    seL4_CPtr cnode = area_new(2);
    volatile unsigned *code = (volatile unsigned *)page_word(1);
    code[0] = 0xd2800060; /* mov x0, #3 */
    code[1] = 0xd65f03c0; /* ret */
    EXPECT_OK(pagoda_VSpace_MapRange(OWN_VSPACE, cnode, AREA_VA, 2, READ_ONLY, seL4_ARM_Default_VMAttributes, 0, RADIX).error);
    area_harvest(AREA_VA, 2, CLEAR_BOTH);
    struct thread *thread = thread_new(PRIORITY_HIGH);
    thread_start(thread, run_at, (unsigned long)code);
    EXPECT_EQ(thread_join(thread), 3);
    EXPECT_EQ(area_harvest(AREA_VA, 2, 0).accessed[0], 2);
}

TEST(paging_harvest_with_unknown_flag_is_invalid_argument, "only bits 0 and 1 mean something")
{
    EXPECT_INVALID_ARGUMENT(invoke(OWN_VSPACE, PagodaVSpaceHarvest, WORDS(AREA_VA, 1, 4), NO_CAPS), 2);
}

TEST(paging_harvest_answers_16_words, "accessed, then dirty")
{
    area_new(1);
    struct answer got = invoke(OWN_VSPACE, PagodaVSpaceHarvest, WORDS(AREA_VA, 1, 0), NO_CAPS);
    EXPECT_SUCCESS(got);
    EXPECT_EQ(got.length, 16);
    EXPECT_EQ(got.words[0], 1);
    EXPECT_EQ(seL4_GetIPCBuffer()->msg[8], 1);
}

TEST(paging_harvest_sends_no_messages, "watched pages never bother the fault handler, writes to read-only pages still do")
{
    area_new(3);
    area_protect(2, 1, READ_ONLY, DATA, 1);
    area_harvest(AREA_VA, 3, CLEAR_BOTH);
    EXPECT(!access_refused(page_load, AREA_VA));
    EXPECT(!access_refused(page_store, AREA_VA + 4096));
    EXPECT(access_refused(page_store, AREA_VA + 2 * 4096));
    pagoda_VSpace_Harvest_t h = area_harvest(AREA_VA, 3, 0);
    EXPECT_EQ(h.dirty[0], 2);
    EXPECT_EQ(h.accessed[0] & 3, 3);
}
