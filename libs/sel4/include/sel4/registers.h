/* SPDX-License-Identifier: BSD-2-Clause */
/* Stubs with packed flags or registers, which objects.toml marks as written by hand. */
#ifndef SEL4_REGISTERS_H
#define SEL4_REGISTERS_H

#include "generated/sel4_stubs.h"

#define SEL4_CONTEXT_WORDS (sizeof(seL4_UserContext) / sizeof(seL4_Word))

static inline seL4_Error seL4_TCB_ReadRegisters(seL4_TCB service, seL4_Bool suspend_source, seL4_Uint8 arch_flags, seL4_Word count,
                                                seL4_UserContext *regs)
{
    seL4_SetMR(0, (seL4_Word)(suspend_source & 1) | (seL4_Word)arch_flags << 8);
    seL4_SetMR(1, count);
    seL4_MessageInfo_t info = seL4_Call(service, seL4_MessageInfo_new(TCBReadRegisters, 0, 0, 2));
    seL4_Error error = (seL4_Error)seL4_MessageInfo_get_label(info);
    if (error)
        return error;
    seL4_Word got = seL4_MessageInfo_get_length(info);
    for (seL4_Word i = 0; i < got && i < count && i < SEL4_CONTEXT_WORDS; i++)
        ((seL4_Word *)regs)[i] = seL4_GetMR((int)i);
    return seL4_NoError;
}

/* Of arch_flags. */
#define PAGODA_CLEAR_FPU 1   /* the thread's FP registers become zero */
#define PAGODA_RESUME_LAST 2 /* the thread, if it is ready, stands behind the others of its priority */

static inline seL4_Error seL4_TCB_WriteRegisters(seL4_TCB service, seL4_Bool resume_target, seL4_Uint8 arch_flags, seL4_Word count,
                                                 seL4_UserContext *regs)
{
    seL4_SetMR(0, (seL4_Word)(resume_target & 1) | (seL4_Word)arch_flags << 8);
    seL4_SetMR(1, count);
    for (seL4_Word i = 0; i < SEL4_CONTEXT_WORDS; i++)
        seL4_SetMR((int)(i + 2), ((const seL4_Word *)regs)[i]);
    seL4_MessageInfo_t info = seL4_Call(service, seL4_MessageInfo_new(TCBWriteRegisters, 0, 0, 2 + SEL4_CONTEXT_WORDS));
    return (seL4_Error)seL4_MessageInfo_get_label(info);
}

static inline seL4_Error seL4_TCB_CopyRegisters(seL4_TCB service, seL4_TCB source, seL4_Bool suspend_source, seL4_Bool resume_target,
                                                seL4_Bool transfer_frame, seL4_Bool transfer_integer, seL4_Uint8 arch_flags)
{
    seL4_SetCap(0, source);
    seL4_SetMR(0, (seL4_Word)(suspend_source & 1) | (seL4_Word)(resume_target & 1) << 1 | (seL4_Word)(transfer_frame & 1) << 2 |
                      (seL4_Word)(transfer_integer & 1) << 3 | (seL4_Word)arch_flags << 8);
    seL4_MessageInfo_t info = seL4_Call(service, seL4_MessageInfo_new(TCBCopyRegisters, 0, 1, 1));
    return (seL4_Error)seL4_MessageInfo_get_label(info);
}

/* ConfigureFlags without flags. */
static inline seL4_Error seL4_SchedControl_Configure(seL4_SchedControl service, seL4_SchedContext sched_context, seL4_Time budget, seL4_Time period,
                                                     seL4_Word extra_refills, seL4_Word badge)
{
    return seL4_SchedControl_ConfigureFlags(service, sched_context, budget, period, extra_refills, badge, 0);
}

#endif
