/* SPDX-License-Identifier: BSD-2-Clause */
/* Page tables; see page_table.h, ABI 11.2. */
#include "object/page_table.h"
#include "generated/invocations.h"
#include "mutants.h"
#include "object/asid.h"
#include "object/cdt.h"
#include "object/vspace.h"

enum { TABLE_BYTES = 4096 };

struct cap cap_page_table(pa_t pa) { return (struct cap){.page_table = {.type = CAP_PAGE_TABLE, .object = pa >> 4}}; }

void page_table_unmap(const struct cap *cap)
{
    if (!cap->page_table.mapped)
        return;
    asid_t asid = (asid_t)cap->page_table.asid;
    struct asid_entry *entry = asid_lookup(asid);
    if (!entry)
        return;
    unsigned parent_level = cap->page_table.level - 1u;
    struct pt_place place = pt_walk(kernel_pointer(asid_entry_vspace(entry)), (va_t)cap->page_table.va_page << 12, parent_level);
    if (place.level != parent_level || !pte_is_table(*place.entry, place.level) || pte_pa(*place.entry) != CAP_OBJECT_PA(cap->page_table))
        return;
    pte_set(place.entry, 0);
    if (mutant(MUTANT_TABLE_INVALIDATED_AS_PAGE))
        tlb_invalidate_page(asid, (va_t)cap->page_table.va_page << 12);
    else
        tlb_invalidate_asid(asid); /* up to 512 pages, and what the walker keeps of the table itself */
}

static error_t page_table_map(struct invocation *inv)
{
    struct args_arm_page_table_map a;
    struct cap *table = &inv->slot->cap;
    if (!args_arm_page_table_map_read(inv, &a))
        return truncated_message();
    const struct cap *vspace = &inv->caps[0]->cap;
    if (table->page_table.mapped)
        return invalid_capability(0);
    if (!vspace_is_assigned(vspace))
        return invalid_capability(1);
    if (a.va > USER_TOP)
        return invalid_argument(0);
    error_t error = vspace_resolve(vspace, 1);
    if (error.code)
        return error;
    struct pt_place place = pt_walk(vspace_root(vspace), a.va, PT_LEVELS - 1);
    if (place.level == PT_LEVELS - 1 || pte_is_valid(*place.entry))
        return delete_first();

    table->page_table.mapped = 1;
    table->page_table.asid = vspace->vspace.asid;
    table->page_table.level = place.level + 1;
    table->page_table.va_page = ALIGN_DOWN(a.va, pt_level_shift(place.level)) >> 12;
    pte_set(CAP_OBJECT(table->page_table), 0); /* is 0 already; orders the zeroing of the whole table before the walker can reach it */
    pte_set(place.entry, pte_make_table(CAP_OBJECT_PA(table->page_table)));
    return ok();
}

static error_t page_table_invoke_unmap(struct invocation *inv)
{
    struct cap *table = &inv->slot->cap;
    if (!cdt_is_final(inv->slot))
        return revoke_first();
    if (table->page_table.mapped) {
        if (mutant(MUTANT_TABLE_FREED_EARLY))
            memory_zero(CAP_OBJECT(table->page_table), TABLE_BYTES);
        page_table_unmap(table);
        memory_zero(CAP_OBJECT(table->page_table), TABLE_BYTES); /* a later mapping starts empty */
        *table = cap_page_table(CAP_OBJECT_PA(table->page_table));
    }
    return ok();
}

error_t page_table_invoke(struct invocation *inv)
{
    switch (inv->label) {
    case LABEL_ARM_PAGE_TABLE_MAP:
        return page_table_map(inv);
    case LABEL_ARM_PAGE_TABLE_UNMAP:
        return page_table_invoke_unmap(inv);
    default:
        return illegal_operation();
    }
}
