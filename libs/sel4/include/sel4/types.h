/* SPDX-License-Identifier: BSD-2-Clause */
/* Words, capability addresses and the words with fields of the kernel interface. */
#ifndef SEL4_TYPES_H
#define SEL4_TYPES_H

#include <stdint.h>

typedef int8_t seL4_Int8;
typedef int16_t seL4_Int16;
typedef int32_t seL4_Int32;
typedef int64_t seL4_Int64;
typedef uint8_t seL4_Uint8;
typedef uint16_t seL4_Uint16;
typedef uint32_t seL4_Uint32;
typedef uint64_t seL4_Uint64;
typedef seL4_Int8 seL4_Bool;
#define seL4_True 1
#define seL4_False 0
#define seL4_Null ((void *)0)
#define SEL4_PRIu_word "lu"
#define SEL4_PRIx_word "lx"
typedef unsigned long seL4_Word;
typedef seL4_Word seL4_PAddr;
typedef seL4_Word seL4_Domain;
typedef seL4_Word seL4_NodeId;
typedef seL4_Uint64 seL4_Time;

/* A capability address; the aliases say which kind of capability is expected there. */
typedef seL4_Word seL4_CPtr;
typedef seL4_CPtr seL4_CNode;
typedef seL4_CPtr seL4_Untyped;
typedef seL4_CPtr seL4_TCB;
typedef seL4_CPtr seL4_IRQHandler;
typedef seL4_CPtr seL4_IRQControl;
typedef seL4_CPtr seL4_DomainSet;
typedef seL4_CPtr seL4_SchedContext;
typedef seL4_CPtr seL4_SchedControl;
typedef seL4_CPtr seL4_ARM_VSpace;
typedef seL4_CPtr seL4_ARM_PageTable;
typedef seL4_CPtr seL4_ARM_Page;
typedef seL4_CPtr seL4_ARM_ASIDControl;
typedef seL4_CPtr seL4_ARM_ASIDPool;

#define seL4_WordBits 64
#define seL4_WordSizeBits 3
#define seL4_PageBits 12
#define seL4_LargePageBits 21
#define seL4_HugePageBits 30
#define seL4_SlotBits 5
#define seL4_TCBBits 11
#define seL4_EndpointBits 4
#define seL4_NotificationBits 6
#define seL4_ReplyBits 5
#define seL4_PageTableBits 12
#define seL4_PageTableIndexBits 9
#define seL4_VSpaceBits 12
#define seL4_VSpaceIndexBits 9
#define seL4_ASIDPoolBits 12
#define seL4_ASIDPoolIndexBits 9
#define seL4_NumASIDPoolsBits 7
#define seL4_MinUntypedBits 4
#define seL4_MaxUntypedBits 47
#define seL4_MinSchedContextBits 7
#define seL4_CoreSchedContextBytes 128
#define seL4_RefillSizeBytes 16
#define seL4_IPCBufferSizeBits 10
#define seL4_GuardSizeBits 6
#define seL4_GuardBits 58
#define seL4_BadgeBits 64
#define seL4_MsgMaxLength 120
#define seL4_MsgMaxExtraCaps 3
#define seL4_MsgLengthBits 7
#define seL4_MsgExtraCapBits 2
#define seL4_CapRightsBits 4
#define seL4_FastMessageRegisters 4
#define seL4_UntypedRetypeMaxObjects 256
#define seL4_LogBufferSize (1ul << 20)
/* Older names: every lower level is a page table, the top level is the VSpace. */
#define seL4_PageDirBits seL4_PageTableBits
#define seL4_PageDirIndexBits seL4_PageTableIndexBits
#define seL4_PUDBits seL4_PageTableBits
#define seL4_PUDIndexBits seL4_PageTableIndexBits
#define seL4_PGDBits seL4_VSpaceBits
#define seL4_PGDIndexBits seL4_VSpaceIndexBits
#define seL4_MinPrio 0
#define seL4_MaxPrio 255
#define seL4_InvalidPrio (-1)
#define seL4_UserTop 0x00007ffffffffffful
#define seL4_UserVSpaceTop seL4_UserTop
#define seL4_NilData ((seL4_Word)0)

/* Message info: label 52 bits, capsUnwrapped 3, extraCaps 2, length 7. */
typedef struct seL4_MessageInfo {
    seL4_Word words[1];
} seL4_MessageInfo_t;

