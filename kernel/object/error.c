/* SPDX-License-Identifier: BSD-2-Clause */
/* What errors say in words; see error.h, ABI section 4. */
#include "object/error.h"
#include "object/cnode.h"

/* How the detail of a failed lookup is packed: bits left and guard size are at most 127. */
enum { LOOKUP_SOURCE_SHIFT = 0, LOOKUP_KIND_SHIFT = 8, LOOKUP_LEFT_SHIFT = 16, LOOKUP_GUARD_SIZE_SHIFT = 24 };

error_t failed_lookup(bool source, const struct lookup_failure *failure)
{
    word_t detail = (word_t)source << LOOKUP_SOURCE_SHIFT | failure->kind << LOOKUP_KIND_SHIFT | failure->w[0] << LOOKUP_LEFT_SHIFT |
                    failure->w[2] << LOOKUP_GUARD_SIZE_SHIFT;
    return (error_t){.code = ERR_FAILED_LOOKUP, .detail = detail, .w = failure->w[1]};
}

static unsigned failed_lookup_words(error_t error, word_t words[ERROR_WORDS_MAX])
{
    struct lookup_failure failure = {.kind = error.detail >> LOOKUP_KIND_SHIFT & 0xff};
    words[0] = error.detail >> LOOKUP_SOURCE_SHIFT & 1;
    words[1] = failure.kind;
    words[2] = error.detail >> LOOKUP_LEFT_SHIFT & 0xff;
    words[3] = error.w;
    words[4] = error.detail >> LOOKUP_GUARD_SIZE_SHIFT & 0xff;
    return 1 + lookup_failure_words(&failure);
}

unsigned error_words(error_t error, word_t words[ERROR_WORDS_MAX])
{
    switch (error.code) {
    case ERR_FAILED_LOOKUP:
        return failed_lookup_words(error, words);
    case ERR_RANGE:
        words[0] = error.detail;
        words[1] = error.w;
        return 2;
    case ERR_INVALID_ARGUMENT:
    case ERR_INVALID_CAPABILITY:
    case ERR_NOT_ENOUGH_MEMORY:
        words[0] = error.w;
        return 1;
    default:
        return 0;
    }
}
