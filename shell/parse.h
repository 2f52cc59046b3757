/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The grammar of a shell line. Pure: no output, no clock, no allocation; the caller owns every buffer.
 *
 *   line     := [ command { (';' | '&') command } [ ';' | '&' ] ]
 *   command  := word { word }            '&' after a command starts it in the background
 *   word     := characters, '...' (nothing special inside), "..." (\" \\ \$ and $? inside), \c (the character c itself)
 *   $?       the status of the command before, put in when the command is run, not when the line is read
 *   #        at the start of a command it is a word of its own, so "#growth" is "# growth"
 *
 * A line is checked whole before any of it runs: a wrong line does nothing.
 */
#ifndef SHELL_PARSE_H
#define SHELL_PARSE_H

#include <stdbool.h>
#include <stddef.h>

#define PARSE_LINE_MAX 1023 /* bytes in a line, without its NUL; the line editor takes no more either */
#define PARSE_WORDS_MAX 128
#define PARSE_COMMANDS_MAX 64

enum parse_error {
    PARSE_OK = 0,
    PARSE_OPEN_SINGLE_QUOTE,
    PARSE_OPEN_DOUBLE_QUOTE,
    PARSE_TRAILING_BACKSLASH,
    PARSE_EMPTY_COMMAND,   /* nothing before a ';' or '&' */
    PARSE_VARIABLE,        /* '$' that is not "$?" */
    PARSE_NOT_KNOWN,       /* '|', '<', '>' or "&&" outside quotes */
    PARSE_CONTROL,         /* a control character */
    PARSE_TOO_LONG,        /* more bytes, words or commands than the limits above */
};

struct parsed_command {
    unsigned first_word; /* index into parsed_line.words */
    unsigned n_words;    /* at least 1 */
    bool background;     /* followed by '&' */
    size_t start;        /* where it stands in the line, bytes; for job listings */
    size_t end;          /* first byte after it, '&' and spaces excluded */
};

struct parsed_line {
    unsigned n_commands;
    unsigned n_words;
    struct parsed_command commands[PARSE_COMMANDS_MAX];
    const char *words[PARSE_WORDS_MAX]; /* into `text`; "$?" stands there as one byte PARSE_STATUS_MARK */
    char text[PARSE_LINE_MAX + 1 + PARSE_WORDS_MAX];
    enum parse_error error;
    size_t error_column; /* 1-based column of what is wrong, in bytes */
};

#define PARSE_STATUS_MARK '\x01'

/* parse_line: split a line into commands and words.
 *   line  NUL-terminated; borrowed for the call only
 *   out   written whole; with an error it holds no commands
 * Returns out->error. O(length). */
enum parse_error parse_line(const char *line, struct parsed_line *out);

/* parse_expand: the words of one command with $? replaced.
 *   status       what $? stands for
 *   argv         room for n_words + 1 pointers; ends with NULL
 *   buffer       where the words are copied to; argv points into it
 * Returns false when buffer_size bytes are not enough (argv is then not usable). */
bool parse_expand(const struct parsed_line *line, unsigned command, int status, char **argv, char *buffer, size_t buffer_size);

/* parse_error_text: what is wrong, as a sentence without the column. Never NULL. */
const char *parse_error_text(enum parse_error error);

#endif
