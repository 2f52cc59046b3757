/* SPDX-License-Identifier: BSD-2-Clause */
/* '#', the dynamic-memory menu: alone it lists the memory commands, with one of them behind it it runs that. */
#include "command.h"
#include "suggest.h"
#include "table.h"

#include <string.h>

#define LEFT_COLUMN_MAX 19

static int print_menu(void)
{
    static struct table table;
    const struct command *command;
    printf("Dynamic memory\n");
    table_begin(&table, "<-|<-");
    for (unsigned i = 0; (command = command_at(i)) != NULL; i++) {
        if (command->group != GROUP_MEMORY || command->name[0] == '#')
            continue;
        bool fits = strlen(command->name) + 1 + strlen(command->usage) <= LEFT_COLUMN_MAX;
        table_cell(&table, "  # %s %s", command->name, fits ? command->usage : "...");
        table_cell(&table, "%s", command->summary);
    }
    table_print(&table, stdout);
    printf("The '#' may be left out. 'help growth' and so on tell more.\n");
    return STATUS_OK;
}

static int unknown_entry(const char *name)
{
    struct suggestion best = {0};
    const struct command *command;
    for (unsigned i = 0; (command = command_at(i)) != NULL; i++)
        if (command->group == GROUP_MEMORY)
            suggest_consider(&best, name, command->name);
    if (best.word != NULL)
        return shell_complain("#", "the memory menu has no '%s'; did you mean '%s'?", name, best.word);
    return shell_complain("#", "the memory menu has no '%s'; '#' alone shows it", name);
}

static int run(struct shell *shell, int argc, char **argv)
{
    if (argc == 1)
        return print_menu();
    const struct command *command = command_find(argv[1]);
    if (command == NULL || command->group != GROUP_MEMORY)
        return unknown_entry(argv[1]);
    return command_run(shell, command, argc - 1, argv + 1);
}

const struct command command_menu = {
    .name = "#",
    .usage = "[COMMAND...]",
    .summary = "the dynamic-memory menu",
    .help = "'#' alone shows it; '# growth' and '#growth' are the same as 'growth'.\n",
    .group = GROUP_MEMORY,
    .max_args = -1,
    .run = run,
};
