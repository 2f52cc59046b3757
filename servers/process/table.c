/* SPDX-License-Identifier: BSD-2-Clause */
#include "table.h"
#include <string.h>

void table_init(struct table *table, unsigned limit)
{
    /* Entries that were never used are zero: to clear them would make memory of them. */
    memset(table->processes, 0, table->end * sizeof(table->processes[0]));
    memset(table->buckets, 0, sizeof(table->buckets));
    table->last_pid = table->listed = 0;
    table->end = table->free = 0;
    table->limit = limit < TABLE_PROCESSES ? limit : TABLE_PROCESSES;
    table->changes = 1;
}

struct process *table_next(struct table *table, const struct process *after)
{
    struct process *end = &table->processes[table->end];
    for (struct process *p = after ? &table->processes[table_index(table, after) + 1] : table->processes; p < end; p++) {
        if (p->state != PROCESS_FREE) {
            return p;
        }
    }
    return NULL;
}

/* ---- by pid ---- */

static uint16_t *bucket(struct table *table, uint64_t pid)
{
    return &table->buckets[pid % TABLE_BUCKETS];
}

struct process *table_find(struct table *table, uint64_t pid)
{
    for (unsigned i = *bucket(table, pid); i != 0; i = table->processes[i - 1].bucket_next) {
        if (table->processes[i - 1].pid == pid) {
            return &table->processes[i - 1];
        }
    }
    return NULL;
}

struct process *table_living(struct table *table, uint64_t pid)
{
    struct process *p = table_find(table, pid);

    return p && p->state != PROCESS_ZOMBIE ? p : NULL;
}

static void bucket_enter(struct table *table, struct process *p)
{
    uint16_t *first = bucket(table, p->pid);

    p->bucket_next = *first;
    *first = (uint16_t)(table_index(table, p) + 1);
}

static void bucket_leave(struct table *table, const struct process *p)
{
    uint16_t *link = bucket(table, p->pid);

    while (*link != table_index(table, p) + 1) {
        link = &table->processes[*link - 1].bucket_next;
    }
    *link = p->bucket_next;
}

struct process *table_find_space(struct table *table, uint64_t space)
{
    for (struct process *p = table_next(table, NULL); p; p = table_next(table, p)) {
        if (p->state != PROCESS_ZOMBIE && p->space == space) {
            return p;
        }
    }
    return NULL;
}

/* free_entry: the lowest, so that what walks over the table has as few entries to pass as there have been processes at once. */
static struct process *free_entry(struct table *table)
{
    while (table->free < table->end && table->processes[table->free].state != PROCESS_FREE) {
        table->free++;
    }
    if (table->free == table->limit) {
        return NULL;
    }
    table->end += table->free == table->end;
    return &table->processes[table->free++];
}

/* There are more pids than entries, so one is always free. */
static uint64_t next_pid(struct table *table)
{
    do {
        table->last_pid = table->last_pid >= TABLE_PID_MAX ? 1 : table->last_pid + 1;
    } while (table_find(table, table->last_pid));
    return table->last_pid;
}

void table_set_name(struct process *process, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    size_t length = strnlen(name, TABLE_NAME_MAX);
    memset(process->name, 0, sizeof(process->name));
    memcpy(process->name, name, length);
}

struct process *table_add(struct table *table, uint64_t pid, uint64_t parent, const char *name)
{
    if (pid != 0 && table_find(table, pid)) {
        return NULL;
    }
    struct process *p = free_entry(table);
    if (!p) {
        return NULL;
    }
    memset(p, 0, sizeof(*p));
    p->pid = pid != 0 ? pid : next_pid(table);
    p->parent = parent;
    p->state = PROCESS_RUNNING;
    table_set_name(p, name);
    bucket_enter(table, p);
    table->changes++;
    struct process *of = table_find(table, parent);
    if (of) {
        of->child = p->pid;
    }
    return p;
}

unsigned table_index(const struct table *table, const struct process *process)
{
    return (unsigned)(process - table->processes);
}

/* sift: the heap of which `at` is the root is one again: the greatest pid on top. */
static void sift(struct table *table, unsigned at, unsigned n)
{
    uint16_t *order = table->order;

    for (unsigned child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && table->processes[order[child + 1]].pid > table->processes[order[child]].pid) {
            child++;
        }
        if (table->processes[order[at]].pid >= table->processes[order[child]].pid) {
            return;
        }
        uint16_t moved = order[at];
        order[at] = order[child];
        order[child] = moved;
    }
}

