/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A root task as a user of seL4 writes it, from the description of the interface alone: stack in bss, thread-local storage set up by hand, memory from
 * the untyped list of bootinfo. It checks its own image, then makes a process, serves its calls and faults, ends it, takes all memory back, and
 * does that again and again; nothing may be lost.
 */
#include "runtime.h"

#include <elf.h>

enum { ROUNDS = 12, UART_PA = 0x09000000, PAGE = 4096, WORD = 64 };
enum { BADGE_MESSAGE = 5, BADGE_FAULT = 6 };

extern const Elf64_Ehdr __ehdr_start;
extern const seL4_Word image_constants[], image_constants_end[];
extern seL4_Word image_zeros[], image_zeros_end[];

void runtime_main(const seL4_BootInfo *info) __attribute__((noreturn));

static const seL4_BootInfo *info;
static seL4_CPtr next_slot;
static char uart_page[PAGE] __attribute__((aligned(PAGE)));
static char tls[512] __attribute__((aligned(64)));

/* ---- start ---- */

/* Thread-local storage begins 16 bytes above the thread pointer, or further if it is aligned to more. */
static void set_up_tls(void)
{
    const Elf64_Phdr *header = (const Elf64_Phdr *)((const char *)&__ehdr_start + __ehdr_start.e_phoff);
    for (unsigned i = 0; i < __ehdr_start.e_phnum; i++) {
        if (header[i].p_type != PT_TLS)
            continue;
        seL4_Word offset = header[i].p_align > 16 ? header[i].p_align : 16;
        if (offset + header[i].p_memsz > sizeof tls)
            for (;;)
                ;
        for (seL4_Word k = 0; k < header[i].p_filesz; k++)
            tls[offset + k] = ((const char *)header[i].p_vaddr)[k];
    }
    asm volatile("msr tpidr_el0, %0" ::"r"(tls) : "memory");
}

static void check_image(void)
{
    for (const seL4_Word *word = image_zeros; word < image_zeros_end; word++)
        CHECK(*word == 0);
    for (const seL4_Word *word = image_constants; word < image_constants_end; word += 512)
        CHECK(*word == (seL4_Word)(word - image_constants) / 512 && word[511] == 0x44413030);
    image_zeros[0] = 1; /* and it can be written */
}

static seL4_CPtr image_frame(const void *va)
{
    seL4_Word end = (seL4_Word)info->ipcBuffer, pages = (end - (seL4_Word)va) / PAGE;
    return info->userImageFrames.end - pages;
}

static void check_bootinfo(void)
{
    CHECK(info->numNodes == 1 && info->nodeID == 0);
    CHECK(info->initThreadCNodeSizeBits == 13);
    CHECK(info->empty.end == 1ul << info->initThreadCNodeSizeBits);
    CHECK(info->schedcontrol.end - info->schedcontrol.start == 1);
    CHECK((const char *)info == (const char *)info->ipcBuffer + PAGE);
    CHECK(info->userImageFrames.end - info->userImageFrames.start >= (9u << 20) / PAGE);
    CHECK(image_frame(&__ehdr_start) == info->userImageFrames.start);
    CHECK(info->extraLen >= 16);
    const seL4_BootInfoHeader *tree = (const void *)((const char *)info + PAGE);
    CHECK(tree->id == SEL4_BOOTINFO_HEADER_FDT && tree->len == info->extraLen);
    CHECK(__builtin_bswap32(*(const unsigned *)(tree + 1)) == 0xd00dfeed);
}

/* ---- memory ---- */

static seL4_CPtr slot_new(void)
{
    CHECK(next_slot < info->empty.end - 1);
    return next_slot++;
}

static seL4_Error retype(seL4_CPtr untyped, seL4_Word type, seL4_Word size_bits, seL4_CPtr slot, seL4_Word n)
{
    return seL4_Untyped_Retype(untyped, type, size_bits, seL4_CapInitThreadCNode, 0, 0, slot, n);
}

