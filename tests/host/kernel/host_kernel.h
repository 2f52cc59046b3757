/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The whole kernel in a host process: boots on the host machine (kernel/arch/host) and takes system calls from a root task whose registers the test writes.
 * Kernel state is static, so every test runs in a process of its own (kernel_run_tests).
 */
#ifndef TESTS_HOST_KERNEL_H
#define TESTS_HOST_KERNEL_H

#include "bootinfo.h"
#include "generated/invocations.h"
#include "host_machine.h"
#include "object/thread.h"

#include <check.h>

enum { ROOT_VA = 0x400000, ROOT_PAGES = 3, DTB_BYTES = 5000, RAM_PA = 0x40000000, RAM_MIB = 8, ROOT_CNODE_BITS = 12 };

struct answer {
    word_t label;
    word_t length;
    word_t mr[5];
};

/* Boot with RAM_MIB of RAM. Afterwards: */
void kernel_boot(void);
extern struct thread *root_thread;
extern struct bootinfo *bootinfo;
extern unsigned last_attempts; /* how often the last system call was started: more than once after preemption */

/* kernel_call: seL4_Call. caps: up to 3 cptrs, ended by NO_CAP. */
#define NO_CAP (~0ull)
struct answer kernel_call(word_t cptr, word_t label, const word_t *caps, unsigned n_words, const word_t *words);
#define CAPS(...) ((const word_t[]){__VA_ARGS__, NO_CAP})
#define CALL(cptr, label, caps, ...) \
    kernel_call(cptr, label, caps, sizeof((const word_t[]){__VA_ARGS__}) / sizeof(word_t), (const word_t[]){__VA_ARGS__})
#define CALL0(cptr, label, caps) kernel_call(cptr, label, caps, 0, NULL)

/* Comparison of whole answers. */
void expect(struct answer a, word_t label, unsigned length, const word_t *words, const char *file, int line);
#define EXPECT(a, label, ...) \
    expect(a, label, sizeof((const word_t[]){__VA_ARGS__}) / sizeof(word_t), (const word_t[]){__VA_ARGS__}, __FILE__, __LINE__)
#define EXPECT_PLAIN(a, label) expect(a, label, 0, NULL, __FILE__, __LINE__)
#define EXPECT_OK(a) expect(a, 0, 0, NULL, __FILE__, __LINE__)

/* Often used. Slots are those of the root CNode. */
struct slot *slot_of(word_t cptr);
word_t free_slot(void);                 /* next one never used */
word_t untyped_of(unsigned size_bits);  /* a normal untyped of exactly that size, split off a larger one */
struct answer retype(word_t untyped, word_t type, word_t size_bits, word_t first_slot, word_t count);
word_t make(word_t type, word_t size_bits); /* an object from memory of its own */
struct answer cnode_delete(word_t slot);
struct answer cnode_revoke(word_t slot);
struct answer cnode_copy(word_t dest, word_t src);
struct answer cnode_mint(word_t dest, word_t src, word_t rights, word_t data);

/* check_tree: every slot of the derivation tree hangs together, and cdt_is_final is right for all; gives the number of slots. */
unsigned check_tree(void);

int kernel_run_tests(Suite *suite);

#endif
