/* SPDX-License-Identifier: BSD-2-Clause */
/* What errors say in words; see error.h, ABI section 4. */
#include "object/error.h"
#include "object/cnode.h"

/* Where a failed lookup has its small numbers in error_t.code: bits left and guard size are at most 127. */
enum { LOOKUP_SOURCE_SHIFT = ERROR_DETAIL_SHIFT, LOOKUP_KIND_SHIFT = 24, LOOKUP_LEFT_SHIFT = 32, LOOKUP_GUARD_SIZE_SHIFT = 40 };

error_t failed_lookup(bool source, const struct lookup_failure *failure)
{
    word_t code = ERR_FAILED_LOOKUP | (word_t)source << LOOKUP_SOURCE_SHIFT | failure->kind << LOOKUP_KIND_SHIFT |
                  failure->w[0] << LOOKUP_LEFT_SHIFT | failure->w[2] << LOOKUP_GUARD_SIZE_SHIFT;
    return (error_t){code, failure->w[1]};
}

static unsigned failed_lookup_words(error_t error, word_t words[ERROR_WORDS_MAX])
{
    struct lookup_failure failure = {.kind = error.code >> LOOKUP_KIND_SHIFT & 0xff};
    words[0] = error.code >> LOOKUP_SOURCE_SHIFT & 1;
    words[1] = failure.kind;
    words[2] = error.code >> LOOKUP_LEFT_SHIFT & 0xff;
    words[3] = error.w;
    words[4] = error.code >> LOOKUP_GUARD_SIZE_SHIFT & 0xff;
    return 1 + lookup_failure_words(&failure);
}

unsigned error_words(error_t error, word_t words[ERROR_WORDS_MAX])
{
    switch (error_code(error)) {
    case ERR_FAILED_LOOKUP:
        return failed_lookup_words(error, words);
    case ERR_RANGE:
        words[0] = error.code >> ERROR_DETAIL_SHIFT;
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
