/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page traces: sequences of page numbers, recorded or generated. Format of recorded ones: tests/traces/README.md.
 */
#ifndef PAGODA_TESTS_SIM_TRACE_H
#define PAGODA_TESTS_SIM_TRACE_H

#include <stdbool.h>
#include <stdint.h>

struct access {
    uint32_t page : 31;
    uint32_t write : 1;
};

struct trace {
    struct access *accesses;
    uint32_t length;
    uint32_t pages; /* distinct ones */
    uint32_t end;   /* all page numbers are below it */
};

/* trace_read: a decompressed trace file. False, with a message on stderr, when it cannot be read or is damaged. */
bool trace_read(struct trace *t, const char *path);

/* trace_generate: by name ("cyclic", "zipf", ...), or what the program thrash does: "thrash:PATTERN:PAGES:ACCESSES". The same on every machine. False when
 * there is no such name. */
bool trace_generate(struct trace *t, const char *name);

/* trace_generated: the names, ended by NULL. */
extern const char *const trace_generated[];

void trace_free(struct trace *t);

/* trace_next: for each access the index of the next one to the same page, or the length. To be freed by the caller. */
uint32_t *trace_next(const struct trace *t);

/* A generator of random numbers of our own, so that traces are the same everywhere. */
struct random {
    uint64_t state;
};
uint32_t random_below(struct random *r, uint32_t n);
double random_unit(struct random *r); /* in [0, 1) */

/* trace_count: set pages and end from the accesses. */
void trace_count(struct trace *t);
/* die: message to stderr, exit. */
void die(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
void *allocate(uint64_t count, uint64_t size); /* zeroed; never NULL */

#endif
