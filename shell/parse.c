/* SPDX-License-Identifier: BSD-2-Clause */
/* One pass over the line, one function per construct; see parse.h for the grammar. */
#include "parse.h"

#include <stdio.h>
#include <string.h>

/* Where the pass is. `in` only moves forward, `used` is the fill level of out->text. */
struct cursor {
    const char *line;
    size_t in;
    size_t used;
    struct parsed_line *out;
};

static bool fail(struct cursor *c, enum parse_error error, size_t at)
{
    c->out->error = error;
    c->out->error_column = at + 1;
    c->out->n_commands = 0;
    c->out->n_words = 0;
    return false;
}

/* The text buffer is as long as the longest line plus one NUL per word, so this cannot overflow. */
static void put(struct cursor *c, char byte)
{
    c->out->text[c->used++] = byte;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

static bool ends_word(char byte)
{
    return byte == '\0' || is_blank(byte) || byte == ';' || byte == '&';
}

static bool read_variable(struct cursor *c)
{
    if (c->line[c->in + 1] != '?')
        return fail(c, PARSE_VARIABLE, c->in);
    put(c, PARSE_STATUS_MARK);
    c->in += 2;
    return true;
}

static bool read_single_quotes(struct cursor *c)
{
    size_t opened = c->in++;
    for (; c->line[c->in] != '\''; c->in++) {
        if (c->line[c->in] == '\0')
            return fail(c, PARSE_OPEN_SINGLE_QUOTE, opened);
        put(c, c->line[c->in]);
    }
    c->in++;
    return true;
}

static bool read_double_quotes(struct cursor *c)
{
    size_t opened = c->in++;
    while (c->line[c->in] != '"') {
        char byte = c->line[c->in];
        char next = byte == '\0' ? '\0' : c->line[c->in + 1];
        if (byte == '\0')
            return fail(c, PARSE_OPEN_DOUBLE_QUOTE, opened);
        if (byte == '$') {
            if (!read_variable(c))
                return false;
            continue;
        }
        if (byte == '\\' && (next == '"' || next == '\\' || next == '$'))
            byte = c->line[++c->in];
        put(c, byte);
        c->in++;
    }
    c->in++;
    return true;
}

static bool read_backslash(struct cursor *c)
{
    if (c->line[c->in + 1] == '\0')
        return fail(c, PARSE_TRAILING_BACKSLASH, c->in);
    put(c, c->line[c->in + 1]);
    c->in += 2;
    return true;
}

static bool read_word_piece(struct cursor *c)
{
    switch (c->line[c->in]) {
    case '\'':
        return read_single_quotes(c);
    case '"':
        return read_double_quotes(c);
    case '\\':
        return read_backslash(c);
    case '$':
        return read_variable(c);
    case '|':
    case '<':
    case '>':
        return fail(c, PARSE_NOT_KNOWN, c->in);
    default:
        put(c, c->line[c->in++]);
        return true;
    }
}

static bool read_word(struct cursor *c, struct parsed_command *command)
{
    struct parsed_line *out = c->out;
    if (out->n_words == PARSE_WORDS_MAX)
        return fail(c, PARSE_TOO_LONG, c->in);
    out->words[out->n_words] = &out->text[c->used];
    if (command->n_words == 0 && c->line[c->in] == '#')
        put(c, c->line[c->in++]);
    else
        while (!ends_word(c->line[c->in]))
            if (!read_word_piece(c))
                return false;
    put(c, '\0');
    out->n_words++;
    command->n_words++;
    command->end = c->in;
    return true;
}

static void skip_blanks(struct cursor *c)
{
    while (is_blank(c->line[c->in]))
        c->in++;
}

/* One command and the separator after it; the cursor stands on its first byte, which is not the end of the line. */
static bool read_command(struct cursor *c)
{
    struct parsed_line *out = c->out;
    if (out->n_commands == PARSE_COMMANDS_MAX)
        return fail(c, PARSE_TOO_LONG, c->in);
    struct parsed_command *command = &out->commands[out->n_commands];
    *command = (struct parsed_command){.first_word = out->n_words, .start = c->in, .end = c->in};
    while (!ends_word(c->line[c->in])) {
        if (!read_word(c, command))
            return false;
        skip_blanks(c);
    }
    if (command->n_words == 0)
        return fail(c, PARSE_EMPTY_COMMAND, c->in);
    if (c->line[c->in] == '&') {
        if (c->line[c->in + 1] == '&')
            return fail(c, PARSE_NOT_KNOWN, c->in);
        command->background = true;
    }
    if (c->line[c->in] != '\0')
        c->in++;
    out->n_commands++;
    return true;
}

static bool find_control(const char *line, size_t *at)
{
    for (size_t i = 0; line[i] != '\0'; i++) {
        unsigned char byte = (unsigned char)line[i];
        if ((byte < 0x20 && byte != '\t') || byte == 0x7f) {
            *at = i;
            return true;
        }
    }
    return false;
}

enum parse_error parse_line(const char *line, struct parsed_line *out)
{
    struct cursor c = {.line = line, .out = out};
    size_t at;
    out->n_commands = 0;
    out->n_words = 0;
    out->error = PARSE_OK;
    out->error_column = 0;
    if (strlen(line) > PARSE_LINE_MAX)
        fail(&c, PARSE_TOO_LONG, PARSE_LINE_MAX);
    else if (find_control(line, &at))
        fail(&c, PARSE_CONTROL, at);
    if (out->error != PARSE_OK)
        return out->error;
    skip_blanks(&c);
    while (line[c.in] != '\0' && read_command(&c))
        skip_blanks(&c);
    return out->error;
}

/* Copies one word, with the mark of $? replaced by `status_text`. Returns the bytes used, NUL included; 0 when they do not fit. */
static size_t expand_word(const char *word, const char *status_text, char *buffer, size_t room)
{
    size_t used = 0;
    for (; *word != '\0'; word++) {
        char single[2] = {*word, '\0'};
        const char *piece = *word == PARSE_STATUS_MARK ? status_text : single;
        size_t length = strlen(piece);
        if (length >= room - used)
            return 0;
        memcpy(&buffer[used], piece, length);
        used += length;
    }
    buffer[used] = '\0';
    return used + 1;
}

bool parse_expand(const struct parsed_line *line, unsigned command, int status, char **argv, char *buffer, size_t buffer_size)
{
    const struct parsed_command *cmd = &line->commands[command];
    char status_text[16];
    size_t used = 0;
    snprintf(status_text, sizeof(status_text), "%d", status);
    for (unsigned i = 0; i < cmd->n_words; i++) {
        if (used == buffer_size)
            return false;
        argv[i] = &buffer[used];
        size_t length = expand_word(line->words[cmd->first_word + i], status_text, &buffer[used], buffer_size - used);
        if (length == 0)
            return false;
        used += length;
    }
    argv[cmd->n_words] = NULL;
    return true;
}

const char *parse_error_text(enum parse_error error)
{
    switch (error) {
    case PARSE_OK:
        return "nothing is wrong";
    case PARSE_OPEN_SINGLE_QUOTE:
        return "the single quote that opens here is never closed";
    case PARSE_OPEN_DOUBLE_QUOTE:
        return "the double quote that opens here is never closed";
    case PARSE_TRAILING_BACKSLASH:
        return "a backslash at the end of the line has nothing to quote";
    case PARSE_EMPTY_COMMAND:
        return "a command is missing before this separator";
    case PARSE_VARIABLE:
        return "the only variable is $? (status of the last command); write \\$ for a dollar sign";
    case PARSE_NOT_KNOWN:
        return "pipes, redirection and && || are not part of this shell; quote the character to mean itself";
    case PARSE_CONTROL:
        return "a control character cannot be part of a line";
    case PARSE_TOO_LONG:
        return "the line is too long (at most 1023 bytes, 128 words, 64 commands)";
    }
    return "unknown error";
}
