/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The client side of the benchmark: an ordinary program that measures, in instructions, what its memory and process calls cost,
 * everything included (kernel, pager, zeroing or copying, the loop that touches). One line a row: "row NAME VALUE".
 * scripts/bench runs it and sets the figures beside budgets and peers.
 */
#include <fcntl.h>
#include <pagoda/layout.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "counter.h"
#include "generated/console_client.h"
#include "generated/pager_client.h"
#include "generated/process_client.h"

#define PAGES 256ul
#define BYTES (PAGES * PAGE_SIZE)
#define COUNTS_PER_TICK 16 /* of CNTVCT_EL0, which is 0 at power-on and runs at 62.5 MHz: 1000000000 / 62500000 */
#define LARGE_BYTES (64ul << 20)

static unsigned long overhead;

static void row(const char *name, unsigned long total, unsigned long times)
{
    printf("row %s %lu\n", name, (total - overhead) / times);
}

static void fail(const char *what)
{
    printf("bench: %s failed\n", what);
    exit(1);
}

static volatile unsigned char *map_anonymous(unsigned long bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        fail("mmap");
    return p;
}

/* One page a fault: nothing is brought in ahead. */
static volatile unsigned char *map_page_by_page(unsigned long bytes)
{
    volatile unsigned char *p = map_anonymous(bytes);
    if (madvise((void *)p, bytes, MADV_RANDOM) != 0)
        fail("madvise");
    return p;
}

static unsigned long write_pages(volatile unsigned char *p, unsigned long bytes)
{
    unsigned long start = counter_read();
    for (unsigned long i = 0; i < bytes; i += PAGE_SIZE)
        p[i] = 1;
    return counter_read() - start;
}

static unsigned long read_pages(volatile unsigned char *p, unsigned long bytes)
{
    unsigned long start = counter_read();
    for (unsigned long i = 0; i < bytes; i += PAGE_SIZE)
        (void)p[i];
    return counter_read() - start;
}

static void wait_child(pid_t pid)
{
    int status;
    if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail("child");
}

/* Frames that were in use before are in the state that a system has after running for a while: at its second use, the pager gets to see a
 * frame in its window, once and for all. */
static void warm_up(void)
{
    for (int i = 0; i < 6; i++) {
        volatile unsigned char *p = map_anonymous(4 * BYTES);
        write_pages(p, 4 * BYTES);
        munmap((void *)p, 4 * BYTES);
    }
}

/* touch_pages: PAGES of them, `step` apart. */
static unsigned long touch_pages(volatile unsigned char *p, long step)
{
    unsigned long start = counter_read();
    for (unsigned long i = 0; i < PAGES; i++, p += step * PAGE_SIZE)
        *p = 1;
    return counter_read() - start;
}

static unsigned long touch_scattered(volatile unsigned char *p)
{
    unsigned long start = counter_read();
    for (unsigned long i = 0, page = 1; i < PAGES; i++, page = (page * 5 + 3) % PAGES) /* all of them once: a full period */
        p[page * PAGE_SIZE] = 1;
    return counter_read() - start;
}

/* A walk of which the program tells beforehand: from the first 2 MiB on that lie whole in the region it gets large frames. Then unmapping, which breaks them up. */
static void measure_large(void)
{
    enum { LARGE = 2 << 20, N = 4 };
    volatile unsigned char *p = map_anonymous((N + 1) * LARGE);
    unsigned long before = (LARGE - (unsigned long)p % LARGE) % LARGE;
    if (madvise((void *)p, (N + 1) * LARGE, MADV_SEQUENTIAL) != 0)
        fail("madvise");
    write_pages(p, before);
    row("touch_large", write_pages(p + before, N * LARGE), N * LARGE / PAGE_SIZE);
    unsigned long start = counter_read();
    munmap((void *)(p + before), N * LARGE);
    row("unmap_large", counter_read() - start, N * LARGE / PAGE_SIZE);
    munmap((void *)p, (N + 1) * LARGE);
}

