/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers with units, read and written. Pure. */
#ifndef SHELL_TEXT_H
#define SHELL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TEXT_NUMBER_MAX 24 /* bytes of the longest text that the writers below make, NUL included */

/* A short text by value, so that several fit into one printf. */
struct text {
    char s[TEXT_NUMBER_MAX];
};

/* text_parse_number: decimal, or hexadecimal after 0x; the whole string, no sign. False when it is not that or above 2^64 - 1. */
bool text_parse_number(const char *s, uint64_t *value);

/* text_parse_size: a number of bytes with an optional unit K, M, G (powers of 1024; also KiB, MiB, GiB, either case) or B.
 * False when it is not that or above 2^64 - 1. */
bool text_parse_size(const char *s, uint64_t *bytes);

/* text_parse_switch: "on" or "off"; false when it is neither. */
bool text_parse_switch(const char *s, bool *on);

/* text_parse_choice: the index of `s` among the n names; n when it is none of them. */
unsigned text_parse_choice(const char *s, const char *const *names, unsigned n);

/* text_size: bytes in the largest unit that gives at least 1: "512 B", "64 KiB", "1.5 MiB" (one decimal, rounded, unless whole). */
struct text text_size(uint64_t bytes);

/* text_time: "850 ns", "3.2 us", "12.4 ms", "1.53 s": at least three digits until seconds, then two decimals. */
struct text text_time(uint64_t ns);

/* text_time_short: in at most six characters up to 99999 s: "850ns", "3.2us", "124ms", "1.5s"; decimals below 10, of seconds below 100. */
struct text text_time_short(uint64_t ns);

/* text_percent: part of whole, one decimal, rounded: "37.5 %"; "-" when whole is 0. */
struct text text_percent(uint64_t part, uint64_t whole);

/* text_ratio: numerator / denominator with `decimals` (0..3) decimals, rounded; "-" when the denominator is 0. */
struct text text_ratio(uint64_t numerator, uint64_t denominator, unsigned decimals);

/* text_size_short: bytes in at most five characters: "512", "64K", "1.5M", "1023M". */
struct text text_size_short(uint64_t bytes);

/* text_short: a count in at most five characters: "9999", "12.3k", "4.5M", "123M". */
struct text text_short(uint64_t count);

#endif
