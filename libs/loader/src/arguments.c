/* SPDX-License-Identifier: BSD-2-Clause */
#include <loader/arguments.h>
#include <string.h>

enum { AUX_NULL = 0, AUX_PAGE_SIZE = 6 };

static uint64_t count_strings(const uint8_t *strings, uint64_t length)
{
    uint64_t n = 0;
    for (uint64_t i = 0; i < length; i++) {
        n += strings[i] == 0;
    }
    return n;
}

enum arguments_status arguments_build(const uint8_t *strings, uint64_t length, uint64_t top, struct arguments_block *out)
{
    if (length > ARGUMENTS_MAX_BYTES) {
        return ARGUMENTS_TOO_LONG;
    }
    if (length == 0 || strings[length - 1] != 0) {
        return ARGUMENTS_UNTERMINATED;
    }
    uint64_t argc = count_strings(strings, length);
    if (argc > ARGUMENTS_MAX_COUNT) {
        return ARGUMENTS_TOO_LONG;
    }
    uint64_t n_words = 1 + argc + 1 + 1 + 4;
    uint64_t block = (n_words * 8 + length + 15) & ~15ull;
    uint64_t sp = top - block;
    uint64_t string_va = sp + n_words * 8;

    memset(out, 0, sizeof(*out));
    out->sp = sp;
    out->length = block;
    out->argc = argc;
    memcpy(out->bytes + n_words * 8, strings, length);
    uint64_t *word = out->words;
    *word++ = argc;
    for (uint64_t i = 0; i < length; i++) {
        if (i == 0 || strings[i - 1] == 0) {
            *word++ = string_va + i;
        }
    }
    *word++ = 0; /* end of argv */
    *word++ = 0; /* empty environment */
    *word++ = AUX_PAGE_SIZE;
    *word++ = 4096;
    *word++ = AUX_NULL;
    *word = 0;
    return ARGUMENTS_OK;
}