static seL4_CPtr object_new(seL4_Word type, seL4_Word size_bits)
{
    seL4_CPtr slot = slot_new();
    for (seL4_Word i = 0; i < info->untyped.end - info->untyped.start; i++)
        if (!info->untypedList[i].isDevice && retype(info->untyped.start + i, type, size_bits, slot, 1) == seL4_NoError)
            return slot;
    fail("no memory for an object of type", type);
}

/* Split device memory until a page with this address is left. */
static seL4_CPtr device_frame(seL4_Word pa)
{
    for (seL4_Word i = 0; i < info->untyped.end - info->untyped.start; i++) {
        seL4_Word base = info->untypedList[i].paddr, bits = info->untypedList[i].sizeBits;
        if (!info->untypedList[i].isDevice || pa - base >= 1ul << bits)
            continue;
        seL4_CPtr part = info->untyped.start + i;
        while (bits > seL4_PageBits) {
            seL4_CPtr halves = slot_new();
            slot_new();
            CHECK(retype(part, seL4_UntypedObject, --bits, halves, 2) == seL4_NoError);
            part = halves + (pa >> bits & 1);
        }
        seL4_CPtr frame = slot_new();
        CHECK(retype(part, seL4_ARM_SmallPageObject, 0, frame, 1) == seL4_NoError);
        CHECK(seL4_ARM_Page_GetAddress(frame).paddr == pa);
        return frame;
    }
    fail("no device memory at", pa);
}

static int is_empty(seL4_CPtr slot)
{
    seL4_Error error = seL4_CNode_Move(seL4_CapInitThreadCNode, slot, WORD, seL4_CapInitThreadCNode, slot, WORD);
    CHECK(error == seL4_DeleteFirst || error == seL4_FailedLookup);
    return error == seL4_FailedLookup;
}

/* How much an untyped has to give: asked by wanting too much of it. */
static seL4_Word free_bytes(seL4_CPtr untyped)
{
    CHECK(retype(untyped, seL4_UntypedObject, seL4_MaxUntypedBits, info->empty.end - 1, 1) == seL4_NotEnoughMemory);
    return seL4_GetMR(0);
}

static void take_everything_back(seL4_CPtr first)
{
    for (seL4_Word i = 0; i < info->untyped.end - info->untyped.start; i++)
        if (!info->untypedList[i].isDevice)
            CHECK(seL4_CNode_Revoke(seL4_CapInitThreadCNode, info->untyped.start + i, WORD) == seL4_NoError);
    for (seL4_CPtr slot = first; slot < next_slot; slot++) {
        CHECK(seL4_CNode_Delete(seL4_CapInitThreadCNode, slot, WORD) == seL4_NoError);
        CHECK(is_empty(slot));
    }
    next_slot = first;
    for (seL4_Word i = 0; i < info->untyped.end - info->untyped.start; i++)
        if (!info->untypedList[i].isDevice && info->untypedList[i].sizeBits < seL4_MaxUntypedBits)
            CHECK(free_bytes(info->untyped.start + i) == 1ul << info->untypedList[i].sizeBits);
}

/* ---- a process ---- */

static struct {
    seL4_CPtr tcb, cnode, vspace, sc, endpoint, fault_endpoint, notification, reply;
} child;

/* Tables are made when they turn out to be missing; the answer tells which. */
static void map_frame(seL4_CPtr frame, seL4_Word va, seL4_CapRights_t rights)
{
    for (unsigned tables = 0;; tables++) {
        seL4_Error error = seL4_ARM_Page_Map(frame, child.vspace, va, rights, seL4_ARM_Default_VMAttributes);
        if (error == seL4_NoError)
            return;
        seL4_Word bits_left = seL4_GetMR(2);
        CHECK(error == seL4_FailedLookup && tables < 3 && (bits_left == 39 || bits_left == 30 || bits_left == 21));
        CHECK(seL4_ARM_PageTable_Map(object_new(seL4_ARM_PageTableObject, 0), child.vspace, va, seL4_ARM_Default_VMAttributes) == seL4_NoError);
    }
}

