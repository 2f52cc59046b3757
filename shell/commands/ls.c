/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"
#include "table.h"
#include "text.h"

#include "generated/pager_client.h"
#include "pagoda/layout.h"

#include <inttypes.h>
#include <string.h>

#define MODE_KIND 0170000u
#define MODE_FOLDER 0040000u

/* Is the file `wanted` itself, or inside the folder `wanted`? "" is the whole archive. */
static bool matches(const char *path, const char *wanted, size_t length)
{
    return length == 0 || (strncmp(path, wanted, length) == 0 && (path[length] == '\0' || path[length] == '/'));
}

static size_t trimmed_length(const char **path)
{
    while (**path == '/')
        (*path)++;
    size_t length = strlen(*path);
    while (length > 0 && (*path)[length - 1] == '/')
        length--;
    return length == 1 && (*path)[0] == '.' ? 0 : length;
}

static int run(struct shell *shell, int argc, char **argv)
{
    static struct table table;
    struct pager_file_list_reply file;
    const char *wanted = argc > 1 ? argv[1] : "";
    size_t length = trimmed_length(&wanted);
    unsigned found = 0;
    uint64_t total = 0;
    int error;
    (void)shell;
    table_begin(&table, ">SIZE|>BYTES|<NAME");
    for (unsigned i = 0; (error = pager_file_list(LAYOUT_CAP_PAGER, i, &file)) == PAGODA_OK; i++) {
        if (!matches(file.path, wanted, length) || (file.mode & MODE_KIND) == MODE_FOLDER)
            continue;
        found++;
        total += file.size;
        table_cell(&table, "%s", text_size(file.size).s);
        table_cell(&table, "%" PRIu64, file.size);
        table_cell(&table, "%s", file.path);
    }
    if (error != PAGODA_ERR_END)
        return shell_failed(argv[0], error);
    if (found == 0 && length > 0)
        return shell_complain(argv[0], "%s: the archive has no file or folder of this name", argv[1]);
    if (found > 1) {
        table_rule(&table);
        table_cell(&table, "%s", text_size(total).s);
        table_cell(&table, "%" PRIu64, total);
        table_cell(&table, "%u files", found);
    }
    table_print(&table, stdout);
    return STATUS_OK;
}

const struct command command_ls = {
    .name = "ls",
    .usage = "[NAME]",
    .summary = "list the files of the boot archive",
    .help = "NAME is a file or a folder, for example 'bin'. The archive is read-only.\n",
    .group = GROUP_FILES,
    .max_args = 1,
    .run = run,
};
