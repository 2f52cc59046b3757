/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page faults for which everything is at hand: the region found last, the leaf of the page map made last with its translation table, a
 * frame or a capability slot. Nothing else is looked for or made here, and no kernel call: the reply makes the mapping. Most faults are
 * such, and this is what they cost; fault.h serves all others.
 */
#ifndef PAGER_QUICK_H
#define PAGER_QUICK_H

#include "mapping.h"

/* quick_fault: serve one access of a running space. true: *m is what the reply has to map and *kind the kind of fault (FAULT_* of the
 * protocol); false: nothing was done. */
bool quick_fault(struct space *s, uint64_t va, enum access access, struct deferred_mapping *m, uint64_t *kind);

#endif
