/* SPDX-License-Identifier: BSD-2-Clause */
/* What is printed when the pager stopped a process: who, why, where, which limit. Pure. */
#ifndef PROCESS_REPORT_H
#define PROCESS_REPORT_H

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

/* report_size: bytes as people say them, "8 MiB", "12 KiB", "100 bytes"; text has at least 32 bytes. Returns text. */
const char *report_size(char *text, uint64_t bytes);

#endif
