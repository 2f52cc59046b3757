/* SPDX-License-Identifier: BSD-2-Clause */
#include "share.h"

#include "text.h"

#include "pagoda/layout.h"

#include <string.h>

/* value_of: what follows this name in the word, NULL: it has another name. */
static const char *value_of(const char *word, const char *name)
{
    size_t length = strlen(name);
    return strncmp(word, name, length) == 0 ? word + length : NULL;
}

bool share_is_word(const char *word) { return value_of(word, "min=") || value_of(word, "weight=") || value_of(word, "max="); }

static bool parse_pages(const char *text, uint64_t *pages)
{
    uint64_t bytes;
    if (!text_parse_size(text, &bytes))
        return false;
    *pages = bytes / PAGE_SIZE;
    return true;
}

bool share_parse(const char *word, struct share *share)
{
    const char *value;
    if ((value = value_of(word, "min=")) != NULL) {
        share->share = true;
        return parse_pages(value, &share->min_pages);
    }
    if ((value = value_of(word, "weight=")) != NULL) {
        share->share = true;
        return text_parse_number(value, &share->weight) && share->weight >= 1 && share->weight <= SHARE_WEIGHT_MAX;
    }
    if ((value = value_of(word, "max=")) == NULL)
        return false;
    share->max = true;
    share->max_pages = 0;
    return strcmp(value, "none") == 0 || (parse_pages(value, &share->max_pages) && share->max_pages > 0);
}
