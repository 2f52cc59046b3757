/* SPDX-License-Identifier: BSD-2-Clause */
#include "report.h"
#include <inttypes.h>
#include <stdio.h>

#include "generated/pager_protocol.h"

#define KIB (uint64_t)1024
#define MIB (1024 * KIB)

const char *report_size(char *text, uint64_t bytes)
{
    if (bytes >= MIB && bytes % MIB == 0) {
        snprintf(text, 32, "%" PRIu64 " MiB", bytes / MIB);
    } else if (bytes >= KIB) {
        snprintf(text, 32, "%" PRIu64 " KiB", bytes / KIB);
    } else {
        snprintf(text, 32, "%" PRIu64 " bytes", bytes);
    }
    return text;
}

/* Exception class, bits 31-26 of ESR_EL1 (Arm ARM, D24.2.45). */
static const char *exception_text(uint64_t esr)
{
    switch (esr >> 26 & 0x3f) {
    case 0x00:
        return "undefined instruction";
    case 0x0e:
        return "illegal execution state";
    case 0x18:
        return "access to a system register that programs may not use";
    case 0x22:
        return "misaligned program counter";
    case 0x26:
        return "misaligned stack pointer";
    case 0x2c:
        return "floating-point exception";
    case 0x3c:
        return "breakpoint instruction";
    default:
        return "exception";
    }
}

/* Which of the process's stacks it was, the event does not say: the address does. */
static int stack_overflow(char *text, size_t room, const struct report_event *e)
{
    char used[32], limit[32];
    return snprintf(text, room,
        "stack overflow: the stack holds %s, its limit is %s, and it asked for more at address 0x%" PRIx64 " (instruction at 0x%" PRIx64 ")",
        report_size(used, e->used), report_size(limit, e->limit), e->va, e->ip);
}

/* The process that is ended is seldom the one that asked for the last page: then there is no address. */
static int no_memory(char *text, size_t room, const struct report_event *e)
{
    char used[32];
    int n = snprintf(text, room, "out of memory: it held %s, the most beyond its share, when the last free page was gone",
        report_size(used, e->used));
    if (e->va && n > 0 && (size_t)n < room) {
        n += snprintf(text + n, room - (size_t)n, " (address 0x%" PRIx64 ")", e->va);
    }
    return n;
}

static const char *damage_text(uint64_t damage)
{
    static const char *const texts[] = {
        [PAGER_STORE_DAMAGE_NO_RECORD] = "nothing is known of it any more", [PAGER_STORE_DAMAGE_REUSED] = "its place was given to another page",
        [PAGER_STORE_DAMAGE_MISPLACED] = "another page was found in its place", [PAGER_STORE_DAMAGE_CHECKSUM] = "its checksum is wrong",
        [PAGER_STORE_DAMAGE_UNREADABLE] = "it does not expand to a page",
        [PAGER_STORE_DAMAGE_DISK] = "the disk did not give it back",
    };
    return damage < sizeof(texts) / sizeof(texts[0]) && texts[damage] ? texts[damage] : "it is damaged";
}

static int reason_text(char *text, size_t room, const struct report_event *e)
{
    char used[32], limit[32];
    switch (e->reason) {
    case PAGER_EVENT_BAD_ADDRESS:
        return snprintf(text, room, "bad address: nothing is mapped at 0x%" PRIx64 " (instruction at 0x%" PRIx64 ")", e->va, e->ip);
    case PAGER_EVENT_PROTECTION:
        return snprintf(text, room, "protection: this kind of access is not allowed at 0x%" PRIx64 " (instruction at 0x%" PRIx64 ")", e->va, e->ip);
    case PAGER_EVENT_STACK_OVERFLOW:
        return stack_overflow(text, room, e);
    case PAGER_EVENT_OVER_LIMIT:
        return snprintf(text, room, "over its limit: it holds %s of at most %s and asked for more at 0x%" PRIx64, report_size(used, e->used),
            report_size(limit, e->limit), e->va);
    case PAGER_EVENT_NO_MEMORY:
        return no_memory(text, room, e);
    case PAGER_EVENT_EXCEPTION:
        return snprintf(text, room, "%s at 0x%" PRIx64 " (ESR 0x%" PRIx64 ")", exception_text(e->detail), e->ip, e->detail);
    case PAGER_EVENT_UNKNOWN_SYSCALL:
        return snprintf(text, room, "unknown system call %" PRId64 " at 0x%" PRIx64, (int64_t)e->detail, e->ip);
    case PAGER_EVENT_CAP_FAULT:
        return snprintf(text, room, "capability fault: slot %" PRIu64 " holds nothing that can be used so (instruction at 0x%" PRIx64 ")", e->detail, e->ip);
    case PAGER_EVENT_STORE_DAMAGED:
        return snprintf(text, room, "lost page: what was stored of the page at 0x%" PRIx64 " cannot be used: %s", e->va, damage_text(e->detail));
    default:
        return snprintf(text, room, "stopped by the pager for reason %" PRIu64 " at 0x%" PRIx64, e->reason, e->va);
    }
}

#define PAGE_KIB 4
/* Of a row: names are cut, and numbers of pages fit a machine's memory. */
#define VICTIM_LINE_MAX 110
_Static_assert((VICTIM_TABLE_ROWS + 1) * VICTIM_LINE_MAX <= REPORT_VICTIMS_MAX, "the table has room");

static size_t victim_line(char *text, const struct victim_row *row, uint64_t pid)
{
    char number[24] = "-";
    if (pid)
        snprintf(number, sizeof(number), "%" PRIu64, pid);
    int n = snprintf(text, VICTIM_LINE_MAX, "%6s  %-*.*s %10" PRIu64 " %10" PRIu64 " %10" PRIu64 " %7" PRIu32 " %10" PRIu64 "\n", number,
        VICTIM_LABEL_MAX, VICTIM_LABEL_MAX, row->label, row->held * PAGE_KIB, row->resident * PAGE_KIB, row->min * PAGE_KIB, row->weight, row->share * PAGE_KIB);
    return n < VICTIM_LINE_MAX ? (size_t)n : VICTIM_LINE_MAX - 1;
}

size_t report_victims_text(char *text, const struct victim_row *rows, const uint64_t *pids, unsigned n)
{
    size_t length = (size_t)snprintf(text, VICTIM_LINE_MAX, "%6s  %-*s %10s %10s %10s %7s %10s\n", "PID", VICTIM_LABEL_MAX, "SIZES IN KIB", "HELD", "RESIDENT", "MINIMUM",
        "WEIGHT", "EXCESS");
    for (unsigned i = 0; i < n && i < VICTIM_TABLE_ROWS; i++)
        length += victim_line(text + length, &rows[i], pids[i]);
    return length;
}

size_t report_time_text(char *text, uint64_t pid, const char *name, bool slowed, unsigned error)
{
    int n = snprintf(text, REPORT_MAX, "process: the time of pid %" PRIu64 " (%s) could not be %s: kernel error %u\n", pid, name,
        slowed ? "cut" : "given back", error);
    return n < REPORT_MAX ? (size_t)n : REPORT_MAX - 1;
}

size_t report_event_text(char *text, uint64_t pid, const char *name, const struct report_event *event)
{
    int head = snprintf(text, REPORT_MAX, "pid %" PRIu64 " (%s): ", pid, name);
    int body = reason_text(text + head, (size_t)(REPORT_MAX - head - 1), event);
    size_t length = (size_t)head + (size_t)body;
    if (length > REPORT_MAX - 2) {
        length = REPORT_MAX - 2;
    }
    text[length] = '\n';
    text[length + 1] = 0;
    return length + 1;
}
