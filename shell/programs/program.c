/* SPDX-License-Identifier: BSD-2-Clause */
#include "program.h"

#include "list.h"
#include "text.h"

#include "pagoda/pagoda.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define READ_STEP 65536

/* One write for the whole message: standard error is not buffered. */
static void say(const char *message)
{
    fflush(stdout);
    if (write(STDERR_FILENO, message, strlen(message)) < 0)
        return; /* nowhere to say it */
}

void program_usage(const char *name, const char *why, ...)
{
    char message[320], reason[128];
    const struct program *program = program_find(name);
    va_list arguments;
    va_start(arguments, why);
    vsnprintf(reason, sizeof(reason), why, arguments);
    va_end(arguments);
    snprintf(message, sizeof(message), "%s: %s\nusage: %s %s\n", name, reason, name, program == NULL ? "" : program->usage);
    say(message);
    exit(EXIT_USAGE);
}

uint64_t program_number(const char *name, const char *argument, uint64_t least, uint64_t most)
{
    uint64_t value;
    if (!text_parse_number(argument, &value) || value < least || value > most)
        program_usage(name, "'%s' is not a number from %llu to %llu", argument, (unsigned long long)least, (unsigned long long)most);
    return value;
}

int program_error(const char *name, const char *what)
{
    char message[320];
    snprintf(message, sizeof(message), "%s: %s: %s\n", name, what, strerror(errno));
    say(message);
    return 1;
}

void *program_map(const char *name, uint64_t bytes)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        exit(program_error(name, "memory"));
    return memory;
}

static bool grow(uint8_t **data, size_t *room)
{
    uint8_t *larger = realloc(*data, *room * 2);
    if (larger == NULL)
        return false;
    *data = larger;
    *room *= 2;
    return true;
}

static bool read_all(int fd, uint8_t **data, size_t *length)
{
    size_t room = READ_STEP;
    ssize_t n = 0;
    *length = 0;
    *data = malloc(room);
    if (*data == NULL)
        return false;
    do {
        *length += (size_t)n;
        if (*length == room && !grow(data, &room))
            break;
        n = read(fd, *data + *length, room - *length);
    } while (n > 0);
    if (n == 0)
        return true;
    free(*data);
    return false;
}

bool program_read(const char *path, uint8_t **data, size_t *length)
{
    int fd = path == NULL ? STDIN_FILENO : open(path, O_RDONLY);
    if (fd < 0)
        return false;
    bool complete = read_all(fd, data, length);
    int error = errno;
    if (path != NULL)
        close(fd);
    errno = error;
    return complete;
}

uint64_t program_ns(void)
{
    uint64_t ticks = pagoda_ticks(), frequency = pagoda_tick_frequency();
    if (frequency == 0)
        return 0;
    return ticks / frequency * 1000000000u + ticks % frequency * 1000000000u / frequency;
}