static seL4_CPtr copy(seL4_CPtr source)
{
    seL4_CPtr slot = slot_new();
    CHECK(seL4_CNode_Copy(seL4_CapInitThreadCNode, slot, WORD, seL4_CapInitThreadCNode, source, WORD, seL4_AllRights) == seL4_NoError);
    return slot;
}

static seL4_CPtr mint(seL4_CPtr source, seL4_Word badge)
{
    seL4_CPtr slot = slot_new();
    CHECK(seL4_CNode_Mint(seL4_CapInitThreadCNode, slot, WORD, seL4_CapInitThreadCNode, source, WORD, seL4_AllRights, badge) == seL4_NoError);
    return slot;
}

static void give(seL4_Word child_slot, seL4_CPtr source)
{
    CHECK(seL4_CNode_Copy(child.cnode, child_slot, CHILD_CNODE_BITS, seL4_CapInitThreadCNode, source, WORD, seL4_AllRights) == seL4_NoError);
}

static void make_child(unsigned round)
{
    child.tcb = object_new(seL4_TCBObject, 0);
    child.cnode = object_new(seL4_CapTableObject, CHILD_CNODE_BITS);
    child.vspace = object_new(seL4_ARM_VSpaceObject, 0);
    child.sc = object_new(seL4_SchedContextObject, seL4_MinSchedContextBits);
    child.endpoint = object_new(seL4_EndpointObject, 0);
    child.notification = object_new(seL4_NotificationObject, 0);
    child.reply = object_new(seL4_ReplyObject, 0);
    child.fault_endpoint = mint(child.endpoint, BADGE_FAULT);
    CHECK(seL4_ARM_ASIDPool_Assign(seL4_CapInitThreadASIDPool, child.vspace) == seL4_NoError);
    give(CHILD_TCB, child.tcb);
    give(CHILD_ENDPOINT, mint(child.endpoint, BADGE_MESSAGE));
    give(CHILD_NOTIFICATION, child.notification);

    for (const char *page = __start_child; page < __stop_child; page += PAGE)
        map_frame(copy(image_frame(page)), (seL4_Word)page, seL4_CanRead);
    seL4_CPtr buffer = object_new(seL4_ARM_SmallPageObject, 0);
    map_frame(buffer, CHILD_BUFFER, seL4_ReadWrite);
    map_frame(object_new(seL4_ARM_SmallPageObject, 0), CHILD_TLS, seL4_ReadWrite);
    map_frame(object_new(seL4_ARM_SmallPageObject, 0), CHILD_STACK, seL4_ReadWrite);

    seL4_Word guard = seL4_CNode_CapData_new(0, WORD - CHILD_CNODE_BITS).words[0];
    CHECK(seL4_TCB_Configure(child.tcb, child.cnode, guard, child.vspace, seL4_NilData, CHILD_BUFFER, buffer) == seL4_NoError);
    if (round % 2)
        CHECK(seL4_TCB_SetSpace(child.tcb, child.fault_endpoint, child.cnode, guard, child.vspace, seL4_NilData) == seL4_NoError);
    CHECK(seL4_SchedControl_ConfigureFlags(info->schedcontrol.start, child.sc, 5000, 5000, 0, 0, 0) == seL4_NoError);
    CHECK(seL4_TCB_SetSchedParams(child.tcb, seL4_CapInitThreadTCB, 100, 100, child.sc, child.fault_endpoint) == seL4_NoError);
    seL4_UserContext registers = {.pc = (seL4_Word)child_main, .sp = CHILD_STACK + PAGE};
    CHECK(seL4_TCB_WriteRegisters(child.tcb, 1, 0, sizeof registers / sizeof(seL4_Word), &registers) == seL4_NoError);
}

