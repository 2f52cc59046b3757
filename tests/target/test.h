/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a kernel test may use. The test program is a root task: it owns every capability of the machine and shares its
 * address space and CSpace with the helper threads that its tests start.
 *
 * A test is a function declared with TEST(name, sentence); its name says situation and outcome and never changes. It runs on the
 * main thread at priority PRIORITY_MAIN. Whatever it makes with the functions below (slots, objects, threads, mappings) is gone afterwards.
 * The first failed EXPECT ends the test; in a helper thread it is recorded and ends that thread.
 */
#ifndef PAGODA_TESTS_TARGET_TEST_H
#define PAGODA_TESTS_TARGET_TEST_H

#include <sel4/syscalls.h>

/* The stubs of invocations, and invoke(), keep a record of which method answered what (answers_test.c); not in other programs that use this harness. */
#ifdef TEST_RECORDS_ANSWERS
seL4_MessageInfo_t recorded_Call(seL4_CPtr cap, seL4_MessageInfo_t info);
seL4_MessageInfo_t recorded_CallWithMRs(seL4_CPtr cap, seL4_MessageInfo_t info, seL4_Word *mr0, seL4_Word *mr1, seL4_Word *mr2, seL4_Word *mr3);
#define seL4_Call recorded_Call
#define seL4_CallWithMRs recorded_CallWithMRs
#include <sel4/sel4.h>
#undef seL4_Call
#undef seL4_CallWithMRs
#else
#include <sel4/sel4.h>
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct test {
    const char *name;
    const char *sentence;
    void (*run)(void);
};

#define TEST(test_name, text)                                                                                                              \
    static void test_name(void);                                                                                                           \
    static const struct test test_entry_##test_name __attribute__((used, section("pagoda_tests"), aligned(8))) = {#test_name, text,        \
                                                                                                                   test_name};             \
    static void test_name(void)

/* Well-known capabilities of the root task. */
enum {
    NULL_CAP = 0,
    OWN_TCB = 1,
    ROOT_CNODE = 2,
    OWN_VSPACE = 3,
    IRQ_CONTROL = 4,
    ASID_CONTROL = 5,
    OWN_ASID_POOL = 6,
    BOOT_INFO_FRAME = 9,
    IPC_BUFFER_FRAME = 10,
    DOMAIN_CAP = 11,
    OWN_SC = 14,
};
#define DEPTH 64ul /* a slot number of the root CNode is an address of this many bits */

#define PRIORITY_LOW 60
#define PRIORITY_MAIN 100
#define PRIORITY_HIGH 150
#define PRIORITY_WATCHDOG 254

extern const seL4_BootInfo *boot_info;

