/* SPDX-License-Identifier: BSD-2-Clause */
/* The pager's history of pressure. */
#ifndef SHELL_PRESSURE_HISTORY_H
#define SHELL_PRESSURE_HISTORY_H

#include "pressure_view.h"

/* pressure_history_read: all that the pager keeps, newest first. Returns a pagoda error. */
int pressure_history_read(struct pressure_history *history);

#endif
