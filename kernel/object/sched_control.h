/* SPDX-License-Identifier: BSD-2-Clause */
/* The right to give out CPU time: configures scheduling contexts. */
#ifndef KERNEL_OBJECT_SCHED_CONTROL_H
#define KERNEL_OBJECT_SCHED_CONTROL_H

#include "object/error.h"

error_t sched_control_invoke(struct invocation *inv);

#endif
