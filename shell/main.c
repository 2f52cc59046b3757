/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Start of the shell. Without arguments: a prompt. With arguments: each is a line to run. When it is the first process, what the
 * lines print is framed for whoever reads the serial line: STX, output, ETX, the status in decimal, a newline; then the machine is
 * powered off.
 */
#include "complete.h"
#include "shell.h"
#include "text.h"

#include "generated/console_client.h"
#include "generated/init_client.h"
#include "generated/pager_client.h"
#include "generated/process_client.h"
#include "pagoda/layout.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FIRST_PID 1

#define STX "\x02"
#define ETX "\x03"
#define PROMPT "pagoda> "
#define TERMINAL_COLUMNS 80 /* the serial line cannot be asked */
#define READ_ERRORS_MAX 16  /* in a row, before the shell takes the console for lost */

static struct shell shell;

static int run_lines(int n_lines, char **lines)
{
    bool all_succeeded = true;
    for (int i = 0; i < n_lines; i++)
        all_succeeded = shell_run_line(&shell, lines[i]) && all_succeeded;
    return all_succeeded ? STATUS_OK : shell.status != STATUS_OK ? shell.status : STATUS_FAILED;
}

/* The lines given at boot: their output is framed, and the machine has nothing to do after them. */
static int run_lines_and_stop(int n_lines, char **lines)
{
    printf(STX);
    fflush(stdout);
    int status = run_lines(n_lines, lines);
    printf(ETX "%d\n", status);
    fflush(stdout);
    console_flush(LAYOUT_CAP_CONSOLE);
    int error = init_power_off(LAYOUT_CAP_INIT);
    shell_error("the machine cannot be powered off: %s", pagoda_error_text((uint64_t)error));
    return status;
}

/* init has said which machine this is. No line is longer than 80 columns. */
static void print_banner(void)
{
    struct pager_memory_info_reply memory;
    uint64_t checks;
    if (pager_setting_get(LAYOUT_CAP_PAGER, PAGER_SETTING_CHECK, &checks) == PAGODA_OK && checks != 0)
        printf("Debug build: the pager checks its books at every request, which takes time.\n");
    if (pager_memory_info(LAYOUT_CAP_PAGER, &memory) == PAGODA_OK)
        printf("%s of %s of RAM are free.\n", text_size(memory.free * PAGE_SIZE).s, text_size(memory.total * PAGE_SIZE).s);
    printf("'help' lists the commands, '#' opens the memory menu.\n");
    fflush(stdout);
}

static void editor_show(const struct editor *editor)
{
    if (editor->n_output > 0 && write(STDOUT_FILENO, editor->output, editor->n_output) < 0)
        return; /* the read that follows fails as well and is counted there */
}

/* One byte at a time: what was typed ahead stays in the console, for the program that is about to be started. */
static bool read_byte(unsigned char *byte)
{
    struct console_read_reply reply;
    for (unsigned errors = 0; errors < READ_ERRORS_MAX; errors++) {
        if (console_read(LAYOUT_CAP_CONSOLE, 1, &reply) == PAGODA_OK && reply.data.len == 1) {
            *byte = reply.data.data[0];
            return true;
        }
    }
    return false;
}

/* Reads until the line is complete in shell.editor.line. False when the console gives no input any more. */
static bool read_line(enum edit_event *event)
{
    unsigned char byte;
    edit_begin(&shell.editor, PROMPT, TERMINAL_COLUMNS, &shell.history);
    editor_show(&shell.editor);
    do {
        if (!read_byte(&byte))
            return false;
        *event = edit_feed(&shell.editor, byte);
        editor_show(&shell.editor);
    } while (*event == EDIT_MORE);
    return true;
}

static int run_interactive(void)
{
    enum edit_event event;
    shell.interactive = true;
    shell.editor.candidate = complete_candidate;
    print_banner();
    console_set_mode(LAYOUT_CAP_CONSOLE, CONSOLE_MODE_RAW);
    while (read_line(&event)) {
        if (event == EDIT_END && !shell.first)
            return shell.status;
        if (event == EDIT_END)
            printf("This is the first shell; there is nothing to log out to. 'poweroff' stops the machine.\n");
        if (event == EDIT_LINE)
            history_add(&shell.history, shell.editor.line);
        if (event == EDIT_CANCELLED)
            shell.status = STATUS_SIGNAL + 2;
        else
            shell_run_line(&shell, event == EDIT_LINE ? shell.editor.line : "");
    }
    shell_error("the console gives no input any more");
    return STATUS_FAILED;
}

int main(int argc, char **argv)
{
    uint64_t pid, parent;
    shell.first = process_self(LAYOUT_CAP_PROCESS, &pid, &parent) == PAGODA_OK && pid == FIRST_PID;
    if (argc == 1)
        return run_interactive();
    return shell.first ? run_lines_and_stop(argc - 1, argv + 1) : run_lines(argc - 1, argv + 1);
}
