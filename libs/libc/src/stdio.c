/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stdin, stdout, stderr. All are line buffered, so that a line is one message to the console; what is left goes out before input is read
 * and when the program ends in any way it can notice.
 */
#include <stdio-bufio.h>
#include <stdio.h>
#include <unistd.h>

#include "internal.h"

#define LINE_BYTES 896 /* fits one message to the console */

static char in_buffer[LINE_BYTES], out_buffer[LINE_BYTES], error_buffer[LINE_BYTES];

static ssize_t read_after_flush(int fd, void *data, size_t size)
{
    streams_flush();
    return read(fd, data, size);
}

static struct __file_bufio in = FDEV_SETUP_BUFIO(STDIN_FILENO, in_buffer, LINE_BYTES, read_after_flush, write, lseek, close, __SRD, 0);
static struct __file_bufio out = FDEV_SETUP_BUFIO(STDOUT_FILENO, out_buffer, LINE_BYTES, read, write, lseek, close, __SWR, __BLBF);
static struct __file_bufio error = FDEV_SETUP_BUFIO(STDERR_FILENO, error_buffer, LINE_BYTES, read, write, lseek, close, __SWR, __BLBF);

FILE *const stdin = &in.xfile.cfile.file;
FILE *const stdout = &out.xfile.cfile.file;
FILE *const stderr = &error.xfile.cfile.file;

void streams_flush(void)
{
    fflush(stdout);
    fflush(stderr);
}

/* Destructors without priority run before this one: their output is still seen. */
__attribute__((destructor(101))) static void flush_at_exit(void)
{
    streams_flush();
}
