/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether a request for which memory is short waits for the disk, or is refused.
 *
 * Requests are of two classes. What the disk itself needs to get on may not wait for it: those of init, which starts the block server again, and those that servers
 * make for themselves. All others may: those of programs, and those that the process server makes for programs, which nothing on the way to the disk waits for.
 */
#ifndef POLICY_WAIT_H
#define POLICY_WAIT_H

#include <stdbool.h>
#include <stdint.h>

enum wait_class {
    WAIT_CLASS_IO,     /* never waits */
    WAIT_CLASS_CLIENT, /* waits */
};

/* The longest wait: whoever waits behind the caller waits as long. A slow disk writes hundreds of pages in that time; one that has written none may be dead. */
#define WAIT_NS 1000000000ull

/* Frames that are gathered for a request that waits before it is tried again: few at first, as most want one or two, and twice as many after each try that was in vain, so that a fork,
 * which does much before it finds that memory is short, is not tried with each page that the disk has written. None wants more than some tens. */
#define WAIT_FRAMES 4u
#define WAIT_FRAMES_MAX 128u

/* wait_frames: for its next try, of a request that was tried so often in vain. O(1). */
uint32_t wait_frames(unsigned tries);

/* What is known of a request that was refused. */
struct wait_facts {
    enum wait_class class;
    bool frames_short; /* memory was the reason */
    bool disk_behind;  /* pages that could leave memory stay only because too many are on their way to the disk */
    bool in_flight;    /* the disk is at work, so it will be heard of */
    bool has_caps;     /* a capability came with it, which cannot be kept */
    uint64_t waited_ns;
};

/* wait_worth_it: it waits (on); false: it is refused. O(1). Tests: tests/host/servers/pager/policy/wait_test.c */
bool wait_worth_it(const struct wait_facts *facts);

#endif
