/* SPDX-License-Identifier: BSD-2-Clause */
/* The share of memory that compressed pages may take, as 'optimize' shows and moves it. Each says what it did, and returns a STATUS_*. */
#ifndef SHELL_BALANCE_H
#define SHELL_BALANCE_H

#include <stdbool.h>

/* balance_dry: what would be decided now. balance_run: decides it. balance_status: the share, its bounds, and what a page takes on either way. */
int balance_dry(void);
int balance_run(void);
int balance_status(void);

/* balance_switch: whether it is decided by itself. balance_between: the bounds, in hundredths of memory, as the user wrote them. */
int balance_switch(bool on);
int balance_between(const char *low, const char *high);

#endif
