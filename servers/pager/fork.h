/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copy-on-write copies of spaces. Frames are counted flat: each page map entry that holds a frame is one reference, whatever the
 * order of forks was, so exits in any order cost nothing extra. Leaves of the page map are copied on write themselves (pagemap.h): a
 * fork costs by leaves, and a child that ends soon never cost more. Only the first fork after pages were written goes through their
 * entries, to make them copy-on-write.
 *
 * A parent with a large page map is made ready in parts: leaves are frozen (pagemap.h), PAGEMAP_DROPPED of them for each request, before anything is copied.
 * That changes nothing that the parent could see: a page that it writes meanwhile is its own again after one fault, and the leaf is frozen once more in the
 * end. So the copy is still of one moment, in which all leaves are shared, some 200 instructions each.
 */
#ifndef PAGER_FORK_H
#define PAGER_FORK_H

#include "space.h"

/* space_fork: 0 and the child, or PAGODA_ERR_NO_MEMORY, _TOO_MANY or _OVER_LIMIT with the parent's contents unchanged; PAGODA_ERR_WOULD_BLOCK: a part of
 * making it ready is done, and it has to be asked for again. */
uint64_t space_fork(struct space *parent, struct space **child);

#endif
