/* SPDX-License-Identifier: BSD-2-Clause */
#include "format.h"

#include "text.h"

#include "generated/block_client.h"
#include "pagoda/layout.h"
#include "pagoda/pagoda.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

int format_volume(const struct command *command, int argc, char **argv, format_operation *operation, const char *what_for)
{
    uint64_t volume;
    bool force = argc == 4 && strcmp(argv[3], "force") == 0;
    if (argc < 3)
        return command_usage(command, "'%s format' wants the number of a volume; 'disk' lists them", command->name);
    if (argc > 3 && !force)
        return command_usage(command, "'%s' is not 'force'", argv[argc == 4 ? 3 : 4]);
    if (!text_parse_number(argv[2], &volume))
        return command_usage(command, "'%s' is not the number of a volume", argv[2]);
    uint64_t id = (pagoda_ticks() + 1) * 0x9e3779b97f4a7c15ull; /* tells volumes apart; nothing depends on its being random */
    int error = operation(LAYOUT_CAP_BLOCK, volume, force, id, ~id);
    if (error == PAGODA_ERR_NOT_EMPTY)
        return shell_complain(command->name, "volume %" PRIu64 " holds something; '%s format %" PRIu64 " force' overwrites it", volume, command->name, volume);
    if (error != PAGODA_OK)
        return shell_failed(command->name, error);
    printf("Volume %" PRIu64 " is ready for %s.\n", volume, what_for);
    return STATUS_OK;
}
