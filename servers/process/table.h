/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process table: who exists, who is whose child, who waits for whom, how processes ended. Pure: no IPC, no capabilities;
 * the server does what the table says.
 *
 * Life: running (or waiting) -> zombie, when its parent lives and may still ask -> free. A process whose parent is gone has parent 0
 * and is freed as soon as it ends: nobody can ask for its status.
 */
#ifndef PROCESS_TABLE_H
#define PROCESS_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#define TABLE_PROCESSES 1824 /* at most, system processes included; how many there really may be depends on the server's capability slots. Only what is used is ever touched */
#define TABLE_BUCKETS 1024u  /* for finding by pid */
#define TABLE_NAME_MAX 31
#define TABLE_PID_MAX 99999 /* pids start again after this, skipping those in use */

enum process_state { PROCESS_FREE = 0, PROCESS_RUNNING = 1, PROCESS_WAITING = 2, PROCESS_ZOMBIE = 3 };

struct process {
    enum process_state state; /* the numbers are STATE_* of the protocol */
    bool system;              /* started by init; cannot be ended */
    bool observer;            /* holds observer badges (the shell) */
    bool notified;        /* has a notification of its own */
    bool thrashes, storms; /* as the pager's plan says */
    uint32_t slowed_us;   /* by load control: so much of THREAD_SLOW_PERIOD_US its thread has; 0: it has its slices */
    bool time_unset;      /* its time could not be set, which has been said */
    bool suspended;       /* its share of the servers' work is used up: its thread repeats its request when it goes on */
    bool held;            /* it waits for memory, and its thread has not run yet (start.h) */
    bool foreground;      /* it had the terminal when it was started */
    uint64_t pid;
    uint64_t parent;     /* 0: none */
    uint64_t child;      /* the last one that was made; it may have ended. 0: none was */
    uint64_t space;      /* the pager's number */
    uint64_t status;     /* of a zombie: as wait reports it */
    uint64_t cpu_us;     /* CPU time read so far */
    uint64_t cpu_seen_us; /* when it was last looked at for load control */
    uint64_t work;       /* of this server for it, in ticks, which the pager has not been told */
    uint64_t between;    /* the same: what went by between its requests, if that counts */
    uint64_t turn;       /* the same, which it has: since it let others go first */
    uint64_t needs;      /* pages that it was expected to use when it was started under load control */
    uint64_t held_us;    /* since when it waits for memory */
    uint64_t begun_us;   /* when it began to run under load control; 0: not so */
    uint64_t entry, sp;  /* where its thread begins */
    uint64_t wait_for;   /* state WAITING: pid, or 0 for any child */
    uint64_t wait_reply; /* state WAITING: reply object to answer through */
    uint16_t bucket_next; /* index of the next in its bucket, + 1 */
    char name[TABLE_NAME_MAX + 1];
};

struct table {
    uint16_t buckets[TABLE_BUCKETS]; /* index of the first, + 1; 0: none */
    uint64_t last_pid; /* last one handed out */
    unsigned limit;    /* entries that may be used */
    unsigned end;      /* no entry from here on is in use */
    unsigned free;     /* no entry before this one is free */
    uint64_t changes;  /* entries that came and went */
    uint64_t listed;   /* `changes` when `order` was made */
    unsigned n_order;
    uint16_t order[TABLE_PROCESSES]; /* indexes by pid */
    struct process processes[TABLE_PROCESSES];
};

/* table_init: an empty table for `limit` processes; of one that is all zero, or was used before. */
void table_init(struct table *table, unsigned limit);

/*
 * table_add: a new running process with the next free pid (pid = 0) or exactly this one.
 * NULL when the table is full or the pid is taken. Nothing else of it is set but name (cut to TABLE_NAME_MAX) and parent.
 */
struct process *table_add(struct table *table, uint64_t pid, uint64_t parent, const char *name);

/* table_set_name: the last component of a path, cut to fit. */
void table_set_name(struct process *process, const char *path);

/* table_index: number of a process's entry, 0..TABLE_PROCESSES-1; its slots are found by it. */
unsigned table_index(const struct table *table, const struct process *process);

/* table_next: the entry in use behind `after`, in table order (NULL: the first); NULL behind the last. To free the entry itself while walking is allowed. */
struct process *table_next(struct table *table, const struct process *after);

/* table_find: by pid, zombies included; NULL when there is none (pid 0 never is). O(1), about. */
struct process *table_find(struct table *table, uint64_t pid);

/* table_living: the same, but NULL for a zombie. */
struct process *table_living(struct table *table, uint64_t pid);

/* table_find_space: the living process in this space; NULL when there is none. */
struct process *table_find_space(struct table *table, uint64_t space);

/* table_nth: the index-th entry in order of pid; NULL past the last. O(1) if none has come or gone since it was asked last, else O(n log n). */
struct process *table_nth(struct table *table, uint64_t index);

/* table_is_descendant: process is `ancestor` itself or below it. Zombies pass ancestry on while they exist. */
bool table_is_descendant(struct table *table, uint64_t pid, uint64_t ancestor);

/* table_next_child: the child of pid after `after` (NULL: the first) in table order, zombies included. */
struct process *table_next_child(struct table *table, uint64_t pid, const struct process *after);

enum table_wait_result {
    TABLE_WAIT_NO_CHILD, /* no such child */
    TABLE_WAIT_LATER,    /* such a child is alive */
    TABLE_WAIT_NOW,      /* one has ended: *out */
};

/* table_wait: can `parent` have the status of `pid` (0: any child) now? Of several zombies the lowest pid comes first. */
enum table_wait_result table_wait(struct table *table, uint64_t parent, uint64_t pid, struct process **out);

/* table_block: `process` waits from now on, to be answered through `reply`. */
void table_block(struct process *process, uint64_t pid, uint64_t reply);

/* table_waiter: the parent that waits for `child`, or NULL. */
struct process *table_waiter(struct table *table, const struct process *child);

/*
 * table_end: the process has ended with this status. Its living children become orphans (parent 0), its zombie children are
 * freed. It becomes a zombie if its parent lives, else it is freed at once: true when it still exists afterwards. What was worked for it counts for its last
 * child, if that lives, which storms if it did; else for its parent.
 */
bool table_end(struct table *table, struct process *process, uint64_t status);

/* table_free: give the entry back (a zombie whose status was taken, or a start that failed). */
void table_free(struct table *table, struct process *process);

#endif
