/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process server's part of load control: the pager's plan says who thrashes and who is slowed; here threads get their time accordingly, and the pager is
 * told how many others want the processor.
 */
#ifndef PROCESS_LOAD_H
#define PROCESS_LOAD_H

#include <stdint.h>

/* load_follow: after a signal of the pager, at `now_us`: ask for the plan and carry it out. What fails is said on the console, once for each process, and tried again
 * at the next signal. */
void load_follow(uint64_t now_us);

#endif
