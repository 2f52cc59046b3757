/* SPDX-License-Identifier: BSD-2-Clause */
/* Boot arguments: words separated by blanks, KEY=VALUE. Pure. */
#ifndef BOOT_ARGUMENTS_H
#define BOOT_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct argument {
    const char *value; /* not terminated */
    size_t length;
};

/* argument_find: the value of the last word `key`=... Words without this key are skipped, whatever they are. */
bool argument_find(const char *text, const char *key, struct argument *out);
bool argument_is(const struct argument *a, const char *text);
/* argument_number: decimal, or hexadecimal with 0x. False: not a number or above UINT64_MAX. */
bool argument_number(const struct argument *a, uint64_t *value);
/* argument_size: a number with an optional K, M or G (powers of 1024, either case). */
bool argument_size(const struct argument *a, uint64_t *bytes);
/* argument_item: the item of a comma-separated value at *position, which moves on; false at the end. */
bool argument_item(const struct argument *a, size_t *position, struct argument *item);

#endif
