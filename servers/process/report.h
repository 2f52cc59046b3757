/* SPDX-License-Identifier: BSD-2-Clause */
/* What is printed when the pager stopped a process: who, why, where, which limit. Pure. */
#ifndef PROCESS_REPORT_H
#define PROCESS_REPORT_H

#include <pagoda/victim_row.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An event of pager.event_next. */
struct report_event {
    uint64_t reason; /* EVENT_* of the pager's protocol */
    uint64_t va;     /* address that was used */
    uint64_t ip;     /* instruction that used it */
    uint64_t detail; /* depends on the reason: ESR, system call number, capability address */
    uint64_t limit;  /* bytes; 0: none */
    uint64_t used;   /* bytes */
};

#define REPORT_MAX 320

/*
 * report_event_text: one line, "pid 7 (deep): stack overflow: ...", with newline.
 *   text  at least REPORT_MAX bytes; always NUL-terminated
 * Returns the length.
 */
size_t report_event_text(char *text, uint64_t pid, const char *name, const struct report_event *event);

/*
 * report_victims_text: the table by which the pager chose whom to end, its title line first, one line for each row; rows of equal or smaller
 * excess may be missing.
 *   text  at least REPORT_VICTIMS_MAX bytes; always NUL-terminated
 *   pids  of the rows; 0: unknown
 * Returns the length.
 */
#define REPORT_VICTIMS_MAX 1024
size_t report_victims_text(char *text, const struct victim_row *rows, const uint64_t *pids, unsigned n);

/*
 * report_time_text: one line, with newline: the kernel refused to cut the time of a process, or to give it back.
 *   text  at least REPORT_MAX bytes
 * Returns the length.
 */
size_t report_time_text(char *text, uint64_t pid, const char *name, bool slowed, unsigned error);

/* report_size: bytes as people say them, "8 MiB", "12 KiB", "100 bytes"; text has at least 32 bytes. Returns text. */
const char *report_size(char *text, uint64_t bytes);

#endif
