/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Filling and copying whole pages (page aligned). The C library's functions have to care for any size and alignment; these run once a
 * fault and care only for time. page_ops.S for the target; the host tests have them in C.
 */
#ifndef PAGER_PAGE_OPS_H
#define PAGER_PAGE_OPS_H

/* page_zero: fill a page with zeros. */
void page_zero(void *page);

/* page_copy: copy a page. */
void page_copy(void *dest, const void *src);

#endif