/* Orders in which pages are touched, each without prediction (MADV_RANDOM) and with it. */
static void measure_prediction(void)
{
    enum { STRIDE = 3 };
    static const struct {
        const char *name, *alone;
        long first, step; /* 0: scattered */
    } rows[] = {{"touch_sequential", "touch_sequential_alone", 0, 1}, {"touch_reverse", "touch_reverse_alone", PAGES - 1, -1},
                {"touch_stride", "touch_stride_alone", 0, STRIDE}, {"touch_scattered", "touch_scattered_alone", 0, 0}};
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (int alone = 0; alone < 2; alone++) {
            volatile unsigned char *p = alone ? map_page_by_page(STRIDE * BYTES) : map_anonymous(STRIDE * BYTES);
            row(alone ? rows[i].alone : rows[i].name, rows[i].step ? touch_pages(p + rows[i].first * PAGE_SIZE, rows[i].step) : touch_scattered(p), PAGES);
            munmap((void *)p, STRIDE * BYTES);
        }
    }
}

/* The same first touch after IDLE_MS in which nothing runs: the frames that came free meanwhile were zeroed, as many as were taken before in a period of the clock. */
static void measure_prezeroed(void)
{
    enum { IDLE_MS = 3000 };
    struct console_read_within_reply reply;
    if (console_read_within(LAYOUT_CAP_CONSOLE, 1, IDLE_MS, &reply) != PAGODA_ERR_WOULD_BLOCK)
        fail("waiting");
    volatile unsigned char *p = map_page_by_page(BYTES);
    row("first_touch_prezeroed", write_pages(p, BYTES), PAGES);
    munmap((void *)p, BYTES);
}

static void measure_anonymous(void)
{
    volatile unsigned char *p = map_page_by_page(BYTES);
    row("first_touch_write", write_pages(p, BYTES), PAGES);
    row("resident_touch", write_pages(p, BYTES), PAGES);
    munmap((void *)p, BYTES);

    p = map_page_by_page(BYTES);
    row("read_zero", read_pages(p, BYTES), PAGES);
    row("write_breaks_zero", write_pages(p, BYTES), PAGES);
    unsigned long start = counter_read();
    munmap((void *)p, BYTES);
    row("unmap_touched", counter_read() - start, PAGES);

    p = map_anonymous(BYTES);
    row("read_zero_sequential", read_pages(p, BYTES), PAGES);
    munmap((void *)p, BYTES);

    start = counter_read();
    for (int i = 0; i < 32; i++) {
        p = map_anonymous(PAGE_SIZE);
        p[0] = 1;
        munmap((void *)p, PAGE_SIZE);
    }
    row("map_touch_unmap", counter_read() - start, 32);
}

static void measure_copy_on_write(void)
{
    volatile unsigned char *p = map_page_by_page(BYTES);
    write_pages(p, BYTES);
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        row("cow_copy", write_pages(p, BYTES), PAGES);
        fflush(stdout);
        _exit(0);
    }
    wait_child(pid);
    munmap((void *)p, BYTES);

    p = map_page_by_page(BYTES);
    write_pages(p, BYTES);
    pid = fork();
    if (pid == 0)
        _exit(0);
    wait_child(pid);
    row("cow_last", write_pages(p, BYTES), PAGES);
    munmap((void *)p, BYTES);
}

static __attribute__((noinline)) unsigned long measure_stack(void)
{
    volatile unsigned char here;
    volatile unsigned char *p = (volatile unsigned char *)((unsigned long)&here & ~(PAGE_SIZE - 1ul)) - 16 * PAGE_SIZE;
    unsigned long start = counter_read();
    for (unsigned long i = 0; i < PAGES; i++)
        p[-(long)(i * PAGE_SIZE)] = 1;
    return counter_read() - start;
}

