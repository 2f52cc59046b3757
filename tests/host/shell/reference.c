/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints docs/reference/shell.md: every command and program as the shell's own help describes them. */
#include "shell/command.h"
#include "shell/programs/list.h"

#include <stdio.h>

static void heading(const char *name, const char *usage)
{
    printf("\n### %s%s\n\n    %s%s%s\n", name[0] == '#' ? "\\" : "", name, name, usage[0] == '\0' ? "" : " ", usage);
}

static void add_command(const struct command *command)
{
    heading(command->name, command->usage);
    printf("\n%s.\n", command->summary);
    if (command->help[0] == '\0')
        return;
    printf("\n");
    for (const char *c = command->help, *start = c; *c != '\0'; c++) {
        if (*c != '\n')
            continue;
        printf("    %.*s", (int)(c + 1 - start), start);
        start = c + 1;
    }
}

static void add_group(enum command_group group, const char *title)
{
    const struct command *command;
    printf("\n## %s\n", title);
    for (unsigned i = 0; (command = command_at(i)) != NULL; i++)
        if (command->group == group)
            add_command(command);
}

static void add_programs(enum program_group group, const char *title)
{
    printf("\n## %s\n\n| program | what it does |\n|---|---|\n", title);
    for (unsigned i = 0; i < n_programs; i++) {
        if (programs[i].group != group)
            continue;
        printf("| `%s%s", programs[i].name, programs[i].usage[0] == '\0' ? "" : " ");
        for (const char *c = programs[i].usage; *c != '\0'; c++)
            printf(*c == '|' ? "\\|" : "%c", *c);
        printf("` | %s |\n", programs[i].summary);
    }
}

int main(void)
{
    printf("# Shell reference\n\n"
           "Generated from the commands' own help (shell/commands, shell/programs/list.c) by tests/host/shell/reference.c; a test compares.\n"
           "After a change of a help text: build/host/tests/host/shell/shell_reference > docs/reference/shell.md\n\n"
           "What all have in common is in [../shell.md](../shell.md).\n");
    add_group(GROUP_PROCESSES, "Processes");
    add_group(GROUP_FILES, "Files");
    add_group(GROUP_SYSTEM, "System");
    add_group(GROUP_MEMORY, "Memory");
    add_programs(PROGRAM_WORK, "Programs");
    add_programs(PROGRAM_MEMORY, "Programs about memory");
    add_programs(PROGRAM_HELPER, "Small helpers");
    return 0;
}
