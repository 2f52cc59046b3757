/* SPDX-License-Identifier: BSD-2-Clause */
#include "command.h"

#include "generated/errors.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Written with one call, because standard error is not buffered. */
static void complain(const char *name, const char *format, va_list arguments)
{
    char line[256];
    int used = snprintf(line, sizeof(line), "%s: ", name);
    vsnprintf(&line[used], sizeof(line) - (size_t)used - 1, format, arguments);
    strcat(line, "\n");
    fflush(stdout);
    if (write(STDERR_FILENO, line, strlen(line)) < 0)
        return; /* no console: nowhere to say it */
}

void shell_error(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    complain("shell", format, arguments);
    va_end(arguments);
}

int shell_complain(const char *name, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    complain(name, format, arguments);
    va_end(arguments);
    return STATUS_FAILED;
}

int shell_failed(const char *name, int error) { return shell_complain(name, "%s", pagoda_error_text((uint64_t)error)); }

/* Show the wrong place under the line when it fits into one row, else name the column. */
static void report_wrong_line(const char *line, enum parse_error error, size_t column)
{
    if (strlen(line) <= 70 && error != PARSE_CONTROL)
        shell_error("%s\n%*s^ %s", line, (int)(column + strlen("shell: ") - 1), "", parse_error_text(error));
    else
        shell_error("column %u: %s", (unsigned)column, parse_error_text(error));
}

static int run_command(struct shell *shell, unsigned index, const char *line)
{
    static char buffer[PARSE_LINE_MAX + 1 + 16 * PARSE_WORDS_MAX];
    static char *argv[PARSE_WORDS_MAX + 1];
    const struct parsed_command *parsed = &shell->parsed.commands[index];
    if (!parse_expand(&shell->parsed, index, shell->status, argv, buffer, sizeof(buffer))) {
        shell_error("the words are too long once $? is put in");
        return STATUS_USAGE;
    }
    const struct command *command = command_find(argv[0]);
    shell->background = parsed->background ? &line[parsed->start] : NULL;
    shell->background_length = parsed->end - parsed->start;
    if (command == NULL)
        return shell_launch(shell, argv, NULL);
    if (parsed->background && !command->launches) {
        shell_error("'%s' is part of the shell and cannot run in the background; & is for programs", command->name);
        return STATUS_USAGE;
    }
    return command_run(shell, command, (int)parsed->n_words, argv);
}

bool shell_run_line(struct shell *shell, const char *line)
{
    bool all_succeeded = true;
    enum parse_error error = parse_line(line, &shell->parsed);
    if (error != PARSE_OK) {
        report_wrong_line(line, error, shell->parsed.error_column);
        shell->status = STATUS_USAGE;
        return false;
    }
    for (unsigned i = 0; i < shell->parsed.n_commands; i++) {
        shell->status = run_command(shell, i, line);
        fflush(stdout);
        all_succeeded = all_succeeded && shell->status == STATUS_OK;
    }
    jobs_poll(shell);
    jobs_report(shell);
    fflush(stdout);
    return all_succeeded;
}
