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
#define NUMBER_MAX 24

static uint64_t start, seconds, rounds;

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

/* Each process forks once and ends; the child goes on. */
static bool ask_chain(void)
{
    pid_t child = fork();
    if (child > 0)
        _exit(0);
    return child == 0;
}

/* The program goes on anew, and is told what was so far. */
static bool ask_exec(void)
{
    char numbers[3][NUMBER_MAX];
    const uint64_t values[] = {seconds, start, rounds + 1};
    for (unsigned i = 0; i < 3; i++)
        snprintf(numbers[i], NUMBER_MAX, "%llu", (unsigned long long)values[i]);
    return execv("/bin/storm", (char *[]){(char[]){"storm"}, (char[]){"exec"}, numbers[0], numbers[1], numbers[2], NULL}) == 0;
}

static const struct kind {
    const char *name;
    bool (*ask)(void);
} kinds[] = {{"map", ask_pager}, {"process", ask_process}, {"fork", ask_fork}, {"chain", ask_chain}, {"exec", ask_exec}};

static const struct kind *kind_named(const char *name)
{
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    program_usage("storm", "'%s' is not map, process, fork, chain or exec", name);
}

int main(int argc, char **argv)
{
    bool goes_on = argc == 5 && strcmp(argv[1], "exec") == 0;
    if (argc != 3 && !goes_on)
        program_usage("storm", argc < 2 ? "what to ask for is missing" : argc < 3 ? "the number of seconds is missing" : "too many arguments");
    const struct kind *kind = kind_named(argv[1]);
    seconds = program_number("storm", argv[2], 1, MOST_SECONDS);
    start = goes_on ? program_number("storm", argv[3], 0, UINT64_MAX) : program_ns();
    rounds = goes_on ? program_number("storm", argv[4], 0, UINT64_MAX) : 0;
    uint64_t now;
    for (; (now = program_ns()) - start < seconds * 1000000000u; rounds++)
        if (!kind->ask())
            return program_error("storm", kind->name);
    printf("storm %s: %llu rounds in %llu ms\n", kind->name, (unsigned long long)rounds, (unsigned long long)((now - start) / 1000000));
    return 0;
}
