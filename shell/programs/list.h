/* SPDX-License-Identifier: BSD-2-Clause */
/* The client programs: name, arguments, what they do. Read by the shell's help and by each program's own usage message. */
#ifndef SHELL_PROGRAMS_LIST_H
#define SHELL_PROGRAMS_LIST_H

enum program_group { PROGRAM_WORK, PROGRAM_MEMORY, PROGRAM_HELPER };

struct program {
    const char *name;
    const char *usage;   /* arguments only */
    const char *summary; /* no full stop */
    enum program_group group;
};

extern const struct program programs[];
extern const unsigned n_programs;

/* program_find: NULL when there is none of this name. */
const struct program *program_find(const char *name);

#endif
