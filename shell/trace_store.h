/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the command `trace` gets recorded traces from, and where it keeps them: the pager, and trace volumes. pagoda/trace_file.h has the format. */
#ifndef SHELL_TRACE_STORE_H
#define SHELL_TRACE_STORE_H

#include "replay/replay.h"

/* A trace in memory, its header sealed. words: malloc; NULL: none. */
struct trace_copy {
    struct trace_file file;
    uint64_t *words;
};

/* trace_copy_free: also of one that is empty. */
void trace_copy_free(struct trace_copy *copy);

/* trace_from_pager: the one that was recorded last. Returns STATUS_*, with a message. */
int trace_from_pager(struct trace_copy *copy);

/* trace_to_volume, trace_from_volume: to and from the blocks behind the header of a trace volume. Nothing of the copy changes when the latter fails. */
int trace_to_volume(const struct trace_copy *copy, uint64_t volume);
int trace_from_volume(struct trace_copy *copy, uint64_t volume);

#endif
