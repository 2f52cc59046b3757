/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The servers as the shell sees them, without a machine: the client stubs, answering from a small made-up state.
 *
 * Spaces: console (pid 4), process (pid 5), shell (pid 1), a program (pid 9), and one without a process.
 */
#ifndef FAKE_SERVERS_H
#define FAKE_SERVERS_H

#include "share.h"

#include <stdbool.h>
#include <stdint.h>

/* What the shell asked for, and what it gets. Reset with fake_reset. */
struct fake {
    uint64_t spawn_error;    /* enum pagoda_error of the next spawns, 0: they succeed */
    uint64_t spawn_flags;
    char spawn_path[128];
    struct share spawn_share;
    char spawn_arguments[720];
    uint64_t spawn_arguments_len;
    unsigned n_spawned;      /* pids are 100, 101 ... */
    uint64_t end_status;     /* status word of children when they end */
    bool background_ended;   /* wait without waiting finds the children */
    unsigned n_waited;       /* children collected so far */
    uint64_t foreground;     /* pid of the last process_foreground, 0: the shell */
    uint64_t killed_pid, killed_signal;
    bool no_disk; /* for its counters */
    uint64_t strict; /* commit_set */
    bool too_much_promised;
    uint64_t zero_sharing, stack_step, stack_limit, evict, evict_policy, fail_alloc; /* the pager's settings */
    uint64_t stack_trim, compact, large, hint, chunks_freed, promoted, promotion_pause, large_allowed, load_control, balance, prezero, prezero_limit;
    bool disk_in_use;
    uint64_t balance_limit, balance_low, balance_high;
    bool slowed; /* the process with space 4 thrashes and is slowed */
    bool storms; /* or its faults are a storm */
    bool held;   /* the process 9 waits for memory to begin */
    bool turn_changes; /* it and the shell thrash, the shell is slowed; a turn begins as soon as somebody has read that: then it is the other one */
    bool thread_lent;
    uint64_t colouring, colour_set, colours;
    uint64_t limit_space, limit_pages, limit_bytes; /* of the last stack_set_limit, space_set_limit */
    uint64_t share_min, share_weight; /* of the last space_set_share */
    bool pager_down;         /* the pager answers every request with an error */
    uint64_t problems;       /* of the pager's check */
    bool powered_off;
    const char *typed;       /* what console.read_within gives, byte by byte; at its end, nothing comes */
    unsigned n_pauses;       /* times that it gave nothing */
    unsigned pauses_max;     /* after so many of them the console is lost; 0: at once */
    unsigned n_samples;      /* of the history of pressure; at most 112 */
    unsigned formatted;      /* forced formats of volume 0 */
    uint64_t traced_space;   /* that is being recorded; 0: none */
    bool trace_recorded;     /* there is a trace: the policy's state and one fault */
    bool trace_volume;       /* volume 0 is one for traces */
    uint8_t trace_bytes[3][4096]; /* what it holds, from block 1 on */
};

extern struct fake fake;

/* fake_reset: everything as after boot, the kernel information page mapped at its place. */
void fake_reset(void);

#endif
