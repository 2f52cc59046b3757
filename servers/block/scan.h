/* SPDX-License-Identifier: BSD-2-Clause */
/* What is on the disks: at start, and before a format. These functions wait for the device (own_io.h). */
#ifndef BLOCK_SCAN_H
#define BLOCK_SCAN_H

#include "server.h"

/* scan_disks: fill `volumes` from every drive that is usable. */
void scan_disks(void);

/* scan_format: see block.format and block.trace_format; content: BLOCK_CONTENT_SWAP or BLOCK_CONTENT_TRACE. Returns 0 or an enum pagoda_error. */
uint64_t scan_format(struct volume *volume, uint8_t content, bool force, uint64_t id0, uint64_t id1);

#endif
