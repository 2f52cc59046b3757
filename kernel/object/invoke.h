/* SPDX-License-Identifier: BSD-2-Clause */
/* Dispatch of an invocation to the object it names. */
#ifndef KERNEL_OBJECT_INVOKE_H
#define KERNEL_OBJECT_INVOKE_H

#include "object/error.h"

/* A handler does what the message asks of the object behind inv->slot, whose type is its own. */
typedef error_t invoke_handler(struct invocation *inv);

/* By capability type. NULL: no kernel object: nothing, something under deletion, or one to which messages are data (endpoints, notifications, reply objects). */
extern invoke_handler *const object_handlers[1 << CAP_TYPE_BITS];

#endif
