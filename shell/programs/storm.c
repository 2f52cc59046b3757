/* SPDX-License-Identifier: BSD-2-Clause */
/* Keep a server busy for some seconds with requests that cost this program little, one after the other: what do others still get done beside it? */
#include "program.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_SECONDS 3600
#define MAP_BYTES (16 * MIB)

/* Each asks once; false, with errno set: refused. */
static bool ask_pager(void)
{
    void *memory = mmap(NULL, MAP_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory != MAP_FAILED && munmap(memory, MAP_BYTES) == 0;
}

static bool ask_process(void)
{
    return getppid() > 0;
}

static bool ask_fork(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    return child > 0 && waitpid(child, NULL, 0) == child;
}

static const struct kind {
    const char *name;
    bool (*ask)(void);
} kinds[] = {{"map", ask_pager}, {"process", ask_process}, {"fork", ask_fork}};

static const struct kind *kind_named(const char *name)
{
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    program_usage("storm", "'%s' is not map, process or fork", name);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        program_usage("storm", argc < 2 ? "what to ask for is missing" : argc < 3 ? "the number of seconds is missing" : "too many arguments");
    const struct kind *kind = kind_named(argv[1]);
    uint64_t seconds = program_number("storm", argv[2], 1, MOST_SECONDS), rounds = 0;
    uint64_t start = program_ns(), end = start + seconds * 1000000000u, now;
    for (; (now = program_ns()) < end; rounds++)
        if (!kind->ask())
            return program_error("storm", kind->name);
    printf("storm %s: %llu rounds in %llu ms\n", kind->name, (unsigned long long)rounds, (unsigned long long)((now - start) / 1000000));
    return 0;
}
