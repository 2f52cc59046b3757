/* SPDX-License-Identifier: BSD-2-Clause */
#include "swap.h"

#include "machine.h"

#include <stdlib.h>
#include <string.h>

bool swap_read(const char *arguments, struct swap_wish *out)
{
    char value[8], *end;
    int length = machine_argument(arguments, "swap", value, sizeof(value));

    *out = (struct swap_wish){.wanted = length != MACHINE_ARGUMENT_ABSENT, .volume = 0};
    if (!out->wanted) {
        return true;
    }
    if (length > 0 && strcmp(value, "on") == 0) {
        out->volume = SWAP_ANY_VOLUME;
        return true;
    }
    if (length <= 0 || value[0] < '0' || value[0] > '9') {
        return false;
    }
    out->volume = strtoull(value, &end, 0);
    return *end == '\0' && out->volume < SWAP_VOLUMES_MAX;
}