static inline seL4_MessageInfo_t seL4_MessageInfo_new(seL4_Word label, seL4_Word caps_unwrapped, seL4_Word extra_caps, seL4_Word length)
{
    return (seL4_MessageInfo_t){{label << 12 | (caps_unwrapped & 7) << 9 | (extra_caps & 3) << 7 | (length & 0x7f)}};
}
static inline seL4_Word seL4_MessageInfo_get_label(seL4_MessageInfo_t info) { return info.words[0] >> 12; }
static inline seL4_Word seL4_MessageInfo_get_capsUnwrapped(seL4_MessageInfo_t info) { return info.words[0] >> 9 & 7; }
static inline seL4_Word seL4_MessageInfo_get_extraCaps(seL4_MessageInfo_t info) { return info.words[0] >> 7 & 3; }
static inline seL4_Word seL4_MessageInfo_get_length(seL4_MessageInfo_t info) { return info.words[0] & 0x7f; }
static inline seL4_MessageInfo_t seL4_MessageInfo_set_label(seL4_MessageInfo_t info, seL4_Word label)
{
    return (seL4_MessageInfo_t){{(info.words[0] & 0xfff) | label << 12}};
}
static inline seL4_MessageInfo_t seL4_MessageInfo_set_capsUnwrapped(seL4_MessageInfo_t info, seL4_Word caps_unwrapped)
{
    return (seL4_MessageInfo_t){{(info.words[0] & ~(seL4_Word)0xe00) | (caps_unwrapped & 7) << 9}};
}
static inline seL4_MessageInfo_t seL4_MessageInfo_set_extraCaps(seL4_MessageInfo_t info, seL4_Word extra_caps)
{
    return (seL4_MessageInfo_t){{(info.words[0] & ~(seL4_Word)0x180) | (extra_caps & 3) << 7}};
}
static inline seL4_MessageInfo_t seL4_MessageInfo_set_length(seL4_MessageInfo_t info, seL4_Word length)
{
    return (seL4_MessageInfo_t){{(info.words[0] & ~(seL4_Word)0x7f) | (length & 0x7f)}};
}

/* The same in place. */
#define SEL4_FIELD_IN_PLACE(type, field) \
    static inline seL4_Word type##_ptr_get_##field(type##_t *word) { return type##_get_##field(*word); } \
    static inline void type##_ptr_set_##field(type##_t *word, seL4_Word value) { *word = type##_set_##field(*word, value); }
static inline void seL4_MessageInfo_ptr_new(seL4_MessageInfo_t *info, seL4_Word label, seL4_Word caps_unwrapped, seL4_Word extra_caps, seL4_Word length)
{
    *info = seL4_MessageInfo_new(label, caps_unwrapped, extra_caps, length);
}
SEL4_FIELD_IN_PLACE(seL4_MessageInfo, label)
SEL4_FIELD_IN_PLACE(seL4_MessageInfo, capsUnwrapped)
SEL4_FIELD_IN_PLACE(seL4_MessageInfo, extraCaps)
SEL4_FIELD_IN_PLACE(seL4_MessageInfo, length)

/* Capability rights: bit 0 write, 1 read, 2 grant, 3 grant reply. */
typedef struct seL4_CapRights {
    seL4_Word words[1];
} seL4_CapRights_t;

static inline seL4_CapRights_t seL4_CapRights_new(seL4_Word grant_reply, seL4_Word grant, seL4_Word read, seL4_Word write)
{
    return (seL4_CapRights_t){{(grant_reply & 1) << 3 | (grant & 1) << 2 | (read & 1) << 1 | (write & 1)}};
}
static inline seL4_Word seL4_CapRights_get_capAllowGrantReply(seL4_CapRights_t rights) { return rights.words[0] >> 3 & 1; }
static inline seL4_Word seL4_CapRights_get_capAllowGrant(seL4_CapRights_t rights) { return rights.words[0] >> 2 & 1; }
static inline seL4_Word seL4_CapRights_get_capAllowRead(seL4_CapRights_t rights) { return rights.words[0] >> 1 & 1; }
static inline seL4_Word seL4_CapRights_get_capAllowWrite(seL4_CapRights_t rights) { return rights.words[0] & 1; }
/* Setters, each of one bit. */
#define SEL4_RIGHT(right, bit) \
    static inline seL4_CapRights_t seL4_CapRights_set_##right(seL4_CapRights_t rights, seL4_Word value) \
    { \
        return (seL4_CapRights_t){{(rights.words[0] & ~((seL4_Word)1 << (bit))) | (value & 1) << (bit)}}; \
    } \
    SEL4_FIELD_IN_PLACE(seL4_CapRights, right)
