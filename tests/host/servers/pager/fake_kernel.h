/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A model of the kernel for testing the pager on the build machine: RAM is a memory file, capabilities form a derivation tree,
 * untypeds have watermarks, and mappings in client spaces are remembered. Mappings in the pager's own space are real (mmap), so a
 * wrong use of the window is a segmentation fault. Misuse (a slot that is not empty, an object that does not fit, a stale mapping)
 * gets the kernel's error, which the pager's must() turns into a failed test.
 */
#ifndef TESTS_FAKE_KERNEL_H
#define TESTS_FAKE_KERNEL_H

#include "kernel_if.h"

#include <pagoda/startup.h>
#include <stdbool.h>
#include <stdint.h>

/* fake_reset: a machine with so much RAM, cut into power-of-two untypeds that begin at an odd place; with this archive in the
 * last pages. Frees the previous machine. Returns the start block for pager_boot. */
const struct pager_start *fake_reset(uint64_t ram_bytes, const void *archive, uint64_t archive_bytes);

/* fake_translate: what a thread of this VSpace would reach; NULL: it would fault. `write`, `execute`: rights needed. */
uint8_t *fake_translate(cptr_t vspace, uint64_t va, bool write, bool execute);

/* fake_mappings: pages mapped in a VSpace. */
uint64_t fake_mappings(cptr_t vspace);

/* While set, retype and revoke fail the test: the fault path must not need them. */
extern bool fake_forbid_making;

/* For fake_reset: where untyped memory begins in RAM; RAM is not filled with garbage first, which takes long when there is much. */
extern uint64_t fake_first_byte;
extern bool fake_blank_ram;

/* Invocations since fake_reset, signals sent. */
extern uint64_t fake_calls, fake_signals;

/* Groups of sixteen pages that were mapped by kernel_map_range with the hint, and those broken because something was done to a part of one. */
extern uint64_t fake_groups_mapped, fake_groups_broken;

/* fake_zeroed: bytes that the kernel had to zero for what was made of memory, since the machine began. */
extern uint64_t fake_zeroed;

/* fake_reply_map_filled: the frame gets the contents of `source` first. */
bool fake_reply_map_filled(cptr_t frame, cptr_t source, cptr_t vspace, uint64_t va, bool writable, bool executable);
/* fake_reply_map_copy: the same as fake_reply_map with a copy in the slot `copy`, which must be empty or hold a frame nothing is mapped by, but at va itself. */
bool fake_reply_map_copy(cptr_t frame, cptr_t copy, cptr_t vspace, uint64_t va, bool writable, bool executable);

/* fake_reply_map: the mapping that a reply to a fault makes; true: done. */
bool fake_reply_map(cptr_t frame, cptr_t vspace, uint64_t va, bool writable, bool executable);

/* fake_replied: the reply object through which a waiting fault was answered last. */
extern cptr_t fake_replied;

/* fake_answered: the reply object through which a request that waited was answered last. fake_answers: how often; fake_answer: its label; fake_answer_words: its words. */
extern cptr_t fake_answered;
extern unsigned fake_answers;
extern uint64_t fake_answer, fake_answer_words[120];

/* fake_receive: a thread's capability comes with a request; fake_sp is what its stack pointer reads. fake_received: it is still where it came in. */
void fake_receive(void);
extern uint64_t fake_sp;
bool fake_received(void);

/* fake_idle_entries: what kernel_idle_entries returns. */
extern uint64_t fake_idle_entries;

/* Calls of kernel_thread_suspend and kernel_thread_resume so far. */
extern uint64_t fake_suspended, fake_resumed;

/* fake_now: what kernel_ticks returns (16 ns each). */
extern uint64_t fake_now;

/* fake_ipc_copy: as when an IPC buffer's capability is handed to another process: a copy outside the pager's CSpace.
 * fake_handed_out: copies of that kind that still exist. */
void fake_hand_out(cptr_t cap);
uint64_t fake_handed_out(void);

#endif
