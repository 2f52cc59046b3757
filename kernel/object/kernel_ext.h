/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Labels from 4096 on, which seL4 does not have, that concern the machine as a whole. They are invoked on IRQControl: the one capability that
 * cannot be copied, so that only its holder may.
 */
#ifndef KERNEL_OBJECT_KERNEL_EXT_H
#define KERNEL_OBJECT_KERNEL_EXT_H

#include "object/error.h"

/* kernel_ext_invoke:
 *   KERNEL_INFO_FRAME(index, depth; root)  puts a read-only, unmapped frame capability of the kernel information page into that slot.
 *                                          Errors: TRUNCATED_MESSAGE | lookup errors as IRQControl_Get | DELETE_FIRST
 *   KERNEL_POWER_OFF()                     does not return. Errors: ILLEGAL_OPERATION this machine has no means */
error_t kernel_ext_invoke(struct invocation *inv);

#endif
