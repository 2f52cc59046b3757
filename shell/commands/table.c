/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of commands, in the order in which help shows them, and what all have in common. */
#include "command.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

extern const struct command command_run_program, command_ps, command_kill, command_wait, command_jobs, command_fg;
extern const struct command command_ls, command_cat, command_echo;
extern const struct command command_help, command_services, command_disk, command_uptime, command_clear, command_poweroff;
extern const struct command command_menu, command_growth, command_lazy, command_stats, command_context, command_pressure, command_top,
    command_swap, command_evict, command_limit, command_explain, command_colour, command_optimize, command_predict, command_trace;

static const struct command *const commands[] = {
    &command_run_program, &command_ps,       &command_kill,   &command_wait,  &command_jobs,  &command_fg,    &command_ls,
    &command_cat,         &command_echo,     &command_help,   &command_services, &command_disk, &command_uptime, &command_clear, &command_poweroff,
    &command_menu,        &command_growth,   &command_lazy,   &command_stats, &command_context, &command_pressure, &command_top,
    &command_swap,        &command_evict,    &command_limit,  &command_explain, &command_colour, &command_optimize, &command_predict,
    &command_trace,
};

const struct command *command_at(unsigned index)
{
    return index < sizeof(commands) / sizeof(commands[0]) ? commands[index] : NULL;
}

const struct command *command_find(const char *name)
{
    const struct command *command;
    for (unsigned i = 0; (command = command_at(i)) != NULL; i++)
        if (strcmp(command->name, name) == 0)
            return command;
    return NULL;
}

int command_usage(const struct command *command, const char *why, ...)
{
    char reason[160] = "";
    if (why != NULL) {
        va_list arguments;
        va_start(arguments, why);
        vsnprintf(reason, sizeof(reason), why, arguments);
        va_end(arguments);
        shell_complain(command->name, "%s", reason);
    }
    shell_complain("usage", "%s%s%s", command->name, command->usage[0] == '\0' ? "" : " ", command->usage);
    return STATUS_USAGE;
}

int command_run(struct shell *shell, const struct command *command, int argc, char **argv)
{
    if (argc - 1 < command->min_args)
        return command_usage(command, "an argument is missing");
    if (command->max_args == 0 && argc > 1)
        return command_usage(command, "takes no arguments");
    if (command->max_args > 0 && argc - 1 > command->max_args)
        return command_usage(command, "too many arguments, from '%s' on", argv[command->max_args + 1]);
    return command->run(shell, argc, argv);
}
