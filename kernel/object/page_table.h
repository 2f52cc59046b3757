/* SPDX-License-Identifier: BSD-2-Clause */
/* Page tables below the VSpace: one object type; the level follows from where it is mapped. */
#ifndef KERNEL_OBJECT_PAGE_TABLE_H
#define KERNEL_OBJECT_PAGE_TABLE_H

#include "object/cap.h"
#include "object/error.h"

struct cap cap_page_table(pa_t pa);
/* page_table_unmap: take the table out of its parent if it is still there, with all its translations. The capability and the content are not touched. */
void page_table_unmap(const struct cap *cap);
/* page_table_invoke: Map, Unmap; ABI 11.2. */
error_t page_table_invoke(struct invocation *inv);

#endif
