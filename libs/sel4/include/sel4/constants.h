/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers of the kernel interface that are no sizes: errors, faults, lookup failures, attributes, fixed slots. */
#ifndef SEL4_CONSTANTS_H
#define SEL4_CONSTANTS_H

typedef enum {
    seL4_NoError = 0,
    seL4_InvalidArgument = 1,
    seL4_InvalidCapability = 2,
    seL4_IllegalOperation = 3,
    seL4_RangeError = 4,
    seL4_AlignmentError = 5,
    seL4_FailedLookup = 6,
    seL4_TruncatedMessage = 7,
    seL4_DeleteFirst = 8,
    seL4_RevokeFirst = 9,
    seL4_NotEnoughMemory = 10,
    seL4_NumErrors
} seL4_Error;

typedef enum {
    seL4_NoFailure = 0,
    seL4_InvalidRoot = 1,
    seL4_MissingCapability = 2,
    seL4_DepthMismatch = 3,
    seL4_GuardMismatch = 4,
} seL4_LookupFailureType;

/* Labels of fault messages, and where their words are. */
typedef enum {
    seL4_Fault_NullFault = 0,
    seL4_Fault_CapFault = 1,
    seL4_Fault_UnknownSyscall = 2,
    seL4_Fault_UserException = 3,
    seL4_Fault_Timeout = 5,
    seL4_Fault_VMFault = 6,
} seL4_FaultType;

enum { seL4_VMFault_IP = 0, seL4_VMFault_Addr, seL4_VMFault_PrefetchFault, seL4_VMFault_FSR, seL4_VMFault_Length };
enum { seL4_CapFault_IP = 0, seL4_CapFault_Addr, seL4_CapFault_InRecvPhase, seL4_CapFault_LookupFailureType, seL4_CapFault_BitsLeft,
       seL4_CapFault_DepthMismatch_BitsFound, seL4_CapFault_GuardMismatch_GuardFound = 5, seL4_CapFault_GuardMismatch_BitsFound };
enum { seL4_UnknownSyscall_X0 = 0, seL4_UnknownSyscall_X1, seL4_UnknownSyscall_X2, seL4_UnknownSyscall_X3, seL4_UnknownSyscall_X4,
       seL4_UnknownSyscall_X5, seL4_UnknownSyscall_X6, seL4_UnknownSyscall_X7, seL4_UnknownSyscall_FaultIP, seL4_UnknownSyscall_SP, seL4_UnknownSyscall_LR,
       seL4_UnknownSyscall_SPSR, seL4_UnknownSyscall_Syscall, seL4_UnknownSyscall_Length };
enum { seL4_UserException_FaultIP = 0, seL4_UserException_SP, seL4_UserException_SPSR, seL4_UserException_Number, seL4_UserException_Code,
       seL4_UserException_Length };
enum { seL4_Timeout_Data = 0, seL4_Timeout_Consumed, seL4_Timeout_Length };
enum { seL4_TimeoutReply_Length = 34 }; /* registers in the order of seL4_UserContext */

typedef enum {
    seL4_ARM_PageCacheable = 1,
    seL4_ARM_ParityEnabled = 2,
    seL4_ARM_Default_VMAttributes = 3,
    seL4_ARM_ExecuteNever = 4,
    seL4_ARM_Contiguous = 8, /* MapRange, with the two above: docs/paging-extension.md, "Groups" */
} seL4_ARM_VMAttributes;

typedef enum { seL4_TCBFlag_NoFlag = 0, seL4_TCBFlag_fpuDisabled = 1, seL4_TCBFlag_MASK = 1 } seL4_TCBFlag;
typedef enum { seL4_SchedContext_NoFlag = 0, seL4_SchedContext_Sporadic = 1 } seL4_SchedContextFlag;

/* Slots of the root task's CNode. */
enum {
    seL4_CapNull = 0,
    seL4_CapInitThreadTCB = 1,
    seL4_CapInitThreadCNode = 2,
    seL4_CapInitThreadVSpace = 3,
    seL4_CapInitThreadPD = seL4_CapInitThreadVSpace, /* an older name */
    seL4_CapIRQControl = 4,
    seL4_CapASIDControl = 5,
    seL4_CapInitThreadASIDPool = 6,
    seL4_CapIOPortControl = 7,
    seL4_CapIOSpace = 8,
    seL4_CapBootInfoFrame = 9,
    seL4_CapInitThreadIPCBuffer = 10,
    seL4_CapDomain = 11,
    seL4_CapSMMUSIDControl = 12,
    seL4_CapSMMUCBControl = 13,
    seL4_CapInitThreadSC = 14,
    seL4_CapSMC = 15,
    seL4_NumInitialCaps = 16,
};

/* Capability types as reported by seL4_DebugCapIdentify. */
enum {
    seL4_CapType_Null = 0, seL4_CapType_Frame = 1, seL4_CapType_Untyped = 2, seL4_CapType_PageTable = 3, seL4_CapType_Endpoint = 4,
    seL4_CapType_Notification = 6, seL4_CapType_Reply = 8, seL4_CapType_VSpace = 9, seL4_CapType_CNode = 10, seL4_CapType_ASIDControl = 11,
    seL4_CapType_Thread = 12, seL4_CapType_ASIDPool = 13, seL4_CapType_IRQControl = 14, seL4_CapType_IRQHandler = 16, seL4_CapType_Zombie = 18,
    seL4_CapType_Domain = 20, seL4_CapType_SchedContext = 22, seL4_CapType_SchedControl = 24, seL4_CapType_SGISignal = 27,
};

#endif
