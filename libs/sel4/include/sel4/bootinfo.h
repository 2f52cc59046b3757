/* SPDX-License-Identifier: BSD-2-Clause */
/* What the kernel tells the root task: one page, and chunks of extra information in the pages after it. */
#ifndef SEL4_BOOTINFO_H
#define SEL4_BOOTINFO_H

#include "sel4/config.h"
#include "sel4/types.h"

#define seL4_BootInfoFrameBits 12
#define seL4_BootInfoFrameSize 4096

typedef seL4_Word seL4_SlotPos;

typedef struct seL4_SlotRegion {
    seL4_SlotPos start;
    seL4_SlotPos end; /* exclusive */
} seL4_SlotRegion;

typedef struct seL4_UntypedDesc {
    seL4_Word paddr;
    seL4_Uint8 sizeBits;
    seL4_Uint8 isDevice;
    seL4_Uint8 padding[6];
} seL4_UntypedDesc;

typedef struct seL4_BootInfo {
    seL4_Word extraLen; /* bytes of extra information, headers included */
    seL4_NodeId nodeID;
    seL4_Word numNodes;
    seL4_Word numIOPTLevels;
    seL4_IPCBuffer *ipcBuffer;
    seL4_SlotRegion empty;
    seL4_SlotRegion sharedFrames;
    seL4_SlotRegion userImageFrames;
    seL4_SlotRegion userImagePaging;
    seL4_SlotRegion ioSpaceCaps;
    seL4_SlotRegion extraBIPages;
    seL4_Word initThreadCNodeSizeBits;
    seL4_Domain initThreadDomain;
    seL4_SlotRegion schedcontrol;
    seL4_SlotRegion untyped;
    seL4_UntypedDesc untypedList[CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS];
} seL4_BootInfo;
_Static_assert(sizeof(seL4_UntypedDesc) == 16, "ABI");
_Static_assert(__builtin_offsetof(seL4_BootInfo, schedcontrol) == 152 && __builtin_offsetof(seL4_BootInfo, untypedList) == 184, "ABI");
_Static_assert(sizeof(seL4_BootInfo) == 3864, "ABI");

/* Extra information starts 4096 bytes after the boot information: chunks, each with this header. */
typedef struct seL4_BootInfoHeader {
    seL4_Word id;
    seL4_Word len; /* bytes, this header included */
} seL4_BootInfoHeader;

typedef enum {
    SEL4_BOOTINFO_HEADER_PADDING = 0,
    SEL4_BOOTINFO_HEADER_X86_VBE = 1, /* this and the next four: never on Arm */
    SEL4_BOOTINFO_HEADER_X86_MBMMAP = 2,
    SEL4_BOOTINFO_HEADER_X86_ACPI_RSDP = 3,
    SEL4_BOOTINFO_HEADER_X86_FRAMEBUFFER = 4,
    SEL4_BOOTINFO_HEADER_X86_TSC_FREQ = 5,
    SEL4_BOOTINFO_HEADER_FDT = 6,
    SEL4_BOOTINFO_HEADER_NUM
} seL4_BootInfoID;

#endif
