/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * New programs that wait until there is memory for them (start_order.h). The pager's plan of load control tells whether there is reason to, and how much room there is (load.h). A process that waits
 * is complete but for its time: its thread has not run. It can be ended and waited for like any other.
 */
#ifndef PROCESS_START_H
#define PROCESS_START_H

#include "table.h"

/* start_plan: load control is active, with `room` pages that those who run leave; or it is not. */
void start_plan(bool active, uint64_t room);
uint64_t start_room(void);

/* start_begin: a process is ready to run its program: it runs now, or waits if load control is active. `foreground`: it has the terminal. At `now_us`. false: the kernel would not
 * have it run; it has not begun. */
bool start_begin(struct process *process, bool foreground, uint64_t now_us);

/* start_follow: those that may begin do. Whenever something has changed, and once a second while any wait. */
void start_follow(uint64_t now_us);

/* start_ended: a program has ended, and used so many pages; 0: nothing is known. */
void start_ended(const struct process *process, uint64_t pages);

#endif
