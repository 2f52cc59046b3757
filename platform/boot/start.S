/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * First instructions: the arm64 Image header, one core chosen, the others parked, relocation, EL3 or EL2 left for EL1, MMU and caches on, boot_main.
 *
 * Until the MMU is on every access is to device memory: aligned only, no exclusives. The loader has cleaned the image to memory, but caches may still
 * hold old lines of what lies behind it: they are dropped before .bss is used.
 * Register use: x19 = device tree as handed over, x20 = exception level entered, x21 = image base.
 */
#include "paging.h"

    .arch armv8-a

    .section .head.start, "ax"
image_head:
    b start
    .word 0
    .quad 0x80000 /* text_offset: where a Raspberry Pi puts it, too */
    /* the linker script puts the size of the image in memory here */
    .section .head.rest, "ax"
    .quad 0xa     /* little endian, 4 KiB pages, anywhere in memory */
    .quad 0, 0, 0
    .ascii "ARM\x64"
    .word 0

    /* Cores that are not wanted stay here; this page is kept from becoming free memory (main.c) when any can be in it. */
park:
    msr daifset, #15
1:  wfe
    wfi
    b 1b

start:
    mov x19, x0
    mrs x1, mpidr_el1
    mov x2, #0x00ffffff
    movk x2, #0xff, lsl #32
    tst x1, x2
    b.ne park
    mrs x20, CurrentEL
    lsr x20, x20, #2
    msr daifset, #15
    adrp x21, image_start
    b start_alone

    .text
start_alone:
    /* Drop cache lines of .bss, then clear it. */
    mrs x1, ctr_el0
    ubfx x1, x1, #16, #4
    mov x2, #4
    lsl x2, x2, x1
    adrp x3, bss_start
    adrp x4, bss_end
    mov x5, x3
1:  dc ivac, x5
    add x5, x5, x2
    cmp x5, x4
    b.lo 1b
    dsb sy
2:  stp xzr, xzr, [x3], #16
    cmp x3, x4
    b.lo 2b

    /* Absolute addresses in data: add the place where the image really is. */
    adrp x1, rela_start
    add x1, x1, :lo12:rela_start
    adrp x2, rela_end
    add x2, x2, :lo12:rela_end
3:  cmp x1, x2
    b.hs 4f
    ldp x3, x4, [x1], #16
    ldr x5, [x1], #8
    cmp w4, #1027 /* R_AARCH64_RELATIVE, the only kind that the link leaves */
    b.ne 3b
    add x5, x5, x21
    str x5, [x3, x21]
    b 3b
4:
    adrp x1, boot_stack_top
    add x1, x1, :lo12:boot_stack_top
    mov sp, x1

    cmp x20, #3
    b.ne 5f
    mov x0, x21
    bl gic_secure_setup
    bl leave_el3
5:  mrs x1, CurrentEL
    cmp x1, #(2 << 2)
    b.ne 6f
    bl leave_el2
6:
    /* EL1, MMU off. */
    mov x1, #(3 << 20)
    msr cpacr_el1, x1 /* libfdt may use FP registers */
    adrp x1, boot_vectors
    add x1, x1, :lo12:boot_vectors
    msr vbar_el1, x1
    ldr x1, =SCTLR_MMU_OFF
    msr sctlr_el1, x1
    isb
    mov x0, x19
    mov x1, x21
    bl early_map /* x0 = device tree or 0; fills boot_ttbr0 */
    mov x19, x0

    ldr x1, =MAIR_VALUE
    msr mair_el1, x1
    ldr x1, =TCR_VALUE
    mrs x2, id_aa64mmfr0_el1
    and x2, x2, #15
    cmp x2, #5 /* more than 48 bits need larger descriptors */
    mov x3, #5
    csel x2, x2, x3, lo
    orr x1, x1, x2, lsl #32
    msr tcr_el1, x1
    adrp x1, identity_root
    add x1, x1, :lo12:identity_root
    msr ttbr0_el1, x1
    adrp x1, no_table
    msr ttbr1_el1, x1
    dsb sy
    tlbi vmalle1
    ic iallu
    dsb sy
    isb
    ldr x1, =SCTLR_BOOT
    msr sctlr_el1, x1
    isb

    mov x0, x19
    mov x1, x20
    mov x2, x21
    mov x29, xzr
    bl boot_main /* does not return */
    b .

