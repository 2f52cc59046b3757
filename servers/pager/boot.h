/* SPDX-License-Identifier: BSD-2-Clause */
/* Start of the pager: from the start block that init left to all modules ready. */
#ifndef PAGER_BOOT_H
#define PAGER_BOOT_H

#include <pagoda/startup.h>

/* pager_boot: set everything up. Stops the pager with a message when the start block is wrong or memory does not suffice. */
void pager_boot(const struct pager_start *start);

#endif