/* ---- serving it ---- */

static seL4_MessageInfo_t answer_sum(seL4_Word length)
{
    seL4_Word sum = 0;
    for (seL4_Word i = 0; i < length; i++)
        sum += seL4_GetMR((int)i);
    seL4_SetMR(0, sum);
    return seL4_MessageInfo_new(0, 0, 0, 1);
}

/* The child finds FAULT_ANSWER in the page that was missing. */
static void map_answer(void)
{
    seL4_CPtr frame = object_new(seL4_ARM_SmallPageObject, 0), own = copy(frame);
    map_frame(frame, CHILD_FAULT, seL4_CanRead);
    static char window[PAGE] __attribute__((aligned(PAGE))); /* a page of the image makes place for a moment */
    CHECK(seL4_ARM_Page_Unmap(image_frame(window)) == seL4_NoError);
    CHECK(seL4_ARM_Page_Map(own, seL4_CapInitThreadVSpace, (seL4_Word)window, seL4_ReadWrite, seL4_ARM_Default_VMAttributes) == seL4_NoError);
    *(volatile seL4_Word *)window = FAULT_ANSWER;
    CHECK(seL4_ARM_Page_Unmap(own) == seL4_NoError);
    CHECK(seL4_ARM_Page_Map(image_frame(window), seL4_CapInitThreadVSpace, (seL4_Word)window, seL4_ReadWrite, seL4_ARM_Default_VMAttributes) == seL4_NoError);
}

static seL4_MessageInfo_t answer_fault(seL4_MessageInfo_t message)
{
    seL4_Fault_t fault = seL4_getFault(message);
    switch (seL4_Fault_get_seL4_FaultType(fault)) {
    case seL4_Fault_VMFault:
        CHECK(seL4_Fault_VMFault_get_Addr(fault) == CHILD_FAULT && !seL4_Fault_VMFault_get_PrefetchFault(fault));
        map_answer();
        return seL4_MessageInfo_new(0, 0, 0, 0);
    case seL4_Fault_UnknownSyscall:
        CHECK(seL4_Fault_UnknownSyscall_get_X0(fault) == 1 && seL4_MessageInfo_get_length(message) == seL4_UnknownSyscall_Length);
        CHECK(seL4_Fault_UnknownSyscall_get_Syscall(fault) == UNKNOWN_SYSCALL || (int)seL4_Fault_UnknownSyscall_get_Syscall(fault) == seL4_SysBenchmarkNullSyscall);
        seL4_SetMR(seL4_UnknownSyscall_X0, EMULATED_ANSWER);
        seL4_SetMR(seL4_UnknownSyscall_FaultIP, seL4_Fault_UnknownSyscall_get_FaultIP(fault) + 4);
        return seL4_MessageInfo_new(0, 0, 0, seL4_UnknownSyscall_FaultIP + 1);
    case seL4_Fault_UserException: /* the cycle counter cannot be read */
        CHECK(seL4_Fault_UserException_get_Number(fault) >> 26 == 0x18 && seL4_Fault_UserException_get_Code(fault) == 0);
        seL4_SetMR(seL4_UserException_FaultIP, seL4_Fault_UserException_get_FaultIP(fault) + 4);
        return seL4_MessageInfo_new(0, 0, 0, 1);
    default:
        fail("unexpected fault", seL4_Fault_get_seL4_FaultType(fault));
    }
}

/* Until it is done. Gives what it did. */
static seL4_Word serve_child(void)
{
    seL4_Word badge;
    seL4_MessageInfo_t message = seL4_Recv(child.endpoint, &badge, child.reply);
    for (;;) {
        seL4_MessageInfo_t answer;
        if (badge == BADGE_FAULT) {
            answer = answer_fault(message);
        } else {
            CHECK(badge == BADGE_MESSAGE);
            if (seL4_MessageInfo_get_label(message) == MESSAGE_DONE)
                return seL4_GetMR(0);
            CHECK(seL4_MessageInfo_get_label(message) == MESSAGE_SUM);
            answer = answer_sum(seL4_MessageInfo_get_length(message));
        }
        message = seL4_ReplyRecv(child.endpoint, answer, &badge, child.reply);
    }
}