/* Go on in non-secure EL2 if there is one, else EL1, after the call. */
leave_el3:
    mrs x1, id_aa64pfr0_el1
    ubfx x2, x1, #8, #4
    ldr x3, =0x531 /* NS, RES1, HVC enabled, AArch64 below */
    msr scr_el3, x3
    msr cptr_el3, xzr
    ubfx x4, x1, #24, #4 /* GIC system registers */
    cbz x4, 1f
    mov x4, #0xf
    msr S3_6_C12_C12_5, x4 /* ICC_SRE_EL3: use them, lower levels may too */
    isb
1:  mov x5, sp
    mov x3, #0x3c5 /* EL1h, masked */
    cbz x2, 2f
    mov x3, #0x3c9 /* EL2h, masked */
    msr sp_el2, x5
    b 3f
2:  ldr x4, =SCTLR_MMU_OFF
    msr sctlr_el1, x4
3:  msr sp_el1, x5
    msr spsr_el3, x3
    msr elr_el3, x30
    isb
    eret

/* Go on in EL1 after the call; EL2 traps nothing and is not used again. */
leave_el2:
    ldr x1, =(1 << 31) /* RW: EL1 is AArch64 */
    msr hcr_el2, x1
    isb
    mrs x1, cnthctl_el2
    orr x1, x1, #3
    msr cnthctl_el2, x1
    msr cntvoff_el2, xzr
    mov x1, #0x33ff
    msr cptr_el2, x1
    msr hstr_el2, xzr
    msr vttbr_el2, xzr
    mrs x1, midr_el1
    msr vpidr_el2, x1
    mrs x1, mpidr_el1
    msr vmpidr_el2, x1
    mrs x1, id_aa64dfr0_el1
    ubfx x1, x1, #8, #4
    sub x2, x1, #1
    cmp x2, #14 /* 0: no PMU, 15: not an Arm one */
    b.hs 1f
    mrs x1, pmcr_el0
    ubfx x1, x1, #11, #5
    msr mdcr_el2, x1 /* all event counters belong to EL1 */
1:  mrs x1, id_aa64pfr0_el1
    ubfx x1, x1, #24, #4
    cbz x1, 2f
    mov x1, #0xf
    msr S3_4_C12_C9_5, x1 /* ICC_SRE_EL2 */
    isb
    msr S3_4_C12_C11_0, xzr /* ICH_HCR_EL2 */
2:  ldr x1, =SCTLR_MMU_OFF
    msr sctlr_el1, x1
    mov x1, sp
    msr sp_el1, x1
    mov x1, #0x3c5
    msr spsr_el2, x1
    msr elr_el2, x30
    isb
    eret

/* boot_enter_kernel(entry, descriptor) */
    .global boot_enter_kernel
boot_enter_kernel:
    mov x2, x0
    mov x0, x1
    msr cpacr_el1, xzr
    dsb sy
    isb
    br x2

    .balign 2048
boot_vectors:
    .rept 16
    .balign 128
    adrp x1, boot_stack_top
    add sp, x1, :lo12:boot_stack_top
    mrs x0, esr_el1
    mrs x1, elr_el1
    mrs x2, far_el1
    adrp x3, image_start
    sub x1, x1, x3 /* as in the link map */
    b boot_exception
    .endr

    .bss
    .balign 4096
no_table:
    .skip 4096
    .skip 32768
    .global boot_stack_top
boot_stack_top:
