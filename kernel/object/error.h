/* SPDX-License-Identifier: BSD-2-Clause */
/* Errors of invocations: a value that says what is wrong and where; kernel/entry turns it into the reply message. */
#ifndef KERNEL_OBJECT_ERROR_H
#define KERNEL_OBJECT_ERROR_H

#include "object/thread.h"

enum { /* seL4_Error */
    ERR_NONE = 0,
    ERR_INVALID_ARGUMENT = 1,
    ERR_INVALID_CAPABILITY = 2,
    ERR_ILLEGAL_OPERATION = 3,
    ERR_RANGE = 4,
    ERR_ALIGNMENT = 5,
    ERR_FAILED_LOOKUP = 6,
    ERR_TRUNCATED_MESSAGE = 7,
    ERR_DELETE_FIRST = 8,
    ERR_REVOKE_FIRST = 9,
    ERR_NOT_ENOUGH_MEMORY = 10,
    ERR_PREEMPTED = 0x100, /* not an answer: the whole system call is done again after the interrupt */
    ERR_NO_REPLY = 0x101,  /* success, but the caller's registers must not be touched (it was suspended, rewritten, or answered later) */
};

/* An error fits two registers, so handlers can pass it up for nothing. error_words spells it out.
 *   code  ERR_*; of a RANGE error also its minimum and of a FAILED_LOOKUP some small numbers, from bit ERROR_DETAIL_SHIFT up
 *   w     RANGE: maximum | NOT_ENOUGH_MEMORY: bytes | INVALID_ARGUMENT, INVALID_CAPABILITY: index | FAILED_LOOKUP: guard, or bits found */
typedef struct error {
    uint64_t code;
    uint64_t w;
} error_t;
enum { ERROR_DETAIL_SHIFT = 16 };
static inline unsigned error_code(error_t error) { return (unsigned)(error.code & MASK(ERROR_DETAIL_SHIFT)); }

enum { ERROR_WORDS_MAX = 5 };
/* error_words: the message words of an error; gives how many there are. */
unsigned error_words(error_t error, word_t words[ERROR_WORDS_MAX]);

static inline error_t error_plain(unsigned code) { return (error_t){.code = code}; }
static inline error_t ok(void) { return error_plain(ERR_NONE); }
static inline error_t invalid_argument(word_t index) { return (error_t){ERR_INVALID_ARGUMENT, index}; }
static inline error_t invalid_capability(word_t index) { return (error_t){ERR_INVALID_CAPABILITY, index}; }
static inline error_t illegal_operation(void) { return error_plain(ERR_ILLEGAL_OPERATION); }
/* range_error: min below 2^48 (a count or a user address). */
static inline error_t range_error(word_t min, word_t max) { return (error_t){ERR_RANGE | min << ERROR_DETAIL_SHIFT, max}; }
static inline error_t alignment_error(void) { return error_plain(ERR_ALIGNMENT); }
static inline error_t truncated_message(void) { return error_plain(ERR_TRUNCATED_MESSAGE); }
static inline error_t delete_first(void) { return error_plain(ERR_DELETE_FIRST); }
static inline error_t revoke_first(void) { return error_plain(ERR_REVOKE_FIRST); }
static inline error_t not_enough_memory(word_t bytes) { return (error_t){ERR_NOT_ENOUGH_MEMORY, bytes}; }
NOINLINE error_t failed_lookup(bool source, const struct lookup_failure *failure);
static inline error_t preempted(void) { return error_plain(ERR_PREEMPTED); }

/*
 * An invocation: one message sent to a kernel object, decoded as far as every object needs it. Words beyond the registers are read from the sender's IPC
 * buffer, once each, through invocation_word. Generated readers (generated/invocations.h) turn it into one struct per method.
 */
struct invocation {
    struct thread *caller;
    struct slot *slot;       /* the invoked capability's slot */
    word_t label;
    word_t length;           /* 0..120 */
    unsigned n_caps;         /* extra capabilities present and looked up, 0..3 */
    struct slot *caps[3];
    const word_t *buffer;    /* sender's IPC buffer (msg[0] at buffer + 1) or NULL */
    bool is_call;            /* an answer is expected */
    unsigned n_results;      /* words set by invocation_result */
};
static inline word_t invocation_word(const struct invocation *inv, unsigned i)
{
    return i < 4 ? arch_mr(&inv->caller->context, i) : inv->buffer[1 + i];
}
/* invocation_result: give result word i (0..119) of a successful call; only effective when is_call. Set in ascending order. */
void invocation_result(struct invocation *inv, unsigned i, word_t value);

#endif
