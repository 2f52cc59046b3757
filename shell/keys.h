/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys from the bytes that a terminal sends; its answer to SCREEN_ASK_SIZE comes as a key too. Pure. */
#ifndef SHELL_KEYS_H
#define SHELL_KEYS_H

/* Other keys are their byte: ^C is 3, Enter 13. */
enum {
    KEY_NONE = 0, /* in the middle of a sequence, or one without meaning here */
    KEY_UP = 0x100,
    KEY_DOWN,
    KEY_LEFT,
    KEY_RIGHT,
    KEY_ESCAPE,
    KEY_SIZE, /* the size of the terminal is in keys.rows, keys.columns */
};

struct keys {
    unsigned state;         /* see keys.c */
    unsigned numbers[2], n; /* of the sequence so far */
    unsigned rows, columns;
};

/* keys_feed: one byte; start with a zeroed struct. */
int keys_feed(struct keys *k, unsigned char byte);

/* keys_pause: nothing came for a while: an Escape that no sequence followed was the key of that name. */
int keys_pause(struct keys *k);

#endif
