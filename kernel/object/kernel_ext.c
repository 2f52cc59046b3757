/* SPDX-License-Identifier: BSD-2-Clause */
/* Labels from 4096 on that concern the machine as a whole; see kernel_ext.h. */
#include "object/kernel_ext.h"
#include "generated/invocations.h"
#include "info.h"
#include "object/cnode.h"
#include "object/frame.h"

static error_t kernel_info_frame(struct invocation *inv)
{
    struct args_kernel_info_frame a;
    struct slot *dest;
    if (!args_kernel_info_frame_read(inv, &a))
        return truncated_message();
    error_t error = lookup_empty_target_slot(inv->caps[0], a.index, a.depth, &dest);
    if (error.code)
        return error;

    slot_insert_original(inv->slot, dest, cap_mask_rights(cap_frame(info_page(), FRAME_SMALL, false), RIGHT_READ));
    return ok();
}

error_t kernel_ext_invoke(struct invocation *inv)
{
    switch (inv->label) {
    case LABEL_KERNEL_INFO_FRAME:
        return kernel_info_frame(inv);
    case LABEL_KERNEL_POWER_OFF:
        arch_power_off(); /* comes back only if it cannot */
        return illegal_operation();
    default:
        return illegal_operation();
    }
}
