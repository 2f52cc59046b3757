/* SPDX-License-Identifier: BSD-2-Clause */
/* Sixteen pages that the TLB may hold as one entry, as 'optimize' shows and steers them. Each returns a STATUS_*. */
#ifndef SHELL_HINT_H
#define SHELL_HINT_H

#include "shell.h"

/* hint_status: whether runs of pages are mapped so, and what came of it since boot, as far as this shell may know. */
int hint_status(const struct shell *shell);

/* hint_set: "on" or "off", as the user wrote it. */
int hint_set(const struct shell *shell, const char *value);

#endif
