/* SPDX-License-Identifier: BSD-2-Clause */
/* Synchronous exceptions from EL0 other than svc. */
#include "entry/entry.h"
#include "info.h"
#include "local.h"
#include "object/paging.h"

enum { STATUS_WRITE = 1 << 6 };
enum { CLASS_FPU = 0x07, CLASS_INSTRUCTION_ABORT = 0x20, CLASS_DATA_ABORT = 0x24 };

struct thread *exception_from_user(struct thread *t, word_t esr);
void idle_entered(void);

/* Fault status of an access-flag or a permission fault: the ways in which the walker tells that an access was to be noted. */
static bool is_watched_access(word_t status) { return (status & 0x38) == 0x08; }

static NOINLINE struct thread *other_exception_from_user(struct thread *t, word_t status)
{
    switch (status >> 26) {
    case CLASS_DATA_ABORT:
        if (is_watched_access(status) && paging_touch(t, READ_SYSREG(far_el1), status & STATUS_WRITE))
            return t;
        return entry_vm_fault(t, READ_SYSREG(far_el1), status, false);
    case CLASS_INSTRUCTION_ABORT:
        if (is_watched_access(status) && paging_touch(t, t->context.pc, false))
            return t;
        return entry_vm_fault(t, t->context.pc, status, true);
    case CLASS_FPU:
        if (fpu_claim(t))
            return t;
        break;
    }
    return entry_user_exception(t, status, 0);
}

/* Page faults that become messages go their way without a stack frame. */
struct thread *exception_from_user(struct thread *t, word_t esr)
{
    word_t status = esr & 0xffffffff;
    if (likely(status >> 26 == CLASS_DATA_ABORT && !is_watched_access(status)))
        return entry_vm_fault(t, READ_SYSREG(far_el1), status, false);
    return other_exception_from_user(t, status);
}

void idle_entered(void) { kernel_info->idle_entries++; }
