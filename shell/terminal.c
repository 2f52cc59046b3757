/* SPDX-License-Identifier: BSD-2-Clause */
#include "terminal.h"

#include "generated/console_client.h"
#include "generated/errors.h"
#include "pagoda/layout.h"

#define SIZE_WAIT_MS 500
#define SEQUENCE_MS 100 /* after this an Escape is a key of its own */

int terminal_key(struct keys *keys, uint64_t timeout_ms)
{
    static struct console_read_within_reply reply;
    if (keys->state != 0 && timeout_ms > SEQUENCE_MS)
        timeout_ms = SEQUENCE_MS;
    int error = console_read_within(LAYOUT_CAP_CONSOLE, 1, timeout_ms, &reply);
    if (error == PAGODA_ERR_WOULD_BLOCK)
        return keys_pause(keys);
    if (error != PAGODA_OK || reply.data.len != 1)
        return TERMINAL_LOST;
    return keys_feed(keys, reply.data.data[0]);
}

void terminal_ask_size(void)
{
    fputs(SCREEN_ASK_SIZE, stdout);
    fflush(stdout);
}

/* Until the terminal has answered or said nothing for a while. Keys typed ahead of the answer are lost. */
static int wait_for_size(struct keys *keys)
{
    struct console_read_within_reply reply;
    int key = KEY_NONE;
    terminal_ask_size();
    while (key != KEY_SIZE) {
        if (console_read_within(LAYOUT_CAP_CONSOLE, 1, SIZE_WAIT_MS, &reply) != PAGODA_OK || reply.data.len != 1)
            return KEY_NONE;
        key = keys_feed(keys, reply.data.data[0]);
    }
    return key;
}

void terminal_enter(struct keys *keys, struct screen *screen)
{
    *keys = (struct keys){0};
    fputs(SCREEN_ENTER, stdout);
    if (wait_for_size(keys) == KEY_SIZE)
        screen_begin(screen, keys->rows, keys->columns);
    else
        screen_begin(screen, TERMINAL_ROWS, TERMINAL_COLUMNS);
}

void terminal_leave(void)
{
    fputs(SCREEN_LEAVE, stdout);
    fflush(stdout);
}
