/* SPDX-License-Identifier: BSD-2-Clause */
/* `swap format`, `disk format` and `trace format`: a volume gets Pagoda's header. */
#ifndef SHELL_FORMAT_H
#define SHELL_FORMAT_H

#include "command.h"

#include <sel4/sel4.h>

/* block_format or block_trace_format. */
typedef int format_operation(seL4_CPtr endpoint, uint64_t volume, uint64_t force, uint64_t id0, uint64_t id1);

/* format_volume: argv is `COMMAND format VOLUME [force]`; what_for: told when it is done. Returns STATUS_*, with a message in the command's name when it is not OK;
 * nothing is changed then. */
int format_volume(const struct command *command, int argc, char **argv, format_operation *operation, const char *what_for);

#endif
