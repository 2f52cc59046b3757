/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recolouring: pages of a space whose frames have other colours than they would get now (policy/colour.h) move to frames that have them (migrate.h), while the space's
 * threads run.
 */
#ifndef PAGER_RECOLOUR_H
#define PAGER_RECOLOUR_H

#include "space.h"

/* Pages that one call looks at, at most. */
#define RECOLOUR_LOOKED 512u

/*
 * recolour_pages: go through private and copy-on-write pages of the space from number `page` on and move at most n. Stops early when no frame of a wanted colour is at hand:
 * more are made ready after the reply, so it is worth calling again. Returns the number of the page to go on with, PAGEMAP_PAGES when all have been looked at;
 * *moved: pages. A space that is being forked stays as it is: `page` comes back.
 */
uint64_t recolour_pages(struct space *s, uint64_t page, uint32_t n, uint64_t *moved);

#endif
