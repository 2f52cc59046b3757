/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the block server share: the drives, the volumes, and the wait for something to happen. */
#ifndef BLOCK_SERVER_H
#define BLOCK_SERVER_H

#include "volume.h"
#include <pagoda/startup.h>

extern struct drive drives[BLOCK_DEVICES_MAX];
extern unsigned n_drives;
extern struct volumes volumes;

/* server_now_ns: the time since some moment, ns. */
uint64_t server_now_ns(void);

/* server_wait: sleep until an interrupt, a tick or a signal of the pager came, and serve it. The ring goes on meanwhile. */
void server_wait(void);

/* server_want_ticks: ticks are needed from now on, until nothing is under way any more. */
void server_want_ticks(void);

/* server_own_page: one of the server's own STARTUP_BLOCK_OWN_PAGES I/O pages. */
uint8_t *server_own_page(unsigned i);
uint64_t server_own_page_pa(unsigned i);

#endif
