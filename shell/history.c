/* SPDX-License-Identifier: BSD-2-Clause */
#include "history.h"

#include <string.h>

void history_add(struct history *h, const char *line)
{
    const char *newest = history_get(h, 1);
    size_t length = strlen(line);
    if (length == 0 || length > PARSE_LINE_MAX || (newest != NULL && strcmp(newest, line) == 0))
        return;
    memcpy(h->lines[h->next], line, length + 1);
    h->next = (h->next + 1) % HISTORY_LINES;
    if (h->n < HISTORY_LINES)
        h->n++;
}

const char *history_get(const struct history *h, unsigned age)
{
    if (age == 0 || age > h->n)
        return NULL;
    return h->lines[(h->next + HISTORY_LINES - age) % HISTORY_LINES];
}
