/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"
#include "programs/list.h"
#include "suggest.h"
#include "table.h"

#include <string.h>

#define LEFT_COLUMN_MAX 19
#define SUMMARY_MAX (80 - 2 - LEFT_COLUMN_MAX - 2)

/* As much of a summary as fits the line, whole words. */
static void add_summary(struct table *table, const char *summary)
{
    int n = (int)strlen(summary);
    if (n <= SUMMARY_MAX) {
        table_cell(table, "%s", summary);
        return;
    }
    for (n = SUMMARY_MAX - 3; summary[n] != ' '; n--) {
    }
    table_cell(table, "%.*s...", n, summary);
}

/* Arguments that would make the left column too wide are left to 'help NAME'. */
static void add_line(struct table *table, const char *name, const char *usage, const char *summary)
{
    if (strlen(name) + 1 + strlen(usage) > LEFT_COLUMN_MAX)
        usage = "...";
    table_cell(table, "  %s%s%s", name, usage[0] == '\0' ? "" : " ", usage);
    add_summary(table, summary);
}

static void add_heading(struct table *table, const char *heading)
{
    table_cell(table, "%s", heading);
    table_cell(table, "%s", "");
}

static void add_programs(struct table *table, enum program_group group, const char *heading)
{
    add_heading(table, heading);
    for (unsigned i = 0; i < n_programs; i++)
        if (programs[i].group == group)
            add_line(table, programs[i].name, programs[i].usage, programs[i].summary);
}

static void help_all(void)
{
    static const char *const headings[GROUPS] = {"Processes", "Files", "System", "Memory: the '#' menu"};
    static struct table table;
    const struct command *command;
    table_begin(&table, "<-|<-");
    for (unsigned group = 0; group < GROUPS; group++) {
        add_heading(&table, headings[group]);
        for (unsigned i = 0; (command = command_at(i)) != NULL; i++)
            if (command->group == group)
                add_line(&table, command->name, command->usage, command->summary);
    }
    add_programs(&table, PROGRAM_WORK, "Programs");
    add_programs(&table, PROGRAM_MEMORY, "Programs about memory");
    add_programs(&table, PROGRAM_HELPER, "Small helpers");
    table_print(&table, stdout);
    printf("'help NAME' tells more. ';' separates commands; '&' after a program starts it in\n"
           "the background. Quoting: '...' \"...\" \\   Last status: $?\n"
           "Keys: arrows, Home, End, Tab, ^A ^E ^K ^U ^W ^L; ^C drops the line or ends the\nrunning program.\n");
}

static int help_program(const struct program *program)
{
    printf("%s%s%s\n    %s\n", program->name, program->usage[0] == '\0' ? "" : " ", program->usage, program->summary);
    return STATUS_OK;
}

static int help_unknown(const char *name)
{
    struct suggestion best = {0};
    const struct command *command;
    for (unsigned i = 0; (command = command_at(i)) != NULL; i++)
        suggest_consider(&best, name, command->name);
    for (unsigned i = 0; i < n_programs; i++)
        suggest_consider(&best, name, programs[i].name);
    if (best.word != NULL)
        return shell_complain("help", "nothing is known about '%s'; did you mean '%s'?", name, best.word);
    return shell_complain("help", "nothing is known about '%s'; 'help' lists all commands", name);
}

static int run(struct shell *shell, int argc, char **argv)
{
    (void)shell;
    if (argc == 1) {
        help_all();
        return STATUS_OK;
    }
    const struct command *command = command_find(argv[1]);
    if (command != NULL) {
        printf("%s%s%s\n    %s\n%s", command->name, command->usage[0] == '\0' ? "" : " ", command->usage, command->summary, command->help);
        return STATUS_OK;
    }
    const struct program *program = program_find(argv[1]);
    return program != NULL ? help_program(program) : help_unknown(argv[1]);
}

const struct command command_help = {
    .name = "help",
    .usage = "[NAME]",
    .summary = "list commands and programs, or explain one",
    .help = "",
    .group = GROUP_SYSTEM,
    .max_args = 1,
    .run = run,
};