static void sort(struct table *table)
{
    unsigned n = 0;

    for (const struct process *p = table_next(table, NULL); p; p = table_next(table, p)) {
        table->order[n++] = (uint16_t)table_index(table, p);
    }
    table->n_order = n;
    for (unsigned i = n / 2; i-- > 0;) {
        sift(table, i, n);
    }
    while (n > 1) {
        uint16_t last = table->order[--n];
        table->order[n] = table->order[0];
        table->order[0] = last;
        sift(table, 0, n);
    }
    table->listed = table->changes;
}

struct process *table_nth(struct table *table, uint64_t index)
{
    if (table->listed != table->changes) {
        sort(table);
    }
    return index < table->n_order ? &table->processes[table->order[index]] : NULL;
}

bool table_is_descendant(struct table *table, uint64_t pid, uint64_t ancestor)
{
    /* Bounded by the table: even damaged parent links could not make this walk endless. */
    for (unsigned steps = 0; pid != 0 && steps <= TABLE_PROCESSES; steps++) {
        if (pid == ancestor) {
            return true;
        }
        const struct process *p = table_find(table, pid);
        pid = p ? p->parent : 0;
    }
    return false;
}

struct process *table_next_child(struct table *table, uint64_t pid, const struct process *after)
{
    for (struct process *p = table_next(table, after); p; p = table_next(table, p)) {
        if (p->parent == pid) {
            return p;
        }
    }
    return NULL;
}

enum table_wait_result table_wait(struct table *table, uint64_t parent, uint64_t pid, struct process **out)
{
    enum table_wait_result result = TABLE_WAIT_NO_CHILD;
    struct process *found = NULL;
    for (struct process *p = table_next_child(table, parent, NULL); p; p = table_next_child(table, parent, p)) {
        if (pid != 0 && p->pid != pid) {
            continue;
        }
        if (p->state != PROCESS_ZOMBIE) {
            result = TABLE_WAIT_LATER;
        } else if (!found || p->pid < found->pid) {
            found = p;
        }
    }
    if (found) {
        *out = found;
        return TABLE_WAIT_NOW;
    }
    return result;
}

void table_block(struct process *process, uint64_t pid, uint64_t reply)
{
    process->state = PROCESS_WAITING;
    process->wait_for = pid;
    process->wait_reply = reply;
}

struct process *table_waiter(struct table *table, const struct process *child)
{
    struct process *parent = child->parent ? table_find(table, child->parent) : NULL;
    if (!parent || parent->state != PROCESS_WAITING || (parent->wait_for != 0 && parent->wait_for != child->pid)) {
        return NULL;
    }
    return parent;
}

/* pass_on: that this server worked for it, and that it storms. */
static void pass_on(struct table *table, const struct process *process, struct process *parent)
{
    struct process *child = process->child ? table_living(table, process->child) : NULL;
    struct process *heir = child && child->parent == process->pid ? child : parent;

    if (!heir) {
        return;
    }
    heir->work += process->work;
    heir->between += process->between;
    heir->turn += process->turn;
    heir->storms |= heir == child && process->storms;
}

static void let_children_go(struct table *table, const struct process *process)
{
    for (struct process *p = table_next_child(table, process->pid, NULL); p; p = table_next_child(table, process->pid, p)) {
        if (p->state == PROCESS_ZOMBIE) {
            table_free(table, p);
        } else {
            p->parent = 0;
        }
    }
}

bool table_end(struct table *table, struct process *process, uint64_t status)
{
    struct process *parent = table_living(table, process->parent);

    pass_on(table, process, parent);
    if (process->child) {
        let_children_go(table, process);
    }
    if (!parent) {
        table_free(table, process);
        return false;
    }
    process->state = PROCESS_ZOMBIE;
    process->status = status;
    return true;
}

void table_free(struct table *table, struct process *process)
{
    bucket_leave(table, process);
    memset(process, 0, sizeof(*process));
    table->changes++;
    if (table_index(table, process) < table->free) {
        table->free = table_index(table, process);
    }
    while (table->end > 0 && table->processes[table->end - 1].state == PROCESS_FREE) {
        table->end--;
    }
}
