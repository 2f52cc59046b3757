/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's C interface, source-compatible with seL4's (MCS, AArch64), and Pagoda's own invocations (names pagoda_*). */
#ifndef SEL4_SEL4_H
#define SEL4_SEL4_H

#include "sel4/bootinfo.h"
#include "sel4/config.h"
#include "sel4/constants.h"
#include "sel4/faults.h"
#include "sel4/syscalls.h"
#include "sel4/types.h"

#include "generated/sel4_stubs.h"

#include "sel4/paging.h"

#include "sel4/registers.h"

#endif
