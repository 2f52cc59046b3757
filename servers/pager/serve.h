/* SPDX-License-Identifier: BSD-2-Clause */
/* What happens round each message, apart from receiving it and sending the answer (main.c). */
#ifndef PAGER_SERVE_H
#define PAGER_SERVE_H

#include <stdbool.h>
#include <stdint.h>

/* Labels of fault messages. */
enum fault_label {
    FAULT_MESSAGE_CAP = 1,
    FAULT_MESSAGE_SYSCALL = 2,
    FAULT_MESSAGE_EXCEPTION = 3,
    FAULT_MESSAGE_TIMEOUT = 5,
    FAULT_MESSAGE_VM = 6,
};

/* serve_fault: a fault message of a space; true: answer it (the reply makes the mapping that mapping_deferred tells, and resumes the
 * thread), false: leave the thread stopped. */
bool serve_fault(uint64_t space, uint64_t label, const uint64_t *words, unsigned length);

/* serve_count: a fault was served in so many ticks; includes pressure_moved. */
void serve_count(uint64_t ticks);

/* serve_after: work after the reply to a fault or a request: filling the reserve, checks. serve_pending: there is such work now. */
bool serve_pending(void);
void serve_after(bool fault);

/* serve_tick: the clock's period is over: take a sample for the history of pressure. */
void serve_tick(void);

#endif
