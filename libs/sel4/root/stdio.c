/* SPDX-License-Identifier: BSD-2-Clause */
/* Standard output of a root task: character by character to where root_set_output says. No input. */
#include <stdio.h>

#include "sel4/root.h"

#ifdef PAGODA_DEBUG
static void (*output)(char c) = seL4_DebugPutChar;
#else
static void (*output)(char c);
#endif

void root_set_output(void (*put)(char c))
{
    output = put;
}

void root_putchar(char c)
{
    if (output)
        output(c);
}

static int stream_put(char c, FILE *stream)
{
    (void)stream;
    if (c == '\n')
        root_putchar('\r');
    root_putchar(c);
    return (unsigned char)c;
}

static int stream_get(FILE *stream)
{
    (void)stream;
    return EOF;
}

static FILE console = FDEV_SETUP_STREAM(stream_put, stream_get, NULL, _FDEV_SETUP_RW);
FILE *const stdin = &console;
FILE *const stdout = &console;
FILE *const stderr = &console;