/* Ways in which a process ends; what is left the revocation of all memory ends. */
static void end_child(unsigned round)
{
    seL4_Word word = 0;
    seL4_Poll(child.notification, &word);
    switch (round % 4) {
    case 0: /* it waits for its answer */
        break;
    case 1: /* it runs */
        seL4_Send(child.reply, seL4_MessageInfo_new(0, 0, 0, 0));
        CHECK(seL4_TCB_Suspend(child.tcb) == seL4_NoError);
        break;
    case 2: /* its last capabilities go one after the other, its own CNode holds one of its thread */
        CHECK(seL4_CNode_Delete(seL4_CapInitThreadCNode, child.tcb, WORD) == seL4_NoError);
        CHECK(seL4_CNode_Delete(seL4_CapInitThreadCNode, child.cnode, WORD) == seL4_NoError);
        CHECK(seL4_CNode_Delete(seL4_CapInitThreadCNode, child.vspace, WORD) == seL4_NoError);
        break;
    case 3: /* its answer can never come */
        CHECK(seL4_CNode_Delete(seL4_CapInitThreadCNode, child.reply, WORD) == seL4_NoError);
        break;
    }
}

static void use_an_interrupt(void)
{
    seL4_CPtr handler = slot_new(), notification = object_new(seL4_NotificationObject, 0);
    CHECK(seL4_IRQControl_Get(seL4_CapIRQControl, 40, seL4_CapInitThreadCNode, handler, WORD) == seL4_NoError);
    CHECK(seL4_IRQControl_Get(seL4_CapIRQControl, 40, seL4_CapInitThreadCNode, slot_new(), WORD) == seL4_RevokeFirst);
    CHECK(seL4_IRQHandler_SetNotification(handler, notification) == seL4_NoError);
    CHECK(seL4_IRQHandler_Ack(handler) == seL4_NoError);
}

void runtime_main(const seL4_BootInfo *boot_info)
{
    info = boot_info;
    set_up_tls();
    seL4_SetIPCBuffer(info->ipcBuffer);
    next_slot = info->empty.start;
#ifdef PAGODA_DEBUG
    seL4_DebugNameThread(seL4_CapInitThreadTCB, "runtime");
    CHECK(seL4_DebugCapIdentify(seL4_CapInitThreadTCB) == seL4_CapType_Thread);
#endif
    seL4_CPtr uart = device_frame(UART_PA);
    CHECK(seL4_ARM_Page_Unmap(image_frame(uart_page)) == seL4_NoError);
    CHECK(seL4_ARM_Page_Map(uart, seL4_CapInitThreadVSpace, (seL4_Word)uart_page, seL4_ReadWrite, 0) == seL4_NoError);
    output_open(uart_page);
    check_image();
    check_bootinfo();

    seL4_CPtr first = next_slot;
    seL4_Word did = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        CHECK(seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, round % 3 ? 255 : 100) == seL4_NoError);
        use_an_interrupt();
        make_child(round);
        did = serve_child();
        CHECK((did & DID_ALL) == DID_ALL);
        end_child(round);
        take_everything_back(first);
    }
    print(did & READ_CYCLES ? "runtime: the cycle counter can be read\n" : "runtime: the cycle counter cannot be read\n");
    print(did & MADE_NULL_SYSCALL ? "runtime: benchmark calls exist\n" : "runtime: benchmark calls do not exist\n");
    print("runtime: all came back after ");
    print_number(ROUNDS);
    print(" rounds\n");
    pagoda_PowerOff(seL4_CapIRQControl);
    fail("the machine cannot be powered off", 0);
}
