/* SPDX-License-Identifier: BSD-2-Clause */
#include <drivers/disk.h>

unsigned disk_segments_merged(const struct disk_transfer *transfer, struct disk_segment merged[DISK_SEGMENTS_MAX])
{
    unsigned n = 0;
    for (unsigned i = 0; i < transfer->n_segments; i++) {
        const struct disk_segment *s = &transfer->segments[i];
        if (n != 0 && merged[n - 1].pa + merged[n - 1].bytes == s->pa) {
            merged[n - 1].bytes += s->bytes;
        } else {
            merged[n++] = *s;
        }
    }
    return n;
}
