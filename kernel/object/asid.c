/* SPDX-License-Identifier: BSD-2-Clause */
/* ASID pools; see asid.h, ABI 11.3. */
#include "object/asid.h"
#include "generated/invocations.h"
#include "info.h"
#include "object/cdt.h"
#include "object/cnode.h"
#include "object/untyped.h"
#include "object/vspace.h"

struct asid_entry *asid_pools[ASID_POOLS];

static struct asid_entry *asid_entry(asid_t asid)
{
    struct asid_entry *pool = asid_pools[asid >> ASID_POOL_INDEX_BITS];
    return pool ? &pool[asid & MASK(ASID_POOL_INDEX_BITS)] : NULL;
}

static void entry_assign(struct asid_entry *entry, pa_t vspace)
{
    *entry = (struct asid_entry){.vspace_page = vspace >> 12};
    vspace_entries_changed();
    kernel_info->vspaces++;
}

static void entry_release(struct asid_entry *entry)
{
    arch_asid_release(entry);
    *entry = (struct asid_entry){0};
    vspace_entries_changed();
    kernel_info->vspaces--;
}

void asid_release(asid_t asid, pa_t vspace)
{
    struct asid_entry *entry = asid_lookup(asid);
    if (entry && asid_entry_vspace(entry) == vspace)
        entry_release(entry);
}

struct cap asid_pool_create(unsigned pool, pa_t pa)
{
    asid_pools[pool] = kernel_pointer(pa);
    return (struct cap){.asid_pool = {.pool = pool, .type = CAP_ASID_POOL, .object = pa >> 4}};
}

void asid_boot_assign(asid_t asid, pa_t vspace) { entry_assign(asid_entry(asid), vspace); }

word_t asid_pool_shrink(struct asid_entry *pool, word_t n)
{
    while (n > 1 && !pool[n - 1].vspace_page)
        n--;
    if (pool[--n].vspace_page)
        entry_release(&pool[n]);
    for (unsigned i = 0; n == 0 && i < ASID_POOLS; i++)
        if (asid_pools[i] == pool)
            asid_pools[i] = NULL;
    return n;
}

/* ---- invocations ---- */

static int free_pool(void)
{
    for (int i = 0; i < ASID_POOLS; i++)
        if (!asid_pools[i])
            return i;
    return -1;
}

error_t asid_control_invoke(struct invocation *inv)
{
    struct args_arm_asid_control_make_pool a;
    struct slot *dest;
    if (inv->label != LABEL_ARM_ASID_CONTROL_MAKE_POOL)
        return illegal_operation();
    if (!args_arm_asid_control_make_pool_read(inv, &a))
        return truncated_message();
    struct slot *untyped = inv->caps[0];
    int pool = free_pool();
    if (pool < 0)
        return delete_first();
    if (untyped->cap.type != CAP_UNTYPED || untyped->cap.untyped.size_bits != ASID_POOL_BITS || untyped->cap.untyped.device)
        return invalid_capability(1);
    if (cdt_first_child(untyped))
        return revoke_first();
    error_t error = lookup_empty_target_slot(inv->caps[1], a.index, a.depth, &dest);
    if (error.code)
        return error;

    pa_t pa = CAP_OBJECT_PA(untyped->cap.untyped);
    memory_zero(kernel_pointer(pa), BIT(ASID_POOL_BITS));
    untyped_set_full(untyped);
    slot_insert_original(untyped, dest, asid_pool_create((unsigned)pool, pa));
    return ok();
}

/* Lowest free index of a pool; ASID 0 is not one. */
static int free_index(const struct cap *cap)
{
    const struct asid_entry *pool = CAP_OBJECT(cap->asid_pool);
    for (int i = cap->asid_pool.pool == 0 ? 1 : 0; i < ASID_POOL_ENTRIES; i++)
        if (!pool[i].vspace_page)
            return i;
    return -1;
}

error_t asid_pool_invoke(struct invocation *inv)
{
    const struct cap *pool = &inv->slot->cap;
    if (inv->label != LABEL_ARM_ASID_POOL_ASSIGN)
        return illegal_operation();
    if (inv->n_caps < ARGS_ARM_ASID_POOL_ASSIGN_CAPS)
        return truncated_message();
    struct cap *vspace = &inv->caps[0]->cap;
    if (vspace->type != CAP_VSPACE || vspace->vspace.asid)
        return invalid_capability(1);
    if (!asid_pools[pool->asid_pool.pool]) {
        struct lookup_failure f = lookup_invalid_root();
        return failed_lookup(false, &f);
    }
    if (asid_pools[pool->asid_pool.pool] != CAP_OBJECT(pool->asid_pool))
        return invalid_capability(0);
    int index = free_index(pool);
    if (index < 0)
        return delete_first();

    pte_set(CAP_OBJECT(vspace->vspace), 0); /* is 0 already; orders the zeroing of the table before the walker can reach it */
    vspace->vspace.asid = pool->asid_pool.pool << ASID_POOL_INDEX_BITS | (unsigned)index;
    entry_assign(asid_entry((asid_t)vspace->vspace.asid), CAP_OBJECT_PA(vspace->vspace));
    return ok();
}
