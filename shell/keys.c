/* SPDX-License-Identifier: BSD-2-Clause */
#include "keys.h"

#define ESCAPE 0x1b
#define NUMBER_MAX 9999

enum { GROUND, AFTER_ESCAPE, IN_SEQUENCE };

static int final_key(struct keys *k, unsigned char byte)
{
    switch (byte) {
    case 'A':
        return KEY_UP;
    case 'B':
        return KEY_DOWN;
    case 'C':
        return KEY_RIGHT;
    case 'D':
        return KEY_LEFT;
    case 'R':
        if (k->n != 1)
            return KEY_NONE;
        k->rows = k->numbers[0];
        k->columns = k->numbers[1];
        return KEY_SIZE;
    default:
        return KEY_NONE;
    }
}

/* Numbers with ';' between them, then the final byte; numbers after the second are passed over. */
static int sequence_byte(struct keys *k, unsigned char byte)
{
    if (byte >= '0' && byte <= '9') {
        if (k->n < 2 && k->numbers[k->n] <= NUMBER_MAX)
            k->numbers[k->n] = k->numbers[k->n] * 10 + (byte - '0');
        return KEY_NONE;
    }
    if (byte == ';') {
        k->n++;
        return KEY_NONE;
    }
    if (byte < 0x40) /* other parameter and intermediate bytes */
        return KEY_NONE;
    k->state = GROUND;
    return final_key(k, byte);
}

int keys_feed(struct keys *k, unsigned char byte)
{
    if (byte == ESCAPE) {
        k->state = AFTER_ESCAPE;
        return KEY_NONE;
    }
    if (k->state == AFTER_ESCAPE) {
        k->state = byte == '[' || byte == 'O' ? IN_SEQUENCE : GROUND;
        k->numbers[0] = k->numbers[1] = k->n = 0;
        return KEY_NONE;
    }
    return k->state == IN_SEQUENCE ? sequence_byte(k, byte) : byte;
}

int keys_pause(struct keys *k)
{
    int key = k->state == AFTER_ESCAPE ? KEY_ESCAPE : KEY_NONE;
    k->state = GROUND;
    return key;
}
