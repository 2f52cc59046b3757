/* SPDX-License-Identifier: BSD-2-Clause */
/* The operations of the host tests under other names. */
#define page_zero reference_page_zero
#define page_copy reference_page_copy
#define page_fill reference_page_fill
#define page_same reference_page_same
#define page_common reference_page_common
#define page_checksum reference_page_checksum
#include "../../host/servers/pager/page_ops.c"
