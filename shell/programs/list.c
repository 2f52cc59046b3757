/* SPDX-License-Identifier: BSD-2-Clause */
#include "list.h"

#include <string.h>

const struct program programs[] = {
    {"sha256sum", "[FILE...]", "SHA-256 of files or of what is typed, as coreutils prints it", PROGRAM_WORK},
    {"wc", "[FILE...]", "count lines, words and bytes", PROGRAM_WORK},
    {"sort", "[-r] [FILE...] | --random MIB [SEED]", "sort lines by their bytes, or random numbers in memory", PROGRAM_WORK},
    {"kv", "MIB OPERATIONS [SEED]", "a hash table of keys and values, checked against a model", PROGRAM_WORK},
    {"lz4", "FILE", "compress and expand a file, compare, print the ratio", PROGRAM_WORK},
    {"primes", "N", "how many primes there are up to N, and the last", PROGRAM_WORK},
    {"matmul", "N", "multiply two N x N matrices, print a checksum", PROGRAM_WORK},
    {"touch", "MIB [read|write|walk|sparse [SECONDS [unmap|protect|fork|exec]]]",
     "touch memory: every page; walk says so before; sparse: one in 64; after SECONDS unmap it, or do that", PROGRAM_MEMORY},
    {"deep", "N [SECONDS]", "recurse N deep, check every frame on the way back; again after SECONDS", PROGRAM_MEMORY},
    {"forktree", "DEPTH", "a binary tree of processes, each with pages of its own", PROGRAM_MEMORY},
    {"cow", "MIB", "fork, write on both sides, check both", PROGRAM_MEMORY},
    {"share", "MIB", "memory shared by two processes, each checks what the other wrote", PROGRAM_MEMORY},
    {"overflow", "", "recurse until the stack overflows", PROGRAM_MEMORY},
    {"wild", "[KIND]", "a bad access: read, write, exec, null, kernel, text, pc, undefined", PROGRAM_MEMORY},
    {"thrash", "MIB seq|uniform|zipf [n=ACCESSES] [seconds=S] [write=PERCENT] [data=text|random|zero] [seed=N]",
        "use a working set in a pattern, check every page at every access", PROGRAM_MEMORY},
    {"pace", "SECONDS", "use a small working set all the time, and say how much got done", PROGRAM_MEMORY},
    {"storm", "map|process|fork|chain|exec SECONDS",
     "ask the pager or the process server for something all the time, and say how often; chain: each process forks once and ends", PROGRAM_MEMORY},
    {"cache", "MIB MS", "a cache that gives entries back when memory runs short", PROGRAM_MEMORY},
    {"holes", "MIB [KEEP [SECONDS|stay [PASSES]]]", "write memory, keep one page in KEEP (2), check them after SECONDS, or in a child that stays so many compactions (1)", PROGRAM_MEMORY},
    {"writers", "MIB [PROCESSES [MOVES]]", "processes count on every page until MOVES pages were moved, and check", PROGRAM_MEMORY},
    {"hog", "[MIB]", "take memory until it is refused, or MIB of it", PROGRAM_MEMORY},
    {"fpcheck", "[ROUNDS]", "two processes check that neither sees the other's FP registers", PROGRAM_HELPER},
    {"rest", "SECONDS", "wait without using the processor", PROGRAM_HELPER},
    {"spin", "[SECONDS]", "use the processor for some time, for ever by default", PROGRAM_HELPER},
    {"args", "[WORD...]", "print the arguments one per line", PROGRAM_HELPER},
    {"true", "", "do nothing, with status 0", PROGRAM_HELPER},
    {"false", "", "do nothing, with status 1", PROGRAM_HELPER},
};

const unsigned n_programs = sizeof(programs) / sizeof(programs[0]);

const struct program *program_find(const char *name)
{
    for (unsigned i = 0; i < n_programs; i++)
        if (strcmp(programs[i].name, name) == 0)
            return &programs[i];
    return 0;
}
