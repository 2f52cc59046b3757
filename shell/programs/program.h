/* SPDX-License-Identifier: BSD-2-Clause */
/* What the client programs have in common: wrong arguments, errors, files read whole, time. */
#ifndef SHELL_PROGRAMS_PROGRAM_H
#define SHELL_PROGRAMS_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MIB (1024ull * 1024)
#define PAGE 4096ull

#define EXIT_USAGE 2

/* program_usage: say what is wrong and how `name` is called, on standard error; exit with EXIT_USAGE. */
_Noreturn void program_usage(const char *name, const char *why, ...) __attribute__((format(printf, 2, 3), nonnull(2)));

/* program_number: an argument that must be a number from least to most; otherwise program_usage. */
uint64_t program_number(const char *name, const char *argument, uint64_t least, uint64_t most);

/* program_error: "name: what: reason of errno" on standard error. Returns 1, for `return program_error(...)`. */
int program_error(const char *name, const char *what);

/* program_map: anonymous memory, lazily allocated, of `bytes`; exits with a message and status 1 when it is refused. */
void *program_map(const char *name, uint64_t bytes);

/* program_read: a whole file, or the standard input for NULL, in memory from malloc that the caller may free.
 * Returns false with errno set. An empty file gives *data that is not NULL. */
bool program_read(const char *path, uint8_t **data, size_t *length);

/* program_ns: the machine's counter in nanoseconds. */
uint64_t program_ns(void);

#endif
