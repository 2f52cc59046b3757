/* SPDX-License-Identifier: BSD-2-Clause */
/* Start of the pager: from the start block that init left to all modules ready. */
#ifndef PAGER_BOOT_H
#define PAGER_BOOT_H

#include "kernel_if.h"

#include <pagoda/startup.h>

/* Capabilities of the loop in main.c, in root slots for short lookups. */
extern cptr_t pager_endpoint, pager_reply;

/* pager_boot: set everything up. Stops the pager with a message when the start block is wrong or memory does not suffice. */
void pager_boot(const struct pager_start *start);

/* pager_colours: the machine's cache has so many page colours; after pager_boot, before the first space is made. */
void pager_colours(uint64_t colours);

#endif
