/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the generated half of a protocol's test (generated/SERVER_test.c) and the general one (dispatch_test.c). */
#ifndef ABI_TEST_H
#define ABI_TEST_H

#include <check.h>
#include <stdbool.h>
#include <stdint.h>

#include "pagoda/layout.h"
#include "server/server.h"

#define FAKE_ENDPOINT 11
#define FAKE_REPLY 12
#define FAKE_CAP 13

enum field_type { FIELD_WORD, FIELD_STRING, FIELD_BYTES, FIELD_COUNTS };

struct field {
    const char *name;
    enum field_type type;
    uint64_t min, max; /* of a word; max of the others: bytes or words */
};

struct operation {
    const char *name;
    uint64_t number;
    unsigned callers;                /* bit mask of badge kinds */
    const struct field *fields;
    unsigned n_fields;
    unsigned reply_words;            /* of the reply when every string and byte sequence in it is as long as it can be */
    bool reply_has_cap;
    unsigned n_caps;                 /* that the request must bring */
    int (*call)(void);               /* client stub with pattern arguments; checks the pattern of the reply on success */
    void (*answer)(uint64_t error);  /* deferred answer with the pattern, or an error */
};

struct protocol {
    const char *name;
    const struct operation *operations;
    unsigned n_operations;
    void (*dispatch)(struct server_call *call);
    const char *(*operation_name)(uint64_t operation);
};
extern const struct protocol protocol;

/* What the fakes do and have seen. */
struct fake {
    struct server server;
    bool check_pattern;      /* handlers compare their arguments with the pattern */
    uint64_t handler_result; /* what handlers return */
    unsigned handled;        /* calls of handlers */
    uint64_t badge;          /* with which the fake kernel delivers calls */
    bool bad_kernel;         /* the fake kernel answers by itself: `kernel_info` */
    uint64_t kernel_info;
    unsigned shorter, longer; /* words by which the answer is changed on its way */
    bool lose_cap;
    uint64_t sent_label;     /* last server_reply */
    unsigned sent_length;
    uint64_t sent_cap, sent_to;
};
extern struct fake fake;

/* handler_result: counts, and returns what the test wants. */
uint64_t handler_result(struct server_call *call);

/* The pattern of a field depends on its place only. Strings and bytes have their greatest length. */
uint64_t pattern_word(unsigned seed, uint64_t min, uint64_t max);
void pattern_string(char *text, unsigned seed, uint64_t max);
uint64_t pattern_bytes(uint8_t *data, unsigned seed, uint64_t max);
void pattern_counts(uint64_t *counts, unsigned seed, uint64_t n);

#endif
