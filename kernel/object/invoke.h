/* SPDX-License-Identifier: BSD-2-Clause */
/* Dispatch of an invocation to the object it names. */
#ifndef KERNEL_OBJECT_INVOKE_H
#define KERNEL_OBJECT_INVOKE_H

#include "object/error.h"

/* object_invoke: do what the message asks of the object behind inv->slot. Endpoints, notifications and reply objects are not handled
 * here: messages to them are data. Errors: INVALID_CAPABILITY(0) for an empty slot or one under deletion; else the object's. */
error_t object_invoke(struct invocation *inv);

#endif
