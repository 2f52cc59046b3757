/* SPDX-License-Identifier: BSD-2-Clause */
/* Host machine: bits of a translation table entry: the target's shape of tables, attributes reduced to what tests look at. */
#ifndef ARCH_HOST_ENTRIES_H
#define ARCH_HOST_ENTRIES_H

#include "object/cap.h"

enum {
    HOST_VALID = 1,
    HOST_TABLE = 2,
    HOST_WRITABLE = 4,
    HOST_USER = 8,
    HOST_EXECUTABLE = 16,
    HOST_CACHEABLE = 32,
    HOST_ACCESSED = 64,
    HOST_DIRTY = 128,
    HOST_MAPPED_READ = 256,
    HOST_MAPPED_WRITE = 512,
    HOST_FLAGS = 0xfff,
};

#endif