SEL4_RIGHT(capAllowGrantReply, 3)
SEL4_RIGHT(capAllowGrant, 2)
SEL4_RIGHT(capAllowRead, 1)
SEL4_RIGHT(capAllowWrite, 0)
static inline void seL4_CapRights_ptr_new(seL4_CapRights_t *rights, seL4_Word grant_reply, seL4_Word grant, seL4_Word read, seL4_Word write)
{
    *rights = seL4_CapRights_new(grant_reply, grant, read, write);
}
#define seL4_CanWrite seL4_CapRights_new(0, 0, 0, 1)
#define seL4_CanRead seL4_CapRights_new(0, 0, 1, 0)
#define seL4_CanGrant seL4_CapRights_new(0, 1, 0, 0)
#define seL4_CanGrantReply seL4_CapRights_new(1, 0, 0, 0)
#define seL4_ReadWrite seL4_CapRights_new(0, 0, 1, 1)
#define seL4_AllRights seL4_CapRights_new(1, 1, 1, 1)
#define seL4_NoWrite seL4_CapRights_new(1, 1, 1, 0)
#define seL4_NoRead seL4_CapRights_new(1, 1, 0, 1)
#define seL4_NoRights seL4_CapRights_new(0, 0, 0, 0)

/* Guard word of a CNode capability. */
typedef struct seL4_CNode_CapData {
    seL4_Word words[1];
} seL4_CNode_CapData_t;

static inline seL4_CNode_CapData_t seL4_CNode_CapData_new(seL4_Word guard, seL4_Word guard_size)
{
    return (seL4_CNode_CapData_t){{guard << 6 | (guard_size & 0x3f)}};
}
static inline seL4_Word seL4_CNode_CapData_get_guard(seL4_CNode_CapData_t data) { return data.words[0] >> 6; }
static inline seL4_Word seL4_CNode_CapData_get_guardSize(seL4_CNode_CapData_t data) { return data.words[0] & 0x3f; }

static inline seL4_CNode_CapData_t seL4_CNode_CapData_set_guard(seL4_CNode_CapData_t data, seL4_Word guard)
{
    return (seL4_CNode_CapData_t){{(data.words[0] & 0x3f) | guard << 6}};
}
static inline seL4_CNode_CapData_t seL4_CNode_CapData_set_guardSize(seL4_CNode_CapData_t data, seL4_Word guard_size)
{
    return (seL4_CNode_CapData_t){{(data.words[0] & ~(seL4_Word)0x3f) | (guard_size & 0x3f)}};
}
static inline void seL4_CNode_CapData_ptr_new(seL4_CNode_CapData_t *data, seL4_Word guard, seL4_Word guard_size)
{
    *data = seL4_CNode_CapData_new(guard, guard_size);
}
SEL4_FIELD_IN_PLACE(seL4_CNode_CapData, guard)
SEL4_FIELD_IN_PLACE(seL4_CNode_CapData, guardSize)

/* The IPC buffer: 1 KiB, aligned to its size. The kernel uses msg[4..], caps_or_badges and the receive slot. */
typedef struct seL4_IPCBuffer_ {
    seL4_MessageInfo_t tag;
    seL4_Word msg[seL4_MsgMaxLength];
    seL4_Word userData;
    seL4_Word caps_or_badges[seL4_MsgMaxExtraCaps];
    seL4_CPtr receiveCNode;
    seL4_CPtr receiveIndex;
    seL4_Word receiveDepth;
} __attribute__((aligned(1 << seL4_IPCBufferSizeBits))) seL4_IPCBuffer;
_Static_assert(sizeof(seL4_IPCBuffer) == 1 << seL4_IPCBufferSizeBits, "ABI: the IPC buffer is 1 KiB");
_Static_assert(__builtin_offsetof(seL4_IPCBuffer, caps_or_badges) == 976 && __builtin_offsetof(seL4_IPCBuffer, receiveDepth) == 1016, "ABI");

/* Registers in the order of TCB_ReadRegisters and TCB_WriteRegisters. */
typedef struct seL4_UserContext_ {
    seL4_Word pc, sp, spsr, x0, x1, x2, x3, x4, x5, x6, x7, x8, x16, x17, x18, x29, x30;
    seL4_Word x9, x10, x11, x12, x13, x14, x15, x19, x20, x21, x22, x23, x24, x25, x26, x27, x28;
    seL4_Word tpidr_el0, tpidrro_el0;
} seL4_UserContext;
_Static_assert(sizeof(seL4_UserContext) == 36 * 8, "ABI: 36 registers");

#endif
