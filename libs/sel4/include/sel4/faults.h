/* SPDX-License-Identifier: BSD-2-Clause */
/* Fault messages taken apart: seL4_getFault keeps the words of the message that a handler has just received, the getters name them. */
#ifndef SEL4_FAULTS_H
#define SEL4_FAULTS_H

#include "sel4/syscalls.h"

typedef struct seL4_Fault {
    seL4_FaultType type;
    seL4_Word words[seL4_UnknownSyscall_Length]; /* of the message; the longest one has that many */
} seL4_Fault_t;

/* seL4_getFault: the fault whose message, with this info, is in the message registers; type NullFault if the message is none. */
static inline seL4_Fault_t seL4_getFault(seL4_MessageInfo_t info)
{
    seL4_Fault_t fault = {seL4_Fault_NullFault, {0}};
    seL4_Word label = seL4_MessageInfo_get_label(info), length = seL4_MessageInfo_get_length(info);
    if (label == seL4_Fault_CapFault || label == seL4_Fault_UnknownSyscall || label == seL4_Fault_UserException || label == seL4_Fault_Timeout ||
        label == seL4_Fault_VMFault)
        fault.type = (seL4_FaultType)label;
    for (seL4_Word i = 0; i < length && i < seL4_UnknownSyscall_Length; i++)
        fault.words[i] = seL4_GetMR((int)i);
    return fault;
}
static inline seL4_Word seL4_Fault_get_seL4_FaultType(seL4_Fault_t fault) { return (seL4_Word)fault.type; }

#define SEL4_FAULT_GETTER(kind, field, index) \
    static inline seL4_Word seL4_Fault_##kind##_get_##field(seL4_Fault_t fault) { return fault.words[index]; }

SEL4_FAULT_GETTER(VMFault, IP, seL4_VMFault_IP)
SEL4_FAULT_GETTER(VMFault, Addr, seL4_VMFault_Addr)
SEL4_FAULT_GETTER(VMFault, PrefetchFault, seL4_VMFault_PrefetchFault)
SEL4_FAULT_GETTER(VMFault, FSR, seL4_VMFault_FSR)
SEL4_FAULT_GETTER(CapFault, IP, seL4_CapFault_IP)
SEL4_FAULT_GETTER(CapFault, Addr, seL4_CapFault_Addr)
SEL4_FAULT_GETTER(CapFault, InRecvPhase, seL4_CapFault_InRecvPhase)
SEL4_FAULT_GETTER(CapFault, LookupFailureType, seL4_CapFault_LookupFailureType)
SEL4_FAULT_GETTER(CapFault, MR4, 4) /* what the lookup failure says, if it says something */
SEL4_FAULT_GETTER(CapFault, MR5, 5)
SEL4_FAULT_GETTER(CapFault, MR6, 6)
SEL4_FAULT_GETTER(UnknownSyscall, X0, seL4_UnknownSyscall_X0)
SEL4_FAULT_GETTER(UnknownSyscall, X1, seL4_UnknownSyscall_X1)
SEL4_FAULT_GETTER(UnknownSyscall, X2, seL4_UnknownSyscall_X2)
SEL4_FAULT_GETTER(UnknownSyscall, X3, seL4_UnknownSyscall_X3)
SEL4_FAULT_GETTER(UnknownSyscall, X4, seL4_UnknownSyscall_X4)
SEL4_FAULT_GETTER(UnknownSyscall, X5, seL4_UnknownSyscall_X5)
SEL4_FAULT_GETTER(UnknownSyscall, X6, seL4_UnknownSyscall_X6)
SEL4_FAULT_GETTER(UnknownSyscall, X7, seL4_UnknownSyscall_X7)
SEL4_FAULT_GETTER(UnknownSyscall, FaultIP, seL4_UnknownSyscall_FaultIP)
SEL4_FAULT_GETTER(UnknownSyscall, SP, seL4_UnknownSyscall_SP)
SEL4_FAULT_GETTER(UnknownSyscall, LR, seL4_UnknownSyscall_LR)
SEL4_FAULT_GETTER(UnknownSyscall, SPSR, seL4_UnknownSyscall_SPSR)
SEL4_FAULT_GETTER(UnknownSyscall, Syscall, seL4_UnknownSyscall_Syscall)
SEL4_FAULT_GETTER(UserException, FaultIP, seL4_UserException_FaultIP)
SEL4_FAULT_GETTER(UserException, Stack, seL4_UserException_SP)
SEL4_FAULT_GETTER(UserException, SPSR, seL4_UserException_SPSR)
SEL4_FAULT_GETTER(UserException, Number, seL4_UserException_Number)
SEL4_FAULT_GETTER(UserException, Code, seL4_UserException_Code)
SEL4_FAULT_GETTER(Timeout, data, seL4_Timeout_Data)
SEL4_FAULT_GETTER(Timeout, consumed, seL4_Timeout_Consumed)

static inline seL4_Bool seL4_isCapFault_tag(seL4_MessageInfo_t info) { return seL4_MessageInfo_get_label(info) == seL4_Fault_CapFault; }
static inline seL4_Bool seL4_isUnknownSyscall_tag(seL4_MessageInfo_t info) { return seL4_MessageInfo_get_label(info) == seL4_Fault_UnknownSyscall; }
static inline seL4_Bool seL4_isUserException_tag(seL4_MessageInfo_t info) { return seL4_MessageInfo_get_label(info) == seL4_Fault_UserException; }
static inline seL4_Bool seL4_isTimeoutFault_tag(seL4_MessageInfo_t info) { return seL4_MessageInfo_get_label(info) == seL4_Fault_Timeout; }
static inline seL4_Bool seL4_isVMFault_tag(seL4_MessageInfo_t info) { return seL4_MessageInfo_get_label(info) == seL4_Fault_VMFault; }

/* seL4_TimeoutReply_new: prepare the answer to a timeout fault: the first `length` registers (at most seL4_TimeoutReply_Length count) in the message
 * registers; the thread goes on or stays stopped. */
static inline seL4_MessageInfo_t seL4_TimeoutReply_new(seL4_Bool resume, seL4_UserContext registers, seL4_Word length)
{
    const seL4_Word *words = (const seL4_Word *)&registers;
    for (seL4_Word i = 0; i < length && i < sizeof registers / sizeof *words; i++)
        seL4_SetMR((int)i, words[i]);
    return seL4_MessageInfo_new(!resume, 0, 0, length);
}

#endif
