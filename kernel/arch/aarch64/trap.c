/* SPDX-License-Identifier: BSD-2-Clause */
/* Synchronous exceptions from EL0 other than svc. */
#include "entry/entry.h"
#include "info.h"
#include "local.h"

enum { CLASS_FPU = 0x07, CLASS_INSTRUCTION_ABORT = 0x20, CLASS_DATA_ABORT = 0x24 };

struct thread *exception_from_user(struct thread *t, word_t esr);
void idle_entered(void);

struct thread *exception_from_user(struct thread *t, word_t esr)
{
    word_t status = esr & 0xffffffff;

    switch (status >> 26) {
    case CLASS_DATA_ABORT:
        return entry_vm_fault(t, READ_SYSREG(far_el1), status, false);
    case CLASS_INSTRUCTION_ABORT:
        return entry_vm_fault(t, t->context.pc, status, true);
    case CLASS_FPU:
        if (fpu_claim(t))
            return t;
        break;
    }
    return entry_user_exception(t, status, 0);
}

void idle_entered(void) { kernel_info->idle_entries++; }
