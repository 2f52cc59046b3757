/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copy-on-write copies of spaces. Frames are counted flat: each page map entry that holds a frame is one reference, whatever the
 * order of forks was, so exits in any order cost nothing extra. Leaves of the page map are copied on write themselves (pagemap.h): a
 * fork costs by leaves, and a child that ends soon never cost more. Only the first fork after pages were written goes through their
 * entries, to make them copy-on-write.
 */
#ifndef PAGER_FORK_H
#define PAGER_FORK_H

#include "space.h"

/* space_fork: 0 and the child, or PAGODA_ERR_NO_MEMORY or _TOO_MANY with the parent's contents unchanged. */
uint64_t space_fork(struct space *parent, struct space **child);

#endif