/* Checks. */
void expect_failed(const char *file, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* test_note: a line of the test's report that is no result. */
void test_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
#define EXPECT(condition)                                                                                                                  \
    do {                                                                                                                                   \
        if (!(condition))                                                                                                                  \
            expect_failed(__FILE__, __LINE__, "%s is false", #condition);                                                                  \
    } while (0)
#define EXPECT_EQ(actual, expected)                                                                                                        \
    do {                                                                                                                                   \
        unsigned long expect_actual = (unsigned long)(actual), expect_expected = (unsigned long)(expected);                                \
        if (expect_actual != expect_expected)                                                                                              \
            expect_failed(__FILE__, __LINE__, "%s is %lu (0x%lx), not %lu (0x%lx)", #actual, expect_actual, expect_actual,                 \
                          expect_expected, expect_expected);                                                                               \
    } while (0)
#define EXPECT_OK(error) EXPECT_EQ(error, seL4_NoError)

/* Raw kernel calls. invoke() sends exactly the words and capabilities given by Call and returns exactly what came back. */
struct answer {
    unsigned long label;  /* seL4_Error of the invocation */
    unsigned long length; /* words of the answer */
    unsigned long badge;
    unsigned long words[8]; /* the first words */
};
struct answer invoke(seL4_CPtr cap, unsigned long label, unsigned n_words, const unsigned long *words, unsigned n_caps, const seL4_CPtr *caps);
#ifdef TEST_RECORDS_ANSWERS
struct answer recorded_invoke(seL4_CPtr cap, unsigned long label, unsigned n_words, const unsigned long *words, unsigned n_caps, const seL4_CPtr *caps);
#define invoke recorded_invoke
#endif
#define WORDS(...) (unsigned)(sizeof((unsigned long[]){__VA_ARGS__}) / sizeof(unsigned long)), (const unsigned long[]){__VA_ARGS__}
#define NO_WORDS 0, NULL
#define CAPS(...) (unsigned)(sizeof((seL4_CPtr[]){__VA_ARGS__}) / sizeof(seL4_CPtr)), (const seL4_CPtr[]){__VA_ARGS__}
#define NO_CAPS 0, NULL

void expect_answer(const char *file, int line, struct answer got, unsigned long label, unsigned length, unsigned n_words, const unsigned long *words);
/* The answer must be this error with exactly these words. */
#define EXPECT_SUCCESS(got) expect_answer(__FILE__, __LINE__, got, seL4_NoError, (unsigned)-1, NO_WORDS)
#define EXPECT_ERROR(got, code) expect_answer(__FILE__, __LINE__, got, code, 0, NO_WORDS)
#define EXPECT_ERROR_WORDS(got, code, ...) expect_answer(__FILE__, __LINE__, got, code, WORDS_COUNT(__VA_ARGS__), WORDS(__VA_ARGS__))
#define WORDS_COUNT(...) (unsigned)(sizeof((unsigned long[]){__VA_ARGS__}) / sizeof(unsigned long))
#define EXPECT_INVALID_ARGUMENT(got, index) EXPECT_ERROR_WORDS(got, seL4_InvalidArgument, index)
#define EXPECT_INVALID_CAPABILITY(got, index) EXPECT_ERROR_WORDS(got, seL4_InvalidCapability, index)
#define EXPECT_RANGE_ERROR(got, min, max) EXPECT_ERROR_WORDS(got, seL4_RangeError, min, max)

/* Lookup failure kinds, as they stand in FailedLookup answers and capability faults. */
enum { LOOKUP_INVALID_ROOT = 1, LOOKUP_MISSING_CAPABILITY = 2, LOOKUP_DEPTH_MISMATCH = 3, LOOKUP_GUARD_MISMATCH = 4 };

/* Any system call with any registers; x[0..8] in and out (x[7] is the number). */
struct registers {
    unsigned long x[9];
};
void system_call(struct registers *registers);

/* Objects out of the test's own memory; each returns the slot of the new capability. They end the test when they fail. */
seL4_CPtr slot_new(void);
seL4_CPtr object_new(unsigned long type, unsigned long size_bits);
seL4_CPtr untyped_new(unsigned long size_bits);
seL4_CPtr endpoint_new(void);
seL4_CPtr notification_new(void);
seL4_CPtr reply_new(void);
seL4_CPtr cnode_new(unsigned long radix);
seL4_CPtr frame_new(void);
seL4_CPtr sched_context_new(void);                                      /* bound to nothing, not configured */
seL4_CPtr mint_new(seL4_CPtr source, unsigned long rights, unsigned long badge); /* rights: RIGHT_* */
seL4_CPtr copy_new(seL4_CPtr source);
unsigned long test_memory(void);       /* the untyped everything above comes from */
unsigned long test_memory_bits(void);
bool slot_is_empty(seL4_CPtr slot);

enum { RIGHT_WRITE = 1, RIGHT_READ = 2, RIGHT_GRANT = 4, RIGHT_GRANT_REPLY = 8, RIGHT_ALL = 15 };

/* Address space of the program. */
void *window_new(unsigned long n_pages);                      /* addresses for n_pages pages, tables there, nothing mapped; one test's use */
int page_map(seL4_CPtr frame, void *va, unsigned long rights); /* cached, executable if readable */
seL4_CPtr image_frame(const void *va);                        /* frame capability of a page of the program itself */
unsigned long image_base(void);                                /* address of its first page */
unsigned long vspace_new(void);                               /* a VSpace with an ASID of the program's pool */
const volatile struct kernel_info *kernel_counters(void);      /* the kernel information page, at an address of its own */

/* Helper threads: same address space and CSpace, own stack, IPC buffer and TLS. */
struct thread {
    seL4_CPtr tcb;
    seL4_CPtr sc;   /* 0 for a passive thread */
    seL4_CPtr done; /* notification: signalled when the thread's function has returned */
    unsigned index;
    volatile bool finished;
    volatile unsigned long result; /* what the function returned */
};
#define MAX_THREADS 8
struct thread *thread_new(unsigned priority);         /* with a scheduling context: round robin, 5 ms */
struct thread *thread_new_passive(unsigned priority); /* without one */
void thread_start(struct thread *thread, unsigned long (*function)(unsigned long), unsigned long argument);
void thread_prepare(struct thread *thread, unsigned long (*function)(unsigned long), unsigned long argument); /* as start, not resumed */
unsigned long thread_join(struct thread *thread); /* waits until it has finished; its result */
struct thread *thread_new_faulting(unsigned priority, seL4_CPtr fault_endpoint);
unsigned long thread_program_counter(struct thread *thread);
seL4_CPtr sched_control(void);
bool time_is_exact(void);  /* boot argument time=exact: the emulator counts instructions, so shares of time can be checked */
void let_others_run(void); /* lower-priority threads run until all of them wait */

#endif
