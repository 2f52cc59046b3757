/* SPDX-License-Identifier: BSD-2-Clause */
/* The real kernel's side of kernel_if.h. */
#include "kernel_if.h"

#include "cspace.h"

#include <pagoda/kernel_info.h>
#include <pagoda/startup.h>
#include <sel4/sel4.h>

#define ROOT LAYOUT_CAP_CNODE
#define SLOT_DEPTH 64
#define LEAF_DEPTH PAGER_CSPACE_LEAF_DEPTH

static seL4_CapRights_t rights_word(unsigned rights)
{
    return seL4_CapRights_new((rights & KERNEL_GRANT_REPLY) != 0, (rights & KERNEL_GRANT) != 0, (rights & KERNEL_READ) != 0,
                              (rights & KERNEL_WRITE) != 0);
}

uint64_t kernel_made;

unsigned kernel_retype(cptr_t untyped, enum kernel_object type, unsigned size_bits, uint32_t leaf, uint32_t slot, unsigned count)
{
    kernel_made++;
    if (leaf == KERNEL_ROOT_LEAF) {
        return (unsigned)seL4_Untyped_Retype(untyped, type, size_bits, ROOT, 0, 0, slot, count);
    }
    return (unsigned)seL4_Untyped_Retype(untyped, type, size_bits, ROOT, leaf, LEAF_DEPTH, slot, count);
}

unsigned kernel_copy(cptr_t dest, cptr_t src, unsigned rights)
{
    return (unsigned)seL4_CNode_Copy(ROOT, dest, SLOT_DEPTH, ROOT, src, SLOT_DEPTH, rights_word(rights));
}

unsigned kernel_mint(cptr_t dest, cptr_t src, unsigned rights, uint64_t badge)
{
    return (unsigned)seL4_CNode_Mint(ROOT, dest, SLOT_DEPTH, ROOT, src, SLOT_DEPTH, rights_word(rights), badge);
}

unsigned kernel_install_leaf(uint32_t leaf, cptr_t src, unsigned radix)
{
    /* Guard of zeros: size in the low bits of the word, value above. */
    return (unsigned)seL4_CNode_Mint(ROOT, leaf, LEAF_DEPTH, ROOT, src, SLOT_DEPTH, seL4_AllRights, CSPACE_LEAF_BITS - radix);
}

unsigned kernel_copy_to_root(uint32_t leaf, cptr_t src)
{
    return (unsigned)seL4_CNode_Copy(ROOT, leaf, LEAF_DEPTH, ROOT, src, SLOT_DEPTH, seL4_AllRights);
}

unsigned kernel_delete(cptr_t slot)
{
    return (unsigned)seL4_CNode_Delete(ROOT, slot, SLOT_DEPTH);
}

unsigned kernel_revoke(cptr_t slot)
{
    return (unsigned)seL4_CNode_Revoke(ROOT, slot, SLOT_DEPTH);
}

static seL4_CapRights_t page_rights(bool writable)
{
    return writable ? seL4_ReadWrite : seL4_CanRead;
}

static seL4_ARM_VMAttributes page_attributes(bool executable)
{
    return executable ? seL4_ARM_Default_VMAttributes : seL4_ARM_Default_VMAttributes | seL4_ARM_ExecuteNever;
}

unsigned kernel_page_map(cptr_t frame, cptr_t vspace, uint64_t va, bool writable, bool executable)
{
    return (unsigned)seL4_ARM_Page_Map(frame, vspace, va, page_rights(writable), page_attributes(executable));
}

unsigned kernel_page_unmap(cptr_t frame)
{
    return (unsigned)seL4_ARM_Page_Unmap(frame);
}

unsigned kernel_clear(cptr_t untyped, unsigned n_blocks, uint64_t *bytes)
{
    pagoda_Untyped_Clear_t answer = pagoda_Untyped_Clear(untyped, n_blocks);

    *bytes = answer.bytes;
    return (unsigned)answer.error;
}

unsigned kernel_split_frame(cptr_t untyped, unsigned size_bits, cptr_t frames, cptr_t untypeds)
{
    return (unsigned)pagoda_Untyped_SplitFrame(untyped, ROOT, size_bits, frames, untypeds, SLOT_DEPTH);
}

unsigned kernel_table_map(cptr_t table, cptr_t vspace, uint64_t va)
{
    return (unsigned)seL4_ARM_PageTable_Map(table, vspace, va, seL4_ARM_Default_VMAttributes);
}

unsigned kernel_table_unmap(cptr_t table)
{
    return (unsigned)seL4_ARM_PageTable_Unmap(table);
}

unsigned kernel_map_range(cptr_t first, unsigned n, cptr_t vspace, uint64_t va, bool writable, bool executable, bool hint)
{
    seL4_ARM_VMAttributes attributes = page_attributes(executable) | (hint ? seL4_ARM_Contiguous : 0);
    pagoda_VSpace_MapRange_t answer = pagoda_VSpace_MapRange(vspace, ROOT, va, n, page_rights(writable), attributes, first, SLOT_DEPTH);
    return answer.error ? (unsigned)answer.error : (unsigned)answer.page_error;
}

