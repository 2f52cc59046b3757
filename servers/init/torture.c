/* SPDX-License-Identifier: BSD-2-Clause */
#include "torture.h"

#ifdef PAGODA_DEBUG

#include "machine.h"
#include <stdio.h>
#include <string.h>

/* Their values as the pager has them: EVICT_* of its state.h. */
static const struct {
    const char *name;
    uint64_t value;
} evict_flags[] = {{"evict-always", 2}, {"compress-always", 4}, {"writeback-always", 5}};

static const char *find_word(const char *arguments, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = arguments; *at; at += strcspn(at, " \t\n"), at += strspn(at, " \t\n")) {
        if (strncmp(at, word, length) == 0 && strchr(" \t\n=", at[length])) {
            return at + length;
        }
    }
    return NULL;
}

static void read_evict(const char *arguments, struct torture *out)
{
    const char *first = NULL;
    for (unsigned i = 0; i < sizeof(evict_flags) / sizeof(evict_flags[0]); i++) {
        const char *name = evict_flags[i].name, *end = find_word(arguments, name);
        if (end && *end == '=') {
            snprintf(out->message, sizeof(out->message), "%s takes no value", name);
        } else if (end && first) {
            snprintf(out->message, sizeof(out->message), "%s and %s exclude each other", first, name);
        } else if (end) {
            first = name;
            out->evict = evict_flags[i].value;
        }
    }
}

static uint64_t read_number(const char *arguments, const char *key, uint64_t least, struct torture *out)
{
    char value[24];
    uint64_t n = 0;
    int length = machine_argument(arguments, key, value, sizeof(value));
    if (length != MACHINE_ARGUMENT_ABSENT && (length <= 0 || !machine_number(value, least, UINT32_MAX, &n))) {
        snprintf(out->message, sizeof(out->message), "%s= wants a number from %lu to %lu", key, (unsigned long)least, (unsigned long)UINT32_MAX);
    }
    return n;
}

void torture_read(const char *arguments, struct torture *out)
{
    *out = (struct torture){.evict = 0};
    read_evict(arguments, out);
    out->fail_io = read_number(arguments, "fail-io", 1, out);
    out->fail_alloc = read_number(arguments, "fail-alloc", TORTURE_FAIL_ALLOC_MIN, out);
}

#endif
