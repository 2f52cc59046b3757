/* SPDX-License-Identifier: BSD-2-Clause */
#include "complete.h"

#include "command.h"
#include "phrases.h"
#include "programs/list.h"

#include "generated/pager_client.h"
#include "pagoda/layout.h"

#include <string.h>

/* Is the word the first of its command, or one that names a command? */
static bool stands_for_command(const char *line, size_t word)
{
    size_t end = word;
    while (end > 0 && line[end - 1] == ' ')
        end--;
    if (end == 0 || strchr(";&#", line[end - 1]) != NULL)
        return true;
    return (end >= 4 && strncmp(&line[end - 4], "help", 4) == 0) || (end >= 3 && strncmp(&line[end - 3], "run", 3) == 0);
}

static const char *name_candidate(const char *typed, size_t length, unsigned index)
{
    const struct command *command;
    for (unsigned i = 0; (command = command_at(i)) != NULL; i++)
        if (strncmp(command->name, typed, length) == 0 && index-- == 0)
            return command->name;
    for (unsigned i = 0; i < n_programs; i++)
        if (strncmp(programs[i].name, typed, length) == 0 && index-- == 0)
            return programs[i].name;
    return NULL;
}

static const char *file_candidate(const char *typed, size_t length, unsigned index)
{
    static struct pager_file_list_reply file;
    for (unsigned i = 0; pager_file_list(LAYOUT_CAP_PAGER, i, &file) == PAGODA_OK; i++)
        if (strncmp(file.path, typed, length) == 0 && index-- == 0)
            return file.path;
    return NULL;
}

/* Where the command begins that the word belongs to. */
static const char *command_start(const char *line, size_t word)
{
    const char *start = &line[word];
    while (start > line && strchr(";&#", start[-1]) == NULL)
        start--;
    while (*start == ' ')
        start++;
    return start;
}

/* The command whose arguments the word is one of; NULL for a program. *arguments: where they begin. */
static const struct command *command_of(const char *line, size_t word, const char **arguments)
{
    char name[PHRASES_WORD_MAX + 1];
    const char *start = command_start(line, word);
    size_t length = strcspn(start, " ");
    if (length >= sizeof(name))
        return NULL;
    memcpy(name, start, length);
    name[length] = '\0';
    *arguments = start + length;
    return command_find(name);
}

const char *complete_candidate(const char *line, size_t word, size_t cursor, unsigned index)
{
    if (stands_for_command(line, word))
        return name_candidate(&line[word], cursor - word, index);
    const char *arguments;
    const struct command *command = command_of(line, word, &arguments);
    if (command != NULL && command->words != NULL)
        return phrases_next(command->words, arguments, (size_t)(&line[word] - arguments), &line[word], cursor - word, index);
    return file_candidate(&line[word], cursor - word, index);
}
