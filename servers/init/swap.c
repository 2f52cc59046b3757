/* SPDX-License-Identifier: BSD-2-Clause */
#include "swap.h"

#include "machine.h"

#include <string.h>

bool swap_read(const char *arguments, struct swap_wish *out)
{
    char value[8];
    int length = machine_argument(arguments, "swap", value, sizeof(value));

    *out = (struct swap_wish){.wanted = length != MACHINE_ARGUMENT_ABSENT, .volume = 0};
    if (!out->wanted) {
        return true;
    }
    if (length > 0 && strcmp(value, "on") == 0) {
        out->volume = SWAP_ANY_VOLUME;
        return true;
    }
    return length > 0 && machine_number(value, 0, SWAP_VOLUMES_MAX - 1, &out->volume);
}
