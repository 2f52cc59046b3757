/* SPDX-License-Identifier: BSD-2-Clause */
/* `stats json`: all that the shell knows, as one JSON document for programs. docs/shell.md lists the keys; they stay as they are. */
#ifndef SHELL_STATS_JSON_H
#define SHELL_STATS_JSON_H

#include "shell.h"

/* stats_json: read everything, then print it. Returns a status; prints nothing on stdout when a server does not answer. */
int stats_json(const struct shell *shell);

#endif
