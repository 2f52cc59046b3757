/* SPDX-License-Identifier: BSD-2-Clause */
#include "page_ops.h"

#include <string.h>

void page_zero(void *page)
{
    memset(page, 0, 4096);
}

void page_copy(void *dest, const void *src)
{
    memcpy(dest, src, 4096);
}
