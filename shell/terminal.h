/* SPDX-License-Identifier: BSD-2-Clause */
/* The terminal of a command that takes the whole screen: keys with a time limit, entering and leaving. The console is in raw mode
 * whenever the shell itself reads. */
#ifndef SHELL_TERMINAL_H
#define SHELL_TERMINAL_H

#include "keys.h"
#include "screen.h"

#include <stdint.h>

#define TERMINAL_ROWS 24 /* when the terminal does not tell */
#define TERMINAL_COLUMNS 80
#define TERMINAL_LOST (-1) /* instead of a key: the console gives no input any more */

#define KEY_CTRL_C 3
#define KEY_CTRL_L 12
#define KEY_ENTER 13

/* terminal_enter: take the screen and set its size, as the terminal tells or as above. */
void terminal_enter(struct keys *keys, struct screen *screen);

/* terminal_leave: give the screen back. */
void terminal_leave(void);

/* terminal_ask_size: the answer comes as KEY_SIZE. */
void terminal_ask_size(void);

/* terminal_key: the next key; KEY_NONE when none came within the time (kept to a tenth of a second), or in the
 * middle of a sequence. */
int terminal_key(struct keys *keys, uint64_t timeout_ms);

#endif
