/* SPDX-License-Identifier: BSD-2-Clause */
/* Debug builds: does everything that the kernel's structures promise about each other hold? For tests and fuzzers. */
#ifndef KERNEL_STATE_CHECK_H
#define KERNEL_STATE_CHECK_H

/* kernel_check: walk through all capabilities and what they name; stops the kernel at the first broken invariant. Between kernel entries only.
 *   share  the checks that take time quadratic in the number of capabilities are made for one capability and one mapping out of `share`, others each time;
 *          1: for all
 * Gives the number of capabilities. */
unsigned kernel_check(unsigned share);

#endif
