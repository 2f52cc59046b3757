/* SPDX-License-Identifier: BSD-2-Clause */
/* Address-space numbers for VSpaces: the pool that init gave, and further ones made when it is full. */
#ifndef PAGER_ASID_H
#define PAGER_ASID_H

#include "kernel_if.h"

void asid_init(cptr_t first_pool, cptr_t control);

/* asid_assign: give a VSpace a number; false when no number and no memory for a pool is left. Not for the fault path. */
bool asid_assign(cptr_t vspace);

#endif
