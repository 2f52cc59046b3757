/* SPDX-License-Identifier: BSD-2-Clause */
/* The handlers of the block protocol (protocol.c), and what they need of main.c. */
#ifndef BLOCK_PROTOCOL_H
#define BLOCK_PROTOCOL_H

#include "pager_ring.h"

/* server_ring: for its counters. */
const struct pager_ring *server_ring(void);

#endif