static void measure_file(const char *path)
{
    int fd = open(path, O_RDONLY);
    if (fd < 0)
        fail("open");
    long size = lseek(fd, 0, SEEK_END);
    unsigned long bytes = (unsigned long)size & ~(PAGE_SIZE - 1ul);
    if (bytes == 0)
        fail("file size");
    for (int pass = 0; pass < 4; pass++) { /* twice page by page, twice with those around; each first time does not count */
        void *p = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, fd, 0);
        if (p == MAP_FAILED || (pass < 2 && madvise(p, bytes, MADV_RANDOM) != 0))
            fail("mmap of a file");
        unsigned long total = read_pages(p, bytes);
        if (pass % 2)
            row(pass == 1 ? "file_read_resident" : "file_read_around", total, bytes / PAGE_SIZE);
        munmap(p, bytes);
    }
    close(fd);
}

static void measure_fork(const char *name, const char *alone)
{
    enum { TIMES = 8 };
    unsigned long whole = 0, fork_only = 0;
    for (int i = 0; i < TIMES; i++) {
        unsigned long start = counter_read();
        pid_t pid = fork();
        if (pid == 0)
            _exit(0);
        unsigned long forked = counter_read();
        wait_child(pid);
        whole += counter_read() - start;
        fork_only += forked - start;
    }
    row(name, whole, TIMES);
    if (alone)
        row(alone, fork_only, TIMES);
}

/* measure_forks: several children that are there at the same time, for each; the first round makes what later ones use again. */
static void measure_forks(void)
{
    enum { ROUNDS = 4, CHILDREN = 8 };
    unsigned long total = 0;
    for (int round = 0; round <= ROUNDS; round++) {
        pid_t pids[CHILDREN];
        unsigned long start = counter_read();
        for (int i = 0; i < CHILDREN; i++) {
            pids[i] = fork();
            if (pids[i] == 0)
                _exit(0);
        }
        for (int i = 0; i < CHILDREN; i++)
            wait_child(pids[i]);
        total += round > 0 ? counter_read() - start : 0;
    }
    row("fork_exit_wait_8_at_once", total, ROUNDS * CHILDREN);
}

static void measure_spawn(void)
{
    enum { TIMES = 8 };
    static const char arguments[] = "true";
    unsigned long start = counter_read();
    for (int i = 0; i < TIMES; i++) {
        uint64_t pid;
        if (process_spawn(LAYOUT_CAP_PROCESS, PROCESS_SPAWN_BACKGROUND, 0, 0, 0, "bin/true", arguments, sizeof arguments, &pid) != 0)
            fail("spawn");
        wait_child((pid_t)pid);
    }
    row("spawn_exit_wait", counter_read() - start, TIMES);
}

static void measure_switch(void)
{
    enum { TIMES = 64 };
    getpid();
    unsigned long start = counter_read();
    for (int i = 0; i < TIMES; i++) {
        uint64_t pid, parent;
        process_self(LAYOUT_CAP_PROCESS, &pid, &parent);
    }
    row("switch_by_server", counter_read() - start, 2 * TIMES);
}

int main(int argc, char **argv)
{
    unsigned long started;
    __asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(started));
    printf("row boot_to_shell %lu\n", started * COUNTS_PER_TICK);
    unsigned long check = counter_check();
    printf("row counter_check %lu\n", check);
    overhead = counter_overhead();
    printf("row counter_overhead %lu\n", overhead);
    warm_up();
    measure_anonymous();
    measure_prediction();
    measure_large();
    measure_copy_on_write();
    unsigned long stack = measure_stack();
    row("stack_growth", stack, PAGES);
    measure_file(argc > 1 ? argv[1] : "/bin/pager");
    measure_switch();
    measure_fork("fork_exit_wait_small", NULL);
    measure_forks();
    measure_spawn();
    volatile unsigned char *p = map_anonymous(LARGE_BYTES);
    write_pages(p, LARGE_BYTES);
    measure_fork("fork_exit_wait_64mib", "fork_64mib");
    munmap((void *)p, LARGE_BYTES);
    measure_prezeroed();
    return 0;
}
