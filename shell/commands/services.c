/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"
#include "table.h"

#include "generated/init_client.h"
#include "pagoda/layout.h"

#include <inttypes.h>

static const char *state_name(uint64_t state)
{
    switch (state) {
    case INIT_SERVICE_RUNNING:
        return "running";
    case INIT_SERVICE_FAILED:
        return "failed";
    default:
        return "?";
    }
}

static int run(struct shell *shell, int argc, char **argv)
{
    static struct table table;
    struct init_service_list_reply service;
    int error;
    (void)shell, (void)argc;
    table_begin(&table, "<NAME|<STATE|>RESTARTS|>SPACE");
    for (unsigned i = 0; (error = init_service_list(LAYOUT_CAP_INIT, i, &service)) == PAGODA_OK; i++) {
        table_cell(&table, "%s", service.name);
        table_cell(&table, "%s", state_name(service.state));
        table_cell(&table, "%" PRIu64, service.restarts);
        if (service.space == 0)
            table_cell(&table, "-");
        else
            table_cell(&table, "%" PRIu64, service.space);
    }
    table_print(&table, stdout);
    return error == PAGODA_ERR_END ? STATUS_OK : shell_failed(argv[0], error);
}

const struct command command_services = {
    .name = "services",
    .usage = "",
    .summary = "list the servers that init started",
    .help = "RESTARTS: how often init started it again after it had failed; only the block\n"
            "server can be.\n"
            "SPACE is the pager's number of the address space; the pager itself has none: it\n"
            "is resident.\n",
    .words = "",
    .group = GROUP_SYSTEM,
    .run = run,
};
