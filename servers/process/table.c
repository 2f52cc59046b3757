/* SPDX-License-Identifier: BSD-2-Clause */
#include "table.h"
#include <string.h>

void table_init(struct table *table)
{
    memset(table, 0, sizeof(*table));
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

struct process *table_find(struct table *table, uint64_t pid)
{
    for (struct process *p = table_next(table, NULL); p; p = table_next(table, p)) {
        if (p->pid == pid) {
            return p;
        }
    }
    return NULL;
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
    for (unsigned i = 0; i < table->end; i++) {
        if (table->processes[i].state == PROCESS_FREE) {
            return &table->processes[i];
        }
    }
    return table->end < TABLE_PROCESSES ? &table->processes[table->end++] : NULL;
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
    return p;
}

unsigned table_index(const struct table *table, const struct process *process)
{
    return (unsigned)(process - table->processes);
}

/* The entry with the lowest pid above `pid`. */
static struct process *next_above(struct table *table, uint64_t pid)
{
    struct process *best = NULL;
    for (struct process *p = table_next(table, NULL); p; p = table_next(table, p)) {
        if (p->pid > pid && (!best || p->pid < best->pid)) {
            best = p;
        }
    }
    return best;
}

struct process *table_nth(struct table *table, uint64_t index)
{
    if (index >= TABLE_PROCESSES) {
        return NULL;
    }
    struct process *p = next_above(table, 0);
    while (p && index-- != 0) {
        p = next_above(table, p->pid);
    }
    return p;
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

bool table_end(struct table *table, struct process *process, uint64_t status)
{
    for (struct process *p = table_next_child(table, process->pid, NULL); p; p = table_next_child(table, process->pid, p)) {
        if (p->state == PROCESS_ZOMBIE) {
            table_free(table, p);
        } else {
            p->parent = 0;
        }
    }
    const struct process *parent = process->parent ? table_find(table, process->parent) : NULL;
    if (!parent || parent->state == PROCESS_ZOMBIE) {
        table_free(table, process);
        return false;
    }
    process->state = PROCESS_ZOMBIE;
    process->status = status;
    return true;
}

void table_free(struct table *table, struct process *process)
{
    memset(process, 0, sizeof(*process));
    while (table->end > 0 && table->processes[table->end - 1].state == PROCESS_FREE) {
        table->end--;
    }
}