unsigned kernel_map_copies(cptr_t first, cptr_t source, unsigned n, cptr_t vspace, uint64_t va, bool writable, bool executable)
{
    pagoda_VSpace_MapCopies_t answer =
        pagoda_VSpace_MapCopies(vspace, ROOT, va, n, page_rights(writable), page_attributes(executable), first, SLOT_DEPTH, source);
    return answer.error ? 0 : (unsigned)answer.done;
}

unsigned kernel_protect_range(cptr_t vspace, uint64_t va, unsigned n_pages, bool writable, bool executable)
{
    return (unsigned)pagoda_VSpace_ProtectRange(vspace, va, n_pages, page_rights(writable), page_attributes(executable)).error;
}

unsigned kernel_unmap_range(cptr_t vspace, uint64_t va, unsigned n_pages)
{
    pagoda_VSpace_Unmap_t answer;

    pagoda_VSpace_UnmapRange(vspace, va, n_pages, &answer);
    return (unsigned)answer.error;
}

unsigned kernel_replace_frame(cptr_t vspace, cptr_t from, cptr_t to, uint64_t va)
{
    return (unsigned)pagoda_VSpace_ReplaceFrame(vspace, from, to, va);
}

unsigned kernel_harvest(cptr_t vspace, uint64_t va, unsigned n_pages, uint64_t *accessed)
{
    seL4_Word mr[4] = {va, n_pages, PAGODA_CLEAR_ACCESSED, 0};
    seL4_MessageInfo_t info = seL4_CallWithMRs(vspace, seL4_MessageInfo_new(PagodaVSpaceHarvest, 0, 0, 3), &mr[0], &mr[1], &mr[2], &mr[3]);

    *accessed = mr[0]; /* the first of many words of the answer: enough for 64 pages */
    return (unsigned)seL4_MessageInfo_get_label(info);
}

static uint32_t receive_leaf;

void kernel_receive_into(uint32_t leaf)
{
    receive_leaf = leaf;
    seL4_SetCapReceivePath(ROOT, leaf, LEAF_DEPTH);
}

unsigned kernel_take_received(cptr_t dest)
{
    return (unsigned)seL4_CNode_Move(ROOT, dest, SLOT_DEPTH, ROOT, receive_leaf, LEAF_DEPTH);
}

void kernel_drop_received(void)
{
    must((unsigned)seL4_CNode_Delete(ROOT, receive_leaf, LEAF_DEPTH), "kernel: drop");
}

unsigned kernel_thread_sp(cptr_t tcb, uint64_t *sp)
{
    seL4_UserContext registers;
    unsigned error = (unsigned)seL4_TCB_ReadRegisters(tcb, 0, 0, 2, &registers);

    *sp = registers.sp;
    return error;
}

unsigned kernel_thread_suspend(cptr_t tcb)
{
    return (unsigned)seL4_TCB_Suspend(tcb);
}

unsigned kernel_thread_resume(cptr_t tcb)
{
    return (unsigned)seL4_TCB_Resume(tcb);
}

unsigned kernel_asid_assign(cptr_t pool, cptr_t vspace)
{
    return (unsigned)seL4_ARM_ASIDPool_Assign(pool, vspace);
}

unsigned kernel_asid_pool(cptr_t untyped, cptr_t dest)
{
    return (unsigned)seL4_ARM_ASIDControl_MakePool(PAGER_CAP_ASID_CONTROL, untyped, ROOT, dest, SLOT_DEPTH);
}

void kernel_signal(cptr_t notification)
{
    seL4_Signal(notification);
}

/* An empty message without a label: for other objects than notifications it is no valid invocation, and an endpoint drops it when nobody waits. */
void kernel_signal_any(cptr_t cap)
{
    seL4_NBSend(cap, seL4_MessageInfo_new(0, 0, 0, 0));
}

uint64_t kernel_ticks(void)
{
    uint64_t ticks;

    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
}

uint64_t kernel_idle_entries(void)
{
    return ((const volatile struct kernel_info *)LAYOUT_KINFO_VA)->idle_entries;
}

/* ---- the end ---- */

#ifdef PAGODA_DEBUG
static void print(const char *text)
{
    while (*text) {
        seL4_DebugPutChar(*text++);
    }
}

static void report(const char *what, uint64_t value)
{
    static const char digits[] = "0123456789abcdef";

    print("pager: ");
    print(what);
    print(": 0x");
    for (int shift = 60; shift >= 0; shift -= 4) {
        seL4_DebugPutChar(digits[value >> shift & 15]);
    }
    print("\r\n");
}
#else
static void report(const char *what, uint64_t value)
{
    (void)what;
    (void)value;
}
#endif

/* The exception goes to init, which reports it and stops the machine; the arguments are in the registers that it shows. */
_Noreturn void pager_panic(const char *what, uint64_t value)
{
    register const char *x0 __asm__("x0") = what;
    register uint64_t x1 __asm__("x1") = value;

    report(what, value);
    for (;;) {
        __asm__ volatile("brk #0x50" : : "r"(x0), "r"(x1));
    }
}

_Noreturn void pager_too_small(void)
{
    for (;;) {
        __asm__ volatile("brk %0" : : "i"(PAGER_BRK_TOO_SMALL));
    }
}
